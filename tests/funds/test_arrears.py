"""应收未收: what employers owe by their wages, and have not paid."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from funds import arrears
from funds.models import SpecialPayer, WageDeclaration
from funds.rules import receipts
from members.services import unions
from tests.factories.collection import Counter, line
from tests.factories.members import employer
from tests.factories.splits import rule

D, day = Decimal, datetime.date


@pytest.fixture
def counter(world):
    for kind in ("dues", "preparation"):
        rule(world.city, kind=kind)
    return Counter(world)


def wages(firm, first, last, amount):
    return WageDeclaration.objects.create(
        organisation=firm.organisation,
        employer=firm,
        period_first=first,
        period_last=last,
        wages=D(amount),
    )


def paid(counter, firm, amount, wage_base=None, month=3):
    batch = counter.open()
    facts = {"period_first": day(2021, month, 1), "period_last": day(2021, month, 28)}
    made = line(batch, amount, credit_code=firm.credit_code, wage_base=wage_base, **facts)
    counter.record(batch, made)


def found(place, year=2021):
    return {each.employer.name: each for each in arrears.of_year(place, year)}


def test_two_per_cent_to_the_cent():
    assert receipts.owed(D("62500.00"), D(2)) == D("1250.00")
    assert receipts.owed(D("0.25"), D(2)) == D("0.01")
    assert receipts.owed(D("100.24"), D(2)) == D("2.00")


def test_declared_wages_go_before_those_of_receipts(world, counter):
    declared, stated = employer(world.town, "甲厂"), employer(world.town, "乙厂")
    unions.cover(declared, union=world.own, since=day(2020, 1, 1), by=world.user("clerk"))
    wages(declared, day(2021, 1, 1), day(2021, 12, 31), "100000.00")
    paid(counter, declared, "500.00", D("25000.00"))
    paid(counter, stated, "300.00", D("25000.00"))
    arrear = found(world.city)["甲厂"]
    assert (arrear.owed, arrear.received, arrear.missing) == (D(2000), D(500), D(1500))
    assert (arrear.wages, arrear.is_declared) == (D(100000), True)
    arrear = found(world.city)["乙厂"]
    assert (arrear.owed, arrear.received, arrear.missing) == (D(500), D(300), D(200))
    assert not arrear.is_declared


def test_who_paid_all_owes_nothing_and_a_refund_owes_again(world, counter):
    firm = employer(world.town, "甲厂")
    wages(firm, day(2021, 3, 1), day(2021, 3, 31), "25000.00")
    paid(counter, firm, "500.00")
    assert found(world.city) == {}
    paid(counter, firm, "-100.00")
    assert found(world.city)["甲厂"].missing == D(100)
    assert found(world.city, 2020) == {}
    assert found(world.other_district) == {}


def test_without_a_rule_nothing_is_reckoned_and_that_is_said(world, counter):
    firm = employer(world.town, "甲厂")
    SpecialPayer.objects.create(employer=firm, payer_class="railway", valid_from=day(2021, 1, 1))
    wages(firm, day(2021, 3, 1), day(2021, 3, 31), "25000.00")
    arrear = found(world.city)["甲厂"]
    assert (arrear.owed, arrear.unruled) == (0, D(25000))
    assert "没有适用的分成规则" in arrears.cells(arrear)[-1]


def test_the_list_is_a_page_and_a_file(world, counter, client):
    firm = employer(world.town, "=甲厂")
    wages(firm, day(2021, 3, 1), day(2021, 3, 31), "25000.00")
    client.force_login(counter.maker)
    data = {"organisation": world.city.pk, "year": "2021"}
    page = client.post(reverse("admin:funds_wagedeclaration_arrears"), data).content.decode()
    assert "1 家单位未缴足，合计未收 500.00 元" in page
    answer = client.post(reverse("admin:funds_wagedeclaration_export_arrears"), data)
    text = answer.content.decode("utf-8-sig")
    assert "'=甲厂" in text
    assert "500.00" in text
    client.force_login(counter.checker)
    assert (
        client.post(reverse("admin:funds_wagedeclaration_export_arrears"), data).status_code == 403
    )
