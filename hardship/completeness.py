"""What a file still lacks before it is handed in, part by part, in the order of its form.

The step that hands it in and the pages that fill it in ask the same questions here. What was
prefetched is not read again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from hardship import rules
from hardship.models import Case, Evidence, Recognition, Review, Visit

PAPERS = (Evidence.Kind.AUTHORISATION, Evidence.Kind.IDENTITY)  # without which no file goes on
UNREVIEWED = "尚未登记复核情况和拟办意见，请补登。"


def of_round(case: Case, rows: models.Manager) -> Iterator[Any]:
    """Those of its rows that belong to this round."""
    return (row for row in rows.all() if row.round == case.round)


def reckoned(case: Case) -> tuple[str, str]:
    """The tier that the rules give, and what is missing to reckon it; one of them is ""."""
    try:
        return case.assessment.tier, ""
    except rules.Unassessable as missing:
        return "", str(missing)


def veto_answers(case: Case) -> list[rules.VetoAnswer]:
    """The questions of this round with their answers."""
    given = {answer.rule_id: answer for answer in of_round(case, case.veto_answers)}
    return [
        rules.VetoAnswer(
            rule.label,
            met=given[rule.pk].is_met if rule.pk in given else None,
            exception_approved=rule.pk in given and given[rule.pk].approved_by_id is not None,
        )
        for rule in case.veto_rules
    ]


def review_of(case: Case) -> Review | None:
    """What the re-check of this round found and proposes."""
    return next(of_round(case, case.reviews), None)


def outcome_of(case: Case) -> str:
    """What it proposes: a value of `Review.Outcome`, or ""."""
    review = review_of(case)
    return review.outcome if review else ""


# Each part, and the sentence that says what is missing in it, or "".


def _applicant(case: Case) -> str:
    return "" if case.members.all() else "尚未登记申请人，请补登。"


def _members(case: Case) -> str:
    if case.declared_persons is None:
        return "尚未填写家庭人口，请补填。"
    return rules.persons_differ(case.means().persons, case.declared_persons)


def _incomes(case: Case) -> str:
    if case.declared_income is None:
        return "尚未填写家庭年收入，请补填；没有收入的填 0。"
    return rules.income_differs(rules.totals(case.means(), 12).income, case.declared_income)


def _nothing(case: Case) -> str:
    """A household may have none of it."""
    return ""


def _causes(case: Case) -> str:
    return "" if case.main_cause else "尚未选择主要致困原因，请补填。"


def _home(case: Case) -> str:
    return "" if case.housing else "尚未填写住房类型，请补填。"


def _papers(case: Case) -> str:
    if case.authorised_on is None:
        return "尚未填写签署核对授权书的日期，请补填。"
    kept = {row.kind for row in case.evidence.all()}
    missing = [kind.label for kind in PAPERS if kind not in kept]
    return f"缺少佐证材料：{'、'.join(missing)}，请补传。" if missing else ""


def _visit(case: Case) -> str:
    if any(row.kind == Visit.Kind.CHECK for row in of_round(case, case.visits)):
        return ""
    return "本轮尚未登记两人以上的入户调查，请补登。"


def _vetoes(case: Case) -> str:
    answers = veto_answers(case)
    return rules.veto_obstacle(answers) if None in (answer.met for answer in answers) else ""


def _review(case: Case) -> str:
    return "" if review_of(case) else UNREVIEWED


@dataclass(frozen=True)
class Part:
    """One part of a file: a step of its form. `lacks` says what is missing in it, or ""."""

    code: str
    label: str
    lacks: Callable[[Case], str]
    is_optional: bool = False


PARTS = {
    part.code: part
    for part in [
        Part("applicant", "申请人", _applicant),
        Part("members", "家庭成员", _members),
        Part("incomes", "家庭收入", _incomes),
        Part("expenses", "刚性支出", _nothing, is_optional=True),
        Part("causes", "致困原因", _causes),
        Part("home", "住房、联系方式和账户", _home),
        Part("papers", "佐证材料", _papers),
        Part("visit", "入户调查", _visit),
        Part("vetoes", "一票否决核对", _vetoes),
    ]
}
REVIEW = Part("review", "复核情况", _review)  # of a re-check, after the others


def parts(case: Case) -> list[Part]:
    """The parts of the file in their order."""
    return [*PARTS.values(), *([REVIEW] if case.state == Case.State.RECHECK else [])]


def lacking(case: Case) -> dict[str, str]:
    """What is missing, by part. A household that is cancelled needs no more than the words."""
    asked = parts(case)
    if case.state == Case.State.RECHECK and outcome_of(case) in Recognition.CANCELLED:
        asked = [REVIEW]
    return {part.code: said for part in asked if (said := part.lacks(case))}


def complete(case: Case) -> str:
    """Ready to be handed in: everything is there and agrees; the vetoes are answered."""
    missing = (said for part in PARTS.values() if (said := part.lacks(case)))
    return next(missing, "") or reckoned(case)[1]
