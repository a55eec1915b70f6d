"""Job kinds of the tests. Their effects are notices with the address `effect:<job>:<step>`.

A job stops once at the point that its parameter or the file `<name>.point` names, writes its
process id to a file and waits to be killed, or for the file `<name>.go`.
"""

import os
import secrets
import signal
import time
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from core import audit
from core.jobs import Run, job
from core.models import Job, Notice
from core.sheets import limits
from members.services import people

if settings.SMALL_STEPS:  # a short table has several steps of several batches
    limits.BATCH, limits.STEP_ROWS = 100, 300
STOPS = settings.DATA_DIR / "stops"


def stop_at(row: Job, point: str) -> None:
    """For a job whose handler takes no point."""
    (STOPS / f"{row.pk}.point").write_text(point)


def reached(row: Job, point: str) -> None:
    stop = STOPS / f"{row.pk}"
    named = stop.with_suffix(".point")
    wanted = named.read_text() if named.exists() else row.parameters.get("point")
    if wanted != point or stop.exists():
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


_keep, _record, _step = Run._keep, audit.record, Run.step
_enrol_many, _withdraw_many = people.enrol_many, people.withdraw_many
_steps: list[tuple[Job, str, int]] = []  # the step in hand and how many batches it has written


def step(run, name, function, *, atomic=True):
    """Remembers the step, for the points inside of it."""
    _steps[:] = [(run.job, name, 0)]
    return _step(run, name, function, atomic=atomic)


@contextmanager
def batch():
    """The points before and behind the writing of each batch of a roster: `write 1:2:written`."""
    row, name, batches = _steps.pop()
    _steps.append((row, name, batches + 1))
    reached(row, f"{name}:{batches + 1}:writing")
    yield
    reached(row, f"{name}:{batches + 1}:written")


def enrol_many(pairs, *, by):
    with batch():
        return _enrol_many(pairs, by=by)


def withdraw_many(memberships, *, persons, by):
    with batch():
        _withdraw_many(memberships, persons=persons, by=by)


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


Run._keep, Run.step, audit.record = keep, step, record
people.enrol_many, people.withdraw_many = enrol_many, withdraw_many
