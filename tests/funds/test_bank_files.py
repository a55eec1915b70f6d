"""The bank's file: made once, the same to the byte, as the layout says."""

import io

import openpyxl
import pytest

from core import workflow
from core.errors import Refused
from funds.models import BankLayout, Payment
from funds.services import bank_file
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["text", "workbook"])
def test_made_again_the_file_is_the_same_to_the_byte(office, code, monkeypatch):
    layout = BankLayout.objects.get(code=code)
    batch = office.sent(office.owe(3, payee_name="欧阳堃"), layout=layout)
    with batch.file.content.open("rb") as stream:
        first = stream.read()
    BankLayout.objects.update(has_headings=False, columns=[["reference", "号"]])
    office.answer(batch, bounced=[1])
    assert bank_file.again(office.settle(batch)) == first
    assert batch.file.sha256 == batch.sha256


def test_a_text_of_the_bank(office):
    batch = office.sent(office.owe(2))
    with batch.file.content.open("rb") as stream:
        lines = stream.read().decode("gb18030").split("\r\n")
    assert lines[0] == f"{batch.number},2,184800"
    payment = batch.lines().first()
    assert lines[1] == (
        f"1,李梅,{payment.account.clear()},江城银行城东支行,92400,生活救助,{payment.reference}"
    )
    assert lines[3:] == [""]


def test_a_workbook_of_the_bank(office):
    batch = office.sent(office.owe(1), layout=BankLayout.objects.get(code="workbook"))
    rows = list(openpyxl.load_workbook(io.BytesIO(bank_file.again(batch))).active.values)
    payment = batch.lines().get()
    assert rows[0][:3] == ("序号", "收款人户名", "收款人账号")
    assert rows[1][2] == payment.account.clear()
    assert rows[1][4] == "924.00"
    assert rows[2][:3] == (batch.number, "1", "924.00")


def test_a_file_that_is_no_longer_that_of_its_rows_is_not_given_out(office):
    batch = office.sent(office.owe(1))
    Payment.objects.update(amount="924.01")
    with pytest.raises(Refused, match="不一致"):
        bank_file.again(batch)


def test_sending_again_takes_two(office):
    batch = office.sent(office.owe(1))
    with pytest.raises(Refused) as refused:
        office.take(batch, "send")
    assert refused.value.code == "wrong_state"
    asked = workflow.apply(batch, "ask_resend", by=office.payer, comment="银行未收到文件")
    with pytest.raises(Refused):
        workflow.apply(asked, "resend", by=office.payer, comment="同意重新报送")
    kept = workflow.apply(asked, "keep_sent", by=office.approver, comment="银行已收到")
    asked = workflow.apply(kept, "ask_resend", by=office.payer, comment="银行确认未收到")
    again = workflow.apply(asked, "resend", by=office.approver, comment="同意重新报送")
    assert (again.state, again.sendings, again.sha256) == ("sent", 2, batch.sha256)
    assert money.payment(again.lines().get().payable).entries.filter(kind="sent").count() == 1


@pytest.mark.parametrize(
    "columns",
    [
        [["reference", "号"]],
        [
            ["secret", "密"],
            ["reference", "号"],
            ["payee", "户"],
            ["account", "账"],
            ["amount", "额"],
        ],
        "reference",
    ],
)
def test_a_layout_that_cannot_pay_is_refused(columns, db):
    layout = BankLayout.objects.get(code="text")
    layout.columns = columns
    with pytest.raises(Exception, match="字段|列表"):
        layout.full_clean()
