"""Plans, competitions, events and stages, and the rules of size."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest
from unfold.decorators import display

from competitions.forms.people import OfMember
from competitions.forms.programmes import EventForm
from competitions.models import (
    Champion,
    Competition,
    Entry,
    Event,
    Programme,
    SizeRule,
    Stage,
)
from competitions.services import programmes, results, sizes
from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    ScopedAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
    link,
)
from core.models import User

State = Competition.State
MARKS = {
    State.PLANNED: Mark.INFO,
    State.APPROVAL: Mark.WAITING,
    State.ENTERING: Mark.WAITING,
    State.CLOSED: Mark.WAITING,
    State.RUNNING: Mark.WAITING,
    State.SCORING: Mark.WAITING,
    State.PUBLICITY: Mark.WAITING,
    State.AWARDED: Mark.DONE,
    State.ARCHIVED: Mark.DONE,
    State.CANCELLED: Mark.OVER,
}
LARGEST = 20  # units on the page of a competition; the list has all


@admin.register(Programme)
class ProgrammeAdmin(ScopedAdmin):
    list_display = ["name", "year_shown", "organisation", "document_number", "count"]
    list_filter = [YearFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["name"]
    search_help_text = "计划名称"
    ordering = ["-year", "-id"]
    sortable_by = ()
    fields = ["organisation", "year", "name", "document_number"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).annotate(held=Count("competitions"))

    @display(description="年度")
    def year_shown(self, row: Programme) -> str:
        return f"{row.year}年"

    @display(description="竞赛（项）")
    def count(self, row: Programme) -> int:
        return row.held

    def tables_of(self, obj: Programme, *, reader: User) -> list[Table]:
        rows = obj.competitions.visible_to(reader).annotate(trades=Count("events"))
        return [
            Table(
                "列入计划的竞赛",
                ["竞赛", "级别", "形式", "赛项（个）", "起止", "状态"],
                [
                    [
                        link(Competition, row.pk, row.name),
                        row.get_level_display(),
                        row.get_form_display(),
                        f"{row.trades:,}",
                        f"{row.starts_on} 至 {row.ends_on}",
                        row.get_state_display(),
                    ]
                    for row in rows.order_by("starts_on", "pk")
                ],
                "还没有竞赛，请在“竞赛”中新建并选择本计划。",
            ),
            *super().tables_of(obj, reader=reader),
        ]


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = State.choices


class LevelFilter(ChoiceFilter):
    title = "级别"
    parameter_name = "level"
    options = Competition.Level.choices


class FormFilter(ChoiceFilter):
    title = "形式"
    parameter_name = "form"
    options = Competition.Form.choices


class SeasonFilter(YearFilter):
    lookup = "programme__year"


@admin.register(Competition)
class CompetitionAdmin(ProceedingAdmin):
    list_display = [
        *["name", "level", "organisation", "starts_on", "enter_until", "trades"],
        *["entered", "mark"],
    ]
    list_filter = [StateFilter, LevelFilter, FormFilter, SeasonFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["name"]
    search_help_text = "竞赛名称"
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (
            None,
            {"fields": ["organisation", "programme", "name", "level", "form", "is_key_project"]},
        ),
        (
            "举办",
            {
                "fields": [
                    "host",
                    "organiser",
                    "co_organiser",
                    "budget",
                    "document_number",
                    "award_document",
                ]
            },
        ),
        ("日程", {"fields": ["starts_on", "ends_on", "enter_until"]}),
    ]
    readonly_fields = ["award_document"]
    actions_detail = ["add_event"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request).select_related("programme", "organisation")
        standing = ~Q(events__entries__state__in=[*Entry.OUT, Entry.State.DRAFT])
        return rows.annotate(
            event_count=Count("events", distinct=True),
            entry_count=Count("events__entries", filter=standing, distinct=True),
        )

    @display(description="赛项（个）")
    def trades(self, row: Competition) -> int:
        return row.event_count

    @display(description="报名（件）")
    def entered(self, row: Competition) -> int:
        return row.entry_count

    @display(description="状态")
    def mark(self, row: Competition) -> str:
        return MARKS[row.state].of(row.get_state_display())

    def tables_of(self, obj: Competition, *, reader: User) -> list[Table]:
        return [
            _events(obj),
            _sizes(obj),
            *_turnout(obj, reader),
            *_prizes(obj),
            *super().tables_of(obj, reader=reader),
        ]

    @button(
        "添加赛项",
        permission="competitions.add_event",
        form=EventForm,
        icon="add",
        when=lambda row: row.state == State.PLANNED,
        consequences=lambda row: ["填写决赛日期的同时设置决赛，初赛、复赛在“赛段”中添加。"],
    )
    def add_event(
        self,
        request: HttpRequest,
        row: Competition,
        final_on: datetime.date | None,
        place: str,
        **facts: Any,
    ) -> str:
        made = programmes.add_event(row, final_on=final_on, place=place, by=request.user, **facts)
        return f"已添加赛项“{made}”，可以继续添加，齐备后提交立项。"


def _events(competition: Competition) -> Table:
    counts = {
        state: Count("entries", filter=Q(entries__state=state))
        for state in (Entry.State.SUBMITTED, Entry.State.ACCEPTED)
    }
    rows = competition.events.prefetch_related("stages").annotate(
        waiting=counts[Entry.State.SUBMITTED], accepted=counts[Entry.State.ACCEPTED]
    )
    return Table(
        "赛项",
        ["赛项", "每队人数", "每单位限报", "年龄", "从业年限", "赛段", "待审核报名", "已受理"],
        [
            [
                link(Event, row.pk, row.name),
                f"{row.team_size} 人",
                row.unit_limit,
                _span(row.min_age, row.max_age),
                f"{row.min_years} 年以上" if row.min_years else None,
                "；".join(
                    f"{stage.get_kind_display()} {stage.held_on}" for stage in row.stages.all()
                )
                or None,
                f"{row.waiting:,} 件",
                f"{row.accepted:,} 件",
            ]
            for row in rows.order_by("pk")
        ],
        "还没有赛项，提交立项前请先添加。",
    )


def _span(least: int | None, most: int | None) -> str | None:
    if least and most:
        return f"{least}～{most} 周岁"
    if least:
        return f"{least} 周岁以上"
    return f"{most} 周岁以下" if most else None


def _sizes(competition: Competition) -> Table:
    """What falls short is told where it is decided whether to go on; it stops nothing."""
    return Table(
        "规模要求",
        ["赛段", "依据", "核对"],
        [
            [
                str(each.stage),
                each.rule.document if each.rule else "没有适用的规模要求",
                (
                    Mark.WAITING.of("".join(each.shortfalls))
                    if each.shortfalls
                    else Mark.DONE.of("达到要求")
                )
                if each.rule
                else None,
            ]
            for each in sizes.judged(competition)
        ],
        "没有赛段，只统计参赛人次。",
    )


def _prizes(competition: Competition) -> list[Table]:
    """The places, with the prizes that were given or that the rules of today give."""
    rows = results.listed(competition)
    teams = list(competition.team_prizes.select_related("organisation"))
    if not rows and not teams:
        return []
    lines = [
        [row.event.name, row.rank, row.entry.shown_name, results.unit_of(row), row.prize or None]
        + [None if row.amount is None else f"{row.amount:,.2f}"]
        for row in rows
    ]
    lines += [[None, None, str(row.organisation), None, row.prize, None] for row in teams]
    total = sum(row.amount or 0 for row in rows)
    won = sum(bool(row.prize) for row in [*rows, *teams])
    return [
        Table(
            f"成绩和奖项：获奖 {won:,} 名，奖金合计 {total:,.2f} 元",
            ["赛项", "名次", "选手（队）", "单位", "奖项", "奖金（元）"],
            lines,
            "",
        )
    ]


def _turnout(competition: Competition, reader: User) -> list[Table]:
    """What takes part, where anybody does."""
    rows = competition.participations.visible_to(reader)
    told = rows.aggregate(
        units=Count("pk"),
        named=models.Sum("named", default=0),
        heads=models.Sum("headcount", default=0),
        sessions=models.Sum("sessions", default=0),
    )
    if not told["units"]:
        return []
    totals = (
        f"参赛单位 {told['units']:,} 家；按名参赛 {told['named']:,} 人，"
        f"填报参赛 {told['heads']:,} 人次，单位举办 {told['sessions']:,} 场次"
    )
    largest = rows.select_related("employer", "organisation").order_by(
        (models.F("named") + models.F("headcount")).desc(), "pk"
    )[:LARGEST]
    title = f"{totals}（前 {LARGEST} 家）" if told["units"] > LARGEST else totals
    lines = [
        [
            row.employer.name,
            row.organisation.name,
            f"{row.named:,}",
            f"{row.headcount:,}",
            f"{row.sessions:,}",
        ]
        for row in largest
    ]
    headings = ["单位", "工会", "按名参赛（人）", "填报参赛（人次）", "举办场次"]
    return [Table(title, headings, lines, "")]


class _PartAdmin(ScopedAdmin):
    """A part of a competition, written while the competition leaves it open."""

    sortable_by = ()
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)


@admin.register(Event)
class EventAdmin(_PartAdmin):
    list_display = ["name", "competition", "team_size", "unit_limit", "state"]
    list_filter = [SubtreeFilter]
    list_select_related = ["competition__organisation"]
    search_fields = ["name", "competition__name"]
    search_help_text = "赛项或竞赛名称"
    fields = [
        *["competition", "name", "standard", "skill_grade", "team_size", "unit_limit"],
        *["min_age", "max_age", "min_years", "excludes_champions"],
    ]

    def choice(self, row: Event) -> str:
        return f"{row.competition} · {row}"

    @display(description="竞赛状态")
    def state(self, row: Event) -> str:
        return MARKS[row.competition.state].of(row.competition.get_state_display())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        fixed = isinstance(obj, Event) and obj.competition.state != State.PLANNED
        return not fixed and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Event, form: forms.ModelForm, change: bool
    ) -> None:
        programmes.save_event(obj, by=request.user)


@admin.register(Stage)
class StageAdmin(_PartAdmin):
    list_display = ["title", "competition", "held_on", "place"]
    list_filter = [SubtreeFilter]
    list_select_related = ["event__competition__organisation"]
    search_fields = ["event__name", "event__competition__name"]
    search_help_text = "赛项或竞赛名称"
    fields = [
        *["event", "kind", "held_on", "place", "min_judges", "drops_extremes", "normalises"],
        "appeal_hours",
    ]

    def choice(self, row: Stage) -> str:
        return f"{row.event.competition} · {row}"

    @display(description="赛段")
    def title(self, row: Stage) -> str:
        return str(row)

    @display(description="竞赛")
    def competition(self, row: Stage) -> str:
        return str(row.event.competition)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        fixed = isinstance(obj, Stage) and obj.event.competition.state not in programmes.MOVABLE
        return not fixed and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Stage, form: forms.ModelForm, change: bool
    ) -> None:
        programmes.save_stage(obj, by=request.user)


@admin.register(SizeRule)
class SizeRuleAdmin(ScopedAdmin):
    list_display = [
        *["level", "stage", "document", "organisation", "min_share", "min_units", "min_entries"],
        *["since", "until"],
    ]
    list_filter = [LevelFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document"]
    search_help_text = "文号"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "level", "stage", "document", "since", "until"],
        *["min_share", "min_units", "min_entries"],
    ]


@admin.register(Champion)
class ChampionAdmin(ScopedAdmin):
    list_display = ["who", "trade", "organisation", "won_on"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation", "person"]
    search_fields = ["trade"]
    search_help_text = "赛项"
    ordering = ["-id"]
    sortable_by = ()
    form = OfMember
    fields = ["organisation", "trade", "member", "won_on", "competition"]

    @display(description="冠军")
    def who(self, row: Champion) -> str:
        return row.person.masked_label
