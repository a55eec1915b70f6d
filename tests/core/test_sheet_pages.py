"""The pages of the sheet engine: template, upload, result, mended upload, export."""

import datetime
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.jobs import run_now
from core.models import AuditEvent, Department, Job, Notice, SheetImport
from core.sheets import limits
from tests.core import department_sheet

pytestmark = pytest.mark.django_db
NAME = department_sheet.DepartmentSheet._meta.name
HEADINGS = "所属工会,部门编码,部门名称"
GOOD = ["东湖区总工会,01,组织部", "town,02,办公室"]
WRONG = ["东湖总工会,03,财务部", "东湖区总工会,04,"]


@pytest.fixture
def clerk(world, client):
    """Logged in: a clerk of one district."""
    user = world.user("clerk", at=world.district)
    client.force_login(user)
    return user


def csv(*rows, encoding="gb18030", name="名册.csv"):
    return SimpleUploadedFile(name, "\r\n".join([HEADINGS, *rows]).encode(encoding))


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in [HEADINGS, *rows]:
        book.active.append(row.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("名册.xlsx", stream.getvalue())


def upload(client, organisation, file, mode="strict", run=True):
    """Send the form, do the job as a worker would, and return the import."""
    answer = client.post(
        reverse("sheet_upload", args=[NAME]),
        {"organisation": organisation.pk, "file": file, "mode": mode},
    )
    assert answer.status_code == 302, text(answer)
    made = SheetImport.objects.latest("pk")
    assert answer.url == reverse("sheet_import", args=[made.pk])
    if run:
        assert run_now(made.job).state == Job.State.DONE
        made.refresh_from_db()
    return made


def text(answer):
    return answer.content.decode()


def page(client, made):
    return text(client.get(reverse("sheet_import", args=[made.pk])))


def equation(html):
    """The sum on the page as numbers: read, created, updated, same, rejected."""
    return [int(number) for number in re.findall(r"<dd>(\d+)<span class=\"unit\">行", html)]


def leaving(client, url):
    """The workbook that leaves by this address."""
    return openpyxl.load_workbook(io.BytesIO(b"".join(client.get(url).streaming_content)))


def test_the_list_offers_each_sheet_and_shows_what_was_imported(world, client, clerk):
    made = upload(client, world.district, csv(*GOOD))
    html = text(client.get(reverse("sheets")))
    for name in ("sheet_template", "sheet_upload", "sheet_export"):
        assert reverse(name, args=[NAME]) in html
    assert "必填 3 列：所属工会、部门编码、部门名称" in html
    assert reverse("sheet_import", args=[made.pk]) in html
    assert "已完成" in html


def test_template_has_headings_and_drop_downs(client, clerk):
    answer = client.get(reverse("sheet_template", args=["members"]))
    assert "%E6%A8%A1%E6%9D%BF.xlsx" in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book.worksheets[0]
    assert sheet.title == "会员名册"
    assert sheet["A1"].value == "姓名*"
    assert sheet.data_validations.dataValidation
    assert "填写说明" in book.sheetnames


def test_a_small_csv_goes_in_and_the_page_says_so(world, client, clerk):
    made = upload(client, world.district, csv(*GOOD, "合计,2,"), run=False)
    waiting = page(client, made)
    assert 'hx-trigger="every 2s"' in waiting
    assert "可以离开本页" in waiting
    run_now(made.job)
    html = page(client, made)
    assert "hx-trigger" not in html
    assert equation(html) == [2, 2, 0, 0, 0]
    assert "全部行都已通过" in html
    assert "第 4 行是合计行，已略过" in html
    assert Department.objects.count() == 2
    assert Notice.objects.get().url == reverse("sheet_import", args=[made.pk])


def test_wrong_rows_come_back_marked_and_go_in_mended(world, client, clerk):
    made = upload(client, world.district, workbook(*GOOD, *WRONG), mode="partial")
    html = page(client, made)
    assert equation(html) == [4, 2, 0, 0, 2]
    assert "需要改正的 2 行" in html
    assert "是否为“东湖区总工会”？" in html
    assert "“部门名称”不能为空。" in html
    assert "部分写入" in html
    again = reverse("sheet_upload", args=[NAME]) + f"?organisation={world.district.pk}&mode=partial"
    assert again.replace("&", "&amp;") in html

    book = leaving(client, reverse("file", args=[made.error_file.token]))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][3:] == ["原因", "修改建议", "行标识"]
    assert sheet["A4"].fill.fgColor.rgb == "FFFFC7CE"
    assert "是否为" in sheet["A4"].comment.text
    assert sheet["C5"].fill.fgColor.rgb == "FFFFC7CE"
    assert "不能为空" in sheet["D5"].value

    sheet["A4"], sheet["C5"] = "东湖区总工会", "宣传部"
    stream = io.BytesIO()
    book.save(stream)
    second = upload(client, world.district, SimpleUploadedFile("名册.xlsx", stream.getvalue()))
    assert equation(page(client, second)) == [4, 2, 0, 2, 0]
    assert Department.objects.count() == 4


def test_a_strict_import_with_a_wrong_row_leaves_nothing(world, client, clerk):
    made = upload(client, world.district, csv(*GOOD, *WRONG))
    html = page(client, made)
    assert equation(html) == [4, 0, 0, 0, 4]
    assert "有 2 行不对，整份表格都没有写入，另外 2 行没有问题" in html
    assert "未写入" in html
    assert not Department.objects.exists()


def test_personal_values_are_masked_on_the_page(world, client, clerk):
    made = upload(client, world.district, csv("东湖区总工会,01,张三" + "丰" * 60))
    html = page(client, made)
    assert "部门名称" in html
    assert "张三" not in html


def test_many_errors_stand_on_several_pages(world, client, clerk):
    made = upload(client, world.district, csv(*[f"东湖区总工会,{n:02}," for n in range(1, 31)]))
    html = page(client, made)
    assert html.count("不能为空") == 20
    second = text(client.get(reverse("sheet_import", args=[made.pk]), {"page": 2}))
    assert second.count("不能为空") == 10
    rows = re.findall(r'data-label="行" class="number">(\d+)<', second)
    assert rows == [str(number) for number in range(22, 32)]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (SimpleUploadedFile("名册.docx", b"PK"), "不能读取这种文件（.docx）"),
        (SimpleUploadedFile("名册", b"a"), "不能读取这种文件（没有扩展名）"),
        (SimpleUploadedFile("名册.csv", b""), "没有内容"),
        (SimpleUploadedFile("名册.et", b"PK"), "另存为 .xlsx 后再上传"),
        (SimpleUploadedFile("名册.xlsx", b"\x89PNG...."), "这是一张图片，不是表格"),
        (SimpleUploadedFile("名册.xls", b"<html><table>"), "这是网页格式的表格"),
        ("", "请选择要上传的表格"),
    ],
)
def test_a_file_that_is_no_table_is_refused_at_the_field(world, client, clerk, file, said):
    answer = client.post(
        reverse("sheet_upload", args=[NAME]),
        {"organisation": world.district.pk, "file": file, "mode": "strict"},
    )
    assert answer.status_code == 200
    assert said in text(answer)
    assert not SheetImport.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_the_limit(world, client, clerk, monkeypatch):
    monkeypatch.setattr(limits, "MAX_WORKBOOK_BYTES", limits.MIB)
    file = SimpleUploadedFile("名册.xlsx", b"0" * (limits.MIB + 1))
    answer = client.post(
        reverse("sheet_upload", args=[NAME]),
        {"organisation": world.district.pk, "file": file, "mode": "strict"},
    )
    assert "文件超过 1 MB，请拆分为几份后分别上传" in text(answer)
    assert not SheetImport.objects.exists()


def test_a_large_upload_goes_through_a_file_on_disk(world, client, clerk, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    made = upload(client, world.district, csv(*GOOD))
    assert equation(page(client, made)) == [2, 2, 0, 0, 0]


def test_a_table_that_cannot_be_read_says_what_to_do(world, client, clerk):
    made = upload(client, world.district, SimpleUploadedFile("名册.csv", "甲,乙\n1,2".encode()))
    html = page(client, made)
    assert "这份表格没有导入" in html
    assert "前 10 行内没有找到表头" in html
    assert "重新选择表格上传" in html
    assert "表格没有导入：前 10 行内" in Notice.objects.get().text


def test_a_chair_is_offered_the_own_union_only(world, client):
    client.force_login(world.user("chair", at=world.own))
    url = reverse("sheet_upload", args=["members"])
    choices = re.findall(r"<option value=\"(\d+)\"", text(client.get(url)))
    assert choices == [str(world.own.pk)]
    file = SimpleUploadedFile("名册.csv", "姓名".encode())
    for place in (world.sibling, world.town, world.foreign):
        answer = client.post(url, {"organisation": place.pk, "file": file, "mode": "strict"})
        assert answer.status_code == 200
        assert "选择一个有效的选项" in text(answer)
    assert not SheetImport.objects.exists()


def test_a_chair_finds_what_the_own_union_enters(world, client):
    client.force_login(world.user("chair", at=world.own))
    offered = set(re.findall(r'href="/sheets/(\w+)/(\w+)/"', text(client.get(reverse("sheets")))))
    entered = ("files", "family", "incomes", "expenses", "visits")
    own = ("members", "apprenticeships", "competition_entries", "innovations", "studio_results")
    own += ("participation_reports",)
    assert offered == {(name, way) for name in own for way in ("import", "export", "template")} | {
        (f"hardship_{name}", way) for name in entered for way in ("import", "template")
    }


def test_federations_below_are_offered_and_a_named_union_too(world, client, clerk):
    url = reverse("sheet_upload", args=[NAME])
    offered = [
        re.findall(r"<option value=\"(\d+)\"", text(client.get(url, {"organisation": asked})))
        for asked in ("", world.own.pk, world.foreign.pk)
    ]
    usual = [str(place.pk) for place in (world.district, world.town, world.other_town)]
    assert sorted(offered[0]) == sorted(offered[2]) == sorted(usual)
    assert sorted(offered[1]) == sorted([*usual, str(world.own.pk)])
    assert f'value="{world.own.pk}" selected' in text(
        client.get(url, {"organisation": world.own.pk})
    )


def test_an_import_of_another_district_is_missing(world, client, clerk):
    made = upload(client, world.district, csv(*GOOD))
    client.force_login(world.user("clerk", at=world.other_district))
    foreign = client.get(reverse("sheet_import", args=[made.pk]))
    missing = client.get(reverse("sheet_import", args=[10**9]))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert reverse("sheet_import", args=[made.pk]) not in text(client.get(reverse("sheets")))


def test_the_uploader_sees_the_own_import_without_a_right(world, client, clerk):
    made = upload(client, world.district, csv(*WRONG))
    clerk.assignments.all().delete()
    html = page(client, made)
    assert equation(html) == [2, 0, 0, 0, 2]
    assert "上传改正后的表格" not in html


def test_a_sheet_that_does_not_exist_is_missing(client, clerk):
    for name in ("sheet_template", "sheet_upload", "sheet_export"):
        assert client.get(reverse(name, args=["nothing"])).status_code == 404


def test_whoever_may_not_import_is_refused(world, client):
    client.force_login(world.user("leader", at=world.district))
    for name in ("sheet_template", "sheet_upload", "sheet_export"):
        assert client.get(reverse(name, args=["members"])).status_code == 403
    assert client.get(reverse("sheets")).status_code == 403


def test_the_screen_of_the_rows_leads_to_the_pages_of_their_sheet(world, client, clerk):
    ways = [reverse(f"sheet_{way}", args=["members"]) for way in ("upload", "export", "template")]
    html = text(client.get(reverse("admin:members_membership_changelist")))
    assert all(f'href="{way}"' in html for way in ways)
    client.force_login(world.user("system_admin", at=world.district))
    html = text(client.get(reverse("admin:core_organisation_changelist")))
    assert "工会全称" in html
    assert "/sheets/" not in html


def test_rejected_rows_wait_for_the_uploader_until_they_are_mended(world, client, clerk):
    def waits():
        return "改正导入表格中的问题行" in text(client.get(reverse("home")))

    upload(client, world.district, csv(*GOOD, *WRONG))
    assert waits()
    client.force_login(world.user("clerk", at=world.district))
    assert not waits()
    client.force_login(clerk)
    upload(client, world.town, csv("town,02,办公室"))
    assert waits()
    upload(client, world.district, csv(*GOOD))
    assert not waits()


def test_rejected_rows_wait_no_longer_than_a_week(world, client, clerk):
    made = upload(client, world.district, csv(*WRONG))
    made.created_at = timezone.now() - datetime.timedelta(days=limits.MEND_DAYS, hours=1)
    made.save()
    assert "改正导入表格中的问题行" not in text(client.get(reverse("home")))


def test_an_export_carries_its_purpose_and_is_recorded(world, client, clerk):
    upload(client, world.district, csv(*GOOD))
    url = reverse("sheet_export", args=[NAME])
    asked = {"organisation": world.district.pk, "ending": ".xlsx"}
    refused = client.post(url, {**asked, "purpose": "核对"})
    assert refused.status_code == 200
    assert not AuditEvent.objects.filter(action="core.sheet.export").exists()

    answer = client.post(url, {**asked, "purpose": "年度名册核对"})
    job = Job.objects.latest("pk")
    assert answer.url == reverse("job", args=[job.pk])
    assert run_now(job).state == Job.State.DONE
    html = text(client.get(answer.url))
    assert "下载表格" in html
    file = re.search(r'href="(/files/[^"]+)"', html)[1]
    book = leaving(client, file)
    assert [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)] == ["01", "02"]
    facts = {row[0].value: row[1].value for row in book["导出说明"].rows}
    assert facts["用途"] == "年度名册核对"
    assert facts["行数"] == "2"
    event = AuditEvent.objects.get(action="core.sheet.export")
    assert (event.reason, event.actor_id) == ("年度名册核对", clerk.pk)
    assert AuditEvent.objects.filter(action="core.storedfile.download").exists()
