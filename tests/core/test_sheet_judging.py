"""Rows that are read and cleaned ahead of those that are being stored."""

from types import SimpleNamespace

import pytest

from core.sheets import limits
from core.sheets.engine import Context, sheet_named
from core.sheets.judging import Judge
from core.sheets.reading import Line, Unreadable
from tests.core import department_sheet  # noqa: F401 - registers it

TABLE = SimpleNamespace(places={"所属工会": 0, "部门编码": 1, "部门名称": 2}, key_place=None)


@pytest.fixture
def judge(world, monkeypatch):
    monkeypatch.setattr(limits, "BATCH", 2)
    sheet = sheet_named("test_departments")
    context = Context(sheet, world.city, world.user("clerk"))
    sheet.prepare(context)
    return Judge(None, TABLE, context, {})


def lines(count):
    return (Line(n, ["江城市总工会", str(n), "组织部"]) for n in range(2, count + 2))


def test_batches_are_the_same_however_much_is_done_ahead(judge):
    found = []
    for rows in judge.batches(lines(5)):
        found.append([row.number for row in rows])
        for _ in range(len(found)):
            judge.work_ahead()
    assert found == [[2, 3], [4, 5], [6]]


def test_no_more_than_one_batch_is_done_ahead(judge):
    read = []
    batches = judge.batches(line for line in lines(9) if read.append(line.number) is None)
    next(batches)
    for _ in range(5):
        judge.work_ahead()
    assert read == [2, 3, 4, 5]


def test_what_goes_wrong_ahead_is_told_when_its_turn_comes(judge):
    def broken():
        yield from lines(2)
        raise Unreadable("文件已损坏。", code="damaged")

    batches = judge.batches(broken())
    assert len(next(batches)) == 2
    judge.work_ahead()
    with pytest.raises(Unreadable):
        next(batches)


def test_findings_stand_in_the_order_of_the_columns(judge):
    [[row]] = judge.batches([Line(2, ["没有的工会", "1", ""])])
    assert [finding.column for finding in row.errors] == ["所属工会", "部门名称"]
