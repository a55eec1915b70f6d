"""撤销导入: the register is as it was, or nothing is taken back and every hindrance is told."""

import csv
import datetime
import io
import itertools
import json
import re

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import indicators
from core.errors import Refused
from core.fields import Sealed
from core.jobs import run_now
from core.models import AuditEvent, Job, Lineage, Organisation, SheetImport, SheetRow
from core.periods import Period
from core.services import organisations, records
from core.sheets import imports, limits, undo
from members.models import (
    Coverage,
    DuplicateCandidate,
    Employer,
    Membership,
    Merge,
    Person,
    Post,
    UnionProfile,
)
from members.services import people, unions
from tests.factories.members import credit_code, employer, membership, person, resident_number
from tests.members import test_sheets as sheets
from tests.members.test_sheets import firm, union

REGISTER = [Organisation, Lineage, UnionProfile, Employer, Coverage, Person, Membership]
_names = itertools.cycle(itertools.product("王李张刘陈", "伟芳娜敏静", "军洋勇艳杰"))
DAY = datetime.date(2022, 3, 1)


@pytest.fixture
def clerk(world):
    return world.user("clerk")


def member(world, **more):
    """A roster's row of somebody who resembles nobody."""
    return sheets.member(world, **{"姓名": "".join(next(_names)), **more})


def as_csv(rows):
    headings = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, headings, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def bring(sheet, rows, at, by, *, partial=False):
    """Import rows (or a ready file) and return the finished import."""
    content = rows if isinstance(rows, bytes) else as_csv(rows)
    made = imports.start(
        io.BytesIO(content), name="名册.csv", sheet=sheet, organisation=at, by=by,
        is_strict=not partial, send=False,
    )  # fmt: skip
    assert run_now(made.job).state == Job.State.DONE
    made.refresh_from_db()
    return made


def take_back(made, by):
    """Ask for it and do it; the import as it then stands."""
    job = run_now(undo.start(made, by=by, send=False))
    assert job.state == Job.State.DONE, job.error
    made.refresh_from_db()
    assert made.state == SheetImport.State.UNDONE
    return made


def register():
    """Every row of the register in clear, to be compared."""

    def clear(value):
        return value.clear() if isinstance(value, Sealed) else value

    return {
        model: [
            {name: clear(value) for name, value in row.items()}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in REGISTER
    }


def counts(made):
    return (made.read, made.created, made.updated, made.same, made.rejected)


def total(world):
    year = Period.year(2025)
    (figure,) = indicators.compute(["members.total"], organisation=world.city, period=year)
    return figure.value


# --- the register is as it was


def test_members_that_came_in_go_and_what_was_changed_is_as_before(world, clerk):
    """Every column: filled, changed, emptied; text, choices, days, a reference, sealed values."""
    works = employer(world.own, "甲厂")
    full = {
        "民族": "汉族", "政治面貌": "群众", "学历": "大专",
        "手机号": "13800000001", "户籍类型": "城镇", "职业技能等级": "高级工",
        "工作单位": works.credit_code,
        "会员证号": "A1", "从业群体": "网约送餐员", "农民工": "是", "用工形式": "平台用工",
        "就业状况": "待岗", "岗位（职务）": "骑手",
    }  # fmt: skip
    filled, blank, gone = (
        member(world, 姓名="王建国", **full),
        member(world),
        member(world, 姓名="李娜"),
    )
    assert bring("members", [filled, blank], world.city, clerk).created == 2
    left = bring("members", [gone], world.city, clerk)
    people.leave(Membership.objects.latest("pk"), on=DAY, reason="quit", by=clerk)
    before = register()
    emptied = {name: "清空" for name in full if name not in {"农民工", "就业状况"}}
    made = bring(
        "members",
        [
            filled | emptied | {"姓名": "王健国", "农民工": "否", "就业状况": "在岗",
                                "入会日期": "2020-01-02"},
            blank | full,
            gone | {"入会日期": "2023-01-01"},
            member(world, 姓名="张三丰"),
        ],
        world.city,
        clerk,
    )  # fmt: skip
    assert counts(made) == (4, 2, 2, 0, 0), imports.summary(made)["errors"]
    assert Membership.objects.get(pk=before[Membership][0]["id"]).employer is None
    assert Person.objects.count() == 4
    take_back(made, clerk)
    assert register() == before
    with pytest.raises(Refused, match="已经撤销"):
        undo.start(made, by=clerk)
    assert left.state == "done"


def test_unions_leave_the_tree_with_their_history_and_changed_ones_are_as_before(world, clerk):
    bring("organisations", [union("A", "town", 工会主席="李明", 届次="3")], world.city, clerk)
    before = register()
    changed = {"工会全称": "新名工会", "简称": "新名", "工会主席": "清空",
               "主席手机号": "13800000001", "届次": "清空",
               "本届起始日": "2024-01-01", "所属领域": "道路货运"}  # fmt: skip
    rows = [
        union("A", "town") | changed,
        union("own", "town", 主席手机号="13800000002"),  # which had no particulars
        union("B", "A"), union("B1", "B"), union("B2", "B"), union("B11", "B1"),
    ]  # fmt: skip
    made = bring("organisations", rows, world.city, clerk)
    assert counts(made) == (6, 4, 2, 0, 0)
    assert UnionProfile.objects.filter(organisation=world.own).exists()
    take_back(made, clerk)
    assert register() == before
    assert Organisation.objects.find_problems() == ([], [], [], [], [])


def test_employers_go_with_their_coverage_and_an_earlier_one_goes_on(world, clerk):
    covered, bare = firm(world, 联系电话="0999-8200001"), firm(world, 地址="新街1号")
    covered |= {"覆盖工会": "own", "建会日期": "2020-01-01"}
    bring("employers", [covered, bare], world.city, clerk)
    before = register()
    moved = {"覆盖工会": "sibling", "建会日期": "2021-09-01"}
    made = bring(
        "employers",
        [
            covered | moved | {"联系电话": "清空", "职工人数": "9", "主管工会": "own"},
            bare | moved | {"地址": "清空", "规模以上": "是", "成立日期": "2019-02-03"},
            firm(world) | moved,
        ],
        world.city,
        clerk,
    )
    assert counts(made) == (3, 1, 2, 0, 0)
    assert Coverage.objects.count() == 4
    take_back(made, clerk)
    assert register() == before


def test_figures_are_as_before_the_import(world, clerk):
    bring("members", [member(world)], world.city, clerk)
    before = total(world)
    made = bring("members", [member(world), member(world)], world.city, clerk)
    after = total(world)
    take_back(made, clerk)
    assert total(world) == before != after


def test_a_suspected_double_goes_with_the_member_and_hinders_once_merged(world, clerk):
    same = {"姓名": "王建国", "手机号": "13800000001"}
    first = member(world, 证件号码=resident_number(7), **same)
    bring("members", [first], world.city, clerk)
    before = register()
    twin = member(world, 证件号码=resident_number(8), 确认为另一人="是", **same)
    made = bring("members", [twin], world.city, clerk)
    assert DuplicateCandidate.objects.count() == made.created == 1
    take_back(made, clerk)
    assert (register(), DuplicateCandidate.objects.count()) == (before, 0)
    made = bring("members", [twin], world.city, clerk)
    pair = DuplicateCandidate.objects.get()
    Merge.objects.create(
        candidate=pair, surviving=pair.first, absorbed=pair.second, organisation=world.city,
        snapshot="{}", reason="同一人", merged_by=clerk,
    )  # fmt: skip
    (told,) = undo.touches(made)
    assert told.act == "已登记合并记录"


def test_a_later_import_out_of_sight_is_named_without_a_way_there(world, clerk, client):
    row = member(world)
    made = bring("members", [row], world.district, clerk)
    later = bring("members", [row | {"民族": "汉族"}], world.city, clerk)
    client.force_login(world.user("clerk", at=world.district))
    html = client.get(reverse("sheet_undo", args=[made.pk])).content.decode()
    assert "后来导入的表格写入了同一条记录" in html
    assert reverse("sheet_import", args=[later.pk]) not in html
    client.force_login(clerk)
    html = client.get(reverse("sheet_undo", args=[made.pk])).content.decode()
    assert reverse("sheet_import", args=[later.pk]) in html


def test_each_act_stands_in_the_trail(world, clerk):
    made = bring("members", [member(world)], world.city, clerk)
    record = Membership.objects.select_related("person").get()
    take_back(made, clerk)
    acts = dict(AuditEvent.objects.values_list("action", "object_id"))
    assert acts["members.membership.withdraw"] == str(record.pk)
    assert acts["members.person.withdraw"] == str(record.person_id)
    event = AuditEvent.objects.get(action="core.sheetimport.undo")
    assert event.changes == {"state": ["done", "undone"], "created": [1, 0], "updated": [0, 0]}
    assert (event.actor_id, event.organisation_path) == (clerk.pk, world.city.path)
    removed = AuditEvent.objects.get(action="members.person.withdraw")
    assert record.person.name not in json.dumps(removed.changes, ensure_ascii=False)


def test_newest_first_every_import_can_be_taken_back(world, clerk):
    row = member(world)
    states = [register()]
    made = []
    for more in ({}, {"民族": "汉族"}, {"民族": "满族"}, {"民族": "清空"}):
        made.append(bring("members", [row | more], world.city, clerk))
        states.append(register())
    with pytest.raises(Refused, match="后来导入的表格写入了同一条记录"):
        undo.start(made[0], by=clerk)
    while made:
        states.pop()
        take_back(made.pop(), clerk)
        assert register() == states[-1]


# --- what stands in the way


def touch_person(world, clerk, row):
    row.person.education = "college"
    people.correct_many([(row.person, row)], by=clerk)


def touch_post(world, clerk, row):
    records.save(
        Post(
            organisation=world.own, person=row.person, kind="cadre", holder_name="刘洋", since=DAY
        ),
        by=clerk,
    )


def transfer(world, clerk, row):
    return people.issue_transfer(row, target=world.sibling, on=DAY, by=clerk)


MEMBER_TOUCHES = {
    "更正个人信息": touch_person,
    "办理离会": lambda world, clerk, row: people.leave(row, on=DAY, reason="quit", by=clerk),
    "保留会籍": lambda world, clerk, row: people.keep(row, since=DAY, status="retired", by=clerk),
    "已登记会籍转接": transfer,
    "已登记任职": touch_post,
}


@pytest.mark.parametrize("act", MEMBER_TOUCHES)
def test_a_member_who_was_touched_is_told_and_nothing_is_taken_back(world, clerk, client, act):
    rows = [member(world), member(world, 姓名="李娜")]
    made = bring("members", rows, world.city, clerk)
    touched = Membership.objects.select_related("person", "organisation").latest("pk")
    other = world.user("clerk", display_name="赵敏")
    MEMBER_TOUCHES[act](world, other, touched)
    (told,) = undo.touches(made)
    assert (told.number, told.act, told.later) == (3, act, None)
    assert "赵敏" in told.actor
    assert told.at is not None
    client.force_login(clerk)
    before = register()
    url = reverse("sheet_undo", args=[made.pk])
    html = client.get(url).content.decode()
    for said in ("1 行在导入后又有变动", told.label, "赵敏", act):
        assert said in html
    assert "撤销导入（" not in html
    assert "1 行在导入后又有变动" in client.post(url).content.decode()
    assert register() == before
    assert not Job.objects.filter(kind="core.sheet_undo").exists()


def test_a_member_who_moved_on_is_told_once(world, clerk):
    made = bring("members", [member(world)], world.city, clerk)
    issued = transfer(world, clerk, Membership.objects.get())
    people.accept_transfer(issued, on=DAY, by=clerk)
    (told,) = undo.touches(made)
    assert told.act == "办理离会"


def test_looking_at_a_number_and_what_others_do_is_no_touch(world, clerk):
    other = people.enrol(person(), membership(world.own), by=clerk)
    made = bring("members", [member(world)], world.city, clerk)
    mine = Membership.objects.latest("pk")
    records.reveal(mine.person, "certificate_number", reason="核对身份", by=clerk)
    people.leave(other, on=DAY, reason="quit", by=clerk)
    assert undo.touches(made) == []


def test_a_changed_member_may_be_transferred_and_is_restored(world, clerk):
    """What refers to a record hinders its removal only."""
    row = member(world)
    bring("members", [row], world.city, clerk)
    made = bring("members", [row | {"民族": "汉族"}], world.city, clerk)
    transfer(world, clerk, Membership.objects.get())
    take_back(made, clerk)
    assert Person.objects.get().ethnicity == ""


ORGANISATION_TOUCHES = {
    "已登记隶属关系": lambda world, clerk, row: organisations.establish(
        Organisation(code="Z", name="分会", level="branch"), parent=row, by=clerk
    ),
    "调整隶属关系：工会组织": lambda world, clerk, row: organisations.move(
        row, parent=world.own, on=DAY, by=world.builder
    ),
    "修改工会组织信息": lambda world, clerk, row: records.save(
        _changed(row.profile, chair_name="李明"), by=clerk
    ),
    "修改工会组织": lambda world, clerk, row: records.save(_changed(row, name="新名"), by=clerk),
    "已登记账号": lambda world, clerk, row: world.user(None, row),
    "已登记会员": lambda world, clerk, row: people.enrol(person(), membership(row), by=clerk),
}


def _changed(row, **values):
    for name, value in values.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize("act", ORGANISATION_TOUCHES)
def test_a_union_that_was_touched_is_told(world, clerk, act):
    made = bring("organisations", [union("A", "town"), union("A1", "A")], world.city, clerk)
    ORGANISATION_TOUCHES[act](world, clerk, Organisation.objects.get(code="A1"))
    *above, told = undo.touches(made)
    assert (told.number, told.act) == (3, act)
    assert [touch.number for touch in above] == ([2] if act == "已登记隶属关系" else [])


EMPLOYER_TOUCHES = {
    "登记建会覆盖": lambda world, clerk, row: unions.cover(
        row, union=world.own, since=DAY, by=clerk
    ),
    "修改用人单位": lambda world, clerk, row: records.save(_changed(row, name="新厂"), by=clerk),
    "已登记会员": lambda world, clerk, row: people.enrol(
        person(), membership(world.own, employer=row), by=clerk
    ),
}


@pytest.mark.parametrize("act", EMPLOYER_TOUCHES)
def test_an_employer_that_was_touched_is_told(world, clerk, act):
    made = bring("employers", [firm(world)], world.city, clerk)
    EMPLOYER_TOUCHES[act](world, clerk, Employer.objects.get())
    (told,) = undo.touches(made)
    assert told.act == act


def test_what_a_value_referred_to_and_is_gone_hinders(world, clerk):
    works, row = employer(world.own), member(world)
    bring("members", [row | {"工作单位": works.credit_code}], world.city, clerk)
    made = bring("members", [row | {"工作单位": "清空"}], world.city, clerk)
    records.remove_many([works], by=clerk, action="members.employer.withdraw")
    job = run_now(undo.start(made, by=clerk, send=False))
    assert (job.state, "原来的“工作单位”已不在登记中" in job.error) == ("failed", True)


def test_codes_that_moved_from_row_to_row_move_back(world, clerk):
    codes = [credit_code(start="81") for _ in range(2)]
    rows = [union(f"A{n}", "town", 工会统一社会信用代码=code) for n, code in enumerate(codes)]
    bring("organisations", rows, world.city, clerk)
    before = register()
    rows[0]["工会统一社会信用代码"] = credit_code(start="81")
    rows[1]["工会统一社会信用代码"] = codes[0]
    made = bring("organisations", [*rows, union("C", "town", 工会统一社会信用代码=codes[1])],
                 world.city, clerk)  # fmt: skip
    assert counts(made) == (3, 1, 2, 0, 0)
    take_back(made, clerk)
    assert register() == before


def test_many_touched_rows_are_told_up_to_a_number(world, clerk, client, monkeypatch):
    made = bring("members", [member(world) for _ in range(5)], world.city, clerk)
    for row in Membership.objects.all():
        people.leave(row, on=DAY, reason="quit", by=clerk)
    monkeypatch.setattr(undo, "MOST", 3)
    assert len(undo.touches(made)) == 4
    client.force_login(clerk)
    html = client.get(reverse("sheet_undo", args=[made.pk])).content.decode()
    assert "3 行以上在导入后又有变动" in html
    assert html.count("办理离会") == 3


# --- races, deaths, rights


def test_a_touch_between_asking_and_doing_ends_in_nothing_undone(world, clerk, client):
    made = bring("members", [member(world), member(world)], world.city, clerk)
    asked = undo.start(made, by=clerk, send=False)
    with pytest.raises(Refused, match="正在撤销"):
        undo.start(made, by=clerk)
    people.leave(Membership.objects.latest("pk"), on=DAY, reason="quit", by=clerk)
    before = register()
    job = run_now(asked)
    assert job.state == Job.State.FAILED
    assert "有 1 行在导入后又有变动，没有撤销任何一行。如第 3 行：办理离会" in job.error
    made.refresh_from_db()
    assert (made.state, register()) == ("done", before)
    client.force_login(clerk)
    html = client.get(reverse("sheet_import", args=[made.pk])).content.decode()
    assert "撤销没有完成" in html


def test_an_undo_that_died_begins_again_and_ends_the_same(world, clerk, monkeypatch):
    monkeypatch.setattr(limits, "BATCH", 2)
    before = register()
    rows = [member(world) for _ in range(5)]
    made = bring("members", rows, world.city, clerk)
    asked = undo.start(made, by=clerk, send=False)
    original, calls = people.withdraw_many, []

    def dies(memberships, **options):
        calls.append(len(memberships))
        original(memberships, **options)
        if len(calls) == 2:
            raise KeyboardInterrupt  # the process ends before the step is stored

    monkeypatch.setattr(people, "withdraw_many", dies)
    with pytest.raises(KeyboardInterrupt):
        run_now(asked)
    assert Membership.objects.count() == 5
    Job.objects.filter(pk=asked.pk).update(state=Job.State.QUEUED)
    assert run_now(asked).result["summary"].startswith("移除 5 行，恢复原值 0 行")
    assert calls == [2, 2, 2, 2, 1]
    assert register() == before
    assert AuditEvent.objects.filter(action="core.sheetimport.undo").count() == 1


def test_rights_are_asked_again_when_the_job_runs(world, clerk):
    made = bring("members", [member(world)], world.city, clerk)
    asked = undo.start(made, by=clerk, send=False)
    clerk.assignments.all().delete()
    assert run_now(asked).state == Job.State.FAILED
    assert Membership.objects.count() == 1


def test_the_uploader_without_the_right_sees_the_import_and_may_not_undo_it(world, clerk, client):
    made = bring("members", [member(world)], world.city, clerk)
    clerk.assignments.all().delete()
    client.force_login(clerk)
    url = reverse("sheet_undo", args=[made.pk])
    assert url not in client.get(reverse("sheet_import", args=[made.pk])).content.decode()
    assert [client.get(url).status_code, client.post(url).status_code] == [403, 403]


def test_nothing_that_was_not_written_is_offered(world, clerk, client):
    client.force_login(clerk)
    refused = bring("members", [member(world, 姓名="")], world.city, clerk)
    row = member(world)
    done = bring("members", [row], world.city, clerk)
    same = bring("members", [row], world.city, clerk)
    for made, offered in ((refused, False), (done, True), (same, False)):
        html = client.get(reverse("sheet_import", args=[made.pk])).content.decode()
        assert ("撤销这次导入" in html) == offered
        page = client.get(reverse("sheet_undo", args=[made.pk])).content.decode()
        assert ("撤销导入（1 行）" in page) == offered


def test_an_undone_import_names_its_job(world, clerk):
    made = bring("members", [member(world)], world.city, clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetImport.objects.filter(pk=made.pk).update(state=SheetImport.State.UNDONE)


def test_the_number_of_queries_does_not_grow_with_the_rows(world, clerk, client):
    client.force_login(clerk)

    def asked_for(size):
        old = [member(world, 姓名=f"王{chr(0x5EFA + n)}") for n in range(size)]
        bring("members", old, world.city, clerk)
        new = [member(world, 姓名=f"李{chr(0x5EFA + n)}") for n in range(size)]
        made = bring("members", [*new, *[row | {"民族": "汉族"} for row in old]], world.city, clerk)
        with CaptureQueriesContext(
            connection,
        ) as page:
            client.get(reverse("sheet_undo", args=[made.pk]))
        job = undo.start(made, by=clerk, send=False)
        with CaptureQueriesContext(connection) as work:
            assert run_now(job).state == Job.State.DONE
        return len(page), len(work)

    asked_for(1)  # what is asked once and kept
    assert asked_for(3) == asked_for(40)


# --- the page, and the clerk's loop


def test_the_page_says_what_will_happen_and_the_import_page_what_happened(world, clerk, client):
    client.force_login(clerk)
    row = member(world)
    bring("members", [row], world.city, clerk)
    made = bring(
        "members", [row | {"民族": "汉族", "手机号": "13800000009"}, member(world, 姓名="李娜")],
        world.city, clerk,
    )  # fmt: skip
    url, back = (reverse(name, args=[made.pk]) for name in ("sheet_undo", "sheet_import"))
    assert url in client.get(back).content.decode()
    html = client.get(url).content.decode()
    assert [int(n) for n in re.findall(r"<dd>(\d+)<span class=\"unit\">行", html)] == [2, 1, 1]
    assert "恢复原值：民族、手机号" in html
    assert "移除本次新增的登记" in html
    assert "撤销导入（2 行）" in html
    assert "李娜" not in html
    assert "13800000009" not in html
    answer = client.post(url)
    assert (answer.status_code, answer.url) == (302, back)
    waiting = client.get(back).content.decode()
    assert "正在撤销这次导入" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    run_now(Job.objects.get(kind="core.sheet_undo"))
    done = client.get(back).content.decode()
    assert "这次导入已由王建国于" in done
    assert "已撤销" in done
    assert url not in done
    assert "已撤销" in client.get(reverse("sheets")).content.decode()
    assert "已经撤销" in client.get(url).content.decode()
    assert "移除 1 行，恢复原值 1 行" in client.get(reverse("notices")).content.decode()


def mended(made, **cells):
    """The bytes of the error workbook with some cells changed, by row and heading."""
    with made.error_file.content.open("rb") as stream:
        book = openpyxl.load_workbook(io.BytesIO(stream.read()))
    page = book.worksheets[0]
    places = {cell.value: cell.column for cell in page[1]}
    for where, value in cells.items():
        heading, number = re.fullmatch(r"(\D+)(\d+)", where).groups()
        page.cell(int(number), places[heading]).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_clerks_loop(world, clerk):
    """Upload with two wrong cells, mend, upload again, take both back, bring all in again."""
    before = register()
    rows = [member(world), member(world, 姓名=""), member(world, 入会日期="去年")]
    first = bring("members", rows, world.city, clerk, partial=True)
    assert counts(first) == (3, 1, 0, 0, 2)
    table = mended(first, 姓名3="李娜", 入会日期4="2021-03-05")
    second = bring("members", table, world.city, clerk, partial=True)
    assert counts(second) == (3, 2, 0, 1, 0)
    take_back(second, clerk)
    assert Membership.objects.count() == 1
    take_back(first, clerk)
    assert register() == before
    again = bring("members", table, world.city, clerk)
    assert counts(again) == (3, 3, 0, 0, 0)
    assert again.told == ["没有用到的列：行标识。"] or "导入过" not in str(again.told)


def test_rows_that_were_the_same_are_not_known_once_their_record_has_gone(world, clerk):
    """The first import is taken back although a later file held its rows too."""
    rows = [member(world), member(world, 姓名=""), member(world, 入会日期="去年")]
    first = bring("members", rows, world.city, clerk, partial=True)
    second = bring("members", mended(first, 姓名3="李娜"), world.city, clerk, partial=True)
    assert counts(second) == (3, 1, 0, 1, 1)
    take_back(first, clerk)
    third = bring("members", mended(second, 入会日期4="2021-03-05"), world.city, clerk)
    assert counts(third) == (3, 2, 0, 1, 0)
    assert Membership.objects.count() == 3
    assert SheetRow.objects.filter(digest=b"").count() == 1


def test_the_command_takes_an_import_back(world, clerk):
    from tests.core.test_sheet_command import command

    made = bring("members", [member(world)], world.city, clerk)
    stranger = world.user("clerk", at=world.other_district)
    assert command("undo", made.pk, "--by", "nobody")[0] == 2
    assert command("undo", made.pk, "--by", stranger.username)[0] == 2
    status, out, _ = command("undo", made.pk, "--by", clerk.username)
    assert (status, out.startswith("移除 1 行")) == (0, True)
    status, _, err = command("undo", made.pk, "--by", clerk.username)
    assert (status, "已经撤销" in err) == (1, True)
