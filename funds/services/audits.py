"""What a step does to a finding of the auditors: the term, the report, the closing."""

from collections.abc import Sequence
from decimal import Decimal

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from core import workflow
from core.errors import OutOfScope, Refused
from core.models import Decision, User
from core.services import files, records
from funds.models import AuditFinding

State = AuditFinding.State


def late(finding: AuditFinding) -> str:
    """Guard of issuing: the term lies ahead."""
    if finding.rectify_by < timezone.localdate():
        return f"整改期限 {finding.rectify_by} 已过，请先修改期限。"
    return ""


def issue(finding: AuditFinding, decision: Decision) -> None:
    finding.due_on = finding.rectify_by


def report(
    finding: AuditFinding,
    decision: Decision,
    *,
    measures: str,
    rectified: Decimal,
    evidence: File | None,
) -> None:
    """What the audited union did; a paper that is handed in again takes the place of the former."""
    if rectified > finding.amount:
        raise Refused(
            f"已整改金额不能多于问题金额 {finding.amount:,} 元，请核对。", code="more_than_found"
        )
    finding.measures, finding.rectified = measures, rectified
    if evidence:
        finding.evidence = files.receive(
            evidence,
            name=evidence.name,
            permission="funds.view_auditfinding",
            organisation=finding.organisation,
            by=decision.by,
        )


def close(finding: AuditFinding, decision: Decision) -> None:
    finding.closed_on = timezone.localdate()


@transaction.atomic
def begin_many(findings: Sequence[AuditFinding], *, by: User) -> None:
    """Write what an audit found, not put to the unions yet."""
    if not findings:
        return
    needed = "funds.add_auditfinding"
    records.require(by, needed)
    workflow.begin_many(findings, by=by, concerned=())
    mine = AuditFinding.objects.visible_to(by, needed)
    if mine.filter(pk__in=[each.pk for each in findings]).count() < len(findings):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")


@transaction.atomic
def amend_many(findings: Sequence[AuditFinding], *, fields: Sequence[str], by: User) -> None:
    """Correct findings that were not put to the unions yet."""
    if findings:
        workflow.amend_many(findings, fields=fields, by=by, concerned=())


@transaction.atomic
def withdraw_many(findings: Sequence[AuditFinding], *, by: User) -> None:
    """Take back findings that should not have been written, before they are issued."""
    rows = AuditFinding.objects.select_for_update(of=("self",)).order_by("pk")
    stored = list(rows.filter(pk__in=[each.pk for each in findings]))
    if any(each.state != State.FOUND for each in stored):
        raise Refused("有的审计问题已经下达，不能撤销登记。", code="moved_on")
    records.remove_many(findings, by=by, action="funds.auditfinding.withdraw")
