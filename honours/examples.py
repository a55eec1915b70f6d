"""Examples of documents by which candidates are chosen, as cities had them in force.

A federation loads them to begin with, and puts its own in their place. The numbers of documents say
that they are examples.
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core.models import Organisation, User
from core.services import records
from honours.models import (
    Category,
    Circumstance,
    Department,
    ExclusionRule,
    Flag,
    Group,
    OpinionRule,
    RatioConstraint,
    Title,
)
from honours.models.candidates import WOMEN
from honours.rules.ratios import LEAST, MOST

K = Title.Kind
DOCUMENT = "示例文号，请修改"
WORKERS = [Category.INDUSTRIAL, Category.FRONT_LINE, Category.MIGRANT, Category.FARMER]
ENTERPRISE = [Category.INDUSTRIAL, Category.FRONT_LINE, Category.MIGRANT, Category.HEAD]
HEADS = [Category.HEAD, Group.ENTERPRISE]

# 五一劳动奖章 of a city (厦门 2016); 劳动模范 (重庆 2021, 宁波 2016); 工人先锋号.
RATIOS: Sequence[Mapping[str, Any]] = [
    {
        "title_kind": K.MAY1_MEDAL,
        "name": name,
        "wanted": wanted,
        "operator": way,
        "percent": Decimal(share),
    }
    for name, wanted, way, share in [
        ("企业负责人", [Category.HEAD], MOST, 15),
        ("社区工作者", [Category.COMMUNITY], MOST, 10),
        ("一线职工", WORKERS, LEAST, 60),
        ("企业人员", ENTERPRISE, LEAST, 50),
        ("科教人员", [Category.SCIENCE], LEAST, 20),
        ("女职工", [WOMEN], LEAST, 20),
        ("农民工", [Category.MIGRANT, Flag.MIGRANT_WORKER], LEAST, 20),
    ]
] + [
    {
        "title_kind": K.MODEL_WORKER,
        "name": "企业负责人",
        "wanted": [Category.HEAD],
        "base": ENTERPRISE,
        "operator": MOST,
        "percent": Decimal(20),
    },
    {
        "title_kind": K.MODEL_WORKER,
        "name": "农民",
        "wanted": [Category.FARMER],
        "operator": LEAST,
        "percent": Decimal(20),
    },
    {
        "title_kind": K.ADVANCED_WORKER,
        "name": "县处级干部",
        "wanted": [Flag.COUNTY_CADRE],
        "base": [Category.ORGAN],
        "operator": MOST,
        "percent": Decimal(20),
    },
    {
        "title_kind": K.PIONEER,
        "name": "班组、科室",
        "wanted": [Group.TEAM],
        "operator": LEAST,
        "percent": Decimal(70),
    },
]
OPINIONS: Sequence[Mapping[str, Any]] = [
    {"department": Department.POLICE, "about_tags": []},
    {
        "department": Department.DISCIPLINE,
        "about_tags": [Category.ORGAN, Flag.COUNTY_CADRE, Flag.STATE_HEAD],
    },
    *(
        {"department": department, "about_tags": HEADS}
        for department in [
            *[Department.MARKET, Department.TAXATION, Department.LABOUR],
            *[Department.SAFETY, Department.ECOLOGY, Department.COURT],
        ]
    ),
    {"department": Department.AUDIT, "about_tags": [Flag.STATE_HEAD]},
    {"department": Department.UNITED_FRONT, "about_tags": [Flag.PRIVATE_OWNER]},
    {"department": Department.COMMERCE, "about_tags": [Flag.PRIVATE_OWNER]},
]
EXCEPTED = {Circumstance.HELD, Circumstance.RETIRED}


@transaction.atomic
def load(organisation: Organisation, *, by: User, since: datetime.date | None = None) -> int:
    """Enter the examples where the organisation has none of the same meaning in force. Returns
    how many were entered; they hold from `since`, by default today."""
    since = since or timezone.localdate()
    rows = [
        *(RatioConstraint(**facts) for facts in RATIOS),
        *(OpinionRule(**facts) for facts in OPINIONS),
        *(
            ExclusionRule(circumstance=one, allows_exception=one in EXCEPTED)
            for one in Circumstance
        ),
    ]
    made = 0
    for row in rows:
        row.organisation, row.document, row.since = organisation, DOCUMENT, since
        if not row._overlapping().exists():
            records.save(row, by=by)
            made += 1
    return made


def told() -> list[str]:
    """What `load` enters, in sentences."""
    ratios = "；".join(RatioConstraint(document=DOCUMENT, **facts).ratio().told for facts in RATIOS)
    departments = "、".join(Department(facts["department"]).label for facts in OPINIONS)
    return [
        f"比例要求 {len(RATIOS)} 项：{ratios}。",
        f"征求意见的部门 {len(OPINIONS)} 个：{departments}。",
        f"不得推荐情形 {len(Circumstance)} 项。",
    ]
