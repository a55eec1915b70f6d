"""What is offered to a person, what waits for him, and the way of a row so far."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from core import working_days
from core.models import Decision, Proceeding, User
from core.scope import outermost
from core.workflow.persons import Person
from core.workflow.tables import Record, Transition, registry


@dataclass(frozen=True)
class Offer:
    """A step to which a user has the right. `refusal` says why he must leave it to others,
    `obstacle` what the row still lacks; both are "" if he may take it now."""

    transition: Transition
    obstacle: str
    refusal: str = ""


def offers(record: Proceeding, user: User) -> list[Offer]:
    """The steps out of this state to which the user has the right on this row."""
    person, asked, found = Person(record, user), {}, []
    for step in registry[type(record)].leaving(record.state):
        paths = tuple(outermost(user.paths_with(step.permission))) if step.permission else ()
        if paths and paths not in asked:  # roles at one place are asked about once
            asked[paths] = user.has_perm(step.permission, record)
        if asked.get(paths) and step.leads_from(record):
            refusal = person.barred_from(step)
            obstacle = "" if refusal or not step.guard else step.guard(record)
            found.append(Offer(step, obstacle or "", str(refusal or "")))
    return found


def available(record: Proceeding, user: User) -> list[Offer]:
    """The steps that this user may take now, each with what is still missing."""
    return [offer for offer in offers(record, user) if not offer.refusal]


def in_the_way(record: Proceeding, step: Transition, user: User) -> str:
    """Why this user, who has the right, cannot take the step now: person, then guard; or ""."""
    refusal = Person(record, user).barred_from(step)
    return str(refusal or "") or (step.guard(record) if step.guard else "") or ""


def refusals(found: Sequence[Offer]) -> list[str]:
    """Why some of the offers are for others, each reason once."""
    return list(dict.fromkeys(offer.refusal for offer in found if offer.refusal))


def awaiting(model: type[Record], user: User) -> models.QuerySet[Record]:
    """Rows that wait for a step of this user, those with the nearest deadline first.

    A row of which he fills another duty waits for somebody else. Whom it concerns is not asked
    here: the page of the row tells him that he must leave it to others. Without any of the
    permissions no query is made.
    """
    ways: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for step in registry[model].transitions.values():
        if step.is_awaited and step.permission and (paths := user.paths_with(step.permission)):
            duty = "" if step.begins_round else step.duty
            ways.setdefault((tuple(outermost(paths)), duty), set()).update(step.sources)
    if not ways:
        return model._default_manager.none()
    condition = models.Q(pk__in=[])
    for (paths, duty), states in ways.items():
        way = models.Q(state__in=sorted(states)) & model.scope(paths)
        if duty and user.certificate_index is not None:
            way &= ~models.Exists(_other_parts(model, duty, user))
        condition |= way
    rows = model._default_manager.visible_to(user).filter(condition)
    return rows.order_by(models.F("due_on").asc(nulls_last=True), "state_since")


def left_to(rows: models.QuerySet[Record], duty: str, user: User) -> models.QuerySet[Record]:
    """Those of the rows of which the user fills no other duty in their round."""
    if user.certificate_index is None:
        return rows
    return rows.exclude(models.Exists(_other_parts(rows.model, duty, user)))


def _other_parts(model: type[Proceeding], duty: str, user: User) -> models.QuerySet[Decision]:
    return Decision.objects.filter(
        object_type=model._meta.label,
        object_id=models.OuterRef("pk"),
        round=models.OuterRef("round"),
        person=user.certificate_index,
    ).exclude(duty__in=["", duty])


def decisions(record: Proceeding) -> models.QuerySet[Decision]:
    """The way of a row so far, the first step first."""
    return Decision.objects.on(record).select_related("by", "organisation")


@dataclass(frozen=True)
class Told:
    """One decision as people read it."""

    at: datetime.datetime
    what: str
    duty: str
    who: str
    target: str
    comment: str


def told(record: Proceeding) -> list[Told]:
    """办理经过: the way of a row so far, in words."""
    workflow = registry[type(record)]
    return [
        Told(
            made.at,
            made.label,
            workflow.duties.get(made.duty, ""),
            made.by.display_name if made.by else "系统",
            workflow.states.get(made.target, ""),
            made.comment,
        )
        for made in decisions(record)
    ]


def sentence(record: Proceeding, step: Transition) -> str:
    """What was done and what comes next, for the page after the step."""
    due = f"，办理期限 {record.due_on:%Y-%m-%d}" if record.due_on else ""
    said = f"“{step.label}”已办理，现为“{record.get_state_display()}”{due}。{step.says}"
    return said + working_days.caution(record.due_on)
