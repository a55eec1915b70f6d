"""Sheets: one engine for every bulk import and export.

An upload passes `admission` (what is turned down unread), `sources` (rows of text, whatever the
format; `parsing` takes workbooks apart), `headings` and `reading` (the table in it). `mapping` and
`mending` put right what was not understood. `columns` says what a cell means, `workbooks` writes
what people get back, `engine` holds what an app declares, `imports` and `exports` run it, `undo`
takes an import back. An app's `sheets.py` needs only the names that stand here.
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
    sheet_shown,
)
from core.sheets.lookups import Lookup, LookupWidget

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
    "sheet_shown",
    "undo",
]

from core.sheets import holidays  # noqa: E402, F401 - registers the one sheet of the ground floor
