"""Rows by one statement that is prepared once and run for every row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models

from core.bulk.values import prepared


def keys(model: type[models.Model], count: int) -> range:
    """The next keys of the model. The transaction holds the one write lock, so nobody else has
    them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return range(last + 1, last + 1 + count)


def write(model: type[models.Model], columns: Mapping[models.Field, Sequence[Any]]) -> None:
    """Store rows that are given column by column."""
    load(model, columns, _rows(columns))


def pack(columns: Mapping[models.Field, Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows that are given column by column, prepared for `load`."""
    return list(_rows(columns))


def load(
    model: type[models.Model], fields: Iterable[models.Field], packed: Iterable[tuple[Any, ...]]
) -> None:
    """Store rows that are prepared."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = [connection.ops.quote_name(field.column) for field in fields]
    places = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})",  # noqa: S608 - our own
            packed,
        )


def change(
    model: type[models.Model], keys: Sequence[int], columns: Mapping[models.Field, Sequence[Any]]
) -> None:
    """Give these columns of the rows with these keys their values."""
    table, key = map(connection.ops.quote_name, (model._meta.db_table, model._meta.pk.column))
    sets = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in columns)
    ready = [prepared(field, values) for field, values in columns.items()]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {sets} WHERE {key} = %s",  # noqa: S608 - names of our own
            zip(*ready, keys, strict=True),
        )


def _rows(columns: Mapping[models.Field, Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    ready = [prepared(field, values) for field, values in columns.items()]
    return zip(*ready, strict=True)


def look_up_by_index() -> None:
    """As SQLite always does."""
