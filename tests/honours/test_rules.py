"""What a rule makes of what somebody earned, paid or holds."""

import datetime
from decimal import Decimal

import pytest

from honours.rules import allowances as rules
from honours.rules.intervals import due_before

LIVING = rules.Formula("living", average=Decimal(60_000), percent=Decimal(70), document="甲")
SPECIAL = rules.Formula("special", percent=Decimal(50), cap=Decimal(20_000), document="乙")


@pytest.mark.parametrize(
    ("income", "given"),
    [("41999.99", "0.01"), ("42000.00", "0.00"), ("42000.01", "0.00"), ("0", "42000.00")],
)
def test_an_income_is_topped_up_to_the_line_by_the_actual_difference(income, given):
    assert rules.amount(LIVING, rules.Facts(income=Decimal(income))) == Decimal(given)


@pytest.mark.parametrize(
    ("loss", "given"),
    [("0.01", "0.01"), ("3000.01", "1500.01"), ("40000.00", "20000.00"), ("40000.02", "20000.00")],
)
def test_a_loss_is_made_up_by_its_share_up_to_the_cap(loss, given):
    assert rules.amount(SPECIAL, rules.Facts(loss=Decimal(loss))) == Decimal(given)


def test_the_reckoning_is_told():
    told = "".join(rules.explained(SPECIAL, rules.Facts(loss=Decimal("50000.00"))))
    assert "50% 计 25,000.00 元" in told
    assert "上限 20,000 元" in told
    told = "".join(rules.explained(LIVING, rules.Facts(income=Decimal("40000.00"))))
    assert "差额 2,000.00 元" in told


def test_what_must_be_known_is_asked_for():
    assert rules.lacking(LIVING, rules.Facts()) == "请填写上年收入。"
    assert rules.lacking(SPECIAL, rules.Facts()) == "请填写自付费用或损失。"
    assert rules.lacking(LIVING, rules.Facts(income=Decimal(0))) == ""


@pytest.mark.parametrize(("years", "day"), [(1, "2021-01-01"), (2, "2020-01-01")])
def test_a_right_is_one_of_calendar_years(years, day):
    on = datetime.date(2021, 12, 31)
    assert due_before(years, on) == datetime.date.fromisoformat(day)
