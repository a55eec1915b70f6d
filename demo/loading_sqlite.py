"""Loading on SQLite: one prepared statement for many rows; the indexes stay."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def pack(table: Any, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The rows with every column."""
    return [(*row, *table.rest) for row in rows]


def write(cursor: Any, table: Any, packed: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    places = ", ".join(["%s"] * len(table.columns))
    insert = f'INSERT INTO "{table.name}" ({columns}) VALUES ({places})'  # noqa: S608
    cursor.executemany(insert, packed)


@contextmanager
def bare(cursor: Any, names: Sequence[str]) -> Iterator[None]:
    """The tables as they are; at the end counted anew for the planner."""
    yield
    for name in names:
        cursor.execute(f'ANALYZE "{name}"')


def tidy(cursor: Any, names: Sequence[str]) -> None:
    """Nothing is left to do."""
