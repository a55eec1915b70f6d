"""Who is entitled to how much under a scheme: computed from the parts of receipts, in sets.

One query adds up the receipts of the year by employer; for each few thousand employers three more
say their union, their size and what was given before. The rules are those of `rules.rebates`.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from core import bulk
from core.errors import Refused
from core.scope import under
from funds.models import Allocation, Rebate, RebateScheme, SizeReturn
from funds.rules import rebates as rules
from funds.rules.payments import CENT
from members.models import Coverage, Employer

AT_ONCE = 5_000


@dataclass(frozen=True)
class Entitlement:
    """What one employer is given back for a period: `amount` through `union`, because of `facts`.

    `obstacle` says why he is entitled to nothing; `amount` is below zero where he was given more
    than that before.
    """

    employer: int
    union: int | None
    base: Decimal
    amount: Decimal
    facts: dict[str, Any]
    obstacle: str = ""


def span_of(scheme: RebateScheme, year: int, quarter: int | None = None) -> rules.Span:
    """The period of a scheme: what of the year, or of the quarter, lies in its validity."""
    by_quarter = scheme.cycle == RebateScheme.Cycle.QUARTER
    if by_quarter != (quarter is not None):
        wanted = "按季计算，请选择季度" if by_quarter else "按年计算，不分季度"
        raise Refused(f"{scheme}{wanted}。", code="cycle")
    span = rules.clipped(rules.whole(year, quarter), (scheme.valid_from, scheme.valid_to))
    if span is None:
        raise Refused(f"{scheme}不适用于所选的所属期，请重新选择。", code="not_in_force")
    return span


def compute(
    scheme: RebateScheme,
    span: rules.Span,
    *,
    employers: Sequence[int] | None = None,
    without: Sequence[int] = (),
) -> Iterator[Entitlement]:
    """Of everybody under the scheme who paid for the year so far; with `employers` of these alone.

    Rebates of the keys `without` are looked away from: those that are computed anew.
    """
    so_far = rules.year_so_far(span, scheme.valid_from)
    sums = _sums(scheme, span, so_far, employers)
    for part in bulk.batched(sums.iterator(chunk_size=AT_ONCE), AT_ONCE):
        known = _Known(scheme, span, [each["line__employer"] for each in part], without)
        for each in part:
            yield _entitlement(scheme, span, so_far, each, known)


def _sums(
    scheme: RebateScheme, span: rules.Span, so_far: rules.Span, employers: Sequence[int] | None
) -> QuerySet:
    """Of each employer what he paid in the year, and the parts of it that are given back."""
    lines = Q(
        under([scheme.organisation.path], "line__organisation__path"),
        line__period_first__gte=span.first.replace(month=1, day=1),
        line__period_first__lte=span.last,
        line__employer__isnull=False,
    )
    rows = Allocation.objects.live().filter(lines)
    if employers is not None:
        rows = rows.filter(line__employer__in=employers)
    in_scheme = Q(line__period_first__gte=so_far.first)
    parts = {f"part_{level}": Sum(level, filter=in_scheme) for level in scheme.base}
    return rows.order_by().values("line__employer").annotate(paid=Sum("amount"), **parts)


class _Known:
    """What is registered of some employers: their unions, sizes and earlier rebates."""

    def __init__(
        self,
        scheme: RebateScheme,
        span: rules.Span,
        employers: Sequence[int],
        without: Sequence[int],
    ) -> None:
        self.unions: dict[int, tuple[int, str, datetime.date | None]] = {}
        self.sizes: dict[int, tuple[str, str]] = {}
        found = Employer.objects.filter(pk__in=employers)
        for key, size, union, name in found.values_list(
            "pk", "size", "organisation", "organisation__name"
        ):
            self.sizes[key] = (size, "register")
            if not scheme.needs_union:
                self.unions[key] = (union, name, None)
        covered = Coverage.objects.in_force(span.last).filter(employer__in=employers)
        for key, union, name, since in covered.values_list(
            "employer", "organisation", "organisation__name", "since"
        ):
            self.unions[key] = (union, name, since)
        if scheme.eligibility == RebateScheme.Eligibility.SMALL_MICRO:
            sized = SizeReturn.objects.filter(year=span.first.year, employer__in=employers)
            for key, size in sized.values_list("employer", "size"):
                self.sizes[key] = (size, "return")
        self.before: dict[int, Decimal] = {}
        self.paid_through: dict[int, tuple[int, str]] = {}
        earlier = Rebate.objects.standing().filter(
            scheme=scheme,
            employer__in=employers,
            period_first__year=span.first.year,
            period_first__lt=span.first,
        )
        for key, amount, union, name in (
            earlier.exclude(pk__in=without)
            .order_by("period_first")
            .values_list("employer", "amount", "organisation", "organisation__name")
        ):
            self.before[key] = self.before.get(key, rules.ZERO) + amount
            self.paid_through[key] = (union, name)


def _entitlement(
    scheme: RebateScheme,
    span: rules.Span,
    so_far: rules.Span,
    sums: dict[str, Any],
    known: _Known,
) -> Entitlement:
    employer, paid = sums["line__employer"], sums["paid"].quantize(CENT)
    parts = {level: (sums[f"part_{level}"] or rules.ZERO).quantize(CENT) for level in scheme.base}
    base = sum(parts.values(), rules.ZERO)
    size, size_of = known.sizes[employer]
    union, union_name, since = known.unions.get(employer, (None, "", None))
    obstacle = _obstacle(scheme, paid, size, union)
    entitled = rules.ZERO if obstacle else rules.entitled(base, scheme.percent)
    before = known.before.get(employer, rules.ZERO)
    if entitled < before:  # whoever was paid gives it back
        union, union_name = known.paid_through[employer]
    facts = {
        "scheme": scheme.name,
        "document": scheme.document_number,
        "period": [str(span.first), str(span.last)],
        "so_far": [str(so_far.first), str(so_far.last)],
        "threshold": None if scheme.threshold is None else str(scheme.threshold),
        "paid": str(paid),
        "size": size,
        "size_of": size_of,
        "union": union_name,
        "union_since": since and str(since),
        "parts": {level: str(part) for level, part in parts.items()},
        "base": str(base),
        "percent": str(scheme.percent),
        "entitled": str(entitled),
        "before": str(before),
        "amount": str(entitled - before),
        "obstacle": obstacle,
    }
    return Entitlement(employer, union, base, entitled - before, facts, obstacle)


def _obstacle(scheme: RebateScheme, paid: Decimal, size: str, union: int | None) -> str:
    if union is None:
        return "no_union"
    if scheme.threshold is not None:
        return "" if rules.is_small_payer(paid, scheme.threshold) else "not_small_payer"
    return "" if rules.is_small(size) else "not_small"
