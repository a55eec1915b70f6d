"""凭证簿 and 科目余额表: the books of an organisation as its accountant takes them over.

The book of an organisation has the entries of its subtree, as the tree stands. Vouchers are
numbered from one in each month (记-1, 记-2 …) in the order in which they were booked; as entries
are only appended, what has a number keeps it.
"""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from core.models import Organisation, User
from core.periods import Period
from funds.models import JournalEntry, Posting

VOUCHERS = 1000  # read together, with their postings
NOTHING = Decimal("0.00")


class Line(NamedTuple):
    """One line of a voucher: its amount stands on one of two sides."""

    on: datetime.date
    number: str
    organisation: str
    summary: str
    account: str
    name: str
    payee: str
    debit: Decimal | None
    credit: Decimal | None
    attachments: int
    made_by: str


class Balance(NamedTuple):
    """One account in a period. A balance is debit above zero, credit below."""

    account: str
    name: str
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


def vouchers(organisation: Organisation, period: Period, *, reader: User) -> QuerySet:
    """The entries of whole months, in the order of their numbers."""
    rows = JournalEntry.objects.visible_to(reader).within(organisation)
    rows = rows.filter(on__gte=period.start, on__lte=period.end)
    return rows.order_by(TruncMonth("on"), "pk")


def lines(organisation: Organisation, period: Period, *, reader: User) -> Iterator[Line]:
    """The voucher book, line by line; a thousand vouchers are read at a time."""
    rows = vouchers(organisation, period, reader=reader)
    rows = rows.select_related(
        "organisation", "by", "payable", "distribution", "payment__bank_result"
    ).prefetch_related("postings__account", "postings__payee")
    month, numbers = None, count(1)
    for entry in rows.iterator(chunk_size=VOUCHERS):
        if (entry.on.year, entry.on.month) != month:
            month, numbers = (entry.on.year, entry.on.month), count(1)
        told = (entry.on, f"记-{next(numbers)}", str(entry.organisation), summary(entry))
        foot = (attachments(entry), str(entry.by) if entry.by else "系统")
        for posting in entry.postings.all():
            amount, account = posting.amount, posting.account
            yield Line(
                *told,
                account.code,
                account.name,
                str(posting.payee) if posting.payee else "",
                amount if amount > 0 else None,
                -amount if amount < 0 else None,
                *foot,
            )


def summary(entry: JournalEntry) -> str:
    """摘要: what happened, for what, and whom (a person masked)."""
    kind = entry.get_kind_display()
    if entry.distribution:
        return f"{kind}：{entry.distribution.get_kind_display()}，{entry.distribution.reason}"
    return f"{kind}：{entry.payable.reason}，{entry.payable.payee}"


def attachments(entry: JournalEntry) -> int:
    """附件数: the papers that stand behind the entry here, the bank's receipt or a hand-over."""
    if entry.distribution:
        return int(entry.distribution.batch_id is not None)
    try:
        return int(entry.payment is not None and entry.payment.bank_result is not None)
    except ObjectDoesNotExist:
        return 0


def trial_balance(organisation: Organisation, period: Period, *, reader: User) -> list[Balance]:
    """科目余额表: opening, what moved and closing of every account. One query."""
    rows = Posting.objects.visible_to(reader, "funds.view_journalentry").within(organisation)
    rows = rows.filter(entry__on__lte=period.end)
    moved = Q(entry__on__gte=period.start)
    found = (
        rows.order_by("account__code")
        .values_list("account__code", "account__name")
        .annotate(
            opening=Sum("amount", filter=~moved, default=NOTHING),
            debit=Sum("amount", filter=moved & Q(amount__gt=0), default=NOTHING),
            credit=Sum("amount", filter=moved & Q(amount__lt=0), default=NOTHING),
        )
    )
    return [
        Balance(code, name, opening, debit, -credit, opening + debit + credit)
        for code, name, opening, debit, credit in found
    ]


def totals(balances: list[Balance]) -> Balance:
    """The last line of a trial balance: both sides are the same, and balances add up to nothing."""
    opening, debit, credit, closing = (
        sum((each[place] for each in balances), NOTHING) for place in range(2, 6)
    )
    return Balance("", "合计", opening, debit, credit, closing)
