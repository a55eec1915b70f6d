"""How large an enterprise is, by its trade, staff, revenue and assets.

中小企业划型标准规定（工信部联企业〔2011〕300号）: sixteen trades, of each the measures that
count and from what figure on an enterprise is large, medium, small. It is of a class when all its
measures reach the figures of that class; below those of a small one it is micro.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

CLASSES = ("large", "medium", "small")  # below: micro
SMALLEST = "micro"
WAN = 10_000  # the standard counts in 万元, we in yuan

Measures = Mapping[str, Decimal | int | None]


class Trade(NamedTuple):
    """One trade; of each measure the figures of a large, a medium and a small enterprise.

    Staff in persons, revenue and assets in 万元; None where the measure does not count.
    """

    label: str
    employees: tuple[int, int, int] | None = None
    revenue: tuple[int, int, int] | None = None
    assets: tuple[int, int, int] | None = None

    @property
    def measures(self) -> list[str]:
        """Those that count in this trade."""
        return [name for name in MEASURES if getattr(self, name)]

    def reached(self, rank: int, measures: Measures) -> bool:
        """Whether every measure that counts reaches the figure of the class of that rank."""
        return all(
            measures[name] >= getattr(self, name)[rank] * MEASURES[name] for name in self.measures
        )


# The measures, and by what their figures are multiplied.
MEASURES = {"employees": 1, "revenue": WAN, "assets": WAN}

TRADES = {
    "agriculture": Trade("农、林、牧、渔业", revenue=(20_000, 500, 50)),
    "industry": Trade("工业", (1_000, 300, 20), (40_000, 2_000, 300)),
    "construction": Trade("建筑业", None, (80_000, 6_000, 300), (80_000, 5_000, 300)),
    "wholesale": Trade("批发业", (200, 20, 5), (40_000, 5_000, 1_000)),
    "retail": Trade("零售业", (300, 50, 10), (20_000, 500, 100)),
    "transport": Trade("交通运输业", (1_000, 300, 20), (30_000, 3_000, 200)),
    "storage": Trade("仓储业", (200, 100, 20), (30_000, 1_000, 100)),
    "post": Trade("邮政业", (1_000, 300, 20), (30_000, 2_000, 100)),
    "lodging": Trade("住宿业", (300, 100, 10), (10_000, 2_000, 100)),
    "catering": Trade("餐饮业", (300, 100, 10), (10_000, 2_000, 100)),
    "telecoms": Trade("信息传输业", (2_000, 100, 10), (100_000, 1_000, 100)),
    "software": Trade("软件和信息技术服务业", (300, 100, 10), (10_000, 1_000, 50)),
    "real_estate": Trade("房地产开发经营", None, (200_000, 1_000, 100), (10_000, 5_000, 2_000)),
    "property": Trade("物业管理", (1_000, 300, 100), (5_000, 1_000, 500)),
    "leasing": Trade("租赁和商务服务业", (300, 100, 10), assets=(120_000, 8_000, 100)),
    "other": Trade("其他未列明行业", (300, 100, 10)),
}
CHOICES = [(code, trade.label) for code, trade in TRADES.items()]
LABELS = {"employees": "从业人员", "revenue": "营业收入", "assets": "资产总额"}


def missing(trade: str, measures: Measures) -> list[str]:
    """The measures that count in a trade and are not known."""
    return [name for name in TRADES[trade].measures if measures.get(name) is None]


def size(trade: str, measures: Measures) -> str:
    """large, medium, small or micro. `measures`: staff in persons, revenue and assets in yuan."""
    standard = TRADES[trade]
    return next(
        (name for rank, name in enumerate(CLASSES) if standard.reached(rank, measures)), SMALLEST
    )
