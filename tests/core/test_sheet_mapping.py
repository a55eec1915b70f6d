"""Files of a union's own shape: mapped once on a page, understood ever after, forgotten at will."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.errors import NotPermitted, OutOfScope, Refused
from core.jobs import run_now
from core.models import AuditEvent, Department, SheetImport, SheetMapping
from core.sheets import mapping
from tests.core.test_sheet_pages import NAME, clerk, leaving, page, text, upload  # noqa: F401

pytestmark = pytest.mark.django_db
OWN = """序号,单位,科室代号,科室
1,东湖区总工会,01,组织部
2,东湖区总工会,02,财务部
合计,2,,
"""


def csv(content=OWN, name="科室表.csv"):
    return SimpleUploadedFile(name, content.encode("gb18030"))


def say(client, made, query="", **said):
    """Send the mapping page; the answer, and the import that was run again if there is one."""
    answer = client.post(reverse("sheet_mapping", args=[made.pk]) + query, said)
    if answer.status_code != 302:
        return answer, None
    after = SheetImport.objects.latest("pk")
    assert answer.url == reverse("sheet_import", args=[after.pk])
    assert run_now(after.job).state == "done"
    after.refresh_from_db()
    return answer, after


PLACES = {"place_organisation": "1", "place_code": "2", "place_name": "3"}


def test_a_file_is_mapped_once_and_understood_the_next_time(world, client, clerk):  # noqa: F811
    made = upload(client, world.district, csv())
    assert made.code == "no_heading"
    assert reverse("sheet_mapping", args=[made.pk]) in page(client, made)
    html = text(client.get(reverse("sheet_mapping", args=[made.pk])))
    assert "“科室表.csv”第 1 行读作表头" in html
    assert "B 列：单位" in html
    _, after = say(client, made, **PLACES)
    assert (after.state, after.created, after.skipped) == ("done", 2, 1)
    assert after.upload_id == made.upload_id
    assert re.fullmatch(r"已按 \d{4}-\d\d-\d\d 保存的对应关系读取。", after.told[0])
    again = upload(client, world.district, csv(OWN + "3,东湖区总工会,03,宣传部\r\n"))
    assert (again.state, again.created, again.same) == ("done", 1, 2)
    assert "保存的对应关系读取" in page(client, again)
    assert AuditEvent.objects.filter(action="core.sheetmapping.add").count() == 1


def test_it_holds_for_the_union_and_the_headings_it_was_said_of(world, client, clerk):  # noqa: F811
    made = upload(client, world.district, csv())
    say(client, made, **PLACES)
    assert upload(client, world.town, csv()).code == "no_heading"
    assert upload(client, world.district, csv(OWN.replace("科室代号", "代号"))).code == "no_heading"
    blanks = OWN.replace("序号,单位", "序 号 , 单位*")
    assert upload(client, world.district, csv(blanks)).state == "done"


def test_a_column_that_the_file_lacks_is_filled_with_one_text(world, client, clerk):  # noqa: F811
    content = (
        "甲厂科室一览\r\n代号,名称\r\n01,组织部\r\n02,\r\n注：以上为全部科室，由本会核对无误。\r\n"
    )
    made = upload(client, world.district, csv(content), mode="partial")
    assert "每行都填" in text(client.get(reverse("sheet_mapping", args=[made.pk])))
    said = {"place_code": "0", "place_name": "1", "constant_organisation": "东湖区总工会"}
    _, after = say(client, made, **said)
    assert (after.created, after.rejected, after.skipped) == (1, 1, 1)
    assert Department.objects.get().organisation == world.district
    # The table that goes back has the column among its own, and comes in again.
    book = leaving(client, reverse("file", args=[after.error_file.token]))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:3] == ["代号", "名称", "所属工会"]
    sheet["B4"] = "财务部"
    stream = io.BytesIO()
    book.save(stream)
    mended = upload(client, world.district, SimpleUploadedFile("a.xlsx", stream.getvalue()))
    assert (mended.state, mended.created, mended.same) == ("done", 1, 1)


def test_headings_are_guessed_and_another_row_can_be_the_heading(world, client, clerk):  # noqa: F811
    content = "部门,一览,表,本年\r\n所属工会名,部门的编码,部门名\r\n东湖区总工会,01,组织部\r\n"
    made = upload(client, world.district, csv(content))
    url = reverse("sheet_mapping", args=[made.pk])
    assert "表头不是第 1 行" in text(client.get(url))
    html = text(client.get(url, {"row": "2"}))
    assert [int(place) for place in re.findall(r'value="(\d)" selected', html)] == [0, 1, 2]
    _, after = say(client, made, "?row=2", place_organisation="0", place_code="1", place_name="2")
    assert after.created == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "请选择文件中的一列"),
        ({**PLACES, "place_name": "2"}, "不能同时作为"),
        ({**PLACES, "place_name": ""}, "请选择文件中的一列"),
        ({**PLACES, "place_name": "99"}, "选择一个有效的选项"),
    ],
)
def test_what_cannot_be_is_refused_on_the_page(world, client, clerk, said, told):  # noqa: F811
    made = upload(client, world.district, csv())
    answer, after = say(client, made, **said)
    assert after is None
    assert told in text(answer)
    assert not SheetMapping.objects.exists()


def test_a_row_of_data_is_never_offered_as_a_heading(world, client, clerk):  # noqa: F811
    made = upload(
        client, world.district, csv("张三,330600199003079990,1\r\n李四,13800000001,2\r\n")
    )
    answer = client.get(reverse("sheet_mapping", args=[made.pk]))
    assert answer.url == reverse("sheet_import", args=[made.pk])
    assert "没有像表头的一行" in page(client, made)


def test_what_came_in_needs_no_mapping(world, client, clerk):  # noqa: F811
    made = upload(client, world.district, csv("所属工会,部门编码,部门名称\r\ntown,01,组织部\r\n"))
    assert reverse("sheet_mapping", args=[made.pk]) not in page(client, made)
    assert client.get(reverse("sheet_mapping", args=[made.pk])).status_code == 302


def test_mappings_are_seen_and_deleted_in_scope(world, client, clerk):  # noqa: F811
    made = upload(client, world.district, csv())
    say(client, made, **PLACES)
    kept = SheetMapping.objects.get()
    html = text(client.get(reverse("sheet_mappings")))
    assert "部门编码：科室代号" in html
    delete = reverse("sheet_mapping_delete", args=[kept.pk])
    client.force_login(world.user("clerk", at=world.other_district))
    assert "科室代号" not in text(client.get(reverse("sheet_mappings")))
    assert client.post(delete).status_code == 404
    assert client.get(reverse("sheet_mapping", args=[made.pk])).status_code == 404
    client.force_login(clerk)
    assert "科室代号" in text(client.get(delete))
    assert client.post(delete).status_code == 302
    assert AuditEvent.objects.filter(action="core.sheetmapping.delete").count() == 1
    assert upload(client, world.district, csv()).code == "no_heading"


def test_the_service_asks_for_the_right_and_refuses_what_is_no_column(world, clerk):  # noqa: F811
    said = {
        "sheet": NAME,
        "organisation": world.district,
        "headings": ["甲", "乙", "丙"],
        "places": {"organisation": 0, "code": 1, "name": 2},
        "constants": {},
    }
    with pytest.raises(OutOfScope):
        mapping.remember(**said, by=world.user("clerk", at=world.other_district))
    with pytest.raises(NotPermitted):
        mapping.remember(**said, by=world.user("leader", at=world.district))
    for wrong in (
        {"places": {"organisation": 0, "code": 1, "name": 3}},
        {"places": {"organisation": 0, "code": 1, "id": 2}},
        {"places": {"organisation": 0, "code": 2}, "constants": {"name": "财务部"}},
        {"places": {"organisation": 0, "code": 1}},
    ):
        with pytest.raises(Refused):
            mapping.remember(**{**said, **wrong}, by=clerk)
    first = mapping.remember(**said, by=clerk)
    changed = {"organisation": 2, "code": 1, "name": 0}
    second = mapping.remember(**{**said, "places": changed}, by=clerk)
    assert first.pk == second.pk
    assert SheetMapping.objects.get().places == changed


def test_merged_and_hidden_cells_are_read_as_they_look(world, client, clerk):  # noqa: F811
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["所属工会", "部门编码", "部门名称"],
        ["东湖区总工会", "01", "组织部"],
        [None, "02", "财务部"],
        [None, "03", "宣传部"],
        [None, None, None],
    ):
        sheet.append(row)
    sheet.merge_cells("A2:A5")
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    book.create_sheet("旧").sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    made = upload(client, world.district, SimpleUploadedFile("名册.xlsx", stream.getvalue()))
    assert (made.created, made.read) == (3, 3)
    html = page(client, made)
    for told in (
        "隐藏的工作表未读取：旧。",
        "第 3 行是隐藏的，已一并读取。",
        "隐藏的列已一并读取：部门编码。",
        "第 3、4 行有上下合并的单元格，按合并的内容读取。",
    ):
        assert told in html
