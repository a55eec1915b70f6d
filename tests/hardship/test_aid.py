"""Money for households: on file first, once for one reason, within caps, to an own account."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from core.errors import Refused
from hardship.models import Grant, GrantCap
from hardship.services import aid
from tests.factories import hardship as households

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def case(world, staff):
    return households.register(world.own, account="6222020000000000000")


def refusal(case, staff, **fields):
    with pytest.raises(Refused) as refused:
        households.grant(case, by=staff.clerk, **fields)
    return refused.value.code


def test_a_grant_keeps_what_the_household_was(case, staff):
    row = households.grant(case, by=staff.clerk)
    assert (row.tier, row.level, row.household) == ("deep", "municipal", case.household)
    assert row.paid_on is None
    aid.confirm(Grant.objects.filter(pk=row.pk), on=timezone.localdate(), by=None)
    row.refresh_from_db()
    assert row.paid_on == timezone.localdate()
    with pytest.raises(Refused):
        aid.withdraw(row, reason="重复登记", by=staff.clerk)


def test_on_file_first_but_for_an_emergency(world, staff):
    applying = households.register(world.own, state="submitted", account="6222020000000000000")
    assert refusal(applying, staff) == "not_on_file"
    assert households.grant(applying, by=staff.clerk, kind="emergency").pk


def test_money_goes_to_the_household_itself(world, case, staff):
    neighbour = households.register(world.own, account="6222020000000000018")
    assert refusal(case, staff, beneficiary=neighbour.members.get()) == "beneficiary"


def test_central_money_is_for_national_files(case, staff):
    assert refusal(case, staff, source="central") == "source"
    case.level = "national"
    case.save()
    assert households.grant(case, by=staff.clerk, source="central").pk


def test_the_same_reason_is_paid_once_whoever_pays(case, staff):
    """Another department, another source, a period that only overlaps."""
    first = households.grant(case, by=staff.clerk)
    later = first.period_last - datetime.timedelta(days=1)
    again = {"source": "union", "period_first": later, "period_last": later}
    assert refusal(case, staff, **again) == "given_already"
    assert households.grant(case, by=staff.clerk, cause="schooling").pk
    aid.withdraw(first, reason="改由区级发放", by=staff.clerk)
    assert households.grant(case, by=staff.clerk, **again).pk


def test_one_account_stands_for_one_household(world, case, staff):
    households.register(world.foreign, account="6222 0200 0000 0000 000".replace(" ", ""))
    assert refusal(case, staff) == "shared_account"


def test_caps_hold_over_the_year_by_kind_and_in_all(world, case, staff):
    common = {"organisation": world.city, "document": "江工发〔2019〕3号", "since": "2019-01-01"}
    GrantCap.objects.create(kind="living", amount=Decimal(1500), **common)
    GrantCap.objects.create(kind="", amount=Decimal(2500), **common)
    households.grant(case, by=staff.clerk, amount="1000")
    assert refusal(case, staff, amount="500.01", cause="schooling") == "above_cap"
    households.grant(case, by=staff.clerk, amount="500", cause="schooling")
    assert refusal(case, staff, amount="1000.01", kind="medical") == "above_cap"
    assert households.grant(case, by=staff.clerk, amount="1000", kind="medical").pk
    assert Grant.objects.standing().count() == 3
