"""The road of a hardship file: who looks at it in which order, and what each of them must see.

Duties: entry (whoever wrote in it), grassroots, town, district, comparison, municipal. A re-check
and a return into hardship begin a round of their own.
"""

from collections.abc import Callable

from django.utils import timezone

from core import publicity
from core.models import Decision
from core.services.publicity import post
from core.workflow import Transition, Workflow, register
from hardship import rules
from hardship.completeness import (
    UNREVIEWED,
    complete,
    of_round,
    outcome_of,
    reckoned,
    review_of,
    veto_answers,
)
from hardship.forms.steps import LevelForm
from hardship.models import Case, DataCheck, Recognition, Review
from hardship.services import outcomes
from hardship.services.checks import COMPARISON, DISTRICT
from hardship.services.files import ENTRY, shut

S = Case.State

# What is looked at. Each returns the sentence that says what is missing, or "".


def eligible(case: Case) -> str:
    """Fits a tier, and no veto stands against it."""
    tier, missing = reckoned(case)
    if not tier:
        return missing or "按现行规则测算，该户不符合任何困难类别，请退回补正或不予建档。"
    return rules.veto_obstacle(veto_answers(case))


def compared(case: Case) -> str:
    """Every authority that has to be asked has answered, and nothing was refuted."""
    wanted = case.procedure.checked_sources or DataCheck.Source.values
    checks = {check.source: check for check in of_round(case, case.data_checks)}
    if open_ones := [
        DataCheck.Source(source).label
        for source in wanted
        if source not in checks or not checks[source].verdict
    ]:
        return f"尚未完成比对：{'、'.join(open_ones)}。"
    refuted = [str(check) for check in checks.values() if check.verdict == "refuted"]
    if refuted:
        return f"与申报不符：{'、'.join(refuted)}，请退回补正或不予建档。"
    return eligible(case)


def payable(case: Case) -> str:
    """On file means that money may follow: it needs an account to go to."""
    if not (case.account and case.account_holder and case.bank):
        return "尚未登记开户名、开户银行和银行账号，请退回补正。"
    return eligible(case)


def rechecked(case: Case) -> str:
    """The proposal of the re-check stands on what the household has now."""
    review = review_of(case)
    if review is None:
        return UNREVIEWED
    if review.outcome in Recognition.CANCELLED:
        return ""
    if found := complete(case):
        return found
    if review.outcome == Review.Outcome.STAY:
        return eligible(case)
    if review.outcome == Review.Outcome.OUT:
        return rules.exit_obstacle(
            case.means(),
            case.standard and case.standard.line(),
            times=case.procedure.exit_times,
            guaranteed=review.guaranteed(),
        )
    return ""


def watched(case: Case) -> str:
    """The watch has lasted, and every alert was answered."""
    if case.watch_until and timezone.localdate() < case.watch_until:
        return f"返困监测至 {case.watch_until} 期满，期满后方可关闭。"
    if case.alerts.filter(settled_on__isnull=True).exists():
        return "还有未处置的返困预警，请先处置。"
    return ""


# What follows.

FILING = publicity.register(
    publicity.Kind(
        "hardship.filing",
        "困难职工建档公示",
        noun="困难职工建档对象",
        unit="所属工会",
        category="困难类别",
    )
)


def over(case: Case, decision: Decision) -> None:
    shut(case)


def set_out(case: Case, decision: Decision) -> None:
    """The tier as it is reckoned stands in lists from now on; the way is that of today."""
    case.tier = case.assessment.tier
    case.has_town_review = case.procedure.has_town_review


def show(case: Case, decision: Decision) -> None:
    """公示: name, union and tier; never an illness, which a cause would tell."""
    post(
        case,
        FILING.code,
        title=f"{case.organisation.name}困难职工建档公示",
        rows=[
            publicity.Shown(case.applicant_name, case.organisation.name, case.get_tier_display())
        ],
        passed="unopposed",
        upheld="objected",
        permission="hardship.compare_case",
        by=decision.by,
    )


def approve(case: Case, decision: Decision, *, level: str = "") -> None:
    case.level = level or case.level
    outcomes.file(case, by=decision.by)


def begin_again(case: Case, decision: Decision) -> None:
    """A round of its own is reckoned with the standard and the rules of its day."""
    case.applied_on = timezone.localdate(decision.at)
    case.authorised_on = case.watch_until = None


def keep(case: Case, decision: Decision) -> None:
    outcomes.keep(case)


def adjust(case: Case, decision: Decision) -> None:
    outcomes.adjust(case, by=decision.by)


def release(case: Case, decision: Decision) -> None:
    outcomes.release(case, by=decision.by)


def close_as_proposed(case: Case, decision: Decision) -> None:
    outcomes.close(case, ending=outcome_of(case), by=decision.by)


def keeps_tier(case: Case) -> bool:
    return outcome_of(case) == Review.Outcome.STAY and reckoned(case)[0] == case.tier


def changes_tier(case: Case) -> bool:
    return outcome_of(case) == Review.Outcome.STAY and reckoned(case)[0] != case.tier


# The table.

MUNICIPAL = "municipal"


def turned(
    name: str, state: str, permission: str, duty: str, *, back: str = S.RETURNED
) -> list[Transition]:
    """Whoever looks at a file may also send it back to its authors, or refuse it."""
    common = {"permission": permission, "duty": duty, "needs_comment": True, "is_danger": True}
    return_it = Transition(
        f"return_{name}", "退回补正", [state], back, days=10, is_awaited=False, **common,
        says="档案退回填报人补正，意见随档案转达。",
    )  # fmt: skip
    refuse = Transition(
        f"refuse_{name}", "不予建档", [state], S.REFUSED, is_awaited=False, effect=over,
        **common, says="档案办结，理由由填报人告知申请人。",
    )  # fmt: skip
    return [return_it, refuse] if back == S.RETURNED else [return_it]


def decided(name: str, label: str, target: str, **more: object) -> Transition:
    """One of the municipal decisions on a re-check, which binds what the district saw."""
    return Transition(
        name, label, [S.RECHECK_DECISION], target, permission="hardship.approve_case",
        duty=MUNICIPAL, trusts="review_recheck", **more,
    )  # fmt: skip


def proposed(*endings: str) -> Callable[[Case], bool]:
    return lambda case: outcome_of(case) in endings


register(
    Workflow(
        Case,
        "困难职工档案",
        initial=S.DRAFT,
        begins=ENTRY,
        editable=Case.EDITABLE,
        rests=[S.FILED, S.WATCH],
        duties={
            ENTRY: "填报",
            "grassroots": "基层初审",
            "town": "街道审核",
            DISTRICT: "区县复审",
            COMPARISON: "信息比对",
            MUNICIPAL: "市级审批",
        },
        transitions=[
            Transition(
                "submit", "提交审核", [S.DRAFT, S.RETURNED], S.SUBMITTED,
                permission="hardship.change_case", duty=ENTRY, days=5,
                guard=complete, effect=set_out,
                says="档案提交基层工会初审，退回前不能再修改。",
            ),
            Transition(
                "withdraw", "撤回申请", [S.DRAFT, S.RETURNED], S.WITHDRAWN,
                permission="hardship.change_case", duty=ENTRY,
                effect=over, needs_comment=True, is_awaited=False, is_danger=True,
                says="申请撤回，家庭成员可以另行建档。",
            ),
            # 基层工会初审, then 街道 where the district has it.
            Transition(
                "check", "初审通过", [S.SUBMITTED], S.TOWN,
                permission="hardship.check_case", duty="grassroots", days=5,
                applies=lambda case: case.has_town_review, guard=eligible,
            ),
            Transition(
                "check_past_town", "初审通过", [S.SUBMITTED], S.DISTRICT,
                permission="hardship.check_case", duty="grassroots", days=10,
                applies=lambda case: not case.has_town_review, guard=eligible,
            ),
            *turned("check", S.SUBMITTED, "hardship.check_case", "grassroots"),
            Transition(
                "endorse", "审核通过", [S.TOWN], S.DISTRICT,
                permission="hardship.endorse_case", duty="town", days=10, guard=eligible,
            ),
            *turned("endorse", S.TOWN, "hardship.endorse_case", "town"),
            Transition(
                "review", "复审通过", [S.DISTRICT], S.COMPARISON,
                permission="hardship.review_case", duty=DISTRICT, days=15, guard=eligible,
            ),
            *turned("review", S.DISTRICT, "hardship.review_case", DISTRICT),
            Transition(
                "compare", "比对通过", [S.COMPARISON], S.PUBLICITY,
                permission="hardship.compare_case", duty=COMPARISON, guard=compared, effect=show,
            ),
            *turned("compare", S.COMPARISON, "hardship.compare_case", COMPARISON),
            Transition("unopposed", "公示无异议", [S.PUBLICITY], S.DECISION, days=10),
            Transition("objected", "公示异议成立", [S.PUBLICITY], S.DISTRICT, days=10),
            Transition(
                "approve", "批准建档", [S.DECISION], S.FILED,
                permission="hardship.approve_case", duty=MUNICIPAL,
                trusts="compare", guard=payable, effect=approve, form=LevelForm,
                says="该户自今日起在档，可以发放帮扶金。",
            ),
            *turned("approve", S.DECISION, "hardship.approve_case", MUNICIPAL),
            # 年度复核.
            Transition(
                "recheck", "开始复核", [S.FILED], S.RECHECK,
                permission="hardship.change_case", duty=ENTRY, days=20, is_awaited=False,
                begins_round=True, effect=begin_again,
                says="按今日适用的标准重新核定，复核期间仍然在档。",
            ),
            Transition(
                "hand_in", "提交复核", [S.RECHECK], S.RECHECK_REVIEW,
                permission="hardship.change_case", duty=ENTRY, days=10, guard=rechecked,
            ),
            Transition(
                "review_recheck", "复核审核通过", [S.RECHECK_REVIEW], S.RECHECK_DECISION,
                permission="hardship.review_case", duty=DISTRICT, days=10, guard=rechecked,
            ),
            *turned(
                "recheck", S.RECHECK_REVIEW, "hardship.review_case", DISTRICT, back=S.RECHECK
            ),
            decided(
                "keep", "继续在档", S.FILED, applies=keeps_tier, guard=eligible, effect=keep
            ),
            decided(
                "adjust", "调整类别", S.FILED, applies=changes_tier, guard=eligible, effect=adjust
            ),
            decided(
                "release", "脱困退档", S.WATCH,
                applies=proposed(Review.Outcome.OUT), guard=rechecked, effect=release,
                says="该户退档，转入返困监测。",
            ),
            decided(
                "hand_over", "解困转常态化帮扶", S.CLOSED,
                applies=proposed(Review.Outcome.HANDED_OVER), effect=close_as_proposed,
            ),
            decided(
                "cancel", "注销档案", S.CLOSED, is_danger=True, needs_comment=True,
                applies=proposed(*Recognition.CANCELLED), effect=close_as_proposed,
            ),
            *turned(
                "outcome", S.RECHECK_DECISION, "hardship.approve_case", MUNICIPAL, back=S.RECHECK
            ),
            # 返困监测.
            Transition(
                "reopen", "返困重新建档", [S.WATCH], S.DRAFT,
                permission="hardship.watch_case", duty=ENTRY, needs_comment=True,
                is_awaited=False, begins_round=True, effect=begin_again, days=20,
            ),
            Transition(
                "close", "监测期满关闭", [S.WATCH], S.CLOSED,
                permission="hardship.watch_case", is_awaited=False,
                guard=watched, effect=over,
                says="档案关闭，家庭成员今后可以另行申请。",
            ),
        ],
    )
)  # fmt: skip
