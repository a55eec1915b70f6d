"""Which number may be meant where a spreadsheet has lost its digits: asked of the register.

A question to the clerk, never an answer: the row stays refused.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from core.sheets import Context, Row
from members.models import Membership, Person

# Codes of a number whose tail is gone; a phone proves nothing of them.
LOST = frozenset({"digits_lost", "number_rounded", "number_scientific"})
FULL = 15  # digits that Excel keeps; with all of them no phone is needed


def add_numbers(rows: Sequence[Row], context: Context) -> None:
    """Ask for each lost number whether it is that of the only member who can be meant.

    That is one in the union of the row, with the name of the row, whose number begins with what is
    left of the number, and with the phone of the row; without a phone 15 digits must be left. One
    query for all rows, and only of members in the uploader's scope.
    """
    lost = [row for row in rows if _is_lost(row) and row.get("name") and row.get("organisation")]
    if not lost:
        return
    members = (
        Membership.objects.visible_to(context.by)
        .current()
        .filter(
            organisation__in={row.get("organisation").pk for row in lost},
            person__name__in={row.get("name") for row in lost},
            person__certificate_type=Person.CertificateType.RESIDENT,
        )
        .select_related("person")
    )
    known: dict[tuple[int, str], list[Person]] = defaultdict(list)
    for member in members:
        known[member.organisation_id, member.person.name].append(member.person)
    for row in lost:
        namesakes = known[row.get("organisation").pk, row.get("name")]
        numbers = {
            person.certificate_number.clear() for person in namesakes if _may_be(row, person)
        }
        if len(numbers) == 1:
            row.suggest(numbers.pop(), column="number", codes=LOST)


def _is_lost(row: Row) -> bool:
    heading = row.sheet.fields["number"].heading
    return any(one.column == heading and one.code in LOST for one in row.errors)


def _may_be(row: Row, person: Person) -> bool:
    left = digits_left(row.cells.get("number", ""))
    number = person.certificate_number.clear()
    if not left or left not in _shown_of(number, len(left)):
        return False
    phone = row.get("phone")
    if phone is None:
        return len(left) >= FULL
    return person.phone is not None and person.phone.clear() == phone


def digits_left(text: str) -> str:
    """The digits that a spreadsheet has kept: 3306 of 3.306E+17, at most 15 of a long number."""
    mantissa = re.split(r"[eE]", text.strip().lstrip("'"))[0]
    return re.sub(r"\D", "", mantissa)[:FULL]


def _shown_of(number: str, count: int) -> set[str]:
    """So many digits from the front of a number: cut off, as Excel does, and rounded."""
    digits = number.removesuffix("X").ljust(18, "0")
    rounded = f"{Decimal(digits):.{count - 1}e}".split("e")[0].replace(".", "")
    return {digits[:count], rounded}
