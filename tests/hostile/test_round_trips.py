"""Whatever a right table looks like: in, out and in again, nothing is lost and nothing changes."""

import csv
import re

import openpyxl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.sheets import BooleanWidget, ChoiceWidget, TextWidget, exports, imports, sheet_named
from core.sheets.columns import CLEAR, plain, unprotected
from tests.contracts.test_sheets import upload
from tests.core import department_sheet  # noqa: F401 - registers the sheet of the engine's tests
from tests.hostile.rosters import TEXTS, VALID, WORKBOOKS

NAMES = [
    "王建国",
    "陈堃",
    "张喆",
    "欧阳䶮",
    "𠮷野健",
    "阿卜杜拉·买买提",
    "李㛃",
    "赵𬭎",
    "买买提·艾山",
]
PERSONS = {"姓名", "联系人", "工会主席"}
MAKERS = {name: make for name, make in (WORKBOOKS | TEXTS).items() if name != "old.xls"}
CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"]
)


def one_spelling(text):
    """The text as the engine keeps it, if that is how it would be read again."""
    kept = re.sub(r"\s+", " ", plain(text))
    is_quoted = re.fullmatch(r'="(.*)"', kept)
    return "" if kept == CLEAR or is_quoted or unprotected(kept) != kept else plain(kept)


def texts(column):
    length = min(column.widget.max_length or 30, 30)
    free = st.text(CHARACTERS, max_size=length).map(one_spelling)
    dangerous = st.sampled_from(
        ["=1+1", "-5", "+86", "@a", "＝a", "007", "1E5", "2020-01-01", "是"]
    )
    text = st.one_of(free, dangerous, st.sampled_from(NAMES)).map(lambda text: text[:length])
    return text.map(one_spelling)


@st.composite
def tables(draw, name):
    """Rows of a sheet (by heading), their spelling in a file, and the file."""
    sheet = sheet_named(name)
    base = [VALID[name](n) for n in range(draw(st.integers(1, 6)))]
    rows = []
    for row in base:
        row = dict(row)
        for _, column in sheet.incoming:
            if column.heading in PERSONS & set(row):
                row[column.heading] = draw(st.sampled_from(NAMES))
            elif type(column.widget) is TextWidget:
                text = draw(texts(column))
                row[column.heading] = text or (
                    row.get(column.heading, "甲") if column.required else ""
                )
            elif column.attribute is None:
                continue  # says what to do with the row; nothing of it is kept
            elif isinstance(column.widget, ChoiceWidget) and column.heading not in FIXED:
                labels = column.widget.labels if column.required else ["", *column.widget.labels]
                row[column.heading] = draw(st.sampled_from(labels))
        rows.append(row)
    headings = draw(st.permutations(list(dict.fromkeys(key for row in rows for key in row))))
    spell = draw(st.sampled_from(SPELLINGS))
    grid = [
        [title]
        for title in draw(st.lists(st.sampled_from(["江城市职工名册", "2021年度", ""]), max_size=3))
    ]
    grid.append([spell(heading) for heading in headings])
    for row in rows:
        grid += [[""] * len(headings)] * draw(st.integers(0, 1))
        grid.append([_spelt(draw, row.get(heading, ""), heading) for heading in headings])
    if draw(st.booleans()):
        grid.append(["合计", str(len(rows))][: len(headings)])
    maker = draw(st.sampled_from(sorted(MAKERS)))
    return rows, maker, MAKERS[maker](grid)


FIXED = {"证件类型", "性别", "组织层级", "工会类型"}  # others depend on them
SPELLINGS = [
    str,
    lambda heading: f"{heading}*",
    lambda heading: f" {heading}　",
    lambda heading: f"{heading[0]}　{heading[1:]}",
    lambda heading: f"{heading}（必填）",
]
DATES = [str, lambda d: d.replace("-", "."), lambda d: "{}年{}月{}日".format(*d.split("-"))]


def _spelt(draw, cell, heading):
    """A day in one of its usual forms; everything else as it is."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) and heading.endswith(("日期", "起始日")):
        return draw(st.sampled_from(DATES))(cell)
    return cell


def exported(path):
    """The cells of an export by heading."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            grid = list(csv.reader(stream))[1:]
    else:
        page = openpyxl.load_workbook(path).worksheets[0]
        grid = [["" if cell is None else str(cell) for cell in row] for row in page.values]
    headings = [heading.rstrip("*") for heading in grid[0]]
    return [dict(zip(headings, map(unprotected, row), strict=True)) for row in grid[1:]]


def asked_and_stored(name, rows, path):
    """What the file said and what the export says of it, row by row, by the key of the sheet."""
    sheet = sheet_named(name)
    keys = [sheet.fields[key].heading for key in sheet._meta.import_id_fields]
    keyed = {tuple(row[key] for key in keys): row for row in exported(path)}
    for row in rows:
        stored = keyed[tuple(row[key] for key in keys)]
        for _, column in sheet.incoming:
            said = row.get(column.heading, "")
            if isinstance(column.widget, BooleanWidget) and not said:
                continue  # what is not said is no
            if said:
                yield column.heading, said, stored[column.heading]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", sorted(VALID))
def test_in_out_and_in_again_changes_nothing(name, world, hostile, tmp_path):
    at = world.city, world.user("clerk")
    if name == "test_departments":  # its export names unions in full
        world.city.name = world.city.code
        world.city.save()

    @settings(
        max_examples=200 if hostile else 6,
        derandomize=not hostile,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(tables(name))
    def holds(made):
        rows, maker, content = made
        with transaction.atomic():
            first = upload(name, at, content, maker)
            assert imports.summary(first)["errors"] == []
            assert (first.created, first.read) == (len(rows), len(rows))
            for ending in (".xlsx", ".csv"):
                path = tmp_path / f"export{ending}"
                count = exports.write(path, sheet=name, organisation=at[0], by=at[1])
                for heading, said, stored in asked_and_stored(name, rows, path):
                    assert said == stored, heading
                again = upload(name, at, path.read_bytes(), path.name)
                assert imports.summary(again)["errors"] == []
                assert (again.read, again.same) == (count, count)
            transaction.set_rollback(True)

    holds()
