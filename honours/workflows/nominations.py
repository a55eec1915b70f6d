"""The road of a candidate: proposed by a union, examined below, heard, reviewed, decided.

Every refusal of a department and every objection that is upheld takes the candidate out; where he
was on the list, a reserve moves up.
"""

from core import publicity
from core.models import Decision
from core.services.publicity import post
from core.workflow import Transition, Workflow, register
from honours.completeness import incomplete
from honours.criteria import Criteria, listed_obstacle, sent_obstacle
from honours.models import Award, Nomination, Selection
from honours.models.nominations import known_by
from honours.services.nominations import ENTRY, HANDLE
from honours.services.substitutes import fall

S = Nomination.State
COUNTY, REVIEW = "county", "review"
FALLING = [S.OPINIONS, S.FIRST_REVIEW, S.RESERVE, S.LISTED, S.FINAL_REVIEW, S.DECISION]

UNIT = publicity.register(
    publicity.Kind(
        "honours.unit",
        "推荐人选单位公示",
        noun="推荐人选",
        unit="所在单位",
        category="推荐荣誉",
        # The workers of the unit know whom they recommended; 评选办法 asks to name him.
        shows_full_names=True,
    )
)

# What is looked at.


def submittable(row: Nomination) -> str:
    if row.selection.state != Selection.State.NOMINATING:
        return f"评选现为“{row.selection.get_state_display()}”，不再受理推荐。"
    return incomplete(row)


def sendable(row: Nomination) -> str:
    """Nothing keeps the candidate off, and the place has room."""
    return next(iter(Criteria(row.selection).barred(row)), "") or sent_obstacle(row)


def heard(row: Nomination) -> str:
    return Criteria(row.selection).obstacle(row)


def listable(row: Nomination) -> str:
    """In the first review, heard, and within the places."""
    return in_review(row) or heard(row) or listed_obstacle(row)


def in_review(row: Nomination) -> str:
    if row.selection.state != Selection.State.FIRST_REVIEW:
        state = row.selection.get_state_display()
        return f"评选现为“{state}”，结束推荐、进入初审后才能选定人选。"
    return ""


def is_chosen_from(row: Nomination) -> bool:
    """The list is being made up: who is on it and who waits behind may still change places."""
    return row.selection.state == Selection.State.FIRST_REVIEW


# What follows.


def show_in_unit(row: Nomination, decision: Decision) -> None:
    """单位公示: name, unit and title; never what he did wrong or who spoke against him."""
    post(
        row,
        UNIT.code,
        title=f"{row.organisation.name}关于推荐{row.selection.title}人选的公示"[:120],
        rows=[
            publicity.Shown(
                row.name, row.unit_name or row.organisation.name, row.selection.title.name
            )
        ],
        passed="unopposed",
        upheld="unit_objected",
        withdrawn="unit_taken_down",
        permission="honours.change_nomination",
        days=row.selection.unit_days,
        by=decision.by,
    )


def put_behind(row: Nomination, decision: Decision) -> None:
    """候补: behind those who wait already."""
    orders = row.selection.nominations.exclude(pk=row.pk).values_list("reserve_order", flat=True)
    row.reserve_order = max(filter(None, orders), default=0) + 1


def come_up(row: Nomination, decision: Decision) -> None:
    row.reserve_order = None


def enter(row: Nomination, decision: Decision, *, award: Award | None = None) -> None:
    """The award in the register of holders."""
    row.award = award


# The table.


def out(name: str, label: str, sources: list[str], *, permission: str, duty: str) -> Transition:
    """A person takes the candidate out, with words."""
    return Transition(
        name, label, sources, S.REFUSED, permission=permission, duty=duty, effect=fall,
        needs_comment=True, is_awaited=False, is_danger=True,
        says="人选退出本次评选，在名单上的由候补人选递补。",
    )  # fmt: skip


nomination = register(
    Workflow(
        Nomination,
        "推荐人选",
        initial=S.DRAFT,
        begins=ENTRY,
        duties={ENTRY: "推荐", COUNTY: "县级审核", HANDLE: "征求意见", REVIEW: "初审复审"},
        related=["selection__title"],
        prepare=known_by,
        transitions=[
            Transition(
                "submit", "提交并在单位公示", [S.DRAFT], S.UNIT_PUBLICITY,
                permission="honours.change_nomination", duty=ENTRY,
                guard=submittable, effect=show_in_unit,
                says="在本单位公示，期满无异议自动送上级工会审核；公示期间不能修改。",
            ),
            Transition(
                "withdraw", "撤回推荐", [S.DRAFT, S.COUNTY], S.WITHDRAWN,
                permission="honours.change_nomination", duty=ENTRY,
                needs_comment=True, is_awaited=False, is_danger=True,
                says="本次推荐撤回，可以另行推荐。",
            ),
            Transition("unopposed", "单位公示无异议", [S.UNIT_PUBLICITY], S.COUNTY, days=10),
            Transition("unit_objected", "单位公示异议成立", [S.UNIT_PUBLICITY], S.REFUSED),
            Transition("unit_taken_down", "单位公示撤下", [S.UNIT_PUBLICITY], S.DRAFT),
            # 县级审核.
            Transition(
                "examine", "审核通过并上报", [S.COUNTY], S.OPINIONS, days=20,
                permission="honours.examine_nomination", duty=COUNTY, trusts="submit",
                guard=sendable, says="由评选主办工会征求有关部门意见。",
            ),
            Transition(
                "send_back", "退回修改", [S.COUNTY], S.DRAFT, days=10,
                permission="honours.examine_nomination", duty=COUNTY,
                needs_comment=True, is_awaited=False, is_danger=True,
                says="由推荐工会修改，重新在单位公示。",
            ),
            out(
                "refuse_county", "不予上报", [S.COUNTY],
                permission="honours.examine_nomination", duty=COUNTY,
            ),
            # 征求意见.
            Transition(
                "conclude", "意见齐备，提交初审", [S.OPINIONS], S.FIRST_REVIEW,
                permission="honours.handle_nomination", duty=HANDLE, guard=heard,
            ),
            Transition("veto", "一票否决", [*FALLING], S.REFUSED, effect=fall),
            out(
                "drop", "取消推荐资格", [*FALLING],
                permission="honours.drop_nomination", duty=HANDLE,
            ),
            # 初审.
            Transition(
                "enlist", "初审通过，列入名单", [S.FIRST_REVIEW], S.LISTED,
                permission="honours.review_nomination", duty=REVIEW, guard=listable,
                says="列入拟表彰名单，待全部初审后一并公示。",
            ),
            Transition(
                "put_behind", "列为候补", [S.FIRST_REVIEW], S.RESERVE,
                permission="honours.review_nomination", duty=REVIEW,
                guard=in_review, effect=put_behind, is_awaited=False,
                says="名单上有人选退出时按次序递补，本地名额由本地候补优先。",
            ),
            Transition(
                "set_back", "改为候补", [S.LISTED], S.RESERVE,
                permission="honours.review_nomination", duty=REVIEW,
                applies=is_chosen_from, effect=put_behind, is_awaited=False,
                says="从拟表彰名单改为候补，排在已有候补之后，名额空出。",
            ),
            Transition(
                "call_up", "改为列入名单", [S.RESERVE], S.LISTED,
                permission="honours.review_nomination", duty=REVIEW,
                applies=is_chosen_from, guard=listable, effect=come_up, is_awaited=False,
                says="由候补改为列入拟表彰名单，待全部初审后一并公示。",
            ),
            out(
                "refuse_first", "初审不予通过", [S.FIRST_REVIEW],
                permission="honours.review_nomination", duty=REVIEW,
            ),
            Transition("move_up", "递补", [S.RESERVE], S.LISTED, effect=come_up),
            # 公示和复审.
            Transition("publish", "上网公示", [S.LISTED], S.PUBLICITY),
            Transition("cleared", "公示无异议", [S.PUBLICITY], S.FINAL_REVIEW),
            Transition("objected", "公示异议成立", [S.PUBLICITY], S.REFUSED, effect=fall),
            Transition("taken_down", "公示撤下", [S.PUBLICITY], S.LISTED),
            Transition(
                "pass_final", "复审通过", [S.FINAL_REVIEW], S.DECISION,
                permission="honours.review_nomination", duty=REVIEW, guard=heard,
            ),
            out(
                "refuse_final", "复审不予通过", [S.FINAL_REVIEW],
                permission="honours.review_nomination", duty=REVIEW,
            ),
            Transition("award", "登记荣誉", [S.DECISION], S.AWARDED, effect=enter),
            Transition(
                "lapse", "落选", [S.DRAFT, S.RESERVE], S.UNSELECTED, effect=come_up
            ),
        ],
    )
)  # fmt: skip
