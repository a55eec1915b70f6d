"""Turns a workbook into lines of JSON. Run as a script, in a process of its own with limits.

A workbook may be hostile: one cell in the last row and column makes a parser ask for gigabytes.
So the worker never parses one; it starts this file, and what dies is this process. It knows nothing
of Django, of the project or of its secrets.

    python parsing.py WORKBOOK LIMITS    (LIMITS is JSON: memory, cpu, columns, marked)

Standard output: one JSON list per row from the first row of a sheet on, blank cells at the end cut,
a number for that many blank rows before the next; a cell is its text, or [text, kind, computed] if
it was none (see `core.sheets.sources.Typed`). Standard error, last line: `{"sheets": [{name,
visible, wide, start, hidden_rows, hidden_columns, merged}]}` with byte offsets of where each sheet
starts, or `{"error": …}`.

calamine gives the values. What it does not tell (which rows and columns are hidden, which cell is a
formula or an error) is looked up in the file itself, in the parts that `marked` names for .xlsx and
.ods because such words occur there, and always in .xls.
"""

import datetime
import itertools
import json
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

# What stands in a cell whose formula was saved without its result, as some programs do.
UNCOMPUTED = "#未算出"
_WIDEST = 16_384  # columns of a worksheet
SHOWN = 10  # so many row numbers are told as examples


class Mark(NamedTuple):
    """What is odd about one row: its number from 1, whether it is hidden, and its odd cells.

    A cell by its place from 0: the text of an error, or "" for the result of a formula.
    """

    row: int
    hidden: bool
    cells: dict[int, str]


class Marks(NamedTuple):
    """What is odd about a sheet: places of hidden columns (from 0), and rows in rising order."""

    columns: list[int]
    rows: Iterable[Mark]


NO_MARKS = Marks([], ())
# What a part that is not what it should be makes Python's own readers say.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError)


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


def parse(path: str, columns: int, marked: list[str]) -> list[dict[str, Any]]:
    """Write the rows of every visible sheet to standard output and describe the sheets."""
    out, written, sheets = sys.stdout.buffer, 0, []
    book = CalamineWorkbook.from_path(path)
    odd = _marks(path, marked)
    for meta in book.sheets_metadata:
        visible = meta.visible is SheetVisibleEnum.Visible
        described = {
            "name": meta.name.replace("\0", ""),
            "visible": visible,
            "wide": False,
            "start": written,
        }
        described |= {"hidden_rows": [0, []], "hidden_columns": [], "merged": [0, []]}
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
        for cells in _rows(sheet, odd.get(meta.name, NO_MARKS), described):
            if not cells:
                blank += 1
                continue
            if blank:
                written += out.write(b"%d\n" % blank)
                blank = 0
            line = json.dumps(cells, ensure_ascii=False)
            if "\\u0000" in line:
                line = json.dumps(_without_zeros(cells), ensure_ascii=False)
            line = line.encode(errors="replace") + b"\n"
            written += out.write(line)
    out.flush()
    return sheets


def _without_zeros(cells: list[Any]) -> list[Any]:
    """A text may hold the character of number zero, which no database takes and nobody sees."""
    return [
        cell.replace("\0", "") if type(cell) is str else (cell[0].replace("\0", ""), *cell[1:])
        for cell in cells
    ]


def _rows(sheet: Any, odd: Marks, described: dict[str, Any]) -> Iterator[list[Any]]:
    """The rows of a sheet as they are written, blank cells at the end cut.

    Rows below the last one of calamine hold formulas without a result, which it leaves out.
    """
    first = sheet.start[1]
    described["hidden_columns"] = [place - first for place in odd.columns if place >= first]
    marks = iter(odd.rows)
    mark = next(marks, None)
    number = 0
    merged = _merged_down(sheet)
    filled: dict[int, tuple[int, Any]] = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells: list[Any] = [cell if type(cell) is str else spelled(cell) for cell in row]
        while mark is not None and mark.row < number:
            mark = next(marks, None)
        odd_here = mark is not None and mark.row == number
        if odd_here:
            _put(cells, mark.cells, first)
        has_content = any(cells)
        if filled and has_content:
            _fill(cells, filled, number, described["merged"])
        for place, last in merged.get(number, ()):
            if cells[place]:
                filled[place] = last, cells[place]
        if odd_here and mark.hidden and has_content:
            _note(described["hidden_rows"], number)
        while cells and not cells[-1]:
            cells.pop()
        yield cells
    for below in itertools.chain([mark] if mark else [], marks):
        if below.row > number and any(below.cells.values()):
            yield from itertools.repeat([], below.row - number - 1)
            number = below.row
            cells = []
            _put(cells, below.cells, first)
            yield cells


def _put(cells: list[Any], odd: dict[int, str], first: int) -> None:
    for at, error in odd.items():
        place = at - first
        if not 0 <= place < _WIDEST:
            continue
        cells += [""] * (place + 1 - len(cells))  # calamine leaves blank formulas out at the end
        if error:
            cells[place] = error, "error"
        elif cells[place]:
            text, *kind = [cells[place]] if type(cells[place]) is str else cells[place]
            cells[place] = text, kind[0] if kind else "text", True


def _merged_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Cells merged downwards within one column: row number to (place, last row number).

    Merged across columns they are titles, and mean what they say once.
    """
    first = sheet.start[1]
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right >= first and bottom > top and left - first < sheet.width:
            found.setdefault(top + 1, []).append((left - first, bottom + 1))
    return found


def _fill(
    cells: list[Any], filled: dict[int, tuple[int, Any]], number: int, told: list[Any]
) -> None:
    """Below the first row of a merged cell the reader sees its content; so does the import."""
    for place, (last, content) in list(filled.items()):
        if number > last:
            del filled[place]
        elif not cells[place]:
            cells[place] = content
            _note(told, number)


def _note(told: list[Any], number: int) -> None:
    """Count a row once, and keep the first numbers as examples."""
    if told[1][-1:] == [number]:
        return
    told[0] += 1
    if len(told[1]) < SHOWN:
        told[1].append(number)


# --- what calamine does not tell ---------------------------------------------------------------


def _marks(path: str, marked: list[str]) -> dict[str, Marks]:
    """By the name of the sheet. What cannot be looked up is not odd: calamine has read the file."""
    try:
        if not zipfile.is_zipfile(path):
            with open(path, "rb") as stream:
                return _xls_marks(stream.read())
        if not marked:
            return {}
        archive = zipfile.ZipFile(path)
        if "content.xml" in archive.namelist():
            return _ods_marks(archive)
        parts = _xlsx_parts(archive)
        return {
            name: Marks(_xlsx_columns(archive, part), _xlsx_rows(archive, part))
            for name, part in parts.items()
            if part in marked
        }
    except (*_BROKEN, struct.error, ElementTree.ParseError, expat.ExpatError):
        return {}


def _xlsx_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The name of each sheet, to the part of the archive that holds it."""
    # A part that declares entities was refused before this process started.
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    parts = {}
    for sheet in book.findall(".//{*}sheet"):
        found = (value for key, value in sheet.items() if key.endswith("}id"))
        target = targets.get(next(found, None), "")
        parts[sheet.get("name", "")] = (
            target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        )
    return parts


_SHEET_DATA = re.compile(rb"<(?:\w+:)?sheetData\b")
_COL = re.compile(rb"<(?:\w+:)?col\b([^>]*)>")
_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?row>)", re.DOTALL)
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"']*)["']""")
_BLOCK = 1 << 20
_YES = {b"1", b"true"}


def _xlsx_columns(archive: zipfile.ZipFile, part: str) -> list[int]:
    """Places of the hidden columns; they are declared before the first row."""
    with archive.open(part) as stream:
        head = _SHEET_DATA.split(stream.read(_BLOCK), 1)[0]
    hidden: list[int] = []
    for found in _COL.finditer(head):
        said = dict(_ATTRIBUTE.findall(found[1]))
        if said.get(b"hidden") in _YES:
            hidden += range(int(said[b"min"]) - 1, min(int(said[b"max"]), 16_384))
    return hidden


def _xlsx_rows(archive: zipfile.ZipFile, part: str) -> Iterator[Mark]:
    """The odd rows of a sheet, in the order of the file, a megabyte of it in memory."""
    number = 0
    for block in _whole_rows(archive, part):
        for found in _ROW.finditer(block):
            said = dict(_ATTRIBUTE.findall(found[1]))
            number = int(said.get(b"r", number + 1))
            hidden = said.get(b"hidden") in _YES
            cells = _xlsx_cells(found[2]) if found[2] and _is_odd(found[2]) else {}
            if hidden or cells:
                yield Mark(number, hidden, cells)


def _is_odd(body: bytes) -> bool:
    return b"<f" in body or b":f" in body or b'"e"' in body or b"'e'" in body


def _xlsx_cells(body: bytes) -> dict[int, str]:
    place, odd = -1, {}
    for found in _CELL.finditer(body):
        said = dict(_ATTRIBUTE.findall(found[1]))
        place = _place(said[b"r"]) if b"r" in said else place + 1
        content = found[2] or b""
        is_formula = _FORMULA.search(content)
        value = _VALUE.search(content)
        if said.get(b"t") == b"e":
            odd[place] = value[1].decode() if value else "#N/A"
        elif is_formula:
            # A result that is an empty text has the type of a text; no result has no type.
            odd[place] = "" if value or said.get(b"t") == b"str" else UNCOMPUTED
    return odd


def _place(reference: bytes) -> int:
    """The column of B7, from 0."""
    place = 0
    for letter in reference.rstrip(b"0123456789").upper():
        place = place * 26 + letter - 64
    return place - 1


def _whole_rows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in blocks that end behind a row."""
    left = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_BLOCK):
            left += chunk
            end = max(left.rfind(b"</row>") + 6, left.rfind(b":row>") + 5, 6)
            if end > 6 or len(left) > 8 * _BLOCK:
                yield left[:end]
                left = left[end:]
    yield left


def _ods_marks(archive: zipfile.ZipFile) -> dict[str, Marks]:
    reader = _OdsReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    with archive.open("content.xml") as stream:
        parser.ParseFile(stream)
    return {
        name: Marks(columns, itertools.chain.from_iterable(rows))
        for name, (columns, rows) in reader.sheets.items()
    }


class _OdsReader:
    """Follows the tables of a content.xml. Rows and cells may stand for many equal ones."""

    TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"

    def __init__(self) -> None:
        self.sheets: dict[str, tuple[list[int], list[Iterable[Mark]]]] = {}
        self.columns: list[int] = []
        self.rows: list[Iterable[Mark]] = []
        self.row = self.column = self.place = 0
        self.cells: dict[int, str] = {}

    def start(self, element: str, said: dict[str, str]) -> None:
        space, _, name = element.rpartition(" ")
        if space != self.TABLE:
            return
        if name == "table":
            self.columns, self.rows = [], []
            self.row = self.column = 0
            self.sheets[said.get(f"{self.TABLE} name", "")] = self.columns, self.rows
        elif name == "table-column":
            count = min(int(said.get(f"{self.TABLE} number-columns-repeated", 1)), _WIDEST)
            if self._is_hidden(said):
                self.columns += range(self.column, self.column + count)
            self.column += count
        elif name == "table-row":
            count = int(said.get(f"{self.TABLE} number-rows-repeated", 1))
            self.place, self.cells, hidden = 0, {}, self._is_hidden(said)
            numbers = range(self.row + 1, self.row + count + 1)
            self.row += count
            cells = self.cells
            self.rows.append(Mark(number, hidden, cells) for number in numbers)
        elif name in {"table-cell", "covered-table-cell"}:
            count = int(said.get(f"{self.TABLE} number-columns-repeated", 1))
            if said.get(f"{self.CALC} value-type") == "error":
                self.cells[self.place] = "#N/A"
            elif f"{self.TABLE} formula" in said:
                has_result = f"{self.OFFICE} value-type" in said
                self.cells[self.place] = "" if has_result else UNCOMPUTED
            self.place += count

    def _is_hidden(self, said: dict[str, str]) -> bool:
        return said.get(f"{self.TABLE} visibility") in {"collapse", "filter"}


# .xls: the stream of records inside the compound file (MS-CFB, MS-XLS).

_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!"}


def _xls_marks(content: bytes) -> dict[str, Marks]:
    stream = _workbook_stream(content)
    sheets: dict[str, Marks] = {}
    starts: dict[int, str] = {}
    at, name = 0, ""
    while at + 4 <= len(stream):
        if at in starts:
            name = starts[at]
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == 0x0085:  # where a sheet starts, and its name
            start, length, wide = struct.unpack_from("<IxxBB", body)
            text = body[8:].decode("utf-16-le" if wide & 1 else "latin-1")[:length]
            starts[start] = text
            sheets[text] = Marks([], {})
        elif name:
            _xls_record(kind, body, sheets[name])
    return {name: Marks(columns, _in_order(rows)) for name, (columns, rows) in sheets.items()}


def _in_order(rows: Any) -> list[Mark]:
    return [Mark(number + 1, hidden, cells) for number, (hidden, cells) in sorted(rows.items())]


def _xls_record(kind: int, body: bytes, marks: Marks) -> None:
    rows: Any = marks.rows
    if kind == 0x0208:  # a row and its looks
        number, options = struct.unpack_from("<H10xH", body)
        if options & 0x20:
            rows.setdefault(number, [False, {}])[0] = True
    elif kind == 0x007D:  # the looks of columns
        first, last, options = struct.unpack_from("<HH4xH", body)
        if options & 1:
            marks.columns.extend(range(first, min(last, 255) + 1))
    elif kind == 0x0205:  # a truth value or an error
        number, place, value, is_error = struct.unpack_from("<HHxxBB", body)
        if is_error:
            rows.setdefault(number, [False, {}])[1][place] = _ERRORS.get(value, "#N/A")
    elif kind == 0x0006:  # a formula and its result
        number, place, result, value, end = struct.unpack_from("<HHxxBxB3xH", body)
        is_error = end == 0xFFFF and result == 2
        error = _ERRORS.get(value, "#N/A") if is_error else ""
        rows.setdefault(number, [False, {}])[1][place] = error


def _workbook_stream(content: bytes) -> bytes:
    """The stream “Workbook” (“Book” before Excel 97) of a compound file."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    directory, cutoff, small_table, more = struct.unpack_from("<I4xIIxxxxI", content, 48)
    sectors = list(struct.unpack_from("<109I", content, 76))
    while more < _NO_SECTOR and len(sectors) * size < len(content):
        entries = struct.unpack_from(f"<{size // 4}I", content, (more + 1) * size)
        sectors += entries[:-1]
        more = entries[-1]
    table: list[int] = []
    for sector in sectors:
        if sector < _NO_SECTOR:
            table += struct.unpack_from(f"<{size // 4}I", content, (sector + 1) * size)
    body = content[size:]  # the header takes the room of one sector
    entries = _chain(body, size, table, directory)
    found = {}
    for at in range(0, len(entries) - 127, 128):
        length = struct.unpack_from("<H", entries, at + 64)[0]
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        found[name] = struct.unpack_from("<II", entries, at + 116)
    start, held = found.get("Workbook") or found["Book"]
    if held >= cutoff:
        return _chain(body, size, table, start)[:held]
    packed = _chain(body, size, table, found["Root Entry"][0])
    table_of_small = _chain(body, size, table, small_table)
    links = list(struct.unpack(f"<{len(table_of_small) // 4}I", table_of_small))
    return _chain(packed, small, links, start)[:held]


_NO_SECTOR = 0xFFFFFFFA


def _chain(body: bytes, size: int, table: list[int], sector: int) -> bytes:
    """The sectors that follow each other from this one, no more of them than there are."""
    parts: list[bytes] = []
    while sector < len(table) and len(parts) <= len(table):
        parts.append(body[sector * size : (sector + 1) * size])
        sector = table[sector]
    return b"".join(parts)


def main(path: str, limits: str) -> None:
    allowed = json.loads(limits)
    resource.setrlimit(resource.RLIMIT_AS, (allowed["memory"], allowed["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (allowed["cpu"], allowed["cpu"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = {"sheets": parse(path, allowed["columns"], allowed["marked"])}
    except PasswordError:
        told = {"error": "password"}
    except (CalamineError, *_BROKEN):
        told = {"error": "damaged"}
    sys.stderr.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
