"""The unions, employers and people of the demo city, made up from a seed. No Django.

What the report of 2021 says stands in `GROUPS` and the numbers below; the rest is filling.
"""

import datetime
from collections import Counter, defaultdict
from datetime import date

from demo import words
from demo.names import Chance, Registry
from demo.places import CITY, CITY_NAME, DELIVERY, DISTRICTS, FREIGHT, TOWN_WEIGHTS
from demo.rows import Body, Firm, Member

UNIONS = 600  # bodies of every level
JOINED_BEFORE = 15_360  # members who joined in 2005 to 2020
JOINED_ORDINARY = 430  # members who joined in 2021 and belong to no group

# Who joined in 2021, by group and sector. The first five are the 33,000 new-form workers.
GROUPS: dict[tuple[str, str], int] = {
    ("网约送餐员", "网约配送"): 14_600,
    ("快递员", "快递物流"): 8_600,
    ("货车司机", "快递物流"): 2_927,
    ("货车司机", "道路货运"): 573,
    ("网约车司机", "网约出行"): 5_400,
    ("网络主播", "“两新”组织"): 900,
    ("护工护理员", "家政护理"): 260,
    ("家政服务员", "家政护理"): 240,
    ("商场信息员", "商贸流通"): 210,
    ("房产中介员", "物业保安与房产中介"): 180,
    ("保安员", "物业保安与房产中介"): 320,
}
IN_FEDERATION = 9_800  # of the food couriers; the others join unions of the districts
NEW_FORM_BASE = 48_530  # new-form workers of the city, by the survey of 2021
FREIGHT_ENTERPRISES = 17
WOMEN = {"网约送餐员": 0.11, "快递员": 0.14, "货车司机": 0.03, "网约车司机": 0.08, "网络主播": 0.62,
         "护工护理员": 0.86, "家政服务员": 0.93, "商场信息员": 0.71, "房产中介员": 0.48,
         "保安员": 0.12, "": 0.43}  # fmt: skip
POSITIONS = {"网约送餐员": "骑手", "快递员": "收派员", "货车司机": "驾驶员", "网约车司机": "驾驶员",
             "网络主播": "主播", "护工护理员": "护理员", "家政服务员": "服务员",
             "商场信息员": "导购员", "房产中介员": "经纪人", "保安员": "保安"}  # fmt: skip
# The unions of 2021 in a district, by sector, and how they are called there.
SECTOR_UNIONS = {
    "网约配送": "网约配送行业联合工会",
    "快递物流": "快递物流行业联合工会",
    "网约出行": "网约出行行业联合工会",
    "“两新”组织": "新兴行业联合工会",
    "家政护理": "家政护理行业联合工会",
    "商贸流通": "商贸流通行业联合工会",
    "物业保安与房产中介": "物业与房产中介行业联合工会",
}
LARGE_DISTRICTS = ("JC01", "JC02", "JC03", "JC04")  # with two unions of riders and two of couriers


class Rosters:
    """What the clerks hand in: `bodies`, `firms` and `members`, the same for the same seed.

    `sizes` has the members of each older union by its code, `staff` its employers with theirs.
    """

    def __init__(self, seed: int) -> None:
        self.chance = Chance(seed)
        self.registry = Registry(self.chance)
        self.bodies: list[Body] = []
        self.firms: list[Firm] = []
        self.members: list[Member] = []
        self.staff: dict[str, list[tuple[Firm, int]]] = defaultdict(list)
        self.sizes: dict[str, int] = {}
        self._names: Counter[str] = Counter()
        self._federations()
        self._territory()
        self._older_unions()
        self._sector_unions()
        self._uncovered_firms()
        self._older_members()
        self._new_members()

    def of_district(self, rows: list, district: str) -> list:
        """The rows of a district's clerk (`CITY`: those of the city's own clerk)."""

        def owner(row: Body | Firm | Member) -> str:
            code = row.code if isinstance(row, Body) else row.organisation
            return code[:4] if code[:4] in DISTRICTS and code not in DISTRICTS else CITY

        return [row for row in rows if owner(row) == district]

    # The tree

    def _body(
        self, code: str, name: str, level: str, parent: str | None, established: date,
        kind: str, short_name: str = "", **more: str,
    ) -> Body:  # fmt: skip
        """Add a body; its terms of five years run from the day of its establishment."""
        chance = self.chance
        number = (2021 - established.year) // 5 + 1
        since = _years_later(established, (number - 1) * 5)
        sex = "男" if chance.happens(0.62) else "女"
        registered = "81" if chance.happens(0.62 if established.year == 2021 else 0.88) else ""
        body = Body(
            code=code,
            name=name,
            short_name=short_name or name.removeprefix("江城市").removesuffix("委员会"),
            level=level,
            parent=parent,
            established_on=established,
            kind=kind,
            sector=more.get("sector"),
            approval_number=f"江工发〔{established.year}〕{chance.between(1, 180)}号",
            union_code=self.registry.credit_code(registered) if registered else None,
            term_number=number,
            term_since=since,
            term_until=_years_later(since, 5),
            chair_name=self.registry.name(sex)[0],
            chair_phone=self.registry.phone(),
            dues_channel=more.get("dues_channel", "税务代收"),
        )
        self.bodies.append(body)
        return body

    def _federations(self) -> None:
        self._body(CITY, CITY_NAME, "市级", None, date(1950, 3, 12), "总工会", "市总工会",
                   dues_channel="自行上缴")  # fmt: skip
        for number, (code, (name, _)) in enumerate(DISTRICTS.items()):
            founded = date(1952 + number * 5, 5, 10 + number)
            self._body(code, f"{name}总工会", "区县", CITY, founded, "总工会", name)
        for code, name, short_name, sector, day in (
            (DELIVERY, "江城市网约送餐员工会联合会", "送餐员联合会", "网约配送", date(2021, 4, 28)),
            (
                FREIGHT,
                "江城市道路运输与物流工会联合会",
                "运输物流联合会",
                "道路货运",
                date(2021, 6, 16),
            ),
        ):
            self._body(
                code, name, "产业（系统）", CITY, day, "工会联合会", short_name, sector=sector
            )
        for number in range(1, 15):
            code = f"{DELIVERY}-{number:03}"
            day = self.chance.day(date(2021, 4, 28), date(2021, 6, 30))
            name = f"江城市网约送餐员第{_chinese(number)}站联合工会委员会"
            self._body(code, name, "基层", DELIVERY, day, "联合基层工会", sector="网约配送")

    def _territory(self) -> None:
        for district, (name, towns) in DISTRICTS.items():
            for number, town in enumerate(towns.split(), start=1):
                founded = self.chance.day(date(1992, 1, 1), date(2001, 12, 31))
                code = f"{district}-{number:02}"
                self._body(code, f"{name}{town}总工会", "乡镇（街道）", district, founded, "总工会")

    @property
    def towns(self) -> list[Body]:
        return [body for body in self.bodies if body.level == "乡镇（街道）"]

    def _older_unions(self) -> None:
        """Grassroots unions of 2001 to 2020, each with the employers it covers."""
        chance = self.chance
        sector_unions = len(SECTOR_UNIONS) * len(DISTRICTS) + 2 * len(LARGE_DISTRICTS)
        freight_unions = FREIGHT_ENTERPRISES - 4
        count = UNIONS - len(self.bodies) - sector_unions - freight_unions
        towns = self.towns
        per_town = chance.shares(count, [TOWN_WEIGHTS[town.code[:4]] for town in towns], least=4)
        sizes = chance.shares(
            JOINED_BEFORE,
            [min(chance.random.lognormvariate(3.2, 0.9), 400) for _ in range(count)],
            least=6,
        )
        re_elected = {16, 140, 300}  # whose term ran out in 2021 and who elected anew
        place = 0
        for town, number_of_unions in zip(towns, per_town, strict=True):
            for number in range(1, number_of_unions + 1):
                code, size = f"{town.code}-{number:03}", sizes[place]
                year = 2016 if place in re_elected else chance.one(words.OLD_YEARS)
                founded = date(year, chance.between(1, 11), chance.between(1, 28))
                if chance.happens(0.72):
                    self._single_union(code, town, founded, size)
                else:
                    self._joint_union(code, town, founded, size)
                self.sizes[code] = size
                place += 1
        self.re_elected = [list(self.sizes)[at] for at in sorted(re_elected)]

    def _single_union(self, code: str, town: Body, founded: date, size: int) -> None:
        firm = self._firm(town.code, code, founded, size)
        channel = "财政划拨" if firm.ownership in words.BUDGET else "税务代收"
        self._body(code, f"{firm.name}工会委员会", "基层", town.code, founded, "单独基层工会",
                   dues_channel=channel)  # fmt: skip

    def _joint_union(self, code: str, town: Body, founded: date, size: int) -> None:
        place = town.name.removesuffix("总工会")
        name = f"{place}{self.chance.one(words.QUARTERS)}片区联合工会"
        self._names[name] += 1
        if self._names[name] > 1:
            name = name.replace("片区", f"第{_chinese(self._names[name])}片区")
        self._body(code, f"{name}委员会", "基层", town.code, founded, "联合基层工会")
        for part in self.chance.shares(size, [1] * self.chance.between(2, 4), least=1):
            last = date(2020, 12, 20)
            self._firm(town.code, code, self.chance.day(founded, last), part, joint=True)

    def _sector_unions(self) -> None:
        """The unions of 2021: in every district one of each sector, and those of freight."""
        for district, (name, towns) in DISTRICTS.items():
            doubled = ("网约配送", "快递物流") if district in LARGE_DISTRICTS else ()
            for sector in [*SECTOR_UNIONS, *doubled]:
                town = f"{district}-{self.chance.between(1, len(towns.split())):02}"
                used = sum(body.parent == town for body in self.bodies)
                label = f"{name}{SECTOR_UNIONS[sector]}"
                self._names[label] += 1
                if self._names[label] > 1:
                    label = label.replace("联合工会", "第二联合工会")
                day = self.chance.day(date(2021, 3, 1), date(2021, 9, 30))
                self._body(f"{town}-{used + 1:03}", f"{label}委员会", "基层", town, day,
                           "联合基层工会", sector=sector)  # fmt: skip
        joint = {1: "东线", 2: "西线"}
        enterprises = 0
        for number in range(1, FREIGHT_ENTERPRISES - 4 + 1):
            code = f"{FREIGHT}-{number:03}"
            day = self.chance.day(date(2021, 6, 20), date(2021, 9, 30))
            covered = [
                self._firm(FREIGHT, code, day, 35, freight=True)
                for _ in range(3 if number in joint else 1)
            ]
            enterprises += len(covered)
            if number in joint:
                name, kind = f"江城市货运{joint[number]}联合工会委员会", "联合基层工会"
            else:
                name, kind = f"{covered[0].name}工会委员会", "单独基层工会"
            self._body(code, name, "基层", FREIGHT, day, kind, sector="道路货运")

    # Employers

    def _firm(
        self, town: str, union: str | None, since: date | None, members: int,
        *, joint: bool = False, freight: bool = False,
    ) -> Firm:  # fmt: skip
        """Add an employer. `members` of its employees are in the union (all of them in none)."""
        chance, registry = self.chance, self.registry
        if freight:
            ownership, (industry, trade) = "私营", ("交通运输、仓储和邮政业", words.FREIGHT)
        else:
            ownership = chance.weighted(words.JOINT_OWNERSHIPS if joint else words.OWNERSHIPS)
            if ownership in words.BODIES:
                industry, trade = words.BODIES[ownership]
            else:
                industry, trade = chance.one(words.TRADES)
        start = "12" if ownership == "事业单位" else "11" if ownership == "机关" else "91"
        start = {"个体工商户": "92", "民办非企业单位": "52"}.get(ownership, start)
        employees = members
        if union:
            employees = max(members + 1, int(members / (0.55 + 0.43 * chance.random.random())))
        last = since or date(2019, 12, 31)
        firm = Firm(
            credit_code=registry.credit_code(start),
            name=self._firm_name(ownership, trade),
            ownership=ownership,
            industry=industry,
            organisation=town,
            size=None if ownership in words.BUDGET else _size(employees),
            employees=employees,
            is_above_scale=employees >= 80 and ownership not in words.BUDGET,
            is_platform=False,
            has_party_group=ownership in words.BUDGET or chance.happens(min(employees / 300, 0.7)),
            address=f"{chance.one(words.STREETS)}{chance.between(1, 399)}号",
            contact=registry.name("女" if chance.happens(0.5) else "男")[0],
            phone=registry.phone(),
            opened_on=chance.day(date(1988, 1, 1), last - datetime.timedelta(days=30))
            if last.year < 2003
            else chance.day(date(1998, 1, 1), last - datetime.timedelta(days=30)),
            union=union,
            covered_since=since,
        )
        self.firms.append(firm)
        if union:
            self.staff[union].append((firm, members))
        return firm

    def _firm_name(self, ownership: str, trade: tuple[str, ...]) -> str:
        while True:
            brand = self.chance.one(words.BRANDS_ONE) + self.chance.one(words.BRANDS_TWO)
            what = self.chance.one(trade)
            name = f"江城市{brand}{what}"
            if ownership not in words.BODIES and ownership != "个体工商户":
                name += "股份有限公司" if ownership == "其他股份有限公司" else "有限公司"
            self._names[name] += 1
            if self._names[name] == 1:
                return name

    def _uncovered_firms(self) -> None:
        """Employers without a union: what is left to do."""
        for town in self.towns:
            for _ in range(self.chance.between(1, 3)):
                employees = int(self.chance.random.lognormvariate(3.1, 0.8)) + 3
                self._firm(town.code, None, None, employees, joint=True)

    # People

    def _person(
        self, union: str, joined: date, group: str = "", firm: Firm | None = None
    ) -> Member:
        chance, registry = self.chance, self.registry
        sex = "女" if chance.happens(WOMEN[group]) else "男"
        name, ethnicity = registry.name(sex)
        adult = _years_later(joined, -18) - datetime.timedelta(days=30)
        oldest = date(1962, 1, 1) if sex == "男" else date(1966, 1, 1)
        if group:
            oldest = date(1968, 1, 1)
        span = (adult - oldest).days
        born = oldest + datetime.timedelta(
            days=int(chance.random.triangular(0, span, span * (0.75 if group else 0.6)))
        )
        migrant = chance.happens(0.66 if group else 0.27)
        platform = group in words.PLATFORM
        budget = firm is not None and firm.ownership in words.BUDGET
        member = Member(
            name=name,
            number=registry.number(born, sex),
            sex=sex,
            ethnicity=ethnicity,
            political_status=chance.weighted(words.POLITICS_BUDGET if budget else words.POLITICS),
            education=chance.weighted(words.EDUCATION_BUDGET if budget else words.EDUCATION),
            phone=registry.phone() if chance.happens(0.99 if group else 0.93) else None,
            household="农村" if migrant else chance.weighted({"城镇": 8, "农村": 2}),
            skill_grade=chance.weighted(words.SKILLS) if not budget and not group else None,
            organisation=union,
            employer=firm and firm.credit_code,
            joined_on=joined,
            card_number=f"JC{len(self.members) + 1:08}",
            worker_group=group or None,
            is_migrant_worker=migrant,
            employment="平台用工" if platform else chance.weighted(words.EMPLOYMENT),
            position=POSITIONS[group] if group else chance.one(words.JOBS),
        )
        self.members.append(member)
        return member

    def _older_members(self) -> None:
        chance = self.chance
        founded = {body.code: body.established_on for body in self.bodies}
        for union in self.sizes:
            for firm, members in self.staff[union]:
                first = max(founded[union], firm.covered_since or founded[union], date(2005, 1, 5))
                for _ in range(members):
                    # Many join in the first year of their union, the others year by year.
                    last = date(2020, 12, 28)
                    early = min(last, first + datetime.timedelta(days=240))
                    joined = chance.day(first, early if chance.happens(0.4) else last)
                    older_group = chance.weighted(words.OLDER_GROUPS)
                    self._person(union, joined, older_group, firm)
        ordinary = [body for body in self.bodies if body.code in self.sizes]
        for _ in range(JOINED_ORDINARY):
            union = chance.one(ordinary).code
            firm = chance.one(self.staff[union])[0]
            self._person(union, chance.day(date(2021, 1, 4), date(2021, 12, 24)), "", firm)

    def _new_members(self) -> None:
        """Those who joined in 2021, in the unions of their sector."""
        chance = self.chance
        unions: dict[str, list[Body]] = defaultdict(list)
        for body in self.bodies:
            if body.sector and body.level == "基层":
                unions[body.sector].append(body)
        for (group, sector), total in GROUPS.items():
            bodies = unions[sector]
            weights = [0.7 + chance.random.random() for _ in bodies]
            if group == "网约送餐员":
                in_federation = [body.code.startswith(DELIVERY) for body in bodies]
                own = _masked(weights, in_federation)
                rest = _masked(weights, [not inside for inside in in_federation])
                parts = [
                    one + other
                    for one, other in zip(
                        chance.shares(IN_FEDERATION, own),
                        chance.shares(total - IN_FEDERATION, rest),
                        strict=True,
                    )
                ]
            else:
                parts = chance.shares(total, weights)
            for body, part in zip(bodies, parts, strict=True):
                firms = [firm for firm, _ in self.staff[body.code]]
                for _ in range(part):
                    # Most join on the first days of the union, at its founding meeting.
                    last = date(2021, 12, 24)
                    early = min(last, body.established_on + datetime.timedelta(days=45))
                    joined = chance.day(
                        body.established_on, early if chance.happens(0.55) else last
                    )
                    self._person(body.code, joined, group, chance.one(firms) if firms else None)


def _years_later(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th."""
    return date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _masked(weights: list[float], inside: list[bool]) -> list[float]:
    return [weight if held else 0 for weight, held in zip(weights, inside, strict=True)]


def _chinese(number: int) -> str:
    """1 to 19 as 一 to 十九."""
    digits = "零一二三四五六七八九"
    return digits[number] if number < 10 else "十" + (digits[number - 10] if number > 10 else "")


def _size(employees: int) -> str:
    for bound, label in ((20, "微型"), (200, "小型"), (600, "中型")):
        if employees < bound:
            return label
    return "大型"
