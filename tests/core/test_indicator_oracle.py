"""Figures against counting by hand: random rows, random moves in the tree, random periods."""

import datetime
import random
from collections import defaultdict
from decimal import Decimal

import pytest

from core.errors import Refused
from core.indicators import compute
from core.models import Organisation
from core.periods import Period
from core.services import organisations
from tests.city.models import Human, Spell, Tag

FIRST = datetime.date(2019, 11, 1)
PERIODS = [
    Period.year(2021),
    Period.quarter(2021, 2),
    Period.month(2020, 2),
    Period.as_of(datetime.date(2020, 12, 31)),
    Period(datetime.date(2020, 11, 17), datetime.date(2021, 6, 9)),
]


class City:
    """A random city that remembers, beside the database, who stood under whom on which day."""

    def __init__(self, world, seed):
        self.draw = random.Random(seed)
        self.builder = world.user("head")
        self.parents = defaultdict(list)  # organisation → [(since, parent)], earliest first
        self.all = list(Organisation.objects.all())
        for row in self.all:
            if row.depth > 1:
                above = next(each for each in self.all if each.path == row.path[:-4])
                self.parents[row.pk].append((datetime.date.min, above.pk))
        self.move_about()
        self.spells = self.fill()

    def day(self):
        return FIRST + datetime.timedelta(days=self.draw.randrange(900))

    def move_about(self):
        movable = [row for row in self.all if row.depth > 1]
        moved = 0
        for on in sorted(self.day() for _ in range(12)):
            row, parent = self.draw.choice(movable), self.draw.choice(self.all)
            try:
                organisations.move(row, parent=parent, on=on, by=self.builder)
            except Refused:
                continue
            self.parents[row.pk].append((on, parent.pk))
            moved += 1
        assert moved

    def fill(self):
        tags = [Tag.objects.create(name=name) for name in "甲乙丙"]
        humans = [Human.objects.create(sex=self.draw.choice(["F", "M", ""])) for _ in range(40)]
        for human in humans:
            human.tags.set(self.draw.sample(tags, self.draw.randint(0, 3)))
        made = []
        for _ in range(150):
            since = self.day()
            until = self.draw.choice(
                [None, since + datetime.timedelta(self.draw.randrange(1, 400))]
            )
            made.append(
                Spell(
                    organisation=self.draw.choice(self.all),
                    human=self.draw.choice(humans),
                    group=self.draw.choice(["courier", "driver", "other", ""]),
                    is_new=self.draw.random() < 0.5,
                    age=self.draw.choice([None, *range(18, 70)]),
                    amount=self.draw.choice(
                        [None, Decimal(self.draw.randrange(-(10**7), 10**7)) / 100]
                    ),
                    headcount=self.draw.randrange(50),
                    since=since,
                    until=until,
                )
            )
        Spell.objects.bulk_create(made)
        self.tags = {human.pk: {tag.pk for tag in human.tags.all()} for human in humans}
        return list(Spell.objects.select_related("human", "organisation"))

    def above(self, pk, day):
        """The organisation and all who stood above it on the day, from below."""
        chain = [pk]
        while spans := self.parents[chain[-1]]:
            chain.append([parent for since, parent in spans if since <= day][-1])
        return chain

    def part(self, row, day, top, by):
        """The keys under which a row is told, none when it does not stand under `top`."""
        chain = self.above(row.organisation_id, day)
        if top.pk not in chain:
            return []
        if by == "child":
            place = chain.index(top.pk)
            pk = chain[place - 1] if place else top.pk
            return [next(each.code for each in self.all if each.pk == pk)]
        if by == "group":
            return [row.group]
        if by == "tag":
            return [str(pk) for pk in self.tags[row.human_id]] or [""]
        if by == "age_band":
            age = row.age
            band = "young" if age is not None and age <= 35 else "middle"
            return ["" if age is None else "old" if age > 50 else band]
        return [None]


def flow(field):
    return lambda row, period: (
        getattr(row, field)
        if getattr(row, field) and period.start <= getattr(row, field) <= period.end
        else None
    )


def in_force(row, period):
    ended = row.until is not None and row.until <= period.end
    return period.end if row.since <= period.end and not ended else None


def gone(row, period):
    return period.end if row.until is not None and row.until <= period.end else None


def net(sign):
    """What the organisations come to that are above (or below) nothing."""

    def measure(found):
        each = defaultdict(Decimal)
        for row in found:
            each[row.organisation_id] += row.amount or 0
        return sum(max(sign * amount, Decimal(0)) for amount in each.values())

    return measure


def humans(found):
    return len({row.human_id for row in found})


BY_HAND = {
    "city.joined": (flow("since"), lambda row: True, len),
    "city.left": (flow("until"), lambda row: True, len),
    "city.standing": (in_force, lambda row: True, len),
    "city.people": (in_force, lambda row: True, humans),
    "city.people_joined": (flow("since"), lambda row: True, humans),
    "city.ages": (
        flow("since"),
        lambda row: row.is_new,
        lambda found: len({row.age for row in found} - {None}),
    ),
    "city.couriers": (in_force, lambda row: row.group == "courier", humans),
    "city.drivers_joined": (
        flow("since"), lambda row: row.group in {"driver", "courier"} and row.is_new, len,
    ),
    "city.women_grown": (
        in_force, lambda row: row.human.sex == "F" and row.age is not None and row.age >= 36, len,
    ),
    "city.amount": (
        flow("since"), lambda row: True, lambda found: sum(row.amount or 0 for row in found),
    ),
    "city.women_amount": (
        flow("since"),
        lambda row: row.human.sex == "F",
        lambda found: sum(row.amount or 0 for row in found),
    ),
    "city.gone": (gone, lambda row: row.since <= row.until, len),
    "city.owed": (in_force, lambda row: True, net(1)),
    "city.women_owed": (in_force, lambda row: row.human.sex == "F", net(1)),
    "city.over": (in_force, lambda row: True, net(-1)),
    "city.person_times": (
        flow("since"), lambda row: True, lambda found: sum(row.headcount for row in found),
    ),
}  # fmt: skip


def expected(city, code, top, period, by):
    counts, meets, measure = BY_HAND[code]
    months = period.split_months() if by == "month" else [period]
    parts = defaultdict(list)
    for part in months:
        for row in city.spells:
            day = counts(row, part)
            if day and meets(row):
                for key in city.part(row, day, top, by):
                    parts[f"{part.start:%Y-%m}" if by == "month" else key].append(row)
    return {key: (measure(found), len(found)) for key, found in parts.items()}


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_what_counting_by_hand_gives(world, seed):
    city = City(world, seed)
    seen = 0
    for by in (None, "child", "month", "group", "tag", "age_band"):
        period = city.draw.choice(PERIODS)
        for top in (world.city, city.draw.choice(city.all[1:]), city.draw.choice(city.all[1:])):
            top.refresh_from_db()
            figures = compute(BY_HAND, organisation=top, period=period, by=by)
            for code in BY_HAND:
                told = {
                    figure.key: (figure.value, figure.rows)
                    for figure in figures
                    if figure.code == code
                }
                by_hand = expected(city, code, top, period, by)
                assert by_hand.keys() <= told.keys(), (code, by, top, period)
                for key, numbers in told.items():
                    assert numbers == by_hand.get(key, (0, 0)), (code, by, key, top, period)
                    seen += numbers[1]
    assert seen
