"""Returns: made for many unions at once after a look at the list, followed, given up."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.forms import ReasonForm
from core.models import User
from funds.forms.returns import ClaimForm
from funds.models import Distribution, Payable, Return
from funds.models.distributions import KINDS
from funds.services import returns

State = Return.State
STATE_MARKS = {State.OPEN: Mark.WAITING, State.PAID: Mark.DONE, State.CANCELLED: Mark.OVER}
SHOWN = 200  # dues on the page of a return


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class KindFilter(ChoiceFilter):
    title = "类别"
    parameter_name = "kind"
    options = KINDS


@admin.register(Return)
class ReturnAdmin(ReadOnlyAdmin):
    list_display = ["organisation", "kind", "until", "amount", "mark", "made_on", "paid_on"]
    list_display_links = ["organisation"]
    list_filter = [StateFilter, KindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "payer", "kind", "until", "amount", "mark", "paid_on", "payment"],
        *["made_on", "by"],
    ]
    actions_list = ["claim"]
    actions_detail = ["cancel"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("organisation", "payer", "payable", "by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="状态")
    def mark(self, row: Return) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    @display(description="应付款")
    def payment(self, row: Return) -> str:
        return link(Payable, row.payable_id, row.payable.get_state_display())

    def tables_of(self, obj: Return, *, reader: User) -> list[Table]:
        dues = obj.dues.select_related("distribution").order_by("due_on", "pk")[: SHOWN + 1]
        title = f"所含应返（先列 {SHOWN} 笔）" if len(dues) > SHOWN else "所含应返"
        return [
            Table(
                title,
                ["所属月份", "来源", "应返日期", "分配", "金额（元）"],
                [
                    [
                        f"{due.period:%Y-%m}",
                        due.get_source_display(),
                        due.due_on,
                        Distribution.Kind(due.distribution.kind).label,
                        f"{due.amount:,}",
                    ]
                    for due in dues[:SHOWN]
                ],
                "返还单已撤销，所含应返已退回应返台账。",
            )
        ]

    @button(
        "生成返还单",
        permission="funds.add_return",
        form=ClaimForm,
        icon="playlist_add_check",
        template="admin/claim_returns.html",
        consequences=lambda _: [
            "每个工会截至当日的应返、扣回合并为一张返还单，同时登记应付款。",
            "应付款列入支付批次，经复核、审批后由银行支付。",
        ],
    )
    def claim(self, request: HttpRequest, _: Any, **asked: Any) -> str:
        made = returns.claim(**asked, by=request.user)
        total = sum(row.amount for row in made)
        return f"已为 {len(made):,} 个工会生成返还单，共 {total:,} 元，请列入支付批次。"

    @button(
        "撤销返还单",
        permission="funds.add_return",
        asked_of=lambda row: row.payer,
        form=ReasonForm,
        icon="cancel",
        danger=True,
        when=lambda row: row.state == State.OPEN,
        consequences=lambda row: [
            f"{row.organisation}的 {row.amount:,} 元不再支付，仍为应返未返，可以重新生成返还单。",
        ],
    )
    def cancel(self, request: HttpRequest, row: Return, reason: str) -> str:
        returns.cancel(row, reason=reason, by=request.user)
        return "返还单已撤销，所含应返可以重新生成返还单。"
