"""What the figures of collection and returns mean, on a small world counted by hand."""

import datetime
from decimal import Decimal

import pytest

from core.indicators import compute
from core.periods import Period
from core.services import figures as entered
from core.services import organisations
from tests.factories import receipts
from tests.factories.members import employer as employer_of

pytestmark = pytest.mark.django_db


def figures(organisation, *codes, period="2021", by=None):
    found = compute(
        [f"funds.{code}" for code in codes],
        organisation=organisation,
        period=Period.parse(period),
        by=by,
    )
    return [figure.value for figure in found]


def money(*texts):
    return [Decimal(text) for text in texts]


def test_what_came_in_counts_on_its_day_less_refunds(world):
    employer = employer_of(world.own)
    paid = receipts.line(world.own, "100.00", "2021-01-01", employer=employer)
    receipts.line(world.own, "-30.10", "2021-12-31", employer=employer, reverses=paid)
    receipts.line(world.own, "9.00", "2022-01-01", employer=employer)
    receipts.line(world.own, "40.00", among=receipts.batch(world.city, "reconciled"))
    receipts.line(world.own, "5.00", fund_kind="preparation")
    fiscal = receipts.batch(world.city, channel="fiscal")
    receipts.line(world.own, "50.00", among=fiscal, match="union")
    receipts.line(world.city, "7.00", match="")
    codes = ["collected", "tax_collected", "fiscal_collected", "preparation_collected"]
    assert figures(world.city, *codes) == money("131.90", "81.90", "50.00", "5.00")
    codes = ["unmatched_collected", "collected_receipts", "paying_employers"]
    assert figures(world.city, *codes) == [Decimal("7.00"), 5, 1]
    assert figures(world.district, "collected", "unmatched_collected") == money("124.90", "0")


def test_shares_are_the_receipts_cut_in_pieces(world):
    receipt = receipts.line(world.own, "100.00")
    old = receipts.allocation(receipt, municipal="30.00", national="5.00")
    old.is_live = False
    old.save()
    receipts.allocation(receipt, municipal="10.00", national="5.00", held="1.00")
    levels = ["grassroots", "town", "district", "municipal", "provincial", "national", "held"]
    parts = figures(world.city, *(f"share_{level}" for level in levels))
    assert parts == money("84.00", "0", "0", "10.00", "0", "5.00", "1.00")
    assert [sum(parts)] == figures(world.city, "collected")


def test_the_cut_is_what_stayed_below_of_what_would_have_gone_up(world):
    under = receipts.line(world.own, "100.00")
    receipts.allocation(
        under, support="8.00", district="12.00", municipal="8.00", provincial="8.00",
        national="4.00",
    )  # fmt: skip
    receipts.allocation(receipts.line(world.own, "500.00"), municipal="200.00")
    assert figures(world.city, "upper_remit_cut") == [Decimal(20)]
    assert figures(world.city, "upper_remit_cut", period="2020") == [None]


def test_completion_is_of_the_target_that_was_signed(world):
    receipts.line(world.own, "108.00")
    assert figures(world.city, "target_completion") == [None]
    target = entered.enter_manual_figure(
        "funds.collection_target", organisation=world.city, period=Period.parse("2021"),
        value=Decimal("80.00"), source="省总下达任务通知", by=world.user("clerk", world.city),
    )  # fmt: skip
    entered.sign_off(target, by=world.user("head", world.city))
    assert figures(world.city, "target_completion") == [Decimal(135)]


def test_what_is_owed_counts_from_the_day_it_is_due_and_in_the_books(world):
    receipts.due(world.own, world.city, "60.00", "2021-04-30")
    receipts.due(world.own, world.city, "30.00", "2021-04-30", booked_on="2021-06-10")
    receipts.due(world.own, world.city, "5.00", "2021-04-30", is_custody=True)
    for period, owed in [
        ("2021-04-29", "0"), ("2021-04-30", "60.00"), ("2021-06-09", "60.00"),
        ("2021-06-10", "90.00"),
    ]:  # fmt: skip
        assert figures(world.city, "overdue_refund", period=period) == money(owed)


def test_only_what_the_bank_confirmed_is_returned(world):
    paid = receipts.due(world.own, world.city, "60.00")
    sent = receipts.due(world.own, world.city, "30.00")
    receipts.returned([paid], "2021-06-01")
    receipts.returned([sent], state="open")
    codes = ["due_to_date", "returned_to_date", "overdue_refund", "return_rate"]
    assert figures(world.city, *codes, period="2021-05-31") == money("90.00", "0", "90.00", "0")
    now = figures(world.city, *codes, period="2021-06-01")
    assert now == money("90.00", "60.00", "30.00", "66.666666")
    flows = ["returned_amount", "returned_unions", "returned_return_amount"]
    assert figures(world.city, *flows) == [Decimal("60.00"), 1, Decimal("60.00")]
    assert figures(world.city, *flows, period="2021-05") == [0, 0, 0]


def test_one_union_paid_too_much_hides_nothing_of_another(world):
    receipts.due(world.own, world.city, "60.00")
    receipts.due(world.own, world.city, "-10.00")
    receipts.due(world.sibling, world.city, "-25.00", source="adjustment")
    codes = ["overdue_refund", "overpaid_refund", "outstanding"]
    assert figures(world.city, *codes) == money("50.00", "25.00", "25.00")
    assert figures(world.city, "outstanding_share", "outstanding_adjustment") == money("50", "-25")
    assert figures(world.own, *codes) == money("50.00", "0", "50.00")


def test_a_union_owes_its_place_of_the_day(world):
    receipts.due(world.own, world.city, "60.00")
    organisations.move(
        world.town, parent=world.other_district, on=datetime.date(2021, 9, 1), by=world.builder
    )
    for district, before, after in [
        (world.district, "60.00", "0"), (world.other_district, "0", "60.00"),
    ]:  # fmt: skip
        district.refresh_from_db()
        assert figures(district, "overdue_refund", period="2021-08-31") == money(before)
        assert figures(district, "overdue_refund", period="2021-09-01") == money(after)


def test_rebates_count_when_the_bank_confirmed_and_employers_once(world):
    employer = employer_of(world.own)
    for first, last, paid_on in [
        ("2020-10-01", "2020-12-31", "2021-02-20"), ("2021-01-01", "2021-03-31", "2021-05-20"),
    ]:  # fmt: skip
        made = receipts.rebate(world.own, world.city, "40.50", employer, first, last=last)
        receipts.returned([made.due], paid_on, kind="rebate")
    receipts.rebate(world.own, world.city, "9.00", employer, "2021-04-01", last="2021-06-30")
    receipts.rebate(world.own, world.city, "80.00", state="checked")
    codes = ["micro_refund_amount", "micro_refund_units", "returned_rebate_amount"]
    assert figures(world.city, *codes) == [Decimal("81.00"), 1, Decimal("81.00")]
    codes = ["micro_entitled", "micro_returned", "micro_refund_rate"]
    assert figures(world.city, *codes) == money("49.50", "40.50", "81.818181")
    assert figures(world.city, *codes, period="2020") == money("40.50", "40.50", "100")
