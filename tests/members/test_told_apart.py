"""What a roster may hold that is not right, line by line: brought in, and told apart.

Each case goes through the import as a file of a clerk does, and is answered with row, column, what
the row is called, a masked number, a Chinese sentence and a stable code.
"""

import datetime
import io
import re

import openpyxl
import pytest
import xlsxwriter
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.jobs import run_now
from core.models import SheetRow
from core.rules import Invalid, certificates
from core.sheets import imports
from members.models import Membership, Person
from members.services import people
from tests.factories.members import membership, person, resident_number
from tests.members.test_sheets import bring, codes, firm, member


@pytest.fixture
def clerk(world):
    return world.user("clerk")


def send(content, world, by, *, name="名册.xlsx", at=None, **options):
    """Import a ready file and return the import."""
    made = imports.start(
        io.BytesIO(content),
        name=name,
        sheet="members",
        organisation=at or world.city,
        by=by,
        send=False,
        **options,
    )
    assert run_now(made.job).state == "done"
    made.refresh_from_db()
    return made


def book(rows, *, formulas=None):
    """A workbook as Excel keeps it; `formulas` are cells (row, column) to formula and result."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        page = workbook.add_worksheet("名册")
        for number, cells in enumerate(rows):
            page.write_row(number, 0, cells)
        for (row, place), (formula, result) in (formulas or {}).items():
            page.write_formula(row, place, formula, None, result)
    return stream.getvalue()


HEADINGS = ["姓名", "证件号码", "手机号", "所属工会", "入会日期"]
NUMBER = "330600199003079990"


def found(made):
    """Row, column, code and suggestion of everything that is wrong."""
    return [
        (row.number, one.column, one.code, one.suggestion)
        for row in made.rows.exclude(errors=[])
        for one in imports.findings(row.errors)
    ]


def remarks(made):
    return [
        (row.number, one["column"], one["code"]) for row in made.rows.all() for one in row.remarks
    ]


# --- digits lost


def enrol(world, clerk, *, name="王建国", number=NUMBER, phone="13800000001", at=None):
    return people.enrol(
        person(name, number, phone=phone), membership(at or world.own), by=clerk
    ).person


@pytest.mark.parametrize(
    "number",
    [
        330600199003079990,  # a number in the file: 330600199003079000 with its tail gone
        "330600199003079000",
        "3.30600199003079E+17",
        "3.306E+17",
        "330600199003079990.0",
    ],
)
def test_lost_digits_are_answered_with_the_only_member_who_can_be_meant(world, clerk, number):
    enrol(world, clerk)
    rows = [HEADINGS, ["王建国", number, "13800000001", "own", "2020-05-01"]]
    made = send(book(rows), world, clerk)
    [(row, column, code, suggestion)] = found(made)
    assert (row, column, suggestion) == (2, "证件号码", "3306**********9990")
    assert code in {"digits_lost", "number_rounded"}
    assert (made.rejected, Membership.objects.count()) == (1, 1)
    assert NUMBER not in str(list(SheetRow.objects.values()))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "王建军"},
        {"phone": "13800000009"},
        {"number": resident_number(5)},
        {"at": "sibling"},
    ],
    ids=str,
)
def test_another_name_phone_number_or_union_is_no_candidate(world, clerk, change):
    at = getattr(world, change.pop("at", "own"))
    enrol(world, clerk, **change, at=at)
    rows = [HEADINGS, ["王建国", NUMBER[:15] + "000", "13800000001", "own", "2020-05-01"]]
    assert [one[3] for one in found(send(book(rows), world, clerk))] == [""]


def test_of_two_candidates_none_is_suggested_and_without_a_phone_15_digits_must_be_left(
    world, clerk
):
    enrol(world, clerk)
    rows = [
        HEADINGS,
        ["王建国", NUMBER[:15] + "000", "", "own", "2020-05-01"],
        ["王建国", "3.306E+17", "", "own", "2020-05-02"],
    ]
    assert [one[3] for one in found(send(book(rows), world, clerk))] == ["3306**********9990", ""]
    namesake = NUMBER[:15] + next(
        f"{tail:02}{check}"
        for tail in range(1, 90, 2)
        for check in "0123456789X"
        if _is_number(f"{NUMBER[:15]}{tail:02}{check}") and tail != 99
    )
    enrol(world, clerk, number=namesake)
    assert [one[3] for one in found(send(book(rows), world, clerk))] == ["", ""]


def _is_number(text):
    try:
        return bool(certificates.resident_number(text, on=datetime.date(2026, 1, 1)))
    except Invalid:
        return False


def test_candidates_are_sought_in_the_scope_of_the_uploader_in_one_query(world, clerk):
    enrol(world, clerk, at=world.foreign)
    rows = [["王建国", NUMBER[:15] + "000", "13800000001", "foreign", "2020-05-01"]]
    made = send(book([HEADINGS, *rows]), world, world.user("clerk", world.district), at=world.town)
    assert [one[2:] for one in found(made)] == [
        ("unknown_organisation", ""),
        ("number_rounded", ""),
    ]

    def queries(count):
        lost = [["王建国", "3.306E+17", "", "own", "2020-05-01"]] * count
        with CaptureQueriesContext(connection) as caught:
            send(book([HEADINGS, *lost]), world, clerk)
        return len(caught)

    queries(1)  # whatever is asked once in the life of a process
    assert queries(40) == queries(2)


# --- numbers


@pytest.mark.parametrize(
    ("number", "code", "suggestion"),
    [
        ("330600199003079991", "resident_number_check", "3306**********9990"),
        ("330600199913319990", "resident_number_date", ""),
        ("330600900307999", "resident_number_legacy", "3306**********9990"),
        ("330600901307999", "resident_number_legacy", ""),
        ("33060019900307999", "resident_number_length", ""),
        ("3306**********9990", "resident_number_form", ""),
    ],
)
def test_a_wrong_number_is_named_with_what_may_be_meant(world, clerk, number, code, suggestion):
    rows = [HEADINGS, ["王建国", number, "", "own", "2020-05-01"]]
    made = send(book(rows), world, clerk)
    assert found(made) == [(2, "证件号码", code, suggestion)]
    label = made.rows.get().label
    assert label.startswith("王*国 ")
    assert number not in f"{label}{made.rows.get().errors}" or "*" in number


def test_spellings_of_one_number_are_one_row_too_many_and_all_are_named(world, clerk):
    x = next(n for n in map(resident_number, range(40)) if n.endswith("X"))
    old = NUMBER[:6] + NUMBER[8:17]
    rows = [x, x.lower(), f" {x[:6]} {x[6:]}", "１" + x[1:], x[:17] + "×", NUMBER, old]
    rows[3] = x.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    told = bring("members", [member(world, 证件号码=number) for number in rows], world.city, clerk)
    twice = [one for one in codes(told) if one[1] == "duplicate_in_file"]
    assert twice == [(number, "duplicate_in_file") for number in range(2, 9)]
    assert "第 3、4、5、6 行" in told["errors"][0]["message"]


def test_what_was_mended_comes_in_and_is_said(world, clerk):
    x = next(n for n in map(resident_number, range(40)) if n.endswith("X"))
    rows = [
        HEADINGS + ["政治面貌", "学历", "民族", "会员证号"],
        ["王 建国", x.lower(), "１３８ 0000 0001", " own", "２０２０年５月１日", "党员", "本科 ",
         "汉\n族", "A 01"],
        ["李娜", NUMBER, "+86 13800000002", "own", 43952, "群众", "大专", "汉族", "A02"],
    ]  # fmt: skip
    made = send(book(rows), world, clerk)
    assert (made.created, found(made)) == (2, [])
    assert sorted(remarks(made)) == sorted(
        [
            *((2, column, "mended") for column in
              ("姓名", "证件号码", "手机号", "所属工会", "入会日期", "民族", "会员证号")),
            (2, "政治面貌", "synonym"),
            (2, "学历", "synonym"),
            (3, "手机号", "mended"),
            (3, "入会日期", "serial_date"),
        ]
    )  # fmt: skip
    first = Person.objects.get(certificate_index=Person._meta.get_field(
        "certificate_index").index(f"resident:{x}"))  # fmt: skip
    assert (first.name, first.ethnicity, first.education) == ("王建国", "汉族", "bachelor")
    assert str(first.phone) == "138****0001"
    assert set(Membership.objects.values_list("joined_on", flat=True)) == {
        datetime.date(2020, 5, 1)
    }


# --- phones, dates, formulas


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"手机号": "1.38E+10"}, "手机号", "phone_scientific"),
        ({"手机号": "138000000012"}, "手机号", "mobile_form"),
        ({"入会日期": "21/3/5"}, "入会日期", "bad_date"),
        ({"入会日期": "2021-3"}, "入会日期", "bad_date"),
        ({"入会日期": "2021年2月30日"}, "入会日期", "bad_date"),
        ({"入会日期": "20213"}, "入会日期", "bad_date"),
        ({"政治面貌": "党圆"}, "政治面貌", "unknown_choice"),
        ({"所属工会": "甲厂工会委员回"}, "所属工会", "unknown_organisation"),
    ],
)
def test_what_cannot_be_known_is_refused_with_the_reason(world, clerk, cells, column, code):
    told = bring("members", [member(world, **cells)], world.city, clerk)
    assert [(one["row"], one["column"], one["code"]) for one in told["errors"]] == [
        (2, column, code)
    ]
    assert re.search("[\u4e00-\u9fff].*[。？]$", told["errors"][0]["message"])


@pytest.mark.parametrize(
    ("cells", "asked"),
    [
        ({"政治面貌": "党圆"}, "是否为“中共党员”？"),
        ({"学历": "本棵"}, "是否为“大学本科”？"),
        ({"从业群体": "网约送餐"}, "是否为“网约送餐员”？"),
        ({"所属工会": "甲厂工会委员回"}, "是否为“甲厂工会委员会”？"),
    ],
)
def test_an_unknown_value_is_answered_with_the_nearest(world, clerk, cells, asked):
    told = bring("members", [member(world, **cells)], world.city, clerk)
    assert told["errors"][0]["message"].endswith(asked)


@pytest.mark.parametrize(
    "written",
    ["2021年3月5日", "2021.3.5", "2021/03/05", "20210305", "2021年三月五日", "二〇二一年三月五日",
     "二○二一年3月5号", "44260", "2021-03-05 09:30", "2021年3月5日 星期五", "2021、3、5",
     "２０２１－３－５"],
)  # fmt: skip
def test_a_day_is_read_in_every_usual_form(world, clerk, written):
    assert bring("members", [member(world, 入会日期=written)], world.city, clerk)["errors"] == []
    assert Membership.objects.get().joined_on == datetime.date(2021, 3, 5)


def test_results_of_formulas_are_read_and_said_and_failed_ones_named(world, clerk):
    rows = [HEADINGS, *(["王建国", n, "", "own", "2020-05-01"] for n in (NUMBER, "", "", ""))]
    rows[2:] = [["李娜", resident_number(n), "", "own", "2020-05-01"] for n in range(3)]
    formulas = {
        (1, 3): ('=VLOOKUP("x",A:B,1)', "own"),
        (2, 3): ("=VLOOKUP(1,A:B,1)", "#N/A"),
        (3, 0): ("=#REF!", "#REF!"),
    }
    made = send(book(rows, formulas=formulas), world, clerk, is_strict=False)
    assert remarks(made) == [(2, "所属工会", "computed")]
    assert [one[:3] for one in found(made)] == [
        (3, "所属工会", "formula_error"),
        (4, "姓名", "formula_error"),
    ]
    assert "选择性粘贴" in made.rows.get(number=3).errors[0]["message"]
    assert (made.created, made.rejected) == (2, 2)


def test_a_formula_saved_without_its_result_is_named(world, clerk):
    workbook = openpyxl.Workbook()
    workbook.active.append(HEADINGS)
    workbook.active.append(["王建国", NUMBER, "", "own", "=DATE(2020,5,1)"])
    stream = io.BytesIO()
    workbook.save(stream)
    made = send(stream.getvalue(), world, clerk)
    assert found(made) == [(2, "入会日期", "formula_error", "")]
    again = send(_error_file(made), world, clerk)
    assert found(again) == [(2, "入会日期", "formula_error", "")]


def _error_file(made):
    with made.error_file.content.open("rb") as stream:
        return stream.read()


def test_text_in_a_number_is_named(world, clerk):
    rows = [
        firm(world, 职工人数=text) for text in ("约120", "一百二十", "120余人", "1.2万", "120 人")
    ]
    told = bring("employers", rows, world.city, clerk, is_strict=False)
    assert codes(told) == [(number, "bad_number") for number in (2, 3, 4, 5)]
    assert told["created"] == 1


# --- headings as real rosters have them


def test_a_roster_as_it_is_kept_is_understood(world, clerk):
    rows = [
        ["江城市第一机械厂工会会员花名册（2021年）"],
        ["填报单位：甲厂工会委员会", "", "", "单位：人"],
        ["序号", "职工\n姓名", "公民身份号码（18位）", "文化程度", "政治面貌情况", "联系方式*",
         "所在工会", "入会时间", "民族成分", "户口性质"],
        [1, "王建国", NUMBER, "本科", "党员", "13800000001", "甲厂工会委员会", "2021.3.5", "汉族",
         "农业户口"],
        ["合计", "1人"],
        ["注：以上人员均已核对。"],
    ]  # fmt: skip
    made = send(book(rows), world, clerk)
    assert (made.created, made.skipped, found(made)) == (1, 2, [])
    assert made.told[0] == "表头在第 3 行，其上方的内容已略过。"
    assert "没有用到的列：序号。" in made.told
    assert Person.objects.get().household == "rural"


def test_a_declared_heading_wins_a_synonym_and_the_other_is_said_to_be_unused(world, clerk):
    headings = [*HEADINGS, "联系电话"]
    made = send(
        book([headings, ["王建国", NUMBER, "13800000001", "own", "2020-05-01", "0575-1"]]),
        world,
        clerk,
    )
    assert (made.created, made.told) == (1, ["没有用到的列：联系电话。"])
