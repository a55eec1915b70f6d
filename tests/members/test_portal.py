"""The roster in the portal: found, enrolled, corrected, let go by the chair of the union."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from members.models import Membership, Person
from members.services import people
from tests.factories import members as register

pytestmark = pytest.mark.django_db
ROSTER = "/members/"


@pytest.fixture
def chair(world, client):
    user = world.user("chair", at=world.own)
    client.force_login(user)
    return user


def text(answer):
    return answer.content.decode()


def enrol(world, at, name="王建国", **fields):
    number = fields.pop("number", None)
    pair = register.person(name, number, **fields), register.membership(at)
    return people.enrol(*pair, by=world.builder)


def names(html):
    return re.findall(r'class="name"><a [^>]+>([^<]+)<', html)


def test_the_chair_sees_the_own_members_and_no_others(world, client, chair):
    assert "名册中还没有会员" in text(client.get(ROSTER))
    enrol(world, world.own, "张建国")
    enrol(world, world.child, "李梅")
    enrol(world, world.sibling, "陈静")
    gone = enrol(world, world.own, "赵强")
    people.leave(gone, on=datetime.date(2024, 1, 1), reason="quit", by=world.builder)
    html = text(client.get(ROSTER))
    assert names(html) == ["李梅", "张建国"]
    assert "共 2 人" in html
    assert reverse("sheet_upload", args=["members"]) in html


def test_numbers_are_masked_and_are_not_searched_for(world, client, chair):
    member = enrol(world, world.own, phone="13800000004")
    number = member.person.certificate_number.clear()
    html = text(client.get(ROSTER)) + text(client.get(reverse("members:member", args=[member.pk])))
    assert number not in html
    assert "13800000004" not in html
    assert html.count("138****0004") == 2
    html = text(client.get(ROSTER, {"q": number}))
    assert "不能填在查找框中" in html
    assert names(html) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("张", ["张建国"]),
        ("zhangj", ["张建国"]),
        ("ZJG", ["张建国"]),
        ("建国", []),
        (" 李 ", ["李梅"]),
    ],
)
def test_a_member_is_found_by_the_beginning_of_the_name_or_pinyin(
    world, client, chair, asked, found
):
    enrol(world, world.own, "张建国")
    enrol(world, world.own, "李梅")
    html = text(client.get(ROSTER, {"q": asked}))
    assert names(html) == found
    assert found or "没有找到姓名以" in html


def test_the_roster_asks_the_same_number_of_queries_for_any_number_of_members(world, client, chair):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(ROSTER)
        return len(asked)

    for _ in range(2):
        enrol(world, world.own)
    queries()  # the first one of a session writes it
    few = queries()
    for _ in range(30):
        enrol(world, world.own)
    assert queries() == few
    assert len(names(text(client.get(ROSTER)))) == 25
    assert len(names(text(client.get(ROSTER, {"page": 2})))) == 7


def test_a_member_is_enrolled(world, client, chair):
    url = reverse("members:enrol")
    assert "甲厂一车间分会" in text(client.get(url))
    given = {
        "name": "李梅",
        "certificate_type": "resident",
        "certificate_number": register.resident_number(female=True),
        "phone": "138 0000 0004",
        "organisation": world.own.pk,
        "joined_on": "2024-03-01",
    }
    answer = client.post(url, given)
    made = Membership.objects.get()
    assert answer.url == reverse("members:member", args=[made.pk])
    assert (made.organisation_id, made.person.sex) == (world.own.pk, "female")
    assert "李梅已登记为“甲厂工会委员会”会员" in text(client.get(answer.url))
    assert AuditEvent.objects.filter(action="members.membership.enrol", actor_id=chair.pk).exists()

    again = client.post(url, given)
    assert again.status_code == 200
    assert "已有在册会籍" in text(again)
    wrong = client.post(url, given | {"certificate_number": "330600199003079991", "phone": "12"})
    assert "有 2 处填写有误" in text(wrong)
    assert Membership.objects.count() == 1


def test_entering_a_second_time_is_asked_back_and_may_be_confirmed(world, client, chair):
    enrol(world, world.own, number=register.checked("33060019850617001"))
    url = reverse("members:enrol")
    given = {
        "name": "王建国",
        "certificate_type": "resident",
        "certificate_number": register.checked("33060019850617003"),
        "organisation": world.own.pk,
        "joined_on": "2024-03-01",
    }
    page = text(client.post(url, given))
    assert "很可能是同一人" in page
    assert '<details class="mb-3" open>' in page, "where it is to be confirmed"
    assert Membership.objects.count() == 1
    client.post(url, given | {"is_another": "on"})
    assert Membership.objects.count() == 2


def test_nobody_is_enrolled_into_somebody_elses_union(world, client, chair):
    answer = client.post(
        reverse("members:enrol"),
        {
            "name": "李梅",
            "certificate_type": "resident",
            "certificate_number": register.resident_number(),
            "organisation": world.sibling.pk,
            "joined_on": "2024-03-01",
        },
    )
    assert answer.status_code == 200
    assert not Person.objects.exists()


def test_a_member_is_corrected(world, client, chair):
    member = enrol(world, world.own, phone="13800000004")
    url = reverse("members:correct", args=[member.pk])
    html = text(client.get(url))
    assert "138****0004" in html
    given = {"name": "王建中", "joined_on": "2020-06-01", "status": "sick", "phone": "138****0004"}
    answer = client.post(url, given)
    assert answer.status_code == 302
    member.refresh_from_db()
    assert (member.person.name, member.status) == ("王建中", "sick")
    assert member.person.phone.clear() == "13800000004"
    assert "更正个人信息" in text(client.get(answer.url))


def test_who_has_left_is_not_corrected_by_the_former_union(world, client, chair):
    member = enrol(world, world.own)
    people.leave(member, on=datetime.date(2024, 1, 1), reason="quit", by=world.builder)
    people.enrol(
        member.person,
        register.membership(world.foreign, datetime.date(2024, 2, 1)),
        by=world.builder,
    )
    url = reverse("members:correct", args=[member.pk])
    answer = client.post(url, {"name": "王建中", "joined_on": "2020-06-01", "status": "working"})
    assert "不能再更正" in text(answer)
    assert Person.objects.get().name == "王建国"
    html = text(client.get(reverse("members:member", args=[member.pk])))
    assert "已离会" in html
    assert url not in html
    assert "丙厂" not in html


def test_a_member_leaves(world, client, chair):
    member = enrol(world, world.own)
    url = reverse("members:leave", args=[member.pk])
    assert "办理 1 名会员离会" in text(client.get(url))
    early = client.post(url, {"on": "2019-01-01", "reason": "quit"})
    assert "不能早于入会日期" in text(early)
    answer = client.post(url, {"on": "2024-01-01", "reason": "quit"})
    assert answer.status_code == 302
    assert names(text(client.get(ROSTER))) == []


def test_a_leader_looks_and_changes_nothing(world, client):
    member = enrol(world, world.own)
    client.force_login(world.user("leader", at=world.town))
    html = text(client.get(ROSTER))
    assert names(html) == ["王建国"]
    assert "导入名册" not in html
    html = text(client.get(reverse("members:member", args=[member.pk])))
    assert "更正信息" not in html


def test_a_chair_corrects_members_by_a_roster_too(world, client, chair):
    from tests.contracts.test_sheets import table, upload

    member = enrol(world, world.own, "张建国")
    number = member.person.certificate_number.clear()
    rows = [["张建国", number, "甲厂工会委员会", "2020-05-01", "大专"]]
    content = table(["姓名", "证件号码", "所属工会", "入会日期", "学历"], rows)
    made = upload("members", (world.own, chair), content)
    assert (made.updated, made.rejected) == (1, 0)
    member.person.refresh_from_db()
    assert member.person.education == "college"
