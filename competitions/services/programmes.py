"""The plan: events and stages of a competition, written while it is planned."""

import datetime
from typing import Any

from django.db import transaction

from competitions.models import Competition, Event, Panel, Stage
from core.errors import Refused
from core.models import User
from core.services import records

State = Competition.State
# A day or place may have to change until the competition is over.
MOVABLE = (State.PLANNED, State.ENTERING, State.CLOSED, State.RUNNING)
# How a stage is judged is said before it is judged.
JUDGED_BY = ("min_judges", "drops_extremes", "normalises", "appeal_hours")


@transaction.atomic
def add_event(
    competition: Competition,
    *,
    final_on: datetime.date | None = None,
    place: str = "",
    by: User,
    **facts: Any,
) -> Event:
    """An event of a planned competition; with a day also its final."""
    made = save_event(Event(competition=competition, **facts), by=by)
    if final_on:
        save_stage(Stage(event=made, kind=Stage.Kind.FINAL, held_on=final_on, place=place), by=by)
    return made


@transaction.atomic
def save_event(event: Event, *, by: User) -> Event:
    """Who may enter is part of what was approved, so it is written before."""
    _refuse_unless(event.competition_id, (State.PLANNED,), "立项后赛项和参赛条件不能修改")
    return records.save(event, by=by)


@transaction.atomic
def save_stage(stage: Stage, *, by: User) -> Stage:
    states = (State.PLANNED,) if stage.pk is None else MOVABLE
    what = "立项后不能增加赛段" if stage.pk is None else "赛段不能再修改"
    _refuse_unless(stage.event.competition_id, states, what)
    if stage.pk is not None:
        _refuse_other_rules(stage)
    return records.save(stage, by=by)


def _refuse_other_rules(stage: Stage) -> None:
    stored = Stage.objects.select_for_update(of=("self",)).get(pk=stage.pk)
    if (stored.event_id, stored.kind) != (stage.event_id, stage.kind):
        _refuse_unless(stored.event.competition_id, (State.PLANNED,), "立项后不能增加或改换赛段")
        _refuse_unless(stage.event.competition_id, (State.PLANNED,), "立项后不能增加或改换赛段")
    drawn = Panel.objects.filter(stage=stage.pk).exists()
    if drawn and any(getattr(stored, name) != getattr(stage, name) for name in JUDGED_BY):
        raise Refused(
            "该赛段已抽签，裁判人数下限、去掉最高最低分、尺度校正和申诉时限不能再改动，"
            "只能修改比赛日期和地点。",
            code="drawn",
        )


def _refuse_unless(competition: int, states: tuple[str, ...], what: str) -> None:
    """The competition is locked, so that it does not move on meanwhile."""
    locked = Competition.objects.select_for_update(of=("self",)).get(pk=competition)
    if locked.state not in states:
        raise Refused(f"“{locked}”现为“{locked.get_state_display()}”，{what}。", code="wrong_state")
