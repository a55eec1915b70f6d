"""The road of an appeal against a result: filed by the union, answered by somebody apart."""

from competitions.models import Appeal
from competitions.services.appeals import ANSWER, refuse_scorer
from core.workflow import Transition, Workflow, register

S = Appeal.State
COMMON = {
    "permission": ANSWER,
    "duty": "answer",
    "needs_comment": True,
    "effect": refuse_scorer,
}

appeal = register(
    Workflow(
        Appeal,
        "竞赛成绩申诉",
        initial=S.FILED,
        begins="file",
        editable=[],
        duties={"file": "提出", "answer": "复核"},
        related=["result__entry__event"],
        is_applied_for=True,
        transitions=[
            Transition(
                "uphold",
                "申诉成立",
                [S.FILED],
                S.UPHELD,
                says="意见答复参赛工会；评分确有差错的，由竞赛经办提出更正，另一人批准后名次重新计算。",
                **COMMON,
            ),
            Transition(
                "dismiss",
                "申诉不成立",
                [S.FILED],
                S.DISMISSED,
                is_danger=True,
                says="意见答复参赛工会，名次不变。",
                **COMMON,
            ),
        ],
    )
)
