"""Whether this process lives and is ready, for a load balancer or a container engine.

Answered before hosts, sessions and redirects are looked at, and without any detail; the reason of a
refusal goes to the log.
"""

import logging
import os
import uuid
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from redis import Redis, RedisError

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """`/healthz`: the process answers. `/readyz`: it can also do its work, else 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in {"/healthz", "/readyz"}:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.path_info == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        wrong = [name for name, condition in CONDITIONS.items() if not _holds(name, condition)]
        if wrong:
            return HttpResponse("not ready", content_type="text/plain", status=503)
        return HttpResponse("ready", content_type="text/plain")


def _holds(name: str, condition: Callable[[], None]) -> bool:
    try:
        condition()
    except (DatabaseError, RedisError, OSError, NotReady) as error:
        logger.error("not ready: %s: %s", name, error)
        return False
    return True


class NotReady(Exception):  # noqa: N818
    """A dependency answers, but not as it must."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    if missing := _declared() - MigrationRecorder(connection).applied_migrations().keys():
        raise NotReady(f"{len(missing)} migrations are not applied")


@lru_cache
def _declared() -> frozenset[tuple[str, str]]:
    """The migrations of this version of the code."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _data_folder() -> None:
    _write_into(settings.DATA_DIR)


def _broker() -> None:
    if settings.REDIS_URL:
        Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    else:
        _write_into(settings.DATA_DIR / "broker")


def _write_into(folder: os.PathLike) -> None:
    probe = os.path.join(folder, f".probe-{uuid.uuid4().hex}")
    with open(probe, "w") as file:
        file.write("ok")
    os.remove(probe)


CONDITIONS = {
    "database": _database,
    "migrations": _migrations,
    "data folder": _data_folder,
    "broker": _broker,
}
