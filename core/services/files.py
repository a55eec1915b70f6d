"""Keeping files and letting them out."""

import datetime
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageOps

from core import audit
from core.errors import Refused
from core.models import Organisation, StoredFile, User

CHUNK = 1 << 20
LARGEST_DOCUMENT = 10 << 20  # bytes of one paper or picture that a user hands in
LARGEST_PICTURE = 50_000_000  # pixels; a telephone takes 12 to 50 million
NAME_LENGTH = StoredFile._meta.get_field("name").max_length


@transaction.atomic
def store(
    stream: BinaryIO,
    *,
    name: str,
    media_type: str,
    permission: str,
    organisation: Organisation,
    by: User | None,
    keep_days: int | None = None,
) -> StoredFile:
    """Keep a file. `permission` is what its reader will need on the organisation.

    `name` may be anything that a user calls a file; kept is `plain_name` of it, for people only.
    """
    digest, size = hashlib.sha256(), 0
    for chunk in chunks(stream):
        digest.update(chunk)
        size += len(chunk)
    stream.seek(0)
    row = StoredFile(
        name=plain_name(name),
        media_type=media_type,
        permission=permission,
        organisation=organisation,
        created_by=by,
        size=size,
        sha256=digest.hexdigest(),
        expires_at=keep_days and timezone.now() + datetime.timedelta(days=keep_days),
    )
    row.content.save(row.name, File(stream), save=False)
    row.save()
    return row


@transaction.atomic
def receive(
    stream: BinaryIO, *, name: str, permission: str, organisation: Organisation, by: User
) -> StoredFile:
    """Keep a paper that a user hands in: a PDF, or a picture without what hides in it.

    The type is what the content says, whatever the name ends in. A picture is written anew, so that
    place and time of taking, comments and anything behind the picture stay outside.
    """
    if stream.seek(0, io.SEEK_END) > LARGEST_DOCUMENT:
        raise Refused(
            f"文件超过 {LARGEST_DOCUMENT >> 20} MB，请压缩或分成几份后再上传。",
            code="file_too_large",
        )
    stream.seek(0)
    if stream.read(5) == b"%PDF-":
        stream.seek(0)
        ending, media_type = ".pdf", "application/pdf"
    else:
        stream, media_type = _picture(stream)
        ending = ".jpg" if media_type == "image/jpeg" else ".png"
    return store(
        stream,
        name=PurePath(plain_name(name)).stem + ending,
        media_type=media_type,
        permission=permission,
        organisation=organisation,
        by=by,
    )


def _picture(stream: BinaryIO) -> tuple[BinaryIO, str]:
    """The picture written anew as it is looked at, upright, and its type."""
    stream.seek(0)
    try:
        with Image.open(stream, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise Refused("照片的像素过多，请缩小后再上传。", code="picture_too_large")
            kind = "JPEG" if picture.format == "JPEG" else "PNG"
            seen = ImageOps.exif_transpose(picture)
            seen = seen.convert("RGB" if kind == "JPEG" else "RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(
            "文件不是可以识别的 PDF、JPG 或 PNG，或已损坏，请重新扫描或拍照后上传。",
            code="file_kind",
        ) from error
    seen.info = {}
    written = io.BytesIO()
    seen.save(written, kind)
    written.seek(0)
    return written, f"image/{kind.lower()}"


_UNSEEN = {"Cc", "Cf", "Cs"}  # control characters, also those that turn the direction of writing
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # by Windows


def plain_name(name: str) -> str:
    """A name that can be shown, saved anywhere and sent in a header: no path, nothing unseen.

    At most 200 characters, the ending kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in _UNSEEN)
    seen = re.sub(r'[<>:"|?*\s]+', " ", seen).strip(" .")
    if not seen or _RESERVED.match(seen):
        seen = f"文件 {seen}".strip()
    ending = PurePath(seen).suffix[:20]
    return seen if len(seen) <= NAME_LENGTH else seen[: NAME_LENGTH - len(ending)] + ending


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


@transaction.atomic
def download(file: StoredFile, *, by: User) -> StoredFile:
    """Record that the file leaves; the view streams it afterwards."""
    audit.record(
        "core.storedfile.download",
        by=by,
        obj=file,
        changes={"sha256": file.sha256, "size": file.size},
    )
    return file
