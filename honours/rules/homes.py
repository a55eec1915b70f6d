"""模范职工之家: rates of 会员评家 and the thresholds of a title.

By the yearly notices on building homes of employees (河南 2015): entry rate and satisfaction at
least 90 %, the next lower title held, of big groups at least 60 % of the second-level unions.
The percentages themselves are dated data (`HomeRule`).
"""

from decimal import ROUND_DOWN, Decimal
from math import ceil


def rate(part: int, whole: int) -> Decimal | None:
    """So many percent, with two places, rounded down: 89.999 % is not 90 %. None of nothing."""
    if whole <= 0:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_DOWN)


def reaches(part: int, whole: int, percent: Decimal) -> bool:
    """Whether the part is at least so many percent of the whole, exactly. Nothing reaches it."""
    return whole > 0 and Decimal(part) * 100 >= percent * whole


def needed(whole: int, percent: Decimal) -> int:
    """The smallest number of parts that reaches the percentage: of 7 at 60 % are 5."""
    return ceil(percent * whole / 100)
