"""Jobs with a real broker and real workers that are killed, stopped and cut off.

The installation is thrown away: SQLite and a broker of files, or, where the suite runs on servers,
a PostgreSQL database and a key prefix in Redis of its own. Beat runs the sweeper.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from pathlib import Path

import dj_database_url
import psycopg2
import pytest
import redis

pytestmark = pytest.mark.xdist_group("killed")  # one installation for all
ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds
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


class Installation:
    """A database, a broker, a data folder, and at most one worker with its beat."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stops = folder / "stops"
        self.stops.mkdir()
        self.name = f"errands_{uuid.uuid4().hex[:12]}"
        self.worker: subprocess.Popen | None = None
        self.server = os.environ.get("DATABASE_URL", "")
        self.redis = os.environ.get("REDIS_URL", "")
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.errands.settings",
            "DATA_DIR": str(folder),
            "BROKER_PREFIX": f"{self.name}:",
        }
        if self.server:
            self.environment["DATABASE_URL"] = f"{self.server.rpartition('/')[0]}/{self.name}"
            self.administer(f"CREATE DATABASE {self.name}")
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )
        self.clerk = self.asker()

    def administer(self, statement: str) -> None:
        with contextlib.closing(self.connect(f"{self.server.rpartition('/')[0]}/postgres")) as db:
            db.autocommit = True
            db.cursor().execute(statement)

    @staticmethod
    def connect(url: str) -> "psycopg2.extensions.connection":
        parts = dj_database_url.parse(url)
        return psycopg2.connect(
            host=parts["HOST"],
            port=parts["PORT"],
            user=parts["USER"],
            password=parts["PASSWORD"],
            dbname=parts["NAME"],
        )

    def asker(self, **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.errands"],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def order(self, asker: subprocess.Popen, **order: list) -> list[int]:
        asker.stdin.write(json.dumps(order) + "\n")
        asker.stdin.flush()
        return json.loads(asker.stdout.readline())

    def ask(self, *asked: tuple[str, dict]) -> list[int]:
        """Enqueue jobs in one transaction; their ids."""
        return self.order(self.clerk, ask=asked)

    def rows(self, query: str) -> list[tuple]:
        if self.server:
            db = self.connect(self.environment["DATABASE_URL"])
        else:
            db = sqlite3.connect(self.folder / "unionhub.sqlite3", timeout=20)
        with contextlib.closing(db):
            cursor = db.cursor()
            cursor.execute(query)
            return cursor.fetchall()

    def until(self, query: str, expected: int) -> None:
        """Wait until the query, a count, gives the expected number."""
        limit = time.monotonic() + DEADLINE
        while (found := self.rows(query)[0][0]) != expected:
            assert time.monotonic() < limit, f"{query}: {found}, not {expected}\n{self.log()}"
            assert self.worker is None or self.worker.poll() is None, self.log()
            time.sleep(0.03)

    def log(self) -> str:
        return (self.folder / "worker.log").read_text()[-4000:]

    # The worker: a process group of parent, two children and beat.

    def start(self) -> None:
        if self.worker is None:
            with (self.folder / "worker.log").open("a") as log:
                self.worker = subprocess.Popen(
                    [sys.executable, "-m", "celery", "-A", "unionhub", "worker", "--beat"]
                    + ["--concurrency=2", f"--hostname={self.name}@%h", "--loglevel=WARNING"]
                    + ["--without-gossip", "--without-mingle", "--without-heartbeat"],
                    cwd=ROOT,
                    env=self.environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def signal(self, number: int) -> None:
        os.killpg(self.worker.pid, number)

    def kill(self) -> None:
        """`kill -9` of everything: parent, children, beat.

        Children hold the parent's connections, so the broker may hand a message to the dead until
        the last of the group has gone: that is waited for.
        """
        if self.worker:
            self.signal(signal.SIGKILL)
            self.worker.wait()
            limit = time.monotonic() + DEADLINE
            while self.group_lives():
                assert time.monotonic() < limit, "a killed worker's children live on"
                time.sleep(0.01)
            self.worker = None

    def group_lives(self) -> bool:
        """Whether a process of the worker's group still runs; zombies nobody waits for do not."""
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, group = status.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.worker.pid and state not in "ZX":
                    return True
        return False

    def stopped(self, jobs: set[int]) -> tuple[int, int]:
        """The first of the jobs that waits at its point, and the process in which it waits."""
        limit = time.monotonic() + DEADLINE
        while True:
            for job in jobs:
                if (self.stops / f"{job}").exists():
                    return job, int((self.stops / f"{job}").read_text())
            assert time.monotonic() < limit, self.log()
            time.sleep(0.01)

    def lose_messages(self) -> None:
        """Empty the broker. Redis may have given the message to the dead already: lost as well."""
        if self.redis:
            with contextlib.closing(redis.Redis.from_url(self.redis)) as broker:
                broker.delete(f"{self.name}:celery")
        for message in (self.folder / "broker").glob("*.msg"):
            message.unlink()

    def close(self) -> None:
        self.kill()
        self.clerk.communicate()
        if self.server:
            self.administer(f"DROP DATABASE {self.name} WITH (FORCE)")
        if self.redis:
            with contextlib.closing(redis.Redis.from_url(self.redis)) as broker:
                for key in broker.scan_iter(f"{self.name}:*"):
                    broker.delete(key)
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("errands"))
    yield made
    made.close()


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


@pytest.fixture
def working(installation):
    """The installation with a worker."""
    installation.start()
    return installation


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
