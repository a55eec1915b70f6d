"""Structure of a list of candidates: "count of some / count of a base, at least or at most".

评选办法 bind how a list is made up (结构比例): front-line workers at least, heads of enterprises at
most, women at least … (handbook §5.2). A candidate is the set of his tags. Who is counted has one
of the tags of the filter and belongs to the base; the base are those with one of its tags, or all.
At least 35 % of 10 are 4 (rounded up), at most 20 % of 9 is 1 (rounded down); nobody in the base,
no violation.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

LEAST, MOST = "ge", "le"


def least(base: int, percent: Decimal) -> int:
    """The smallest number that is at least `percent` of the base."""
    return math.ceil(Fraction(percent) * base / 100)


def most(base: int, percent: Decimal) -> int:
    """The largest number that is at most `percent` of the base."""
    return math.floor(Fraction(percent) * base / 100)


@dataclass(frozen=True)
class Ratio:
    """One constraint of a document. `name` is whom it is about, as the document says it."""

    name: str
    wanted: frozenset[str]
    operator: str
    percent: Decimal
    document: str
    base: frozenset[str] = field(default_factory=frozenset)
    base_name: str = ""

    @property
    def told(self) -> str:
        """一线职工不少于 60%."""
        among = f"{self.base_name}中的" if self.base_name else ""
        way = "不少于" if self.operator == LEAST else "不超过"
        return f"{among}{self.name}{way} {plain(self.percent)}%"


@dataclass(frozen=True)
class Judged:
    """What a list comes to under one constraint. `bound` is the number that is needed or allowed,
    `missing` how many are missing or too many."""

    ratio: Ratio
    count: int
    base: int
    bound: int

    @property
    def missing(self) -> int:
        if self.ratio.operator == LEAST:
            return max(self.bound - self.count, 0)
        return max(self.count - self.bound, 0)

    @property
    def is_met(self) -> bool:
        return not self.missing

    @property
    def sentence(self) -> str:
        """Names the constraint, its document, and what is missing."""
        if not self.base:
            return f"{self.ratio.told}：名单中没有计算基数，不作要求（{self.ratio.document}）。"
        wants_more = self.ratio.operator == LEAST
        asked = f"{self.base} 名中{'至少' if wants_more else '至多'} {self.bound} 名"
        stands = f"现 {self.count} 名"
        if self.missing:
            stands += f"，{'还差' if wants_more else '多出'} {self.missing} 名"
        return f"{self.ratio.told}：{asked}，{stands}（{self.ratio.document}）。"


def judge(ratio: Ratio, candidates: Sequence[Collection[str]]) -> Judged:
    """Count a list of candidates, each a set of tags."""
    base = [tags for tags in candidates if not ratio.base or ratio.base & set(tags)]
    count = sum(bool(ratio.wanted & set(tags)) for tags in base)
    bound = (least if ratio.operator == LEAST else most)(len(base), ratio.percent)
    return Judged(ratio, count, len(base), bound)


def plain(percent: Decimal) -> str:
    """60.00 as 60, 37.50 as 37.5."""
    return f"{percent:f}".rstrip("0").rstrip(".") if "." in f"{percent:f}" else f"{percent:f}"
