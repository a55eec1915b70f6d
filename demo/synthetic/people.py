"""The rows of people: persons, memberships and transfers, made in chunks, each by itself."""

from collections.abc import Callable
from random import Random
from typing import Any

from core.fields import blind_index
from demo import words
from demo.names import REGION, phone_number
from demo.synthetic.draws import (
    BASE,
    BORN,
    EDUCATION,
    EMPLOYMENT,
    HALVES,
    ISO,
    LAST,
    PLATFORM,
    POLITICS,
    REASONS,
    SECTORS,
    SKILLS,
    STATUS,
    TITLES,
    day_of,
    name_of,
)
from demo.synthetic.plan import Synthetic, Union
from members import pinyin

CHUNK = 10_000  # persons that are made up and written together
ADULT = 18 * 366  # days
STRIDE = 2_654_435_761  # prime: neighbours in the register are not born on the same day
# What indexes are made for.
NUMBER = "members.person.certificate_number"
PHONE = "members.person.phone"

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


def chunk(city: Synthetic, number: int) -> tuple[list[Any], list[Any], list[Any]]:
    """Persons, memberships and transfers of one chunk."""
    chance = city.chance(number)
    first = number * CHUNK
    rows: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for place in range(first, min(first + CHUNK, city.members)):
        _person(city, chance, place, *rows)
    return rows


def _person(
    city: Synthetic, chance: Random, place: int, persons: list, memberships: list, transfers: list
) -> None:
    draw = chance.random
    union = city.union_of(draw, place)
    groups, women = SECTORS[union.sector] if union.sector else (("",), 43)
    group = groups[int(draw() * len(groups))]
    sex = "f" if draw() * 100 < women else "m"
    born, half = divmod((place * STRIDE + city.seed) % (len(BORN) * HALVES), HALVES)
    resident = _resident_number(BORN[born], half * 2 + (sex == "m"))
    name = name_of(chance, sex)
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
    earliest = min(max(union.founded, BORN[born] + ADULT, day_of(2005, 1, 1)), latest)
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
            city.pks[where.code],
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
        other = city.anywhere(draw)
    second = city.members + (pk + 15) // 16
    member(pk, union, joined, "new", left, "transfer" if story == 0 else "quit")
    member(second, other, again, "transfer" if story == 0 else "rejoin", None, "")
    if story == 0:
        sides = city.pks[union.code], city.pks[other.code]
        days = ISO[left - 7 - BASE], ISO[left - BASE]
        transfers.append((pk // 32, pk, *sides, second, *days, "accepted", "工作调动"))


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


def _address(draw: Callable[[], float]) -> str:
    street = words.STREETS[int(draw() * len(words.STREETS))]
    return f"江城市{street}{int(draw() * 400) + 1}号"
