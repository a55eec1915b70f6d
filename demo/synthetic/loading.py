"""Writing the rows of a made-up city: by `core.bulk`, into tables that are bare meanwhile.

What is written is not checked here: no model's `clean`, and the database's own rules at the end.
"""

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

from django.db import connection, models

from core import bulk
from demo.synthetic import loading_postgresql, loading_sqlite


def engine() -> ModuleType:
    """What makes tables `bare` and `tidy` on this engine."""
    return loading_postgresql if connection.vendor == "postgresql" else loading_sqlite


def pack(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> bulk.Packed:
    """Rows that give these fields (`attname`) in this order, ready for `core.bulk.load`."""
    rows = list(rows)
    return bulk.pack(model, {name: [row[at] for row in rows] for at, name in enumerate(names)})


def load(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write the rows of one model, from this process."""
    bulk.load(model, pack(model, names, rows))
