"""What the auditors found, on the screens of both sides."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    SubtreeFilter,
    YearFilter,
)
from funds.models import AuditFinding

State = AuditFinding.State
MARKS = {
    State.FOUND: Mark.INFO,
    State.RECTIFYING: Mark.WAITING,
    State.REPORTED: Mark.WAITING,
    State.CLOSED: Mark.DONE,
    State.DROPPED: Mark.OVER,
}
OVERDUE = "overdue"


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = [(OVERDUE, "整改逾期"), *State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == OVERDUE:
            return queryset.overdue(timezone.localdate())
        return super().queryset(request, queryset)


class KindFilter(ChoiceFilter):
    title = "审计类型"
    parameter_name = "kind"
    options = AuditFinding.Kind.choices


@admin.register(AuditFinding)
class AuditFindingAdmin(ProceedingAdmin):
    list_display = [
        "title", "organisation", "kind", "year_of", "amount", "rectify_by", "mark",
    ]  # fmt: skip
    list_filter = [StateFilter, KindFilter, YearFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (
            "审计",
            {"fields": ["organisation", "auditor", "kind", "year", "document_number", "number"]},
        ),
        ("问题", {"fields": ["finding", "amount", "advice", "found_on", "rectify_by"]}),
    ]
    told = ("整改", {"fields": ["measures", "rectified", "paper", "closed_on"]})

    def get_fieldsets(self, request: HttpRequest, obj: AuditFinding | None = None) -> list:
        shown = super().get_fieldsets(request, obj)
        reported = obj is not None and obj.measures
        return [*shown[:2], self.told, *shown[2:]] if reported else shown

    def get_readonly_fields(
        self, request: HttpRequest, obj: AuditFinding | None = None
    ) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *self.told[1]["fields"]]

    @display(description="审计报告")
    def title(self, row: AuditFinding) -> str:
        return str(row)

    @display(description="审计年度")
    def year_of(self, row: AuditFinding) -> str:
        return f"{row.year}年"

    @display(description="状态")
    def mark(self, row: AuditFinding) -> str:
        if row.is_overdue:
            return Mark.REFUSED.of(f"整改逾期（{row.due_on}）")
        return MARKS[row.state].of(row.get_state_display())

    @display(description="整改材料")
    def paper(self, row: AuditFinding) -> str:
        if row.evidence is None:
            return "—"
        return format_html(
            '<a class="text-primary-600" href="{}">{}</a>',
            reverse("file", args=[row.evidence.token]),
            row.evidence.name,
        )
