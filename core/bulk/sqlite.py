"""Rows by one statement that is prepared once and run for every row."""

from collections.abc import Mapping, Sequence
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
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(field.column) for field in columns)
    places = ", ".join(["%s"] * len(columns))
    ready = [prepared(field, values) for field, values in columns.items()]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - names of our own
            zip(*ready, strict=True),
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
