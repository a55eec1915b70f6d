"""The shipped figures of competitions: projects, units, persons, person-times, sessions.

人 are distinct persons whom entries name; units report heads, and these are 人次. What adds both up
is 人次, and its name says so.
"""

from competitions.models import Competition
from core.indicators import Indicator, Sum, register

REPORT = "全委会年度工作报告"
PLAN = "工会工作要点"
MUNICIPAL = (Competition.Level.MUNICIPAL_1.value, Competition.Level.MUNICIPAL_2.value)


def held(
    code: str, label: str, dataset: str, measure: str, source: str = REPORT, **filters: object
) -> Indicator:
    """Of competitions that began in the period, or of stages held in it."""
    return Indicator(
        f"competitions.{code}",
        label,
        source=source,
        dataset=f"competitions.{dataset}",
        measure=measure,
        date="held",
        filters=filters,
    )


register(
    held("competitions", "竞赛项数", "competitions", "competitions"),
    held("projects", "竞赛项目（工种）数", "events", "events"),
    held("units", "参赛单位数", "participations", "units"),
    held("named_persons", "按名参赛职工数", "contestants", "persons"),
    held("named_person_times", "按名参赛人次", "participations", "named"),
    held("reported_person_times", "单位填报参赛人次", "participations", "headcount"),
    Sum(
        "competitions.persons",
        "参赛职工人次（按名报名与单位填报合计）",
        source=REPORT,
        terms=("competitions.named_person_times", "competitions.reported_person_times"),
    ),
    held("stage_sessions", "竞赛场次（赛段）", "stages", "sessions", PLAN),
    held("unit_sessions", "竞赛场次（单位举办）", "participations", "sessions", PLAN),
    Sum(
        "competitions.sessions",
        "各级技能竞赛场次",
        source=PLAN,
        terms=("competitions.stage_sessions", "competitions.unit_sessions"),
    ),
    # What units hold for a competition of the city is theirs; the city's own are its stages.
    held("municipal_sessions", "市级技能竞赛场次", "stages", "sessions", PLAN, level=MUNICIPAL),
)
