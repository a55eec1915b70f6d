"""Opens an uploaded table by its content and yields its rows as text. Knows no model.

Everything is told in the user's terms: row numbers are those at the edge of his spreadsheet, a cell
is the text he sees in it. A number that Excel has rounded is marked, not trusted.
"""

import codecs
import csv
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
from collections.abc import Iterable, Iterator, Sequence
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
    """The text of a cell that was no text in the file.

    `kind`: `number` (spelt without exponent), `rounded` (a number beyond 15 digits: its tail is
    lost), `date` (ISO), `time` or `boolean`.
    """

    kind: str

    def __new__(cls, text: str, kind: str) -> "Typed":
        self = super().__new__(cls, text)
        self.kind = kind
        return self


class Line(NamedTuple):
    """One row below the heading: its number in the spreadsheet, its cells in the file's order.

    `note` is empty for data; otherwise it says why the row is none (合计行, 说明行).
    """

    number: int
    cells: list[str]
    note: str = ""


@dataclass
class Table:
    """An opened table whose heading row was found.

    `places` gives the position of each declared heading that the file has; `unknown` the headings
    that nobody declared; `told` what the user should know about how the file was understood.
    """

    source: "_Source"
    headings: list[str]
    heading_row: int
    places: dict[str, int]
    key_place: int | None
    unknown: list[str]
    required: list[int]
    told: list[str] = field(default_factory=list)

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
            blank = not all(cells[place].strip() for place in required)
            note = _note(cells, len(required)) if blank else None
            if note is None:
                if not any(cell.strip() for cell in cells):
                    continue
                note = ""
            yield Line(number, cells, note)


# --- what a file is ----------------------------------------------------------------------------


class _Source:
    """A table as rows of text, from the first row of the sheet on."""

    told: list[str]

    def sheets(self) -> list["_Source"]:
        """The visible sheets, each as a source of its own."""
        return [self]

    def rows(self) -> Iterator[list[str]]:
        raise NotImplementedError


SAVE_AS = "请用 Excel 或 WPS 打开后另存为“Excel 工作簿（.xlsx）”再上传。"
_REFUSED_STARTS = [
    (b"\x89PNG", "image", "这是一张图片，不是表格。请上传表格文件。"),
    (b"\xff\xd8\xff", "image", "这是一张图片，不是表格。请上传表格文件。"),
    (b"GIF8", "image", "这是一张图片，不是表格。请上传表格文件。"),
    (b"BM", "image", "这是一张图片，不是表格。请上传表格文件。"),
    (b"%PDF", "not_a_table", "这是 PDF 文件，不是表格。请上传导出 PDF 之前的表格文件。"),
    (b"Rar!", "not_a_table", "这是压缩包。请解压后上传其中的表格。"),
    (b"7z\xbc\xaf", "not_a_table", "这是压缩包。请解压后上传其中的表格。"),
    (b"\x1f\x8b", "not_a_table", "这是压缩包。请解压后上传其中的表格。"),
    (b"MZ", "not_a_table", "这是程序文件，不是表格。"),
    (b"{\\rtf", "not_a_table", f"这是文字文档，不是表格。{SAVE_AS}"),
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(path: str | Path, columns: Iterable[Heading], *, name: str = "") -> Table:
    """Find the table in the file at `path`; `name` is what the user called the file.

    The sheet and the heading row are those that match the most declared headings.
    Raises `Unreadable` with a sentence that says what to do.
    """
    columns = list(columns)
    source = _open(Path(path), name or str(path))
    known = _known(columns)
    best: tuple[int, int, _Source, list[str]] | None = None
    for sheet in source.sheets():
        for number, cells in enumerate(
            itertools.islice(sheet.rows(), limits.HEADING_WITHIN), start=1
        ):
            matches = len({known[key] for cell in cells if (key := _key(cell, known)) in known})
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


def _table(
    columns: list[Heading],
    known: dict[str, str],
    sheet: _Source,
    number: int,
    cells: list[str],
    told: list[str],
) -> Table:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > limits.MAX_COLUMNS:
        raise Unreadable(
            f"表格超过 {limits.MAX_COLUMNS} 列，请删去多余的列再上传。", code="too_many_columns"
        )
    places: dict[str, int] = {}
    unknown, twice, key_place = [], [], None
    for place, cell in enumerate(cells):
        heading = known.get(_key(cell, known))
        if heading is None:
            if cell.strip() == ROW_KEY:
                key_place = place
            elif cell.strip() and cell.strip() not in OWN_HEADINGS:
                unknown.append(cell.strip())
        elif heading in places:
            twice.append(heading)
        else:
            places[heading] = place
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
    told = list(told) + list(sheet.told)
    if number > 1:
        told.append(f"表头在第 {number} 行，其上方的内容已略过。")
    if unknown:
        shown = "、".join(heading[:20] for heading in unknown[:10])
        told.append(f"没有用到的列：{shown}{'等' if len(unknown) > 10 else ''}。")
    required = [places[c.column_name] for c in columns if c.required]
    return Table(sheet, cells, number, places, key_place, unknown, required, told)


def _open(path: Path, name: str) -> _Source:
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(4096)
        if not start.strip():
            raise Unreadable("文件是空的，请检查后重新上传。", code="empty")
        for magic, code, sentence in _REFUSED_STARTS:
            if start.startswith(magic):
                raise Unreadable(sentence, code=code)
        if name.lower().endswith((".et", ".ett", ".wps", ".wpt")):
            raise Unreadable(f"不能直接读取 WPS 专有格式。{SAVE_AS}", code="wps_format")
        if start.startswith(b"PK"):
            refuse_large(size, limits.MAX_WORKBOOK_BYTES)
            check_archive(stream)
            return _Workbook(path)
        if start.startswith(_OLE):
            refuse_large(size, limits.MAX_WORKBOOK_BYTES)
            _check_compound(path)
            return _Workbook(path)
    refuse_large(size, limits.MAX_TEXT_BYTES)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise Unreadable(f"这是网页格式的表格。{SAVE_AS}", code="web_page")
    return _Text(path)


def refuse_large(size: int, limit: int) -> None:
    """Refuse a file of so many bytes before anything else is done with it."""
    if size > limit:
        raise Unreadable(
            f"文件超过 {limit // limits.MIB} MB，请拆分为几份后分别上传。", code="too_large"
        )


# --- archives ----------------------------------------------------------------------------------


def check_archive(stream: BinaryIO) -> None:
    """Refuse an archive that is no workbook or too large when unpacked.

    The headers of an archive can lie, so every entry is inflated and counted, nothing kept.
    """
    try:
        archive = zipfile.ZipFile(stream)
        entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError, ValueError) as error:
        raise Unreadable(f"文件已损坏，无法打开。{SAVE_AS}", code="damaged") from error
    bomb = Unreadable("文件展开后过大，不像正常的表格，已拒绝读取。", code="archive_bomb")
    if len(entries) > limits.MAX_ENTRIES:
        raise bomb
    if sum(entry.file_size for entry in entries) > limits.MAX_UNPACKED_BYTES:
        raise bomb
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable(
            "文件设有密码，无法读取。请在 Excel 或 WPS 中取消密码后再上传。", code="password"
        )
    if len(names) < len(entries) or any(stat.S_ISLNK(e.external_attr >> 16) for e in entries):
        raise Unreadable(f"文件结构异常，已拒绝读取。{SAVE_AS}", code="unsafe_file")
    if "xl/workbook.xml" not in names and not _is_ods(archive, names):
        if "word/document.xml" in names:
            raise Unreadable("这是 Word 文档，不是表格。请上传表格文件。", code="not_a_table")
        if "xl/workbook.bin" in names:
            raise Unreadable(f"不能读取二进制工作簿（.xlsb）。{SAVE_AS}", code="wps_format")
        raise Unreadable("这是压缩包。请解压后上传其中的表格。", code="not_a_table")
    total = 0
    for entry in entries:
        for piece in _inflate(stream, entry):
            total += len(piece)
            if total > limits.MAX_UNPACKED_BYTES:
                raise bomb
            if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                raise Unreadable(f"文件含有外部引用，已拒绝读取。{SAVE_AS}", code="unsafe_file")


def _is_ods(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "mimetype" not in names or "content.xml" not in names:
        return False
    if archive.getinfo("mimetype").file_size > 200:
        return False
    if any("encryption-data" in name for name in names):
        return True
    start = next(_inflate(archive.fp, archive.getinfo("mimetype")), b"")
    return b"opendocument.spreadsheet" in start


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
                raise Unreadable(
                    "文件展开后过大，不像正常的表格，已拒绝读取。", code="archive_bomb"
                )
            yield piece
            chunk = inflater.unconsumed_tail


def _check_compound(path: Path) -> None:
    """An OLE container: an old Excel workbook, or something that only looks like one."""
    content = path.read_bytes()

    def has(stream_name: str) -> bool:
        return stream_name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise Unreadable(
            "文件设有密码，无法读取。请在 Excel 或 WPS 中取消密码后再上传。", code="password"
        )
    if has("ETExtData") and not has("Workbook"):
        raise Unreadable(f"不能直接读取 WPS 专有格式。{SAVE_AS}", code="wps_format")
    if not has("Workbook") and not has("Book"):
        raise Unreadable("这是文字文档或其他文件，不是表格。请上传表格文件。", code="not_a_table")


class _Workbook(_Source):
    """.xlsx, .xls or .ods, parsed by `core.sheets.parsing` in a process with limits."""

    def __init__(self, path: Path) -> None:
        self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the workbook
        weakref.finalize(self, self.spool.close)
        told = _parse(path, self.spool)
        if told.get("error") == "password":
            raise Unreadable(
                "文件设有密码，无法读取。请在 Excel 或 WPS 中取消密码后再上传。", code="password"
            )
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


def _parse(path: Path, spool: BinaryIO) -> dict[str, Any]:
    """Have the workbook written to `spool` as lines of JSON. Nothing of ours is handed on."""
    allowed = {
        "memory": limits.PARSE_MEMORY,
        "cpu": limits.PARSE_CPU_SECONDS,
        "columns": limits.MAX_COLUMNS * 4,
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
        self.told: list[str] = []
        self.book, self.part = book, part

    def rows(self) -> Iterator[list[str]]:
        if self.part["wide"]:
            raise Unreadable(
                f"表格超过 {limits.MAX_COLUMNS} 列，请删去多余的列再上传。", code="too_many_columns"
            )
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


# --- text --------------------------------------------------------------------------------------


class _Text(_Source):
    """Comma or tab separated text in a Chinese encoding."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
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
                        raise Unreadable(
                            f"表格超过 {limits.MAX_COLUMNS} 列，请删去多余的列再上传。",
                            code="too_many_columns",
                        )
                    yield [_unprotected(cell) if cell[:1] == "=" else cell for cell in row]
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


def _known(columns: Iterable[Heading]) -> dict[str, str]:
    """Every accepted spelling of every column, to its heading. A declared name wins a synonym."""
    known: dict[str, str] = {}
    columns = list(columns)
    for column in columns:
        known[heading_key(column.column_name)] = column.column_name
    for column in columns:
        known.setdefault(heading_key(column.column_name, brackets=False), column.column_name)
        for synonym in column.synonyms:
            known.setdefault(heading_key(synonym), column.column_name)
    return known


def _key(cell: str, known: dict[str, str]) -> str:
    exact = heading_key(cell)
    return exact if exact in known else heading_key(cell, brackets=False)


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
