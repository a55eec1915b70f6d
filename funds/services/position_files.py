"""The table of 应返未返 as a workbook, row by row for any number of unions; recorded."""

import datetime
from collections.abc import Sequence
from typing import IO

import xlsxwriter
from django.db import transaction
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core import audit, bulk
from core.models import Organisation, User
from core.services import records
from core.sheets.columns import harmless
from funds import position_tables, positions
from funds.position_tables import Line

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PORTION = 5_000  # names read at a time
A3 = 8  # as workbooks number papers


@transaction.atomic
def write(
    stream: IO[bytes],
    told: Sequence[Line],
    *,
    title: str,
    name: str,
    on: datetime.date,
    organisation: Organisation,
    by: User,
) -> None:
    """Write the lines with their headings, all of them on top, as the page has them; `name` says
    what a line is of. Who took them out is recorded."""
    records.require(by, "funds.export_due", organisation)
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        page = book.add_worksheet("应返未返")
        page.freeze_panes(2, 1)
        page.set_landscape()
        page.set_paper(A3)
        page.fit_to_pages(1, 0)
        page.repeat_rows(1)
        page.set_column(0, 0, 36)
        page.set_column(1, len(position_tables.headings(on)), 16)
        money = book.add_format({"num_format": "#,##0.00"})
        strong = book.add_format({"bold": True})
        above = book.add_format({"bold": True, "align": "right", "text_wrap": True})
        sums = book.add_format({"bold": True, "num_format": "#,##0.00"})
        page.write_string(0, 0, f"{title}（截至 {on}，单位：元）", strong)
        page.write_string(1, 0, name, strong)
        for place, heading in enumerate(position_tables.headings(on), 1):
            page.write_string(1, place, heading, above)
        row = 2
        page.write_string(row, 0, "合计", strong)
        _write(page, row, positions.total(line.position for line in told), sums)
        for portion in bulk.batched(told, PORTION):
            called = position_tables.names(portion)
            for line in portion:
                row += 1
                page.write_string(row, 0, harmless(called[line.organisation]))
                _write(page, row, line.position, money)
    audit.record(
        "funds.due.export",
        by=by,
        organisation=organisation,
        label=title,
        changes={"rows": [None, len(told)], "on": [None, on.isoformat()]},
    )


def _write(page: Worksheet, row: int, position: positions.Position, face: Format) -> None:
    for place, cell in enumerate(position_tables.cells(position), 1):
        if cell is not None:
            page.write_number(row, place, cell, face)
