"""The size of enterprises by 工信部联企业〔2011〕300号, at both sides of every boundary."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.services import records
from funds.models import SizeReturn
from funds.rules import sizes
from tests.factories import members

CENT = Decimal("0.01")
BOUNDARIES = [
    (trade, measure, rank)
    for trade, standard in sizes.TRADES.items()
    for measure in standard.measures
    for rank in range(len(sizes.CLASSES))
]


def figures(trade, rank):
    """Exactly what the standard asks of the class of that rank."""
    standard = sizes.TRADES[trade]
    return {
        name: getattr(standard, name)[rank] * sizes.MEASURES[name] for name in standard.measures
    }


@pytest.mark.parametrize(("trade", "measure", "rank"), BOUNDARIES)
def test_the_figure_itself_belongs_to_the_class_and_a_little_less_does_not(trade, measure, rank):
    exact = figures(trade, rank)
    assert sizes.size(trade, exact) == sizes.CLASSES[rank]
    less = exact | {measure: exact[measure] - (1 if measure == "employees" else CENT)}
    below = [*sizes.CLASSES, sizes.SMALLEST][rank + 1]
    assert sizes.size(trade, less) == below


@pytest.mark.parametrize(
    ("trade", "employees", "revenue", "assets", "size"),
    [
        ("industry", 300, 2_000, None, "medium"),
        ("industry", 299, 2_000, None, "small"),
        ("industry", 5_000, 299, None, "micro"),
        ("industry", 1_000, 40_000, None, "large"),
        ("construction", 3, 6_000, 5_000, "medium"),
        ("construction", 3, 300, 299, "micro"),
        ("wholesale", 20, 5_000, None, "medium"),
        ("wholesale", 5, 1_000, None, "small"),
        ("retail", 50, 500, None, "medium"),
        ("transport", 20, 200, None, "small"),
        ("storage", 100, 1_000, None, "medium"),
        ("post", 300, 2_000, None, "medium"),
        ("lodging", 10, 100, None, "small"),
        ("catering", 9, 100, None, "micro"),
        ("telecoms", 1_999, 100_000, None, "medium"),
        ("software", 10, 50, None, "small"),
        ("real_estate", 9, 100, 2_000, "small"),
        ("real_estate", 9, 200_000, 9_999, "medium"),
        ("property", 100, 500, None, "small"),
        ("leasing", 100, None, 8_000, "medium"),
        ("agriculture", 2, 49, None, "micro"),
        ("agriculture", 2, 20_000, None, "large"),
        ("other", 9, None, None, "micro"),
        ("other", 10, None, None, "small"),
    ],
)
def test_cases_of_the_standard(trade, employees, revenue, assets, size):
    wan = {name: value and value * sizes.WAN for name, value in [("revenue", revenue)]}
    measures = wan | {"assets": assets and assets * sizes.WAN, "employees": employees}
    assert sizes.size(trade, measures) == size


def test_every_trade_of_the_standard_is_there():
    assert len(sizes.TRADES) == 16
    for standard in sizes.TRADES.values():
        for name in standard.measures:
            assert list(getattr(standard, name)) == sorted(getattr(standard, name), reverse=True)


def test_a_return_is_sized_when_it_is_saved(world):
    firm = members.employer(world.own)
    maker = world.user("finance_maker")
    made = records.save(
        SizeReturn(
            organisation=world.own,
            employer=firm,
            year=2021,
            trade="industry",
            employees=320,
            revenue=Decimal("19999999.99"),
        ),
        by=maker,
    )
    assert made.size == "small"
    made.revenue = Decimal("20000000.00")
    assert records.save(made, by=maker).size == "medium"


def test_a_return_says_which_figure_it_lacks(world):
    row = SizeReturn(
        organisation=world.own,
        employer=members.employer(world.own),
        year=2021,
        trade="construction",
        employees=320,
        revenue=Decimal("1.00"),
    )
    with pytest.raises(ValidationError) as error:
        row.full_clean()
    assert error.value.message_dict == {"assets": ["建筑业按资产总额划型，请填写资产总额。"]}
