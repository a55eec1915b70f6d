"""What happened in the demo city after the rosters were handed in. No Django."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from demo import words
from demo.places import DELIVERY, DISTRICTS
from demo.rosters import Rosters
from demo.rows import Firm, Member

DEPLOYED = 212  # cadres sent to communities in 2021
QUALIFIED_TOWNS = ("JC01-01", "JC01-03", "JC02-02", "JC03-02", "JC04-01", "JC05-01")


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


def written(city: Rosters) -> History:
    """What happens to the people and bodies of the rosters, made up from the chance of the city."""
    chance, history = city.chance, History()
    by_union: dict[str, list[Member]] = defaultdict(list)
    for member in city.members:
        if member.organisation in city.sizes and member.joined_on.year <= 2018:
            by_union[member.organisation].append(member)
    founded = {body.code: body.established_on for body in city.bodies}
    parent = {body.code: body.parent for body in city.bodies}
    single = {body.code for body in city.bodies if body.kind == "单独基层工会"}

    # A union that went to the neighbouring district, and two that were dissolved.
    moved = next(code for code in by_union if code.startswith("JC03-04") and code in single)
    history.moved = (moved, "JC04-02", date(2020, 7, 1))
    growing = {member.organisation for member in city.members if member.joined_on.year > 2018}
    small = sorted(
        (code for code in by_union if code in single - growing and code != moved),
        key=lambda code: city.sizes[code],
    )[:2]
    for number, code in enumerate(small):
        day = date(2019 + number, 6, 28)
        target = next(
            other
            for other in city.sizes
            if parent[other] == parent[code] and other not in small and founded[other] < day
        )
        history.transfers += [
            Change(member.number, target, day - datetime.timedelta(days=20), day)
            for member in by_union.pop(code)
        ]
        history.closed.append((code, "单位改制，并入其他工会", day))
        history.covered += [
            firm._replace(union=target, covered_since=day) for firm, _ in city.staff[code]
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
            target = chance.one(list(city.sizes))
        accepted = issued + datetime.timedelta(days=chance.between(1, 25))
        history.transfers.append(Change(member.number, target, issued, accepted))
    for member in retired:
        history.kept.append((member.number, chance.day(date(2020, 1, 1), date(2021, 12, 1))))
    _rejoin(city, history, leavers, founded, small)
    _cover_again(city, history)
    _mechanisms(city, history, single, founded)
    _posts(city, history)
    _headcounts(city, history, parent)
    _enter_again(city, history, {member.number for member in chosen})
    return history


def _enter_again(city: Rosters, history: History, others: set[str]) -> None:
    """Five of 2017 were entered a second time under a wrong digit, and that ended in 2019.

    Nothing of it reaches the years that the report tells of.
    """
    entered = [
        member for member in city.members
        if member.joined_on.year == 2017 and member.phone and member.number not in others
    ]  # fmt: skip
    for member in entered[::40][:5]:
        joined = member.joined_on + datetime.timedelta(days=21)
        again = member._replace(
            number=city.registry.slip(member.number), joined_on=joined, card_number=""
        )
        history.doubles.append((again, date(2019, 6, 30)))


def _rejoin(
    city: Rosters,
    history: History,
    leavers: list[Member],
    founded: dict[str, date],
    closed: list[str],
) -> None:
    """Some who quit in 2019 came back later."""
    people = {member.number: member for member in leavers}
    quitters = [
        leave for leave in history.leaves if leave.reason == "quit" and leave.on.year == 2019
    ]
    unions = [code for code in city.sizes if founded[code].year < 2019 and code not in closed]
    for leave in quitters[:12]:
        union = city.chance.one(unions)
        history.rejoiners.append(
            people[leave.number]._replace(
                organisation=union,
                employer=city.chance.one(city.staff[union])[0].credit_code,
                joined_on=city.chance.day(date(2020, 2, 1), date(2021, 11, 30)),
            )
        )


def _cover_again(city: Rosters, history: History) -> None:
    """Ten delivery companies left the joint union of their town for one of their trade."""
    chance = city.chance
    stations = [body for body in city.bodies if body.parent == DELIVERY]
    joint = [
        firm for firm in city.firms
        if firm.ownership == "私营" and firm.employees < 60
        and firm.union in city.sizes and len(city.staff[firm.union]) > 1
    ]  # fmt: skip
    for firm, station in zip(chance.random.sample(joint, 10), stations, strict=False):
        day = station.established_on + datetime.timedelta(days=chance.between(1, 40))
        history.covered.append(firm._replace(union=station.code, covered_since=day))


def _mechanisms(
    city: Rosters, history: History, single: set[str], founded: dict[str, date]
) -> None:
    """(organisation, kind, since, document): kinds are values of `Mechanism.Kind`."""
    chance, add = city.chance, history.mechanisms.append
    for number, district in enumerate(DISTRICTS):
        day = chance.day(date(2018, 3, 1), date(2021, 9, 30))
        add((district, "court_link", day, f"江法发〔{day.year}〕{20 + number}号"))
        if district not in {"JC06", "JC07"}:
            day = chance.day(date(2016, 1, 1), date(2020, 12, 31))
            add((district, "fiscal_appropriation", day, f"江财行〔{day.year}〕{40 + number}号"))
    for code in ("JC02", "JC05", *city.re_elected):
        add((code, "election", chance.day(date(2021, 2, 20), date(2021, 12, 10)), ""))
    for code in ("JC01", "JC03", "JC04", "JC06", "JC07", "JC08"):
        add((code, "election", chance.day(date(2017, 1, 10), date(2020, 11, 30)), ""))
    for code in city.sizes:
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


def _posts(city: Rosters, history: History) -> None:
    """(organisation, holder, kind, full time, since, until): kinds of `Post.Kind`."""
    chance, add = city.chance, history.posts.append

    def holder() -> str:
        return city.registry.name("男" if chance.happens(0.55) else "女")[0]

    towns = city.towns
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


def _headcounts(city: Rosters, history: History, parent: dict[str, str | None]) -> None:
    """The yearly returns of the towns: members as in the rosters, employees as reported."""
    chance = city.chance
    below: dict[str, list[Member]] = defaultdict(list)
    for member in city.members:
        below[parent[member.organisation] or ""].append(member)
    for town in city.towns:
        members = below[town.code]
        women = sum(member.sex == "女" for member in members)
        migrant = sum(member.is_migrant_worker for member in members)
        qualified = town.code in QUALIFIED_TOWNS
        others = int(len(members) * (0.2 + 0.4 * chance.random.random())) + 60
        if qualified:
            others = max(others, 5_200 + chance.between(0, 2_600) - len(members))
        history.headcounts.append(
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
