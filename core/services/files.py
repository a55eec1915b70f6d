"""Keeping files and letting them out."""

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import Organisation, StoredFile, User

CHUNK = 1 << 20
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
