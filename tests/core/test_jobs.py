"""Jobs in one process: asking, steps, errors, fencing, sweeping, who sees them."""

import datetime
import threading

import pytest
from celery import current_app
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import jobs
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, Department, Job, JobStep, Notice
from tests.factories.core import World


@pytest.fixture
def kind(monkeypatch):
    """`kind(handler)` declares it for this test and returns the name of the kind."""
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))

    def declare(handler, name="tests.kind"):
        jobs.job(name, label="导入表格")(handler)
        return name

    return declare


@pytest.fixture
def idle(kind):
    """A kind that does nothing."""
    return kind(lambda run, number=0: None, "tests.idle")


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The messages that went out."""
    messages = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: messages.append((name, *args)))
    return messages


@pytest.fixture
def away(monkeypatch):
    """A broker that cannot be reached."""

    def refuse(name, args):
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", refuse)


@pytest.fixture
def ask(world):
    def ask(kind, by=None, key=None, at=None, **parameters):
        return jobs.enqueue(
            kind, by=by, organisation=at or world.town, parameters=parameters, key=key
        )

    return ask


def asked_in_a_city_of_its_own(kind):
    return jobs.enqueue(kind, by=None, organisation=World().town, parameters={})


def write(world, code):
    Department.objects.create(organisation=world.town, code=code, name="办公室")
    return {"code": code}


def written():
    return list(Department.objects.order_by("code").values_list("code", flat=True))


def actions(job):
    events = AuditEvent.objects.filter(object_type="core.Job", object_id=str(job.pk))
    return list(events.order_by("id").values_list("action", flat=True))


def test_done_with_result_progress_notice_and_trace(world, kind, ask):
    def handler(run, number):
        run.progress(0, 2, "正在读取")
        first = run.step("first", lambda: write(world, "1"))
        run.progress(2, 2, "正在写入")
        return {"summary": f"导入 {number} 行。", "url": "/sheets/1/", "first": first}

    user = world.user("clerk")
    job = jobs.run_now(ask(kind(handler), by=user, number=3))
    assert (job.state, job.done, job.total, job.message) == ("done", 2, 2, "正在写入")
    assert (job.percent, job.is_finished, job.error) == (100, True, "")
    assert job.result["first"] == {"code": "1"}
    assert job.created_at <= job.started_at <= job.finished_at
    notice = Notice.objects.get()
    assert (notice.user, notice.text) == (user, "“导入表格”已完成。导入 3 行。")
    assert notice.url == "/sheets/1/"
    assert actions(job) == ["core.job.enqueue", "core.job.done"]
    assert jobs.run_now(job).token == 1
    assert Notice.objects.count() == 1


def test_sent_after_the_commit_and_not_asked_when_rolled_back(
    idle, ask, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(idle)
        assert sent == []
    assert sent == [("core.run_job", job.pk)]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask(idle, number=1 / 0)
    assert Job.objects.count() == 1


def test_the_broker_away_at_commit_fails_nothing_and_the_sweeper_sends(
    idle, ask, away, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(idle)
    assert f"job {job.pk} waits for the sweeper" in caplog.text
    with pytest.raises(CommandError, match="消息队列连接不上"):
        call_command("sweep")
    messages = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: messages.extend(args))
    assert (jobs.sweep(), jobs.sweep()) == (1, 0)
    assert messages == [job.pk]


def test_a_message_goes_through_our_application_from_any_thread():
    names = []
    thread = threading.Thread(target=lambda: names.append(current_app.main))
    thread.start()
    thread.join()
    assert names == ["unionhub"]


def test_a_request_with_a_key_is_one_job(world, idle, ask):
    first = ask(idle, key="upload 7", number=7)
    assert ask(idle, key="upload 7", number=7) == first
    assert ask(idle, number=7) != ask(idle, number=7)
    for other in ({"number": 8}, {"number": 7, "at": world.own}):
        with pytest.raises(ValueError, match="another request"):
            ask(idle, key="upload 7", **other)


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"unknown": 1}, TypeError),
        ({"number": "x" * 5_000}, ValueError),
        ({"number": float("nan")}, ValueError),
        ({"number": datetime.date(2021, 1, 1)}, TypeError),
    ],
)
def test_parameters_are_small_plain_and_fit_the_handler(idle, ask, parameters, error):
    with pytest.raises(error):
        ask(idle, **parameters)


def test_kinds_are_declared_once_and_must_exist(kind, ask):
    kind(lambda run: None)
    with pytest.raises(ValueError, match="declared twice"):
        kind(lambda run: None)
    with pytest.raises(KeyError):
        ask("tests.missing")


def test_stored_steps_are_skipped_and_a_broken_step_leaves_nothing(world, kind, ask, settings):
    settings.JOB_BACKOFF_SECONDS = 0
    calls = []

    def second():
        calls.append("second")
        write(world, "2")
        if len(calls) == 2:
            raise ZeroDivisionError

    def handler(run):
        def first():
            calls.append("first")
            return (1, 2)

        output = run.step("first", first)
        run.step("second", second)
        return {"output": output}

    job = jobs.run_now(ask(kind(handler)))
    assert (job.state, written()) == ("queued", [])
    job = jobs.run_now(job)
    assert (job.state, written(), job.token) == ("done", ["2"], 2)
    assert calls == ["first", "second", "second"]
    assert job.result == {"output": [1, 2]}, "a stored output and a fresh one are the same"
    assert list(job.steps.values_list("name", "token")) == [("first", 1), ("second", 2)]


@pytest.mark.parametrize("atomic", [True, False])
def test_an_output_is_plain_json_and_a_step_stands_alone(kind, ask, atomic):
    def handler(run):
        with pytest.raises(TypeError):
            run.step("day", lambda: timezone.localdate(), atomic=atomic)
        with pytest.raises(RuntimeError, match="within"):
            run.step("outer", lambda: run.step("inner", dict), atomic=atomic)

    assert jobs.run_now(ask(kind(handler))).state == "done"
    assert not JobStep.objects.exists()


def test_a_refusal_ends_the_job_with_its_sentence(world, kind, ask):
    def handler(run):
        raise Refused("第 3 行“姓名”为空，请补填后重新上传。", code="empty_name")

    user = world.user("clerk")
    job = jobs.run_now(ask(kind(handler), by=user))
    assert (job.state, job.error) == ("failed", "第 3 行“姓名”为空，请补填后重新上传。")
    assert job.attempts == 1
    assert Notice.objects.get().text == f"“导入表格”未完成：{job.error}"
    event = AuditEvent.objects.get(action="core.job.failed")
    assert event.changes == {"code": [None, "empty_name"]}
    assert (event.actor, event.request_id) == ("系统", f"job-{job.pk}")


def test_an_unexpected_error_is_retried_later_and_later_and_then_parked(
    world, kind, ask, settings, caplog
):
    settings.JOB_TRIES, settings.JOB_BACKOFF_SECONDS = 3, 10
    user = world.user("clerk")
    job = ask(kind(lambda run: 1 / 0), by=user)
    pauses = []
    for _ in range(2):
        jobs.work(job.pk, early=True)
        job.refresh_from_db()
        pauses.append(round((job.not_before - timezone.now()).total_seconds()))
        assert job.state == "queued"
        jobs.work(job.pk)  # a message that comes too early changes nothing
        assert not Notice.objects.exists()
    assert pauses == [10, 20]
    job = jobs.run_now(job)
    assert (job.state, job.attempts) == ("failed", 3)
    reference = job.error.partition("编号 ")[2][:8]
    assert f"failed [{reference}]" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivision" not in job.error
    assert Notice.objects.get().text.startswith("“导入表格”未完成：多次尝试")


def test_tries_count_from_the_last_finished_step(world, kind, ask, settings):
    settings.JOB_TRIES, settings.JOB_BACKOFF_SECONDS = 2, 0

    def handler(run):
        for number in range(5):
            before = len(run._stored)
            run.step(f"{number}", lambda: None)
            if len(run._stored) > before:
                raise ZeroDivisionError

    job = ask(kind(handler))
    for _ in range(5):
        jobs.work(job.pk)
    assert jobs.run_now(job).state == "done"


def test_a_kind_that_is_gone_is_parked(kind, idle, ask, settings):
    settings.JOB_TRIES = 1
    job = ask(idle)
    del jobs._kinds[idle]
    assert jobs.run_now(job).state == "failed"


@pytest.mark.parametrize("atomic", [True, False])
def test_an_overtaken_worker_writes_nothing(world, kind, ask, caplog, atomic):
    def handler(run):
        def overtaken():
            Job.objects.filter(pk=run.job.pk).update(token=run.job.token + 1)
            if atomic:
                write(world, "1")

        try:
            run.step("slow", overtaken, atomic=atomic)
        except Exception:
            pytest.fail("losing the lease passes through handlers that catch exceptions")

    job = ask(kind(handler), by=world.user("clerk"))
    with pytest.raises(Refused) as refusal:
        jobs.run_now(job)
    assert refusal.value.code == "job_running"
    assert "taken over during step slow" in caplog.text
    assert written() == []
    assert not JobStep.objects.exists()
    assert not Notice.objects.exists()


def test_an_overtaken_worker_can_neither_end_nor_fail_the_job(kind, ask):
    def overtaken(run, error):
        Job.objects.filter(pk=run.job.pk).update(token=run.job.token + 1)
        if error == "refused":
            raise Refused("不行。")
        if error:
            raise ZeroDivisionError

    name = kind(overtaken)
    for error in ("", "refused", "unexpected"):
        job = ask(name, error=error)
        jobs.work(job.pk)
        job.refresh_from_db()
        assert (job.state, job.token, job.error) == ("running", 2, "")


def test_swept_are_the_lost_and_the_abandoned_only(idle, ask, sent):
    now = timezone.now()
    long_ago, soon = now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=1)
    running = {"state": "running", "sent_at": None}
    rows = {
        "lost": {"sent_at": long_ago},
        "never sent": {"sent_at": None},
        "abandoned": running | {"lease_until": long_ago},
        "on its way": {"sent_at": now},
        "backing off": {"sent_at": None, "not_before": soon},
        "at work": running | {"lease_until": soon},
        "done": {"state": "done", "sent_at": None},
        "parked": {"state": "failed", "sent_at": None},
    }
    ids = {}
    for name, values in rows.items():
        ids[name] = ask(idle).pk
        Job.objects.filter(pk=ids[name]).update(**values)
    assert jobs.sweep() == 3
    swept = [name for name, pk in ids.items() if ("core.run_job", pk) in sent]
    assert swept == ["lost", "never sent", "abandoned"]
    assert [row.pk for row in Job.objects.neglected(now)] == [ids["abandoned"]]


def test_sweep_command_says_how_many(idle, ask, capsys):
    Job.objects.filter(pk=ask(idle).pk).update(sent_at=None)
    call_command("sweep")
    assert capsys.readouterr().out == "结束公示 0 项。\n补发 1 项任务。\n"


def test_retry_by_hand(world, kind, ask, sent, django_capture_on_commit_callbacks):
    answers = [Refused("缺少附件。"), None]

    def handler(run):
        if (answer := answers.pop(0)) is not None:
            raise answer

    clerk, chair = world.user("clerk", world.district), world.user("chair", world.foreign)
    asker = world.user(at=world.town)
    job = jobs.run_now(ask(kind(handler), by=asker))
    with pytest.raises(NotPermitted):
        jobs.retry(job, by=asker)
    with pytest.raises(OutOfScope):
        jobs.retry(job, by=chair)
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.retry(job, by=clerk)
    assert sent == [("core.run_job", job.pk)]
    assert (job.state, job.attempts, job.error, job.finished_at) == ("queued", 0, "", None)
    assert jobs.run_now(job).state == "done"
    with pytest.raises(Refused) as refusal:
        jobs.retry(job, by=clerk)
    assert refusal.value.code == "job_not_failed"
    assert actions(job) == [
        "core.job.enqueue", "core.job.failed", "core.job.retry", "core.job.done"
    ]  # fmt: skip
    assert AuditEvent.objects.get(action="core.job.retry").actor_id == clerk.pk
    assert Notice.objects.filter(user=asker).count() == 2


def test_seen_are_the_jobs_in_scope_and_ones_own(world, idle, ask):
    asker = world.user(at=world.own)
    own = ask(idle, by=asker, at=world.foreign)
    near, far, system = ask(idle, at=world.own), ask(idle, at=world.foreign), ask(idle)

    def seen(user, permission=None):
        return set(Job.objects.visible_to(user, permission))

    assert seen(asker) == {own}
    assert seen(asker, "core.change_job") == set()
    assert seen(world.user("clerk", world.district)) == {near, system}
    assert seen(world.user("chair", world.own)) == {near}
    assert seen(world.user("head")) == {own, near, far, system}
    assert seen(type(asker)(username="unsaved", organisation=world.city)) == set()
    assert list(Job.objects.asked_by(asker).unfinished()) == [own]
    asker.is_active = False
    assert seen(asker) == set(Job.objects.asked_by(asker)) == set()


def hang_up():
    """What a worker sees of a server that goes away in the midst of a transaction."""
    if connection.vendor == "postgresql":
        connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    raise DatabaseError("server closed the connection unexpectedly")


@pytest.mark.usefixtures("own_database")
def test_a_database_that_hangs_up_costs_no_try_and_ends_who_brings_it_down(kind, settings, caplog):
    settings.JOB_TRIES, settings.JOB_HANG_UPS, settings.JOB_BACKOFF_SECONDS = 1, 3, 10

    def handler(run):
        run.step("first", lambda: None)
        run.step("second", hang_up)

    job = asked_in_a_city_of_its_own(kind(handler))
    for times, pause in ((1, 10), (2, 20)):
        job = jobs.run_now(job)
        assert (job.state, job.attempts, job.hang_ups) == ("queued", 0, times)
        assert round((job.not_before - timezone.now()).total_seconds()) == pause
        assert "数据库的连接中断" in job.error
    assert f"job {job.pk} (tests.kind) lost the database" in caplog.text
    assert "failed [" not in caplog.text
    job = jobs.run_now(job)
    assert (job.state, "多次尝试未能完成" in job.error) == ("failed", True)
    assert AuditEvent.objects.filter(action="core.job.failed").count() == 1


@pytest.mark.usefixtures("own_database")
def test_the_heartbeat_renews_the_lease_and_writes_progress_during_the_work(kind, settings):
    settings.JOB_LEASE_SECONDS, settings.JOB_HEARTBEAT_SECONDS = 0.3, 0.02

    def watch(run):
        first = Job.objects.get(pk=run.job.pk).lease_until
        run.progress(5, 10, "正在读取")
        limit = timezone.now() + datetime.timedelta(seconds=20)
        while timezone.now() < limit:
            row = Job.objects.get(pk=run.job.pk)
            if row.lease_until > first and row.done == 5 and row.message == "正在读取":
                return row.percent
            threading.Event().wait(0.01)
        raise AssertionError("no heartbeat")

    def handler(run):
        return {"percent": run.step("watch", lambda: watch(run), atomic=False)}

    job = jobs.run_now(asked_in_a_city_of_its_own(kind(handler)))
    assert (job.state, job.result) == ("done", {"percent": 50})


@pytest.mark.usefixtures("own_database")
def test_the_heartbeat_tells_an_overtaken_worker_to_stop(kind, settings, caplog):
    settings.JOB_LEASE_SECONDS, settings.JOB_HEARTBEAT_SECONDS = 0.05, 0.01

    def handler(run):
        Job.objects.filter(pk=run.job.pk).update(token=run.job.token + 1)
        limit = timezone.now() + datetime.timedelta(seconds=20)
        while timezone.now() < limit:
            run.progress(1, 2)
            threading.Event().wait(0.01)

    job = asked_in_a_city_of_its_own(kind(handler))
    jobs.work(job.pk)
    assert f"job {job.pk} was taken over" in caplog.text
