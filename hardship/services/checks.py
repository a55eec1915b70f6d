"""What is found out about a household: visits, answers of authorities, vetoes and exceptions."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import timezone

from core import audit, workflow
from core.errors import Refused
from core.models import User
from core.services.records import require
from hardship.models import Case, DataCheck, Evidence, VetoAnswer, VetoRule, Visit
from hardship.services.files import editing, trace, written

COMPARISON, DISTRICT = "comparison", "district"  # duties
VISITORS = 2  # an 入户调查 needs two persons at least

# When an exception may be approved, and when authorities may be asked.
_UNDER_REVIEW = frozenset(
    {Case.State.SUBMITTED, Case.State.TOWN, Case.State.DISTRICT, Case.State.RECHECK_REVIEW}
)
_COMPARED = frozenset({Case.State.COMPARISON, Case.State.RECHECK_REVIEW})


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
    for visitor in visitors:
        try:
            workflow.refuse_concerned(case, visitor)
        except Refused as refusal:
            raise Refused(
                f"走访人{visitor.display_name}：{refusal}", code=refusal.code
            ) from refusal
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
        before = audit.snapshot(answer) if answer.pk else {}
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
    before = audit.snapshot(answer)
    answer.reason, answer.proposed_by, answer.approved_by = reason.strip(), by, None
    _store(answer, before, "propose_exception", by=by)
    written(case, by=by)
    return answer


@transaction.atomic
def approve_exception(answer: VetoAnswer, *, by: User) -> VetoAnswer:
    """Let an exception hold. It is a part of the district's duty, so no author of the file may."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=answer.case_id)
    require(by, "hardship.except_vetoanswer", case)
    if case.state not in _UNDER_REVIEW or answer.round != case.round or not answer.proposed_by_id:
        raise Refused("没有待批准的例外，或档案不在审核环节。", code="no_exception")
    workflow.join(case, DISTRICT, label="批准例外", by=by)
    before = audit.snapshot(answer)
    answer.approved_by = by
    _store(answer, before, "approve_exception", by=by)
    return answer


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
            _store(DataCheck(case=case, round=case.round, source=source), {}, "request", by=by)


@transaction.atomic
def answer_data(
    check: DataCheck, *, is_hit: bool, finding: str, by: User, evidence: Evidence | None = None
) -> DataCheck:
    """Enter what the authority answered; what was concluded before is open again."""
    _comparing(check.case, by=by)
    before = audit.snapshot(check)
    check.is_hit, check.finding, check.evidence = is_hit, finding, evidence
    check.answered_on, check.verdict, check.note = timezone.localdate(), "", ""
    _store(check, before, "answer", by=by)
    return check


@transaction.atomic
def judge_data(check: DataCheck, *, verdict: str, by: User, note: str = "") -> DataCheck:
    """Say what follows from an answer. Whatever does not agree is explained in words."""
    _comparing(check.case, by=by)
    if check.answered_on is None:
        raise Refused("该部门尚未答复，不能下结论。", code="not_answered")
    if verdict != DataCheck.Verdict.CONSISTENT and len(note.strip()) < 4:
        raise Refused("与申报不一致的，请写明核实情况，不少于四个字。", code="reason_required")
    before = audit.snapshot(check)
    check.verdict, check.note = verdict, note.strip()
    _store(check, before, "judge", by=by)
    return check


def _comparing(case: Case, *, by: User) -> Case:
    """The file, locked, while authorities are asked about it, by whose duty that is."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, "hardship.compare_case", case)
    if case.state not in _COMPARED:
        raise Refused("档案不在信息比对环节。", code="wrong_state")
    workflow.join(case, COMPARISON, label="信息比对", by=by)
    return case


def _store(row: VetoAnswer | DataCheck, before: dict, verb: str, *, by: User) -> None:
    row.full_clean()
    row.save()
    trace(row, before, verb, by=by)
