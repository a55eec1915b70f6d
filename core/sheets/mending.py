"""Mends single wrong rows of an import by form, without a spreadsheet, and imports them.

Each wrong row has at most one `SheetMend`: a draft, a mended row, or one that is left out. A row
is judged at once by what its sheet says of cells, of rows and of the register; nothing is stored in
the register before `confirm` starts an import of the same upload with the mends laid over it.

The texts of a row are shown in clear to whoever may import here: they are the own file's, which he
may also download, and cannot be mended unseen. Each opening is recorded. What a suggestion knows of
personal data beyond the file is taken over unseen.
"""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from core import audit
from core.bulk import batched
from core.errors import OutOfScope, Refused
from core.jobs import enqueue
from core.models import SheetImport, SheetMend, User
from core.services.records import require
from core.sheets import imports, limits
from core.sheets.columns import OR
from core.sheets.engine import Context, Finding, Row, Sheet, registry, sheet_named
from core.sheets.reading import Table

State = SheetMend.State
DUPLICATE = "duplicate_in_file"
FREED = 200  # rows that are looked at again because another one no longer repeats them


@dataclass
class Judged:
    """One row as it stands now: its texts by column name, and what is wrong with it.

    `offers` are the suggestions in clear, by column name: for `mend`, not for a page, which shows
    those of a personal column masked.
    """

    sheet: Sheet
    context: Context
    number: int
    cells: dict[str, str]
    taken: set[str] = field(default_factory=set)
    state: str = ""
    errors: list[Finding] = field(default_factory=list)
    offers: dict[str, list[str]] = field(default_factory=dict)
    label: str = ""

    @property
    def is_right(self) -> bool:
        return not self.errors

    def shown(self, name: str) -> str:
        """A cell's text as it may stand in the form."""
        text = self.cells.get(name, "")
        mask = self.sheet.fields[name].personal
        return mask(text) if mask and name in self.taken else text


@dataclass(frozen=True)
class Progress:
    """How many of the wrong rows are settled, and what a confirmation would bring in."""

    wrong: int
    mended: int
    dropped: int
    importing: int

    @property
    def settled(self) -> int:
        return self.mended + self.dropped

    @property
    def open(self) -> int:
        return self.wrong - self.settled


def offered(made: SheetImport, user: User) -> bool:
    """Whether the rows of this import are mended by form: it is finished and not taken back, its
    upload is still kept and small enough to be read for each row, nobody has gone on from it."""
    return bool(
        made.sheet in registry
        and made.state in (SheetImport.State.DONE, SheetImport.State.REFUSED)
        and made.rejected
        and made.read <= limits.MEND_ROWS
        and not SheetImport.objects.filter(basis=made).exists()
        and not (made.upload.expires_at and made.upload.expires_at < timezone.now())
        and user.has_perm(sheet_named(made.sheet).permission, made.organisation)
    )


def progress(made: SheetImport) -> Progress:
    """Counted from the stored rows and mends."""
    states = list(made.mends.values_list("state", flat=True))
    mended, dropped = states.count(State.MENDED), states.count(State.DROPPED)
    whole = made.read - dropped if made.is_strict else mended
    return Progress(made.rows.exclude(errors=[]).count(), mended, dropped, whole)


def next_open(made: SheetImport, after: int = 0) -> int | None:
    """The next wrong row that is neither mended nor left out, from the top again at the end."""
    settled = made.mends.exclude(state=State.DRAFT).values("number")
    numbers = made.rows.exclude(errors=[]).exclude(number__in=settled).order_by("number")
    below = numbers.filter(number__gt=after).values_list("number", flat=True).first()
    return below or numbers.values_list("number", flat=True).first()


@transaction.atomic
def open_row(made: SheetImport, number: int, *, by: User) -> Judged:
    """A wrong row with its texts, as its mend or draft has it, and judged anew. Recorded."""
    desk = _Desk(_mendable(made, by), by)
    judged = desk.judge(desk.row(number))
    audit.record(
        "core.sheetimport.open_row",
        by=by,
        obj=made,
        label=desk.sheet.label,
        changes={"row": number},
    )
    return judged


@transaction.atomic
def mend(
    made: SheetImport, number: int, *, cells: Mapping[str, str], take: str = "", by: User
) -> Judged:
    """Judge a row as the form has it: kept as mended when it is right, else as a draft.

    `cells` are texts by column name. `take` is the suggestion to be taken over: the column's name
    and which one, as in "number:0". Sent twice it does the same once more.
    """
    desk = _Desk(_mendable(made, by), by)
    judged = desk.judge(desk.row(number, cells))
    name, _, place = take.partition(":")
    offers = dict(enumerate(judged.offers.get(name, [])))
    if place.isdecimal() and int(place) in offers:
        judged.cells[name] = offers[int(place)]
        if desk.sheet.fields[name].personal:
            judged.taken.add(name)
        judged = desk.judge(judged)
    judged.state = State.MENDED if judged.is_right else State.DRAFT
    desk.keep(judged)
    desk.settle_others(judged)
    audit.record(
        "core.sheetimport.mend_row",
        by=by,
        obj=made,
        label=desk.sheet.label,
        changes={
            "row": number,
            "outcome": State(judged.state).label,
            "code": " ".join(sorted({finding.code for finding in judged.errors})),
        },
    )
    return judged


@transaction.atomic
def keep_draft(made: SheetImport, number: int, *, cells: Mapping[str, str], by: User) -> None:
    """Keep what is being typed. A row that is settled already stays as it is.

    Not recorded: it is nobody's but the typist's until `mend` judges it.
    """
    made = _mendable(made, by)
    sheet = sheet_named(made.sheet)
    mend = made.mends.filter(number=number).first()
    settled = mend is not None and mend.state != State.DRAFT
    if settled or not made.rows.filter(number=number).exclude(errors=[]).exists():
        return
    now = {name: cells.get(name, "") for name, _ in sheet.incoming}
    taken = _taken(made, number)
    if mend is not None:
        now = _typed(sheet, json.loads(mend.cells.clear()), cells, taken)
    _store(made, number, State.DRAFT, now, taken, by)


@transaction.atomic
def drop(made: SheetImport, number: int, *, by: User) -> None:
    """Leave a row out of what is going to be imported; mending it takes it in again."""
    desk = _Desk(_mendable(made, by), by)
    row = desk.row(number)
    row.state = State.DROPPED
    desk.keep(row)
    desk.settle_others(row)
    audit.record(
        "core.sheetimport.drop_row",
        by=by,
        obj=made,
        label=desk.sheet.label,
        changes={"row": number},
    )


@transaction.atomic
def confirm(made: SheetImport, *, by: User, send: bool = True) -> SheetImport:
    """Import the same upload with the mends laid over; a second time the same import is returned.

    A strict import goes in as a whole, so every wrong row must be settled. Of a partial one only
    the rows that were rejected are new: the others are known by their row keys and left alone.
    """
    made = SheetImport.objects.select_for_update(of=("self",)).get(pk=made.pk)
    earlier = SheetImport.objects.filter(basis=made).first()
    if earlier is not None:
        require(by, sheet_named(made.sheet).permission, made.organisation)
        return earlier
    made = _mendable(made, by)
    now = progress(made)
    if not now.settled:
        raise Refused("还没有改正任何一行，请先逐行改正。", code="nothing_mended")
    if made.is_strict and now.open:
        raise Refused(
            f"还有 {now.open} 行未处理。整份导入须全部改正或选择不导入后再确认。", code="rows_open"
        )
    if now.dropped == made.read:
        raise Refused("全部行都选择了不导入，没有可以导入的内容。", code="nothing_left")
    asked = enqueue(
        "core.sheet_import", by=by, organisation=made.organisation, parameters={}, send=send
    )
    after = SheetImport.objects.create(
        job=asked,
        sheet=made.sheet,
        organisation=made.organisation,
        upload=made.upload,
        is_strict=made.is_strict,
        basis=made,
    )
    audit.record(
        "core.sheetimport.go_on",
        by=by,
        obj=made,
        label=sheet_named(made.sheet).label,
        changes={"mended": now.mended, "dropped": now.dropped, "sheet_import": after.pk},
    )
    return after


def _mendable(made: SheetImport, by: User) -> SheetImport:
    """The import, locked, if its rows may be mended by this user."""
    if made.sheet not in registry:
        raise OutOfScope("没有找到这次导入的表格。")
    require(by, sheet_named(made.sheet).permission, made.organisation)
    locked = (
        SheetImport.objects.select_for_update(of=("self",))
        .select_related("organisation", "upload")
        .get(pk=made.pk)
    )
    if not offered(locked, by):
        raise Refused(
            "这次导入不能再逐行改正，请在导入页查看最新结果，或下载带批注的表格改正后上传。",
            code="not_mendable",
        )
    return locked


def _typed(
    sheet: Sheet, kept: Mapping[str, str], cells: Mapping[str, str], taken: set[str]
) -> dict[str, str]:
    """What a form says, over what was kept. A mask that comes back untouched leaves its value
    alone; any other text in its place is no longer taken from a suggestion."""
    now = {name: kept.get(name, "") for name, _ in sheet.incoming}
    for name, text in cells.items():
        if name not in now:
            continue
        mask = sheet.fields[name].personal
        if name in taken and mask and text == mask(now[name]):
            continue
        taken.discard(name)
        now[name] = text
    return now


def _taken(made: SheetImport, number: int) -> set[str]:
    """The columns of a row that came from suggestions, here or in an import this goes on from."""
    mend = made.mends.filter(number=number).first()
    if mend is not None:
        return set(mend.taken)
    return set() if made.basis is None else _taken(made.basis, number)


def _store(
    made: SheetImport, number: int, state: str, cells: dict[str, str], taken: set[str], by: User
) -> SheetMend:
    values = {
        "state": state,
        "cells": json.dumps(cells, ensure_ascii=False),
        "taken": sorted(taken),
        "made_by": by,
        "made_at": timezone.now(),
    }
    mend, _ = made.mends.update_or_create(number=number, defaults=values)
    return mend


class _Row(Row):
    """A row that also keeps the suggestions in clear."""

    __slots__ = ("offers",)

    def __init__(self, sheet: Sheet, number: int, cells: dict[str, str]) -> None:
        super().__init__(sheet, number, cells)
        self.offers: dict[str, list[str]] = {}

    def refuse(
        self, code: str, message: str, *, column: str = "", suggestion: str | None = None
    ) -> None:
        super().refuse(code, message, column=column, suggestion=suggestion)
        if column and suggestion:
            self.offers.setdefault(column, suggestion.split(OR))

    def suggest(self, suggestion: str, *, column: str, codes: Container[str]) -> None:
        super().suggest(suggestion, column=column, codes=codes)
        self.offers[column] = [suggestion]


class _Desk:
    """One import with its upload open: gives its wrong rows, judges them, keeps their mends."""

    def __init__(self, made: SheetImport, by: User) -> None:
        self.made, self.by = made, by
        self.sheet: Sheet = sheet_named(made.sheet)
        self.context = Context(self.sheet, made.organisation, by)
        self.sheet.prepare(self.context)
        self.wrong: dict[int, list[dict[str, str]]] = dict(
            made.rows.exclude(errors=[]).values_list("number", "errors")
        )
        self.originals: dict[int, dict[str, str]] = {}
        self.keys: dict[int, int | None] = {}  # of each row, as the file has it
        self.mends: dict[int, SheetMend] = {}
        self.now: dict[int, int | None] = {}  # of the rows that a mend gives another key, or none
        self._read(imports.open_upload(made, self.sheet))
        for mend in made.mends.all():
            self._lay(mend)

    def _read(self, table: Table) -> None:
        lines = (line for line in table.lines() if not line.note)
        for batch in batched(lines, limits.BATCH):
            rows = self.sheet.rows_of(batch, table)
            for row, key in zip(rows, self._keys(rows), strict=True):
                self.keys[row.number] = key
                if row.number in self.wrong:
                    self.originals[row.number] = {
                        name: row.cells.get(name, "") for name, _ in self.sheet.incoming
                    }

    def _keys(self, rows: Sequence[Row]) -> list[int | None]:
        names = self.sheet._meta.import_id_fields
        self.sheet.clean(rows, self.context, names)
        return [self.sheet.key_digest(row) if names else None for row in rows]

    def _lay(self, mend: SheetMend) -> None:
        self.mends[mend.number] = mend
        self.now.pop(mend.number, None)
        if mend.state == State.DROPPED:
            self.now[mend.number] = None
        elif mend.state == State.MENDED:
            row = _Row(self.sheet, mend.number, json.loads(mend.cells.clear()))
            [self.now[mend.number]] = self._keys([row])

    def row(self, number: int, cells: Mapping[str, str] | None = None) -> Judged:
        """A wrong row, not judged yet: as the form has it, else as its mend, else as the file."""
        if number not in self.originals:
            raise OutOfScope("这次导入中没有这一行，或这一行没有问题。")
        original, mend = self.originals[number], self.mends.get(number)
        kept = json.loads(mend.cells.clear()) if mend else original
        taken = _taken(self.made, number)
        now = _typed(self.sheet, kept, cells or {}, taken)
        for name, text in original.items():
            if now[name].strip() == text.strip():
                now[name] = text  # with what the file knows of it: that a number was rounded
        state = mend.state if mend else ""
        return Judged(self.sheet, self.context, number, now, taken, state)

    def judge(self, judged: Judged) -> Judged:
        """The same row with what is wrong in it."""
        row = _Row(self.sheet, judged.number, dict(judged.cells))
        self.sheet.clean([row], self.context)
        self._refuse_twin(row)
        self.sheet.check([row], self.context)
        if not row.errors:
            self._refuse_twin(row)  # alike only after `check` has mended it
        if not row.errors:
            self.sheet.match([row], self.context)
        judged.errors, judged.offers = row.errors, row.offers
        judged.label = self.sheet.describe(row)
        return judged

    def _refuse_twin(self, row: Row) -> None:
        key = self.sheet.key_digest(row)
        keys = self.keys | self.now
        twins = [number for number, other in keys.items() if other == key and number != row.number]
        if key is not None and twins:
            shown = "、".join(str(number) for number in twins[:5])
            row.refuse(DUPLICATE, f"与第 {shown} 行重复，请改正号码，或只保留其中一行。")

    def keep(self, judged: Judged) -> None:
        self._lay(
            _store(self.made, judged.number, judged.state, judged.cells, judged.taken, self.by)
        )

    def settle_others(self, judged: Judged) -> None:
        """A row that was wrong only as the twin of this one is right as it stands, once this one
        says something else or is left out."""
        if not any(error["code"] == DUPLICATE for error in self.wrong[judged.number]):
            return
        alone = [
            number
            for number, errors in self.wrong.items()
            if number not in self.mends and all(error["code"] == DUPLICATE for error in errors)
        ]
        for number in alone[:FREED]:
            other = self.judge(self.row(number))
            if other.is_right:
                other.state = State.MENDED
                self.keep(other)


def settled(made: SheetImport) -> list[tuple[int, str, str]]:
    """Number, masked text and state of each row that is mended or left out."""
    sheet = sheet_named(made.sheet)
    rows = []
    for mend in made.mends.exclude(state=State.DRAFT).order_by("number"):
        row = Row(sheet, mend.number, json.loads(mend.cells.clear()))
        rows.append((mend.number, sheet.describe(row), mend.get_state_display()))
    return rows
