"""Batches from the draft to the bank's receipt, and the payments in them."""

import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    ReadOnlyAdmin,
    SubtreeFilter,
    Table,
    button,
    link,
)
from core.models import User
from funds.admin.payables import RESULT_MARKS
from funds.forms.payments import BatchForm, BounceForm, ConfirmForm, IncludeForm, LineForm
from funds.models import BankLayout, BankResult, Payable, Payment, PaymentBatch
from funds.services import batches, results

State = PaymentBatch.State
SHOWN = 200  # lines on the page of a batch; the list of payments has all
STATE_MARKS = {
    State.SETTLED: Mark.DONE,
    State.VOID: Mark.OVER,
    State.DRAFT: Mark.INFO,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class ResultFilter(ChoiceFilter):
    title = "结果"
    parameter_name = "result"
    options = Payment.Result.choices


class BatchFilter(admin.SimpleListFilter):
    """By the batch from whose page one comes."""

    title = "支付批次"
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        rows = PaymentBatch.objects.visible_to(request.user)[:SHOWN]
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(batch=self.value()) if self.value().isdigit() else queryset.none()


def is_draft(batch: PaymentBatch) -> bool:
    return batch.state == State.DRAFT


class ChosenConfirmForm(ConfirmForm):
    """Offers the accounts of the batch that were not confirmed yet."""

    def __init__(self, *args: Any, row: PaymentBatch, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        self.fields["account"].choices = [
            (each.index.hex(), f"{each.account}：{'、'.join(each.payees[:5])}")
            for each in batches.shared_accounts(row)
            if each.confirmation is None
        ]


@admin.register(PaymentBatch)
class PaymentBatchAdmin(ProceedingAdmin):
    """The way of a batch. Its lines come from what is owed; nothing is typed in here."""

    list_display = [
        "number",
        "title",
        "organisation",
        "lines_shown",
        "total_shown",
        "mark",
        "due_on",
    ]
    list_display_links = ["number", "title"]
    list_filter = [StateFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "number",
        "title",
        "organisation",
        "mark",
        "lines_shown",
        "total_shown",
        "layout",
        "file_shown",
        "sha256",
        "sendings",
        "created_at",
    ]
    actions_list = ["make"]
    actions_detail = ["include", "take_out", "confirm_account"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        on_it = ~models.Q(payments__result=Payment.Result.DROPPED)
        rows = super().get_queryset(request).select_related("organisation", "layout", "file")
        return rows.annotate(
            lines_count=models.Count("payments", filter=on_it),
            lines_total=models.Sum("payments__amount", filter=on_it),
        )

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="批次号")
    def number(self, row: PaymentBatch) -> str:
        return row.number

    @display(description="笔数")
    def lines_shown(self, row: PaymentBatch) -> str:
        return f"{row.lines_count:,}"

    @display(description="金额（元）")
    def total_shown(self, row: PaymentBatch) -> str:
        return f"{row.lines_total or 0:,.2f}"

    @display(description="状态")
    def mark(self, row: PaymentBatch) -> str:
        return STATE_MARKS.get(row.state, Mark.WAITING).of(row.get_state_display())

    @display(description="银行文件")
    def file_shown(self, row: PaymentBatch) -> str:
        if row.file is None:
            return "—"
        url = reverse("file", args=[row.file.token])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, row.file.name)

    def tables_of(self, obj: PaymentBatch, *, reader: User) -> list[Table]:
        return [
            self._warnings(obj),
            self._lines(obj),
            *([self._receipt(obj)] if obj.state in {State.SENT, State.SETTLED} else []),
            *super().tables_of(obj, reader=reader),
        ]

    def _lines(self, batch: PaymentBatch) -> Table:
        lines = list(batch.lines().select_related("payable")[: SHOWN + 1])
        title = "付款" if len(lines) <= SHOWN else f"付款（前 {SHOWN} 笔）"
        return Table(
            title,
            ["序号", "收款人", "开户行", "账号", "金额（元）", "事由", "结果", "银行说明"],
            [
                [
                    line.line,
                    link(Payable, line.payable_id, line.payee_name),
                    line.bank,
                    str(line.account),
                    f"{line.amount:,}",
                    line.payable.reason,
                    RESULT_MARKS[line.result].of(line.get_result_display()),
                    line.bank_reason or None,
                ]
                for line in lines[:SHOWN]
            ],
            "还没有列入付款。",
        )

    def _warnings(self, batch: PaymentBatch) -> Table:
        rows: list[list[Any]] = [
            [
                "同一账号用于不同收款人",
                f"{each.account}：{'、'.join(each.payees)}",
                f"{each.confirmation.by}：{each.confirmation.reason}"
                if each.confirmation
                else None,
            ]
            for each in batches.shared_accounts(batch)
        ]
        if batch.state in {State.DRAFT, State.CHECKING}:
            rows += [
                [
                    "银行卡号校验位不符，请核对",
                    f"第 {each.line} 笔 {each.payee} {each.account}",
                    None,
                ]
                for each in batches.failing_cards(batch)
            ]
            rows += [
                ["与应付款登记不一致", f"第 {each.line} 笔 {each.payee}", None]
                for each in batches.stale(batch)
            ]
        return Table("提示", ["事项", "内容", "确认"], rows, "没有需要核对的事项。")

    def _receipt(self, batch: PaymentBatch) -> Table:
        told = results.totals(batch)
        labels = {"done": "成功", "bounced": "失败（退票）"}
        rows = [[labels[name], f"{each.count:,}", f"{each.total:,}"] for name, each in told.items()]
        return Table("已导入的银行回单", ["结果", "笔数", "金额（元）"], rows, "")

    @button("新建批次", permission="funds.add_paymentbatch", form=BatchForm, icon="add")
    def make(
        self, request: HttpRequest, row: None, organisation: Any, title: str, layout: BankLayout
    ) -> HttpResponse:
        made = batches.make(organisation=organisation, title=title, layout=layout, by=request.user)
        return redirect("admin:funds_paymentbatch_change", made.pk)

    @button(
        "列入应付款",
        permission="funds.change_paymentbatch",
        form=IncludeForm,
        icon="playlist_add",
        when=is_draft,
        consequences=lambda row: [
            f"“{row.organisation}”及下级所有符合条件、待支付的应付款都列入。"
        ],
    )
    def include(self, request: HttpRequest, row: PaymentBatch, **chosen: Any) -> str:
        form = IncludeForm(user=request.user, row=row)
        count = batches.add(row, form.chosen(**chosen), by=request.user)
        if not count:
            return "没有符合条件的待支付应付款。"
        return f"已列入 {count:,} 笔，核对后提交复核。"

    @button(
        "移出付款",
        permission="funds.change_paymentbatch",
        form=LineForm,
        icon="playlist_remove",
        when=is_draft,
        consequences=lambda row: ["该笔应付款回到待支付，可列入其他批次。"],
    )
    def take_out(self, request: HttpRequest, row: PaymentBatch, line: int) -> str:
        removed = batches.remove(row, row.lines().filter(line=line), by=request.user)
        return f"第 {line} 笔已移出。" if removed else f"批次中没有第 {line} 笔。"

    @button(
        "确认账户共用",
        permission="funds.check_paymentbatch",
        form=ChosenConfirmForm,
        icon="verified_user",
        when=lambda row: row.state == State.CHECKING and bool(batches.unchecked(row)),
        consequences=lambda row: ["理由记入批次，审批人员可见。"],
    )
    def confirm_account(
        self, request: HttpRequest, row: PaymentBatch, account: str, reason: str
    ) -> str:
        batches.confirm_account(row, bytes.fromhex(account), reason=reason, by=request.user)
        return "已确认。"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Every try to pay."""

    list_display = ["reference", "payee_name", "organisation", "amount", "mark", "result_on"]
    list_display_links = ["reference"]
    list_filter = [ResultFilter, BatchFilter, SubtreeFilter]
    search_fields = ["reference"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "reference",
        "batch",
        "payee_name",
        "bank",
        "account_shown",
        "amount",
        "organisation",
        "mark",
        "bank_reason",
        "result_on",
    ]
    actions_detail = ["bounce"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("organisation", "batch", "payable")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="收款账号")
    def account_shown(self, row: Payment) -> str:
        return str(row.account)

    @display(description="结果")
    def mark(self, row: Payment) -> str:
        return RESULT_MARKS[row.result].of(row.get_result_display())

    @button(
        "登记退票",
        permission="funds.settle_paymentbatch",
        asked_of=lambda row: row.batch,
        form=BounceForm,
        icon="undo",
        danger=True,
        when=lambda row: row.result == Payment.Result.DONE,
        consequences=lambda row: [
            f"{row.payee}的 {row.amount:,} 元由银行退回，账上冲销，应付款待更正账户后重发。"
        ],
    )
    def bounce(self, request: HttpRequest, row: Payment, on: datetime.date, reason: str) -> str:
        results.bounce(row, on=on, reason=reason, by=request.user)
        return "退票已登记，请在应付款中更正账户。"


OUTCOME_MARKS = {BankResult.Outcome.DONE: Mark.DONE, BankResult.Outcome.BOUNCED: Mark.REFUSED}


@admin.register(BankResult)
class BankResultAdmin(ReadOnlyAdmin):
    """What the bank said, as it was imported; the ways to the sheet stand above the list."""

    list_display = ["reference", "batch", "amount", "mark", "reason", "on"]
    list_display_links = ["reference"]
    list_select_related = ["payment__batch"]
    search_fields = ["payment__reference"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["reference", "batch", "amount", "mark", "reason", "on"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("payment__batch")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="付款流水号")
    def reference(self, row: BankResult) -> str:
        return row.payment.reference

    @display(description="支付批次")
    def batch(self, row: BankResult) -> str:
        return str(row.payment.batch)

    @display(description="结果")
    def mark(self, row: BankResult) -> str:
        return OUTCOME_MARKS[row.outcome].of(row.get_outcome_display())
