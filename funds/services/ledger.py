"""Letting the voucher book out: a workbook that a job writes, recorded with who and what for."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from django.urls import reverse
from django.utils import timezone
from xlsxwriter.worksheet import Worksheet

from core import audit
from core.errors import Refused
from core.jobs import Run, enqueue, job
from core.models import Job, Organisation, User
from core.periods import Period
from core.services import files
from core.services.records import require
from core.sheets import limits
from core.sheets.columns import harmless
from core.sheets.workbooks import MEDIA_TYPE
from funds import ledger

PERMISSION = "funds.view_journalentry"
BOOK = [
    ("日期", 12), ("凭证字号", 10), ("所属工会", 26), ("摘要", 40), ("科目编码", 12),
    ("科目名称", 22), ("往来工会", 26), ("借方（元）", 16), ("贷方（元）", 16), ("附件数", 8),
    ("制单", 12), ("审核", 12), ("记账", 12),
]  # fmt: skip
BALANCE = [
    ("科目编码", 12), ("科目名称", 22), ("期初余额（元）", 18), ("本期借方（元）", 18),
    ("本期贷方（元）", 18), ("期末余额（元）", 18),
]  # fmt: skip
A4 = 9  # as workbooks number papers
LINES = 1_048_000  # of one worksheet


def start(organisation: Organisation, period: Period, *, by: User) -> Job:
    """Ask for the book of a period of whole months; its file waits with the finished job."""
    require(by, PERMISSION, organisation)
    if not ledger.vouchers(organisation, period, reader=by).exists():
        raise Refused("所选期间没有凭证，请另选期间。", code="no_vouchers")
    return enqueue(
        "funds.voucher_book",
        by=by,
        organisation=organisation,
        parameters={"first": period.start.isoformat(), "last": period.end.isoformat()},
    )


@job("funds.voucher_book", label="导出凭证簿")
def export_book(run: Run, *, first: str, last: str) -> dict[str, Any]:
    """The job. Its result names the stored file."""
    return run.step("export", lambda: _export(run.job, Period.parse(f"{first}..{last}")))


def _export(asked: Job, period: Period) -> dict[str, Any]:
    organisation, by = asked.organisation, asked.requested_by
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        count = write(path, organisation, period, by=by)
        with path.open("rb") as stream:
            kept = files.store(
                stream,
                name=f"凭证簿-{period.start:%Y%m}-{period.end:%Y%m}.xlsx",
                media_type=MEDIA_TYPE,
                permission=PERMISSION,
                organisation=organisation,
                by=by,
                keep_days=limits.KEEP_EXPORT_DAYS,
            )
    return {
        "file": kept.pk,
        "rows": count,
        "summary": f"共 {count:,} 行分录，请在 {limits.KEEP_EXPORT_DAYS} 天内下载。",
        "url": reverse("file", args=[kept.token]),
        "button": "下载凭证簿",
    }


def write(path: Path, organisation: Organisation, period: Period, *, by: User) -> int:
    """The workbook: vouchers to be checked and signed, and the trial balance of the same months.

    Returns how many lines of vouchers it has.
    """
    require(by, PERMISSION, organisation)
    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        strong = book.add_format({"bold": True})
        page = book.add_worksheet("凭证")
        _head(page, BOOK, strong)
        for count, line in enumerate(ledger.lines(organisation, period, reader=by), start=1):
            if count > LINES:
                raise Refused("凭证超过一张工作表的行数，请缩短期间后再导出。", code="too_long")
            _row(page, count, [line.on.isoformat(), *line[1:]], money)
        page = book.add_worksheet("科目余额表")
        _head(page, BALANCE, strong)
        balances = ledger.trial_balance(organisation, period, reader=by)
        for number, each in enumerate([*balances, ledger.totals(balances)], start=1):
            _row(page, number, each, money)
        page = book.add_worksheet("说明")
        page.set_column(1, 1, 60)
        facts = {
            "范围": str(organisation),
            "期间": f"{period.start} 至 {period.end}",
            "导出人": str(by),
            "导出时间": f"{timezone.localtime():%Y-%m-%d %H:%M}",
            "提示": "凭证草稿，审核、记账由会计人员在财务软件中办理。余额借方为正、贷方为负。",
        }
        for number, (name, fact) in enumerate(facts.items()):
            page.write_string(number, 0, name, strong)
            page.write_string(number, 1, harmless(fact))
    audit.record(
        "funds.journalentry.export",
        by=by,
        organisation=organisation,
        label="凭证簿",
        changes={"period": f"{period.start}..{period.end}", "rows": count},
    )
    return count


def _head(page: Worksheet, columns: Sequence[tuple[str, int]], strong: Any) -> None:
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for place, (heading, width) in enumerate(columns):
        page.set_column(place, place, width)
        page.write_string(0, place, heading, strong)


def _row(page: Worksheet, number: int, cells: Sequence[Any], money: Any) -> None:
    """Texts as texts, amounts as numbers with two decimals, counts as they are."""
    for place, cell in enumerate(cells):
        if isinstance(cell, str):
            page.write_string(number, place, harmless(cell)[: limits.MAX_CELL])
        elif isinstance(cell, int):
            page.write_number(number, place, cell)
        elif cell is not None:
            page.write_number(number, place, cell, money)
