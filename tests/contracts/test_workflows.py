"""What holds for every registered procedure, whatever it is about.

An app adds the builder of its rows (`tests/factories/proceedings.py`) and nothing here.
"""

import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import inbox, roles, workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.forms import form_of
from core.management.commands.workflows import document
from core.models import AuditEvent, Decision, DeclaredKin
from core.roles import Role
from core.scope import view_permission
from tests.factories.core import account_number
from tests.factories.proceedings import WORDS, build, posted

PROCEDURES = list(workflow.registry.values())
STEPS = [(procedure, step) for procedure in PROCEDURES for step in procedure.transitions.values()]
OF_PERSONS = [pair for pair in STEPS if pair[1].permission]
OF_DUTIES = [pair for pair in OF_PERSONS if pair[1].duty]
KIN = account_number(30_000)

procedures = pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.model.__name__)


def each(pairs):
    names = [f"{procedure.model.__name__}-{step.name}" for procedure, step in pairs]
    return pytest.mark.parametrize(("procedure", "step"), pairs, ids=names)


def holders(permission):
    return [role for role in roles.table().values() if permission in role.permissions]


@pytest.fixture
def onlooker(world, monkeypatch):
    """Makes somebody who sees the rows of a procedure and may do nothing with them."""

    def make(procedure):
        seen = frozenset({view_permission(procedure.model)})
        monkeypatch.setitem(roles.table(), "onlooker", Role("onlooker", "旁观", seen))
        return world.user("onlooker")

    return make


@pytest.fixture
def queries():
    """Counts what a call asks the database."""

    def count(act):
        with CaptureQueriesContext(connection) as asked:
            act()
        return len(asked)

    return count


@pytest.fixture
def taker(world):
    """Makes somebody who may take a step."""

    def make(step, at=None):
        return world.user(holders(step.permission)[0].code, at)

    return make


def cleaned(row, step, by):
    """What the form of the step makes of what is posted with it."""
    given = posted(row, step)
    form = form_of(step)(given, given, user=by, row=row)
    assert form.is_valid(), form.errors
    return form.cleaned_data


def refused(row, name, by, error=Refused, **data):
    """The code of the refusal, which left nothing behind but a trace of who should not have."""

    def stored():
        fields = type(row)._default_manager.filter(pk=row.pk).values().get()
        return fields, Decision.objects.count()

    before, last = stored(), AuditEvent.objects.count()
    with pytest.raises(error) as refusal:
        workflow.apply(row, name, by=by, **data)
    assert stored() == before
    traces = [f"{row._meta.label_lower}.turned_away"] * (refusal.value.code in workflow.PERSONAL)
    assert [event.action for event in AuditEvent.objects.order_by("pk")[last:]] == traces
    assert re.search(r"[\u4e00-\u9fff]", str(refusal.value))
    return refusal.value.code


# The table.


def reached(procedure, state):
    """The states to which a row can come from `state`."""
    found, new = {state}, [state]
    while new:
        targets = {step.target for at in new for step in procedure.leaving(at)} - found
        found, new = found | targets, list(targets)
    return found


@procedures
def test_every_state_is_reached_and_comes_to_an_end(procedure):
    assert reached(procedure, procedure.initial) == set(procedure.states)
    ends = {state for state in procedure.states if not any(procedure.leaving(state))}
    for state in procedure.states:
        assert reached(procedure, state) & (ends | procedure.rests), f"{state} never ends"


@procedures
def test_it_speaks_chinese(procedure):
    texts = [procedure.label, *procedure.states.values(), *procedure.duties.values()]
    texts += [step.label for step in procedure.transitions.values()]
    texts += [step.says for step in procedure.transitions.values() if step.says]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert not re.search(r"[A-Za-z]{2,}|[,.;:?!]", text), text


@procedures
def test_every_duty_has_a_name(procedure):
    duties = {step.duty for step in procedure.transitions.values()} | {procedure.begins}
    assert set(procedure.duties) == duties - {""}


@each(OF_PERSONS)
def test_somebody_holds_the_right_and_sees_the_row(procedure, step):
    assert step.permission.partition(".")[0] == procedure.model._meta.app_label
    assert holders(step.permission), f"no role has {step.permission}"
    for role in holders(step.permission):
        assert view_permission(procedure.model) in role.permissions, role.code


# The steps.


@each(STEPS)
def test_a_step_leaves_one_decision_and_one_trace(procedure, step, world, taker):
    for state in step.sources:
        row = build(procedure.model, world.own, state, step=step)
        decided = Decision.objects.on(row).count()
        if step.permission:
            by = taker(step)
            taken = workflow.apply(row, step.name, by=by, **cleaned(row, step, by))
        else:
            by, taken = None, workflow.advance(row, step.name)
        assert taken.state == step.target
        assert type(row)._default_manager.get(pk=row.pk).state == step.target
        assert Decision.objects.on(row).count() == decided + 1
        made = workflow.decisions(row).last()
        assert (made.transition, made.source, made.target) == (step.name, state, step.target)
        assert made.by == by
        assert bool(made.person) == bool(step.duty and by)
        name = f"{row._meta.label_lower}.{step.name}"
        events = AuditEvent.objects.filter(action=name, object_id=str(row.pk))
        assert [event.actor_id for event in events] == [by and by.pk]
        if step.days:
            assert taken.due_on > timezone.localdate()
        assert workflow.told(taken)[-1].what == step.label


@each(OF_PERSONS)
def test_a_step_is_refused_from_every_other_state(procedure, step, world, taker):
    by = taker(step)
    for state in set(procedure.states) - set(step.sources):
        row = build(procedure.model, world.own, state)
        assert refused(row, step.name, by, comment=WORDS) == "wrong_state"


@each(OF_PERSONS)
def test_a_step_is_refused_to_strangers(procedure, step, world, taker, onlooker):
    row = build(procedure.model, world.own, step.sources[0], step=step)
    refused(row, step.name, onlooker(procedure), NotPermitted, comment=WORDS)
    refused(row, step.name, taker(step, world.foreign), OutOfScope, comment=WORDS)
    refused(row, step.name, world.user(), OutOfScope, comment=WORDS)


@each([pair for pair in STEPS if not pair[1].permission])
def test_a_step_of_the_system_is_nobodys(procedure, step, world, onlooker):
    row = build(procedure.model, world.own, step.sources[0], step=step)
    assert refused(row, step.name, onlooker(procedure)) == "automatic"
    for state in set(procedure.states) - set(step.sources):
        with pytest.raises(Refused):
            workflow.advance(build(procedure.model, world.own, state), step.name)


@each(OF_DUTIES)
def test_a_duty_is_refused_to_whom_it_concerns(procedure, step, world, taker, monkeypatch):
    row, by = build(procedure.model, world.own, step.sources[0], step=step), taker(step)
    told = procedure.model.concerned

    def concerned(*more):
        monkeypatch.setattr(procedure.model, "concerned", lambda row: [*told(row), *more])

    concerned(by.certificate_index)
    assert refused(row, step.name, by, comment=WORDS) == "concerned"
    DeclaredKin.objects.create(user=by, name="王桂兰", relation="母亲", certificate_number=KIN)
    concerned(workflow.identity(KIN))
    assert refused(row, step.name, by, comment=WORDS) == "kin"
    nameless = taker(step)
    nameless.certificate_number = nameless.certificate_index = None
    assert refused(row, step.name, nameless, comment=WORDS) == "identity_missing"


@each([pair for pair in OF_DUTIES if not pair[1].begins_round])
def test_a_duty_is_refused_to_the_person_of_another(procedure, step, world, taker):
    row, by = build(procedure.model, world.own, step.sources[0], step=step), taker(step)
    Decision.objects.create(
        organisation=row.organisation,
        object_type=row._meta.label,
        object_id=row.pk,
        transition="join",
        label="另一岗位",
        duty="another",
        round=row.round,
        person=by.certificate_index,
    )
    assert refused(row, step.name, by, comment=WORDS) == "four_eyes"


@each([pair for pair in OF_PERSONS if pair[1].needs_comment])
def test_words_are_asked_for(procedure, step, world, taker):
    row, by = build(procedure.model, world.own, step.sources[0], step=step), taker(step)
    assert refused(row, step.name, by, comment=" ") == "comment_required"


@each([pair for pair in OF_PERSONS if pair[1].trusts])
def test_what_changed_since_is_not_trusted(procedure, step, world, taker, monkeypatch):
    row, by = build(procedure.model, world.own, step.sources[0], step=step), taker(step)
    told = procedure.model.bound
    assert told(row), "a decision is trusted that binds nothing"
    data = cleaned(row, step, by)
    monkeypatch.setattr(procedure.model, "bound", lambda row: f"{told(row)} changed")
    assert refused(row, step.name, by, **data) == "changed_since"


# Who is told of it.


@each([pair for pair in OF_PERSONS if pair[1].is_awaited])
def test_a_row_waits_for_whoever_may_take_the_step(procedure, step, world, taker):
    row = build(procedure.model, world.own, step.sources[0], step=step)
    other = build(procedure.model, world.foreign, step.sources[0])
    by = taker(step, world.district)
    waiting = workflow.awaiting(procedure.model, by)
    assert row in waiting
    assert other not in waiting
    entry = next(entry for entry in inbox.waiting_for(by) if procedure.label in entry.what)
    assert (entry.whose, entry.until) == (str(row), row.due_on)
    assert entry.url


@procedures
def test_many_rows_that_wait_cost_as_much_as_one(procedure, world, taker, queries):
    step = next(step for step in procedure.transitions.values() if step.permission)
    by = taker(step)
    build(procedure.model, world.own, step.sources[0], step=step)
    assert by.grants  # read once a request
    one = queries(lambda: list(inbox.steps(by)))
    build(procedure.model, world.sibling, step.sources[0])
    assert queries(lambda: list(inbox.steps(by))) == one


# The document.


def test_the_document_is_what_the_tables_say(monkeypatch, tmp_path):
    """`manage.py workflows` mends it."""
    shipped = {
        model: procedure
        for model, procedure in workflow.registry.items()
        if not model.__module__.startswith("tests.")
    }
    monkeypatch.setattr(workflow, "registry", shipped)
    call_command("workflows", out=tmp_path / "workflows.md")
    written = (tmp_path / "workflows.md").read_text("utf-8")
    assert written == (settings.BASE_DIR / "docs/workflows.md").read_text("utf-8")


def test_a_diagram_has_every_state_and_step():
    told = document(PROCEDURES)
    for procedure, step in STEPS:
        for source in step.sources:
            assert f"{source} --> {step.target}: {step.label}" in told
        assert all(f"    {state}: {label}" in told for state, label in procedure.states.items())
