"""The shipped figures of titles that were given, as data over `honours.awards`."""

from core.indicators import Indicator, Sum, register
from honours.models import Level, Title

REPORT = "全委会年度工作报告"
PLAN = "年度工作要点"
Kind = Title.Kind
# 五一劳动奖: the medal of a person and the certificate of a unit.
MAY1 = (Kind.MAY1_MEDAL.value, Kind.MAY1_CERTIFICATE.value)
LOCAL = (Level.MUNICIPAL.value, Level.COUNTY.value)


def given(
    code: str, label: str, measure: str = "awards", source: str = REPORT, **filters: object
) -> Indicator:
    """Awards that were given in the period (流量)."""
    return Indicator(
        code,
        label,
        source=source,
        dataset="honours.awards",
        measure=measure,
        date="granted",
        filters=filters,
    )


def persons(code: str, label: str, **filters: object) -> tuple[Indicator, Indicator, Sum]:
    """Distinct persons who were given a title in the period (人): members, and those whom the
    register does not know."""
    members = given(f"{code}_members", f"{label}（会员）", "persons", **filters)
    others = given(
        f"{code}_others", f"{label}（非会员）", "others", registered__isnull=True, **filters
    )
    terms = (members.code, others.code)
    return members, others, Sum(code, label, source=REPORT, terms=terms)


register(
    given("honours.awards_given", "授予荣誉数"),
    given("honours.may1", "五一劳动奖数", kind=MAY1),
    given("honours.national_may1", "全国五一劳动奖数", kind=MAY1, level=Level.NATIONAL.value),
    given("honours.provincial_may1", "省五一劳动奖数", kind=MAY1, level=Level.PROVINCIAL.value),
    given("honours.city_may1", "市县五一劳动奖数", kind=MAY1, level=LOCAL),
    *persons("honours.craftsmen", "工匠选树数", kind=Kind.CRAFTSMAN.value),
    *persons("honours.master_tutors", "带徒名师数", kind=Kind.MASTER_TUTOR.value),
    *persons("honours.learning_workers", "学习型职工数", kind=Kind.LEARNING_WORKER.value),
    *persons("honours.most_beautiful", "最美系列选树数", kind=Kind.MOST_BEAUTIFUL.value),
    *persons("honours.most_beautiful_family", "最美娘家人数", title="most_beautiful_family"),
    *persons("honours.most_beautiful_riders", "最美送餐员数", title="most_beautiful_rider"),
    given(
        "honours.model_homes",
        "模范职工之家数",
        "unions",
        kind=Kind.MODEL_HOME.value,
        level=Level.MUNICIPAL.value,
    ),
    given(
        "honours.model_small_homes",
        "模范职工小家数",
        "unions",
        kind=Kind.MODEL_SMALL_HOME.value,
        level=Level.MUNICIPAL.value,
    ),
    given("honours.works_awarded", "获奖作品数", kind=Kind.WORK.value),
    given("organisation.commendation", "获上级通报表扬项数", kind=Kind.COMMENDATION.value),
    given("competitions.demo_projects", "示范引领竞赛项目数", kind=Kind.DEMO_COMPETITION.value),
    given("competitions.case_papers", "入编试点案例材料数", kind=Kind.CASE_PAPER.value),
    given("competitions.reform_pilots", "改革试点数", source=PLAN, kind=Kind.REFORM_PILOT.value),
    given(
        "competitions.reform_pilot_towns",
        "重点镇街试点数",
        source=PLAN,
        title="reform_pilot_town",
    ),
    given(
        "competitions.reform_pilot_firms",
        "骨干样板企业数",
        "employers",
        PLAN,
        title="reform_pilot_firm",
    ),
    Indicator(
        "honours.collective_awards",
        "集体荣誉数",
        source=REPORT,
        dataset="honours.collective",
        measure="awards",
        date="granted",
    ),
    # 累计: an enterprise that was named twice is one.
    Indicator(
        "honours.harmonious_enterprises",
        "累计市级劳动关系和谐企业数",
        source=PLAN,
        dataset="honours.awards",
        measure="employers",
        date="ever",
        filters={"kind": Kind.HARMONIOUS.value, "level": Level.MUNICIPAL.value},
    ),
    Indicator(
        "honours.awards_revoked",
        "撤销荣誉数",
        source=REPORT,
        dataset="honours.awards",
        measure="awards",
        date="revoked",
    ),
)
