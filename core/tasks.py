"""What workers are sent. A task receives the id of a job and nothing else: the row is the truth."""

from typing import Any

from celery import shared_task
from django.urls import reverse

from core import audit, jobs, seals
from core.models import Publicity
from core.services import publicity as publicities


@shared_task(name=jobs.TASK)
def run_job(job_id: int) -> None:
    """Try one job, if it is free."""
    if type(job_id) is not int:
        raise TypeError("a job is named by its id")  # without the argument: it may be anything
    jobs.work(job_id)


# A message that waits longer than the next one is due says nothing new.
@shared_task(name="core.sweep", expires=15)
def sweep() -> None:
    """Send again what the broker lost and what dead workers left behind."""
    jobs.sweep()


@shared_task(name="core.seal_audit", expires=5)
def seal_audit() -> None:
    """Seal what was written to the audit trail since the last time (every few seconds)."""
    with audit.origin():
        seals.seal()


@shared_task(name="core.close_publicities", expires=600)
def close_publicities() -> None:
    """Let the next step follow where a publicity has run its days (every ten minutes)."""
    with audit.origin():
        publicities.close_due()


@jobs.job(publicities.NOTICE_JOB, label="生成公示通告")
def publicity_notice(run: jobs.Run, publicity: int) -> dict[str, Any]:
    """The notice of a publicity as a file, for the board of the union."""
    row = Publicity.objects.get(pk=publicity)
    pdf = publicities.draw_notice(row)
    run.step("keep", lambda: publicities.keep_notice(row, pdf).pk)
    url = reverse("admin:core_publicity_change", args=[row.pk])
    return {"summary": "请下载打印，张贴于公示栏。", "url": url}
