"""The road of an allowance: proposed, checked, approved by three persons, paid by the bank."""

from core.workflow import Transition, Workflow, register
from honours.models import Allowance
from honours.services import allowances

allowance = register(
    Workflow(
        Allowance,
        "劳模待遇",
        initial="proposed",
        begins="propose",
        editable=[],
        duties={"propose": "登记", "check": "核对", "approve": "审批"},
        related=["holder__person", "holder__organisation", "rule", "pool__organisation"],
        rests=["approved"],
        prepare=allowances.prepare,
        transitions=[
            Transition(
                "check",
                "核对通过",
                ["proposed"],
                "checked",
                permission="honours.check_allowance",
                duty="check",
                guard=allowances.obstacle,
                days=5,
                says="由审批人员审批。",
            ),
            Transition(
                "refuse",
                "核对不通过",
                ["proposed"],
                "refused",
                permission="honours.check_allowance",
                duty="check",
                needs_comment=True,
                is_danger=True,
                says="本件不予发放，可以重新登记。",
            ),
            Transition(
                "approve",
                "审批通过",
                ["checked"],
                "approved",
                permission="honours.approve_allowance",
                duty="approve",
                guard=allowances.unapprovable,
                effect=allowances.owe_one,
                together=allowances.owe,
                trusts="check",
                says="金额从资金池中占用，由经费部门列入支付批次，发到本人银行账户。",
            ),
            Transition(
                "reject",
                "审批不通过",
                ["checked"],
                "refused",
                permission="honours.approve_allowance",
                duty="approve",
                needs_comment=True,
                is_danger=True,
                says="本件不予发放，可以重新登记。",
            ),
            Transition(
                "withdraw",
                "撤回",
                ["proposed", "checked"],
                "withdrawn",
                permission="honours.add_allowance",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="本件不再办理，可以重新登记。",
            ),
            # A revoked title, a death, or a payable that finance gave up.
            Transition(
                "stop",
                "停止发放",
                ["proposed", "checked", "approved"],
                "stopped",
                guard=allowances.unstoppable,
            ),
        ],
    )
)
