"""Innovations by the day on which they were proposed, adopted, chosen."""

from competitions.models import Innovation
from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register

State = Innovation.State

innovations = Dataset(
    "competitions.innovations",
    "职工创新成果",
    Innovation,
    dates={
        "proposed": Flow("提出", "proposed_on"),
        "adopted": Flow("采纳", "adopted_on"),
        "selected": Flow("评选", "selected_on"),
    },
    dimensions={"kind": Dimension("种类", "kind"), "level": Dimension("评选级别", "level")},
    measures={
        "innovations": Measure("成果（项）", Unit.ITEM),
        "results": Measure("优秀成果（个）", Unit.ORGANISATION),
        "value": Measure("申报年创效", Unit.YUAN, total="value"),
    },
    columns=(
        ("名称", "title"),
        ("种类", lambda row: row.get_kind_display()),
        ("单位", "employer__name"),
        ("提出日期", "proposed_on"),
        ("采纳日期", "adopted_on"),
        ("评选日期", "selected_on"),
        ("申报年创效（元）", "value"),
    ),
    permission="competitions.open_figure",
    rows=lambda: Innovation.objects.exclude(
        state__in=[State.DRAFT, State.WITHDRAWN]
    ).select_related("employer", "organisation"),
)

register(innovations)
