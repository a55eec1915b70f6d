"""From a result to the nomination for an honour, with one click; the rest is that procedure's.

A place gives no honour by itself: it is proposed, and everything is looked at there again.
"""

from django.db.models import QuerySet

from competitions.models import Result
from core.errors import Refused
from core.models import User
from core.services.records import require
from honours.models import Nomination, Selection
from honours.services import nominations


def open_to(result: Result) -> QuerySet[Selection]:
    """The selections that are open to the union of a contestant, of titles for such as him."""
    rows = Selection.objects.open_for(result.organisation)
    return rows.filter(title__recipient=result.recipient)


def barred(result: Result) -> str:
    """Why nobody is proposed by this result, or ""."""
    if result.awarded_on is None:
        return "竞赛尚未发文表彰，不能按成绩推荐。"
    if result.rule is None or not result.rule.nominates:
        return "该名次按奖项规定不推荐上级荣誉。"
    return ""


def reason(result: Result) -> str:
    """Why he is proposed, as the form begins."""
    competition = result.event.competition
    return f"{competition.name}“{result.event}”赛项{result.place}，获{result.prize}。"


def nominate(result: Result, *, selection: Selection, reason: str, by: User) -> Nomination:
    """Propose the contestant of a result for a selection; returns the nomination, a draft."""
    require(by, "competitions.nominate_result", result)
    if said := barred(result):
        raise Refused(said, code="not_nominable")
    entry = result.entry
    return nominations.propose(
        selection=selection,
        organisation=result.organisation,
        person=entry.person if entry.is_single else None,
        name=entry.name,
        reason=reason,
        by=by,
    )
