"""Heads that units report, and the units that take part."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from competitions.models import Participation, ParticipationReport
from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, VisibleRelatedFilter
from core.admin.deciding import DecidingAdmin, decide_many

State = ParticipationReport.State
MARKS = {
    State.DRAFT: Mark.INFO,
    State.SUBMITTED: Mark.WAITING,
    State.ACCEPTED: Mark.DONE,
    State.WITHDRAWN: Mark.OVER,
}
ACCEPT = "competitions.accept_participationreport"


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


@admin.register(ParticipationReport)
class ParticipationReportAdmin(DecidingAdmin):
    """Reports are written by the unions, in the portal or as a sheet."""

    list_display = [
        *["unit", "competition_shown", "organisation", "headcount", "sessions", "workers", "mark"],
    ]
    list_display_links = ["unit"]
    list_filter = [StateFilter, ("competition", VisibleRelatedFilter), SubtreeFilter]
    fields = [
        *["unit", "competition_shown", "organisation", "headcount", "sessions", "workers"],
        "note",
    ]
    acts = {"accept_many": "核定", "send_back_many": "退回"}
    actions_list = ["accept_many", "send_back_many"]
    decidable = (State.SUBMITTED,)
    headings = ["单位", "竞赛", "参赛人次", "举办场次", "应参加职工（人）"]

    accept_many = decide_many("accept", "批量核定", ACCEPT)
    send_back_many = decide_many("send_back", "批量退回更正", ACCEPT, danger=True)

    def line(self, row: ParticipationReport) -> list[Any]:
        return [
            row.employer.name,
            str(row.competition),
            f"{row.headcount:,}",
            f"{row.sessions:,}",
            row.workers,
        ]

    @display(description="单位")
    def unit(self, row: ParticipationReport) -> str:
        return row.employer.name

    @display(description="竞赛")
    def competition_shown(self, row: ParticipationReport) -> str:
        return str(row.competition)

    @display(description="状态")
    def mark(self, row: ParticipationReport) -> str:
        return MARKS[row.state].of(row.get_state_display())


@admin.register(Participation)
class ParticipationAdmin(ReadOnlyAdmin):
    """Made by accepted entries and reports; nothing is typed in here."""

    list_display = [
        *["unit", "competition_shown", "organisation", "named", "headcount", "sessions"],
    ]
    list_display_links = ["unit"]
    list_filter = [("competition", VisibleRelatedFilter), SubtreeFilter]
    list_select_related = ["employer", "competition", "organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["unit", "competition_shown", "organisation", "named", "headcount", "sessions"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="单位")
    def unit(self, row: Participation) -> str:
        return row.employer.name

    @display(description="竞赛")
    def competition_shown(self, row: Participation) -> str:
        return str(row.competition)
