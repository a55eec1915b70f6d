"""对账: what was handed over against what the bank booked, by day and by batch."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from core.models import Organisation
from funds.models import BankArrival, CollectionBatch, CollectionLine
from funds.rules.payments import CENT, Totals

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Day:
    """Receipts by the day of their entry, and money by the day on which the bank booked it."""

    on: datetime.date
    receipts: Totals
    arrivals: Totals

    @property
    def difference(self) -> Decimal:
        return self.arrivals.total - self.receipts.total


@dataclass(frozen=True)
class Comparison:
    """A batch: handed over, here, and arrived."""

    batch: CollectionBatch
    here: Totals
    arrivals: Totals

    @property
    def difference(self) -> Decimal:
        """What arrived more than was handed over, in yuan."""
        return self.arrivals.total - self.batch.declared_total

    @property
    def is_whole(self) -> bool:
        return self.here == self.batch.declared and not self.difference


def days(organisation: Organisation, first: datetime.date, last: datetime.date) -> list[Day]:
    """The days of a span on which anything came, the first one first."""
    lines = CollectionLine.objects.standing().filter(batch__organisation=organisation)
    receipts = _totals(lines.filter(entry_on__range=(first, last)), "entry_on")
    booked = BankArrival.objects.filter(organisation=organisation, on__range=(first, last))
    arrivals = _totals(booked, "on")
    none = Totals(0, ZERO)
    return [
        Day(on, receipts.get(on, none), arrivals.get(on, none))
        for on in sorted(receipts.keys() | arrivals.keys())
    ]


def batches(
    organisation: Organisation, first: datetime.date, last: datetime.date
) -> list[Comparison]:
    """The batches with receipts of these days, and those that are still under way."""
    dated = CollectionLine.objects.filter(
        batch__organisation=organisation, entry_on__range=(first, last)
    )
    own = CollectionBatch.objects.filter(organisation=organisation)
    State = CollectionBatch.State
    open_ones = own.filter(state__in=[State.RECEIVING, State.COUNTED, State.RECONCILED])
    known = own.filter(pk__in=dated.order_by().values("batch")) | open_ones
    found = list(known.exclude(state=State.REFUSED).distinct().order_by("pk"))
    here = _totals(CollectionLine.objects.filter(batch__in=found), "batch")
    arrived = _totals(BankArrival.objects.filter(batch__in=found), "batch")
    none = Totals(0, ZERO)
    return [
        Comparison(batch, here.get(batch.pk, none), arrived.get(batch.pk, none)) for batch in found
    ]


def _totals(rows: QuerySet, name: str) -> dict[Any, Totals]:
    found = rows.order_by().values_list(name).annotate(count=Count("pk"), total=Sum("amount"))
    return {key: Totals(count, total.quantize(CENT)) for key, count, total in found}
