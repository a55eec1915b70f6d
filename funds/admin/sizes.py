"""Returns of the size of employers: they come in by their sheet, and are corrected here."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    ScopedAdmin,
    SubtreeFilter,
    YearFilter,
)
from funds.models import SizeReturn
from members.models import Employer


class SizeFilter(ChoiceFilter):
    title = "企业规模"
    parameter_name = "size"
    options = Employer.Size.choices


@admin.register(SizeReturn)
class SizeReturnAdmin(ScopedAdmin):
    list_display = ["employer", "year", "trade", "employees", "money", "held", "size"]
    list_display_links = ["employer"]
    list_filter = [YearFilter, SizeFilter, SubtreeFilter]
    list_select_related = ["employer"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "employer", "year"],
        *["trade", "employees", "revenue", "assets", "size"],
    ]
    readonly_fields = ["organisation", "employer", "year", "size"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "employer")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    @display(description="营业收入（元）")
    def money(self, row: SizeReturn) -> str | None:
        return None if row.revenue is None else f"{row.revenue:,}"

    @display(description="资产总额（元）")
    def held(self, row: SizeReturn) -> str | None:
        return None if row.assets is None else f"{row.assets:,}"
