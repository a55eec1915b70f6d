"""Adjusting what is owed to a union: approved by a second person, booked as a distribution."""

from decimal import Decimal

from django.utils import timezone

from core.errors import Refused
from core.models import Decision
from core.services import records
from funds.models import Account, Adjustment, Distribution, Due
from funds.services import distributions

Role, Kind = Account.Role, Adjustment.Kind


def incomplete(adjustment: Adjustment) -> str:
    """What keeps a draft from being approved, or ""."""
    if not adjustment.organisation.path.startswith(adjustment.payer.path):
        return f"“{adjustment.organisation}”不是“{adjustment.payer}”的下级，请核对应付工会。"
    if adjustment.kind != Kind.OPENING and adjustment.amount > 0:
        return f"{adjustment.get_kind_display()}应减少应返，金额请填负数。"
    return ""


def book(adjustment: Adjustment, decision: Decision) -> None:
    """The effect of the approval: what is owed changes today.

    An opening balance is money that lay on the account already; all others change own income.
    """
    records.require(decision.by, "funds.approve_adjustment", adjustment.payer)
    if why := incomplete(adjustment):
        raise Refused(why, code="guard")
    due = Due(
        organisation=adjustment.organisation,
        source=Due.Source.ADJUSTMENT,
        period=adjustment.period.replace(day=1),
        due_on=adjustment.falls_due_on,
        amount=adjustment.amount,
        adjustment=adjustment,
    )
    against = Role.BANK if adjustment.kind == Kind.OPENING else Role.INCOME
    amounts = distributions.owed([due])
    amounts[against.value, None] = -sum(amounts.values(), Decimal("0.00"))
    event = Distribution(
        organisation=adjustment.payer,
        kind=Distribution.Kind.ADJUSTMENT,
        on=timezone.localdate(decision.at),
        reason=f"{adjustment.get_kind_display()}（{adjustment.document_number}）",
    )
    distributions.book(event, dues=[due], amounts=amounts, by=decision.by)
