"""Entries by name: looked at one by one, or many at once."""

from typing import Any

from django.contrib import admin
from unfold.decorators import display

from competitions.models import Entry
from core.admin import ChoiceFilter, Mark, SubtreeFilter, Table, VisibleRelatedFilter
from core.admin.deciding import DecidingAdmin, decide_many
from core.models import User

State = Entry.State
MARKS = {
    State.DRAFT: Mark.INFO,
    State.SUBMITTED: Mark.WAITING,
    State.ACCEPTED: Mark.DONE,
    State.REFUSED: Mark.REFUSED,
    State.WITHDRAWN: Mark.OVER,
}
ACCEPT = "competitions.accept_entry"


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


@admin.register(Entry)
class EntryAdmin(DecidingAdmin):
    """Entries are written by the unions, in the portal or as a sheet."""

    list_display = [
        *["who", "event_shown", "competition", "unit", "organisation", "number", "mark"],
    ]
    list_display_links = ["who"]
    list_filter = [StateFilter, ("event__competition", VisibleRelatedFilter), SubtreeFilter]
    search_fields = ["number", "name"]
    search_help_text = "参赛证号或选手（队）名称"
    fields = [
        *["who", "event_shown", "competition", "unit", "organisation"],
        *["years_in_trade", "skill_grade", "leader", "number"],
    ]
    acts = {"accept_many": "受理", "refuse_many": "不予受理"}
    actions_list = ["accept_many", "refuse_many"]
    decidable = (State.SUBMITTED,)
    headings = ["选手（队）", "赛项", "单位", "从业年限", "技能等级"]

    accept_many = decide_many("accept", "批量受理", ACCEPT)
    refuse_many = decide_many("refuse", "批量不予受理", ACCEPT, danger=True)

    def line(self, row: Entry) -> list[Any]:
        return [
            self.who(row),
            str(row.event),
            row.employer and row.employer.name,
            row.years_in_trade,
            row.get_skill_grade_display() or None,
        ]

    @display(description="选手（队）")
    def who(self, row: Entry) -> str:
        return row.shown_name

    @display(description="领队（教练）")
    def leader(self, row: Entry) -> str:
        return row.leader_name or "—"

    @display(description="赛项")
    def event_shown(self, row: Entry) -> str:
        return str(row.event)

    @display(description="竞赛")
    def competition(self, row: Entry) -> str:
        return str(row.event.competition)

    @display(description="单位")
    def unit(self, row: Entry) -> str:
        return row.employer.name if row.employer else "—"

    @display(description="状态")
    def mark(self, row: Entry) -> str:
        return MARKS[row.state].of(row.get_state_display())

    def tables_of(self, obj: Entry, *, reader: User) -> list[Table]:
        people = Table(
            "参赛人员",
            ["姓名", "性别", "出生日期"],
            [
                [
                    each.person.masked_label,
                    each.person.get_sex_display(),
                    f"{each.person.birth_date:%Y年%m月}",
                ]
                for each in obj.line_up()
            ],
            "没有登记参赛人员。",
        )
        return [people, *super().tables_of(obj, reader=reader)]
