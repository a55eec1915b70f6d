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


@pytest.mark.parametrize(
    ("code", "written"), [("city.joined", "%Y-%m"), ("city.drivers_joined", "%Y-%m"),
                          ("city.standing", "%Y")],
)  # fmt: skip
def test_the_digests_of_many_rows_are_those_of_their_ids(world, monkeypatch, code, written):
    populate(world)
    at = {"organisation": world.city, "period": YEAR}
    figures = indicators.compute([code], by="child", **at)
    monkeypatch.setattr("core.indicators.digests.EXACT_IDS", 0)
    whole = indicators.identities(code, **at)
    assert whole["count"] == sum(figure.rows for figure in figures) > 0
    for figure in figures:
        rows = indicators.rows(code, by="child", key=figure.key, **at).order_by("pk")
        by_hand = {}
        for pk, since in rows.values_list("pk", "since"):
            by_hand.setdefault(since.strftime(written), []).append(pk)
        part = indicators.of_child(whole, figure.key)
        assert part["parts"] == [
            {"child": figure.key, "date": date, "count": len(ids), "digest": indicators.digest(ids)}
            for date, ids in sorted(by_hand.items())
        ]
        if by_hand:
            assert indicators.identities(code, by="child", key=figure.key, **at) == part


def test_several_figures_are_digested_in_one_reading(world, monkeypatch):
    populate(world)
    at = {"organisation": world.city, "period": YEAR}
    codes = ["city.joined", "city.drivers_joined", "city.standing", "city.women_grown"]
    monkeypatch.setattr("core.indicators.digests.EXACT_IDS", 0)
    together = indicators.identities_of_wholes(codes, **at)
    assert together == {code: indicators.identities(code, **at) for code in codes}
    assert len({each["digest"] for each in together.values()}) > 1
