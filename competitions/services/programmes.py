"""The plan: events and stages of a competition, written while it is planned."""

import datetime
from typing import Any

from django.db import transaction

from competitions.models import Competition, Event, Stage
from core.errors import Refused
from core.models import User
from core.services import records

State = Competition.State
# A day or place may have to change until the competition is over.
MOVABLE = (State.PLANNED, State.ENTERING, State.CLOSED, State.RUNNING)


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
    return records.save(stage, by=by)


def _refuse_unless(competition: int, states: tuple[str, ...], what: str) -> None:
    """The competition is locked, so that it does not move on meanwhile."""
    locked = Competition.objects.select_for_update(of=("self",)).get(pk=competition)
    if locked.state not in states:
        raise Refused(f"“{locked}”现为“{locked.get_state_display()}”，{what}。", code="wrong_state")
