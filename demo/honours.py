"""Who holds which honours in the demo city, and what its model workers are given. No Django.

What the report of 2021 says stands in the numbers below; the rest is filling.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from demo.households import BANKS, account
from demo.names import Chance
from demo.places import CITY, CITY_NAME, DISTRICTS
from demo.rosters import Rosters
from demo.rows import Firm, Member

NATIONAL, PROVINCIAL, MUNICIPAL = 53, 60, 150  # model workers who live in the city
# When model workers were named, by level: what a city remembers.
EDITIONS = {
    "national": (date(2000, 4, 29), date(2005, 4, 30), date(2010, 4, 27), date(2015, 4, 28),
                 date(2020, 11, 24)),
    "provincial": (date(2001, 4, 28), date(2006, 4, 27), date(2011, 4, 28), date(2016, 4, 27)),
    "municipal": (date(2002, 4, 29), date(2005, 4, 28), date(2008, 4, 29), date(2011, 4, 28),
                  date(2014, 4, 29), date(2017, 4, 28), date(2020, 4, 29)),
}  # fmt: skip
OWN = "JC01-01-001"  # the union whose chair has an account
YOUNGEST = 24  # at the naming
RETIRED_BORN = 1964  # up to when those are born who have retired
# The lists of 2021 by title: how many, on which day.
PERSONS_2021 = {
    "may1_medal_national": (2, date(2021, 4, 27)),
    "may1_medal_provincial": (9, date(2021, 4, 28)),
    "may1_medal_municipal": (26, date(2021, 4, 29)),
    "may1_medal_county": (9, date(2021, 4, 30)),
    "craftsman_provincial": (1, date(2021, 6, 18)),
    "craftsman_municipal": (10, date(2021, 9, 25)),
    "master_tutor_provincial": (5, date(2021, 7, 9)),
    "master_tutor_municipal": (15, date(2021, 8, 20)),
    "learning_worker_municipal": (30, date(2021, 10, 15)),
    "most_beautiful_family": (29, date(2021, 12, 3)),
}
RIDERS_2021 = ("most_beautiful_rider", 20, date(2021, 11, 8))
FIRMS_2021 = {
    "may1_certificate_national": (1, date(2021, 4, 27)),
    "may1_certificate_provincial": (4, date(2021, 4, 28)),
    "may1_certificate_municipal": (10, date(2021, 4, 29)),
    "may1_certificate_county": (3, date(2021, 4, 30)),
    "reform_pilot_firm": (20, date(2021, 3, 30)),
}
HARMONIOUS = {2019: 40, 2020: 44, 2021: 40}
HOMES_2021 = {"model_home_municipal": (46, date(2021, 12, 10)),
              "model_small_home_municipal": (22, date(2021, 12, 10))}  # fmt: skip
WORKS = (
    ("work_national", "微视频《江城晨光》", date(2021, 6, 30)),
    ("work_national", "微视频《骑手的一天》", date(2021, 6, 30)),
    ("demo_competition_provincial", "智能制造装调技能竞赛", date(2021, 9, 2)),
    ("demo_competition_provincial", "港口装卸安全生产竞赛", date(2021, 9, 2)),
    ("demo_competition_provincial", "重点工程劳动和技能竞赛", date(2021, 9, 2)),
    ("case_paper_provincial", "产教融合培育技能人才的江城实践", date(2021, 11, 19)),
    ("case_paper_provincial", "镇街产业工人队伍建设改革试点报告", date(2021, 11, 19)),
    ("case_paper_provincial", "新就业形态劳动者入会路径研究", date(2021, 11, 19)),
)
# The years before, smaller.
EARLIER = {"may1_medal_municipal": 20, "craftsman_municipal": 6, "master_tutor_municipal": 8}
EARLIER_FIRMS = {"may1_certificate_municipal": 8}

# 三金 of 2021: 120 are topped up to 54,600 yuan, 41 are given a half of what illness cost them.
TOPPED_UP, MADE_UP = 120, 41
AVERAGE, PERCENT = 78_000, 70
VISITED = (121, 1_000, 500, date(2021, 2, 3))  # persons, cash, goods
CHECKED_UP = (1_000, date(2021, 5, 20))  # what one check-up cost; all national ones
RESTED = (30, 3_200, date(2021, 9, 6))


class AwardRow(NamedTuple):
    """One row of the sheet `honours_awards`."""

    organisation: str
    title: str
    recipient_name: str
    number: str | None
    credit_code: str | None
    union: str | None
    unit_name: str | None
    granted_on: date
    document_number: str
    certificate_number: str


class Model(NamedTuple):
    """A model worker who lives: by his number, where his benefits go, what he earned and lost."""

    number: str
    level: str
    is_retired: bool
    bank: str
    account: str
    income: int | None  # of 2020, where it is topped up
    loss: int | None  # of 2021, where it is made up


class Honours:
    """`awards` as the city hands them in, `models` whom they bring benefits."""

    def __init__(self, city: Rosters, seed: int) -> None:
        self.city, self.chance = city, Chance(seed)
        self.awards: list[AwardRow] = []
        self.models: list[Model] = []
        self._firms = {firm.credit_code: firm for firm in city.firms}
        people = self._people()
        self._model_workers(people)
        rest = iter(people[len(self.models) :])
        firms = self._employers()
        for year in (2019, 2020):
            self._earlier(year, rest, firms)
        self._of_2021(rest, firms)
        self._collective()

    def _people(self) -> list[Member]:
        """Members of older unions who neither left nor moved, the oldest first; two of the union
        whose chair has an account before all."""
        history, founded = self.city.history, self.city.sizes
        gone = {leave.number for leave in history.leaves}
        gone |= {change.number for change in history.transfers}
        gone |= {member.number for member, _ in history.doubles}
        closed = {code for code, _, _ in history.closed} | {history.moved[0]}
        there = [
            member
            for member in self.city.members
            if member.organisation in founded
            and member.organisation not in closed
            and member.number not in gone
        ]
        there.sort(key=lambda member: (member.number[6:14], member.number))
        own = [one for one in there if one.organisation == OWN and one.joined_on.year <= 2020][:2]
        old = [one for one in there if one.organisation != OWN and one.joined_on.year <= 2018]
        return [*own, *old]

    def _model_workers(self, people: Sequence[Member]) -> None:
        levels = ["municipal"] * 2 + ["national"] * NATIONAL + ["provincial"] * PROVINCIAL
        levels += ["municipal"] * (MUNICIPAL - 2)
        kept = {number for number, _ in self.city.history.kept}
        for place, level in enumerate(levels):
            member = people[place]
            born = int(member.number[6:10])
            editions = [day for day in EDITIONS[level] if day.year - born >= YOUNGEST]
            on = self.chance.one(editions or EDITIONS[level][-1:])
            kind = "advanced_worker" if place % 4 == 3 else "model_worker"
            self._give(f"{kind}_{level}", member, on, place)
            self.models.append(
                Model(
                    member.number,
                    level,
                    member.number in kept or born <= RETIRED_BORN,
                    self.chance.one(BANKS),
                    account(200_000 + place),
                    *self._means(place),
                )
            )

    @staticmethod
    def _means(place: int) -> tuple[int | None, int | None]:
        """What the first 161 earned, or paid for an illness."""
        line = AVERAGE * PERCENT // 100
        if place < TOPPED_UP:
            return line - (9_000 + place * 37 % TOPPED_UP * 110), None
        if place < TOPPED_UP + MADE_UP:
            return None, 2 * (8_000 + place * 7 % MADE_UP * 500)
        return None, None

    def _give(self, title: str, member: Member, on: date, place: int) -> None:
        firm = self._firms.get(member.employer or "")
        self._row(
            title, member.organisation, member.name, on, place,
            number=member.number, unit_name=firm.name if firm else None,
        )  # fmt: skip

    def _row(
        self, title: str, organisation: str, name: str, on: date, place: int, **facts: str | None
    ) -> None:
        known = {"number": None, "credit_code": None, "union": None, "unit_name": None} | facts
        self.awards.append(
            AwardRow(
                organisation=organisation,
                title=title,
                recipient_name=name,
                granted_on=on,
                document_number=f"江工发〔{on.year}〕{on.month * 10 + len(title) % 10}号",
                certificate_number=f"{on.year}{place + 1:04}",
                **known,
            )
        )

    def _employers(self) -> list[Firm]:
        """Enterprises that a union of long standing covers, the larger first."""
        firms = [
            firm
            for firm in self.city.firms
            if firm.union in self.city.sizes and firm.covered_since and firm.size
        ]
        return sorted(firms, key=lambda firm: (-firm.employees, firm.credit_code))

    def _award_firms(self, title: str, firms: Sequence[Firm], on: date) -> None:
        for place, firm in enumerate(firms):
            self._row(title, firm.union, firm.name, on, place, credit_code=firm.credit_code)

    def _earlier(self, year: int, people: Iterator[Member], firms: Sequence[Firm]) -> None:
        for title, count in EARLIER.items():
            for place in range(count):
                self._give(title, next(people), date(year, 4, 29), place)
        start = (year - 2019) * 20 + 60
        for title, count in EARLIER_FIRMS.items():
            self._award_firms(title, firms[start : start + count], date(year, 4, 29))

    def _of_2021(self, people: Iterator[Member], firms: Sequence[Firm]) -> None:
        for title, (count, on) in PERSONS_2021.items():
            for place in range(count):
                self._give(title, next(people), on, place)
        title, count, on = RIDERS_2021
        riders = [one for one in self.city.members if one.worker_group == "网约送餐员"]
        for place, member in enumerate(riders[:: len(riders) // count][:count]):
            self._give(title, member, on, place)
        start = 0
        for title, (count, on) in FIRMS_2021.items():
            self._award_firms(title, firms[start : start + count], on)
            start += count
        start = 0
        for year, count in HARMONIOUS.items():
            # Each year some are named again: cumulatively an enterprise is one.
            self._award_firms(
                "harmonious_municipal", firms[start : start + count], date(year, 11, 20)
            )
            start += count - 4

    def _collective(self) -> None:
        history = self.city.history
        gone = {code for code, _, _ in history.closed} | {history.moved[0]}
        unions = [
            body
            for body in self.city.bodies
            if body.code in self.city.sizes and body.established_on.year < 2018
            and body.code not in gone
        ]  # fmt: skip
        wanted = sum(count for count, _ in HOMES_2021.values())
        unions, start = unions[:: len(unions) // wanted], 0
        for title, (count, on) in HOMES_2021.items():
            for place, body in enumerate(unions[start : start + count]):
                self._row(title, body.code, body.name, on, place, union=body.code)
            start += count
        for place, code in enumerate([f"{code}-01" for code in DISTRICTS] + ["JC01-02", "JC02-02"]):
            town = next(body for body in self.city.bodies if body.code == code)
            self._row("reform_pilot_town", code, town.name, date(2021, 3, 30), place, union=code)
        for place, (title, name, on) in enumerate(WORKS):
            self._row(title, CITY, name, on, place)
        self._row("commendation_provincial", CITY, CITY_NAME, date(2021, 12, 28), 0, union=CITY)
