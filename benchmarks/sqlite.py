"""On SQLite, as a small house runs it

The functions of the other sections on a city of 100,000 in a file. `python -m benchmarks.sqlite`
runs in a process of its own, whose settings name that engine, and prints each row as JSON.
"""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
from django.db import connection

from benchmarks import Row, percentile
from benchmarks.databases import Bench

MEMBERS = 100_000
ROSTER = 20_000
FILE = "unionhub.sqlite3"


def measure(bench: Bench) -> Iterator[Row]:
    """In a folder that goes with the last figure; the server of `bench` is not asked."""
    members = min(bench.members, MEMBERS)
    with tempfile.TemporaryDirectory(prefix="unionhub-sqlite-") as folder:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.sqlite", folder, str(members)]
        with subprocess.Popen(  # noqa: S603
            command, env=_environment(Path(folder) / "own"), stdout=subprocess.PIPE, text=True
        ) as child:
            for line in child.stdout or ():
                yield Row(*json.loads(line))
        if child.returncode:
            raise RuntimeError(f"the measuring on SQLite ended with {child.returncode}")


def engine(bench: Bench) -> tuple[int, str]:
    """How large the city is, and on what it stands."""
    return min(bench.members, MEMBERS), f"SQLite {sqlite3.sqlite_version} (journal_mode WAL)"


def _environment(folder: Path) -> dict[str, str]:
    """The environment of a house without servers that keeps its data in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return {**kept, "DATA_DIR": str(folder)}


class Files(Bench):
    """Databases as files: each in a folder of its own, which is the DATA_DIR of its house."""

    def __init__(self, members: int, folder: Path) -> None:
        super().__init__(members)
        self.folder = folder

    def environment(self) -> dict[str, str]:
        return _environment(Path(connection.settings_dict["NAME"]).parent)

    def clear(self, *tables: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
            for table in tables:
                cursor.execute(f"DELETE FROM {table}")
            cursor.execute("VACUUM")
        connection.close()

    def _own(self, name: str, template: str = "") -> str:
        connection.close()  # the log goes into the file
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self._make(name, template)
        return name

    def _make(self, name: str, template: str = "") -> bool:
        connection.close()
        path = self.folder / name / FILE
        missing = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        if missing and template:
            shutil.copyfile(self.folder / template / FILE, path)
        connection.settings_dict["NAME"] = str(path)
        if missing and not template:
            self._migrate()
        return missing


def _measured(bench: Files) -> Iterator[Row]:
    from benchmarks import imports, indicators, report, roster

    empty = imports.emptied(bench, bench.city())
    table = bench.folder / "roster.csv"
    roster.write(table, ROSTER)
    yield from imports.beside_raw(bench, empty, table, f"{ROSTER:,} members", "raw executemany")
    bench.city()
    yield from _lists(bench)
    yield from indicators.alone()
    yield from report.whole_report(bench)


def _lists(bench: Files) -> Iterator[Row]:
    from benchmarks import lists, serving

    pages = [*lists.COMPARED, lists.PORTAL[0]]
    cookies = {account: serving.session(account) for account in {page.account for page in pages}}
    with serving.served(bench.environment()) as server:
        for page in pages:
            found, _ = serving.times(server, page, cookies[page.account])
            for percent in (50, 95):
                yield Row(f"{page.what}, p{percent}", percentile(found, percent), "ms")


def main(folder: str, members: str) -> None:
    django.setup()
    told = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what commands say is not a figure
        for row in _measured(Files(int(members), Path(folder))):
            told.write(json.dumps(row) + "\n")
            told.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
