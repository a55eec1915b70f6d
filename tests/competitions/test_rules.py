"""Eligibility and size: pure arithmetic at its edges."""

import datetime

import pytest

from competitions.rules import eligibility, sizes

DAY = datetime.date(2026, 6, 1)


def born(years, days=0):
    return DAY.replace(year=DAY.year - years) + datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("birth", "years"),
    [(born(18), 18), (born(18, 1), 17), (born(45), 45), (born(46, 1), 45), (born(46), 46)],
)
def test_age_is_that_of_the_day_of_the_stage(birth, years):
    assert eligibility.age(birth, DAY) == years


def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march():
    birth = datetime.date(2004, 2, 29)
    assert eligibility.age(birth, datetime.date(2022, 2, 28)) == 17
    assert eligibility.age(birth, datetime.date(2022, 3, 1)) == 18


def test_limits_include_both_ends():
    limits = {"least": 18, "most": 45}
    assert eligibility.outside_age(born(18), DAY, **limits) == ""
    assert eligibility.outside_age(born(46, 1), DAY, **limits) == ""
    assert "低于年龄下限 18 周岁" in eligibility.outside_age(born(18, 1), DAY, **limits)
    assert "超过年龄上限 45 周岁" in eligibility.outside_age(born(46), DAY, **limits)
    assert eligibility.outside_age(born(80), DAY, least=None, most=None) == ""


def test_years_in_the_trade():
    assert eligibility.too_few_years(3, least=3) == ""
    assert "不满" in eligibility.too_few_years(2, least=3)
    assert "请填写" in eligibility.too_few_years(None, least=3)
    assert eligibility.too_few_years(None, least=None) == ""
    assert eligibility.longer_than_life(4, born(20), DAY) == ""
    assert "请核对" in eligibility.longer_than_life(5, born(20), DAY)


def test_places_of_a_unit_and_size_of_a_team():
    assert eligibility.over_limit(1, most=2, unit="甲厂", noun="人") == ""
    assert "“甲厂”已报 2 人" in eligibility.over_limit(2, most=2, unit="甲厂", noun="人")
    assert eligibility.over_limit(99, most=None, unit="甲厂", noun="人") == ""
    assert eligibility.wrong_size(3, size=3) == ""
    assert "每队 3 人" in eligibility.wrong_size(2, size=3)


def test_a_final_is_as_large_as_its_rule_asks():
    asked = {"units": 4, "entries": 30, "percent": None, "noun": "人"}
    assert sizes.shortfalls(sizes.Size(4, 30), **asked) == []
    assert len(sizes.shortfalls(sizes.Size(3, 29), **asked)) == 2


def test_a_share_is_known_only_where_workers_are():
    asked = {"units": None, "entries": None, "percent": 60, "noun": "人"}
    assert sizes.shortfalls(sizes.Size(1, 0, 60, 100), **asked) == []
    assert "59.0%" in sizes.shortfalls(sizes.Size(1, 0, 59, 100), **asked)[0]
    assert "尚未填报" in sizes.shortfalls(sizes.Size(1, 0, 59, 0), **asked)[0]
    assert sizes.share(sizes.Size(1, 0, 300, 100)) == 100
