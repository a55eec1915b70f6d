"""An import that is killed, or loses its database, ends as if nothing had happened."""

import itertools
import os
import signal

import pytest

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
    waiting = set(jobs)
    while waiting:
        job, process = installation.stopped(waiting)
        interrupt(process)
        (installation.stops / f"{job}.go").touch()
        waiting.remove(job)
    installation.until(done(jobs), len(jobs))
    for job, (*_, wrong) in zip(jobs, made, strict=True):
        assert_imported_once(installation, job, rows=ROWS, wrong=wrong)
    assert register(installation) - before == sum(ROWS - wrong for *_, wrong in made)


def test_killed_at_any_point_an_import_is_done_once(working, tmp_path):
    interrupted(working, tmp_path, PARTIAL + STRICT, lambda pid: os.kill(pid, signal.SIGKILL))


def test_a_database_that_hangs_up_fails_no_import(working, tmp_path):
    if not working.server:
        pytest.skip("a database in a file does not hang up")

    def hang_up(_):  # on this worker, the others and the sweeper
        working.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    interrupted(working, tmp_path, PARTIAL + STRICT, hang_up)
