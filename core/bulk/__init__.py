"""Rows in sets: what bulk_create and bulk_update do, at the price of the database's own ways.

On PostgreSQL new rows go in by COPY (`core.bulk.postgresql`), on SQLite by one statement that is
prepared once (`core.bulk.sqlite`). Both work on columns: what concerns a column is decided once and
not for every row. Nothing is validated here; a constraint speaks up as `IntegrityError`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction
from django.db.models.base import ModelState

from core.bulk import postgresql, sqlite
from core.fields import EncryptedTextField

Instance = TypeVar("Instance", bound=models.Model)
Item = TypeVar("Item")
_ENGINES = {"postgresql": postgresql, "sqlite": sqlite}


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of so many, the last one shorter; no more of them are taken at a time.

    As Python's own from 3.12 on.
    """
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def draft(model: type[Instance], values: Mapping[str, Any]) -> Instance:
    """An unsaved row with these values by the names of fields, as `model(**values)`.

    What is in a row is put there at once. Going by a model's own `__init__`, with its signals that
    nobody listens to, takes three times as long.
    """
    shape = _shape(model)
    instance = model.__new__(model)
    instance._state = ModelState()
    inside = instance.__dict__
    inside.update(shape.constants)
    inside.update((name, make()) for name, make in shape.made if name not in values)
    inside.update(values)
    for field in shape.references:
        if field.name in values:
            target = inside.pop(field.name)
            inside[field.attname] = target and getattr(target, field.target_field.attname)
            field.set_cached_value(instance, target)
    for field in shape.encrypted:
        inside[field.attname] = field.to_python(inside[field.attname])
    return instance


def known(model: type[Instance], names: Sequence[str], rows: Iterable[tuple]) -> list[Instance]:
    """Stored rows of which these fields (the key among them) are known; any other is asked for when
    it is needed, as after `only`."""
    alias, instances = connection.alias, []
    for values in rows:
        instance = model.__new__(model)
        instance._state = ModelState()
        instance._state.adding, instance._state.db = False, alias
        instance.__dict__.update(zip(names, values, strict=True))
        instances.append(instance)
    return instances


class _Shape(NamedTuple):
    """What the rows of a model begin with."""

    constants: dict[str, Any]
    made: list[tuple[str, Callable[[], Any]]]  # defaults that are new for each row
    references: list[models.ForeignKey]
    encrypted: list[EncryptedTextField]


@cache
def _shape(model: type[models.Model]) -> _Shape:
    fields = model._meta.concrete_fields
    made = [field for field in fields if field.has_default() and callable(field.default)]
    return _Shape(
        {field.attname: field.get_default() for field in fields if field not in made},
        [(field.attname, field.default) for field in made],
        [field for field in fields if field.is_relation],
        [field for field in fields if isinstance(field, EncryptedTextField)],
    )


def keys(model: type[models.Model], count: int) -> Sequence[int]:
    """Keys for rows of which others are written first. They are given to `create` in the same
    transaction, which has written no other row of the model meanwhile."""
    return _ENGINES[connection.vendor].keys(model, count)


def create(
    instances: Sequence[Instance], *, keys: Sequence[int] | None = None
) -> Sequence[Instance]:
    """Write new rows of one model; afterwards they have their keys, as if each had been saved."""
    if not instances:
        return instances
    model = type(instances[0])
    columns = {
        field.attname: _values(field, instances)
        for field in model._meta.concrete_fields
        if not field.primary_key
    }
    name, alias = model._meta.pk.attname, connection.alias
    for instance, key in zip(instances, insert(model, columns, keys=keys), strict=True):
        setattr(instance, name, key)
        instance._state.adding, instance._state.db = False, alias
    return instances


def update(instances: Sequence[models.Model], names: Collection[str]) -> None:
    """Write the named fields of stored rows of one model, as if each had been saved.

    One statement on PostgreSQL; Django's bulk_update takes milliseconds for each row.
    """
    if not instances or not names:
        return
    model = type(instances[0])
    columns = {
        field: _values(field, instances)
        for field in model._meta.concrete_fields
        if field.name in names
    }
    _ENGINES[connection.vendor].change(model, [row.pk for row in instances], columns)


@transaction.atomic(savepoint=False)
def insert(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    *,
    keys: Sequence[int] | None = None,
) -> Sequence[int]:
    """Write new rows, given column by column, and return their keys.

    `columns` maps attribute names of fields to values; what is not named has its default.
    """
    engine = _ENGINES[connection.vendor]
    if keys is None:
        keys = engine.keys(model, len(next(iter(columns.values()))))
    engine.write(model, _given(model, {model._meta.pk.attname: keys, **columns}))
    return keys


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """While rows are written in here, have a small piece of other work done for each piece of them.

    On PostgreSQL the server is busy then. `work` asks the database nothing and raises nothing; how
    often it is called is not said (on SQLite, which works in this process, never).
    """
    token = postgresql.work.set(work)
    try:
        yield
    finally:
        postgresql.work.reset(token)


class Packed(NamedTuple):
    """Rows of one model as the database takes them in: the columns they have, and all of them."""

    names: tuple[str, ...]
    rows: Any


def pack(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> Packed:
    """Make rows, given as to `insert`, ready for `load`. Asks the database nothing.

    So it may be done in another process. The keys are among the columns, or will be the database's.
    """
    given = _given(model, columns)
    names = tuple(field.attname for field in given)
    return Packed(names, _ENGINES[connection.vendor].pack(given))


def load(model: type[models.Model], packed: Packed) -> None:
    """Write the rows that `pack` made ready."""
    fields = [model._meta.get_field(name) for name in packed.names]
    _ENGINES[connection.vendor].load(model, fields, packed.rows)


def _given(
    model: type[models.Model], columns: Mapping[str, Sequence[Any]]
) -> dict[models.Field, Sequence[Any]]:
    """Every column that is written: what is not named has its default, a key has none."""
    count = len(next(iter(columns.values())))
    return {
        field: columns.get(field.attname) or [field.get_default()] * count
        for field in model._meta.concrete_fields
        if not field.primary_key or field.attname in columns
    }


def look_up_by_index() -> None:
    """Until the transaction ends, batches are looked up by index, however small the table was."""
    _ENGINES[connection.vendor].look_up_by_index()


def _values(field: models.Field, instances: Sequence[models.Model]) -> list[Any]:
    """The values of one field, as the field itself wants them saved."""
    if isinstance(field, models.DateField):
        has_a_word = field.auto_now or field.auto_now_add
    else:
        has_a_word = type(field).pre_save is not models.Field.pre_save
    if has_a_word:
        return [field.pre_save(instance, instance._state.adding) for instance in instances]
    return [instance.__dict__[field.attname] for instance in instances]
