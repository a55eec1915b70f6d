"""The table of 应返未返 as a workbook, row by row for any number of unions; recorded."""

import datetime
from collections.abc import Sequence
from typing import IO

import xlsxwriter
from django.db import transaction

from core import audit, bulk
from core.models import Organisation, User
from core.services import records
from core.sheets.columns import harmless
from funds import position_tables
from funds.position_tables import Line

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PORTION = 5_000  # names read at a time


@transaction.atomic
def write(
    stream: IO[bytes],
    told: Sequence[Line],
    *,
    title: str,
    on: datetime.date,
    organisation: Organisation,
    by: User,
) -> None:
    """Write the lines with their headings; who took them out is recorded."""
    records.require(by, "funds.export_due", organisation)
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        page = book.add_worksheet("应返未返")
        page.freeze_panes(2, 1)
        page.set_column(0, 0, 36)
        page.set_column(1, len(position_tables.headings(on)), 16)
        money = book.add_format({"num_format": "#,##0.00"})
        strong = book.add_format({"bold": True})
        page.write_string(0, 0, f"{title}（截至 {on}，单位：元）", strong)
        for place, heading in enumerate(["工会", *position_tables.headings(on)]):
            page.write_string(1, place, heading, strong)
        row = 1
        for portion in bulk.batched(told, PORTION):
            called = position_tables.names(portion)
            for line in portion:
                row += 1
                page.write_string(row, 0, harmless(called[line.organisation]))
                for place, cell in enumerate(position_tables.cells(line.position), 1):
                    if cell is not None:
                        page.write_number(row, place, cell, money)
    audit.record(
        "funds.due.export",
        by=by,
        organisation=organisation,
        label=title,
        changes={"rows": [None, len(told)], "on": [None, on.isoformat()]},
    )
