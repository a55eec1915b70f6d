"""An uploaded file as sheets of rows of text, whatever its format and encoding.

A cell is the text that the user sees in it; what was no text in the file says so (`Typed`).
"""

import codecs
import csv
import io
import itertools
import json
import re
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from core.sheets import limits, parsing
from core.sheets.admission import (
    OLE,
    PASSWORD,
    SAVE_AS,
    TOO_WIDE,
    Unreadable,
    check_archive,
    refuse_at_sight,
)

# Worksheets beside the table in what the engine writes.
GUIDE, CHOICES, ORIGIN = "填写说明", "选项", "导出说明"
OWN_SHEETS = (GUIDE, CHOICES, ORIGIN)


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


class Source:
    """A table as rows of text, from the first row of the sheet on.

    `hidden_rows` and `merged` count rows that are hidden, and rows with cells merged downwards, and
    give the numbers of the first ones.
    """

    told: Sequence[str] = ()
    hidden_rows: tuple[int, list[int]] = (0, [])
    hidden_columns: Sequence[int] = ()
    merged: tuple[int, list[int]] = (0, [])

    def sheets(self) -> list["Source"]:
        """The visible sheets, each as a source of its own."""
        return [self]

    def rows(self) -> Iterator[list[str]]:
        raise NotImplementedError


def open_source(path: Path, name: str) -> Source:
    """The file at `path`, which the user called `name`, when nothing speaks against it.

    Raises `Unreadable`.
    """
    with path.open("rb") as stream:
        refuse_at_sight(stream, name=name)
        start = stream.read(len(OLE))
        if start.startswith(b"PK"):
            return _Workbook(path, check_archive(stream))
        if start == OLE:
            return _Workbook(path, set())
    return _Text(path)


class _Workbook(Source):
    """.xlsx, .xls or .ods, parsed by `core.sheets.parsing` in a process with limits."""

    def __init__(self, path: Path, marked: Iterable[str]) -> None:
        self.spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the workbook
        weakref.finalize(self, self.spool.close)
        told = _parse(path, self.spool, marked)
        if told.get("error") == "password":
            raise Unreadable(PASSWORD, code="password")
        if "error" in told:
            raise Unreadable(f"文件已损坏，无法打开。{SAVE_AS}", code="damaged")
        self.parts = [part for part in told["sheets"] if part["name"] not in OWN_SHEETS]
        ends = [part["start"] for part in told["sheets"][1:]]
        for part, end in zip(told["sheets"], [*ends, self.spool.tell()], strict=False):
            part["end"] = end
        hidden = [part["name"] for part in self.parts if not part["visible"]]
        self.told = [f"隐藏的工作表未读取：{'、'.join(hidden)}。"] if hidden else []

    def sheets(self) -> list[Source]:
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


class _Worksheet(Source):
    """One sheet of a parsed workbook: a range of lines in its spool."""

    def __init__(self, book: _Workbook, part: dict[str, Any]) -> None:
        self.book, self.part = book, part
        self.hidden_rows, self.merged = part["hidden_rows"], part["merged"]
        self.hidden_columns = part["hidden_columns"]

    def rows(self) -> Iterator[list[str]]:
        if self.part["wide"]:
            raise Unreadable(TOO_WIDE, code="too_many_columns")
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


class _Text(Source):
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
                        raise Unreadable(TOO_WIDE, code="too_many_columns")
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
