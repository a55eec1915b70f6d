"""勾稽: what contradicts itself is told, what agrees is not."""

from hypothesis import given
from hypothesis import strategies as some

from core import indicators
from reports import crosschecks
from reports.crosschecks import AtMost, Balance, Parts

PART, WHOLE = "members.women", "members.total"
LABELS = {code: code for rule in crosschecks.RULES for code in rule.codes}
numbers = some.none() | some.integers(0, 10**7)


def told(values, before=None):
    return list(crosschecks.contradictions(values, before or {}, LABELS))


def test_the_rules_name_indicators_of_one_unit():
    known = indicators.shipped
    for rule in crosschecks.RULES:
        units = {indicators.unit_of(known[code], known) for code in rule.codes}
        assert len(units) == 1, rule


@given(numbers, numbers)
def test_a_part_never_exceeds_its_whole(part, whole):
    known = part is not None and whole is not None
    found = told({PART: part, WHOLE: whole})
    assert len(found) == (1 if known and part > whole else 0)
    if found:
        assert found == [f"“{PART}”{part} 大于“{WHOLE}”{whole}，请核对明细。"]


@given(numbers, some.none() | some.integers(-(10**6), 10**6), numbers)
def test_stock_and_flow_balance(then, grown, now):
    values = {"members.total": now, "members.net_growth": grown}
    found = told(values, {"members.total": then})
    wrong = None not in (then, grown, now) and then + grown != now
    assert len(found) == wrong
    if wrong:
        assert f"应为 {then + grown}，实为 {now}" in found[0]


@given(some.lists(numbers, max_size=9), some.integers(-3, 3))
def test_parts_make_the_whole(parts, error):
    whole = sum(part for part in parts if part is not None) + error
    found = list(crosschecks.unequal_parts("会员总数", whole, parts))
    assert len(found) == bool(error)


def test_tiers_are_all_households_on_file():
    stock, *tiers = (
        f"hardship.registered_{name}" for name in ["households", "deep", "relative", "accident"]
    )
    assert told({stock: 6, **dict(zip(tiers, [1, 2, 3], strict=True))}) == []
    assert told({stock: 6, **dict(zip(tiers[:2], [1, 2], strict=True))}) == []
    [found] = told({stock: 6, **dict(zip(tiers, [1, 2, 2], strict=True))})
    assert "分项之和 5 与总数 6 不符" in found
    assert crosschecks.wanted([stock])[0] >= set(tiers)


def test_what_is_not_known_is_not_asked():
    assert list(crosschecks.unequal_parts("会员总数", None, [1, 2])) == []
    assert told({}) == []


def test_the_rules_ask_for_what_they_need():
    now, before = crosschecks.wanted(["members.total", "members.women"])
    assert (now, before) == ({"members.net_growth"}, {"members.total"})
    assert crosschecks.wanted(["members.women"]) == ({"members.total"}, set())
    assert crosschecks.wanted([]) == (set(), set())
    assert {type(rule) for rule in crosschecks.RULES} == {AtMost, Parts, Balance}
