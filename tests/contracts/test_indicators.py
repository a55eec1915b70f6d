"""What holds for every dataset and indicator of every app, declared once.

The rows come from `populate(world)` in `tests/factories/<app>.py`: an app that declares a dataset
gives there a few rows of 2021, at several levels of the city, that its indicators count.
"""

from importlib import import_module

import pytest

from core import indicators
from core.indicators import compute, rows, value_of
from core.periods import Period

YEAR = Period.year(2021)
CODES = sorted(indicators.shipped)
ROW_CODES = [code for code in CODES if isinstance(indicators.shipped[code], indicators.Indicator)]


@pytest.fixture
def populated(world):
    for app in {each.model._meta.app_label for each in indicators.datasets.values()} - {"core"}:
        import_module(f"tests.factories.{app}").populate(world)
    return world


def figures(organisation, codes=CODES, period=YEAR, by=None):
    found = {code: {} for code in codes}
    for figure in compute(codes, organisation=organisation, period=period, by=by):
        found[figure.code][figure.key] = figure
    return found


def with_trait(*tests):
    """The codes of which every test holds."""
    known = indicators.shipped
    return [code for code in CODES if all(test(known[code], known) for test in tests)]


def test_an_empty_organisation_has_nothing(world):
    """Of the rows that tell something else than organisations: those stand in every city."""
    for code, parts in figures(world.child).items():
        definition = indicators.shipped[code]
        leaves = {
            leaf.dataset
            for leaf, *_ in indicators.opens(code, period=YEAR)
            if isinstance(leaf, indicators.Indicator)
        }
        if any(indicators.datasets[leaf].organisation == "" for leaf in leaves):
            continue
        assert not parts[None].value, (code, definition, parts[None].value)
        assert parts[None].rows == 0


def test_every_indicator_says_what_it_is():
    for code in CODES:
        definition = indicators.shipped[code]
        assert definition.label
        assert definition.source, code
        assert indicators.unit_of(definition, indicators.shipped) in set(indicators.Unit)


def test_every_dataset_has_rows_here(populated):
    for dataset in indicators.datasets.values():
        assert dataset.base().exists(), f"populate() makes no row of {dataset.code}"


def test_a_value_is_the_aggregate_of_its_rows(populated):
    counted = 0
    for top in (populated.city, populated.district, populated.own):
        for code, parts in figures(top, ROW_CODES).items():
            behind = rows(code, organisation=top, period=YEAR)
            assert value_of(indicators.shipped[code], behind) == parts[None].value, code
            assert behind.count() == parts[None].rows, code
            counted += parts[None].rows
    assert counted or not ROW_CODES


def test_children_and_own_level_make_the_parent(populated):
    additive = with_trait(indicators.is_additive)
    for top in (populated.city, populated.district, populated.town, populated.own):
        whole, split = figures(top, additive), figures(top, additive, by="child")
        for code in additive:
            parts = sum(figure.value for figure in split[code].values())
            assert parts == whole[code][None].value, (code, top)


def test_months_and_quarters_make_the_year(populated):
    additive = with_trait(indicators.is_additive, indicators.is_flow)
    quarters = [
        figures(populated.city, additive, Period.quarter(2021, number)) for number in range(1, 5)
    ]
    whole = figures(populated.city, additive)
    months = figures(populated.city, additive, by="month")
    for code in additive:
        assert sum(part[code][None].value for part in quarters) == whole[code][None].value, code
        assert sum(part.value for part in months[code].values()) == whole[code][None].value, code


def test_a_stock_is_that_of_the_last_day(populated):
    stocks = [
        code
        for code in ROW_CODES
        if not indicators.is_flow(indicators.shipped[code], indicators.shipped)
    ]
    last_day = figures(populated.city, stocks, Period.as_of(YEAR.end))
    for code, parts in figures(populated.city, stocks).items():
        assert parts[None].value == last_day[code][None].value, code


def test_every_dimension_splits_and_opens(populated):
    for dataset in indicators.datasets.values():
        codes = [code for code in ROW_CODES if indicators.shipped[code].dataset == dataset.code]
        open_ones = [
            name for name, each in dataset.dimensions.items() if not each.is_sealed(dataset.model)
        ]
        for dimension in open_ones if codes else ():
            parts = figures(populated.city, codes, by=dimension)
            for code in codes:
                for key, figure in parts[code].items():
                    behind = rows(
                        code, organisation=populated.city, period=YEAR, by=dimension, key=key
                    )
                    assert behind.count() == figure.rows, (code, dimension, key)


def test_every_column_of_a_list_can_be_shown(populated):
    for dataset in indicators.datasets.values():
        for heading, column in dataset.columns:
            assert heading
            if callable(column):
                for row in dataset.base()[:3]:
                    str(column(row))
            else:
                list(dataset.base().values_list(column)[:3])
