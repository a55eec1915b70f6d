"""The tables: steps and states of a procedure, as data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from core.models import Proceeding, User

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
    in the row is stored with it, and only then the decision, bound to what the effect left.
    `form` is a `core.forms.ScopedForm` whose cleaned data is the effect's `data`. `days` are the
    working days within which the row should leave the target. `begins_round` opens a new round,
    in which duties are dealt out anew. `trusts` names an earlier transition of this round whose
    decision must have been made on what the row binds now. `together` is the effect on many rows
    that take the step at once, called as `together(rows, by)`; it leaves the rows alone.
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
    together: Callable[[Sequence[Any], User], None] | None = None
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


class Workflow:
    """The procedure of one model. States are the choices of its field `state`.

    `begins` is the duty of who makes the row and amends it, in the states of `editable` (by default
    the initial one). In the states of `rests` a row may stay for good, though steps lead out of
    them. `duties` are the Chinese names of duties, `related` the rows that `str(row)` reads.
    Where `is_applied_for`, whom a row concerns may make it (and do no more). `prepare` reads for
    many rows at once what their guards and `concerned` ask for.
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
        is_applied_for: bool = False,
        prepare: Callable[[Sequence[Any]], None] | None = None,
        transitions: Sequence[Transition],
    ) -> None:
        self.model, self.label, self.initial, self.begins = model, label, initial, begins
        self.editable = frozenset([initial] if editable is None else editable)
        self.rests, self.duties, self.related = frozenset(rests), duties or {}, tuple(related)
        self.is_applied_for, self.prepare = is_applied_for, prepare
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
