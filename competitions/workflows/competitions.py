"""The road of a competition: planned and run by one person, approved by another.

States and steps are those of domain §4. A competition without a stage, in which only heads are
counted, has no scores: it is concluded.
"""

from competitions.forms.results import AwardForm
from competitions.models import Competition
from competitions.services import competitions as services
from competitions.services import results
from core.workflow import Transition, Workflow, register

S = Competition.State
RUN, APPROVE = "run", "approve"
CHANGE, DECIDE = "competitions.change_competition", "competitions.approve_competition"

competition = register(
    Workflow(
        Competition,
        "竞赛",
        initial=S.PLANNED,
        begins=RUN,
        duties={RUN: "经办", APPROVE: "审批"},
        transitions=[
            Transition(
                "submit", "提交立项", [S.PLANNED], S.APPROVAL,
                permission=CHANGE, duty=RUN, guard=services.unready, days=5,
                says="提交后竞赛内容不能修改，由审批人员审批立项。",
            ),
            Transition(
                "approve", "批准立项", [S.APPROVAL], S.ENTERING,
                permission=DECIDE, duty=APPROVE, guard=services.unready, trusts="submit",
                says="自今日起接受报名。",
            ),
            Transition(
                "send_back", "退回修改", [S.APPROVAL], S.PLANNED,
                permission=DECIDE, duty=APPROVE, needs_comment=True, is_danger=True,
                says="竞赛回到计划，由经办人员修改。",
            ),
            Transition(
                "close_entries", "截止报名", [S.ENTERING], S.CLOSED,
                permission=CHANGE, duty=RUN, guard=services.still_entering,
                says="不再接受报名，已提交的报名仍须审核。",
            ),
            Transition(
                "start", "开始比赛", [S.CLOSED], S.RUNNING,
                permission=CHANGE, duty=RUN, guard=services.undecided_entries,
                says="参赛名单自此不再变动，各单位可以填报参赛人次。",
            ),
            Transition(
                "score", "录入成绩", [S.RUNNING], S.SCORING,
                permission=CHANGE, duty=RUN, applies=services.is_judged,
                guard=services.still_running,
                says="由裁判评分，经办人员汇总成绩。",
            ),
            Transition(
                "conclude", "办结竞赛", [S.RUNNING], S.ARCHIVED,
                permission=CHANGE, duty=RUN, applies=services.is_counted,
                guard=services.unconcluded,
                says="群众性竞赛不评成绩，参赛人次自此不再变动。",
            ),
            Transition(
                "publish", "公示成绩", [S.SCORING], S.PUBLICITY,
                permission=CHANGE, duty=RUN, guard=results.publishable, effect=results.show,
                says="成绩公示期满无异议后发文表彰。",
            ),
            Transition("unopposed", "公示无异议", [S.PUBLICITY], S.PUBLICITY, days=10),
            Transition("objected", "公示异议成立", [S.PUBLICITY], S.SCORING, days=10),
            Transition("reopen", "撤下公示，重新核定", [S.PUBLICITY], S.SCORING, days=10),
            Transition(
                "award", "发文表彰", [S.PUBLICITY], S.AWARDED,
                permission=DECIDE, duty=APPROVE,
                guard=results.awardable, effect=results.award, form=AwardForm,
                says="获奖名单自此不能修改，荣誉称号记入荣誉登记，可以制作证书、登记应付奖金。",
            ),
            Transition(
                "archive", "归档", [S.AWARDED], S.ARCHIVED,
                permission=CHANGE, duty=RUN, guard=services.undecided_reports,
                says="竞赛办结，参赛人次不再变动。",
            ),
            Transition(
                "cancel", "取消竞赛",
                [S.PLANNED, S.APPROVAL, S.ENTERING, S.CLOSED, S.RUNNING, S.SCORING], S.CANCELLED,
                permission=DECIDE, duty=APPROVE, needs_comment=True, is_awaited=False,
                is_danger=True,
                says="竞赛不再举办，不计入任何统计，报名记录保留。",
            ),
        ],
    )
)  # fmt: skip
