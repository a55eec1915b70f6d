"""The road of striking a contestant from the results: proposed by one, decided by another."""

from competitions.models import Disqualification
from competitions.services import disqualifications as services
from core.workflow import Transition, Workflow, register

S = Disqualification.State
DECIDE = {"permission": services.DECIDE, "duty": "decide", "needs_comment": True}

disqualification = register(
    Workflow(
        Disqualification,
        "取消成绩",
        initial=S.PROPOSED,
        begins="propose",
        editable=[],
        duties={"propose": "提出", "decide": "审批"},
        related=["result__entry__event", "result__event__competition"],
        transitions=[
            Transition(
                "decide",
                "取消成绩",
                [S.PROPOSED],
                S.DECIDED,
                guard=services.obstacle,
                effect=services.strike,
                is_danger=True,
                says="该选手（队）不再有名次和奖项，其后的名次依次递补；名单公示过的须重新公示。",
                **DECIDE,
            ),
            Transition(
                "refuse",
                "不予取消",
                [S.PROPOSED],
                S.REFUSED,
                says="名次不变，本件办结。",
                **DECIDE,
            ),
        ],
    )
)
