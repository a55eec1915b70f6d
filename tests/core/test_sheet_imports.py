"""From an uploaded file to stored rows: every row accounted for, nothing twice or by halves."""

import io
import json
from pathlib import Path

import openpyxl
import pytest
from django.db import transaction

from core.errors import NotPermitted, OutOfScope, Refused
from core.jobs import run_now
from core.models import AuditEvent, Department, Job, Notice, SheetImport, SheetRow
from core.sheets import exports, imports, limits
from core.sheets.engine import Registry, Sheet, sheet_named
from core.sheets.reading import open_table
from core.sheets.workbooks import write_template
from tests.core.department_sheet import DepartmentSheet

NAME = "test_departments"
HEADINGS = "所属工会,部门编码,部门名称"


@pytest.fixture
def clerk(world):
    return world.user("clerk", at=world.district)


def load(organisation, by, *rows, partial=False, headings=HEADINGS):
    """Import a csv of these rows (or a ready file) and return the finished import."""
    content = rows[0] if isinstance(rows[0], bytes) else "\n".join([headings, *rows]).encode()
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(content),
            name="../名册.csv",
            sheet=NAME,
            organisation=organisation,
            is_strict=not partial,
            by=by,
            send=False,
        )
    job = run_now(made.job)
    assert job.state == Job.State.DONE, job.error
    made.refresh_from_db()
    return made


def counts(made):
    return (made.read, made.created, made.updated, made.same, made.rejected, made.skipped)


def errors(made):
    return [(one["row"], one["column"], one["code"]) for one in imports.summary(made)["errors"]]


GOOD = ["东湖区总工会,01,组织部", "town,01,办公室"]


def test_rows_are_created_updated_or_left_alone(world, clerk):
    first = load(world.district, clerk, *GOOD, "合计,2,")
    assert counts(first) == (2, 2, 0, 0, 0, 1)
    assert first.told == ["第 4 行是合计行，已略过。"]
    again = load(world.district, clerk, *GOOD)
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert again.told == []
    told = load(world.district, clerk, *GOOD).told
    assert len(told) == 1
    assert "导入过" in told[0]
    changed = load(world.district, clerk, GOOD[0], "town,01,综合办公室")
    assert counts(changed) == (2, 0, 1, 1, 0, 0)
    assert list(Department.objects.values_list("organisation__code", "name")) == [
        ("district", "组织部"),
        ("town", "综合办公室"),
    ]
    row = changed.rows.get(outcome="updated")
    assert json.loads(row.before.clear()) == {"name": "办公室"}
    assert row.object_id == str(Department.objects.get(organisation=world.town).pk)


def test_a_strict_import_with_errors_writes_nothing_and_names_every_row(world, clerk):
    load(world.district, clerk, GOOD[0])
    made = load(
        world.district,
        clerk,
        GOOD[0],
        "东湖区总工会,02,",
        "不存在的工会,03,",
        "东湖区总工会,04,财务部",
        "西山区总工会,05,宣传部",
        "东湖区总工会,06,违规部",
        "东湖区总工会,07,甲部",
        "东湖区总工会,08,乙部",
        "东湖区总工会,07,丙部",
    )
    assert (made.state, made.code) == ("refused", "rows_rejected")
    assert counts(made) == (9, 0, 0, 1, 8, 0)
    assert Department.objects.count() == 1
    assert errors(made) == [
        (3, "部门名称", "required"),
        (4, "所属工会", "unknown_organisation"),
        (4, "部门名称", "required"),
        (6, "所属工会", "unknown_organisation"),
        (7, "", "bad_name"),
        (8, "", "duplicate_in_file"),
        (10, "", "duplicate_in_file"),
    ]
    assert made.rows.get(number=8).errors[0]["message"] == "与第 10 行重复，请只保留一行。"
    assert not AuditEvent.objects.filter(
        action="core.department.import", changes__count__gt=1
    ).exists()


def test_a_partial_import_stores_the_rows_that_are_right(world, clerk, monkeypatch):
    monkeypatch.setattr(limits, "BATCH", 3)
    monkeypatch.setattr(limits, "STEP_ROWS", 4)
    rows = [f"东湖区总工会,{n:02},{'违规' if n in (2, 9) else '第'}{n}部" for n in range(1, 11)]
    made = load(world.district, clerk, *rows, "东湖区总工会,99,", partial=True)
    assert made.state == "done"
    assert counts(made) == (11, 8, 0, 0, 3, 0)
    assert errors(made) == [(3, "", "bad_name"), (10, "", "bad_name"), (12, "部门名称", "required")]
    assert Department.objects.count() == 8
    assert list(made.job.steps.values_list("name", flat=True)) == [
        "check",
        "write 1",
        "write 2",
        "write 3",
        "workbook",
    ]
    assert AuditEvent.objects.filter(action="core.sheetimport.finish").count() == 1
    assert "未通过 3" in Notice.objects.get().text


def test_what_lies_outside_the_scope_is_as_unknown_as_what_does_not_exist(world, clerk):
    made = load(world.district, clerk, "丙厂工会委员会,01,组织部", "丁厂工会委员会,01,组织部")
    foreign, missing = (row.errors for row in made.rows.all())
    assert str(foreign).replace("丙", "丁") == str(missing)
    with pytest.raises(OutOfScope):
        load(world.foreign, clerk, *GOOD)
    with pytest.raises(NotPermitted):
        load(world.own, world.user("chair", at=world.own), *GOOD)


def test_rights_are_asked_again_when_the_job_runs(world, clerk):
    made = imports.start(
        io.BytesIO("\n".join([HEADINGS, *GOOD]).encode()),
        name="a.csv",
        sheet=NAME,
        organisation=world.district,
        by=clerk,
        send=False,
    )
    clerk.assignments.all().delete()
    run_now(made.job)
    made.refresh_from_db()
    assert (made.state, made.code) == ("refused", "out_of_scope")
    assert not Department.objects.exists()


def test_personal_values_are_masked_in_every_result(world, clerk):
    made = load(world.district, clerk, "东湖区总工会,01,张三" + "丰" * 60)
    assert errors(made) == [(2, "部门名称", "too_long")]
    stored = SheetRow.objects.values("label", "errors", "remarks")[0]
    assert "张三" not in json.dumps(stored, ensure_ascii=False)


def mended(content, **cells):
    """The bytes of a workbook with some cells changed."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for place, value in cells.items():
        book.worksheets[0][place] = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_the_table_comes_back_marked_and_goes_in_mended(world, clerk):
    first = load(
        world.district, clerk, "东湖区总工会,01,组织部", "东湖总工会,02,财务部", partial=True
    )
    content = Path(first.error_file.content.path).read_bytes()
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in page.rows] == [
        ["所属工会", "部门编码", "部门名称", "原因", "修改建议", "行标识"],
        ["东湖区总工会", "01", "组织部", None, None, f"{first.pk}-2"],
        [
            "东湖总工会",
            "02",
            "财务部",
            "所属工会：在办理范围内没有工会“东湖总工会”，请核对名称或编码。",
            "所属工会：是否为“东湖区总工会”？",
            f"{first.pk}-3",
        ],
    ]
    assert page["A3"].fill.fgColor.rgb == "FFFFC7CE"
    assert "是否为" in page["A3"].comment.text
    assert page.column_dimensions["F"].hidden
    # Meanwhile somebody renames what was stored: the mended table must not undo that.
    Department.objects.update(name="组织人事部")
    second = load(world.district, clerk, mended(content, A3="东湖区总工会"))
    assert counts(second) == (2, 1, 0, 1, 0, 0)
    assert set(Department.objects.values_list("name", flat=True)) == {"组织人事部", "财务部"}
    third = load(world.district, clerk, mended(content, A3="东湖区总工会", C2="组织处"))
    assert counts(third) == (2, 0, 1, 1, 0, 0)


def test_rows_that_become_alike_when_mended_are_both_named(world, clerk, monkeypatch):
    def upper(self, rows, context):
        for row in rows:
            row.values["code"] = row.values["code"].upper()

    monkeypatch.setattr(DepartmentSheet, "check", upper)
    made = load(world.district, clerk, "东湖区总工会,a1,组织部", "东湖区总工会,A1,组织处")
    assert errors(made) == [(2, "", "duplicate_in_file"), (3, "", "duplicate_in_file")]


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(world, clerk):
    made = load(world.district, clerk, b"\x89PNG....")
    assert (made.state, made.code) == ("refused", "image")
    assert imports.summary(made)["errors"] == [
        {
            "row": None,
            "column": "",
            "code": "image",
            "message": "这是一张图片，不是表格。请上传表格文件。",
        }
    ]
    assert load(world.district, clerk, HEADINGS.encode()).code == "no_rows"


def test_an_import_that_died_goes_on_where_it_was(world, clerk, monkeypatch):
    monkeypatch.setattr(limits, "STEP_ROWS", 2)
    rows = [f"东湖区总工会,{n:02},第{n}部" for n in range(1, 7)]
    original, calls = imports._Import._write_slice, []

    def dies(self, lines, **options):
        calls.append(lines[0].number)
        original(self, lines, **options)
        if len(calls) == 2:
            raise KeyboardInterrupt  # the process ends before the step is stored

    monkeypatch.setattr(imports._Import, "_write_slice", dies)
    made = imports.start(
        io.BytesIO("\n".join([HEADINGS, *rows]).encode()),
        name="a.csv",
        sheet=NAME,
        organisation=world.district,
        is_strict=False,
        by=clerk,
        send=False,
    )
    with pytest.raises(KeyboardInterrupt):
        run_now(made.job)
    assert Department.objects.count() == 2
    Job.objects.update(state=Job.State.QUEUED)
    run_now(made.job)
    made.refresh_from_db()
    assert calls == [2, 4, 4, 6]
    assert counts(made) == (6, 6, 0, 0, 0, 0)
    assert made.rows.count() == Department.objects.count() == 6


def test_the_number_of_queries_does_not_grow_with_the_rows(
    world, clerk, django_assert_max_num_queries
):
    rows = [f"东湖区总工会,{n:04},第{n}部" for n in range(1500)]
    with django_assert_max_num_queries(90):
        made = load(world.district, clerk, *rows)
    assert counts(made) == (1500, 1500, 0, 0, 0, 0)


# --- templates and exports


def test_the_template_has_stars_help_lists_and_examples(tmp_path, db):
    write_template(sheet_named(NAME), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    page = book["部门名册"]
    assert [cell.value for cell in page[1]] == ["所属工会*", "部门编码*", "部门名称*"]
    assert page["A1"].comment.text == "必填。填工会全称或编码。"
    assert [cell.value for cell in page[3]] == ["江城市总工会", "02", "财务部"]
    assert page["B2"].number_format == "@"
    assert "填写说明" in book.sheetnames
    table = open_table(tmp_path / "t.xlsx", DepartmentSheet.fields.values())
    assert (len(list(table.lines())), table.told) == (2, [])


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠a", '=HYPERLINK("a")']


def test_an_export_is_a_valid_import_without_formulas(world, clerk, tmp_path):
    for number, name in enumerate(FORMULAS):
        Department.objects.create(organisation=world.town, code=f"{number:03}", name=name)
    Department.objects.create(organisation=world.foreign, code="1", name="外区")
    path = tmp_path / "e.xlsx"
    assert exports.write(path, sheet=NAME, organisation=world.district, by=clerk) == 9
    book = openpyxl.load_workbook(path)
    page = book["部门名册"]
    assert [cell.value for cell in page[1]] == ["所属工会*", "部门编码*", "部门名称*"]
    assert all(cell.data_type == "s" for row in page.rows for cell in row)
    assert all(
        row[2].value == f"'{name}" for row, name in zip(list(page.rows)[1:], FORMULAS, strict=True)
    )
    facts = {row[0].value: row[1].value for row in book["导出说明"].rows}
    assert (facts["导出人"], facts["行数"], facts["用途"]) == (str(clerk), "9", "工会业务办理")
    event = AuditEvent.objects.get(action="core.sheet.export")
    assert event.changes == {"sheet": NAME, "rows": 9, "format": "xlsx"}
    assert counts(load(world.district, clerk, path.read_bytes())) == (9, 0, 0, 9, 0, 0)
    with pytest.raises(OutOfScope):
        exports.write(path, sheet=NAME, organisation=world.foreign, by=clerk)


def test_limits_hold_at_the_limit_and_one_beyond(world, clerk, tmp_path, monkeypatch):
    size = len("\n".join([HEADINGS, *GOOD]).encode())
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", size)
    monkeypatch.setattr(limits, "MAX_ROWS", 2)
    assert load(world.district, clerk, *GOOD).state == "done"
    path = tmp_path / "e.xlsx"
    assert exports.write(path, sheet=NAME, organisation=world.district, by=clerk) == 2
    monkeypatch.setattr(limits, "MAX_ROWS", 1)
    path.unlink()
    with pytest.raises(Refused, match="一份工作簿放不下.*csv"):
        exports.write(path, sheet=NAME, organisation=world.district, by=clerk)
    with pytest.raises(Refused, match="一份工作簿放不下"):
        exports.start(sheet=NAME, organisation=world.district, by=clerk, purpose="年度核对")
    monkeypatch.setattr(exports, "_refuse_long", lambda *_: None)  # they came while it was written
    with pytest.raises(Refused, match="一份工作簿放不下"):
        exports.write(path, sheet=NAME, organisation=world.district, by=clerk)
    assert not path.exists()
    as_text = tmp_path / "e.csv"
    assert exports.write(as_text, sheet=NAME, organisation=world.district, by=clerk) == 2
    with pytest.raises(Refused, match="MB"):
        load(world.district, clerk, *GOOD, "town,02,工会办")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_ROWS", 2)
    made = load(world.district, clerk, *GOOD, "town,02,工会办", partial=True)
    assert (made.state, made.code, made.read) == ("refused", "too_many_rows", 0)


def test_an_export_can_be_a_job(world, clerk):
    Department.objects.create(organisation=world.town, code="1", name="组织部")
    job = run_now(
        exports.start(sheet=NAME, organisation=world.district, by=clerk, purpose="年度核对")
    )
    assert (job.state, job.result["rows"]) == ("done", 1)


def test_a_sheet_is_declared_once_and_completely():
    registry = Registry()
    registry.add(DepartmentSheet)
    with pytest.raises(ValueError, match="twice"):
        registry.add(DepartmentSheet)

    class Nameless(Sheet):
        pass

    with pytest.raises(ValueError, match=r"Meta\.name"):
        registry.add(Nameless)


def test_counts_that_do_not_add_up_are_refused_by_the_database(world, clerk):
    from django.db import IntegrityError

    made = load(world.district, clerk, *GOOD)
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetImport.objects.filter(pk=made.pk).update(read=3)
