"""The shipped figures of studios and of masters and apprentices.

`competitions.studios` is what work reports call it; its rows stand here.
"""

from core.indicators import Indicator, register
from honours.models import Apprenticeship, Level, StudioResult

REPORT = "全委会年度工作报告"
NAMED_LEVELS = (Level.NATIONAL.value, Level.PROVINCIAL.value, Level.MUNICIPAL.value)
LEARNED = tuple(sorted(outcome.value for outcome in Apprenticeship.LEARNED))


def counted(
    code: str, label: str, dataset: str, measure: str, date: str, **filters: object
) -> Indicator:
    return Indicator(
        code,
        label,
        source=REPORT,
        dataset=f"honours.{dataset}",
        measure=measure,
        date=date,
        filters=filters,
    )


register(
    counted(
        "competitions.studios", "命名的省、市级创新工作室数", "studios", "studios", "named",
        level=NAMED_LEVELS,
    ),
    counted(
        "competitions.studios_county", "命名的县级创新工作室数", "studios", "studios", "named",
        level=Level.COUNTY.value,
    ),
    counted("competitions.studios_active", "在名创新工作室数", "studios", "studios", "active"),
    counted(
        "competitions.studios_revoked", "撤销命名的创新工作室数", "studios", "studios", "revoked",
    ),
    counted(
        "competitions.studio_projects", "创新工作室立项课题数", "studio_projects", "projects",
        "approved",
    ),
    counted(
        "competitions.studio_projects_finished", "创新工作室结题课题数", "studio_projects",
        "projects", "finished",
    ),
    counted(
        "competitions.studio_results", "创新工作室成果数", "studio_results", "results", "obtained",
    ),
    counted(
        "competitions.studio_patents", "创新工作室专利数", "studio_results", "results", "obtained",
        kind=StudioResult.Kind.PATENT.value,
    ),
    counted(
        "competitions.studio_benefit", "创新工作室申报经济效益", "studio_results", "benefit",
        "obtained",
    ),
    counted(
        "competitions.studio_trained", "创新工作室带徒人次", "studio_results", "trained", "obtained"
    ),
    counted(
        "competitions.apprenticeships", "新结对师徒数", "apprenticeships", "pairs", "agreed"
    ),
    counted(
        "competitions.apprenticeships_running", "在结对师徒数", "apprenticeships", "pairs",
        "running",
    ),
    counted(
        "competitions.apprentices_finished", "出师的徒弟数", "apprenticeships", "pairs", "ended",
        outcome=LEARNED,
    ),
    counted(
        "competitions.apprentices_grade_up", "技能等级晋升的徒弟数", "apprenticeships", "pairs",
        "ended", outcome=Apprenticeship.Outcome.GRADE_UP.value,
    ),
)  # fmt: skip
