"""Heads that units report, and what named entries and heads together come to.

A head-count holds only those whom no entry names, so named persons and heads of one unit add up.
"""

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Count, Min

from competitions.models import (
    Competition,
    Contestant,
    Entry,
    Participation,
    ParticipationReport,
)
from core import bulk, workflow
from core.errors import OutOfScope, Refused
from core.models import Decision, Organisation, User
from core.services.records import require

State = ParticipationReport.State
COUNTED = ["named", "headcount", "sessions", "organisation"]


@transaction.atomic
def report(row: ParticipationReport, *, by: User) -> ParticipationReport:
    """Draft what one unit of the own union reports for a competition."""
    needed = "competitions.add_participationreport"
    require(by, needed)
    if why := uncountable(row):
        raise Refused(why, code="guard")
    workflow.begin(row, by=by)
    if not by.has_perm(needed, row):
        raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")
    return row


@transaction.atomic
def report_many(rows: Sequence[ParticipationReport], *, by: User) -> Sequence[ParticipationReport]:
    if not rows:
        return rows
    needed = "competitions.add_participationreport"
    require(by, needed)
    for row in rows:
        if why := uncountable(row):
            raise Refused(why, code="guard")
    workflow.begin_many(rows, by=by, concerned=())
    mine = ParticipationReport.objects.visible_to(by, needed)
    if mine.filter(pk__in=[row.pk for row in rows]).count() < len(rows):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
    return rows


@transaction.atomic
def amend_many(rows: Sequence[ParticipationReport], *, fields: Sequence[str], by: User) -> None:
    """Correct drafts."""
    if rows:
        workflow.amend_many(rows, fields=fields, by=by, concerned=())


def uncountable(row: ParticipationReport) -> str:
    """Guard of reporting: the competition was begun, is not filed yet, and reaches the union."""
    competition = row.competition
    if not row.organisation.path.startswith(competition.organisation.path):
        return "该竞赛不面向本工会，请重新选择。"
    if competition.state not in Competition.COUNTING:
        state = competition.get_state_display()
        return f"“{competition}”现为“{state}”，开赛后、归档前方可填报参赛人次。"
    return ""


def count(row: ParticipationReport, decision: Decision) -> None:
    """Effect of accepting and of sending back: the unit's numbers are what was accepted."""
    row.save(update_fields=["state"])
    count_many([row], decision.by)


def count_many(rows: Sequence[ParticipationReport], by: User) -> None:
    _require_holder(rows, by)
    settle(reports=rows)


def _require_holder(rows: Iterable[ParticipationReport], by: User) -> None:
    """Whoever runs the competition decides on its numbers, wherever the unit is."""
    holders = {row.competition.organisation_id for row in rows}
    for place in Organisation.objects.filter(pk__in=holders):
        if not by.has_perm("competitions.accept_participationreport", place):
            raise Refused("参赛人次由举办竞赛的工会核定。", code="not_holder")


@transaction.atomic
def settle(
    *, entries_of: Collection[Entry] = (), reports: Collection[ParticipationReport] = ()
) -> None:
    """Write anew what the units of these rows come to in their competitions."""
    pairs = {(entry.event.competition_id, entry.employer_id) for entry in entries_of}
    pairs |= {(row.competition_id, row.employer_id) for row in reports}
    pairs = {pair for pair in pairs if pair[1] is not None}
    if not pairs:
        return
    competitions = sorted({competition for competition, _ in pairs})
    locked = Competition.objects.select_for_update().filter(pk__in=competitions).order_by("pk")
    list(locked.values_list("pk", flat=True))
    wanted = _found(pairs)
    stored = Participation.objects.filter(
        competition__in=competitions, employer__in={employer for _, employer in pairs}
    )
    known = {(row.competition_id, row.employer_id): row for row in stored}
    changed, made = [], []
    for pair, counts in wanted.items():
        row = known.get(pair) or Participation(competition_id=pair[0], employer_id=pair[1])
        (made if row.pk is None else changed).append(row)
        for name, value in counts.items():
            setattr(row, name, value)
    over = [row.pk for pair, row in known.items() if pair in pairs and pair not in wanted]
    Participation.objects.filter(pk__in=over).delete()
    bulk.update(changed, COUNTED)
    bulk.create(made)


def _found(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], dict[str, int]]:
    """The counts of each pair of competition and employer that has any."""
    competitions = {competition for competition, _ in pairs}
    employers = {employer for _, employer in pairs}
    found: dict[tuple[int, int], dict[str, int]] = {}
    people = Contestant.objects.filter(
        entry__state=Entry.State.ACCEPTED,
        event__competition__in=competitions,
        entry__employer__in=employers,
    )
    grouped = people.order_by().values_list("event__competition", "entry__employer")
    counted = grouped.annotate(
        named=Count("person", distinct=True), union=Min("entry__organisation")
    )
    for competition, employer, named, union in counted:
        if (competition, employer) in pairs:
            found[competition, employer] = {
                "named": named, "headcount": 0, "sessions": 0, "organisation_id": union,
            }  # fmt: skip
    reports = ParticipationReport.objects.filter(
        state=State.ACCEPTED, competition__in=competitions, employer__in=employers
    )
    for row in reports.iterator():
        pair = row.competition_id, row.employer_id
        if pair in pairs:
            counts = found.setdefault(pair, {"named": 0})
            counts |= {
                "headcount": row.headcount,
                "sessions": row.sessions,
                "organisation_id": row.organisation_id,
            }
    return found
