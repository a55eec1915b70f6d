"""A synthetic city of any size: plausible, valid, the same for the same seed, written in sets.

Its districts, towns and accounts are those of the demo city. Every number in it has its check digit
and belongs to nobody. Who handed in a roster once lies together in the register; who joined later
lies anywhere; the county `ONCE` handed in first and nobody joined there later.
"""

import datetime
from bisect import bisect
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cached_property
from itertools import accumulate
from multiprocessing import get_context
from random import Random
from typing import Any, NamedTuple

from django.db import connection, transaction

from core import bulk
from core.errors import Refused
from core.fields import blind_index
from core.models import Organisation, User
from core.periods import Period
from core.services import figures, organisations
from demo import accounts, loading, words
from demo.city import CITY, CITY_NAME, DELIVERY, DISTRICTS, FREIGHT, TOWN_WEIGHTS
from demo.names import (
    FEMALE,
    MALE,
    REGION,
    SURNAMES,
    credit_code,
    phone_number,
)
from members import pinyin
from members.models import (
    Coverage,
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Person,
    Post,
    Transfer,
    UnionProfile,
)

CHUNK = 10_000  # persons that are made up and written together
PROCESSES = 2
ONCE = "JC06"
LATER = 0.15  # of the members joined after the rosters


def _day(year: int, month: int, day: int) -> int:
    return datetime.date(year, month, day).toordinal()


BASE, LAST = _day(1950, 1, 1), _day(2025, 12, 31)
ISO = [datetime.date.fromordinal(day).isoformat() for day in range(BASE, LAST + 1)]
BORN = range(_day(1958, 1, 1), _day(2004, 12, 31))
ADULT = 18 * 366  # days
HALVES = 495  # numbers of one sex for each day of birth, as in `demo.names`
MOST = len(BORN) * HALVES // 10 * 9
STRIDE = 2_654_435_761  # prime: neighbours in the register are not born on the same day

# Sector of a union, the groups of its members, and how many of a hundred are women.
SECTORS = {
    "delivery": (("food_courier",), 11),
    "express": (("courier", "courier", "courier", "truck_driver"), 12),
    "freight": (("truck_driver",), 3),
    "ride_hailing": (("ride_hailing_driver",), 8),
    "new_organisations": (("livestreamer", "", ""), 50),
    "care": (("care_worker", "domestic_worker"), 90),
    "retail": (("mall_clerk", ""), 71),
    "property": (("security_guard", "security_guard", "estate_agent"), 24),
}
PLATFORM_SECTORS = {"delivery", "express", "freight", "ride_hailing"}
PLATFORM = {"food_courier", "courier", "truck_driver", "ride_hailing_driver", "livestreamer"}


def _table(shares: dict[str, int]) -> list[str]:
    """Each value as often as its share says, to be drawn from with one look."""
    return [value for value, share in shares.items() for _ in range(share)]


SURNAME_TABLE = _table(SURNAMES)
SYLLABLES = {sex: sorted(set("".join(names))) for sex, names in (("m", MALE), ("f", FEMALE))}
POLITICS = _table({"masses": 74, "youth_league": 10, "party": 14, "democratic": 1, "": 1})
EDUCATION = _table(
    {
        "primary": 3,
        "junior": 25,
        "senior": 20,
        "vocational": 16,
        "college": 19,
        "bachelor": 14,
        "master": 2,
        "": 1,
    }
)
SKILLS = _table({"": 70, "junior": 9, "middle": 10, "senior": 8, "technician": 2, "chief": 1})
TITLES = _table({"": 88, "助理工程师": 5, "工程师": 4, "高级工程师": 1, "经济师": 2})
EMPLOYMENT = _table({"contract": 90, "dispatched": 6, "part_time": 2, "": 2})
STATUS = _table(
    {"working": 90, "waiting": 2, "sick": 1, "internal": 1, "unemployed": 2, "retired": 4}
)
REASONS = _table({"quit": 55, "deemed_quit": 28, "deceased": 12, "expelled": 3, "correction": 2})
OWNERSHIPS = _table(
    {
        "170": 48,
        "159": 20,
        "400": 12,
        "500": 6,
        "151": 4,
        "161": 3,
        "300": 3,
        "200": 2,
        "169": 1,
        "700": 1,
    }
)
INDUSTRIES = _table({"C": 34, "F": 18, "E": 9, "G": 8, "H": 6, "I": 6, "L": 7, "O": 6, "P": 6})
BUDGET = {"400", "500"}


class Union(NamedTuple):
    """A body with members. `employers` are the positions of those that it covers."""

    code: str
    parent: str
    name: str
    level: str
    founded: int
    kind: str
    sector: str
    weight: float
    employers: range
    closed: int | None = None


class Synthetic:
    """The city of `members` people. Bodies and employers are planned at once, people in chunks."""

    def __init__(self, members: int, seed: int = 1) -> None:
        if not 1 <= members <= MOST:
            raise Refused(f"会员人数应在 1 至 {MOST:,} 之间。", code="synthetic_size")
        self.members, self.seed = members, seed
        self.rostered = members - int(members * LATER)
        self.unions: list[Union] = []
        self._plan()
        self._places = list(accumulate(union.weight for union in self.unions))
        once = sum(union.code.startswith(ONCE) for union in self.unions)  # they are the first
        self._later = self._places[once - 1]
        self.pks: dict[str, int] = {}  # of organisations, by code; known once they are written

    def chance(self, part: object) -> Random:
        """A source of chance of its own for each part, so that parts can be made anywhere."""
        return Random(f"{self.seed}:{part}")  # noqa: S311 - made-up rows, no secret

    # The bodies

    def federations(self) -> Iterator[tuple[Organisation, str]]:
        """(body, code of its superior) of districts, trades and towns."""
        levels = Organisation.Level
        for code, (name, towns) in DISTRICTS.items():
            yield _body(code, f"{name}总工会", levels.DISTRICT, _day(1952, 5, 1), name), CITY
            for number, town in enumerate(towns.split(), start=1):
                made = f"{code}-{number:02}"
                yield _body(made, f"{name}{town}总工会", levels.TOWN, _day(1995, 7, 1)), code
        for code, name, day in (
            (DELIVERY, "江城市网约送餐员工会联合会", _day(2018, 4, 28)),
            (FREIGHT, "江城市道路运输与物流工会联合会", _day(2017, 6, 16)),
        ):
            yield _body(code, name, levels.INDUSTRY, day), CITY

    def _plan(self) -> None:
        chance = self.chance("unions")
        count = max(150, self.members // 50)
        towns = {
            f"{district}-{number:02}": (f"{name}{town}", TOWN_WEIGHTS[district])
            for district, (name, names) in sorted(
                DISTRICTS.items(), key=lambda item: item[0] != ONCE
            )
            for number, town in enumerate(names.split(), start=1)
        }
        towns |= {DELIVERY: ("江城市网约送餐", 1.0), FREIGHT: ("江城市货运", 1.0)}
        total = sum(weight for _, weight in towns.values())
        self.employers = 0
        for town, (name, weight) in towns.items():
            for number in range(1, max(2, round(count * weight / total)) + 1):
                union = self._union(chance, town, name, number)
                self.unions.append(union)
                self.employers = union.employers.stop

    def _union(self, chance: Random, town: str, place: str, number: int) -> Union:
        trade = {DELIVERY: "delivery", FREIGHT: "freight"}.get(town, "")
        branch = not trade and number > 2 and chance.random() < 0.04
        sector = trade or ("" if branch or chance.random() > 0.14 else chance.choice([*SECTORS]))
        year = chance.randint(2017, 2025) if sector else chance.randint(1996, 2025)
        year = 1996 if number == 1 and not trade else 2018 if number == 1 else year
        founded = _day(year, 6, 30) - chance.randint(0, 180)
        brand = chance.choice(words.BRANDS_ONE) + chance.choice(words.BRANDS_TWO)
        code = f"{town}-{number:03}"
        joint = bool(sector) or chance.random() < 0.25
        covered = 0 if branch else chance.randint(2, 5) if joint else 1
        lives = founded + chance.randint(400, 9000)
        closed = lives if number > 2 and lives < LAST and chance.random() < 0.008 else None
        name = f"{place}{brand}片区第{number}联合工会" if joint else f"{place}{brand}有限公司工会"
        return Union(
            code=code,
            parent=f"{town}-001" if branch else town,
            name=f"{name}分会" if branch else f"{name}委员会",
            level="branch" if branch else "grassroots",
            founded=founded,
            kind="branch" if branch else "joint" if joint else "single",
            sector=sector,
            weight=0 if closed else min(chance.lognormvariate(3.2, 0.9), 400) + 3,
            employers=range(self.employers, self.employers + covered),
            closed=closed,
        )

    @cached_property
    def towns(self) -> list[str]:
        return [body.code for body, _ in self.federations() if body.level == "town"]

    def bodies(self) -> Iterator[tuple[Organisation, str]]:
        """(body, code of its superior) of the unions with members."""
        for union in self.unions:
            body = _body(union.code, union.name, union.level, union.founded)
            body.closed_on = union.closed and datetime.date.fromordinal(union.closed)
            yield body, union.parent

    def profiles(self) -> Iterator[tuple[Any, ...]]:
        chance = self.chance("profiles")
        above = [
            (code, "federation", "", _day(1996, 1, 1)) for code in (CITY, *DISTRICTS, *self.towns)
        ]
        above += [
            (DELIVERY, "league", "delivery", _day(2018, 4, 28)),
            (FREIGHT, "league", "freight", _day(2017, 6, 16)),
        ]
        below = [(one.code, one.kind, one.sector, one.founded) for one in self.unions]
        for number, (code, kind, sector, founded) in enumerate(above + below):
            term = (LAST - founded) // 1826
            since = founded + term * 1826
            if chance.random() < 0.06:  # overdue
                term, since = max(term - 1, 0), max(since - 1826, founded)
            registered = chance.random() < 0.85
            yield (
                self.pks[code],
                kind,
                sector,
                credit_code("81", number) if registered else None,
                term + 1,
                ISO[since - BASE],
                datetime.date.fromordinal(since + 1826).isoformat(),
                _name(chance, "f" if chance.random() < 0.4 else "m"),
                phone_number(90_000_000 + number),
                chance.random() < 0.1,
                "fiscal" if chance.random() < 0.18 else "tax",
            )

    PROFILE = (
        "organisation_id",
        "kind",
        "sector",
        "union_code",
        "term_number",
        "term_since",
        "term_until",
        "chair_name",
        "chair_phone",
        "chair_full_time",
        "dues_channel",
    )

    # Employers

    def _covering(self) -> Iterator[tuple[int, Union | None, str]]:
        """(position, union that covers it, town) of every employer; a sixth has no union."""
        for union in self.unions:
            for position in union.employers:
                yield position, union, union.parent
        for number in range(self.employers // 6):
            yield self.employers + number, None, self.towns[number % len(self.towns)]

    def firms(self) -> Iterator[tuple[Any, ...]]:
        chance = self.chance("employers")
        for position, union, town in self._covering():
            ownership = "170" if union and union.sector else chance.choice(OWNERSHIPS)
            start = {"400": "12", "500": "11", "700": "52"}.get(ownership, "91")
            employees = int(min(chance.lognormvariate(3.4, 1.0), 9000)) + 3
            brand = chance.choice(words.BRANDS_ONE) + chance.choice(words.BRANDS_TWO)
            day = (union.founded if union else LAST - 900) - chance.randint(30, 4000)
            yield (
                position + 1,
                self.pks[town],
                f"江城市{brand}{position + 1}号有限公司",
                credit_code(start, 300_000 + position),
                ownership,
                "G" if union and union.sector else chance.choice(INDUSTRIES),
                "micro" if employees < 20 else "small" if employees < 200 else "medium",
                f"{chance.choice(words.STREETS)}{chance.randint(1, 399)}号",
                employees,
                employees >= 80 and ownership not in BUDGET,
                bool(union and union.sector) and chance.random() < 0.05,
                ownership in BUDGET or chance.random() < 0.2,
                _name(chance, "f" if chance.random() < 0.5 else "m"),
                phone_number(80_000_000 + position),
                ISO[max(day, BASE) - BASE],
            )

    FIRM = (
        "id",
        "organisation_id",
        "name",
        "credit_code",
        "ownership",
        "industry",
        "size",
        "address",
        "employees",
        "is_above_scale",
        "is_platform",
        "has_party_group",
        "contact",
        "phone",
        "opened_on",
    )

    def coverages(self) -> Iterator[tuple[Any, ...]]:
        """One in thirty was covered by the first union of its town before its own."""
        chance = self.chance("coverages")
        first = {union.parent: union for union in self.unions if union.code.endswith("-001")}
        for position, union, town in self._covering():
            if union is None:
                continue
            since = union.founded + chance.randint(0, 180)
            earlier = first[town]
            if union.closed:
                yield (
                    self.pks[union.code],
                    position + 1,
                    ISO[since - BASE],
                    ISO[union.closed - BASE],
                )
                continue
            if earlier is not union and earlier.founded + 400 < since and chance.random() < 0.033:
                before = chance.randint(earlier.founded, since - 100)
                pk = self.pks[earlier.code]
                yield pk, position + 1, ISO[before - BASE], ISO[since - BASE]
            yield self.pks[union.code], position + 1, ISO[since - BASE], None

    COVERAGE = ("organisation_id", "employer_id", "since", "until")

    # What bodies have and report

    def posts(self) -> Iterator[tuple[Any, ...]]:
        chance = self.chance("posts")
        kinds = ("chair", "vice_chair", "audit_head", "women_head", "mediator", "delegate", "cadre")
        for town in self.towns:
            for number in range(3):
                since = ISO[chance.randint(_day(2012, 1, 1), LAST - 400) - BASE]
                yield self.pks[town], _name(chance, "f"), "cadre", number > 0, since, None
            since = chance.randint(LAST - 300, LAST - 100)
            until = ISO[since + 60 - BASE]
            yield self.pks[town], _name(chance, "m"), "deployment", False, ISO[since - BASE], until
        for union in self.unions:
            for kind in kinds[: 1 + int(chance.random() * 3)] + (chance.choice(kinds),):
                since = chance.randint(max(union.founded, LAST - 4000), LAST)
                over = chance.random() < 0.1
                name = _name(chance, "f" if chance.random() < 0.4 else "m")
                until = ISO[chance.randint(since, LAST) - BASE] if over else None
                full = kind == "cadre" and chance.random() < 0.5
                yield self.pks[union.code], name, kind, full, ISO[since - BASE], until

    POST = ("organisation_id", "holder_name", "kind", "is_full_time", "since", "until")

    def mechanisms(self) -> Iterator[tuple[Any, ...]]:
        chance = self.chance("mechanisms")
        shares = {
            "workers_congress": 0.7,
            "open_management": 0.6,
            "women_committee": 0.5,
            "mediation_committee": 0.3,
            "standardised": 0.2,
            "election": 0.3,
        }
        for code in DISTRICTS:
            for kind in ("court_link", "fiscal_appropriation", "election"):
                yield self.pks[code], kind, ISO[chance.randint(_day(2018, 1, 1), LAST) - BASE]
        for union in self.unions:
            for kind, share in shares.items():
                if chance.random() < share:
                    day = chance.randint(union.founded, (union.closed or LAST + 1) - 1)
                    yield self.pks[union.code], kind, ISO[day - BASE]

    MECHANISM = ("organisation_id", "kind", "since")

    def headcounts(self, accepted_by: User) -> Iterator[tuple[Any, ...]]:
        """The accepted returns of two years of every union that stands."""
        chance = self.chance("headcounts")
        per_weight = self.members / self._places[-1]
        for union in self.unions:
            if union.closed:
                continue
            members = max(1, int(union.weight * per_weight))
            for year in (2024, 2025):
                employees = members + chance.randint(0, members // 2 + 2)
                yield (
                    self.pks[union.code],
                    year,
                    f"{year}-12-31",
                    max(1, len(union.employers)),
                    employees,
                    employees * 2 // 5,
                    employees // 4,
                    members,
                    members * 2 // 5,
                    members // 4,
                    members if union.sector in PLATFORM_SECTORS else 0,
                    1 if members > 200 else 0,
                    1 + members // 100,
                    HeadcountReport.State.ACCEPTED.value,
                    accepted_by.pk,
                )

    HEADCOUNT = (
        "organisation_id",
        "year",
        "as_of",
        "employers",
        "employees",
        "employees_women",
        "employees_migrant",
        "members",
        "members_women",
        "members_migrant",
        "members_new_form",
        "cadres_full_time",
        "cadres_part_time",
        "state",
        "accepted_by_id",
    )

    # People

    PERSON = (
        "id",
        "name",
        "pinyin",
        "pinyin_initials",
        "certificate_type",
        "certificate_number",
        "certificate_index",
        "sex",
        "birth_date",
        "ethnicity",
        "political_status",
        "education",
        "phone",
        "phone_index",
        "household",
        "address",
        "skill_grade",
        "professional_title",
    )
    MEMBERSHIP = (
        "id",
        "person_id",
        "organisation_id",
        "employer_id",
        "joined_on",
        "entry",
        "left_on",
        "leave_reason",
        "kept_since",
        "card_number",
        "worker_group",
        "is_migrant_worker",
        "employment",
        "status",
        "position",
    )
    TRANSFER = (
        "id",
        "membership_id",
        "organisation_id",
        "target_id",
        "result_id",
        "issued_on",
        "decided_on",
        "state",
        "reason",
    )

    def people(self, number: int) -> tuple[list[Any], list[Any], list[Any]]:
        """Persons, memberships and transfers of one chunk."""
        chance = self.chance(number)
        first = number * CHUNK
        rows: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for place in range(first, min(first + CHUNK, self.members)):
            self._person(chance, place, *rows)
        return rows

    def _person(
        self, chance: Random, place: int, persons: list, memberships: list, transfers: list
    ) -> None:
        draw = chance.random
        union = self._union_of(draw, place)
        groups, women = SECTORS[union.sector] if union.sector else (("",), 43)
        group = groups[int(draw() * len(groups))]
        sex = "f" if draw() * 100 < women else "m"
        born, half = divmod((place * STRIDE + self.seed) % (len(BORN) * HALVES), HALVES)
        resident = _resident_number(BORN[born], half * 2 + (sex == "m"))
        name = _name(chance, sex)
        spelt = pinyin.of_name(name)
        phone = phone_number(place)
        rural = draw() < 0.4
        pk = place + 1
        persons.append((
            pk,
            name,
            spelt.full,
            spelt.initials,
            "resident",
            resident,
            blind_index(NUMBER, f"resident:{resident}"),
            "male" if sex == "m" else "female",
            ISO[BORN[born] - BASE],
            "汉族",
            POLITICS[int(draw() * 100)],
            EDUCATION[int(draw() * 100)],
            phone,
            blind_index(PHONE, phone),
            "rural" if rural else "urban",
            _address(draw) if draw() < 0.3 else None,
            SKILLS[int(draw() * 100)],
            TITLES[int(draw() * 100)],
        ))  # fmt: skip

        story = pk % 32
        latest = LAST - 300 if story in (0, 16) else LAST - 1
        earliest = min(max(union.founded, BORN[born] + ADULT, _day(2005, 1, 1)), latest)
        joined = latest - int((latest - earliest) * draw() ** 1.4)
        migrant = rural and draw() < 0.6
        employment = "platform" if group in PLATFORM else EMPLOYMENT[int(draw() * 100)]
        status = STATUS[int(draw() * 100)]
        position = words.JOBS[int(draw() * len(words.JOBS))]
        card = f"3306{pk:010}"

        def member(
            row: int, where: Union, since: int, entry: str, until: int | None, reason: str
        ) -> None:
            kept = until is None and status in ("retired", "unemployed")
            firms = where.employers
            memberships.append((
                row,
                pk,
                self.pks[where.code],
                firms[int(draw() * len(firms))] + 1 if firms else None,
                ISO[since - BASE],
                entry,
                None if until is None else ISO[until - BASE],
                reason,
                ISO[max(since, LAST - 700) - BASE] if kept else None,
                card,
                group,
                migrant,
                employment,
                status,
                position,
            ))  # fmt: skip

        if story not in (0, 16):
            if draw() < 0.06:
                until = joined + 1 + int((LAST - joined) * draw())
                member(pk, union, joined, "new", min(until, LAST), REASONS[int(draw() * 100)])
            else:
                member(pk, union, joined, "new", None, "")
            return
        left = joined + 30 + int((LAST - joined - 200) * draw())
        again = left if story == 0 else left + 60
        other = union
        while other is union or other.founded > again:
            other = self._anywhere(draw)
        second = self.members + (pk + 15) // 16
        member(pk, union, joined, "new", left, "transfer" if story == 0 else "quit")
        member(second, other, again, "transfer" if story == 0 else "rejoin", None, "")
        if story == 0:
            sides = self.pks[union.code], self.pks[other.code]
            days = ISO[left - 7 - BASE], ISO[left - BASE]
            transfers.append((pk // 32, pk, *sides, second, *days, "accepted", "工作调动"))

    def _union_of(self, draw: Callable[[], float], place: int) -> Union:
        """The union of the person at this place of the register."""
        if place < self.rostered:
            reached = place / self.rostered * self._places[-1]
            return self.unions[min(bisect(self._places, reached), len(self.unions) - 1)]
        return self._anywhere(draw)

    def _anywhere(self, draw: Callable[[], float]) -> Union:
        """A union outside of the county that handed in its roster once."""
        reached = self._later + draw() * (self._places[-1] - self._later)
        return self.unions[min(bisect(self._places, reached), len(self.unions) - 1)]


# What indexes are made for.
NUMBER = "members.person.certificate_number"
PHONE = "members.person.phone"

# GB 11643: the weighted sum of the first fourteen digits, for each day of birth, and of the rest.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
BODIES = [f"{REGION}{ISO[day - BASE].replace('-', '')}" for day in BORN]
SUMS = [sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=False))
        for body in BODIES]  # fmt: skip
TAILS = [
    (text, sum(int(digit) * weight for digit, weight in zip(text, WEIGHTS[14:], strict=True)))
    for text in (f"{sequence:03}" for sequence in range(2 * HALVES))
]


def _resident_number(born: int, sequence: int) -> str:
    """The number of whoever was born that day as the `sequence`-th, with its check digit."""
    place = born - BORN.start
    tail, rest = TAILS[sequence]
    return BODIES[place] + tail + "10X98765432"[(SUMS[place] + rest) % 11]


def _name(chance: Random, sex: str) -> str:
    """Half of the given names are common ones, the others of any one or two characters."""
    draw = chance.random
    surname = SURNAME_TABLE[int(draw() * len(SURNAME_TABLE))]
    if draw() < 0.5:
        common = MALE if sex == "m" else FEMALE
        return surname + common[int(draw() * len(common))]
    syllables = SYLLABLES[sex]
    count = len(syllables)
    return surname + syllables[int(draw() * count)] + syllables[int(draw() * count)]


def _address(draw: Callable[[], float]) -> str:
    street = words.STREETS[int(draw() * len(words.STREETS))]
    return f"江城市{street}{int(draw() * 400) + 1}号"


def _body(code: str, name: str, level: str, founded: int, short: str = "") -> Organisation:
    return Organisation(
        code=code,
        name=name,
        short_name=short,
        level=level,
        established_on=datetime.date.fromordinal(founded),
    )


# Writing it

LOADED = (UnionProfile, Employer, Coverage, Post, Mechanism, HeadcountReport, Person, Membership,
          Transfer)  # fmt: skip
PEOPLE = ((Person, Synthetic.PERSON), (Membership, Synthetic.MEMBERSHIP),
          (Transfer, Synthetic.TRANSFER))  # fmt: skip


def build(city: Synthetic, tell: Callable[[str], None]) -> None:
    """Write the whole city in one transaction into a fresh installation."""
    with transaction.atomic():
        if Organisation.objects.exists() or User.objects.exists():
            raise Refused("系统中已有组织或账号，合成城市只能建在新装的系统中。", code="not_empty")
        _found(city)
        tell(f"工会组织 {len(city.pks):,} 个，账号 {len(accounts.ALL)} 个")
        names = [model._meta.db_table for model in LOADED]
        with connection.cursor() as cursor, loading.engine().bare(cursor, names):
            loading.load(UnionProfile, city.PROFILE, city.profiles())
            loading.load(Employer, city.FIRM, city.firms())
            loading.load(Coverage, city.COVERAGE, city.coverages())
            loading.load(Post, city.POST, city.posts())
            loading.load(Mechanism, city.MECHANISM, city.mechanisms())
            head = accounts.user(accounts.HEAD)
            loading.load(HeadcountReport, city.HEADCOUNT, city.headcounts(head))
            tell("用人单位、建会覆盖、任职、制度机制、年报已写入")
            _load_people(city, tell)
        _base_figures(city)
    with connection.cursor() as cursor:
        if not connection.in_atomic_block:
            loading.engine().tidy(cursor, names)


def _found(city: Synthetic) -> None:
    """Tree, history of the tree and accounts, through their services."""
    level = Organisation.Level.MUNICIPAL
    root = organisations.plant(_body(CITY, CITY_NAME, level, _day(1950, 3, 12), "市总工会"))
    accounts.found(root)
    clerk = accounts.user(accounts.CLERK)
    known = {CITY: root}
    pairs = []
    for body, above in (*city.federations(), *city.bodies()):
        known[body.code] = body
        pairs.append((body, known[above]))
    organisations.establish_many(pairs, by=clerk)
    city.pks = dict(Organisation.objects.order_by("path").values_list("code", "pk"))
    accounts.open_all(accounts.DISTRICT_CLERKS.values())
    accounts.open_all(accounts.CHAIRS)


def _load_people(city: Synthetic, tell: Callable[[str], None]) -> None:
    """Chunks are made up and packed in other processes, and written by this one."""
    chunks = range(-(-city.members // CHUNK))
    for number, packed in enumerate(_packed(city, chunks), start=1):
        for (model, _), batch in zip(PEOPLE, packed, strict=True):
            bulk.load(model, batch)
        if number % 10 == 0 or number == len(chunks):
            tell(f"会员 {min(number * CHUNK, city.members):,} / {city.members:,}")


def _packed(city: Synthetic, chunks: range) -> Iterator[list[bulk.Packed]]:
    """Every chunk, packed, in order; never more than a few wait to be written."""
    if len(chunks) < 2:
        yield from (_pack(city, number) for number in chunks)
        return
    waiting: deque[Future] = deque()
    # Forked, so that the plan of the city is there already; the children never ask the database.
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        _Shared.city = city
        for number in chunks:
            waiting.append(pool.submit(_pack_shared, number))
            if len(waiting) > 2 * PROCESSES:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Shared:
    """What the forked children find in memory."""

    city: Synthetic


def _pack_shared(number: int) -> list[bulk.Packed]:
    return _pack(_Shared.city, number)


def _pack(city: Synthetic, number: int) -> list[bulk.Packed]:
    made = zip(PEOPLE, city.people(number), strict=True)
    return [loading.pack(model, names, rows) for (model, names), rows in made]


def _base_figures(city: Synthetic) -> None:
    """The survey of workers of the new forms of work, of each year of the reports."""
    root = Organisation.objects.get(code=CITY)
    for year in ("2021", "2024", "2025"):
        figure = figures.enter_manual_figure(
            "members.new_form_base",
            organisation=root,
            period=Period.parse(year),
            value=max(1, city.members // 4),
            source=f"{year}年全市新就业形态劳动者摸底调查汇总表",
            by=accounts.user(accounts.CLERK),
        )
        figures.sign_off(figure, by=accounts.user(accounts.HEAD))
