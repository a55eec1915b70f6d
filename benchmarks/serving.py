"""The site as it is served, and people who use it at once."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from django.test import Client

from core.models import User


class Page(NamedTuple):
    """An address as one account asks for it; with `number` the form that looks for it."""

    what: str
    account: str
    path: str
    number: str = ""


class Server(NamedTuple):
    """A gunicorn that runs: where it answers, and its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Milliseconds of CPU that its workers have used; the database's are not among them."""
        used = 0
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(environment: dict[str, str], settings: str = "benchmarks.settings") -> Iterator[Server]:
    """A gunicorn as in production: two workers of four threads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *[sys.executable, "-W", "ignore", "-m", "gunicorn", "unionhub.wsgi"],
            *["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"],
            *["--log-level", "error"],
        ],
        env={**environment, "DJANGO_SETTINGS_MODULE": settings, "LOG_LEVEL": "ERROR"},
        start_new_session=True,
    )
    try:
        _wait(port, server)
        yield Server(port, server.pid)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait(port: int, server: subprocess.Popen) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError("gunicorn ended before it served")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn does not answer")


def session(account: str) -> str:
    """The cookie of the account, logged in."""
    client = Client()
    user = User.objects.get(username=account)
    client.force_login(user, backend="core.backends.RoleBackend")
    return client.cookies["sessionid"].value


class Visitor:
    """A browser with one connection."""

    TOKEN = "b" * 32

    def __init__(self, port: int, cookie: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Cookie": f"sessionid={cookie}; csrftoken={self.TOKEN}"}

    def ask(self, page: Page) -> float:
        """Milliseconds until the whole page is there."""
        begun = time.perf_counter()
        path = quote(page.path, safe="/?&=")
        if page.number:
            form = f"number={page.number}&csrfmiddlewaretoken={self.TOKEN}"
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            self.connection.request("POST", path, form, {**self.headers, **kind})
        else:
            self.connection.request("GET", path, headers=self.headers)
        response = self.connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"{page.path} as {page.account}: {response.status}")
        return (time.perf_counter() - begun) * 1000


def times(
    server: Server, page: Page, cookie: str, *, users: int = 1, asks: int = 20
) -> tuple[list[float], float]:
    """Milliseconds of each answer, and of CPU for one: `users` at once, each asks so many times
    without a pause."""

    def visit(visitor: Visitor) -> Sequence[float]:
        return [visitor.ask(page) for _ in range(asks)]

    visitors = [Visitor(server.port, cookie) for _ in range(users)]
    for visitor in visitors:
        visitor.ask(page)  # opens the connection, warms the cache
    before = server.cpu()
    with ThreadPoolExecutor(users) as pool:
        found = [one for answers in pool.map(visit, visitors) for one in answers]
    return found, (server.cpu() - before) / len(found)
