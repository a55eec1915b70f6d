"""Masters and apprentices: reported in the portal, accepted in the admin, ended with an outcome."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.errors import Refused
from honours.models import Apprenticeship
from honours.services import apprenticeships
from tests.factories import studios as honours
from tests.hardship.pages import again, browser, press, text

DAY = datetime.date


@pytest.fixture
def staff(world):
    return honours.Staff(world)


def portal(user, name, *args, **data):
    return text(browser(user).post(reverse(f"honours:{name}", args=args), data, follow=True))


def test_pair_from_the_agreement_to_the_higher_grade(world, staff):
    apprentice = honours.person(world.own, "赵静")
    told = portal(
        staff.chair, "apprenticeship_new", organisation=world.own.pk, master_name="王建国",
        apprentice_name="赵静", apprentice_number=apprentice.certificate_number.clear(),
        trade="钳工", grade_before="middle", goal="取得高级工证书", agreed_on="2021-05-01",
        until="2023-05-01",
    )  # fmt: skip
    pair = Apprenticeship.objects.get()
    assert pair.apprentice == apprentice
    assert "由上级工会确认" in told
    end = {"ended_on": "2022-02-01", "outcome": "grade_up"}
    told = portal(staff.chair, "apprenticeship_end", pair.pk, **end, grade_after="senior")
    assert "尚未确认" in told
    press(staff.district, pair, "accept")
    told = portal(staff.chair, "apprenticeship_end", pair.pk, **end, grade_after="junior")
    assert "应高于结对时技能等级" in told
    told = portal(staff.chair, "apprenticeship_end", pair.pk, **end, grade_after="senior")
    assert "技能等级晋升" in told
    pair = again(pair)
    assert pair.ended_on == DAY(2022, 2, 1)
    running = Apprenticeship.objects.running
    assert pair in running(DAY(2022, 1, 31))
    assert pair not in running(DAY(2022, 2, 1))


def test_number_of_somebody_else_is_turned_down(world, staff):
    other = honours.person(world.own, "钱伟")
    told = portal(
        staff.chair, "apprenticeship_new", organisation=world.own.pk, master_name="王建国",
        apprentice_name="赵静", apprentice_number=other.certificate_number.clear(),
        trade="钳工", goal="出师", agreed_on="2021-05-01", until="2023-05-01",
    )  # fmt: skip
    assert "没有找到该证件号码与姓名一致的会员" in told
    assert not Apprenticeship.objects.exists()


def test_many_are_accepted_by_somebody_who_reported_none(world, staff):
    honours.pair(world.own, by=staff.chair)
    own = honours.pair(world.child, by=staff.district)
    address = reverse("admin:honours_apprenticeship_accept_listed")
    told = text(browser(staff.district).post(address, {}, follow=True))
    assert "应由其他人员确认" in told
    assert not Apprenticeship.objects.accepted().exists()
    told = text(browser(staff.clerk).post(address, {}, follow=True))
    assert "已确认 2 对" in told
    assert again(own).accepted_on


def test_apprentice_has_one_running_pair_a_trade(world, staff):
    person = honours.person(world.own, "赵静")
    honours.pair(world.own, apprentice=person)
    with pytest.raises(Exception, match="apprenticeship_running_once|UNIQUE"):
        honours.pair(world.own, apprentice=person)


def test_accepted_pairs_stay(world, staff):
    pair = honours.pair(world.own, by=staff.chair)
    apprenticeships.accept([pair], by=staff.clerk)
    with pytest.raises(Refused):
        apprenticeships.take_back([pair], by=staff.chair)
    with pytest.raises(ValidationError):
        apprenticeships.end(pair, ended_on=DAY(2020, 1, 1), outcome="finished", by=staff.chair)


def test_names_are_masked_for_those_above(world, staff):
    pair = honours.pair(world.own, master_name="欧阳修远")
    shown = text(browser(staff.clerk).get(reverse("admin:honours_apprenticeship_changelist")))
    assert "欧阳修远" not in shown
    assert "欧阳**" in shown
    del pair
