"""Adjustments of what is owed: written, approved by another person, booked."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ProceedingAdmin, SubtreeFilter
from funds.models import Adjustment

State = Adjustment.State
STATE_MARKS = {
    State.DRAFT: Mark.INFO,
    State.APPROVING: Mark.WAITING,
    State.BOOKED: Mark.DONE,
    State.REFUSED: Mark.REFUSED,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class KindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = Adjustment.Kind.choices


@admin.register(Adjustment)
class AdjustmentAdmin(ProceedingAdmin):
    list_display = ["organisation", "kind", "amount", "period", "falls_due_on", "mark"]
    list_display_links = ["organisation"]
    list_filter = [StateFilter, KindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document_number"]
    search_help_text = "文号"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "payer", "kind", "amount", "period", "falls_due_on"],
        *["document_number", "reason"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "payer")

    @display(description="状态")
    def mark(self, row: Adjustment) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())
