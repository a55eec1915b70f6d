"""Annex tables as a workbook: text stays text, figures stay numbers."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_WIDEST = 40


@dataclass(frozen=True)
class Sheet:
    """One annex table. `head` bears the units; rows may be a generator, they are not kept."""

    title: str
    head: tuple[str, ...]
    rows: Iterable[tuple[str | int | Decimal | None, ...]]
    note: str = ""


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """Return the tables as XLSX, one worksheet each.

    Text that looks like a formula, a link or a number is written as text. Memory does not grow
    with the rows.
    """
    content = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"author": "", "company": ""})
        heading = book.add_format({"bold": True, "align": "center", "font_size": 14})
        head = book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True})
        text = book.add_format({"border": 1, "num_format": "@"})
        whole = book.add_format({"border": 1, "num_format": "0"})
        exact = book.add_format({"border": 1, "num_format": "0.00"})
        used: set[str] = set()
        for sheet in sheets:
            page = book.add_worksheet(_name(sheet.title, used))
            page.set_paper(9)
            page.set_margins(left=28 / 25.4, right=26 / 25.4, top=37 / 25.4, bottom=35 / 25.4)
            page.fit_to_pages(1, 0)
            page.repeat_rows(1)
            page.freeze_panes(2, 1)
            for column, title in enumerate(sheet.head):
                page.set_column(column, column, min(_WIDEST, max(12, 2 * len(title) + 2)))
            page.write_string(0, 0, sheet.title, heading)
            for column, title in enumerate(sheet.head):
                page.write_string(1, column, title, head)
            number = 1
            for number, row in enumerate(sheet.rows, start=2):
                for column, value in enumerate(row):
                    match value:
                        case None:
                            page.write_string(number, column, "—", text)
                        case str():
                            page.write_string(number, column, value, text)
                        case int():
                            page.write_number(number, column, value, whole)
                        case _:
                            page.write_number(number, column, value, exact)
            if sheet.note:
                page.write_string(number + 1, 0, sheet.note)
    return content.getvalue()


def _name(title: str, used: set[str]) -> str:
    """A worksheet name that Excel accepts: 31 characters, no marks, each once."""
    base = title.translate(_FORBIDDEN).strip()[:28] or "附表"
    name = base
    count = 1
    while name.casefold() in used:
        count += 1
        name = f"{base}{count}"
    used.add(name.casefold())
    return name
