"""Tables that were spoilt, from a seed: in their bytes, their structure, or their cells."""

import io
import random
import re
import struct
import zipfile
from dataclasses import dataclass, field
from typing import Any

from core.sheets import (
    BooleanWidget,
    ChoiceWidget,
    DateWidget,
    IntegerWidget,
    LookupWidget,
    MoneyWidget,
    Sheet,
    TextWidget,
    sheet_named,
)
from members.sheets.widgets import RuleWidget
from tests.hostile.rosters import TEXTS, VALID, WORKBOOKS, Cell

KINDS = ["cells", "bytes", "truncation", "cells", "parts", "structure", "strange"]
ROUNDED = 330600199003079990.0  # a number that a spreadsheet has taken for a quantity


@dataclass
class Spoilt:
    """A file and what is known of it: its rows where they can be counted, and its wrong cells."""

    seed: int
    kind: str
    sheet: str
    maker: str
    content: bytes
    rows: int | None = None
    wrong: list[tuple[int, str, Cell]] = field(default_factory=list)  # row number, heading, cell

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.kind}, {self.sheet}, {self.maker}"


def sheet_of(seed: int) -> str:
    return sorted(VALID)[seed // len(KINDS) % len(VALID)]


def spoilt(seed: int) -> Spoilt:
    """The file of a seed. Of seven in a row two have only wrong cells: of 1,000 more than 280."""
    luck = random.Random(seed)
    kind, name = KINDS[seed % len(KINDS)], sheet_of(seed)
    makers = WORKBOOKS if kind in {"parts", "structure"} else WORKBOOKS | TEXTS
    if kind in {"parts", "structure", "strange"}:  # of zip files, and of texts of any kind
        makers = {one: how for one, how in makers.items() if not one.endswith(".xls")}
    maker = luck.choice(list(makers))
    first = luck.randrange(1, 900)
    rows = [VALID[name](first + n) for n in range(luck.randrange(4, 25))]
    made = Spoilt(seed, kind, name, maker, b"")
    if kind == "cells":
        made.rows = len(rows)
        made.wrong = _plant(luck, sheet_named(name), rows, is_text=maker in TEXTS)
    if kind == "strange":
        for _ in range(luck.randrange(1, 8)):
            row = luck.choice(rows)
            row[luck.choice(list(row))] = luck.choice(STRANGE)
    headings = list(rows[0])
    if kind != "strange":
        luck.shuffle(headings)
    grid = [headings, *([row[heading] for heading in headings] for row in rows)]
    made.content = makers[maker](grid)
    if kind in SPOILERS:
        made.content = SPOILERS[kind](luck, made.content)
    return made


# --- cells --------------------------------------------------------------------------------------


def wrong_cells(sheet: Sheet, *, is_text: bool) -> list[tuple[str, Cell]]:
    """Every kind of wrong cell the sheet's columns can have: heading and cell."""
    found: list[tuple[str, Cell]] = []
    for _, column in sheet.incoming:
        widget, values = column.widget, []
        if column.required:
            values += ["", " \u3000"]
        if isinstance(widget, DateWidget):
            values += ["2021-02-30", "去年", "2021-00-01", "2021-13-01"]
        elif isinstance(widget, BooleanWidget):
            values += ["也许"]
        elif isinstance(widget, ChoiceWidget):
            values += ["没有这一项"]
        elif isinstance(widget, LookupWidget):
            values += ["没有登记的甲乙丙"]
        elif isinstance(widget, IntegerWidget | MoneyWidget):
            values += ["很多", "-5", "1.505"]
        elif isinstance(widget, TextWidget):
            values += [] if is_text else [ROUNDED]
            if widget.max_length:
                values += ["长" * (widget.max_length + 1)]
        if isinstance(widget, RuleWidget):
            values += ["12345", "一二三四五六"]
        found += [(column.heading, value) for value in values]
    return found + OF_ITS_OWN.get(sheet.name, [])


# What the rules of one sheet object to.
OF_ITS_OWN: dict[str, list[tuple[str, Cell]]] = {
    "members": [
        ("证件号码", "330600199003079991"),  # check digit
        ("证件号码", "330600199002309990"),  # an impossible day
        ("证件号码", "33060019900307999"),
        ("证件号码", "130503670401001"),  # of fifteen digits
        ("证件号码", "3.306E+17"),
        ("性别", "女"),  # contradicts the number
        ("出生日期", "1999-09-09"),
        ("手机号", "1.38E+10"),
        ("姓名", "张三13800000000"),
    ],
    "employers": [
        ("统一社会信用代码", "91330600MA0000015M"),
        ("统一社会信用代码", "9.13E+17"),
    ],
    "organisations": [("上级工会编码", "没有的"), ("主席手机号", "1380000000")],
}


def _plant(luck: random.Random, sheet: Sheet, rows: list[dict[str, Cell]], *, is_text: bool) -> Any:
    """Put wrong cells into some rows, at most one in a row. Twice the same key is one of them."""
    known = [one for one in wrong_cells(sheet, is_text=is_text) if one[0] in rows[0]]
    places = luck.sample(range(len(rows)), luck.randrange(1, len(rows)))
    wrong = []
    for place in places:
        heading, value = luck.choice(known)
        if value == "" and len([cell for cell in rows[place].values() if cell]) < 2:
            continue
        rows[place][heading] = value
        wrong.append((place + 2, heading, value))
    key = {sheet.fields[name].heading for name in sheet._meta.import_id_fields}
    right = [place for place in range(len(rows)) if place not in places]
    if len(right) > 1 and luck.random() < 0.3:
        one, other = luck.sample(right, 2)
        for heading in key:
            rows[other][heading] = rows[one][heading]
        wrong += [(one + 2, "", "twice"), (other + 2, "", "twice")]
    return wrong


STRANGE: list[Cell] = [
    "\x00", "a\x00b", "\x1f", "_x0000_", "_x0041_", "\ufffe", "\ud7ff", "\U0010ffff",
    "👩‍👩‍👧", "\u202e甲",
    "𠮷野", "é", "e\u0301", "\u200b", "\u2028", "长" * 40_000, "'", "''", "'=1", "=1+1", "#N/A",
    "1E400", "NaN", "-0", "٣", "²", "Ⅷ", "１２３", "{value}", "{0}", "%s", "%(a)s", "\\", "\\N",
    "\\.", "清空", "NULL", "None", "\t", "\n", "\r\n", "a\tb\nc", '"', '""', "<b>", "&amp;", "]]>",
    "';DROP TABLE core_job;--", "合计", "注：", float(2**63), -1.0, 0.5, 1e300, -1e-300, 44197.0,
    2958466.0, -44197.0, 0.0,
]  # fmt: skip


# --- bytes and structure ------------------------------------------------------------------------


def _bytes(luck: random.Random, content: bytes) -> bytes:
    made = bytearray(content)
    for _ in range(luck.choice([1, 1, 2, 8, 64])):
        at = luck.randrange(len(made))
        act = luck.randrange(4)
        if act == 0:
            made[at] = luck.randrange(256)
        elif act == 1:
            made[at] ^= 1 << luck.randrange(8)
        elif act == 2:
            made[at : at + luck.randrange(1, 64)] = b""
        else:
            made[at:at] = luck.randbytes(luck.randrange(1, 64))
        if not made:
            break
    return bytes(made)


def _truncation(luck: random.Random, content: bytes) -> bytes:
    return content[: luck.randrange(len(content))]


def _unpacked(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


def _packed(entries: list[tuple[str, bytes]], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as made:
        for name, part in entries:
            if name in made.NameToInfo:  # what would be warned of is wanted
                del made.NameToInfo[name]
            made.writestr(name, part)
    return stream.getvalue()


_NUMBERS = [b"-1", b"0", b"99999999999999999999", b"1048577", b"4294967296", b"NaN", b"", b"1e999"]


def _part(luck: random.Random, part: bytes) -> bytes:
    """A part with a hole, a repetition, a wrong number, a wrong tag or a strange reference."""
    tags = [found.span() for found in re.finditer(rb"<[^>]*>", part)]
    if not tags:
        return luck.randbytes(40)
    start, end = luck.choice(tags)
    act = luck.randrange(8)
    if act == 0:
        return part[:start] + part[end:]
    if act == 1:
        return part[:end] + part[start:end] * luck.choice([1, 50]) + part[end:]
    if act == 2:
        numbers = [found.span() for found in re.finditer(rb'(?<=")\d+(?=")', part)]
        start, end = luck.choice(numbers) if numbers else (start, end)
        return part[:start] + luck.choice(_NUMBERS) + part[end:]
    if act == 3:
        return part[:start] + b"<x:" + part[start + 1 :]
    if act == 4:
        return part[: luck.randrange(len(part))]
    if act == 5:
        strange = [b"&#0;", b"&#xD800;", b"&x;", b"\xff", b"]]>", b"<![CDATA[", b"&#x10FFFF;", b"<"]
        return part[:end] + luck.choice(strange) + part[end:]
    if act == 6:
        other = luck.choice(tags)
        return part[:start] + part[other[0] : other[1]] + part[end:]
    return luck.randbytes(luck.randrange(200))


def _parts(luck: random.Random, content: bytes) -> bytes:
    entries = _unpacked(content)
    for _ in range(luck.choice([1, 1, 2, 4])):
        at = luck.randrange(len(entries))
        name, part = entries[at]
        entries[at] = name, _part(luck, part)
    return _packed(entries)


def _structure(luck: random.Random, content: bytes) -> bytes:
    entries = _unpacked(content)
    at, other = luck.randrange(len(entries)), luck.randrange(len(entries))
    name = entries[at][0]
    act = luck.randrange(12)
    if act == 0:
        del entries[at]
    elif act == 1:
        entries.append((name, entries[other][1]))
    elif act == 2:
        entries[at] = (
            luck.choice(["../../etc/passwd", "/etc/passwd", name.upper(), "甲", "a" * 300]),
            b"x",
        )
    elif act == 3:
        entries[at], entries[other] = (name, entries[other][1]), (entries[other][0], entries[at][1])
    elif act == 4:
        entries[at] = name, b""
    elif act == 5:
        entries += [
            (f"xl/media/{n}.bin", luck.randbytes(100)) for n in range(luck.choice([5, 250]))
        ]
    elif act == 6:
        return _packed(entries, luck.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]))
    elif act == 7:
        return _packed(entries, zipfile.ZIP_STORED)
    made = bytearray(_packed(entries))
    end = made.rindex(b"PK\x05\x06")
    if act == 8:  # garbage in front: offsets are wrong, as after a broken mail
        made[:0] = luck.randbytes(luck.randrange(1, 300))
    elif act == 9:
        made += luck.randbytes(luck.randrange(1, 70_000))
    elif act == 10:  # the end record lies about the number and place of the entries
        struct.pack_into("<I", made, end + luck.choice([8, 12, 16]), luck.randrange(2**32))
    elif act == 11:  # an entry lies about its size, its check sum, its method or its flags
        record = made.index(b"PK\x01\x02")
        struct.pack_into(
            "<I", made, record + luck.choice([8, 10, 16, 20, 24, 42]), luck.randrange(2**32)
        )
    return bytes(made)


SPOILERS = {
    "bytes": _bytes,
    "truncation": _truncation,
    "parts": _parts,
    "structure": _structure,
}
