"""Rebates: listing who is entitled, deciding on thousands at once, and following each."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    SubtreeFilter,
    Table,
    VisibleRelatedFilter,
    button,
)
from core.admin.deciding import DecidingAdmin, decide_many
from core.models import Organisation, User
from funds.forms.rebates import ListForm
from funds.models import Rebate, RebateScheme
from funds.services import rebates

State = Rebate.State
STATE_MARKS = {
    State.CLAIMED: Mark.INFO,
    State.CHECKED: Mark.WAITING,
    State.APPROVED: Mark.DONE,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


@admin.register(Rebate)
class RebateAdmin(DecidingAdmin):
    """Rows come from the list of those entitled and from claims; nothing is typed in here."""

    list_display = ["firm", "organisation", "period", "amount_shown", "origin", "mark"]
    list_display_links = ["firm"]
    list_filter = [StateFilter, ("scheme", VisibleRelatedFilter), SubtreeFilter]
    fields = [
        *["firm", "organisation", "scheme", "period", "base_shown", "amount_shown"],
        *["origin", "note", "mark", "payable_shown", "paid_shown"],
    ]
    actions_list = ["list_entitled", "check_many", "approve_many"]
    acts = {"check_many": "核对", "approve_many": "审批"}
    decidable = (State.CLAIMED, State.CHECKED)
    noun = "返还"
    parties = {"家单位": "employer", "个工会": "organisation"}
    amount = "amount"
    headings = ["用人单位", "收款工会", "文号", "所属期", "金额（元）"]
    rechecks = "每件按现有的缴费、规模和建会资料重新计算，不一致的不办理；须由本人回避的也不办理。"

    check_many = decide_many("check", "批量核对", "funds.check_rebate", icon="done")
    approve_many = decide_many("approve", "批量审批", "funds.approve_rebate")

    def get_queryset(
        self, request: HttpRequest | None, of: models.QuerySet | None = None
    ) -> models.QuerySet:
        rows = super().get_queryset(request, of).select_related("employer", "organisation")
        return rows.select_related("scheme__organisation", "due__returned_by")

    def line(self, row: Rebate) -> list[Any]:
        return [
            row.employer.name,
            row.organisation.name,
            row.scheme.document_number,
            self.period(row),
            f"{row.amount:,}",
        ]

    @display(description="用人单位")
    def firm(self, row: Rebate) -> str:
        return row.employer.name

    @display(description="所属期")
    def period(self, row: Rebate) -> str:
        return f"{row.period_first} 至 {row.period_last}"

    @display(description="返还基数（元）")
    def base_shown(self, row: Rebate) -> str:
        return f"{row.base_amount:,}"

    @display(description="返还金额（元）")
    def amount_shown(self, row: Rebate) -> str:
        return f"{row.amount:,}"

    @display(description="来源")
    def origin(self, row: Rebate) -> str:
        return "申请" if row.is_claimed else "列出"

    @display(description="应返日期")
    def payable_shown(self, row: Rebate) -> Any:
        return row.payable_on

    @display(description="返还日期")
    def paid_shown(self, row: Rebate) -> Any:
        return row.paid_on

    @display(description="状态")
    def mark(self, row: Rebate) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    def tables_of(self, obj: Rebate, *, reader: User) -> list[Table]:
        why = Table("计算依据", ["说明"], [[sentence] for sentence in obj.explained()], "")
        return [why, *super().tables_of(obj, reader=reader)]

    @button(
        "列出应返单位",
        permission="funds.add_rebate",
        form=ListForm,
        icon="playlist_add_check",
        consequences=lambda row: [
            "按所选所属期已分配的缴费逐家计算，符合条件的列为待核对；多返的列为负数。",
            "已经列出或申请过的不重复列出，补收缴费后可以再次列出。",
        ],
    )
    def list_entitled(
        self,
        request: HttpRequest,
        row: None,
        scheme: RebateScheme,
        year: int,
        quarter: int | None,
        within: Organisation,
    ) -> str:
        made = rebates.list_entitled(
            scheme, year=year, quarter=quarter, within=within, by=request.user
        )
        total = sum((each.amount for each in made), Decimal("0.00"))
        if not made:
            return "没有新的应返单位：所选所属期没有符合条件的缴费，或已经全部列出。"
        return f"已列出 {len(made):,} 家单位、{total:,} 元，由复核人员核对。"
