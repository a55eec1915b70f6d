"""The competitions, trainings and innovations of 2019 to 2022, as the city hands them over.
No Django."""

import datetime
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from demo import words
from demo.names import Chance, Registry, credit_code
from demo.places import CITY, DISTRICTS
from demo.rosters import Rosters
from demo.rows import Firm, Member

FIRST_CODE = 30_000  # the place of the first credit code of those that only competitions know
UNITS = 3_120  # that took part in 2021
HEADS = {2019: 96_400, 2020: 121_700, 2021: 402_600}  # person-times that units reported
SESSIONS = {2019: 410, 2020: 520, 2021: 2_046}  # held by units
PROJECTS = {2019: 31, 2020: 38, 2021: 74}
PLAN = "职工劳动和技能竞赛计划"
THEMES = ("“建功新时代”主题劳动竞赛", "安全生产“安康杯”竞赛", "节能降耗劳动竞赛")
SKILLS = {
    "机械加工职业技能竞赛": "数控车工 数控铣工 加工中心操作工 钳工 焊工 模具工",
    "电力行业职业技能竞赛": "配电线路工 变电检修工 装表接电工 电力调度员",
    "建筑行业职业技能竞赛": "砌筑工 钢筋工 架子工 测量放线工 建筑信息模型员",
    "纺织印染职业技能竞赛": "纺纱工 织布工 印染工 服装制版师 缝纫工",
    "交通运输职业技能竞赛": "公交驾驶员 汽车维修工 城市轨道交通列车司机 叉车司机",
    "快递物流职业技能竞赛": "快递员 网约配送员 物流服务师 仓储管理员",
    "餐饮服务职业技能竞赛": "中式烹调师 中式面点师 西式面点师 餐厅服务员",
    "医疗护理职业技能竞赛": "临床护理 养老护理员 医疗护理员 育婴员",
    "教育系统教学技能竞赛": "小学语文教学 小学数学教学 学前教育教学 职业教育教学",
    "信息技术职业技能竞赛": "网络安全管理员 计算机程序设计员 电子商务师 数据标注员 无人机操控员",
    "财贸系统职业技能竞赛": "收银员 营业员 导购员 会计",
    "化工医药职业技能竞赛": "化工总控工 化学检验员 药物检验员 制药工",
    "公共服务职业技能竞赛": "保安员 家政服务员 保洁员 绿化工",
    "应急救援职业技能竞赛": "消防员 应急救护员 安全员",
    "轻工食品职业技能竞赛": "茶叶加工工 黄酒酿造工 食品检验员 包装工",
    "水利水务职业技能竞赛": "水质检验工 泵站运行工 供排水管道工 河道修防工",
    "邮政通信职业技能竞赛": "邮件分拣员 信息通信网络线务员 客户服务管理员",
}
BASES = (
    *(("江城市机械制造产业工人培训基地", "市级"), ("江城市电力产业工人培训基地", "市级")),
    *(("江城市纺织印染产业工人培训基地", "市级"), ("江城市建筑产业工人培训基地", "市级")),
    *(("江城市现代物流产业工人培训基地", "市级"), ("江城市化工医药产业工人培训基地", "市级")),
    *(("江城市数字技能产业工人培训基地", "市级"), ("江城市健康服务产业工人培训基地", "市级")),
    *(("江城市应急救援产业工人培训基地", "省级"),),
)
COLLEGE = "江城职业技术学院劳模工匠学院"
CLASS = 12  # persons whom a training names
EXCELLENT = 65
ADOPTED = 412
PROPOSED = 1_180


class Held(NamedTuple):
    """One event, by the columns of the sheet `competition_takeover`."""

    organisation: str
    year: int
    plan: str
    competition: str
    level: str
    form: str
    host: str
    organiser: str | None
    starts_on: date
    ends_on: date
    document_number: str
    name: str
    final_on: date | None


class Heads(NamedTuple):
    """One unit in one competition, by the columns of the sheet `participation_takeover`."""

    year: int
    competition: str
    credit_code: str
    headcount: int
    sessions: int


class Entered(NamedTuple):
    """One person in one event, by the columns of the sheet `entry_takeover`."""

    year: int
    competition: str
    event: str
    number: str
    card: str


class Taught(NamedTuple):
    """One training, by the columns of the sheet `trainings`."""

    organisation: str
    title: str
    kind: str
    trade: str | None
    held_on: date
    sessions: int
    headcount: int


class Named(NamedTuple):
    """One person in one training, by the columns of the sheet `trainees`."""

    organisation: str
    title: str
    held_on: date
    name: str
    number: str


class Graded(NamedTuple):
    """One grade of one person, by the columns of the sheet `skill_certificates`."""

    name: str
    holder: str
    trade: str
    grade: str
    number: str
    issuer: str
    issued_on: date


class Base(NamedTuple):
    name: str
    kind: str
    level: str
    opened_on: date


class Better(NamedTuple):
    """One innovation of 2021, and how far it came."""

    credit_code: str
    title: str
    kind: str
    proposer: str
    proposed_on: date
    value: Decimal | None
    adopted_on: date | None
    selected_on: date | None


class Contests:
    """`added` are units that only competitions know: small ones without a union, so that figures of
    members and unions stay as they are and only the number of employers grows."""

    def __init__(self, city: Rosters, seed: int) -> None:
        self.city, self.chance = city, Chance(seed + 6)
        self.registry = Registry(self.chance)
        known = {firm.credit_code: firm for firm in (*city.firms, *city.payers.added)}
        self.known = list(known.values())
        self._names = {firm.name for firm in self.known}
        self.towns = [body.code for body in city.bodies if body.level == "乡镇（街道）"]
        self.added = [self._firm(at) for at in range(UNITS - len(self.known) + 140)]
        self.events = [event for year in PROJECTS for event in self._events(year)]
        self.reports = [row for year in PROJECTS for row in self._reports(year)]
        self.entries = self._entries()
        self.trainings = self._trainings()
        self.bases = self._bases()
        self.innovations = self._innovations()
        classes = self._classes()
        self.trainees = [self._named(of, one) for of, some in classes for one in some]
        self.certificates = self._certificates(classes)
        self.trainings += [of for of, _ in classes]

    def _firm(self, at: int) -> Firm:
        chance = self.chance
        trade, what = chance.one(
            [("批发和零售业", "商行"), ("制造业", "加工厂"), ("住宿和餐饮业", "餐馆")]
        )
        name = ""
        while not name or name in self._names:
            brand = chance.one(words.BRANDS_ONE) + chance.one(words.BRANDS_TWO)
            name = f"江城市{brand}{chance.one(words.BRANDS_TWO)}{what}"
        self._names.add(name)
        return Firm(
            credit_code=credit_code("92", FIRST_CODE + at),
            name=name,
            ownership="个体工商户",
            industry=trade,
            organisation=chance.one(self.towns),
            size="微型",
            employees=chance.between(3, 15),
            is_above_scale=False,
            is_platform=False,
            has_party_group=False,
            address=f"{chance.one(words.STREETS)}{chance.between(1, 399)}号",
            contact=self.registry.name("女" if chance.happens(0.5) else "男")[0],
            phone=None,
            opened_on=chance.day(date(2008, 1, 1), date(2018, 12, 31)),
            union=None,
            covered_since=None,
        )

    def _events(self, year: int) -> list[Held]:
        """The themes, each one project without a final, then trades until there are enough."""
        found = [self._event(year, theme, theme, at) for at, theme in enumerate(THEMES)]
        for at, (competition, trades) in enumerate(SKILLS.items(), len(THEMES)):
            for trade in trades.split():
                if len(found) < PROJECTS[year]:
                    found.append(self._event(year, competition, trade, at))
        return found

    def _event(self, year: int, competition: str, trade: str, at: int) -> Held:
        is_theme = competition in THEMES
        starts = date(year, 3, 1) + datetime.timedelta(days=7 * at)
        ends = date(year, 11, 30) if is_theme else starts + datetime.timedelta(days=90)
        form = "主题劳动竞赛"
        if is_theme and "安康杯" in competition:
            form = "安康杯竞赛"
        elif not is_theme:
            form = "职业技能竞赛"
        return Held(
            organisation=CITY,
            year=year,
            plan=PLAN,
            competition=competition,
            level="市级一类" if is_theme or at % 4 == 0 else "市级二类",
            form=form,
            host="江城市总工会",
            organiser=None if is_theme else "江城市人力资源和社会保障局",
            starts_on=starts,
            ends_on=ends,
            document_number=f"江工发〔{year}〕{20 + at}号",
            name="全部工种" if is_theme else trade,
            final_on=None
            if is_theme
            else ends - datetime.timedelta(days=self.chance.between(3, 20)),
        )

    def _reports(self, year: int) -> list[Heads]:
        """Each unit in one theme, some large ones in all of them."""
        units = [*self.known, *self.added]
        if year < 2021:
            units = [firm for firm in self.known if self.chance.happens(0.3)]
        else:
            units = units[:UNITS]
        rows = [(firm, THEMES[at % len(THEMES)]) for at, firm in enumerate(units)]
        rows += [
            (firm, theme)
            for at, firm in enumerate(units)
            for theme in THEMES
            if firm.employees >= 200 and theme != THEMES[at % len(THEMES)]
        ]
        weights = [min(firm.employees, 900) + 12.0 for firm, _ in rows]
        heads = self.chance.shares(HEADS[year], weights, least=3)
        sessions = self.chance.shares(SESSIONS[year], weights)
        return [
            Heads(year, theme, firm.credit_code, count, held)
            for (firm, theme), count, held in zip(rows, heads, sessions, strict=True)
        ]

    def _may(self) -> list[Member]:
        """Members who work, of unions that are still there."""
        closed = {code for code, _, _ in self.city.history.closed}
        gone = {leave.number for leave in self.city.history.leaves}
        gone |= {one.number for one in self.city.history.transfers}
        gone |= {number for number, _ in self.city.history.kept}
        return [
            member
            for member in self.city.members
            if member.employer and member.number not in gone and member.organisation not in closed
            and member.joined_on < date(2021, 1, 1)
        ]  # fmt: skip

    def _entries(self) -> list[Entered]:
        """Members in the trades of 2021."""
        trades = [event for event in self.events if event.year == 2021 and event.final_on]
        chosen = self.chance.random.sample(self._may(), 32 * len(trades))
        return [
            Entered(
                2021,
                trades[at % len(trades)].competition,
                trades[at % len(trades)].name,
                member.number,
                f"2021-{at % len(trades) + 1:02}-{at // len(trades) + 1:03}",
            )
            for at, member in enumerate(chosen)
        ]

    def _trainings(self) -> list[Taught]:
        """Those of each district in each month of 2021."""
        places = [CITY, *DISTRICTS]
        trades = [trade for several in SKILLS.values() for trade in several.split()]
        found = []
        for month in range(1, 13):
            for at, place in enumerate(places):
                trade = trades[(month * len(places) + at) % len(trades)]
                is_school = (month + at) % 6 == 0
                found.append(
                    Taught(
                        place,
                        f"{month}月大专学历提升班" if is_school else f"{month}月{trade}技能提升班",
                        "学历教育" if is_school else "技能培训",
                        None if is_school else trade,
                        date(2021, month, 3 + at),
                        8 + (month * 7 + at * 3) % 6,
                        880 + (month * 37 + at * 53) % 160,
                    )
                )
        return found

    def _classes(self) -> list[tuple[Taught, list[Member]]]:
        """Of 2022, when those who came were first written down by name: one in each district."""
        may = self._may()
        trades = (trade for several in SKILLS.values() for trade in several.split())
        return [
            (
                Taught(place, f"{trade}研修班", "技能培训", trade, date(2022, 4, 6), 2, 0),
                self.chance.random.sample(
                    [one for one in may if one.organisation.startswith(place)], CLASS
                ),
            )
            for place, trade in zip((CITY, *DISTRICTS), trades, strict=False)
        ]

    def _named(self, of: Taught, one: Member) -> Named:
        return Named(of.organisation, of.title, of.held_on, one.name, one.number)

    def _certificates(self, classes: Sequence[tuple[Taught, Sequence[Member]]]) -> list[Graded]:
        """Two of three passed the examination."""
        passed = [(of.trade, one) for of, some in classes for at, one in enumerate(some) if at % 3]
        return [
            Graded(one.name, one.number, trade, "技师" if at % 5 == 0 else "高级工",
                   f"S00003306002022{at:06}", "江城市职业技能鉴定中心", date(2022, 6, 30))
            for at, (trade, one) in enumerate(passed, 1)
        ]  # fmt: skip

    def _bases(self) -> list[Base]:
        found = [
            Base(name, "产业工人培训基地", level, date(2021, 2, 20) + datetime.timedelta(30 * at))
            for at, (name, level) in enumerate(BASES)
        ]
        return [*found, Base(COLLEGE, "劳模工匠学院", "市级", date(2021, 9, 28))]

    def _innovations(self) -> list[Better]:
        units = [firm for firm in self.city.firms if firm.union and firm.employees >= 30]
        closed = {code for code, _, _ in self.city.history.closed}
        units = [firm for firm in units if firm.union not in closed]
        things = (
            "夹具",
            "传送线",
            "除尘装置",
            "排产方法",
            "检测流程",
            "包装工艺",
            "配电柜",
            "模具",
        )
        acts = ("改进", "节能改造", "快速更换", "国产替代", "安全防护改造")
        found = []
        for at in range(PROPOSED):
            day = date(2021, 1, 5) + datetime.timedelta(days=at % 300)
            adopted = day + datetime.timedelta(days=30) if at % 20 < 7 and at < 20 * 59 else None
            found.append(
                Better(
                    units[at % len(units)].credit_code,
                    f"{things[at % len(things)]}{acts[at // len(things) % len(acts)]}（{at + 1}）",
                    ("合理化建议", "五小成果", "职工创新成果")[at % 3],
                    f"第{at % 9 + 1}班组",
                    day,
                    Decimal(5_000 + at * 37 % 90_000),
                    adopted,
                    None,
                )
            )
        taken = [at for at, one in enumerate(found) if one.adopted_on][:EXCELLENT]
        for at in taken:
            found[at] = found[at]._replace(selected_on=date(2021, 12, 10))
        return found
