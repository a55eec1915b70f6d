"""Which uploads are let in as tables, told by their bytes before anything parses them.

Turned down are other kinds of files, passwords, and archives that are bombs or otherwise a trap.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from core.errors import Refused
from core.sheets import limits


class Unreadable(Refused):
    """The file as a whole is turned down; `code` says why, the sentence says what to do."""

    code = "unreadable"


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
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WPS_NAMES = (".et", ".ett", ".wps", ".wpt", ".dps")
_BOMB = "文件展开后过大，不像正常的表格，已拒绝读取。请只保留需要的行和列，或拆分为几份后再上传。"
PASSWORD = "文件设有密码，无法读取。请在 Excel 或 WPS 中取消密码后再上传。"  # noqa: S105
TOO_WIDE = f"表格超过 {limits.MAX_COLUMNS} 列，请删去多余的列再上传。"


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
    elif start.startswith(OLE):
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


def _check_compound(content: bytes) -> None:
    """An OLE container: an old Excel workbook, or something that only looks like one."""

    def has(stream_name: str) -> bool:
        return stream_name.encode("utf-16-le") in content

    if has("EncryptedPackage"):
        raise Unreadable(PASSWORD, code="password")
    if has("ETExtData") and not has("Workbook"):
        raise Unreadable(f"不能直接读取 WPS 专有格式。{SAVE_AS}", code="wps_format")
    if not has("Workbook") and not has("Book"):
        raise Unreadable("这是文字文档或其他文件，不是表格。请上传表格文件。", code="not_a_table")


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
        raise Unreadable(PASSWORD, code="password")
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
        raise Unreadable(PASSWORD, code="password")
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
