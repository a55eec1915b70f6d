"""Money held until somebody is there: preparation funds at a founding, custody until an account."""

import datetime
from decimal import Decimal

import pytest

from core.errors import NotPermitted, OutOfScope, Refused
from funds.models import Allocation, Distribution, Due
from funds.services import custody
from members.services import unions
from tests.factories import splits
from tests.factories.splits import line, parts, refund, rule, split

pytestmark = pytest.mark.django_db
day = datetime.date
RELEASED = {"grassroots": 60, "district": 15, "municipal": 10, "provincial": 10, "national": 5}


@pytest.fixture
def rules(world):
    rule(world.city)
    rule(world.city, {"held": 100}, kind="preparation")
    rule(world.city, RELEASED, kind="released", due_after="days", due_days=30)


@pytest.fixture
def firm(world):
    return splits.payer(world.town)


@pytest.fixture
def held(world, rules, firm):
    """A preparation fund of two months and a receipt of dues, of an employer without a union."""
    batch = splits.batch(world.city)
    lines = [
        line(batch, "100.00", payer=firm, fund_kind="preparation"),
        line(batch, "50.00", payer=firm, fund_kind="preparation", period=day(2026, 4, 1)),
        line(batch, "10.00", payer=firm),
    ]
    split(lines[0])
    return lines


def founded(world, firm):
    unions.cover(firm, union=world.own, since=day(2026, 7, 1), by=world.user("clerk"))
    return custody.found(world.own, firm, on=day(2026, 8, 1), by=None)


def test_a_preparation_fund_is_held_for_nobody_in_particular(held):
    assert parts(held[0]) == {"held": "100.00"}
    assert splits.balance("held") == 156
    assert not Due.objects.filter(source=Due.Source.PREPARATION).exists()


def test_at_the_founding_it_is_split_as_the_union_s(world, firm, held):
    (made,) = founded(world, firm)
    assert made.kind == Distribution.Kind.FOUNDING
    assert parts(held[1])["grassroots"] == "30.00"
    assert splits.balance("held") == 0
    assert splits.due(world.own) == splits.balance("return", world.own) == 96
    found = Due.objects.filter(organisation=world.own, source=Due.Source.PREPARATION)
    assert {(due.period, due.amount, due.due_on) for due in found} == {
        (day(2026, 3, 1), 60, day(2026, 7, 31)),
        (day(2026, 4, 1), 30, day(2026, 7, 31)),
    }
    held[0].refresh_from_db()
    assert held[0].union == held[0].organisation == world.own, "its chair sees it"
    assert custody.found(world.own, firm, by=None) == []


def test_a_refund_before_or_after_the_founding_goes_to_nothing(world, firm, held):
    split(refund(splits.batch(world.city), held[0], "-40.00", fund_kind="preparation"))
    founded(world, firm)
    held[0].refresh_from_db()
    split(refund(splits.batch(world.city), held[0], "-60.00", fund_kind="preparation"))
    assert splits.due(world.own) == 36
    assert splits.balance("return", world.own) == 36
    assert splits.balance("held") == 0


def test_a_missing_rule_for_what_is_released_is_said(world, firm):
    rule(world.city, {"held": 100}, kind="preparation")
    batch = splits.batch(world.city)
    split(line(batch, payer=firm, fund_kind="preparation"))
    with pytest.raises(Refused, match="建会筹备金（建会后返还）"):
        founded(world, firm)


def test_nothing_is_given_to_a_union_that_does_not_cover_the_employer(world, firm, held):
    with pytest.raises(Refused, match="没有覆盖"):
        custody.found(world.own, firm, by=None)


def test_what_waits_for_a_clerk_is_listed(world, firm, held):
    today = day(2026, 8, 1)
    assert not Allocation.objects.releasable(today).exists()
    unions.cover(firm, union=world.own, since=day(2026, 7, 1), by=world.user("clerk"))
    assert Allocation.objects.releasable(today).count() == 3
    assert not Allocation.objects.releasable(day(2026, 6, 30)).exists()
    custody.found(world.own, firm, by=world.user("finance_maker"))
    assert not Allocation.objects.releasable(today).exists()


def test_who_may_give_out(world, firm, held):
    unions.cover(firm, union=world.own, since=day(2026, 7, 1), by=world.user("clerk"))
    for stranger in (
        world.user("finance_checker"),
        world.user("finance_maker", world.district),
        world.user("leader"),
    ):
        with pytest.raises((NotPermitted, OutOfScope)):
            custody.found(world.own, firm, by=stranger)


@pytest.fixture
def kept(world, rules):
    """Dues of two months of a union without an account."""
    splits.account(world.own, own=False)
    batch = splits.batch(world.city)
    line(batch, "10.00", union=world.own, period=day(2025, 12, 1))
    split(line(batch, "100.00", union=world.own))


def test_custody_ends_with_an_account(world, kept):
    assert splits.balance("held", world.own) == 66
    assert not Due.objects.releasable().exists()
    splits.account(world.own)
    assert Due.objects.releasable().count() == 2
    (made,) = custody.release(world.own, on=day(2026, 4, 15), by=world.user("finance_maker"))
    assert splits.balance("held", world.own) == 0
    assert splits.balance("return", world.own) == 66
    assert not Due.objects.held().exists()
    assert {(due.period, due.due_on, due.amount, due.source) for due in made.dues.all()} == {
        (day(2025, 12, 1), day(2026, 4, 15), 6, "custody"),
        (day(2026, 3, 1), day(2026, 5, 31), 60, "custody"),
    }
    assert Due.objects.due(day(2026, 12, 31)).filter(organisation=world.own).count() == 2
    assert custody.release(world.own, by=None) == []


def test_nothing_is_released_without_an_account(world, kept):
    with pytest.raises(Refused, match="没有独立账户"):
        custody.release(world.own, by=None)


def test_a_refund_after_the_release_takes_from_what_is_returned(world, kept):
    splits.account(world.own)
    custody.release(world.own, by=None)
    got = Allocation.objects.get(amount=Decimal(100)).line
    split(refund(splits.batch(world.city), got, "-100.00"))
    assert splits.balance("held", world.own) == 0
    assert splits.balance("return", world.own) == 6
