"""What employers of the demo city paid from 2020 to 2022, batch by batch. No Django.

Large employers pay every quarter, small ones twice a year, those without a union the preparation
fund. Yuan are whole, so that shares come out to the cent: the sums below are those of the report.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import NamedTuple

from demo.names import Chance, credit_code
from demo.payers import Payers
from demo.places import CITY_NAME, DISTRICTS
from demo.rosters import Rosters
from demo.rows import Firm

YEARS = (2020, 2021, 2022)
COLLECTED = 86_200_000  # through the tax agency in 2021, refunds taken off
# What small employers paid in each half-year: 40 % of that of 2020, the part of the unions above,
# are the 7,150,000 that they were given back.
HALVES = {
    (2019, 2): 8_640_000,
    (2020, 1): 8_830_000,
    (2020, 2): 9_045_000,
    (2021, 1): 9_210_000,
    (2021, 2): 9_380_000,
    (2022, 1): 9_520_000,
}
PREPARATION = (1_180_000, 1_240_000)  # in January and in July
LARGE = {2020: 60_400_000, 2022: 68_900_000}  # of 2021 whatever is left
FISCAL = 2_900  # for each employee of an organ in a year
UNKNOWN = 6  # receipts of 2021 whose payer nobody knows
FIRST_UNKNOWN = 60_000  # the place of their credit codes
REFUNDS = (4_200, 3_600, 2_800)  # in the last batch of 2021


class Receipt(NamedTuple):
    """One receipt, by the columns of the sheet `collection_lines`."""

    batch: str
    receipt_number: str
    credit_code: str
    payer_name: str
    fund_kind: str
    period_first: date
    period_last: date
    amount: int
    entry_on: date
    tax_office: str | None
    reverses: str | None = None


class Arrival(NamedTuple):
    """What the bank booked, by the columns of the sheet `bank_arrivals`."""

    reference: str
    on: date
    amount: int
    payer: str
    remark: str
    batch: str


@dataclass
class Batch:
    """Receipts that were handed over together, and when they were distributed."""

    number: str
    channel: str
    entry_on: date
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(receipt.amount for receipt in self.receipts)

    @property
    def distributed_on(self) -> date:
        return self.entry_on + datetime.timedelta(days=12)

    def arrivals(self) -> list[Arrival]:
        """What came in the morning and what in the afternoon."""
        first = self.total // 3
        payer = f"国家金库{CITY_NAME.removesuffix('总工会')}中心支库"
        return [
            Arrival(
                f"YH{self.number}{place}", self.entry_on, amount, payer, "工会经费", self.number
            )
            for place, amount in enumerate((first, self.total - first), 1)
        ]


class Receipts:
    """`batches`, oldest first; `founded` are employers that got a union after they had paid the
    preparation fund."""

    def __init__(self, city: Rosters, payers: Payers, seed: int) -> None:
        self.chance = Chance(seed)
        self.payers = payers
        self._numbers = count(1)
        self.founded = [
            firm for firm in city.firms
            if firm.union and firm.covered_since and firm.covered_since >= date(2021, 1, 1)
        ]  # fmt: skip
        self.without = [firm for firm in city.firms if firm.union is None]
        channel = {body.code: body.dues_channel for body in city.bodies}
        self.organs = [
            firm for firm in city.firms
            if firm.union and channel[firm.union] == "财政划拨" and firm.covered_since
            and firm.covered_since < date(2020, 1, 1) and firm.union not in
            {city.history.moved[0], *(code for code, _, _ in city.history.closed)}
        ]  # fmt: skip
        taxes = {(batch.entry_on.year, batch.entry_on.month): batch for batch in self._taxes()}
        self._small(taxes)
        self._preparation(taxes)
        self._odd(taxes)
        self._large(taxes)
        self.batches = sorted([*taxes.values(), *self._fiscal()], key=lambda each: each.entry_on)

    def _taxes(self) -> Iterator[Batch]:
        for year in YEARS:
            for month in (1, 4, 7, 10):
                yield Batch(f"SW{year}{month:02}", "tax", date(year, month, 15))

    def _add(
        self,
        batch: Batch,
        firms: Sequence[Firm],
        amounts: Iterable[int],
        period: tuple[date, date],
        kind: str = "工会经费",
    ) -> None:
        first, last = period
        for firm, amount in zip(firms, amounts, strict=True):
            name, _ = DISTRICTS.get(firm.organisation[:4], ("市直属", ""))
            batch.receipts.append(
                Receipt(
                    batch=batch.number,
                    receipt_number=f"33{batch.entry_on:%y%m}{next(self._numbers):08}",
                    credit_code=firm.credit_code,
                    payer_name=firm.name,
                    fund_kind=kind,
                    period_first=first,
                    period_last=last,
                    amount=amount,
                    entry_on=batch.entry_on,
                    tax_office=f"江城市税务局{name}税务分局" if batch.channel == "tax" else None,
                )
            )

    def _small(self, taxes: dict[tuple[int, int], Batch]) -> None:
        firms = self.payers.small
        weights = [firm.employees * (0.7 + 0.6 * self.chance.random.random()) for firm in firms]
        for (year, half), total in HALVES.items():
            batch = taxes[(year, 7) if half == 1 else (year + 1, 1)]
            amounts = self.chance.shares(total, weights, least=300)
            self._add(batch, firms, amounts, half_year(year, half))

    def _preparation(self, taxes: dict[tuple[int, int], Batch]) -> None:
        """Of employers without a union; those of freight have one since the middle of 2021."""
        for (year, month), batch in taxes.items():
            if month not in (1, 7):
                continue
            firms = [*self.without, *(self.founded if (year, month) <= (2021, 7) else ())]
            period = half_year(year, 1) if month == 7 else half_year(year - 1, 2)
            total = PREPARATION[month == 7]
            amounts = self.chance.shares(total, [firm.employees for firm in firms], least=100)
            self._add(batch, firms, amounts, period, "建会筹备金")

    def _odd(self, taxes: dict[tuple[int, int], Batch]) -> None:
        """Payers that nobody knows, one under its former name, and money that was paid back."""
        batch = taxes[2021, 7]
        strangers = [
            firm._replace(credit_code=credit_code("91", FIRST_UNKNOWN + place))
            for place, firm in enumerate(self.payers.large[:UNKNOWN])
        ]
        amounts = [self.chance.between(18, 64) * 100 for _ in strangers]
        self._add(batch, strangers, amounts, half_year(2021, 1))
        renamed = batch.receipts[0]
        batch.receipts[0] = renamed._replace(
            payer_name=f"{renamed.payer_name}（原江城市第二服务部）"
        )
        last = taxes[2021, 10]
        paid = sorted(batch.receipts[: len(self.payers.small)], key=lambda each: -each.amount)
        for receipt, amount in zip(paid, REFUNDS, strict=False):
            last.receipts.append(
                receipt._replace(
                    batch=last.number,
                    receipt_number=f"33{last.entry_on:%y%m}{next(self._numbers):08}",
                    amount=-amount,
                    entry_on=last.entry_on,
                    reverses=receipt.receipt_number,
                )
            )

    def _large(self, taxes: dict[tuple[int, int], Batch]) -> None:
        """What is left of the whole year, so that the year comes out as the report tells it."""
        so_far = sum(batch.total for batch in taxes.values() if batch.entry_on.year == 2021)
        firms = self.payers.large
        for year, total in {**LARGE, 2021: COLLECTED - so_far}.items():
            weights = [0.9 + 0.2 * self.chance.random.random() for _ in range(4)]
            for month, part in zip((1, 4, 7, 10), self.chance.shares(total, weights), strict=True):
                amounts = self.chance.shares(part, [firm.employees for firm in firms])
                self._add(taxes[year, month], firms, amounts, quarter_before(year, month))

    def _fiscal(self) -> Iterator[Batch]:
        """What the treasury hands over for organs and institutions, once a year."""
        for year in YEARS:
            batch = Batch(f"CZ{year}", "fiscal", date(year, 11, 20))
            period = date(year, 1, 1), date(year, 12, 31)
            amounts = [firm.employees * FISCAL for firm in self.organs]
            self._add(batch, self.organs, amounts, period)
            yield batch


def half_year(year: int, half: int) -> tuple[date, date]:
    if half == 1:
        return date(year, 1, 1), date(year, 6, 30)
    return date(year, 7, 1), date(year, 12, 31)


def quarter_before(year: int, month: int) -> tuple[date, date]:
    """The three months before the first of `month`."""
    last = date(year, month, 1) - datetime.timedelta(days=1)
    return date(last.year, last.month - 2, 1), last
