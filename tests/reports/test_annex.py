"""Annex workbooks: figures are numbers, text is never a formula."""

import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from reports import annex

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "http://city.example", "330600199001011234"]


def opened(*sheets):
    return load_workbook(io.BytesIO(annex.workbook(sheets)))


@pytest.mark.parametrize("text", FORMULAS)
def test_text_stays_text(text):
    page = opened(annex.Sheet(text, (text,), [(text,)], text)).worksheets[0]
    for row in range(1, 5):
        cell = page.cell(row, 1)
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_figures_stay_numbers():
    page = opened(annex.Sheet("会员", ("区县", "人", "元"), [("东城区", 12345, Decimal("1.50"))]))
    row = [cell.value for cell in page.worksheets[0][3]]
    assert row == ["东城区", 12345, 1.5]


def test_a_missing_value_is_shown_as_such():
    page = opened(annex.Sheet("会员", ("区县", "人"), [("东城区", None)])).worksheets[0]
    assert page["B3"].value == "—"


def test_worksheets_bear_their_titles_once():
    sheets = [annex.Sheet("各区县/会员[表]" + "长" * 40, ("甲",), []) for _ in range(2)]
    names = opened(*sheets).sheetnames
    assert len(set(names)) == 2
    assert all(len(name) <= 31 for name in names)
