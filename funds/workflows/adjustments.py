"""The road of an adjustment: written by one person, approved by another, booked at once."""

from core.workflow import Transition, Workflow, register
from funds.models import Adjustment
from funds.services import adjustments

adjustment = register(
    Workflow(
        Adjustment,
        "应返调整",
        initial="draft",
        begins="make",
        duties={"make": "经办", "approve": "审批"},
        transitions=[
            Transition(
                "submit",
                "提交审批",
                ["draft"],
                "approving",
                permission="funds.change_adjustment",
                duty="make",
                guard=adjustments.incomplete,
                days=5,
                says="提交后不能修改，由审批人员审批。",
            ),
            Transition(
                "approve",
                "批准入账",
                ["approving"],
                "booked",
                permission="funds.approve_adjustment",
                duty="approve",
                effect=adjustments.book,
                trusts="submit",
                says="当日计入应返台账和账簿，以后只能另行调整。",
            ),
            Transition(
                "send_back",
                "退回修改",
                ["approving"],
                "draft",
                permission="funds.approve_adjustment",
                duty="approve",
                needs_comment=True,
                says="回到草稿，由经办人员修改。",
            ),
            Transition(
                "refuse",
                "不予批准",
                ["approving"],
                "refused",
                permission="funds.approve_adjustment",
                duty="approve",
                needs_comment=True,
                is_danger=True,
                says="不计入应返，记录保留。",
            ),
        ],
    )
)
