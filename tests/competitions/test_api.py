"""Competitions by the interface: what the portal and the screens do, by a program."""

import pytest

from competitions.models import Entry, Innovation, Participation, ParticipationReport
from core.models import AuditEvent
from tests.factories import competitions as contests
from tests.factories import judging as stages
from tests.factories import rebates
from tests.factories.interface import Program, codes, issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(world):
    return Program(world.user("chair", at=world.own))


@pytest.fixture
def clerk(world):
    return Program(world.user("competitions_clerk", at=world.city))


def typed(*members):
    numbers = [member.person.certificate_number.clear()[-4:] for member in members]
    return "，".join(
        f"{member.person.name}{tail}" for member, tail in zip(members, numbers, strict=True)
    )


def given(held, *members, **more):
    return {"event": held.events.get().pk, "people": typed(*members), **more}


def test_a_chair_finds_what_is_offered_enters_and_the_clerk_accepts(world, chair, clerk):
    held, member = contests.competition(world.city), contests.member(world.own)
    contests.competition(world.foreign)
    contests.competition(world.city, "planned")
    (offer,) = chair.get("competitions/offers/").json()["results"]
    assert (offer["id"], offer["events"][0]["id"]) == (held.pk, held.events.get().pk)

    made = chair.post("competitions/entries/", given(held, member, leader_name="王教练"))
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["competition"]) == ("draft", held.pk)
    assert (told["contestant"], told["leader_name"]) == ("王*国", "王*练")

    place = f"competitions/entries/{told['id']}/"
    assert chair.post(f"{place}steps/submit/").json()["state"] == "submitted"
    assert chair.post(f"{place}steps/accept/").status_code == 403
    accepted = clerk.post(f"{place}steps/accept/", {"comment": "材料齐全"})
    assert accepted.json()["state"] == "accepted"
    assert clerk.get(place).json()["contestants"] == [member.person.masked_label]
    assert Participation.objects.get().named == 1


def test_a_draft_is_changed_and_what_comes_back_masked_is_left_alone(world, chair):
    held, member = contests.competition(world.city), contests.member(world.own)
    told = chair.post("competitions/entries/", given(held, member, leader_name="王教练")).json()
    place = f"competitions/entries/{told['id']}/"
    change = {"leader_name": told["leader_name"], "years_in_trade": 5}
    assert chair.patch(place, change).json()["years_in_trade"] == 5
    entry = Entry.objects.get()
    assert (entry.leader_name, entry.person) == ("王教练", member.person)
    assert chair.patch(place, {"years_in_trade": None}).json()["years_in_trade"] is None
    assert chair.patch(place, {"skill_grade": ""}).status_code == 200
    other = contests.member(world.own)
    assert chair.patch(place, {"people": typed(other)}).status_code == 200
    assert [each.person for each in Entry.objects.get().line_up()] == [other.person]
    assert AuditEvent.objects.filter(action="competitions.entry.line_up").count() == 1
    assert codes(chair.patch(place, {"event": 1})) == [("read_only", "event")]
    assert codes(chair.patch(place, {"state": "accepted"})) == [("unknown_field", "state")]


def test_whatever_stands_in_the_way_is_told_at_its_field(world, chair):
    held, member = contests.competition(world.city), contests.member(world.own)
    held.events.update(min_age=90)
    (wrong,) = chair.post("competitions/entries/", given(held, member)).json()["errors"]
    assert wrong["field"] == "people"
    assert "低于年龄下限 90 周岁" in wrong["message"]
    stranger = chair.post("competitions/entries/", given(held, contests.member(world.foreign)))
    assert [field for _, field in codes(stranger)] == ["people"]
    elsewhere = contests.competition(world.foreign)
    closed = chair.post("competitions/entries/", given(elsewhere, member))
    assert codes(closed) == [("invalid_choice", "event")]
    assert not Entry.objects.exists()


def test_heads_are_reported_once_and_put_right(world, chair):
    held, firm = contests.competition(world.city, "running"), rebates.firm(world.own)
    sent = {"competition": held.pk, "employer": firm.pk, "headcount": 80, "sessions": 1}
    told = chair.post("competitions/reports/", sent).json()
    assert (told["headcount"], told["employer_name"]) == (80, firm.name)
    assert chair.post("competitions/reports/", sent).status_code in (400, 409)
    place = f"competitions/reports/{told['id']}/"
    assert chair.patch(place, {"headcount": 90}).json()["headcount"] == 90
    chair.post(f"{place}steps/submit/")
    assert codes(chair.patch(place, {"headcount": 95})) == [("wrong_state", "")]
    row = ParticipationReport.objects.get()
    assert (row.headcount, row.sessions, row.organisation) == (90, 1, world.own)


def test_a_proposal_of_a_member_stays_his_when_its_title_changes(world, chair):
    member = contests.member(world.own)
    sent = {"employer": member.employer_id, "title": "夹具改进", "kind": "small"}
    sent |= {"proposer": typed(member), "proposed_on": "2026-01-05", "content": "更快"}
    told = chair.post("competitions/innovations/", sent).json()
    back = {"title": "支架改进", "proposer": told["proposer"]}
    assert chair.patch(f"competitions/innovations/{told['id']}/", back).status_code == 200
    row = Innovation.objects.get()
    assert (row.title, row.person, row.proposer) == ("支架改进", member.person, "")


def test_a_key_enters_nobody(world):
    held, member = contests.competition(world.city), contests.member(world.own)
    machine = world.user("chair", world.own, certificate_number=None)
    _, text = issue(machine, by=world.user("security_admin"))
    program = Program(key=text)
    assert program.get("competitions/offers/").status_code == 200
    sent = given(held, member)
    answer = program.post("competitions/entries/", sent, **{"Idempotency-Key": "1"})
    assert codes(answer) == [("identity_missing", "")]
    assert not Entry.objects.exists()


def test_a_competition_tells_its_events_and_stages_to_who_runs_it(world, chair, clerk):
    held = contests.competition(world.city)
    told = clerk.get(f"competitions/competitions/{held.pk}/").json()
    (event,) = told["events"]
    assert [stage["kind"] for stage in event["stages"]] == ["final"]
    assert chair.get("competitions/competitions/").status_code == 403


def test_places_are_told_to_the_unions_of_the_entries_without_accounts(world, chair):
    result = stages.awarded(world.own)
    stages.awarded(world.foreign)
    type(result).objects.filter(pk=result.pk).update(bank="江城银行")
    listed = chair.get("competitions/results/").json()["results"]
    assert {row["organisation_name"] for row in listed} == {world.own.name}
    (told,) = [row for row in listed if row["id"] == result.pk]
    assert (told["rank"], told["prize"]) == (result.rank, "一等奖")
    assert not {"bank", "account", "amount"} & told.keys()
    assert told["contestant"] == result.entry.shown_name != result.entry.name


def test_trainings_count_whom_they_name_and_certificates_are_masked(world, clerk):
    held = contests.training(world.own)
    for _ in range(2):
        held.trainees.create(person=contests.member(world.own).person)
    contests.training(world.own, title="电工班")
    listed = clerk.get("competitions/trainings/").json()["results"]
    assert {row["title"]: (row["named"], row["headcount"]) for row in listed} == {
        "焊工班": (2, 9),
        "电工班": (0, 9),
    }
    kept = contests.certificate(world.own)
    (told,) = clerk.get("competitions/skill-certificates/?trade=焊工").json()["results"]
    assert (told["holder"], told["grade"]) == (kept.person.masked_label, "senior")
    assert told["number"] != kept.number.clear()
