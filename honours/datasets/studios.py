"""What of studios and of masters and apprentices may be counted."""

from core import masking
from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from honours.models import Apprenticeship, Studio, StudioProject, StudioResult

# Whoever answers for a figure opens its rows, in which persons are masked.
OPEN = "honours.open_figure"

studios = Dataset(
    "honours.studios",
    "创新工作室",
    Studio,
    dates={
        "named": Flow("命名", "named_on"),
        "active": Stock("在名", "named_on", "revoked_on"),
        "revoked": Flow("撤销命名", "revoked_on"),
    },
    dimensions={
        "level": Dimension("级别", "level"),
        "kind": Dimension("类别", "kind"),
        "organisation_level": Dimension("组织层级", "organisation__level"),
    },
    measures={"studios": Measure("创新工作室", Unit.EMPLOYER)},
    columns=(
        ("工作室", "name"),
        ("所属工会", "organisation__name"),
        ("级别", lambda row: row.get_level_display()),
        ("类别", lambda row: row.get_kind_display()),
        ("命名日期", "named_on"),
        ("命名文号", "document_number"),
        ("撤销命名日期", "revoked_on"),
    ),
    permission=OPEN,
    rows=lambda: Studio.objects.filter(named_on__isnull=False).select_related("organisation"),
)

projects = Dataset(
    "honours.studio_projects",
    "创新课题",
    StudioProject,
    dates={"approved": Flow("立项", "approved_on"), "finished": Flow("结题", "finished_on")},
    dimensions={
        "level": Dimension("工作室级别", "studio__level"),
        "kind": Dimension("工作室类别", "studio__kind"),
    },
    measures={"projects": Measure("课题", Unit.ITEM)},
    columns=(
        ("课题", "title"),
        ("工作室", "studio__name"),
        ("立项单位", "approved_by"),
        ("立项日期", "approved_on"),
        ("结题日期", "finished_on"),
    ),
    organisation="studio__organisation",
    permission=OPEN,
    rows=lambda: StudioProject.objects.accepted().select_related("studio__organisation"),
)

results = Dataset(
    "honours.studio_results",
    "工作室成果",
    StudioResult,
    dates={"obtained": Flow("取得", "obtained_on")},
    dimensions={
        "kind": Dimension("成果种类", "kind"),
        "level": Dimension("工作室级别", "studio__level"),
    },
    measures={
        "results": Measure("成果", Unit.ITEM),
        "benefit": Measure("申报经济效益", Unit.YUAN, total="benefit"),
        # Reported as a head-count, the same person may be trained twice.
        "trained": Measure("带徒人次", Unit.PERSON_TIME, total="apprentices"),
    },
    columns=(
        ("成果", "title"),
        ("种类", lambda row: row.get_kind_display()),
        ("工作室", "studio__name"),
        ("取得日期", "obtained_on"),
        ("经济效益（元）", "benefit"),
        ("带徒（人）", "apprentices"),
    ),
    organisation="studio__organisation",
    permission=OPEN,
    rows=lambda: StudioResult.objects.accepted().select_related("studio__organisation"),
)

apprenticeships = Dataset(
    "honours.apprenticeships",
    "师徒结对",
    Apprenticeship,
    dates={
        "agreed": Flow("结对", "agreed_on"),
        "running": Stock("在结对", "agreed_on", "ended_on"),
        "ended": Flow("结束", "ended_on"),
    },
    dimensions={
        "outcome": Dimension("带徒结果", "outcome"),
        "studio": Dimension("所在工作室", "studio"),
        "organisation_level": Dimension("组织层级", "organisation__level"),
    },
    measures={"pairs": Measure("师徒", Unit.PAIR)},
    columns=(
        ("师傅", lambda row: masking.name(row.master_name)),
        ("徒弟", lambda row: masking.name(row.apprentice_name)),
        ("所属工会", "organisation__name"),
        ("工种", "trade"),
        ("协议起始日", "agreed_on"),
        ("结束日期", "ended_on"),
        ("带徒结果", lambda row: row.get_outcome_display()),
    ),
    permission=OPEN,
    rows=lambda: Apprenticeship.objects.accepted().select_related("organisation"),
)

register(studios, projects, results, apprenticeships)
