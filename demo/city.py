"""The city that is loaded: its unions, employers and people, made up from a seed. No Django.

Rows are what district clerks would type: texts of the columns of the sheets, dates and numbers.
What the report of 2021 says stands in `GROUPS` and the numbers below; the rest is filling.
"""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from demo import words
from demo.names import Chance, Registry

SEED = 2021
CITY, CITY_NAME = "JC", "江城市总工会"
DELIVERY, FREIGHT = "JC-WL", "JC-HY"
DISTRICTS = {
    "JC01": ("城东区", "新桥街道 花园街道 东湖街道 解放街道 文昌街道 石井街道 东郊镇"),
    "JC02": ("城西区", "西门街道 建设街道 和平街道 莲塘街道 古井街道 大塘镇 西山镇"),
    "JC03": ("江北区", "江北街道 滨江街道 码头街道 红星街道 北苑街道 柳溪镇"),
    "JC04": ("江南区", "江南街道 南苑街道 会展街道 双桥街道 青枫街道 沙洲镇"),
    "JC05": ("临港新区", "港口街道 保税街道 海湾街道 新港镇 盐场镇"),
    "JC06": ("青山县", "青山镇 云雾镇 石门镇 松岭镇 竹溪乡 茶园乡"),
    "JC07": ("白水县", "白水镇 河口镇 长堤镇 平川镇 稻香乡 芦塘乡"),
    "JC08": ("云溪市", "云溪街道 城关街道 龙潭镇 枫林镇 古渡镇"),
}
UNIONS = 600  # bodies of every level
TOWN_WEIGHTS = {"JC01": 1.4, "JC02": 1.3, "JC03": 1.2, "JC04": 1.3, "JC05": 1.0, "JC06": 0.7,
                "JC07": 0.7, "JC08": 0.9}  # fmt: skip
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
DEPLOYED = 212  # cadres sent to communities in 2021
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
QUALIFIED_TOWNS = ("JC01-01", "JC01-03", "JC02-02", "JC03-02", "JC04-01", "JC05-01")


class Body(NamedTuple):
    """One union body, by the columns of the sheet `organisations`."""

    code: str
    name: str
    short_name: str
    level: str
    parent: str | None
    established_on: date
    kind: str
    sector: str | None = None
    approval_number: str | None = None
    union_code: str | None = None
    term_number: int | None = None
    term_since: date | None = None
    term_until: date | None = None
    chair_name: str | None = None
    chair_phone: str | None = None
    dues_channel: str | None = None


class Firm(NamedTuple):
    """One employer, by the columns of the sheet `employers`."""

    credit_code: str
    name: str
    ownership: str
    industry: str
    organisation: str
    size: str
    employees: int
    is_above_scale: bool
    is_platform: bool
    has_party_group: bool
    address: str
    contact: str
    phone: str
    opened_on: date
    union: str | None
    covered_since: date | None


class Member(NamedTuple):
    """One person in one union, by the columns of the sheet `members`."""

    name: str
    number: str
    sex: str
    ethnicity: str
    political_status: str
    education: str
    phone: str | None
    household: str
    skill_grade: str | None
    organisation: str
    employer: str | None
    joined_on: date
    card_number: str
    worker_group: str | None
    is_migrant_worker: bool
    employment: str
    position: str


class Leave(NamedTuple):
    """A member leaves; `reason` is a value of `Membership.LeaveReason`."""

    number: str
    on: date
    reason: str


class Change(NamedTuple):
    """A member goes from one union to another."""

    number: str
    target: str
    issued_on: date
    accepted_on: date


class Headcount(NamedTuple):
    """The yearly return of a town for 2021, by the fields of `HeadcountReport`."""

    organisation: str
    employers: int
    employees: int
    employees_women: int
    employees_migrant: int
    members: int
    members_women: int
    members_migrant: int
    members_new_form: int
    cadres_full_time: int
    cadres_part_time: int


@dataclass
class History:
    """What happened after the rosters were handed in, in the order in which it is entered."""

    leaves: list[Leave] = field(default_factory=list)
    rejoiners: list[Member] = field(default_factory=list)
    transfers: list[Change] = field(default_factory=list)
    doubles: list[tuple[Member, date]] = field(default_factory=list)  # entered again, left on
    kept: list[tuple[str, date]] = field(default_factory=list)  # number, retired since
    covered: list[Firm] = field(default_factory=list)  # by another union than in the roster
    moved: tuple[str, str, date] = ("", "", date.min)  # union, new superior, day
    closed: list[tuple[str, str, date]] = field(default_factory=list)  # union, reason, day
    mechanisms: list[tuple[str, str, date, str]] = field(default_factory=list)
    posts: list[tuple[str, str, str, bool, date, date | None]] = field(default_factory=list)
    headcounts: list[Headcount] = field(default_factory=list)


class City:
    """The whole city, the same for the same seed.

    `bodies`, `firms` and `members` are the rosters; `history` is what comes after them.
    """

    def __init__(self, seed: int = SEED) -> None:
        self.chance = Chance(seed)
        self.registry = Registry(self.chance)
        self.bodies: list[Body] = []
        self.firms: list[Firm] = []
        self.members: list[Member] = []
        self.history = History()
        self._staff: dict[str, list[tuple[Firm, int]]] = defaultdict(list)  # firm, its members
        self._sizes: dict[str, int] = {}  # members of the older unions
        self._names: Counter[str] = Counter()
        self._federations()
        self._territory()
        self._older_unions()
        self._sector_unions()
        self._uncovered_firms()
        self._older_members()
        self._new_members()
        self._write_history()

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
                self._sizes[code] = size
                place += 1
        self._re_elected = [list(self._sizes)[at] for at in sorted(re_elected)]

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
            size=_size(employees),
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
            self._staff[union].append((firm, members))
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
        for union in self._sizes:
            for firm, members in self._staff[union]:
                first = max(founded[union], firm.covered_since or founded[union], date(2005, 1, 5))
                for _ in range(members):
                    # Many join in the first year of their union, the others year by year.
                    last = date(2020, 12, 28)
                    early = min(last, first + datetime.timedelta(days=240))
                    joined = chance.day(first, early if chance.happens(0.4) else last)
                    older_group = chance.weighted(words.OLDER_GROUPS)
                    self._person(union, joined, older_group, firm)
        ordinary = [body for body in self.bodies if body.code in self._sizes]
        for _ in range(JOINED_ORDINARY):
            union = chance.one(ordinary).code
            firm = chance.one(self._staff[union])[0]
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
                firms = [firm for firm, _ in self._staff[body.code]]
                for _ in range(part):
                    # Most join on the first days of the union, at its founding meeting.
                    last = date(2021, 12, 24)
                    early = min(last, body.established_on + datetime.timedelta(days=45))
                    joined = chance.day(
                        body.established_on, early if chance.happens(0.55) else last
                    )
                    self._person(body.code, joined, group, chance.one(firms) if firms else None)

    # What came after

    def _write_history(self) -> None:
        chance, history = self.chance, self.history
        by_union: dict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            if member.organisation in self._sizes and member.joined_on.year <= 2018:
                by_union[member.organisation].append(member)
        founded = {body.code: body.established_on for body in self.bodies}
        parent = {body.code: body.parent for body in self.bodies}
        single = {body.code for body in self.bodies if body.kind == "单独基层工会"}

        # A union that went to the neighbouring district, and two that were dissolved.
        moved = next(code for code in by_union if code.startswith("JC03-04") and code in single)
        history.moved = (moved, "JC04-02", date(2020, 7, 1))
        growing = {member.organisation for member in self.members if member.joined_on.year > 2018}
        small = sorted(
            (code for code in by_union if code in single - growing and code != moved),
            key=lambda code: self._sizes[code],
        )[:2]
        for number, code in enumerate(small):
            day = date(2019 + number, 6, 28)
            target = next(
                other
                for other in self._sizes
                if parent[other] == parent[code] and other not in small and founded[other] < day
            )
            history.transfers += [
                Change(member.number, target, day - datetime.timedelta(days=20), day)
                for member in by_union.pop(code)
            ]
            history.closed.append((code, "单位改制，并入其他工会", day))
            history.covered += [
                firm._replace(union=target, covered_since=day) for firm, _ in self._staff[code]
            ]

        crowd = [member for members in by_union.values() for member in members]
        chosen = chance.random.sample(crowd, 230)
        leavers, movers, retired = chosen[:130], chosen[130:200], chosen[200:]
        for member in leavers:
            on = chance.day(date(2019, 1, 5), date(2021, 12, 20))
            history.leaves.append(Leave(member.number, on, chance.weighted(words.REASONS)))
        for member in movers:
            issued = chance.day(date(2019, 3, 1), date(2021, 11, 20))
            target = member.organisation
            while target == member.organisation or target in small or founded[target] > issued:
                target = chance.one(list(self._sizes))
            accepted = issued + datetime.timedelta(days=chance.between(1, 25))
            history.transfers.append(Change(member.number, target, issued, accepted))
        for member in retired:
            history.kept.append((member.number, chance.day(date(2020, 1, 1), date(2021, 12, 1))))
        self._rejoin(leavers, founded, small)
        self._cover_again()
        self._mechanisms(single, founded)
        self._posts()
        self._headcounts(parent)
        self._enter_again({member.number for member in chosen})

    def _enter_again(self, others: set[str]) -> None:
        """Five of 2017 were entered a second time under a wrong digit, and that ended in 2019.

        Nothing of it reaches the years that the report tells of.
        """
        entered = [
            member for member in self.members
            if member.joined_on.year == 2017 and member.phone and member.number not in others
        ]  # fmt: skip
        for member in entered[::40][:5]:
            joined = member.joined_on + datetime.timedelta(days=21)
            again = member._replace(
                number=self.registry.slip(member.number), joined_on=joined, card_number=""
            )
            self.history.doubles.append((again, date(2019, 6, 30)))

    def _rejoin(self, leavers: list[Member], founded: dict[str, date], closed: list[str]) -> None:
        """Some who quit in 2019 came back later."""
        history = self.history
        people = {member.number: member for member in leavers}
        quitters = [
            leave for leave in history.leaves if leave.reason == "quit" and leave.on.year == 2019
        ]
        unions = [code for code in self._sizes if founded[code].year < 2019 and code not in closed]
        for leave in quitters[:12]:
            union = self.chance.one(unions)
            history.rejoiners.append(
                people[leave.number]._replace(
                    organisation=union,
                    employer=self.chance.one(self._staff[union])[0].credit_code,
                    joined_on=self.chance.day(date(2020, 2, 1), date(2021, 11, 30)),
                )
            )

    def _cover_again(self) -> None:
        """Ten delivery companies left the joint union of their town for one of their trade."""
        chance = self.chance
        stations = [body for body in self.bodies if body.parent == DELIVERY]
        joint = [
            firm for firm in self.firms
            if firm.ownership == "私营" and firm.employees < 60
            and firm.union in self._sizes and len(self._staff[firm.union]) > 1
        ]  # fmt: skip
        for firm, station in zip(chance.random.sample(joint, 10), stations, strict=False):
            day = station.established_on + datetime.timedelta(days=chance.between(1, 40))
            self.history.covered.append(firm._replace(union=station.code, covered_since=day))

    def _mechanisms(self, single: set[str], founded: dict[str, date]) -> None:
        """(organisation, kind, since, document): kinds are values of `Mechanism.Kind`."""
        chance, add = self.chance, self.history.mechanisms.append
        for number, district in enumerate(DISTRICTS):
            day = chance.day(date(2018, 3, 1), date(2021, 9, 30))
            add((district, "court_link", day, f"江法发〔{day.year}〕{20 + number}号"))
            if district not in {"JC06", "JC07"}:
                day = chance.day(date(2016, 1, 1), date(2020, 12, 31))
                add((district, "fiscal_appropriation", day, f"江财行〔{day.year}〕{40 + number}号"))
        for code in ("JC02", "JC05", *self._re_elected):
            add((code, "election", chance.day(date(2021, 2, 20), date(2021, 12, 10)), ""))
        for code in ("JC01", "JC03", "JC04", "JC06", "JC07", "JC08"):
            add((code, "election", chance.day(date(2017, 1, 10), date(2020, 11, 30)), ""))
        for code in self._sizes:
            if code not in single:
                continue
            first = max(founded[code], date(2008, 1, 1))
            for kind, share in (
                ("workers_congress", 0.7),
                ("open_management", 0.6),
                ("women_committee", 0.5),
                ("mediation_committee", 0.3),
                ("standardised", 0.2),
            ):
                if chance.happens(share):
                    add((code, kind, chance.day(first, date(2021, 12, 15)), ""))

    def _posts(self) -> None:
        """(organisation, holder, kind, full time, since, until): kinds of `Post.Kind`."""
        chance, add = self.chance, self.history.posts.append

        def holder() -> str:
            return self.registry.name("男" if chance.happens(0.55) else "女")[0]

        towns = self.towns
        for number in range(DEPLOYED):
            since = chance.day(date(2021, 1, 6), date(2021, 8, 31))
            until = since + datetime.timedelta(days=chance.between(20, 90))
            add((towns[number % len(towns)].code, holder(), "deployment", False, since, until))
        for town in towns:
            for _ in range(2 if town.code in QUALIFIED_TOWNS else chance.between(0, 1)):
                since = chance.day(date(2012, 1, 1), date(2020, 12, 31))
                add((town.code, holder(), "cadre", True, since, None))
            since = chance.day(date(2016, 1, 1), date(2021, 10, 31))
            add((town.code, holder(), "mediator", False, since, None))

    def _headcounts(self, parent: dict[str, str | None]) -> None:
        """The yearly returns of the towns: members as in the rosters, employees as reported."""
        chance = self.chance
        below: dict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            below[parent[member.organisation] or ""].append(member)
        for town in self.towns:
            members = below[town.code]
            women = sum(member.sex == "女" for member in members)
            migrant = sum(member.is_migrant_worker for member in members)
            qualified = town.code in QUALIFIED_TOWNS
            others = int(len(members) * (0.2 + 0.4 * chance.random.random())) + 60
            if qualified:
                others = max(others, 5_200 + chance.between(0, 2_600) - len(members))
            self.history.headcounts.append(
                Headcount(
                    organisation=town.code,
                    employers=chance.between(104, 168) if qualified else chance.between(14, 92),
                    employees=len(members) + others,
                    employees_women=women + int(others * 0.42),
                    employees_migrant=migrant + int(others * 0.3),
                    members=len(members),
                    members_women=women,
                    members_migrant=migrant,
                    members_new_form=sum(m.worker_group in words.PLATFORM for m in members),
                    cadres_full_time=2 if qualified else chance.between(0, 1),
                    cadres_part_time=chance.between(1, 4),
                )
            )


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
