"""Tables whose rows are entered once: the same again changes nothing, another one is refused."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import models

from core.rules import certificates
from core.sheets import Column, Context, LookupWidget, Row, Sheet
from members.models import Person

ENTERED = (
    "这一行已经登记，内容不同，不能以导入改动；确需更正的，请在系统中办理，或撤销原导入后重新导入。"
)


def union() -> Column:
    return Column(
        "所属工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["工会", "工会编码", "单位"],
        examples=["JC01-01", "JC01-01"],
    )


class EnteredSheet(Sheet):
    """Rows that are added, never changed, by a table. `KEY` are the fields that tell them apart."""

    KEY: Sequence[str] = ()
    JOINED: Sequence[str] = ()

    def row_key(self, row: Row) -> Sequence[Any] | None:
        found = [row.get(name) for name in self._meta.import_id_fields]
        return None if None in found else found

    def know(self, rows: Sequence[Row], stored: models.QuerySet) -> None:
        """Set `instance` of those that are stored already; refuse those that differ."""
        known = {
            tuple(getattr(each, name) for name in self.KEY): each
            for each in stored.select_related(*self.JOINED)
        }
        for row in rows:
            row.instance = known.get(tuple(row.get(name) for name in self._meta.import_id_fields))
            if row.instance and any(self.differing(row)):
                row.refuse("entered", ENTERED)

    def recall(self, records: models.QuerySet) -> models.QuerySet:
        return records.select_related(*self.JOINED)

    def rows(self, context: Context) -> models.QuerySet:
        return self.recall(super().rows(context))


def persons(
    rows: Sequence[Row], context: Context, *, name: str, number: str, permission: str
) -> dict[Row, Person]:
    """The member whom each row names by number; one with another name is refused."""
    index: Callable[[str], bytes] = Person._meta.get_field("certificate_index").index
    asked: dict[bytes, list[Row]] = {}
    for row in rows:
        if given := row.get(number):
            text = certificates.comparable_number(given)
            for kind in Person.CertificateType.values:
                asked.setdefault(index(f"{kind}:{text}"), []).append(row)
    seen = context.visible(Person, permission) if asked else Person.objects.none()
    found = {
        row: person
        for person in seen.filter(certificate_index__in=list(asked))
        for row in asked[bytes(person.certificate_index)]
        if person.name == row.get(name)
    }
    for row in rows:
        if row.get(number) and row not in found:
            row.refuse(
                "unknown_person",
                "在办理范围内没有证件号码为“{value}”、姓名一致的会员，请核对；"
                "不是会员的，不填此项。",
                column=number,
            )
    return found
