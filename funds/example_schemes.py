"""Rules as cities have had them, to begin with: they are rows, to be mended by local documents."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from core.models import Organisation, User
from core.services import records
from funds.models import RebateScheme

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
def load_rebate_schemes(organisation: Organisation, *, by: User) -> list[RebateScheme]:
    """The schemes of both times, for a region that has none of the same periods."""
    return [
        records.save(
            RebateScheme(organisation=organisation, document_number=DOCUMENT, base=UPPER, **facts),
            by=by,
        )
        for facts in REBATE_SCHEMES
    ]
