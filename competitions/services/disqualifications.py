"""取消成绩: a contestant is struck by two persons, and whoever came behind him moves up.

Before prizes are given; afterwards the honour and the certificate are revoked.
"""

from django.db import transaction

from competitions.models import Competition, Disqualification, Result
from competitions.services import results
from core import workflow
from core.errors import Refused
from core.models import Decision, User

ADD = "competitions.add_disqualification"
DECIDE = "competitions.decide_disqualification"


@transaction.atomic
def propose(result: Result, *, reason: str, by: User) -> Disqualification:
    """Propose to strike a contestant; somebody else of the union that holds the competition
    decides."""
    competition = _locked(result)
    if not by.has_perm(ADD, competition.organisation):
        raise Refused("取消成绩由举办竞赛的工会办理。", code="not_holder")
    row = Result.objects.select_related("event").get(pk=result.pk)
    if said := barred(row):
        raise Refused(said, code="barred")
    if row.disqualifications.filter(state=Disqualification.State.PROPOSED).exists():
        raise Refused("该成绩的取消正在审批，请在列表中查看。", code="in_progress")
    made = Disqualification(
        organisation=competition.organisation, result=row, finding=reason.strip()
    )
    return workflow.begin(made, by=by, action="propose")


def barred(result: Result) -> str:
    """Why nobody is struck now, or ""."""
    competition = result.event.competition
    if result.struck_on:
        return f"该成绩已于 {result.struck_on} 取消。"
    if competition.state in results.OPEN_STATES:
        return ""
    if competition.state != Competition.State.PUBLICITY:
        state = competition.get_state_display()
        return f"竞赛现为“{state}”，不能取消成绩；已经表彰的，请撤销荣誉、注销证书。"
    if results.is_on_show(competition):
        return "获奖名单正在公示，请先由公示异议认定成立，或提前撤下公示，再取消成绩。"
    return ""


def obstacle(row: Disqualification) -> str:
    """Guard of the decision."""
    return barred(row.result)


def strike(row: Disqualification, decision: Decision) -> None:
    """The effect: the row stays without a place. A list that was shown to its end comes down, and
    the competition goes back, for others stand on it now."""
    competition = _locked(row.result)
    result = Result.objects.select_related("event", "stage").get(pk=row.result_id)
    if said := barred(result):
        raise Refused(said, code="guard")
    results.strike(result, reason=row.finding, by=decision.by)
    if competition.state == Competition.State.PUBLICITY:
        results.reopen(competition, reason=f"{row}，获奖名单有变动")


def _locked(result: Result) -> Competition:
    rows = Competition.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(events__results=result.pk)
