"""候选名单 as a workbook, in clear and recorded: for the meeting that decides."""

from typing import IO

import xlsxwriter
from django.db import transaction

from core import audit
from core.models import User
from core.services import records
from core.sheets.columns import harmless
from honours.models import Nomination, Selection
from honours.models.candidates import WOMEN, named

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = ["序号", "人选", "性别", "推荐工会", "所在单位", "岗位、职务", "类别", "其他情况",
            "简要事迹", "状态", "候补次序"]  # fmt: skip
WIDTHS = [6, 14, 6, 26, 28, 16, 18, 26, 60, 14, 8]
NOTE = "含个人信息，仅限评选工作使用，用毕即删，不得转发。"


@transaction.atomic
def write(stream: IO[bytes], selection: Selection, *, by: User) -> int:
    """Write everybody who came to the first review or further; returns how many."""
    records.require(by, "honours.export_selection", selection)
    rows = selection.nominations.filter(
        state__in=[*Nomination.SENT_ON, Nomination.State.UNSELECTED]
    ).select_related("person", "organisation")
    rows = list(rows.order_by("organisation__path", "pk"))
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet("候选名单")
        strong, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        page.write_string(0, 0, f"{selection}候选名单（导出人：{by}。{NOTE}）", strong)
        for place, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True)):
            page.set_column(place, place, width)
            page.write_string(1, place, heading, strong)
        page.freeze_panes(2, 2)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(_cells(number, row)):
                if isinstance(cell, int):
                    page.write_number(number + 1, place, cell)
                else:
                    page.write_string(number + 1, place, harmless(cell), wrapped)
    audit.record(
        "honours.nomination.export",
        by=by,
        obj=selection,
        label=str(selection),
        changes={"rows": [None, len(rows)]},
    )
    return len(rows)


def _cells(number: int, row: Nomination) -> list[str | int]:
    flags = [tag for tag in row.tags if tag not in {WOMEN, row.category}]
    return [
        number,
        row.name,
        row.person.get_sex_display() if row.person else "",
        row.organisation.name,
        row.unit_name,
        row.position,
        row.get_category_display() if row.category else "",
        named(flags),
        row.summary,
        row.get_state_display(),
        row.reserve_order or "",
    ]
