"""What every registered sheet promises, whatever it is about."""

import csv
import io

import pytest
from django.db import transaction

from core.errors import Refused
from core.jobs import run_now
from core.models import AuditEvent, Job
from core.sheets import exports, imports, mending, undo
from core.sheets.engine import registry, sheet_named
from core.sheets.reading import open_table
from core.sheets.row_forms import RowForm
from core.sheets.workbooks import write_template
from tests.contracts.example_worlds import EXAMPLE_WORLDS
from tests.core import department_sheet  # noqa: F401 - registers the sheet of the engine's tests

SHEETS = sorted(registry)
REQUIRED = [
    (name, column.heading)
    for name in SHEETS
    for _, column in sheet_named(name).incoming
    if column.required
]


@pytest.fixture
def at(request, world):
    """The sheet's name, and the organisation and user of its example world."""
    name = request.node.callspec.params["name"]
    return EXAMPLE_WORLDS[name](world)


@pytest.fixture
def examples(name, tmp_path):
    """The headings and the example rows of the sheet's own template."""
    sheet = sheet_named(name)
    write_template(sheet, tmp_path / "template.xlsx")
    table = open_table(tmp_path / "template.xlsx", [column for _, column in sheet.incoming])
    rows = [line.cells for line in table.lines()]
    assert rows, f"the template of {name} has no examples"
    return [heading.rstrip("*") for heading in table.headings], rows


def upload(name, at, content, filename="名册.csv", **options):
    organisation, by = at
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(content),
            name=filename,
            sheet=name,
            organisation=organisation,
            by=by,
            send=False,
            **options,
        )
    job = run_now(made.job)
    assert job.state == Job.State.DONE, job.error
    made.refresh_from_db()
    if made.state != made.State.WAITING:
        assert made.read == made.created + made.updated + made.same + made.rejected
        assert made.rows.count() == made.read
    return made


def table(headings, rows):
    stream = io.StringIO()
    csv.writer(stream).writerows([headings, *rows])
    return stream.getvalue().encode("gb18030")


@pytest.mark.parametrize("name", SHEETS)
def test_the_template_goes_in_and_a_second_time_changes_nothing(name, at, examples, tmp_path):
    content = (tmp_path / "template.xlsx").read_bytes()
    first = upload(name, at, content, "模板.xlsx")
    assert imports.summary(first)["errors"] == []
    assert (first.state, first.created) == ("done", len(examples[1]))
    again = upload(name, at, content, "模板.xlsx")
    assert imports.summary(again)["errors"] == []
    assert (again.same, again.created, again.updated) == (len(examples[1]), 0, 0)
    assert AuditEvent.objects.filter(action="core.sheetimport.finish").count() == 2


@pytest.mark.parametrize(("name", "heading"), REQUIRED)
def test_a_blank_in_a_required_column_is_named_and_nothing_is_stored(name, heading, at, examples):
    headings, rows = examples
    model = registry[name]._meta.model
    before = model._default_manager.count()
    place = headings.index(heading)
    blank = [*rows[0][:place], "", *rows[0][place + 1 :]]
    made = upload(name, at, table(headings, [*rows[1:], blank]))
    wrong = [(error["row"], error["column"]) for error in imports.summary(made)["errors"]]
    assert (len(rows) + 1, heading) in wrong
    assert (made.state, made.created, made.updated) == ("refused", 0, 0)
    assert model._default_manager.count() == before
    assert made.error_file is not None


@pytest.mark.parametrize("name", SHEETS)
def test_a_row_that_stands_twice_is_refused_in_both_places(name, at, examples):
    if not registry[name]._meta.import_id_fields:
        pytest.skip("its rows have no key")
    headings, rows = examples
    made = upload(name, at, table(headings, [*rows, rows[0]]))
    twice = {
        error["row"]
        for error in imports.summary(made)["errors"]
        if error["code"] == "duplicate_in_file"
    }
    assert twice == {2, len(rows) + 2}


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
@pytest.mark.parametrize("name", SHEETS)
def test_an_export_is_a_valid_import(name, ending, at, examples, tmp_path):
    organisation, by = at
    upload(name, at, table(*examples))
    path = tmp_path / f"export{ending}"
    count = exports.write(path, sheet=name, organisation=organisation, by=by)
    assert count >= len(examples[1])
    made = upload(name, at, path.read_bytes(), f"导出{ending}")
    assert imports.summary(made)["errors"] == []
    assert (made.same, made.read) == (count, count)


@pytest.mark.parametrize("name", SHEETS)
def test_an_import_is_taken_back_and_may_come_in_again(name, at, examples):
    organisation, by = at
    model = registry[name]._meta.model
    before = set(model._default_manager.values_list("pk", flat=True))
    made = upload(name, at, table(*examples))
    job = run_now(undo.start(made, by=by, send=False))
    assert job.state == Job.State.DONE, job.error
    made.refresh_from_db()
    assert made.state == "undone"
    assert set(model._default_manager.values_list("pk", flat=True)) == before
    assert AuditEvent.objects.filter(action="core.sheetimport.undo").count() == 1
    again = upload(name, at, table(*examples))
    assert (again.created, again.told) == (len(examples[1]), [])


@pytest.mark.parametrize("name", SHEETS)
def test_nobody_brings_rows_in_or_out_without_the_right(name, at, examples, world, tmp_path):
    organisation, _ = at
    stranger = (organisation, world.user("chair", at=world.foreign))
    with pytest.raises(Refused):
        upload(name, stranger, table(*examples))
    with pytest.raises(Refused):
        exports.write(
            tmp_path / "export.xlsx", sheet=name, organisation=organisation, by=stranger[1]
        )
    assert not Job.objects.exists()
    assert not (tmp_path / "export.xlsx").exists()


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("is_strict", [True, False], ids=["strict", "partial"])
def test_a_wrong_row_is_mended_by_form_and_goes_in_once(name, is_strict, at, examples):
    headings, rows = examples
    _, by = at
    sheet = sheet_named(name)
    required = [column_name for column_name, column in sheet.incoming if column.required]
    place = headings.index(sheet.fields[required[-1]].heading)
    blank = [*rows[0][:place], "", *rows[0][place + 1 :]]
    first = upload(name, at, table(headings, [*rows[1:], blank]), is_strict=is_strict)
    number = len(rows) + 1
    form = RowForm(judged=mending.open_row(first, number, by=by))
    assert set(form.fields) == {column_name for column_name, _ in sheet.incoming}
    assert [line.name for line in form.lines() if line.findings] == [required[-1]]
    typed = {column_name: form[column_name].value() for column_name in form.fields}
    assert not mending.mend(first, number, cells=typed, by=by).is_right
    typed[required[-1]] = rows[0][place]
    assert mending.mend(first, number, cells=typed, by=by).errors == []
    after = mending.confirm(first, by=by, send=False)
    assert mending.confirm(first, by=by) == after
    assert run_now(after.job).state == Job.State.DONE
    after.refresh_from_db()
    assert imports.summary(after)["errors"] == []
    assert after.read == after.created + after.same == len(rows)
    assert after.created == (len(rows) if is_strict else 1)
