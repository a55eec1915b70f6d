"""Figures entered by hand: two persons, one live figure, and what counts when."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import indicators
from core.errors import NotPermitted, OutOfScope, Refused
from core.indicators import compute
from core.models import AuditEvent, ManualFigure
from core.periods import Period
from core.services import figures
from tests.factories.city import spell

YEAR = Period.year(2021)


def enter(world, value=100, code="city.base", period=YEAR, at=None, by=None):
    return figures.enter_manual_figure(
        code,
        organisation=at or world.city,
        period=period,
        value=value,
        source="市邮政管理局函",
        by=by or world.user("clerk"),
    )


def told(code, organisation, period=YEAR, **kwargs):
    return {
        f.key: (f.value, f.rows, f.note)
        for f in compute([code], organisation=organisation, period=period, **kwargs)
    }


def test_a_figure_counts_once_another_person_has_signed_it_off(world):
    assert told("city.base", world.city) == {None: (None, 0, "尚未填报")}
    spell(world.own)
    figure = enter(world, 50)
    assert told("city.base", world.city) == {None: (None, 0, "人工填报数尚未签发，未计入")}
    assert told("city.rate", world.city) == {None: (None, 1, "人工填报数尚未签发，未计入")}
    head = world.user("head")
    figures.sign_off(figure, by=head)
    assert told("city.base", world.city) == {None: (50, 1, "")}
    assert told("city.rate", world.city) == {None: (Decimal(2), 2, "")}
    behind = indicators.rows("city.base", organisation=world.city, period=YEAR)
    assert list(behind) == [figure]
    trail = AuditEvent.objects.filter(action__startswith="core.manualfigure").order_by("id")
    assert [(event.action, event.actor_id) for event in trail] == [
        ("core.manualfigure.add", figure.entered_by_id), ("core.manualfigure.sign_off", head.pk),
    ]  # fmt: skip
    with pytest.raises(Refused):
        figures.sign_off(figure, by=head)


def test_nobody_signs_off_what_he_entered(world):
    head = world.user("head")
    figure = enter(world, by=head)
    with pytest.raises(Refused) as refusal:
        figures.sign_off(figure, by=head)
    assert refusal.value.code == "four_eyes"
    with pytest.raises(IntegrityError), transaction.atomic():
        ManualFigure.objects.update(signed_off_by=head, signed_off_at=timezone.now())
    with pytest.raises(NotPermitted):
        figures.sign_off(figure, by=world.user("clerk"))
    with pytest.raises(OutOfScope):
        figures.sign_off(figure, by=world.user("head", world.district))
    with pytest.raises(OutOfScope):
        enter(world, code="city.readers", by=world.user("clerk", world.district))


def test_one_live_figure_an_organisation_and_period(world):
    figure = enter(world, 50)
    with pytest.raises(ValidationError):
        enter(world, 60)
    head = world.user("head")
    figures.sign_off(figure, by=head)
    with pytest.raises(NotPermitted):
        figures.withdraw(figure, reason="来函更正", by=world.user("clerk"))
    figures.withdraw(figure, reason="来函更正", by=head)
    assert told("city.base", world.city)[None][0] is None
    figures.sign_off(enter(world, 60), by=head)
    assert told("city.base", world.city)[None][0] == 60


def test_a_stock_holds_until_a_later_one_and_a_flow_only_in_its_period(world):
    head = world.user("head")
    for value, period in [(50, YEAR), (70, Period.as_of(datetime.date(2022, 6, 30)))]:
        figures.sign_off(enter(world, value, period=period), by=head)
        figures.sign_off(enter(world, value, "city.readers", period), by=head)
    for year, base, readers in [(2020, None, None), (2021, 50, 50), (2022, 70, None)]:
        assert told("city.base", world.city, Period.year(year))[None][0] == base
        assert told("city.readers", world.city, Period.year(year))[None][0] == readers
        behind = indicators.rows("city.base", organisation=world.city, period=Period.year(year))
        assert [row.value for row in behind] == [base] * (base is not None)
    assert told("city.base", world.city, Period.month(2022, 3))[None][0] == 50
    enter(world, 90, period=Period.year(2023))
    assert told("city.base", world.city, Period.year(2023))[None] == (
        70, 1, "人工填报数尚未签发，未计入",
    )  # fmt: skip


def test_children_and_months_have_figures_of_their_own(world):
    head = world.user("head")
    figures.sign_off(enter(world, 30, at=world.district), by=head)
    assert told("city.base", world.city, by="child") == {
        "district": (30, 1, ""),
        "other_district": (None, 0, "尚未填报"),
        "city": (None, 0, "尚未填报"),
    }
    figures.sign_off(enter(world, 5, "city.readers", Period.month(2021, 2)), by=head)
    months = told("city.readers", world.city, Period.quarter(2021, 1), by="month")
    assert [value for value, *_ in months.values()] == [None, 5, None]
    assert told("city.base", world.city, by="month")["2021-12"] == (None, 0, "尚未填报")
    joined = compute(["city.joined", "city.base"], organisation=world.city, period=YEAR, by="group")
    assert {f.value for f in joined if f.code == "city.base"} == {None}
    with pytest.raises(Refused):
        told("city.base", world.city, by="group")


def test_what_is_entered_must_be_a_whole_number_of_a_manual_indicator(world):
    for code, value in [("city.base", Decimal("1.5")), ("city.joined", 1), ("city.nothing", 1)]:
        with pytest.raises(Refused):
            enter(world, value, code)
