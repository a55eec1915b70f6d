"""Dated rules: they do not overlap, and what receipts were split by is not rewritten."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from funds.models import SpecialPayer, SplitRule
from tests.factories import splits
from tests.factories.splits import line, rule, split

pytestmark = pytest.mark.django_db
day = datetime.date


@pytest.fixture
def rules(world):
    return rule(world.city, valid_to=day(2025, 12, 31))


def another(world, **fields):
    facts = {"kind": "dues", "document_number": "江工发〔2026〕2号", "grassroots": Decimal(100)}
    made = SplitRule(organisation=world.city, **facts | fields)
    made.full_clean()


@pytest.mark.parametrize(
    "period",
    [
        {"valid_from": day(2025, 12, 31)},
        {"valid_from": day(2019, 1, 1)},
        {"valid_from": day(2019, 1, 1), "valid_to": day(2020, 1, 1)},
        {"valid_from": day(2021, 1, 1), "valid_to": day(2022, 1, 1)},
    ],
)
def test_periods_of_one_kind_and_class_do_not_overlap(world, rules, period):
    with pytest.raises(ValidationError, match="所属期与“工会经费·一般单位"):
        another(world, **period)


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": day(2026, 1, 1)},
        {"valid_from": day(2019, 1, 1), "valid_to": day(2019, 12, 31)},
        {"valid_from": day(2021, 1, 1), "payer_class": "finance"},
        {"valid_from": day(2021, 1, 1), "kind": "released"},
    ],
)
def test_what_does_not_meet_stands_beside_it(world, rules, fields):
    another(world, **fields)


def test_another_region_has_its_own(world, rules):
    made = SplitRule(
        organisation=world.district,
        kind="dues",
        document_number="东工发〔2021〕1号",
        valid_from=day(2021, 1, 1),
        grassroots=Decimal(100),
    )
    made.full_clean()


def test_a_rule_that_receipts_were_split_by_may_only_end(world):
    used = rule(world.city)
    used.municipal, used.provincial = Decimal(15), Decimal(5)
    used.full_clean()
    used.save()
    split(line(splits.batch(world.city), union=world.own))
    used.valid_to = day(2026, 12, 31)
    used.full_clean()
    used.municipal, used.provincial = Decimal(10), Decimal(10)
    with pytest.raises(ValidationError) as found:
        used.full_clean()
    assert set(found.value.message_dict) == {"municipal", "provincial"}
    assert "只能填写所属期止" in str(found.value)


def test_measures_neither_overlap_nor_change_once_used(world):
    rule(world.city)
    used = splits.measure(world.city)
    split(line(splits.batch(world.city), union=world.own))
    used.percent = Decimal(10)
    with pytest.raises(ValidationError, match="只能填写所属期止"):
        used.full_clean()
    other = splits.measure(world.other_district)
    other.organisation = world.city
    with pytest.raises(ValidationError, match="重叠"):
        other.full_clean()


def test_an_employer_is_of_one_class_at_a_time(world):
    firm = splits.payer(world.own)
    SpecialPayer.objects.create(employer=firm, payer_class="finance", valid_from=day(2026, 1, 1))
    other = SpecialPayer(employer=firm, payer_class="railway", valid_from=day(2027, 1, 1))
    with pytest.raises(ValidationError, match="重叠"):
        other.full_clean()
