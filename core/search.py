"""Search by how a text begins, answered from the ordinary index on either engine."""

from django.db import connections, models

LAST = chr(0x10FFFF)


def begins(rows: models.QuerySet, name: str, prefix: str) -> models.Q:
    """The condition "the text `name` begins with `prefix`".

    PostgreSQL answers LIKE from the pattern index of the column. SQLite does not, but compares by
    code points, so that the range answers there; under the collations of PostgreSQL it would not.
    """
    condition = models.Q(**{f"{name}__startswith": prefix})
    if connections[rows.db].vendor == "sqlite":
        condition &= models.Q(**{f"{name}__gte": prefix, f"{name}__lt": prefix + LAST})
    return condition
