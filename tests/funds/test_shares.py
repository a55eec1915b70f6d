"""Whose a receipt is: parts to the cent, measures, due dates; without a database."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.rules import due_dates, shares
from funds.rules.payments import CENT

D = Decimal
TYPICAL = {
    "grassroots": D(60),
    "district": D(15),
    "municipal": D(10),
    "provincial": D(10),
    "national": D(5),
}
amounts = st.decimals("-99999999.99", "99999999.99", places=2)
orders = st.sampled_from([shares.UP, shares.DOWN])


@st.composite
def percentages(draw):
    """Percentages with up to four decimals that add up to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 10**6), min_size=6, max_size=6)))
    steps = zip([0, *cuts], [*cuts, 10**6], strict=True)
    found = [D(upper - lower).scaleb(-4) for lower, upper in steps]
    return dict(zip(shares.LEVELS, found, strict=True))


def test_the_worked_example_of_the_handbook():
    amount = shares.levied(D("1234567.89"), D(2))
    assert amount == D("24691.36")
    parts = shares.split(amount, TYPICAL)
    assert list(map(str, parts.values())) == [
        "14814.82",
        "3703.70",
        "2469.14",
        "2469.13",
        "1234.57",
    ]
    assert sum(parts.values()) == amount


def test_the_stated_order_decides_between_equal_remainders():
    assert shares.split(D("0.05"), {"grassroots": D(50), "national": D(50)}) == {
        "grassroots": D("0.03"),
        "national": D("0.02"),
    }
    down = shares.split(D("0.05"), {"grassroots": D(50), "national": D(50)}, order=shares.DOWN)
    assert down == {"grassroots": D("0.02"), "national": D("0.03")}


@given(amounts, percentages(), orders)
def test_parts_are_the_whole_and_each_within_a_cent_of_exact(amount, percents, order):
    parts = shares.split(amount, percents, order=order)
    assert sum(parts.values()) == amount
    for level, part in parts.items():
        assert abs(part - amount * percents[level] / 100) < CENT
        assert part == part.quantize(CENT)


@given(amounts, percentages(), orders)
def test_a_refund_of_the_whole_is_its_mirror_image(amount, percents, order):
    there, back = (shares.split(each, percents, order=order) for each in (amount, -amount))
    assert back == {level: -part for level, part in there.items()}


@given(amounts, percentages(), st.decimals("0", "100", places=4))
def test_a_measure_moves_money_and_makes_none(amount, percents, eased):
    parts = shares.split(amount, percents)
    less, stays = shares.less_upwards(parts, eased)
    assert sum(less.values()) == amount
    assert less["grassroots"] - parts.get("grassroots", 0) == stays
    for level in shares.LEVELS[1:-1]:
        assert abs(less[level] - parts.get(level, 0) * (1 - eased / 100)) <= CENT / 2
    assert less["held"] == parts.get("held", 0)
    back, returned = shares.less_upwards({level: -part for level, part in parts.items()}, eased)
    assert (back, returned) == ({level: -part for level, part in less.items()}, -stays)


def test_a_fifth_of_the_upper_shares_stays_below():
    less, stays = shares.less_upwards(shares.split(D("1000.00"), TYPICAL), D(20))
    assert stays == D("80.00")
    assert less["grassroots"] == D("680.00")
    assert less["national"] == D("40.00")


@given(st.integers(-(10**12), 10**12), percentages(), st.decimals("0", "100", places=4))
def test_a_rule_made_ready_splits_as_one_at_a_time(amount, percents, eased):
    ratio = shares.Ratio.of(percents, eased=eased)
    less, stays = ratio.ease(ratio.split(amount))
    parts, kept = shares.less_upwards(shares.split(shares.yuan(amount), percents), eased)
    assert [shares.yuan(part) for part in less] == list(parts.values())
    assert shares.yuan(stays) == kept


@pytest.mark.parametrize("last", [D("4.9999"), D("5.0001")])
def test_percentages_that_are_not_the_whole_are_refused(last):
    with pytest.raises(ValueError, match="not to 100"):
        shares.split(D(1), TYPICAL | {"national": last})


def test_a_percentage_finer_than_the_column_is_refused():
    with pytest.raises(ValueError, match="four decimals"):
        shares.split(D(1), {"grassroots": D("99.99999"), "national": D("0.00001")})


@pytest.mark.parametrize(
    ("since", "after", "days", "due"),
    [
        ("2026-01-31", "days", 30, "2026-03-02"),
        ("2026-01-31", "days", 0, "2026-01-31"),
        ("2026-01-31", "month", 0, "2026-02-28"),
        ("2027-12-01", "month", 0, "2028-01-31"),
        ("2028-01-15", "month", 0, "2028-02-29"),
        ("2026-01-01", "quarter", 0, "2026-06-30"),
        ("2026-03-31", "quarter", 0, "2026-06-30"),
        ("2026-04-01", "quarter", 0, "2026-09-30"),
        ("2026-12-31", "quarter", 0, "2027-03-31"),
    ],
)
def test_when_money_is_due(since, after, days, due):
    day = datetime.date.fromisoformat
    assert due_dates.due_on(day(since), after, days) == day(due)


def test_an_unknown_way_of_counting_is_refused():
    with pytest.raises(ValueError, match="year"):
        due_dates.due_on(datetime.date(2026, 1, 1), "year")
