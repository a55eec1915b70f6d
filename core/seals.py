"""Sealing the audit trail and verifying it.

Every few seconds the sealer puts what was written since into one block: a digest over the events in
the order of their ids, and a seal over the digest and the seal before it, keyed with
`settings.AUDIT_KEY`, which the database does not hold. Whoever can write to the database but has no
key cannot change, remove, insert or reorder sealed events unnoticed. The head of the chain is
also written to `settings.AUDIT_HEAD_FILE`, so that a cut-off tail is noticed too.

No writer waits for the sealer. An id that does not exist at sealing belongs to a transaction that
is still open or was rolled back; it is noted as absent, and may still arrive within `LATE`.
"""

import datetime
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit
from core.bulk import batched
from core.errors import Refused
from core.models import AuditBlock, AuditEvent, User

BLOCK_SIZE = 10_000  # events of one block at most, and of one page that is read
BLOCKS = 500  # read at once
LATE = datetime.timedelta(hours=1)  # how long an open transaction may hold an id back
GRACE = datetime.timedelta(minutes=1)  # an older event without a seal means the sealer stands still
FIELDS = (
    "at",
    "actor_id",
    "actor",
    "address",
    "request_id",
    "action",
    "object_type",
    "object_id",
    "object_label",
    "organisation_path",
    "changes",
    "reason",
)

# What reading raises where a column no longer holds what its type says (SQLite lets that happen).
UNREADABLE = (ValueError, TypeError, OverflowError, RecursionError, DatabaseError)

Range = tuple[int, int]  # first and last id, both included


class Head(NamedTuple):
    """The end of the chain: number and seal of the last block, id of the last sealed event."""

    block: int = 0
    event: int = 0
    seal: str = ""


class Entry(NamedTuple):
    """An event as it is sealed: `content` is one line of canonical JSON of all other columns."""

    pk: int
    at: datetime.datetime | None
    content: str

    @property
    def mark(self) -> str:
        """Tells which event of a block is not the one that was sealed; the digest proves it."""
        return hashlib.sha256(self.content.encode()).hexdigest()[: AuditBlock.MARK]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was sealed. `kind` is stable, `str()` is the Chinese sentence."""

    kind: str
    text: str
    block: int | None = None
    events: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Report:
    """What `verify` looked at and what it found."""

    blocks: int
    sealed: int
    pending: int
    head: Head
    findings: tuple[Finding, ...]


# Canonical form


def canonical(row: Sequence[Any]) -> Entry:
    """The entry of a row `(id, *FIELDS)` as the database gives it back."""
    pk, at, *rest = row
    moment = at.astimezone(datetime.UTC).isoformat() if isinstance(at, datetime.datetime) else at
    content = json.dumps([moment, *rest], sort_keys=True, separators=(",", ":"), default=repr)
    return Entry(pk, at, content)


def digest(entries: Iterable[Entry]) -> str:
    total = hashlib.sha256()
    for entry in entries:
        total.update(f"{entry.pk}:{entry.content}\n".encode())
    return total.hexdigest()


def sign(block: AuditBlock) -> str:
    """The seal that belongs on the block. Its number is left out: the chain holds the order."""
    sealed = [
        block.previous,
        block.first_id,
        block.last_id,
        block.absent,
        block.late,
        block.count,
        block.digest,
        block.marks,
        block.sealed_at.astimezone(datetime.UTC).isoformat(),
    ]
    text = json.dumps(sealed, sort_keys=True, separators=(",", ":"))
    return hmac.new(settings.AUDIT_KEY, text.encode(), hashlib.sha256).hexdigest()


def intact(block: AuditBlock) -> bool:
    try:
        return hmac.compare_digest(sign(block), block.seal)
    except (AttributeError, TypeError, ValueError):
        return False  # a column no longer holds what its type says


# Reading


def entries(condition: Q) -> Iterator[Entry]:
    """The events of the condition in the order of their ids, page by page.

    Pages instead of one cursor: neither engine is kept in a transaction for as long as it takes.
    """
    rows = AuditEvent.objects.filter(condition).order_by("pk").values_list("pk", *FIELDS)
    page = list(rows[:BLOCK_SIZE])
    while page:
        yield from map(canonical, page)
        page = list(rows.filter(pk__gt=page[-1][0])[:BLOCK_SIZE]) if len(page) == BLOCK_SIZE else []


def gaps(ids: Sequence[int], first: int) -> list[list[int]]:
    """The ranges that are missing between `first` and the last of the ascending ids."""
    found, expected = [], first
    for pk in ids:
        if pk > expected:
            found.append([expected, pk - 1])
        expected = pk + 1
    return found


def inside(ranges: Iterable[Sequence[int]], pk: int) -> bool:
    return any(first <= pk <= last for first, last in ranges)


# The head outside of the database


def read_head() -> Head | None:
    """The head as it was last written; None when there is no file (or it is not one of ours)."""
    path = Path(settings.AUDIT_HEAD_FILE)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(found["block"]), int(found["event"]), str(found["seal"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write_head(head: Head) -> None:
    """Replace the file at once: a reader sees the old head or the new one, never half of one."""
    path = Path(settings.AUDIT_HEAD_FILE)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as file:
        json.dump(head._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)


def last_head() -> Head:
    """The head according to the database."""
    row = AuditBlock.objects.order_by("-pk").values_list("pk", "last_id", "seal").first()
    return Head(*row) if row else Head()


@transaction.atomic
def accept_head(*, reason: str, by: User | None = None) -> Head:
    """Take the chain of the database as it stands, after a restore. Recorded with the reason.

    Until then the sealer refuses to go on, so that the proof of a cut-off tail is not overwritten.
    """
    if len(reason.strip()) < 4:
        raise Refused("请填写认可现有封条链的事由（不少于四个字）。", code="reason_required")
    old, new = read_head(), last_head()
    changes = {"block": [old.block if old else None, new.block]}
    audit.record("core.auditblock.accept_head", by=by, changes=changes, reason=reason)
    write_head(new)
    return new


# Sealing


def seal(now: datetime.datetime | None = None) -> list[AuditBlock]:
    """Seal every event committed so far; nothing new, no block. Normally that makes one block.

    Any number of sealers may run: a block's number is the next after the last one, so of two that
    seal the same events only one can insert its block, and the other one leaves.
    """
    now = now or timezone.now()
    _require_continuation()
    made = []
    while block := _seal_next(now):
        made.append(block)
    head = last_head()
    if read_head() != head:
        write_head(head)
    return made


def _require_continuation() -> None:
    """Refuse to build upon a chain that has lost what the head file knows."""
    known = read_head()
    if known is None and not AuditBlock.objects.exists():
        write_head(Head())
    elif known is None or not _contains(known):
        raise Refused(
            "审计封条链与库外链头文件不一致，已停止封存。"
            "请先执行 manage.py audit verify 查明原因。",
            code="head_mismatch",
        )


def _contains(head: Head) -> bool:
    return head.block == 0 or AuditBlock.objects.filter(pk=head.block, seal=head.seal).exists()


def _seal_next(now: datetime.datetime) -> AuditBlock | None:
    last = AuditBlock.objects.order_by("-pk").first()
    first_id = last.last_id + 1 if last else 1
    rows = AuditEvent.objects.filter(pk__gte=first_id).order_by("pk").values_list("pk", *FIELDS)
    fresh = [canonical(row) for row in rows[:BLOCK_SIZE]]
    late = _late(now)
    if not fresh and not late:
        return None
    sealed = late + fresh
    block = AuditBlock(
        pk=last.pk + 1 if last else 1,
        first_id=first_id,
        last_id=fresh[-1].pk if fresh else first_id - 1,
        absent=gaps([entry.pk for entry in fresh], first_id),
        late=[entry.pk for entry in late],
        count=len(sealed),
        digest=digest(sealed),
        marks="".join(entry.mark for entry in sealed),
        previous=last.seal if last else "",
        sealed_at=now,
    )
    block.seal = sign(block)
    try:
        with transaction.atomic():
            block.save(force_insert=True)
    except IntegrityError:
        return None  # another sealer was quicker
    return block


def _late(now: datetime.datetime) -> list[Entry]:
    """The events that were absent from a block of the last hour and have arrived since."""
    recent = AuditBlock.objects.filter(sealed_at__gte=now - LATE).values_list("absent", "late")
    ranges, sealed = [], set()
    for absent, late in recent:
        ranges += absent
        sealed.update(late)
    found = []
    for start in range(0, len(ranges), 200):
        condition = Q(pk__in=[])
        for first, last in ranges[start : start + 200]:
            condition |= Q(pk__gte=first, pk__lte=last)
        found += [entry for entry in entries(condition) if entry.pk not in sealed]
    return sorted(found)


# Verifying


def verify(now: datetime.datetime | None = None) -> Report:
    """Hold every block and every event against what was sealed. Changes nothing.

    Blocks are read in the order of the events that they seal, so that both streams pass once.
    What a broken or missing block sealed cannot be judged and is reported with that block.
    """
    walk = _Walk(now or timezone.now())
    ids = walk.chain.order_by("first_id", "last_id", "pk").values_list("pk", flat=True)
    for page in batched(ids.iterator(), BLOCKS):
        for pk, block in _readable_blocks(page):
            walk.block(pk, block)
    walk.end()
    return Report(walk.blocks, walk.sealed, walk.pending, walk.known or Head(), (*walk.findings,))


class _Walk:
    """One pass over chain and events, and what it has found so far."""

    def __init__(self, now: datetime.datetime) -> None:
        self.now = now
        self.findings: list[Finding] = []
        self.blocks = self.sealed = self.pending = 0
        self.known = read_head()
        # What is sealed from here on is left to the next time: the sealer does not stand still.
        self.chain = AuditBlock.objects.filter(pk__lte=last_head().block)
        self.known_seen = False
        self.number, self.seal, self.next_id = 0, "", 1  # where an unbroken chain goes on
        self.highest = 0
        self.broken: set[int] = set()
        self.holes: list[tuple[Range, Range]] = []  # numbers, and ids that nobody vouches for
        self.expected_late = set(_listed_as_late(self.chain))
        self.held: dict[int, Entry] = {}
        self.events = _Ahead(_readable_entries())

    def report(self, kind: str, text: str, block: int | None = None, events: Any = ()) -> None:
        self.findings.append(Finding(kind, text, block, tuple(events)))

    def block(self, pk: int, block: AuditBlock | None) -> None:
        self.blocks += 1
        self.highest = max(self.highest, pk)
        if block is None or not intact(block):
            self.broken.add(pk)
            text = f"第 {pk} 号封条被改动，其所封事件无法核对。"
            self.report("block_changed", text, pk)
            return
        if self.known and block.seal == self.known.seal:
            self.known_seen = True
        if block.first_id < self.next_id:
            text = f"第 {block.pk} 号封条所封事件已由别的封条封存，系重复或替换。"
            self.report("block_moved", text, block.pk)
            return
        self._place(block)
        self._match(block)
        self.seal, self.next_id = block.seal, max(self.next_id, block.last_id + 1)

    def _place(self, block: AuditBlock) -> None:
        """Whether the block stands where the chain expects it."""
        expected = self.number + 1
        if block.first_id == self.next_id and block.previous == self.seal:
            if block.pk != expected:
                text = f"第 {block.pk} 号封条不在原来的位置，应为第 {expected} 号。"
                self.report("block_moved", text, block.pk)
            self.number = expected
            return
        if block.pk > expected:
            self.holes.append(((expected, block.pk - 1), (self.next_id, block.first_id - 1)))
        else:
            text = f"第 {block.pk} 号封条与上一封条不衔接，其间有封条被删除或替换。"
            self.report("block_deleted", text, block.pk)
        self.number = max(block.pk, expected)

    def _match(self, block: AuditBlock) -> None:
        """The events of the block's range, and the late ones it lists, against its digest."""
        strangers = []
        for entry in self.events.until(block.first_id - 1):
            if entry.pk < self.next_id:
                strangers.append(entry.pk)
        present = []
        for entry in self.events.until(block.last_id):
            if not inside(block.absent, entry.pk):
                present.append(entry)
            elif entry.pk in self.expected_late:
                self.held[entry.pk] = entry
            elif block.sealed_at >= self.now - LATE:
                self.pending += 1
            else:
                strangers.append(entry.pk)
        if strangers:
            text = f"{_ids(strangers)}不在封存之列，系事后插入（第 {block.pk} 号封条范围）。"
            self.report("event_inserted", text, block.pk, strangers)
        found = [self.held.pop(pk) for pk in block.late if pk in self.held] + present
        self.sealed += len(found)
        if digest(found) != block.digest:
            self._differ(block, {entry.pk: entry for entry in found})

    def _differ(self, block: AuditBlock, found: dict[int, Entry]) -> None:
        """Name the events of a block whose digest does not hold."""
        size = AuditBlock.MARK
        marks = [block.marks[at : at + size] for at in range(0, len(block.marks), size)]
        own = (
            pk for pk in range(block.first_id, block.last_id + 1) if not inside(block.absent, pk)
        )
        sealed = dict(zip([*block.late, *own], marks, strict=False))
        deleted = [pk for pk in sealed if pk not in found]
        changed = [pk for pk in sealed if pk in found and found[pk].mark != sealed[pk]]
        displaced = {sealed[pk] for pk in changed}
        swapped = [pk for pk in changed if found[pk].mark in displaced]
        changed = [pk for pk in changed if pk not in swapped]
        where = f"（第 {block.pk} 号封条）"
        if deleted:
            self.report("event_deleted", f"{_ids(deleted)}被删除{where}。", block.pk, deleted)
        if swapped:
            text = f"{_ids(swapped)}的内容被相互调换{where}。"
            self.report("event_reordered", text, block.pk, swapped)
        if changed or not (deleted or swapped):
            text = f"{_ids(changed or list(found))}的内容被改动{where}。"
            self.report("event_changed", text, block.pk, changed or found)

    def end(self) -> None:
        """What no block covers: holes in the chain, its end, and events without a seal."""
        for (first, last), (first_id, last_id) in self.holes:
            lost = range(first, min(last, first + BLOCK_SIZE) + 1)
            if lost := [pk for pk in lost if pk not in self.broken]:
                text = f"第 {_spans(lost)} 号封条缺失。"
                if last_id >= first_id:
                    text = f"第 {_spans(lost)} 号封条缺失，事件 {first_id}–{last_id} 无法核对。"
                self.report("block_deleted", text, lost[0])
        self._end_of_chain()
        vouched = max(self.next_id - 1, self.known.event if self.known else 0)
        open_since = self.now - GRACE
        unsealed = []
        for entry in self.events.until(None):
            if entry.pk < 1 or (entry.pk > vouched and not (entry.at and entry.at >= open_since)):
                unsealed.append(entry.pk)
            elif entry.pk > vouched:
                self.pending += 1
        if unsealed:
            text = f"{_ids(unsealed)}超过 1 分钟未封存，请检查封存任务是否运行。"
            self.report("unsealed", text, None, unsealed)

    def _end_of_chain(self) -> None:
        known = self.known
        if known is None:
            if self.blocks:
                self.report("head_missing", "库外链头文件缺失或无法读取，无法核对链尾是否被截去。")
        elif known.block > self.highest:
            lost = f"{self.highest + 1}–{known.block}"
            text = f"链尾被截去：库外链头记有第 {lost} 号封条（至事件 {known.event}），库中没有。"
            self.report("tail_cut", text, self.highest + 1)
        elif known.block and not self.known_seen and known.block not in self.broken:
            text = f"第 {known.block} 号封条与库外链头文件不一致。"
            self.report("head_mismatch", text, known.block)


class _Ahead:
    """Entries in the order of their ids, taken up to a given one."""

    def __init__(self, source: Iterator[Entry]) -> None:
        self.source = source
        self.waiting = next(source, None)

    def until(self, last: int | None) -> Iterator[Entry]:
        while self.waiting and (last is None or self.waiting.pk <= last):
            entry, self.waiting = self.waiting, next(self.source, None)
            yield entry


def _listed_as_late(chain: QuerySet[AuditBlock]) -> Iterator[int]:
    for late in chain.exclude(late=[]).values_list("late", flat=True):
        if isinstance(late, list):
            yield from (pk for pk in late if isinstance(pk, int))


def _readable_blocks(ids: list[int]) -> Iterator[tuple[int, AuditBlock | None]]:
    """The blocks of these numbers; None for one that cannot be read."""
    try:
        found = AuditBlock.objects.in_bulk(ids)
    except UNREADABLE:
        found = {pk: _readable_block(pk) for pk in ids}
    return ((pk, found.get(pk)) for pk in ids)


def _readable_block(pk: int) -> AuditBlock | None:
    try:
        return AuditBlock.objects.get(pk=pk)
    except UNREADABLE:
        return None


def _readable_entries() -> Iterator[Entry]:
    """All events; one whose columns no longer hold what their types say has an empty content."""
    last = None
    while True:
        ids = AuditEvent.objects.order_by("pk").values_list("pk", flat=True)
        ids = list((ids if last is None else ids.filter(pk__gt=last))[:BLOCK_SIZE])
        if not ids:
            return
        try:
            yield from list(entries(Q(pk__range=(ids[0], ids[-1]))))
        except UNREADABLE:
            yield from map(_readable, ids)
        last = ids[-1]


def _readable(pk: int) -> Entry:
    try:
        return next(entries(Q(pk=pk)))
    except UNREADABLE:
        return Entry(pk, None, "")


def _spans(ids: Iterable[int]) -> str:
    """1、4–6"""
    runs = groupby(enumerate(ids), key=lambda pair: pair[1] - pair[0])
    spans = [[pk for _, pk in run] for _, run in runs]
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in spans)


def _ids(ids: Sequence[int]) -> str:
    return f"事件 {_spans(ids)} "
