"""A process that is killed anywhere between approving a grant and booking the bank's word.

A child takes the next steps and is killed (SIGKILL) at a named point; whoever comes after does
what is left to do. There is one payable, one payment, and books that balance.
"""

import os
import signal
import traceback
from functools import partial
from importlib import import_module

import pytest
from django.db import connection

from core import workflow
from core.errors import Refused
from core.models import AuditEvent, Decision
from funds import reconciliation
from funds.models import BankResult, JournalEntry, Payable, Payment, PaymentBatch
from funds.services import batches
from hardship.models import Grant
from hardship.services import aid
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.core import World

# Where, and whether before or after the call; what is called more than once says which time.
POINTS = [
    ("hardship.services.aid:_lock", "after", 1),  # households held
    ("funds.services.payables:claim_many", "before", 1),
    ("funds.services.pools:claim", "after", 1),  # promised, nothing owed
    ("funds.services.payables:claim_many", "after", 1),  # owed, not approved
    ("hardship.services.aid:_set", "after", 1),  # all written, not committed
    ("hardship.services.aid:approve", "after", 1),  # committed
    ("core.workflow:begin", "after", 1),  # an empty batch
    ("funds.services.batches:make", "after", 1),
    ("core.bulk:create", "after", 2),  # lines of the batch
    ("funds.services.batches:_trace", "after", 1),
    ("funds.services.batches:add", "after", 1),
    ("core.workflow.steps:unsaved", "after", 2),  # of the maker, not committed
    ("core.workflow.steps:unsaved", "after", 3),  # of the checker
    ("funds.services.books:_write", "before", 1),
    ("funds.services.books:commit", "after", 1),  # approved, not committed
    ("core.services.files:store", "after", 1),  # the file is there, its row is not
    ("funds.services.bank_file:make", "after", 1),
    ("funds.services.books:move", "before", 1),
    ("funds.services.books:move", "after", 1),  # in transit, not committed
    ("funds.services.results:record_many", "before", 1),
    ("funds.services.results:record_many", "after", 1),
    ("funds.services.results:_set", "before", 1),
    ("funds.sources:paid", "before", 1),
    ("hardship.services.aid:confirm", "after", 1),  # the grant is paid, the books say nothing
    ("funds.services.books:move", "after", 2),  # booked, not committed
    ("core.workflow:apply", "after", 6),  # booked
]


@pytest.fixture
def city(own_database):
    world = World()
    households.rulebook(world.city)
    world.staff = households.Staff(world)
    world.office = money.Office(world, source="municipal")
    return world


def onward(office, staff, pk):
    """What is left to do of one grant, each step by who has to take it: until it is paid.

    Every step stands on what is stored; whoever comes after a crash does the same.
    """
    grant = Grant.objects.get(pk=pk)
    if grant.approved_on is None:
        aid.approve(Grant.objects.filter(pk=pk), pool=office.pool, by=staff.approver)
    owed = Payable.objects.of(grant).live()
    if owed.waiting().exists():
        empty = PaymentBatch.objects.filter(state=PaymentBatch.State.DRAFT).first()
        batch = empty or batches.make(
            organisation=office.at, title="批次", layout=office.layout, by=office.maker
        )
        batches.add(batch, owed, by=office.maker)
    batch = PaymentBatch.objects.get(payments__payable=owed.get())
    for step in money.PATH:
        if batch.state in workflow.registry[PaymentBatch].transitions[step].sources:
            batch = office.take(batch, step)
    if batch.state == PaymentBatch.State.SENT:
        if not BankResult.objects.exists():
            office.answer(batch)
        office.settle(batch)


def killing(monkeypatch, point, when, times):
    """From now on this process dies there."""
    module, _, name = point.partition(":")
    owner = import_module(module)
    act, left = getattr(owner, name), [times]

    def die():
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def deadly(*args, **kwargs):
        if when == "before":
            die()
        done = act(*args, **kwargs)
        if when == "after":
            die()
        return done

    for holder in (owner, *(import_module(each) for each in HOLDERS)):
        for held, value in list(vars(holder).items()):
            if value is act:
                monkeypatch.setattr(holder, held, deadly)
    for procedure in workflow.registry.values():
        for step in procedure.transitions.values():
            if step.effect is act:
                object.__setattr__(step, "effect", deadly)


# Where functions stand under their own names.
HOLDERS = ["tests.factories.funds", "hardship.services.payouts"]


def killed(monkeypatch, point, act):
    """A child process does it and is killed there; nothing of it is left but what it committed."""
    connection.close()  # the child opens its own
    child = os.fork()
    if not child:
        try:
            killing(monkeypatch, *point)
            act()
        except BaseException:  # noqa: BLE001 - told, for the child has nobody to tell it to
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{point} was not reached"
    assert os.WTERMSIG(status) == signal.SIGKILL


def assert_paid_once(city, grant):
    grant.refresh_from_db()
    assert grant.paid_on
    (owed,) = Payable.objects.of(grant)
    assert owed.state == Payable.State.PAID
    (payment,) = Payment.objects.filter(payable=owed).exclude(result="dropped")
    assert payment.result == Payment.Result.DONE
    kinds = owed.entries.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["committed", "sent", "confirmed"]
    assert JournalEntry.objects.count() == 3
    assert Decision.objects.on(payment.batch).filter(transition="settle").count() == 1
    told = AuditEvent.objects.filter(object_type="hardship.Grant", object_id=grant.pk)
    assert [each.action for each in told.filter(action__endswith=".confirm")] == [
        "hardship.grant.confirm"
    ]
    city.office.pool.refresh_from_db()
    assert city.office.pool.claimed == grant.amount
    assert reconciliation.differences(city.city) == []
    sums = reconciliation.sums(city.city)
    assert sums.is_even
    assert sums.paid == grant.amount


@pytest.mark.parametrize("point", POINTS, ids=[f"{when} {name} {n}" for name, when, n in POINTS])
def test_killed_anywhere_a_grant_is_paid_once(hostile, city, monkeypatch, point):
    if not hostile and POINTS.index(point) % 4:
        pytest.skip("part of --hostile")
    case = households.register(
        city.own, account_holder="王建国", bank="江城银行", account=money.account_number()
    )
    grant = households.grant(case, by=city.staff.clerk)
    act = partial(onward, city.office, city.staff, grant.pk)
    killed(monkeypatch, point, act)
    act()
    assert_paid_once(city, grant)
    with pytest.raises(Refused):
        aid.approve(
            Grant.objects.filter(pk=grant.pk), pool=city.office.pool, by=city.staff.approver
        )
