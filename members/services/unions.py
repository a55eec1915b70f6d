"""Unions: covering employers, and the yearly return of head counts."""

import datetime
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from core import audit
from core.errors import OutOfScope, Refused
from core.models import Organisation, User
from core.services import records
from core.services.records import require
from members.models import Coverage, Employer, HeadcountReport


def cover(employer: Employer, *, union: Organisation, since: datetime.date, by: User) -> Coverage:
    """A union covers an employer from `since`. See `cover_many`."""
    return cover_many([Coverage(employer=employer, organisation=union, since=since)], by=by)[0]


@transaction.atomic
def cover_many(coverages: Sequence[Coverage], *, by: User) -> list[Coverage]:
    """Unions cover employers. An earlier coverage of the same employer ends the same day."""
    unions = {coverage.organisation_id for coverage in coverages}
    held = Organisation.objects.visible_to(by, "members.add_coverage").filter(pk__in=unions)
    if held.count() < len(unions):
        require(by, "members.add_coverage")
        raise OutOfScope("所选工会不在本人管辖范围内，请重新选择。")
    since = {coverage.employer_id: coverage.since for coverage in coverages}
    ended = []
    for open_one in Coverage.objects.select_for_update().filter(employer__in=since, until=None):
        day = since[open_one.employer_id]
        if day <= open_one.since:
            raise Refused(
                f"“{open_one.employer}”自 {open_one.since} 起已有工会覆盖，新的起始日应晚于该日。",
                code="already_covered",
            )
        open_one.until = day
        ended.append(open_one)
    Coverage.objects.bulk_update(ended, ["until"], batch_size=1_000)
    made = Coverage.objects.bulk_create(coverages, batch_size=1_000)
    audit.record_many(
        "members.coverage.cover",
        by=by,
        rows=[
            (row, {"since": [None, row.since], "employer": [None, str(row.employer)]})
            for row in made
        ],
    )
    return made


@transaction.atomic
def withdraw_coverages(
    coverages: Sequence[Coverage], *, by: User, reopen: Mapping[int, int] | None = None
) -> None:
    """Take back coverages that should not have been.

    `reopen` names by employer the union that covered it up to the day such a coverage began: that
    one goes on as if it had not ended.
    """
    ended = []
    for coverage in coverages:
        if union := (reopen or {}).get(coverage.employer_id):
            ended.append(Q(employer=coverage.employer_id, organisation=union, until=coverage.since))
    records.remove_many(coverages, by=by, action="members.coverage.withdraw")
    for start in range(0, len(ended), 200):
        rows = Coverage.objects.select_for_update(of=("self",)).select_related(
            "employer", "organisation"
        )
        reopened = list(rows.filter(reduce(or_, ended[start : start + 200])))
        changes = [(row, {"until": [row.until, None]}) for row in reopened]
        Coverage.objects.filter(pk__in=[row.pk for row in reopened]).update(until=None)
        audit.record_many("members.coverage.reopen", by=by, rows=changes)


@transaction.atomic
def uncover(coverage: Coverage, *, on: datetime.date, reason: str, by: User) -> Coverage:
    """The union no longer covers the employer from `on`."""
    locked = Coverage.objects.select_for_update().get(pk=coverage.pk)
    require(by, "members.change_coverage", locked)
    if locked.until:
        raise Refused(f"该覆盖关系已于 {locked.until} 终止。", code="ended")
    locked.until = on
    locked.full_clean()
    locked.save(update_fields=["until"])
    audit.record(
        "members.coverage.uncover", by=by, obj=locked, changes={"until": [None, on]}, reason=reason
    )
    return locked


def _decide(
    report: HeadcountReport, permission: str, allowed: str, target: str, by: User, reason: str = ""
) -> HeadcountReport:
    """Move a return from one state to the next, locked and audited."""
    locked = HeadcountReport.objects.select_for_update().get(pk=report.pk)
    require(by, permission, locked)
    if locked.state != allowed:
        raise Refused(f"年报{locked.get_state_display()}，不能办理此项操作。", code="wrong_state")
    locked.full_clean()
    locked.state = target
    locked.accepted_by = by if target == HeadcountReport.State.ACCEPTED else None
    locked.save(update_fields=["state", "accepted_by"])
    audit.record(
        f"members.headcountreport.{target}",
        by=by,
        obj=locked,
        changes={"state": [allowed, target]},
        reason=reason,
    )
    return locked


@transaction.atomic
def submit_headcount(report: HeadcountReport, *, by: User) -> HeadcountReport:
    """The union reports its head counts to the superior."""
    state = HeadcountReport.State
    return _decide(report, "members.change_headcountreport", state.DRAFT, state.SUBMITTED, by)


@transaction.atomic
def accept_headcount(report: HeadcountReport, *, by: User) -> HeadcountReport:
    """The superior accepts the return: from now on it counts in reports."""
    state = HeadcountReport.State
    return _decide(report, "members.accept_headcountreport", state.SUBMITTED, state.ACCEPTED, by)


@transaction.atomic
def return_headcount(report: HeadcountReport, *, reason: str, by: User) -> HeadcountReport:
    """The superior sends the return back for correction, with a reason."""
    if len(reason.strip()) < 2:
        raise Refused("请填写退回原因。", code="reason_required")
    state = HeadcountReport.State
    return _decide(
        report, "members.accept_headcountreport", state.SUBMITTED, state.DRAFT, by, reason
    )
