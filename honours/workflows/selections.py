"""The road of a selection: places handed down, two reviews, the public, the decision.

The clerk makes it, the office of the selection reviews (初审、复审), somebody else decides.
"""

from core.workflow import Transition, Workflow, register
from honours.forms.selections import CommendForm
from honours.models import Nomination, Selection
from honours.services import quotas, selections

S = Selection.State
MAKE, REVIEW, DECIDE = "make", "review", "decide"


def has_unshown(selection: Selection) -> bool:
    """Reserves moved up, who were not before the public yet."""
    return selection.nominations.filter(state=Nomination.State.LISTED).exists()


def of_clerk(name: str, label: str, source: str, target: str, **more: object) -> Transition:
    return Transition(
        name, label, [source], target, permission="honours.change_selection", duty=MAKE, **more
    )


def of_office(name: str, label: str, sources: list[str], target: str, **more: object) -> Transition:
    return Transition(
        name, label, sources, target, permission="honours.review_selection", duty=REVIEW, **more
    )


selection = register(
    Workflow(
        Selection,
        "荣誉评选",
        initial=S.DRAFT,
        begins=MAKE,
        duties={MAKE: "评选经办", REVIEW: "初审复审", DECIDE: "审定"},
        related=["title"],
        transitions=[
            of_clerk(
                "allot", "下达名额", S.DRAFT, S.ALLOTTED, guard=quotas.unallotted,
                says="各地名额自此固定，各地可以向下分配。",
            ),
            of_clerk(
                "open", "开始推荐", S.ALLOTTED, S.NOMINATING, guard=selections.unopened,
                says="有名额的工会可以推荐人选，直至推荐截止日。",
            ),
            of_clerk(
                "finish", "结束推荐", S.NOMINATING, S.FIRST_REVIEW, days=10,
                guard=selections.unfinished,
                says="不再受理推荐，由初审人员差额选定。",
            ),
            Transition(
                "cancel", "取消评选", [S.DRAFT, S.ALLOTTED], S.CANCELLED,
                permission="honours.change_selection", duty=MAKE,
                needs_comment=True, is_awaited=False, is_danger=True,
                says="本次评选不再进行，记录保留。",
            ),
            of_office(
                "show", "初审通过并公示", [S.FIRST_REVIEW], S.PUBLICITY,
                guard=selections.unlisted, effect=selections.show,
                says="名单上的人选逐一上网公示，期满无异议自动进入复审。",
            ),
            of_office(
                "show_more", "公示递补人选", [S.PUBLICITY, S.FINAL_REVIEW], S.PUBLICITY,
                applies=has_unshown, guard=selections.list_obstacle, effect=selections.show,
                says="递补的人选同样公示，期满无异议自动进入复审。",
            ),
            of_office(
                "reexamine", "进入复审", [S.PUBLICITY], S.FINAL_REVIEW, days=10,
                guard=selections.unshown,
            ),
            of_office(
                "hand_in", "复审通过，提交审定", [S.FINAL_REVIEW], S.DECISION, days=5,
                guard=selections.undecidable,
                says="名单自此锁定，有变动的须退回重新复审。",
            ),
            Transition(
                "commend", "审定表彰", [S.DECISION], S.COMMENDED,
                permission="honours.approve_selection", duty=DECIDE, trusts="hand_in",
                guard=selections.undecidable, effect=selections.commend, form=CommendForm,
                says="名单上的人选全部登记荣誉，未列入的候补人选落选。",
            ),
            Transition(
                "send_back", "退回复审", [S.DECISION], S.FINAL_REVIEW,
                permission="honours.approve_selection", duty=DECIDE,
                needs_comment=True, is_awaited=False, is_danger=True, days=10,
                says="由初审复审人员按意见重新办理。",
            ),
            of_clerk(
                "close", "办结归档", S.COMMENDED, S.CLOSED, is_awaited=False,
                says="证书、奖章发放完毕后归档。",
            ),
        ],
    )
)  # fmt: skip
