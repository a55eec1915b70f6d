"""What stands in the way of grants: off file, wrong source, given already, a shared account, caps.

Looked for when a grant is laid down and again when it is approved, for many at once in so few
queries. All grants of the city are rows here, whichever department and level gave them.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from funds.models import FundSource
from hardship import rules
from hardship.models import Case, Grant, GrantCap
from hardship.models.aid import AidKind
from hardship.models.households import Level

# 先建档、后帮扶; under watch aid goes on for a while (渐退期).
ON_FILE = frozenset(
    {
        Case.State.FILED,
        Case.State.RECHECK,
        Case.State.RECHECK_REVIEW,
        Case.State.RECHECK_DECISION,
        Case.State.WATCH,
    }
)


class Collisions:
    """The grants that are asked about, and what the city knows of their households.

    The caller holds the households, so that nothing comes in between. Of rows that are not stored
    yet, each counts for those behind it.
    """

    def __init__(self, rows: Sequence[Grant]) -> None:
        self.rows = rows
        self.households = {row.case.household_id for row in rows}

    def obstacles(self) -> Iterator[tuple[Grant, str, str]]:
        """The rows that must not be given, in their order: row, code, sentence."""
        for row in self.rows:
            said = ((code, look(self, row)) for code, look in LOOKS.items())
            if found := next(((code, sentence) for code, sentence in said if sentence), None):
                yield row, *found
            elif row.pk is None:
                self.standing[row.case.household_id].append(row)

    @cached_property
    def standing(self) -> Mapping[int, list[Grant]]:
        """By household, what it has been given or promised."""
        found: dict[int, list[Grant]] = defaultdict(list)
        rows = Grant.objects.standing().filter(household__in=self.households).order_by("pk")
        for row in rows.select_related("beneficiary"):
            found[row.household_id].append(row)
        return found

    def others(self, row: Grant) -> Iterator[Grant]:
        """What else the household of this grant has."""
        return (
            other
            for other in self.standing[row.case.household_id]
            if row.pk is None or other.pk != row.pk
        )

    @cached_property
    def holders(self) -> Mapping[bytes, set[int]]:
        """By account, the households in whose open files it stands."""
        accounts = {row.case.account_index for row in self.rows if row.case.account_index}
        found: dict[bytes, set[int]] = defaultdict(set)
        cases = Case.objects.open().filter(account_index__in=accounts).order_by()
        for account, household in cases.values_list("account_index", "household"):
            found[account].add(household)
        return found

    @cached_property
    def caps(self) -> Mapping[datetime.date, dict[str, list[GrantCap]]]:
        """By day and place, the caps that hold."""
        places: dict[datetime.date, set[str]] = defaultdict(set)
        for row in self.rows:
            places[row.granted_on].add(row.case.organisation.path)
        return {day: GrantCap.objects.nearest_each(paths, day) for day, paths in places.items()}


def _off_file(known: Collisions, row: Grant) -> str:
    case = row.case
    if case.state in ON_FILE or (row.kind == AidKind.EMERGENCY and case.is_open):
        return ""
    return "该户不在档，不能发放帮扶金（先建档、后帮扶）；情况紧急的，可办理临时救助。"


def _not_of_household(known: Collisions, row: Grant) -> str:
    if row.beneficiary.case_id == row.case_id and row.beneficiary.left_on is None:
        return ""
    return "受助人不在该户档案共同生活的家庭成员中，请从本户成员中选择。"


def _wrong_source(known: Collisions, row: Grant) -> str:
    if row.source != FundSource.CENTRAL or row.case.level == Level.NATIONAL:
        return ""
    return "中央财政资金只用于全国级档案，请改选资金来源。"


def _given_already(known: Collisions, row: Grant) -> str:
    for other in known.others(row):
        if (
            other.beneficiary.certificate_index == row.beneficiary.certificate_index
            and (other.kind, other.cause) == (row.kind, row.cause)
            and other.period_first <= row.period_last
            and other.period_last >= row.period_first
        ):
            return (
                f"同一事由的{row.get_kind_display()}已于 {other.granted_on} 登记"
                f"（{other.period_first} 至 {other.period_last}），不能重复发放。"
            )
    return ""


def _shared_account(known: Collisions, row: Grant) -> str:
    case = row.case
    if not case.account:
        return "该户尚未登记银行账号，请先在档案中补登。"
    if known.holders[case.account_index] - {case.household_id}:
        return "该银行账号同时登记在另一户困难职工档案中，请核实账号归属后再发放。"
    return ""


def _above_cap(known: Collisions, row: Grant) -> str:
    year = [other for other in known.others(row) if other.granted_on.year == row.granted_on.year]
    for cap in known.caps[row.granted_on][row.case.organisation.path]:
        counted = (other.amount for other in year if cap.kind in {"", other.kind})
        given = sum(counted, rules.ZERO)
        if cap.kind in {"", row.kind} and given + row.amount > cap.amount:
            return (
                f"超过每户每年上限：{cap}为 {rules.yuan(cap.amount)}，"
                f"本年已登记 {rules.yuan(given)}。"
            )
    return ""


LOOKS: Mapping[str, Callable[[Collisions, Grant], str]] = {
    "not_on_file": _off_file,
    "beneficiary": _not_of_household,
    "source": _wrong_source,
    "given_already": _given_already,
    "shared_account": _shared_account,
    "above_cap": _above_cap,
}
