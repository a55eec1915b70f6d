"""Pools, what is owed out of them, and correcting the account of what bounced."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ReadOnlyAdmin,
    ScopedAdmin,
    SubtreeFilter,
    Table,
    button,
    link,
)
from core.forms import ReasonForm
from core.models import User
from funds.forms.payments import CorrectForm
from funds.models import FundSource, Payable, Payment, PaymentBatch, Pool
from funds.services import payables

State = Payable.State
STATE_MARKS = {
    State.WAITING: Mark.WAITING,
    State.BATCHED: Mark.INFO,
    State.PAID: Mark.DONE,
    State.BOUNCED: Mark.REFUSED,
    State.CANCELLED: Mark.OVER,
}
RESULT_MARKS = {
    Payment.Result.PENDING: Mark.WAITING,
    Payment.Result.DONE: Mark.DONE,
    Payment.Result.BOUNCED: Mark.REFUSED,
    Payment.Result.DROPPED: Mark.OVER,
}


class SourceFilter(ChoiceFilter):
    title = "资金来源"
    parameter_name = "source"
    options = FundSource.choices


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class KindFilter(ChoiceFilter):
    title = "类别"
    parameter_name = "kind"
    options = Payable.Kind.choices


@admin.register(Pool)
class PoolAdmin(ScopedAdmin):
    """What was granted, what of it is promised, what is left."""

    list_display = ["year", "source", "purpose", "organisation", "amount", "claimed", "left"]
    list_display_links = ["purpose"]
    list_filter = [SourceFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["purpose", "document_number"]
    ordering = ["-year", "id"]
    sortable_by = ()
    fields = ["organisation", "source", "year", "purpose", "document_number", "amount"]

    @display(description="余额（元）")
    def left(self, row: Pool) -> str:
        return f"{row.balance:,}"

    def get_readonly_fields(self, request: HttpRequest, obj: Pool | None = None) -> list[str]:
        """Once money is promised of it, only how much it is may still change."""
        return self.fields[:4] if obj and obj.claimed else []

    def tables_of(self, obj: Pool, *, reader: User) -> list[Table]:
        rows = Payable.objects.visible_to(reader).filter(pool=obj).live().order_by()
        found = rows.values_list("state").annotate(
            count=models.Count("pk"), total=models.Sum("amount")
        )
        return [
            Table(
                "已占用",
                ["状态", "笔数", "金额（元）"],
                [
                    [State(state).label, f"{count:,}", f"{total:,.2f}"]
                    for state, count, total in found
                ],
                "还没有从中登记应付款。",
            )
        ]


@admin.register(Payable)
class PayableAdmin(ReadOnlyAdmin):
    """What is owed comes from the app that decided on it; here it is followed, and mended."""

    list_display = ["payee_name", "reason", "kind", "organisation", "amount", "mark", "claimed_at"]
    list_display_links = ["payee_name"]
    list_filter = [StateFilter, KindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "payee_name",
        "payee_kind",
        "number_shown",
        "bank",
        "account_shown",
        "amount",
        "reason",
        "kind",
        "pool",
        "organisation",
        "mark",
        "approved_on",
        "claimed_by",
        "claimed_at",
    ]
    actions_detail = ["correct_account", "cancel"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "pool", "claimed_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="证件号码（信用代码）")
    def number_shown(self, row: Payable) -> str:
        return str(row.payee_number)

    @display(description="收款账号")
    def account_shown(self, row: Payable) -> str:
        return str(row.account)

    @display(description="状态")
    def mark(self, row: Payable) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    def tables_of(self, obj: Payable, *, reader: User) -> list[Table]:
        tries = Payment.objects.visible_to(reader).filter(payable=obj).order_by("pk")
        return [
            Table(
                "付款",
                ["付款流水号", "批次", "收款账号", "金额（元）", "结果", "银行说明", "回单日期"],
                [
                    [
                        link(Payment, each.pk, each.reference),
                        link(PaymentBatch, each.batch_id, each.batch),
                        str(each.account),
                        f"{each.amount:,}",
                        RESULT_MARKS[each.result].of(each.get_result_display()),
                        each.bank_reason or None,
                        each.result_on,
                    ]
                    for each in tries.select_related("batch")
                ],
                "还没有列入支付批次。",
            ),
            Table(
                "账户更正",
                ["日期", "原账号", "更正为", "依据", "更正人"],
                [
                    [each.on, str(each.former_account), str(each.account), each.reason, each.by]
                    for each in obj.corrections.select_related("by")
                ],
                "没有更正过账户。",
            ),
        ]

    @button(
        "更正账户",
        permission="funds.change_payable",
        form=CorrectForm,
        icon="edit",
        when=lambda row: row.state == State.BOUNCED,
        consequences=lambda row: [
            f"{row.payee}的 {row.amount:,} 元回到待支付，列入新的批次后重新复核、审批。",
            "原账号和退票记录保留。",
        ],
    )
    def correct_account(
        self, request: HttpRequest, row: Payable, bank: str, account: str, reason: str
    ) -> str:
        payables.correct_account(row, bank=bank, account=account, reason=reason, by=request.user)
        return "账户已更正，请列入新的支付批次。"

    @button(
        "撤销",
        permission="funds.change_payable",
        form=ReasonForm,
        icon="cancel",
        danger=True,
        when=lambda row: row.state in {State.WAITING, State.BOUNCED},
        consequences=lambda row: [
            f"{row.payee}的 {row.amount:,} 元不再支付，"
            + ("仍为应返未返。" if row.is_return else f"金额退回“{row.pool}”。"),
        ],
    )
    def cancel(self, request: HttpRequest, row: Payable, reason: str) -> str:
        payables.cancel(row, reason=reason, by=request.user)
        if row.is_return:
            return "应付款已撤销，应返款项可以重新生成返还单。"
        return "应付款已撤销，金额已退回资金池。"
