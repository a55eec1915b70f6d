"""Turns a workbook into lines of JSON. Run as a script, in a process of its own with limits.

A workbook may be hostile: one cell in the last row and column makes a parser ask for gigabytes.
So the worker never parses one; it starts this file, and what dies is this process. It knows nothing
of Django, of the project or of its secrets.

    python parsing.py WORKBOOK LIMITS    (LIMITS is JSON: memory, cpu, columns)

Standard output: one JSON list per row from the first row of a sheet on, blank cells at the end cut,
a number for that many blank rows before the next; a cell is its text, or [text, kind] if it was
none (see `core.sheets.reading.Typed`). Standard
error, last line: `{"sheets": [{name, visible, wide, start}]}` with byte offsets, or `{"error": …}`.
"""

import datetime
import json
import resource
import sys
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum


def spelled(value: Any) -> str | tuple[str, str]:
    """A cell as the spreadsheet shows it without formatting, and its kind if it is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否", "boolean"
    if isinstance(value, int | float):
        # Excel computes with 15 digits; what a file holds beyond them is noise.
        exact = Decimal(f"{value:.15g}")
        if not exact.is_finite():
            return ""
        text = f"{exact:f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text, "rounded" if abs(exact) >= 10**15 else "number"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat(), "date"
        return value.isoformat(sep=" ", timespec="seconds"), "date"
    if isinstance(value, datetime.date):
        return value.isoformat(), "date"
    return str(value), "time"


def parse(path: str, columns: int) -> list[dict[str, Any]]:
    """Write the rows of every visible sheet to standard output and describe the sheets."""
    out, written, sheets = sys.stdout.buffer, 0, []
    book = CalamineWorkbook.from_path(path)
    for meta in book.sheets_metadata:
        visible = meta.visible is SheetVisibleEnum.Visible
        described = {"name": meta.name, "visible": visible, "wide": False, "start": written}
        sheets.append(described)
        if not visible:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        if sheet.start is None:
            continue
        if sheet.width > columns:
            described["wide"] = True
            continue
        blank = 0
        for row in sheet.iter_rows():
            cells = [cell if type(cell) is str else spelled(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                blank += 1
                continue
            if blank:
                written += out.write(b"%d\n" % blank)
                blank = 0
            line = json.dumps(cells, ensure_ascii=False).encode(errors="replace") + b"\n"
            written += out.write(line)
    out.flush()
    return sheets


def main(path: str, limits: str) -> None:
    allowed = json.loads(limits)
    resource.setrlimit(resource.RLIMIT_AS, (allowed["memory"], allowed["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (allowed["cpu"], allowed["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = {"sheets": parse(path, allowed["columns"])}
    except PasswordError:
        told = {"error": "password"}
    except CalamineError:
        told = {"error": "damaged"}
    sys.stderr.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
