"""Money that the bank booked, wages that employers declared."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from core import audit
from core.admin import ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.models import Organisation
from funds import arrears
from funds.forms.collection import ExportForm, YearForm
from funds.models import BankArrival, CollectionBatch, WageDeclaration

SHOWN = 200  # employers on the page of arrears; the export has all


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
    actions_list = ["arrears", "export_arrears"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("employer", "organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="工资总额（元）")
    def wages_shown(self, row: WageDeclaration) -> str:
        return f"{row.wages:,}"

    @button(
        "应收未收", permission="funds.view_wagedeclaration", form=YearForm, icon="pending_actions"
    )
    def arrears(
        self, request: HttpRequest, row: None, organisation: Organisation, year: int
    ) -> HttpResponse:
        """A page, nothing is written."""
        found = arrears.of_year(organisation, year)
        missing = sum((each.missing for each in found if each.missing > 0), Decimal("0.00"))
        more = f"，下面列出未收最多的 {SHOWN} 家，全部请导出" if len(found) > SHOWN else ""
        told = (
            f"{organisation}，{year} 年所属期：{len(found):,} 家单位未缴足，"
            f"合计未收 {missing:,} 元{more}。"
        )
        rows = [arrears.cells(each) for each in found[:SHOWN]]
        table = Table("应收未收", arrears.HEADINGS, rows, "没有未缴足的单位。")
        page = "admin/tables.html"
        return self._page(request, page, None, title="应收未收", told=told, tables=[table])

    @button(
        "导出应收未收",
        permission="funds.export_wagedeclaration",
        form=ExportForm,
        icon="download",
        consequences=lambda row: ["导出记入审计记录。"],
    )
    def export_arrears(
        self, request: HttpRequest, row: None, organisation: Organisation, year: int
    ) -> HttpResponse:
        found = arrears.of_year(organisation, year)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = quote(f"应收未收-{organisation.label}-{year}.csv")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        response["Cache-Control"] = "no-store"
        response.write("\ufeff")
        arrears.write(response, found)
        with transaction.atomic():
            audit.record(
                "funds.wagedeclaration.export_arrears",
                by=request.user,
                organisation=organisation,
                label="应收未收",
                changes={"year": year, "rows": len(found)},
            )
        return response
