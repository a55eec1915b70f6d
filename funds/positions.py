"""应返未返: what is due, returned and still owed to each union, as of any day.

    due      in the books and due by the day, what is in custody apart
    paid     confirmed by the bank by the day, and not sent back by it
    owed     due − paid of each union, never below zero; below it is 多返, told apart
    not_due  in the books, due later
    custody  held for unions without an account of their own

Unions are netted before anything is added up: what one was given too much pays no other. Everything
is judged by days that are written once, so that a past day gives the same to the cent whenever it
is asked for.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from operator import add

from django.db.models import Q, QuerySet, Sum

from core.models import Lineage, Organisation
from funds.models import BankResult, Due, Payment, Posting, Return
from funds.rules import ageing
from funds.rules.payments import CENT
from funds.services.books import OWED_BELOW

ZERO = Decimal("0.00")
DISTRICTS = (Organisation.Level.DISTRICT, Organisation.Level.INDUSTRY)


@dataclass
class Position:
    """What stands between a union, or all unions of a place, and who owes it; in yuan."""

    due: Decimal = ZERO
    paid: Decimal = ZERO
    owed: Decimal = ZERO
    over: Decimal = ZERO
    not_due: Decimal = ZERO
    custody: Decimal = ZERO
    bands: list[Decimal] = field(default_factory=lambda: [ZERO] * len(ageing.BANDS))
    years: list[Decimal] = field(default_factory=lambda: [ZERO] * ageing.YEARS)
    unions: int = 1  # 个, to which something is owed or not

    @property
    def rate(self) -> Decimal | None:
        """返还率 (%). What one union was given too much returns nothing to another."""
        return ageing.rate(self.paid - self.over, self.due)

    @property
    def booked(self) -> Decimal:
        """What 应付下级经费 must hold."""
        return self.not_due + self.due - self.paid


def below(
    place: Organisation, on: datetime.date, unions: QuerySet[Organisation] | None = None
) -> QuerySet[Organisation]:
    """Of these organisations (of all) those that stood under `place` on the day."""
    rows = Organisation.objects.all() if unions is None else unions
    stood = Lineage.objects.on(on).filter(ancestor=place)
    return rows.order_by().filter(pk__in=stood.values("descendant"))


def by_union(unions: QuerySet[Organisation], on: datetime.date) -> dict[int, Position]:
    """The position of each of these unions that has a due, by its key; one grouped query."""
    is_paid = _is_paid(on)
    is_due = Q(due_on__lte=on, is_custody=False)
    is_open, is_early = is_due & ~is_paid, Q(due_on__gt=on) & is_paid
    sums = {
        "due": is_due,
        "paid": is_paid,
        "not_due": Q(due_on__gt=on, is_custody=False),
        "custody": Q(is_custody=True) & (Q(released_by__isnull=True) | Q(released_by__on__gt=on)),
        "back": is_open & Q(amount__lt=0),
        "early": is_early,
    }
    spans, years = ageing.spans(on), [span for span, _ in ageing.years(on)]
    for number, span in enumerate(spans):
        sums[f"band{number}"] = is_open & Q(amount__gt=0) & _within("due_on", span)
    for number, span in enumerate(years):
        sums[f"year{number}"] = is_open & _within("period", span)
    dues = Due.objects.filter(organisation__in=unions.order_by().values("pk"))
    rows = (
        dues.booked(on)
        .order_by()
        .values_list("organisation")
        .annotate(**{name: Sum("amount", filter=which) for name, which in sums.items()})
    )
    found: dict[int, Position] = {}
    for union, *row in rows.iterator(chunk_size=5_000):
        amounts = (amount.quantize(CENT) if amount else ZERO for amount in row)
        told = dict(zip(sums, amounts, strict=True))
        bands, _ = ageing.offset(
            [told[f"band{number}"] for number in range(len(spans))], told["early"] - told["back"]
        )
        by_year, _ = ageing.offset(
            [told[f"year{number}"] for number in range(len(years))], told["early"]
        )
        left = told["due"] - told["paid"]
        found[union] = Position(
            due=told["due"],
            paid=told["paid"],
            owed=max(left, ZERO),
            over=max(-left, ZERO),
            not_due=told["not_due"],
            custody=told["custody"],
            bands=bands,
            years=by_year,
        )
    return found


def _within(name: str, span: ageing.Span) -> Q:
    first, last = span
    found = Q(**{f"{name}__lte": last})
    return found & Q(**{f"{name}__gte": first}) if first else found


def _is_paid(on: datetime.date) -> Q:
    """That a due was with its union on the day. What the bank has sent back since was, too."""
    since = Payment.objects.filter(
        result=Payment.Result.BOUNCED,
        result_on__gt=on,
        bank_result__outcome=BankResult.Outcome.DONE,
        bank_result__on__lte=on,
        payable__object_type=Return._meta.label,
    )
    was = list(since.order_by().values_list("payable__return", flat=True))
    paid = Q(returned_by__paid_on__isnull=False, returned_by__paid_on__lte=on)
    return paid | Q(returned_by__in=was) if was else paid


# Where unions stood on the day.


def total(positions: Iterable[Position]) -> Position:
    """All of them as one."""
    whole = Position(unions=0)
    for each in positions:
        for name in ("due", "paid", "owed", "over", "not_due", "custody", "unions"):
            setattr(whole, name, getattr(whole, name) + getattr(each, name))
        whole.bands = list(map(add, whole.bands, each.bands))
        whole.years = list(map(add, whole.years, each.years))
    return whole


def by_district(positions: dict[int, Position], on: datetime.date) -> dict[int | None, Position]:
    """The same by district (or industry) in which each union stood on the day; None: in none."""
    places = districts(on)
    groups: dict[int | None, list[Position]] = defaultdict(list)
    for union, position in positions.items():
        groups[places.get(union)].append(position)
    return {place: total(each) for place, each in groups.items()}


def districts(on: datetime.date) -> dict[int, int]:
    """The district of each organisation on a day; the outermost, where one stands in another."""
    rows = Lineage.objects.on(on).filter(ancestor__level__in=DISTRICTS).order_by("distance")
    return dict(rows.values_list("descendant", "ancestor").iterator(chunk_size=10_000))


# The books say the same, or where they do not.


@dataclass(frozen=True)
class Difference:
    """A union of which registers and books do not say the same."""

    organisation: int
    expected: Decimal  # not_due + due − paid
    found: Decimal  # the balance of 应付下级经费 under its name


def differences(unions: QuerySet[Organisation], on: datetime.date) -> Iterator[Difference]:
    """The control: the register of these unions against 应付下级经费 by payee."""
    positions, balances = by_union(unions, on), balances_of(unions, on)
    for union in sorted({*positions, *balances}):
        expected = positions[union].booked if union in positions else ZERO
        found = balances.get(union, ZERO)
        if expected != found:
            yield Difference(union, expected, found)


def balances_of(unions: QuerySet[Organisation], on: datetime.date) -> dict[int, Decimal]:
    """What the books owe to each of these by a day (credit above zero); one grouped query."""
    rows = Posting.objects.filter(
        account__role__in=OWED_BELOW,
        entry__on__lte=on,
        payee__in=unions.order_by().values("pk"),
    )
    found = rows.order_by().values_list("payee").annotate(total=Sum("amount"))
    return {payee: -total.quantize(CENT) for payee, total in found.iterator(chunk_size=5_000)}
