"""The screens of hardship, through the doors of those who work with them."""

import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hardship.models import Case
from tests.factories import hardship as households

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return response.content.decode()


def test_the_decision_page_shows_the_calculation_and_the_button(world, staff):
    case = households.draft(world.own, by=staff.chair)
    case = households.travel(case, staff, to="decision")
    client = browser(staff.approver)
    page = text(client.get(reverse("admin:hardship_case_change", args=[case.pk])))
    for told in [
        "测算过程",
        "人均月净收入",
        "1,000.00 元",
        "江政发〔2019〕1号",
        "比对通过",
        "批准建档",
    ]:
        assert told in page, told
    for sealed in ["6222020000000000000", "13800000001"]:
        assert sealed not in page
    step = reverse("admin:hardship_case_step_approve", args=[case.pk])
    client.post(step, {"level": "national", "comment": "同意"})
    filed = Case.objects.get(pk=case.pk)
    assert (filed.state, filed.level) == ("filed", "national")


def test_the_committee_checks_in_the_portal(world, staff):
    case = households.draft(world.own, by=staff.chair)
    case = households.travel(case, staff, to="submitted")
    client = browser(staff.committee)
    assert case.get_absolute_url() in text(client.get(reverse("home")))
    page = text(client.get(case.get_absolute_url()))
    assert "测算过程" in page
    assert "初审通过" in page
    client.post(reverse("hardship:case_check_past_town", args=[case.pk]), {"comment": "属实"})
    assert Case.objects.get(pk=case.pk).state == "district"


def test_evidence_is_served_to_those_who_see_the_file(world, staff):
    case = households.draft(world.own, by=staff.chair)
    kept = households.attach(case, "identity", by=staff.chair)
    url = reverse("file", args=[kept.file.token])
    mine = browser(staff.district).get(url)
    assert b"".join(mine.streaming_content) == households.PDF
    assert browser(world.user("aid_reviewer", world.foreign)).get(url).status_code == 404
    assert browser(world.user("clerk")).get(url).status_code == 404


def test_another_line_is_reckoned_without_writing(world, staff):
    near = households.draft(world.own, by=staff.chair, income="3000")
    far = households.draft(world.sibling, by=world.user("chair", world.sibling), income="9000")
    client = browser(staff.clerk)
    url = reverse("admin:hardship_standard_what_if")
    page = text(client.post(url, {"organisation": world.district.pk, "amount": "1600"}))
    # 9,000 for three is below twice 1,600 each; 3,000 lacks 1,800 a month to 4,800.
    for told in ["<td", "新增", "相对困难", "21,600.00"]:
        assert told in page, told
    households.spend(far, "1", by=world.user("chair", world.sibling))
    for case in (near, far):
        assert Case.objects.get(pk=case.pk).tier == ""
    assert near.standard.amount == Decimal("1110.00")


def test_rechecks_and_watches_that_fall_due_stand_in_the_inbox(world, staff):
    day = datetime.timedelta(days=1)
    today = timezone.localdate()
    near = households.register(world.own, applicant_name="赵近", recheck_due=today + 30 * day)
    households.register(world.own, applicant_name="钱远", recheck_due=today + 31 * day)
    calm = {"state": "watch", "watch_until": today + day}
    alerted = households.register(world.own, applicant_name="孙警", **calm)
    alerted.alerts.create(kind="hospital", detail="住院")
    households.register(world.own, applicant_name="郑静", **calm)
    households.register(world.own, applicant_name="吴满", state="watch", watch_until=today)
    page = text(browser(staff.chair).get(reverse("home")))
    assert "年度复核到期" in page
    assert str(near) in page
    others = ["钱远户", "孙警户", "郑静户", "吴满户"]
    assert not [name for name in others if name in page]
    page = text(browser(staff.clerk).get(reverse("home")))
    assert [name for name in ["赵近户", *others] if name in page] == ["赵近户", "孙警户", "吴满户"]
