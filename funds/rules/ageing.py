"""How long money has been owed: bands of days since it fell due, and years it was paid for.

Superiors judge a federation by what it has not returned, and by how old that is (督查通报). What
was taken back from a union is set off against its oldest money first, so that nothing is owed to it
and by it at once; what is left when all of it is set off was returned too much (多返).
"""

import datetime
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

# Last day of each band, counted from the day it was due; the last band has no end.
BANDS: tuple[tuple[int | None, str], ...] = (
    (30, "30 天以内"),
    (90, "31 至 90 天"),
    (180, "91 至 180 天"),
    (365, "181 至 365 天"),
    (None, "365 天以上"),
)
YEARS = 4  # of which the last stands for all before
NOTHING = Decimal("0.00")
Span = tuple[datetime.date | None, datetime.date]  # from the first day on, None: without beginning


def spans(on: datetime.date) -> list[Span]:
    """The due dates of each band, as seen on a day: the youngest first."""
    found: list[Span] = []
    last = on
    for days, _ in BANDS:
        first = on - datetime.timedelta(days=days) if days is not None else None
        found.append((first, last))
        last = first - datetime.timedelta(days=1) if first else last
    return found


def years(on: datetime.date) -> list[tuple[Span, str]]:
    """The months of each year with its heading, as seen on a day: the youngest first."""
    found: list[tuple[Span, str]] = []
    last, oldest = datetime.date.max, on.year - YEARS + 1
    for year in range(on.year, oldest, -1):
        first = datetime.date(year, 1, 1)
        found.append(((first, last), f"{year} 年"))
        last = first - datetime.timedelta(days=1)
    return [*found, ((None, last), f"{oldest} 年及以前")]


def offset(amounts: Sequence[Decimal], credit: Decimal = NOTHING) -> tuple[list[Decimal], Decimal]:
    """What is left of amounts (youngest first) after all below zero among them, and a `credit` (not
    below zero), are set off against the oldest. Returns them and what of the credit is left over.
    """
    if not credit and min(amounts, default=NOTHING) >= 0:
        return list(amounts), NOTHING
    left = credit - sum((amount for amount in amounts if amount < 0), NOTHING)
    found: list[Decimal] = []
    for amount in reversed(amounts):
        amount = max(amount, NOTHING)
        taken = min(amount, left)
        left -= taken
        found.append(amount - taken)
    return found[::-1], left


def rate(paid: Decimal, due: Decimal) -> Decimal | None:
    """返还率 in percent with two decimals, cut off so that 100 means all; None: nothing is due.

    More than all is all: what was returned too much stands apart.
    """
    if due <= 0:
        return None
    percent = max(min(paid, due), NOTHING) * 100 / due
    return percent.quantize(Decimal("0.01"), ROUND_DOWN)
