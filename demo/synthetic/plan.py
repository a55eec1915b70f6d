"""The unions of a synthetic city, and who belongs to which.

Who handed in a roster once lies together in the register; who joined later lies anywhere; the
county `ONCE` handed in first and nobody joined there later.
"""

import datetime
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import NamedTuple

from core.errors import Refused
from core.models import Organisation
from demo import words
from demo.places import CITY, DELIVERY, DISTRICTS, FREIGHT, TOWN_WEIGHTS
from demo.synthetic.draws import BORN, HALVES, LAST, SECTORS, day_of

ONCE = "JC06"
LATER = 0.15  # of the members joined after the rosters
MOST = len(BORN) * HALVES // 10 * 9


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

    def federations(self) -> Iterator[tuple[Organisation, str]]:
        """(body, code of its superior) of districts, trades and towns."""
        levels = Organisation.Level
        for code, (name, towns) in DISTRICTS.items():
            yield body_of(code, f"{name}总工会", levels.DISTRICT, day_of(1952, 5, 1), name), CITY
            for number, town in enumerate(towns.split(), start=1):
                made = f"{code}-{number:02}"
                yield body_of(made, f"{name}{town}总工会", levels.TOWN, day_of(1995, 7, 1)), code
        for code, name, day in (
            (DELIVERY, "江城市网约送餐员工会联合会", day_of(2018, 4, 28)),
            (FREIGHT, "江城市道路运输与物流工会联合会", day_of(2017, 6, 16)),
        ):
            yield body_of(code, name, levels.INDUSTRY, day), CITY

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
        founded = day_of(year, 6, 30) - chance.randint(0, 180)
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
            body = body_of(union.code, union.name, union.level, union.founded)
            body.closed_on = union.closed and datetime.date.fromordinal(union.closed)
            yield body, union.parent

    def union_of(self, draw: Callable[[], float], place: int) -> Union:
        """The union of the person at this place of the register."""
        if place < self.rostered:
            reached = place / self.rostered * self._places[-1]
            return self.unions[min(bisect(self._places, reached), len(self.unions) - 1)]
        return self.anywhere(draw)

    def anywhere(self, draw: Callable[[], float]) -> Union:
        """A union outside of the county that handed in its roster once."""
        reached = self._later + draw() * (self._places[-1] - self._later)
        return self.unions[min(bisect(self._places, reached), len(self.unions) - 1)]


def body_of(code: str, name: str, level: str, founded: int, short: str = "") -> Organisation:
    """A body that is not stored yet."""
    return Organisation(
        code=code,
        name=name,
        short_name=short,
        level=level,
        established_on=datetime.date.fromordinal(founded),
    )
