"""The rows of the steps of every registered procedure, made from its table; and the test's own."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from core import roles, workflow
from core.admin import ProceedingAdmin
from core.scope import view_permission
from core.views.proceedings import StepPage
from tests.factories.core import World, account_number
from tests.factories.proceedings import build, posted
from tests.matrix.rows import Maker, Row


def steps() -> Iterator[tuple[str, workflow.Workflow, workflow.Transition, str]]:
    """Each address of a step, with its procedure and the door behind which it stands."""
    for model, procedure in workflow.registry.items():
        if isinstance(admin.site._registry.get(model), ProceedingAdmin):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            for step in procedure.transitions.values():
                if step.permission:
                    yield f"{name}_step_{step.name}", procedure, step, "admin"
    for name, pattern in addresses(get_resolver()):
        if issubclass(getattr(pattern.callback, "view_class", object), StepPage):
            view = pattern.callback
            model = view.view_initkwargs.get("model") or view.view_class.model
            procedure = workflow.registry[model]
            yield name, procedure, procedure.transitions[view.view_initkwargs["step"]], ""


def addresses(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern
        elif pattern.namespace != "admin":
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, inner)


def subject(
    procedure: workflow.Workflow, state: str, step: workflow.Transition | None = None
) -> str:
    way = f":{step.name}" if step and step.applies else ""
    return f"{procedure.model._meta.label_lower}:{state}{way}"


def row(procedure: workflow.Workflow, step: workflow.Transition, door: str) -> Row:
    """Who holds the right takes the step; who only views the rows is refused."""
    behind = [role for role in roles.table().values() if not door or role.door == door]
    may = [role.code for role in behind if step.permission in role.permissions]
    view = view_permission(procedure.model)
    sees = [role.code for role in behind if view in role.permissions and role.code not in may]
    who = " ".join(may)
    state = step.sources[0]
    return Row(
        who,
        subject(procedure, state, step),
        sees=" ".join(sees),
        writes=who,
        post=partial(post, procedure, step, state),
        nobody="" if may else "who takes this step comes through another door",
    )


def post(
    procedure: workflow.Workflow, step: workflow.Transition, state: str, world: World
) -> dict[str, Any]:
    rows = procedure.model._default_manager.filter(organisation=world.own, state=state)
    return posted(rows[0], step)


def maker(procedure: workflow.Workflow, state: str, step: workflow.Transition) -> Callable:
    return lambda place, token: build(procedure.model, place, state, token, step=step)


ROWS: dict[str, Row] = {
    "permit": Row("clerk head leader chair", "procedures.permit:draft"),
    "admin:procedures_permit_changelist": Row("clerk head"),
    "admin:procedures_permit_add": Row(
        "clerk",
        writes="clerk",
        post=lambda world: {
            "organisation": world.own.pk,
            "name": "李梅",
            "number": account_number(20_001),
            "amount": "50.00",
        },
    ),
    "admin:procedures_permit_change": Row(
        "clerk head",
        "procedures.permit:draft",
        sees="head",
        writes="clerk",
        post=lambda world: {
            "organisation": world.own.pk,
            "name": "李梅",
            "number": account_number(20_001),
            "amount": "50.00",
        },
    ),
    "admin:procedures_permit_history": Row("clerk head", "procedures.permit:draft"),
    **{name: row(procedure, step, door) for name, procedure, step, door in steps()},
}
SUBJECTS: dict[str, Maker] = {
    subject(procedure, state, step): maker(procedure, state, step)
    for procedure in workflow.registry.values()
    for state in procedure.states
    for step in procedure.leaving(state)
    if step.permission
}
