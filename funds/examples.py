"""Examples of documents by which money is split and given back: what provinces had in force.

A federation loads them to begin with, and puts its own in their place. The numbers of documents say
that they are examples.
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.models import Organisation, User
from core.services import records
from funds.models import RebateScheme, SplitRule, SupportMeasure

Facts = Mapping[str, Any]
SINCE = datetime.date(2020, 1, 1)
# 60 % to the grass-roots union, 5 % to the national federation, the rest by provincial rule.
TYPICAL = {"grassroots": 60, "district": 15, "municipal": 10, "provincial": 10, "national": 5}
# What is paid locally is the upper part alone: the rest stays with the industry's own union.
UPWARDS = {
    "district": Decimal("37.5"),
    "municipal": 25,
    "provincial": 25,
    "national": Decimal("12.5"),
}
SPLITS: Sequence[Facts] = [
    {"kind": "dues", "document_number": "示例〔2020〕1号", **TYPICAL},
    {"kind": "dues", "payer_class": "organ", "document_number": "示例〔2020〕1号", **TYPICAL},
    {  # 5 % of the 2 % is paid here
        "kind": "dues",
        "payer_class": "railway",
        "levy": Decimal("0.1"),
        "document_number": "示例〔2020〕2号",
        **UPWARDS,
    },
    {  # 15 % of the 2 %
        "kind": "dues",
        "payer_class": "finance",
        "levy": Decimal("0.3"),
        "document_number": "示例〔2020〕3号",
        **UPWARDS,
    },
    {"kind": "preparation", "document_number": "示例〔2020〕4号", "held": 100},
    {
        "kind": "released",
        "document_number": "示例〔2020〕4号",
        "due_after": "days",
        "due_days": 30,
        **TYPICAL,
    },
]
MEASURES: Sequence[Facts] = [
    {
        "name": "企业拨缴上级工会经费缓减20%",
        "document_number": "示例〔2023〕5号",
        "valid_from": datetime.date(2023, 1, 1),
        "valid_to": datetime.date(2023, 12, 31),
        "percent": Decimal(20),
    }
]
# What is above the grass-roots union. Its own share is returned to it in any case, so that all that
# was paid is back with the union when these are.
UPPER = ["town", "district", "municipal", "provincial", "national"]
DOCUMENT = "示例文号，请修改"

# 2020 and 2021: small and micro enterprises, in full; 2023 and 2024: whoever pays less than 10,000
# yuan a year (支持小微企业, 小额缴费全额返还).
REBATE_SCHEMES: list[dict[str, Any]] = [
    {
        "name": "小微企业工会经费全额返还",
        "valid_from": datetime.date(2020, 1, 1),
        "valid_to": datetime.date(2021, 12, 31),
        "eligibility": RebateScheme.Eligibility.SMALL_MICRO,
    },
    {
        "name": "小额缴费工会经费全额返还",
        "valid_from": datetime.date(2023, 1, 1),
        "valid_to": datetime.date(2024, 12, 31),
        "eligibility": RebateScheme.Eligibility.SMALL_PAYER,
        "threshold": Decimal("10000.00"),
    },
]


@transaction.atomic
def lay_down_splits(organisation: Organisation, *, by: User) -> int:
    """Enter the example rules and measures where an organisation has none of the same kind and
    class, or time. Returns how many were entered."""
    rules = SplitRule.objects.filter(organisation=organisation)
    known = set(rules.values_list("kind", "payer_class"))
    made = 0
    for facts in SPLITS:
        rule = SplitRule(organisation=organisation, valid_from=SINCE, **facts)
        if (rule.kind, rule.payer_class) not in known:
            records.save(rule, by=by)
            made += 1
    for facts in MEASURES:
        measure = SupportMeasure(organisation=organisation, **facts)
        if not SupportMeasure.objects.filter(
            organisation=organisation,
            valid_from__lte=measure.valid_to,
            valid_to__gte=measure.valid_from,
        ).exists():
            records.save(measure, by=by)
            made += 1
    return made


@transaction.atomic
def load_rebate_schemes(organisation: Organisation, *, by: User) -> list[RebateScheme]:
    """The schemes of both times, for a region that has none of the same periods."""
    return [
        records.save(
            RebateScheme(organisation=organisation, document_number=DOCUMENT, base=UPPER, **facts),
            by=by,
        )
        for facts in REBATE_SCHEMES
    ]
