"""Persons who may be one: found in a whole scope by a job, around one person at once; told apart.

Pairs come from sets (equal name and birth date, equal phone, one union and one name, numbers of
other certificates); what is compared then is a rule (`members.doubles`).
"""

import os.path
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import combinations, groupby
from operator import itemgetter

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Window
from django.utils import timezone

from core import audit
from core.bulk import batched
from core.errors import Refused
from core.jobs import enqueue
from core.models import Job, Organisation, User
from core.scope import path_after
from core.services.records import require
from members import doubles
from members.doubles import LIKELY, LISTED, NAMESAKES, PHONE_SHARED, WEAK, Particulars
from members.models import DuplicateCandidate, Membership, Person
from members.services import people

PAIRS = 2_000  # compared at a time
KIND = "members.find_duplicates"

Pair = tuple[int, int]
Progress = Callable[[int], None]

# Grouped first: groups are read from the index alone, and joining what is left is cheap. Only the
# first of a pair is asked for the scope here, both when they are compared.
_BY_NAME_AND_BIRTH = """
    SELECT a.id, b.id FROM (
        SELECT name, birth_date FROM members_person
        GROUP BY name, birth_date HAVING COUNT(*) BETWEEN 2 AND %s) shared
    JOIN members_person a ON a.name = shared.name AND a.birth_date = shared.birth_date
    JOIN members_person b
    ON b.name = shared.name AND b.birth_date = shared.birth_date AND b.id > a.id
    WHERE EXISTS (
        SELECT 1 FROM members_membership m JOIN core_organisation o ON o.id = m.organisation_id
        WHERE m.person_id = a.id AND o.path >= %s AND o.path < %s)"""
_BY_PHONE = """
    SELECT a.id, b.id FROM (
        SELECT phone_index FROM members_person WHERE phone_index IS NOT NULL
        GROUP BY phone_index HAVING COUNT(*) BETWEEN 2 AND %s) shared
    JOIN members_person a ON a.phone_index = shared.phone_index
    JOIN members_person b ON b.phone_index = shared.phone_index AND b.id > a.id
    WHERE (a.pinyin = b.pinyin OR a.birth_date = b.birth_date) AND EXISTS (
        SELECT 1 FROM members_membership m JOIN core_organisation o ON o.id = m.organisation_id
        WHERE m.person_id = a.id AND o.path >= %s AND o.path < %s)"""


@transaction.atomic
def ask(organisation: Organisation, *, by: User, send: bool = True) -> Job:
    """Ask for a search of everybody in the organisation's scope.

    `send=False` is for a caller who runs the job himself.
    """
    require(by, "members.change_duplicatecandidate", organisation)
    return enqueue(KIND, by=by, organisation=organisation, parameters={}, send=send)


# Sources of pairs.


def by_name_and_birth(organisation: Organisation) -> Iterator[Pair]:
    yield from _rows(_BY_NAME_AND_BIRTH, [NAMESAKES, *_range(organisation)])


def by_phone(organisation: Organisation) -> Iterator[Pair]:
    yield from _rows(_BY_PHONE, [PHONE_SHARED, *_range(organisation)])


def by_union_and_name(organisation: Organisation) -> Iterator[Pair]:
    """Namesakes of one union whose birth dates are a slip apart; equal ones are found by date."""
    shared = Window(Count("pk"), partition_by=["organisation", "person__name"])
    rows = Membership.objects.current().within(organisation).annotate(shared=shared)
    rows = rows.filter(shared__gt=1).order_by("organisation")
    facts = rows.values_list("organisation", "person", "person__name", "person__birth_date")
    for _, members in groupby(facts, key=itemgetter(0)):
        namesakes = defaultdict(list)
        for _, person, name, born in members:
            namesakes[name].append((person, born))
        for persons in namesakes.values():
            for (one, born), (other, born_too) in combinations(persons, 2):
                if doubles.are_near(born, born_too):
                    yield _ordered(one, other)


def by_number(organisation: Organisation) -> Iterator[Pair]:
    """Only where one of the two holds another certificate than a resident card."""
    others = Person.objects.within(organisation).exclude(
        certificate_type=Person.CertificateType.RESIDENT
    )
    index = Person._meta.get_field("certificate_index").index
    facts = others.values_list("pk", "certificate_type", "certificate_number")
    for batch in batched(facts.iterator(PAIRS), PAIRS):
        asked = {
            index(f"{kind}:{number}"): pk
            for pk, holds, sealed in batch
            for kind, number in doubles.numbers_alike(
                holds, sealed.clear(), Person.CertificateType.values
            )
        }
        found = Person.objects.filter(certificate_index__in=asked)
        for pk, key in found.values_list("pk", "certificate_index"):
            yield _ordered(pk, asked[key])


SOURCES = {
    "按证件号码": by_number,
    "按姓名和出生日期": by_name_and_birth,
    "按手机号": by_phone,
    "按工会和姓名": by_union_and_name,
}


def _rows(sql: str, parameters: list) -> Iterator[tuple]:
    # Not a cursor on the server: for one of those it plans to give the first rows soon, without its
    # parallel workers, and of everybody in the scope only pairs come back.
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(PAIRS):
            yield from rows


def _range(organisation: Organisation) -> list[str]:
    return [organisation.path, path_after(organisation.path)]


def _ordered(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


# Comparing and keeping.


@transaction.atomic
def keep(pairs: Iterable[Pair], organisation: Organisation, progress: Progress) -> int:
    """Compare pairs and keep those of both in scope that are worth a look. Returns how many."""
    kept = compared = 0
    for batch in batched(pairs, PAIRS):
        kept += _keep(batch, least=LISTED, path=organisation.path)
        compared += len(batch)
        progress(compared)
    return kept


@transaction.atomic
def lapse(organisation: Organisation) -> int:
    """Forget open pairs that no longer look alike since a record was corrected."""
    rows = DuplicateCandidate.objects.within(organisation).open()
    gone = 0
    for batch in batched(rows.values_list("pk", "first", "second").iterator(PAIRS), PAIRS):
        facts, _ = _facts({pk for _, *pair in batch for pk in pair})
        past = [
            pk
            for pk, first, second in batch
            if doubles.points(doubles.reasons(facts[first], facts[second])) < WEAK
        ]
        gone += DuplicateCandidate.objects.filter(pk__in=past).delete()[0]
    return gone


@transaction.atomic
def look_for(person: Person, *, by: User) -> list[DuplicateCandidate]:
    """Everybody who may be this person, as `find_for` finds them; that it was asked is recorded."""
    require(by, "members.change_duplicatecandidate", person)
    found = find_for(person, by=by)
    audit.record("members.person.look_alike", by=by, obj=person, changes={"count": len(found)})
    return found


@transaction.atomic
def find_for(person: Person, *, by: User) -> list[DuplicateCandidate]:
    """Everybody who may be this person, kept as pairs to be decided; those that `by` sees.

    Who asks after one person is shown weaker likenesses than the list of work.
    """
    home = person.memberships.last_first().values_list("organisation", flat=True).first()
    found = _near(person, home) - {person.pk}
    _keep([_ordered(person.pk, pk) for pk in found], least=WEAK)
    return list(
        DuplicateCandidate.objects.visible_to(by)
        .open()
        .of(person)
        .select_related("first", "second")
    )


def second_of(person: Person, union: Organisation, *, by: User) -> list[Person]:
    """Registered persons in scope who are as good as surely this one, who is about to join.

    `person` is cleaned and not stored. Ambiguous never creates: whoever enters it is asked first.
    """
    facts, _ = _facts(_near(person, union.pk))
    given = Particulars(
        *(person.name, person.pinyin, person.birth_date, person.certificate_type),
        *(person.certificate_number.clear(), _phone_index(person), union.pk),
    )
    likely = [
        pk for pk, known in facts.items() if doubles.points(doubles.reasons(given, known)) >= LIKELY
    ]
    return list(Person.objects.visible_to(by).filter(pk__in=likely))


@transaction.atomic
def enrol(
    person: Person, membership: Membership, *, is_another: bool = False, by: User
) -> Membership:
    """Enrol one person who was entered by hand. Ambiguous never creates.

    A new person who is as good as surely a registered one is refused (`resembles_member`), unless
    `is_another` says that the two were compared; that is remembered as decided.
    """
    seconds = []
    if not person.pk:
        person.clean()
        seconds = second_of(person, membership.organisation, by=by)
    if seconds and not is_another:
        numbers = "、".join(str(second.certificate_number) for second in seconds)
        raise Refused(
            f"与已登记的会员（证件号码 {numbers}）很可能是同一人，请对照证件核对；"
            "确为两人的，勾选“确认为另一人”后再保存。",
            code="resembles_member",
        )
    made = people.enrol(person, membership, by=by)
    note([(person.pk, second.pk) for second in seconds], are_apart=True, by=by)
    return made


def _near(person: Person, union: int | None) -> set[int]:
    """Who may be the person: by number, by name and birth date, by phone, by union and name."""
    index = Person._meta.get_field("certificate_index").index
    alike = doubles.numbers_alike(
        person.certificate_type, person.certificate_number.clear(), Person.CertificateType.values
    )
    numbers = [index(f"{kind}:{number}") for kind, number in alike]
    found = set(Person.objects.filter(certificate_index__in=numbers).values_list("pk", flat=True))
    namesakes = Person.objects.filter(name=person.name, birth_date=person.birth_date)
    found |= _at_most(NAMESAKES, namesakes)
    if phone := _phone_index(person):
        found |= _at_most(PHONE_SHARED, Person.objects.filter(phone_index=phone))
    here = Membership.objects.current().filter(organisation=union).values("person")
    return found | _at_most(NAMESAKES, Person.objects.filter(name=person.name, pk__in=here))


def _at_most(count: int, persons: QuerySet[Person]) -> set[int]:
    """Those persons; none of them if there are more, which says nothing about any."""
    found = list(persons.order_by().values_list("pk", flat=True)[: count + 1])
    return set(found) if len(found) <= count else set()


def _phone_index(person: Person) -> bytes | None:
    return Person._meta.get_field("phone_index").index(person.phone and person.phone.clear())


@transaction.atomic
def note(pairs: Iterable[Pair], *, are_apart: bool, by: User) -> None:
    """Keep pairs that were met while members were brought in; `are_apart` as `by` has confirmed."""
    pairs = {_ordered(*pair) for pair in pairs}
    _keep(pairs, least=WEAK if are_apart else LISTED)
    if not are_apart:
        return
    rows = DuplicateCandidate.objects.open().filter(first__in={first for first, _ in pairs})
    for row in rows:
        if (row.first_id, row.second_id) in pairs:
            _set_apart(row, "录入时已确认为另一人", by)


def _keep(pairs: Collection[Pair], *, least: int, path: str = "") -> int:
    """Keep the pairs of at least so many points, of which both lie under `path`; how many."""
    facts, paths = _facts({pk for pair in pairs for pk in pair})
    found = {}
    for first, second in pairs:
        if not (first in paths and second in paths):
            continue  # merged away: without a membership
        if not (paths[first].startswith(path) and paths[second].startswith(path)):
            continue
        codes = doubles.reasons(facts[first], facts[second])
        if doubles.points(codes) >= least:
            found[first, second] = (codes, _common(paths[first], paths[second]))
    if not found:
        return 0
    above = dict(
        Organisation.objects.filter(path__in={where for _, where in found.values()}).values_list(
            "path", "pk"
        )
    )
    known = {
        (row.first_id, row.second_id): row
        for row in DuplicateCandidate.objects.filter(first__in={first for first, _ in found})
    }
    new, changed = [], []
    for pair, (codes, where) in found.items():
        row = known.get(pair) or DuplicateCandidate(first_id=pair[0], second_id=pair[1])
        if row.state != DuplicateCandidate.State.OPEN:
            continue
        before = (row.codes, row.organisation_id)
        row.judge(codes)
        row.organisation_id = above[where]
        if row.pk is None:
            new.append(row)
        elif before != (row.codes, row.organisation_id):
            changed.append(row)
    DuplicateCandidate.objects.bulk_create(new, batch_size=PAIRS)
    DuplicateCandidate.objects.bulk_update(changed, ["codes", "points", "organisation"])
    return len(found)


def _facts(persons: Iterable[int]) -> tuple[dict[int, Particulars], dict[int, str]]:
    """What is compared of each person, and the path of the union of the last membership."""
    homes: dict[int, tuple[int, str]] = {}
    held = Membership.objects.filter(person__in=persons).last_first()
    for person, union, path in held.values_list("person", "organisation", "organisation__path"):
        homes.setdefault(person, (union, path))
    rows = Person.objects.filter(pk__in=persons).values_list(
        *["pk", "name", "pinyin", "birth_date", "certificate_type"],
        *["certificate_number", "phone_index"],
    )
    facts = {
        pk: Particulars(name, pinyin, birth, kind, number.clear(), phone, homes.get(pk, (None,))[0])
        for pk, name, pinyin, birth, kind, number, phone in rows.order_by()
    }
    return facts, {person: path for person, (_, path) in homes.items()}


def _common(one: str, other: str) -> str:
    """The path of the lowest organisation above both, or of their own."""
    shared = os.path.commonprefix([one, other])
    return shared[: len(shared) - len(shared) % Organisation.steplen]


# Deciding.


@transaction.atomic
def set_apart(candidate: DuplicateCandidate, *, why: str, by: User) -> DuplicateCandidate:
    """不是同一人: two persons after all. Remembered, so that nobody is asked again."""
    row = lock(candidate, "members.change_duplicatecandidate", by)
    if len(why.strip()) < 2:
        raise Refused("请填写判断依据，例如已电话核实。", code="reason_required")
    return _set_apart(row, why, by)


def _set_apart(row: DuplicateCandidate, why: str, by: User) -> DuplicateCandidate:
    row.state, row.why = DuplicateCandidate.State.APART, why
    row.decided_by, row.decided_at = by, timezone.now()
    row.save(update_fields=["state", "why", "decided_by", "decided_at"])
    audit.record(
        "members.duplicatecandidate.apart",
        by=by,
        obj=row,
        changes={"state": [DuplicateCandidate.State.OPEN, DuplicateCandidate.State.APART]},
        reason=why,
    )
    return row


def lock(candidate: DuplicateCandidate, permission: str, by: User) -> DuplicateCandidate:
    """The open pair, locked, both persons in scope of the permission."""
    row = DuplicateCandidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    require(by, permission, row)
    if row.state != DuplicateCandidate.State.OPEN:
        raise Refused(f"这一对会员已核对为“{row.get_state_display()}”。", code="pair_decided")
    return row
