"""What was collected for one union, what of it is its own, returned and still owed; by month."""

import datetime
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import Min, Q, QuerySet, Sum

from funds.models import Allocation, CollectionLine, Due
from funds.rules.payments import CENT

ZERO = Decimal("0.00")


@dataclass
class Month:
    """One month that was paid for; amounts in yuan."""

    period: datetime.date
    collected: Decimal = ZERO
    share: Decimal = ZERO  # what of it is the union's
    due: Decimal = ZERO
    returned: Decimal = ZERO
    owed: Decimal = ZERO
    waiting: Decimal = ZERO  # in the books, due later
    custody: Decimal = ZERO
    since: datetime.date | None = None  # since when the oldest of what is owed is due


AMOUNTS = [each.name for each in fields(Month) if each.default == ZERO]


def months(
    lines: QuerySet[CollectionLine],
    allocations: QuerySet[Allocation],
    dues: QuerySet[Due],
    on: datetime.date,
) -> list[Month]:
    """Of the rows of one union, as of a day: the latest month first."""
    found: dict[datetime.date, Month] = {}

    def month(period: datetime.date) -> Month:
        first = period.replace(day=1)
        return found.setdefault(first, Month(first))

    for row in lines.order_by().values("period_first").annotate(total=Sum("amount")):
        month(row["period_first"]).collected += row["total"].quantize(CENT)
    parts = allocations.order_by().values("line__period_first").annotate(total=Sum("grassroots"))
    for row in parts:
        month(row["line__period_first"]).share += row["total"].quantize(CENT)
    paid = Q(returned_by__paid_on__isnull=False, returned_by__paid_on__lte=on)
    is_due = Q(due_on__lte=on, is_custody=False)
    sums = {
        "due": is_due,
        "returned": paid,
        "owed": is_due & ~paid,
        "waiting": Q(due_on__gt=on, is_custody=False) & ~paid,
        "custody": Q(is_custody=True, released_by__isnull=True),
    }
    rows = dues.booked(on).order_by().values("period")
    for row in rows.annotate(
        since=Min("due_on", filter=is_due & ~paid & Q(amount__gt=0)),
        **{name: Sum("amount", filter=which, default=ZERO) for name, which in sums.items()},
    ):
        one = month(row["period"])
        for name in sums:
            setattr(one, name, getattr(one, name) + row[name].quantize(CENT))
        one.since = min(filter(None, [one.since, row["since"]]), default=None)
    return sorted(found.values(), key=lambda each: each.period, reverse=True)
