"""The road of a revocation: proposed, reviewed, decided by the authority that gave the title."""

from core.workflow import Transition, Workflow, register
from honours.forms.revocations import DecideForm
from honours.models import Revocation
from honours.services import revocations

revocation = register(
    Workflow(
        Revocation,
        "撤销荣誉",
        initial="proposed",
        begins="propose",
        editable=[],
        duties={"propose": "提出", "review": "复核", "decide": "审定"},
        related=["award__title", "award__person"],
        transitions=[
            Transition(
                "review",
                "复核通过",
                ["proposed"],
                "reviewed",
                permission="honours.review_revocation",
                duty="review",
                needs_comment=True,
                days=10,
                says="报授予机关决定，收到决定文件后由审定人员登记。",
            ),
            Transition(
                "refuse",
                "复核不通过",
                ["proposed"],
                "refused",
                permission="honours.review_revocation",
                duty="review",
                needs_comment=True,
                is_danger=True,
                says="荣誉不变，本件办结。",
            ),
            Transition(
                "decide",
                "登记撤销决定",
                ["reviewed"],
                "decided",
                permission="honours.decide_revocation",
                duty="decide",
                form=DecideForm,
                effect=revocations.decide,
                trusts="review",
                is_danger=True,
                says="荣誉自撤销日期起失效，登记保留，尚未发放的待遇停止发放。",
            ),
            Transition(
                "keep",
                "登记不予撤销",
                ["reviewed"],
                "refused",
                permission="honours.decide_revocation",
                duty="decide",
                needs_comment=True,
                says="荣誉不变，本件办结。",
            ),
            Transition(
                "withdraw",
                "撤回",
                ["proposed"],
                "withdrawn",
                permission="honours.add_revocation",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="荣誉不变，本件不再办理。",
            ),
        ],
    )
)
