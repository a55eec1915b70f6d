"""Recording what was done for holders: visits, check-ups, recuperation."""

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction

from core.errors import OutOfScope, Refused
from core.models import User
from core.services import records
from core.services.records import require
from honours.models import Care, CareKind, Holder
from honours.models.cares import due

MOST = 2_000  # holders of one record


@transaction.atomic
def record_many(
    holders: Collection[Holder], *, kind: str, held_on: datetime.date, by: User, **facts: Any
) -> Sequence[Care]:
    """Record the same for many holders on a day; `facts` are further fields, the same for each.

    A check-up or recuperation is recorded for those who have a right to it then and have not had
    it; a visit for everybody.
    """
    require(by, "honours.add_care")
    if not holders:
        raise Refused("没有选中劳模，请先在列表中勾选。", code="nothing_chosen")
    if len(holders) > MOST:
        raise Refused(f"一次最多登记 {MOST:,} 人，请分次办理。", code="too_many")
    keys = [row.pk for row in holders]
    list(Holder.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    mine = Holder.objects.visible_to(by, "honours.add_care").filter(pk__in=keys)
    if mine.count() < len(set(keys)):
        raise OutOfScope("有的劳模不存在或不在本人管辖范围内，没有登记任何一人。")
    found = due(mine, kind, held_on) if kind != CareKind.VISIT else mine.entitled(held_on)
    entitled = {row.pk: row for row in found.select_related("organisation", "person")}
    for holder in holders:
        if holder.pk not in entitled:
            had = "" if kind == CareKind.VISIT else "，或本周期已经安排过"
            raise Refused(f"{holder}当日不享受劳模待遇{had}，请核对后重新选择。", code="not_due")
    rows = [
        Care(
            organisation=row.organisation,
            holder=row,
            kind=kind,
            held_on=held_on,
            level=row.level,
            **facts,
        )
        for row in entitled.values()
    ]
    return records.add_many(rows, by=by)
