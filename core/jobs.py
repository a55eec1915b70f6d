"""Jobs: long work that is done once, whatever dies meanwhile.

The database row is the truth and Celery the muscle. `enqueue` writes the row in the transaction of
whoever asks (an outbox); a message with the row's id follows after the commit. Whoever takes the
row holds it by a lease that a heartbeat renews, and by a fencing token that grows with each
take-over: each step commits its writes, its output and the proof that the token is still the
newest in one transaction. So a job is resumed by running it again: stored steps are skipped, and
a worker that was given up for dead cannot write when it wakes. `sweep` sends again what was lost.

An app declares its kinds in `tasks.py`:

    @job("reports.run", label="生成年度工作报告")
    def render(run: Run, report: int) -> dict:
        figures = run.step("figures", lambda: freeze(report))      # writes rows: one transaction
        run.step("pdf", lambda: draw(report, figures), atomic=False)  # long, writes no rows
        return {"summary": "共 42 项数据", "url": "/reports/7/"}

What a handler does outside of its steps is done again by each try.
"""

import datetime
import inspect
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import Job, JobStep, Notice, Organisation, User
from core.services.records import require

logger = logging.getLogger(__name__)

TASK = "core.run_job"
PARAMETERS_LIMIT = 4_096  # characters of JSON: ids and switches, never the data itself

Handler = Callable[..., dict[str, Any] | None]


class LeaseLost(BaseException):  # noqa: N818 - no failure of the job: somebody else goes on
    """Another worker took the job over; what this one still wanted to write is rolled back.

    Like a cancellation it passes through handlers that catch every `Exception`.
    """


@dataclass(frozen=True)
class Kind:
    """What a kind of job is called and which function does it."""

    name: str
    label: str
    handler: Handler


_kinds: dict[str, Kind] = {}


def job(name: str, *, label: str) -> Callable[[Handler], Handler]:
    """Register `handler(run, **parameters)` as the one that does jobs of this kind.

    Its result is plain JSON. Of it the notice to the requester uses `summary` (what came out and
    what to do next) and `url` (the page of the next step); `button` is what the way there says.
    """

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"job kind {name} is declared twice")
        _kinds[name] = Kind(name, label, handler)
        return handler

    return register


# Asking for work.


@transaction.atomic
def enqueue(
    kind: str,
    *,
    by: User | None,
    organisation: Organisation,
    parameters: dict[str, Any],
    key: str | None = None,
    send: bool = True,
) -> Job:
    """Ask for a job in the caller's transaction: if that is rolled back, nothing was asked.

    The caller has checked that `by` may ask. `parameters` are ids, codes and switches that fit the
    handler's signature. With a `key` the same request twice is one job: the earlier one is
    returned, in whatever state it is. `send=False` is for a caller who does the work himself with
    `run_now`; should he die before, a worker takes over.
    """
    declared = _kinds[kind]
    text = json.dumps(parameters, allow_nan=False, sort_keys=True)
    if len(text) > PARAMETERS_LIMIT:
        raise ValueError(
            f"{kind}: parameters are ids, not data; {len(text)} characters are refused"
        )
    inspect.signature(declared.handler).bind(None, **parameters)
    values = {
        "label": declared.label,
        "organisation": organisation,
        "requested_by": by,
        "parameters": json.loads(text),
        "sent_at": timezone.now(),
    }
    if key:
        row, made = Job.objects.get_or_create(kind=kind, key=key, defaults=values)
    else:
        row, made = Job.objects.create(kind=kind, **values), True
    if not made:
        if (row.organisation_id, row.parameters) != (organisation.pk, values["parameters"]):
            raise ValueError(f"{kind}: the key {key} already stands for another request")
        return row
    audit.record("core.job.enqueue", by=by, obj=row, changes={"parameters": row.parameters})
    if send:
        transaction.on_commit(partial(_send_after_commit, row.pk))
    return row


@transaction.atomic
def retry(job: Job, *, by: User) -> Job:
    """Put a failed job back into the queue. The steps it finished stay finished."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    require(by, "core.change_job", job)
    if job.state != Job.State.FAILED:
        raise Refused(
            f"“{job.label}”现为“{job.get_state_display()}”，只有未完成的任务才能重新办理。",
            code="job_not_failed",
        )
    now = timezone.now()
    job.state, job.attempts, job.hang_ups, job.error = Job.State.QUEUED, 0, 0, ""
    job.not_before, job.sent_at, job.finished_at = now, now, None
    job.save(
        update_fields=[
            "state", "attempts", "hang_ups", "error", "not_before", "sent_at", "finished_at"
        ]
    )  # fmt: skip
    audit.record(
        "core.job.retry",
        by=by,
        obj=job,
        changes={"state": [Job.State.FAILED.value, Job.State.QUEUED.value]},
    )
    transaction.on_commit(partial(_send_after_commit, job.pk))
    return job


def _send(job_id: int) -> None:
    """Send the message of a row that is already marked as sent, or take the mark back."""
    try:
        current_app.send_task(TASK, [job_id])
    except Exception:
        Job.objects.filter(pk=job_id).update(sent_at=None)
        raise


def _send_after_commit(job_id: int) -> None:
    """The only place where a broker that is away is passed over.

    The request is already committed, so whatever happens here must not tell the user that it
    failed. The row is left as not sent, and the sweeper sends it as soon as the broker is back.
    """
    try:
        _send(job_id)
    except Exception:
        logger.warning("job %s waits for the sweeper: the broker is away", job_id, exc_info=True)


def sweep() -> int:
    """Send a message for each job that is free and has none, and say how many were sent.

    A broker that is away is the caller's error: it is tried again at the next sweep.
    """
    now = timezone.now()
    lost = now - datetime.timedelta(seconds=settings.JOB_RESEND_SECONDS)
    waiting = Job.objects.free(now).unsent(lost).order_by("pk").values_list("pk", flat=True)
    sent = 0
    for job_id in waiting[:1000]:
        Job.objects.filter(pk=job_id).update(sent_at=now)
        _send(job_id)
        sent += 1
    return sent


# Doing the work.


class Run:
    """One try at a job by one worker: what the handler works with."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._token = job.token
        self._stored = dict(job.steps.values_list("name", "output"))
        self._progress = self._flushed = (job.done, job.total, job.message)
        self._renewed = timezone.now()
        self._lost = threading.Event()
        self._step = ""

    def progress(self, done: int, total: int, message: str = "") -> None:
        """How far the work is, in units of the handler's choice. Cheap: memory only.

        The heartbeat writes it about once a second, each step with its output. It counts what
        happened, so it is also seen while a step's own writes are not committed.
        """
        self._progress = (done, total, message[:200])
        self._check()

    def step(self, name: str, function: Callable[[], Any], *, atomic: bool = True) -> Any:
        """The output of the step: of `function`, or stored by an earlier try, the same either way.

        `function` runs in one transaction with the storing of its output, which is plain JSON.
        `atomic=False` is for long work that writes no rows (rendering, or reading under a snapshot:
        in a transaction of REPEATABLE READ the proof of the token would collide with heartbeats);
        it may run twice, and only its output is stored once.
        """
        if name in self._stored:
            return self._stored[name]
        self._check()
        with self._inside(name):
            if atomic:
                with transaction.atomic():
                    output = self._keep(name, function())
            else:
                output = function()
                with transaction.atomic():
                    output = self._keep(name, output)
        self._stored[name] = output
        return output

    @contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        if self._step:
            raise RuntimeError(f"step {name} within step {self._step}: an output commits alone")
        self._step = name
        try:
            yield
        finally:
            self._step = ""

    def _keep(self, name: str, output: Any) -> Any:
        """Store a step's output under the lock of the job's row, if the row is still ours.

        The lock is taken last, so heartbeats wait for the commit only, not for the whole step.
        """
        output = json.loads(json.dumps(output, allow_nan=False))
        if not self._renew(attempts=0, hang_ups=0):
            raise LeaseLost(f"job {self.job.pk} was taken over during step {name}")
        JobStep.objects.create(job=self.job, name=name, output=output, token=self._token)
        return output

    def _renew(self, **also: Any) -> bool:
        """Renew the lease and write the progress. False: the job is no longer ours."""
        now, progress = timezone.now(), self._progress
        done, total, message = progress
        ours = _owned(self.job.pk, self._token).update(
            lease_until=now + _lease(),
            heartbeat_at=now,
            done=done,
            total=total,
            message=message,
            **also,
        )
        self._flushed, self._renewed = progress, now
        return bool(ours)

    def _check(self) -> None:
        if self._lost.is_set():
            raise LeaseLost(f"job {self.job.pk} was taken over")

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Keep the lease alive from a thread with a connection of its own.

        Inside a transaction of the caller there is none: the row is locked by that transaction, so
        nobody can take it, and another connection could only wait.
        """
        if connection.in_atomic_block:
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._beat, args=[stop], daemon=True, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _beat(self, stop: threading.Event) -> None:
        try:
            while not stop.wait(settings.JOB_HEARTBEAT_SECONDS):
                fresh = timezone.now() - self._renewed < _lease() / 3
                if fresh and self._progress == self._flushed:
                    continue
                try:
                    if not self._renew():
                        self._lost.set()
                        return
                except Error as error:
                    # On SQLite a step holds the one write lock, so a beat may wait in vain. That
                    # is safe: nobody can take the row before the step commits, and the step
                    # renews the lease in that commit. On PostgreSQL the server may be restarting.
                    logger.info("job %s missed a heartbeat: %s", self.job.pk, error)
                    connection.close()
        finally:
            connection.close()


def _lease() -> datetime.timedelta:
    return datetime.timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _owned(job_id: int, token: int) -> Any:
    return Job.objects.filter(pk=job_id, token=token, state=Job.State.RUNNING)


@transaction.atomic
def _claim(job_id: int, *, early: bool) -> Job | None:
    """Take a free job: one statement that compares and sets, so that of many one gets it.

    The lock it leaves on the row makes the token that is read back the one it set. `early` takes a
    job before its back-off is over.
    """
    now = timezone.now()
    rows = Job.objects.filter(pk=job_id)
    free = rows.free(now) | rows.filter(state=Job.State.QUEUED) if early else rows.free(now)
    taken = free.update(
        state=Job.State.RUNNING,
        token=F("token") + 1,
        attempts=F("attempts") + 1,
        lease_until=now + _lease(),
        heartbeat_at=now,
        sent_at=None,
        error="",
        started_at=Coalesce(F("started_at"), now),
    )
    return rows.select_related("organisation", "requested_by").get() if taken else None


def run_now(job: Job) -> Job:
    """Do the job in this process, if it is not done yet, and return it as it then stands.

    Errors end up in the row, as with a worker: look at `state` and `error`. Refused while another
    process is at it.
    """
    work(job.pk, early=True)
    job = Job.objects.get(pk=job.pk)
    if job.state == Job.State.RUNNING:
        raise Refused(f"“{job.label}”正由另一进程办理，请稍后再看。", code="job_running")
    return job


def work(job_id: int, *, early: bool = False) -> None:
    """Try a job once if it is free; otherwise there is nothing to do here."""
    job = _claim(job_id, early=early)
    if job is None:
        return
    with audit.origin(request_id=f"job-{job.pk}"):
        try:
            _attempt(job)
        except LeaseLost as lost:
            logger.warning("%s", lost)


def _attempt(job: Job) -> None:
    if job.attempts > settings.JOB_TRIES:
        reference = _reference()
        logger.error("job %s (%s) killed its workers [%s]", job.pk, job.kind, reference)
        _park(job, reference)
        return
    held = connection.connection
    try:
        _try(job)
    except Exception as error:
        if isinstance(error, Error) and _lost(held):
            _hang_up(job, error)
            return
        reference = _reference()
        logger.exception("job %s (%s) failed [%s]", job.pk, job.kind, reference)
        _fail(job, reference)


def _try(job: Job) -> None:
    """Do the work and end the job, well or with a refusal."""
    run = Run(job)
    try:
        with run._beating():
            result = _kinds[job.kind].handler(run, **job.parameters) or {}
            result = json.loads(json.dumps(result, allow_nan=False))
    except Refused as refusal:
        _end(job, Job.State.FAILED, error=str(refusal), code=refusal.code)
    else:
        done, total, message = run._progress
        _end(job, Job.State.DONE, result=result, done=done, total=total, message=message)


def _lost(held: Any) -> bool:
    """Whether the database hung up on the connection that a try began with.

    Whoever leaves a transaction over a broken connection is given a new one, so that the present
    one may well answer.
    """
    return connection.connection is not held or not connection.is_usable()


def _hang_up(job: Job, error: Error) -> None:
    """After the database went away: what was not committed is undone, and the try does not count.

    It says nothing about the job, unless the job itself brings the server down: whoever saw it go
    away JOB_HANG_UPS times, at growing distances, in one step is parked. A server that is not back
    before the lease runs out cannot be told; then the try counts like that of a killed worker.
    """
    logger.warning("job %s (%s) lost the database: %s", job.pk, job.kind, error)
    limit = time.monotonic() + settings.JOB_LEASE_SECONDS
    while True:
        connection.close()
        try:
            return _give_back(job)
        except Error:
            if time.monotonic() > limit:
                return None
            time.sleep(settings.JOB_HEARTBEAT_SECONDS)


def _give_back(job: Job) -> None:
    hang_ups = Job.objects.values_list("hang_ups", flat=True).get(pk=job.pk) + 1
    if hang_ups >= settings.JOB_HANG_UPS:
        reference = _reference()
        logger.error("job %s (%s) hung up the database [%s]", job.pk, job.kind, reference)
        _park(job, reference)
        return
    _queue(
        job,
        hang_ups - 1,
        attempts=Greatest(F("attempts") - 1, 0),  # none is left where it has stored a step
        hang_ups=hang_ups,
        error="与数据库的连接中断，系统稍后自动接着办理。",
    )


def _reference() -> str:
    """What a user quotes and an administrator finds in the log."""
    return secrets.token_hex(4).upper()


def _fail(job: Job, reference: str) -> None:
    """After an unexpected error: wait longer each time, in the end stop trying."""
    tries = Job.objects.values_list("attempts", flat=True).get(pk=job.pk)
    if tries >= settings.JOB_TRIES:
        _park(job, reference)
        return
    _queue(job, tries - 1, error=f"办理中遇到意外情况，系统稍后自动重试（编号 {reference}）。")


def _queue(job: Job, before: int, **also: Any) -> None:
    """Let the job be tried again, later with each time that it has come to this before."""
    pause = settings.JOB_BACKOFF_SECONDS * 2 ** max(before, 0)
    back = _owned(job.pk, job.token).update(
        state=Job.State.QUEUED,
        not_before=timezone.now() + datetime.timedelta(seconds=pause),
        **also,
    )
    if not back:
        raise LeaseLost(f"job {job.pk} was taken over while it failed")


def _park(job: Job, reference: str) -> None:
    _end(
        job,
        Job.State.FAILED,
        error=(
            f"多次尝试未能完成，已停下，已完成的步骤都已保留。"
            f"可重新办理；仍不成功时请将编号 {reference} 告知系统管理员。"
        ),
        reference=reference,
    )


@transaction.atomic
def _end(
    job: Job,
    state: Job.State,
    *,
    result: dict[str, Any] | None = None,
    error: str = "",
    code: str = "",
    reference: str = "",
    **progress: Any,
) -> None:
    """Finish the job, tell its requester and leave a trace: all of it once, or not at all."""
    result = result or {}
    ended = _owned(job.pk, job.token).update(
        state=state,
        result=result,
        error=error[:300],
        lease_until=None,
        finished_at=timezone.now(),
        **progress,
    )
    if not ended:
        raise LeaseLost(f"job {job.pk} was taken over before its end")
    audit.record(
        f"core.job.{state.value}",
        by=None,
        obj=job,
        label=job.label,
        changes={name: [None, text] for name, text in _trace(code, reference).items()},
    )
    if job.requested_by_id:
        if state == Job.State.DONE:
            text = f"“{job.label}”已完成。{result.get('summary', '')}"
        else:
            text = f"“{job.label}”未完成：{error}"
        Notice.objects.create(
            user_id=job.requested_by_id, text=text[:300], url=result.get("url", "")
        )


def _trace(code: str, reference: str) -> dict[str, str]:
    return {name: text for name, text in {"code": code, "reference": reference}.items() if text}
