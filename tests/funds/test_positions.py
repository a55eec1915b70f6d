"""应返未返 as of any day: by union, by district, by age; the same later; the same as the books."""

import datetime
from decimal import Decimal

import pytest

from core.services import organisations
from funds import positions
from funds.models import Distribution, Due, Payable, Payment, Posting
from funds.services import distributions, results, returns
from tests.factories.returns import account_of, book, due

pytestmark = pytest.mark.django_db


def day(month, on=15, year=2026):
    return datetime.date(year, month, on)


@pytest.fixture
def city(office):
    for union in (office.world.own, office.world.sibling, office.world.foreign):
        account_of(union)
    return office


def at(office, on, place=None):
    unions = positions.below(place or office.at, on)
    assert list(positions.differences(unions, on)) == []
    return positions.by_union(unions, on)


def only(office, on, union=None):
    return at(office, on)[(union or office.world.own).pk]


def pay(office, until, on, **more):
    made = returns.claim(office.at, until=until, by=office.maker, **more)
    office.paid([row.payable for row in made], on=on)
    return made


def test_what_is_booked_is_not_due_before_its_day(city):
    book(city.at, due(city.world.own, "80.00", day(5)), on=day(3))
    assert at(city, day(2)) == {}
    early = only(city, day(4))
    assert (early.due, early.owed, early.not_due, early.rate) == (0, 0, 80, None)
    late = only(city, day(5))
    assert (late.due, late.owed, late.not_due, late.rate) == (80, 80, 0, 0)


def test_what_is_paid_is_no_longer_owed_and_too_much_stands_apart(city):
    own, foreign = city.world.own, city.world.foreign
    book(city.at, due(own, "80.00", day(3)), due(foreign, "20.00", day(3)))
    pay(city, day(3), day(4), within=own)
    book(city.at, due(own, "-30.00", day(5)))
    mine, other = only(city, day(6)), only(city, day(6), foreign)
    assert (mine.due, mine.paid, mine.owed, mine.over) == (50, 80, 0, 30)
    assert (other.owed, other.over) == (20, 0)
    whole = positions.total([mine, other])
    assert (whole.due, whole.paid, whole.owed, whole.over, whole.unions) == (70, 80, 20, 30, 2)
    assert whole.due - whole.paid == whole.owed - whole.over
    assert whole.rate == Decimal("71.42")  # 50 of 70: what one has too much pays no other


def test_in_custody_it_is_apart_until_it_is_released(city):
    own = city.world.own
    first = book(city.at, due(own, "40.00", day(3), is_custody=True))
    event = Distribution(organisation=city.at, kind="custody", on=day(6), reason="开立账户")
    released = due(own, "40.00", day(6), source=Due.Source.CUSTODY)
    amounts = {("held", own.pk): Decimal(40), ("return", own.pk): Decimal(-40)}
    distributions.book(event, dues=[released], amounts=amounts, by=None)
    Due.objects.filter(distribution=first).update(released_by=event)
    before, after = only(city, day(5)), only(city, day(6))
    assert (before.custody, before.due, before.owed) == (40, 0, 0)
    assert (after.custody, after.due, after.owed) == (0, 40, 40)


def test_age_counts_from_the_day_it_was_due_and_the_oldest_is_set_off_first(city):
    own = city.world.own
    on = day(11, 21)
    for days, amount in ((1, "1.00"), (31, "2.00"), (91, "4.00"), (181, "8.00"), (366, "16.00")):
        book(city.at, due(own, amount, on - datetime.timedelta(days=days)))
    assert only(city, on).bands == [1, 2, 4, 8, 16]
    book(city.at, due(own, "-20.00", day(11, 1)))
    found = only(city, on)
    assert (found.bands, found.owed) == ([1, 2, 4, 4, 0], 11)


def test_years_are_those_it_was_paid_for(city):
    own = city.world.own
    for year, amount in ((2026, "1.00"), (2025, "2.00"), (2024, "4.00"), (2021, "8.00")):
        book(city.at, due(own, amount, day(3), period=day(1, 1, year)), on=day(3))
    assert only(city, day(4)).years == [1, 2, 4, 8]
    book(city.at, due(own, "-3.00", day(3), period=day(1, 1, 2025)))
    assert only(city, day(4)).years == [1, 0, 4, 7]


def test_what_is_paid_before_it_is_due_is_no_debt_of_the_union(city):
    own = city.world.own
    book(city.at, due(own, "5.00", day(3)), due(own, "9.00", day(8)), on=day(3))
    pay(city, day(8), day(4))
    found = only(city, day(5))
    assert (found.due, found.paid, found.owed, found.over) == (5, 14, 0, 9)
    found = only(city, day(8))
    assert (found.due, found.paid, found.owed, found.over) == (14, 14, 0, 0)


def test_a_union_counts_where_it_stood_on_the_day(city):
    world = city.world
    book(city.at, due(world.own, "5.00", day(3)), due(world.foreign, "9.00", day(3)))
    organisations.move(world.own, parent=world.foreign_town, on=day(6), by=world.builder)

    def districts(on):
        found = positions.by_district(at(city, on), on)
        return {place: position.owed for place, position in found.items()}

    east, west = world.district.pk, world.other_district.pk
    assert districts(day(5)) == {east: 5, west: 9}
    assert districts(day(6)) == {west: 14}
    assert set(at(city, day(5), world.district)) == {world.own.pk}
    assert set(at(city, day(6), world.district)) == set()


def test_who_stands_in_no_district_is_apart(city):
    book(city.at, due(city.at, "5.00", day(3)))
    assert positions.by_district(at(city, day(3)), day(3))[None].owed == 5


def test_past_days_give_the_same_cent_later(city):
    """Asked on the day, and once more after returns, bounces, refunds and re-splits since."""
    world, seen = city.world, {}

    def look(on):
        seen[on] = at(city, on)

    book(city.at, due(world.own, "100.10", day(1)), due(world.foreign, "50.05", day(1)))
    look(day(1))
    own, _ = pay(city, day(1), day(2))
    look(day(2))
    book(city.at, due(world.own, "-10.03", day(3)), due(world.sibling, "7.77", day(4)), on=day(3))
    look(day(3))
    line = Payment.objects.get(payable=own.payable)
    results.bounce(line, on=day(4), reason="账号已销户", by=city.maker)
    look(day(4))
    Payable.objects.filter(pk=own.payable_id).update(state="waiting")
    city.paid([own.payable], on=day(5))
    look(day(5))
    event = book(city.at, due(world.own, "33.33", day(5)), on=day(6))
    assert event.dues.count() == 1
    made = returns.claim(city.at, until=day(6), within=world.sibling, by=city.maker)
    city.paid([row.payable for row in made], bounced=[1], on=day(6))
    returns.cancel(made[0], reason="改日返还", by=city.maker)
    look(day(6))
    assert len({repr(each) for each in seen.values()}) == len(seen)
    for on, then in seen.items():
        assert at(city, on) == then, on


def test_where_books_and_register_part_the_union_is_named(city):
    own = city.world.own
    book(city.at, due(own, "5.00", day(3)), due(city.world.foreign, "9.00", day(3)))
    Due.objects.filter(organisation=own).update(amount=Decimal("5.01"))
    unions = positions.below(city.at, day(3))
    found = list(positions.differences(unions, day(3)))
    assert found == [positions.Difference(own.pk, Decimal("5.01"), Decimal("5.00"))]
    assert Posting.objects.filter(payee=own).count() == 1


def test_many_unions_take_one_query(city, django_assert_num_queries):
    world = city.world
    unions = [world.own, world.sibling, world.foreign, world.town, world.child]
    book(city.at, *(due(union, "1.00", day(3)) for union in unions * 20))
    with django_assert_num_queries(2):  # and one for what has come back since
        assert len(positions.by_union(positions.below(city.at, day(4)), day(4))) == 5
    with django_assert_num_queries(3):
        assert list(positions.differences(positions.below(city.at, day(4)), day(4))) == []
