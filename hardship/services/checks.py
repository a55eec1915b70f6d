"""What is found out about a household: visits, answers of authorities, vetoes and exceptions."""

import copy
from collections.abc import Collection, Iterable, Sequence

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, bulk, workflow
from core.errors import Refused
from core.models import User
from core.services import records
from core.services.records import require
from hardship.models import (
    Case,
    DataCheck,
    Evidence,
    FamilyMember,
    VetoAnswer,
    VetoRule,
    Visit,
)
from hardship.services.files import editing, keep_paper, written
from hardship.services.intake import require_places

COMPARISON, DISTRICT = "comparison", "district"  # duties
VISITORS = 2  # an 入户调查 needs two persons at least
NOTHING_FOUND = "无记录"
NOT_COMPARED = "档案不在信息比对环节。"


@transaction.atomic
def record_visit(visit: Visit, visitors: Collection[User], *, by: User) -> Visit:
    """Keep a visit. One that checks the household is a part of the entry and has two visitors."""
    case, checks = visit.case, visit.kind == Visit.Kind.CHECK
    if checks:
        case = editing(case, by=by)
        # Persons are counted, not accounts.
        if len({visitor.certificate_index for visitor in visitors}) < VISITORS:
            raise Refused("入户调查须由两名以上人员进行，请补填走访人。", code="visitors")
    require(by, "hardship.add_visit", case)
    if visit.kind == Visit.Kind.FOLLOW_UP and case.state != Case.State.WATCH:
        raise Refused("该户不在返困监测期内，不能登记返困监测回访。", code="wrong_state")
    for visitor in visitors:
        _refuse_visitor(visitor, workflow.Ties(visitor).refusal(case.concerned()))
    visit.organisation, visit.round = case.organisation, case.round
    visit.full_clean()
    visit.save()
    visit.visitors.set(visitors)
    changes = audit.difference({}, audit.snapshot(visit))
    changes["visitors"] = [None, "、".join(visitor.display_name for visitor in visitors)]
    audit.record("hardship.visit.add", by=by, obj=visit, changes=changes)
    if checks:
        written(case, by=by)
    return visit


def visitors_named(case: Case, usernames: Collection[str]) -> list[User]:
    """The accounts of these names, each of whom may visit the household."""
    holders = User.objects.holding("hardship.add_visit", case.organisation)
    found = list(holders.filter(username__in=usernames))
    if len(found) < len(set(usernames)):
        raise Refused("走访人的账号有误，或不能走访该户，请核对。", code="visitors")
    return found


@transaction.atomic
def record_visits(visits: Sequence[tuple[Visit, Collection[User]]], *, by: User) -> list[Visit]:
    """Keep visits that check nothing, in sets; see `record_visit`.

    The files have their members read; the first visit that is refused refuses them all.
    """
    made = [visit for visit, _ in visits]
    require_places({visit.case.organisation_id for visit in made}, "hardship.add_visit", by)
    visitors = {visitor.pk: visitor for _, people in visits for visitor in people}
    ties = workflow.Ties.of_each(visitors.values())
    for visit, people in visits:
        if visit.kind == Visit.Kind.CHECK:
            raise Refused("入户调查请在档案中登记。", code="checks")
        visit.organisation, visit.round = visit.case.organisation, visit.case.round
        concerned = {member.identity for member in visit.case.members.all()}
        for visitor in people:
            _refuse_visitor(visitor, ties[visitor.pk].refusal(concerned))
    records.clean_many(made)
    bulk.create(made)
    pairs = [(visit.pk, visitor.pk) for visit, people in visits for visitor in people]
    if pairs:
        first, second = zip(*pairs, strict=True)
        bulk.insert(Visit.visitors.through, {"visit_id": list(first), "user_id": list(second)})
    traces = []
    for visit, people in visits:
        changes = audit.difference({}, audit.snapshot(visit))
        changes["visitors"] = [None, "、".join(visitor.display_name for visitor in people)]
        traces.append((visit, changes))
    audit.record_many("hardship.visit.add", by=by, rows=traces)
    return made


def _refuse_visitor(visitor: User, refusal: Refused | None) -> None:
    if refusal is not None:
        raise Refused(f"走访人{visitor.display_name}：{refusal}", code=refusal.code)


@transaction.atomic
def withdraw_visits(visits: Sequence[Visit], *, by: User) -> None:
    """Take back visits that should not have been entered."""
    require_places({visit.organisation_id for visit in visits}, "hardship.add_visit", by)
    keys = [visit.pk for visit in visits]
    Visit.visitors.through.objects.filter(visit__in=keys).delete()
    records.erase(visits, by=by, action="hardship.visit.withdraw")


# One-vote vetoes.


@transaction.atomic
def answer_vetoes(case: Case, met: Iterable[VetoRule], *, by: User) -> None:
    """Answer every question of the vetoes for this round: those in `met` are met, no others.

    An answer that changes loses its exception.
    """
    case = editing(case, by=by)
    against = {rule.pk for rule in met}
    known = {answer.rule_id: answer for answer in case.veto_answers.filter(round=case.round)}
    for rule in case.veto_rules:
        answer = known.get(rule.pk) or VetoAnswer(case=case, round=case.round, rule=rule)
        is_met = rule.pk in against
        if answer.pk and answer.is_met == is_met:
            continue
        before = copy.copy(answer) if answer.pk else None
        answer.is_met, answer.reason = is_met, ""
        answer.proposed_by = answer.approved_by = None
        _store(answer, before, "answer", by=by)
    written(case, by=by)


@transaction.atomic
def propose_exception(answer: VetoAnswer, *, reason: str, by: User) -> VetoAnswer:
    """Ask for an exception to a veto that is met; another person approves it."""
    case = editing(answer.case, by=by)
    if not (answer.is_met and answer.rule.allows_exception):
        raise Refused("该情形不存在，或按规定不得例外。", code="no_exception")
    if len(reason.strip()) < 4:
        raise Refused("请写明例外的理由，不少于四个字。", code="reason_required")
    before = copy.copy(answer)
    answer.reason, answer.proposed_by, answer.approved_by = reason.strip(), by, None
    _store(answer, before, "propose_exception", by=by)
    written(case, by=by)
    return answer


@transaction.atomic
def approve_exception(answer: VetoAnswer, *, by: User) -> VetoAnswer:
    """Let an exception hold. It is a part of the district's duty, so no author of the file may."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=answer.case_id)
    require(by, "hardship.except_vetoanswer", case)
    answer.refresh_from_db()
    if not VetoAnswer.objects.proposed().filter(pk=answer.pk).exists():
        raise Refused("没有待批准的例外，或档案不在审核环节。", code="no_exception")
    workflow.join(case, DISTRICT, label="批准例外", by=by)
    before = copy.copy(answer)
    answer.approved_by = by
    _store(answer, before, "approve_exception", by=by)
    return answer


@transaction.atomic
def approve_exceptions(answers: Iterable[VetoAnswer], *, by: User) -> None:
    """All of them, or none."""
    for answer in answers:
        approve_exception(answer, by=by)


# Comparison with other authorities.


@transaction.atomic
def request_data(case: Case, sources: Iterable[str], *, by: User) -> None:
    """Ask authorities about the household; one that was asked in this round is not asked again."""
    case = _comparing(case, by=by)
    if case.authorised_on is None:
        raise Refused("家庭尚未签署核对授权书，不能向有关部门查询。", code="not_authorised")
    asked = set(case.data_checks.filter(round=case.round).values_list("source", flat=True))
    for source in sources:
        if source not in asked:
            _store(DataCheck(case=case, round=case.round, source=source), None, "request", by=by)


@transaction.atomic
def answer_data(
    check: DataCheck, *, is_hit: bool, finding: str, by: User, paper: File | None = None
) -> DataCheck:
    """Enter what the authority answered, with its scanned reply; what was concluded before is open
    again.

    An authority's own program (`change_datacheck`) says what it has: it takes no duty, and a person
    judges. What was judged stands.
    """
    if by.certificate_index is None and by.has_perm("hardship.change_datacheck", check):
        check = _open_request(check)
        case = check.case
    else:
        case = _answering(check, by=by)
    before = copy.copy(check)
    if paper:
        check.evidence = keep_paper(
            case, paper, name=paper.name, kind=Evidence.Kind.ANSWER, note=str(check), by=by
        )
    check.is_hit, check.finding = is_hit, finding
    check.answered_on, check.verdict, check.note = timezone.localdate(), "", ""
    _store(check, before, "answer", by=by)
    return check


def _open_request(check: DataCheck) -> DataCheck:
    """The request, locked with its file, if its answer is still wanted."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=check.case_id)
    check = DataCheck.objects.select_for_update(of=("self",)).get(pk=check.pk)
    check.case = case
    if check.verdict or not check.is_asked:
        raise Refused("该比对请求已经办结，不再接收答复。", code="wrong_state")
    return check


@transaction.atomic
def disclose(
    checks: Iterable[DataCheck], *, purpose: str, by: User
) -> list[tuple[DataCheck, list[FamilyMember]]]:
    """The people whom an authority is asked about, in clear, for its open requests.

    Recorded for each file, with the purpose, before anything is shown.
    """
    if len(purpose.strip()) < 4:
        raise Refused("请写明用途，不少于四个字，将记入审计记录。", code="reason_required")
    found = []
    for check in checks:
        require(by, "hardship.change_datacheck", check)
        if check.verdict or not check.is_asked:
            raise Refused("该比对请求已经办结，不再提供名单。", code="wrong_state")
        members = [member for member in check.case.members.all() if member.left_on is None]
        audit.record(
            "hardship.datacheck.disclose",
            by=by,
            obj=check,
            changes={"count": [None, len(members)]},
            reason=purpose.strip(),
        )
        found.append((check, members))
    return found


@transaction.atomic
def answer_many(answered: Sequence[DataCheck], *, by: User) -> None:
    """Enter what an authority answered about many households; see `answer_data`.

    One whose `is_hit` is None is without an answer again.
    """
    keys = {check.case_id for check in answered}
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    cases = list(rows.select_related("organisation").prefetch_related("members"))
    require_places({case.organisation_id for case in cases}, "hardship.compare_case", by)
    if any(case.state not in Case.COMPARED for case in cases):
        raise Refused(NOT_COMPARED, code="wrong_state")
    concerned = {member.identity for case in cases for member in case.members.all()}
    workflow.join_many(cases, COMPARISON, label="信息比对", by=by, concerned=concerned)
    for check in answered:
        check.answered_on = None if check.is_hit is None else timezone.localdate()
        check.verdict = check.note = ""
        check.evidence = None
    stored = DataCheck.objects.filter(pk__in=[check.pk for check in answered])
    stored = stored.select_for_update(of=("self",)).in_bulk()
    names = ("is_hit", "finding", "answered_on", "verdict", "note", "evidence")
    records.change_many(answered, stored, fields=names, by=by, action="hardship.datacheck.answer")


@transaction.atomic
def judge_data(check: DataCheck, *, verdict: str, by: User, note: str = "") -> DataCheck:
    """Say what follows from an answer. Whatever does not agree is explained in words."""
    _answering(check, by=by)
    if check.answered_on is None:
        raise Refused("该部门尚未答复，不能下结论。", code="not_answered")
    if verdict != DataCheck.Verdict.CONSISTENT and len(note.strip()) < 4:
        raise Refused("与申报不一致的，请写明核实情况，不少于四个字。", code="reason_required")
    before = copy.copy(check)
    check.verdict, check.note = verdict, note.strip()
    _store(check, before, "judge", by=by)
    return check


@transaction.atomic
def clear_data(checks: QuerySet[DataCheck], *, by: User) -> int:
    """Enter for many requests at once that the authority has nothing, as was declared.

    All of them, or none: each is still unanswered, and none concerns whoever enters it. The files
    are locked in the order of their keys. Returns how many requests.
    """
    require(by, "hardship.compare_case")
    wanted = set(checks.values_list("pk", flat=True))
    mine = DataCheck.objects.visible_to(by, "hardship.compare_case").filter(pk__in=wanted)
    locked = Case.objects.select_for_update(of=("self",)).filter(pk__in=mine.values("case"))
    cases = list(locked.order_by("pk").select_related("organisation").prefetch_related("members"))
    stored = mine.unanswered().select_for_update(of=("self",)).in_bulk()
    if not wanted or len(stored) < len(wanted):
        raise Refused(
            "所选的请求有的已登记答复，或档案已离开信息比对环节，请重新勾选。", code="not_open"
        )
    ties = workflow.Ties(by)
    for case in cases:
        if refusal := ties.refusal(case.concerned()):
            raise Refused(f"{case}：{refusal}", code=refusal.code)
    workflow.join_many(cases, COMPARISON, label="信息比对", by=by, concerned=())
    rows, files = [copy.copy(row) for row in stored.values()], {case.pk: case for case in cases}
    for row in rows:
        row.case = files[row.case_id]
        row.is_hit, row.finding, row.answered_on = False, NOTHING_FOUND, timezone.localdate()
        row.verdict = DataCheck.Verdict.CONSISTENT
    names = ("is_hit", "finding", "answered_on", "verdict")
    return records.change_many(rows, stored, fields=names, by=by, action="hardship.datacheck.clear")


def _answering(check: DataCheck, *, by: User) -> Case:
    """The file of a request that may be answered and judged now; the request as it is stored."""
    case = _comparing(check.case, by=by)
    check.refresh_from_db()
    if check.round != case.round:
        raise Refused("这是上一轮的比对，本轮请另行请求。", code="wrong_round")
    return case


def _comparing(case: Case, *, by: User) -> Case:
    """The file, locked, while authorities are asked about it, by whose duty that is."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, "hardship.compare_case", case)
    if case.state not in Case.COMPARED:
        raise Refused(NOT_COMPARED, code="wrong_state")
    workflow.join(case, COMPARISON, label="信息比对", by=by)
    return case


def _store(
    row: VetoAnswer | DataCheck, before: VetoAnswer | DataCheck | None, verb: str, *, by: User
) -> None:
    """Keep a row with its trace. Sealed words are compared as they are: masks look alike."""
    row.full_clean()
    row.save()
    changes = audit.between(before, row) if before else audit.difference({}, audit.snapshot(row))
    if changes:
        audit.record(f"{row._meta.label_lower}.{verb}", by=by, obj=row, changes=changes)
