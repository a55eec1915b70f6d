"""The rosters as workbooks, filled in the way a clerk fills in the template of a sheet."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from core.sheets import sheet_named


def write(sheet: str, rows: Sequence[NamedTuple], path: Path) -> Path:
    """Write the rows under the headings of the sheet; a row's fields are the names of columns."""
    declared = sheet_named(sheet)
    path.parent.mkdir(parents=True, exist_ok=True)
    names = rows[0]._fields
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet(declared.label)
        page.freeze_panes(1, 0)
        page.set_column(0, len(names) - 1, 18)
        bold = book.add_format({"bold": True})
        for place, name in enumerate(names):
            page.write_string(0, place, declared.fields[name].heading, bold)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write(page, number, place, value)
    return path


def _write(page: Any, row: int, place: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_string(row, place, "是" if value else "否")
    elif isinstance(value, int | Decimal):
        page.write_number(row, place, value)
    elif isinstance(value, datetime.date):
        page.write_string(row, place, value.isoformat())
    else:
        page.write_string(row, place, value)
