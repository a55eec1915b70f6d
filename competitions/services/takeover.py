"""Competitions that were over before this software: handed over in sets, as they ended.

They went no way here, so no guard is asked; what took part counts like that of any other.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from competitions.models import (
    Competition,
    Contestant,
    Entry,
    Event,
    Innovation,
    ParticipationReport,
    Programme,
    Stage,
)
from competitions.services import participation
from core import bulk, workflow
from core.errors import OutOfScope, Refused
from core.models import Organisation, Proceeding, User
from core.services import records

LABEL = "移交登记"
SAID = "历年竞赛移交登记"
RIGHT = "competitions.takeover_competition"


@transaction.atomic
def competitions(
    events: Sequence[tuple[Programme, Competition, Event, Stage | None]], *, by: User
) -> None:
    """Store archived competitions with their plans, events and stages; what has a key is stored
    already, and what several events share is given as one object."""
    if not events:
        return
    records.require(by, RIGHT)
    plans = _new(plan for plan, _, _, _ in events)
    held = _new(competition for _, competition, _, _ in events)
    for plan, competition, _, _ in events:
        if not by.has_perm(RIGHT, plan.organisation):
            raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
        competition.organisation = plan.organisation
    records.insert_many(plans, by=by)
    for plan, competition, _, _ in events:
        if competition.pk is None:
            competition.programme = plan  # whose key is known by now
            competition.state = Competition.State.ARCHIVED
    if held:
        workflow.take_over_many(held, label=LABEL, comments=[SAID] * len(held), by=by, concerned=())
    for _, competition, event, _ in events:
        event.competition = competition
    records.insert_many([event for _, _, event, _ in events], by=by)
    stages = [(event, stage) for _, _, event, stage in events if stage is not None]
    for event, stage in stages:
        stage.event = event
    records.insert_many([stage for _, stage in stages], by=by)


def _new(rows: Iterable[Programme | Competition]) -> list:
    return list({id(row): row for row in rows if row.pk is None}.values())


@transaction.atomic
def running(rows: Sequence[Competition], *, trades: Mapping[str, str], by: User) -> None:
    """Store competitions of a stored plan that had begun before, in the states in which they
    stand, each with one event called as `trades` says for its state, and its final on its last
    day."""
    records.require(by, RIGHT)
    if not all(by.has_perm(RIGHT, row.organisation) for row in rows):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
    workflow.take_over_many(rows, label=LABEL, comments=[SAID] * len(rows), by=by, concerned=())
    events = [Event(competition=row, name=trades[row.state]) for row in rows]
    records.insert_many(events, by=by)
    stages = [
        Stage(event=event, kind=Stage.Kind.FINAL, held_on=event.competition.ends_on)
        for event in events
    ]
    records.insert_many(stages, by=by)


@transaction.atomic
def innovations(rows: Sequence[Innovation], *, by: User) -> None:
    """Store innovations as far as they had come."""
    if not rows:
        return
    _require(rows, by)
    workflow.take_over_many(rows, label=LABEL, comments=[SAID] * len(rows), by=by, concerned=())


@transaction.atomic
def reports(rows: Sequence[ParticipationReport], *, by: User) -> None:
    """Store accepted head-counts of competitions that are over."""
    if not rows:
        return
    _require(rows, by)
    for row in rows:
        row.state = ParticipationReport.State.ACCEPTED
    workflow.take_over_many(rows, label=LABEL, comments=[SAID] * len(rows), by=by, concerned=())
    participation.settle(reports=rows)


@transaction.atomic
def entries(rows: Sequence[Entry], *, by: User) -> None:
    """Store accepted entries of single persons, with the numbers that they had."""
    if not rows:
        return
    _require(rows, by)
    concerned = {bytes(row.person.certificate_index) for row in rows}
    for row in rows:
        row.state = Entry.State.ACCEPTED
    workflow.take_over_many(
        rows, label=LABEL, comments=[SAID] * len(rows), by=by, concerned=concerned
    )
    bulk.create([Contestant(entry=row, event=row.event, person=row.person) for row in rows])
    participation.settle(entries_of=rows)


def _require(rows: Sequence[Proceeding], by: User) -> None:
    records.require(by, RIGHT)
    places = Organisation.objects.filter(pk__in={row.organisation_id for row in rows})
    mine = places.visible_to(by, RIGHT)
    if mine.count() < places.count():
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")


@transaction.atomic
def take_back_events(rows: Sequence[Event], *, by: User) -> None:
    """Remove events with their stages, and competitions and plans that nothing is left of."""
    for event in rows:
        records.require(by, RIGHT, event.competition)
    action = "competitions.{}.take_back"
    stages = list(Stage.objects.filter(event__in=rows).select_related("event__competition"))
    records.erase(stages, by=by, action=action.format("stage"))
    records.erase(rows, by=by, action=action.format("event"))
    keys = {event.competition_id for event in rows}
    bare = list(Competition.objects.filter(pk__in=keys, events=None))
    plans = {row.programme_id for row in bare}
    records.erase(bare, by=by, action=action.format("competition"))
    empty = list(Programme.objects.filter(pk__in=plans, competitions=None))
    records.erase(empty, by=by, action=action.format("programme"))


@transaction.atomic
def take_back(rows: Sequence[Entry] | Sequence[ParticipationReport], *, by: User) -> None:
    """Remove entries or head-counts that were handed over by mistake."""
    for row in rows:
        records.require(by, RIGHT, row.organisation)
    of_entries = isinstance(rows[0], Entry)
    if of_entries:
        Contestant.objects.filter(entry__in=rows).delete()
    records.erase(rows, by=by, action=f"{rows[0]._meta.label_lower}.take_back")
    participation.settle(entries_of=rows if of_entries else (), reports=() if of_entries else rows)


@transaction.atomic
def correct(rows: Sequence[ParticipationReport], *, fields: Sequence[str], by: User) -> None:
    """Put right head-counts that were handed over."""
    if not rows:
        return
    _require(rows, by)
    kept = ParticipationReport.objects.select_for_update(of=("self",)).select_related("employer")
    stored = {row.pk: row for row in kept.filter(pk__in=[row.pk for row in rows])}
    if any(row.state != ParticipationReport.State.ACCEPTED for row in stored.values()):
        raise Refused("有的填报不是已核定的，不能以移交登记改动。", code="wrong_state")
    records.change_many(rows, stored, fields=fields, by=by)
    participation.settle(reports=rows)
