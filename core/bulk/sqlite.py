"""New rows by one INSERT that is prepared once and run for every row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models

from core.fields import EncryptedTextField


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


def _rows(columns: Mapping[models.Field, Sequence[Any]]) -> Iterable[tuple[Any, ...]]:
    prepared = [_prepared(field, values) for field, values in columns.items()]
    return zip(*prepared, strict=True)


def _prepared(field: models.Field, values: Sequence[Any]) -> Sequence[Any]:
    """The values of one column as SQLite keeps them."""
    if isinstance(field, EncryptedTextField):
        return field.envelopes(values)
    if isinstance(field, models.BinaryField) or set(map(type, values)) == {int}:
        return values
    if isinstance(field, models.JSONField):
        return [field.get_db_prep_save(value, connection) for value in values]
    prepared = {value: field.get_db_prep_save(value, connection) for value in set(values)}
    return [prepared[value] for value in values]


def look_up_by_index() -> None:
    """As SQLite always does."""
