"""Opens an uploaded table by its content and yields its rows as text. Knows no model.

Everything is told in the user's terms: row numbers are those at the edge of his spreadsheet, a cell
is the text he sees in it. A number that Excel has rounded is marked, not trusted.
"""

import codecs
import csv
import difflib
import hashlib
import io
import itertools
import json
import re
import stat
import struct
import subprocess
import sys
import tempfile
import unicodedata
import weakref
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from core.errors import Refused
from core.sheets import limits, parsing

# Columns that the engine itself adds to a table it gives back; on the way in they are no data.
REASON, SUGGESTION, ROW_KEY = "原因", "修改建议", "行标识"
OWN_HEADINGS = (REASON, SUGGESTION, ROW_KEY)
# Worksheets beside the table in what the engine writes.
GUIDE, CHOICES, ORIGIN = "填写说明", "选项", "导出说明"
OWN_SHEETS = (GUIDE, CHOICES, ORIGIN)


class Unreadable(Refused):
    """The file as a whole is turned down; `code` says why, the sentence says what to do."""

    code = "unreadable"


class Heading(Protocol):
    """What reading needs to know of a column."""

    column_name: str
    synonyms: Sequence[str]
    required: bool


class Typed(str):
    """The text of a cell that was no text in the file, or the result of a formula (`computed`).

    `kind`: `number` (spelt without exponent), `rounded` (a number beyond 15 digits: its tail is
    lost), `date` (ISO), `time`, `boolean`, `error` (#REF! and the like, also a formula that was
    saved without its result), or `text`.
    """

    kind: str
    computed: bool

    def __new__(cls, text: str, kind: str, computed: bool = False) -> "Typed":
        self = super().__new__(cls, text)
        self.kind, self.computed = kind, computed
        return self


class Line(NamedTuple):
    """One row below the heading: its number in the spreadsheet, its cells in the file's order.

    `note` is empty for data; otherwise it says why the row is none (合计行, 说明行).
    """

    number: int
    cells: list[str]
    note: str = ""


class Placement(NamedTuple):
    """Which column of a file is which of ours, as somebody once said it.

    `places` maps declared headings to positions in the file, `constants` those that the file does
    not have to the text that stands for every row. `told` says where this comes from.
    """

    places: Mapping[str, int]
    constants: Mapping[str, str]
    told: str


@dataclass
class Table:
    """An opened table whose heading row was found.

    `places` gives the position of each declared heading that the file has; `unknown` the headings
    that nobody declared; `told` what the user should know about how the file was understood.
    The last `constants` cells of a row are not the file's own, see `Placement`.
    """

    source: "_Source"
    headings: list[str]
    heading_row: int
    places: dict[str, int]
    key_place: int | None
    unknown: list[str]
    required: list[int]
    told: list[str] = field(default_factory=list)
    constants: int = 0

    def lines(self) -> Iterator[Line]:
        """All rows below the heading that hold anything, in order; may be called again."""
        rows = self.source.rows()
        width = len(self.headings)
        required = self.required
        for number, cells in enumerate(rows, start=1):
            if number <= self.heading_row:
                continue
            if not any(cells):
                continue
            if number - self.heading_row > limits.MAX_ROWS:
                raise Unreadable(
                    f"表格超过 {limits.MAX_ROWS:,} 行，请拆分为几份后分别上传。",
                    code="too_many_rows",
                )
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            own = cells[: width - self.constants] if self.constants else cells
            blank = not all(cells[place].strip() for place in required)
            note = _note(own, len(required)) if blank else None
            if note is None:
                if not any(cell.strip() for cell in own):
                    continue
                note = ""
            yield Line(number, cells, note)


# --- what a file is ----------------------------------------------------------------------------


class _Source:
    """A table as rows of text, from the first row of the sheet on.

    `hidden_rows` and `merged` count rows that are hidden, and rows with cells merged downwards, and
    give the numbers of the first ones.
    """

    told: Sequence[str] = ()
    hidden_rows: tuple[int, list[int]] = (0, [])
    hidden_columns: Sequence[int] = ()
    merged: tuple[int, list[int]] = (0, [])

    def sheets(self) -> list["_Source"]:
        """The visible sheets, each as a source of its own."""
        return [self]

    def rows(self) -> Iterator[list[str]]:
        raise NotImplementedError


SAVE_AS = "请用 Excel 或 WPS 打开后另存为“Excel 工作簿（.xlsx）”再上传。"
_IMAGE = "这是一张图片，不是表格。请上传表格文件。"
_ARCHIVE = "这是压缩包。请解压后上传其中的表格。"
_REFUSED_STARTS = [
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM|II\*\0|MM\0\*"), "image", _IMAGE),
    (re.compile(rb"RIFF.{4}WEBP|.{4}ftyp(heic|heix|mif1|avif)", re.DOTALL), "image", _IMAGE),
    (re.compile(rb"\s*(<\?xml[^>]*>\s*)?<svg"), "image", _IMAGE),
    (
        re.compile(rb"%PDF"),
        "not_a_table",
        "这是 PDF 文件，不是表格。请上传导出 PDF 之前的表格文件。",
    ),
    (re.compile(rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ"), "not_a_table", _ARCHIVE),
    (re.compile(rb"MZ|\x7fELF"), "not_a_table", "这是程序文件，不是表格。请上传表格文件。"),
    (re.compile(rb"{\\rtf"), "not_a_table", f"这是文字文档，不是表格。{SAVE_AS}"),
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WPS_NAMES = (".et", ".ett", ".wps", ".wpt", ".dps")
_BOMB = "文件展开后过大，不像正常的表格，已拒绝读取。请只保留需要的行和列，或拆分为几份后再上传。"
_PASSWORD = "文件设有密码，无法读取。请在 Excel 或 WPS 中取消密码后再上传。"  # noqa: S105
_TOO_WIDE = f"表格超过 {limits.MAX_COLUMNS} 列，请删去多余的列再上传。"


def refuse_at_sight(stream: BinaryIO, *, name: str) -> None:
    """Refuse what is no table by its name, its first bytes, its size or its list of contents.

    `name` is what the user called the file. Nothing is unpacked; `open_table` looks closer.
    Raises `Unreadable`; the stream is left at its start.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    start = stream.read(4096)
    stream.seek(0)
    if not start.strip():
        raise Unreadable("文件是空的，请检查后重新上传。", code="empty")
    for magic, code, sentence in _REFUSED_STARTS:
        if magic.match(start):
            raise Unreadable(sentence, code=code)
    if name.lower().endswith(_WPS_NAMES):
        raise Unreadable(f"不能直接读取 WPS 专有格式。{SAVE_AS}", code="wps_format")
    if start.startswith(b"PK"):
        refuse_large(size, limits.MAX_WORKBOOK_BYTES)
        _list_archive(stream)
    elif start.startswith(_OLE):
        refuse_large(size, limits.MAX_WORKBOOK_BYTES)
        _check_compound(stream.read())
    else:
        refuse_large(size, limits.MAX_TEXT_BYTES)
        _refuse_markup(start)
    stream.seek(0)


def _refuse_markup(start: bytes) -> None:
    head = start.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").replace(b"\0", b"").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise Unreadable(f"这是 XML 表格（2003 格式），不能直接读取。{SAVE_AS}", code="xml_2003")
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div")):
        raise Unreadable(f"这是网页格式的表格。{SAVE_AS}", code="web_page")
    if head.startswith(b"mime-version:"):
        raise Unreadable(f"这是网页格式的表格。{SAVE_AS}", code="web_page")


def refuse_large(size: int, limit: int) -> None:
    """Refuse a file of so many bytes before anything else is done with it."""
    if size > limit:
        raise Unreadable(
            f"文件超过 {limit // limits.MIB} MB，请拆分为几份后分别上传。", code="too_large"
        )


def open_table(
    path: str | Path,
    columns: Iterable[Heading],
    *,
    name: str = "",
    saved: Mapping[str, Placement] | None = None,
) -> Table:
    """Find the table in the file at `path`; `name` is what the user called the file.

    A row of headings whose `headings_digest` is in `saved` is read as it says. Otherwise the sheet
    and the heading row are those that match the most declared headings.
    Raises `Unreadable` with a sentence that says what to do.
    """
    columns = list(columns)
    source = _open(Path(path), name or str(path))
    known = _known(columns)
    best: tuple[int, int, _Source, list[str]] | None = None
    for sheet in source.sheets():
        for number, cells in _first_rows(sheet):
            if saved and (placement := saved.get(headings_digest(cells))):
                return _placed(columns, placement, sheet, number, cells, source.told)
            found = {known[key][0] for cell in cells if (key := _key(cell, known)) in known}
            matches = len(found)
            if matches and (best is None or matches > best[0]):
                best = (matches, number, sheet, cells)
    if best is None:
        raise Unreadable(
            f"前 {limits.HEADING_WITHIN} 行内没有找到表头。表头应含："
            f"{'、'.join(column.column_name for column in columns if column.required)}。",
            code="no_heading",
        )
    _, number, sheet, cells = best
    return _table(columns, known, sheet, number, cells, source.told)


def heading_candidates(path: str | Path, *, name: str = "") -> list[tuple[int, list[str]]]:
    """Rows of the file that may be its heading, by number, the likeliest first.

    They are rows of the sheet that is widest there, without anything that looks like a number of a
    person. Raises `Unreadable` as `open_table`.
    """
    found: list[tuple[int, list[str]]] = []
    for sheet in _open(Path(path), name or str(path)).sheets():
        rows = [
            (number, [" ".join(cell.split()) for cell in _cut(cells)])
            for number, cells in _first_rows(sheet)
        ]
        rows = [row for row in rows if not any(_LONG_NUMBER.search(cell) for cell in row[1])]
        rows.sort(key=lambda row: -sum(map(bool, row[1])))
        if rows and (not found or _width(rows[0]) > _width(found[0])):
            found = rows
    return [row for row in found if _width(row) > 1]


_LONG_NUMBER = re.compile(r"\d{6}")


def _width(row: tuple[int, list[str]]) -> int:
    return sum(map(bool, row[1]))


def _first_rows(sheet: "_Source") -> Iterator[tuple[int, list[str]]]:
    return enumerate(itertools.islice(sheet.rows(), limits.HEADING_WITHIN), start=1)


def headings_digest(cells: Sequence[str]) -> str:
    """What two files with the same row of headings have in common: SHA-256, in hex."""
    text = "\x1f".join(heading_key(cell) for cell in _cut(cells))
    return hashlib.sha256(text.encode()).hexdigest()


def _cut(cells: Sequence[str]) -> list[str]:
    """A row without the blank cells at its end and without the columns of the engine."""
    own = [at for at, cell in enumerate(cells) if cell.strip() in OWN_HEADINGS]
    cut = list(cells[: min(own, default=len(cells))])
    while cut and not cut[-1].strip():
        cut.pop()
    return cut


def _table(
    columns: list[Heading],
    known: dict[str, tuple[str, int]],
    sheet: _Source,
    number: int,
    cells: list[str],
    told: list[str],
) -> Table:
    cells = _headings(cells)
    claims: dict[str, list[tuple[int, int]]] = {}
    for place, cell in enumerate(cells):
        if found := known.get(_key(cell, known)):
            claims.setdefault(found[0], []).append((found[1], place))
    places, twice = {}, []
    for heading, claimants in claims.items():
        (rank, place), *others = sorted(claimants)
        places[heading] = place
        if others and others[0][0] == rank:
            twice.append(heading)
    if twice:
        raise Unreadable(
            f"表头“{'”“'.join(dict.fromkeys(twice))}”出现了不止一次，请只保留一列。",
            code="heading_twice",
        )
    missing = [c.column_name for c in columns if c.required and c.column_name not in places]
    if missing:
        raise Unreadable(
            f"第 {number} 行的表头缺少“{'”“'.join(missing)}”，请补上后再上传，或使用本系统的模板。",
            code="heading_missing",
        )
    told = [*told, *_told_of(sheet, cells)]
    if number > 1:
        told.append(f"表头在第 {number} 行，其上方的内容已略过。")
    return _made(columns, sheet, number, cells, places, told)


def _placed(
    columns: list[Heading],
    placement: Placement,
    sheet: _Source,
    number: int,
    cells: list[str],
    told: list[str],
) -> Table:
    """A table that is read as somebody once said."""
    cells = _headings(cells)
    constants = placement.constants
    places = dict(placement.places)
    places |= {heading: len(cells) + at for at, heading in enumerate(constants)}
    told = [placement.told, *told, *_told_of(sheet, cells)]
    if not constants:
        return _made(columns, sheet, number, cells, places, told)
    filled = _Filled(sheet, number, cells, constants)
    table = _made(columns, filled, number, [*cells, *constants], places, told)
    table.constants = len(constants)
    return table


def _headings(cells: list[str]) -> list[str]:
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > limits.MAX_COLUMNS:
        raise Unreadable(_TOO_WIDE, code="too_many_columns")
    return cells


def _made(
    columns: list[Heading],
    sheet: _Source,
    number: int,
    cells: list[str],
    places: dict[str, int],
    told: list[str],
) -> Table:
    taken = set(places.values())
    key_place, unknown = None, []
    for place, cell in enumerate(cells):
        heading = " ".join(cell.split())
        if heading == ROW_KEY:
            key_place = place
        elif heading and heading not in OWN_HEADINGS and place not in taken:
            unknown.append(heading)
    if unknown:
        shown = "、".join(heading[:20] for heading in unknown[:10])
        told.append(f"没有用到的列：{shown}{'等' if len(unknown) > 10 else ''}。")
    required = [places[column.column_name] for column in columns if column.required]
    return Table(sheet, cells, number, places, key_place, unknown, required, told)


def _told_of(sheet: _Source, cells: list[str]) -> list[str]:
    """What is hidden or merged in the sheet and was read all the same."""
    told = []
    if sheet.hidden_rows[0]:
        told.append(f"{_numbered(sheet.hidden_rows)}是隐藏的，已一并读取。")
    hidden = [cells[place].strip() for place in sheet.hidden_columns if place < len(cells)]
    hidden = [heading for heading in hidden if heading and heading not in OWN_HEADINGS]
    if hidden:
        told.append(f"隐藏的列已一并读取：{'、'.join(heading[:20] for heading in hidden[:10])}。")
    if sheet.merged[0]:
        told.append(f"{_numbered(sheet.merged)}有上下合并的单元格，按合并的内容读取。")
    return told


def _numbered(counted: tuple[int, list[int]]) -> str:
    """第 3、4 行, or of many the first ten and how many there are."""
    count, numbers = counted
    shown = "、".join(map(str, numbers))
    return f"第 {shown} 行" if count <= len(numbers) else f"第 {shown} 行等共 {count:,} 行"


def _open(path: Path, name: str) -> _Source:
    with path.open("rb") as stream:
        refuse_at_sight(stream, name=name)
        start = stream.read(len(_OLE))
        if start.startswith(b"PK"):
            return _Workbook(path, check_archive(stream))
        if start == _OLE:
            return _Workbook(path, set())
    return _Text(path)


# --- archives ----------------------------------------------------------------------------------


# What stands in a part that has formulas, errors, or hidden rows or columns. A part that holds one
# of these by chance is looked through for nothing, no more.
_MARKS = (b"<f>", b"<f ", b":f>", b":f ", b't="e"', b'hidden="', b"table:formula", b'="collapse')
_OVERLAP = 32  # longer than any word that is looked for


def check_archive(stream: BinaryIO) -> set[str]:
    """Refuse an archive that is no workbook or too large when unpacked.

    The headers of an archive can lie, so every entry is inflated and counted, nothing kept.
    Returns the names of entries that `core.sheets.parsing` should look through.
    """
    total, marked = 0, set()
    for entry in _list_archive(stream):
        last = b""
        for piece in _inflate(stream, entry):
            total += len(piece)
            if total > limits.MAX_UNPACKED_BYTES:
                raise Unreadable(_BOMB, code="archive_bomb")
            seen = last + piece
            # In utf-16, which no spreadsheet program writes, the words would not be found.
            is_wide = not last and piece.startswith((b"\xff\xfe", b"\xfe\xff"))
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or is_wide:
                raise Unreadable(f"文件含有外部引用，已拒绝读取。{SAVE_AS}", code="unsafe_file")
            if entry.filename not in marked and any(mark in seen for mark in _MARKS):
                marked.add(entry.filename)
            last = piece[-_OVERLAP:]
    return marked


def _list_archive(stream: BinaryIO) -> list[zipfile.ZipInfo]:
    """The entries of a workbook, by what the archive says of itself."""
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError, ValueError) as error:
        raise Unreadable(f"文件已损坏，无法打开。{SAVE_AS}", code="damaged") from error
    if (
        len(entries) > limits.MAX_ENTRIES
        or sum(entry.file_size for entry in entries) > limits.MAX_UNPACKED_BYTES
        # More than there is: entries lie over one another.
        or sum(entry.compress_size for entry in entries) > stream.seek(0, io.SEEK_END)
    ):
        raise Unreadable(_BOMB, code="archive_bomb")
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(_PASSWORD, code="password")
    if len(names) < len(entries) or any(stat.S_ISLNK(e.external_attr >> 16) for e in entries):
        raise Unreadable(f"文件结构异常，已拒绝读取。{SAVE_AS}", code="unsafe_file")
    if "xl/workbook.xml" not in names and not _is_ods(stream, entries):
        if "word/document.xml" in names:
            raise Unreadable("这是 Word 文档，不是表格。请上传表格文件。", code="not_a_table")
        if "xl/workbook.bin" in names:
            raise Unreadable(f"不能读取二进制工作簿（.xlsb）。{SAVE_AS}", code="binary_workbook")
        raise Unreadable(_ARCHIVE, code="not_a_table")
    return entries


def _is_ods(stream: BinaryIO, entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether it is an open document with a table. One with a password is refused."""
    by_name = {entry.filename: entry for entry in entries}
    if "mimetype" not in by_name:
        return False
    if b"opendocument.spreadsheet" not in _beginning(stream, by_name["mimetype"]):
        return False
    manifest = by_name.get("META-INF/manifest.xml")
    if "encrypted-package" in by_name or (
        manifest and b"encryption-data" in _beginning(stream, manifest)
    ):
        raise Unreadable(_PASSWORD, code="password")
    return "content.xml" in by_name


def _beginning(stream: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """The first bytes of an entry, up to a megabyte."""
    return next(_inflate(stream, entry), b"")


def _inflate(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry's real bytes in pieces, whatever size its header claims."""
    damaged = Unreadable(f"文件已损坏，无法打开。{SAVE_AS}", code="damaged")
    if not 0 <= entry.header_offset < limits.MAX_WORKBOOK_BYTES:
        raise damaged
    stream.seek(entry.header_offset)
    header = stream.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise damaged
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    stream.seek(name_length + extra_length, io.SEEK_CUR)
    left, packed, unpacked = entry.compress_size, 0, 0
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise damaged
    inflater = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        chunk = stream.read(min(left, 65_536))
        if not chunk:
            raise damaged
        left -= len(chunk)
        packed += len(chunk)
        if inflater is None:
            yield chunk
            continue
        while chunk:
            try:
                piece = inflater.decompress(chunk, limits.MIB)
            except zlib.error as error:
                raise damaged from error
            unpacked += len(piece)
            # Small entries may be repetitive; beyond a megabyte no honest part of a table is.
            if unpacked > limits.MIB and unpacked > packed * limits.MAX_RATIO:
                raise Unreadable(_BOMB, code="archive_bomb")
            yield piece
            chunk = inflater.unconsumed_tail


def _check_compound(content: bytes) -> None:
    """An OLE container: an old Excel workbook, or something that only looks like one."""

    def has(stream_name: str) -> bool:
        return stream_name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise Unreadable(_PASSWORD, code="password")
    if has("ETExtData") and not has("Workbook"):
        raise Unreadable(f"不能直接读取 WPS 专有格式。{SAVE_AS}", code="wps_format")
    if not has("Workbook") and not has("Book"):
        raise Unreadable("这是文字文档或其他文件，不是表格。请上传表格文件。", code="not_a_table")


class _Workbook(_Source):
    """.xlsx, .xls or .ods, parsed by `core.sheets.parsing` in a process with limits."""

    def __init__(self, path: Path, marked: Iterable[str]) -> None:
        self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the workbook
        weakref.finalize(self, self.spool.close)
        told = _parse(path, self.spool, marked)
        if told.get("error") == "password":
            raise Unreadable(_PASSWORD, code="password")
        if "error" in told:
            raise Unreadable(f"文件已损坏，无法打开。{SAVE_AS}", code="damaged")
        self.parts = [part for part in told["sheets"] if part["name"] not in OWN_SHEETS]
        ends = [part["start"] for part in told["sheets"][1:]]
        for part, end in zip(told["sheets"], [*ends, self.spool.tell()], strict=False):
            part["end"] = end
        hidden = [part["name"] for part in self.parts if not part["visible"]]
        self.told = [f"隐藏的工作表未读取：{'、'.join(hidden)}。"] if hidden else []

    def sheets(self) -> list[_Source]:
        return [_Worksheet(self, part) for part in self.parts if part["visible"]]


def _parse(path: Path, spool: BinaryIO, marked: Iterable[str]) -> dict[str, Any]:
    """Have the workbook written to `spool` as lines of JSON. Nothing of ours is handed on."""
    allowed = {
        "memory": limits.PARSE_MEMORY,
        "cpu": limits.PARSE_CPU_SECONDS,
        "columns": limits.MAX_COLUMNS * 4,
        "marked": sorted(marked),
    }
    command = [sys.executable, "-I", parsing.__file__, str(path), json.dumps(allowed)]
    too_much = Unreadable(
        "表格过大或结构异常，在限定的内存和时间内无法读取。"
        "请只保留需要的行和列，粘贴到本系统的模板中再上传。",
        code="too_complex",
    )
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and file, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=spool,
            stderr=subprocess.PIPE,
            timeout=limits.PARSE_SECONDS,
            env={"PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise too_much from error
    if done.returncode:
        raise too_much
    spool.seek(0, io.SEEK_END)
    return json.loads(done.stderr.splitlines()[-1])


class _Worksheet(_Source):
    """One sheet of a parsed workbook: a range of lines in its spool."""

    def __init__(self, book: _Workbook, part: dict[str, Any]) -> None:
        self.book, self.part = book, part
        self.hidden_rows, self.merged = part["hidden_rows"], part["merged"]
        self.hidden_columns = part["hidden_columns"]

    def rows(self) -> Iterator[list[str]]:
        if self.part["wide"]:
            raise Unreadable(_TOO_WIDE, code="too_many_columns")
        spool, place, end = self.book.spool, self.part["start"], self.part["end"]
        while place < end:
            spool.seek(place)  # every reader keeps its own place
            lines = spool.readlines(min(limits.MIB, end - place))
            for line in lines:
                place += len(line)
                if place > end:
                    return
                row = json.loads(line)
                if type(row) is int:
                    yield from itertools.repeat([], row)
                else:
                    yield [cell if type(cell) is str else Typed(*cell) for cell in row]


class _Filled(_Source):
    """A sheet with further columns behind its own that say the same in every row below the heading.

    They stand in the table that goes back as well, so that a row may say something else there.
    """

    def __init__(
        self, sheet: _Source, heading_row: int, headings: list[str], constants: Mapping[str, str]
    ) -> None:
        self.sheet, self.heading_row, self.headings = sheet, heading_row, headings
        self.constants = constants

    def rows(self) -> Iterator[list[str]]:
        width = len(self.headings)
        more, texts = list(self.constants), list(self.constants.values())
        for number, cells in enumerate(self.sheet.rows(), start=1):
            if number == self.heading_row:
                yield self.headings + more
            elif number < self.heading_row or not any(cells):
                yield cells
            else:
                yield [*cells[:width], *[""] * (width - len(cells)), *texts]


# --- text --------------------------------------------------------------------------------------


class _Text(_Source):
    """Comma or tab separated text in a Chinese encoding."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = encoding_of(path)
        with self._open() as stream:
            sample = [
                line
                for line in itertools.islice(stream, limits.HEADING_WITHIN)
                if len(line) < 100_000
            ]
        counts = {mark: sum(line.count(mark) for line in sample) for mark in "\t,;"}
        self.delimiter = max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","

    def _open(self) -> io.TextIOWrapper:
        return self.path.open(encoding=self.encoding, newline="")

    def rows(self) -> Iterator[list[str]]:
        csv.field_size_limit(limits.MAX_CELL * 4)
        with self._open() as stream:
            try:
                for row in csv.reader(stream, delimiter=self.delimiter):
                    if len(row) > limits.MAX_COLUMNS * 4:
                        raise Unreadable(_TOO_WIDE, code="too_many_columns")
                    yield [_unprotected(cell) for cell in row] if "=" in "".join(row) else row
            except csv.Error as error:
                raise Unreadable(
                    f"文本表格的引号不成对或单元格过长，无法分列。{SAVE_AS}", code="damaged"
                ) from error


def _unprotected(cell: str) -> str:
    """`="3306…"` is how people keep Excel from rounding a number in a csv file."""
    found = re.fullmatch(r'="(.*)"', cell)
    return found.group(1) if found else cell


def encoding_of(path: Path) -> str:
    """utf-8 (with or without mark), utf-16 or gb18030: the first in which every byte is right."""
    with path.open("rb") as stream:
        start = stream.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start[1::2].count(0) > len(start) // 8:
        candidates = ["utf-16-le"]
    elif start[0::2].count(0) > len(start) // 8:
        candidates = ["utf-16-be"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise Unreadable(f"不是能识别的表格文件，或文字编码有误。{SAVE_AS}", code="unknown_encoding")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(limits.MIB):
                text = decoder.decode(chunk)
                # Control characters stand in no table; a program or a picture is full of them.
                if "\0" in text:
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


# --- headings and notes ------------------------------------------------------------------------

_NOISE = re.compile(r"[\s*＊:：_\-—·.、,，“”\"'/]+|（?必填）?|\(必填\)|\(选填\)")
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|<.*?>|【.*?】")


def heading_key(text: str, *, brackets: bool = True) -> str:
    """What two spellings of one heading have in common."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if not brackets:
        plain = _BRACKETS.sub("", plain)
    return _NOISE.sub("", plain)


# What lists put in front of a heading: 职工姓名, 会员入会日期, 1.姓名.
_IN_FRONT = re.compile(r"^(\d{1,2}(?=\D)|职工|会员|员工|本人|人员|个人)+")


def _known(columns: Iterable[Heading]) -> dict[str, tuple[str, int]]:
    """Every accepted spelling of every column, to its heading and its rank.

    A declared name wins a synonym, an earlier synonym a later one.
    """
    known: dict[str, tuple[str, int]] = {}
    columns = list(columns)
    for column in columns:
        known[heading_key(column.column_name)] = column.column_name, 0
    for column in columns:
        known.setdefault(heading_key(column.column_name, brackets=False), (column.column_name, 0))
        for rank, synonym in enumerate(column.synonyms, start=1):
            known.setdefault(heading_key(synonym), (column.column_name, rank))
    return known


def _key(cell: str, known: Mapping[str, Any]) -> str:
    exact = heading_key(cell)
    if exact in known:
        return exact
    shorter = heading_key(cell, brackets=False)
    return shorter if shorter in known else _IN_FRONT.sub("", shorter)


def likeness(heading: str, column: Heading) -> float:
    """How alike a file's heading and one of our columns are, from 0 to 1."""
    ours = [heading_key(text, brackets=False) for text in (column.column_name, *column.synonyms)]
    theirs = _IN_FRONT.sub("", heading_key(heading, brackets=False))
    if not theirs:
        return 0.0
    return max(
        max(
            difflib.SequenceMatcher(None, theirs, spelling).ratio(),
            0.8 if len(spelling) > 1 and spelling in theirs else 0.0,
        )
        for spelling in ours
    )


_TOTAL = re.compile(r"(合计|总计|小计|共计|累计|合\s+计|总\s+计)")
_NOTE = re.compile(
    r"(注|备注|说明|填表说明|填报说明|填表人|填报人|制表人?|审核人?|负责人|单位负责人|填表日期|填报日期"
    r"|填报单位|联系人|联系电话|日期)\s*[\d.]*\s*([:：]|$)|(注|说明)\d"
)


def _note(cells: list[str], required: int) -> str | None:
    """Whether a row with a blank required cell is a total or a remark rather than data."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return None
    if _TOTAL.match(filled[0]) and len(filled[0]) <= 8:
        return "合计行"
    if _NOTE.match(filled[0]):
        return "说明行"
    if len(filled) == 1 and required > 1 and len(filled[0]) > 12 and cells[0].strip():
        return "说明行"
    return None
