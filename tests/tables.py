"""The empty tables of the suite, kept from one run to the next.

To migrate an empty database takes half a minute of each process. So the first run keeps what came
of it, under a name that is a digest of all migrations; later ones begin with a copy and migrate
what is missing, which is nothing.
"""

import contextlib
import hashlib
import inspect
import sqlite3
import sys
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader

KEPT = Path(settings.BASE_DIR) / "var" / "tables"


def digest() -> str:
    """Of all migrations, and of the fields that they are made of."""
    modules = {type(made).__module__ for made in MigrationLoader(None).disk_migrations.values()}
    found = hashlib.sha256()
    for name in sorted(modules | {"core.fields"}):
        found.update(inspect.getsource(sys.modules[name]).encode())
    return found.hexdigest()[:16]


class Tables:
    """Those of the database that the suite is about to make."""

    def __init__(self) -> None:
        self.name = digest()
        # Making the suite's database renames the one of the settings.
        self.prefix = f"{connection.settings_dict['NAME']}_tables_"
        self.is_kept = False
        self._held: sqlite3.Connection | None = None  # an empty memory is forgotten at its close

    def offer(self) -> None:
        """Let the database begin with what is kept."""
        creation = connection.creation
        if connection.vendor == "postgresql":
            self.is_kept = self.template in _databases()
            if self.is_kept:
                connection.settings_dict["TEST"]["TEMPLATE"] = self.template
            return
        self.is_kept = self.file.exists()
        if self.is_kept:
            make = creation._create_test_db

            def filled(*args, **kwargs):
                made = make(*args, **kwargs)
                self._held = sqlite3.connect(made, uri=True)
                with contextlib.closing(sqlite3.connect(self.file)) as kept:
                    kept.backup(self._held)
                return made

            creation._create_test_db = filled

    def keep(self) -> None:
        """Keep what was made, and nothing older, unless it was there."""
        if self._held:
            self._held.close()
        if self.is_kept:
            return
        if connection.vendor == "postgresql":
            connection.close()
            source = connection.settings_dict["NAME"]
            # Two processes may come here at once: the second finds it there.
            there = contextlib.suppress(ProgrammingError, IntegrityError)
            with there, connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{self.template}" TEMPLATE "{source}"')
                for old in _databases():
                    if old.startswith(self.prefix) and old != self.template:
                        cursor.execute(f'DROP DATABASE "{old}"')
            return
        KEPT.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(f".{id(self)}.part")
        with contextlib.closing(sqlite3.connect(part)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        part.replace(self.file)
        for old in KEPT.glob("*.sqlite3"):
            if old != self.file:
                old.unlink(missing_ok=True)

    @property
    def file(self) -> Path:
        return KEPT / f"{self.name}.sqlite3"

    @property
    def template(self) -> str:
        return self.prefix + self.name


def _databases() -> set[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall()}
