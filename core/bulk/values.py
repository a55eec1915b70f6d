"""The values of a column on their way into a statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from core.fields import EncryptedTextField


def prepared(field: models.Field, values: Sequence[Any]) -> Sequence[Any]:
    """The values of one column as the driver takes them; those that repeat are prepared once."""
    if isinstance(field, EncryptedTextField):
        return field.envelopes(values)
    if isinstance(field, models.BinaryField) or set(map(type, values)) == {int}:
        return values
    if isinstance(field, models.JSONField):
        return [field.get_db_prep_save(value, connection) for value in values]
    ready = {value: field.get_db_prep_save(value, connection) for value in set(values)}
    return [ready[value] for value in values]
