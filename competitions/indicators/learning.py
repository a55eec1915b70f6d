"""The shipped figures of training, bases, grades and innovations."""

from competitions.models import Training, TrainingBase
from core.indicators import Indicator, Sum, register

REPORT = "全委会年度工作报告"
PLAN = "工会工作要点"


def flow(
    code: str,
    label: str,
    dataset: str,
    measure: str,
    date: str,
    source: str = REPORT,
    **filters: object,
) -> Indicator:
    return Indicator(
        f"competitions.{code}",
        label,
        source=source,
        dataset=f"competitions.{dataset}",
        measure=measure,
        date=date,
        filters=filters,
    )


BASE, COLLEGE = TrainingBase.Kind.BASE.value, TrainingBase.Kind.COLLEGE.value
SKILL = Training.Kind.SKILL.value

register(
    flow("training_sessions", "技能培训和学历教育场次", "trainings", "sessions", "held", PLAN),
    flow(
        "skill_training_sessions", "技能培训场次", "trainings", "sessions", "held", PLAN, kind=SKILL
    ),
    flow("trainee_person_times", "按名参训人次", "trainees", "person_times", "held", PLAN),
    flow("reported_trainee_times", "填报参训人次", "trainings", "headcount", "held", PLAN),
    Sum(
        "competitions.training_person_times",
        "技能培训和学历教育受益人次（按名与填报合计）",
        source=PLAN,
        terms=("competitions.trainee_person_times", "competitions.reported_trainee_times"),
    ),
    flow("training_bases", "新建成产业工人培训基地数", "bases", "bases", "opened", kind=BASE),
    flow("training_bases_in_use", "在用产业工人培训基地数", "bases", "bases", "in_use", kind=BASE),
    flow("craft_colleges", "新建劳模工匠学院数", "bases", "bases", "opened", PLAN, kind=COLLEGE),
    flow("certificates", "职工取得技能等级证书数", "certificates", "certificates", "issued"),
    flow("certified_persons", "晋级技能等级职工数", "certificates", "persons", "issued"),
    flow(
        "innovations_proposed",
        "职工提出合理化建议和创新成果数",
        "innovations",
        "innovations",
        "proposed",
    ),
    flow(
        "innovations_adopted", "采纳合理化建议和创新成果数", "innovations", "innovations", "adopted"
    ),
    flow("innovations_value", "采纳成果申报年创效", "innovations", "value", "adopted"),
    flow("innovation_results", "优秀创新成果数", "innovations", "results", "selected"),
)
