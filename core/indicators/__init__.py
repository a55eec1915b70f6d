"""Dataset → Indicator → Figure: every number of the house, and the rows behind it.

Apps declare datasets (`<app>/datasets.py`) and indicators (`<app>/indicators.py`) with `register`;
staff define more of them as rows. `compute` gives figures, `rows` opens them:

    register(
        Dataset(
            code="members.memberships", label="会籍", model=Membership,
            dates={"joined": Flow("入会日期", "joined_on"),
                   "in_force": Stock("在会", "joined_on", "left_on")},
            dimensions={"sex": Dimension("性别", "person__sex")},
            measures={"persons": Measure("会员人数", Unit.PERSON, distinct="person")},
        )
    )
    register(
        Indicator("members.women", "女会员人数", dataset="members.memberships", measure="persons",
                  date="in_force", filters={"sex": "F"}, source="…"),
    )
    compute(["members.women"], organisation=city, period=Period.year(2021), by="child")
"""

from core.indicators.catalogue import catalogue
from core.indicators.computation import VIEW, Figure, compute
from core.indicators.counting import value_of
from core.indicators.declarations import (
    Change,
    Dataset,
    Definition,
    Difference,
    Dimension,
    Flow,
    Indicator,
    InvalidDefinition,
    Manual,
    Measure,
    Ratio,
    Stock,
    Sum,
    Unit,
    build,
    check,
    dataset_of,
    datasets,
    is_additive,
    is_flow,
    register,
    shipped,
    unit_of,
)
from core.indicators.digests import (
    EXACT_IDS,
    digest,
    identities,
    identities_of_parts,
    identities_of_wholes,
    of_child,
)
from core.indicators.drilldown import opens, rows
from core.indicators.slices import CHILD, MONTH
from core.indicators.snapshots import snapshot

__all__ = [
    "CHILD",
    "EXACT_IDS",
    "MONTH",
    "VIEW",
    "Change",
    "Dataset",
    "Definition",
    "Difference",
    "Dimension",
    "Figure",
    "Flow",
    "Indicator",
    "InvalidDefinition",
    "Manual",
    "Measure",
    "Ratio",
    "Stock",
    "Sum",
    "Unit",
    "build",
    "catalogue",
    "check",
    "compute",
    "dataset_of",
    "datasets",
    "digest",
    "identities",
    "identities_of_parts",
    "identities_of_wholes",
    "is_additive",
    "is_flow",
    "of_child",
    "opens",
    "register",
    "rows",
    "shipped",
    "snapshot",
    "unit_of",
    "value_of",
]
