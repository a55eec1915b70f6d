"""What a synthetic city is drawn from: days, shares, names."""

import datetime
from random import Random

from demo.names import FEMALE, MALE, SURNAMES


def day_of(year: int, month: int, day: int) -> int:
    """The day as a number, as `date.toordinal`: days are drawn and compared as numbers."""
    return datetime.date(year, month, day).toordinal()


BASE, LAST = day_of(1950, 1, 1), day_of(2025, 12, 31)
# Every day as it is written; ISO[day - BASE] is that of a day.
ISO = [datetime.date.fromordinal(day).isoformat() for day in range(BASE, LAST + 1)]
BORN = range(day_of(1958, 1, 1), day_of(2004, 12, 31))
HALVES = 495  # numbers of one sex for each day of birth, as in `demo.names`

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


def table(shares: dict[str, int]) -> list[str]:
    """Each value as often as its share says, to be drawn from with one look."""
    return [value for value, share in shares.items() for _ in range(share)]


SURNAME_TABLE = table(SURNAMES)
SYLLABLES = {sex: sorted(set("".join(names))) for sex, names in (("m", MALE), ("f", FEMALE))}
POLITICS = table({"masses": 74, "youth_league": 10, "party": 14, "democratic": 1, "": 1})
EDUCATION = table(
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
SKILLS = table({"": 70, "junior": 9, "middle": 10, "senior": 8, "technician": 2, "chief": 1})
TITLES = table({"": 88, "助理工程师": 5, "工程师": 4, "高级工程师": 1, "经济师": 2})
EMPLOYMENT = table({"contract": 90, "dispatched": 6, "part_time": 2, "": 2})
STATUS = table(
    {"working": 90, "waiting": 2, "sick": 1, "internal": 1, "unemployed": 2, "retired": 4}
)
REASONS = table({"quit": 55, "deemed_quit": 28, "deceased": 12, "expelled": 3, "correction": 2})
OWNERSHIPS = table(
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
INDUSTRIES = table({"C": 34, "F": 18, "E": 9, "G": 8, "H": 6, "I": 6, "L": 7, "O": 6, "P": 6})
BUDGET = {"400", "500"}


def name_of(chance: Random, sex: str) -> str:
    """Half of the given names are common ones, the others of any one or two characters."""
    draw = chance.random
    surname = SURNAME_TABLE[int(draw() * len(SURNAME_TABLE))]
    if draw() < 0.5:
        common = MALE if sex == "m" else FEMALE
        return surname + common[int(draw() * len(common))]
    syllables = SYLLABLES[sex]
    count = len(syllables)
    return surname + syllables[int(draw() * count)] + syllables[int(draw() * count)]
