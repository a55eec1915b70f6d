"""Grants: the list, laying one down on the page of a file, approving many, taking one back."""

from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
    link,
)
from core.admin.deciding import TEMPLATE, Chosen, ManyAdmin
from core.admin.lists import ticked_or_listed
from core.errors import Refused
from core.forms import ReasonForm
from core.models import User
from core.services import records
from funds.models import FundSource, Payable, Payment, PaymentBatch, Pool
from hardship.forms.grants import ApproveForm, GrantForm, at_field
from hardship.models import Case, FamilyMember, Grant
from hardship.models.aid import AidKind
from hardship.services import aid

State = Grant.State
STATE_MARKS = {
    State.LAID_DOWN: Mark.INFO,
    State.WAITING: Mark.WAITING,
    State.BATCHED: Mark.WAITING,
    State.PAID: Mark.DONE,
    State.BOUNCED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        return queryset.in_state(self.value()) if self.value() in State else queryset.none()


class KindFilter(ChoiceFilter):
    title = "帮扶种类"
    parameter_name = "kind"
    options = AidKind.choices


class SourceFilter(ChoiceFilter):
    title = "资金来源"
    parameter_name = "source"
    options = FundSource.choices


class GrantYearFilter(YearFilter):
    """By the year in which a grant was laid down: that of its caps."""

    lookup = "granted_on__year"


class Approving(Chosen):
    """The grants that somebody is about to approve: what is laid down of those that were chosen."""

    @cached_property
    def by_source(self) -> list[tuple[str, int, Decimal]]:
        found = self.rows.values_list("source").annotate(count=Count("pk"), total=Sum("amount"))
        return sorted(found)

    @property
    def sources(self) -> list[str]:
        return [source for source, _, _ in self.by_source]

    def consequences(self) -> list[str]:
        told = [
            f"{FundSource(source).label}：{count:,} 笔，{total:,.2f} 元。"
            for source, count, total in self.by_source
        ]
        if len(self.sources) > 1:
            told.append("资金来源不止一种，须按来源分别批准，请返回列表筛选。")
        return [*told, "批准后从所选资金池中占用，生成应付款，由经费部门列入支付批次。"]


def chosen(screen: "GrantAdmin", request: HttpRequest) -> Approving:
    mine = Grant.objects.visible_to(request.user, "hardship.approve_grant")
    mine = ticked_or_listed(screen, request, mine)
    return Approving(screen, mine.in_state(State.LAID_DOWN))


@admin.register(Grant)
class GrantAdmin(ManyAdmin):
    """Grants are laid down on the page of a file; here they are approved, followed, taken back."""

    list_display = [
        *["household_shown", "beneficiary_shown", "kind", "source", "amount_shown"],
        *["organisation", "granted_on", "mark", "paid_on"],
    ]
    list_display_links = ["household_shown"]
    list_filter = [StateFilter, KindFilter, SourceFilter, GrantYearFilter, SubtreeFilter]
    fields = [
        *["case_shown", "beneficiary_shown", "kind", "source", "cause", "amount_shown"],
        *["period_first", "period_last", "tier", "level", "organisation", "mark"],
        *["granted_on", "laid_by_shown", "approved_on", "approved_by_shown", "paid_on"],
        "withdrawn_on",
    ]
    actions_list = ["approve"]
    actions_detail = ["withdraw"]

    acts = {"approve": "批准"}
    noun = "帮扶金"
    unit = "笔"
    parties = {"户": "household", "人": "beneficiary__certificate_index"}
    amount = "amount"
    headings = ["户", "受助人", "种类", "资金来源", "金额（元）", "期间"]

    def get_queryset(self, request: HttpRequest | None, of: QuerySet | None = None) -> QuerySet:
        rows = super().get_queryset(request, of).with_state()
        return rows.select_related("case", "beneficiary", "organisation", "laid_by", "approved_by")

    def line(self, row: Grant) -> list[Any]:
        return [
            str(row.case),
            row.beneficiary.name,
            row.get_kind_display(),
            row.get_source_display(),
            f"{row.amount:,.2f}",
            f"{row.period_first} 至 {row.period_last}",
        ]

    def takes(self, row: Grant) -> bool:
        return row.state == State.LAID_DOWN

    @display(description="户")
    def household_shown(self, row: Grant) -> str:
        return str(row.case)

    @display(description="档案")
    def case_shown(self, row: Grant) -> str:
        return link(Case, row.case_id, row.case)

    @display(description="受助人")
    def beneficiary_shown(self, row: Grant) -> str:
        return row.beneficiary.name

    @display(description="金额（元）")
    def amount_shown(self, row: Grant) -> str:
        return f"{row.amount:,.2f}"

    @display(description="登记人")
    def laid_by_shown(self, row: Grant) -> str:
        return row.laid_by.display_name if row.laid_by else "—"

    @display(description="批准人")
    def approved_by_shown(self, row: Grant) -> str:
        return row.approved_by.display_name if row.approved_by else "—"

    @display(description="状态")
    def mark(self, row: Grant) -> str:
        return STATE_MARKS[row.state].of(State(row.state).label)

    def tables_of(self, obj: Grant, *, reader: User) -> list[Table]:
        return [_payments(obj, reader=reader)]

    @button(
        "批准发放",
        permission="hardship.approve_grant",
        form=ApproveForm,
        icon="done_all",
        about=chosen,
        consequences=Approving.told,
        template=TEMPLATE,
    )
    def approve(
        self, request: HttpRequest, found: Approving, pool: Pool, count: int, total: Decimal
    ) -> str:
        with transaction.atomic():
            owed = aid.approve(found.rows, pool=pool, by=request.user)
            found.confirm(owed, count, total)
        return f"已批准发放 {count:,} 笔、{total:,} 元，待经费部门列入支付批次。"

    @button(
        "撤回",
        permission="hardship.change_grant",
        form=ReasonForm,
        icon="undo",
        danger=True,
        when=lambda row: row.state in {State.LAID_DOWN, State.WAITING, State.BOUNCED},
        consequences=lambda row: [
            f"{row.case.masked_label}的{row}不再发放，已登记的应付款一并撤销，金额退回资金池。"
        ],
    )
    def withdraw(self, request: HttpRequest, row: Grant, reason: str) -> str:
        aid.withdraw(row, reason=reason, by=request.user)
        return "帮扶金已撤回。"


def _payments(grant: Grant, *, reader: User) -> Table:
    """What is owed for it and every try to pay, with links for whoever may follow them."""
    owed = Payable.objects.of(grant).order_by("pk").prefetch_related("payments__batch")
    rows = []
    for payable in owed:
        shown = _linked(reader, payable, f"{payable.amount:,.2f}")
        told = [timezone.localdate(payable.claimed_at), shown]
        tries = [
            [
                str(each.account),
                _linked(reader, each.batch, each.batch.number),
                _linked(reader, each, each.get_result_display()),
                each.bank_reason or None,
                each.result_on,
            ]
            for each in sorted(payable.payments.all(), key=lambda each: each.pk)
        ]
        untried = [str(payable.account), None, payable.get_state_display(), None, None]
        for last in tries or [untried]:
            rows.append([*told, *last])
    headings = [
        "登记日期",
        "应付金额（元）",
        "收款账号",
        "支付批次",
        "结果",
        "银行说明",
        "回单日期",
    ]
    return Table("支付情况", headings, rows, "尚未批准发放，没有应付款。")


def _linked(reader: User, row: Payable | Payment | PaymentBatch, text: str) -> str:
    """The text, as a way to the row for whoever may see it."""
    may = reader.has_perm(records.permission(row, "view"), row)
    return link(type(row), row.pk, text) if may else text


@button(
    "登记帮扶金",
    permission="hardship.add_grant",
    form=GrantForm,
    icon="redeem",
    when=lambda row: row.is_open,
    consequences=lambda row: ["登记为拟发放，由帮扶审批人员批准后支付到该户登记的银行账户。"],
)
def give(
    screen: admin.ModelAdmin,
    request: HttpRequest,
    row: Case,
    beneficiary: FamilyMember,
    **facts: Any,
) -> HttpResponse:
    """For the page of a file."""
    try:
        made = aid.grant(Grant(case=row, beneficiary=beneficiary, **facts), by=request.user)
    except Refused as refusal:
        raise at_field(refusal) from refusal
    screen.message_user(request, "帮扶金已登记为拟发放，请由帮扶审批人员批准。")
    return redirect("admin:hardship_grant_change", made.pk)
