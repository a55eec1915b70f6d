"""Figures: values, their rows, their parts, and what is refused."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import indicators
from core.errors import NotPermitted, OutOfScope, Refused
from core.indicators import compute, rows, value_of
from core.indicators.counting import condition
from core.indicators.slices import Slice
from core.models import AuditEvent, IndicatorDefinition, Organisation
from core.periods import Period
from core.services import figures, organisations
from tests.city.datasets import SPELLS
from tests.city.models import Human, Tag
from tests.factories.city import spell

YEAR = Period.year(2021)
CODES = sorted(code for code in indicators.shipped if code.startswith("city."))
SPLITS = [None, "child", "month", "group", "sex", "age_band", "tag", "is_new"]


@pytest.mark.parametrize("by", SPLITS)
def test_a_value_is_the_aggregate_of_the_rows_it_opens(world, by):
    human = Human.objects.create(sex="F")
    human.tags.add(*(Tag.objects.create(name=name) for name in "甲乙"))
    for code in ("own", "foreign", "city", "district"):
        spell(
            world.organisation(code),
            human,
            group="courier",
            age=40,
            amount=Decimal("0.29"),
            headcount=3,
        )
    known = {
        code: each
        for code, each in indicators.catalogue().items()
        if isinstance(each, indicators.Indicator) and each.dataset == "city.spells"
    }
    for top in (world.city, world.district):
        figures = compute(known, organisation=top, period=YEAR, by=by)
        assert sum(figure.rows for figure in figures)
        for figure in figures:
            behind = rows(figure.code, organisation=top, period=YEAR, by=by, key=figure.key)
            assert value_of(known[figure.code], behind) == figure.value
            assert behind.count() == figure.rows


def value(code, organisation, period=YEAR, key=None, **kwargs):
    """The value of one figure."""
    found = compute([code], organisation=organisation, period=period, **kwargs)
    return next(figure.value for figure in found if figure.key == key)


def test_a_union_that_moved_stays_in_the_old_figures(world):
    spell(world.own, since="2021-03-31")
    spell(world.own, since="2021-07-01")
    organisations.move(
        world.town, parent=world.other_district, on=datetime.date(2021, 7, 1), by=world.builder
    )
    for row in (world.district, world.other_district, world.town):
        row.refresh_from_db()
    assert value("city.joined", world.district) == 1
    assert value("city.joined", world.other_district) == 1
    assert value("city.joined", world.town) == 2
    assert value("city.joined", world.district, Period.quarter(2021, 3)) == 0
    assert value("city.standing", world.district, Period.quarter(2021, 1)) == 1
    assert value("city.standing", world.district) == 0
    assert value("city.standing", world.other_district) == 2
    parts = compute(["city.joined"], organisation=world.city, period=YEAR, by="child")
    assert {figure.key: figure.value for figure in parts} == {
        "district": 1, "other_district": 1, "city": 0,
    }  # fmt: skip
    own = {
        f.key: f.value
        for f in compute(["city.joined"], organisation=world.district, period=YEAR, by="child")
    }
    assert own == {"town": 1, "other_town": 0, "district": 0}


def test_foreign_rows_and_days_outside_change_nothing(world):
    spell(world.own, since="2021-01-01", amount=Decimal("10.10"))
    before = compute(CODES, organisation=world.district, period=YEAR)
    spell(world.foreign, since="2021-05-01", amount=1, age=50, group="courier")
    spell(world.city, since="2021-05-01", amount=1, age=50, group="courier")
    spell(world.own, since="2022-01-01", amount=1, age=50, group="courier")
    assert compute(CODES, organisation=world.district, period=YEAR) == before


def test_the_last_day_counts_and_the_day_of_leaving_does_not(world):
    spell(world.own, since="2021-12-31")
    spell(world.own, since="2021-01-01", until="2022-01-01")
    spell(world.own, since="2020-01-01", until="2021-12-31")
    assert value("city.joined", world.own) == 2
    assert value("city.left", world.own) == 1
    assert value("city.standing", world.own) == 2
    assert value("city.net", world.own) == 1
    assert value("city.turnover", world.own) == 3


def test_one_person_with_two_unions_is_one_person(world):
    human = Human.objects.create(sex="M")
    spell(world.own, human)
    spell(world.sibling, human)
    spell(world.foreign, human)
    assert value("city.people", world.city) == 1
    assert value("city.standing", world.city) == 3
    parts = compute(["city.people"], organisation=world.city, period=YEAR, by="child")
    assert [figure.value for figure in parts] == [1, 1, 0]
    assert not indicators.is_additive(indicators.shipped["city.people"], indicators.shipped)


def test_money_is_exact_to_the_cent(world):
    for _ in range(10):
        spell(world.own, amount=Decimal("0.10"))
    spell(world.own, amount=Decimal("9999999999.99"))
    spell(world.own, amount=Decimal("-0.29"))
    figure = compute(["city.amount"], organisation=world.city, period=YEAR)[0]
    assert figure.value == Decimal("10000000000.70")
    assert isinstance(figure.value, Decimal)


def test_what_one_has_too_much_hides_nothing_of_what_another_lacks(world):
    for amount in ("100.00", "-30.10"):
        spell(world.own, amount=Decimal(amount))
    spell(world.sibling, amount=Decimal("-50.00"))
    codes = ["city.owed", "city.over", "city.amount"]
    figures = compute(codes, organisation=world.city, period=YEAR)
    assert [str(figure.value) for figure in figures] == ["69.90", "50.00", "19.90"]
    assert [figure.rows for figure in figures] == [3, 3, 3]


def test_a_ratio_is_cut_and_unknown_over_nothing(world):
    assert value("city.courier_share", world.city) is None
    for group in ("courier", "courier", "other"):
        spell(world.own, group=group)
    assert value("city.courier_share", world.city) == Decimal("66.666666")
    figure = compute(["city.courier_share"], organisation=world.city, period=YEAR)[0]
    assert (figure.unit, figure.rows) == ("%", 5)


def test_growth_is_over_the_same_days_of_the_year_before(world):
    assert value("city.joined_growth", world.city) is None
    for since in ("2020-02-29", "2020-11-01", "2021-02-28", "2021-02-01", "2021-03-01"):
        spell(world.own, since=since)
    assert value("city.joined_growth", world.city) == 50
    assert value("city.joined_more", world.city) == 1
    assert value("city.joined_growth", world.city, Period.month(2021, 2)) == 100
    months = {"by": "month", "key": "2021-02"}
    assert value("city.joined_growth", world.city, **months) == 100
    opened = indicators.opens("city.joined_growth", period=YEAR, **months)
    assert [(part.code, when.key, key) for part, when, key in opened] == [
        ("city.joined", "2021", "2021-02"), ("city.joined", "2020", "2020-02"),
    ]  # fmt: skip
    with pytest.raises(Refused):
        rows("city.joined_growth", organisation=world.city, period=YEAR)


def test_empty_parts_are_told_as_nothing(world):
    spell(world.own, group="driver")
    groups = compute(["city.joined"], organisation=world.city, period=YEAR, by="group")
    assert [(f.key, f.key_label, f.value) for f in groups] == [
        ("courier", "快递员", 0), ("driver", "司机", 1), ("other", "其他", 0),
    ]  # fmt: skip
    spell(world.own)
    groups = compute(["city.joined"], organisation=world.city, period=YEAR, by="group")
    assert (groups[-1].key, groups[-1].key_label, groups[-1].value) == ("", "未填写", 1)
    months = compute(["city.joined"], organisation=world.other_district, period=YEAR, by="month")
    assert [f.value for f in months] == [0] * 12
    assert (months[1].key, months[1].key_label) == ("2021-02", "2021年2月")
    assert months[1].period == Period.month(2021, 2)


def test_the_own_level_is_a_part_of_its_own(world):
    spell(world.district)
    spell(world.child)
    parts = compute(["city.joined"], organisation=world.district, period=YEAR, by="child")
    assert [(f.key, f.key_label, f.value) for f in parts] == [
        ("town", "东湖区新街道总工会", 1),
        ("other_town", "东湖区老街道总工会", 0),
        ("district", "本级", 1),
    ]


@pytest.mark.parametrize("by", [None, "child", "group", "month"])
def test_the_number_of_queries_is_that_of_datasets_and_dates(world, by):
    flows = ["city.joined", "city.amount", "city.people_joined"]

    def queries(codes):
        with CaptureQueriesContext(connection) as caught:
            compute(codes, organisation=world.district, period=YEAR, by=by)
        return len(caught)

    few = queries(flows)
    more = [*flows, "city.women_amount", "city.person_times", "city.tagged", "city.drivers_joined"]
    for _ in range(5):
        spell(world.own)
    assert queries(more) == few <= 7


REFUSED = {
    "no such dimension": {"filters": {"organisation": 1}},
    "a path": {"filters": {"human__sex": "F"}},
    "a lookup beyond the list": {"filters": {"group__startswith": "c"}},
    "two lookups": {"filters": {"age__gte__lte": 3}},
    "no choice": {"filters": {"group": "pilot"}},
    "no number": {"filters": {"age__gte": "40"}},
    "a yes where a number stands": {"filters": {"age": True}},
    "a number where a yes stands": {"filters": {"is_new": 1}},
    "a sealed value": {"filters": {"number": "330106199001011234"}},
    "a range of sealed values": {"filters": {"number__gte": "33"}},
    "nothing to choose from": {"filters": {"group": []}},
    "a text as a list": {"filters": {"group__in": "courier"}},
    "a nested object": {"filters": {"group": {"x": 1}}},
    "an unhashable choice": {"filters": {"age_band": [["young"]]}},
    "not null of something": {"filters": {"age__isnull": 1}},
    "filters as a list": {"filters": ["group"]},
    "no such measure": {"measure": "age"},
    "a measure that is no name": {"measure": ["rows"]},
    "no such date": {"date": "birthday"},
    "no such dataset": {"dataset": "core.user"},
    "a dataset that is no name": {"dataset": {}},
    "an unknown item": {"sql": "1"},
    "an unknown kind": {"kind": "query"},
    "mixed units in a sum": {"kind": "sum", "terms": ["city.joined", "city.people"]},
    "mixed units in a difference": {
        "kind": "difference", "minuend": "city.amount", "subtrahend": "city.person_times",
    },
    "persons over cases": {
        "kind": "ratio", "numerator": "city.people", "denominator": "city.joined",
    },
    "one term": {"kind": "sum", "terms": ["city.joined"]},
    "a text as terms": {"kind": "sum", "terms": "city.joined"},
    "a number as terms": {"kind": "sum", "terms": 7},
    "an unknown term": {"kind": "sum", "terms": ["city.joined", "city.nothing"]},
    "a term that is no code": {"kind": "sum", "terms": ["city.joined", {}]},
    "itself": {"kind": "sum", "terms": ["city.joined", "own.test"]},
    "a unit that is none": {"kind": "manual", "unit": "只"},
    "a unit that is no text": {"kind": "manual", "unit": {}},
}  # fmt: skip
GOOD = {"dataset": "city.spells", "measure": "rows", "date": "joined", "filters": {}}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_declared_is_refused_with_a_sentence(name):
    change = REFUSED[name]
    definition = change if "kind" in change else GOOD | change
    with pytest.raises(indicators.InvalidDefinition) as refusal:
        indicators.check(
            indicators.build("own.test", "自定义", "测试", definition), indicators.shipped
        )
    assert str(refusal.value).endswith("。")


def test_staff_are_told_why_a_definition_is_refused(world):
    row = IndicatorDefinition(
        code="own.test",
        label="自定义",
        source="测试",
        definition=GOOD | {"filters": {"human__sex": "F"}},
        organisation=world.city,
    )
    with pytest.raises(ValidationError) as refusal:
        figures.define_indicator(row, by=world.user("head", world.city))
    assert refusal.value.message_dict["__all__"] == ["数据集“测试关系”没有维度“human”。"]


def test_a_sealed_value_is_told_by_its_presence_only(world):
    spell(world.own, number="330106199001011234")
    spell(world.own)
    there = indicators.build(
        "own.numbered", "实名", "测试", GOOD | {"filters": {"number__isnull": False}}
    )
    indicators.check(there, indicators.shipped)
    part = Slice(SPELLS, "joined", YEAR, world.city)
    assert value_of(there, part.whole().filter(condition(there))) == 1
    with pytest.raises(Refused):
        compute(["city.joined"], organisation=world.city, period=YEAR, by="number")


@pytest.mark.parametrize("definition", [None, [], 3, "x", {}, {"kind": None}, {"kind": []}])
def test_a_definition_that_is_none_is_refused(definition):
    with pytest.raises(indicators.InvalidDefinition):
        indicators.build("own.test", "自定义", "测试", definition)


def test_staff_define_what_the_house_ships(world):
    definition = GOOD | {"filters": {"group": ["courier", "driver"], "age__gte": 40}}
    row = IndicatorDefinition(
        code="own.grown_riders",
        label="四十岁以上骑手",
        source="2021年工作要点",
        definition=definition,
        organisation=world.city,
    )
    figures.define_indicator(row, by=world.user("head"))
    spell(world.own, group="driver", age=40)
    spell(world.own, group="driver", age=39)
    spell(world.own, group="other", age=41)
    assert value("own.grown_riders", world.city) == 1
    assert AuditEvent.objects.filter(action="core.indicatordefinition.add").count() == 1
    taken = IndicatorDefinition(
        code="city.joined", label="x", source="x", definition=GOOD, organisation=world.city
    )
    with pytest.raises(ValidationError):
        figures.define_indicator(taken, by=world.user("head"))
    with pytest.raises(NotPermitted):
        figures.define_indicator(row, by=world.user("clerk"))


def test_a_change_that_would_break_another_definition_is_refused(world):
    head = world.user("head")

    def define(code, definition, row=None):
        row = row or IndicatorDefinition(
            code=code, label=code, source="测试", organisation=world.city
        )
        row.definition = definition
        return figures.define_indicator(row, by=head)

    first = define("own.first", GOOD)
    define("own.second", {"kind": "sum", "terms": ["own.first", "city.joined"]})
    with pytest.raises(ValidationError):
        define("own.first", GOOD | {"measure": "amount"}, first)
    with pytest.raises(ValidationError):
        define("own.first", {"kind": "sum", "terms": ["own.second", "city.joined"]}, first)


@pytest.mark.parametrize(
    "measure",
    [
        indicators.Measure("人数", indicators.Unit.PERSON, total="headcount"),
        indicators.Measure("户数", indicators.Unit.HOUSEHOLD, total="headcount"),
        indicators.Measure("金额", indicators.Unit.YUAN, total="headcount"),
        indicators.Measure("金额", indicators.Unit.PERSON_TIME, total="amount"),
        indicators.Measure("人次", indicators.Unit.PERSON_TIME, distinct="human"),
        indicators.Measure("标签", indicators.Unit.ITEM, distinct="human__tags"),
        indicators.Measure("金额", indicators.Unit.YUAN),
        indicators.Measure("日期", indicators.Unit.ITEM, total="since"),
        indicators.Measure("无", indicators.Unit.ITEM, total="nothing"),
        indicators.Measure("轧差", indicators.Unit.CASE, only="above"),
    ],
)
def test_a_measure_that_lies_about_its_unit_is_refused(measure):
    with pytest.raises(indicators.InvalidDefinition):
        replace(SPELLS, code="city.other", measures={"m": measure})


def test_a_code_stands_once():
    with pytest.raises(indicators.InvalidDefinition):
        indicators.register(SPELLS)
    with pytest.raises(indicators.InvalidDefinition):
        indicators.register(indicators.shipped["city.joined"])


def test_figures_are_asked_for_by_right(world):
    clerk = world.user("clerk", world.district)
    assert compute(["city.joined"], organisation=world.own, period=YEAR, user=clerk)
    with pytest.raises(OutOfScope):
        compute(["city.joined"], organisation=world.foreign, period=YEAR, user=clerk)
    admin = world.user("system_admin")
    with pytest.raises(NotPermitted):
        compute(["city.joined"], organisation=world.city, period=YEAR, user=admin)
    spell(world.own)
    spell(world.foreign)
    behind = rows("city.joined", organisation=world.city, period=YEAR)
    assert behind.visible_to(clerk, "core.view_organisation").count() == 1


def test_identities_find_where_rows_differ(world, monkeypatch):
    spell(world.own, since="2021-03-01")
    spell(world.district, since="2021-03-02")
    spell(world.own, since="2021-04-01")
    where = {"organisation": world.district, "period": YEAR}
    exact = indicators.identities("city.joined", **where)
    assert exact["ids"] == sorted(exact["ids"])
    assert exact["count"] == 3
    monkeypatch.setattr("core.indicators.digests.EXACT_IDS", 2)
    coarse = indicators.identities("city.joined", **where)
    assert coarse["count"] == exact["count"]
    assert coarse["parts"][1]["digest"] == indicators.digest(exact["ids"][:1])
    assert [(part["child"], part["date"], part["count"]) for part in coarse["parts"]] == [
        ("district", "2021-03", 1), ("town", "2021-03", 1), ("town", "2021-04", 1),
    ]  # fmt: skip
    spell(world.own, since="2021-04-02")
    after = indicators.identities("city.joined", **where)
    drifted = [
        (now["child"], now["date"])
        for then, now in zip(coarse["parts"], after["parts"], strict=True)
        if then != now
    ]
    assert drifted == [("town", "2021-04")]
    stock = indicators.identities("city.standing", **where)
    assert [part["date"] for part in stock["parts"]] == ["2021", "2021"]


def test_an_organisation_itself_is_counted_where_it_stood(world):
    dataset = indicators.Dataset(
        code="city.organisations",
        label="工会组织",
        model=Organisation,
        organisation="",
        dates={"standing": indicators.Stock("在册", "established_on", "closed_on")},
        measures={"rows": indicators.Measure("工会数", indicators.Unit.ORGANISATION)},
    )
    counted = indicators.Indicator(
        "city.unions", "工会数", dataset=dataset.code, measure="rows", date="standing", source="x"
    )
    part = Slice(dataset, "standing", Period.as_of(datetime.date(2021, 6, 30)), world.district)
    assert part.whole().count() == 6
    organisations.move(
        world.town, parent=world.other_district, on=datetime.date(2021, 7, 1), by=world.builder
    )
    assert part.whole().count() == 6
    later = Slice(dataset, "standing", YEAR, world.district)
    assert set(later.whole().values_list("code", flat=True)) == {"district", "other_town"}
    assert later.own().get() == world.district
    assert {row.code: row.part for row in later.children()} == {"other_town": world.other_town.pk}
    assert counted.as_json()["kind"] == "rows"
