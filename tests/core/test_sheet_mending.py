"""Mending single rows of an import by form: judged at once, kept, imported once."""

import io
import json
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.jobs import run_now
from core.models import AuditEvent, Department, Job, SheetImport, SheetMend
from core.sheets import imports, limits, mending
from tests.core import department_sheet

pytestmark = pytest.mark.django_db
NAME = department_sheet.DepartmentSheet._meta.name
HEADINGS = "所属工会,部门编码,部门名称"
GOOD = ["东湖区总工会,01,组织部", "town,02,办公室"]
WRONG = ["东湖总工会,03,财务部", "东湖区总工会,04,"]  # rows 4 and 5


@pytest.fixture
def clerk(world, client):
    user = world.user("clerk", at=world.district)
    client.force_login(user)
    return user


def start(world, client, *rows, mode="partial", headings=HEADINGS):
    content = "\r\n".join([headings, *rows]).encode("gb18030")
    client.post(
        reverse("sheet_upload", args=[NAME]),
        {
            "organisation": world.district.pk,
            "file": SimpleUploadedFile("名册.csv", content),
            "mode": mode,
        },
    )
    return run(SheetImport.objects.latest("pk"))


def run(made):
    assert run_now(made.job).state == Job.State.DONE
    made.refresh_from_db()
    assert made.read == made.created + made.updated + made.same + made.rejected
    assert made.rows.count() == made.read
    return made


def text(answer):
    return answer.content.decode()


def row_page(made, number):
    return reverse("sheet_mend", args=[made.pk, number])


def mend(client, made, number, **cells):
    return client.post(row_page(made, number), cells)


def confirm(client, made):
    answer = client.post(reverse("sheet_confirm", args=[made.pk]))
    assert answer.status_code == 302, text(answer)
    after = SheetImport.objects.get(basis=made)
    assert answer.url == reverse("sheet_import", args=[after.pk])
    return run(after)


def counts(made):
    return [made.read, made.created, made.updated, made.same, made.rejected, made.skipped]


def fourth(name="财务部", organisation="东湖区总工会"):
    return {"organisation": organisation, "code": "03", "name": name}


FIFTH = {"organisation": "东湖区总工会", "code": "04", "name": "宣传部"}


def test_wrong_rows_are_mended_one_after_the_other_and_go_in(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    html = text(client.get(reverse("sheet_import", args=[made.pk])))
    assert "已改正 0 / 2 行" in html
    assert f'href="{row_page(made, 4)}"' in html

    html = text(client.get(row_page(made, 4)))
    assert "东湖总工会" in html
    assert "在办理范围内没有工会“东湖总工会”" in html
    assert "改为“东湖区总工会”" in html
    answer = mend(client, made, 4, **fourth())
    assert answer.url == row_page(made, 5)
    html = text(client.get(answer.url))
    assert "第 4 行已改正。还有 1 行未处理" in html
    assert "“部门名称”不能为空。" in html
    answer = mend(client, made, 5, **FIFTH)
    assert answer.url == reverse("sheet_confirm", args=[made.pk])
    assert "确认导入（2 行）" in text(client.get(answer.url))
    assert Department.objects.count() == 2

    after = confirm(client, made)
    assert counts(after) == [4, 2, 0, 2, 0, 0]
    assert sorted(Department.objects.values_list("name", flat=True)) == sorted(
        ["组织部", "办公室", "财务部", "宣传部"]
    )
    html = text(client.get(reverse("sheet_import", args=[made.pk])))
    assert "查看改正后的导入结果" in html
    assert "再改第 4 行" not in html
    html = text(client.get(reverse("sheet_import", args=[after.pk])))
    assert "逐行改正 2 行后再次导入" in html


def test_a_row_that_is_still_wrong_says_so_at_its_field_and_is_kept_as_a_draft(
    world, client, clerk
):
    made = start(world, client, *GOOD, *WRONG)
    answer = mend(client, made, 5, organisation="town", code="04", name="字" * 41)
    assert answer.status_code == 200
    assert "超过 40 个字" in text(answer)
    assert "有 1 处需要改正" in text(answer)
    assert made.mends.get().state == "draft"
    again = text(client.get(row_page(made, 5)))
    assert "字" * 41 in again
    assert "未改完" in again
    assert mending.progress(made).open == 2


def test_what_is_typed_is_kept_while_it_is_typed(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    answer = mend(client, made, 5, draft="1", **(FIFTH | {"name": "宣"}))
    assert answer.status_code == 204
    assert 'value="宣"' in text(client.get(row_page(made, 5)))
    mend(client, made, 5, **FIFTH)
    mend(client, made, 5, draft="1", **(FIFTH | {"name": "来迟的草稿"}))
    assert "来迟的草稿" not in text(client.get(row_page(made, 5)))
    assert mend(client, made, 2, draft="1", **FIFTH).status_code == 204  # no wrong row
    assert [row.number for row in made.mends.all()] == [5]


def test_a_suggestion_is_taken_over_with_its_button(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, take="organisation:0", **fourth(organisation="东湖总工会"))
    kept = made.mends.get()
    assert kept.state == "mended"
    assert json.loads(kept.cells.clear())["organisation"] == "东湖区总工会"


def test_a_personal_suggestion_is_taken_over_unseen(world, client, clerk, monkeypatch):
    def check(sheet, rows, context):
        for row in rows:
            if row.get("name") == "张三":
                row.refuse("guess", "“{value}”有误。", column="name", suggestion="王小明")

    monkeypatch.setattr(department_sheet.DepartmentSheet, "check", check)
    made = start(world, client, *GOOD, "东湖区总工会,03,张三", "坏工会,04,张三")
    html = text(client.get(row_page(made, 4)))
    assert "改为“王*明”" in html
    assert "王小明" not in html
    typed = {"organisation": "坏工会", "code": "04", "name": "张三"}
    html = text(mend(client, made, 5, take="name:0", **typed))
    assert 'value="王*明"' in html
    assert "王小明" not in html
    typed |= {"organisation": "东湖区总工会", "name": "王*明"}
    mend(client, made, 5, **typed)
    assert "王小明" not in text(client.get(row_page(made, 5)))
    mend(client, made, 4, drop="1")
    confirm(client, made)
    assert Department.objects.filter(name="王小明").exists()


def test_what_was_taken_over_unseen_does_not_come_back_in_a_workbook(
    world, client, clerk, monkeypatch
):
    """Neither in a row that went in with it nor in one that was refused in the end."""
    known = {"张三": "王小明", "李四": "陈违规"}  # the service refuses the second one

    def check(sheet, rows, context):
        for row in rows:
            if found := known.get(row.get("name")):
                row.refuse("guess", "“{value}”有误。", column="name", suggestion=found)

    monkeypatch.setattr(department_sheet.DepartmentSheet, "check", check)
    made = start(world, client, *GOOD, "东湖区总工会,03,张三", "东湖区总工会,04,李四", "坏,05,甲")
    for number, name in ((4, "张三"), (5, "李四")):
        typed = {"organisation": "东湖区总工会", "code": f"0{number - 1}", "name": name}
        mend(client, made, number, take="name:0", **typed)
    second = confirm(client, made)
    assert counts(second) == [5, 1, 0, 2, 2, 0]
    content = client.get(reverse("file", args=[second.error_file.token])).streaming_content
    page = openpyxl.load_workbook(io.BytesIO(b"".join(content))).worksheets[0]
    names = [row[2].value for row in page.iter_rows(min_row=2, max_row=6)]
    assert names == ["组织部", "办公室", None, "李四", "甲"]
    assert Department.objects.filter(name="王小明").exists()


def test_a_row_is_left_out(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, drop="1")
    assert "已选择不导入" in text(client.get(row_page(made, 4)))
    mend(client, made, 5, **FIFTH)
    html = text(client.get(reverse("sheet_confirm", args=[made.pk])))
    assert "确认导入（1 行）" in html
    after = confirm(client, made)
    assert counts(after) == [3, 1, 0, 2, 0, 1]
    assert any("第 4 行是选择不导入的行" in sentence for sentence in after.told)
    assert not Department.objects.filter(name="财务部").exists()


def test_all_wrong_rows_left_out_leave_nothing_to_do(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    for number in (4, 5):
        mend(client, made, number, drop="1")
    assert "确认不导入（2 行）" in text(client.get(reverse("sheet_confirm", args=[made.pk])))
    assert counts(confirm(client, made)) == [2, 0, 0, 2, 0, 2]


def test_a_file_of_which_nothing_is_left_is_not_imported(world, client, clerk):
    made = start(world, client, *WRONG)
    for number in (2, 3):
        mend(client, made, number, drop="1")
    answer = client.post(reverse("sheet_confirm", args=[made.pk]))
    assert "没有可以导入的内容" in text(answer)
    assert SheetImport.objects.count() == 1


def test_a_strict_import_goes_in_as_a_whole_and_not_before(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG, mode="strict")
    assert counts(made) == [4, 0, 0, 0, 4, 0]
    mend(client, made, 4, **fourth())
    page = reverse("sheet_confirm", args=[made.pk])
    assert "继续改正（1 行未处理）" in text(client.get(page))
    assert "还有 1 行未处理" in text(client.post(page))
    assert SheetImport.objects.count() == 1
    mend(client, made, 5, **FIFTH)
    assert "确认导入（4 行）" in text(client.get(page))
    assert counts(confirm(client, made)) == [4, 4, 0, 0, 0, 0]


def test_confirming_twice_is_one_import(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, **fourth())
    page = reverse("sheet_confirm", args=[made.pk])
    assert client.post(page).url == client.post(page).url == client.get(page).url
    assert SheetImport.objects.filter(basis=made).count() == 1
    assert Job.objects.count() == 2
    assert AuditEvent.objects.filter(action="core.sheetimport.go_on").count() == 1
    # What has gone on is not mended any more.
    answer = mend(client, made, 5, **FIFTH)
    assert answer.url == reverse("sheet_import", args=[made.pk])
    assert made.mends.count() == 1


def test_rows_left_wrong_come_back_and_are_mended_from_there(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, **fourth())
    second = confirm(client, made)
    assert counts(second) == [4, 1, 0, 2, 1, 0]
    mend(client, second, 5, **FIFTH)
    third = confirm(client, second)
    assert counts(third) == [4, 1, 0, 3, 0, 0]
    assert Department.objects.count() == 4


def test_stored_rows_are_left_alone_even_where_the_register_has_moved_on(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    Department.objects.filter(name="组织部").update(name="组织人事部")
    mend(client, made, 4, **fourth())
    assert counts(confirm(client, made)) == [4, 1, 0, 2, 1, 0]
    assert Department.objects.filter(name="组织人事部").exists()


def test_the_workbook_of_the_second_import_has_the_mended_rows(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG, "东湖区总工会,05,")
    mend(client, made, 4, **fourth())
    mend(client, made, 6, drop="1")
    second = confirm(client, made)
    stream = io.BytesIO(
        b"".join(client.get(reverse("file", args=[second.error_file.token])).streaming_content)
    )
    page = openpyxl.load_workbook(stream).worksheets[0]
    assert page["A4"].value == "东湖区总工会"
    assert page["F4"].value == f"{second.pk}-4"
    assert page["A6"].value is None


def test_one_of_two_rows_with_the_same_key_is_left_out(world, client, clerk):
    made = start(world, client, "东湖区总工会,01,组织部", "town,01,x", "东湖区总工会,01,财务部")
    assert {row.number for row in made.rows.exclude(errors=[])} == {2, 4}
    html = text(client.get(row_page(made, 2)))
    assert "与第 4 行重复" in html
    mend(client, made, 4, drop="1")
    assert dict(made.mends.values_list("number", "state")) == {2: "mended", 4: "dropped"}
    assert counts(confirm(client, made)) == [2, 1, 0, 1, 0, 1]


def test_one_of_two_rows_with_the_same_key_gets_another(world, client, clerk):
    made = start(world, client, "东湖区总工会,01,组织部", "东湖区总工会,01,财务部")
    same = {"organisation": "东湖区总工会", "code": "01", "name": "财务部"}
    assert "与第 2 行重复" in text(mend(client, made, 3, **same))
    mend(client, made, 3, **(same | {"code": "02"}))
    assert set(made.mends.values_list("number", "state")) == {(2, "mended"), (3, "mended")}
    # Back again it is the other's twin.
    assert "与第 2 行重复" in text(mend(client, made, 3, **same))
    assert made.mends.get(number=3).state == "draft"
    mend(client, made, 3, **(same | {"code": "02"}))
    assert counts(confirm(client, made)) == [2, 2, 0, 0, 0, 0]


def test_the_same_key_is_told_beside_what_else_is_wrong(world, client, clerk):
    made = start(world, client, "东湖区总工会,01,组织部", "东湖区总工会,01,财务部")
    told = text(mend(client, made, 3, organisation="东湖区总工会", code="01", name=""))
    assert "“部门名称”不能为空" in told
    assert "与第 2 行重复" in told


def test_a_mend_that_takes_the_key_of_another_row_is_refused(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    answer = mend(client, made, 5, **(FIFTH | {"code": "01"}))
    assert "与第 2 行重复" in text(answer)


def test_a_column_that_the_file_has_not_may_be_filled(world, client, clerk, monkeypatch):
    monkeypatch.setattr(department_sheet.DepartmentSheet.fields["name"], "required", False)

    def check(sheet, rows, context):
        for row in rows:
            if row.get("name") is None:
                row.refuse("nameless", "请填写名称。", column="name")

    monkeypatch.setattr(department_sheet.DepartmentSheet, "check", check)
    made = start(world, client, "东湖区总工会,01", headings="所属工会,部门编码")
    mend(client, made, 2, organisation="东湖区总工会", code="01", name="组织部")
    assert counts(confirm(client, made)) == [1, 1, 0, 0, 0, 0]
    assert Department.objects.get().name == "组织部"


def test_a_row_of_a_mapped_file_is_mended_beside_what_stands_for_all(world, client, clerk):
    made = start(world, client, "01,组织部", "02,", "03,", headings="代号,名称")
    mapped = {"place_code": "0", "place_name": "1", "constant_organisation": "东湖区总工会"}
    client.post(reverse("sheet_mapping", args=[made.pk]), mapped)
    made = run(SheetImport.objects.latest("pk"))
    SheetImport.objects.filter(pk=made.pk).update(is_strict=False)
    assert "东湖区总工会" in text(client.get(row_page(made, 3)))
    mend(client, made, 3, organisation="town", code="02", name="办公室")
    after = confirm(client, made)
    assert (after.created + after.same, after.rejected) == (2, 1)
    assert Department.objects.get(code="02").organisation == world.town
    book = openpyxl.load_workbook(
        io.BytesIO(
            b"".join(client.get(reverse("file", args=[after.error_file.token])).streaming_content)
        )
    )
    rows = [[cell.value for cell in row][:3] for row in book.worksheets[0].iter_rows(max_row=4)]
    assert rows == [
        ["代号", "名称", "所属工会"],
        ["01", "组织部", "东湖区总工会"],
        ["02", "办公室", "town"],
        ["03", None, "东湖区总工会"],
    ]


def test_each_act_is_recorded_and_nothing_of_the_row_in_clear(world, client, clerk):
    made = start(world, client, *GOOD, "东湖总工会,03,张三丰")
    client.get(row_page(made, 4))
    mend(client, made, 4, organisation="坏", code="03", name="张三丰")
    mend(client, made, 4, drop="1")
    events = AuditEvent.objects.filter(action__endswith="_row").order_by("pk")
    assert [event.action.rpartition(".")[2] for event in events] == [
        *["open_row", "mend_row", "drop_row"]
    ]
    assert events[1].changes == {"row": 4, "outcome": "未改完", "code": "unknown_organisation"}
    assert "张三丰" not in str([event.changes for event in events])
    assert b"\xe5\xbc\xa0" not in bytes(made.mends.get().cells.envelope)


def test_another_clerk_of_the_place_mends_too_and_a_stranger_finds_nothing(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    client.force_login(world.user("clerk", at=world.district))
    assert mend(client, made, 4, **fourth()).status_code == 302
    client.force_login(world.user("clerk", at=world.other_district))
    for url in (row_page(made, 4), reverse("sheet_confirm", args=[made.pk])):
        assert client.get(url).status_code == client.post(url).status_code == 404
    client.force_login(world.user("leader", at=world.district))
    assert client.get(row_page(made, 4)).status_code == 404


def test_the_uploader_without_the_right_may_look_at_the_import_only(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    clerk.assignments.all().delete()
    assert client.get(row_page(made, 4)).status_code == 404
    html = text(client.get(reverse("sheet_import", args=[made.pk])))
    assert "逐行改正" not in html


def test_a_row_that_is_right_is_no_page(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    assert client.get(row_page(made, 2)).status_code == 404
    assert client.get(row_page(made, 99)).status_code == 404


@pytest.mark.parametrize("why", ["large", "expired", "waiting", "undone"])
def test_what_cannot_be_mended_by_form_leads_back(world, client, clerk, monkeypatch, why):
    made = start(world, client, *GOOD, *WRONG)
    if why == "large":
        monkeypatch.setattr(limits, "MEND_ROWS", 3)
    elif why == "expired":
        made.upload.expires_at = timezone.now()
        made.upload.save()
    else:
        undo = made.job if why == "undone" else None
        SheetImport.objects.filter(pk=made.pk).update(state=why, undo=undo)
    page = reverse("sheet_import", args=[made.pk])
    assert client.get(row_page(made, 4)).url == page
    assert client.get(reverse("sheet_confirm", args=[made.pk])).url == page
    client.get(page)  # which says it
    assert "逐行改正" not in text(client.get(page))


def test_a_row_has_one_mend(world, client, clerk):
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, **fourth())
    mend(client, made, 4, **fourth("财务处"))
    assert made.mends.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetMend.objects.create(
            sheet_import=made, number=4, state="draft", cells="{}", made_by=clerk
        )


def test_a_failure_after_the_check_brings_the_row_back(world, client, clerk):
    """What only the service refuses is told by the import that went on."""
    made = start(world, client, *GOOD, *WRONG)
    mend(client, made, 4, **fourth("违规部"))
    after = confirm(client, made)
    assert counts(after) == [4, 0, 0, 2, 2, 0]
    assert "不规范" in str(imports.summary(after)["errors"])
    assert re.search("再改|改正第 4 行", text(client.get(reverse("sheet_import", args=[after.pk]))))
