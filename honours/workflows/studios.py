"""The road of an innovation studio: applied for, looked at by three, shown, named, looked at again.

Duties: entry (the union), check (district or industry), inspect and panel (city), name (who
decides). A re-check begins a round of its own.
"""

from core import publicity
from core.models import Decision
from core.services.publicity import post
from core.workflow import Transition, Workflow, register
from honours.forms.studio_steps import InspectForm, NameForm, RevokeForm, ScoreForm
from honours.models import Studio
from honours.models.studios import prepare
from honours.services import studios

S = Studio.State
CHECK, EVALUATE = "honours.check_studio", "honours.evaluate_studio"
APPROVE, ASSESS, CHANGE = (
    "honours.approve_studio",
    "honours.assess_studio",
    "honours.change_studio",
)

NAMING = publicity.register(
    publicity.Kind(
        "honours.studio",
        "创新工作室命名公示",
        noun="拟命名的创新工作室领衔人",
        unit="所属工会",
        category="工作室名称",
    )
)


def show(studio: Studio, decision: Decision, **given: object) -> None:
    """公示: the leader, masked, the union and the studio's name."""
    studios.evaluated(studio, decision, **given)
    post(
        studio,
        NAMING.code,
        title=f"{studio.organisation.name}创新工作室命名公示",
        rows=[publicity.Shown(studio.leader.name, studio.organisation.name, studio.name)],
        passed="unopposed",
        upheld="objected",
        permission=EVALUATE,
        by=decision.by,
    )


def refused(name: str, state: str, permission: str, duty: str) -> Transition:
    """Whoever looks at an application may also refuse it."""
    return Transition(
        name, "不予通过", [state], S.REFUSED, permission=permission, duty=duty,
        needs_comment=True, is_awaited=False, is_danger=True,
        says="本次申报办结，理由转达申报工会，可以重新申报。",
    )  # fmt: skip


register(
    Workflow(
        Studio,
        "创新工作室",
        initial=S.DRAFT,
        begins=studios.ENTRY,
        rests=[S.NAMED],
        duties={
            studios.ENTRY: "申报",
            "check": "初审",
            "inspect": "实地考察",
            "panel": "集中评审",
            "name": "命名审定",
            "recheck": "复核",
        },
        related=["organisation"],
        is_applied_for=True,
        prepare=prepare,
        transitions=[
            Transition(
                "submit",
                "提交县（区）、产业工会初审",
                [S.DRAFT],
                S.SUBMITTED,
                permission=CHANGE,
                guard=studios.complete,
                days=10,
                says="提交后不能再修改，由县（区）或产业工会初审。",
            ),
            Transition(
                "withdraw",
                "撤回申报",
                [S.DRAFT, S.SUBMITTED],
                S.WITHDRAWN,
                permission=CHANGE,
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="本次申报不再办理，可以重新申报。",
            ),
            Transition(
                "check",
                "初审通过",
                [S.SUBMITTED],
                S.INSPECTION,
                permission=CHECK,
                duty="check",
                guard=studios.complete,
                days=20,
                says="由市总工会实地考察。",
            ),
            Transition(
                "send_back",
                "退回补正",
                [S.SUBMITTED],
                S.DRAFT,
                permission=CHECK,
                duty="check",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="退回申报工会补正，意见随件转达。",
            ),
            refused("refuse_check", S.SUBMITTED, CHECK, "check"),
            Transition(
                "inspect",
                "考察完成",
                [S.INSPECTION],
                S.PANEL,
                permission=CHECK,
                duty="inspect",
                form=InspectForm,
                effect=studios.inspected,
                days=20,
                says="“七有”逐项记入核查日期，提交集中评审。",
            ),
            refused("refuse_inspection", S.INSPECTION, CHECK, "inspect"),
            Transition(
                "evaluate",
                "评审通过并公示",
                [S.PANEL],
                S.PUBLICITY,
                permission=EVALUATE,
                duty="panel",
                form=ScoreForm,
                guard=studios.complete,
                effect=show,
                says="今天起公示五个工作日，期满无异议转入命名。",
            ),
            refused("refuse_panel", S.PANEL, EVALUATE, "panel"),
            Transition("unopposed", "公示无异议", [S.PUBLICITY], S.NAMING, days=10),
            Transition("objected", "异议成立", [S.PUBLICITY], S.PANEL, days=10),
            Transition(
                "name",
                "命名授牌",
                [S.NAMING],
                S.NAMED,
                permission=APPROVE,
                duty="name",
                form=NameForm,
                guard=studios.nameable,
                effect=studios.named,
                trusts="evaluate",
                says="自命名日期起为命名的创新工作室，每年考核，按周期复核。",
            ),
            refused("decline", S.NAMING, APPROVE, "name"),
            # 复核.
            Transition(
                "start_review",
                "开始复核",
                [S.NAMED],
                S.REVIEW,
                permission=ASSESS,
                duty="recheck",
                begins_round=True,
                is_awaited=False,
                days=20,
                says="开始新一轮复核，由审定人员作出保留、整改或撤销的结论。",
            ),
            Transition(
                "keep",
                "保留命名",
                [S.REVIEW],
                S.NAMED,
                permission=APPROVE,
                duty="name",
                guard=studios.keepable,
                effect=studios.kept,
                says="保留命名，重新计算下次复核日。",
            ),
            Transition(
                "rectify",
                "限期整改",
                [S.REVIEW],
                S.RECTIFYING,
                permission=APPROVE,
                duty="name",
                needs_comment=True,
                effect=studios.rectifying,
                says="按规定的期限整改，整改后再作结论。",
            ),
            Transition(
                "revoke",
                "撤销命名",
                [S.REVIEW, S.RECTIFYING],
                S.REVOKED,
                permission=APPROVE,
                duty="name",
                form=RevokeForm,
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                effect=studios.revoked,
                says="自今天起不再是命名的创新工作室，牌匾收回。",
            ),
            Transition(
                "rectified",
                "整改完成",
                [S.RECTIFYING],
                S.REVIEW,
                permission=ASSESS,
                duty="recheck",
                needs_comment=True,
                days=10,
                says="整改情况提交审定人员再作结论。",
            ),
        ],
    )
)
