"""应收未收: what employers owe by the wages that are known, and have not paid.

Wages are those declared for periods of the year; where an employer declared none, those that its
receipts name. What is owed of them is said by the split rule in force in the period.
"""

import csv
import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TextIO

from django.db.models import Q, Sum

from core.errors import Refused
from core.models import Organisation
from core.sheets.columns import harmless
from funds.models import CollectionLine, FundKind, WageDeclaration
from funds.rules import receipts
from funds.services.rulebook import Facts, Rulebook
from members.models import Coverage, Employer

ZERO = Decimal("0.00")


@dataclass
class Arrear:
    """One employer's year, in yuan. `unruled` are wages of periods without a rule."""

    employer: Employer
    wages: Decimal = ZERO
    owed: Decimal = ZERO
    received: Decimal = ZERO
    unruled: Decimal = ZERO
    levies: set[Decimal] = field(default_factory=set)
    is_declared: bool = False

    @property
    def missing(self) -> Decimal:
        return self.owed - self.received


class _Wages(NamedTuple):
    """Wages of one employer in one period, and where it was then."""

    employer: int
    place: int
    union: int | None
    on: datetime.date
    amount: Decimal


def of_year(within: Organisation, year: int) -> list[Arrear]:
    """Employers who have not paid all, whoever owes most first; at the end of whom nothing can be
    said for want of a rule. An employer belongs where its own union body is today."""
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    employers = Employer.objects.within(within).select_related("organisation")
    found = {each.pk: Arrear(each) for each in employers}
    declared = list(_declared(within, first, last))
    for wages in declared:
        found[wages.employer].is_declared = True
    stated = [each for each in _stated(within, first, last) if not found[each.employer].is_declared]
    _reckon(found, [*declared, *stated])
    paid = CollectionLine.objects.standing().filter(
        employer__in=Employer.objects.within(within), period_first__range=(first, last)
    )
    for employer, total in paid.order_by().values_list("employer").annotate(total=Sum("amount")):
        found[employer].received = total.quantize(receipts.CENT)
    open_ones = [each for each in found.values() if each.missing > 0 or each.unruled]
    return sorted(open_ones, key=lambda each: (-each.missing, each.employer.pk))


def _declared(within: Organisation, first: datetime.date, last: datetime.date) -> Iterator[_Wages]:
    """As employers declared them; the union is that of the first day of the period."""
    rows = WageDeclaration.objects.filter(
        employer__in=Employer.objects.within(within), period_first__range=(first, last)
    )
    covered: dict[int, list[tuple]] = defaultdict(list)
    coverages = Coverage.objects.filter(employer__in=rows.order_by().values("employer")).filter(
        Q(until__isnull=True) | Q(until__gt=first), since__lte=last
    )
    for employer, since, until, union in coverages.values_list(
        "employer", "since", "until", "organisation"
    ):
        covered[employer].append((since, until, union))
    for employer, place, on, wages in rows.order_by("pk").values_list(
        "employer", "employer__organisation", "period_first", "wages"
    ):
        union = next(
            (
                union
                for since, until, union in covered[employer]
                if since <= on and (until is None or on < until)
            ),
            None,
        )
        yield _Wages(employer, union or place, union, on, wages)


def _stated(within: Organisation, first: datetime.date, last: datetime.date) -> Iterator[_Wages]:
    """As the receipts name them."""
    rows = CollectionLine.objects.standing().filter(
        employer__in=Employer.objects.within(within),
        period_first__range=(first, last),
        amount__gt=0,
        wage_base__gt=0,
    )
    keys = ("employer", "organisation", "union", "period_first")
    sums = rows.order_by().values_list(*keys).annotate(total=Sum("wage_base"))
    for row in sums.iterator():
        yield _Wages(*row)


def _reckon(found: dict[int, Arrear], wages: list[_Wages]) -> None:
    """What is owed of each, by the rule that was in force."""
    book = Rulebook()
    asked = [
        Facts(
            FundKind.DUES if each.union else FundKind.PREPARATION,
            each.place,
            each.union,
            each.employer,
            each.on,
            True,
        )
        for each in wages
    ]
    book.learn(asked)
    for each, facts in zip(wages, asked, strict=True):
        arrear = found[each.employer]
        arrear.wages += each.amount.quantize(receipts.CENT)
        try:
            levy = book.ruling(facts).rule.levy
        except Refused:
            arrear.unruled += each.amount
            continue
        arrear.levies.add(levy)
        arrear.owed += receipts.owed(each.amount, levy)


# How they are told.

HEADINGS = [
    *("用人单位", "统一社会信用代码", "主管工会", "工资依据", "工资总额（元）", "计提比例（%）"),
    *("应缴（元）", "已收（元）", "未收（元）", "说明"),
]


def cells(arrear: Arrear) -> list[str]:
    """One row under the headings."""
    unruled = f"其中 {arrear.unruled:,} 元工资所属期没有适用的分成规则，未计入应缴。"
    return [
        arrear.employer.name,
        arrear.employer.credit_code,
        arrear.employer.organisation.label,
        "工资申报" if arrear.is_declared else "缴款明细",
        f"{arrear.wages:,}",
        "、".join(f"{levy.normalize():f}" for levy in sorted(arrear.levies)) or "—",
        f"{arrear.owed:,}",
        f"{arrear.received:,}",
        f"{arrear.missing:,}",
        unruled if arrear.unruled else "",
    ]


def write(stream: TextIO, found: Iterable[Arrear]) -> None:
    """The whole list as text with commas."""
    rows = csv.writer(stream)
    rows.writerow(HEADINGS)
    rows.writerows([harmless(cell) for cell in cells(each)] for each in found)
