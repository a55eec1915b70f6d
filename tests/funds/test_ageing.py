"""How old money is: bands, years, what is set off against what."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.rules import ageing

ON = datetime.date(2026, 11, 21)
cents = st.decimals(-1_000, 1_000, places=2)


def band_of(days):
    due_on = ON - datetime.timedelta(days=days)
    (found,) = [
        number
        for number, (first, last) in enumerate(ageing.spans(ON))
        if (first is None or first <= due_on) and due_on <= last
    ]
    return found


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, 0), (30, 0), (31, 1), (90, 1), (91, 2), (180, 2), (181, 3), (365, 3), (366, 4), (3000, 4)],
)
def test_each_day_lies_in_one_band(days, band):
    assert band_of(days) == band


def test_years_go_back_to_all_before():
    told = ageing.years(ON)
    assert [label for _, label in told] == ["2026 年", "2025 年", "2024 年", "2023 年及以前"]
    assert told[1][0] == (datetime.date(2025, 1, 1), datetime.date(2025, 12, 31))
    assert told[-1][0] == (None, datetime.date(2023, 12, 31))


def test_what_was_taken_back_is_set_off_against_the_oldest():
    assert ageing.offset([Decimal(10), Decimal(0), Decimal(5)], Decimal(7)) == ([8, 0, 0], 0)
    assert ageing.offset([Decimal(10), Decimal(-3), Decimal(1)]) == ([8, 0, 0], 0)
    assert ageing.offset([Decimal(1), Decimal(2)], Decimal(4)) == ([0, 0], 1)


@given(st.lists(cents, max_size=5), st.decimals(0, 500, places=2))
def test_nothing_is_lost_and_nothing_is_below_zero(amounts, credit):
    left, over = ageing.offset(amounts, credit)
    assert sum(left) - over == sum(amounts) - credit
    assert min([*left, over]) >= 0
    assert not (sum(left) and over)


@pytest.mark.parametrize(
    ("paid", "due", "rate"),
    [
        ("0", "0", None),
        ("5", "-1", None),
        ("1", "3", "33.33"),
        ("2", "3", "66.66"),
        ("99999.99", "100000.00", "99.99"),
        ("3", "3", "100.00"),
        ("4", "3", "100.00"),
        ("-1", "3", "0.00"),
    ],
)
def test_the_rate_says_100_only_of_all(paid, due, rate):
    found = ageing.rate(Decimal(paid), Decimal(due))
    assert found == (rate and Decimal(rate))
