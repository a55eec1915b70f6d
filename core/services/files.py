"""Keeping files and letting them out."""

import datetime
import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import Organisation, StoredFile, User

CHUNK = 1 << 20


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
    """Keep a file. `permission` is what its reader will need on the organisation."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks(stream):
        digest.update(chunk)
        size += len(chunk)
    stream.seek(0)
    row = StoredFile(
        name=name,
        media_type=media_type,
        permission=permission,
        organisation=organisation,
        created_by=by,
        size=size,
        sha256=digest.hexdigest(),
        expires_at=keep_days and timezone.now() + datetime.timedelta(days=keep_days),
    )
    row.content.save(name, File(stream), save=False)
    row.save()
    return row


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
