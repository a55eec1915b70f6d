"""Opinions of other departments on a candidate (征求意见): one refusal is a veto, and they expire.

The matrix of who is asked about whom follows the lists of cities (handbook §5.3).
"""

import calendar
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

AGREE, DISAGREE, CONDITIONAL = "agree", "disagree", "conditional"


@dataclass(frozen=True)
class Given:
    """What a department said; from `valid_until` on it holds no longer."""

    department: str
    verdict: str
    given_on: datetime.date
    valid_until: datetime.date


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later; where that month has none, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def latest(given: Iterable[Given]) -> dict[str, Given]:
    """The last word of each department, in the order in which they were given."""
    found: dict[str, Given] = {}
    for one in sorted(given, key=lambda one: one.given_on):
        found[one.department] = one
    return found


def in_the_way(asked: Mapping[str, str], given: Iterable[Given], *, on: datetime.date) -> list[str]:
    """What stands against going on, as sentences; `asked` are the departments by code and name.

    A department that was not asked and refuses is a veto all the same.
    """
    said, last = [], latest(given)
    refused = [asked.get(one.department, "") for one in last.values() if one.verdict == DISAGREE]
    if refused:
        said.append(f"{_listed(refused)}不同意，一票否决。")
    if waiting := [name for code, name in asked.items() if code not in last]:
        said.append(f"尚未征求意见：{_listed(waiting)}。")
    known = [(name, last[code]) for code, name in asked.items() if code in last]
    if open_ones := [name for name, one in known if one.verdict == CONDITIONAL]:
        said.append(f"{_listed(open_ones)}为有条件同意，条件落实后请该部门另出同意意见，再行登记。")
    expired = [
        f"{name}（有效期至 {one.valid_until - datetime.timedelta(days=1)}）"
        for name, one in known
        if one.verdict == AGREE and one.valid_until <= on
    ]
    if expired:
        said.append(f"意见已过有效期，请重新征求：{_listed(expired)}。")
    return said


def _listed(names: Iterable[str]) -> str:
    return "、".join(filter(None, names)) or "有部门"
