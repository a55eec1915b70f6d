"""Budgets with their changes and final accounts, and how far fiscal transfer has come."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from core.errors import NotPermitted, Refused
from core.indicators import compute
from core.models import AuditEvent
from core.periods import Period
from funds.models import Account, BudgetChange, FiscalTransfer
from funds.services import budgets
from members.models import Mechanism
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


def figures(organisation, *codes, period="2021"):
    found = compute(codes, organisation=organisation, period=Period.parse(period), by=None)
    return [figure.value for figure in found]


def change(line, amount, by):
    return budgets.adjust(
        line,
        amount=Decimal(amount),
        document_number="江工发〔2021〕50号",
        reason="追加帮扶资金",
        by=by,
    )


def test_changes_are_appended_and_add_up(world):
    line, approver = money.budget_line(world.own), world.user("finance_approver")
    change(line, "49.90", approver)
    change(line, "-50.00", approver)
    line.refresh_from_db()
    assert (line.budget, line.changed, line.adjusted) == (
        Decimal("100.10"),
        Decimal("-0.10"),
        Decimal("100.00"),
    )
    assert line.changes.count() == 2
    event = AuditEvent.objects.filter(action="funds.budgetline.adjust").latest("id")
    assert event.changes["adjusted"] == ["150.00", "100.00"]


def test_a_line_never_goes_below_nothing(world):
    line = money.budget_line(world.own)
    with pytest.raises(Refused, match="不能小于 0"):
        change(line, "-100.11", world.user("finance_approver"))
    assert not BudgetChange.objects.exists()


def test_nobody_changes_a_budget_after_the_accounts_or_without_the_right(world):
    done = money.budget_line(world.own, final=Decimal(90))
    with pytest.raises(Refused, match="决算已经登记"):
        change(done, "1", world.user("finance_approver"))
    with pytest.raises(NotPermitted):
        change(money.budget_line(world.own), "1", world.user("finance_maker"))


def test_execution_is_of_spending_as_it_was_adjusted(world):
    line = money.budget_line(world.own, budget=Decimal(150))
    change(line, "50.00", world.user("finance_approver"))
    line.refresh_from_db()
    line.final = Decimal(180)
    line.save()
    income = Account.objects.filter(code__startswith="4").first()
    money.budget_line(world.own, account=income, budget=Decimal(900), final=Decimal(950))
    codes = ["funds.budget_spending", "funds.adjusted_spending", "funds.budget_execution"]
    assert figures(world.city, *codes) == [150, 200, 90]
    assert line.execution == Decimal("90.0")


def test_the_budget_of_a_line_stays_once_it_was_changed(world, client):
    line = money.budget_line(world.own)
    change(line, "10.00", world.user("finance_approver"))
    client.force_login(world.user("finance_maker"))
    page = reverse("admin:funds_budgetline_change", args=[line.pk])
    assert client.post(page, {"budget": "1.00", "final": "88.08"}).status_code == 302
    line.refresh_from_db()
    assert (line.budget, line.final) == (Decimal("100.10"), Decimal("88.08"))
    assert "江工发〔2021〕50号" in client.get(page).content.decode()


def test_coverage_is_of_all_units_and_not_a_mean_of_districts(world):
    money.transfer(world.district, units_due=90, units_covered=90)
    money.transfer(world.foreign, units_due=10, units_covered=1)
    money.transfer(world.own, units_due=10, units_covered=5, year=2020)
    assert figures(world.district, "funds.fiscal_coverage") == [100]
    assert figures(world.own, "funds.fiscal_coverage", period="2020") == [50]
    assert money.transfer(world.city, units_due=3, units_covered=2).coverage == Decimal("66.7")


def test_more_than_all_units_is_refused(world, client):
    client.force_login(world.user("finance_maker"))
    posted = {"organisation": world.own.pk, "year": 2021, "units_due": 3, "units_covered": 4}
    answer = client.post(reverse("admin:funds_fiscaltransfer_add"), posted | {"amount": "5.00"})
    assert "已划拨单位不能多于应划拨单位" in answer.content.decode()
    assert not FiscalTransfer.objects.exists()


def test_whether_a_district_has_the_system_is_told_by_its_mechanism(world, client):
    Mechanism.objects.create(
        organisation=world.own, kind="fiscal_appropriation", since=datetime.date(2021, 3, 1)
    )
    money.transfer(world.own)
    money.transfer(world.own, year=2020)
    client.force_login(world.user("finance_checker"))
    page = client.get(reverse("admin:funds_fiscaltransfer_changelist")).content.decode()
    assert page.count("2021-03-01 建立") == 1
    assert page.count("未建立") == 1
