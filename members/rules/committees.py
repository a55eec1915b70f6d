"""When a union and its committees are formed, how large they are, their term and 换届."""

import calendar
from datetime import date, timedelta
from typing import NamedTuple


class Threshold(NamedTuple):
    """A number that a document sets: its value, its unit, and the document (for the screen)."""

    value: int
    unit: str
    source: str


MEMBERS_FOR_COMMITTEE = Threshold(25, "人", "《中华人民共和国工会法》（2021年修正）第十一条")
EMPLOYEES_FOR_FULL_TIME_CHAIR = Threshold(
    200, "人", "《中华人民共和国工会法》（2021年修正）第十四条"
)
# The yearly work plans count employees where the law counts members. Two numbers, never one.
EMPLOYEES_FOR_CAMPAIGN = Threshold(25, "人", "年度工作要点“职工25人以上企业应建尽建”")
WOMEN_FOR_COMMITTEE = Threshold(10, "人", "《工会女职工委员会工作条例》")
MEMBERS_FOR_DELEGATES = Threshold(100, "人", "《基层工会会员代表大会条例》")

# Terms in years. Trade Union Law 2021, article 16.
GRASSROOTS_TERMS = frozenset({3, 5})
FEDERATION_TERM = 5

# Members up to and including the bound, and the seats of the committee they elect.
# Regulations on elections of grassroots unions (工会基层组织选举工作条例, 2016).
_COMMITTEE_SEATS: tuple[tuple[int, tuple[int, int]], ...] = (
    (24, (3, 5)),
    (200, (3, 7)),
    (1_000, (7, 15)),
    (5_000, (15, 21)),
    (10_000, (21, 29)),
    (50_000, (29, 37)),
)

# Days before the end of a term on which its chair and the superior are reminded.
TERM_REMINDERS = (180, 90, 30)


def must_form_committee(members: int) -> bool:
    """Whether the law asks for a grassroots committee of its own. Trade Union Law, article 11."""
    return members >= MEMBERS_FOR_COMMITTEE.value


def should_unionise(employees: int) -> bool:
    """Whether the campaign counts the employer as one that ought to have a union."""
    return employees >= EMPLOYEES_FOR_CAMPAIGN.value


def needs_women_committee(women_members: int) -> bool:
    """Whether a 女职工委员会 is set up; below the threshold a single 女职工委员 is."""
    return women_members >= WOMEN_FOR_COMMITTEE.value


def may_use_delegates(members: int) -> bool:
    """Whether delegates (会员代表大会) may stand for the meeting of all members."""
    return members >= MEMBERS_FOR_DELEGATES.value


def committee_seats(members: int) -> tuple[int, int]:
    """The fewest and the most seats of a committee elected by that many members."""
    for bound, seats in _COMMITTEE_SEATS:
        if members <= bound:
            return seats
    return (37, 45)


def term_end(start: date, years: int) -> date:
    """The last day of a term of whole years that began with the election on `start`.

    It is the corresponding day of the last month, or that month's last day where there is none
    (29 February). Civil Code, articles 201 and 202.
    """
    year = start.year + years
    return date(year, start.month, min(start.day, calendar.monthrange(year, start.month)[1]))


def is_term_overdue(end: date, on: date) -> bool:
    """Whether re-election (换届) is overdue: the last day of the term still belongs to it."""
    return on > end


def term_reminders(end: date) -> tuple[date, ...]:
    """The days on which the chair and the superior are reminded of a term that ends on `end`."""
    return tuple(end - timedelta(days=days) for days in TERM_REMINDERS)
