"""Pairs of masters and apprentices: reported by unions, accepted here."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core import masking
from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, YearFilter, button
from core.admin.lists import ticked_or_listed
from core.errors import Refused
from honours.models import Apprenticeship
from honours.services import apprenticeships

ACCEPT = "honours.accept_apprenticeship"
MOST = 1_000  # pairs of one acceptance


class OutcomeFilter(ChoiceFilter):
    title = "带徒结果"
    parameter_name = "outcome"
    options = Apprenticeship.Outcome.choices


class AgreedYearFilter(YearFilter):
    title = "结对年度"
    parameter_name = "agreed"
    lookup = "agreed_on__year"


def waiting(screen: "ApprenticeshipAdmin", request: HttpRequest) -> models.QuerySet[Apprenticeship]:
    """Those of the list that wait to be accepted."""
    rows = Apprenticeship.objects.visible_to(request.user, ACCEPT).filter(accepted_on=None)
    return ticked_or_listed(screen, request, rows)


def told(rows: models.QuerySet[Apprenticeship]) -> list[str]:
    count = rows.count()
    if not count:
        return ["列表中没有待确认的结对。"]
    return [f"列表中待确认的 {count:,} 对全部确认，计入统计，确认后不能撤回。"]


@admin.register(Apprenticeship)
class ApprenticeshipAdmin(ReadOnlyAdmin):
    list_display = [
        *["pair_shown", "trade", "organisation", "agreed_on", "until", "mark", "ended_on"]
    ]
    list_display_links = ["pair_shown"]
    list_filter = [OutcomeFilter, AgreedYearFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["pair_shown", "organisation", "studio", "trade", "goal", "grade_before"],
        *["agreed_on", "until", "mark", "ended_on", "outcome", "grade_after", "note"],
        "accepted_on",
    ]
    actions_list = ["accept_listed"]
    actions_detail = ["accept"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation", "studio")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="师傅、徒弟")
    def pair_shown(self, row: Apprenticeship) -> str:
        return f"{masking.name(row.master_name)}、{masking.name(row.apprentice_name)}"

    @display(description="状态")
    def mark(self, row: Apprenticeship) -> str:
        if row.ended_on:
            done = row.outcome in Apprenticeship.LEARNED
            return (Mark.DONE if done else Mark.OVER).of(row.standing)
        return (Mark.INFO if row.accepted_on else Mark.WAITING).of(row.standing)

    @button(
        "确认",
        permission=ACCEPT,
        icon="done",
        when=lambda row: row.accepted_on is None,
        consequences=lambda row: ["计入师带徒统计，确认后不能撤回。"],
    )
    def accept(self, request: HttpRequest, row: Apprenticeship) -> str:
        apprenticeships.accept([row], by=request.user)
        return "已确认。"

    @button(
        "批量确认",
        permission=ACCEPT,
        icon="done_all",
        about=waiting,
        consequences=told,
    )
    def accept_listed(self, request: HttpRequest, rows: models.QuerySet[Apprenticeship]) -> str:
        found = list(rows.order_by("pk")[: MOST + 1])
        if len(found) > MOST:
            told = f"一次确认 1 至 {MOST:,} 对，请在列表中筛选后分次确认。"
            raise Refused(told, code="too_many")
        count = apprenticeships.accept(found, by=request.user) if found else 0
        return f"已确认 {count:,} 对。"
