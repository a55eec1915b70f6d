"""The faces of this machine and one rendered report, shared by the tests here."""

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings

from reports import faces as reports_faces
from reports import rendering, tasks
from tests.reports import samples, worlds

# A busy machine is no failure.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

FIGURES = b'{"report": "\xe5\xb9\xb4\xe5\xba\xa6\xe6\x8a\xa5\xe5\x91\x8a", "figures": []}'


@pytest.fixture(scope="package", autouse=True)
def own_files(tmp_path_factory):
    """A place for files that no other process of the suite has: rows there have the same keys."""
    place = {"location": str(tmp_path_factory.mktemp("files"))}
    default = django_settings.STORAGES["default"] | {"OPTIONS": place}
    with override_settings(STORAGES=django_settings.STORAGES | {"default": default}):
        yield


@pytest.fixture(scope="session")
def faces():
    """The faces of this machine."""
    return reports_faces.find()


@pytest.fixture(scope="session")
def rendered(faces):
    """The sample report with its figures, rendered once."""
    figures = rendering.Attachment("figures.json", FIGURES, "报告所用数字")
    return rendering.render(samples.report(), faces, attachments=(figures,))


@pytest.fixture(scope="module")
def golden(own_files, django_db_setup, django_db_blocker):
    """A small city and its report of 2021, made once for all cases of a module.

    Every case is rolled back to here, the whole at the end. The cases are marked `django_db`.
    """
    block = transaction.atomic()
    block._from_testcase = True  # like a test's own: a durable block may stand inside
    with django_db_blocker.unblock(), block:
        yield worlds.Golden()
        transaction.set_rollback(True)


@pytest.fixture
def unset(monkeypatch):
    """Reports without the seconds of their page: for cases that ask nothing of the PDF."""
    monkeypatch.setitem(tasks.WRITERS, "pdf", lambda row: b"%PDF-1.7 left out")
