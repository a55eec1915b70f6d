"""Competitions, their events and stages, who took part by name and which units with how many.

A competition belongs to the period in which it began. What was planned, is being entered or was
cancelled does not count. Units and heads belong to the union that entered or reported them.
"""

from competitions.models import (
    Competition,
    Contestant,
    Entry,
    Event,
    Participation,
    Stage,
)
from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register

OPEN = "competitions.open_figure"
HELD = Competition.HELD

competitions = Dataset(
    "competitions.competitions",
    "竞赛",
    Competition,
    dates={"held": Flow("举办", "starts_on")},
    dimensions={
        "level": Dimension("竞赛级别", "level"),
        "form": Dimension("竞赛形式", "form"),
        "is_key_project": Dimension("重点工程（项目）竞赛", "is_key_project"),
    },
    measures={"competitions": Measure("竞赛（项）", Unit.ITEM)},
    columns=(
        ("竞赛", "name"),
        ("级别", lambda row: row.get_level_display()),
        ("主办单位", "host"),
        ("赛项（个）", lambda row: len(row.events.all())),
        ("开始日期", "starts_on"),
        ("通知文号", "document_number"),
    ),
    permission=OPEN,
    rows=lambda: Competition.objects.filter(state__in=HELD).prefetch_related("events"),
)

events = Dataset(
    "competitions.events",
    "赛项（工种）",
    Event,
    organisation="competition__organisation",
    dates={"held": Flow("举办", "competition__starts_on")},
    dimensions={
        "level": Dimension("竞赛级别", "competition__level"),
        "form": Dimension("竞赛形式", "competition__form"),
    },
    measures={"events": Measure("赛项（个）", Unit.ORGANISATION)},
    columns=(
        ("赛项（工种）", "name"),
        ("竞赛", "competition__name"),
        ("级别", lambda row: row.competition.get_level_display()),
        ("国家职业标准", "standard"),
        ("开始日期", "competition__starts_on"),
    ),
    permission=OPEN,
    rows=lambda: Event.objects.filter(competition__state__in=HELD).select_related("competition"),
)

stages = Dataset(
    "competitions.stages",
    "赛段场次",
    Stage,
    organisation="event__competition__organisation",
    dates={"held": Flow("比赛", "held_on")},
    dimensions={
        "level": Dimension("竞赛级别", "event__competition__level"),
        "kind": Dimension("赛段", "kind"),
    },
    measures={"sessions": Measure("赛段场次", Unit.SESSION)},
    columns=(
        ("竞赛", "event__competition__name"),
        ("赛项", "event__name"),
        ("赛段", lambda row: row.get_kind_display()),
        ("比赛日期", "held_on"),
        ("地点", "place"),
    ),
    permission=OPEN,
    rows=lambda: Stage.objects.filter(event__competition__state__in=HELD).select_related(
        "event__competition"
    ),
)

contestants = Dataset(
    "competitions.contestants",
    "按名参赛人员",
    Contestant,
    organisation="entry__organisation",
    dates={"held": Flow("参赛", "event__competition__starts_on")},
    dimensions={
        "level": Dimension("竞赛级别", "event__competition__level"),
        "sex": Dimension("性别", "person__sex"),
    },
    measures={"persons": Measure("按名参赛（去重）", Unit.PERSON, distinct="person")},
    columns=(
        ("选手", lambda row: row.person.masked_label),
        ("竞赛", "event__competition__name"),
        ("赛项", "event__name"),
        ("工会", "entry__organisation__name"),
        ("参赛证号", "entry__number"),
    ),
    permission=OPEN,
    rows=lambda: Contestant.objects.filter(
        entry__state=Entry.State.ACCEPTED, event__competition__state__in=HELD
    ).select_related("person", "entry__organisation", "event__competition"),
)

participations = Dataset(
    "competitions.participations",
    "参赛单位",
    Participation,
    dates={"held": Flow("参赛", "competition__starts_on")},
    dimensions={
        "level": Dimension("竞赛级别", "competition__level"),
        "form": Dimension("竞赛形式", "competition__form"),
    },
    measures={
        "units": Measure("参赛单位（去重）", Unit.EMPLOYER, distinct="employer"),
        "named": Measure("按名参赛", Unit.PERSON_TIME, total="named"),
        "headcount": Measure("填报参赛", Unit.PERSON_TIME, total="headcount"),
        "sessions": Measure("单位举办场次", Unit.SESSION, total="sessions"),
    },
    columns=(
        ("单位", "employer__name"),
        ("工会", "organisation__name"),
        ("竞赛", "competition__name"),
        ("按名参赛（人）", "named"),
        ("填报参赛（人次）", "headcount"),
        ("举办场次", "sessions"),
    ),
    permission=OPEN,
    rows=lambda: Participation.objects.filter(competition__state__in=HELD).select_related(
        "employer", "organisation", "competition"
    ),
)

register(competitions, events, stages, contestants, participations)
