"""Two records of one human being: why they may be, and how their memberships become one history.

Pure functions, no Django. Names and birth dates coincide often in a city of millions, so a reason
has points, what speaks against it takes some away, and only the sum decides.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from core.rules.certificates import modern_number


class Reason(NamedTuple):
    """Why two records may be one person: its points (negative: against it) and how it is said."""

    points: int
    sentence: str


# Set by judgement, from how rosters go wrong: a number is mistyped or belongs to another
# certificate, a name is typed by its sound. Nothing official prescribes them.
REASONS = {
    "number_other_type": Reason(150, "证件号码相同，证件类型不同"),
    "number_legacy": Reason(150, "一个是另一个的 15 位旧身份证号码"),
    "number_slip": Reason(50, "证件号码仅差一位或邻位颠倒"),
    "phone": Reason(50, "手机号相同"),
    "name": Reason(40, "姓名相同"),
    "pinyin": Reason(30, "姓名读音相同"),
    "birth": Reason(30, "出生日期相同"),
    "union": Reason(20, "在同一工会"),
    "phone_differs": Reason(-30, "手机号不同"),
}
# Points from which two records are called one person as good as surely: an import asks back.
LIKELY = 100
# Points from which a pair stands in the list of work.
LISTED = 80
# Points from which a pair is shown to whoever asks after one person.
WEAK = 60
# More people than this with one phone: it is that of their foreman or their office.
PHONE_SHARED = 8
# More people than this of one name and birth date: the date was made up, or the name is 某某.
NAMESAKES = 20


@dataclass(frozen=True)
class Particulars:
    """What is compared of a person. `phone` is any value that is equal for equal phones."""

    name: str = field(repr=False)
    pinyin: str = field(repr=False)
    birth_date: date | None = field(repr=False)
    kind: str
    number: str = field(repr=False)
    phone: Hashable = field(default=None, repr=False)
    union: Hashable = None


def reasons(one: Particulars, other: Particulars) -> tuple[str, ...]:
    """Everything that speaks for, and against, one person behind the two; codes of `REASONS`."""
    found = []
    if one.number == other.number and one.kind != other.kind:
        found.append("number_other_type")
    elif is_legacy(one.number, other.number):
        found.append("number_legacy")
    elif is_slip(one.number, other.number):
        found.append("number_slip")
    if one.name == other.name:
        found.append("name")
    elif one.pinyin and one.pinyin == other.pinyin:
        found.append("pinyin")
    if one.birth_date and one.birth_date == other.birth_date:
        found.append("birth")
    if one.phone and other.phone:
        found.append("phone" if one.phone == other.phone else "phone_differs")
    if one.union is not None and one.union == other.union:
        found.append("union")
    return tuple(found)


def points(codes: Iterable[str]) -> int:
    return sum(REASONS[code].points for code in codes)


def is_slip(one: str, other: str) -> bool:
    """Whether two numbers are one slip of the hand apart: a digit, or two neighbours swapped.

    Of resident numbers the first 17 digits are compared: the last follows from them, and whoever
    mends it as a program suggests makes a wrong number look right.
    """
    if len(one) != len(other) or one == other:
        return False
    if len(one) == 18:
        one, other = one[:17], other[:17]
    differing = [at for at in range(len(one)) if one[at] != other[at]]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] - differing[0] != 1:
        return False
    left, right = differing
    return one[left] == other[right] and one[right] == other[left]


def is_legacy(one: str, other: str) -> bool:
    """Whether one of the numbers is the other as it was before 1999: 15 digits (GB 11643-1989)."""
    old, new = sorted((one, other), key=len)
    return len(old) == 15 and len(new) == 18 and old == new[:6] + new[8:17]


def numbers_alike(kind: str, number: str, kinds: Iterable[str]) -> list[tuple[str, str]]:
    """Under which other kinds and numbers the holder may be registered a second time."""
    found = [(other, number) for other in kinds if other != kind]
    if len(number) == 18:
        found.append(("passport", number[:6] + number[8:17]))  # no other kind takes 15 digits
    elif eighteen := modern_number(number):
        found.append(("resident", eighteen))
    return found


def are_near(one: date | None, other: date | None) -> bool:
    """Whether one slip may lie between two birth dates: two of year, month and day agree."""
    if not (one and other):
        return False
    pairs = zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)
    return sum(a != b for a, b in pairs) == 1


def is_spelling(one: str, other: str, pinyin_of: Iterable[str]) -> bool:
    """Whether two names are one name written in two ways; `pinyin_of` is the pinyin of each.

    The middle dot and blanks aside, or characters that sound alike: another form of a character, or
    the wrong one picked from the keyboard's list.
    """
    first, second = pinyin_of
    return one == other or bool(first) and first == second


# The memberships of two records as one history.


class Spell(NamedTuple):
    """A membership from `since` up to, not on, `until` (None: it goes on)."""

    key: int
    union: int
    since: date
    until: date | None

    def overlaps(self, other: "Spell") -> bool:
        """Whether there is a day on which both count; one that never counted overlaps nothing."""
        if self.since == self.until or other.since == other.until:
            return False
        ends, others_end = self.until or date.max, other.until or date.max
        return self.since < others_end and other.since < ends


class Change(NamedTuple):
    """What becomes of a spell that counted its holder a second time.

    With `into` it ends where that spell begins, as by a transfer; without, it never counted.
    """

    key: int
    until: date
    into: int | None = None


def one_history(spells: Sequence[Spell], stays: int, *, moved: bool) -> list[Change]:
    """What must change so that the holder of all spells is counted once on any day.

    `stays` is the key of the spell that is right whatever else is. The others are taken from the
    latest to the earliest; one that overlaps what is already settled never counted, or, if the
    member `moved`, ends where the later one begins. In one and the same union nobody moves.
    """
    settled = [spell for spell in spells if spell.key == stays]
    changes = []
    others = [spell for spell in spells if spell.key != stays]
    for spell in sorted(others, key=lambda spell: (spell.since, spell.key), reverse=True):
        rivals = [rival for rival in settled if spell.overlaps(rival)]
        if not rivals:
            settled.append(spell)
            continue
        first = min(rivals, key=lambda rival: rival.since)
        elsewhere = all(rival.union != spell.union for rival in rivals)
        if moved and elsewhere and spell.since < first.since:
            changes.append(Change(spell.key, first.since, first.key))
            settled.append(spell._replace(until=first.since))
        else:
            changes.append(Change(spell.key, spell.since))
    return changes
