"""What comes in: batches on their way, their receipts, and whoever paid."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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
from core.models import Organisation, User
from funds import daily
from funds.admin.distributions import why
from funds.forms.collection import (
    AmendForm,
    ArrivalsForm,
    AssignedForm,
    MatchForm,
    OpenForm,
    PoolForm,
    SpanForm,
)
from funds.models import BankArrival, CollectionBatch, CollectionLine, FundKind, PayerAlias
from funds.services import collection, payers
from members.models import Employer

State = CollectionBatch.State
SHOWN = 100  # lines on the page of a batch; the list of lines has all
STATE_MARKS = {
    State.RECEIVING: Mark.INFO,
    State.DISTRIBUTED: Mark.DONE,
    State.REFUSED: Mark.OVER,
}


class ChannelFilter(ChoiceFilter):
    title = "收缴方式"
    parameter_name = "channel"
    options = CollectionBatch.Channel.choices


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


def difference(amount: Any) -> str:
    """A difference in yuan; nothing is a good mark."""
    return f"{amount:+,}" if amount else Mark.DONE.of("相符")


@admin.register(CollectionBatch)
class CollectionBatchAdmin(ProceedingAdmin):
    """The way of a batch, and everything on one page by which its steps are decided."""

    list_display = [
        *["number", "channel", "organisation", "declared_count", "declared_shown", "mark"],
        "due_on",
    ]
    list_display_links = ["number"]
    list_filter = [StateFilter, ChannelFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["=number"]
    search_help_text = "批次号"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["number", "channel", "organisation", "mark", "declared_count", "declared_shown"],
        *["note", "difference_reason", "job_shown"],
    ]
    actions_list = ["open", "compare"]
    actions_detail = ["amend", "assign", "unassign"]

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "job")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="移交金额（元）")
    def declared_shown(self, row: CollectionBatch) -> str:
        return f"{row.declared_total:,}"

    @display(description="状态")
    def mark(self, row: CollectionBatch) -> str:
        return STATE_MARKS.get(row.state, Mark.WAITING).of(row.get_state_display())

    @display(description="分配任务")
    def job_shown(self, row: CollectionBatch) -> str:
        if row.job is None:
            return "—"
        return f"{row.job.get_state_display()}　{row.job.error}".strip()

    # The page by which it is decided.

    def tables_of(self, obj: CollectionBatch, *, reader: User) -> list[Table]:
        return [
            self._totals(obj),
            self._lines(obj),
            self._arrivals(obj),
            *super().tables_of(obj, reader=reader),
        ]

    def _totals(self, batch: CollectionBatch) -> Table:
        here, arrived = batch.totals(), collection.arrived(batch)
        unmatched = batch.lines.filter(match="").count()
        return Table(
            "总数核对",
            ["项目", "移交", "收录", "银行到账", "差异"],
            [
                [
                    "笔数",
                    f"{batch.declared_count:,}",
                    f"{here.count:,}",
                    None,
                    difference(here.count - batch.declared_count),
                ],
                [
                    "收录金额（元）",
                    f"{batch.declared_total:,}",
                    f"{here.total:,}",
                    None,
                    difference(here.total - batch.declared_total),
                ],
                [
                    "到账金额（元）",
                    f"{batch.declared_total:,}",
                    None,
                    f"{arrived:,}",
                    difference(arrived - batch.declared_total),
                ],
                ["未匹配缴费单位（笔）", None, f"{unmatched:,}", None, None],
            ],
            "",
        )

    def _lines(self, batch: CollectionBatch) -> Table:
        """Those that nobody is known to have paid first."""
        rows = batch.lines.select_related("employer", "union", "reverses")
        found = list(rows.order_by("match", "pk")[: SHOWN + 1])
        title = "明细" if len(found) <= SHOWN else f"明细（前 {SHOWN} 笔，全部见缴款明细）"
        return Table(
            title,
            ["税票号", "缴费单位", "品目", "所属期", "金额（元）", "入库日期", "归属", "所退税票"],
            [
                [
                    link(CollectionLine, line.pk, line.receipt_number),
                    named(line),
                    line.get_fund_kind_display(),
                    period(line),
                    f"{line.amount:,}",
                    line.entry_on,
                    whose(line),
                    line.reverses.receipt_number if line.reverses else None,
                ]
                for line in found[:SHOWN]
            ],
            "还没有明细，请导入缴款明细表。",
        )

    def _arrivals(self, batch: CollectionBatch) -> Table:
        return _arrivals_table("银行到账", batch.arrivals.order_by("on", "pk")[:SHOWN])

    # Acts.

    @button("登记批次", permission="funds.add_collectionbatch", form=OpenForm, icon="add")
    def open(
        self, request: HttpRequest, row: None, organisation: Organisation, **facts: Any
    ) -> HttpResponse:
        made = collection.open_batch(organisation=organisation, by=request.user, **facts)
        return redirect("admin:funds_collectionbatch_change", made.pk)

    @button("对账情况", permission="funds.view_collectionbatch", form=SpanForm, icon="balance")
    def compare(
        self,
        request: HttpRequest,
        row: None,
        organisation: Organisation,
        first: datetime.date,
        last: datetime.date,
    ) -> HttpResponse:
        """By day and by batch; a page, nothing is written."""
        told = f"{organisation}，{first} 至 {last}。只列出有缴款或到账的日期和批次。"
        tables = [
            _days_table(daily.days(organisation, first, last)),
            _batches_table(daily.batches(organisation, first, last)),
            _arrivals_table(
                "未归集的到账",
                BankArrival.objects.visible_to(request.user)
                .filter(organisation=organisation, batch=None, on__range=(first, last))
                .order_by("on", "pk")[:SHOWN],
                "所有到账都已归入批次。",
            ),
        ]
        title = "对账情况"
        page = "admin/tables.html"
        return self._page(request, page, None, title=title, told=told, tables=tables)

    @button(
        "更正批次",
        permission="funds.change_collectionbatch",
        form=AmendForm,
        icon="edit",
        when=lambda row: row.state == State.RECEIVING,
    )
    def amend(self, request: HttpRequest, row: CollectionBatch, **facts: Any) -> str:
        for name, value in facts.items():
            setattr(row, name, value)
        collection.amend_batch(row, by=request.user)
        return "批次已更正。"

    @button(
        "归集到账",
        permission="funds.change_bankarrival",
        form=ArrivalsForm,
        icon="savings",
        when=lambda row: row.state in collection.MATCHED,
    )
    def assign(self, request: HttpRequest, row: CollectionBatch, arrivals: Any) -> str:
        count = collection.assign_arrivals(arrivals, row, by=request.user)
        return f"已归入 {count:,} 笔到账。"

    @button(
        "移出到账",
        permission="funds.change_bankarrival",
        form=AssignedForm,
        icon="undo",
        when=lambda row: row.state in collection.MATCHED and row.arrivals.exists(),
    )
    def unassign(self, request: HttpRequest, row: CollectionBatch, arrivals: Any) -> str:
        count = collection.assign_arrivals(arrivals, None, by=request.user)
        return f"已移出 {count:,} 笔到账。"


def _days_table(found: Iterable[daily.Day]) -> Table:
    return Table(
        "按日（入库日期与到账日期）",
        ["日期", "缴款（笔）", "缴款（元）", "到账（笔）", "到账（元）", "差异（元）"],
        [
            [
                day.on,
                f"{day.receipts.count:,}",
                f"{day.receipts.total:,}",
                f"{day.arrivals.count:,}",
                f"{day.arrivals.total:,}",
                difference(day.difference),
            ]
            for day in found
        ],
        "这段时间没有缴款和到账。",
    )


def _batches_table(found: Iterable[daily.Comparison]) -> Table:
    return Table(
        "按批次",
        ["批次", "状态", "移交", "收录", "到账（元）", "收录差异（元）", "到账差异（元）"],
        [
            [
                link(CollectionBatch, each.batch.pk, each.batch),
                each.batch.get_state_display(),
                str(each.batch.declared),
                str(each.here),
                f"{each.arrivals.total:,}",
                difference(each.here.total - each.batch.declared_total),
                difference(each.difference),
            ]
            for each in found
        ],
        "这段时间没有批次。",
    )


def _arrivals_table(
    title: str, rows: Iterable[BankArrival], empty: str = "还没有归入银行到账。"
) -> Table:
    return Table(
        title,
        ["到账日期", "银行流水号", "金额（元）", "付款方", "附言"],
        [
            [
                row.on,
                link(BankArrival, row.pk, row.reference),
                f"{row.amount:,}",
                row.payer or None,
                row.remark or None,
            ]
            for row in rows
        ],
        empty,
    )


# Receipts.

MATCH_MARKS = {"": Mark.WAITING, CollectionLine.Match.HAND: Mark.INFO}


def period(line: CollectionLine) -> str:
    first, last = f"{line.period_first:%Y-%m}", f"{line.period_last:%Y-%m}"
    return first if first == last else f"{first} 至 {last}"


def named(line: CollectionLine) -> str:
    """The name as it was sent, and as the register has it where that differs."""
    known = line.employer.name if line.employer else ""
    if known and known != line.payer_name:
        return f"{line.payer_name}（登记为：{known}）"
    return line.payer_name


def whose(line: CollectionLine) -> str:
    if not line.match:
        return MATCH_MARKS[""].of("未匹配")
    return line.union.label if line.union else "未建会"


class MatchFilter(admin.SimpleListFilter):
    """By how the payer was found; the pool is what waits for somebody's word."""

    title = "匹配"
    parameter_name = "match"
    OTHER_NAME = "renamed"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [
            ("none", "未匹配"),
            (self.OTHER_NAME, "名称不一致"),
            *CollectionLine.Match.choices,
        ]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        value = self.value()
        if value == "none":
            return queryset.unmatched()
        if value == self.OTHER_NAME:
            return queryset.filter(employer__isnull=False).exclude(payer_name=F("employer__name"))
        if value in CollectionLine.Match.values:
            return queryset.filter(match=value)
        return queryset if value is None else queryset.none()


class KindFilter(ChoiceFilter):
    title = "品目"
    parameter_name = "fund_kind"
    options = FundKind.choices


class BatchFilter(admin.SimpleListFilter):
    """By one of the newest batches."""

    title = "收缴批次"
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        rows = CollectionBatch.objects.visible_to(request.user).order_by("-pk")[:SHOWN]
        return [(str(row.pk), str(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        return queryset.filter(batch=self.value()) if self.value().isdigit() else queryset.none()


@admin.register(CollectionLine)
class CollectionLineAdmin(ReadOnlyAdmin):
    """Every receipt; filtered by 未匹配 it is the work list of the pool."""

    list_display = [
        *["receipt_number", "payer", "fund_kind", "period_shown", "amount_shown", "entry_on"],
        *["whose_shown", "how"],
    ]
    list_display_links = ["receipt_number"]
    list_filter = [MatchFilter, KindFilter, BatchFilter, SubtreeFilter]
    list_select_related = ["employer", "union"]
    search_fields = ["=receipt_number", "=credit_code", "^payer_name"]
    search_help_text = "税票号、纳税人识别号，或缴费单位名称的开头"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["receipt_number", "batch_shown", "payer_name", "credit_code", "known_as", "fund_kind"],
        *["period_shown", "wages_shown", "amount_shown", "entry_on", "tax_office"],
        *["reverses_shown", "whose_shown", "how", "organisation"],
    ]
    actions_list = ["look_again"]
    actions_detail = ["match"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("employer", "union", "organisation", "batch__organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="缴费单位")
    def payer(self, row: CollectionLine) -> str:
        return named(row)

    @display(description="所属期")
    def period_shown(self, row: CollectionLine) -> str:
        return period(row)

    @display(description="金额（元）")
    def amount_shown(self, row: CollectionLine) -> str:
        return f"{row.amount:,}"

    @display(description="工资总额（元）")
    def wages_shown(self, row: CollectionLine) -> str:
        return "—" if row.wage_base is None else f"{row.wage_base:,}"

    @display(description="归属")
    def whose_shown(self, row: CollectionLine) -> str:
        return whose(row)

    @display(description="登记名称")
    def known_as(self, row: CollectionLine) -> str:
        return str(row.employer or "—")

    @display(description="匹配方式")
    def how(self, row: CollectionLine) -> str:
        if row.is_void:
            return Mark.OVER.of("已退回")
        return MATCH_MARKS.get(row.match, Mark.DONE).of(row.get_match_display() or "未匹配")

    @display(description="收缴批次")
    def batch_shown(self, row: CollectionLine) -> str:
        return link(CollectionBatch, row.batch_id, row.batch)

    @display(description="所退税票")
    def reverses_shown(self, row: CollectionLine) -> str:
        if row.reverses is None:
            return "—"
        return link(CollectionLine, row.reverses_id, row.reverses.receipt_number)

    def tables_of(self, obj: CollectionLine, *, reader: User) -> list[Table]:
        refunds = obj.refunds.standing().visible_to(reader).order_by("pk")
        return [
            Table(
                "退库",
                ["税票号", "金额（元）", "入库日期"],
                [
                    [
                        link(CollectionLine, each.pk, each.receipt_number),
                        f"{each.amount:,}",
                        each.entry_on,
                    ]
                    for each in refunds
                ],
                "这张税票没有退库。",
            ),
            why(obj),
        ]

    @button(
        "确认缴费单位",
        permission="funds.match_collectionline",
        form=MatchForm,
        icon="person_search",
        when=lambda row: not row.is_void and row.reverses_id is None,
        consequences=lambda row: [
            f"缴费单位写为“{row.payer_name}”，识别号{row.credit_code or '未填'}。",
            *(
                ["同一识别号的其他未匹配明细一并归入，以后的缴款自动匹配。"]
                if row.credit_code
                else []
            ),
            "所在批次已经分配的，按确认后的归属重新计算分成。",
        ],
    )
    def match(
        self,
        request: HttpRequest,
        row: CollectionLine,
        employer: Employer | None,
        union: Organisation | None,
        reason: str,
        **_: Any,
    ) -> str:
        payers.match_line(row, employer=employer, union=union, reason=reason, by=request.user)
        return f"已确认为“{employer or union}”缴纳。"

    @button(
        "重新自动匹配",
        permission="funds.match_collectionline",
        form=PoolForm,
        icon="sync",
        consequences=lambda row: ["未匹配的明细按现在登记的单位、工会和曾用识别号再匹配一次。"],
    )
    def look_again(self, request: HttpRequest, row: None, organisation: Organisation) -> str:
        count = payers.match_pool(organisation, by=request.user)
        return f"新匹配 {count:,} 笔，其余仍在未匹配池中。"


@admin.register(PayerAlias)
class PayerAliasAdmin(ReadOnlyAdmin):
    """Under which other codes employers pay."""

    list_display = ["credit_code", "employer", "by", "on"]
    list_display_links = ["credit_code"]
    list_filter = [SubtreeFilter]
    list_select_related = ["employer", "by"]
    search_fields = ["=credit_code"]
    search_help_text = "纳税人识别号"
    ordering = ["-id"]
    sortable_by = ()
    fields = ["credit_code", "employer", "by", "on"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("employer__organisation", "by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields
