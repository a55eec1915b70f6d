"""How allowances and their payments keep in step: what stands against paying, what became of it.

Registered with `funds`, which asks before a batch is approved and before the bank has its file,
and tells in the transaction that books the bank's word.
"""

import datetime
from collections.abc import Sequence

from django.db.models import QuerySet

from core import audit, bulk, workflow
from core.models import User
from funds import sources
from funds.models import Payable
from funds.services.payables import accounts_behind
from honours.models import Allowance
from honours.services import allowances

State = Allowance.State


def _allowances(owed: Sequence[Payable]) -> QuerySet[Allowance]:
    rows = Allowance.objects.filter(pk__in=[int(payable.object_id) for payable in owed])
    return rows.select_related("organisation", "holder__person", "rule")


def paid(owed: Sequence[Payable], *, on: datetime.date, by: User | None) -> None:
    _set(_locked(owed), "paid", by=by, paid_on=on)


def bounced(owed: Sequence[Payable], *, by: User | None) -> None:
    rows = [row for row in _locked(owed) if row.paid_on]
    _set(rows, "bounced", by=by, paid_on=None)


def cancelled(owed: Sequence[Payable], *, by: User | None) -> None:
    """What will not be paid is stopped; who takes one back himself has moved it already."""
    for row in _locked(owed):
        if row.state == State.APPROVED:
            workflow.advance(row, "stop", reason="应付款已经撤销")


def _locked(owed: Sequence[Payable]) -> list[Allowance]:
    return list(_allowances(owed).select_for_update(of=("self",)).order_by("pk"))


def _set(
    rows: Sequence[Allowance], act: str, *, by: User | None, paid_on: datetime.date | None
) -> None:
    traces = []
    for row in rows:
        before = audit.snapshot(row)
        row.paid_on = paid_on
        traces.append((row, audit.difference(before, audit.snapshot(row))))
    bulk.update(rows, ["paid_on"])
    audit.record_many(f"honours.allowance.{act}", by=by, rows=traces)


def obstacle(owed: Sequence[Payable]) -> str:
    """Why one of these may not be paid, in a sentence that names the holder masked, or ""."""
    rows = {row.pk: row for row in _allowances(owed)}
    allowances.prepare(list(rows.values()))
    accounts = accounts_behind(owed)
    for payable in owed:
        row = rows.get(int(payable.object_id))
        if row is None:
            return f"{payable.payee}的待遇登记已不存在，不能支付，请停止支付并核对。"
        if said := _against(payable, row, accounts[payable.pk]):
            return (
                f"{said}请将其移出批次（已审批的先停止支付）并撤销应付款，由荣誉管理部门核对后"
                "重新登记。"
            )
    return ""


def _against(payable: Payable, row: Allowance, accounts: set[tuple[str, str]]) -> str:
    """What of an allowance, its holder and its payable no longer agrees, or ""."""
    if row.state != State.APPROVED:
        return f"{row}现为“{row.get_state_display()}”，不能支付。"
    if said := allowances.unapprovable(row):
        return said
    if payable.amount != row.amount:
        return f"{row}为 {row.amount:,.2f} 元，与应付款 {payable.amount:,.2f} 元不符，不能支付。"
    person = row.holder.person
    number = f"{person.certificate_type}:{person.certificate_number.clear()}"
    if payable.payee_name != person.name or payable.payee_number_key() != number:
        return f"{row}的收款人与劳模档案不符，不能支付。"
    if (row.holder.bank, row.holder.account.clear()) not in accounts:
        return f"{row}的收款账户与劳模档案登记的不符，不能支付。"
    return ""


def register() -> None:
    sources.register(
        Allowance._meta.label,
        sources.Source(obstacle=obstacle, paid=paid, bounced=bounced, cancelled=cancelled),
    )
