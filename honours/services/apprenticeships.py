"""师带徒: reporting pairs, accepting them, and how they end."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from core import audit, workflow
from core.errors import OutOfScope, Refused
from core.models import User
from core.services import records
from core.services.records import require
from honours.models import Apprenticeship


def report(row: Apprenticeship, *, by: User) -> Apprenticeship:
    """A pair of the own union, not stored yet; it waits to be accepted."""
    return report_many([row], by=by)[0]


@transaction.atomic
def report_many(rows: Sequence[Apprenticeship], *, by: User) -> Sequence[Apprenticeship]:
    """Pairs together, all or none."""
    for row in rows:
        row.reported_by = by
        if row.studio and row.studio.organisation_id != row.organisation_id:
            raise Refused(
                f"“{row.studio}”不是“{row.organisation}”的工作室，请核对。", code="studio"
            )
    return records.add_many(rows, by=by, action="honours.apprenticeship.report")


@transaction.atomic
def accept(rows: Sequence[Apprenticeship], *, by: User) -> int:
    """Accept pairs, each by another person than who reported it and those whom it joins."""
    keys = [row.pk for row in rows]
    right = "honours.accept_apprenticeship"
    found = Apprenticeship.objects.filter(pk__in=keys).visible_to(by, right)
    if found.count() < len(set(keys)):
        require(by, right, rows[0])
        raise OutOfScope("有的记录不存在或不在本人管辖范围内，没有确认任何一件。")
    locked = list(
        found.select_for_update(of=("self",))
        .select_related("reported_by", "organisation", "master", "apprentice")
        .order_by("pk")
    )
    ties = workflow.Ties(by)
    before = [audit.snapshot(row) for row in locked]
    for row in locked:
        if row.accepted_on:
            raise Refused(f"“{row}”已经确认，请刷新后查看。", code="accepted")
        if row.reported_by.certificate_index == by.certificate_index:
            raise Refused(f"“{row}”由本人填报，应由其他人员确认。", code="four_eyes")
        people = [each for each in (row.master, row.apprentice) if each]
        concerned = [
            workflow.identity(each.certificate_number.clear(), each.certificate_type)
            for each in people
        ]
        if refusal := ties.refusal(concerned):
            raise refusal
        row.accepted_on = timezone.localdate()
        row.save(update_fields=["accepted_on"])
    told = (
        (row, audit.difference(former, audit.snapshot(row)))
        for row, former in zip(locked, before, strict=True)
    )
    audit.record_many("honours.apprenticeship.accept", by=by, rows=told)
    return len(locked)


@transaction.atomic
def end(
    row: Apprenticeship,
    *,
    ended_on: datetime.date,
    outcome: str,
    grade_after: str = "",
    note: str = "",
    by: User,
) -> Apprenticeship:
    """出师或解除: the day from which the pair is no longer one, and what came of it."""
    stored = Apprenticeship.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require(by, "honours.change_apprenticeship", stored)
    if stored.accepted_on is None:
        raise Refused("该结对尚未确认，请上级工会确认后再登记结果。", code="not_accepted")
    if stored.ended_on:
        raise Refused("该结对已经结束。", code="ended")
    before = audit.snapshot(stored)
    stored.ended_on, stored.outcome, stored.grade_after = ended_on, outcome, grade_after
    stored.note = note or stored.note
    stored.full_clean()
    stored.save()
    changes = audit.difference(before, audit.snapshot(stored))
    audit.record("honours.apprenticeship.end", by=by, obj=stored, changes=changes)
    return stored


@transaction.atomic
def take_back(rows: Sequence[Apprenticeship], *, by: User) -> None:
    """Remove pairs that were reported by mistake and not accepted yet."""
    keys = [row.pk for row in rows]
    locked = list(Apprenticeship.objects.select_for_update(of=("self",)).filter(pk__in=keys))
    if any(row.accepted_on for row in locked):
        raise Refused("其中有已经确认的结对，不能撤回。", code="accepted")
    records.remove_many(locked, by=by, action="honours.apprenticeship.take_back")
