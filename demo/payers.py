"""Who pays dues beside the employers of the rosters: many small ones, a few large. No Django.

All of them are covered by joint unions since before the years that the report tells of.
"""

import datetime
from collections.abc import Sequence
from datetime import date

from demo import words
from demo.names import Chance, Registry, credit_code
from demo.places import DISTRICTS
from demo.rosters import Rosters
from demo.rows import Body, Firm

ENTITLED = 1_752  # small employers that were given back what they paid for 2020
FIRST_CODE = 20_000  # the place of their first credit code among those of the city
LARGE = {
    "网络科技": ("信息传输、软件和信息技术服务业", 9),
    "即时配送服务": ("居民服务、修理和其他服务业", 8),
    "速运": ("交通运输、仓储和邮政业", 7),
    "供应链管理": ("租赁和商务服务业", 4),
}
LARGE_STAFF = 33_000  # of all large ones together
SMALL_TRADES = [
    ("批发和零售业", ("便利店", "五金商行", "建材经营部", "服饰店", "文具店", "水果店")),
    ("住宿和餐饮业", ("小吃店", "快餐店", "宾馆", "茶楼")),
    ("居民服务、修理和其他服务业", ("美容店", "汽修厂", "家电维修部", "洗衣店")),
    ("制造业", ("模具厂", "包装厂", "针织厂", "食品厂", "木器厂")),
    ("租赁和商务服务业", ("图文设计工作室", "会务服务部", "劳务服务部")),
]


class Payers:
    """`small` are the employers that are entitled to a rebate for 2020, old ones and new ones;
    `added` those that no roster has, `large` and all."""

    def __init__(self, city: Rosters, seed: int) -> None:
        self.chance = Chance(seed)
        self.registry = Registry(self.chance)
        self._names = {firm.name for firm in city.firms}
        self.added: list[Firm] = []
        joint = [
            body for body in city.bodies
            if body.kind == "联合基层工会" and body.established_on < date(2018, 1, 1)
            and body.code[:4] in DISTRICTS and body.code not in touched(city)
        ]  # fmt: skip
        self.large = self._large(joint)
        known = steady(city)
        self.small = [*known, *(self._small(joint) for _ in range(ENTITLED - len(known)))]

    def _large(self, joint: Sequence[Body]) -> list[Firm]:
        trades = [(what, where) for what, (where, count) in LARGE.items() for _ in range(count)]
        weights = [0.4 + self.chance.random.random() for _ in trades]
        staff = self.chance.shares(LARGE_STAFF, weights, least=620)
        return [
            self._firm(joint, f"{what}有限公司", "私营", where, employees, is_platform=True)
            for (what, where), employees in zip(trades, staff, strict=True)
        ]

    def _small(self, joint: Sequence[Body]) -> Firm:
        where, several = self.chance.one(SMALL_TRADES)
        employees = self.chance.between(4, 19)
        return self._firm(joint, self.chance.one(several), "个体工商户", where, employees)

    def _firm(
        self,
        joint: Sequence[Body],
        what: str,
        ownership: str,
        industry: str,
        employees: int,
        *,
        is_platform: bool = False,
    ) -> Firm:
        chance, union = self.chance, self.chance.one(joint)
        since = chance.day(union.established_on, date(2019, 12, 20))
        start = "91" if is_platform else "92"
        firm = Firm(
            credit_code=credit_code(start, FIRST_CODE + len(self.added)),
            name=self._name(what),
            ownership=ownership,
            industry=industry,
            organisation=union.parent or "",
            size="大型" if is_platform else "微型",
            employees=employees,
            is_above_scale=is_platform,
            is_platform=is_platform,
            has_party_group=is_platform,
            address=f"{chance.one(words.STREETS)}{chance.between(1, 399)}号",
            contact=self.registry.name("女" if chance.happens(0.5) else "男")[0],
            phone=None,
            opened_on=since - datetime.timedelta(days=chance.between(60, 3_000)),
            union=union.code,
            covered_since=since,
        )
        self.added.append(firm)
        return firm

    def _name(self, what: str) -> str:
        while True:
            brand = self.chance.one(words.BRANDS_ONE) + self.chance.one(words.BRANDS_TWO)
            third = self.chance.one(["", *words.BRANDS_TWO])
            name = f"江城市{brand}{third}{what}"
            if name not in self._names:
                self._names.add(name)
                return name


def touched(city: Rosters) -> set[str]:
    """The unions whose story would make the money of these years hard to follow."""
    history = city.history
    return {history.moved[0], *(code for code, _, _ in history.closed)}


def steady(city: Rosters) -> list[Firm]:
    """The small employers of the rosters that paid through the tax agency in all these years."""
    channel = {body.code: body.dues_channel for body in city.bodies}
    changed = {firm.credit_code for firm in city.history.covered}
    return [
        firm for firm in city.firms
        if firm.union and firm.covered_since and firm.covered_since < date(2020, 1, 1)
        and channel[firm.union] == "税务代收" and firm.size in {"微型", "小型"}
        and firm.union not in touched(city) and firm.credit_code not in changed
    ]  # fmt: skip
