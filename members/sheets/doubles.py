"""What the roster asks before it writes: ambiguous never creates, and never overwrites.

A known number under another name is a contradiction. An unknown number with a person of the scope
who is as good as surely the same is asked back; `确认为另一人` answers it. A weaker likeness is
brought in, and listed for a look.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from core.fields import Sealed
from core.sheets import Context, Row
from members import doubles, pinyin
from members.doubles import LIKELY, REASONS, Particulars
from members.models import Membership, Merge, Person
from members.services import doubles as candidates

# Without the union, which is asked only for those who come near.
NEAR = doubles.LISTED - REASONS["union"].points

# Namesakes of each row, by birth date and by phone: two joins of a list with an index each.
_FOUND = (
    "SELECT p.id, p.name, p.birth_date, p.certificate_type, p.certificate_number, p.phone_index"
    " FROM (VALUES {}) AS asked JOIN members_person p"
)
_BY_BIRTH = f"{_FOUND} ON p.name = asked.column1 AND p.birth_date = asked.column2"
_BY_PHONE = f"{_FOUND} ON p.name = asked.column1 AND p.phone_index = asked.column2"


class Hit(NamedTuple):
    """A registered namesake of a row."""

    row: Row
    person: int
    number: Sealed
    codes: tuple[str, ...]


def contradicts(row: Row, person: int, name: str, context: Context) -> bool:
    """Refuse a row whose number the register knows as somebody else's. `name` is registered."""
    given = row.get("name")
    if given != name:
        spelt = (pinyin.of_name(given).full, pinyin.of_name(name).full)
        if not doubles.is_spelling(given, name, spelt):
            row.refuse(
                "name_contradicts_register",
                "“{value}”与该证件号码已登记的姓名不一致，请对照证件核对；"
                "确已更名的，请先在会员页面更正信息。",
                column="name",
            )
            return True
    merged = context.data.get("merged")
    if merged is None:
        rows = Merge.objects.in_force().values_list("absorbed", "surviving")
        merged = context.data["merged"] = dict(rows)
    if person not in merged:
        return False
    while person in merged:
        person = merged[person]
    right = Person.objects.visible_to(context.by).filter(pk=person).first()
    row.refuse(
        "number_merged",
        "证件号码为“{value}”的会员信息已并入另一证件号码，请改填合并后的号码。",
        column="number",
        suggestion=right and right.certificate_number.clear(),
    )
    return True


def refuse_second(rows: Sequence[Row], context: Context) -> None:
    """Of rows whose number is unknown: refuse those who are as good as surely registered.

    One query for the batch; two more where somebody comes near.
    """
    hits = [hit for hit in _hits(rows) if doubles.points(hit.codes) >= NEAR]
    if not hits:
        return
    homes = _unions({hit.person for hit in hits})
    seen = Person.objects.visible_to(context.by).filter(pk__in={hit.person for hit in hits})
    seen = set(seen.values_list("pk", flat=True))
    for hit in hits:
        row, codes = hit.row, hit.codes
        if hit.person in homes and homes[hit.person] == row.get("organisation").pk:
            codes = (*codes, "union")
        context.data.setdefault("alike", {}).setdefault(row.number, []).append(hit.person)
        if doubles.points(codes) < LIKELY or hit.person not in seen or row.get("is_another"):
            continue
        why = "，".join(REASONS[code].sentence for code in codes if REASONS[code].points > 0)
        row.refuse(
            "resembles_member",
            "证件号码“{value}”没有登记，但与一名已登记的会员很可能是同一人（" + why + "），"
            "请对照证件核对号码；确为两人的，在“确认为另一人”一列填“是”。",
            column="number",
            suggestion=hit.number.clear(),
        )


def note(rows: Sequence[Row], context: Context) -> None:
    """List who came near for a look; what the uploader confirmed is remembered as decided."""
    alike = context.data.get("alike", {})
    near = {row.object_id: row for row in rows if row.number in alike}
    if not near:
        return
    met: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for key, person in Membership.objects.filter(pk__in=near).values_list("pk", "person"):
        row = near[str(key)]
        met[bool(row.get("is_another"))] += [(person, other) for other in alike[row.number]]
    for are_apart, pairs in met.items():
        if pairs:
            candidates.note(pairs, are_apart=are_apart, by=context.by)


def _hits(rows: Sequence[Row]) -> Iterator[Hit]:
    """Every row with each of its namesakes of the same birth date or phone."""
    index = Person._meta.get_field("phone_index").index
    by_birth: dict[tuple[str, date], list[Row]] = {}
    by_phone: dict[tuple[str, bytes], list[Row]] = {}
    phones: dict[int, bytes | None] = {}
    for row in rows:
        name, phone = row.get("name"), index(row.get("phone"))
        phones[row.number] = phone
        by_birth.setdefault((name, row.get("birth_date")), []).append(row)
        if phone:
            by_phone.setdefault((name, phone), []).append(row)
    found = _query(by_birth, by_phone)
    namesakes = Counter((name, born) for _, name, born, *_ in found)
    told: set[tuple[int, int]] = set()
    for person, name, born, kind, envelope, phone in found:
        if namesakes[name, born] > 2 * doubles.NAMESAKES:  # each may be found in both ways
            continue
        number = Person._meta.get_field("certificate_number").to_python(envelope)
        born = Person._meta.get_field("birth_date").to_python(born)
        phone = phone and bytes(phone)
        known = Particulars(name, "", born, kind, number.clear(), phone)
        for row in [*by_birth.get((name, born), ()), *by_phone.get((name, phone), ())]:
            if (row.number, person) in told:
                continue
            told.add((row.number, person))
            given = Particulars(
                *(name, "", row.get("birth_date"), row.get("certificate_type")),
                *(row.get("number"), phones[row.number]),
            )
            yield Hit(row, person, number, doubles.reasons(given, known))


def _query(by_birth: dict, by_phone: dict) -> list[tuple]:
    adapt = connection.ops.adapt_datefield_value
    parts, parameters = [], []
    for sql, keys in (
        (_BY_BIRTH, [(name, adapt(born)) for name, born in by_birth]),
        (_BY_PHONE, list(by_phone)),
    ):
        if keys:
            parts.append(sql.format(", ".join(["(%s, %s)"] * len(keys))))
            parameters += [value for key in keys for value in key]
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        return cursor.fetchall()


def _unions(persons: set[int]) -> dict[int, int]:
    """The union of each person's current or last membership; none of those merged away."""
    homes: dict[int, int] = {}
    held = Membership.objects.filter(person__in=persons).last_first()
    for person, union in held.values_list("person", "organisation"):
        homes.setdefault(person, union)
    return homes
