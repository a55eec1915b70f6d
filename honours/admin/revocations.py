"""Proposals to take titles back, on their road."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ProceedingAdmin, SubtreeFilter, Table, link
from core.models import User
from honours.models import Award, Revocation

State = Revocation.State
STATE_MARKS = {
    State.PROPOSED: Mark.INFO,
    State.REVIEWED: Mark.WAITING,
    State.DECIDED: Mark.DONE,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


@admin.register(Revocation)
class RevocationAdmin(ProceedingAdmin):
    """Proposed on the page of an award."""

    list_display = ["subject", "organisation", "cause", "mark", "effective_on"]
    list_display_links = ["subject"]
    list_filter = [StateFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["award_shown", "organisation", "cause", "mark", "authority"],
        *["document_number", "effective_on"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("award__title", "award__person", "organisation")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def tables_of(self, obj: Revocation, *, reader: User) -> list[Table]:
        """What is told in confidence, with the way to it for whoever may see it."""
        told = obj.finding
        if reader.has_perm("honours.reveal_revocation", obj):
            url = self.reveal_url(obj.pk, "finding")
            told = format_html('{}　<a class="text-primary-600" href="{}">查看</a>', told, url)
        found = Table("情况说明", ["内容"], [[told]], "")
        return [found, *super().tables_of(obj, reader=reader)]

    @display(description="荣誉")
    def subject(self, row: Revocation) -> str:
        return str(row.award)

    @display(description="荣誉")
    def award_shown(self, row: Revocation) -> str:
        return link(Award, row.award_id, row.award)

    @display(description="状态")
    def mark(self, row: Revocation) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.fields, *super().get_readonly_fields(request, obj)]
