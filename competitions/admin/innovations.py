"""Innovations: adopted by one person, chosen by another."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from competitions.models import Innovation
from core.admin import ChoiceFilter, Mark, ProceedingAdmin, SubtreeFilter
from core.masking import name as masked

State = Innovation.State
MARKS = {
    State.DRAFT: Mark.INFO,
    State.PROPOSED: Mark.WAITING,
    State.ADOPTED: Mark.DONE,
    State.SELECTED: Mark.DONE,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class KindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = Innovation.Kind.choices


@admin.register(Innovation)
class InnovationAdmin(ProceedingAdmin):
    """Innovations are handed in by the unions, in the portal or as a sheet."""

    list_display = ["title", "kind", "unit", "organisation", "proposed_on", "value_shown", "mark"]
    list_filter = [StateFilter, KindFilter, SubtreeFilter]
    list_select_related = ["employer", "organisation", "person"]
    search_fields = ["title"]
    search_help_text = "名称"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["title", "kind", "unit", "organisation", "who", "proposed_on", "content", "value_shown"],
        *["adopted_on", "level", "selected_on"],
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("employer", "organisation", "person")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *super().get_readonly_fields(request, obj)]

    @display(description="单位")
    def unit(self, row: Innovation) -> str:
        return row.employer.name

    @display(description="建议人")
    def who(self, row: Innovation) -> str:
        return row.person.masked_label if row.person else masked(row.proposer) or "—"

    @display(description="申报年创效（元）")
    def value_shown(self, row: Innovation) -> str:
        return row.value_told

    @display(description="状态")
    def mark(self, row: Innovation) -> str:
        return MARKS[row.state].of(row.get_state_display())
