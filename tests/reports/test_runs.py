"""Making a report: text that is refused, dying and going on, what holds it up, the command."""

import datetime
import io
import json
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from core.errors import NotPermitted, OutOfScope, Refused
from core.jobs import run_now
from core.models import AuditEvent, IndicatorDefinition, Job, Organisation
from core.periods import Period
from core.services import figures
from members.services import people
from reports import crosschecks, services, shipped, tasks
from reports.composing import Composer
from reports.models import Chapter, ReportDefinition, ReportRun
from tests.factories.members import membership, person
from tests.reports import worlds

pytestmark = pytest.mark.django_db


def test_payloads_are_printed_as_they_stand(world, faces, unset):
    payloads = [
        "{% include 'x' %}", "{% debug %}", "${7*7}", "#{7*7}", "<%= 7 %>", "{# x #}", "%(a)s",
        "{0}", "<script>x()</script>", "<img src=file:///etc/passwd>", "&lt;b&gt;", "__class__",
    ]  # fmt: skip
    text = "文" + "，".join(payloads) + r"，\{{ settings.SECRET_KEY }}，\{{ m.password }}。"
    run = worlds.made(worlds.started(world, text))
    printed = "文" + "，".join(payloads) + "，{{ settings.SECRET_KEY }}，{{ m.password }}。"
    assert worlds.text_of(run, faces) == [printed]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("甲\n\n会员{{ members.totl }}", "第 3 行：没有“members.totl”这个指标"),
        ("会员{{ members.total | 万元 }}", "第 1 行："),
        ("{{ settings.SECRET_KEY }}", "第 1 行："),
        ("{{ run.requested_by.password }}", "第 1 行：没有“run.requested_by.password”这个指标"),
        ("{{ 组织.密码 }}", "第 1 行：没有“组织.密码”这项内容"),
        ("[[名单 先进 | code=members.total]]", "第 1 行：没有“名单”这种内容，可用的有：表、图、"),
        ("[[名册 会员 | code=members.total]]", "第 1 行：“会员总数”的明细含个人信息，不能列名册。"),
        ("[[名册 率 | code=members.real_name_rate]]", "第 1 行：“会员实名率”不由明细行统计"),
        ("甲\n[[表 甲 | codes=members.total | by=shoe]]", "第 2 行：“会员总数”不能按“shoe”分列"),
        ("[[图 甲 | code=members.new_form_join_rate | by=sex]]", "第 1 行：“新就业形态劳动者总数"),
    ],
)  # fmt: skip
def test_wrong_text_is_refused_with_its_line(world, text, sentence):
    with pytest.raises(ValidationError) as refused:
        worlds.definition(world.city, "好的一章", text)
    assert any(message.startswith(sentence) for message in refused.value.messages)
    with transaction.atomic():  # the whole is refused
        assert not Chapter.objects.filter(text=text).exists()


@pytest.mark.parametrize("title", ["# 标题", "[[图 甲 | code=members.total]]", "甲\n\n乙"])
def test_a_title_is_one_line_of_text(world, title):
    row = ReportDefinition(organisation=world.city, kind="k", name="报告", title=title)
    with pytest.raises(ValidationError, match="此处只能写一行文字"):
        services.define(row, [], by=None)


def test_the_house_comes_with_a_yearly_report(world):
    first = shipped.install(world.city)
    assert [chapter.name for chapter in first.chapters.all()] == [
        "开篇", "会员发展", "组织建设", "困难帮扶", "荣誉与劳模服务", "工会经费", "建功立业",
        "不足与安排",
    ]  # fmt: skip
    first.title = "改过的标题"
    first.save()
    again = shipped.install(world.city)
    assert (again.pk, again.title) == (first.pk, "改过的标题")


def test_a_run_keeps_the_text_it_was_asked_for_with(world, faces, unset):
    run = worlds.started(world, "会员{{ members.total }}。")
    row = run.definition
    services.define(row, [Chapter(name="新", text="只有文字。")], by=None)
    assert worlds.text_of(worlds.made(run), faces) == ["会员0人。"]


class Killed(BaseException):
    """As a process dies: nothing after it runs."""


def dying(function):
    """The function, whose process dies before its output is kept."""

    def die(*args):
        function(*args)
        raise Killed

    return die


def test_a_run_that_dies_in_every_step_goes_on_where_it_was(world, monkeypatch, unset):
    worlds.fill(world)
    run = worlds.started(world, by=world.user("clerk"))
    calls = Counter()

    def counted(name, function):
        def count(*args):
            calls[name] += 1
            return function(*args)

        return count

    for name in ("_compute", "_freeze", "_store", "_forget"):
        monkeypatch.setattr(tasks, name, counted(name, getattr(tasks, name)))
    for name in tasks.WRITERS:
        monkeypatch.setitem(tasks.WRITERS, name, counted(name, tasks.WRITERS[name]))
    steps = ["_compute", "_freeze", *tasks.WRITERS, "_store", "_forget"]
    for name in steps:
        with monkeypatch.context() as patch:
            if name in tasks.WRITERS:
                patch.setitem(tasks.WRITERS, name, dying(tasks.WRITERS[name]))
            else:
                patch.setattr(tasks, name, dying(getattr(tasks, name)))
            with pytest.raises(Killed):
                run_now(run.job)
        left = timezone.now() - datetime.timedelta(seconds=1)
        Job.objects.filter(pk=run.job_id).update(lease_until=left)
    worlds.made(run)
    assert calls == dict.fromkeys(steps, 2)  # once in vain, once for good
    assert run.figures.filter(split="").count() == 11
    assert [label for label, _ in run.files] == [
        "PDF（公文版式）", "Word（供修改）", "Excel（附表）", "数据清单",
    ]  # fmt: skip
    assert worlds.content(run.figures_json) == tasks.manifest(run)
    assert not default_storage.exists(tasks._folder(run))
    frozen = AuditEvent.objects.filter(action="reports.reportrun.freeze", object_id=str(run.pk))
    assert frozen.count() == 1
    assert Job.objects.get(pk=run.job_id).percent == 100


def test_a_file_that_changed_on_its_way_is_not_stored(world, monkeypatch, unset):
    run = worlds.started(world, "文字。")
    real = tasks._store

    def spoiled(row, kept):
        place = kept["docx"]["place"]
        default_storage.delete(place)
        default_storage.save(place, ContentFile(b"x"))
        return real(row, kept)

    monkeypatch.setattr(tasks, "_store", spoiled)
    assert run_now(run.job).state == Job.State.QUEUED
    run.refresh_from_db()
    assert run.files == []


def test_a_figure_without_value_is_marked_and_holds_the_report_up(world, faces, unset):
    clerk = world.user("clerk")
    text = "入会率{{ members.new_form_join_rate }}。\n\n[[表 甲 | codes=members.real_name_rate]]"
    run = worlds.made(worlds.started(world, text, by=clerk))
    assert worlds.text_of(run, faces) == ["入会率〔待补〕。"]
    table = Composer(run, faces).document().blocks[1]
    assert {row[1].text for row in table.rows} == {"—"}
    assert run.findings == [
        "“新就业形态劳动者入会率”没有数值：尚未填报。",
        "“会员实名率”没有数值：分母为零或未填报。",
    ]
    with pytest.raises(Refused, match="还有 2 处数据核对未通过"):
        services.check(run, by=clerk)
    assert ReportRun.objects.get(pk=run.pk).state == ReportRun.State.DRAFT


def test_contradictions_are_listed(world, monkeypatch, unset):
    worlds.fill(world)
    wrong = crosschecks.AtMost("members.total", "members.women")
    monkeypatch.setattr(crosschecks, "RULES", (*crosschecks.RULES, wrong))
    run = worlds.made(worlds.started(world, "会员{{ members.total }}。"))
    assert run.findings == ["“会员总数”24 大于“女会员数”12，请核对明细。"]
    assert run.figures.filter(code="members.women").exists()  # its rows can be opened
    assert Job.objects.get(pk=run.job_id).result["summary"] == "共 5 项数据，1 处核对未通过。"


def test_a_definition_of_a_code_that_is_gone_is_told(world, unset):
    head = world.user("head")
    own = IndicatorDefinition(
        code="own.women",
        label="自定义女会员",
        source="试",
        organisation=world.city,
        definition={
            "dataset": "members.memberships",
            "measure": "members",
            "date": "in_force",
            "filters": {"sex": "female"},
        },
    )
    figures.define_indicator(own, by=head)
    run = worlds.started(world, "女会员{{ own.women }}。")
    own.delete()
    job = run_now(run.job)
    assert (job.state, job.error) == (
        "failed", "没有编码为“own.women”的指标，请在报告定义中修改后重新生成。",
    )  # fmt: skip


def test_a_negative_number_in_a_style_for_growth_is_told(world, unset):
    row = membership(world.own, joined_on=worlds.YEAR.start.replace(year=2020))
    people.enrol(person(), row, by=world.user("clerk"))
    people.leave(row, on=worlds.YEAR.end, reason="quit", by=world.user("clerk"))
    run = worlds.started(world, "净增{{ members.net_growth | 多 }}。")
    job = run_now(run.job)
    assert job.state == "failed"
    assert job.error == "“会员净增数”：负数不能写作“多”，请用精确写法。"


def test_an_unfinished_report_is_not_checked(world):
    run = worlds.started(world, "文字。")
    with pytest.raises(Refused, match="尚未生成完毕"):
        services.check(run, by=world.user("clerk"))


def test_a_definition_serves_those_below_it_only(world):
    row = worlds.definition(world.district, "文字。")
    with pytest.raises(Refused, match="不适用于"):
        services.start(row, organisation=world.city, period=worlds.YEAR, by=None, send=False)
    for clerk, allowed in ((world.user("clerk", world.town), NotPermitted),):
        with pytest.raises((allowed, OutOfScope)):
            services.start(row, organisation=world.city, period=worlds.YEAR, by=clerk)


def command(*args):
    out, err = io.StringIO(), io.StringIO()
    call_command("report", *args, stdout=out, stderr=err)
    return out.getvalue().split(), err.getvalue()


def test_the_command_writes_the_files(world, tmp_path, unset):
    worlds.definition(world.city, "会员{{ members.total }}，比例{{ members.real_name_rate }}。")
    lines, errors = command(
        "yearly", "--org", "district", "--period", "2021-Q3", "--out", str(tmp_path / "a")
    )
    names = [
        "yearly-district-2021-Q3.pdf",
        "yearly-district-2021-Q3.docx",
        "yearly-district-2021-Q3.xlsx",
        "figures.json",
    ]
    assert lines == [str(tmp_path / "a" / name) for name in names]
    assert json.loads((tmp_path / "a" / "figures.json").read_bytes())["org"] == "district"
    assert errors == "核对未通过：“会员实名率”没有数值：分母为零或未填报。\n"


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"--period": "2021-13"}, 2, "期间“2021-13”中没有这样的日期"),
        ({"--org": "nowhere"}, 2, "没有编码为“nowhere”的工会。"),
        ({"kind": "weekly"}, 2, "没有代号为“weekly”的报告定义。"),
        ({"--out": "/dev/null/x"}, 2, "无法写入“/dev/null/x”"),
    ],
)
def test_wrong_usage(world, tmp_path, unset, change, status, sentence):
    worlds.definition(world.city, "文字。")
    asked = {"--org": "city", "--period": "2021", "--out": str(tmp_path)} | change
    kind = asked.pop("kind", "yearly")
    with pytest.raises(CommandError, match=sentence) as refused:
        command(kind, *(part for pair in asked.items() for part in pair))
    assert refused.value.returncode == status


def test_a_refused_report_ends_with_1(world, tmp_path, monkeypatch):
    worlds.definition(world.city, "文字。")

    def refused(row):
        raise Refused("版式检查未通过：第 1 页左边距只有 20 毫米。", code="layout")

    monkeypatch.setitem(tasks.WRITERS, "pdf", refused)
    with pytest.raises(CommandError, match="版式检查未通过") as told:
        command("yearly", "--org", "city", "--period", "2021", "--out", str(tmp_path))
    assert told.value.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_an_organisation_with_nobody_below_gets_its_report_too(world, faces, unset):
    """No districts yet: a sentence stands where the chart would be."""
    run = services.start(
        shipped.install(world.city),
        organisation=world.child,
        period=Period.year(2021),
        by=world.user("head"),
        send=False,
    )
    assert run_now(run.job).state == "done"
    assert any("没有分项数据，未制图" in sentence for sentence in worlds.text_of(run, faces))


def test_a_roster_lists_the_rows_behind_its_figure(world, faces, unset):
    worlds.fill(world)
    text = "正文。\n\n[[名册 {{ 期间.年 }}工会名册 | code=organisation.unions_total]]"
    run = worlds.made(worlds.started(world, text))
    figure = run.figures.get(code="organisation.unions_total")
    document = Composer(run, faces).document()
    told = document.blocks[-1].runs
    assert "".join(part.text for part in told) == "《2021年工会名册》附后。"
    assert told[0].href.endswith(f"/{figure.pk}/")
    (annex,) = document.annexes
    (roster,) = annex.blocks
    assert annex.title == "2021年工会名册"
    assert roster.head[:2] == ("组织编码", "工会全称")
    assert len(roster.rows) == figure.rows > 0
    codes = [row[0] for row in roster.rows]
    order = Organisation.objects.filter(code__in=codes).order_by("path")
    assert codes == [row.code for row in order]
    sheet = list(Composer(run, faces).sheets())[1]
    assert [tuple(row) for row in sheet.rows] == list(roster.rows)
    figure.identities = {"count": figure.rows, "digest": figure.digest, "parts": []}
    figure.save()
    (annex,) = Composer(run, faces).document().annexes
    assert "超出名册篇幅" in annex.blocks[0].runs[0].text
