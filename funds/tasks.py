"""What runs by itself: the nightly comparison of registers, payments and books; distributions."""

import datetime
from typing import Any

from celery import shared_task
from django.urls import reverse
from django.utils import timezone

from core import audit, jobs, roles, workflow
from core.models import Assignment, Notice, Organisation, User
from funds import reconciliation
from funds.models import CollectionBatch
from funds.services import (
    ledger,  # noqa: F401 - registers its job
    resplitting,
    splitting,
)
from funds.services.collection import DISTRIBUTE
from funds.services.resplitting import RESPLIT

RECONCILE = "funds.reconcile"
WATCHES = "funds.view_journalentry"  # whoever holds it at the organisation is told


@shared_task(name="funds.reconcile_nightly", expires=3600)
def reconcile_nightly() -> None:
    """Ask for the comparison of every whole tree, once a day however often this is sent."""
    with audit.origin():
        for root in Organisation.objects.filter(depth=1):
            jobs.enqueue(
                RECONCILE,
                by=None,
                organisation=root,
                parameters={"organisation": root.pk},
                key=f"{root.pk} {timezone.localdate()}",
            )


@jobs.job(RECONCILE, label="核对资金账")
def reconcile(run: jobs.Run, organisation: int) -> dict[str, Any]:
    """Compare, and tell those who keep the money of the organisation what differs."""
    place = Organisation.objects.get(pk=organisation)
    found = run.step("compare", lambda: _compared(place), atomic=False)
    if found:
        run.step("tell", lambda: _tell(place, found))
    return {"summary": f"账实不符，共 {len(found)} 处。" if found else "账实相符。"}


def _compared(place: Organisation) -> list[tuple[str, str]]:
    """The rows that differ, each with its sentence."""
    return [(each.row, str(each)) for each in reconciliation.standing(place)]


def _tell(place: Organisation, found: list[tuple[str, str]]) -> int:
    """One notice for each of them, with the way to the first row that differs."""
    (row, sentence), *_ = found
    model, _, key = row.partition(" ")
    url = reverse(f"admin:{model.replace('.', '_').lower()}_change", args=[key])
    text = f"夜间对账发现账实不符，共 {len(found)} 处，请核对。第一处：{sentence}"
    told = [Notice(user=user, text=text[:300], url=url) for user in _keepers(place)]
    return len(Notice.objects.bulk_create(told))


def _keepers(place: Organisation) -> list[User]:
    """Who keeps the money of this organisation today."""
    watching = [code for code, role in roles.table().items() if WATCHES in role.permissions]
    held = Assignment.objects.in_force(timezone.localdate()).filter(
        role__in=watching, organisation=place
    )
    return list(User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("pk"))


@jobs.job(DISTRIBUTE, label="分配收缴批次")
def distribute(run: jobs.Run, batch: int, on: str = "") -> dict[str, Any]:
    """Split the lines of a batch and make due what comes of it, all or nothing; today unless `on`
    names a day."""
    day = datetime.date.fromisoformat(on) if on else None
    row = CollectionBatch.objects.select_related("organisation").get(pk=batch)
    run.step("distribute", lambda: _distribute(row, day, run.job.requested_by))
    url = reverse("admin:funds_collectionbatch_change", args=[row.pk])
    return {"summary": f"收缴批次 {row.number} 的各级分成和应返已入账。", "url": url}


def _distribute(batch: CollectionBatch, on: datetime.date | None, by: User | None) -> int:
    """The batch is ours first: nobody says meanwhile who paid one of its lines."""
    row = CollectionBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    made = splitting.distribute(row, on=on, by=by)
    workflow.advance(row, "distributed")
    return made.pk


@jobs.job(RESPLIT, label="重新分配经费")
def resplit(
    run: jobs.Run, organisation: int, within: int, first: str, last: str, reason: str
) -> dict[str, Any]:
    """Split the receipts of a region and time again, all or nothing."""
    payer, place = (Organisation.objects.get(pk=key) for key in (organisation, within))
    span = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)

    def again() -> int | None:
        rows = resplitting.lines(payer, place, *span)
        by = run.job.requested_by
        made = splitting.resplit(rows, organisation=payer, reason=reason, by=by)
        return made and made.pk

    if made := run.step("resplit", again):
        url = reverse("admin:funds_distribution_change", args=[made])
        return {"summary": "重新分配已完成，差额已入账。", "url": url}
    return {"summary": "重新计算后各级分成没有变化，没有入账。"}
