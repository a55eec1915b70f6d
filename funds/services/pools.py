"""What is promised of a pool: never more than was granted, however many ask at once."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from core.errors import Refused
from funds.models import Pool


def locked(pks: set[int]) -> dict[int, Pool]:
    """Pools as they are stored, nobody else's until the end of the transaction.

    Always in the order of their keys, so that two who need the same ones cannot block each other.
    """
    rows = Pool.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    return {pool.pk: pool for pool in rows}


@transaction.atomic
def claim(amounts: Mapping[int, Decimal]) -> None:
    """Promise an amount of each pool (by key); a negative one gives it back. All or nothing.

    Called by services that record for what. Raises `Refused` with the balance that is left.
    """
    for pk, pool in locked(set(amounts)).items():
        if amounts[pk] > pool.balance:
            raise Refused(
                f"“{pool}”余额 {pool.balance:,} 元，不足以支付 {amounts[pk]:,} 元，"
                "请减少金额或改用其他资金池。",
                code="pool_exhausted",
            )
        pool.claimed += amounts[pk]
        pool.save(update_fields=["claimed"])
