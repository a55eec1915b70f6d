"""Job kinds of the tests. Their effects are notices with the address `effect:<job>:<step>`.

A job stops once at the point that its parameter names, writes its process id to a file and waits
to be killed, or for the file `<name>.go`.
"""

import os
import secrets
import signal
import time

from django.conf import settings
from django.db import transaction

from core import audit
from core.jobs import Run, job
from core.models import Job, Notice

STOPS = settings.DATA_DIR / "stops"


def reached(row: Job, point: str) -> None:
    stop = STOPS / f"{row.pk}"
    if row.parameters.get("point") != point or stop.exists():
        return
    draft = STOPS / f"{row.pk}.draft"
    draft.write_text(str(os.getpid()))
    draft.rename(stop)
    while not stop.with_suffix(".go").exists():
        time.sleep(0.01)


def effect(row: Job, step: str, text: str) -> None:
    Notice.objects.create(user=row.requested_by, text=text, url=f"effect:{row.pk}:{step}")


@job("tests.errand", label="试验任务")
def errand(run, point="", seconds=0):
    """Three steps. The first one lasts `seconds` inside its transaction."""
    row = run.job

    def reserve():
        reached(row, "reserve:begin")
        effect(row, "reserve", "one")
        time.sleep(seconds)
        reached(row, "reserve:middle")
        effect(row, "reserve", "two")
        return {"reserved": 2}

    def render():
        reached(row, "render:begin")
        lot = secrets.token_hex(8)
        (settings.DATA_DIR / f"errand-{row.pk}-{lot}").write_text(lot)
        return lot

    def book():
        reached(row, "book:begin")
        effect(row, "book", f"{reserved['reserved']} {lot}")

    run.progress(0, 3)
    reached(row, "start")
    reserved = run.step("reserve", reserve)
    run.progress(1, 3)
    reached(row, "reserved")
    lot = run.step("render", render, atomic=False)
    run.progress(2, 3)
    reached(row, "rendered")
    run.step("book", book)
    run.progress(3, 3)
    reached(row, "booked")
    return {**reserved, "lot": lot, "summary": "共 2 项。"}


@job("tests.poison", label="致命任务")
def poison(run, how):
    if how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "memory":
        return {"size": len(bytearray(2 * settings.JOB_MEMORY_BYTES))}
    raise ZeroDivisionError(how)


_keep, _record = Run._keep, audit.record


def keep(run, name, output):
    """The points before and behind the storing of a step, still in its transaction."""
    reached(run.job, f"{name}:storing")
    output = _keep(run, name, output)
    reached(run.job, f"{name}:stored")
    return output


def record(action, **details):
    """The points inside and behind the transaction in which a job ends."""
    if action == "core.job.done":
        reached(details["obj"], "ending")
        transaction.on_commit(lambda: reached(details["obj"], "ended"))
    return _record(action, **details)


Run._keep, audit.record = keep, record
