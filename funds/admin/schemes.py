"""Schemes of rebates: dated, with their documents, and fixed once they were used."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ScopedAdmin, SubtreeFilter, Table, button
from core.models import User
from funds import examples
from funds.forms.rebates import SchemeForm
from funds.models import Rebate, RebateScheme


@admin.register(RebateScheme)
class RebateSchemeAdmin(ScopedAdmin):
    form = SchemeForm
    list_display = [
        *["name", "document_number", "organisation", "eligibility", "limit", "percent"],
        *["valid_from", "valid_to"],
    ]
    list_display_links = ["name"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-valid_from", "id"]
    sortable_by = ()
    fields = [
        *["organisation", "name", "document_number", "valid_from", "valid_to"],
        *["eligibility", "threshold", "percent", "base", "cycle", "needs_union", "due_days"],
    ]
    actions_list = ["load_examples"]

    def get_fields(self, request: HttpRequest, obj: RebateScheme | None = None) -> list[str]:
        """Levels as boxes for whoever may write, as words for whoever reads."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return [{"base": "levels_shown"}.get(name, name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["levels_shown"]

    @display(description="年缴费限额（元）")
    def limit(self, row: RebateScheme) -> str | None:
        return None if row.threshold is None else f"{row.threshold:,}"

    @display(description="返还哪些级次的分成")
    def levels_shown(self, row: RebateScheme) -> str:
        return row.levels()

    def tables_of(self, obj: RebateScheme, *, reader: User) -> list[Table]:
        return [
            Table(
                "据此列出的返还",
                ["状态", "件数", "金额（元）"],
                by_state(Rebate.objects.visible_to(reader).filter(scheme=obj)),
                "还没有据此列出返还，各项可以修改。",
            )
        ]

    @button(
        "载入示例政策",
        permission="funds.add_rebatescheme",
        icon="library_add",
        consequences=lambda row: [
            *(f"新增“{each['name']}”，文号待改。" for each in examples.REBATE_SCHEMES),
            "示例适用于本人所在工会及其下级，启用前请按本地文件核对、修改。",
        ],
    )
    def load_examples(self, request: HttpRequest, row: None) -> str:
        made = examples.load_rebate_schemes(request.user.organisation, by=request.user)
        return f"已载入 {len(made)} 项示例政策，请按本地文件核对、修改。"


def by_state(rows: QuerySet[Rebate]) -> list[list[str]]:
    """How many rebates there are in each state, and what they come to."""
    found = rows.order_by().values_list("state").annotate(count=Count("pk"), total=Sum("amount"))
    return [
        [Rebate.State(state).label, f"{count:,}", f"{total:,.2f}"]
        for state, count, total in sorted(found)
    ]
