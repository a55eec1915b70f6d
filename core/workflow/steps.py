"""Taking steps and writing facts: state, effect, decision and trace in one transaction."""

import hashlib
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, masking, working_days
from core.errors import OutOfScope, Refused
from core.models import Decision, Proceeding, User
from core.services import records
from core.services.records import require, visible
from core.workflow.persons import PERSONAL, Person, Ties, refuse
from core.workflow.tables import Record, Transition, registry

LEAST = 4  # characters of a comment that is asked for


@transaction.atomic
def begin(record: Record, *, by: User | None, action: str = "begin") -> Record:
    """Store a new row in the first state of its procedure. The caller has asked for the right."""
    workflow = registry[type(record)]
    record.state, record.state_since = workflow.initial, timezone.now()
    record.full_clean()
    record.save()
    record.refresh_from_db()
    if by is not None and workflow.begins:
        refuse(Ties(by).refusal([] if workflow.is_applied_for else record.concerned()))
    made = unsaved(record, "begin", "建立", duty=workflow.begins, by=by, comment="")
    made.target, made.digest = record.state, digest(record)
    made.save()
    stand_in(record, workflow.begins, by)
    changes = audit.difference({}, audit.snapshot(record))
    changes.pop("state_since", None)
    audit.record(f"{record._meta.label_lower}.{action}", by=by, obj=record, changes=changes)
    return record


def apply(record: Record, name: str, *, by: User, comment: str = "", **data: Any) -> Record:
    """Take a step as a person. Returns the row as it then stands; `record` itself is left alone.

    Raises `OutOfScope`, `NotPermitted`, or `Refused` with what is in the way: `automatic`,
    `wrong_state`, `identity_missing`, `concerned`, `kin`, `four_eyes`, `comment_required`,
    `changed_since`, `guard`. Who tried to decide about himself, his kin or in two duties stands in
    the trail, unless the caller's own transaction is undone.
    """
    step = registry[type(record)].transitions[name]
    try:
        return _apply(record, step, by, comment, data)
    except Refused as refusal:
        if refusal.code in PERSONAL:
            _turn_away(record, by, refusal)
        raise


@transaction.atomic
def _turn_away(record: Proceeding, by: User, refusal: Refused) -> None:
    name = f"{record._meta.label_lower}.turned_away"
    audit.record(name, by=by, obj=record, reason=str(refusal))


@transaction.atomic
def _apply(
    record: Record, step: Transition, by: User, comment: str, data: dict[str, Any]
) -> Record:
    locked = _locked(record)
    _refuse_unentitled(locked, step, by)
    _refuse_wrong_state(locked, step)
    refuse(Person(locked, by).barred_from(step))
    comment = comment.strip()
    if step.needs_comment and len(comment) < LEAST:
        raise Refused("请填写意见，不少于四个字。", code="comment_required")
    return _take(locked, step, by=by, comment=comment, data=data)


@transaction.atomic
def advance(record: Record, name: str, *, reason: str = "", **data: Any) -> Record:
    """Take a step as the system: what follows by itself, such as the end of a publicity.

    Never a step that is a person's.
    """
    step = registry[type(record)].transitions[name]
    if step.permission:
        raise ValueError(f"{step.name} is a step of a person, who has to take it")
    locked = _locked(record)
    _refuse_wrong_state(locked, step)
    return _take(locked, step, by=None, comment=reason, data=data)


@transaction.atomic
def amend(record: Record, *, by: User) -> Record:
    """Write the facts of a row whose procedure leaves them open now; `by` becomes one of its
    authors. Refused when the row has moved on since it was read."""
    workflow = registry[type(record)]
    locked = _locked(record)
    require(by, records.permission(record, "change"), locked)
    moved = (locked.state, locked.round) != (record.state, record.round)
    if moved or locked.state not in workflow.editable:
        raise Refused(
            f"现为“{locked.get_state_display()}”，内容不能修改，请刷新后查看。", code="wrong_state"
        )
    if workflow.begins:
        join(locked, workflow.begins, label="修改", by=by)
    return records.save(record, by=by)


@transaction.atomic
def join(record: Proceeding, duty: str, *, label: str, by: User) -> None:
    """Let a person take part in a duty without a step: who edits an entry is one of its authors.

    Refused like a step of that duty would be. Recorded once a round.
    """
    locked = _locked(record)
    person = Person(locked, by)
    refuse(person.concern or person.second_duty(duty))
    if duty not in person.duties(by.certificate_index):
        unsaved(locked, "join", label, duty=duty, by=by, comment="").save()
    stand_in(locked, duty, by)


def _locked(record: Record) -> Record:
    """The row as it is stored, and nobody else's until the end of the transaction."""
    rows = type(record)._default_manager.select_for_update(of=("self",))
    found = rows.filter(pk=record.pk).first()
    if found is None:
        raise OutOfScope("没有找到这条记录，它可能已被移除。")
    return found


def _take(
    record: Record, step: Transition, *, by: User | None, comment: str, data: dict[str, Any]
) -> Record:
    if step.trusts:
        _refuse_changed(record, step.trusts)
    if obstacle := step.guard and step.guard(record):
        raise Refused(obstacle, code="guard")
    source, before = record.state, audit.snapshot(record)
    if step.target != source or step.days:
        record.state, record.state_since = step.target, timezone.now()
        today = timezone.localdate()
        record.due_on = working_days.last_of(today, step.days) if step.days else None
    if step.begins_round:
        record.round += 1
    made = unsaved(record, step.name, step.label, duty=step.duty, by=by, comment=comment)
    made.source, made.target = source, step.target
    if step.effect:
        step.effect(record, made, **data)
    record.save()
    record.refresh_from_db()  # what is bound is what is stored: 80.00, not the 80 of a form
    made.digest = digest(record)
    made.save()
    stand_in(record, step.duty, by)
    changes = audit.difference(before, audit.snapshot(record))
    changes.pop("state_since", None)
    name = f"{record._meta.label_lower}.{step.name}"
    reason = masking.numbers_within(comment)
    audit.record(name, by=by, obj=record, changes=changes, reason=reason)
    return record


def unsaved(
    record: Proceeding, name: str, label: str, *, duty: str, by: User | None, comment: str
) -> Decision:
    """What is decided, not stored yet."""
    return Decision(
        organisation=record.organisation,
        object_type=record._meta.label,
        object_id=record.pk,
        transition=name,
        label=label,
        duty=duty,
        round=record.round,
        by=by,
        person=by.certificate_index if by and duty else None,
        comment=comment,
    )


def stand_in(record: Proceeding, duty: str, by: User | None) -> None:
    """委托代办: in whose place a duty was filled fills it too, once a round."""
    person = by and duty and Person(record, by)
    for principal in person.principals(duty) if person else ():
        if duty not in person.duties(principal.person):
            label = f"代{principal.name}办理"[:40]
            made = unsaved(record, "join", label, duty=duty, by=by, comment="")
            made.person = principal.person
            made.save()


def digest(record: Proceeding) -> str:
    bound = record.bound()
    return hashlib.sha256(bound.encode()).hexdigest() if bound else ""


# What stands in the way.


def _refuse_unentitled(record: Proceeding, step: Transition, by: User) -> None:
    if step.permission:
        require(by, step.permission, record)
    elif visible(record, by):
        raise Refused(f"“{step.label}”由系统自动办理。", code="automatic")
    else:
        raise OutOfScope("没有找到这条记录，它可能不存在或不在本人管辖范围内。")


def _refuse_wrong_state(record: Proceeding, step: Transition) -> None:
    if not step.leads_from(record):
        raise Refused(moved_on(record, step), code="wrong_state")


def moved_on(record: Proceeding, step: Transition) -> str:
    """That the step does not lead out of the state in which the row is."""
    stands = f"现为“{record.get_state_display()}”，不能办理“{step.label}”"
    return f"{stands}，可能刚由他人办理，请刷新后查看。"


def _refuse_changed(record: Proceeding, name: str) -> None:
    made = Decision.objects.on(record).filter(transition=name, round=record.round).last()
    refuse(changed_since(record, name, made and made.digest))


def changed_since(record: Proceeding, name: str, trusted: str | None) -> Refused | None:
    """Why what was decided at that step holds no longer; `trusted` is its digest."""
    if trusted == digest(record):
        return None
    label = registry[type(record)].transitions[name].label
    return Refused(
        f"“{label}”之后内容有改动，原意见不再有效，请退回重新办理。", code="changed_since"
    )
