"""The working screens of the register, through the door the staff use."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEvent
from core.services.records import violated
from members.models import HeadcountReport, Membership, Person, Post, Transfer, UnionProfile
from members.services import people, unions
from tests.factories.members import credit_code, employer, membership, person, resident_number

pytestmark = pytest.mark.django_db


def number(n):
    """Of a birth date that no other row of these tests has."""
    return resident_number(n, born=datetime.date(1970, 1, 1))


NUMBER = number(7)
FIND = "admin:members_membership_find"


@pytest.fixture
def clerk(world, client):
    """Logged in: a clerk of the district."""
    user = world.user("clerk", world.district, display_name="赵敏")
    client.force_login(user)
    return user


@pytest.fixture
def wang(world, clerk):
    """A member of the clerk's district."""
    return people.enrol(
        person("王建国", NUMBER, phone="13800001234", address="江城市东湖区新街道1号"),
        membership(world.own),
        by=clerk,
    )


@pytest.fixture
def stranger(world):
    """A member of another district."""
    return people.enrol(person("王强"), membership(world.foreign), by=world.user("clerk"))


def roster(client, **asked):
    return client.get(reverse("admin:members_membership_changelist"), asked)


def url(row, page="change", *more):
    return reverse(f"admin:members_{row._meta.model_name}_{page}", args=[row.pk, *more])


def errors(answer):
    context = answer.context
    form = context["adminform"].form if "adminform" in context else context["form"]
    return form.errors


# The list


def test_list_shows_masked_numbers_of_the_district_only(client, wang, stranger):
    page = roster(client).content.decode()
    assert "王建国" in page
    assert "王强" not in page
    assert "138****1234" in page
    assert "在册" in page
    assert NUMBER not in page
    assert "13800001234" not in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("王", True),
        ("王建", True),
        ("建国", False),
        ("wangjian", True),
        ("Wang Jian", True),
        ("wjg", True),
        ("jianguo", False),
        ("%", False),
    ],
)
def test_search_is_by_the_beginning_of_name_pinyin_and_initials(client, wang, asked, found):
    assert ("王建国" in roster(client, q=asked).content.decode()) is found


@pytest.mark.parametrize("asked", [NUMBER, "13800001234"])
def test_whole_numbers_are_not_searched_by_address(client, wang, asked):
    page = roster(client, q=asked).content.decode()
    assert "按号码查找会员" in page
    assert "王建国" not in page


@pytest.mark.parametrize("asked", [NUMBER, NUMBER.lower(), "13800001234", " 138 0000 1234 "])
def test_numbers_are_found_exactly_and_not_kept_by_browsers(client, wang, asked):
    answer = client.post(reverse(FIND), {"number": asked})
    assert "王建国" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_number_of_another_district_answers_like_none(client, wang, stranger):
    foreign, none = (
        client.post(reverse(FIND), {"number": asked})
        for asked in (stranger.person.certificate_number.clear(), number(99))
    )
    assert "没有找到使用该号码的会员" in foreign.content.decode()
    assert "王强" not in foreign.content.decode()
    assert len(foreign.content) == len(none.content)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "current"}, True),
        ({"state": "left"}, False),
        ({"worker_group__exact": "courier"}, False),
        ({"is_migrant_worker__exact": "1"}, False),
        ({"entry": "new"}, True),
        ({"joined_on_from": "2020-01-01", "joined_on_to": "2020-12-31"}, True),
        ({"joined_on_from": "2021-01-01"}, False),
    ],
)
def test_filters(client, wang, asked, found):
    answer = roster(client, **asked)
    assert answer.status_code == 200
    assert ("王建国" in answer.content.decode()) is found


def test_district_is_filtered_within_scope(world, client, wang, stranger):
    assert "王建国" in roster(client, under=world.district.pk).content.decode()
    page = roster(client, under=world.other_district.pk).content.decode()
    assert "王建国" not in page
    assert "王强" not in page


def test_list_asks_the_same_questions_for_five_and_a_hundred_rows(world, client, clerk):
    roster(client)  # the session is new
    counts = []
    for size in (5, 95):
        rows = [(person(number=number(200 + size + n)), membership(world.own))
                for n in range(size)]  # fmt: skip
        people.enrol_many(rows, by=clerk)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            roster(client)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 12


def test_chair_has_no_door_here(world, client, wang):
    client.force_login(world.user("chair", world.own))
    assert roster(client).status_code == 403


# The record


def test_record_shows_facts_periods_trail_and_the_acts_open_now(world, client, wang):
    page = client.get(url(wang)).content.decode()
    for shown in ("甲厂工会委员会", "会籍经历", "登记入会", "更正信息", "办理转接", "办理离会"):
        assert shown in page
    assert NUMBER not in page
    people.leave(wang, on=datetime.date(2024, 1, 1), reason="quit", by=world.user("clerk"))
    page = client.get(url(wang)).content.decode()
    assert "已离会" in page
    assert url(wang, "leave") not in page


def test_record_of_another_district_answers_like_a_missing_one(client, clerk, stranger):
    foreign = client.get(url(stranger))
    missing = client.get(reverse("admin:members_membership_change", args=[10**9]))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


@pytest.mark.parametrize("page", ["correct", "transfer", "keep", "leave", "history"])
def test_pages_of_another_district_are_missing(client, clerk, stranger, page):
    assert client.get(url(stranger, page)).status_code == 404


def test_clear_number_is_shown_for_a_reason_and_recorded(client, wang, clerk):
    where = url(wang, "reveal", "certificate_number")
    assert where in client.get(url(wang)).content.decode()
    assert NUMBER not in client.get(where).content.decode()
    assert NUMBER not in client.post(where, {"reason": "看"}).content.decode()
    assert not AuditEvent.objects.filter(action="members.person.reveal").exists()
    assert NUMBER in client.post(where, {"reason": "核对会员身份"}).content.decode()
    event = AuditEvent.objects.get(action="members.person.reveal")
    assert event.object_id == str(wang.person_id)
    assert "核对会员身份" in client.get(url(wang)).content.decode()


def test_clear_number_of_another_district_is_missing(client, clerk, stranger):
    where = url(stranger, "reveal", "certificate_number")
    assert client.post(where, {"reason": "核对会员身份"}).status_code == 404


def sent_correction(client, row, **changed):
    form = client.get(url(row, "correct")).context["form"]
    sent = {name: form.initial.get(name) or "" for name in form.fields}
    return client.post(url(row, "correct"), {**sent, **changed}, follow=True)


def test_correction_changes_person_and_membership_and_keeps_masked_values(client, wang):
    answer = sent_correction(client, wang, name="王建军", position="钳工", education="bachelor")
    assert "信息已更正" in answer.content.decode()
    stored = Membership.objects.select_related("person").get(pk=wang.pk)
    assert (stored.person.name, stored.person.pinyin_initials) == ("王建军", "wjj")
    assert (stored.position, stored.person.education) == ("钳工", "bachelor")
    assert stored.person.phone.clear() == "13800001234"
    assert stored.person.certificate_number.clear() == NUMBER
    assert AuditEvent.objects.filter(action="members.person.correct").count() == 1


def test_wrong_correction_is_an_error_at_its_field(client, wang):
    assert "phone" in errors(sent_correction(client, wang, phone="12345"))
    assert Person.objects.get(pk=wang.person_id).phone.clear() == "13800001234"


def test_leaving_and_keeping(client, wang):
    client.post(url(wang, "keep"), {"since": "2023-01-01", "status": "retired"})
    wang.refresh_from_db()
    assert str(wang.kept_since) == "2023-01-01"
    early = client.post(url(wang, "leave"), {"on": "2019-01-01", "reason": "quit"})
    assert "离会日期不能早于入会日期" in early.content.decode()
    client.post(url(wang, "leave"), {"on": "2024-01-01", "reason": "quit", "note": "本人申请"})
    wang.refresh_from_db()
    assert (str(wang.left_on), wang.leave_reason) == ("2024-01-01", "quit")


# Enrolment


def enrolled(client, union, **fields):
    filled = {
        "certificate_type": "resident",
        "certificate_number": number(8),
        "name": "李梅",
        "organisation": union.pk,
        "joined_on": "2025-03-01",
    }
    return client.post(reverse("admin:members_membership_add"), filled | fields)


def test_enrolment_through_the_form(world, client, clerk):
    answer = enrolled(client, world.own, phone="13900001234", worker_group="courier")
    assert answer.status_code == 302, errors(answer)
    made = Membership.objects.select_related("person").get()
    assert (made.person.name, made.person.sex, made.worker_group) == ("李梅", "male", "courier")
    assert AuditEvent.objects.filter(action="members.membership.enrol").count() == 1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"certificate_number": NUMBER, "name": "王建国"}, "certificate_number"),
        ({"certificate_number": NUMBER}, "certificate_number"),
        ({"certificate_number": "330600199003079991"}, "certificate_number"),
        ({"phone": "12345"}, "phone"),
        ({"name": "李"}, "name"),
        ({"joined_on": ""}, "joined_on"),
        ({"certificate_type": "passport", "certificate_number": "E12345678"}, "__all__"),
    ],
)
def test_wrong_enrolment_is_an_error_at_its_field(world, client, wang, fields, where):
    answer = enrolled(client, world.own, **fields)
    assert answer.status_code == 200
    assert where in errors(answer)
    assert Membership.objects.count() == 1


def test_member_of_another_district_is_named_only_by_what_was_typed(world, client, clerk, stranger):
    theirs = stranger.person.certificate_number.clear()
    answer = enrolled(client, world.own, certificate_number=theirs, name="王伟")
    assert "certificate_number" in errors(answer)
    assert "王强" not in answer.content.decode()


def test_former_member_joins_again(world, client, wang):
    people.leave(wang, on=datetime.date(2024, 1, 1), reason="quit", by=world.user("clerk"))
    again = {"certificate_number": NUMBER, "name": "王建国"}
    early = enrolled(client, world.own, **again, joined_on="2023-05-01")
    assert "joined_on" in errors(early)
    assert enrolled(client, world.sibling, **again).status_code == 302
    assert wang.person.memberships.get(left_on=None).entry == "rejoin"


def test_union_out_of_scope_is_no_choice(world, client, clerk):
    assert "organisation" in errors(enrolled(client, world.foreign))
    assert not Membership.objects.exists()


def broken_by(write):
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        write()
    return violated(broken.value).messages


def test_row_that_somebody_else_wrote_first_is_refused_in_the_sentence_of_its_constraint(
    world, wang
):
    same = Membership(person=wang.person, organisation=world.own, joined_on=wang.joined_on)
    first = employer(world.town)
    assert broken_by(lambda: person(number=NUMBER, sex="male", birth_date="1970-01-01").save()) == [
        "该证件号码已登记。"
    ]
    assert broken_by(same.save) == ["该职工已有在册会籍，一人只能有一个会籍。"]
    assert broken_by(
        lambda: Membership.objects.filter(pk=wang.pk).update(left_on="2019-01-01")
    ) in (["离会日期不能早于入会日期。"], ["离会日期与离会原因应同时填写。"])
    first.pk = None
    assert broken_by(lambda: first.save(force_insert=True)) == ["该统一社会信用代码已登记。"]


# Transfer


@pytest.fixture
def receiver(world):
    return world.user("clerk", world.other_district)


def test_transfer_is_issued_by_one_side_and_accepted_by_the_other(world, client, wang, receiver):
    unknown = client.post(url(wang, "transfer"), {"target": "丁厂工会", "on": "2025-01-01"})
    assert "target" in errors(unknown)
    client.post(url(wang, "transfer"), {"target": "丙厂工会委员会", "on": "2025-01-01"})
    transfer = Transfer.objects.get()
    assert client.get(url(transfer)).status_code == 200
    assert client.get(url(transfer, "accept")).status_code == 403
    assert url(transfer, "accept") not in client.get(url(transfer)).content.decode()
    again = client.post(url(wang, "transfer"), {"target": "foreign", "on": "2025-01-01"})
    assert "已有一笔待接收的会籍转接" in again.content.decode()

    client.force_login(receiver)
    assert client.get(url(wang)).status_code == 404
    assert url(transfer, "accept") in client.get(url(transfer)).content.decode()
    early = client.post(url(transfer, "accept"), {"on": "2024-12-31"})
    assert "接收日期不能早于转出日期" in early.content.decode()
    answer = client.post(url(transfer, "accept"), {"on": "2025-01-10"}, follow=True)
    assert "已接收" in answer.content.decode()
    assert wang.person.memberships.get(left_on=None).organisation == world.foreign


def test_transfer_is_declined_with_a_reason(world, client, wang, clerk, receiver):
    transfer = people.issue_transfer(
        wang, target=world.foreign, on=datetime.date(2025, 1, 1), by=clerk
    )
    client.force_login(receiver)
    client.post(url(transfer, "decline"), {"on": "2025-01-05", "reason": "未到岗"})
    transfer.refresh_from_db()
    assert (transfer.state, transfer.reason) == ("declined", "未到岗")
    page = client.get(reverse("admin:members_transfer_changelist"), {"state": "declined"})
    assert "已退回" in page.content.decode()


# Employers


def test_employer_is_registered_searched_covered_and_uncovered(world, client, clerk):
    code = credit_code()
    answer = client.post(
        reverse("admin:members_employer_add"),
        {
            "organisation": world.town.pk,
            "name": "东湖快递有限公司",
            "credit_code": code.lower(),
            "ownership": "170",
            "industry": "G",
            "phone": "0575-88001234",
        },
    )
    assert answer.status_code == 302, errors(answer)
    row = world.town.employers.get()
    assert row.credit_code == code
    client.post(url(row, "cover"), {"union": world.own.pk, "since": "2024-01-01"})
    roster_url = reverse("admin:members_employer_changelist")
    for asked in ({"q": "东湖"}, {"q": code[:10].lower()}, {"covered": "yes"}):
        assert "甲厂工会委员会" in client.get(roster_url, asked).content.decode(), asked
    assert code not in client.get(roster_url, {"covered": "no"}).content.decode()
    assert code not in client.get(roster_url, {"q": "快递"}).content.decode()
    client.post(url(row, "uncover"), {"on": "2025-01-01", "reason": "企业搬迁"})
    assert str(row.coverages.get().until) == "2025-01-01"
    assert code in client.get(roster_url, {"covered": "no"}).content.decode()


def test_credit_code_stands_once_even_where_it_is_not_seen(world, client, clerk):
    row = employer(world.foreign_town)
    answer = client.post(
        reverse("admin:members_employer_add"),
        {
            "organisation": world.town.pk,
            "name": "东湖快递有限公司",
            "credit_code": row.credit_code,
            "ownership": "170",
            "industry": "G",
        },
    )
    assert "该统一社会信用代码已登记" in str(errors(answer)["credit_code"])


# Unions


def test_particulars_keep_account_and_phone_masked(world, client, clerk):
    answer = client.post(
        reverse("admin:members_unionprofile_add"),
        {
            "organisation": world.own.pk,
            "kind": "single",
            "term_since": "2015-01-01",
            "term_until": "2020-01-01",
            "chair_name": "李强",
            "chair_phone": "13700001234",
            "account_number": "6222020200001234567",
        },
    )
    assert answer.status_code == 302, errors(answer)
    row = UnionProfile.objects.get()
    page = client.get(url(row)).content.decode()
    assert "137****1234" in page
    assert "6222020200001234567" not in page
    listed = client.get(reverse("admin:members_unionprofile_changelist"), {"term": "overdue"})
    assert "逾期未换届" in listed.content.decode()
    assert "甲厂工会委员会" in listed.content.decode()
    where = url(row, "reveal", "account_number")
    shown = client.post(where, {"reason": "核对拨款账户"}).content.decode()
    assert "6222020200001234567" in shown


def test_mechanism_of_the_same_day_is_refused_in_a_sentence(world, client, clerk):
    filled = {"organisation": world.own.pk, "kind": "women_committee", "since": "2024-01-01"}
    where = reverse("admin:members_mechanism_add")
    assert client.post(where, filled).status_code == 302
    assert "该工会在同一日期已有同类记录" in str(errors(client.post(where, filled)))


def test_post_is_linked_to_the_member_of_that_number(world, client, wang):
    filled = {"organisation": world.own.pk, "kind": "mediator", "since": "2024-01-01"}
    where = reverse("admin:members_post_add")
    wrong = client.post(where, {**filled, "holder_name": "李四", "holder_number": NUMBER})
    assert "holder_number" in errors(wrong)
    answer = client.post(where, {**filled, "holder_name": "王建国", "holder_number": NUMBER})
    assert answer.status_code == 302, errors(answer)
    assert Post.objects.get().person == wang.person


def filled_return(union, **counts):
    return {
        "organisation": union.pk,
        "year": 2024,
        **{
            name: counts.get(name, 0)
            for name in (
                "employers",
                "employees",
                "employees_women",
                "employees_migrant",
                "employees_dispatched",
                "members",
                "members_women",
                "members_migrant",
                "members_new_form",
                "cadres_full_time",
                "cadres_part_time",
                "social_workers",
            )
        },
    }


def test_return_is_reported_sent_back_and_accepted(world, client, clerk):
    where = reverse("admin:members_headcountreport_add")
    wrong = client.post(where, filled_return(world.own, employees=5, members=9))
    assert wrong.status_code == 200
    assert "__all__" in errors(wrong)
    answer = client.post(where, filled_return(world.own, employers=1, employees=50, members=40))
    assert answer.status_code == 302, errors(answer)
    row = HeadcountReport.objects.get()
    client.post(url(row, "submit"))
    row.refresh_from_db()
    assert row.state == "submitted"
    assert client.get(url(row, "accept")).status_code == 403
    assert client.post(url(row), filled_return(world.own, members=1)).status_code == 403

    client.force_login(world.user("head", world.district))
    client.post(url(row, "send_back"), {"reason": "人数有误"})
    row.refresh_from_db()
    assert row.state == "draft"
    unions.submit_headcount(row, by=clerk)
    client.post(url(row, "accept"))
    row.refresh_from_db()
    assert row.state == "accepted"
    page = client.get(reverse("admin:members_headcountreport_changelist"))
    assert "已审定" in page.content.decode()
    assert "审定年报" in client.get(url(row)).content.decode()


@pytest.mark.parametrize(
    "model",
    [
        "membership", "transfer", "employer", "unionprofile", "post", "mechanism",
        "headcountreport",
    ],
)  # fmt: skip
def test_every_list_opens_empty_with_its_search_and_filters(world, client, clerk, model):
    where = reverse(f"admin:members_{model}_changelist")
    for asked in ({}, {"q": "甲"}, {"state": "nonsense"}, {"under": "0"}):
        answer = client.get(where, asked)
        assert answer.status_code in {200, 302, 400}, (model, asked)
