"""The road of a head-count: a union reports it, whoever runs the competition accepts it."""

from competitions.models import ParticipationReport
from competitions.services import participation as services
from core.workflow import Transition, Workflow, register

S = ParticipationReport.State
ACCEPT = {"permission": "competitions.accept_participationreport", "duty": "review"}

report = register(
    Workflow(
        ParticipationReport,
        "参赛人次填报",
        initial=S.DRAFT,
        begins="report",
        duties={"report": "填报", "review": "核定"},
        related=["competition__organisation", "employer"],
        transitions=[
            Transition(
                "submit", "提交填报", [S.DRAFT], S.SUBMITTED,
                permission="competitions.change_participationreport", duty="report", days=5,
                guard=services.uncountable,
                says="由举办竞赛的工会核定，核定后计入参赛人次。",
            ),
            Transition(
                "accept", "核定", [S.SUBMITTED], S.ACCEPTED, **ACCEPT,
                guard=services.uncountable, effect=services.count,
                together=services.count_many, trusts="submit",
                says="计入参赛单位和参赛人次。",
            ),
            Transition(
                "send_back", "退回更正", [S.SUBMITTED, S.ACCEPTED], S.DRAFT, **ACCEPT,
                guard=services.uncountable, effect=services.count,
                together=services.count_many, needs_comment=True, is_awaited=False,
                is_danger=True,
                says="不计入参赛人次，由填报工会更正后重新提交。",
            ),
            Transition(
                "withdraw", "撤回填报", [S.DRAFT, S.SUBMITTED], S.WITHDRAWN,
                permission="competitions.change_participationreport", needs_comment=True,
                is_awaited=False, is_danger=True,
                says="本单位不再填报，需要时可以另行填报。",
            ),
        ],
    )
)  # fmt: skip
