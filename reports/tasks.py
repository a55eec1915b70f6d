"""The job that makes a report: figures, then the files, each a step that is done once.

Steps load what they make files with: every worker imports this module, and few ever make a report.
"""

import datetime
import hashlib
import json
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone

from core.errors import Refused
from core.jobs import Run, job
from core.services import files
from reports import annex, computing, rendering, services
from reports.charts import ChartError
from reports.composing import Composer
from reports.faces import Faces, FacesMissing, find
from reports.layout import Document
from reports.models import ReportRun
from reports.wording import WordingError

MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": annex.MEDIA,
    "json": "application/json",
}
LABELS = {
    "pdf": "排版（PDF）",
    "docx": "可编辑文本（Word）",
    "xlsx": "附表（Excel）",
    "json": "数据清单",
}


def faces() -> Faces:
    """The fonts of this installation; the customer's own win."""
    try:
        return find(Path(settings.FONT_DIR) if settings.FONT_DIR else None)
    except FacesMissing as error:
        raise Refused(str(error), code="fonts_missing") from error


@job(services.KIND, label="生成报告")
def make(run: Run, report: int) -> dict:
    """Compute, freeze, render. What a killed worker left is taken up at the next step."""
    row = ReportRun.objects.select_related("definition", "organisation").get(pk=report)

    steps = len(LABELS) + 3
    run.progress(0, steps, "统计数据")
    computed = run.step("compute", lambda: _compute(row), atomic=False)
    run.progress(1, steps, "固化数据")
    run.step("freeze", lambda: _freeze(row, computed))
    row.refresh_from_db()
    kept = {}
    for done, (name, write) in enumerate(WRITERS.items(), start=2):
        run.progress(done, steps, f"生成{LABELS[name]}")
        kept[name] = run.step(name, partial(_keep, row, name, write), atomic=False)
    run.progress(steps - 1, steps, "归档")
    run.step("store", lambda: _store(row, kept))
    _forget(row)
    run.progress(steps, steps, "已完成")
    return {
        "summary": f"共 {row.figures.count()} 项数据"
        + (f"，{len(row.findings)} 处核对未通过。" if row.findings else "，核对无误。"),
        "url": reverse("reports:run", args=[row.pk]),
    }


def _compute(row: ReportRun) -> dict:
    now = timezone.now()
    figures, findings = computing.compute(row.draft, row.organisation, row.period)
    return {"figures": figures, "findings": findings, "as_of": now.isoformat()}


def _freeze(row: ReportRun, computed: dict) -> int:
    return services.freeze(
        row,
        computed["figures"],
        computed["findings"],
        as_of=datetime.datetime.fromisoformat(computed["as_of"]),
    )


def manifest(row: ReportRun) -> bytes:
    """`figures.json`: every figure of the report with the digest of its rows."""
    figures = [
        {
            "code": figure.code,
            **({"split": figure.split, "key": figure.key} if figure.split else {}),
            "value": None if figure.value is None else str(figure.number),
            "unit": figure.unit,
            "printed": figure.printed,
            "rows": figure.rows,
            "digest": figure.digest,
        }
        for figure in row.figures.all()
    ]
    content = {
        "report": row.definition.kind,
        "org": row.organisation.code,
        "period": row.period.key,
        "as_of": row.as_of.isoformat(),
        "figures": figures,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _document(row: ReportRun, here: Faces) -> Document:
    try:
        return Composer(row, here).document()
    except (WordingError, ChartError) as error:
        raise Refused(str(error), code="not_composed") from error


def _pdf(row: ReportRun) -> bytes:
    """Rendered in the child, then measured: a page that breaks the official layout is no report."""
    here = faces()
    document = _document(row, here)
    attached = rendering.Attachment("figures.json", manifest(row))
    try:
        made = rendering.render(document, here, attachments=(attached,), as_of=row.as_of)
    except rendering.RenderError as error:
        raise Refused(str(error), code="not_rendered") from error
    from reports import checker

    found = checker.check(made.pdf, here, substituted=made.substituted, attachments=made.digests)
    if found:
        raise Refused("版式检查未通过：" + "".join(found[:5]), code="layout")
    return made.pdf


def _docx(row: ReportRun) -> bytes:
    from reports.docx import docx

    return docx(_document(row, faces()))


def _xlsx(row: ReportRun) -> bytes:
    return annex.workbook(Composer(row, faces()).sheets())


WRITERS: dict[str, Callable[[ReportRun], bytes]] = {
    "json": manifest,
    "pdf": _pdf,
    "docx": _docx,
    "xlsx": _xlsx,
}


def _folder(row: ReportRun) -> str:
    return f"work/report-{row.pk}"


def _keep(row: ReportRun, name: str, write: Callable[[ReportRun], bytes]) -> dict[str, str]:
    """Put a product aside, under a name of its own, until all of them are there.

    A worker that was given up for dead may still write: it never touches another's file.
    """
    content = write(row)
    place = f"{_folder(row)}/{uuid.uuid4().hex}.{name}"
    kept = default_storage.save(place, ContentFile(content))
    return {"place": kept, "sha256": hashlib.sha256(content).hexdigest()}


def _store(row: ReportRun, kept: dict[str, dict[str, str]]) -> dict[str, int]:
    """All files become the run's own in one transaction: it has every file or none."""
    stem = f"{row.organisation.label}{row.period}{row.definition.name}（第{row.version}版）"
    stored = {}
    for name, media in MEDIA.items():
        with default_storage.open(kept[name]["place"]) as stream:
            stored[name] = files.store(
                stream,
                name=f"{stem}.{name}",
                media_type=media,
                permission="reports.add_reportrun",  # until it is published
                organisation=row.organisation,
                by=row.requested_by,
            )
        if stored[name].sha256 != kept[name]["sha256"]:
            raise OSError(f"{kept[name]['place']} is not what the step wrote")
    row.pdf, row.docx, row.xlsx = stored["pdf"], stored["docx"], stored["xlsx"]
    row.figures_json = stored["json"]
    row.save(update_fields=["pdf", "docx", "xlsx", "figures_json"])
    return {name: file.pk for name, file in stored.items()}


def _forget(row: ReportRun) -> None:
    """Clear away what was put aside, a dead worker's leavings included."""
    folder = _folder(row)
    if default_storage.exists(folder):
        for name in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{name}")
        default_storage.delete(folder)
