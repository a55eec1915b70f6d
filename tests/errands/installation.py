"""An installation that is thrown away: a real broker and real workers, to be killed and cut off.

SQLite and a broker of files, or, where the suite runs on servers, a PostgreSQL database and a key
prefix in Redis of its own. Beat runs the sweeper.
"""

import contextlib
import json
import os
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
import redis

ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds


class Installation:
    """A database, a broker, a data folder, and at most one worker with its beat.

    `server` is the address of a database on the server to use; by default the suite's, if it has
    one. `environment` is for its processes.
    """

    def __init__(self, folder: Path, *, server: str = "", **environment: str) -> None:
        self.folder = folder
        self.stops = folder / "stops"
        self.stops.mkdir()
        self.name = f"errands_{uuid.uuid4().hex[:12]}"
        self.worker: subprocess.Popen | None = None
        self.server = server or os.environ.get("DATABASE_URL", "")
        self.redis = os.environ.get("REDIS_URL", "")
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.errands.settings",
            "DATA_DIR": str(folder),
            "BROKER_PREFIX": f"{self.name}:",
            **environment,
        }
        if self.server:
            self.environment["DATABASE_URL"] = f"{self.server.rpartition('/')[0]}/{self.name}"
            self.administer(f"CREATE DATABASE {self.name}")
        self.command("migrate", "--verbosity=0")
        self.clerk = self.asker()
        self.ask()  # until it has planted the city: a second process would plant another

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
        with (self.folder / "worker.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.errands"],
                cwd=ROOT,
                env={**self.environment, **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def order(self, asker: subprocess.Popen, **order: list) -> list[int]:
        asker.stdin.write(json.dumps(order) + "\n")
        asker.stdin.flush()
        answer = asker.stdout.readline()
        assert answer, self.log()
        return json.loads(answer)

    def ask(self, *asked: tuple[str, dict]) -> list[int]:
        """Enqueue jobs in one transaction; their ids."""
        return self.order(self.clerk, ask=asked)

    def upload(self, *tables: tuple[Path, bool, str]) -> list[int]:
        """Ask for imports of rosters: the file, whether strictly, the point where to stop."""
        return self.order(
            self.clerk, upload=[(str(path), strict, point) for path, strict, point in tables]
        )

    def take_back(self, *imports: tuple[int, str]) -> list[int]:
        """Ask for imports to be undone: the job that made each, the point where to stop."""
        return self.order(self.clerk, undo=imports)

    def touch(self, *imports: int) -> list[int]:
        """Let somebody leave whom each of these imports (by job) enrolled; his rows there."""
        return self.order(self.clerk, touch=imports)

    def command(self, *arguments: str) -> None:
        """A command of the installation, which must succeed."""
        subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def rows(self, query: str) -> list[tuple]:
        if self.server:
            db = self.connect(self.environment["DATABASE_URL"])
        else:
            db = sqlite3.connect(self.folder / "unionhub.sqlite3", timeout=20)
        with contextlib.closing(db):
            cursor = db.cursor()
            cursor.execute(query)
            return cursor.fetchall()

    def until(self, query: str, expected: int, *, seconds: int = DEADLINE) -> None:
        """Wait until the query, a count, gives the expected number."""
        limit = time.monotonic() + seconds
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
