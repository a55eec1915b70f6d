"""The databases that a run makes for itself, on the server that DATABASE_URL names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.core.management import call_command
from django.db import connection


class Bench:
    """What a section is given: the size of the city, and databases to measure in."""

    def __init__(self, members: int) -> None:
        self.members = members

    def city(self) -> str:
        """Connect to the synthetic city of this size, made if it is missing; read it only."""
        name = f"unionhub_bench{_short(self.members)}"
        if self._make(name):
            call_command("synth", members=self.members)
        else:
            call_command("migrate", verbosity=0)  # kept from an earlier state of the house
        return name

    def copy_of_city(self, name: str) -> str:
        """Connect to a copy of that city which may be written to."""
        return self.copy(name, self.city())

    def copy(self, name: str, template: str) -> str:
        """Connect to a fresh copy of a database."""
        return self._own(name, template)

    def empty(self, name: str) -> str:
        """Connect to a database of that name with every table and no row."""
        return self._own(name)

    def clear(self, *tables: str) -> None:
        """Empty the tables of the connected database, and whatever refers to them."""
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            cursor.execute("VACUUM ANALYZE")

    def environment(self) -> dict[str, str]:
        """The environment in which another process opens the connected database."""
        server = os.environ["DATABASE_URL"].rpartition("/")[0]
        return {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}"}

    def _own(self, name: str, template: str = "") -> str:
        name = f"unionhub_bench_{name}"
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        self._make(name, template)
        return name

    def _make(self, name: str, template: str = "") -> bool:
        """Connect to the database; whether it was missing, and therefore made."""
        with _server() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            missing = cursor.fetchone() is None
            if missing:
                like = f' TEMPLATE "{template}"' if template else ""
                cursor.execute(f'CREATE DATABASE "{name}"{like}')
        connection.settings_dict["NAME"] = name
        if missing and not template:
            self._migrate()
        return missing

    def _migrate(self) -> None:
        call_command("migrate", verbosity=0)


@contextmanager
def _server() -> Iterator[psycopg2.extensions.cursor]:
    """A cursor outside of every transaction, in the database that DATABASE_URL names."""
    connection.close()
    session = psycopg2.connect(os.environ["DATABASE_URL"])
    session.autocommit = True
    try:
        with session.cursor() as cursor:
            yield cursor
    finally:
        session.close()


def _short(number: int) -> str:
    """3000000 as 3m, 300000 as 300k."""
    for size, letter in ((1_000_000, "m"), (1000, "k")):
        if number % size == 0:
            return f"{number // size}{letter}"
    return str(number)
