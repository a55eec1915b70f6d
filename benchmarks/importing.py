"""The ways of bringing a roster in. `python -m benchmarks.importing WAY PATH` takes one of them.

In a process of its own, so that its memory is what the way takes. Prints seconds of wall and CPU,
MB, and how many rows were brought in, as JSON.
"""

import contextlib
import csv
import json
import sqlite3
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import django
from django.db import connection, transaction

from benchmarks import measured

ROWS_OF_STOCK = 1_000  # of the roster: what django-import-export takes is the same for each row
STANDING = ("core_job", "core_storedfile", "core_sheetimport")  # what results of rows refer to
KEPT = "kept.sqlite3"
LOADED = ("members_person", "members_membership", "core_sheetrow")


def ours(path: Path, *, is_strict: bool = True) -> int:
    """The house's own way, as `manage.py sheet import` takes it."""
    from core.jobs import run_now
    from core.models import Organisation, User
    from core.sheets import imports

    with path.open("rb") as stream, transaction.atomic():
        made = imports.start(
            stream,
            name=path.name,
            sheet="members",
            organisation=Organisation.objects.get(depth=1),
            is_strict=is_strict,
            by=User.objects.get(username="clerk"),
            send=False,
        )
    done = run_now(made.job)
    made.refresh_from_db()
    if done.error or made.rejected:
        raise SystemExit(f"{done.error} {done.result}")
    return made.read


def in_slices(path: Path) -> int:
    """The same, but each slice stands as soon as it is written."""
    return ours(path, is_strict=False)


def keep(folder: Path) -> int:
    """No way in: write the rows of the register to files, for `raw` to read."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(folder / KEPT)])
        return 0
    with connection.cursor() as cursor:
        for table in (*STANDING, *LOADED):
            with (folder / table).open("wb") as stream:
                cursor.copy_expert(f"COPY {table} TO STDOUT", stream)
    return 0


def raw(folder: Path) -> int:
    """COPY of the rows that `keep` wrote, as they stand; executemany where there is no COPY."""
    return _copy(folder, LOADED)[LOADED[0]]


@transaction.atomic
def _copy(folder: Path, tables: tuple[str, ...]) -> dict[str, int]:
    """How many rows of each table went in."""
    if connection.vendor == "sqlite":
        return _executed(folder, tables)
    with connection.cursor() as cursor:
        for table in tables:
            with (folder / table).open("rb") as stream:
                cursor.copy_expert(f"COPY {table} FROM STDIN", stream)
    return {table: sum(1 for _ in (folder / table).open("rb")) for table in tables}


def _executed(folder: Path, tables: tuple[str, ...]) -> dict[str, int]:
    connection.ensure_connection()
    counts = {}
    with contextlib.closing(sqlite3.connect(folder / KEPT)) as kept:
        for table in tables:
            rows = kept.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            marks = ", ".join("?" * len(rows[0]))
            connection.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
            counts[table] = len(rows)
    return counts


def stock(path: Path, **options: Any) -> int:
    """django-import-export for the same two tables, without our checks and results of rows."""
    from import_export import resources
    from import_export.fields import Field
    from import_export.widgets import BooleanWidget, CharWidget, DateWidget, ForeignKeyWidget
    from tablib import Dataset

    from core.models import Organisation
    from members.models import Employer, Membership, Person

    class Sealed(CharWidget):
        def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
            return ""  # of a person who is not there yet there is nothing to decrypt

    class Hex(CharWidget):
        def clean(self, value: str, row: Any = None, **kwargs: Any) -> bytes:
            return bytes.fromhex(value)

        def render(self, value: bytes | None, obj: Any = None, **kwargs: Any) -> str:
            return value.hex() if value else ""

    class ByHex(ForeignKeyWidget):
        def get_lookup_kwargs(self, value: str, row: Any = None, **kwargs: Any) -> dict[str, Any]:
            return {self.field: bytes.fromhex(value)}

        def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
            return str(value and value.pk)

    class People(resources.ModelResource):
        certificate_index = Field("certificate_index", "certificate_index", Hex())
        certificate_number = Field("certificate_number", "certificate_number", Sealed())
        phone = Field("phone", "phone", Sealed())

        class Meta:
            model = Person
            fields = ("certificate_index", "certificate_number", "name", "sex", "birth_date",
                      "ethnicity", "phone")  # fmt: skip
            import_id_fields = ("certificate_index",)

    class Memberships(resources.ModelResource):
        person = Field("person", "person", ByHex(Person, "certificate_index"))
        organisation = Field("organisation", "organisation", ForeignKeyWidget(Organisation, "code"))
        employer = Field("employer", "employer", ForeignKeyWidget(Employer, "credit_code"))
        joined_on = Field("joined_on", "joined_on", DateWidget())
        is_migrant_worker = Field("is_migrant_worker", "is_migrant_worker", BooleanWidget())

        class Meta:
            model = Membership
            fields = ("person", "organisation", "employer", "joined_on", "card_number",
                      "is_migrant_worker", "position")  # fmt: skip
            import_id_fields = ("person",)

    index = Person._meta.get_field("certificate_index").index
    people, memberships = (
        Dataset(headers=People.Meta.fields),
        Dataset(headers=Memberships.Meta.fields),
    )
    with path.open(encoding="utf-8", newline="") as stream:
        for row in islice(csv.DictReader(stream), ROWS_OF_STOCK):
            number = row["证件号码"]
            key = index(f"resident:{number}").hex()
            born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
            sex = "male" if row["性别"] == "男" else "female"
            people.append([key, number, row["姓名"], sex, born, row["民族"], row["手机号"]])
            memberships.append(
                [key, row["所属工会"], row["工作单位"], row["入会日期"], row["会员证号"],
                 "1" if row["农民工"] == "是" else "0", row["岗位（职务）"]]
            )  # fmt: skip
    for resource, table in ((People, people), (Memberships, memberships)):
        for name, value in options.items():
            setattr(resource._meta, name, value)
        done = resource().import_data(table, raise_errors=True, use_transactions=True)
        if done.totals["new"] != len(table):
            raise SystemExit(f"{resource.__name__}: {done.totals}")
    return len(people)


def stock_without_diff(path: Path) -> int:
    return stock(path, skip_diff=True)


def stock_in_bulk(path: Path) -> int:
    return stock(path, skip_diff=True, use_bulk=True)


WAYS = {
    way.__name__: way
    for way in (ours, in_slices, keep, raw, stock, stock_without_diff, stock_in_bulk)
}


def main(way: str, path: str) -> None:
    django.setup()
    if way == "raw":
        _copy(Path(path), STANDING)
    with measured() as cost:
        rows = WAYS[way](Path(path))
    sys.stdout.write(json.dumps({**asdict(cost), "rows": rows}))


if __name__ == "__main__":
    main(*sys.argv[1:])
