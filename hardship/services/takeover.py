"""移交: files that were decided before this software, with what has become of them.

A file that is taken over was judged by people on paper. Its recognition says so in place of a
calculation, with the old document, and is bound to the line and the rule of its day. It goes on
from there like any other: the next re-check reckons.
"""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from core import workflow
from core.errors import Refused
from core.models import Organisation, User
from core.models.dated import DatedRule
from core.services import records
from hardship import rules
from hardship.models import Case, FamilyMember, Grant, Procedure, Recognition, Standard, TierRule
from hardship.services import intake

PERMISSION = "hardship.takeover_case"
State, Ending = Case.State, Recognition.Ending


class Documents:
    """The lines, tier rules and procedures of the whole city, read once: they are few, and old
    files are of many days."""

    def __init__(self) -> None:
        self._rows: dict[type[DatedRule], list[DatedRule]] = {
            model: list(model.objects.select_related("organisation").order_by("pk"))
            for model in (Standard, TierRule, Procedure)
        }

    def standard(self, organisation: Organisation, on: datetime.date) -> Standard | None:
        """As `Case.standard`, of any day."""
        return next(iter(self._nearest(Standard, organisation, on)), None)

    def rule(self, organisation: Organisation, on: datetime.date, tier: str) -> TierRule | None:
        """As in `Case.tier_rules`, of any day."""
        found = self._nearest(TierRule, organisation, on)
        return next((rule for rule in found if rule.tier == tier), None)

    def procedure(self, organisation: Organisation) -> Procedure:
        """As `Case.procedure`."""
        found = self._nearest(Procedure, organisation, timezone.localdate())
        return next(iter(found), None) or Procedure()

    def _nearest(
        self, model: type[DatedRule], organisation: Organisation, on: datetime.date
    ) -> list:
        rows = [
            row
            for row in self._rows[model]
            if organisation.path.startswith(row.organisation.path)
            and row.since <= on
            and (row.until is None or row.until > on)
        ]
        depth = max((len(row.organisation.path) for row in rows), default=0)
        return [row for row in rows if len(row.organisation.path) == depth]


@dataclass
class Old:
    """One old file: drafts of the file (with tier, level, `filed_on` and its document) and of its
    applicant, and, where it is over, since which day and how it ended."""

    case: Case
    applicant: FamilyMember
    until: datetime.date | None = None
    ending: str = ""


@transaction.atomic
def take_over_many(files: Sequence[Old], *, documents: Documents, by: User) -> None:
    """Enter old files: on file, under watch, or closed, as their ends say. All or none.

    A household has one time on file after the other: those of one applicant are one household's.
    """
    files = sorted(files, key=lambda old: old.case.filed_on)  # one's own files follow one another
    cases = [old.case for old in files]
    intake.require_places({case.organisation_id for case in cases}, PERMISSION, by)
    for old in files:
        _settle(old, documents.procedure(old.case.organisation))
    pairs = [(old.case, old.applicant) for old in files]
    intake.house(pairs)
    workflow.take_over_many(
        cases,
        label="移交登记",
        comments=[f"存量档案移交登记，原认定文号：{case.old_document}" for case in cases],
        by=by,
        concerned={old.applicant.identity for old in files},
    )
    intake.put_in(pairs, by=by)
    records.insert_many(_recognitions(files, documents), by=by)


def _settle(old: Old, procedure: Procedure) -> None:
    """The state in which the file is by now, and when somebody has to look at it."""
    case, today = old.case, timezone.localdate()
    case.applied_on, case.taken_over_on = case.filed_on, today
    if old.until is None:
        case.state = State.FILED
        case.recheck_due = case.recheck_due or _next_recheck(case.filed_on, procedure, today)
        return
    case.state, case.recheck_due, case.is_open = State.CLOSED, None, False
    if old.ending == Ending.OUT:
        watched = rules.months_after(old.until, procedure.watch_months)
        if watched > today:
            case.state, case.watch_until, case.is_open = State.WATCH, watched, True


def _next_recheck(
    filed_on: datetime.date, procedure: Procedure, today: datetime.date
) -> datetime.date:
    """The first anniversary of the filing, by the period of the place, that is still to come."""
    step = max(procedure.recheck_months, 1)
    passed = rules.months_between(filed_on, today) - 1
    turn = max(passed // step, 1)
    while (due := rules.months_after(filed_on, turn * step)) < today:
        turn += 1
    return due


def _recognitions(files: Sequence[Old], documents: Documents) -> list[Recognition]:
    households = {old.case.household_id for old in files}
    times: dict[int, list[tuple[datetime.date, datetime.date | None]]] = defaultdict(list)
    known = Recognition.objects.filter(household__in=households)
    for household, since, until in known.values_list("household", "since", "until"):
        times[household].append((since, until))
    return [_recognition(old, documents, times[old.case.household_id]) for old in files]


def _recognition(
    old: Old, documents: Documents, times: list[tuple[datetime.date, datetime.date | None]]
) -> Recognition:
    """The time on file of one old file, among those of its household, to which it is added."""
    case, since = old.case, old.case.filed_on
    if any(overlapping(since, old.until, *other) for other in times):
        raise Refused(OVERLAPPING, code="overlapping")
    is_later = any(first < since for first, _ in times)
    times.append((since, old.until))
    standard = documents.standard(case.organisation, since)
    rule = documents.rule(case.organisation, since, case.tier)
    if missing := undocumented(standard, rule):
        raise Refused(missing, code="undocumented")
    step = rules.Step(
        "移交认定", "按原档案登记，未重新计算", case.get_tier_display(), case.old_document
    )
    return Recognition(
        organisation=case.organisation,
        household_id=case.household_id,
        case=case,
        tier=case.tier,
        level=case.level,
        main_cause=case.main_cause,
        entry=Recognition.Entry.REOPENED if is_later else Recognition.Entry.NEW,
        since=since,
        until=old.until,
        ending=old.ending,
        standard=standard,
        rule=rule,
        steps=[list(step)],
    )


OVERLAPPING = (
    "与该户已登记的另一段在档时间重叠，一户同一时间只能有一份档案，请核对建档日期和终止日期。"
)


def overlapping(
    since: datetime.date,
    until: datetime.date | None,
    first: datetime.date,
    end: datetime.date | None,
) -> bool:
    """Whether two times on file have a day in common."""
    return (until is None or first < until) and (end is None or since < end)


def undocumented(standard: Standard | None, rule: TierRule | None) -> str:
    """What is missing of the documents on which a recognition rests, and what to do; or ""."""
    if standard is None:
        return "建档当日在该工会没有适用的低保标准，请先登记当时的低保标准。"
    if rule is None:
        return "建档当日在该工会没有该困难类别的认定规则，请先登记当时的认定规则。"
    return ""


@transaction.atomic
def withdraw_many(cases: Sequence[Case], *, by: User) -> None:
    """Take back files that should not have been taken over, with the households they brought."""
    intake.require_places({case.organisation_id for case in cases}, PERMISSION, by)
    if any(case.taken_over_on is None or case.round > 1 for case in cases):
        raise Refused("档案移交后已有办理，不能撤销。", code="moved_on")
    recognitions = Recognition.objects.filter(case__in=cases).select_related("organisation")
    records.erase(list(recognitions), by=by, action="hardship.recognition.withdraw")
    intake.erase_files(cases, by=by)


# What belongs to a file that was taken over: until its first re-check, whoever takes over.


@transaction.atomic
def put_family_many(members: Sequence[FamilyMember], *, fields: Collection[str], by: User) -> None:
    """Add the families of files that were taken over, or correct them."""
    _refuse_moved_on({member.case_id for member in members}, by)
    _refuse_concerned(members, by)
    intake.store_parts(members, fields=fields, by=by)


@transaction.atomic
def drop_family_many(members: Sequence[FamilyMember], *, by: User) -> None:
    """Take them back."""
    _refuse_moved_on({member.case_id for member in members}, by)
    records.erase(members, by=by, action="hardship.familymember.withdraw")


@transaction.atomic
def enter_grants_many(grants: Sequence[Grant], *, by: User) -> None:
    """Enter what was paid before this software. Nothing is paid, and no cap of today is asked."""
    _refuse_moved_on({grant.case_id for grant in grants}, by, later=True)
    for grant in grants:
        case = grant.case
        if not (grant.paid_on and grant.paid_on < case.taken_over_on):
            raise Refused(NOT_BEFORE, code="not_before")
        grant.organisation, grant.household = case.organisation, case.household
        first = case.first_recognition
        grant.tier, grant.level, grant.granted_on = first.tier, first.level, grant.paid_on
    _refuse_concerned([grant.beneficiary for grant in grants], by)
    records.insert_many(grants, by=by, action="hardship.grant.take_over")


NOT_BEFORE = (
    "只登记移交之前已经发放的帮扶金，发放日期应早于档案移交登记之日；以后的请按帮扶金发放办理。"
)


@transaction.atomic
def withdraw_grants_many(grants: Sequence[Grant], *, by: User) -> None:
    """Take them back."""
    _refuse_moved_on({grant.case_id for grant in grants}, by, later=True)
    records.erase(grants, by=by, action="hardship.grant.take_back")


def _refuse_moved_on(keys: Collection[int], by: User, *, later: bool = False) -> None:
    """Refuse where a file was not taken over, or (unless `later`) has gone into a re-check."""
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    cases = list(rows)
    intake.require_places({case.organisation_id for case in cases}, PERMISSION, by)
    for case in cases:
        if case.taken_over_on is None:
            raise Refused("该档案不是移交的存量档案。", code="not_taken_over")
        if not later and (said := moved_on(case)):
            raise Refused(said, code="moved_on")


def moved_on(case: Case) -> str:
    """That somebody has gone on with a file since it was taken over, or ""."""
    return "档案移交后已进入复核，请在复核中更正。" if case.round > 1 else ""


def _refuse_concerned(members: Sequence[FamilyMember], by: User) -> None:
    if refusal := workflow.Ties(by).refusal({member.identity for member in members}):
        raise refusal
