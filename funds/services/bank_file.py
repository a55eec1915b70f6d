"""The file for the bank: made once for each approval; made again, it is the same to the byte."""

import csv
import datetime
import hashlib
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from core.errors import Refused
from core.models import Decision
from core.services import files
from funds.models import PaymentBatch
from funds.models.batches import bound_text
from funds.rules import bank_files
from funds.rules.payments import Line, Totals

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Stands in every workbook for the time of its making, which would differ from one to the next.
MADE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)


def make(batch: PaymentBatch, decision: Decision) -> None:
    """The effect of the step: write the file of what was approved, and keep its totals."""
    payments = list(batch.lines().select_for_update(of=("self",)).select_related("payable"))
    approved = Decision.objects.on(batch).filter(transition="approve").latest("pk")
    if hashlib.sha256(bound_text(payments).encode()).hexdigest() != approved.digest:
        raise Refused("付款内容刚有改动，没有生成文件，请退回重新办理。", code="changed_since")
    lines = [payment.as_line() for payment in payments]
    totals = Totals.of(line.amount for line in lines)
    batch.layout_used = batch.layout.as_data()
    batch.count, batch.total = totals.count, totals.total
    content = write(batch.layout_used, lines, batch=batch.number, title=batch.title)
    kind = batch.layout_used["format"]
    batch.file = files.store(
        io.BytesIO(content),
        name=f"{batch.number}.{kind}",
        media_type=MEDIA_TYPES[kind],
        permission="funds.pay_paymentbatch",
        organisation=batch.organisation,
        by=decision.by,
    )
    batch.sha256 = batch.file.sha256


def again(batch: PaymentBatch) -> bytes:
    """The file written anew from the rows, by the layout that was used.

    Refused if it is not the file that was made: then a row was changed behind our back.
    """
    if not batch.layout_used:
        raise Refused("本批次尚未生成银行文件。", code="no_file")
    lines = [payment.as_line() for payment in batch.lines().select_related("payable")]
    content = write(batch.layout_used, lines, batch=batch.number, title=batch.title)
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise Refused(
            f"批次 {batch.number} 的付款与已生成的银行文件不一致，请停止报送并核对。",
            code="file_differs",
        )
    return content


def write(layout: dict[str, Any], lines: Sequence[Line], *, batch: str, title: str) -> bytes:
    """The bytes of a bank file. The same arguments give the same bytes."""
    totals = Totals.of(line.amount for line in lines)
    known = {"batch": batch, "title": title, "totals": totals}
    table = []
    if layout["header"]:
        table.append(bank_files.controls(layout["header"], layout, **known))
    if layout["has_headings"]:
        table.append([heading for _, heading in layout["columns"]])
    table += [bank_files.cells(layout, line) for line in lines]
    if layout["footer"]:
        table.append(bank_files.controls(layout["footer"], layout, **known))
    return _WRITERS[layout["format"]](table, layout)


def _csv(table: Iterable[Sequence[str]], layout: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue().encode(layout["encoding"])


def _xlsx(table: Iterable[Sequence[str]], layout: dict[str, Any]) -> bytes:
    """Every cell as text: a bank reads digits, not what a spreadsheet makes of them."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet("付款")
    sheet.set_column(0, len(layout["columns"]), 24)
    text = book.add_format({"num_format": "@"})
    for place, row in enumerate(table):
        for column, cell in enumerate(row):
            sheet.write_string(place, column, cell, text)
    book.close()
    return stream.getvalue()


_WRITERS = {"csv": _csv, "xlsx": _xlsx}
