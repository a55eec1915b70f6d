"""The roads of homes: a rating that is accepted, a title that is looked after."""

from core.workflow import Transition, Workflow, register
from funds.models.rebates import lead_by
from honours.forms.studio_steps import RevokeForm
from honours.models import HomeRating, Inspection
from honours.services import homes

R, I = HomeRating.State, Inspection.State  # noqa: E741 - as they are called below
ACCEPT, DECIDE = "honours.accept_homerating", "honours.decide_inspection"

register(
    Workflow(
        HomeRating,
        "会员评家",
        initial=R.SUBMITTED,
        begins="report",
        editable=[],
        duties={"report": "填报", "accept": "确认"},
        related=["organisation"],
        is_applied_for=True,
        prepare=lead_by,
        transitions=[
            Transition(
                "accept",
                "确认",
                [R.SUBMITTED],
                R.ACCEPTED,
                permission=ACCEPT,
                duty="accept",
                says="计入评家数据，作为推荐模范职工之家的依据。",
            ),
            Transition(
                "send_back",
                "退回补正",
                [R.SUBMITTED],
                R.RETURNED,
                permission=ACCEPT,
                duty="accept",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                days=10,
                says="退回填报工会补正，意见随件转达。",
            ),
            Transition(
                "submit",
                "重新提交",
                [R.RETURNED],
                R.SUBMITTED,
                permission="honours.change_homerating",
                days=10,
                says="提交上级工会确认，确认前不能再修改。",
            ),
        ],
    )
)
register(
    Workflow(
        Inspection,
        "荣誉复查",
        initial=I.PROPOSED,
        begins="inspect",
        editable=[],
        duties={"inspect": "复查", "decide": "审定"},
        related=["award__title", "organisation"],
        prepare=lead_by,
        transitions=[
            Transition(
                "keep",
                "保持称号",
                [I.PROPOSED, I.RECTIFYING],
                I.KEPT,
                permission=DECIDE,
                duty="decide",
                guard=homes.inspectable,
                effect=homes.kept,
                says="称号保持不变；期满复核的，按原年限延续有效期。",
            ),
            Transition(
                "rectify",
                "限期整改",
                [I.PROPOSED],
                I.RECTIFYING,
                permission=DECIDE,
                duty="decide",
                needs_comment=True,
                guard=homes.inspectable,
                effect=homes.rectifying,
                days=60,
                says="整改期间称号保留，期满后再作结论。",
            ),
            Transition(
                "delist",
                "摘牌",
                [I.PROPOSED, I.RECTIFYING],
                I.DELISTED,
                permission=DECIDE,
                duty="decide",
                form=RevokeForm,
                needs_comment=True,
                guard=homes.inspectable,
                effect=homes.delisted,
                is_awaited=False,
                is_danger=True,
                says="自今天起撤销该荣誉，记入荣誉台账。",
            ),
            Transition(
                "withdraw",
                "撤回复查",
                [I.PROPOSED],
                I.WITHDRAWN,
                permission="honours.change_inspection",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="本次复查不再办理，称号不变。",
            ),
            # Whoever must put something right is let off only where the title has ended since.
            Transition(
                "lapse",
                "称号已失效，终止复查",
                [I.RECTIFYING],
                I.WITHDRAWN,
                permission="honours.change_inspection",
                applies=homes.is_pointless,
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="称号已到期或已撤销，本次复查不作结论。",
            ),
        ],
    )
)
