"""Persons who may be one: why, who sees the pair, how it is decided."""

import datetime

import pytest
from django.urls import reverse

from core.errors import NotPermitted, OutOfScope, Refused
from core.jobs import run_now
from core.models import AuditEvent
from members import doubles as rules
from members.doubles import Change, Particulars, Spell, one_history
from members.models import DuplicateCandidate, Membership
from members.services import doubles, people
from tests.factories.members import checked, membership, person

DAY = datetime.date
BORN = DAY(1985, 6, 17)
NUMBER = "330600198506170011"


def facts(name="王建国", pinyin="wangjianguo", born=BORN, number=NUMBER, **more):
    return Particulars(name, pinyin, born, more.pop("kind", "resident"), number, **more)


# The rules


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("33060019850617001", "33060019850617003", True),
        ("33060019850617001", "33060019850671001", True),
        ("33060019850617001", "33060019850617120", False),
        ("33060019850617001", "33060019850716001", False),
    ],
)
def test_a_slip_is_one_digit_or_two_neighbours_swapped(one, other, is_one):
    assert rules.is_slip(checked(one), checked(other)) is is_one
    assert rules.is_slip(checked(other), checked(one)) is is_one


def test_the_check_digit_that_a_program_suggests_hides_no_slip():
    assert checked("33060019850617001")[-1] != checked("33060019850617003")[-1]


def test_fifteen_digits_are_the_number_of_before():
    assert rules.is_legacy("330600850617001", NUMBER)
    assert not rules.is_legacy("330600850617002", NUMBER)


@pytest.mark.parametrize(
    ("other", "strength"),
    [
        (facts(number=checked("33010019770101005")), "weak"),  # name and birth date alone
        (facts(number=checked("33010019770101005"), union=1), "listed"),
        (facts(number=checked("33010019770101005"), phone="a"), "likely"),
        (facts(number=checked("33010019770101005"), phone="b"), "none"),
        (facts(number=checked("33060019850617003")), "likely"),  # a slip
        (facts(number=checked("33060019850617003"), phone="b"), "listed"),
        (facts("王建囯", number=checked("33010019770101005"), phone="a", born=None), "listed"),
        (facts("李梅", "limei", number=NUMBER, kind="passport"), "likely"),
        (facts("李梅", "limei", number="330600850617001", kind="passport"), "likely"),
        (facts("李梅", "limei", number=checked("33010019770101005"), born=None), "none"),
    ],
)
def test_reasons_add_up_and_a_weak_one_alone_is_no_work(other, strength):
    given = facts(phone="a", union=1) if other.phone or other.union else facts()
    got = rules.points(rules.reasons(given, other))
    bounds = {"likely": rules.LIKELY, "listed": rules.LISTED, "weak": rules.WEAK}
    reached = next((name for name, least in bounds.items() if got >= least), "none")
    assert reached == strength, got


X, Y = 1, 2


def spells(*parts):
    return [
        Spell(key, union, DAY(since, 1, 1), until and DAY(until, 1, 1))
        for key, (union, since, until) in enumerate(parts)
    ]


@pytest.mark.parametrize(
    ("parts", "stays", "moved", "changes"),
    [
        ([(X, 2010, 2015), (Y, 2015, None)], 1, False, []),
        ([(X, 2010, None), (Y, 2018, None)], 1, False, [Change(0, DAY(2010, 1, 1))]),
        ([(X, 2010, None), (Y, 2018, None)], 1, True, [Change(0, DAY(2018, 1, 1), 1)]),
        ([(X, 2010, None), (Y, 2018, None)], 0, True, [Change(1, DAY(2018, 1, 1))]),
        ([(X, 2010, None), (X, 2018, None)], 1, True, [Change(0, DAY(2010, 1, 1))]),
        ([(X, 2010, 2016), (Y, 2012, 2014), (X, 2017, None)], 2, False, [
            Change(0, DAY(2010, 1, 1))]),
        ([(X, 2010, 2010), (Y, 2009, None)], 1, False, []),
    ],
)  # fmt: skip
def test_nobody_is_counted_twice_on_any_day(parts, stays, moved, changes):
    given = spells(*parts)
    assert one_history(given, stays, moved=moved) == changes
    after = {change.key: change.until for change in changes}
    settled = [spell._replace(until=after.get(spell.key, spell.until)) for spell in given]
    for one in settled:
        assert not any(one.overlaps(other) for other in settled if other is not one)


# Finding


@pytest.fixture
def clerk(world):
    return world.user("clerk")


@pytest.fixture
def local(world):
    return world.user("clerk", world.district)


def enrol(world, clerk, name="王建国", body="33060019850617001", union=None, **fields):
    who = person(name, checked(body), **fields)
    return people.enrol(who, membership(union or world.own), by=clerk).person


@pytest.fixture
def pair(world, clerk, local):
    """Two rows of the district with one phone, name and birth date."""
    first = enrol(world, clerk, phone="13800001234")
    second = enrol(world, clerk, body="33060019850617120", phone="13800001234", union=world.sibling)
    return first, second


def search(organisation, by):
    job = run_now(doubles.ask(organisation, by=by))
    assert job.state == "done", job.error
    return list(DuplicateCandidate.objects.visible_to(by))


def test_a_search_of_the_scope_lists_pairs_with_reasons(world, pair, local):
    (found,) = search(world.district, local)
    assert (found.first, found.second) == pair
    assert found.organisation == world.town, "the lowest above both"
    assert found.reasons == ["手机号相同", "姓名相同", "出生日期相同"]
    assert found.is_likely
    (again,) = search(world.district, local)
    assert again == found


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"body": "33060019850617010"}, "number_slip"),
        ({"name": "王健国", "body": "33010019770101005", "phone": "13800001234"}, "pinyin"),
        ({"number": NUMBER, "certificate_type": "passport"}, "number_other_type"),
        ({"number": "330600850617001", "certificate_type": "passport"}, "number_legacy"),
        ({"body": "33060019860617001"}, "union"),  # a slip in the year of birth
    ],
)
def test_every_source_finds_its_pairs(world, clerk, local, fields, code):
    fields = dict(fields)
    number = fields.pop("number", None) or checked(fields.pop("body"))
    enrol(world, clerk, phone="13800001234")
    extra = {"sex": "male", "birth_date": BORN} if "certificate_type" in fields else {}
    who = person(fields.pop("name", "王建国"), number, **fields, **extra)
    people.enrol(who, membership(world.own), by=clerk)
    (found,) = search(world.district, local)
    assert code in found.codes.split()
    (asked,) = doubles.look_for(who, by=local)
    assert asked == found, "the same pair around one person"


def test_weak_likeness_is_shown_to_who_asks_and_makes_no_work(world, clerk, local):
    first = enrol(world, clerk)
    enrol(world, clerk, body="33060019850617120", union=world.other_town)
    assert search(world.district, local) == []
    (found,) = doubles.look_for(first, by=local)
    assert not found.is_likely


def test_a_phone_of_many_is_nobodys(world, clerk, local):
    for n in range(rules.PHONE_SHARED + 1):
        enrol(world, clerk, body=f"3306001985061711{n}", name="王健国" if n % 2 else "王建国",
              phone="13800001234", union=world.sibling if n % 3 else world.own)  # fmt: skip
    found = list(doubles.by_phone(world.district))
    assert found == []


def test_a_pair_of_two_districts_waits_at_the_city(world, clerk, local):
    first = enrol(world, clerk, phone="13800001234")
    enrol(world, clerk, body="33060019850617120", phone="13800001234", union=world.foreign)
    assert search(world.district, local) == []
    assert doubles.look_for(first, by=local) == []
    (found,) = search(world.city, clerk)
    assert found.organisation == world.city
    assert not DuplicateCandidate.objects.visible_to(local).exists()


def test_a_pair_leaves_the_list_of_a_district_that_one_of_both_left(world, pair, clerk, local):
    assert len(search(world.district, local)) == 1
    moving = Membership.objects.get(person=pair[1])
    transfer = people.issue_transfer(moving, target=world.foreign, on=DAY(2023, 1, 1), by=clerk)
    people.accept_transfer(transfer, on=DAY(2023, 2, 1), by=clerk)
    assert not DuplicateCandidate.objects.visible_to(local).exists()
    (found,) = search(world.city, clerk)
    assert found.organisation == world.city


def test_what_no_longer_looks_alike_is_forgotten(world, pair, local):
    search(world.district, local)
    first, second = pair
    second.name, second.phone = "李梅", None
    held = Membership.objects.get(person=second)
    people.correct_many([(second, held)], by=local)
    assert search(world.district, local) == []


def test_apart_is_remembered_and_never_offered_again(world, pair, local):
    (found,) = search(world.district, local)
    with pytest.raises(Refused, match="判断依据"):
        doubles.set_apart(found, why=" ", by=local)
    doubles.set_apart(found, why="已电话核实", by=local)
    (kept,) = search(world.district, local)
    assert (kept.state, kept.why, kept.decided_by) == ("apart", "已电话核实", local)
    assert doubles.look_for(pair[0], by=local) == []
    with pytest.raises(Refused, match="已核对为"):
        doubles.set_apart(found, why="已电话核实", by=local)
    event = AuditEvent.objects.get(action="members.duplicatecandidate.apart")
    assert "王*国" in event.object_label


def test_who_may_search_and_decide(world, pair, local):
    (found,) = search(world.district, local)
    foreigner = world.user("clerk", world.other_district)
    chair = world.user("chair", world.district)
    for user, error in ((foreigner, OutOfScope), (chair, NotPermitted)):
        with pytest.raises(OutOfScope):
            doubles.set_apart(found, why="已电话核实", by=user)
        with pytest.raises(error):
            doubles.ask(world.district, by=user)


# The pages


LIST = "admin:members_duplicatecandidate_changelist"


@pytest.fixture
def logged_in(client, local):
    client.force_login(local)
    return client


def test_list_says_who_and_why_masked(world, pair, local, logged_in):
    (found,) = search(world.district, local)
    page = logged_in.get(reverse(LIST)).content.decode()
    assert "手机号相同，姓名相同，出生日期相同" in page
    assert "3306**********" in page
    assert NUMBER not in page
    doubles.set_apart(found, why="已电话核实", by=local)
    assert "手机号相同，姓名相同" not in logged_in.get(reverse(LIST)).content.decode()
    page = logged_in.get(reverse(LIST), {"state": "apart"}).content.decode()
    assert "手机号相同，姓名相同" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"likely": "1"}, True),
        ({"likely": "0"}, False),
        ({"reason": "phone"}, True),
        ({"reason": "pinyin"}, False),
        ({"state": "merged"}, False),
        ({"state": "x'"}, False),
    ],
)
def test_filters(world, pair, local, logged_in, asked, found):
    search(world.district, local)
    answer = logged_in.get(reverse(LIST), asked)
    assert ("手机号相同，姓名相同" in answer.content.decode()) is found


def test_list_asks_the_same_questions_for_any_number_of_rows(
    world, clerk, local, logged_in, django_assert_max_num_queries
):
    for n in range(6):
        enrol(world, clerk, body=f"330600198506171{n:02}", phone=f"1380000{n // 2:04}")
    search(world.district, local)
    logged_in.get(reverse(LIST))
    with django_assert_max_num_queries(14):
        assert logged_in.get(reverse(LIST)).content.decode().count("手机号相同，姓名相同") == 3


def test_open_pairs_stand_in_the_inbox_once(world, pair, local, logged_in):
    search(world.district, local)
    page = logged_in.get(reverse("admin:index")).content.decode()
    assert page.count("核对疑似重复会员") == 1
    assert "1 对" in page


def test_the_button_of_a_member_looks_for_him(world, pair, logged_in):
    held = Membership.objects.get(person=pair[0])
    act = reverse("admin:members_membership_look_alike", args=[held.pk])
    answer = logged_in.post(act, follow=True)
    assert "有 1 对会员疑似重复" in answer.content.decode()
    assert "手机号相同，姓名相同，出生日期相同" in answer.content.decode(), "and on the record"


def test_entering_a_second_time_is_asked_back_and_may_be_confirmed(world, clerk, local, logged_in):
    enrol(world, clerk)
    given = {
        "organisation": world.own.pk, "joined_on": "2024-03-01", "name": "王建国",
        "certificate_type": "resident", "certificate_number": checked("33060019850617003"),
    }  # fmt: skip
    add = reverse("admin:members_membership_add")
    page = logged_in.post(add, given).content.decode()
    assert "很可能是同一人" in page
    assert "3306**********0011" in page
    assert Membership.objects.count() == 1
    logged_in.post(add, given | {"is_another": "on"})
    assert Membership.objects.count() == 2
    assert DuplicateCandidate.objects.get().state == "apart"


def test_entering_one_who_comes_near_is_told_and_listed(world, clerk, local, logged_in):
    enrol(world, clerk, union=world.sibling)
    given = {
        "organisation": world.own.pk, "joined_on": "2024-03-01", "name": "王建国",
        "certificate_type": "resident",
        "certificate_number": checked("33060019850617120"),
    }  # fmt: skip
    page = logged_in.post(reverse("admin:members_membership_add"), given, follow=True)
    assert "有 1 对会员疑似重复" in page.content.decode()
    assert DuplicateCandidate.objects.get().state == "open"
