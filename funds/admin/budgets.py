"""Budgets with their changes and final accounts, and how far fiscal transfer has come."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import (
    Mark,
    ScopedAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
)
from core.forms import ScopedForm
from core.models import User
from funds.models import BudgetLine, FiscalTransfer
from funds.services import budgets
from members.models import Mechanism


class AdjustForm(ScopedForm):
    amount = forms.DecimalField(
        label="调整金额（元）", max_digits=14, decimal_places=2, help_text="调减的填负数"
    )
    document_number = forms.CharField(label="文号", max_length=60)
    reason = forms.CharField(
        label="调整原因",
        min_length=4,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@admin.register(BudgetLine)
class BudgetLineAdmin(ScopedAdmin):
    list_display = [
        "item", "year_of", "account", "organisation", "budget", "changed", "adjusted", "final",
        "executed",
    ]  # fmt: skip
    list_display_links = ["item"]
    list_filter = [YearFilter, SubtreeFilter]
    list_select_related = ["organisation", "account"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["organisation", "year", "account", "item", "document_number"]}),
        ("预算和决算", {"fields": ["budget", "changed", "adjusted", "final", "executed"]}),
    ]
    actions_detail = ["adjust"]

    def get_readonly_fields(self, request: HttpRequest, obj: BudgetLine | None = None) -> list[str]:
        """Whose and what it is stays; so does the budget, once it was changed by a document."""
        computed = ["changed", "adjusted", "executed"]
        if obj is None:
            return computed
        kept = ["budget"] if obj.changed else []
        return [*computed, "organisation", "year", "account", "item", *kept]

    @display(description="年度")
    def year_of(self, row: BudgetLine) -> str:
        return f"{row.year}年"

    @display(description="执行率")
    def executed(self, row: BudgetLine) -> str:
        return "—" if row.execution is None else f"{row.execution}%"

    def tables_of(self, obj: BudgetLine, *, reader: User) -> list[Table]:
        return [
            Table(
                "预算调整",
                ["日期", "调整金额（元）", "文号", "原因", "办理人"],
                [
                    [made.on, f"{made.amount:+,}", made.document_number, made.reason, made.by]
                    for made in obj.changes.select_related("by")
                ],
                "没有调整过。",
            )
        ]

    @button(
        "调整预算",
        permission="funds.adjust_budgetline",
        form=AdjustForm,
        icon="tune",
        when=lambda row: row.final is None,
        consequences=lambda row: [
            f"现有预算 {row.adjusted:,} 元；调整逐笔留存，不能删改，记错的再登记一笔冲回。"
        ],
    )
    def adjust(
        self,
        request: HttpRequest,
        row: BudgetLine,
        amount: Decimal,
        document_number: str,
        reason: str,
    ) -> str:
        made = budgets.adjust(
            row, amount=amount, document_number=document_number, reason=reason, by=request.user
        )
        return f"“{row}”已调整，调整后预算为 {made.line.adjusted:,} 元。"


class CoverageFilter(admin.SimpleListFilter):
    title = "覆盖"
    parameter_name = "coverage"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("whole", "全覆盖"), ("part", "未全覆盖")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "whole":
                return queryset.filter(units_covered=F("units_due"))
            case "part":
                return queryset.filter(units_covered__lt=F("units_due"))
            case None:
                return queryset
            case _:
                return queryset.none()


@admin.register(FiscalTransfer)
class FiscalTransferAdmin(ScopedAdmin):
    list_display = [
        "organisation", "year_of", "units_due", "units_covered", "covered", "amount", "system",
    ]  # fmt: skip
    list_filter = [CoverageFilter, YearFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        "organisation", "year", "units_due", "units_covered", "covered", "amount",
        "document_number", "system",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        systems = Mechanism.objects.filter(kind=Mechanism.Kind.FISCAL_APPROPRIATION)
        return (
            super()
            .get_queryset(request)
            .select_related("organisation")
            .prefetch_related(
                Prefetch("organisation__mechanisms", systems.order_by("since"), to_attr="systems")
            )
        )

    def get_readonly_fields(
        self, request: HttpRequest, obj: FiscalTransfer | None = None
    ) -> list[str]:
        kept = ["organisation", "year"] if obj else []
        return ["covered", "system", *kept]

    @display(description="年度")
    def year_of(self, row: FiscalTransfer) -> str:
        return f"{row.year}年"

    @display(description="覆盖率")
    def covered(self, row: FiscalTransfer) -> str:
        return "—" if row.coverage is None else f"{row.coverage}%"

    @display(description="划拨制度")
    def system(self, row: FiscalTransfer) -> str:
        """Whether the district had the system in that year, and since when: its mechanism."""
        if row.pk is None:
            return "—"
        held = [
            one
            for one in row.organisation.systems
            if one.since.year <= row.year and (one.until is None or one.until.year > row.year)
        ]
        return Mark.DONE.of(f"{held[-1].since} 建立") if held else Mark.WAITING.of("未建立")
