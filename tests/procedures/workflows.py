"""The table of the test procedure: one of everything that a transition can say."""

from decimal import Decimal

from core.models import Decision
from core.workflow import Transition, Workflow, register
from tests.procedures.forms import AmountForm
from tests.procedures.models import Permit

CHANGE, REVIEW, APPROVE = (f"procedures.{verb}_permit" for verb in ("change", "review", "approve"))


def nothing_asked(permit: Permit) -> str:
    return "" if permit.amount > 0 else "还没有填写金额，请补填后再提交。"


def settle(permit: Permit, decision: Decision, *, amount: Decimal) -> None:
    permit.amount = amount


register(
    Workflow(
        Permit,
        "许可",
        initial="draft",
        begins="entry",
        rests=["valid"],
        duties={"entry": "填报", "review": "审核", "approval": "审批"},
        transitions=[
            Transition(
                "submit", "提交", ["draft"], "submitted",
                permission=CHANGE, duty="entry", guard=nothing_asked, days=5,
                says="审核人员将在 5 个工作日内审核。",
            ),
            Transition(
                "review", "审核通过", ["submitted"], "reviewed",
                permission=REVIEW, duty="review", form=AmountForm, effect=settle, days=3,
            ),
            Transition(
                "return", "退回", ["submitted", "reviewed"], "draft",
                permission=REVIEW, needs_comment=True, is_danger=True, is_awaited=False,
            ),
            Transition(
                "approve", "审批同意", ["reviewed"], "approved",
                permission=APPROVE, duty="approval", trusts="review",
            ),
            Transition(
                "refuse", "不予同意", ["reviewed"], "refused",
                permission=APPROVE, duty="approval", needs_comment=True, is_danger=True,
            ),
            Transition("publish", "公示期满", ["approved"], "valid"),
            Transition(
                "renew", "重新核查", ["valid"], "submitted",
                permission=CHANGE, duty="entry", begins_round=True, is_awaited=False, days=5,
            ),
        ],
    )
)  # fmt: skip
