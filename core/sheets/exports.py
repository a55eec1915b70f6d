"""Writes rows out as a table that could come in again. Recorded, with who, when and what for.

The ending of the file says what it is: a workbook (.xlsx) or, for any number of rows, text (.csv).
"""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.jobs import Run, enqueue, job
from core.models import Job, Organisation, User
from core.services import files
from core.services.records import require
from core.sheets import limits
from core.sheets.engine import Context, registry, sheet_named
from core.sheets.workbooks import MEDIA_TYPES, too_long, write_export


@transaction.atomic
def write(
    path: str | Path, *, sheet: str, organisation: Organisation, by: User, purpose: str = ""
) -> int:
    """Write the rows of a sheet that lie within an organisation, and say how many they are.

    They are in clear: the sheet's export permission is asked for, and the export is recorded.
    """
    declared = _declared(sheet)
    ending = _ending(Path(path).suffix)
    require(by, declared.export_permission, organisation)
    context = Context(declared, organisation, by)
    _refuse_long(context, ending)
    purpose = purpose or declared._meta.purpose
    facts = {
        "表格": declared.label,
        "范围": str(organisation),
        "导出人": str(by),
        "导出时间": f"{timezone.localtime():%Y-%m-%d %H:%M}",
        "用途": purpose,
        "提示": "含个人信息，仅限上述用途使用，用毕即删，不得转发。",
    }
    try:
        # Closed before the transaction is rolled back, which ends the cursor behind it.
        with closing(declared.rows(context).iterator(chunk_size=limits.BATCH)) as rows:
            count = write_export(declared, path, rows, facts=facts)
    except Exception:
        Path(path).unlink(missing_ok=True)  # nothing leaves without its record
        raise
    audit.record(
        "core.sheet.export",
        by=by,
        organisation=organisation,
        label=declared.label,
        reason=purpose,
        changes={"sheet": sheet, "rows": count, "format": ending[1:]},
    )
    return count


def start(
    *, sheet: str, organisation: Organisation, by: User, purpose: str, ending: str = ".xlsx"
) -> Job:
    """Ask for an export; its file waits with the finished job."""
    declared = _declared(sheet)
    require(by, declared.export_permission, organisation)
    _refuse_long(Context(declared, organisation, by), _ending(ending))
    return enqueue(
        "core.sheet_export",
        by=by,
        organisation=organisation,
        parameters={"sheet": sheet, "purpose": purpose[:200], "ending": ending},
    )


@job("core.sheet_export", label="导出表格")
def export_sheet(run: Run, *, sheet: str, purpose: str, ending: str = ".xlsx") -> dict[str, Any]:
    """The job. Its result names the stored file."""
    return run.step("export", lambda: _export(run.job, sheet, purpose, ending))


def _export(asked: Job, sheet: str, purpose: str, ending: str) -> dict[str, Any]:
    declared = _declared(sheet)
    organisation, by = asked.organisation, asked.requested_by
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export{ending}"
        count = write(path, sheet=sheet, organisation=organisation, by=by, purpose=purpose)
        with path.open("rb") as stream:
            kept = files.store(
                stream,
                name=f"{declared.label}-{timezone.localdate():%Y%m%d}{ending}",
                media_type=MEDIA_TYPES[ending],
                permission=declared.export_permission,
                organisation=organisation,
                by=by,
                keep_days=limits.KEEP_EXPORT_DAYS,
            )
    return {
        "file": kept.pk,
        "rows": count,
        "summary": f"共 {count:,} 行，请在 {limits.KEEP_EXPORT_DAYS} 天内下载。",
        "url": reverse("file", args=[kept.token]),
        "button": "下载表格",
    }


def _ending(ending: str) -> str:
    if ending not in MEDIA_TYPES:
        raise Refused(f"导出的文件名应以 {' 或 '.join(MEDIA_TYPES)} 结尾。", code="unknown_ending")
    return ending


def _refuse_long(context: Context, ending: str) -> None:
    """Before anything is written; the writer counts as well, for rows that come meanwhile."""
    if ending == ".xlsx":
        rows = context.sheet.rows(context).order_by("pk")
        if rows.values("pk")[limits.MAX_ROWS : limits.MAX_ROWS + 1]:
            raise too_long()


def _declared(sheet: str) -> Any:
    if sheet not in registry:
        raise Refused(f"没有名为“{sheet}”的表格。", code="unknown_sheet")
    return sheet_named(sheet)
