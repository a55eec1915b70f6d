"""What a load balancer and a container engine hear."""

import logging

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from unionhub import health


def test_probes_answer_by_address_and_plain_http_before_anything_is_looked_at(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/healthz", headers={"host": "10.0.0.9:8000"})
    assert (response.status_code, response.content) == (200, b"ok")
    assert client.get("/readyz/more", headers={"host": "10.0.0.9:8000"}).status_code == 400


def test_alive_asks_nothing_of_the_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_ready(db, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready")
    assert client.post("/readyz").status_code == 405


def no_database(monkeypatch, settings, tmp_path):
    def gone(*args, **kwargs):
        raise DatabaseError("password of user postgres is wrong")

    monkeypatch.setattr(connection, "cursor", gone)


def a_migration_missing(monkeypatch, settings, tmp_path):
    applied = MigrationRecorder(connection).applied_migrations()
    applied.pop(("core", "0002_audit_guard"))
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: applied)


def no_folder(monkeypatch, settings, tmp_path):
    monkeypatch.setitem(health.CONDITIONS, "broker", lambda: None)
    settings.DATA_DIR = tmp_path / "gone"


def no_redis(monkeypatch, settings, tmp_path):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"


def no_broker_folder(monkeypatch, settings, tmp_path):
    settings.REDIS_URL = ""
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize(
    "harm", [no_database, a_migration_missing, no_folder, no_redis, no_broker_folder]
)
def test_not_ready_says_no_more_than_that(
    db, client, caplog, monkeypatch, settings, tmp_path, harm
):
    harm(monkeypatch, settings, tmp_path)
    with caplog.at_level(logging.ERROR, "unionhub.health"):
        response = client.get("/readyz")
    monkeypatch.undo()
    assert (response.status_code, response.content) == (503, b"not ready")
    assert len([line for line in caplog.records if line.name == "unionhub.health"]) >= 1
