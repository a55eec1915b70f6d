"""Takes an import back, while nobody has touched what it wrote.

All or nothing: what the import created goes, what it changed gets its former values back, in one
transaction, under locks. A row that was touched since is told, with who did what, and nothing is
taken back; a later import that changed it can be taken back first.
"""

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Subquery, Value
from django.db.models.functions import Cast, NullIf
from django.urls import reverse

from core import audit, timeline
from core.bulk import batched
from core.errors import Refused
from core.fields import Sealed
from core.jobs import Run, enqueue, job
from core.models import AuditEvent, Job, SheetImport, SheetRow, User
from core.services.records import require
from core.sheets import limits
from core.sheets.engine import Context, Outcome, Sheet, Written, registry, sheet_named
from core.sheets.imports import take_turn

WRITTEN = (Outcome.CREATED, Outcome.UPDATED)
LOOKING = ("reveal", "look_alike")  # verbs of acts that are recorded and change nothing
MOST = 1_000  # touched rows that are told; whoever has more does not read them all


class Touch(NamedTuple):
    """Why a row cannot be taken back: what was done to its record since, by whom and when.

    `later` is the import that did it, which may be taken back first.
    """

    number: int
    label: str
    act: str
    actor: str
    at: datetime.datetime | None
    later: SheetImport | None


@transaction.atomic
def start(made: SheetImport, *, by: User, send: bool = True) -> Job:
    """Ask for an import to be taken back. `send=False` is for a caller who runs the job himself."""
    made = SheetImport.objects.select_for_update().get(pk=made.pk)
    _require(made, by)
    if refused := hindrance(made):
        raise Refused(refused, code="not_undoable")
    if touched := touches(made):
        raise _touched(touched)
    made.undo = enqueue(
        "core.sheet_undo",
        by=by,
        organisation=made.organisation,
        parameters={"sheet_import": made.pk},
        send=send,
    )
    made.save(update_fields=["undo"])
    return made.undo


def hindrance(made: SheetImport) -> str:
    """Why there is nothing to take back, whatever its rows have become; "" where there is."""
    if made.sheet not in registry:
        return "这种表格已停用，不能撤销导入。"
    if made.state == SheetImport.State.UNDONE:
        return "这次导入已经撤销，不需要再次办理。"
    if made.state == SheetImport.State.WAITING:
        return "这次导入还在办理，完成后才能撤销。"
    if not made.written:
        return "这次导入没有写入任何一行，没有可撤销的内容。"
    if made.undo and not made.undo.is_finished:
        return "这次导入正在撤销，请等待办理完成。"
    return ""


def written(made: SheetImport) -> models.QuerySet[SheetRow]:
    """The rows that went into the register."""
    return made.rows.filter(outcome__in=WRITTEN)


def _require(made: SheetImport, by: User) -> None:
    """Whoever may import a sheet somewhere may take its imports there back."""
    require(by, sheet_named(made.sheet).permission, made)


def _touched(touched: Sequence[Touch]) -> Refused:
    first = touched[0]
    count = f"{MOST:,} 行以上" if len(touched) > MOST else f"{len(touched):,} 行"
    return Refused(
        f"有 {count}在导入后又有变动，没有撤销任何一行。"
        f"如第 {first.number} 行：{first.act}{f'（{first.actor}）' if first.actor else ''}。",
        code="touched",
    )


# --- what was touched since


def touches(made: SheetImport) -> list[Touch]:
    """The rows whose record was touched since, in the order of the table; MOST + 1 of more.

    A number of queries that depends on the sheet, not on the rows. The audit trail knows who
    changed a record or a part of it; what refers to a created record, and which later import wrote
    it, is asked of the register itself. What was taken back again is no touch.
    """
    sheet = sheet_named(made.sheet)
    rows = written(made)
    found: dict[int, _Act] = {}
    for record, act in [
        *_later(made, rows),
        *_changed(made, sheet, rows),
        *_referred(sheet, rows.filter(outcome=Outcome.CREATED)),
        *_gone(sheet, rows),
    ]:
        found.setdefault(record, act)
    own = rows.filter(object_id__in=[str(record) for record in found]).order_by("number")
    told = own.values_list("number", "label", "object_id")[: MOST + 1]
    return [Touch(number, label, *found[int(record)]) for number, label, record in told]


class _Act(NamedTuple):
    """What was done to a record: the rest of its `Touch`."""

    act: str
    actor: str = ""
    at: datetime.datetime | None = None
    later: SheetImport | None = None


_Found = Iterator[tuple[int, _Act]]  # by the record's key


def _later(made: SheetImport, rows: models.QuerySet[SheetRow]) -> _Found:
    """Rows of other imports that wrote the same record after this one did."""
    first = rows.order_by("pk").values("pk")[:1]
    later = SheetRow.objects.filter(
        sheet_import__sheet=made.sheet,
        sheet_import__state=SheetImport.State.DONE,
        outcome__in=WRITTEN,
        pk__gt=Subquery(first),
        object_id__in=rows.values("object_id"),
    ).exclude(sheet_import=made)
    later = list(later.select_related("sheet_import__job__requested_by").order_by("pk")[: MOST + 1])
    own = rows.filter(object_id__in=[row.object_id for row in later])
    places = dict(own.values_list("object_id", "pk"))
    for row in later:
        if row.pk > places[row.object_id]:
            job = row.sheet_import.job
            act = f"后来导入的表格写入了同一条记录（第 {row.number} 行）"
            yield (
                int(row.object_id),
                _Act(act, str(job.requested_by), job.finished_at, row.sheet_import),
            )


def _changed(made: SheetImport, sheet: Sheet, rows: models.QuerySet[SheetRow]) -> _Found:
    """Acts on the records and their parts since the import was asked for, but for its own."""
    asked = AuditEvent.objects.filter(
        object_type=Job._meta.label, object_id=str(made.job_id), action="core.job.enqueue"
    )
    since = asked.values_list("pk", flat=True).first() or 0
    ignored = {f"job-{made.job_id}"}
    undone = SheetImport.objects.filter(state=SheetImport.State.UNDONE, undo__gt=made.job_id)
    for pair in undone.values_list("job", "undo"):
        ignored |= {f"job-{number}" for number in pair}
    for part, record in _parts(sheet, rows):
        keys = part.annotate(key=Cast("pk", CharField())).values("key")
        events = AuditEvent.objects.filter(
            object_type=part.model._meta.label, pk__gt=since, object_id__in=keys
        ).exclude(request_id__in=ignored)
        for verb in LOOKING:
            events = events.exclude(action__endswith=f".{verb}")
        events = list(events.order_by("pk")[: MOST + 1])
        of = _records(part, record, {int(event.object_id) for event in events})
        for event in events:
            act = _Act(timeline.label(event.action), event.actor, event.at)
            yield of[int(event.object_id)], act


def _referred(sheet: Sheet, created: models.QuerySet[SheetRow]) -> _Found:
    """What refers to created records or to parts that would go with them, and stays itself."""
    going = list(_parts(sheet, created, only_new=True))
    for part, record in going:
        asked = []
        for relation in part.model._meta.get_fields(include_hidden=True):
            if not (relation.one_to_many or relation.one_to_one) or relation.concrete:
                continue
            rows = relation.related_model._base_manager.filter(
                **{f"{relation.field.name}__in": part.values("pk")}
            )
            for gone, _ in going:
                if gone.model is relation.related_model:
                    rows = rows.exclude(pk__in=gone.values("pk"))
            named = Value(relation.related_model._meta.label, CharField())
            of = F(f"{relation.field.name}__pk")
            asked.append(rows.order_by().values_list(of, named, Cast("pk", CharField())))
        if asked:
            told = list(asked[0].union(*asked[1:], all=True)[: MOST + 1])
            of = _records(part, record, {key for key, _, _ in told})
            began = _beginnings({(kind, row) for _, kind, row in told})
            for key, kind, row in told:
                name = apps.get_model(kind)._meta.verbose_name
                yield of[key], _Act(f"已登记{name}", *began.get((kind, row), ()))


def _beginnings(rows: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Who made these rows (model, key), and when, as far as the trail names each of them."""
    kinds, keys = {kind for kind, _ in rows}, {key for _, key in rows}
    events = AuditEvent.objects.filter(object_type__in=kinds, object_id__in=keys).order_by("-pk")
    return {
        (kind, key): (actor, at)
        for kind, key, actor, at in events.values_list("object_type", "object_id", "actor", "at")
    }


def _gone(sheet: Sheet, rows: models.QuerySet[SheetRow]) -> _Found:
    """Records that are no longer in the register."""
    model = sheet._meta.model
    missing = _keyed(rows).exclude(Exists(model._base_manager.filter(pk=OuterRef("key"))))
    for record in missing.values_list("key", flat=True)[: MOST + 1]:
        yield record, _Act("记录已不在登记中")


def _keyed(rows: models.QuerySet[SheetRow]) -> models.QuerySet[SheetRow]:
    """With `key`, the record's key as a number."""
    key = Cast(NullIf("object_id", Value("")), BigIntegerField())
    return rows.order_by().annotate(key=key)


def _parts(
    sheet: Sheet, rows: models.QuerySet[SheetRow], *, only_new: bool = False
) -> Iterator[tuple[models.QuerySet, str]]:
    """The rows of the register behind these rows, and the lookup from there to the record.

    `only_new` leaves out parts that were registered before their record was (`Row.before`).
    """
    new = rows.filter(before__isnull=True) if only_new else rows
    for model, record in _kinds(sheet):
        yield _behind(model, record, rows if record == "pk" else new), record


def _kinds(sheet: Sheet) -> Sequence[tuple[type[models.Model], str]]:
    """The models of a record and its parts, each with the lookup from there to the record."""
    return ((sheet._meta.model, "pk"), *sheet._meta.parts)


def _behind(
    model: type[models.Model], record: str, rows: models.QuerySet[SheetRow]
) -> models.QuerySet:
    keys = _keyed(rows).values("key")
    return model._base_manager.order_by().filter(**{f"{record}__in": keys})


def _records(part: models.QuerySet, record: str, keys: set[int]) -> dict[int, int]:
    """The record to which each of these rows of a part belongs."""
    return dict(part.filter(pk__in=keys).values_list("pk", record))


# --- the job


@job("core.sheet_undo", label="撤销导入")
def undo_import(run: Run, sheet_import: int) -> dict[str, Any]:
    """Take one import back, in one transaction: killed at any point, it is as if never begun."""
    made = SheetImport.objects.select_related("organisation").get(pk=sheet_import)
    counts = run.step("undo", partial(_Undo(run, made).run))
    return {
        "summary": f"移除 {counts['withdrawn']:,} 行，恢复原值 {counts['restored']:,} 行，"
        "同一份表格可以重新导入。",
        "url": reverse("sheet_import", args=[made.pk]),
        "button": "查看导入记录",
    }


class _Undo:
    """One run of one undo."""

    def __init__(self, run: Run, made: SheetImport) -> None:
        self.process, self.made = run, made
        self.by: User = run.job.requested_by
        self.sheet = sheet_named(made.sheet)
        self.context = Context(self.sheet, made.organisation, self.by)
        self.done = 0

    def run(self) -> dict[str, int]:
        _require(self.made, self.by)
        self._lock()
        if touched := touches(self.made):
            raise _touched(touched)
        # What was created goes first: it may hold a number that a restored row had.
        withdrawn = self._each(Outcome.CREATED, self.sheet.withdraw)
        restored = self._each(Outcome.UPDATED, self._restore)
        self._finish()
        return {"withdrawn": withdrawn, "restored": restored}

    def _lock(self) -> None:
        """Nobody else writes these rows, or refers to them anew, before this is committed."""
        take_turn()
        keys = written(self.made).order_by("number").values_list("object_id", flat=True)
        for batch in batched(keys.iterator(), limits.BATCH):
            # By keys and not by a query for them: after an import the statistics know nothing.
            for model, record in _kinds(self.sheet):
                rows = model._base_manager.filter(**{f"{record}__in": batch}).order_by("pk")
                len(rows.select_for_update(of=("self",)).values_list("pk"))

    def _each(self, outcome: Outcome, act: Callable[[Sequence[Written], Context], None]) -> int:
        """Hand the rows of one outcome to the sheet in batches, the last one first."""
        rows = self.made.rows.filter(outcome=outcome).order_by("-number")
        count = 0
        rows = rows.values_list("number", "object_id", "before")
        for batch in batched(rows.iterator(), limits.BATCH):
            self._act(act, self._written(batch))
            count += len(batch)
            self.done += len(batch)
            told = f"已撤销 {self.done:,} 行"
            self.process.progress(self.done, self.made.written, told)
        return count

    def _written(self, batch: Sequence[tuple[int, str, Sealed | None]]) -> list[Written]:
        model = self.sheet._meta.model
        records = model._default_manager.filter(pk__in=[key for _, key, _ in batch])
        found = {str(one.pk): one for one in self.sheet.recall(records)}
        return [
            Written(number, found[key], json.loads(before.clear()) if before else {})
            for number, key, before in batch
        ]

    def _restore(self, rows: Sequence[Written], context: Context) -> None:
        for row in rows:
            self.sheet.put_back(row)
        self._require_targets(rows)
        self.sheet.restore(rows, context)

    def _require_targets(self, rows: Sequence[Written]) -> None:
        """What the restored values refer to must still be there: asked once for each column."""
        for name in self.sheet.referring:
            column = self.sheet.fields[name]
            wanted = {row.before.get(name) for row in rows} - {None}
            if wanted and column.attribute:
                target = self.sheet._meta.model
                for step in column.attribute.split("__"):
                    target = target._meta.get_field(step).related_model
                if target and target._base_manager.filter(pk__in=wanted).count() < len(wanted):
                    raise Refused(
                        f"原来的“{column.heading}”已不在登记中，无法恢复。", code="target_gone"
                    )

    def _act(
        self, act: Callable[[Sequence[Written], Context], None], rows: Sequence[Written]
    ) -> None:
        """Where the batch is turned down, one by one from the last: values may have moved on from
        row to row, and whoever is the cause is named."""
        try:
            with transaction.atomic():
                act(rows, self.context)
        except (Refused, ValidationError, IntegrityError, DataError) as error:
            if len(rows) == 1:
                said = "；".join(error.messages) if isinstance(error, ValidationError) else ""
                said = said or (str(error) if isinstance(error, Refused) else "与现有登记冲突。")
                raise Refused(
                    f"第 {rows[0].number} 行不能撤销：{said}没有撤销任何一行。", code="row_refused"
                ) from error
            for row in rows:
                self._act(act, [row])

    def _finish(self) -> None:
        """The verdict, and nothing of it known any more when a mended table comes back."""
        made, undone = self.made, SheetImport.State.UNDONE
        first = written(made).order_by("pk").values("pk")[:1]
        SheetRow.objects.filter(
            sheet_import__sheet=made.sheet,
            outcome=Outcome.SAME,
            pk__gt=Subquery(first),
            object_id__in=written(made).values("object_id"),
        ).update(digest=b"")
        before, made.state = made.state, undone
        made.save(update_fields=["state"])
        audit.record(
            "core.sheetimport.undo",
            by=self.by,
            obj=made,
            label=self.sheet.label,
            changes={
                "state": [before, undone],
                "created": [made.created, 0],
                "updated": [made.updated, 0],
            },
        )
