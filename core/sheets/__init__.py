"""Sheets: one engine for every bulk import and export.

`reading` opens what people upload, `columns` says what a cell means, `workbooks` writes what they
get back, `engine` holds what an app declares, `imports` and `exports` run it, `undo` takes an
import back. An app's `sheets.py` needs only the names that stand here.
"""

from core.sheets import exports, imports, undo
from core.sheets.columns import (
    OR,
    TIDIED,
    BooleanWidget,
    CellError,
    ChoiceWidget,
    Column,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    Lookup,
    LookupWidget,
    Mended,
    MoneyWidget,
    Nearest,
    TextWidget,
)
from core.sheets.engine import (
    Context,
    Finding,
    Row,
    Sheet,
    Written,
    register,
    registry,
    sheet_named,
)

__all__ = [
    "OR",
    "TIDIED",
    "BooleanWidget",
    "CellError",
    "ChoiceWidget",
    "Column",
    "Context",
    "DateWidget",
    "Finding",
    "IdentifierWidget",
    "IntegerWidget",
    "Lookup",
    "LookupWidget",
    "Mended",
    "MoneyWidget",
    "Nearest",
    "Row",
    "Sheet",
    "TextWidget",
    "Written",
    "exports",
    "imports",
    "register",
    "registry",
    "sheet_named",
    "undo",
]

from core.sheets import holidays  # noqa: E402, F401 - registers the one sheet of the ground floor
