"""Rosters and people who may be registered already: ambiguous never creates, never overwrites."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent
from members.models import DuplicateCandidate, Membership, Person
from members.services import doubles, merging, people
from tests.factories.members import checked, membership, person
from tests.members.test_sheets import bring, codes

NUMBER = checked("33060019850617001")
SLIP = checked("33060019850617003")
FAR = checked("33060019850617120")


@pytest.fixture
def local(world):
    return world.user("clerk", world.district)


@pytest.fixture
def wang(world, local):
    known = person("王建国", NUMBER, phone="13800001234")
    return people.enrol(known, membership(world.own), by=local)


def row(world, number, **more):
    return {
        "姓名": "王建国", "证件号码": number, "所属工会": world.own.code, "入会日期": "2021-03-05",
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "more"),
    [
        (FAR, {"手机号": "13800001234"}),  # name, birth date and phone
        (SLIP, {}),  # name and a slip in the number
        (SLIP, {"手机号": "13900009999"}),  # and another phone, but in one union
        (checked("33060019860617001"), {"手机号": "13800001234"}),  # a slip in the birth date
    ],
)
def test_an_unknown_number_of_a_known_person_is_asked_back(world, local, wang, number, more):
    told = bring("members", [row(world, number, **more)], world.district, local)
    assert codes(told) == [(2, "resembles_member")]
    (error,) = told["errors"]
    assert "确认为另一人" in error["message"]
    assert "是否为“3306**********0011”" in error["message"]
    assert number not in str(told)
    assert NUMBER not in str(told)
    assert Person.objects.count() == 1


def test_the_uploader_may_say_that_it_is_another(world, local, wang):
    told = bring("members", [row(world, SLIP, 确认为另一人="是")], world.district, local)
    assert (told["created"], told["errors"]) == (1, [])
    pair = DuplicateCandidate.objects.get()
    assert (pair.state, pair.decided_by) == ("apart", local)
    assert AuditEvent.objects.filter(action="members.duplicatecandidate.apart").exists()
    again = bring("members", [row(world, SLIP, 确认为另一人="是")], world.district, local)
    assert again["same"] == 1


@pytest.mark.parametrize(
    ("number", "more", "pairs"),
    [
        (FAR, {}, 1),  # name and birth date in one union
        (FAR, {"所属工会": "sibling"}, 0),  # name and birth date alone
        (FAR, {"手机号": "13900009999"}, 0),  # the phone speaks against it
        (SLIP, {"所属工会": "sibling", "手机号": "13900009999"}, 1),
        (checked("33010019770101005"), {"手机号": "13800001234", "所属工会": "sibling"}, 1),
    ],
)
def test_a_weaker_likeness_is_brought_in_and_listed(world, local, wang, number, more, pairs):
    told = bring("members", [row(world, number, **more)], world.district, local)
    assert (told["created"], told["errors"]) == (1, [])
    assert DuplicateCandidate.objects.open().count() == pairs


def test_a_person_of_another_district_is_not_given_away(world, local):
    known = person("王建国", NUMBER, phone="13800001234")
    people.enrol(known, membership(world.foreign), by=world.user("clerk"))
    told = bring("members", [row(world, SLIP, 手机号="13800001234")], world.district, local)
    assert (told["created"], told["errors"]) == (1, [])
    pair = DuplicateCandidate.objects.get()
    assert pair.organisation == world.city
    assert not DuplicateCandidate.objects.visible_to(local).exists()


@pytest.mark.parametrize(
    ("name", "refused"), [("李梅", True), ("王健国", False), ("王建國", False), ("王建", True)]
)
def test_a_known_number_under_another_name_is_a_contradiction(world, local, wang, name, refused):
    told = bring("members", [row(world, NUMBER, 姓名=name)], world.district, local)
    assert codes(told) == ([(2, "name_contradicts_register")] if refused else [])
    assert Person.objects.get().name == ("王建国" if refused else name)
    assert "王建国" not in str(told["errors"])


def test_who_left_comes_back_under_the_own_name_only(world, local, wang):
    people.leave(wang, on=datetime.date(2020, 12, 1), reason="quit", by=local)
    told = bring("members", [row(world, NUMBER, 姓名="李梅")], world.district, local)
    assert codes(told) == [(2, "name_contradicts_register")]
    assert Membership.objects.count() == 1


def test_a_number_that_was_merged_away_names_the_right_one(world, local, wang):
    other = person("王建国", SLIP)
    again = people.enrol(other, membership(world.own), by=local)
    people.leave(again, on=datetime.date(2020, 6, 1), reason="quit", by=local)
    (pair,) = doubles.find_for(other, by=local)
    merging.merge(pair, survivor=wang.person, reason="身份证核对一致", by=local)
    told = bring("members", [row(world, SLIP)], world.district, local)
    assert codes(told) == [(2, "number_merged")]
    assert "是否为“3306**********0011”" in told["errors"][0]["message"]
    assert bring("members", [row(world, NUMBER)], world.district, local)["updated"] == 1


def test_questions_do_not_grow_with_the_rows(world, local):
    def asked(rows):
        with CaptureQueriesContext(connection) as found:
            assert bring("members", rows, world.district, local)["created"] == len(rows)
        return len(found)

    def namesakes(number, count):
        """Of many birth dates; each comes near the one of the same date, if there is one."""
        return [
            row(world, checked(f"33060019{70 + n}0101{number:03}"), 姓名="李梅")
            for n in range(count)
        ]

    asked(namesakes(120, 20))
    assert not DuplicateCandidate.objects.exists()
    assert asked(namesakes(340, 5)) == asked(namesakes(560, 20))
    assert DuplicateCandidate.objects.count() > 20
