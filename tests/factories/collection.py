"""Receipts for tests: who takes them in, checks and distributes them, and how they are written."""

import datetime
import itertools
from decimal import Decimal

from core import workflow
from funds.models import BankArrival, CollectionBatch, CollectionLine
from funds.services import collection
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
DAY = datetime.date(2021, 4, 12)


def line(batch, amount="500.00", **fields):
    """An unsaved receipt of dues for March 2021."""
    number = next(_sequence)
    facts = {
        "receipt_number": f"33210{number:07}",
        "credit_code": "",
        "payer_name": "甲厂有限责任公司",
        "fund_kind": "dues",
        "period_first": datetime.date(2021, 3, 1),
        "period_last": datetime.date(2021, 3, 31),
        "entry_on": DAY,
    } | fields
    return CollectionLine(batch=batch, amount=Decimal(amount), **facts)


class Counter:
    """The three persons who take in, check and distribute at an organisation."""

    def __init__(self, world, at=None):
        self.world, self.at = world, at or world.city
        for role in ("maker", "checker", "approver"):
            setattr(self, role, world.user(f"finance_{role}", self.at))

    def open(self, count=1, total="500.00", **fields):
        facts = {"channel": "tax", "number": f"S{next(_sequence):05}"} | fields
        return collection.open_batch(
            organisation=self.at,
            declared_count=count,
            declared_total=Decimal(total),
            by=self.maker,
            **facts,
        )

    def record(self, batch, *lines, **more):
        return collection.record_many(lines, by=self.maker, **more)

    def filled(self, *amounts, **fields):
        """A batch that holds what was declared."""
        total = sum(map(Decimal, amounts))
        batch = self.open(len(amounts), total)
        self.record(batch, *[line(batch, amount, **fields) for amount in amounts])
        return batch

    def arrive(self, batch, amount=None):
        """The bank booked money for the batch."""
        made = arrival(self.at, amount or batch.declared_total)
        collection.assign_arrivals(BankArrival.objects.filter(pk=made.pk), batch, by=self.maker)
        return made

    def take(self, batch, step, by=None, **data):
        names = {"count": self.maker, "refuse": self.maker, "reconcile": self.checker}
        by = by or names.get(step, self.approver)
        return workflow.apply(batch, step, by=by, **data)

    def reconciled(self, *amounts, **fields):
        batch = self.filled(*amounts, **fields)
        self.arrive(batch)
        return self.take(self.take(batch, "count"), "reconcile")


def arrival(organisation, amount="500.00", **fields):
    """A stored arrival."""
    facts = {"reference": f"YH{next(_sequence):09}", "on": DAY} | fields
    return BankArrival.objects.create(organisation=organisation, amount=Decimal(amount), **facts)


def _off(batch):
    """Something else arrived."""
    arrival(batch.organisation, "1.00", batch=batch)


@builds(CollectionBatch, ways={"accept_difference": _off})
def batch(place, token="", state="receiving"):
    """A batch of one receipt, which arrived."""
    made = CollectionBatch.objects.create(
        organisation=place,
        number=f"{next(_sequence) % 1000:03}{token}",
        declared_count=1,
        declared_total=Decimal("500.00"),
        state=state,
    )
    row = line(made)
    row.organisation = place
    row.save()
    arrival(place, batch=made)
    return made
