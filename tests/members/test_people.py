"""Joining, leaving, re-joining, transferring: a count as of any day stays right."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent
from core.services import organisations
from members.models import Membership, Person, Transfer
from members.services import people
from tests.factories.members import membership, person, resident_number

DAY = datetime.date


def members_on(organisation, day):
    return Membership.objects.in_force(day).within(organisation).count()


@pytest.fixture
def clerk(world):
    return world.user("clerk")


@pytest.fixture
def joined(world, clerk):
    someone = person(number="330600199003079990")
    return people.enrol(someone, membership(world.own), by=clerk)


def test_the_number_says_sex_and_birth_and_the_name_its_pinyin(joined):
    stored = Person.objects.get()
    assert (stored.sex, stored.pinyin, stored.pinyin_initials) == ("male", "wangjianguo", "wjg")
    assert stored.birth_date == DAY(1990, 3, 7)
    assert str(stored.certificate_number).startswith("3306****")


def test_found_by_exact_number_and_phone_only(world, clerk):
    number = resident_number()
    people.enrol(person(number=number, phone="138-0000 1234"), membership(world.own), by=clerk)
    assert Person.objects.numbered("resident", number).exists()
    assert not Person.objects.numbered("passport", number).exists()
    assert not Person.objects.numbered("resident", number[:-1]).exists()
    assert Person.objects.phoned("13800001234").exists()


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"number": "330600199003079991"}, "certificate_number"),
        ({"number": "330600199002309993"}, "certificate_number"),
        ({"sex": "female", "number": "330600199003079990"}, "certificate_number"),
        ({"birth_date": DAY(1991, 1, 1)}, "certificate_number"),
        ({"name": "王"}, "name"),
        ({"phone": "12345"}, "phone"),
    ],
)
def test_wrong_particulars_are_named_and_nothing_is_written(world, clerk, fields, where):
    with pytest.raises(ValidationError) as error:
        people.enrol(person(**fields), membership(world.own), by=clerk)
    assert where in error.value.message_dict
    assert not Person.objects.exists()


def test_one_number_is_one_person_and_one_person_has_one_open_membership(world, clerk, joined):
    same = joined.person.certificate_number.clear()
    with pytest.raises(IntegrityError), transaction.atomic():
        people.enrol(person(number=same), membership(world.sibling), by=clerk)
    with pytest.raises(Refused) as refusal:
        people.enrol(joined.person, membership(world.sibling), by=clerk)
    assert refusal.value.code == "already_member"
    with pytest.raises(IntegrityError), transaction.atomic():
        membership(world.sibling, person=joined.person).save()


def test_leaving_and_joining_again(world, clerk, joined):
    people.leave(joined, on=DAY(2021, 3, 1), reason="quit", by=clerk)
    assert members_on(world.own, DAY(2021, 2, 28)) == 1
    assert members_on(world.own, DAY(2021, 3, 1)) == 0
    with pytest.raises(Refused) as refusal:
        people.enrol(joined.person, membership(world.sibling, DAY(2021, 2, 1)), by=clerk)
    assert refusal.value.code == "joined_before_left"
    again = people.enrol(joined.person, membership(world.sibling, DAY(2021, 6, 1)), by=clerk)
    assert again.entry == Membership.Entry.REJOIN
    assert members_on(world.district, DAY(2021, 5, 31)) == 0
    assert members_on(world.district, DAY(2021, 6, 1)) == 1
    with pytest.raises(Refused) as refusal:
        people.leave(joined, on=DAY(2021, 4, 1), reason="quit", by=clerk)
    assert refusal.value.code == "ended"


def test_transfer_moves_the_member_on_the_day_of_acceptance(world, clerk, joined):
    transfer = people.issue_transfer(joined, target=world.foreign, on=DAY(2021, 3, 1), by=clerk)
    assert members_on(world.own, DAY(2021, 3, 15)) == 1
    new = people.accept_transfer(transfer, on=DAY(2021, 4, 1), by=clerk)
    for day, here, there in [(DAY(2021, 3, 31), 1, 0), (DAY(2021, 4, 1), 0, 1)]:
        assert members_on(world.own, day) == here
        assert members_on(world.foreign, day) == there
        assert members_on(world.city, day) == 1
    assert new.entry == Membership.Entry.TRANSFER
    with pytest.raises(Refused) as refusal:
        people.accept_transfer(transfer, on=DAY(2021, 4, 2), by=clerk)
    assert refusal.value.code == "transfer_decided"


def test_only_the_receiving_union_decides_a_transfer(world, clerk, joined):
    transfer = people.issue_transfer(joined, target=world.foreign, on=DAY(2021, 3, 1), by=clerk)
    leaving = world.user("chair", world.own)
    receiving = world.user("chair", world.foreign)
    stranger = world.user("chair", world.sibling)
    with pytest.raises(Refused) as refusal:
        people.accept_transfer(transfer, on=DAY(2021, 3, 2), by=leaving)
    assert refusal.value.code == "not_receiving"
    with pytest.raises(OutOfScope):
        people.accept_transfer(transfer, on=DAY(2021, 3, 2), by=stranger)
    people.decline_transfer(transfer, on=DAY(2021, 3, 2), reason="不在本单位", by=receiving)
    assert Transfer.objects.get().state == Transfer.State.DECLINED
    assert members_on(world.own, DAY(2021, 12, 31)) == 1


def test_a_chair_enrols_into_the_own_union_only(world):
    chair = world.user("chair", world.own)
    people.enrol(person(), membership(world.child), by=chair)
    with pytest.raises(OutOfScope):
        people.enrol(person(), membership(world.sibling), by=chair)
    with pytest.raises(NotPermitted):
        people.enrol(person(), membership(world.own), by=world.user("leader"))
    assert Person.objects.count() == 1


def test_a_person_is_seen_by_every_union_of_his_past(world, clerk, joined):
    transfer = people.issue_transfer(joined, target=world.foreign, on=DAY(2021, 3, 1), by=clerk)
    people.accept_transfer(transfer, on=DAY(2021, 4, 1), by=clerk)
    for role_at, expected in [(world.own, 1), (world.foreign, 1), (world.sibling, 0)]:
        chair = world.user("chair", role_at)
        assert Person.objects.visible_to(chair).count() == expected


def test_correcting_many_audits_what_changed_masked(world, clerk, joined):
    joined.person.phone = "13900001111"
    joined.position = "焊工"
    assert people.correct_many([(joined.person, joined)], by=clerk) == 2
    stored = Person.objects.phoned("13900001111").get()
    assert stored.phone.clear() == "13900001111"
    traces = {event.object_type: event.changes for event in AuditEvent.objects.all()[:2]}
    assert traces["members.Person"] == {"phone": [None, "139****1111"]}
    assert traces["members.Membership"] == {"position": ["", "焊工"]}
    assert people.correct_many([(joined.person, joined)], by=clerk) == 0


def test_many_take_statements_by_the_batch_not_by_the_row(
    world, clerk, django_assert_max_num_queries
):
    for count in (5, 300):
        pairs = [(person(), membership(world.own)) for _ in range(count)]
        # SQLite takes some fifty rows a statement.
        with django_assert_max_num_queries(22 + 2 * count // 40):
            people.enrol_many(pairs, by=clerk)
    assert members_on(world.own, DAY(2021, 1, 1)) == 305


def test_members_stay_with_the_union_when_it_moves(world, clerk, joined):
    organisations.move(world.own, parent=world.foreign_town, on=DAY(2021, 7, 1), by=world.builder)
    assert members_on(world.organisation("other_district"), DAY(2021, 12, 31)) == 1


def test_keeping_the_membership(world, clerk, joined):
    with pytest.raises(Refused):
        people.keep(joined, since=DAY(2021, 1, 1), status="working", by=clerk)
    kept = people.keep(joined, since=DAY(2021, 1, 1), status="retired", by=clerk)
    assert kept.kept_since == DAY(2021, 1, 1)
    assert members_on(world.own, DAY(2021, 6, 1)) == 1
