"""Allowances: listing who is entitled, deciding on many at once, following each to the bank."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, SubtreeFilter, Table, button, link
from core.admin.deciding import DecidingAdmin, decide_many
from core.models import Organisation, User
from core.services import records
from funds.models import Payable, Pool
from honours.admin.catalogue import AllowanceKindFilter
from honours.forms.allowances import ListForm
from honours.models import Allowance, Holder
from honours.services import allowances

State = Allowance.State
STATE_MARKS = {
    State.PROPOSED: Mark.INFO,
    State.CHECKED: Mark.WAITING,
    State.APPROVED: Mark.WAITING,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
    State.STOPPED: Mark.REFUSED,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class PaidFilter(ChoiceFilter):
    title = "发放"
    parameter_name = "paid"
    options = (("yes", "已发放"), ("no", "未发放"))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(paid_on__isnull=self.value() == "no")


@admin.register(Allowance)
class AllowanceAdmin(DecidingAdmin):
    """Rows come from the list of those entitled and from the files of holders."""

    list_display = ["who", "organisation", "year", "kind", "amount_shown", "mark", "paid_on"]
    list_display_links = ["who"]
    list_filter = [StateFilter, PaidFilter, AllowanceKindFilter, SubtreeFilter]
    fields = [
        *["holder_shown", "organisation", "level", "year", "kind", "occasion", "amount_shown"],
        *["pool_shown", "mark", "paid_on"],
    ]
    actions_list = ["list_entitled", "check_many", "approve_many"]
    acts = {"check_many": "核对", "approve_many": "审批"}
    decidable = (State.PROPOSED, State.CHECKED)
    noun = "待遇"
    parties = {"人": "holder"}
    amount = "amount"
    headings = ["劳模", "管理工会", "年度", "待遇", "金额（元）"]
    rechecks = "每件按现行标准和劳模现状重新核对，不一致的不办理；须由本人回避的也不办理。"

    check_many = decide_many("check", "批量核对", "honours.check_allowance", icon="done")
    approve_many = decide_many("approve", "批量审批", "honours.approve_allowance")

    def get_queryset(
        self, request: HttpRequest | None, of: models.QuerySet | None = None
    ) -> models.QuerySet:
        rows = super().get_queryset(request, of).select_related("organisation", "holder__person")
        return rows.select_related("holder__organisation", "rule", "pool__organisation")

    def line(self, row: Allowance) -> list[Any]:
        return [
            row.masked_label,
            row.organisation.name,
            row.year,
            row.get_kind_display(),
            f"{row.amount:,}",
        ]

    @display(description="劳模")
    def who(self, row: Allowance) -> str:
        return row.masked_label

    @display(description="劳模档案")
    def holder_shown(self, row: Allowance) -> str:
        return link(Holder, row.holder_id, row.holder)

    @display(description="资金池")
    def pool_shown(self, row: Allowance) -> str:
        return str(row.pool)

    @display(description="金额（元）")
    def amount_shown(self, row: Allowance) -> str:
        return f"{row.amount:,}"

    @display(description="状态")
    def mark(self, row: Allowance) -> str:
        if row.paid_on:
            return Mark.DONE.of("已发放")
        return STATE_MARKS[row.state].of(row.get_state_display())

    def tables_of(self, obj: Allowance, *, reader: User) -> list[Table]:
        why = Table("计算依据", ["说明"], [[sentence] for sentence in obj.explained()], "")
        return [why, _payments(obj, reader), *super().tables_of(obj, reader=reader)]

    @button(
        "列出应发人员",
        permission="honours.add_allowance",
        form=ListForm,
        icon="playlist_add_check",
        consequences=lambda row: [
            "为范围内在世、称号有效的劳模逐人登记，金额按称号级别适用的标准。",
            "本年度已经登记的不重复登记，有新增劳模时可以再次列出。",
        ],
    )
    def list_entitled(
        self, request: HttpRequest, row: None, kind: str, year: int, pool: Pool,
        within: Organisation,
    ) -> str:  # fmt: skip
        made = allowances.list_entitled(
            kind=kind, year=year, pool=pool, within=within, by=request.user
        )
        total = sum((each.amount for each in made), Decimal("0.00"))
        if not made:
            return "没有新的应发人员：范围内没有适用标准的劳模，或已经全部列出。"
        return f"已列出 {len(made):,} 人、{total:,} 元，由复核人员核对。"


def _payments(obj: Allowance, reader: User) -> Table:
    """What is owed for it, with links for whoever may follow it."""
    rows = []
    for payable in obj.owed():
        may = reader.has_perm(records.permission(payable, "view"), payable)
        amount = f"{payable.amount:,}"
        shown = link(Payable, payable.pk, amount) if may else amount
        rows.append([shown, str(payable.account), payable.get_state_display()])
    headings = ["应付金额（元）", "收款账号", "状态"]
    return Table("支付情况", headings, rows, "尚未批准发放，没有应付款。")
