"""Procedures as data: which step leads from which state to which, who may take it, and when.

An app declares one table for each procedure in its `workflows.py`:

    register(Workflow(
        Case, "困难职工档案", initial="draft", begins="entry",
        transitions=[
            Transition("submit", "提交审核", ["draft"], "submitted",
                       permission="hardship.add_case", duty="entry", guard=rules.incomplete),
            Transition("review", "审核通过", ["submitted"], "reviewed",
                       permission="hardship.review_case", duty="review", days=5),
            ...
        ],
    ))

Buttons, forms, interface, sheets and jobs all go through `apply`. It locks the row and asks, in
this order: may this person see and do it, does the state allow it, is the person free to (nobody
decides about himself or declared kin, nobody fills two duties of one row), are the words there,
does what was decided before still hold, does the guard agree. Then state, effect, the decision and
its trace are written in the same transaction.
"""

import datetime
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from core import audit, masking, working_days
from core.errors import OutOfScope, Refused
from core.fields import PERSON, blind_index
from core.models import Decision, Proceeding, User
from core.scope import outermost
from core.services import records
from core.services.records import require, visible

Record = TypeVar("Record", bound=Proceeding)
Guard = Callable[[Any], str]
Effect = Callable[..., None]
PERSONAL = frozenset({"concerned", "kin", "four_eyes"})  # refusals that lie in who acts
LEAST = 4  # characters of a comment that is asked for


@dataclass(frozen=True)
class Transition:
    """One step of a procedure.

    `permission` is asked on the row; "" means that only the system takes this step (`advance`).
    `duty` names the one of the separated duties (岗位) that the step is a part of: one person fills
    at most one duty of a row in one round. "" belongs to none.
    `applies` says whether the row takes this way at all (a review that not every place has).
    `guard` looks at the row and returns the sentence that says what is still missing, or "".
    `effect` is called as `effect(record, decision, **data)` after the state is set; what it changes
    in the row is stored with it, and only then the decision, bound to what the effect left.
    `form` is a `core.forms.ScopedForm` whose cleaned data is the effect's `data`. `days` are the
    working days within which the row should leave the target. `begins_round` opens a new round,
    in which duties are dealt out anew. `trusts` names an earlier transition of this round whose
    decision must have been made on what the row binds now.
    """

    name: str
    label: str
    sources: Sequence[str]
    target: str
    permission: str = ""
    duty: str = ""
    applies: Callable[[Any], bool] | None = None
    guard: Guard | None = None
    effect: Effect | None = None
    form: type | None = None
    needs_comment: bool = False
    days: int | None = None
    is_awaited: bool = True  # stands in the inbox of those who may take it
    is_danger: bool = False
    begins_round: bool = False
    trusts: str = ""
    says: str = ""  # what happens then, for the page of the button and the message after it

    def leads_from(self, record: Proceeding) -> bool:
        """Whether the row stands where this step begins, and takes this way."""
        return record.state in self.sources and (self.applies is None or self.applies(record))


@dataclass(frozen=True)
class Offer:
    """A step to which a user has the right. `refusal` says why he must leave it to others,
    `obstacle` what the row still lacks; both are "" if he may take it now."""

    transition: Transition
    obstacle: str
    refusal: str = ""


class Workflow:
    """The procedure of one model. States are the choices of its field `state`.

    `begins` is the duty of who makes the row and amends it, in the states of `editable` (by default
    the initial one). In the states of `rests` a row may stay for good, though steps lead out of
    them. `duties` are the Chinese names of duties, `related` the rows that `str(row)` reads.
    """

    def __init__(
        self,
        model: type[Proceeding],
        label: str,
        *,
        initial: str,
        begins: str = "",
        editable: Sequence[str] | None = None,
        rests: Sequence[str] = (),
        duties: Mapping[str, str] | None = None,
        related: Sequence[str] = (),
        transitions: Sequence[Transition],
    ) -> None:
        self.model, self.label, self.initial, self.begins = model, label, initial, begins
        self.editable = frozenset([initial] if editable is None else editable)
        self.rests, self.duties, self.related = frozenset(rests), duties or {}, tuple(related)
        self.transitions: Mapping[str, Transition] = {step.name: step for step in transitions}
        if len(self.transitions) < len(transitions):
            raise ValueError(f"{label}: a transition is declared twice")
        self.states: dict[str, str] = dict(model._meta.get_field("state").flatchoices)
        named = {initial} | {
            state for step in transitions for state in (*step.sources, step.target)
        }
        if named != set(self.states):
            odd = ", ".join(sorted(named ^ set(self.states)))
            raise ValueError(f"{label}: states and transitions do not agree on {odd}")
        trusted = {step.trusts for step in transitions if step.trusts}
        known = self.rests | self.editable
        if odd := (trusted - set(self.transitions)) | (known - set(self.states)):
            raise ValueError(f"{label}: {', '.join(sorted(odd))} is not declared")

    def leaving(self, state: str) -> Iterator[Transition]:
        return (step for step in self.transitions.values() if state in step.sources)


registry: dict[type[models.Model], Workflow] = {}


def register(workflow: Workflow) -> Workflow:
    if workflow.model in registry:
        raise ValueError(f"{workflow.model._meta.label} has a workflow already")
    registry[workflow.model] = workflow
    return workflow


def identity(number: str, kind: str = "resident") -> bytes:
    """By what a natural person is known to be the same, whichever table names him."""
    return blind_index(PERSON, f"{kind}:{number}")


# Taking steps.


@transaction.atomic
def begin(record: Record, *, by: User | None, action: str = "begin") -> Record:
    """Store a new row in the first state of its procedure. The caller has asked for the right."""
    workflow = registry[type(record)]
    record.state, record.state_since = workflow.initial, timezone.now()
    record.full_clean()
    record.save()
    record.refresh_from_db()
    if by is not None and workflow.begins:
        _refuse(_Person(record, by).concern)
    made = _decision(record, "begin", "建立", duty=workflow.begins, by=by, comment="")
    made.target, made.digest = record.state, _digest(record)
    made.save()
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
    _refuse(_Person(locked, by).barred_from(step))
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
    person = _Person(locked, by)
    _refuse(person.concern or person.second_duty(duty))
    if duty not in person.duties:
        _decision(locked, "join", label, duty=duty, by=by, comment="").save()


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
    made = _decision(record, step.name, step.label, duty=step.duty, by=by, comment=comment)
    made.source, made.target = source, step.target
    if step.effect:
        step.effect(record, made, **data)
    record.save()
    record.refresh_from_db()  # what is bound is what is stored: 80.00, not the 80 of a form
    made.digest = _digest(record)
    made.save()
    changes = audit.difference(before, audit.snapshot(record))
    changes.pop("state_since", None)
    name = f"{record._meta.label_lower}.{step.name}"
    reason = masking.numbers_within(comment)
    audit.record(name, by=by, obj=record, changes=changes, reason=reason)
    return record


def _decision(
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


def _digest(record: Proceeding) -> str:
    bound = record.bound()
    return hashlib.sha256(bound.encode()).hexdigest() if bound else ""


# What stands in the way.


def _refuse(refusal: Refused | None) -> None:
    if refusal is not None:
        raise refusal


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


def refuse_concerned(record: Proceeding, by: User) -> None:
    """Refuse whoever the row concerns, or has declared one of them as kin: for services that let
    somebody take part in it beside its steps."""
    _refuse(_Person(record, by).concern)


class _Person:
    """Who acts on a row. What is read of him is read once, however many steps are looked at."""

    def __init__(self, record: Proceeding, by: User) -> None:
        self.record, self.by = record, by

    def barred_from(self, step: Transition) -> Refused | None:
        """Why this person must leave the step to others."""
        if not step.duty:
            return None
        return self.concern or (None if step.begins_round else self.second_duty(step.duty))

    @cached_property
    def concern(self) -> Refused | None:
        """回避: about oneself and declared kin nobody decides, nor does a person unknown."""
        if self.by.certificate_index is None:
            return Refused(
                "本账号未登记身份证号，无法核对是否应当回避，请联系系统管理员补登后再办理。",
                code="identity_missing",
            )
        concerned = set(self.record.concerned())
        if self.by.certificate_index in concerned:
            return Refused("此件涉及本人，应当回避，请由其他人员办理。", code="concerned")
        if concerned and self.by.kin.in_force().filter(certificate_index__in=concerned).exists():
            return Refused("此件涉及本人申报的亲属，应当回避，请由其他人员办理。", code="kin")
        return None

    @cached_property
    def duties(self) -> dict[str, str]:
        """The duties that this person fills in this round, each with what he did first."""
        parts = Decision.objects.on(self.record).filter(
            round=self.record.round, person=self.by.certificate_index
        )
        first_first = parts.exclude(duty="").order_by("-id")
        return dict(first_first.values_list("duty", "label"))

    def second_duty(self, duty: str) -> Refused | None:
        """岗位分离: one person, one duty, whatever account he uses."""
        other = next((label for held, label in self.duties.items() if held != duty), None)
        if other is None:
            return None
        return Refused(
            f"本人已办理过此件的“{other}”，同一人不能兼办两个环节，请由其他人员办理。",
            code="four_eyes",
        )


def _refuse_changed(record: Proceeding, name: str) -> None:
    made = Decision.objects.on(record).filter(transition=name, round=record.round).last()
    if made is None or made.digest != _digest(record):
        label = registry[type(record)].transitions[name].label
        raise Refused(
            f"“{label}”之后内容有改动，原意见不再有效，请退回重新办理。", code="changed_since"
        )


# What is offered, and what waits.


def offers(record: Proceeding, user: User) -> list[Offer]:
    """The steps out of this state to which the user has the right on this row."""
    person, asked, found = _Person(record, user), {}, []
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
    refusal = _Person(record, user).barred_from(step)
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
