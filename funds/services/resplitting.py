"""Splitting the receipts of a region and time once more, after a rule was made or ended late."""

import datetime

from django.db import transaction
from django.db.models import QuerySet

from core import audit, jobs
from core.errors import Refused
from core.models import Job, Organisation, User
from core.services import records
from funds.models import CollectionLine

RESPLIT = "funds.resplit"
MAY = "funds.distribute_collectionbatch"


@transaction.atomic
def ask(
    organisation: Organisation,
    *,
    within: Organisation,
    first: datetime.date,
    last: datetime.date,
    reason: str,
    by: User,
) -> Job:
    """Have the distributed lines of payers `within` a region, paid for months from `first` to
    `last`, split again by the body that collected them."""
    records.require(by, MAY, organisation)
    if not organisation.contains(within):
        raise Refused(
            f"“{within}”不在“{organisation}”之下，请重新选择缴费单位所在范围。",
            code="elsewhere",
        )
    if not lines(organisation, within, first, last).exists():
        raise Refused(
            f"“{within}”在 {first:%Y-%m} 至 {last:%Y-%m} 的所属期内没有已分配的缴款，"
            "请核对所属期。",
            code="nothing",
        )
    job = jobs.enqueue(
        RESPLIT,
        by=by,
        organisation=organisation,
        parameters={
            "organisation": organisation.pk,
            "within": within.pk,
            "first": f"{first}",
            "last": f"{last}",
            "reason": reason,
        },
    )
    audit.record(
        "funds.collectionline.resplit",
        by=by,
        obj=within,
        organisation=organisation,
        changes={"所属期": [None, f"{first} 至 {last}"]},
        reason=reason,
    )
    return job


def lines(
    organisation: Organisation, within: Organisation, first: datetime.date, last: datetime.date
) -> QuerySet[CollectionLine]:
    """Those of periods that begin from `first` to `last`."""
    rows = CollectionLine.objects.distributed().within(within)
    return rows.filter(batch__organisation=organisation, period_first__range=(first, last))
