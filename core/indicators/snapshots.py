"""One state of the database for several queries."""

import contextlib
from collections.abc import Iterator

from django.db import connection, transaction


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside sees one state of the database, and nothing can be written.

    PostgreSQL: a read-only transaction at REPEATABLE READ. SQLite: one deferred transaction, which
    in WAL mode keeps the state of its first read without holding up a writer. It cannot stand
    inside another transaction.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True):
            if not connection.savepoint_ids:  # in a test's own transaction it comes too late
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    connection.ensure_connection()
    usual = connection.transaction_mode
    connection.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA query_only = OFF")
    finally:
        connection.transaction_mode = usual
