"""Making money due: a distribution with its dues and its one entry in the books, all or nothing.

What is due to a union stands on 应付下级经费 under its name, what is held for it on 代管经费, the
part of the collecting body is its income, the parts of bodies above it are owed upwards.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core import audit, bulk
from core.models import User
from funds.models import Account, Distribution, Due
from funds.services import books

Role = Account.Role
# By role of the account and key of the payee (None where it is nobody's in particular); debit above
# zero, credit below.
Amounts = Mapping[tuple[str, int | None], Decimal]


@transaction.atomic
def begin(distribution: Distribution, *, by: User | None) -> Distribution:
    """Write a distribution whose parts are written before it is known what becomes due by it.
    `book` follows in the same transaction."""
    if distribution.on is None:
        distribution.on = timezone.localdate()
    distribution.by = by
    distribution.full_clean(exclude=["by"] if distribution.batch_id else ["by", "batch"])
    distribution.save()
    return distribution


@transaction.atomic
def book(
    distribution: Distribution,
    *,
    dues: Sequence[Due],
    amounts: Amounts,
    by: User | None,
) -> Distribution:
    """Write a distribution, what becomes due by it and its entry; for services that have asked for
    the right.

    `dues` are unsaved and need no distribution, payer or day: they take those of the distribution.
    `amounts` must add up to nothing, and what they credit to 应付下级经费 and 代管经费 under each
    payee must be what its dues say; `owed` makes these from the dues.
    """
    if distribution._state.adding:
        begin(distribution, by=by)
    for due in dues:
        due.distribution_id = distribution.pk
        due.payer_id, due.booked_on = distribution.organisation_id, distribution.on
    bulk.create(dues)
    books.enter(distribution, amounts, by=by)
    audit.record(
        "funds.distribution.book",
        by=by,
        obj=distribution,
        changes={
            "dues": [None, len(dues)],
            "amount": [None, str(sum((due.amount for due in dues), Decimal("0.00")))],
        },
        reason=distribution.reason,
    )
    return distribution


def owed(dues: Iterable[Due]) -> dict[tuple[str, int | None], Decimal]:
    """What these dues credit to each payee: 应付下级经费, or 代管经费 where they are held."""
    found: dict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    for due in dues:
        role = Role.HELD if due.is_custody else Role.RETURN
        found[role.value, due.organisation_id] -= due.amount
    return found
