"""The pages of the reports: shelf, start, run, figure with its rows, export; and the definition."""

import io
from html import unescape

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import inbox, indicators, roles
from core.models import AuditEvent
from core.roles import Role
from members.models import Membership, Person
from reports import explaining, services
from reports.models import Chapter, Figure, ReportDefinition, ReportRun
from tests.factories.core import UserFactory
from tests.reports import worlds

READER = Role("reader", "读者", frozenset({"reports.view_reportrun", "reports.view_figure"}))
pytestmark = pytest.mark.django_db


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk(golden):
    return browser(golden.clerk)


def page(client, name, *args, **query):
    answer = client.get(reverse(f"reports:{name}", args=args), query)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.content.decode())


def published(golden):
    services.check(golden.run, by=golden.clerk)
    services.sign(golden.run, by=golden.head)
    return services.publish(golden.run, by=golden.head)


# Shelf, start, run.


def test_the_shelf_shows_drafts_to_makers_and_the_published_to_leadership(golden, clerk):
    leader = browser(golden.leader)
    assert "工作报告（第1版）" in page(clerk, "shelf")
    assert "还没有可以查阅的报告" in page(leader, "shelf")
    assert "生成报告" not in page(leader, "shelf")
    published(golden)
    shelf = page(leader, "shelf")
    assert "工作报告（第1版）" in shelf
    assert "下载 PDF" in shelf


def test_a_chair_has_no_shelf(golden):
    chair = browser(golden.world.user("chair", golden.world.own))
    assert chair.get(reverse("reports:shelf")).status_code == 403


def test_start_asks_for_a_report(golden, clerk, monkeypatch):
    asked = {
        "definition": golden.run.definition_id,
        "organisation": golden.world.district.pk,
        "year": 2021,
        "part": "q3",
    }
    answer = clerk.post(reverse("reports:start"), asked)
    run = ReportRun.objects.get(organisation=golden.world.district)
    assert answer.url == reverse("reports:run", args=[run.pk])
    assert (run.period.key, run.version, run.requested_by) == ("2021-Q3", 1, golden.clerk)
    assert run.job.state == "queued"
    told = page(clerk, "run", run.pk)
    assert "已开始生成" in told
    assert "尚在统计" in told
    late = clerk.post(reverse("reports:start"), asked | {"year": 1999})
    assert late.status_code == 200


def test_a_district_may_use_the_definition_of_its_city(golden):
    district = golden.world.district
    clerk = browser(golden.world.user("clerk", district))
    form = page(clerk, "start")
    assert "工作报告" in form
    assert "江城市总工会" not in form.split("<form", 1)[1]
    elsewhere = golden.world.user("clerk", golden.world.other_district)
    worlds.definition(district, "文字。", kind="own")
    usable = ReportDefinition.objects.usable_by(elsewhere)
    assert [row.kind for row in usable] == ["yearly"]


def test_the_page_of_a_run(golden, clerk):
    told = page(clerk, "run", golden.run.pk)
    assert "<title>江城市总工会2021年工作报告" in told
    for figure in golden.run.figures.filter(split=""):
        assert reverse("reports:figure", args=[figure.pk]) in told
    assert "24 人" in told
    assert "27.5 %" in told
    assert told.count("下载 ") == 4
    assert "核对无误" in told
    assert "签发" not in told


def test_buttons_lead_from_draft_to_shelf(golden, clerk):
    run, head = golden.run, browser(golden.head)
    address = reverse("reports:run", args=[run.pk])
    assert [entry.url for entry in inbox.waiting_for(golden.clerk)] == [address]
    answer = clerk.post(reverse("reports:check", args=[run.pk]))
    assert answer.url == address
    assert clerk.get(reverse("reports:sign", args=[run.pk])).status_code == 403
    assert address in [entry.url for entry in inbox.waiting_for(golden.head)]
    assert "签发" in page(head, "run", run.pk)
    head.post(reverse("reports:sign", args=[run.pk]))
    head.post(reverse("reports:publish", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == "published"
    again = head.post(reverse("reports:publish", args=[run.pk]))
    assert "报告已发布，不能办理此项操作。" in again.content.decode()


def test_only_the_newest_version_waits(golden, unset):
    again = services.start(
        golden.run.definition, organisation=golden.world.city, period=worlds.YEAR,
        by=golden.clerk, send=False,
    )  # fmt: skip
    worlds.made(again)
    waiting = [entry.url for entry in inbox.waiting_for(golden.clerk)]
    assert waiting == [reverse("reports:run", args=[again.pk])]


# Figures and their rows.


def rows_shown(told):
    return told.count("<tr>") - 1


def test_every_figure_lists_exactly_its_frozen_rows(golden, clerk):
    for figure in golden.run.figures.filter(split__in=["", "child", "sex"]):
        told = page(clerk, "figure", figure.pk)
        assert figure.shown in told, figure
        if figure.definition["kind"] in {"rows", "manual"} and figure.rows:
            assert rows_shown(told) == figure.identities["count"] == figure.rows, figure
            assert "不在本人" not in told


def test_rows_that_come_later_are_not_the_figure(golden, clerk):
    figure = golden.figure("members.total")
    before = page(clerk, "figure", figure.pk)
    assert "与快照一致" in before
    row = Membership.objects.filter(joined_on__year=2020, left_on=None).first()
    Membership.objects.filter(pk=row.pk).update(joined_on="2022-02-01")
    after = page(clerk, "figure", figure.pk)
    assert "按现在的台账重新统计：23 人" in after
    assert "与快照不同" in after
    assert rows_shown(after) == 24


def test_persons_are_masked(golden, clerk):
    told = page(clerk, "figure", golden.figure("members.women").pk)
    assert "王*国" in told or "王**" in told
    assert "王建国</td>" not in told
    assert "330600" not in told.replace("3306**", "")


def test_how_it_was_counted_stays_when_the_indicator_is_gone(golden, clerk, monkeypatch):
    figure = golden.figure("members.new_form_join_rate")
    told = page(clerk, "figure", figure.pk)
    assert "新就业形态会员数 ÷ 新就业形态劳动者总数（摸底数） × 100%" in told
    for code in (figure.code, "members.women"):
        monkeypatch.delitem(indicators.shipped, code)
    assert "÷" in page(clerk, "figure", figure.pk)
    told = page(clerk, "figure", golden.figure("members.women").pk)
    assert "性别为女" in told
    assert "按现在的台账" not in told
    assert rows_shown(told) == 12


def test_a_derived_figure_opens_its_parts(golden, clerk):
    rate = golden.figure("members.real_name_rate", "child", "district")
    told = page(clerk, "figure", rate.pk)
    for code in ("members.total", "members.with_phone"):
        part = golden.figure(code, "child", "district")
        assert reverse("reports:figure", args=[part.pk]) in told


def test_a_manual_figure_opens_its_entry(golden, clerk):
    told = page(clerk, "figure", golden.figure("members.new_form_base").pk)
    assert "摸底调查表" in told
    assert "人工填报并经另一人签发" in told


def test_rows_outside_the_scope_are_counted_and_not_shown(golden, monkeypatch):
    """Somebody who may see the city's reports, and the rows of one district only."""
    published(golden)
    user = UserFactory(organisation=golden.world.city)
    monkeypatch.setitem(roles.table(), READER.code, READER)
    for role, place in (("reader", golden.world.city), ("leader", golden.world.district)):
        user.assignments.create(organisation=place, role=role, since="2020-01-01")
    told = page(browser(user), "figure", golden.figure("members.total").pk)
    assert rows_shown(told) == 15
    assert "其中 9 行不在本人可查看的范围内" in told


def test_too_many_rows_are_told_by_digests(golden, clerk):
    figure = golden.figure("members.total")
    kept = {"count": 24, "digest": figure.digest, "parts": []}
    Figure.objects.filter(pk=figure.pk).update(identities=kept)
    told = page(clerk, "figure", figure.pk)
    assert "明细超过两万行，快照按单位和时间留存摘要，下表为现在的台账" in told
    assert rows_shown(told) == 24
    assert "导出明细" not in told
    export = reverse("reports:figure_export", args=[figure.pk])
    assert clerk.post(export).status_code == 404


def test_pages_of_another_district_are_as_missing_ones(golden):
    other = browser(golden.world.user("clerk", golden.world.other_district))
    figure = golden.figure("members.total")
    for name, pk in (("run", golden.run.pk), ("figure", figure.pk), ("check", golden.run.pk)):
        there = other.get(reverse(f"reports:{name}", args=[pk]))
        missing = other.get(reverse(f"reports:{name}", args=[10**9]))
        assert (there.status_code, there.content) == (404, missing.content), name
    there = other.post(reverse("reports:figure_export", args=[figure.pk]))
    assert there.status_code == 404


def test_the_export_is_recorded_and_holds_no_formula(golden, clerk):
    Person.objects.filter(sex="female").update(name="=HYPERLINK(1)")
    figure = golden.figure("members.women")
    answer = clerk.post(reverse("reports:figure_export", args=[figure.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [cell.value for cell in rows[0]][:3] == ["姓名", "证件号码", "所属工会"]
    assert len(rows) == 1 + 12 + 1
    assert {cell.data_type for row in rows for cell in row if cell.value} == {"s"}
    assert rows[-1][0].value == f"{golden.clerk.display_name} 导出，共 12 行"
    event = AuditEvent.objects.get(action="reports.figure.export")
    assert event.actor_id == golden.clerk.pk
    assert event.changes == {"rows": 12, "code": "members.women"}
    assert "filename*=utf-8''" in answer["Content-Disposition"]


@pytest.mark.parametrize("name", ["run", "shelf", "figure"])
def test_queries_do_not_grow_with_rows(golden, clerk, name):
    def asked(code):
        arguments = {"run": [golden.run.pk], "shelf": [], "figure": [golden.figure(code).pk]}[name]
        with CaptureQueriesContext(connection) as queries:
            page(clerk, name, *arguments)
        return len(queries)

    asked("members.ended")  # what the first page of a session asks is asked once
    few = asked("members.ended")
    if name == "run":
        Figure.objects.bulk_create(
            Figure(run=golden.run, code=f"a.b{n}", label="甲", unit="人", value=n, rows=0)
            for n in range(50)
        )
    if name == "shelf":
        for _ in range(10):
            services.start(
                golden.run.definition, organisation=golden.world.city, period=worlds.YEAR,
                by=golden.clerk, send=False,
            )  # fmt: skip
    assert asked("members.total") == few <= 20


# The definition, as staff edit it.


def edited(definition, chapters, **change):
    """What the browser sends."""
    rows = list(chapters)
    old = sum(1 for row in rows if row.get("id"))
    data = {
        "organisation": definition.organisation_id,
        "kind": definition.kind,
        "name": definition.name,
        "title": definition.title,
        "subtitle": definition.subtitle,
        "salutation": definition.salutation,
        "is_active": "on",
        "chapters-TOTAL_FORMS": len(rows),
        "chapters-INITIAL_FORMS": old,
        **change,
    }
    for place, row in enumerate(rows):
        data |= {f"chapters-{place}-{name}": value for name, value in row.items()}
        data[f"chapters-{place}-definition"] = definition.pk
    return data


def test_staff_edit_a_definition_with_its_chapters(golden):
    head, definition = browser(golden.head), golden.run.definition
    address = reverse("admin:reports_reportdefinition_change", args=[definition.pk])
    assert "第1章" in head.get(address).content.decode()
    one, two = definition.chapters.all()
    rows = [
        {"id": one.pk, "number": 2, "name": "甲", "text": one.text},
        {"id": two.pk, "number": 1, "name": "乙", "text": "会员{{ members.total }}。"},
        {"number": 3, "name": "丙", "text": "新的一章。"},
    ]
    answer = head.post(address, edited(definition, rows, title="新标题"))
    assert answer.status_code == 302, answer.content.decode()
    definition.refresh_from_db()
    assert definition.title == "新标题"
    assert [(row.number, row.name) for row in definition.chapters.all()] == [
        (1, "乙"), (2, "甲"), (3, "丙"),
    ]  # fmt: skip
    trail = AuditEvent.objects.filter(
        object_type="reports.ReportDefinition", actor_id=golden.head.pk
    )
    assert [event.action for event in trail.order_by("id")] == [
        "reports.reportdefinition.change", "reports.reportdefinition.define",
    ]  # fmt: skip
    first = definition.chapters.first()
    rows = [
        {"id": row.pk, "number": row.number, "name": row.name, "text": row.text}
        for row in definition.chapters.all()
    ]
    rows[0]["DELETE"] = "on"
    assert head.post(address, edited(definition, rows)).status_code == 302
    assert not Chapter.objects.filter(name=first.name, definition=definition).exists()
    assert definition.chapters.count() == 2
    assert ReportRun.objects.get(pk=golden.run.pk).text["chapters"] == list(worlds.TEXTS)


def test_a_wrong_line_is_told_where_it_stands(golden):
    head, definition = browser(golden.head), golden.run.definition
    address = reverse("admin:reports_reportdefinition_change", args=[definition.pk])
    one, two = definition.chapters.all()
    rows = [
        {"id": one.pk, "number": 1, "name": "甲", "text": one.text},
        {"id": two.pk, "number": 2, "name": "乙", "text": "甲\n\n共{{ members.totl }}"},
    ]
    answer = head.post(address, edited(definition, rows, title="# 新标题"))
    told = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "第 3 行：没有“members.totl”这个指标，请在指标目录中核对代码。" in told
    assert "此处只能写一行文字" in told
    definition.refresh_from_db()
    assert definition.title == "团结奋进建功{{ 期间.年 }}"


def test_a_clerk_reads_a_definition_and_changes_nothing(golden, clerk):
    definition = golden.run.definition
    address = reverse("admin:reports_reportdefinition_change", args=[definition.pk])
    assert clerk.get(address).status_code == 200
    assert clerk.post(address, edited(definition, [])).status_code == 403


@pytest.mark.parametrize("code", sorted(indicators.shipped))
def test_every_shipped_indicator_can_be_explained(code):
    definition = indicators.shipped[code]
    terms = list(explaining.terms(definition, indicators.shipped, worlds.YEAR))
    assert terms[0] == ("依据", definition.source)
    assert all(text for _, text in terms)
    assert len(terms) >= 2
