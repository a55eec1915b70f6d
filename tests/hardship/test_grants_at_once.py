"""Many at once approve what was laid down: owed once, paid once, and never beyond the pool."""

from decimal import Decimal

import pytest
from django.db import connection

from funds import reconciliation
from funds.models import Payable, Payment
from hardship.models import Grant
from hardship.services import aid
from tests.crowd import at_once
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.core import World


@pytest.fixture
def city(own_database):
    world = World()
    households.rulebook(world.city)
    world.staff = households.Staff(world)
    world.office = money.Office(world, source="municipal")
    return world


@pytest.fixture
def rounds(hostile):
    """How often, and how many at once."""
    return (20, 200) if hostile else (1, 50)


def laid_down(city, amount="1000.00"):
    case = households.register(
        city.own, account_holder="王建国", bank="江城银行", account=money.account_number()
    )
    return households.grant(case, by=city.staff.clerk, amount=amount)


def approve_by_all(city, grant, count, pool=None):
    """One grant, approved by that many at once."""
    chosen, pool = Grant.objects.filter(pk=grant.pk), pool or city.office.pool
    return at_once(count, lambda n: aid.approve(chosen, pool=pool, by=city.staff.approver))


def owed_for(grant):
    return Payable.objects.of(grant).live().count()


def is_even(city):
    sums = reconciliation.sums(city.city)
    return reconciliation.differences(city.city) == [] and sums.is_even


def pay_by_all(city, grant, count):
    """The grant is approved by all at once, then its batch, then all book the bank's word."""
    office, once = city.office, {"done": 1, "wrong_state": count - 1}
    assert approve_by_all(city, grant, count) == {"done": 1, "already_approved": count - 1}
    (owed,) = Payable.objects.of(grant)
    batch = office.take(office.batch([owed]), "submit", "check")
    assert at_once(count, lambda n: office.take(batch, "approve")) == once
    office.answer(office.take(batch, "make_file", "send"))
    assert at_once(count, lambda n: office.settle(batch)) == once
    return owed


def test_however_many_approve_a_grant_it_is_paid_once(city, rounds):
    times, count = rounds
    for _ in range(times):
        grant = laid_down(city)
        owed = pay_by_all(city, grant, count)
        assert Payment.objects.filter(payable=owed, result=Payment.Result.DONE).count() == 1
        assert Grant.objects.get(pk=grant.pk).paid_on
    assert is_even(city)


def unlocked(monkeypatch):
    """The mechanism without its lock: rows are read, and nobody is kept from them."""
    monkeypatch.setattr(aid, "_lock", lambda rows: list(rows.order_by("pk")))


def without_constraint():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX payable_once")


def test_the_constraint_holds_what_the_lock_lets_through(city, monkeypatch, rounds):
    _, count = rounds
    unlocked(monkeypatch)
    grant = laid_down(city)
    found = approve_by_all(city, grant, count)
    assert (found["done"], owed_for(grant)) == (1, 1)
    assert found["done"] + found["already_approved"] + found["already_payable"] == count


def test_the_lock_holds_by_itself(city, rounds):
    _, count = rounds
    without_constraint()
    grant = laid_down(city)
    assert approve_by_all(city, grant, count) == {"done": 1, "already_approved": count - 1}
    assert owed_for(grant) == 1


def test_without_lock_and_constraint_it_would_be_owed_more_than_once(city, monkeypatch):
    """The proof that the tests above can fail."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time by itself")
    unlocked(monkeypatch)
    without_constraint()
    grants = [laid_down(city) for _ in range(3)]
    for grant in grants:
        approve_by_all(city, grant, 50)
    assert max(map(owed_for, grants)) > 1


def test_a_pool_of_sixty_gives_sixty_grants_of_one(city):
    small = money.pool(city.city, "60.00", source="municipal")
    grants = [laid_down(city, amount="1.00") for _ in range(100)]
    keys = [Grant.objects.filter(pk=grant.pk) for grant in grants]
    found = at_once(100, lambda n: aid.approve(keys[n], pool=small, by=city.staff.approver))
    assert found == {"done": 60, "pool_exhausted": 40}
    small.refresh_from_db()
    assert (small.claimed, small.balance) == (Decimal(60), 0)
    assert Grant.objects.in_state("waiting").count() == 60
    assert is_even(city)
