"""The road of an innovation: proposed, adopted, chosen."""

from competitions.forms.steps import AdoptForm, SelectForm
from competitions.models import Innovation
from competitions.services import innovations as services
from core.workflow import Transition, Workflow, register

S = Innovation.State
ADOPT = {"permission": "competitions.adopt_innovation", "duty": "adopt"}

innovation = register(
    Workflow(
        Innovation,
        "职工创新成果",
        initial=S.DRAFT,
        begins="propose",
        rests=[S.ADOPTED],
        duties={"propose": "申报", "adopt": "采纳", "select": "评选"},
        related=["employer", "person"],
        is_applied_for=True,
        transitions=[
            Transition(
                "submit", "提交申报", [S.DRAFT], S.PROPOSED,
                permission="competitions.change_innovation", days=20,
                guard=services.incomplete,
                says="由竞赛经办人员核实是否采纳。",
            ),
            Transition(
                "adopt", "登记采纳", [S.PROPOSED], S.ADOPTED, **ADOPT,
                effect=services.adopt, form=AdoptForm,
                says="计入采纳数和申报创效，可以参加优秀成果评选。",
            ),
            Transition(
                "refuse", "不予采纳", [S.PROPOSED], S.REFUSED, **ADOPT,
                needs_comment=True, is_danger=True,
                says="理由告知申报工会。",
            ),
            Transition(
                "select", "评为优秀成果", [S.ADOPTED], S.SELECTED,
                permission="competitions.select_innovation", duty="select",
                effect=services.select, form=SelectForm, is_awaited=False,
                says="计入优秀创新成果。",
            ),
            Transition(
                "withdraw", "撤回申报", [S.DRAFT, S.PROPOSED], S.WITHDRAWN,
                permission="competitions.change_innovation", needs_comment=True,
                is_awaited=False, is_danger=True,
                says="不再办理，需要时可以另行申报。",
            ),
        ],
    )
)  # fmt: skip
