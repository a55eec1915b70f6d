"""`manage.py synth`: a small one is written, and is what a large one would be."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from core import indicators
from core.models import Lineage, Organisation, User
from core.periods import Period
from core.rules import certificates
from demo import accounts
from demo.places import CITY
from demo.synthetic import people
from demo.synthetic.people import CHUNK
from demo.synthetic.plan import ONCE, Synthetic
from members import pinyin
from members.models import (
    Coverage,
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Person,
    Post,
    Transfer,
    UnionProfile,
)

MEMBERS = 400
TODAY = datetime.date(2025, 12, 31)


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker, tmp_path_factory):
    """Loaded once; every test only reads. What it seals is taken back, so its head is its own."""
    from django.db import transaction

    head = override_settings(AUDIT_HEAD_FILE=tmp_path_factory.mktemp("seals") / "audit.head")
    with head, django_db_blocker.unblock(), transaction.atomic():
        out = StringIO()
        call_command("synth", members=MEMBERS, stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_numbers_are_valid_found_by_their_index_and_decrypt(city):
    for person in Person.objects.all():
        number = person.certificate_number.clear()
        read = certificates.resident_number(number, on=TODAY)
        assert (read.value, read.sex, read.birth_date) == (number, person.sex, person.birth_date)
        assert Person.objects.numbered("resident", number).get() == person
        assert Person.objects.phoned(person.phone.clear()).get() == person
        assert pinyin.of_name(person.name) == (person.pinyin, person.pinyin_initials)
    for rows in (
        Person.objects.all(),
        Membership.objects.select_related("person", "organisation", "employer"),
        Transfer.objects.select_related("membership", "organisation", "target"),
        UnionProfile.objects.all(),
        Employer.objects.all()[:60],
        Coverage.objects.all()[:60],
        Post.objects.all()[:60],
        Mechanism.objects.all()[:60],
        HeadcountReport.objects.all()[:60],
    ):
        assert rows
        for row in rows:
            row.full_clean()


@pytest.mark.django_db
def test_history_and_sums_agree(city):
    assert Person.objects.count() == MEMBERS
    rows = Membership.objects.all()
    assert rows.filter(entry="new").count() == MEMBERS
    assert rows.filter(entry="transfer").count() == Transfer.objects.count() == MEMBERS // 32
    for move in Transfer.objects.select_related("membership", "result"):
        assert move.membership.person_id == move.result.person_id
        assert move.membership.left_on == move.result.joined_on == move.decided_on
        assert move.organisation_id != move.target_id
    for row in rows.select_related("organisation"):
        assert row.joined_on >= row.organisation.established_on
        assert row.organisation.closed_on is None
    assert not UnionProfile.objects.exclude(organisation__in=Organisation.objects.all()).exists()
    assert UnionProfile.objects.count() == Organisation.objects.count()
    assert Lineage.objects.filter(distance=0).count() == Organisation.objects.count()
    assert not any(Organisation.objects.find_problems())
    root = Organisation.objects.get(code=CITY)
    [figure] = indicators.compute(["members.total"], organisation=root, period=Period.parse("2025"))
    assert figure.value == rows.current().count()


@pytest.mark.django_db
def test_each_account_sees_its_own(city):
    total = Membership.objects.count()
    assert Membership.objects.visible_to(accounts.user(accounts.CLERK)).count() == total
    seen = {
        code: Membership.objects.visible_to(User.objects.get(username=account.username)).count()
        for code, account in accounts.DISTRICT_CLERKS.items()
    }
    assert all(seen.values())
    assert sum(seen.values()) < total  # those of the trades belong to no district
    for account in accounts.CHAIRS:
        assert account.username in city
        assert Membership.objects.visible_to(accounts.user(account)).exists()


@pytest.mark.django_db
def test_later_rows_get_numbers_of_their_own(city):
    before = Mechanism.objects.order_by("-id").first().pk
    made = Mechanism.objects.create(
        organisation=Organisation.objects.get(code=CITY), kind="election", since=TODAY
    )
    assert made.pk > before
    made.delete()


@pytest.mark.django_db
def test_a_second_city_is_refused(city):
    with pytest.raises(CommandError, match="新装"):
        call_command("synth", members=1)


@pytest.mark.django_db
def test_indexes_and_keys_are_there_again(city):
    """What was taken away for loading: the same names as the models declare."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Membership._meta.db_table)
    for index in (*Membership._meta.indexes, *Membership._meta.constraints):
        assert index.name in found
    linked = [one for one in found.values() if one["foreign_key"]]
    assert {one["columns"][0] for one in linked} == {"person_id", "organisation_id", "employer_id"}


def plain(city, number=0):
    city.pks = {code: place for place, code in enumerate(_codes(city), start=1)}
    return people.chunk(city, number)


def _codes(city):
    return [CITY, *(body.code for body, _ in (*city.federations(), *city.bodies()))]


def test_the_same_seed_gives_the_same_city():
    size = CHUNK + 300
    first, again, other = Synthetic(size, 7), Synthetic(size, 7), Synthetic(size, 8)
    assert first.unions == again.unions
    assert first.unions != other.unions
    assert plain(first, 1) == plain(again, 1)
    assert plain(first, 1) != plain(other, 1)


def test_the_county_that_handed_in_once_lies_first_and_alone():
    city = Synthetic(20_000)
    names = dict(enumerate(_codes(city), start=1))
    _, early, _ = plain(city, 0)
    _, late, _ = plain(city, 1)
    assert names[early[0][2]].startswith(ONCE)
    rostered = [row for row in late if row[0] > city.rostered and row[0] <= city.members]
    assert rostered
    assert not any(names[row[2]].startswith(ONCE) for row in rostered)


@pytest.mark.parametrize("members", [0, 90_000_000])
def test_sizes_that_cannot_be_made_are_refused(members):
    with pytest.raises(CommandError, match="人数"):
        call_command("synth", members=members)
