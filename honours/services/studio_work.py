"""What the union of a studio reports of its year, who accepts it, what the year was worth."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO, TypeVar

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from core import audit, workflow
from core.errors import Refused
from core.models import User
from core.services import files, records
from core.services.records import require
from honours.models import Studio, StudioAssessment, StudioProject, StudioResult
from honours.models.studio_work import Reported
from honours.rules import studios as rules

Row = TypeVar("Row", bound=Reported)
CHANGE = "honours.change_studio"


@transaction.atomic
def report(row: Row, *, evidence: BinaryIO | None = None, name: str = "", by: User) -> Row:
    """A project or result of a studio that bears its name, not stored yet. It waits to be
    accepted. `evidence` is a paper of a result."""
    return report_many([_with_paper(row, evidence, name, by)], by=by)[0]


def _with_paper(row: Row, evidence: BinaryIO | None, name: str, by: User) -> Row:
    if evidence is not None:
        require(by, CHANGE, row.studio)
        row.evidence = files.receive(
            evidence,
            name=name,
            permission="honours.view_studio",
            organisation=row.studio.organisation,
            by=by,
        )
    return row


@transaction.atomic
def report_many(rows: Sequence[Row], *, by: User) -> Sequence[Row]:
    """Projects or results together, all or none."""
    if not rows:
        return rows
    wanted = {row.studio_id for row in rows}
    studios = Studio.objects.filter(pk__in=wanted).select_related("organisation")
    mine = studios.visible_to(by, CHANGE)
    if mine.count() < len(wanted):
        for studio in studios:
            require(by, CHANGE, studio)
    known = {studio.pk: studio for studio in studios}
    for row in rows:
        studio = row.studio = known[row.studio_id]
        row.reported_by = by
        row.clean()
        _refuse_year(studio, row.year)
    return records.insert_many(rows, by=by, action=f"{rows[0]._meta.label_lower}.report")


def _refuse_year(studio: Studio, year: int) -> None:
    """A year is reported once the studio bears its name, and until it was assessed."""
    if not studio.is_standing:
        raise Refused(
            f"“{studio}”现为“{studio.get_state_display()}”，命名后才填报课题和成果。",
            code="wrong_state",
        )
    if year > timezone.localdate().year:
        raise Refused("年度不能晚于今年，请核对。", code="year")
    if studio.assessments.filter(year=year).exists():
        raise Refused(
            f"“{studio}”{year}年已经考核，不能再填报该年度的课题和成果。", code="assessed"
        )


@transaction.atomic
def finish(project: StudioProject, *, finished_on: datetime.date, by: User) -> StudioProject:
    """结题: on a day; whether it was accepted before or not."""
    row = StudioProject.objects.select_for_update(of=("self",)).get(pk=project.pk)
    require(by, CHANGE, row.studio)
    if row.finished_on:
        raise Refused("该课题已经结题。", code="finished")
    if row.approved_on is None:
        raise Refused("该课题尚未立项，不能结题。", code="not_approved")
    before = audit.snapshot(row)
    row.finished_on = finished_on
    row.full_clean()
    row.save(update_fields=["finished_on"])
    changes = audit.difference(before, audit.snapshot(row))
    audit.record("honours.studioproject.finish", by=by, obj=row, changes=changes)
    return row


@transaction.atomic
def take_back(rows: Sequence[Row], *, by: User) -> None:
    """Remove what was reported by mistake and not accepted yet."""
    if not rows:
        return
    model = type(rows[0])
    locked = model.objects.select_for_update(of=("self",)).filter(pk__in=[row.pk for row in rows])
    locked = list(locked.select_related("studio__organisation"))
    for row in locked:
        require(by, CHANGE, row.studio)
        if row.accepted_on:
            raise Refused(f"“{row}”已由上级工会确认，不能撤回。", code="accepted")
    records.erase(locked, by=by, action=f"{model._meta.label_lower}.take_back")


@transaction.atomic
def accept_year(studio: Studio, *, year: int, by: User) -> int:
    """Accept what was reported of a year, by another person than who reported it.

    Returns how many rows were accepted.
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    require(by, "honours.check_studio", row)
    workflow.refuse_concerned(row, by)
    count = 0
    for model in (StudioProject, StudioResult):
        waiting = model.objects.waiting().filter(studio=row, year=year)
        found = list(waiting.select_for_update(of=("self",)).select_related("reported_by"))
        for each in found:
            if each.reported_by.certificate_index == by.certificate_index:
                raise Refused(f"“{each}”由本人填报，应由其他人员确认。", code="four_eyes")
        before = [audit.snapshot(each) for each in found]
        for each in found:
            each.accepted_on = timezone.localdate()
            each.save(update_fields=["accepted_on"])
        told = (
            (each, audit.difference(former, audit.snapshot(each)))
            for each, former in zip(found, before, strict=True)
        )
        audit.record_many(f"{model._meta.label_lower}.accept", by=by, rows=told)
        count += len(found)
    if not count:
        raise Refused(f"{year}年没有待确认的课题和成果。", code="nothing_waiting")
    return count


def facts_of(studio: Studio, year: int) -> dict[str, Any]:
    """What counts for the assessment of a year: accepted rows alone."""
    projects = StudioProject.objects.accepted().filter(studio=studio)
    in_work = (
        Q(approved_on__year=year)
        | Q(approved_on__year__lt=year, finished_on__isnull=True)
        | Q(approved_on__year__lt=year, finished_on__year__gte=year)
    )
    results = StudioResult.objects.accepted().filter(studio=studio, year=year)
    sums = results.aggregate(benefit=Sum("benefit"), apprentices=Sum("apprentices"))
    return {
        "projects": projects.filter(approved_on__year=year).count(),
        "projects_in_work": projects.filter(in_work).count(),
        "results": results.count(),
        "benefit": f"{sums['benefit'] or 0:.2f}",
        "apprentices": sums["apprentices"] or 0,
    }


@transaction.atomic
def assess(
    studio: Studio, *, year: int, score: Decimal, note: str = "", by: User
) -> StudioAssessment:
    """年度考核: the score of a year; the verdict follows from it and from the projects.

    By somebody whom the studio does not concern, when nothing of the year waits to be accepted.
    """
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    require(by, "honours.assess_studio", row)
    workflow.refuse_concerned(row, by)
    today = timezone.localdate()
    if not row.is_standing or row.named_on.year > year:
        raise Refused("只考核命名当年及以后的年度。", code="wrong_state")
    if year > today.year:
        raise Refused("年度不能晚于今年，请核对。", code="year")
    for model in (StudioProject, StudioResult):
        if model.objects.waiting().filter(studio=row, year=year).exists():
            raise Refused(f"{year}年还有待确认的课题或成果，请先确认。", code="waiting")
    rule = row.rule_on(datetime.date(year, 12, 31)) or row.rule_on(today)
    if rule is None:
        raise Refused("尚未登记适用的工作室管理规定，请市总工会先登记。", code="no_rule")
    facts = facts_of(row, year)
    made = StudioAssessment(
        studio=row,
        year=year,
        score=score,
        verdict=rules.verdict(
            score,
            facts["projects"],
            least_projects=rule.least_projects,
            qualified=rule.qualified_score,
            excellent=rule.excellent_score,
        ),
        facts=facts,
        document=rule.document,
        note=note,
        assessed_on=today,
        by=by,
    )
    return records.insert_many([made], by=by, action="honours.studioassessment.add")[0]
