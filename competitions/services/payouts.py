"""Prize money: the account is given by the union, the payment is that of `funds`.

Registered with `funds`, which asks before money goes out and tells what became of it.
"""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from competitions.models import Competition, Result
from competitions.services import judging
from core import audit
from core.errors import Refused
from core.models import User
from core.services import records
from core.services.records import require
from funds import sources
from funds.models import Payable, Pool
from funds.models.pools import AID_SOURCES
from funds.services import payables


@transaction.atomic
def register_account(result: Result, *, bank: str, account: str, by: User) -> Result:
    """收款账户: where the prize of a contestant goes, or of a team through its union."""
    row = Result.objects.select_for_update(of=("self",)).get(pk=result.pk)
    require(by, "competitions.claim_result", row)
    if row.awarded_on is None or row.amount is None:
        raise Refused("该成绩没有奖金，或尚未发文表彰。", code="no_money")
    if Payable.objects.of(row).live().exists():
        raise Refused(
            "奖金已登记应付款，账户不能在此改动；退票的请由经费部门更正账户。", code="claimed"
        )
    before = audit.snapshot(row)
    row.bank, row.account = bank.strip(), account
    row.full_clean()
    row.save()
    judging.trace(row, before, "register_account", by=by)
    return row


@transaction.atomic
def pay(competition: Competition, *, pool: Pool, by: User) -> Sequence[Payable]:
    """Register what is owed for all prizes of a competition that have an account, once each."""
    row = Competition.objects.select_for_update(of=("self",)).get(pk=competition.pk)
    require(by, "competitions.pay_result", row)
    require(by, "funds.view_pool", pool)
    if pool.source in AID_SOURCES:
        told = f"“{pool.get_source_display()}”只能用于困难职工帮扶，请选择其他资金来源的资金池。"
        raise Refused(told, code="wrong_source")
    results = Result.objects.filter(
        event__competition=row, awarded_on__isnull=False, amount__isnull=False
    ).exclude(bank="")
    live = Payable.objects.live().filter(object_type=Result._meta.label)
    claimed = set(live.values_list("object_id", flat=True))
    owed = [one for one in results.with_names().select_for_update(of=("self",))
            if str(one.pk) not in claimed]  # fmt: skip
    if not owed:
        raise Refused("没有已登记收款账户而未发放的奖金。", code="nothing")
    return payables.claim_many([_payable(one, pool) for one in owed], by=by)


def _payable(row: Result, pool: Pool) -> Payable:
    person = row.entry.person if row.entry.is_single else None
    facts = (
        {
            "payee_kind": Payable.PayeeKind.PERSON,
            "payee_name": person.name,
            "certificate_type": person.certificate_type,
            "payee_number": person.certificate_number.clear(),
        }
        if person
        else {
            "payee_kind": Payable.PayeeKind.UNION,
            "payee_name": row.organisation.name,
            "payee_number": row.organisation.code,
        }
    )
    return payables.draft(
        row,
        organisation=row.organisation,
        pool=pool,
        kind=Payable.Kind.OTHER,
        reason=f"{row.event.competition.name}{row.prize}奖金"[:100],
        bank=row.bank,
        account=row.account.clear(),
        amount=row.amount,
        **facts,
    )


def _results(owed: Sequence[Payable]) -> QuerySet[Result]:
    return Result.objects.filter(pk__in=[int(payable.object_id) for payable in owed])


def paid(owed: Sequence[Payable], *, on: datetime.date, by: User | None) -> None:
    _note(owed, on, "confirm", by=by)


def bounced(owed: Sequence[Payable], *, by: User | None) -> None:
    _note(owed, None, "bounce", by=by)


def cancelled(owed: Sequence[Payable], *, by: User | None) -> None:
    _note(owed, None, "reopen", by=by)


def _note(owed: Sequence[Payable], on: datetime.date | None, act: str, *, by: User | None) -> None:
    rows = list(_results(owed).select_for_update(of=("self",)))
    stored = {row.pk: row for row in _results(owed)}
    for row in rows:
        row.paid_on = on
    records.change_many(
        rows, stored, fields=["paid_on"], by=by, action=f"competitions.result.{act}"
    )


def obstacle(owed: Sequence[Payable]) -> str:
    """Why one of these may not be paid, in a sentence that names the payee masked, or ""."""
    rows = {row.pk: row for row in _results(owed).select_related("award")}
    for payable in owed:
        row = rows.get(int(payable.object_id))
        if row is None or row.awarded_on is None:
            return f"{payable.payee}的竞赛奖金没有表彰记录，不能支付，请停止支付并核对。"
        if row.amount != payable.amount:
            return f"{payable.payee}的竞赛奖金金额与表彰不符，不能支付，请停止支付并核对。"
        if row.award and row.award.revoked_on:
            return f"{payable.payee}的荣誉已被撤销，奖金不能支付，请停止支付并核对。"
    return ""


def register() -> None:
    sources.register(
        Result._meta.label,
        sources.Source(obstacle=obstacle, paid=paid, bounced=bounced, cancelled=cancelled),
    )
