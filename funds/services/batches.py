"""Batches while they are made: lines in and out, and one account under several names."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, QuerySet
from django.utils import timezone

from core import audit, bulk, workflow
from core.errors import OutOfScope, Refused
from core.models import Decision, Organisation, User
from core.services import records
from funds import sources
from funds.models import (
    AccountConfirmation,
    BankLayout,
    JournalEntry,
    Payable,
    Payment,
    PaymentBatch,
)
from funds.rules.payments import card_check_fails
from funds.services import books

State, Result = PaymentBatch.State, Payment.Result


@transaction.atomic
def make(*, organisation: Organisation, title: str, layout: BankLayout, by: User) -> PaymentBatch:
    """Open an empty batch of an organisation; who opens it is its maker."""
    records.require(by, "funds.add_paymentbatch", organisation)
    batch = PaymentBatch(organisation=organisation, title=title, layout=layout)
    return workflow.begin(batch, by=by)


def _draft(batch: PaymentBatch, by: User) -> PaymentBatch:
    """The batch as it is stored and ours, while lines may still come and go; `by` is a maker."""
    records.require(by, "funds.change_paymentbatch", batch)
    workflow.join(batch, "make", label="编制批次", by=by)
    row = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state != State.DRAFT:
        raise Refused(
            f"批次现为“{row.get_state_display()}”，只有草稿可以增减，请先退回。", code="wrong_state"
        )
    return row


@transaction.atomic
def add(batch: PaymentBatch, payables: QuerySet[Payable], *, by: User) -> int:
    """Put waiting payables into a draft, in the order of their keys. Returns how many.

    `payables` is a queryset; of it only those count that `by` sees, that wait, and that belong to
    the organisation of the batch or below it. Nobody puts himself or his kin into a batch.
    """
    row = _draft(batch, by)
    wanted = Payable.objects.visible_to(by).within(row.organisation).waiting()
    wanted = wanted.filter(pk__in=payables.order_by().values("pk"))
    owed = list(
        wanted.select_for_update(of=("self",)).select_related("organisation").order_by("pk")
    )
    last = row.payments.aggregate(last=Max("line"))["last"] or 0
    lines = [
        bulk.draft(
            Payment,
            {
                "organisation": payable.organisation,
                "batch": row,
                "payable": payable,
                "line": number,
                "reference": f"{row.number}{number:05}",
                "payee_name": payable.payee_name,
                "bank": payable.bank,
                "account": payable.account.clear(),
                "amount": payable.amount,
            },
        )
        for number, payable in enumerate(owed, last + 1)
    ]
    try:
        with transaction.atomic():
            bulk.create(lines)
    except IntegrityError as error:
        raise Refused(
            "其中有应付款刚由他人列入其他批次，请刷新后重新选择。", code="already_paid"
        ) from error
    found = Payable.objects.filter(pk__in=[payable.pk for payable in owed])
    found.update(state=Payable.State.BATCHED)
    _trace("funds.payment.include", lines, by=by)
    workflow.join(row, "make", label="编制批次", by=by)  # now those who are paid are known
    return len(lines)


@transaction.atomic
def remove(batch: PaymentBatch, payments: QuerySet[Payment], *, by: User) -> int:
    """Take lines out of a draft; their payables wait again. Returns how many."""
    row = _draft(batch, by)
    return drop(list(row.lines().filter(pk__in=payments.order_by().values("pk"))), by=by)


def drop(lines: Sequence[Payment], *, by: User | None) -> int:
    """Give up tries to pay that no bank has seen; for steps that have asked for the right."""
    keys = [line.pk for line in lines]
    Payment.objects.filter(pk__in=keys).update(result=Result.DROPPED)
    owed = Payable.objects.filter(pk__in=[line.payable_id for line in lines])
    owed.filter(state=Payable.State.BATCHED).update(state=Payable.State.WAITING)
    _trace("funds.payment.drop", lines, by=by)
    return len(keys)


def _trace(action: str, lines: Sequence[Payment], *, by: User | None) -> None:
    rows = ((line, {"amount": [None, str(line.amount)]}) for line in lines)
    audit.record_many(action, by=by, rows=rows)


def stale(batch: PaymentBatch) -> list[Payment]:
    """Lines that say something else than their payables do now."""
    return [
        line for line in batch.lines().select_related("payable") if line.as_line() != line.owed()
    ]


def unsubmittable(batch: PaymentBatch) -> str:
    """What keeps a draft from being checked, or ""."""
    if not batch.lines().exists():
        return "批次中没有付款，请先列入应付款。"
    if changed := stale(batch):
        return (
            f"第 {changed[0].line} 笔与应付款登记不一致（共 {len(changed)} 笔），请移出后重新列入。"
        )
    return ""


def withheld(batch: PaymentBatch) -> str:
    """What those for whose rows it pays have against paying them now, or ""."""
    return sources.obstacle(line.payable for line in batch.lines().select_related("payable"))


# One account, several payees.


@dataclass(frozen=True)
class SharedAccount:
    """An account to which payees of different identity are paid, in this batch or anywhere."""

    index: bytes
    account: str  # masked
    payees: tuple[str, ...]  # masked, with what is paid to them
    digest: str
    confirmation: AccountConfirmation | None


def shared_accounts(batch: PaymentBatch) -> list[SharedAccount]:
    """Accounts of the batch that stand under several identities among all live payables."""
    used = batch.lines().order_by().values("account_index")
    live = Payable.objects.live().order_by()
    doubled = (
        live.filter(account_index__in=used)
        .values("account_index")
        .annotate(payees=Count("payee_index", distinct=True))
        .filter(payees__gt=1)
    )
    by_account: dict[bytes, list[Payable]] = defaultdict(list)
    indexes = [bytes(found["account_index"]) for found in doubled]
    for payable in live.filter(account_index__in=indexes).order_by("pk"):
        by_account[payable.account_index].append(payable)
    confirmed = {
        (bytes(each.account_index), each.payees): each
        for each in batch.confirmations.select_related("by")
    }
    found = []
    for index, payables in by_account.items():
        text = b"".join(sorted({payable.payee_index for payable in payables}))
        digest = hashlib.sha256(text).hexdigest()
        told = tuple(dict.fromkeys(f"{each.payee}（{each.reason}）" for each in payables))
        shown = str(payables[0].account)
        found.append(SharedAccount(index, shown, told, digest, confirmed.get((index, digest))))
    return found


def unchecked(batch: PaymentBatch) -> str:
    """What the checker has still to look into, or ""."""
    waiting = [each for each in shared_accounts(batch) if each.confirmation is None]
    if waiting:
        return (
            f"有 {len(waiting)} 个收款账号用于不同的收款人（如 {waiting[0].account}："
            f"{'、'.join(waiting[0].payees[:3])}），请核实后逐个确认并写明理由，或退回。"
        )
    return ""


@transaction.atomic
def confirm_account(batch: PaymentBatch, index: bytes, *, reason: str, by: User) -> None:
    """The checker's word that an account rightly serves several payees."""
    records.require(by, "funds.check_paymentbatch", batch)
    workflow.join(batch, "check", label="确认账户共用", by=by)
    row = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if row.state != State.CHECKING:
        raise Refused("只有待复核的批次可以确认账户共用，请刷新后查看。", code="wrong_state")
    if len(reason.strip()) < 4:
        raise Refused("请写明确认理由，不少于四个字。", code="reason_required")
    shared = {each.index: each for each in shared_accounts(row)}
    if index not in shared:
        raise OutOfScope("没有找到这个共用的收款账号，请刷新后查看。")
    if shared[index].confirmation:
        return
    made = AccountConfirmation.objects.create(
        batch=row, account_index=index, payees=shared[index].digest, reason=reason, by=by
    )
    audit.record(
        "funds.paymentbatch.confirm_account",
        by=by,
        obj=row,
        reason=made.reason,
        changes={"account": [None, shared[index].account], "payees": [None, shared[index].payees]},
    )


def failing_cards(batch: PaymentBatch) -> list[Payment]:
    """Lines whose card number fails its check digit: a hint, as older accounts have none."""
    lines = batch.lines().select_related("payable")
    return [line for line in lines if card_check_fails(line.account.clear())]


# Effects of the steps.


def commit(batch: PaymentBatch, decision: Decision) -> None:
    """Approved: what was not owed before is owed now."""
    owed = Payable.objects.filter(
        pk__in=batch.lines().order_by().values("payable"), approved_on__isnull=True
    ).order_by("pk")
    books.commit(list(owed), by=decision.by)
    owed.update(approved_on=timezone.localdate(decision.at))


def stop(batch: PaymentBatch, decision: Decision) -> None:
    """No money leaves: what this approval made owed is taken back, the file is void."""
    lines = batch.lines().order_by()
    bounced = Payment.objects.filter(result=Result.BOUNCED).values("payable")
    owed = Payable.objects.filter(pk__in=lines.values("payable")).exclude(pk__in=bounced)
    books.reverse(books.commitments(list(owed)), by=decision.by)
    owed.update(approved_on=None)
    batch.file, batch.layout_used, batch.sha256 = None, None, ""
    batch.count, batch.total = 0, Decimal("0.00")


def void(batch: PaymentBatch, decision: Decision) -> None:
    """The batch is given up; what it held waits again."""
    drop(list(batch.lines().select_related("organisation", "payable")), by=decision.by)


def send(batch: PaymentBatch, decision: Decision) -> None:
    """The file is in the bank's hands."""
    books.move(batch.lines().select_related("payable"), JournalEntry.Kind.SENT, by=decision.by)
    batch.sendings += 1


def send_again(batch: PaymentBatch, decision: Decision) -> None:
    """The same file, once more; nothing is posted twice."""
    batch.sendings += 1
