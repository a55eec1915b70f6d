"""The identities of all parts of a split at once are those of each part by itself."""

import pytest

from core import indicators
from core.errors import Refused
from core.periods import Period
from tests.factories.city import populate

YEAR = Period.year(2021)


@pytest.mark.parametrize("by", ["child", "month", "group", "sex"])
def test_all_parts_at_once(world, by):
    populate(world)
    code = "city.joined"
    at = {"organisation": world.city, "period": YEAR, "by": by}
    figures = indicators.compute([code], **at)
    keys = [figure.key for figure in figures]
    together = indicators.identities_of_parts(code, keys=keys, **at)
    each = {key: indicators.identities(code, key=key, **at) for key in keys}
    assert together == each
    assert {figure.key: figure.rows for figure in figures} == {
        key: found["count"] for key, found in together.items()
    }
    assert sum(found["count"] for found in together.values()) > 0


def test_only_counted_figures_have_rows(world):
    with pytest.raises(Refused, match="不由明细行统计"):
        indicators.identities_of_parts(
            "city.base", organisation=world.city, period=YEAR, by="child", keys=["district"]
        )
