"""Rows of every registered procedure, for what holds for all of them.

An app that registers a workflow gives in `tests/factories/<app>.py` a builder for its model:

    @builds(Case, approve=lambda case: {"tier": "deep"})
    def case(place: Organisation, token: str, state: str) -> Case: ...

It stores a row of the place, with the token in what its pages show, so complete that every step out
of `state` may be taken; the state itself is set afterwards. The keywords are what is posted with a
step that has a form. Of ways that exclude one another (`Transition.applies`) `ways` puts the row on
that of the named step.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from core import workflow
from core.models import Decision, Organisation, Proceeding

Builder = Callable[[Organisation, str, str], Proceeding]
WORDS = "情况属实，材料齐全"

_builders: dict[type[Proceeding], Builder] = {}
_posts: dict[tuple[type[Proceeding], str], Callable[[Proceeding], dict[str, Any]]] = {}
_ways: dict[tuple[type[Proceeding], str], Callable[[Proceeding], None]] = {}


def builds(
    model: type[Proceeding],
    *,
    ways: dict[str, Callable[[Any], None]] | None = None,
    **posts: Callable[[Any], dict[str, Any]],
) -> Callable:
    """Declare the builder of a model, what is posted with its steps, and how it comes to them."""

    def declare(function: Builder) -> Builder:
        _builders[model] = function
        _posts.update({(model, step): post for step, post in posts.items()})
        _ways.update({(model, step): way for step, way in (ways or {}).items()})
        return function

    return declare


def build(
    model: type[Proceeding],
    place: Organisation,
    state: str,
    token: str = "",
    *,
    step: workflow.Transition | None = None,
) -> Any:
    """A row that stands in a state, with the decisions that its next steps trust.

    With `step` it takes the way of that one, where there are several.
    """
    if model not in _builders:
        import_module(f"tests.factories.{model._meta.app_label}")
    row = _builders[model](place, token, state)
    model._default_manager.filter(pk=row.pk).update(state=state)
    if step and step.applies:
        _ways[model, step.name](row)
    row = model._default_manager.get(pk=row.pk)
    for step in workflow.registry[model].leaving(state):
        if step.trusts:
            Decision.objects.create(
                organisation=place,
                object_type=model._meta.label,
                object_id=row.pk,
                transition=step.trusts,
                label=step.trusts,
                round=row.round,
                digest=workflow.digest(row),
            )
    return row


def posted(row: Proceeding, step: workflow.Transition) -> dict[str, Any]:
    """What a person posts who takes the step."""
    given = _posts.get((type(row), step.name), lambda row: {})(row)
    return {"comment": WORDS, **given}
