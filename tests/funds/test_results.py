"""The bank's answer: in any order, as often as one likes, booked whole or not at all."""

import csv
import datetime
import io
import itertools
from decimal import Decimal

import pytest
from django.db import transaction

from core import audit
from core.errors import Refused
from core.jobs import run_now
from core.models import Job
from core.sheets import imports, undo
from funds import reconciliation
from funds.models import BankResult, JournalEntry, Payable, Posting
from funds.services import results
from tests.factories import funds as money

pytestmark = pytest.mark.django_db
HEADINGS = ["付款流水号", "金额", "结果", "失败原因", "回单日期"]


def rows_of(batch, bounced=()):
    return [
        [
            line.reference,
            str(line.amount),
            "退票" if line.line in bounced else "交易成功",
            "账号户名不符" if line.line in bounced else "",
            "2026-11-20",
        ]
        for line in batch.lines()
    ]


def bring(office, rows, **options):
    stream = io.StringIO()
    csv.writer(stream).writerows([HEADINGS, *rows])
    with transaction.atomic():
        made = imports.start(
            io.BytesIO(stream.getvalue().encode("gb18030")),
            name="回单.csv",
            sheet="payment_results",
            organisation=office.at,
            by=office.maker,
            send=False,
            **options,
        )
    assert run_now(made.job).state == Job.State.DONE
    made.refresh_from_db()
    return made


def codes(made):
    return sorted({error["code"] for error in imports.summary(made)["errors"]})


def test_three_times_and_in_any_order_it_is_one_answer(office):
    batch = office.sent(office.owe(4))
    rows = rows_of(batch, bounced=[3])
    first = bring(office, rows)
    assert (first.created, codes(first)) == (4, [])
    for order in itertools.islice(itertools.permutations(rows), 5, 20, 7):
        again = bring(office, list(order))
        assert (again.same, again.created, again.updated) == (4, 0, 0)
    batch = office.settle(batch)
    entries = JournalEntry.objects.count()
    last = bring(office, rows[::-1])
    assert (last.same, JournalEntry.objects.count()) == (4, entries)
    assert reconciliation.differences(office.at) == []
    assert [line.result for line in batch.lines()] == ["done", "done", "bounced", "done"]


def test_what_is_not_ours_is_refused_row_by_row(office, world):
    batch = office.sent(office.owe(3))
    waiting = office.take(office.batch(office.owe(1)), "submit")
    good, dear, _ = rows_of(batch)
    dear[1] = "924.01"
    strange = ["ZF9999999999999", "924.00", "成功", "", "2026-11-20"]
    mute = [rows_of(batch)[2][0], "924.00", "失败", "", "2026-11-20"]
    made = bring(office, [good, dear, strange, mute, *rows_of(waiting)], is_strict=False)
    assert codes(made) == ["amount_differs", "not_sent", "required", "unknown_reference"]
    assert (made.created, made.rejected) == (1, 4)
    elsewhere = money.Office(world, world.district)
    made = bring(elsewhere, [good])
    assert codes(made) == ["unknown_reference"]


def test_a_booked_answer_is_not_changed_by_another_file(office):
    batch = office.sent(office.owe(2))
    bring(office, rows_of(batch, bounced=[1]))
    assert bring(office, rows_of(batch)).updated == 1, "until it is booked it may be mended"
    made = bring(office, rows_of(batch, bounced=[2]))
    office.settle(batch)
    assert codes(bring(office, rows_of(batch))) == ["booked"]
    run_now(undo.start(made, by=office.maker, send=False))
    assert BankResult.objects.count() == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"done_total": Decimal("1847.99")},
        {"done_count": 3},
        {"bounced_total": Decimal("0.01")},
        {"done_count": 3, "bounced_count": 0, "done_total": Decimal(2772), "bounced_total": 0},
    ],
)
def test_a_batch_whose_totals_are_not_the_banks_is_refused_whole(office, changed):
    batch = office.sent(office.owe(3))
    office.answer(batch, bounced=[2])
    with pytest.raises(Refused, match="整批不予入账") as refused:
        office.settle(batch, **changed)
    assert refused.value.code == "control_totals"
    assert set(batch.lines().values_list("result", flat=True)) == {"pending"}
    assert not JournalEntry.objects.filter(kind="confirmed").exists()
    assert office.settle(batch).state == "settled"


def test_a_batch_waits_for_all_of_the_answer(office):
    batch = office.sent(office.owe(2))
    bring(office, rows_of(batch)[:1])
    with pytest.raises(Refused, match="还有 1 笔没有银行回单"):
        office.settle(batch)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("at", ["file", "answer", "booking"])
def test_killed_in_between_it_goes_on_where_it_was(office, monkeypatch, at):
    """Nothing of a step stays that did not come to its end, and the next try does all of it."""
    batch = office.take(office.batch(office.owe(3)), *money.PATH[:3])

    def die(*args, **kwargs):
        raise Killed

    def once(owner, name, act):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, die)
            with pytest.raises(Killed), transaction.atomic():
                act()

    if at == "file":
        once(audit, "record", lambda: office.take(batch, "make_file"))
    batch = office.take(batch, "make_file", "send")
    assert batch.sendings == 1
    rows = rows_of(batch, bounced=[1])
    if at == "answer":
        once(results.records, "add_many", lambda: bring(office, rows))
        assert not BankResult.objects.exists()
    bring(office, rows)
    if at == "booking":
        once(audit, "record", lambda: office.settle(batch))
        assert not JournalEntry.objects.filter(kind="confirmed").exists()
    office.settle(batch)
    assert reconciliation.differences(office.at) == []
    assert sorted(Payable.objects.values_list("state", flat=True)) == ["bounced", "paid", "paid"]
    assert sum(Posting.objects.values_list("amount", flat=True)) == 0


def test_the_day_of_a_payment_is_the_banks(office, world):
    batch = office.sent(office.owe(1))
    rows = rows_of(batch)
    rows[0][-1] = "2026年10月31日"
    bring(office, rows)
    office.settle(batch)
    confirmed = JournalEntry.objects.get(kind="confirmed")
    assert confirmed.on == batch.lines().get().result_on == datetime.date(2026, 10, 31)
