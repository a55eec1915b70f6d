"""Rows in sets on PostgreSQL.

New ones by COPY, which it takes in at several times the pace of INSERT. The values go as text (the
format of `COPY … FROM STDIN`): a line for each row, a tab between two values. While the server
stores one piece of them, the next is being spelled here.
"""

import datetime
import decimal
import io
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import singledispatch
from json import JSONEncoder
from typing import Any

from django.db import connection, models

from core.bulk.values import prepared
from core.fields import EncryptedTextField

# What is done while the server stores the piece that it was handed.
work: ContextVar[Callable[[], None]] = ContextVar("work", default=lambda: None)

PIECE = 500  # rows that are spelled and handed over at once
NULL = r"\N"
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def keys(model: type[models.Model], count: int) -> list[int]:
    """The next keys of the model, taken from its sequence in one call."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            # The sequence is looked for once: beside the function it would be for every key.
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, %s))::regclass)"
            " FROM generate_series(1, %s)",
            [table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor]


def write(model: type[models.Model], columns: Mapping[models.Field, Sequence[Any]]) -> None:
    """Store rows that are given column by column."""
    _copy(model, columns, _Spelled(columns))


def pack(columns: Mapping[models.Field, Sequence[Any]]) -> bytes:
    """Rows that are given column by column, spelled for `load`."""
    return b"".join(_Spelled(columns).pieces)


def load(model: type[models.Model], fields: Iterable[models.Field], packed: bytes) -> None:
    """Store rows that `pack` has spelled."""
    _copy(model, fields, io.BytesIO(packed))


def _copy(model: type[models.Model], fields: Iterable[models.Field], spelled: Any) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", spelled)


def look_up_by_index() -> None:
    """Until the transaction ends, find the rows of a batch by index and not by reading a table.

    The planner knows a table as it was before the transaction: while an import fills it, it would
    read all of it for every batch. Where a table must be read all the same, its price is no reason
    to compile the query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;"
            " SET LOCAL enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0;"
            " SET LOCAL jit = off"
        )


def change(
    model: type[models.Model], keys: Sequence[int], columns: Mapping[models.Field, Sequence[Any]]
) -> None:
    """Give these columns of the rows with these keys their values, in one UPDATE."""
    quote, meta = connection.ops.quote_name, model._meta
    names = [quote(field.column) for field in columns]
    sets = ", ".join(f"{name} = given.{name}" for name in names)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in columns)
    values = [list(prepared(field, values)) for field, values in columns.items()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(meta.db_table)} AS stored SET {sets}"  # noqa: S608 - names of our own
            f" FROM unnest(%s::bigint[], {arrays}) AS given (given_key, {', '.join(names)})"
            f" WHERE stored.{quote(meta.pk.column)} = given.given_key",
            [list(keys), *values],
        )


class _Spelled:
    """The rows as the file from which the driver reads."""

    def __init__(self, columns: Mapping[models.Field, Sequence[Any]]) -> None:
        self.pieces = self._pieces(columns)

    def read(self, size: int) -> bytes:
        return next(self.pieces, b"")

    @staticmethod
    def _pieces(columns: Mapping[models.Field, Sequence[Any]]) -> Iterator[bytes]:
        count = len(next(iter(columns.values())))
        for start in range(0, count, PIECE):
            spelled = [
                _spelled(field, values[start : start + PIECE]) for field, values in columns.items()
            ]
            lines = map("\t".join, zip(*spelled, strict=True))
            yield ("\n".join(lines) + "\n").encode()
            work.get()()


def _spelled(field: models.Field, values: Sequence[Any]) -> list[str]:
    """The values of one column as COPY reads them."""
    if isinstance(field, EncryptedTextField):
        values = field.envelopes(values)
    if isinstance(field, models.BinaryField):
        return [NULL if value is None else rf"\\x{value.hex()}" for value in values]
    if isinstance(field, models.JSONField):
        encode = (field.encoder or JSONEncoder)().encode
        return [  # most results of rows are empty lists
            NULL if value is None else "[]" if value == [] else encode(value).translate(_ESCAPED)
            for value in values
        ]
    kinds = set(map(type, values))
    if kinds in ({int}, {datetime.date}):
        return list(map(str, values))
    if kinds == {str}:
        together = "".join(values)
        if any(mark in together for mark in "\\\t\n\r"):
            return [value.translate(_ESCAPED) for value in values]
        return list(values)
    spelled = {value: _spell(field.get_db_prep_save(value, connection)) for value in set(values)}
    return [spelled[value] for value in values]


@singledispatch
def _spell(value: object) -> str:
    raise TypeError(f"COPY has no spelling for {type(value).__name__}")


@_spell.register
def _(value: None) -> str:
    return NULL


@_spell.register
def _(value: str) -> str:
    return str(value).translate(_ESCAPED)


@_spell.register(bool | int | float | decimal.Decimal | datetime.date | datetime.time | uuid.UUID)
def _(value: Any) -> str:
    return str(value)
