"""The shipped figures of homes of employees."""

from core.indicators import Indicator, Ratio, register
from honours.indicators.studios import REPORT, counted
from honours.models import Inspection, Title

HOMES = (Title.Kind.MODEL_HOME.value, Title.Kind.MODEL_SMALL_HOME.value)


def rated(code: str, label: str, measure: str) -> Indicator:
    return counted(code, label, "home_ratings", measure, "held")


register(
    rated("honours.homes_rated", "开展会员评家的工会数", "unions"),
    rated("honours.home_votes", "会员评家参评人次", "voted"),
    rated("honours.home_votes_satisfied", "会员评家满意人次", "satisfied"),
    Ratio(
        "honours.home_satisfaction",
        "会员评家满意率",
        source=REPORT,
        numerator="honours.home_votes_satisfied",
        denominator="honours.home_votes",
    ),
    counted("honours.inspections", "集体荣誉复查次数", "inspections", "inspections", "held"),
    counted(
        "honours.homes_delisted", "摘牌的职工之家（小家）数", "inspections", "inspections",
        "delisted", title_kind=HOMES, state=Inspection.State.DELISTED.value,
    ),
)  # fmt: skip
