"""The books: entries balance and are never touched, whoever asks the database."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funds.models import Account, JournalEntry, Posting
from funds.services import books
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


@pytest.fixture
def owed(office):
    return office.owe(1)[0]


def write(payable, *amounts, key=10**6):
    accounts = list(Account.objects.all())
    for place, amount in enumerate(amounts):
        Posting.objects.create(entry_id=key, account=accounts[place], amount=amount)
    entry = JournalEntry(organisation=payable.organisation, on="2026-11-01", kind="committed")
    entry.pk, entry.payable = key, payable
    entry.save(force_insert=True)
    return entry


@pytest.mark.parametrize(
    "amounts",
    [(), ("1.00",), ("1.00", "-0.99"), ("0.10", "0.20", "-0.31"), ("0.01", "0.01")],
)
def test_an_entry_that_does_not_balance_is_refused_by_the_database(owed, amounts):
    with pytest.raises(DatabaseError), transaction.atomic():
        write(owed, *map(Decimal, amounts))


def test_fractions_that_no_machine_holds_balance(owed):
    write(owed, Decimal("0.10"), Decimal("0.20"), Decimal("-0.30"))


def test_nothing_joins_an_entry_that_stands(owed):
    entry = write(owed, Decimal(1), Decimal(-1))
    with pytest.raises(DatabaseError), transaction.atomic():
        Posting.objects.create(entry=entry, account=Account.objects.first(), amount="0.01")


@pytest.mark.parametrize("model", [JournalEntry, Posting])
def test_the_books_are_append_only(owed, model):
    write(owed, Decimal(1), Decimal(-1))
    table = model._meta.db_table
    for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_posting_without_its_entry_does_not_stay(owed):
    with transaction.atomic():
        Posting.objects.create(entry_id=10**6, account=Account.objects.first(), amount=1)
        with pytest.raises(DatabaseError):
            connection.check_constraints()
        transaction.set_rollback(True)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_an_entry_that_was_added_up_is_added_up_again_after_another_posting(owed):
    """It is remembered as balanced only until the next posting comes."""
    account = Account.objects.first()
    with transaction.atomic():
        with connection.cursor() as cursor:
            for amount in (1, -1):
                Posting.objects.create(entry_id=10**6, account=account, amount=amount)
            cursor.execute("SET CONSTRAINTS funds_posting_balanced IMMEDIATE")
            with pytest.raises(DatabaseError, match="does not balance"), transaction.atomic():
                Posting.objects.create(entry_id=10**6, account=account, amount=1)
        transaction.set_rollback(True)


def test_an_account_keeps_the_role_that_it_was_posted_under(owed):
    books.commit([owed], by=None)
    account = Account.objects.get(role="owed")
    account.role = ""
    with pytest.raises(ValidationError, match="已有分录"):
        account.full_clean()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["commit", "send", "confirm", "back"]), max_size=12))
def test_whatever_is_posted_and_reversed_the_books_balance(office, steps):
    """A payable owed, sent, confirmed and taken back in any order: sums stay, balances are kept."""
    with transaction.atomic():
        payable = office.owe(1)[0]
        office.batch([payable])
        payment = money.payment(payable)
        done: set[str] = set()
        for step in steps:
            if step == "back":
                books.reverse(books.commitments([payable]), by=None)
                books.reverse(books.moves([payment]), by=None)
            elif step == "commit":
                books.commit([payable], by=None)
            elif step not in done:
                books.move([payment], "sent" if step == "send" else "confirmed", by=None)
                done.add(step)
            rows = Posting.objects.filter(entry__payable=payable)
            assert sum(rows.values_list("amount", flat=True), Decimal(0)) == 0
            standing = JournalEntry.objects.filter(payable=payable, reversal=None)
            standing = standing.exclude(kind="reversal").filter(kind="committed")
            grant = rows.filter(account__role="grant").values_list("amount", flat=True)
            assert sum(grant, Decimal(0)) == payable.amount * standing.count()
        transaction.set_rollback(True)
