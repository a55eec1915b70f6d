"""Many at once: one payment of what is owed once, and no more than a pool has.

On SQLite, which has one writer at a time, the same must hold.
"""

import datetime
from decimal import Decimal

import pytest
from django.db import connection

from core import workflow
from core.models import Decision
from core.workflow import steps
from funds.models import JournalEntry, Payable, Payment, Pool, Return
from funds.services import batches, pools, returns
from tests.crowd import at_once
from tests.factories import funds as money
from tests.factories.core import World
from tests.factories.returns import account_of, book, due


@pytest.fixture
def office(own_database):
    return money.Office(World())


@pytest.fixture
def rounds(hostile):
    """How often, and how many at once."""
    return (20, 200) if hostile else (1, 50)


def commitments(owed):
    return JournalEntry.objects.filter(payable=owed, kind="committed").count()


def approve_by_all(office, count):
    """One payable in one batch, approved by that many at once."""
    (owed,) = office.owe(1)
    batch = office.take(office.batch([owed]), "submit", "check")
    found = at_once(count, lambda n: workflow.apply(batch, "approve", by=office.approver))
    return owed, batch, found


def test_however_many_approve_it_is_approved_once(office, rounds):
    times, count = rounds
    for _ in range(times):
        owed, batch, found = approve_by_all(office, count)
        assert found == {"done": 1, "wrong_state": count - 1}
        assert commitments(owed) == 1
        assert Decision.objects.on(batch).filter(transition="approve").count() == 1


def unlocked(monkeypatch):
    """The mechanism without its lock: the row is read, and nobody is kept from it."""
    monkeypatch.setattr(
        steps, "_locked", lambda record: type(record)._default_manager.get(pk=record.pk)
    )


def test_without_the_lock_it_would_be_approved_more_than_once(office, monkeypatch):
    """The proof that the test above can fail."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time by itself")
    unlocked(monkeypatch)
    worst = max(commitments(approve_by_all(office, 50)[0]) for _ in range(3))
    assert worst > 1


def pay_by_all(office, count):
    """One payable, put into a batch of his own by each of many."""
    (owed,) = office.owe(1)
    drafts = [
        batches.make(organisation=office.at, title="批次", layout=office.layout, by=office.maker)
        for _ in range(count)
    ]
    chosen = Payable.objects.filter(pk=owed.pk)
    return owed, at_once(count, lambda n: batches.add(drafts[n], chosen, by=office.maker))


def test_however_many_batches_reach_for_it_it_is_paid_in_one(office, rounds):
    times, count = rounds
    for _ in range(times):
        owed, found = pay_by_all(office, count)
        assert found["done"] == 1
        assert Payment.objects.live().filter(payable=owed).count() == 1


def test_however_many_claim_it_is_owed_once(office, rounds):
    _, count = rounds
    source = office.world.user("chair", office.world.own)
    found = at_once(count, lambda n: office.claim(source))
    assert found["done"] == 1
    assert found["done"] + found["already_payable"] == count
    office.pool.refresh_from_db()
    assert office.pool.claimed == Decimal("924.00")


def test_a_pool_of_sixty_gives_sixty_times_one(office):
    small = money.pool(office.at, "60.00")
    found = at_once(100, lambda n: office.owe(1, pool=small, amount=Decimal(1)))
    assert found == {"done": 60, "pool_exhausted": 40}
    small.refresh_from_db()
    assert (small.claimed, small.balance) == (Decimal(60), 0)


def test_without_the_lock_a_pool_would_promise_more_than_it_counts(office, monkeypatch):
    """The proof that the test above can fail: what is promised and what is counted part."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time by itself")
    monkeypatch.setattr(pools, "locked", lambda pks: Pool.objects.in_bulk(list(pks)))
    small = money.pool(office.at, "60.00")
    found = at_once(100, lambda n: office.owe(1, pool=small, amount=Decimal(1)))
    small.refresh_from_db()
    assert found["done"] > 60 or small.claimed < found["done"]


def test_however_many_return_the_same_dues_they_are_returned_once(office, rounds):
    _, count = rounds
    union = office.world.own
    account_of(union)
    book(office.at, due(union, "70.00"), due(union, "30.00"))
    found = at_once(
        count, lambda n: returns.claim(office.at, until=datetime.date(2026, 3, 31), by=office.maker)
    )
    assert found == {"done": 1, "nothing_due": count - 1}
    assert Return.objects.get().dues.count() == 2
    assert Payable.objects.get().amount == 100
