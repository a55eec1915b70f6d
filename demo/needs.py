"""Which members of the demo city are in need, and how far their files have come. No Django."""

import datetime
from copy import deepcopy
from itertools import cycle
from typing import NamedTuple

from demo.households import Family, Households
from demo.names import Chance
from demo.places import TOWN_REVIEW, line
from demo.rosters import Rosters
from demo.rows import Member

# The unions of two streets whose files travel through the hands of the accounts, in turn.
UNIONS = (
    *("JC01-01-011", "JC05-02-005", "JC01-01-010", "JC05-02-008", "JC01-01-001"),
    *("JC05-02-001", "JC01-01-009", "JC05-02-007", "JC01-01-007", "JC05-02-006"),
)
# How many files stand in which state (`hardship.models.Case.State`) on the day of the building.
STATES = {
    "draft": 3, "returned": 2, "submitted": 4, "town": 3, "district": 3, "comparison": 3,
    "publicity": 4, "decision": 3, "filed": 8, "recheck": 2, "recheck_review": 2,
    "recheck_decision": 3, "watch": 2, "closed": 2, "refused": 2, "withdrawn": 1,
}  # fmt: skip
OLDER = 10_000  # more than the accounts of the old register
SHARES = (0.6, 1.4, 0.8, 1.7, 0.4, 1.2, 2.6)  # of the line that households have


class Live(NamedTuple):
    """A file of these days: whose, how far it shall come, and since when it was applied for."""

    family: Family
    state: str
    applied_on: datetime.date


def live(city: Rosters, today: datetime.date) -> list[Live]:
    """The files of these days; the same city and day give the same files."""
    registry = deepcopy(city.registry)  # which stays as it was
    made = Households(Chance(today.toordinal()), registry, accounts=OLDER)
    shares = cycle(SHARES)
    crowds = {union: iter(_crowd(city, union)) for union in UNIONS}
    unions, found = cycle(UNIONS), []
    for state, count in STATES.items():
        for _ in range(count):
            union = next(unions)
            while state == "town" and not union.startswith(TOWN_REVIEW):
                union = next(unions)
            on = today - datetime.timedelta(days=made.chance.between(24, 55))
            family = made.family(
                next(crowds[union]), line=line(union[:4], on), times=next(shares), on=on
            )
            found.append(Live(family, state, on))
    return found


def _crowd(city: Rosters, union: str) -> list[Member]:
    """Members of a union who stay in it, those who have been in it for long first."""
    history = city.history
    gone = {leave.number for leave in history.leaves}
    gone |= {change.number for change in history.transfers}
    gone |= {number for number, _ in history.kept}
    members = [
        member for member in city.members
        if member.organisation == union and member.number not in gone
        and not member.worker_group
    ]  # fmt: skip
    return sorted(members, key=lambda member: (member.joined_on, member.number))
