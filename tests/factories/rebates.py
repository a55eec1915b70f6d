"""Receipts that were split, and the rebates on them, for tests."""

import datetime
import itertools
from decimal import Decimal

from django.utils import timezone

from core.models import Organisation
from funds import entitlements
from funds.models import (
    Allocation,
    CollectionBatch,
    CollectionLine,
    Distribution,
    Rebate,
    RebateScheme,
)
from members.models import Coverage
from tests.factories import members
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
UPPER = ["district", "municipal", "provincial"]


def day(text):
    return datetime.date.fromisoformat(text)


def root(place):
    """The body at the top of the tree in which a place stands."""
    return Organisation.objects.get(path=place.path[: Organisation.steplen])


def scheme(organisation, valid_from="2024-01-01", valid_to="2024-12-31", **fields):
    """Below 10,000 yuan a year, everything above the grass-roots union."""
    facts = {
        "name": "小额缴费全额返还",
        "document_number": f"江工发〔2024〕{next(_sequence)}号",
        "eligibility": "small_payer",
        "threshold": None if fields.get("eligibility") == "small_micro" else Decimal("10000.00"),
        "base": UPPER,
    } | fields
    made = RebateScheme(
        organisation=organisation, valid_from=day(valid_from), valid_to=day(valid_to), **facts
    )
    made.full_clean()
    made.save()
    return made


def firm(union, since="2015-01-01", **fields):
    """An employer that a union covers."""
    made = members.employer(union, **fields)
    Coverage.objects.create(organisation=union, employer=made, since=since)
    return made


def paid(employer, amount, period="2024-03-01", *, by, collector, **fields):
    """A receipt of an employer as it was split: 60 % below, 5 %, 20 % and 15 % above."""
    amount, first = Decimal(amount), day(period)
    number = next(_sequence)
    batch = CollectionBatch.objects.create(
        organisation=collector,
        state="distributed",
        number=f"PC{number}",
        declared_count=1,
        declared_total=amount,
    )
    line = CollectionLine.objects.create(
        organisation=employer.organisation,
        batch=batch,
        receipt_number=f"SP{number}",
        payer_name=employer.name,
        fund_kind="dues",
        period_first=first,
        period_last=first + datetime.timedelta(days=27),
        amount=amount,
        entry_on=first,
        employer=employer,
        union=employer.organisation,
        match="code",
        **fields,
    )
    event = Distribution.objects.create(
        organisation=collector, kind="collection", on=first, reason="测试", batch=batch, by=by
    )
    shares = {"grassroots": 60, "district": 5, "municipal": 20, "provincial": 15}
    return Allocation.objects.create(
        line=line,
        distribution=event,
        union=employer.organisation,
        amount=amount,
        **{level: amount * percent / 100 for level, percent in shares.items()},
    )


def current(place):
    """The scheme of 2024 over a place."""
    known = RebateScheme.objects.filter(valid_from="2024-01-01").first()
    return known or scheme(root(place))


@builds(Rebate)
def rebate(place, token="", state="claimed"):
    """One of 2,000 yuan, for a firm that paid 5,000 in the year."""
    top = root(place)
    rules = current(place)
    employer = firm(place, name=f"甲厂{token}")
    paid(employer, "5000.00", by=None, collector=top)
    span = entitlements.span_of(rules, 2024)
    now = next(entitlements.compute(rules, span, employers=[employer.pk]))
    return Rebate.objects.create(
        organisation=place,
        employer=employer,
        scheme=rules,
        period_first=span.first,
        period_last=span.last,
        base_amount=now.base,
        amount=now.amount,
        facts=now.facts,
        state=state,
        state_since=timezone.now(),
    )
