"""Loading on PostgreSQL: COPY into tables without indexes, which are built afterwards.

Building an index over all rows takes a third of the time of adding the rows to it one by one.
"""

import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def _text(value: str) -> str:
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        pairs = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
        for char, written in pairs:
            value = value.replace(char, written)
    return value


# How COPY reads a value, by its type.
WRITTEN = {
    str: _text,
    int: str,
    bool: lambda value: "t" if value else "f",
    bytes: lambda value: "\\\\x" + value.hex(),
    datetime.date: str,
    type(None): lambda value: "\\N",
}


def pack(table: Any, rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows as COPY reads them."""
    rest = "".join("\t" + WRITTEN[type(value)](value) for value in table.rest) + "\n"
    lines = ["\t".join([WRITTEN[type(value)](value) for value in row]) + rest for row in rows]
    return "".join(lines).encode()


def write(cursor: Any, table: Any, packed: bytes) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    cursor.copy_expert(f'COPY "{table.name}" ({columns}) FROM STDIN', io.BytesIO(packed))


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
