"""The rosters as clerks send them: what comes in, what is refused and how it is said."""

import csv
import datetime
import io

import pytest
from django.db import transaction

from core.jobs import run_now
from core.models import Organisation
from core.sheets import imports
from members.models import Coverage, Employer, Membership, Person
from members.services import people
from tests.factories.members import credit_code, employer, membership, person, resident_number


@pytest.fixture
def clerk(world):
    return world.user("clerk")


def bring(sheet, rows, at, by, **options):
    """Import rows (dicts of headings) and return the summary."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(stream.getvalue().encode("gb18030")),
            name="名册.csv",
            sheet=sheet,
            organisation=at,
            by=by,
            send=False,
            **options,
        )
    assert run_now(made.job).state == "done"
    made.refresh_from_db()
    return imports.summary(made)


def union(code, parent, **more):
    return {
        "组织编码": code, "工会全称": f"{code}工会委员会", "组织层级": "基层",
        "上级工会编码": parent, "建会日期": "2021年3月5日", "工会类型": "单独基层工会", **more,
    }  # fmt: skip


def member(world, **more):
    return {
        "姓名": "王建国", "证件号码": resident_number(), "所属工会": world.own.code,
        "入会日期": "2021.3.5", **more,
    }  # fmt: skip


def codes(summary):
    return [(error["row"], error["code"]) for error in summary["errors"]]


def test_unions_come_in_with_superiors_of_the_same_file(world, clerk):
    rows = [union("A", "town"), union("A1", "A"), union("A2", "A", 主席手机号="１３８ 0000 0001")]
    told = bring("organisations", rows, world.city, clerk)
    assert (told["created"], told["errors"]) == (3, [])
    made = Organisation.objects.get(code="A2")
    assert Organisation.objects.get_parent(made).code == "A"
    assert made.established_on == datetime.date(2021, 3, 5)
    assert str(made.profile.chair_phone) == "138****0001"
    assert Organisation.objects.find_problems() == ([], [], [], [], [])


def test_a_union_whose_superior_was_refused_is_refused_with_it(world, clerk):
    rows = [union("B", "town", 建会日期="2021年2月30日"), union("B1", "B"), union("C", "town")]
    told = bring("organisations", rows, world.city, clerk, is_strict=False)
    assert (told["created"], told["rejected"]) == (1, 2)
    assert codes(told) == [(2, "bad_date"), (3, "parent_rejected")]
    assert not Organisation.objects.filter(code__in=["B", "B1"]).exists()


def test_a_changed_superior_is_no_silent_move(world, clerk):
    told = bring("organisations", [union("own", "other_town")], world.city, clerk)
    assert codes(told) == [(2, "parent_differs")]
    assert world.organisation("own").path == world.own.path


def test_unions_of_others_are_neither_found_nor_named(world):
    local = world.user("clerk", world.district)
    told = bring("organisations", [union("D", "foreign_town")], world.district, local)
    assert codes(told) == [(2, "unknown_organisation")]
    assert "西山" not in told["errors"][0]["message"]
    told = bring("organisations", [union("foreign", "town")], world.district, local)
    assert codes(told) == [(2, "code_taken")]


def firm(world, **more):
    return {
        "统一社会信用代码": credit_code(), "单位名称": "第一机械厂", "单位性质": "私营",
        "所属行业": "制造业", "主管工会": "town", "职工人数": "120人", **more,
    }  # fmt: skip


def test_employers_come_in_with_their_union(world, clerk):
    row = firm(world, 覆盖工会="own", 建会日期="2021-05-01")
    told = bring(
        "employers", [row, firm(world, 单位性质="私莹")], world.city, clerk, is_strict=False
    )
    assert (told["created"], codes(told)) == (1, [(3, "unknown_choice")])
    assert Employer.objects.get().employees == 120
    assert Coverage.objects.get().organisation == world.own
    told = bring("employers", [row], world.city, clerk)
    assert told["same"] == 1
    told = bring(
        "employers", [row | {"覆盖工会": "sibling", "建会日期": "2021-09-01"}], world.city, clerk
    )
    assert told["updated"] == 1
    assert [row.organisation.code for row in Coverage.objects.order_by("since")] == [
        "own",
        "sibling",
    ]


def test_a_credit_code_of_elsewhere_is_told_without_saying_where(world):
    other = employer(world.foreign_town)
    local = world.user("clerk", world.district)
    told = bring(
        "employers", [firm(world, 统一社会信用代码=other.credit_code)], world.district, local
    )
    assert codes(told) == [(2, "registered_elsewhere")]
    assert "西山" not in str(told["errors"])


def test_members_come_in_and_the_same_file_changes_nothing(world, clerk):
    rows = [member(world), member(world, 姓名="李娜", 从业群体="网约送餐员", 农民工="是")]
    assert bring("members", rows, world.city, clerk)["created"] == 2
    assert bring("members", rows, world.city, clerk)["same"] == 2
    rows[1]["岗位（职务）"] = "骑手"
    told = bring("members", rows, world.city, clerk)
    assert (told["same"], told["updated"]) == (1, 1)
    assert Membership.objects.get(position="骑手").worker_group == "food_courier"
    assert Person.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "column", "code"),
    [
        ({"证件号码": "330600199003079991"}, "证件号码", "resident_number_check"),
        ({"证件号码": "330600199902299997"}, "证件号码", "resident_number_date"),
        ({"证件号码": "330600900307999"}, "证件号码", "resident_number_legacy"),
        ({"证件号码": "3.30600199003E+17"}, "证件号码", "digits_lost"),
        ({"证件号码": "330600199003079990", "性别": "女"}, "性别", "sex_contradicts_number"),
        ({"证件号码": "330600199003079990", "出生日期": "1990-03-08"}, "出生日期",
         "birth_date_contradicts_number"),
        ({"入会日期": "去年"}, "入会日期", "bad_date"),
        ({"入会日期": "2999-01-01"}, "入会日期", "bad_date"),
        ({"手机号": "1380000"}, "手机号", "mobile_form"),
        ({"从业群体": "网约送餐"}, "从业群体", "unknown_choice"),
        ({"所属工会": "甲厂工会委員会"}, "所属工会", "unknown_organisation"),
        ({"姓名": "王?国"}, "姓名", "name_lost_character"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_row_and_column_masked(world, clerk, more, column, code):
    number = more.get("证件号码", "")
    told = bring("members", [member(world, **more)], world.city, clerk)
    assert [(e["row"], e["column"], e["code"]) for e in told["errors"]] == [(2, column, code)]
    assert told["rejected"] == 1
    assert not number or number not in str(told)
    assert not Membership.objects.exists()


def test_members_of_other_unions_are_told_apart_by_what_the_clerk_may_know(world, clerk):
    there = people.enrol(person(), membership(world.foreign), by=clerk)
    here = people.enrol(person(), membership(world.sibling), by=clerk)
    local = world.user("clerk", world.district)
    rows = [member(world, 证件号码=row.person.certificate_number.clear()) for row in (there, here)]
    told = bring("members", rows, world.district, local)
    assert codes(told) == [(2, "already_member"), (3, "already_member")]
    assert "其他工会" in told["errors"][0]["message"]
    assert "乙厂工会委员会" in told["errors"][1]["message"]


def test_who_left_comes_back_as_the_same_person(world, clerk):
    old = people.enrol(person(), membership(world.sibling), by=clerk)
    people.leave(old, on=datetime.date(2020, 12, 1), reason="quit", by=clerk)
    number = old.person.certificate_number.clear()
    told = bring("members", [member(world, 证件号码=number)], world.city, clerk)
    assert told["created"] == 1
    assert Membership.objects.current().get().entry == Membership.Entry.REJOIN
    assert Person.objects.count() == 1


def test_a_chair_brings_in_the_own_roster_only(world):
    chair = world.user("chair", world.own)
    rows = [member(world), member(world, 所属工会="sibling")]
    told = bring("members", rows, world.own, chair, is_strict=False)
    assert (told["created"], codes(told)) == (1, [(3, "unknown_organisation")])
