"""The money of the demo city: what the plan of receipts comes to, before anything is loaded."""

import datetime
from collections import Counter

import pytest

from demo import receipts, returning
from demo.city import City
from demo.payers import ENTITLED

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def city():
    return City()


@pytest.fixture(scope="module")
def lines(city):
    return [line for batch in city.receipts.batches for line in batch.receipts]


def test_a_year_is_what_the_report_tells(city):
    batches = [batch for batch in city.receipts.batches if batch.channel == "tax"]
    assert Counter(batch.entry_on.year for batch in batches) == {2020: 4, 2021: 4, 2022: 4}
    of_2021 = [batch.total for batch in batches if batch.entry_on.year == 2021]
    assert sum(of_2021) == 86_200_000
    assert all(batch.total == sum(one.amount for one in batch.arrivals()) for batch in batches)


def test_what_small_employers_paid_for_2020_gives_back_what_the_report_tells(city, lines):
    small = {firm.credit_code for firm in city.payers.small}
    assert len(small) == ENTITLED == 1_752
    paid = [
        line for line in lines
        if line.credit_code in small and line.period_first.year == 2020
    ]  # fmt: skip
    assert {line.credit_code for line in paid} == small
    assert sum(line.amount for line in paid) * 2 / 5 == 7_150_000
    others = [firm for firm in city.receipts.organs if firm.size]
    assert not others, "organs and institutions are no enterprises of any size"


def test_receipts_stand_once_and_refunds_name_theirs(lines):
    numbers = {line.receipt_number: line for line in lines}
    assert len(numbers) == len(lines)
    assert all(line.amount for line in lines)
    refunds = [line for line in lines if line.amount < 0]
    assert len(refunds) == len(receipts.REFUNDS)
    for line in refunds:
        paid = numbers[line.reverses]
        assert paid.amount > -line.amount
        assert (paid.credit_code, paid.period_first) == (line.credit_code, line.period_first)
        assert paid.entry_on < line.entry_on


def test_who_was_added_is_nobody_else_and_changes_no_union(city):
    codes = [firm.credit_code for firm in (*city.firms, *city.payers.added)]
    names = [firm.name for firm in (*city.firms, *city.payers.added)]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)
    founded = {body.code: body.established_on for body in city.bodies}
    for firm in city.payers.added:
        assert founded[firm.union] <= firm.covered_since < datetime.date(2020, 1, 1)
        assert firm.opened_on < firm.covered_since


def test_entries_are_those_of_the_report():
    told = Counter()
    for direction, campaign, purpose, _, amount, *_ in returning.ENTRIES:
        told[direction, campaign or purpose] += amount
    assert told["receive", "special_subsidy"] == 5_560_000
    assert told["allocate", "special_subsidy"] == 560_000
    assert told["raise", "study"] == 1_930_000
    most, least = returning.ALLOWANCES
    assert (returning.CHAIRS - returning.LESS) * most + returning.LESS * least == 92_400
