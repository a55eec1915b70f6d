"""Whether the registers, the batches, the pools and the books say the same, to the cent.

Applied = approved + refused + open, and approved = paid + failed + waiting, each side from rows of
its own: what is owed from the payables, what was paid from the payments, both again from the
postings. A difference is named with the row in which it lies.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils import timezone

from core.errors import Refused
from core.models import Organisation
from funds import positions
from funds.models import (
    Account,
    BankResult,
    JournalEntry,
    Payable,
    Payment,
    PaymentBatch,
    Pool,
    Posting,
    Return,
)
from funds.rules.payments import CENT
from funds.services import bank_file, books

ZERO = Decimal("0.00")
Role, State, Result = Account.Role, Payable.State, Payment.Result
WITH_THE_BANK = [PaymentBatch.State.SENT, PaymentBatch.State.RESENDING]
WITH_A_FILE = [PaymentBatch.State.FILED, *WITH_THE_BANK, PaymentBatch.State.SETTLED]


@dataclass(frozen=True)
class Difference:
    """Two amounts (元) that should be one, and the row where they part."""

    row: str  # app.Model and key
    label: str  # the row as people know it, persons masked
    what: str
    expected: Decimal
    found: Decimal

    def __str__(self) -> str:
        return (
            f"{self.label}：{self.what}，应为 {self.expected:,} 元，实为 {self.found:,} 元，"
            f"相差 {self.found - self.expected:,} 元"
        )


@dataclass(frozen=True)
class Sums:
    """What was asked for and what became of it, in yuan."""

    applied: Decimal = ZERO
    refused: Decimal = ZERO
    open: Decimal = ZERO
    approved: Decimal = ZERO
    paid: Decimal = ZERO
    failed: Decimal = ZERO
    waiting: Decimal = ZERO

    @property
    def is_even(self) -> bool:
        return (
            self.applied == self.approved + self.refused + self.open
            and self.approved == self.paid + self.failed + self.waiting
        )


def _sum(rows: Q) -> Sum:
    return Sum("amount", filter=rows, default=ZERO)


def sums(organisation: Organisation) -> Sums:
    """The amounts of a subtree. Approved is what the books say, paid what the payments say."""
    owed = Payable.objects.within(organisation).order_by()
    found = owed.aggregate(
        applied=Sum("amount", default=ZERO),
        refused=_sum(Q(state=State.CANCELLED)),
        open=_sum(~Q(state=State.CANCELLED) & Q(approved_on__isnull=True)),
        failed=_sum(Q(state=State.BOUNCED)),
        waiting=_sum(Q(state__in=[State.WAITING, State.BATCHED], approved_on__isnull=False)),
    )
    posted = Posting.objects.within(organisation).filter(
        Q(entry__payable__pool__isnull=False, account__role__in=Payable.Kind.values)
        | Q(entry__payable__pool__isnull=True, account__role=Role.RETURN),
        entry__payable__isnull=False,
    )
    found |= posted.order_by().aggregate(approved=Sum("amount", default=ZERO))
    done = Payment.objects.within(organisation).filter(result=Result.DONE).order_by()
    found |= done.aggregate(paid=Sum("amount", default=ZERO))
    return Sums(**{name: amount.quantize(CENT) for name, amount in found.items()})


def differences(organisation: Organisation) -> list[Difference]:
    """Everything in a subtree that does not agree, the row where it lies first."""
    return [
        *_pools(organisation),
        *_payables(organisation),
        *_returns(organisation),
        *_unions(organisation),
        *_entries(organisation),
        *_batches(organisation),
        *_results(organisation),
    ]


def standing(organisation: Organisation) -> list[Difference]:
    """Those that are still there at a second look, for a comparison while people work: what was
    only being written between two of its questions is not amiss."""
    first = set(differences(organisation))
    return [each for each in differences(organisation) if each in first] if first else []


def _named(row: object) -> tuple[str, str]:
    label = getattr(row, "masked_label", None) or str(row)
    return f"{row._meta.label} {row.pk}", f"{row._meta.verbose_name} {row.pk} {label}"


def _pools(organisation: Organisation) -> Iterator[Difference]:
    live = Q(payables__isnull=False) & ~Q(payables__state=State.CANCELLED)
    pools = Pool.objects.within(organisation).annotate(
        drawn=Sum("payables__amount", filter=live, default=ZERO)
    )
    for pool in pools.iterator(chunk_size=1_000):
        drawn = pool.drawn.quantize(CENT)
        if drawn != pool.claimed:
            yield Difference(*_named(pool), "已占用", drawn, pool.claimed)


def _payables(organisation: Organisation) -> Iterator[Difference]:
    """Each payable against its payments, and against its own postings."""
    booked = _booked(organisation)
    alive: dict[int, Payment] = {
        payment.payable_id: payment
        for payment in Payment.objects.live()
        .within(organisation)
        .select_related("batch")
        .iterator(chunk_size=1_000)
    }
    rows = Payable.objects.within(organisation).order_by("pk")
    for payable in rows.iterator(chunk_size=1_000):
        payment = alive.get(payable.pk)
        if payment and payment.amount != payable.amount:
            yield Difference(*_named(payment), "付款金额", payable.amount, payment.amount)
        is_paid = payable.state == State.PAID
        has_payment = payment is not None and payment.result == Result.DONE
        if is_paid != has_payment:
            yield Difference(
                *_named(payable),
                "支付成功的付款",
                payable.amount if is_paid else ZERO,
                payable.amount if has_payment else ZERO,
            )
        yield from _postings(payable, payment, booked.get(payable.pk, {}))


def _booked(organisation: Organisation) -> dict[int, dict[str, Decimal]]:
    """What the books hold of each payable, by the role of the account."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    postings = Posting.objects.within(organisation).filter(entry__payable__isnull=False).order_by()
    for payable, role, total in (
        postings.values_list("entry__payable", "account__role")
        .annotate(total=Sum("amount"))
        .iterator(chunk_size=1_000)
    ):
        found[payable][role] = total.quantize(CENT)
    return found


def _postings(
    payable: Payable, payment: Payment | None, booked: dict[str, Decimal]
) -> Iterator[Difference]:
    approved = payable.amount if payable.approved_on else ZERO
    gone = payable.amount if payable.state == State.PAID else ZERO
    is_out = (
        payment is not None
        and payment.result == Result.PENDING
        and payment.batch.state in WITH_THE_BANK
    )
    transit = payable.amount if is_out else ZERO
    what, owed, sent = payable.kind, Role.OWED, Role.TRANSIT
    if payable.is_return:
        what, owed, sent = books.OWED_BELOW
    expected = {what: approved, owed: gone + transit - approved, sent: -transit, Role.BANK: -gone}
    for role in {**expected, **booked}:
        should, found = expected.get(role, ZERO), booked.get(role, ZERO)
        if should != found:
            label = Role(role).label if role else "其他科目"
            yield Difference(*_named(payable), f"账上“{label}”", should, found)


def _returns(organisation: Organisation) -> Iterator[Difference]:
    """Returns against the dues that they consist of."""
    rows = Return.objects.standing().within(organisation)
    for row in rows.annotate(taken=Sum("dues__amount", default=ZERO)).iterator(chunk_size=1_000):
        if (taken := row.taken.quantize(CENT)) != row.amount:
            yield Difference(*_named(row), "所含应返合计", row.amount, taken)


def _unions(organisation: Organisation) -> Iterator[Difference]:
    """What is owed to each union by the register, against the books."""
    unions = Organisation.objects.within(organisation)
    apart = {
        each.organisation: each for each in positions.differences(unions, timezone.localdate())
    }
    for union in Organisation.objects.filter(pk__in=apart):
        found = apart[union.pk]
        yield Difference(*_named(union), "账上“应付下级经费”余额", found.expected, found.found)


def _entries(organisation: Organisation) -> Iterator[Difference]:
    """Entries that do not balance: none, as long as the database guards the books."""
    rows = JournalEntry.objects.within(organisation).annotate(
        total=Sum("postings__amount", default=ZERO)
    )
    for entry in rows.order_by("pk").iterator(chunk_size=1_000):
        if total := entry.total.quantize(CENT):
            yield Difference(*_named(entry), "借贷合计", ZERO, total)


def _batches(organisation: Organisation) -> Iterator[Difference]:
    """Batches against the totals of their files, and the files against the rows."""
    for batch in PaymentBatch.objects.within(organisation).filter(state__in=WITH_A_FILE):
        _, total = batch.sums()
        if total != batch.total:
            yield Difference(*_named(batch), "各笔合计与银行文件", batch.total, total)
        try:
            bank_file.again(batch)
        except Refused:
            yield Difference(*_named(batch), "付款内容与银行文件不一致", batch.total, total)


def _results(organisation: Organisation) -> Iterator[Difference]:
    """What the bank said against what was booked."""
    rows = BankResult.objects.within(organisation).select_related("payment__payable")
    for said in rows.exclude(payment__result=Result.PENDING).iterator(chunk_size=1_000):
        if said.amount != said.payment.amount:
            yield Difference(*_named(said.payment), "银行回单", said.amount, said.payment.amount)
