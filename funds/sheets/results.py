"""The bank's answer, as it comes in."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet

from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    IdentifierWidget,
    MoneyWidget,
    Row,
    Sheet,
    Written,
    register,
)
from funds.models import BankResult, Payment, PaymentBatch
from funds.services import results
from members.sheets.widgets import day

State = PaymentBatch.State
SPELLINGS = {
    "支付成功": "done",
    "交易成功": "done",
    "已入账": "done",
    "处理成功": "done",
    "支付失败": "bounced",
    "交易失败": "bounced",
    "退票": "bounced",
    "退汇": "bounced",
    "处理失败": "bounced",
}


@register
class PaymentResultSheet(Sheet):
    """银行回单: what the bank said of each payment. One row is one payment, in any order."""

    reference = Column(
        "付款流水号",
        "payment__reference",
        required=True,
        identifier=True,
        width=20,
        widget=IdentifierWidget(20),
        synonyms=["流水号", "企业流水号", "业务编号", "客户流水号"],
        examples=["ZF0000000100001", "ZF0000000100002"],
    )
    amount = Column(
        "金额",
        "amount",
        required=True,
        widget=MoneyWidget(minimum=Decimal("0.01")),
        help_text="元，应与付款金额一致",
        synonyms=["交易金额", "付款金额", "金额（元）"],
        examples=["924.00", "924.00"],
    )
    outcome = Column(
        "结果",
        "outcome",
        required=True,
        widget=ChoiceWidget(dict(BankResult.Outcome.choices), synonyms=SPELLINGS),
        synonyms=["交易状态", "处理结果", "处理状态", "状态"],
        examples=["成功", "失败"],
    )
    reason = Column(
        "失败原因",
        "reason",
        max_length=200,
        width=24,
        help_text="失败的必须填写",
        synonyms=["原因", "退票原因", "银行说明", "备注"],
        examples=["", "账号户名不符"],
    )
    on = Column(
        "回单日期",
        "on",
        required=True,
        widget=day(),
        synonyms=["交易日期", "入账日期", "日期"],
        examples=["2026-11-20", "2026-11-20"],
    )

    class Meta:
        name = "payment_results"
        label = "银行回单"
        model = BankResult
        permission = "funds.add_bankresult"
        export_permission = "funds.export_bankresult"
        purpose = "核对银行支付结果"
        import_id_fields = ("reference",)
        notes = (
            "一个批次可以分几份回单导入，次序不限，重复导入不会重复登记。",
            "全部回单导入后，在支付批次中按银行回单合计核对入账。",
        )

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            if row.get("outcome") == BankResult.Outcome.BOUNCED and not row.get("reason"):
                row.refuse("required", "失败的付款应写明原因。", column="reason")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        mine = context.visible(PaymentBatch, self.permission)
        sent = Payment.objects.filter(
            batch__in=mine, reference__in=[row.get("reference") for row in rows]
        )
        known = {
            payment.reference: payment
            for payment in sent.select_related("batch__organisation", "bank_result")
        }
        context.data["payments"] = known
        for row in rows:
            if payment := known.get(row.get("reference")):
                self._judge(row, payment)
            else:
                row.refuse(
                    "unknown_reference",
                    "没有找到付款流水号“{value}”，请对照报送银行的文件核对。",
                    column="reference",
                )

    def _judge(self, row: Row, payment: Payment) -> None:
        said = getattr(payment, "bank_result", None)
        if payment.batch.state not in {State.SENT, State.RESENDING, State.SETTLED} or (
            payment.result == Payment.Result.DROPPED
        ):
            row.refuse(
                "not_sent", "这笔付款没有报送银行，不能登记回单，请核对流水号。", column="reference"
            )
        elif row.get("amount") != payment.amount:
            row.refuse(
                "amount_differs",
                f"“{{value}}”与付款金额 {payment.amount:,} 元不一致，请与银行核对。",
                column="amount",
            )
        elif payment.result != Payment.Result.PENDING and self._differs(row, said):
            row.refuse(
                "booked",
                f"这笔付款已按“{said.get_outcome_display()}”入账，回单不能改动；"
                "如有退票，请在付款记录中登记。",
            )
        elif said:
            said.payment = payment
            row.instance = said

    def _differs(self, row: Row, said: BankResult) -> bool:
        row.instance = said
        return any(self.differing(row))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        names = ("amount", "outcome", "reason", "on")
        fresh = [row for row in rows if row.instance is None]
        fixed = [row.instance for row in rows if row.instance is not None]
        for row in rows:
            if row.instance is not None:
                row.assign(row.instance, names)
        payments = context.data["payments"]
        made = results.record_many(
            [row.draft(BankResult, names, payment=payments[row.get("reference")]) for row in fresh],
            by=context.by,
        )
        for row, result in zip(fresh, made, strict=True):
            row.object_id = str(result.pk)
        results.correct_many(fixed, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("payment__batch__organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        results.withdraw_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        results.correct_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).select_related("payment")
