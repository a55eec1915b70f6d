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
decides about himself or declared kin, nobody fills two duties of one row), does the guard agree.
Then state, effect, the decision and its trace are written in the same transaction.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from core import audit, working_days
from core.errors import Refused
from core.fields import PERSON, blind_index
from core.models import Decision, Proceeding, User
from core.services.records import require

Record = TypeVar("Record", bound=Proceeding)
Guard = Callable[[Any], str]
Effect = Callable[..., None]


@dataclass(frozen=True)
class Transition:
    """One step of a procedure.

    `permission` is asked on the row; "" means that only the system takes this step (`advance`).
    `duty` names the one of the separated duties (岗位) that the step is a part of: one person fills
    at most one duty of a row in one round. "" belongs to none.
    `applies` says whether the row takes this way at all (a review that not every place has).
    `guard` looks at the row and returns the sentence that says what is still missing, or "".
    `effect` is called as `effect(record, decision, **data)` after the state is set; what it changes
    in the row is stored with it. `days` are the working days within which the row should leave the
    target. `begins_round` opens a new round, in which duties are dealt out anew. `trusts` names an
    earlier transition whose decision must have been made on what the row binds now.
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
    """A step that a user may take now. `obstacle` says what is missing first, or is ""."""

    transition: Transition
    obstacle: str


class Workflow:
    """The procedure of one model. States are the choices of its field `state`."""

    def __init__(
        self,
        model: type[Proceeding],
        label: str,
        *,
        initial: str,
        begins: str = "",
        transitions: Sequence[Transition],
    ) -> None:
        self.model, self.label, self.initial, self.begins = model, label, initial, begins
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
    if by is not None and workflow.begins:
        _refuse_the_concerned(record, by)
    record.save()
    _decide(record, "begin", "建立", "", record.state, duty=workflow.begins, by=by, comment="")
    changes = audit.difference({}, audit.snapshot(record))
    audit.record(f"{record._meta.label_lower}.{action}", by=by, obj=record, changes=changes)
    return record


@transaction.atomic
def apply(record: Record, name: str, *, by: User, comment: str = "", **data: Any) -> Record:
    """Take a step as a person. Returns the row as it then stands.

    Raises `OutOfScope`, `NotPermitted`, or `Refused` with what is in the way: `wrong_state`,
    `identity_missing`, `concerned`, `kin`, `four_eyes`, `comment_required`, `changed_since`,
    `guard`.
    """
    step = registry[type(record)].transitions[name]
    locked = _locked(record)
    if not step.permission:
        raise Refused(f"“{step.label}”由系统自动办理。", code="automatic")
    require(by, step.permission, locked)
    _refuse_wrong_state(locked, step)
    _refuse_person(locked, step, by)
    if step.needs_comment and len(comment.strip()) < 4:
        raise Refused("请填写意见，不少于四个字。", code="comment_required")
    return _take(locked, step, by=by, comment=comment.strip(), data=data)


@transaction.atomic
def advance(record: Record, name: str, *, reason: str = "", **data: Any) -> Record:
    """Take a step as the system: for what follows by itself, such as the end of a publicity."""
    step = registry[type(record)].transitions[name]
    locked = _locked(record)
    _refuse_wrong_state(locked, step)
    return _take(locked, step, by=None, comment=reason, data=data)


@transaction.atomic
def join(record: Proceeding, duty: str, *, label: str, by: User) -> None:
    """Let a person take part in a duty without a step: who edits an entry is one of its authors.

    Refused like a step of that duty would be. Recorded once a round.
    """
    locked = _locked(record)
    _refuse_the_concerned(locked, by)
    _refuse_second_duty(locked, duty, by)
    person = _person(by)
    part = Decision.objects.on(locked).filter(round=locked.round, duty=duty, person=person)
    if not part.exists():
        _decide(locked, "join", label, "", "", duty=duty, by=by, comment="")


def _locked(record: Record) -> Record:
    """The row as it is stored, and nobody else's until the end of the transaction."""
    return type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)


def _take(
    record: Record, step: Transition, *, by: User | None, comment: str, data: dict[str, Any]
) -> Record:
    if step.trusts:
        _refuse_changed(record, step.trusts)
    if obstacle := step.guard and step.guard(record):
        raise Refused(obstacle, code="guard")
    source, before = record.state, audit.snapshot(record)
    record.state, record.state_since = step.target, timezone.now()
    today = timezone.localdate()
    record.due_on = working_days.last_of(today, step.days) if step.days else None
    if step.begins_round:
        record.round += 1
    decision = _decide(
        record, step.name, step.label, source, step.target, duty=step.duty, by=by, comment=comment
    )
    if step.effect:
        step.effect(record, decision, **data)
    record.save()
    changes = audit.difference(before, audit.snapshot(record))
    changes.pop("state_since", None)
    name = f"{record._meta.label_lower}.{step.name}"
    audit.record(name, by=by, obj=record, changes=changes, reason=comment)
    return record


def _decide(
    record: Proceeding,
    name: str,
    label: str,
    source: str,
    target: str,
    *,
    duty: str,
    by: User | None,
    comment: str,
) -> Decision:
    return Decision.objects.create(
        organisation=record.organisation,
        object_type=record._meta.label,
        object_id=record.pk,
        transition=name,
        label=label,
        source=source,
        target=target,
        duty=duty,
        round=record.round,
        by=by,
        person=_person(by) if by and duty else None,
        comment=comment,
        digest=_digest(record),
    )


def _digest(record: Proceeding) -> str:
    bound = record.bound()
    return hashlib.sha256(bound.encode()).hexdigest() if bound else ""


# What stands in the way.


def _refuse_wrong_state(record: Proceeding, step: Transition) -> None:
    if not step.leads_from(record):
        raise Refused(
            f"现为“{record.get_state_display()}”，不能办理“{step.label}”，可能刚由他人办理，"
            "请刷新后查看。",
            code="wrong_state",
        )


def _refuse_person(record: Proceeding, step: Transition, by: User) -> None:
    if step.duty:
        _refuse_the_concerned(record, by)
        _refuse_second_duty(record, step.duty, by, fresh=step.begins_round)


def _person(by: User) -> bytes:
    if by.certificate_index is None:
        raise Refused(
            "本账号未登记身份证号，无法核对是否应当回避，请联系系统管理员补登后再办理。",
            code="identity_missing",
        )
    return by.certificate_index


def _refuse_the_concerned(record: Proceeding, by: User) -> None:
    """回避: about oneself and declared kin nobody decides."""
    concerned, person = set(record.concerned()), _person(by)
    if person in concerned:
        raise Refused("此件涉及本人，应当回避，请由其他人员办理。", code="concerned")
    if concerned and by.kin.filter(certificate_index__in=concerned).exists():
        raise Refused("此件涉及本人申报的亲属，应当回避，请由其他人员办理。", code="kin")


def _refuse_second_duty(record: Proceeding, duty: str, by: User, *, fresh: bool = False) -> None:
    """岗位分离: one person, one duty, whatever account he uses."""
    if fresh:
        return
    earlier = Decision.objects.on(record).filter(round=record.round, person=_person(by))
    other = earlier.exclude(duty__in=["", duty]).first()
    if other is not None:
        raise Refused(
            f"本人已办理过此件的“{other.label}”，同一人不能兼办两个环节，请由其他人员办理。",
            code="four_eyes",
        )


def _refuse_changed(record: Proceeding, name: str) -> None:
    made = Decision.objects.on(record).filter(transition=name).last()
    if made is None or made.digest != _digest(record):
        label = registry[type(record)].transitions[name].label
        raise Refused(
            f"“{label}”之后内容有改动，原意见不再有效，请退回重新办理。", code="changed_since"
        )


# What is offered, and what waits.


def available(record: Proceeding, user: User) -> list[Offer]:
    """The steps that this user may take now, each with what is still missing."""
    offers = []
    for step in registry[type(record)].leaving(record.state):
        if not (step.permission and user.has_perm(step.permission, record)):
            continue
        if not step.leads_from(record):
            continue
        try:
            _refuse_person(record, step, user)
        except Refused:
            continue
        offers.append(Offer(step, (step.guard(record) if step.guard else "") or ""))
    return offers


def awaiting(model: type[Record], user: User) -> models.QuerySet[Record]:
    """Rows that wait for a step which the user may take, those with the nearest deadline first.

    What the user must leave to others (kin, another duty) is not taken out here: it is told on the
    page of the row.
    """
    condition = models.Q(pk__in=[])
    for step in registry[model].transitions.values():
        if step.is_awaited and step.permission and (paths := user.paths_with(step.permission)):
            condition |= models.Q(state__in=step.sources) & model.scope(paths)
    rows = model._default_manager.visible_to(user).filter(condition)
    return rows.order_by(models.F("due_on").asc(nulls_last=True), "state_since")


def decisions(record: Proceeding) -> models.QuerySet[Decision]:
    """The way of a row so far, the first step first."""
    return Decision.objects.on(record).select_related("by", "organisation")


def diagram(workflow: Workflow) -> str:
    """The procedure as a state diagram (mermaid), for the documents."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.initial}"]
    lines += [f"    {state}: {label}" for state, label in workflow.states.items()]
    steps: Iterable[Transition] = workflow.transitions.values()
    lines += [
        f"    {source} --> {step.target}: {step.label}" for step in steps for source in step.sources
    ]
    ends = [state for state in workflow.states if not any(workflow.leaving(state))]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends)]) + "\n"
