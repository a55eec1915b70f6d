"""The golden report of a small city: its figures, text and files, and its way to the shelf."""

import hashlib
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from docx import Document as read_docx
from pypdf import PdfReader

from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent
from reports import services, tasks
from reports.composing import Composer
from reports.models import ReportRun
from tests.reports import worlds

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("golden")]  # one report for all
STATE = ReportRun.State


def test_figures_of_the_golden_run(golden):
    whole = {
        figure.code: (figure.number, figure.unit, figure.printed, figure.rows)
        for figure in golden.run.figures.filter(split="")
    }
    assert whole == {
        "members.total": (24, "人", "24人", 24),
        "members.women": (12, "人", "12人", 12),
        "members.joined_persons": (12, "人", "10多人", 13),
        "members.new_form_join_rate": (Decimal("27.5"), "%", "27.5%", 12),
        "members.new_form_total": (11, "人", "11人", 11),
        "members.new_form_base": (40, "人", "40人", 1),
        "members.real_name_rate": (0, "%", "0%", 24),
        "members.with_phone": (0, "人", "0人", 0),
        "members.net_growth": (12, "人", "12人", 16),
        "members.begun": (14, "人", "14人", 14),
        "members.ended": (2, "人", "2人", 2),
    }
    parts = {
        (figure.code, figure.key): (figure.number, figure.rows)
        for figure in golden.run.figures.filter(split="child")
    }
    assert parts == {
        ("members.total", "district"): (15, 15),
        ("members.total", "other_district"): (5, 5),
        ("members.total", "city"): (4, 4),
        ("members.joined_persons", "district"): (8, 8),
        ("members.joined_persons", "other_district"): (3, 3),
        ("members.joined_persons", "city"): (2, 2),
        ("members.real_name_rate", "district"): (0, 15),
        ("members.real_name_rate", "other_district"): (0, 5),
        ("members.real_name_rate", "city"): (0, 4),
        ("members.with_phone", "district"): (0, 0),
        ("members.with_phone", "other_district"): (0, 0),
        ("members.with_phone", "city"): (0, 0),
    }
    months = golden.run.figures.filter(split="month")
    assert [int(figure.value) for figure in months] == [2, 2, 2, 2, 2, 2, 0, 0, 0, 1, 0, 0]
    assert golden.run.findings == []


def test_every_counted_figure_knows_its_rows(golden):
    for figure in golden.run.figures.exclude(definition__kind__in=["ratio", "difference"]):
        assert figure.identities["count"] == figure.rows, figure
        assert len(figure.digest) == 64, figure
    rate = golden.figure("members.real_name_rate", "child", "district")
    assert rate.identities == {}
    assert rate.parts == ["members.with_phone", "members.total"]


def test_text_of_the_chapters(golden, faces):
    assert worlds.text_of(golden.run, faces) == [
        "现在，我代表江城市总工会报告2021年工作。",
        "2021年主要工作",
        "全市会员24人，其中女会员12人；全年新发展会员10多人，新就业形态劳动者入会率27.5%。",
    ]


def test_tables_tell_what_a_reader_adds_up(golden, faces):
    document = Composer(golden.run, faces).document()
    tables = [block for block in document.blocks if hasattr(block, "head")]
    assert [table.head[0] for table in tables] == ["单位", "月份", "性别"]
    by_child = [[cell.text for cell in row] for row in tables[0].rows]
    assert by_child == [
        ["东湖区总工会", "15", "8", "0"],
        ["西山区总工会", "5", "3", "0"],
        ["本级", "4", "2", "0"],
        ["合计", "24", "12", "0"],
    ]
    assert tables[0].note.endswith("“新发展会员数”合计去除重复，小于各行之和。")
    assert len(tables[1].rows) == 12  # months have no line for the whole
    assert [row[0].text for row in tables[2].rows] == ["男", "女", "合计"]


def test_the_own_level_stands_only_where_it_holds_something(golden, faces):
    own = golden.run.figures.filter(split="child", key="city")
    own.update(value=0, rows=0)
    table = next(b for b in Composer(golden.run, faces).document().blocks if hasattr(b, "head"))
    assert [row[0].text for row in table.rows] == ["东湖区总工会", "西山区总工会", "合计"]


def test_the_files(golden):
    run = golden.run
    pdf = PdfReader(io.BytesIO(worlds.content(run.pdf)))
    assert len(pdf.pages) == 2
    stored = worlds.content(run.figures_json)
    assert pdf.attachments["figures.json"] == [stored]
    told = json.loads(stored)
    assert (told["report"], told["org"], told["period"]) == ("yearly", "city", "2021")
    assert told["figures"][0] == {
        "code": "members.total",
        "value": "24",
        "unit": "人",
        "printed": "24人",
        "rows": 24,
        "digest": golden.figure("members.total").digest,
    }
    assert len(told["figures"]) == run.figures.count()
    links = {
        annotation.get_object()["/A"]["/URI"]
        for page in pdf.pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object()
    }
    shown = run.figures.exclude(code__in=["members.begun", "members.ended", "members.net_growth"])
    shown = shown.exclude(code__in=["members.with_phone", "members.new_form_total"])
    shown = shown.exclude(code="members.new_form_base")
    pages = {f"http://127.0.0.1:8000/reports/figures/{figure.pk}/" for figure in shown}
    assert links == pages
    words = "".join(
        line.text for line in read_docx(io.BytesIO(worlds.content(run.docx))).paragraphs
    )
    assert "全市会员24人" in words
    book = openpyxl.load_workbook(io.BytesIO(worlds.content(run.xlsx)))
    assert book.sheetnames == ["全部数据", "各区县会员", "各月新发展会员", "会员性别构成"]
    assert [cell.value for cell in book["各区县会员"][3]] == ["东湖区总工会", 15, 8, 0]
    assert run.pdf.name == "江城市总工会2021年工作报告（第1版）.pdf"


def test_no_personal_data_leaves_with_the_files(golden):
    pdf = PdfReader(io.BytesIO(worlds.content(golden.run.pdf)))
    told = "".join(page.extract_text() for page in pdf.pages) + str(pdf.metadata)
    told += worlds.content(golden.run.figures_json).decode()
    assert "王建国" not in told  # persons of the rows and the accounts alike
    assert "330600" not in told


def test_the_same_figures_give_the_same_bytes(golden):
    run = golden.run
    for name, file in (("json", run.figures_json), ("pdf", run.pdf)):
        assert hashlib.sha256(tasks.WRITERS[name](run)).hexdigest() == file.sha256, name


def test_a_later_version_of_unchanged_rows_has_the_same_figures(golden, unset):
    again = services.start(
        golden.run.definition,
        organisation=golden.world.city,
        period=worlds.YEAR,
        by=golden.clerk,
        send=False,
    )
    again = worlds.made(again)
    assert again.version == 2
    names = ["code", "split", "key", "value", "printed", "rows", "digest", "identities"]
    told = [list(run.figures.order_by("id").values_list(*names)) for run in (golden.run, again)]
    assert told[0] == told[1]


def test_states_and_who_may_move_them(golden):
    run, clerk, head = golden.run, golden.clerk, golden.head
    with pytest.raises(Refused, match="报告草稿，不能办理"):
        services.sign(run, by=head)
    with pytest.raises(NotPermitted):
        services.sign(run, by=clerk)
    with pytest.raises(OutOfScope):
        services.check(run, by=golden.world.user("clerk", golden.world.district))
    with pytest.raises(OutOfScope):
        services.check(run, by=golden.leader)
    services.check(run, by=clerk)
    with pytest.raises(Refused, match="报告已核对，不能办理"):
        services.check(run, by=clerk)
    services.sign(run, by=head)
    published = services.publish(run, by=head)
    assert published.state == STATE.PUBLISHED
    trail = AuditEvent.objects.filter(object_type="reports.ReportRun", object_id=str(run.pk))
    assert list(trail.order_by("id").values_list("action", flat=True)) == [
        "reports.reportrun.start",
        "reports.reportrun.freeze",
        "reports.reportrun.checked",
        "reports.reportrun.signed",
        "reports.reportrun.published",
    ]


def test_nobody_signs_what_he_asked_for_or_checked(golden):
    second = golden.world.user("head")
    ReportRun.objects.filter(pk=golden.run.pk).update(requested_by=golden.head)
    services.check(golden.run, by=second)
    for one in (golden.head, second):
        with pytest.raises(Refused, match="签发人不能是编制人或核对人"):
            services.sign(golden.run, by=one)
    third = golden.world.user("head")
    assert services.sign(golden.run, by=third).signed_by == third


@pytest.mark.parametrize("name", ["requested_by", "checked_by"])
def test_the_database_holds_four_eyes(golden, name):
    rows = ReportRun.objects.filter(pk=golden.run.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**{name: golden.head, "signed_by": golden.head})


def test_publishing_opens_the_report_and_its_files_to_leadership(golden):
    reader = Client()
    reader.force_login(golden.leader)
    pages = [reverse("reports:run", args=[golden.run.pk])]
    pages += [reverse("file", args=[file.token]) for _, file in golden.run.files]
    pages += [reverse("reports:figure", args=[golden.figure("members.total").pk])]

    def answers():
        found = []
        for page in pages:
            answer = reader.get(page)
            found.append(answer.status_code)
            if answer.streaming:
                assert b"".join(answer.streaming_content)
        return found

    assert answers() == [404] * 6
    services.check(golden.run, by=golden.clerk)
    services.sign(golden.run, by=golden.head)
    assert answers() == [404] * 6
    services.publish(golden.run, by=golden.head)
    assert answers() == [200] * 6
