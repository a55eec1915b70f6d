"""The answer to a table with errors: the user's own workbook, marked, to be mended and sent."""

import datetime
import io

import openpyxl
import pytest

from core.models import Department, SheetImport
from tests.core.test_sheet_imports import counts, errors, load, mended

HEADINGS = ["所属工会", "部门编码", "部门名称", "备用电话", "金额", "设立日期", "登记时间", "在用"]
DAY, MOMENT = map(datetime.datetime.fromisoformat, ("2021-03-05", "2021-03-05 08:30"))
GOOD = ["东湖区总工会", "01", "组织部", "0999-8200001", 1234.5, DAY, MOMENT, True]
MISSPELT = ["东湖总工会", "02", "财务部", 13800000001, 7, DAY, None, False]
BLANK = ["东湖区总工会", "03", None, "", None, None, None, None]
ROUNDED = ["东湖区总工会", 330600199003080000, "工会办", None, None, None, None, None]


@pytest.fixture
def clerk(world):
    return world.user("clerk", at=world.district)


def workbook(*rows, headings=HEADINGS):
    book = openpyxl.Workbook()
    book.active.append(headings)
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def answer(made):
    """The bytes of the workbook that goes back, and its page as openpyxl reads it."""
    with made.error_file.content.open("rb") as stream:
        content = stream.read()
    return content, openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def red(page):
    return {
        cell.coordinate
        for row in page.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }


def test_the_answer_marks_what_is_wrong_and_leaves_the_rest_as_it_was(world, clerk):
    made = load(world.district, clerk, workbook(GOOD, MISSPELT, BLANK, ROUNDED), partial=True)
    assert counts(made) == (4, 1, 0, 0, 3, 0)
    _, page = answer(made)
    # Bad cells are coloured and explained, nothing else is.
    assert red(page) == {"A3", "C4", "B5"}
    assert {cell.coordinate for row in page.rows for cell in row if cell.comment} == red(page)
    assert "是否为“东湖区总工会”？" in page["A3"].comment.text
    # The reason and the suggestion stand behind the user's own columns, with the hidden key.
    assert [cell.value for cell in page[1]] == [*HEADINGS, "原因", "修改建议", "行标识"]
    reasons = [page.cell(number, 9).value for number in range(2, 6)]
    assert reasons[0] is None
    for reason, said in zip(reasons[1:], ("没有工会", "不能为空", "末尾几位已丢失"), strict=True):
        assert said in reason
    assert page["J3"].value == "所属工会：是否为“东湖区总工会”？"
    assert [page.cell(number, 11).value for number in range(2, 6)] == [
        f"{made.pk}-{number}" for number in range(2, 6)
    ]
    assert page.column_dimensions["K"].hidden
    # What was a number, a day or a text in the file is the same in the answer.
    for number, row in enumerate((GOOD, MISSPELT, BLANK, ROUNDED), start=2):
        assert [cell.value for cell in page[number]][: len(row)] == [
            None if value == "" else value for value in row
        ]
    assert [page[f"{column}2"].number_format for column in "BEFG"] == [
        "@",
        "General",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
    ]


def test_a_number_that_lost_its_digits_is_refused_again_as_long_as_it_stands(world, clerk):
    first = load(world.district, clerk, workbook(ROUNDED, headings=HEADINGS[:3]), partial=True)
    content, _ = answer(first)
    again = load(world.district, clerk, content, partial=True)
    assert errors(again) == errors(first) == [(2, "部门编码", "digits_lost")]
    whole = mended(content, B2="330600199003079990")
    assert counts(load(world.district, clerk, whole)) == (1, 1, 0, 0, 0, 0)


TEXTS = [
    "-", "+86 138", "@甲", "＝乙", "'丙", "'=丁", "''-戊", "0012", "1e5", "a\nb", "a\r\nb",
    "=1+1", " 前后 空格 ", "\t制表", "１２３", "<b>&amp;", "\u200b看不见", "𠮷字",
    "_x0041_", "'1",
]  # fmt: skip


@pytest.mark.parametrize("as_csv", [True, False])
def test_only_mended_rows_are_touched_whatever_stands_in_the_others(world, clerk, as_csv):
    # To openpyxl the one is a formula.
    texts = TEXTS if as_csv else [text for text in TEXTS if text != "=1+1"]
    rows = [["东湖区总工会", f"{n:03}", text] for n, text in enumerate(texts)]
    rows.append(["东湖总工会", "900", "财务部"])
    if as_csv:
        quoted = [",".join(f'"{cell}"' for cell in row) for row in [HEADINGS[:3], *rows]]
        content = "\n".join(quoted).encode()
    else:
        content = workbook(*rows, headings=HEADINGS[:3])
    first = load(world.district, clerk, content, partial=True)
    assert (first.created, first.rejected) == (len(texts), 1), errors(first)
    Department.objects.update(name="后来改名")  # the register moves on
    content, page = answer(first)
    last = next(row[0].row for row in page.iter_rows(min_row=2) if row[1].value == "900")
    second = load(world.district, clerk, mended(content, **{f"A{last}": "东湖区总工会"}))
    assert counts(second) == (len(texts) + 1, 1, 0, len(texts), 0, 0)
    assert Department.objects.filter(name="后来改名").count() == len(texts)
    third = load(world.district, clerk, answer(first)[0], partial=True)
    assert (third.same, third.rejected) == (len(texts), 1)
    assert SheetImport.objects.count() == 3
