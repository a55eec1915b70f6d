"""The road of a rebate: listed or claimed, checked, approved by three persons."""

from core.workflow import Transition, Workflow, register
from funds.models import Rebate
from funds.services import rebates

rebate = register(
    Workflow(
        Rebate,
        "小微企业返还",
        initial="claimed",
        begins="claim",
        editable=[],
        duties={"claim": "列出或申请", "check": "核对", "approve": "审批"},
        related=["employer", "scheme__organisation"],
        is_applied_for=True,
        prepare=rebates.prepare,
        transitions=[
            Transition(
                "check",
                "核对通过",
                ["claimed"],
                "checked",
                permission="funds.check_rebate",
                duty="check",
                guard=rebates.outdated,
                days=10,
                says="由审批人员审批。",
            ),
            Transition(
                "refuse",
                "核对不通过",
                ["claimed"],
                "refused",
                permission="funds.check_rebate",
                duty="check",
                needs_comment=True,
                is_danger=True,
                says="本件不予返还，可以重新列出或申请。",
            ),
            Transition(
                "approve",
                "审批通过",
                ["checked"],
                "approved",
                permission="funds.approve_rebate",
                duty="approve",
                guard=rebates.unapprovable,
                effect=rebates.book_one,
                together=rebates.book,
                trusts="check",
                says="金额计入该工会的应返款，到期由经费部门返还。",
            ),
            Transition(
                "reject",
                "审批不通过",
                ["checked"],
                "refused",
                permission="funds.approve_rebate",
                duty="approve",
                needs_comment=True,
                is_danger=True,
                says="本件不予返还，可以重新列出或申请。",
            ),
            Transition(
                "withdraw",
                "撤回",
                ["claimed", "checked"],
                "withdrawn",
                permission="funds.change_rebate",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="本件不再办理，可以重新列出或申请。",
            ),
        ],
    )
)
