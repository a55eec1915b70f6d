"""The yearly report of the demo city: asked for by a clerk, made by a worker, signed, published."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from core.errors import Refused
from core.models import Job, Organisation
from core.periods import Period
from demo import accounts, tasks
from demo.places import CITY
from reports import services, shipped
from reports.models import ReportRun

YEAR = "2021"
PATIENCE = 900  # seconds; a worker that has anything to do is done within one minute
PAUSE = 0.5


def ask() -> ReportRun:
    """The report of 2021: the one that was asked for already, unless it failed, or a new one."""
    city, period = Organisation.objects.get(code=CITY), Period.parse(YEAR)
    definition = shipped.install(city)
    runs = ReportRun.objects.filter(definition=definition, organisation=city, end=period.end)
    found = runs.filter(start=period.start).exclude(job__state=Job.State.FAILED).first()
    return found or services.start(
        definition, organisation=city, period=period, by=accounts.user(accounts.CLERK)
    )


def wait(run: ReportRun, *, tell: Callable[[str], None]) -> ReportRun:
    """The finished report, made by a worker; `tell` hears each step. Refused if none came about."""
    deadline, told = time.monotonic() + PATIENCE, ""
    while time.monotonic() < deadline:
        job = Job.objects.get(pk=run.job_id)
        if job.message and job.message != told:
            told = job.message
            tell(told)
        if job.state == Job.State.DONE:
            return ReportRun.objects.get(pk=run.pk)
        if job.state == Job.State.FAILED:
            raise Refused(f"报告没有生成：{job.error}", code="demo_report")
        time.sleep(PAUSE)
    raise Refused(
        f"等了 {PATIENCE // 60} 分钟，报告仍未生成，请确认后台任务进程（worker）正在运行。",
        code="demo_report",
    )


def publish(run: ReportRun) -> ReportRun:
    """Checked by one, signed by another: then leadership finds it on the shelf."""
    state, head = ReportRun.State, accounts.user(accounts.HEAD)
    if run.state == state.DRAFT and not run.findings:
        run = services.check(run, by=accounts.user(accounts.SECOND_CLERK))
    if run.state == state.CHECKED:
        run = services.sign(run, by=head)
    if run.state == state.SIGNED:
        run = services.publish(run, by=head)
    return run


def copy(run: ReportRun) -> Path:
    """The PDF, laid beside the rosters it was computed from."""
    path = tasks.folder() / CITY / f"{run.definition.name}.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with run.pdf.content.open("rb") as source, path.open("wb") as target:
        shutil.copyfileobj(source, target)
    return path
