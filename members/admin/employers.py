"""Employers, and which union covers which of them."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from core.admin import Mark, ScopedAdmin, SubtreeFilter, Table, button
from core.forms import ReasonForm, ScopedForm
from core.models import Organisation, User
from core.search import begins
from members.models import Coverage, Employer
from members.services import unions


class CoveredFilter(admin.SimpleListFilter):
    """已建会 or 未建会 today."""

    title = "建会情况"
    parameter_name = "covered"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("yes", "已建会"), ("no", "未建会")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "yes":
            return queryset.covered(timezone.localdate())
        if self.value() == "no":
            return queryset.uncovered(timezone.localdate())
        return queryset.none() if self.value() else queryset


class CoverForm(ScopedForm):
    union = forms.ModelChoiceField(Organisation.objects.all(), label="工会")
    since = forms.DateField(label="起始日", help_text="自此日起，该单位计入已建会单位。")


class UncoverForm(ReasonForm):
    on = forms.DateField(label="终止日", help_text="自此日起，该单位不再计入已建会单位。")
    field_order = ["on", "reason"]


def open_coverage(employer: Employer) -> Coverage | None:
    return employer.coverages.filter(until__isnull=True).select_related("organisation").first()


@admin.register(Employer)
class EmployerAdmin(ScopedAdmin):
    list_display = [
        "name",
        "credit_code",
        "ownership",
        "industry",
        "head_count",
        "organisation_name",
        "covered",
    ]
    list_display_links = ["name"]
    list_filter = [CoveredFilter, SubtreeFilter, "ownership", "is_above_scale", "is_platform"]
    list_select_related = ["organisation"]
    search_fields = ["name"]
    search_help_text = "单位名称或统一社会信用代码的开头"
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (
            "单位登记",
            {
                "fields": [
                    "organisation",
                    "name",
                    "credit_code",
                    "ownership",
                    "industry",
                    "size",
                    "employees",
                ]
            },
        ),
        ("类别", {"fields": ["is_above_scale", "is_platform", "has_party_group"]}),
        (
            "联系与存续",
            {"fields": ["region_code", "address", "contact", "phone", "opened_on", "closed_on"]},
        ),
    ]
    actions_detail = ["cover", "uncover"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        """With the union that covers each today."""
        return super().get_queryset(request).with_union(timezone.localdate())

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        condition = begins(queryset, "name", term)
        if term.isascii():
            condition |= begins(queryset, "credit_code", term.upper())
        return queryset.filter(condition), False

    @display(description="职工人数（人）")
    def head_count(self, row: Employer) -> Any:
        return row.employees

    @display(description="主管工会")
    def organisation_name(self, row: Employer) -> str:
        return row.organisation.label

    @display(description="建会情况")
    def covered(self, row: Employer) -> str:
        return Mark.DONE.of(row.union) if row.union else Mark.WAITING.of("未建会")

    def tables_of(self, obj: Employer, *, reader: User) -> list[Table]:
        rows = Coverage.objects.visible_to(reader).filter(employer=obj)
        return [
            Table(
                "建会覆盖",
                ["工会", "起始日", "终止日"],
                [
                    [
                        row.organisation,
                        row.since.isoformat(),
                        row.until and row.until.isoformat(),
                    ]
                    for row in rows.select_related("organisation").order_by("-since", "-id")
                ],
                "该单位还没有建会，可点击“登记建会”。",
            )
        ]

    @button(
        "登记建会",
        permission="members.add_coverage",
        form=CoverForm,
        icon="add_home_work",
        when=lambda row: row.closed_on is None,
        consequences=lambda row: [
            f"自起始日起，“{row}”由所选工会覆盖。",
            "已有覆盖关系的，同日终止。",
        ],
    )
    def cover(
        self, request: HttpRequest, row: Employer, union: Organisation, since: datetime.date
    ) -> str:
        unions.cover(row, union=union, since=since, by=request.user)
        return f"“{row}”自 {since} 起由“{union}”覆盖。"

    @button(
        "终止覆盖",
        permission="members.change_coverage",
        form=UncoverForm,
        icon="link_off",
        danger=True,
        when=lambda row: open_coverage(row) is not None,
        consequences=lambda row: [
            f"“{open_coverage(row).organisation}”自终止日起不再覆盖“{row}”。",
            "会员的会籍不受影响，须另行办理转接或离会。",
        ],
    )
    def uncover(self, request: HttpRequest, row: Employer, on: datetime.date, reason: str) -> str:
        ended = unions.uncover(open_coverage(row), on=on, reason=reason, by=request.user)
        return f"“{ended.organisation}”对“{row}”的覆盖已于 {on} 终止。"
