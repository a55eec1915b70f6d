"""Changing a budget line in the year: appended, never below nothing, not after the accounts."""

from decimal import Decimal

from django.db import transaction

from core import audit
from core.errors import Refused
from core.models import User
from core.services.records import require
from funds.models import BudgetChange, BudgetLine


@transaction.atomic
def adjust(
    line: BudgetLine, *, amount: Decimal, document_number: str, reason: str, by: User
) -> BudgetChange:
    """Add to a line, or take from it; `amount` is signed."""
    locked = BudgetLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    require(by, "funds.adjust_budgetline", locked)
    if locked.final is not None:
        raise Refused("决算已经登记，不能再调整预算。", code="final_drawn_up")
    after = locked.adjusted + amount
    if after < 0:
        raise Refused(
            f"调整后为 {after:,} 元，不能小于 0；现有预算 {locked.adjusted:,} 元，请核对。",
            code="below_nothing",
        )
    made = BudgetChange(
        line=locked, amount=amount, document_number=document_number, reason=reason, by=by
    )
    made.full_clean()
    made.save()
    before = audit.snapshot(locked)
    locked.changed += amount
    locked.adjusted = after
    locked.save(update_fields=["changed", "adjusted"])
    changes = audit.difference(before, audit.snapshot(locked))
    audit.record("funds.budgetline.adjust", by=by, obj=locked, changes=changes, reason=reason)
    return made
