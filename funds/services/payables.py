"""What is owed: registered once for its source, cancelled, its account corrected after a bounce."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, transaction

from core import audit
from core.errors import Refused
from core.models import Decision, Organisation, User
from core.services import records
from funds import sources
from funds.models import AccountCorrection, Payable, Payment, Pool
from funds.rules import payments
from funds.services import books, pools

IN_NO_BATCH = (Payable.State.WAITING, Payable.State.BOUNCED)


def draft(
    source: models.Model,
    *,
    organisation: Organisation,
    pool: Pool | None,
    kind: str,
    reason: str,
    payee_kind: str,
    payee_name: str,
    payee_number: str,
    bank: str,
    account: str,
    amount: Decimal,
    certificate_type: str = "resident",
) -> Payable:
    """An unsaved payable for `claim_many`.

    `source` is the row that it is paid for. `payee_number` is the certificate number of a person,
    the credit code of an employer, the code of a union. Without a pool `organisation` is the union
    to which the books owe it.
    """
    return Payable(
        object_type=source._meta.label,
        object_id=str(source.pk),
        organisation=organisation,
        pool=pool,
        kind=kind,
        reason=reason,
        payee_kind=payee_kind,
        payee_name=payee_name,
        certificate_type=certificate_type,
        payee_number=payee_number,
        bank=bank,
        account=account,
        amount=amount,
    )


def claim(source: models.Model, *, by: User, **facts: Any) -> Payable:
    """Register what is to be paid for one row; `facts` as in `draft`."""
    return claim_many([draft(source, **facts)], by=by)[0]


@transaction.atomic
def claim_many(payables: Sequence[Payable], *, by: User) -> Sequence[Payable]:
    """Register payables together, all or none, and promise their amounts of their pools.

    Raises `Refused`: `already_payable` where a live payable stands for the same source,
    `pool_exhausted`, `pool_elsewhere`, or what `payments.amount` finds.
    """
    needed: dict[int, Decimal] = defaultdict(Decimal)
    for payable in payables:
        try:
            payable.amount = payments.amount(payable.amount)
        except payments.Invalid as error:
            raise Refused(str(error), code=error.code) from error
        payable.claimed_by = by
        if payable.is_return:
            continue
        if not payable.organisation.path.startswith(payable.pool.organisation.path):
            raise Refused(
                f"“{payable.pool}”是“{payable.pool.organisation}”的资金，"
                f"不能用于“{payable.organisation}”。",
                code="pool_elsewhere",
            )
        needed[payable.pool_id] += payable.amount
    _refuse_claimed(payables)
    pools.claim(needed)
    try:
        with transaction.atomic():
            return records.add_many(payables, by=by, action="funds.payable.claim")
    except IntegrityError as error:
        if "payable_once" in str(error) or "object_id" in str(error):
            raise _already() from error
        raise


def _refuse_claimed(payables: Sequence[Payable]) -> None:
    """Before the pools are asked: the constraint holds it, this says it."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for payable in payables:
        if payable.object_id in wanted[payable.object_type]:
            raise _already()
        wanted[payable.object_type].add(payable.object_id)
    for kind, ids in wanted.items():
        if Payable.objects.live().filter(object_type=kind, object_id__in=ids).exists():
            raise _already()


def _already() -> Refused:
    return Refused(
        "该事项已经登记了应付款，不能重复支付，请在应付款列表中查看。", code="already_payable"
    )


def _locked(payable: Payable, by: User, *states: str) -> Payable:
    """The payable as it is stored and ours until the end, if it stands in one of the states."""
    row = Payable.objects.select_for_update(of=("self",)).get(pk=payable.pk)
    records.require(by, "funds.change_payable", row)
    if row.state not in states:
        raise Refused(
            f"应付款现为“{row.get_state_display()}”，不能办理此项业务，请刷新后查看。",
            code="wrong_state",
        )
    return row


@transaction.atomic
def cancel(payable: Payable, *, reason: str, by: User) -> Payable:
    """Give up a payable that stands in no batch; its pool gets the money back.

    What was approved before it bounced is taken out of the books by reversal.
    """
    return _give_up(_locked(payable, by, *IN_NO_BATCH), reason=reason, by=by)


@transaction.atomic
def take_back(source: models.Model, *, reason: str, by: User) -> Payable | None:
    """Give up what is owed for a row, if anything: for the service that takes back the row itself,
    and has asked for the right to.

    Raises `Refused`: `in_batch` while the payable stands in a batch, `wrong_state` when it is paid.
    """
    row = Payable.objects.of(source).live().select_for_update(of=("self",)).first()
    if row is None:
        return None
    if row.state == Payable.State.BATCHED:
        batch = row.payments.live().get().batch
        raise Refused(
            f"该款项已列入支付批次 {batch.number}（{batch.get_state_display()}），不能撤回，"
            "请先由经费部门将其移出批次。",
            code="in_batch",
        )
    if row.state not in IN_NO_BATCH:
        raise Refused(f"该款项{row.get_state_display()}，不能撤回。", code="wrong_state")
    return _give_up(row, reason=reason, by=by)


def _give_up(row: Payable, *, reason: str, by: User) -> Payable:
    """Its source hears of it before the pool is locked: who approves has locked the source."""
    before = audit.snapshot(row)
    sources.cancelled([row], by=by)
    if not row.is_return:
        pools.claim({row.pool_id: -row.amount})
    if row.approved_on:
        books.reverse(books.commitments([row]), by=by)
    row.state, row.approved_on = Payable.State.CANCELLED, None
    row.save(update_fields=["state", "approved_on"])
    changes = audit.difference(before, audit.snapshot(row))
    audit.record("funds.payable.cancel", by=by, obj=row, changes=changes, reason=reason)
    return row


@transaction.atomic
def correct_account(payable: Payable, *, bank: str, account: str, reason: str, by: User) -> Payable:
    """Give a bounced payable the right account, so that it may be paid in a new batch.

    By another person than who registered it, and who approved or sent the batch in which it
    bounced: nobody leads money that he let go to another account.
    """
    row = _locked(payable, by, Payable.State.BOUNCED)
    _refuse_involved(row, by)
    correction = AccountCorrection(
        payable=row, former_bank=row.bank, former_account=row.account.clear(), reason=reason, by=by
    )
    before = audit.snapshot(row)
    row.bank, row.account, row.state = bank, account, Payable.State.WAITING
    row.full_clean()
    row.save()
    correction.bank, correction.account = row.bank, row.account.clear()
    correction.full_clean()
    correction.save()
    changes = audit.difference(before, audit.snapshot(row))
    audit.record("funds.payable.correct_account", by=by, obj=row, changes=changes, reason=reason)
    return row


def _refuse_involved(payable: Payable, by: User) -> None:
    person = by.certificate_index
    if person is None:
        raise Refused(
            "本账号未登记身份证号，无法核对岗位分离，请联系系统管理员补登后再办理。",
            code="identity_missing",
        )
    bounced = payable.payments.filter(result=Payment.Result.BOUNCED).values("batch")
    held = Decision.objects.filter(
        object_type="funds.PaymentBatch",
        object_id__in=bounced,
        duty__in=["approve", "pay"],
        person=person,
    )
    if payable.claimed_by.certificate_index == person or held.exists():
        raise Refused(
            "登记此应付款、审批或报送原批次的人员不能更正收款账户，请由其他人员办理。",
            code="four_eyes",
        )


def accounts_behind(owed: Sequence[Payable]) -> dict[int, set[tuple[str, str]]]:
    """By the key of each payable its bank and account, and those from which recorded corrections
    led to them: its source may keep the one that bounced, or have got the right one meanwhile.

    Nothing for a payable whose account was led away by anything else.
    """
    corrected: dict[int, list[AccountCorrection]] = defaultdict(list)
    keys = [payable.pk for payable in owed]
    for row in AccountCorrection.objects.filter(payable__in=keys).order_by("-pk"):
        corrected[row.payable_id].append(row)
    found = {}
    for payable in owed:
        way = [(payable.bank, payable.account.clear())]
        is_whole = True
        for row in corrected[payable.pk]:
            is_whole &= (row.bank, row.account.clear()) == way[-1]
            way.append((row.former_bank, row.former_account.clear()))
        found[payable.pk] = set(way) if is_whole else set()
    return found
