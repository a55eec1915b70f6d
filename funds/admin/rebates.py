"""Rebates: listing who is entitled, deciding on thousands at once, and following each."""

from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import display

from core import workflow
from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    SubtreeFilter,
    Table,
    VisibleRelatedFilter,
    button,
)
from core.admin.lists import ticked_or_listed
from core.errors import Refused
from core.models import Organisation, User
from funds.forms.rebates import CHANGED, DecideForm, ListForm
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
MOST = 5_000  # rebates of one decision
TOLD = 5  # reasons why some were left
SHOWN = 20  # of them on its page; the list has all
ACTS = {
    "check_many": ("核对", "funds.check_rebate"),
    "approve_many": ("审批", "funds.approve_rebate"),
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class Chosen:
    """The rebates on which somebody is about to decide, and what they come to."""

    def __init__(self, rows: models.QuerySet[Rebate]) -> None:
        self.rows = rows.order_by()

    @cached_property
    def _sums(self) -> dict[str, Any]:
        return self.rows.aggregate(
            count=Count("pk"),
            unions=Count("organisation", distinct=True),
            employers=Count("employer", distinct=True),
            total=Sum("amount"),
        )

    @property
    def count(self) -> int:
        return self._sums["count"]

    @property
    def total(self) -> Decimal:
        return (self._sums["total"] or Decimal(0)).quantize(Decimal("0.01"))

    @property
    def spelled(self) -> str:
        return f"{self.count:,} 件、{self.total:,} 元"

    def told(self) -> list[str]:
        """What will happen, in sentences."""
        if not self.count:
            return ["没有选中可以办理的返还，请返回列表重新选择。"]
        firms, unions = self._sums["employers"], self._sums["unions"]
        return [
            f"{self.count:,} 件，共 {firms:,} 家单位、{unions:,} 个工会，合计 {self.total:,} 元。",
            "每件按现有的缴费、规模和建会资料重新计算，不一致的不办理；须由本人回避的也不办理。",
        ]

    def table(self) -> Table:
        rows = self.rows.select_related("employer", "organisation", "scheme").order_by("pk")
        title = "所选返还" if self.count <= SHOWN else f"所选返还（前 {SHOWN} 件）"
        return Table(
            title,
            ["用人单位", "收款工会", "文号", "所属期", "金额（元）"],
            [
                [
                    row.employer.name,
                    row.organisation.name,
                    row.scheme.document_number,
                    f"{row.period_first} 至 {row.period_last}",
                    f"{row.amount:,}",
                ]
                for row in rows[:SHOWN]
            ],
            "没有选中可以办理的返还。",
        )


def chosen(screen: "RebateAdmin", request: HttpRequest, *, step: str) -> Chosen:
    """Those that were ticked in the list, or all that the list of this address shows."""
    way = workflow.registry[Rebate].transitions[step]
    mine = Rebate.objects.visible_to(request.user, way.permission).filter(state__in=way.sources)
    return Chosen(ticked_or_listed(screen, request, mine))


@admin.register(Rebate)
class RebateAdmin(ProceedingAdmin):
    """Rows come from the list of those entitled and from claims; nothing is typed in here."""

    list_display = ["firm", "organisation", "period", "amount_shown", "origin", "mark"]
    list_display_links = ["firm"]
    list_filter = [StateFilter, ("scheme", VisibleRelatedFilter), SubtreeFilter]
    list_before_template = "funds/rebates_before.html"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["firm", "organisation", "scheme", "period", "base_shown", "amount_shown"],
        *["origin", "note", "mark", "payable_shown", "paid_shown"],
    ]
    actions_list = ["list_entitled", "check_many", "approve_many"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).select_related("employer", "organisation")
        return rows.select_related("scheme__organisation", "due__returned_by")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *super().get_readonly_fields(request, obj)]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The ways to a decision stand above the list, where they keep the filters."""
        ways = {name.replace("_", "-") for name in ACTS}
        actions = super().get_actions_list(request)
        return [action for action in actions if action.method.url_path not in ways]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Who may decide ticks what he decides on."""
        return [*(["tick"] if self._acts(request) else []), *self.list_display]

    def _acts(self, request: HttpRequest) -> list[tuple[str, str]]:
        user = request.user
        return [(name, label) for name, (label, right) in ACTS.items() if user.has_perm(right)]

    @display(description="")
    def tick(self, row: Rebate) -> str:
        if row.state not in {State.CLAIMED, State.CHECKED}:
            return ""
        return format_html(
            '<input type="checkbox" name="id" value="{}" form="deciding" aria-label="选择{}">',
            row.pk,
            row.employer.name,
        )

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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, and above it what its rows come to, where they are not too many to say."""
        response = super().changelist_view(request, extra_context)
        known = getattr(response, "context_data", None) or {}
        if "cl" in known:
            known["acts"] = self._acts(request)
            if not known["cl"].paginator.more:
                rows = known["cl"].queryset.order_by()
                total = rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)
                known["total"] = f"{total:,.2f}"
        return response

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

    @button(
        "批量核对",
        permission="funds.check_rebate",
        form=DecideForm,
        icon="done",
        about=partial(chosen, step="check"),
        consequences=Chosen.told,
        template="funds/decide_rebates.html",
    )
    def check_many(self, request: HttpRequest, found: Chosen, **given: Any) -> str:
        return _decide(request, found, "check", **given)

    @button(
        "批量审批",
        permission="funds.approve_rebate",
        form=DecideForm,
        icon="done_all",
        about=partial(chosen, step="approve"),
        consequences=Chosen.told,
        template="funds/decide_rebates.html",
    )
    def approve_many(self, request: HttpRequest, found: Chosen, **given: Any) -> str:
        return _decide(request, found, "approve", **given)


def _decide(
    request: HttpRequest, found: Chosen, step: str, comment: str, count: int, total: Decimal
) -> str:
    """Take the step on what was shown, and say what stayed and why."""
    if not 0 < count <= MOST:
        raise Refused(f"一次办理 1 至 {MOST:,} 件，请在列表中筛选后分次办理。", code="too_many")
    with transaction.atomic():
        rows = list(found.rows)
        if (len(rows), sum(row.amount for row in rows)) != (count, total):
            raise Refused(CHANGED, code="changed_since")
        taken, left = workflow.apply_many(rows, step, by=request.user, comment=comment)
    reasons = "".join(f"{number:,} 件未办理：{why}" for why, number in left.most_common(TOLD))
    if not taken:
        raise Refused(f"没有办理任何一件。{reasons}", code="nothing_taken")
    amount = sum((row.amount for row in taken), Decimal("0.00"))
    label = workflow.registry[Rebate].transitions[step].label
    return f"“{label}”已办理 {len(taken):,} 件、{amount:,} 元。{reasons}"
