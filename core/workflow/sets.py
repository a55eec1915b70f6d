"""The same for many rows at once, for sheets and for lists of thousands."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, bulk, working_days
from core.errors import OutOfScope, Refused
from core.models import Decision, User
from core.services import records
from core.workflow.persons import Person, Ties, refuse, second_duty
from core.workflow.steps import (
    changed_since,
    digest,
    join,
    moved_on,
    stand_in,
    unsaved,
)
from core.workflow.tables import Record, Transition, registry


@transaction.atomic
def begin_many(rows: Sequence[Record], *, by: User, concerned: Collection[bytes]) -> None:
    """`begin` for many new rows. Their beginning binds nothing: it is a step nobody trusts.

    `concerned` are the identities of everybody in any of them, the first one who must not be
    written about by this user refuses them all.
    """
    workflow = registry[type(rows[0])]
    for row in rows:
        row.state = workflow.initial
    refuse(Ties(by).refusal(concerned))
    _store(rows, "begin", "建立", duty=workflow.begins, by=by)


@transaction.atomic
def take_over_many(
    rows: Sequence[Record],
    *,
    label: str,
    comments: Sequence[str],
    by: User,
    concerned: Collection[bytes],
) -> None:
    """Store rows whose way was gone before this software, each in the state that it has by then.

    `label` and `comments` say so where the way of a row is told. Whoever hands them over fills no
    duty: what comes next is decided by whose it is.
    """
    refuse(Ties(by).refusal(concerned))
    _store(rows, "take_over", label, by=by, comments=comments)


def _store(
    rows: Sequence[Record],
    name: str,
    label: str,
    *,
    by: User,
    duty: str = "",
    comments: Sequence[str] | None = None,
) -> None:
    """New rows with their first decision and its trace."""
    now = timezone.now()
    for row in rows:
        row.state_since = now
    records.clean_many(rows)
    bulk.create(rows)
    made = [
        unsaved(row, name, label, duty=duty, by=by, comment=comment)
        for row, comment in zip(rows, comments or [""] * len(rows), strict=True)
    ]
    for row, decision in zip(rows, made, strict=True):
        decision.target = row.state
    bulk.create(made)
    for row in rows if by.delegators else ():
        stand_in(row, duty, by)
    told = [(row, audit.difference({}, audit.snapshot(row))) for row in rows]
    for _, changes in told:
        changes.pop("state_since", None)
    audit.record_many(f"{rows[0]._meta.label_lower}.{name}", by=by, rows=told)


@transaction.atomic
def amend_many(
    rows: Sequence[Record], *, fields: Collection[str], by: User, concerned: Collection[bytes]
) -> int:
    """`amend` for the named facts of many rows; returns how many of them changed."""
    workflow = registry[type(rows[0])]
    locked = _lock_many(rows)
    for row in rows:
        stored = locked.get(row.pk)
        moved = stored is None or (stored.state, stored.round) != (row.state, row.round)
        if moved or stored.state not in workflow.editable:
            raise Refused("有的记录已有变动，内容不能修改，请刷新后查看。", code="wrong_state")
    count = records.save_many(rows, fields=fields, by=by)
    join_many(rows, workflow.begins, label="修改", by=by, concerned=concerned)
    return count


@transaction.atomic
def join_many(
    rows: Collection[Record], duty: str, *, label: str, by: User, concerned: Collection[bytes]
) -> None:
    """`join` for many rows, of which `concerned` are all identities."""
    if by.delegators:  # in whose place he acts may differ from row to row
        for row in rows:
            join(row, duty, label=label, by=by)
        return
    locked = _lock_many(rows).values()
    refuse(Ties(by).refusal(concerned))
    held, new = _duties(rows, by), []
    for row in locked:
        duties = held.get((row.pk, row.round), {})
        refuse(second_duty(duties, duty))
        if duty not in duties:
            new.append(unsaved(row, "join", label, duty=duty, by=by, comment=""))
    bulk.create(new)


@transaction.atomic
def apply_many(
    rows: Collection[Record], name: str, *, by: User, comment: str = "", **data: Any
) -> tuple[list[Record], Counter[str]]:
    """`apply` for many rows of one procedure: a step that asks for nothing but words.

    `data` goes to its effect on many.

    Rows that cannot take it now, or that this person must leave to others, stay as they are.
    Returns those that took it, and how many did not for which reason.
    """
    procedure = registry[type(next(iter(rows)))]
    step = procedure.transitions[name]
    if step.form or step.begins_round or not step.permission or (step.effect and not step.together):
        raise ValueError(f"{name} is not a step of many rows")
    found = list(_lock_many(rows).values())
    _require_on_all(found, step, by)
    if procedure.prepare:
        procedure.prepare(found)
    ties, held, digests = Ties(by), _duties(found, by), _digests(found, step.trusts)
    taken, left = [], Counter()
    for row in found:
        key = (row.pk, row.round)
        person = Person(row, by, ties=ties, duties=held.get(key, {}))
        if why := _in_the_way(row, step, person, digests.get(key)):
            left[why] += 1
        else:
            taken.append(row)
    if taken:
        _take_many(taken, step, by=by, comment=comment.strip(), data=data)
    return taken, left


def _require_on_all(rows: Sequence[Record], step: Transition, by: User) -> None:
    model = type(rows[0])
    records.require(by, step.permission)
    mine = model._default_manager.visible_to(by, step.permission)
    if mine.filter(pk__in=[row.pk for row in rows]).count() < len(rows):
        raise OutOfScope("有的记录不存在或不在本人管辖范围内，没有办理任何一件。")


def _in_the_way(row: Record, step: Transition, person: Person, trusted: str | None) -> str:
    if not step.leads_from(row):
        return moved_on(row, step)
    refusal = person.barred_from(step)
    if refusal is None and step.trusts:
        refusal = changed_since(row, step.trusts, trusted)
    return str(refusal or "") or (step.guard(row) if step.guard else "") or ""


def _take_many(
    rows: Sequence[Record], step: Transition, *, by: User, comment: str, data: dict[str, Any]
) -> None:
    now, made, told = timezone.now(), [], []
    due_on = working_days.last_of(timezone.localdate(now), step.days) if step.days else None
    for row in rows:
        before, source = audit.snapshot(row), row.state
        if step.target != source or step.days:
            row.state, row.state_since, row.due_on = step.target, now, due_on
        decision = unsaved(row, step.name, step.label, duty=step.duty, by=by, comment=comment)
        decision.source, decision.target, decision.digest = source, step.target, digest(row)
        made.append(decision)
        changes = audit.difference(before, audit.snapshot(row))
        changes.pop("state_since", None)
        told.append((row, changes))
    bulk.update(rows, ["state", "state_since", "due_on"])
    if step.together:
        step.together(rows, by, **data)
    bulk.create(made)
    for row in rows if by.delegators else ():
        stand_in(row, step.duty, by)
    audit.record_many(f"{rows[0]._meta.label_lower}.{step.name}", by=by, rows=told)


def _duties(rows: Collection[Record], by: User) -> dict[tuple[int, int], dict[str, str]]:
    """The duties that this person fills in each row and round, each with what he did first."""
    held: dict[tuple[int, int], dict[str, str]] = {}
    if by.certificate_index is None:
        return held
    parts = _on(rows).filter(person=by.certificate_index).exclude(duty="").order_by("-id")
    for key, turn, own, said in parts.values_list("object_id", "round", "duty", "label"):
        held.setdefault((key, turn), {})[own] = said
    return held


def _digests(rows: Collection[Record], name: str) -> dict[tuple[int, int], str]:
    """What the last decision at that step bound, by row and round."""
    made = _on(rows).filter(transition=name).order_by("id") if name else Decision.objects.none()
    return {
        (key, turn): bound for key, turn, bound in made.values_list("object_id", "round", "digest")
    }


def _on(rows: Collection[Record]) -> QuerySet[Decision]:
    label = next(iter(rows))._meta.label
    return Decision.objects.filter(object_type=label, object_id__in=[row.pk for row in rows])


def _lock_many(rows: Collection[Record]) -> dict[int, Record]:
    """The rows as they are stored, by their keys and in that order."""
    model = type(next(iter(rows)))
    stored = model._default_manager.select_for_update(of=("self",)).order_by("pk")
    stored = stored.filter(pk__in=[row.pk for row in rows])
    stored = stored.select_related("organisation", *registry[model].related)
    return {row.pk: row for row in stored}
