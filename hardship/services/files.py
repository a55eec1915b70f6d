"""The file of a household: opening it, and writing its parts while it may be written.

The facts of the file itself are written by `core.workflow.amend`.
"""

from typing import Any, BinaryIO

from django.db import models, transaction
from django.utils import timezone

from core import audit, workflow
from core.errors import OutOfScope, Refused
from core.models import User
from core.services import files, records
from core.services.records import require
from hardship.models import Case, Evidence, Expense, FamilyMember, Household, Income

ENTRY = "entry"  # the duty (岗位) of whoever writes in a file
Part = FamilyMember | Income | Expense

# It names no file: that would tell who is poor.
IN_OPEN_FILE = (
    "该证件号码已在本市一份未办结的困难职工档案中，一人只能在一份档案中，"
    "请与家庭核实，或联系市总工会帮扶部门核对。"
)


@transaction.atomic
def open_draft(case: Case, applicant: FamilyMember, *, by: User) -> Case:
    """Begin a file for the household of an applicant; `case` and `applicant` are not stored yet.

    Whoever was on file before, as whatever member, brings the household along.
    """
    require(by, "hardship.add_case")
    applicant.relation = FamilyMember.Relation.SELF
    applicant.clean()
    earlier = FamilyMember.objects.of_person(applicant.identity).order_by("-pk").first()
    case.applicant_name = applicant.name
    case.household = (
        earlier.case.household
        if earlier
        else Household.objects.create(organisation=case.organisation)
    )
    _refuse_doubled(applicant)
    case = workflow.begin(case, by=by)
    if not by.has_perm("hardship.add_case", case):
        raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")
    applicant.case = case
    _write(applicant, by=by)
    workflow.join(case, ENTRY, label="填报", by=by)
    return case


def editing(case: Case, *, by: User) -> Case:
    """The file, locked, if its parts may be written now, and by this user."""
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, "hardship.change_case", locked)
    if not locked.is_editable:
        raise Refused(not_editable(locked), code="not_editable")
    return locked


def not_editable(case: Case) -> str:
    """That a file cannot be written in as it stands, and what to do."""
    state = case.get_state_display()
    return f"档案现为“{state}”，内容不能修改；确需更正的，请先退回补正。"


def written(case: Case, *, by: User) -> None:
    """Whoever wrote in a file is one of its authors, and takes no later duty on it."""
    workflow.join(case, ENTRY, label="填报", by=by)


@transaction.atomic
def put(part: Part, *, by: User) -> Part:
    """Add or change a member, an income or an expenditure."""
    case = editing(part.case, by=by)
    _write(part, by=by)
    if isinstance(part, FamilyMember) and part.relation == FamilyMember.Relation.SELF:
        case.applicant_name = part.name
        case.save(update_fields=["applicant_name"])
    written(case, by=by)
    return part


@transaction.atomic
def drop(part: Part, *, by: User) -> None:
    """Take out what was entered by mistake. Who moves out of the household has `left_on`."""
    case = editing(part.case, by=by)
    if isinstance(part, FamilyMember) and part.relation == FamilyMember.Relation.SELF:
        raise Refused("申请人不能从档案中移除；填错的，请撤回本档案后重新填报。", code="applicant")
    records.erase([part], by=by, action=f"{part._meta.label_lower}.withdraw")
    written(case, by=by)


@transaction.atomic
def discard(evidence: Evidence, *, by: User) -> None:
    """Take out a paper that was handed in by mistake; nobody can download it any more.

    What an earlier round was decided on stays.
    """
    case, file = editing(evidence.case, by=by), evidence.file
    begun = workflow.decisions(case).filter(round=case.round).first()
    if begun and file.created_at < begun.at:
        raise Refused(
            "上次认定所依据的材料须留存，不能移除；有新材料的，请另行上传。", code="decided_on"
        )
    records.erase([evidence], by=by, action="hardship.evidence.withdraw")
    file.expires_at = timezone.now()
    file.save(update_fields=["expires_at"])
    written(case, by=by)


def _write(part: Part, *, by: User) -> None:
    stored = None
    if not part._state.adding:
        stored = type(part).objects.get(pk=part.pk, case=part.case_id)
    part.full_clean()
    if isinstance(part, FamilyMember):
        part.is_open = part.left_on is None
        _refuse_doubled(part)
    part.save()
    if stored is None:
        trace(part, {}, "add", by=by)
    elif changes := audit.between(stored, part):
        audit.record(f"{part._meta.label_lower}.change", by=by, obj=part, changes=changes)


def _refuse_doubled(member: FamilyMember) -> None:
    """A sentence before the constraint speaks."""
    others = FamilyMember.objects.of_person(member.identity).filter(is_open=True)
    if member.is_open and others.exclude(pk=member.pk).exists():
        raise Refused(IN_OPEN_FILE, code="in_open_file")


@transaction.atomic
def attach(
    case: Case, stream: BinaryIO, *, name: str, kind: str, by: User, note: str = ""
) -> Evidence:
    """Keep a paper in the file. See `core.services.files.receive` for what is taken."""
    case = editing(case, by=by)
    evidence = keep_paper(case, stream, name=name, kind=kind, by=by, note=note)
    written(case, by=by)
    return evidence


def keep_paper(
    case: Case, stream: BinaryIO, *, name: str, kind: str, by: User, note: str = ""
) -> Evidence:
    """A paper that comes to a file beside its entry: the caller has asked for state and right."""
    file = files.receive(
        stream,
        name=name,
        permission=Evidence.PERMISSION,
        organisation=case.organisation,
        by=by,
    )
    evidence = Evidence(case=case, kind=kind, file=file, note=note)
    evidence.full_clean()
    evidence.save()
    trace(evidence, {}, "add", by=by)
    return evidence


def shut(case: Case) -> None:
    """The file is over: its people are free to stand in another. For effects, which save it."""
    case.is_open = False
    case.recheck_due = case.watch_until = None
    case.members.filter(is_open=True).update(is_open=False)


def trace(row: models.Model, before: dict[str, Any], verb: str, *, by: User | None) -> None:
    """Leave the trace of a written row, if anything in it changed."""
    if changes := audit.difference(before, audit.snapshot(row)):
        audit.record(f"{row._meta.label_lower}.{verb}", by=by, obj=row, changes=changes)
