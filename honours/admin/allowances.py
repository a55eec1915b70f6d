"""Allowances: listing who is entitled, deciding on many at once, following each to the bank."""

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
from core.admin import ChoiceFilter, Mark, ProceedingAdmin, SubtreeFilter, Table, button, link
from core.admin.lists import ticked_or_listed
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from funds.models import Payable, Pool
from honours.admin.catalogue import AllowanceKindFilter
from honours.forms.allowances import CHANGED, DecideForm, ListForm
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
MOST = 5_000  # allowances of one decision
TOLD = 5  # reasons why some were left
SHOWN = 20  # of them on its page; the list has all
ACTS = {
    "check_many": ("核对", "honours.check_allowance"),
    "approve_many": ("审批", "honours.approve_allowance"),
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


class Chosen:
    """The allowances on which somebody is about to decide, and what they come to."""

    def __init__(self, rows: models.QuerySet[Allowance]) -> None:
        self.rows = rows.order_by()

    @cached_property
    def _sums(self) -> dict[str, Any]:
        return self.rows.aggregate(
            count=Count("pk"), persons=Count("holder", distinct=True), total=Sum("amount")
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
            return ["没有选中可以办理的待遇，请返回列表重新选择。"]
        return [
            f"{self.count:,} 件，共 {self._sums['persons']:,} 人，合计 {self.total:,} 元。",
            "每件按现行标准和劳模现状重新核对，不一致的不办理；须由本人回避的也不办理。",
        ]

    def table(self) -> Table:
        rows = self.rows.select_related("holder__person", "organisation").order_by("pk")
        title = "所选待遇" if self.count <= SHOWN else f"所选待遇（前 {SHOWN} 件）"
        return Table(
            title,
            ["劳模", "管理工会", "年度", "待遇", "金额（元）"],
            [
                [
                    row.masked_label,
                    row.organisation.name,
                    row.year,
                    row.get_kind_display(),
                    f"{row.amount:,}",
                ]
                for row in rows[:SHOWN]
            ],
            "没有选中可以办理的待遇。",
        )


def chosen(screen: "AllowanceAdmin", request: HttpRequest, *, step: str) -> Chosen:
    """Those that were ticked in the list, or all that the list of this address shows."""
    way = workflow.registry[Allowance].transitions[step]
    mine = Allowance.objects.visible_to(request.user, way.permission)
    return Chosen(ticked_or_listed(screen, request, mine.filter(state__in=way.sources)))


@admin.register(Allowance)
class AllowanceAdmin(ProceedingAdmin):
    """Rows come from the list of those entitled and from the files of holders."""

    list_display = ["who", "organisation", "year", "kind", "amount_shown", "mark", "paid_on"]
    list_display_links = ["who"]
    list_filter = [StateFilter, PaidFilter, AllowanceKindFilter, SubtreeFilter]
    list_before_template = "honours/allowances_before.html"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["holder_shown", "organisation", "level", "year", "kind", "occasion", "amount_shown"],
        *["pool_shown", "mark", "paid_on"],
    ]
    actions_list = ["list_entitled", "check_many", "approve_many"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).select_related("organisation", "holder__person")
        return rows.select_related("holder__organisation", "rule", "pool__organisation")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
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
    def tick(self, row: Allowance) -> str:
        if row.state not in {State.PROPOSED, State.CHECKED}:
            return ""
        return format_html(
            '<input type="checkbox" name="id" value="{}" form="deciding" aria-label="选择{}">',
            row.pk,
            row,
        )

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

    @button(
        "批量核对",
        permission="honours.check_allowance",
        form=DecideForm,
        icon="done",
        about=partial(chosen, step="check"),
        consequences=Chosen.told,
        template="honours/decide_allowances.html",
    )
    def check_many(self, request: HttpRequest, found: Chosen, **given: Any) -> str:
        return _decide(request, found, "check", **given)

    @button(
        "批量审批",
        permission="honours.approve_allowance",
        form=DecideForm,
        icon="done_all",
        about=partial(chosen, step="approve"),
        consequences=Chosen.told,
        template="honours/decide_allowances.html",
    )
    def approve_many(self, request: HttpRequest, found: Chosen, **given: Any) -> str:
        return _decide(request, found, "approve", **given)


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
    label = workflow.registry[Allowance].transitions[step].label
    return f"“{label}”已办理 {len(taken):,} 件、{amount:,} 元。{reasons}"
