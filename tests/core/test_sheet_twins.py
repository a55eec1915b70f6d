"""The same table twice, also at the same moment, and the same undo: one effect."""

import io
import threading

import pytest
from django.db import connection

from core.errors import Refused
from core.jobs import run_now
from core.models import Department, Job, SheetImport
from core.sheets import imports, undo
from tests.core.test_sheet_imports import HEADINGS, NAME
from tests.factories.core import World

ROWS = [f"东湖区总工会,{n:03},第{n}部" for n in range(200)]


def at_once(*acts):
    """Do all of it at the same moment, each in a thread; what each returned or refused."""
    barrier, answers = threading.Barrier(len(acts)), {}

    def do(place, act):
        barrier.wait()
        try:
            answers[place] = act()
        except Refused as refused:
            answers[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[place] for place in range(len(acts))]


def ask(world, clerk):
    content = "\n".join([HEADINGS, *ROWS]).encode()
    return imports.start(
        io.BytesIO(content),
        name="名册.csv",
        sheet=NAME,
        organisation=world.district,
        is_strict=False,
        by=clerk,
        send=False,
    )


def finish(job):
    """What the sweeper does with a try that found the database busy."""
    job.refresh_from_db()
    while job.state == Job.State.QUEUED:
        job = run_now(job)
    return job


def test_the_same_file_one_after_the_other_stores_its_rows_once(world):
    clerk = world.user("clerk", at=world.district)
    first, second = ask(world, clerk), ask(world, clerk)
    for made in (first, second):
        assert run_now(made.job).state == Job.State.DONE
        made.refresh_from_db()
    assert (first.created, second.created, second.same) == (len(ROWS), 0, len(ROWS))
    assert "同一份文件已于" in second.told[0]
    assert Department.objects.count() == len(ROWS)


@pytest.mark.usefixtures("own_database")
def test_two_imports_of_one_file_at_once_store_its_rows_once():
    world = World()
    clerk = world.user("clerk", at=world.district)
    twins = [ask(world, clerk), ask(world, clerk)]
    at_once(*[lambda made=made: run_now(made.job) for made in twins])
    assert [finish(made.job).state for made in twins] == ["done", "done"]
    outcomes = {(made.created, made.same) for made in SheetImport.objects.all()}
    assert outcomes == {(len(ROWS), 0), (0, len(ROWS))}
    assert Department.objects.count() == len(ROWS)


@pytest.mark.usefixtures("own_database")
def test_two_undos_at_once_and_an_import_beside_have_one_effect():
    world = World()
    clerk = world.user("clerk", at=world.district)
    made = ask(world, clerk)
    run_now(made.job)
    made.refresh_from_db()
    asked = at_once(*[lambda: undo.start(made, by=clerk, send=False)] * 2)
    (job,) = [one for one in asked if isinstance(one, Job)]
    (refused,) = [one for one in asked if isinstance(one, Refused)]
    assert "正在撤销" in str(refused)
    beside = ask(world, clerk)
    at_once(lambda: run_now(job), lambda: run_now(beside.job))
    assert [finish(one).state for one in (job, beside.job)] == ["done", "done"]
    made.refresh_from_db()
    beside.refresh_from_db()
    assert made.state == SheetImport.State.UNDONE
    # Whoever wrote first: the other one's rows are new again, or were the same and are gone.
    assert (beside.created, beside.same) in {(len(ROWS), 0), (0, len(ROWS))}
    assert Department.objects.count() == beside.created
