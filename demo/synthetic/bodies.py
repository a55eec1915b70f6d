"""The rows of bodies and employers: what they are, have and report. Each with its columns."""

import datetime
from collections.abc import Iterator
from typing import Any

from core.models import User
from demo import words
from demo.names import credit_code, phone_number
from demo.places import CITY, DELIVERY, DISTRICTS, FREIGHT
from demo.synthetic.draws import (
    BASE,
    BUDGET,
    INDUSTRIES,
    ISO,
    LAST,
    OWNERSHIPS,
    PLATFORM_SECTORS,
    day_of,
    name_of,
)
from demo.synthetic.plan import Synthetic, Union
from members.models import HeadcountReport

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


def profiles(city: Synthetic) -> Iterator[tuple[Any, ...]]:
    chance = city.chance("profiles")
    above = [
        (code, "federation", "", day_of(1996, 1, 1)) for code in (CITY, *DISTRICTS, *city.towns)
    ]
    above += [
        (DELIVERY, "league", "delivery", day_of(2018, 4, 28)),
        (FREIGHT, "league", "freight", day_of(2017, 6, 16)),
    ]
    below = [(one.code, one.kind, one.sector, one.founded) for one in city.unions]
    for number, (code, kind, sector, founded) in enumerate(above + below):
        term = (LAST - founded) // 1826
        since = founded + term * 1826
        if chance.random() < 0.06:  # overdue
            term, since = max(term - 1, 0), max(since - 1826, founded)
        registered = chance.random() < 0.85
        yield (
            city.pks[code],
            kind,
            sector,
            credit_code("81", number) if registered else None,
            term + 1,
            ISO[since - BASE],
            datetime.date.fromordinal(since + 1826).isoformat(),
            name_of(chance, "f" if chance.random() < 0.4 else "m"),
            phone_number(90_000_000 + number),
            chance.random() < 0.1,
            "fiscal" if chance.random() < 0.18 else "tax",
        )


def _covering(city: Synthetic) -> Iterator[tuple[int, Union | None, str]]:
    """(position, union that covers it, town) of every employer; a sixth has no union."""
    for union in city.unions:
        for position in union.employers:
            yield position, union, union.parent
    for number in range(city.employers // 6):
        yield city.employers + number, None, city.towns[number % len(city.towns)]


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


def firms(city: Synthetic) -> Iterator[tuple[Any, ...]]:
    chance = city.chance("employers")
    for position, union, town in _covering(city):
        ownership = "170" if union and union.sector else chance.choice(OWNERSHIPS)
        start = {"400": "12", "500": "11", "700": "52"}.get(ownership, "91")
        employees = int(min(chance.lognormvariate(3.4, 1.0), 9000)) + 3
        brand = chance.choice(words.BRANDS_ONE) + chance.choice(words.BRANDS_TWO)
        day = (union.founded if union else LAST - 900) - chance.randint(30, 4000)
        yield (
            position + 1,
            city.pks[town],
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
            name_of(chance, "f" if chance.random() < 0.5 else "m"),
            phone_number(80_000_000 + position),
            ISO[max(day, BASE) - BASE],
        )


COVERAGE = ("organisation_id", "employer_id", "since", "until")


def coverages(city: Synthetic) -> Iterator[tuple[Any, ...]]:
    """One in thirty was covered by the first union of its town before its own."""
    chance = city.chance("coverages")
    first = {union.parent: union for union in city.unions if union.code.endswith("-001")}
    for position, union, town in _covering(city):
        if union is None:
            continue
        since = union.founded + chance.randint(0, 180)
        earlier = first[town]
        if union.closed:
            yield (
                city.pks[union.code],
                position + 1,
                ISO[since - BASE],
                ISO[union.closed - BASE],
            )
            continue
        if earlier is not union and earlier.founded + 400 < since and chance.random() < 0.033:
            before = chance.randint(earlier.founded, since - 100)
            pk = city.pks[earlier.code]
            yield pk, position + 1, ISO[before - BASE], ISO[since - BASE]
        yield city.pks[union.code], position + 1, ISO[since - BASE], None


POST = ("organisation_id", "holder_name", "kind", "is_full_time", "since", "until")


def posts(city: Synthetic) -> Iterator[tuple[Any, ...]]:
    chance = city.chance("posts")
    kinds = ("chair", "vice_chair", "audit_head", "women_head", "mediator", "delegate", "cadre")
    for town in city.towns:
        for number in range(3):
            since = ISO[chance.randint(day_of(2012, 1, 1), LAST - 400) - BASE]
            yield city.pks[town], name_of(chance, "f"), "cadre", number > 0, since, None
        since = chance.randint(LAST - 300, LAST - 100)
        until = ISO[since + 60 - BASE]
        yield city.pks[town], name_of(chance, "m"), "deployment", False, ISO[since - BASE], until
    for union in city.unions:
        for kind in kinds[: 1 + int(chance.random() * 3)] + (chance.choice(kinds),):
            since = chance.randint(max(union.founded, LAST - 4000), LAST)
            over = chance.random() < 0.1
            name = name_of(chance, "f" if chance.random() < 0.4 else "m")
            until = ISO[chance.randint(since, LAST) - BASE] if over else None
            full = kind == "cadre" and chance.random() < 0.5
            yield city.pks[union.code], name, kind, full, ISO[since - BASE], until


MECHANISM = ("organisation_id", "kind", "since")


def mechanisms(city: Synthetic) -> Iterator[tuple[Any, ...]]:
    chance = city.chance("mechanisms")
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
            yield city.pks[code], kind, ISO[chance.randint(day_of(2018, 1, 1), LAST) - BASE]
    for union in city.unions:
        for kind, share in shares.items():
            if chance.random() < share:
                day = chance.randint(union.founded, (union.closed or LAST + 1) - 1)
                yield city.pks[union.code], kind, ISO[day - BASE]


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


def headcounts(city: Synthetic, accepted_by: User) -> Iterator[tuple[Any, ...]]:
    """The accepted returns of two years of every union that stands."""
    chance = city.chance("headcounts")
    per_weight = city.members / city._places[-1]
    for union in city.unions:
        if union.closed:
            continue
        members = max(1, int(union.weight * per_weight))
        for year in (2024, 2025):
            employees = members + chance.randint(0, members // 2 + 2)
            yield (
                city.pks[union.code],
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
