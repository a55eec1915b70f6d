"""Jobs with a real broker and real workers that are killed, stopped and cut off."""

import json
import os
import re
import signal
import time

import pytest

from tests.errands.installation import DEADLINE

pytestmark = pytest.mark.xdist_group("killed")  # one installation for all
POINTS = [  # of `tests.errands.tasks.errand`: inside each step and between all of them
    "start",
    "reserve:begin",
    "reserve:middle",
    "reserve:storing",
    "reserve:stored",
    "reserved",
    "render:begin",
    "render:storing",
    "render:stored",
    "rendered",
    "book:begin",
    "book:storing",
    "book:stored",
    "booked",
    "ending",
    "ended",
]


def done(jobs):
    return f"SELECT count(*) FROM core_job WHERE state = 'done' AND id IN {listed(jobs)}"


def listed(jobs):
    return f"({', '.join(map(str, jobs))})"


def assert_done_once(installation, job):
    """One effect of each step, one output, one end, and all of one make."""
    ((state, result, message),) = installation.rows(
        f"SELECT state, result, message FROM core_job WHERE id = {job}"
    )
    result = json.loads(result) if isinstance(result, str) else result
    lot = result["lot"]
    assert (state, result) == ("done", {"reserved": 2, "lot": lot, "summary": "共 2 项。"})
    effects = installation.rows(
        f"SELECT url, text FROM core_notice WHERE url LIKE 'effect:{job}:%' ORDER BY id"
    )
    assert effects == [
        (f"effect:{job}:reserve", "one"),
        (f"effect:{job}:reserve", "two"),
        (f"effect:{job}:book", f"2 {lot}"),
    ]
    assert (installation.folder / f"errand-{job}-{lot}").read_text() == lot
    steps = installation.rows(f"SELECT name FROM core_jobstep WHERE job_id = {job} ORDER BY id")
    assert [name for (name,) in steps] == ["reserve", "render", "book"]
    ends = installation.rows(
        "SELECT count(*) FROM core_auditevent WHERE action = 'core.job.done'"
        f" AND object_id = '{job}'"
    )
    assert ends == [(1,)]


def test_killed_at_every_point_each_job_is_done_once_with_the_same_result(working):
    jobs = working.ask(*[("tests.errand", {"point": point}) for point in POINTS])
    waiting = set(jobs)
    while waiting:
        job, process = working.stopped(waiting)
        os.kill(process, signal.SIGKILL)
        waiting.remove(job)
    working.until(done(jobs), len(jobs))
    for job in jobs:
        assert_done_once(working, job)


def test_the_whole_worker_killed(working):
    (job,) = working.ask(("tests.errand", {"point": "book:stored"}))
    working.stopped({job})
    working.kill()
    working.start()
    working.until(done([job]), 1)
    assert_done_once(working, job)


def test_a_lost_message(installation):
    installation.kill()
    (job,) = installation.ask(("tests.errand", {}))
    installation.lose_messages()
    ((state,),) = installation.rows(f"SELECT state FROM core_job WHERE id = {job}")
    assert state == "queued"
    installation.start()
    installation.until(done([job]), 1)
    assert_done_once(installation, job)


def test_a_step_longer_than_its_lease_is_not_overtaken(working):
    """On SQLite heartbeats wait behind the step's own transaction: safe, and nobody complains."""
    (job,) = working.ask(("tests.errand", {"seconds": 3}))
    working.until(done([job]), 1)
    assert_done_once(working, job)
    assert f"job {job} " not in working.log()
    assert "locked" not in working.log()


def test_the_broker_away_at_commit(working):
    with working.asker(BROKER_AWAY="1") as cut_off:
        (job,) = working.order(cut_off, ask=[("tests.errand", {})])
    working.until(done([job]), 1)
    assert_done_once(working, job)


def test_a_worker_that_wakes_after_its_lease_changes_nothing(working):
    points = ["start", "render:begin"]
    if working.server:  # on SQLite a worker asleep in a transaction keeps everybody out
        points += ["reserve:middle", "book:storing"]
    for point in points:
        (job,) = working.ask(("tests.errand", {"point": point}))
        _, process = working.stopped({job})
        os.kill(process, signal.SIGSTOP)
        working.until(done([job]), 1)
        (working.stops / f"{job}.go").touch()
        os.kill(process, signal.SIGCONT)
        limit = time.monotonic() + DEADLINE
        while f"job {job} was taken over" not in working.log():
            assert time.monotonic() < limit, working.log()
            time.sleep(0.03)
        assert_done_once(working, job)


def test_poison_is_parked_and_the_queue_goes_on(working):
    bad = working.ask(*[("tests.poison", {"how": how}) for how in ("killed", "memory", "error")])
    good = working.ask(*[("tests.errand", {})] * 5)
    forged = [([good[0]], "json")] * 20 + [(["x" * 5_000_000], "json"), ([good[0]], "pickle")]
    working.order(working.clerk, send=forged)
    working.until(done(good), 5)
    working.until(
        f"SELECT count(*) FROM core_job WHERE state = 'failed' AND id IN {listed(bad)}", 3
    )
    for job in good:
        assert_done_once(working, job)
    for token, error in working.rows(
        f"SELECT token, error FROM core_job WHERE id IN {listed(bad)}"
    ):
        assert 3 <= token <= 4  # three tries, and for a killer a fourth hand that parks it
        assert re.search("多次尝试未能完成.*编号 [0-9A-F]{8} ", error)
