"""Receipts, arrivals and wages as tired clerks hand them over in tables."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.jobs import run_now
from core.models import Job
from core.sheets import imports, limits, undo
from funds.models import BankArrival, CollectionLine, WageDeclaration
from tests.factories.collection import Counter, line
from tests.factories.members import employer

D, day = Decimal, datetime.date
HEADINGS = [
    *("批次号", "税票号", "纳税人识别号", "缴费单位", "品目", "所属期起", "所属期止"),
    *("工资总额", "金额", "入库日期", "征收机关", "所退税票号"),
]


@pytest.fixture
def counter(world):
    return Counter(world)


def bring(counter, rows, sheet="collection_lines", headings=HEADINGS, by=None, **options):
    stream = io.StringIO()
    csv.writer(stream).writerows([headings, *rows])
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(stream.getvalue().encode("gb18030")),
            name="移交.csv",
            sheet=sheet,
            organisation=counter.at,
            by=by or counter.maker,
            send=False,
            **options,
        )
    assert run_now(made.job).state == Job.State.DONE
    made.refresh_from_db()
    return made


def codes(made):
    return sorted({error["code"] for error in imports.summary(made)["errors"]})


def receipt(batch, number, amount="500", **fields):
    facts = {
        "code": "",
        "payer": "甲厂有限责任公司",
        "item": "工会经费",
        "first": "2021-03",
        "last": "",
        "wages": "",
        "on": "2021-04-12",
        "office": "东湖税务所",
        "reverses": "",
    } | fields
    start = [batch.number, number, facts["code"], facts["payer"], facts["item"], facts["first"]]
    return [*start, facts["last"], facts["wages"], amount, *list(facts.values())[6:]]


def test_the_tired_clerks_file_is_understood(world, counter):
    firm = employer(world.town)
    batch = counter.open(4, "1834.50")
    code = firm.credit_code
    rows = [
        receipt(batch, "T1", "1,234.50", code=code.lower(), item="399001010", first="202103"),
        receipt(batch, "T2", "￥500元", code=f" {code}", first="2021年3月", last="2021年5月"),
        receipt(batch, "T3", "200", item="399001020", first="2021-01-01", last="2021-03-31"),
        receipt(batch, "R1", "-100.00", item="经费", first="2021/3", reverses="T1"),
        ["合计", "", "", "", "", "", "", "", "1,834.50", "", "", ""],
    ]
    made = bring(counter, rows)
    assert (made.created, made.skipped, codes(made)) == (4, 1, [])
    found = {row.receipt_number: row for row in batch.lines.all()}
    assert [found["T1"].amount, found["T2"].amount] == [D("1234.50"), D("500.00")]
    assert (found["T2"].period_first, found["T2"].period_last) == (
        day(2021, 3, 1),
        day(2021, 5, 31),
    )
    assert (found["T1"].period_last, found["T1"].employer) == (day(2021, 3, 31), firm)
    assert (found["T3"].fund_kind, found["T3"].period_last) == ("preparation", day(2021, 3, 31))
    assert (found["R1"].reverses, found["R1"].employer) == (found["T1"], firm)
    again = bring(counter, rows)
    assert (again.same, again.created) == (4, 0)
    assert counter.take(batch, "count").state == "counted"


def test_wrong_rows_are_named_one_by_one(world, counter):
    other = counter.open()
    counter.record(other, line(other, receipt_number="T0"))
    batch = counter.open(9, "1")
    made = bring(
        counter,
        [
            receipt(batch, "T1"),
            receipt(batch, "T0"),
            receipt(batch, "T2", "0"),
            receipt(batch, "T3", first="2021-13"),
            receipt(batch, "T4", first="2021-03", last="2021-02"),
            receipt(batch, "T5", reverses="T1"),
            receipt(batch, "T6", "-501", reverses="T1"),
            receipt(batch, "T7", "-1", reverses="没有"),
            receipt(batch, "T8", item="工资"),
            ["没有的批次", *receipt(batch, "T9")[1:]],
        ],
        is_strict=False,
    )
    assert (made.created, made.rejected) == (1, 9)
    assert codes(made) == [
        *("bad_month", "bad_refund", "nothing", "period_backward", "receipt_twice"),
        *("unknown_batch", "unknown_choice", "unknown_receipt"),
    ]


def test_a_second_file_does_not_change_what_stands(counter):
    batch = counter.open(1, "500")
    bring(counter, [receipt(batch, "T1")])
    made = bring(counter, [receipt(batch, "T1", "501")])
    (error,) = imports.summary(made)["errors"]
    assert "已在本批次登记，但金额不同" in error["message"]
    assert batch.lines.get().amount == 500


def test_an_import_is_taken_back_while_the_batch_is_received(counter):
    batch = counter.open(2, "400")
    rows = [receipt(batch, "T1"), receipt(batch, "R1", "-100", reverses="T1")]
    made = bring(counter, rows)
    run_now(undo.start(made, by=counter.maker, send=False))
    assert not CollectionLine.objects.exists()
    made = bring(counter, rows)
    counter.take(batch, "count")
    run_now(undo.start(made, by=counter.maker, send=False))
    assert CollectionLine.objects.count() == 2


def test_the_batch_of_somebody_else_is_unknown(world, counter):
    elsewhere = Counter(world, world.other_district)
    batch = counter.open()
    counter.record(batch, line(batch, receipt_number="T0"))
    made = bring(elsewhere, [receipt(batch, "T1")])
    assert codes(made) == ["unknown_batch"]
    own = elsewhere.open()
    (error,) = imports.summary(bring(elsewhere, [receipt(own, "T0")]))["errors"]
    assert error["code"] == "receipt_twice"
    assert batch.number not in error["message"]


def test_a_slice_asks_the_database_as_often_however_long_it_is(world, counter, monkeypatch):
    firm = employer(world.town)

    def asked(count):
        batch = counter.open(count, D(500) * count)
        rows = [receipt(batch, f"N{count}-{each}", code=firm.credit_code) for each in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert bring(counter, rows).created == count
        return len(queries)

    asked(1)
    few, many = asked(3), asked(60)
    assert many <= few + 2
    monkeypatch.setattr(limits, "BATCH", 20)
    assert asked(61) - many < 4 * 40


def test_arrivals_come_in_and_find_their_batch(counter):
    batch = counter.filled("500", "300")
    headings = ["交易流水号", "交易日期", "贷方发生额", "对方户名", "摘要", "批次号"]
    rows = [
        ["Y1", "2021-04-12", "800.00", "国家金库", "", batch.number],
        ["Y2", "20210413", "1,000.00", "", "利息", ""],
    ]
    made = bring(counter, rows, "bank_arrivals", headings)
    assert (made.created, codes(made)) == (2, [])
    assert BankArrival.objects.get(reference="Y1").batch == batch
    rows[1][2] = "999.00"
    assert bring(counter, rows, "bank_arrivals", headings).updated == 1
    rows[0][2] = "801.00"
    assert codes(bring(counter, rows, "bank_arrivals", headings)) == ["assigned"]
    batch = counter.take(counter.take(batch, "count"), "reconcile")
    assert batch.state == "reconciled"


def test_arrivals_are_taken_back_unless_they_stand_in_a_batch(counter):
    headings = ["银行流水号", "到账日期", "金额"]
    made = bring(counter, [["Y1", "2021-04-12", "800.00"]], "bank_arrivals", headings)
    run_now(undo.start(made, by=counter.maker, send=False))
    assert not BankArrival.objects.exists()


def test_wages_are_declared_and_corrected(world, counter):
    firm, foreign = employer(world.town), employer(world.foreign_town)
    headings = ["信用代码", "所属期起", "所属期止", "工资总额"]
    rows = [[firm.credit_code, "2021-01", "2021-12", "1,200,000.00"]]
    made = bring(counter, rows, "wage_declarations", headings)
    assert (made.created, codes(made)) == (1, [])
    declared = WageDeclaration.objects.get()
    assert (declared.organisation, declared.wages) == (world.town, D(1_200_000))
    assert (declared.period_first, declared.period_last) == (day(2021, 1, 1), day(2021, 12, 31))
    rows[0][3] = "1300000"
    made = bring(counter, rows, "wage_declarations", headings)
    assert made.updated == 1
    run_now(undo.start(made, by=counter.maker, send=False))
    assert WageDeclaration.objects.get().wages == 1_200_000
    district = Counter(world, world.district)
    rows = [[foreign.credit_code, "2021-01", "", "1"]]
    assert codes(bring(district, rows, "wage_declarations", headings)) == ["unknown_employer"]
