"""How grants and their payments keep in step: what stands against paying, what became of it.

Registered with `funds`, which asks before a batch is approved and before the bank has its file,
and tells in the transaction that books the bank's word.
"""

import datetime
from collections.abc import Sequence

from django.db.models import QuerySet

from core.models import User
from funds import sources
from funds.models import Payable
from funds.services.payables import accounts_behind
from hardship.models import Case, FamilyMember, Grant, Recognition
from hardship.services import aid


def _grants(owed: Sequence[Payable]) -> QuerySet[Grant]:
    return Grant.objects.filter(pk__in=[int(payable.object_id) for payable in owed])


def paid(owed: Sequence[Payable], *, on: datetime.date, by: User | None) -> None:
    aid.confirm(_grants(owed), on=on, by=by)


def bounced(owed: Sequence[Payable], *, by: User | None) -> None:
    aid.unconfirm(_grants(owed), by=by)


def cancelled(owed: Sequence[Payable], *, by: User | None) -> None:
    aid.reopen(_grants(owed), by=by)


def obstacle(owed: Sequence[Payable]) -> str:
    """Why one of these may not be paid, in a sentence that names the household masked, or ""."""
    grants = {
        row.pk: row
        for row in _grants(owed)
        .select_related("case__organisation")
        .prefetch_related("case__members")
    }
    false = set(
        Recognition.objects.filter(
            case__in=[row.case_id for row in grants.values()],
            ending=Recognition.Ending.MISIDENTIFIED,
        ).values_list("case", flat=True)
    )
    accounts = accounts_behind(owed)
    for payable in owed:
        row = grants.get(int(payable.object_id))
        if row is None:
            return f"{payable.payee}的帮扶金登记已不存在，不能支付，请停止支付并核对。"
        if said := _against(payable, row, accounts[payable.pk], is_false=row.case_id in false):
            return (
                f"{row.case.masked_label}的{row}{said}，不能支付。"
                "请将其移出批次（已审批的先停止支付）并撤销应付款，由帮扶部门核对后重新批准。"
            )
    return ""


def _against(
    payable: Payable, row: Grant, accounts: set[tuple[str, str]], *, is_false: bool
) -> str:
    """What of a grant, its file and its payable no longer agrees, or ""."""
    if row.withdrawn_on:
        return "已经撤回"
    if row.approved_on is None:
        return "没有批准发放"
    if is_false:
        return "所属档案已因失实注销"
    if payable.amount != row.amount:
        return f"金额已改为 {row.amount:,.2f} 元，与应付款 {payable.amount:,.2f} 元不符"
    if not _is_of_household(payable, row.case):
        return "的收款人与档案登记的开户名不符"
    if not row.case.account or (row.case.bank, row.case.account.clear()) not in accounts:
        return "的收款账户与档案登记的不符"
    return ""


def _is_of_household(payable: Payable, case: Case) -> bool:
    """Whether the payee is the holder of the file's account, and a member of the household."""
    members: Sequence[FamilyMember] = case.members.all()
    return payable.payee_name == case.account_holder and any(
        member.certificate_index == payable.payee_index and member.name == payable.payee_name
        for member in members
        if member.left_on is None
    )


def register() -> None:
    sources.register(
        Grant._meta.label,
        sources.Source(obstacle=obstacle, paid=paid, bounced=bounced, cancelled=cancelled),
    )
