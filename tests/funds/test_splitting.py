"""Receipts split: by which rule, to whom, again when it turns out otherwise, refunds."""

import datetime
from decimal import Decimal

import pytest

from core.errors import NotPermitted, OutOfScope, Refused
from core.services import organisations
from funds.models import Allocation, CollectionLine, Distribution, Due, PayerClass, SpecialPayer
from funds.services import splitting
from tests.factories import splits
from tests.factories.splits import line, parts, refund, rule, split

pytestmark = pytest.mark.django_db
D = Decimal
day = datetime.date


@pytest.fixture
def rules(world):
    return rule(world.city)


@pytest.fixture
def batch(world):
    return splits.batch(world.city)


def resplit(world, *lines, **fields):
    rows = CollectionLine.objects.filter(pk__in=[each.pk for each in lines])
    return splitting.resplit(rows, organisation=world.city, reason="改正", by=None, **fields)


def test_a_receipt_is_split_booked_and_due(world, rules, batch):
    got = line(batch, "24691.36", union=world.own, entry_on=day(2026, 4, 10))
    made = split(got, on=day(2026, 4, 20))
    assert parts(got) == {
        "grassroots": "14814.82",
        "district": "3703.70",
        "municipal": "2469.14",
        "provincial": "2469.13",
        "national": "1234.57",
    }
    version = Allocation.objects.get()
    assert (version.union, version.town_union, version.district_union) == (
        world.own,
        world.town,
        world.district,
    )
    dues = {due.organisation: due for due in made.dues.all()}
    assert {place: due.amount for place, due in dues.items()} == {
        world.own: D("14814.82"),
        world.district: D("3703.70"),
    }
    own = dues[world.own]
    assert (own.payer, own.period, own.due_on, own.booked_on) == (
        world.city,
        day(2026, 3, 1),
        day(2026, 5, 31),
        day(2026, 4, 20),
    )
    posted = made.entry.postings.order_by("account__code", "pk")
    assert {(each.account.role, each.payee, str(each.amount)) for each in posted} == {
        ("bank", None, "24691.36"),
        ("income", None, "-2469.14"),
        ("upper_provincial", None, "-2469.13"),
        ("upper_national", None, "-1234.57"),
        ("return", world.own, "-14814.82"),
        ("return", world.district, "-3703.70"),
    }


def test_dues_are_gathered_by_union_and_month(world, rules, batch):
    for _ in range(3):
        line(batch, "10.00", union=world.own)
    last = line(batch, "10.00", union=world.own, period=day(2026, 4, 1))
    made = split(last)
    found = made.dues.filter(organisation=world.own).order_by("period")
    assert [(due.period, due.amount) for due in found] == [
        (day(2026, 3, 1), D("18.00")),
        (day(2026, 4, 1), D("6.00")),
    ]


def test_the_nearest_rule_decides(world, rules, batch):
    rule(world.district, {"grassroots": 70, "district": 20, "municipal": 10})
    near, far = line(batch, union=world.own), line(batch, union=world.foreign)
    split(near)
    assert parts(near)["grassroots"] == "70.00"
    assert parts(far)["grassroots"] == "60.00"


def test_a_class_of_payers_has_its_own_rule_while_it_is_of_it(world, rules, batch):
    bank = splits.payer(world.own)
    special = {"employer": bank, "payer_class": PayerClass.FINANCE}
    SpecialPayer.objects.create(**special, valid_from=day(2026, 2, 1), valid_to=day(2026, 3, 31))
    rule(world.city, {"municipal": 100}, payer_class="finance")
    march = line(batch, union=world.own, payer=bank)
    april = line(batch, union=world.own, payer=bank, period=day(2026, 4, 1))
    split(march)
    assert parts(march) == {"municipal": "100.00"}
    assert parts(april)["grassroots"] == "60.00"


def test_a_missing_rule_refuses_the_batch_and_says_which(world, batch):
    line(batch, union=world.own)
    with pytest.raises(Refused) as refusal:
        splitting.distribute(batch, by=None)
    assert refusal.value.code == "rule_missing"
    for word in ("工会经费", "一般单位", "2026年03月", "甲厂工会委员会"):
        assert word in str(refusal.value)
    assert not Allocation.objects.exists()


def test_an_old_period_paid_after_the_rule_changed_goes_by_the_old_rule(world, batch):
    """Trap 10 of the handbook."""
    old = rule(world.city, valid_to=day(2025, 12, 31))
    new = rule(world.city, {"grassroots": 65, "municipal": 35}, valid_from=day(2026, 1, 1))
    late = line(batch, union=world.own, period=day(2025, 12, 1), entry_on=day(2026, 3, 5))
    timely = line(batch, union=world.own)
    split(late)
    assert Allocation.objects.get(line=late).rule == old
    assert Allocation.objects.get(line=timely).rule == new
    assert parts(late)["grassroots"] == "60.00"
    assert parts(timely)["grassroots"] == "65.00"


def test_a_refund_reverses_by_the_rule_of_its_receipt(world, rules, batch):
    """Trap 9 of the handbook: even where another rule is there by now."""
    got = line(batch, "100.01", union=world.own)
    split(got)
    rule(world.city, {"municipal": 100}, valid_from=day(2026, 3, 1))
    back = refund(splits.batch(world.city), got, "-100.01")
    split(back)
    version = Allocation.objects.get(line=back)
    assert version.rule == rules
    assert version.parts() == {
        level: -part for level, part in Allocation.objects.get(line=got).parts().items()
    }
    assert splits.due(world.own) == 0
    assert splits.balance("return", world.own) == splits.balance("income") == 0
    period = Due.objects.filter(distribution=version.distribution).first().period
    assert period == day(2026, 3, 1)


def test_many_small_refunds_end_where_one_of_the_whole_would(world, rules, batch):
    got = line(batch, "10.07", union=world.own)
    split(got)
    for amount in ("-0.01", "-3.33", "-3.33"):
        split(refund(splits.batch(world.city), got, amount))
    last = splits.batch(world.city)
    refund(last, got, "-1.11")
    split(refund(last, got, "-2.29"))
    assert set(splits.sums().values()) == {0}
    assert splits.due(world.own) == splits.due(world.district) == 0


def test_a_refund_in_the_batch_of_its_receipt(world, rules, batch):
    got = line(batch, "100.00", union=world.own)
    back = refund(batch, got, "-33.33")
    split(got)
    assert splits.sums()["grassroots"] == D("40.00")
    assert parts(back)["grassroots"] == "-20.00"


def test_a_refund_of_what_is_not_here_is_split_as_a_receipt_below_zero(world, rules, batch):
    back = line(batch, "-24691.36", union=world.own)
    split(back)
    assert parts(back)["grassroots"] == "-14814.82"


def test_a_measure_leaves_a_part_of_the_upper_shares_with_the_union(world, rules, batch):
    measure = splits.measure(world.city)
    got, before = (
        line(batch, "1000.00", union=world.own),
        line(batch, "1000.00", union=world.own, period=day(2025, 12, 1)),
    )
    split(got)
    version = Allocation.objects.get(line=got)
    assert (version.measure, version.support, version.grassroots) == (measure, 80, 680)
    assert Allocation.objects.get(line=before).measure is None
    back = refund(splits.batch(world.city), got, "-1000.00")
    split(back)
    assert Allocation.objects.get(line=back).support == -80


def test_what_nobody_stands_for_is_held_or_falls_to_who_collects(world, batch):
    shares = {"grassroots": 50, "town": 20, "district": 20, "municipal": 10}
    rule(world.city, shares)
    without_union = line(batch, payer=splits.payer(world.town))
    unknown = line(batch)
    made = split(unknown)
    assert parts(without_union) == {
        "held": "50.00",
        "town": "20.00",
        "district": "20.00",
        "municipal": "10.00",
    }
    assert parts(unknown) == {"held": "90.00", "municipal": "10.00"}
    assert splits.balance("held") == 140
    assert splits.balance("income") == 20
    assert {due.organisation for due in made.dues.all()} == {world.town, world.district}


def test_a_level_that_is_not_there_falls_to_who_collects(world, batch):
    rule(world.city, {"grassroots": 50, "town": 50})
    got = line(batch, union=world.other_district)
    split(got)
    assert parts(got) == {"grassroots": "50.00", "town": "50.00"}
    assert splits.balance("income") == 50
    assert splits.due(world.other_district) == 50


def test_towns_and_districts_are_those_of_the_period(world, rules, batch):
    organisations.move(world.own, parent=world.foreign_town, on=day(2026, 4, 1), by=world.builder)
    march, april = (
        line(batch, union=world.own),
        line(batch, union=world.own, period=day(2026, 4, 1)),
    )
    split(march)
    assert Allocation.objects.get(line=march).district_union == world.district
    assert Allocation.objects.get(line=april).district_union == world.other_district


def test_a_union_without_an_account_is_kept_in_custody(world, rules, batch):
    splits.account(world.own, own=False)
    split(line(batch, union=world.own))
    due = Due.objects.get(organisation=world.own)
    assert due.is_custody
    assert splits.balance("held", world.own) == 60
    assert splits.balance("return", world.own) == 0


def test_a_batch_that_is_not_reconciled_is_not_split(world, rules):
    batch = splits.batch(world.city, state="counted")
    line(batch, union=world.own)
    with pytest.raises(Refused, match="对账后才能分配"):
        splitting.distribute(batch, by=None)


def test_who_may_distribute(world, rules, batch):
    line(batch, union=world.own)
    for stranger in (world.user("finance_maker"), world.user("finance_approver", world.district)):
        with pytest.raises((NotPermitted, OutOfScope)):
            splitting.distribute(batch, by=stranger)
    made = splitting.distribute(batch, by=world.user("finance_approver"))
    assert made.kind == Distribution.Kind.COLLECTION


def test_the_number_of_queries_does_not_grow_with_the_lines(
    world, rules, django_assert_max_num_queries
):
    def lines(count):
        batch = splits.batch(world.city)
        for number in range(count):
            line(batch, union=[world.own, world.sibling, world.foreign][number % 3])
        return batch

    few, many = lines(3), lines(60)
    with django_assert_max_num_queries(40) as first:
        splitting.distribute(few, by=None)
    with django_assert_max_num_queries(len(first.captured_queries) + 2):
        splitting.distribute(many, by=None)


def test_a_resplit_books_the_difference_and_keeps_what_was(world, rules, batch):
    got = line(batch, "100.00", union=world.own)
    split(got)
    new = rule(world.city, {"grassroots": 70, "district": 30}, valid_from=day(2026, 1, 1))
    made = resplit(world, got, on=day(2026, 8, 1))
    assert made.kind == Distribution.Kind.RESPLIT
    former, live = Allocation.objects.filter(line=got).order_by("pk")
    assert (former.is_live, live.is_live, live.rule) == (False, True, new)
    assert {due.organisation: due.amount for due in made.dues.all()} == {
        world.own: 10,
        world.district: 15,
    }
    assert splits.balance("return", world.own) == 70
    assert splits.balance("income") == splits.balance("upper_national") == 0
    assert resplit(world, got) is None, "nothing differs any more"
    assert Distribution.objects.count() == 2


def test_another_due_date_moves_what_is_due(world, rules, batch):
    got = line(batch, union=world.own, entry_on=day(2026, 4, 10))
    split(got)
    rule(world.city, valid_from=day(2026, 1, 1), due_after="days", due_days=10)
    made = resplit(world, got)
    found = made.dues.filter(organisation=world.own).order_by("due_on")
    assert [(due.due_on, due.amount) for due in found] == [
        (day(2026, 4, 20), 60),
        (day(2026, 5, 31), -60),
    ]
    assert not hasattr(made, "entry"), "no money moved between accounts"


def test_a_receipt_and_its_refunds_are_split_again_together(world, rules, batch):
    got = line(batch, "100.01", union=world.own)
    split(got)
    back = refund(splits.batch(world.city), got, "-99.99")
    split(back)
    rule(world.city, {"grassroots": 33, "district": 67}, valid_from=day(2026, 1, 1))
    resplit(world, back)
    assert splits.sums() == dict.fromkeys(splits.LEVELS, 0) | {
        "grassroots": D("0.01"),
        "district": D("0.01"),
    }
    assert splits.due(world.own) == splits.balance("return", world.own) == D("0.01")


def test_a_payer_found_later_gets_what_was_held(world, rules, batch):
    got = line(batch)
    split(got)
    CollectionLine.objects.filter(pk=got.pk).update(
        union=world.own, organisation=world.own, match="hand"
    )
    made = resplit(world, got)
    assert parts(got)["grassroots"] == "60.00"
    assert splits.balance("held") == 0
    assert {due.organisation: due.amount for due in made.dues.all()} == {
        world.own: 60,
        world.district: 15,
    }


def test_lines_that_somebody_else_collected_are_left_alone(world, rules, batch):
    got = line(batch, union=world.own)
    split(got)
    rows = CollectionLine.objects.all()
    rule(world.city, {"municipal": 100}, valid_from=day(2026, 3, 1))
    assert splitting.resplit(rows, organisation=world.district, reason="改正", by=None) is None
