"""Writes of reports: asking for a run, freezing its figures, checking, signing, publishing."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.jobs import enqueue
from core.models import Organisation, User
from core.periods import Period
from core.services import records
from core.services.records import require
from reports.models import Chapter, Figure, ReportDefinition, ReportRun

KIND = "reports.run"


@transaction.atomic
def define(
    definition: ReportDefinition, chapters: Sequence[Chapter], *, by: User | None
) -> ReportDefinition:
    """Save a definition with all its chapters, in this order; a wrong line refuses the whole.

    `by` is None for what comes with the house. Reports that were asked for before keep their text.
    """
    if by is not None:
        records.save(definition, by=by)
    else:
        definition.full_clean()
        definition.save()
    before = _texts(definition.chapters.all())
    definition.chapters.all().delete()
    for number, chapter in enumerate(chapters, start=1):
        row = Chapter(definition=definition, number=number, name=chapter.name, text=chapter.text)
        row.full_clean()
        row.save()
    changes = audit.difference(before, _texts(definition.chapters.all()))
    if changes:
        audit.record("reports.reportdefinition.define", by=by, obj=definition, changes=changes)
    return definition


def _texts(chapters: Iterable[Chapter]) -> dict[str, str]:
    return {str(chapter): chapter.text for chapter in chapters}


@transaction.atomic
def start(
    definition: ReportDefinition,
    *,
    organisation: Organisation,
    period: Period,
    by: User | None,
    send: bool = True,
) -> ReportRun:
    """Ask for a report: a run in its next version, and the job that makes it.

    `by` is None for an operator's command. `send=False` is for a caller who does the job in its own
    process.
    """
    if by is not None:
        require(by, "reports.add_reportrun", organisation)
    if not definition.organisation.contains(organisation):
        raise Refused(f"“{definition}”不适用于“{organisation}”。", code="definition_elsewhere")
    same = ReportRun.objects.select_for_update().filter(
        definition=definition, organisation=organisation, start=period.start, end=period.end
    )
    last = max((row.version for row in same), default=0)
    run = ReportRun(
        definition=definition,
        organisation=organisation,
        start=period.start,
        end=period.end,
        version=last + 1,
        text=definition.text(),
        requested_by=by,
    )
    run.save()
    run.job = enqueue(
        KIND,
        by=by,
        organisation=organisation,
        parameters={"report": run.pk},
        key=f"{KIND}:{run.pk}",
        send=send,
    )
    run.save(update_fields=["job"])
    audit.record("reports.reportrun.start", by=by, obj=run, changes={"period": [None, period.key]})
    return run


def freeze(
    run: ReportRun,
    figures: Iterable[Mapping[str, Any]],
    findings: Sequence[str],
    *,
    as_of: datetime.datetime,
) -> int:
    """Store the computed figures of a run, once, within the step of its job."""
    made = Figure.objects.bulk_create(
        (Figure(run=run, **figure) for figure in figures), batch_size=500
    )
    run.as_of, run.findings = as_of, list(findings)
    run.save(update_fields=["as_of", "findings"])
    audit.record(
        "reports.reportrun.freeze",
        by=None,
        obj=run,
        changes={"figures": len(made), "findings": len(findings)},
    )
    return len(made)


def _advance(
    run: ReportRun, permission: str, source: str, target: str, by: User, **fields: Any
) -> ReportRun:
    """Move a run on, locked and audited."""
    locked = ReportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    require(by, permission, locked)
    if not locked.is_finished:
        raise Refused("报告尚未生成完毕，请稍后再办理。", code="not_finished")
    if locked.state != source:
        raise Refused(f"报告{locked.get_state_display()}，不能办理此项操作。", code="wrong_state")
    _refuse(locked, target, by)
    locked.state = target
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", *fields])
    audit.record(
        f"reports.reportrun.{target}", by=by, obj=locked, changes={"state": [source, target]}
    )
    return locked


def _refuse(run: ReportRun, target: str, by: User) -> None:
    """What the state alone does not tell."""
    if target == ReportRun.State.CHECKED and run.findings:
        raise Refused(
            f"还有 {len(run.findings)} 处数据核对未通过，请处理后重新生成报告。", code="findings"
        )
    if target == ReportRun.State.SIGNED and not may_sign(run, by):
        raise Refused("签发人不能是编制人或核对人，请由另一位负责人签发。", code="four_eyes")


def may_sign(run: ReportRun, by: User) -> bool:
    """Whether `by` is another person than those who asked for the report and checked it."""
    return by.pk not in {run.requested_by_id, run.checked_by_id}


@transaction.atomic
def check(run: ReportRun, *, by: User) -> ReportRun:
    """Somebody vouches that text and figures were read. Contradictions must be gone before."""
    state = ReportRun.State
    return _advance(run, "reports.check_reportrun", state.DRAFT, state.CHECKED, by, checked_by=by)


@transaction.atomic
def sign(run: ReportRun, *, by: User) -> ReportRun:
    """Sign the report off: another person than those who asked for it and checked it."""
    state = ReportRun.State
    return _advance(run, "reports.sign_reportrun", state.CHECKED, state.SIGNED, by, signed_by=by)


@transaction.atomic
def publish(run: ReportRun, *, by: User) -> ReportRun:
    """Put the report on the shelf of leadership, its files with it."""
    state = ReportRun.State
    published = _advance(
        run,
        "reports.sign_reportrun",
        state.SIGNED,
        state.PUBLISHED,
        by,
        published_at=timezone.now(),
    )
    for _, file in published.files:
        file.permission = "reports.view_reportrun"
        file.save(update_fields=["permission"])
    return published
