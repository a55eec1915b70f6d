"""Rebates through the doors of staff and of chairs."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core import workflow
from funds.models import Distribution, Rebate, RebateScheme
from funds.services import rebates
from tests.factories import rebates as made


@pytest.fixture
def pays(world):
    def record(employer, amount):
        return made.paid(employer, amount, by=world.builder, collector=world.city)

    return record


def text(response):
    return response.content.decode()


def test_the_chair_sees_the_amount_and_why_before_he_claims(client, world, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own, name="甲厂有限公司")
    stranger = made.firm(world.sibling, name="乙厂有限公司")
    pays(firm, "5000.00")
    client.force_login(world.user("chair", world.own))
    page = text(client.get(reverse("funds:rebate_new")))
    assert "甲厂有限公司" in page
    assert "乙厂有限公司" not in page
    given = {"employer": firm.pk, "scheme": scheme.pk, "year": "2024", "quarter": ""}
    shown = text(client.post(reverse("funds:rebate_new"), given))
    assert "确认申请返还 2,000.00 元" in shown
    assert "低于年缴费限额 10,000.00 元" in shown
    assert not Rebate.objects.exists()
    wrong = client.post(reverse("funds:rebate_new"), given | {"amount": "3000.00"})
    assert "确认申请返还 2,000.00 元" in text(wrong)
    assert not Rebate.objects.exists()
    done = client.post(reverse("funds:rebate_new"), given | {"amount": "2000.00"}, follow=True)
    assert "已申请返还 2,000.00 元" in text(done)
    assert Rebate.objects.get().organisation == world.own
    assert "甲厂有限公司" in text(client.get(reverse("funds:rebates")))
    refused = client.post(reverse("funds:rebate_new"), given | {"employer": stranger.pk})
    assert refused.status_code == 200
    assert Rebate.objects.count() == 1


def test_the_chair_is_told_why_nothing_is_given(client, world, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    pays(firm, "10000.00")
    client.force_login(world.user("chair", world.own))
    given = {"employer": firm.pk, "scheme": scheme.pk, "year": "2024", "quarter": ""}
    shown = text(client.post(reverse("funds:rebate_new"), given | {"amount": "0.00"}))
    assert "不低于年缴费限额 10,000.00 元" in shown
    assert "确认申请" not in shown
    assert not Rebate.objects.exists()


def test_the_chair_withdraws_the_claim(client, world, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    pays(firm, "5000.00")
    chair = world.user("chair", world.own)
    row = rebates.claim(scheme, firm, year=2024, by=chair)
    client.force_login(chair)
    client.post(reverse("funds:rebate_withdraw", args=[row.pk]), {"comment": "年度选错了"})
    assert Rebate.objects.get().state == "withdrawn"


def test_staff_list_check_and_approve_thousands_by_three_persons(client, world, pays):
    scheme = made.scheme(world.city)
    for union in (world.own, world.foreign):
        pays(made.firm(union), "5000.00")
    client.force_login(world.user("finance_maker"))
    asked = {"scheme": scheme.pk, "year": "2024", "quarter": "", "within": world.city.pk}
    listed = client.post(reverse("admin:funds_rebate_list_entitled"), asked, follow=True)
    assert "已列出 2 家单位、4,000.00 元" in text(listed)
    again = client.post(reverse("admin:funds_rebate_list_entitled"), asked, follow=True)
    assert "没有新的应返单位" in text(again)
    shown = {"count": "2", "total": "4000.00"}
    for role, act in [("finance_checker", "check_many"), ("finance_approver", "approve_many")]:
        client.force_login(world.user(role))
        url = reverse(f"admin:funds_rebate_{act}")
        changed = client.post(url, shown | {"count": "3"})
        assert "所选返还刚有变动" in text(changed)
        assert "已办理 2 件、4,000.00 元" in text(client.post(url, shown, follow=True))
    assert Distribution.objects.get(kind="rebate").dues.count() == 2


def test_the_page_of_a_rebate_says_why(client, world, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own), "5000.00")
    maker = world.user("finance_maker")
    (row,) = rebates.list_entitled(scheme, year=2024, by=maker)
    row = workflow.apply(row, "check", by=world.user("finance_checker"))
    client.force_login(world.user("finance_approver"))
    page = text(client.get(reverse("admin:funds_rebate_change", args=[row.pk])))
    assert scheme.document_number in page
    assert "低于年缴费限额 10,000.00 元" in page
    assert "审批通过" in page


def test_examples_are_loaded_once(client, world):
    client.force_login(world.user("finance_approver"))
    url = reverse("admin:funds_rebatescheme_load_examples")
    client.post(url)
    assert "重叠" in text(client.post(url))
    full, small = RebateScheme.objects.order_by("valid_from")
    assert (full.eligibility, full.threshold) == ("small_micro", None)
    assert (small.eligibility, small.threshold) == ("small_payer", Decimal("10000.00"))
    assert (
        set(full.base)
        == set(small.base)
        == {*("town", "district", "municipal", "provincial", "national")}
    )


def test_an_overlapping_scheme_is_refused_on_its_page(client, world):
    made.scheme(world.city)
    client.force_login(world.user("finance_approver"))
    page = client.post(
        reverse("admin:funds_rebatescheme_add"),
        {
            "organisation": world.district.pk,
            "name": "小额缴费返还",
            "document_number": "东工发〔2024〕1号",
            "valid_from": "2024-12-31",
            "eligibility": "small_payer",
            "threshold": "10000.00",
            "percent": "100",
            "base": ["municipal"],
            "cycle": "year",
            "due_days": "30",
        },
    )
    assert "适用地区和所属期重叠" in text(page)
    assert RebateScheme.objects.count() == 1
