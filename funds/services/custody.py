"""Money that is held until somebody is there to be given it: preparation funds and custody.

A founding and an account are recorded in the register, which knows nothing of money. So what waits
is found by asking (`Allocation.objects.releasable`, `Due.objects.releasable`): it stands in the
inbox of the clerk, who gives it out from a list after looking whether the register is right. No
money becomes due by itself: a founding that was entered by mistake could not simply be taken back.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from core import audit
from core.bulk import draft
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from funds.models import Account, CollectionLine, Distribution, Due
from funds.services import distributions, splitting, tallies
from members.models import Coverage, Employer

GIVES_OUT = "funds.add_return"


def unions_of(employers: Iterable[int], *, on: datetime.date) -> dict[int, Coverage]:
    """Which union covers each of these employers on that day, by their keys."""
    covered = Coverage.objects.in_force(on).filter(employer__in=list(employers))
    rows = covered.select_related("organisation", "employer").order_by("pk")
    return {each.employer_id: each for each in rows}


@transaction.atomic
def found_many(employers: Iterable[int], *, by: User) -> list[Distribution]:
    """`found` for each of these employers, given by their keys, and the union it has today."""
    covered = unions_of(employers, on=timezone.localdate())
    return [
        made for each in covered.values() for made in found(each.organisation, each.employer, by=by)
    ]


@transaction.atomic
def release_many(unions: Iterable[int], *, by: User) -> list[Distribution]:
    """`release` for each of these unions, given by their keys."""
    rows = Organisation.objects.filter(pk__in=list(unions))
    return [made for union in rows for made in release(union, by=by)]


@transaction.atomic
def found(
    organisation: Organisation,
    employer: Employer,
    *,
    on: datetime.date | None = None,
    by: User | None,
) -> list[Distribution]:
    """A union now covers an employer for which money was held: it is split again, as the union's.

    The preparation fund by the rules for what is released, other receipts by those of dues. One
    distribution for each body that holds some, none where nothing is held.
    """
    if not Coverage.objects.filter(organisation=organisation, employer=employer).exists():
        raise Refused(
            f"“{organisation}”没有覆盖“{employer}”，请先在用人单位中登记建会覆盖。",
            code="not_covered",
        )
    waiting = CollectionLine.objects.distributed().filter(employer=employer, union=None)
    made = []
    payers = Organisation.objects.filter(pk__in=waiting.order_by().values("batch__organisation"))
    for payer in payers:
        _require(by, payer)
        splitting.lock(payer)
        lines = list(
            waiting.filter(batch__organisation=payer).select_for_update(of=("self",)).order_by("pk")
        )
        keys = [line.pk for line in lines]
        CollectionLine.objects.filter(pk__in=keys).update(
            union=organisation, organisation=organisation
        )
        audit.record_many(
            "funds.collectionline.found",
            by=by,
            rows=[(line, {"union": [None, str(organisation)]}) for line in lines],
        )
        distribution = splitting.resplit(
            CollectionLine.objects.filter(pk__in=keys),
            organisation=payer,
            kind=Distribution.Kind.FOUNDING,
            reason=f"“{employer}”已建会：{organisation}"[:200],
            on=on,
            by=by,
        )
        made += [distribution] if distribution else []
    return made


@transaction.atomic
def release(
    organisation: Organisation, *, on: datetime.date | None = None, by: User | None
) -> list[Distribution]:
    """A union has an account of its own: what was kept for it in custody becomes due.

    One distribution for each body that kept some, none where nothing was kept.
    """
    if organisation.pk in tallies.without_account({organisation.pk}):
        raise Refused(
            f"“{organisation}”没有独立账户，请先在工会组织信息中登记账户。", code="no_account"
        )
    on = on or timezone.localdate()
    kept = Due.objects.held().filter(organisation=organisation)
    made = []
    payers = Organisation.objects.filter(pk__in=kept.order_by().values("payer"))
    for payer in payers:
        _require(by, payer)
        dues = list(kept.filter(payer=payer).select_for_update(of=("self",)).order_by("pk"))
        made.append(_release(organisation, payer, dues, on=on, by=by))
    return made


def _release(
    organisation: Organisation,
    payer: Organisation,
    kept: list[Due],
    *,
    on: datetime.date,
    by: User | None,
) -> Distribution:
    """Nobody could be paid in time before: it is due from that day on, not earlier.

    A rebate stays one by itself, and is paid as such: its claim goes over to the new due.
    """
    sums = defaultdict(int)
    for due in kept:
        sums[due.period, max(due.due_on, on), due.rebate_id or 0] += due.amount
    Due.objects.filter(pk__in=[due.pk for due in kept if due.rebate_id]).update(rebate=None)
    dues = [
        draft(
            Due,
            {
                "organisation": organisation,
                "source": Due.Source.REBATE if rebate else Due.Source.CUSTODY,
                "period": period,
                "due_on": due_on,
                "amount": amount,
                "rebate_id": rebate or None,
            },
        )
        for (period, due_on, rebate), amount in sorted(sums.items())
        if amount
    ]
    amounts = distributions.owed(dues)
    amounts[Account.Role.HELD.value, organisation.pk] += sum(sums.values())
    distribution = distributions.book(
        Distribution(
            organisation=payer,
            kind=Distribution.Kind.CUSTODY,
            on=on,
            reason=f"“{organisation}”已有独立账户"[:200],
        ),
        dues=dues,
        amounts=amounts,
        by=by,
    )
    Due.objects.filter(pk__in=[due.pk for due in kept]).update(released_by=distribution)
    return distribution


def _require(by: User | None, payer: Organisation) -> None:
    if by is not None:
        records.require(by, GIVES_OUT, payer)
