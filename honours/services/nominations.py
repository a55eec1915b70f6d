"""Proposing candidates: the draft and its parts, papers, and what departments say."""

import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, workflow
from core.errors import Refused
from core.models import Organisation, Publicity, User
from core.services import files, publicity
from core.services.records import erase, require
from honours.criteria import Criteria
from honours.models import (
    Flag,
    Nomination,
    NominationPaper,
    Opinion,
    Recommendation,
    Selection,
    Title,
)
from honours.models.candidates import Category
from honours.rules import opinions
from members.models import Coverage, Employer, Membership, Person

ENTRY, HANDLE = "entry", "handle"  # duties (岗位)
S = Nomination.State
# When a department may be heard: from the county's word to the decision.
HEARD = frozenset({
    S.OPINIONS, S.FIRST_REVIEW, S.RESERVE, S.LISTED, S.PUBLICITY, S.FINAL_REVIEW, S.DECISION,
})  # fmt: skip
PUBLIC = frozenset({"110", "120", "151", "161", "400", "500"})  # 国有、集体、机关、事业
HAN = frozenset({"", "汉", "汉族"})


def open_to(user: User) -> QuerySet[Selection]:
    """The selections in which the union of this user may propose today. They belong to a body
    above it, whose own pages he does not see: he is told of what was handed down to his union."""
    rows = Selection.objects.open_for(user.organisation).select_related("title")
    return rows if user.has_perm("honours.add_nomination", user.organisation) else rows.none()


@transaction.atomic
def propose(
    *,
    selection: Selection,
    organisation: Organisation,
    person: Person | None = None,
    employer: Employer | None = None,
    name: str = "",
    reason: str = "",
    by: User,
) -> Nomination:
    """A draft of a nomination: a member of the union, an employer, or a collective by its name.

    `reason` says where the proposal comes from, such as the result of a competition. What the
    register knows of the candidate is filled in.
    """
    require(by, "honours.add_nomination", organisation)
    if not Selection.objects.open_for(organisation).filter(pk=selection.pk).exists():
        raise Refused(f"“{selection}”现在不受理本会推荐，请核对推荐期限和名额。", code="not_open")
    row = Nomination(selection=selection, organisation=organisation, reason=reason.strip()[:200])
    if selection.title.is_personal:
        if person is None:
            raise Refused("个人荣誉请从会员名册选取人选。", code="person_required")
        _take_person(row, person)
    elif person is not None:
        raise Refused(f"“{selection.title}”授予集体，请填写集体名称。", code="no_person")
    else:
        _take_collective(row, name.strip(), employer)
    return workflow.begin(row, by=by)


def _take_collective(row: Nomination, name: str, employer: Employer | None) -> None:
    """A union is proposed as itself, an employer as the register has it, others by their name."""
    recipient = row.selection.title.recipient
    covered = Coverage.objects.in_force(timezone.localdate()).filter(organisation=row.organisation)
    if employer is None and recipient == Title.Recipient.EMPLOYER:
        employer = Employer.objects.filter(coverages__in=covered, name=name).first()
    row.unit_name = employer.name if employer else ""
    if recipient == Title.Recipient.UNION:
        name = row.organisation.name
    elif recipient == Title.Recipient.EMPLOYER:
        row.employer, name = employer, employer.name if employer else name
    row.name = name
    if not row.name:
        raise Refused("请填写集体的名称。", code="name_required")


def _take_person(row: Nomination, person: Person) -> None:
    """What the register says of a member of the union."""
    rows = Membership.objects.current().within(row.organisation).filter(person=person)
    held = rows.select_related("employer").first()
    if held is None:
        raise Refused("所选人员不是本会在册会员，请核对会员名册。", code="not_member")
    row.person, row.name, row.position = person, person.name, held.position
    flags = {
        Flag.PARTY: person.political_status == Person.PoliticalStatus.PARTY,
        Flag.MINORITY: person.ethnicity not in HAN,
        Flag.MIGRANT_WORKER: held.is_migrant_worker,
        Flag.NON_PUBLIC: bool(held.employer and held.employer.ownership not in PUBLIC),
    }
    row.flags = [str(flag) for flag, holds in flags.items() if holds]
    if held.employer:
        row.unit_name = held.employer.name
    if held.is_migrant_worker:
        row.category = Category.MIGRANT


def editing(row: Nomination, *, by: User) -> Nomination:
    """The nomination, locked, if its parts may be written now, and by this user."""
    locked = Nomination.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require(by, "honours.change_nomination", locked)
    if not locked.is_editable:
        raise Refused(
            f"推荐现为“{locked.get_state_display()}”，内容不能修改；确需更正的，请先退回修改。",
            code="not_editable",
        )
    return locked


@transaction.atomic
def recommend(meeting: Recommendation, *, by: User) -> Recommendation:
    """Enter or correct how the workers voted."""
    row = editing(meeting.nomination, by=by)
    stored = Recommendation.objects.filter(pk=meeting.pk).first()
    meeting.full_clean()
    meeting.save()
    before = audit.snapshot(stored) if stored else {}
    if changes := audit.difference(before, audit.snapshot(meeting)):
        verb = "change" if stored else "add"
        audit.record(f"honours.recommendation.{verb}", by=by, obj=meeting, changes=changes)
    workflow.join(row, ENTRY, label="填报", by=by)
    return meeting


@transaction.atomic
def attach(
    row: Nomination, stream: BinaryIO, *, name: str, kind: str, by: User, note: str = ""
) -> NominationPaper:
    """Keep a paper. See `core.services.files.receive` for what is taken."""
    row = editing(row, by=by)
    paper = _keep(row, stream, name=name, kind=kind, note=note, by=by)
    workflow.join(row, ENTRY, label="填报", by=by)
    return paper


def _keep(
    row: Nomination, stream: BinaryIO, *, name: str, kind: str, by: User, note: str = ""
) -> NominationPaper:
    file = files.receive(
        stream,
        name=name,
        permission=NominationPaper.PERMISSION,
        organisation=row.organisation,
        by=by,
    )
    paper = NominationPaper(nomination=row, kind=kind, file=file, note=note)
    paper.full_clean()
    paper.save()
    changes = audit.difference({}, audit.snapshot(paper))
    audit.record("honours.nominationpaper.add", by=by, obj=paper, changes=changes)
    return paper


@transaction.atomic
def discard(paper: NominationPaper, *, by: User) -> None:
    """Take out a paper that was handed in by mistake; nobody can download it any more."""
    row, file = editing(paper.nomination, by=by), paper.file
    erase([paper], by=by, action="honours.nominationpaper.withdraw")
    file.expires_at = timezone.now()
    file.save(update_fields=["expires_at"])
    workflow.join(row, ENTRY, label="填报", by=by)


@transaction.atomic
def record_opinion(
    row: Nomination,
    *,
    department: str,
    verdict: str,
    given_on: datetime.date,
    note: str = "",
    scan: Any = None,
    by: User,
) -> Opinion:
    """Enter what a department said. A refusal is a veto: the candidate is out at once.

    `scan` is the sealed paper, an uploaded file. What is shown to the public at that time comes
    down first.
    """
    row = Nomination.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require(by, "honours.handle_nomination", row)
    if row.state not in HEARD:
        state = row.get_state_display()
        raise Refused(f"推荐现为“{state}”，不登记部门意见。", code="wrong_state")
    workflow.join(row, HANDLE, label="登记部门意见", by=by)
    months = Criteria(row.selection).months(department)
    opinion = Opinion(
        nomination=row,
        department=department,
        verdict=verdict,
        given_on=given_on,
        valid_until=opinions.months_after(given_on, months),
        note=note.strip(),
    )
    if scan:
        kind = NominationPaper.Kind.OPINION
        opinion.scan = _keep(row, scan, name=scan.name, kind=kind, by=by)
    opinion.full_clean()
    opinion.save()
    changes = audit.difference({}, audit.snapshot(opinion))
    audit.record("honours.opinion.add", by=by, obj=opinion, changes=changes)
    last = opinions.latest(one.given() for one in row.opinions.all())[department]
    if verdict == Opinion.Verdict.DISAGREE and last == opinion.given():
        _veto(row, f"{opinion.get_department_display()}不同意：{opinion.note}", by=by)
    return opinion


def _veto(row: Nomination, reason: str, *, by: User) -> None:
    for shown in Publicity.objects.running().on(row):
        publicity.withdraw(shown, reason=f"一票否决，{reason}"[:200], by=by)
    workflow.advance(row, "veto", reason=reason)
