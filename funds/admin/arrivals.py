"""Money that the bank booked, wages that employers declared."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ReadOnlyAdmin, SubtreeFilter, link
from funds.models import BankArrival, CollectionBatch, WageDeclaration


class AssignedFilter(admin.SimpleListFilter):
    title = "归集"
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("no", "未归集"), ("yes", "已归集")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() not in {"no", "yes"}:
            return queryset if self.value() is None else queryset.none()
        return queryset.filter(batch__isnull=self.value() == "no")


@admin.register(BankArrival)
class BankArrivalAdmin(ReadOnlyAdmin):
    """As they were imported; a batch takes them on its own page."""

    list_display = ["reference", "on", "amount_shown", "payer", "remark", "batch"]
    list_display_links = ["reference"]
    list_filter = [AssignedFilter, SubtreeFilter]
    list_select_related = ["batch"]
    search_fields = ["=reference", "^payer"]
    search_help_text = "银行流水号，或付款方的开头"
    ordering = ["-id"]
    sortable_by = ()
    fields = ["reference", "on", "amount_shown", "payer", "remark", "organisation", "batch_shown"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("batch", "organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="金额（元）")
    def amount_shown(self, row: BankArrival) -> str:
        return f"{row.amount:,}"

    @display(description="收缴批次")
    def batch_shown(self, row: BankArrival) -> str:
        return link(CollectionBatch, row.batch_id, row.batch) if row.batch else "—"


@admin.register(WageDeclaration)
class WageDeclarationAdmin(ReadOnlyAdmin):
    """As they were imported."""

    list_display = ["employer", "period_first", "period_last", "wages_shown", "source"]
    list_display_links = ["employer"]
    list_filter = [SubtreeFilter]
    list_select_related = ["employer"]
    search_fields = ["=employer__credit_code", "^employer__name"]
    search_help_text = "统一社会信用代码，或单位名称的开头"
    ordering = ["-id"]
    sortable_by = ()
    fields = ["employer", "organisation", "period_first", "period_last", "wages_shown", "source"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("employer", "organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="工资总额（元）")
    def wages_shown(self, row: WageDeclaration) -> str:
        return f"{row.wages:,}"
