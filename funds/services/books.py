"""Writing the books: entries of two postings each, and their reversal. Nothing is ever edited.

What is owed is posted when its batch is approved (支出 / 应付), goes into transit when the file is
handed to the bank (应付 / 在途), and leaves the bank's account when the bank confirms it
(在途 / 银行存款). A payment that bounces takes its own entries back. What is returned to a union is
in the books as owed to it before (应付下级经费): it goes the same way on accounts of its own, under
the name of the union.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import bulk
from core.errors import Refused
from core.models import User
from funds.models import Account, Distribution, JournalEntry, Payable, Payment, Posting

Kind, Role = JournalEntry.Kind, Account.Role
# By kind of entry: the role debited and the role credited; None is that of the payable's kind.
SCHEME: dict[str, tuple[str | None, str]] = {
    Kind.COMMITTED: (None, Role.OWED),
    Kind.SENT: (Role.OWED, Role.TRANSIT),
    Kind.CONFIRMED: (Role.TRANSIT, Role.BANK),
}
RETURNS: dict[str, tuple[str, str]] = {
    Kind.COMMITTED: (Role.RETURN, Role.RETURN_OWED),
    Kind.SENT: (Role.RETURN_OWED, Role.RETURN_TRANSIT),
    Kind.CONFIRMED: (Role.RETURN_TRANSIT, Role.BANK),
}
OWED_BELOW = (Role.RETURN, Role.RETURN_OWED, Role.RETURN_TRANSIT)  # 应付下级经费, by payee


def commit(payables: Iterable[Payable], *, by: User | None) -> None:
    """Post what is owed from now on."""
    today = timezone.localdate()
    entries = [
        JournalEntry(
            organisation_id=payable.organisation_id,
            on=today,
            kind=Kind.COMMITTED,
            payable=payable,
            by=by,
        )
        for payable in payables
    ]
    _post(entries)


def move(payments: Iterable[Payment], kind: str, *, by: User | None) -> None:
    """Post that payments were sent (on today), or confirmed (on the bank's day)."""
    today = timezone.localdate()
    entries = [
        JournalEntry(
            organisation_id=payment.organisation_id,
            on=payment.result_on or today,
            kind=kind,
            payable=payment.payable,
            payment=payment,
            by=by,
        )
        for payment in payments
    ]
    _post(entries)


def enter(
    distribution: Distribution,
    amounts: Mapping[tuple[str, int | None], Decimal],
    *,
    by: User | None,
) -> None:
    """Post a distribution: amounts by role of the account and key of the payee, which add up to
    nothing. Where nothing is left of them, nothing is posted."""
    accounts = _accounts({role for role, _ in amounts})
    parts = [(accounts[role], amount, payee) for (role, payee), amount in amounts.items() if amount]
    if not parts:
        return
    entry = JournalEntry(
        organisation_id=distribution.organisation_id,
        on=distribution.on,
        kind=Kind.DISTRIBUTED,
        distribution=distribution,
        by=by,
    )
    _write([entry], [parts])


def commitments(payables: Iterable[Payable]) -> QuerySet[JournalEntry]:
    """The entries by which these are owed and that still stand."""
    return JournalEntry.objects.filter(
        payable__in=[payable.pk for payable in payables],
        kind=Kind.COMMITTED,
        reversal__isnull=True,
    )


def moves(payments: Iterable[Payment]) -> QuerySet[JournalEntry]:
    """The entries of these payments that still stand."""
    return JournalEntry.objects.filter(
        payment__in=[payment.pk for payment in payments],
        kind__in=[Kind.SENT, Kind.CONFIRMED],
        reversal__isnull=True,
    )


def reverse(
    entries: QuerySet[JournalEntry], *, by: User | None, on: datetime.date | None = None
) -> None:
    """Take entries back by their opposites."""
    today = timezone.localdate()
    opposites, amounts = [], []
    for entry in entries.prefetch_related("postings"):
        opposites.append(
            JournalEntry(
                organisation_id=entry.organisation_id,
                on=on or today,
                kind=Kind.REVERSAL,
                payable_id=entry.payable_id,
                payment_id=entry.payment_id,
                reverses=entry,
                by=by,
            )
        )
        amounts.append(
            [(each.account_id, -each.amount, each.payee_id) for each in entry.postings.all()]
        )
    _write(opposites, amounts)


def _accounts(roles: Iterable[str]) -> dict[str, int]:
    """The accounts of these roles."""
    found = dict(Account.objects.filter(role__in=roles).values_list("role", "pk"))
    if missing := [Role(role).label for role in roles if role not in found]:
        raise Refused(
            f"会计科目中没有指定“{missing[0]}”的科目，请先在会计科目中指定。",
            code="account_missing",
        )
    return found


def _post(entries: Sequence[JournalEntry]) -> None:
    posted = [(entry, *_roles(entry)) for entry in entries]
    accounts = _accounts({role for _, *roles in posted for role in roles})
    amounts = []
    for entry, debit, credit in posted:
        amount = entry.payment.amount if entry.payment_id else entry.payable.amount
        payee = entry.payable.organisation_id  # a union is paid what is owed to it, not for others
        amounts.append(
            [
                (accounts[role], signed, payee if role in OWED_BELOW else None)
                for role, signed in ((debit, amount), (credit, -amount))
            ]
        )
    _write(entries, amounts)


def _roles(entry: JournalEntry) -> tuple[str, str]:
    """The roles of the accounts debited and credited."""
    payable = entry.payable
    if payable.is_return:
        return RETURNS[entry.kind]
    debit, credit = SCHEME[entry.kind]
    return debit or payable.kind, credit


@transaction.atomic
def _write(
    entries: Sequence[JournalEntry], amounts: Sequence[Sequence[tuple[int, Decimal, int | None]]]
) -> None:
    """Postings before their entry: the database adds them up when the entry comes, and takes none
    for an entry that stands."""
    if not entries:
        return
    keys = list(bulk.keys(JournalEntry, len(entries)))
    bulk.create(
        [
            bulk.draft(
                Posting,
                {"entry_id": key, "account_id": account, "amount": amount, "payee_id": payee},
            )
            for key, parts in zip(keys, amounts, strict=True)
            for account, amount, payee in parts
        ]
    )
    bulk.create(entries, keys=keys)
