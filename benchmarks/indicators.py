"""One hundred indicators, split by district

The engine against what a good engineer writes by hand for exactly these figures: one pass with a
FILTER for each, a few GROUP BY cubes that are pivoted here, and one query each.
"""

import datetime
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from benchmarks import Row, measured
from benchmarks.databases import Bench
from core import indicators
from core.indicators import Indicator
from core.models import Organisation
from core.periods import Period
from members.datasets import memberships
from members.models import Membership

Figures = dict[tuple[str, str], int]  # by code and district
ROUNDS = 3
EVERY = 5  # one query each takes minutes: every fifth is measured and counted five times
CELLS = 10_000  # of one cube in one district; above that hashing costs more than another pass

COLUMNS = {
    "sex": "p.sex",
    "group": "m.worker_group",
    "migrant": "m.is_migrant_worker",
    "entry": "m.entry",
    "leave_reason": "m.leave_reason",
    "employment": "m.employment",
    "status": "m.status",
    "phone": "p.phone_index",
    "political_status": "p.political_status",
    "education": "p.education",
    "skill_grade": "p.skill_grade",
    "age": "p.birth_date",
    "sector": "u.sector",
}
DATES = {
    "in_force": "m.joined_on <= '{end}' AND (m.left_on > '{end}' OR m.left_on IS NULL)",
    "joined": "m.joined_on BETWEEN '{start}' AND '{end}'",
    "left": "m.left_on BETWEEN '{start}' AND '{end}'",
}
DAYS = {"in_force": "'{end}'", "joined": "m.joined_on", "left": "m.left_on"}


def generated() -> Iterator[Indicator]:
    """Members by the values of each dimension, and joiners and leavers by some."""
    for name in (
        "sex", "group", "status", "education", "political_status", "employment", "age",
        "skill_grade",
    ):  # fmt: skip
        yield from _by_value(name, "in_force", "members")
    yield from _by_value("group", "in_force", "members", sex="female")
    yield from _by_value("group", "joined", "persons", entry=("new", "rejoin"))
    yield from _by_value("education", "joined", "persons", entry=("new", "rejoin"))
    yield from _by_value("leave_reason", "left", "members")


def _by_value(name: str, date: str, measure: str, **filters: Any) -> Iterator[Indicator]:
    for value in memberships.dimension(name).labels(Membership):
        yield Indicator(
            ".".join(("bench", date, *filters, f"{name}_{value}")),
            f"{name} {value}",
            source="benchmark",
            dataset=memberships.code,
            measure=measure,
            date=date,
            filters={**filters, name: value},
        )


def hundred() -> list[Indicator]:
    """The shipped indicators over memberships and coverages, and generated ones."""
    counted = {memberships.code, "members.coverages"}
    shipped = [
        each
        for each in indicators.shipped.values()
        if isinstance(each, Indicator) and each.dataset in counted
    ]
    return [*shipped, *generated()]


def measure(bench: Bench) -> Iterator[Row]:
    bench.city()
    asked, top, year = _asked()
    by_hand = ByHand(top, year)
    ways: dict[str, Callable[[], Figures]] = {
        "engine": lambda: by_engine(asked, top, year),
        "one pass with FILTER": lambda: by_hand.by_filter(asked),
        "GROUP BY cubes": lambda: by_hand.by_cubes(asked),
    }
    walls: dict[str, list[float]] = defaultdict(list)
    results = []
    for _ in range(ROUNDS):
        for name, way in ways.items():
            with measured() as cost:
                results.append(way())
            walls[name].append(cost.wall)
    if any(result != results[0] for result in results):
        raise AssertionError("the ways do not give the same figures")
    took = {name: statistics.median(times) for name, times in walls.items()}
    with measured() as cost:
        for each in asked[::EVERY]:
            by_hand.by_filter([each])
    each_alone = cost.wall * len(asked) / len(asked[::EVERY])
    mine = took["engine"]
    faster = min(took["one pass with FILTER"], took["GROUP BY cubes"])
    for name in ("one pass with FILTER", "GROUP BY cubes"):
        yield Row(f"{len(asked)} by hand: {name}", took[name], "s")
    yield Row(f"{len(asked)} by hand: one query each", each_alone, "s")
    yield Row(
        f"{len(asked)} indicators, {len(results[0])} cells", mine, "s",
        mine / faster, "the faster by hand", "at most 1.3", mine <= 1.3 * faster,
    )  # fmt: skip
    yield Row(
        "the same", mine, "s",
        mine / each_alone, "one query each", "at most 0.25", 4 * mine <= each_alone,
    )  # fmt: skip


def alone() -> Iterator[Row]:
    """The engine in the connected city, where nobody wrote the rest by hand."""
    asked, top, year = _asked()
    with measured() as cost:
        found = by_engine(asked, top, year)
    yield Row(f"{len(asked)} indicators, {len(found)} cells", cost.wall, "s")


def _asked() -> tuple[list[Indicator], Organisation, Period]:
    asked = hundred()
    indicators.register(*(each for each in asked if each.code not in indicators.shipped))
    year = Period.year(Membership.objects.latest("joined_on").joined_on.year)
    return asked, Organisation.objects.get(depth=1), year


def by_engine(asked: list[Indicator], top: Organisation, year: Period) -> Figures:
    codes = [each.code for each in asked]
    found = indicators.compute(codes, organisation=top, period=year, by=indicators.CHILD)
    return {(one.code, one.key): one.value for one in found if one.value and one.key != top.code}


class ByHand:
    """The same figures in SQL, written for this register and this split."""

    def __init__(self, top: Organisation, year: Period) -> None:
        self.top, self.year = top, year

    def dated(self, text: str) -> str:
        return text.format(start=self.year.start, end=self.year.end)

    def source(self, date: str, columns: str) -> str:
        """FROM and WHERE of memberships with the district each stood in, and only needed joins."""
        day = self.dated(DAYS[date])
        person = "JOIN members_person p ON p.id = m.person_id" if "p." in columns else ""
        profile = (
            "LEFT JOIN members_unionprofile u ON u.organisation_id = m.organisation_id"
            if "u." in columns
            else ""
        )
        return f"""
            FROM members_membership m
            JOIN (
                SELECT l.descendant_id AS union_id, o.code, l.since, l.until,
                       d.since AS first, d.until AS last
                FROM core_lineage l
                JOIN core_lineage d ON d.descendant_id = l.ancestor_id
                JOIN core_organisation o ON o.id = l.ancestor_id
                WHERE d.ancestor_id = {self.top.pk} AND d.distance = 1
            ) place ON place.union_id = m.organisation_id
                AND place.since <= {day} AND place.until > {day}
                AND place.first <= {day} AND place.last > {day}
            {person} {profile}
            WHERE {self.dated(DATES[date])}"""

    def by_filter(self, asked: Sequence[Indicator]) -> dict[tuple[str, str], int]:
        """One pass for each date; the distinct ones over one row for each person."""
        found: dict[tuple[str, str], int] = {}
        for (date, measure), some in _passes(asked).items():
            if date == "covered":
                found |= self.covered(some)
                continue
            tests = [self.condition(each.filters) for each in some]
            source = self.source(date, " ".join(tests))
            if measure == "members":
                counts = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests)
                lines = _rows(f"SELECT place.code, {counts} {source} GROUP BY 1")
            elif measure == "persons":
                marks = ", ".join(f"bool_or({test}) AS t{n}" for n, test in enumerate(tests))
                counts = ", ".join(f"count(*) FILTER (WHERE t{n})" for n in range(len(tests)))
                joining = self.condition({"entry": ("new", "rejoin")})
                lines = _rows(
                    f"SELECT code, {counts} FROM (SELECT place.code, m.person_id, {marks}"
                    f" {source} AND {joining} GROUP BY 1, 2) one GROUP BY 1"
                )
            else:
                lines = _rows(
                    f"SELECT place.code, count(DISTINCT m.worker_group) {source}"
                    f" AND {tests[0]} GROUP BY 1"
                )
            for code, *values in lines:
                found |= {(e.code, code): n for e, n in zip(some, values, strict=True) if n}
        return found

    def by_cubes(self, asked: Sequence[Indicator]) -> dict[tuple[str, str], int]:
        """Counts by the values of some dimensions at once; those of persons cannot be added."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for (date, measure), some in _passes(asked).items():
            if measure != "members":
                found |= self.by_filter(some)
                continue
            for names, inside in _cubes(some):
                columns = [self.value(name) for name in names]
                listed = ", ".join(["place.code", *columns])
                places = ", ".join(str(n + 1) for n in range(len(columns) + 1))
                lines = _rows(
                    f"SELECT {listed}, count(*) {self.source(date, listed)} GROUP BY {places}"
                )
                for each in inside:
                    at = [(names.index(name.partition("__")[0]), value)
                          for name, value in each.filters.items()]  # fmt: skip
                    for code, *values, number in lines:
                        if all(_meets(values[place], value) for place, value in at):
                            found[each.code, code] += number
        return {key: number for key, number in found.items() if number}

    def covered(self, some: Sequence[Indicator]) -> dict[tuple[str, str], int]:
        """Employers with a union on the last day, by its district."""
        lines = _rows(
            self.dated(
                "SELECT o.code, count(DISTINCT c.employer_id) FROM members_coverage c"
                " JOIN core_lineage l ON l.descendant_id = c.organisation_id"
                " JOIN core_lineage d ON d.descendant_id = l.ancestor_id"
                " JOIN core_organisation o ON o.id = l.ancestor_id"
                f" WHERE d.ancestor_id = {self.top.pk} AND d.distance = 1"
                " AND l.since <= '{end}' AND l.until > '{end}'"
                " AND d.since <= '{end}' AND d.until > '{end}'"
                " AND c.since <= '{end}' AND (c.until > '{end}' OR c.until IS NULL) GROUP BY 1"
            )
        )
        return {(each.code, code): number for each in some for code, number in lines}

    def condition(self, filters: Mapping[str, Any]) -> str:
        return " AND ".join(self.test(*item) for item in filters.items()) or "true"

    def test(self, name: str, value: Any) -> str:
        name, _, lookup = name.partition("__")
        column = COLUMNS[name]
        if lookup == "isnull":
            return f"{column} IS {'' if value else 'NOT '}NULL"
        if name == "age":
            low, high = _bounds(value)
            return f"{column} BETWEEN '{low}' AND '{high}'"
        if isinstance(value, tuple):
            return f"{column} IN ({', '.join(map(repr, value))})"
        return column if value is True else f"{column} = {value!r}"

    def value(self, name: str) -> str:
        """What a cube groups by."""
        if name == "phone":
            return "p.phone_index IS NULL"
        if name == "age":
            decades = memberships.dimension("age").buckets
            cases = " ".join(f"WHEN {self.test('age', code)} THEN '{code}'" for code in decades)
            return f"CASE {cases} END"
        return COLUMNS[name]


def _passes(asked: Sequence[Indicator]) -> dict[tuple[str, str], list[Indicator]]:
    found: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for each in asked:
        date = each.date if each.dataset == memberships.code else "covered"
        found[date, each.measure].append(each)
    return found


def _cubes(some: Sequence[Indicator]) -> Iterator[tuple[list[str], list[Indicator]]]:
    """The indicators in groups whose dimensions together have few enough cells."""
    cubes: list[tuple[set[str], list[Indicator]]] = []
    for each in sorted(some, key=lambda one: -len(one.filters)):
        names = {name.partition("__")[0] for name in each.filters}
        for known, inside in cubes:
            if _cells(known | names) <= CELLS:
                known |= names
                inside.append(each)
                break
        else:
            cubes.append((names, [each]))
    for known, inside in cubes:
        yield sorted(known), inside


def _cells(names: set[str]) -> int:
    cells = 1
    for name in names:
        cells *= len(memberships.dimension(name).labels(Membership)) + 1
    return cells


def _meets(value: Any, asked: Any) -> bool:
    return value in asked if isinstance(asked, tuple) else value == asked


def _bounds(code: str) -> tuple[datetime.date, datetime.date]:
    _, low, high = memberships.dimension("age").buckets[code]
    return low or datetime.date.min, high or datetime.date.max


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
