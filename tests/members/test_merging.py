"""Merging two rows of one person: what counts afterwards, and the way back to the last column."""

import datetime

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse

from core import indicators
from core.errors import NotPermitted, OutOfScope, Refused
from core.fields import Sealed
from core.models import AuditEvent
from core.periods import Period
from members.models import DuplicateCandidate, Membership, Merge, Person, Post, Transfer
from members.services import doubles, merging, people
from tests.factories.members import checked, membership, person

DAY = datetime.date
NUMBER = "330600198506170011"
WHY = "身份证复印件核对一致"
REGISTER = [Person, Membership, Transfer, Post, DuplicateCandidate]


def everything():
    """Every column of every row of the register, encrypted ones in clear, indexes as they are."""

    def text(value):
        return value.clear() if isinstance(value, Sealed) else value

    return {
        (model._meta.label, row.pk): {
            field.attname: text(getattr(row, field.attname))
            for field in model._meta.concrete_fields
        }
        for model in (*REGISTER, *apps.get_app_config("city").get_models())
        for row in model._base_manager.order_by("pk")
    }


def figure(code, period="2021", org=None):
    (found,) = indicators.compute([code], organisation=org, period=Period.parse(period))
    return found.value


@pytest.fixture
def clerk(world):
    return world.user("clerk", world.district)


@pytest.fixture
def head(world):
    return world.user("head", world.district)


@pytest.fixture
def rows(world, clerk):
    """Enrol the person twice and return the pair: two dicts of what is known of each."""

    def make(first, second):
        made = []
        bodies = iter(["33060019850617001", "33060019850617003"])
        for given in (first, second):
            given = {"union": world.own, "joined": DAY(2015, 3, 1), **given}
            facts = {"phone": given.get("phone"), "education": given.get("education", "")}
            who = person(given.get("name", "王建国"), checked(next(bodies)), **facts)
            held = membership(given["union"], given["joined"])
            people.enrol(who, held, by=world.user("clerk"))
            if until := given.get("until"):
                people.leave(held, on=until, reason="quit", by=world.user("clerk"))
            made.append(who)
        doubles.find_for(made[0], by=clerk)
        return DuplicateCandidate.objects.get()

    return make


def merge(pair, by, **more):
    options = {"survivor": pair.first, "reason": WHY, **more}
    return merging.merge(pair, by=by, **options)


# What becomes of the rows


def test_the_survivor_keeps_the_number_and_takes_what_was_chosen(world, rows, clerk):
    later = {"phone": "13900001234", "education": "bachelor", "joined": DAY(2019, 5, 1)}
    pair = rows({"phone": "13800001234", "until": DAY(2018, 1, 1)}, later)
    Post.objects.create(organisation=world.own, person=pair.second, holder_name="王建国",
                        kind="cadre", since=DAY(2020, 1, 1))  # fmt: skip
    made = merge(pair, clerk, take=["phone", "education"])
    survivor = Person.objects.get(pk=pair.first_id)
    assert survivor.certificate_number.clear() == NUMBER
    assert survivor in Person.objects.phoned("13900001234")
    assert (survivor.phone.clear(), survivor.education) == ("13900001234", "bachelor")
    assert bytes(survivor.phone_index) == bytes(pair.second.phone_index)
    held = list(survivor.memberships.order_by("joined_on"))
    assert [row.entry for row in held] == ["new", "rejoin"]
    assert [row.left_on for row in held] == [DAY(2018, 1, 1), None]
    assert Post.objects.get().person == survivor
    assert not pair.second.memberships.exists()
    assert made.told == ["1 段会籍改记到保留的会员名下。", "1 条任职记录改记到保留的会员名下。"]
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("merged", clerk)


def test_a_double_entry_never_counted_in_any_year(world, rows, clerk, head):
    pair = rows({"joined": DAY(2020, 2, 1)}, {"joined": DAY(2021, 3, 1)})
    codes = ["members.total", "members.joined_persons", "members.begun", "members.ended",
             "members.left_persons", "members.net_growth"]  # fmt: skip

    def figures():
        return {(code, year): figure(code, year, world.district)
                for code in codes for year in ("2020", "2021")}  # fmt: skip

    before = figures()
    assert (before["members.total", "2020"], before["members.total", "2021"]) == (1, 2)
    kept, double = merging.memberships_of(pair)
    made = merge(pair, clerk, stays=kept)
    after = figures()
    assert (after["members.total", "2020"], after["members.total", "2021"]) == (1, 1)
    assert (after["members.joined_persons", "2021"], after["members.begun", "2021"]) == (0, 0)
    assert after["members.ended", "2021"] == after["members.left_persons", "2021"] == 0
    double.refresh_from_db()
    assert (double.left_on, double.leave_reason) == (double.joined_on, "correction")
    merging.undo(made, reason=WHY, by=head)
    assert figures() == before


def test_who_moved_without_a_transfer_is_counted_as_transferred(world, rows, clerk, head):
    pair = rows({"joined": DAY(2015, 2, 1)}, {"joined": DAY(2021, 3, 1), "union": world.sibling})
    first, second = merging.memberships_of(pair)
    before = {year: figure("members.total", year, world.district) for year in ("2020", "2021")}
    made = merge(pair, clerk, stays=second, moved=True)
    assert figure("members.total", "2021", world.district) == 1
    assert figure("members.total", "2021", world.own) == 0
    assert figure("members.total", "2020", world.own) == 1
    assert figure("members.joined_persons", "2021", world.district) == 0
    assert figure("members.transferred_in", "2021", world.sibling) == 1
    assert figure("members.transferred_out", "2021", world.own) == 1
    assert figure("members.net_growth", "2021", world.district) == 0
    merging.undo(made, reason=WHY, by=head)
    assert {y: figure("members.total", y, world.district) for y in ("2020", "2021")} == before


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.parametrize("survivor", ["first", "second"])
def test_undo_restores_every_column(world, rows, clerk, head, moved, kept, survivor):
    pair = rows({"phone": "13800001234", "joined": DAY(2015, 2, 1), "name": "王健国"},
                {"phone": "13800001234", "joined": DAY(2021, 3, 1), "union": world.sibling,
                 "education": "bachelor"})  # fmt: skip
    Post.objects.create(organisation=world.own, person=pair.second, holder_name="王建国",
                        kind="cadre", since=DAY(2020, 1, 1))  # fmt: skip
    other = person("王建国", checked("33060019850617120"), phone="13800001234")
    people.enrol(other, membership(world.town), by=clerk)
    for row in doubles.find_for(other, by=clerk):
        if other.pk in (row.first_id, row.second_id) and pair.second_id in (
            row.first_id, row.second_id
        ):  # fmt: skip
            doubles.set_apart(row, why="已电话核实", by=clerk)
    before = everything()
    stays = merging.memberships_of(pair)[kept]
    made = merge(pair, clerk, survivor=getattr(pair, survivor), stays=stays, moved=moved,
                 take=["name", "education"])  # fmt: skip
    between = everything()
    assert between != before
    merging.undo(made, reason=WHY, by=head)
    assert everything() == before
    again = merge(DuplicateCandidate.objects.get(pk=pair.pk), clerk, moved=moved, stays=stays,
                  survivor=getattr(pair, survivor), take=["name", "education"])  # fmt: skip
    after = everything()
    for key, row in between.items():
        changed = {name for name, value in row.items() if after[key][name] != value}
        assert changed <= {"decided_at"}, key
    assert again.pk != made.pk


def test_undo_lists_what_was_changed_since_and_changes_nothing(world, rows, clerk, head):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    made = merge(pair, clerk)
    survivor = Person.objects.get(pk=pair.first_id)
    held = survivor.memberships.get(left_on=None)
    people.leave(held, on=DAY(2022, 1, 1), reason="quit", by=clerk)
    people.enrol(survivor, membership(world.town, DAY(2023, 1, 1)), by=clerk)
    before = everything()
    with pytest.raises(Refused, match="离会日期、离会原因已改动；新登记了 1 段会籍"):
        merging.undo(made, reason=WHY, by=head)
    assert everything() == before


def test_a_later_merge_is_undone_first(world, rows, clerk, head):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    first = merge(pair, clerk)
    third = person("王建国", checked("33060019850617007"))
    people.enrol(third, membership(world.own, DAY(2010, 1, 1)), by=clerk)
    people.leave(third.memberships.get(), on=DAY(2011, 1, 1), reason="quit", by=clerk)
    (found,) = doubles.find_for(third, by=clerk)
    second = merge(found, clerk)
    with pytest.raises(Refused, match="请先撤销后一次合并"):
        merging.undo(first, reason=WHY, by=head)
    merging.undo(second, reason=WHY, by=head)
    merging.undo(first, reason=WHY, by=head)
    with pytest.raises(Refused, match="已经撤销"):
        merging.undo(first, reason=WHY, by=head)


def test_who_is_not_the_absorbed_is_not_the_survivor_either(world, rows, clerk):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    other = person("王建国", checked("33060019850617007"))
    people.enrol(other, membership(world.own), by=clerk)
    for row in doubles.find_for(other, by=clerk):
        if row.first_id == pair.second_id:
            doubles.set_apart(row, why="已电话核实", by=clerk)
    merge(pair, clerk)
    assert doubles.find_for(Person.objects.get(pk=pair.first_id), by=clerk) == []


# What is refused


def test_two_current_memberships_want_a_choice(rows, clerk):
    pair = rows({}, {})
    with pytest.raises(Refused, match="请选择保留哪一段"):
        merge(pair, clerk)


def test_a_transfer_on_its_way_is_decided_first(world, rows, clerk):
    pair = rows({"joined": DAY(2015, 2, 1)}, {"joined": DAY(2021, 3, 1)})
    first, second = merging.memberships_of(pair)
    people.issue_transfer(second, target=world.town, on=DAY(2022, 1, 1), by=clerk)
    with pytest.raises(Refused, match="正在办理转接"):
        merge(pair, clerk, stays=first)


def test_a_membership_of_others_is_not_changed(world, rows, clerk):
    pair = rows({"joined": DAY(2010, 1, 1), "until": DAY(2016, 1, 1), "union": world.foreign},
                {"joined": DAY(2015, 1, 1)})  # fmt: skip
    city = world.user("clerk")
    again = membership(world.own, DAY(2017, 1, 1))
    people.enrol(pair.first, again, by=city)
    people.leave(again, on=DAY(2018, 1, 1), reason="quit", by=city)
    (pair,) = doubles.find_for(pair.first, by=clerk)
    with pytest.raises(Refused, match="共同的上级工会"):
        merge(pair, clerk)
    merge(pair, city)


def test_who_may_merge_and_undo(world, rows, clerk, head):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    with pytest.raises(OutOfScope):
        merge(pair, world.user("clerk", world.other_district))
    with pytest.raises(Refused, match="合并依据"):
        merge(pair, clerk, reason=" ")
    made = merge(pair, clerk)
    with pytest.raises(Refused, match="已核对为"):
        merge(pair, clerk)
    with pytest.raises(NotPermitted):
        merging.undo(made, reason=WHY, by=clerk)
    with pytest.raises(OutOfScope):
        merging.undo(made, reason=WHY, by=world.user("head", world.other_district))
    with pytest.raises(Refused, match="撤销依据"):
        merging.undo(made, reason="x", by=head)


def test_the_trail_tells_both_acts_without_a_clear_number(rows, clerk, head):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    merging.undo(merge(pair, clerk), reason=WHY, by=head)
    acts = AuditEvent.objects.filter(object_type="members.Person").order_by("pk")
    told = [(event.action, event.object_id) for event in acts]
    assert told[-3:] == [
        ("members.person.merge", str(pair.first_id)),
        ("members.person.unmerge", str(pair.first_id)),
        ("members.person.unmerge", str(pair.second_id)),
    ]
    text = " ".join(str(event.changes) for event in AuditEvent.objects.all())
    assert pair.second.certificate_number.clear() not in text
    assert "3306**********" in text


def test_the_number_merged_away_leads_on_and_enrols_nobody(world, rows, clerk, client):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1), "until": DAY(2020, 1, 1)})
    old = pair.second.memberships.get()
    merge(pair, clerk)
    gone = Person.objects.get(pk=pair.second_id)
    with pytest.raises(Refused, match="已并入另一证件号码"):
        people.enrol(gone, membership(world.own, DAY(2024, 1, 1)), by=clerk)
    client.force_login(clerk)
    page = client.get(reverse("admin:members_membership_change", args=[old.pk])).content.decode()
    assert str(pair.first.certificate_number) in page, "the old address shows the survivor"
    assert "合并会员信息" in page, "and says so"


def test_a_wrong_value_is_refused_at_its_field(rows, clerk):
    pair = rows({"until": DAY(2018, 1, 1)}, {"joined": DAY(2019, 5, 1)})
    Person.objects.filter(pk=pair.second_id).update(name="王?")
    with pytest.raises(ValidationError, match="姓名"):
        merge(DuplicateCandidate.objects.get(), clerk, take=["name"])
    assert not Merge.objects.exists()


# The pages


def test_from_the_pair_to_the_merge_and_back_by_pages(world, rows, clerk, head, client):
    later = {"phone": "13800001234", "union": world.sibling, "joined": DAY(2021, 3, 1)}
    pair = rows({"phone": "13800001234", "name": "王健国"}, later)
    first, second = merging.memberships_of(pair)
    before = everything()
    client.force_login(clerk)
    page = client.get(reverse("admin:members_duplicatecandidate_change", args=[pair.pk]))
    assert "两人对照" in page.content.decode()
    assert NUMBER not in page.content.decode()
    act = reverse("admin:members_duplicatecandidate_merge", args=[pair.pk])
    page = client.get(act).content.decode()
    assert "2 条会员信息合并为 1 条" in page
    assert "按转入“乙厂工会委员会”计算" in page
    assert "作为重复登记撤回" in page
    refused = client.post(act, {"survivor": "first", "name": "second", "reason": WHY})
    assert "保留哪一段" in refused.content.decode()
    assert not Merge.objects.exists()
    given = {"survivor": "first", "name": "second", "stays": second.pk, "moved": "1", "reason": WHY}
    page = client.post(act, given, follow=True).content.decode()
    assert "2 条会员信息已合并为 1 条" in page
    assert Person.objects.get(pk=pair.first_id).name == "王建国"
    made = Merge.objects.get()
    client.force_login(head)
    record = reverse("admin:members_merge_change", args=[made.pk])
    assert "按转入“乙厂工会委员会”计算" in client.get(record).content.decode()
    undo = reverse("admin:members_merge_undo", args=[made.pk])
    page = client.post(undo, {"reason": WHY}, follow=True).content.decode()
    assert "恢复原样" in page
    assert everything() == before
