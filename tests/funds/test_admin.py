"""The road of money on the screens of those who walk it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.jobs import run_now
from core.models import Job
from funds.models import BankLayout, Payable, Payment, PaymentBatch
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"admin:funds_{name}", args=args)


class Desk(Client):
    """A browser in which somebody is logged in."""

    def __init__(self, user):
        super().__init__()
        self.force_login(user)

    def press(self, name, pk, **data):
        """A button of a record; where it leads, as text."""
        answer = self.post(url(name, pk), data, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    def sees(self, name, *args):
        return self.get(url(name, *args)).content.decode()


@pytest.fixture
def desks(office):
    names = ("maker", "checker", "approver", "payer")
    return {name: Desk(getattr(office, name)) for name in names}


def test_four_people_pay_and_one_books(office, desks):
    owed = office.owe(3)
    maker = desks["maker"]
    layout = BankLayout.objects.get(code="text")
    made = maker.post(
        url("paymentbatch_make"),
        {"organisation": office.at.pk, "title": "十月帮扶金", "layout": layout.pk},
        follow=True,
    )
    batch = PaymentBatch.objects.get()
    assert made.redirect_chain[-1][0] == url("paymentbatch_change", batch.pk)
    told = maker.press("paymentbatch_include", batch.pk, pool="", kind="", until="2099-01-01")
    assert "已列入 3 笔" in told
    assert "2,772.00" in told
    told = maker.press("paymentbatch_take_out", batch.pk, line=3)
    assert "第 3 笔已移出" in told
    maker.press("paymentbatch_step_submit", batch.pk)
    desks["checker"].press("paymentbatch_step_check", batch.pk)
    desks["approver"].press("paymentbatch_step_approve", batch.pk, comment="同意发放")
    desks["payer"].press("paymentbatch_step_make_file", batch.pk)
    told = desks["payer"].press("paymentbatch_step_send", batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.count) == ("sent", 2)
    assert batch.sha256 in told
    file = reverse("file", args=[batch.file.token])
    got = desks["payer"].get(file)
    assert b"".join(got.streaming_content).startswith(batch.number.encode())
    assert maker.get(file).status_code in {403, 404}
    first, second = batch.lines()
    answer = f"付款流水号,金额,结果,失败原因,回单日期\n{first.reference},924,成功,,2026-11-20\n"
    answer += f"{second.reference},924,退票,账号户名不符,2026-11-20\n"
    upload = SimpleUploadedFile("回单.csv", answer.encode())
    data = {"organisation": office.at.pk, "file": upload, "mode": "strict"}
    maker.post(reverse("sheet_upload", args=["payment_results"]), data)
    run_now(Job.objects.latest("pk"))
    wrong = {"done_count": 2, "done_total": "1848.00", "bounced_count": 0, "bounced_total": 0}
    assert "整批不予入账" in maker.press("paymentbatch_step_settle", batch.pk, **wrong)
    right = {"done_count": 1, "done_total": "924", "bounced_count": 1, "bounced_total": "924.00"}
    assert "银行已回单" in maker.press("paymentbatch_step_settle", batch.pk, **right)
    bounced = Payable.objects.get(state="bounced")
    told = maker.press(
        "payable_correct_account",
        bounced.pk,
        bank="江城银行城西支行",
        account=money.account_number(),
        reason="收款人提交了新卡复印件",
    )
    assert "账户已更正" in told
    assert Payable.objects.get(pk=bounced.pk).state == "waiting"
    assert Payment.objects.get(payable=owed[2]).result == "dropped"


def test_an_account_in_full_stands_on_no_screen(office, desks):
    batch = office.batch(office.owe(1))
    payment = batch.lines().get()
    account = payment.account.clear()
    number = payment.payable.payee_number.clear()
    pages = [
        ("paymentbatch_change", batch.pk),
        ("payment_change", payment.pk),
        ("payable_change", payment.payable_id),
        ("payment_changelist",),
        ("payable_changelist",),
        ("paymentbatch_history", batch.pk),
    ]
    for page in pages:
        text = desks["checker"].sees(*page)
        assert account not in text
        assert number not in text


def test_the_checker_confirms_a_shared_account_on_its_page(office, desks):
    shared = money.account_number()
    batch = office.take(office.batch(office.owe(2, account=shared)), "submit")
    page = desks["checker"].sees("paymentbatch_change", batch.pk)
    assert "同一账号用于不同收款人" in page
    told = desks["checker"].press("paymentbatch_step_check", batch.pk)
    assert "不同的收款人" in told
    index = batch.lines()[0].account_index.hex()
    desks["checker"].press(
        "paymentbatch_confirm_account", batch.pk, account=index, reason="夫妻共用一张卡"
    )
    desks["checker"].press("paymentbatch_step_check", batch.pk)
    batch.refresh_from_db()
    assert batch.state == "approving"
    assert "夫妻共用一张卡" in desks["approver"].sees("paymentbatch_change", batch.pk)


def test_money_that_is_promised_stays_granted(office, desks):
    office.owe(2)
    data = {"document_number": "江工发〔2026〕8号", "amount": "1847.99"}
    answer = desks["maker"].post(url("pool_change", office.pool.pk), data)
    assert "下达金额不能少于此数" in answer.content.decode()
    desks["maker"].post(url("pool_change", office.pool.pk), data | {"amount": "1848.00"})
    office.pool.refresh_from_db()
    assert office.pool.balance == 0
