"""SQLite keeps the indexes of a table while rows go in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def bare(cursor: Any, names: Sequence[str]) -> Iterator[None]:
    """The tables as they are; at the end counted anew for the planner."""
    yield
    for name in names:
        cursor.execute(f'ANALYZE "{name}"')


def tidy(cursor: Any, names: Sequence[str]) -> None:
    """Nothing is left to do."""
