"""A rebate on the whole road, through the doors of those who walk it: from the receipt that the tax
office handed over to the figure in the report."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.indicators import compute
from core.jobs import run_now
from core.models import Job
from core.periods import Period
from funds.models import BankLayout, CollectionBatch, PaymentBatch, Rebate, Return
from tests.factories import collection, splits
from tests.factories import rebates as made
from tests.factories.returns import account_of

RECEIPTS = ["批次号", "税票号", "纳税人识别号", "缴费单位", "品目", "所属期起", "金额", "入库日期"]
RESULTS = ["付款流水号", "金额", "结果", "失败原因", "回单日期"]


class Desk(Client):
    """A browser in which somebody is logged in."""

    def __init__(self, user):
        super().__init__()
        self.force_login(user)

    def press(self, name, *args, **data):
        answer = self.post(reverse(f"admin:funds_{name}", args=args), data, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    def upload(self, sheet, organisation, rows):
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        file = SimpleUploadedFile("表.csv", stream.getvalue().encode())
        data = {"organisation": organisation.pk, "file": file, "mode": "strict"}
        self.post(reverse("sheet_upload", args=[sheet]), data)
        job = run_now(Job.objects.latest("pk"))
        assert job.state == Job.State.DONE


@pytest.fixture
def desks(office):
    return {name: Desk(getattr(office, name)) for name in ("maker", "checker", "approver", "payer")}


def collect(office, desks, rows):
    """Receipts of (employer, amount) come in as a table and are distributed."""
    maker, total = desks["maker"], sum(Decimal(amount) for _, amount in rows)
    maker.press(
        "collectionbatch_open",
        organisation=office.at.pk,
        number="2024-03",
        channel="tax",
        declared_count=len(rows),
        declared_total=total,
    )
    batch = CollectionBatch.objects.get()
    table = [
        [batch.number, f"SP{n}", firm.credit_code, firm.name, "工会经费", "2024-03", amount,
         "2024-04-12"]
        for n, (firm, amount) in enumerate(rows)
    ]  # fmt: skip
    maker.upload("collection_lines", office.at, [RECEIPTS, *table])
    money = collection.arrival(office.at, total, on=datetime.date(2024, 4, 12))
    maker.press("collectionbatch_assign", batch.pk, arrivals=[money.pk])
    maker.press("collectionbatch_step_count", batch.pk)
    desks["checker"].press("collectionbatch_step_reconcile", batch.pk)
    desks["approver"].press("collectionbatch_step_distribute", batch.pk)
    batch.refresh_from_db()
    assert run_now(batch.job).state == Job.State.DONE
    batch.refresh_from_db()
    assert batch.state == "distributed"


def pay(office, desks):
    """What waits goes to the bank, which pays it today."""
    layout = BankLayout.objects.get(code="text")
    maker, payer = desks["maker"], desks["payer"]
    maker.press("paymentbatch_make", organisation=office.at.pk, title="返还", layout=layout.pk)
    batch = PaymentBatch.objects.get()
    maker.press("paymentbatch_include", batch.pk, pool="", kind="rebate", until="2099-01-01")
    maker.press("paymentbatch_step_submit", batch.pk)
    desks["checker"].press("paymentbatch_step_check", batch.pk)
    desks["approver"].press("paymentbatch_step_approve", batch.pk, comment="同意支付")
    payer.press("paymentbatch_step_make_file", batch.pk)
    payer.press("paymentbatch_step_send", batch.pk)
    lines = list(batch.lines())
    said = [[line.reference, line.amount, "成功", "", timezone.localdate()] for line in lines]
    maker.upload("payment_results", office.at, [RESULTS, *said])
    total = sum(line.amount for line in lines)
    maker.press(
        "paymentbatch_step_settle", batch.pk,
        done_count=len(lines), done_total=total, bounced_count=0, bounced_total=0,
    )  # fmt: skip
    return total


def test_what_small_payers_paid_comes_back_and_is_counted(office, desks):
    world, today = office.world, timezone.localdate()
    splits.rule(world.city)  # 60 % below, 15 + 10 + 10 % of what the scheme gives back
    scheme = made.scheme(world.city, due_days=0)
    for union in (world.own, world.foreign):
        account_of(union)
    first, second, large = (
        made.firm(union, name=f"{name}厂")
        for name, union in [("甲", world.own), ("乙", world.foreign), ("丙", world.foreign)]
    )
    collect(
        office,
        desks,
        [(first, "1000.00"), (first, "500.00"), (second, "2000.00"), (large, "10000.00")],
    )
    told = desks["maker"].press(
        "rebate_list_entitled", scheme=scheme.pk, year=2024, quarter="", within=world.city.pk
    )
    assert "已列出 2 家单位、1,225.00 元" in told
    for name, act in [("checker", "check_many"), ("approver", "approve_many")]:
        told = desks[name].press(f"rebate_{act}", count=2, total="1225.00")
        assert "已办理 2 件、1,225.00 元" in told
    asked = {"payer": office.at.pk, "until": today, "within": "", "kind": "rebate"}
    told = desks["maker"].press("return_claim", **asked, seen="2 1225.00")
    assert "已为 2 个工会生成返还单，共 1,225.00 元" in told
    codes = ["funds.micro_refund_amount", "funds.micro_refund_units"]
    year = {"organisation": world.city, "period": Period.parse(str(today.year)), "by": None}
    assert [figure.value for figure in compute(codes, **year)] == [0, 0]
    assert pay(office, desks) == Decimal("1225.00")
    assert [figure.value for figure in compute(codes, **year)] == [Decimal("1225.00"), 2]
    assert {row.state for row in Return.objects.all()} == {"paid"}
    assert {(row.employer, row.amount, row.paid_on) for row in Rebate.objects.all()} == {
        (first, Decimal("525.00"), today),
        (second, Decimal("700.00"), today),
    }
