"""Files that ask for more memory, time or reach than any table needs."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from core.sheets import limits
from tests.hostile.rosters import archive, as_ods, by_xlsxwriter

MIB = limits.MIB
GRID = [["姓名", "证件号码"], ["张三", "330621199001011236"]]
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns='
    b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<sheetData>'
)
HEADINGS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>证件号码</t></is></c></row>'
).encode()
TAIL = b"</sheetData></worksheet>"


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def book(**more: bytes) -> bytes:
    """A right workbook in which some parts are replaced or added; `_` stands for their slashes."""
    return archive(*(parts_of(by_xlsxwriter(GRID)) | more).items())


def sheet(body: bytes, *, dimension: bytes = b"") -> bytes:
    return book(**{SHEET: HEAD % dimension + HEADINGS + body + TAIL})


def ratio() -> bytes:
    return book(**{"xl/media/image1.bin": bytes(200 * MIB)})


def cells() -> bytes:
    row = b"<row>" + b"<c><v>1</v></c>" * 20 + b"</row>"
    return sheet(row * 100_000)


def columns() -> bytes:
    row = b"<row>" + b"<c><v>%d</v></c>" * 16_384 + b"</row>"
    return sheet(row % tuple(range(16_384)))


def shared_strings() -> bytes:
    strings = (
        b'<?xml version="1.0" encoding="UTF-8"?><sst xmlns='
        b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="9" uniqueCount="9">'
        + b"<si><t>a</t></si>" * 5_000_000
        + b"</sst>"
    )
    return book(**{STRINGS: strings})


def nested() -> bytes:
    inner = ratio()
    for _ in range(3):
        inner = archive(*((f"{n}.zip", inner) for n in range(10)))
    return inner


def lying() -> bytes:
    """The list of contents says 100 bytes; 64 MiB come out."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(64 * MIB)) + packer.flush()
    honest = book(**{"xl/big.bin": b"x" * 100})
    with zipfile.ZipFile(io.BytesIO(honest)) as opened:
        entry = opened.getinfo("xl/big.bin")
        start, old = entry.header_offset + 30 + len("xl/big.bin"), entry.compress_size
    made = bytearray(honest[:start] + packed + honest[start + old :])
    record = made.rindex(b"PK\x01\x02")
    struct.pack_into("<I", made, record + 20, len(packed))
    end = made.rindex(b"PK\x05\x06")
    (offset,) = struct.unpack_from("<I", made, end + 16)
    struct.pack_into("<I", made, end + 16, offset + len(packed) - old)
    return bytes(made)


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(12)
)


def laughs() -> bytes:
    body = b'<row><c t="inlineStr"><is><t>&l11;</t></is></c></row>'
    made = HEAD % b"" + HEADINGS + body + TAIL
    return book(**{SHEET: made.replace(b"?>\n", b"?>\n<!DOCTYPE w [" + LAUGHS + b"]>\n")})


def external(part: str, address: str, *, parts: dict[str, bytes]) -> bytes:
    """A file of which one part asks for another file."""
    asks = b'<!DOCTYPE r [<!ENTITY x SYSTEM "%s">]>' % address.encode()
    declaration, _, rest = parts[part].partition(b"?>")
    if not rest:
        declaration, rest = b'<?xml version="1.0"', parts[part]
    rest = rest.replace(b"</", b"&x;</", 1) if b"</" in rest else rest + b"&x;"
    return archive(*(parts | {part: declaration + b"?>" + asks + rest}).items())


def links() -> bytes:
    stream = io.BytesIO(book())
    with zipfile.ZipFile(stream, "a") as made:
        link = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    return stream.getvalue()


def entries() -> bytes:
    return book(**{f"xl/media/{n}.bin": b"" for n in range(60_000)})


def far_cell() -> bytes:
    return sheet(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def dimension() -> bytes:
    """Claims to be as large as a sheet can be, and is not: to be read as what it is."""
    return sheet(
        b"<row r='2'><c r='A2' t='inlineStr'><is><t>a</t></is></c></row>",
        dimension=b'<dimension ref="A1:XFD1048576"/>',
    )


def overlapping() -> bytes:
    """Two hundred entries that all lead to the same packed bytes."""
    kernel = b"".join(b"%08d" % n for n in range(2 * MIB // 8)) * 4
    made = bytearray(book(**{"xl/kernel.bin": kernel}))
    end = made.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HII", made, end + 10)
    record = bytes(made[made.rindex(b"PK\x01\x02") : end])
    more = b""
    for n in range(limits.MAX_ENTRIES - count):
        claims = bytearray(record.replace(b"xl/kernel.bin", b"xl/kerne%03d.b" % n))
        struct.pack_into("<I", claims, 24, 100)
        more += claims
    last = struct.pack("<HHII", *[count + len(more) // len(record)] * 2, size + len(more), offset)
    return bytes(made[:end]) + more + made[end : end + 8] + last + made[end + 20 :]


def repeated() -> bytes:
    """An open document of one row that says it stands there a million times, as wide as can be."""
    made = parts_of(as_ods(GRID))
    made["content.xml"] = made["content.xml"].replace(
        b"</table:table>",
        b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
        b' table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
        b"</table:table-row></table:table>",
    )
    return archive(*made.items())


# What is opened, and with which of the refusals it may end; "" where it may be read.
BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "ratio": (ratio, {"archive_bomb"}),
    "cells": (cells, {"archive_bomb"}),
    "columns": (columns, {"too_many_columns", "archive_bomb"}),
    "shared strings": (shared_strings, {"archive_bomb"}),
    "nested archive": (nested, {"not_a_table", "archive_bomb"}),
    "lying header": (lying, {"archive_bomb"}),
    "billion laughs": (laughs, {"unsafe_file"}),
    "link": (links, {"unsafe_file"}),
    "entries": (entries, {"archive_bomb"}),
    "far cell": (far_cell, {"too_complex"}),
    "dimension": (dimension, {""}),
    "overlapping entries": (overlapping, {"archive_bomb"}),
    "repeated rows": (repeated, {"too_complex", "too_many_columns", "damaged"}),
    "external entity": (
        lambda: external(SHEET, "file:///etc/passwd", parts=parts_of(book())),
        {"unsafe_file"},
    ),
}
