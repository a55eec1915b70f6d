"""A workbook of Excel 97 (.xls), written by hand: one sheet of texts and numbers.

No library of the project writes this format; unions still send it.
"""

import struct

END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SECTOR = 512


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cell(row: int, place: int, value: str | float) -> bytes:
    at = struct.pack("<HHH", row, place, 0)
    if isinstance(value, float):
        return _record(0x0203, at + struct.pack("<d", value))
    return _record(0x0204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))


def _globals(name: str, sheet_at: int) -> bytes:
    sheet = struct.pack("<IBBBB", sheet_at, 0, 0, len(name), 1) + name.encode("utf-16-le")
    codepage = _record(0x0042, struct.pack("<H", 1200))
    return _begin(0x05) + codepage + _record(0x0085, sheet) + _record(0x000A, b"")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = f"{name}\0".encode("utf-16-le")
    links = struct.pack("<HBBIII", len(raw), kind, 1, FREE, FREE, child)
    return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def hidden_row(number: int) -> bytes:
    """The record that hides a row, by its number from 0."""
    return _record(0x0208, struct.pack("<HHHHHHI", number, 0, 9, 300, 0, 0, 0x20))


def hidden_column(place: int) -> bytes:
    """The record that hides a column, by its place from 0."""
    return _record(0x007D, struct.pack("<HHHHHH", place, place, 0, 0, 1, 0))


def formula(row: int, place: int, result: float | None) -> bytes:
    """A formula with its result; None is the error #N/A."""
    value = struct.pack("<BxBxxxH", 2, 42, 0xFFFF) if result is None else struct.pack("<d", result)
    return _record(0x0006, struct.pack("<HHH", row, place, 0) + value + bytes(6) + b"\0\0")


def old_workbook(rows: list[list[str | float]], name: str = "名册", more: bytes = b"") -> bytes:
    """The bytes of an .xls file with these rows, and `more` records before their cells."""
    cells = more + b"".join(
        _cell(number, place, value)
        for number, row in enumerate(rows)
        for place, value in enumerate(row)
    )
    start = len(_globals(name, 0))
    stream = _globals(name, start) + _begin(0x10) + cells + _record(0x000A, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    sectors = len(stream) // SECTOR
    table = [FAT, END, *range(3, sectors + 2), END]
    table += [FREE] * (128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<I108I", 0, *[FREE] * 108)
    directory = _entry("Root Entry", 5, 1, END, 0)
    directory += _entry("Workbook", 2, FREE, 2, len(stream))
    return header + struct.pack("<128I", *table) + directory.ljust(SECTOR, b"\0") + stream
