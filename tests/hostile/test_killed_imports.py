"""An import that is killed, or loses its database, ends as if nothing had happened."""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from tests.errands.installation import Installation
from tests.hostile.rosters import roster

pytestmark = pytest.mark.xdist_group("killed")  # one installation for all
ROWS, WRONG = 450, 3
# Steps of 300 rows in batches of 100: inside a step with rows written that are not committed,
# before the commit, between steps, and while the table to mend is made.
PARTIAL = ["check:storing", "write 1:stored", "write 2:1:written", "workbook:storing"]
STRICT = ["write:4:written", "write:stored"]
_people = itertools.count()


def assert_imported_once(installation, job, *, rows, wrong):
    """Every row of the file is accounted for, and those that are right stand once."""
    ((state, error),) = installation.rows(f"SELECT state, error FROM core_job WHERE id = {job}")
    assert (state, error) == ("done", "")
    ((made, *counts),) = installation.rows(
        "SELECT id, read, created, updated, same, rejected FROM core_sheetimport"
        f" WHERE job_id = {job}"
    )
    created = rows - wrong
    assert counts == [rows, created, 0, 0, rows - created]
    assert installation.rows(
        "SELECT outcome, count(*), count(DISTINCT number) FROM core_sheetrow"
        f" WHERE sheet_import_id = {made} GROUP BY outcome ORDER BY outcome"
    ) == [
        (outcome, count, count)
        for outcome, count in (("created", created), ("rejected", rows - created))
        if count
    ]
    ((written, persons),) = installation.rows(
        "SELECT count(*), count(DISTINCT m.person_id) FROM core_sheetrow AS r"
        " JOIN members_membership AS m ON CAST(m.id AS varchar(40)) = r.object_id"
        f" WHERE r.sheet_import_id = {made} AND r.outcome = 'created'"
    )
    assert (written, persons) == (created, created)
    for action, object_id in (("core.sheetimport.finish", made), ("core.job.done", job)):
        assert installation.rows(
            "SELECT count(*) FROM core_auditevent"
            f" WHERE action = '{action}' AND object_id = '{object_id}'"
        ) == [(1,)]


def register(installation):
    """How many persons and memberships there are, and how many of them differ."""
    ((persons, numbers),) = installation.rows(
        "SELECT count(*), count(DISTINCT certificate_index) FROM members_person"
    )
    ((memberships, members),) = installation.rows(
        "SELECT count(*), count(DISTINCT person_id) FROM members_membership"
    )
    assert persons == numbers == memberships == members
    return persons


def tables(folder, points):
    """A roster for each point, all of different people; those of partial imports with faults."""
    for number, point in enumerate(points):
        strict = point in STRICT
        wrong = 0 if strict else WRONG
        path = folder / f"{number}.csv"
        roster(path, rows=ROWS, first=next(_people) * ROWS, wrong=wrong)
        yield path, strict, point, wrong


def done(jobs):
    listed = ", ".join(map(str, jobs))
    return f"SELECT count(*) FROM core_job WHERE state = 'done' AND id IN ({listed})"


def interrupted(installation, folder, points, interrupt):
    """Imports that are each interrupted once, at its point, and then left to themselves."""
    before = register(installation)
    made = list(tables(folder, points))
    jobs = installation.upload(*(one[:3] for one in made))
    all_interrupted(installation, jobs, interrupt)
    for job, (*_, wrong) in zip(jobs, made, strict=True):
        assert_imported_once(installation, job, rows=ROWS, wrong=wrong)
    assert register(installation) - before == sum(ROWS - wrong for *_, wrong in made)


def all_interrupted(installation, jobs, interrupt):
    waiting = set(jobs)
    while waiting:
        job, process = installation.stopped(waiting)
        interrupt(process)
        (installation.stops / f"{job}.go").touch()
        waiting.remove(job)
    installation.until(done(jobs), len(jobs))


def kill(process):
    os.kill(process, signal.SIGKILL)


def test_killed_at_any_point_an_import_is_done_once(working, tmp_path):
    interrupted(working, tmp_path, PARTIAL + STRICT, kill)


def test_a_database_that_hangs_up_fails_no_import(working, tmp_path):
    if not working.server:
        pytest.skip("a database in a file does not hang up")

    def hang_up(_):  # on this worker, the others and the sweeper
        working.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    log = working.folder / "worker.log"
    begun = log.stat().st_size
    interrupted(working, tmp_path, PARTIAL + STRICT, hang_up)
    with log.open() as lines:
        lines.seek(begun)
        told = lines.read()
    assert "lost the database" in told
    assert "failed [" not in told


UNDO = ["undo:3:written", "undo:stored", "ending"]


def test_killed_at_any_point_an_undo_takes_its_import_back_once(working, tmp_path):
    before = register(working)
    made = list(tables(tmp_path, UNDO))
    imports = working.upload(*((path, strict, "") for path, strict, *_ in made))
    working.until(done(imports), len(imports))
    assert register(working) > before
    undone = working.take_back(*zip(imports, UNDO, strict=True))
    all_interrupted(working, undone, kill)
    assert register(working) == before
    for job, undo in zip(imports, undone, strict=True):
        assert_taken_back_once(working, job, undo, rows=ROWS - WRONG)
    for verb in ("seal", "verify"):
        working.command("audit", verb)


def test_who_was_touched_while_the_workers_were_dead_stops_the_undo(working, tmp_path):
    ((path, strict, *_),) = tables(tmp_path, ["write:stored"])
    (job,) = working.upload((path, strict, ""))
    working.until(done([job]), 1)
    before = register(working)
    (undo,) = working.take_back((job, "undo:storing"))
    working.stopped({undo})
    working.kill()
    (number,) = working.touch(job)
    working.start()
    working.until(f"SELECT count(*) FROM core_job WHERE state = 'failed' AND id = {undo}", 1)
    assert register(working) == before
    ((error,),) = working.rows(f"SELECT error FROM core_job WHERE id = {undo}")
    assert f"没有撤销任何一行。如第 {number} 行：办理离会" in error
    assert working.rows(f"SELECT state FROM core_sheetimport WHERE job_id = {job}") == [("done",)]


def assert_taken_back_once(installation, job, undo, *, rows):
    """Each record that the import made is gone, and told once; so is the end of it all."""
    ((made, state),) = installation.rows(
        f"SELECT id, state FROM core_sheetimport WHERE job_id = {job}"
    )
    assert state == "undone"
    gone = "members.membership.withdraw", "members.person.withdraw"
    assert installation.rows(
        "SELECT action, count(*), count(DISTINCT object_id) FROM core_auditevent"
        f" WHERE request_id = 'job-{undo}' AND action IN {gone} GROUP BY action ORDER BY action"
    ) == [(action, rows, rows) for action in gone]
    for action, object_id in (("core.sheetimport.undo", made), ("core.job.done", undo)):
        assert installation.rows(
            "SELECT count(*) FROM core_auditevent"
            f" WHERE action = '{action}' AND object_id = '{object_id}'"
        ) == [(1,)]


def test_the_same_file_twice_at_once_comes_in_once(working, tmp_path):
    before = register(working)
    people = roster(tmp_path / "a.csv", rows=ROWS, first=next(_people) * ROWS)
    jobs = working.upload((people, False, ""), (people, False, ""))
    working.until(done(jobs), 2)
    listed = ", ".join(map(str, jobs))
    assert working.rows(
        "SELECT sum(read), sum(created), sum(same), sum(rejected) FROM core_sheetimport"
        f" WHERE job_id IN ({listed})"
    ) == [(2 * ROWS, ROWS, ROWS, 0)]
    assert register(working) - before == ROWS


# --- a hundred thousand rows, by `--hostile` ------------------------------------------------------

MANY = 100_000
PATIENCE = 1_800  # seconds
# How many rows have been read (of the check) or written when it happens.
READ = "total >= {} AND done = 0 AND message LIKE '正在检查%'"
WRITTEN = "total = 100000 AND done >= {}"
IN_WORKBOOK = (
    "EXISTS (SELECT 1 FROM core_jobstep AS s WHERE s.job_id = j.id AND s.name = 'write 5')"
)
MOMENTS = {
    "partial": [READ.format(2_000), READ.format(60_000)]
    + [WRITTEN.format(n) for n in (1, 20_000, 40_000, 60_000, 80_000)]
    + [IN_WORKBOOK] * 3,
    "strict": [READ.format(2_000), READ.format(60_000)]
    + [WRITTEN.format(n) for n in (2_000, 12_000, 24_000, 36_000, 48_000, 60_000, 76_000, 98_000)],
}


class Cluster:
    """A PostgreSQL server of our own, to be stopped hard. Not of root, who may not run one."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = shutil.which("initdb") or (found and str(found[-1]))
        if not initdb:
            pytest.skip("no PostgreSQL server is installed")
        self.bin = Path(initdb).parent
        self.folder = Path(tempfile.mkdtemp(prefix="cluster-"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.run("initdb", "-D", "data", "-U", "unionhub", "-A", "trust", "-E", "UTF8")
        self.control("start")
        self.url = f"postgres://unionhub:x@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        whose = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*whose, str(self.bin / program), *arguments],
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def control(self, act: str, how: str = "fast") -> None:
        options = f"-p {self.port} -k {self.folder} -c shared_buffers=256MB"
        self.run("pg_ctl", "-D", "data", "-l", "log", "-m", how, "-o", options, "-w", act)

    def close(self) -> None:
        self.control("stop", "immediate")
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def large(hostile, tmp_path_factory):
    """An installation on a cluster of its own, with the steps of real life."""
    if not hostile:
        pytest.skip("part of --hostile")
    cluster = Cluster()
    made = Installation(
        tmp_path_factory.mktemp("large"),
        server=cluster.url,
        LARGE_STEPS="1",
        LEASE_SECONDS="5",
        TRIES="20",
        HANG_UPS="20",
    )
    yield made, cluster
    made.close()
    cluster.close()


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("mode", MOMENTS)
@pytest.mark.parametrize("what", ["killed", "restarted"])
def test_ten_times_interrupted_an_import_of_100_000_rows_is_done_once(large, what, mode, tmp_path):
    installation, cluster = large
    before, wrong = register(installation), WRONG if mode == "partial" else 0
    people = roster(tmp_path / "a.csv", rows=MANY, first=next(_crowds) * MANY, wrong=wrong)
    installation.start()
    begun = time.monotonic()
    (job,) = installation.upload((people, mode == "strict", ""))
    tokens = []
    for number, moment in enumerate(MOMENTS[mode]):
        tokens.append(happens(installation, job, moment, above=tokens[-1] if tokens else 0))
        if what == "killed":
            installation.kill()
            installation.start()
        else:
            cluster.control("restart", "immediate" if number % 2 else "fast")
    installation.until(done([job]), 1, seconds=PATIENCE)
    took = time.monotonic() - begun
    print(f"{what} ten times, {mode}: {took:.0f} s, taken over by tokens {tokens}")
    assert_imported_once(installation, job, rows=MANY, wrong=wrong)
    assert register(installation) - before == MANY - wrong


_crowds = itertools.count(1)


def happens(installation, job, moment, *, above):
    """Wait until the moment comes in a hand that has not been hit yet; the token of that hand."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        try:
            ((state, token, now),) = installation.rows(
                f"SELECT state, token, {moment} FROM core_job AS j WHERE id = {job}"
            )
        except psycopg2.OperationalError:
            continue  # the server is on its way up
        assert state not in {"done", "failed"}, f"it was over before {moment}"
        if now and token > above and state == "running":
            return token
        time.sleep(0.02)
    raise AssertionError(f"{moment} did not come\n{installation.log()}")
