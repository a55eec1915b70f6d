"""Tables without indexes on PostgreSQL, which are built when the rows are there.

Building an index over all rows takes a third of the time of adding the rows to it one by one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def bare(cursor: Any, names: Sequence[str]) -> Iterator[None]:
    """The tables without indexes and foreign keys inside; at the end with them, counted anew."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with events waiting is not altered
    names = list(names)
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE contype IN ('f', 'u')"
        " AND conrelid = ANY(%s::regclass[]) ORDER BY contype DESC, conname",
        [names],
    )
    constraints = cursor.fetchall()
    for name, constraint, _ in constraints:
        cursor.execute(f"ALTER TABLE {name} DROP CONSTRAINT {constraint}")
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE NOT indisprimary AND indrelid = ANY(%s::regclass[])",
        [names],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    for name, constraint, definition in constraints:
        cursor.execute(f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {definition}")
    for name in names:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), MAX(id)) FROM {name}"  # noqa: S608
        )
        cursor.execute(f'ANALYZE "{name}"')
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tidy(cursor: Any, names: Sequence[str]) -> None:
    """After the commit: what every later reading would otherwise find out by itself."""
    cursor.execute(f"VACUUM (ANALYZE) {', '.join(names)}")
