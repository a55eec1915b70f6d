"""Rows of collection and returns, for tests that count them; written past the services."""

import datetime
import itertools
from decimal import Decimal

from funds.models import (
    Allocation,
    CollectionBatch,
    CollectionLine,
    Distribution,
    Due,
    Rebate,
    RebateScheme,
    Return,
    SplitRule,
    SupportMeasure,
)
from tests.factories.core import UserFactory
from tests.factories.members import employer as employer_of

_sequence = itertools.count(1)
DAY = datetime.date


def day(text):
    return DAY.fromisoformat(text)


def batch(organisation, state="distributed", **fields):
    return CollectionBatch.objects.create(
        organisation=organisation,
        state=state,
        number=f"SW{next(_sequence)}",
        **{"declared_count": 1, "declared_total": Decimal("100.00")} | fields,
    )


def line(organisation, amount="100.00", entry_on="2021-03-10", among=None, **fields):
    """A receipt of a union, in a batch that is distributed unless `among` is another."""
    fields = {
        "payer_name": "甲厂",
        "fund_kind": "dues",
        "period_first": day("2021-02-01"),
        "period_last": day("2021-02-28"),
        "match": "code",
    } | fields
    return CollectionLine.objects.create(
        organisation=organisation,
        batch=among or batch(organisation),
        receipt_number=f"P{next(_sequence):08}",
        amount=Decimal(amount),
        entry_on=day(entry_on),
        **fields,
    )


def rule(organisation):
    found, _ = SplitRule.objects.get_or_create(
        organisation=organisation,
        kind="dues",
        valid_from=day("2015-01-01"),
        defaults={
            "document_number": "江工发〔2015〕1号", "grassroots": 60, "district": 15,
            "municipal": 10, "provincial": 10, "national": 5,
        },
    )  # fmt: skip
    return found


def measure(organisation):
    found, _ = SupportMeasure.objects.get_or_create(
        organisation=organisation,
        name="缓减",
        defaults={
            "document_number": "江工发〔2021〕2号", "percent": 20,
            "valid_from": day("2021-01-01"), "valid_to": day("2021-12-31"),
        },
    )  # fmt: skip
    return found


def distribution(organisation, on="2021-03-12", kind="resplit", **fields):
    return Distribution.objects.create(
        organisation=organisation, kind=kind, on=day(on), reason="收缴分配", **fields
    )


def allocation(receipt, support=None, **parts):
    """The parts of a receipt, the live version; the rest is the grass-roots union's."""
    parts = {level: Decimal(part) for level, part in parts.items()}
    rest = receipt.amount - sum(parts.values())
    return Allocation.objects.create(
        line=receipt,
        distribution=distribution(receipt.organisation),
        rule=rule(receipt.organisation),
        measure=measure(receipt.organisation) if support else None,
        amount=receipt.amount,
        grassroots=rest,
        support=Decimal(support or 0),
        **parts,
    )


def due(organisation, payer, amount="60.00", due_on="2021-04-30", **fields):
    booked_on = day(fields.pop("booked_on", "2021-03-12"))
    return Due.objects.create(
        organisation=organisation,
        payer=payer,
        distribution=fields.pop("distribution", None) or distribution(payer),
        amount=Decimal(amount),
        due_on=day(due_on),
        booked_on=booked_on,
        **{"source": "share", "period": day("2021-02-01")} | fields,
    )


def returned(dues, paid_on="2021-06-01", state="paid", kind="return"):
    """The return that these dues of one union went with."""
    made = Return.objects.create(
        organisation=dues[0].organisation,
        payer=dues[0].payer,
        kind=kind,
        until=day("2021-05-31"),
        amount=sum((each.amount for each in dues), Decimal(0)),
        state=state,
        paid_on=day(paid_on) if state == "paid" else None,
        made_on=day("2021-05-31"),
        by=UserFactory(organisation=dues[0].payer),
    )
    Due.objects.filter(pk__in=[each.pk for each in dues]).update(returned_by=made)
    return made


def scheme(organisation):
    found, _ = RebateScheme.objects.get_or_create(
        organisation=organisation,
        document_number="总工办发〔2020〕1号",
        defaults={
            "name": "全额返还", "valid_from": day("2020-01-01"), "valid_to": day("2021-12-31"),
            "eligibility": "small_micro", "base": ["grassroots"],
        },
    )  # fmt: skip
    return found


def rebate(organisation, payer, amount="40.00", employer=None, first="2021-01-01", **fields):
    """A rebate that was approved, and the due it made."""
    last = day(fields.pop("last", "2021-03-31"))
    made = Rebate.objects.create(
        organisation=organisation,
        employer=employer or employer_of(organisation),
        scheme=scheme(payer),
        period_first=day(first),
        period_last=last,
        base_amount=Decimal(amount),
        amount=Decimal(amount),
        **{"state": "approved"} | fields,
    )
    if made.state == Rebate.State.APPROVED:
        due(organisation, payer, amount, source="rebate", rebate=made)
    return made


def populate(world):
    """A receipt, what was due and returned of it, and a rebate at several levels in 2021."""
    for number, code in enumerate(("city", "district", "town", "own", "child", "foreign"), 1):
        place = world.organisation(code)
        receipt = line(place, f"{number}00.00", employer=employer_of(place))
        allocation(receipt, support="8.00", district="12.00", municipal="20.00")
        line(place, "-10.00", "2021-07-01", reverses=receipt)
        paid = due(place, world.city, f"{number}0.05")
        due(place, world.city, f"{number}1.10", "2021-12-31")
        due(place, world.city, "-70.00" if number == 3 else "-0.15", "2021-12-31")
        due(place, world.city, "9.99", is_custody=True)
        due(place, world.city, "5.55", "2022-01-31")
        returned([paid], f"2021-{number + 4:02}-01")
        given = rebate(place, world.city, f"{number}2.00")
        if number % 2:
            returned([given.due], "2021-11-20", kind="rebate")
    line(world.own, "999.00", among=batch(world.city, "counted"))
    line(world.city, "7.00", match="")
