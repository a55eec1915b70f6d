"""What every test may use."""

import contextlib
import logging
import sqlite3

import pytest
from django.db import connection, transaction

from core import roles
from core.api import limits
from tests.errands.installation import Installation
from tests.factories.core import World
from tests.matrix import Stage
from tests.matrix.rows import REVEALER
from tests.tables import Tables


def pytest_addoption(parser):
    parser.addoption(
        "--hostile", action="store_true", help="all of the hostile tables, kills and restarts"
    )


@pytest.fixture(scope="session")
def hostile(pytestconfig):
    """Whether all of it is asked for; the suite by itself runs a part of it in seconds."""
    return pytestconfig.getoption("hostile")


@pytest.fixture(scope="session")
def kept_tables(django_db_blocker):
    with django_db_blocker.unblock():
        made = Tables()
        made.offer()
    return made


@pytest.fixture(scope="session")
def django_db_setup(kept_tables, django_db_setup, django_db_blocker):
    """The database of the suite, from kept tables where there are any."""
    with django_db_blocker.unblock():
        kept_tables.keep()


@pytest.fixture
def world(db):
    """A small city; see `tests.factories.core.World`."""
    return World()


@pytest.fixture
def own_database(django_db_setup, django_db_blocker, tmp_path):
    """An empty copy of the suite's database, for a test that commits or whose threads read.

    What is committed in the suite's own would stay for the next test: the audit trail refuses to
    be emptied. Does not go together with `db`, whose transaction is in the suite's.
    """
    suite, held = connection.settings_dict["NAME"], None
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            own = str(tmp_path / "own.sqlite3")
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(own)) as copy:
                connection.connection.backup(copy)
            held, connection.connection = connection.connection, None
        else:
            own = f"{suite}_own"
            connection.close()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')
                cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{suite}"')
        connection.settings_dict["NAME"] = own  # of every thread's connection
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"], connection.connection = suite, held
            if connection.vendor == "postgresql":
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """An installation with workers to be killed. Its tests are of the xdist group `killed`."""
    made = Installation(tmp_path_factory.mktemp("errands"))
    yield made
    made.close()


@pytest.fixture
def working(installation):
    """The installation with a worker."""
    installation.start()
    return installation


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """The stage of the permission matrix, made once for all cases of a module.

    Every case is rolled back to here, the whole at the end. The cases are marked `django_db`.
    """
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setitem(roles.table(), REVEALER.code, REVEALER)
        patch.setattr(limits, "PER_MINUTE", 10**6)
        # Of a hundred thousand refusals each would have its traceback written out.
        patch.setattr(logging.getLogger("django.request"), "disabled", True)
        with transaction.atomic():
            yield Stage()
            transaction.set_rollback(True)
