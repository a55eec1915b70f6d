"""Writing very many new rows at once. The engine of the database decides how.

`pack` may be called in another process; `write` takes what came of it, in any order. What is
written is not checked here: no model's `clean`, and the database's own rules at the end.
"""

from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any, NamedTuple

from django.db import connection, models

from demo import loading_postgresql, loading_sqlite


class Table(NamedTuple):
    """Where rows go: the columns that are given, then those that have the same value in all."""

    name: str
    columns: tuple[str, ...]
    rest: tuple[Any, ...]


def table(model: type[models.Model], names: Sequence[str]) -> Table:
    """The table of a model for rows that give these fields (`attname`) in this order."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    rest = [field for name, field in fields.items() if name not in names and not field.primary_key]
    return Table(
        model._meta.db_table,
        (*[fields[name].column for name in names], *[field.column for field in rest]),
        tuple(field.get_default() for field in rest),
    )


def engine() -> ModuleType:
    """What loads on this engine: `pack`, `write` and `bare`."""
    return loading_postgresql if connection.vendor == "postgresql" else loading_sqlite


def load(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write the rows of one table, from this process."""
    target = table(model, names)
    with connection.cursor() as cursor:
        engine().write(cursor, target, engine().pack(target, rows))
