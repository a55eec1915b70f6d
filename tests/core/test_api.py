"""The interface itself: who comes in, how much one may bring, and what is said to whom."""

import datetime
import json
import time

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from core.api import limits
from core.api.parsing import depth
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, KeptAnswer, MachineKey
from core.services import accounts, machines
from tests.factories.core import account_number
from tests.factories.interface import Program, codes, issue
from tests.factories.proceedings import build
from tests.procedures.models import Permit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()


@pytest.fixture
def guard(world):
    return world.user("security_admin")


@pytest.fixture
def machine(world):
    return world.user("clerk", world.own, certificate_number=None)


@pytest.fixture
def permit(world):
    return build(Permit, world.own, "draft", "王建国")


# Keys.


def test_a_key_opens_what_its_account_may(world, machine, guard, permit):
    build(Permit, world.foreign, "draft", "李四")
    key, text = issue(machine, by=guard)
    listed = Program(key=text).get("permits/").json()
    assert [row["id"] for row in listed["results"]] == [permit.pk]
    key.refresh_from_db()
    assert key.last_used_on == timezone.localdate()


def test_a_key_is_kept_as_a_hash(machine, guard):
    key, text = issue(machine, by=guard)
    secret = text.rpartition("_")[2]
    stored = MachineKey.objects.filter(pk=key.pk).values().get()
    assert text.startswith(f"uhk_{key.prefix}_")
    assert secret not in repr(stored)
    event = AuditEvent.objects.get(action="core.machinekey.add")
    assert secret not in json.dumps(event.changes)
    assert "digest" not in event.changes or event.changes["digest"] == [None, None]


def spoilt(text):
    return text[:-1] + ("A" if text[-1] != "A" else "B")


WRONG = {
    "another secret": lambda text: f"Key {spoilt(text)}",
    "another prefix": lambda text: f"Key uhk_0000000000_{text.rpartition('_')[2]}",
    "another word": lambda text: f"Bearer {text}",
    "no secret": lambda text: "Key",
    "cut": lambda text: f"Key {text[:20]}",
    "longer": lambda text: f"Key {text}A",
    "of control": lambda text: "Key uhk_\x01\x02_x",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_key_opens_nothing(machine, guard, name):
    _, text = issue(machine, by=guard)
    refused = Program(Authorization=WRONG[name](text)).get("permits/")
    assert refused.status_code == 401
    assert codes(refused) == [("authentication_failed", "")]
    assert refused["WWW-Authenticate"] == "Key"


def test_a_key_ends(world, machine, guard, permit):
    key, text = issue(machine, by=guard, days=10)
    program = Program(key=text)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=10)):
        assert program.get("permits/").status_code == 200
    with time_machine.travel(timezone.now() + datetime.timedelta(days=11)):
        assert program.get("permits/").status_code == 401
    machines.revoke(key, reason="项目结束", by=guard)
    assert program.get("permits/").status_code == 401
    with pytest.raises(Refused):
        machines.revoke(key, reason="再次吊销", by=guard)


def test_a_key_ends_with_its_account(world, machine, guard):
    program = Program(key=issue(machine, by=guard)[1])
    accounts.deactivate(machine, reason="项目结束", by=world.user("system_admin"))
    assert program.get("permits/").status_code == 401


def test_a_key_speaks_for_no_person(world, machine, guard):
    """Who hands out keys could use them: not in the place of somebody who decides."""
    with pytest.raises(Refused) as refused:
        issue(world.user("chair", world.own), by=guard)
    assert refused.value.code == "person"
    program = Program(key=issue(machine, by=guard)[1])
    machine.certificate_number = account_number(40_000)
    machine.save()
    assert program.get("permits/").status_code == 401


def test_keys_are_handed_out_by_who_may(world, machine, guard):
    with pytest.raises((NotPermitted, OutOfScope)):
        issue(machine, by=world.user("head"))
    for code in ("system_admin", "auditor"):
        with pytest.raises(Refused) as refused:
            issue(world.user(code, certificate_number=None), by=guard)
        assert refused.value.code == "separation"
    for days, party in [(-1, ""), (400, ""), (30, "nobody")]:
        with pytest.raises(Refused):
            issue(machine, by=guard, days=days, party=party)


def test_a_key_is_shown_once(world, machine, guard):
    client = Client()
    client.force_login(guard)
    until = str(timezone.localdate() + datetime.timedelta(days=30))
    sent = {"user": machine.pk, "label": "联调", "expires_on": until, "party": ""}
    page = client.post("/admin/core/machinekey/add/", sent)
    key = MachineKey.objects.get()
    assert page.status_code == 200
    assert f"uhk_{key.prefix}_" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    later = client.get(f"/admin/core/machinekey/{key.pk}/change/")
    assert f"uhk_{key.prefix}_" not in later.content.decode()
    client.post(f"/admin/core/machinekey/{key.pk}/revoke/", {"reason": "项目结束"})
    key.refresh_from_db()
    assert key.revoked_on == timezone.localdate()


# Sessions.


def test_a_session_writes_with_the_token_of_the_site(world, permit):
    person = Program(world.user("chair", world.own))
    address = f"permits/{permit.pk}/steps/submit/"
    bare = Program()
    bare.client = person.client
    refused = bare.post(address)
    assert (refused.status_code, codes(refused)) == (403, [("csrf", "")])
    assert person.post(address).status_code == 200


def test_nobody_is_asked_to_come_in(permit):
    for path in ("permits/", f"permits/{permit.pk}/", "schema/", "organisations/"):
        refused = Program().get(path)
        assert (refused.status_code, codes(refused)) == (401, [("not_authenticated", "")])
    assert Program().post(f"permits/{permit.pk}/steps/submit/").status_code == 401


def test_an_initial_password_opens_nothing(world, permit):
    newcomer = world.user("chair", world.own, must_change_password=True)
    refused = Program(newcomer).get("permits/")
    assert (refused.status_code, codes(refused)) == (403, [("password", "")])


def test_a_session_that_is_over_is_nobody(world, permit):
    person = Program(world.user("chair", world.own))
    assert person.get("permits/").status_code == 200
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1)):
        assert person.get("permits/").status_code == 401


# How much, and how often.


@pytest.fixture
def chair(world):
    return Program(world.user("chair", world.own))


def quickly(ask):
    began = time.perf_counter()
    response = ask()
    assert time.perf_counter() - began < 5, "refused before it is worked on"
    return response


def nested(depth_):
    return b'{"a":' + b"[" * (depth_ - 1) + b"]" * (depth_ - 1) + b"}"


HOSTILE = {
    "large": (b'{"comment":"' + b"a" * (50 << 20) + b'"}', 413, "too_large"),
    "deep": (nested(10_000), 400, "too_deep"),
    "one too deep": (nested(limits.DEEPEST + 1), 400, "too_deep"),
    "deepest": (nested(limits.DEEPEST), 400, "unknown_field"),
    "quotes": (b'{"' + b'\\"' * 100_000, 400, "not_json"),
    "not a number": (b'{"amount": NaN}', 400, "not_json"),
    "twice": (b'{"comment": "a", "comment": "b"}', 400, "not_json"),
    "no JSON": (b"comment=a", 400, "not_json"),
    "bytes": (b"\xff\xfe\x00", 400, "not_json"),
    "a list": (b"[]", 400, "not_json"),
    "long number": (b'{"comment": ' + b"9" * 5000 + b"}", 400, "not_json"),
    "a dictionary for a text": (b'{"comment": {"a": 1}}', 400, "invalid"),
    "a null character": (b'{"comment": "a\\u0000bcdef"}', 400, "null_characters_not_allowed"),
    "a lone surrogate": (b'{"comment": "\\ud800 abc"}', 400, "surrogate_characters_not_allowed"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused(chair, permit, name):
    body, status, code = HOSTILE[name]
    address = f"permits/{permit.pk}/steps/submit/"
    refused = quickly(lambda: chair.ask("post", address, body))
    assert (refused.status_code, codes(refused)[0][0]) == (status, code)
    permit.refresh_from_db()
    assert permit.state == "draft"


def test_the_largest_body_is_taken_and_one_byte_more_is_not(chair, permit):
    address = f"permits/{permit.pk}/steps/submit/"
    body = b"{}".ljust(limits.LARGEST_BODY)
    assert chair.ask("post", address, body + b" ").status_code == 413
    assert chair.ask("post", address, body).status_code == 200


def test_brackets_in_texts_are_no_depth():
    assert depth(b'{"a": "[[[[", "b": "\\"[["}') == 1


PARAMETERS = [
    *["page_size=1e9", "page_size=1000000000", "page_size=0", "page_size=-1", "page_size=a"],
    *["after=-1", "after=" + "9" * 30, "after=1e5", "page_size=%00", "after=٣"],
    *["created_by__password__startswith=a", "_connector=OR", "ordering=number", "state__in=draft"],
    *["number=1", "organisation__path=1", "state=draft&state=valid", "format=html", "lang=en"],
    *["organisation=1e99999999", "organisation=a", "state=unknown"],
]


@pytest.mark.parametrize("query", PARAMETERS)
def test_hostile_parameters_are_refused(chair, permit, query):
    refused = quickly(lambda: chair.get(f"permits/?{query}"))
    assert refused.status_code == 400, refused.content.decode()
    assert str(permit.pk) not in json.dumps(refused.json().get("results", ""))


def test_pages_follow_one_another(world, chair):
    made = [build(Permit, world.own, "draft", "王建国").pk for _ in range(5)]
    build(Permit, world.foreign, "draft", "李四")
    found, path = [], "permits/?page_size=2&state=draft"
    while path:
        page = chair.get(path.removeprefix("/api/")).json()
        assert len(page["results"]) <= 2
        found += [row["id"] for row in page["results"]]
        path = page["next"]
    assert found == made[::-1]
    assert chair.get(f"permits/?page_size={limits.LARGEST_PAGE}").status_code == 200
    assert chair.get(f"permits/?page_size={limits.LARGEST_PAGE + 1}").status_code == 400


def test_a_list_asks_a_bounded_number_of_queries(world, chair, django_assert_max_num_queries):
    for _ in range(20):
        build(Permit, world.own, "draft", "王建国")
    with django_assert_max_num_queries(8):
        assert len(chair.get("permits/").json()["results"]) == 20


def test_a_list_is_asked_by_organisation(world, permit):
    head = Program(world.user("head", world.district))
    for place, count in [(world.own, 1), (world.town, 1), (world.sibling, 0), (world.foreign, 0)]:
        listed = head.get(f"permits/?organisation={place.pk}").json()
        assert len(listed["results"]) == count
    assert head.get("permits/?organisation=999999").json()["results"] == []


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data"])
def test_only_json_is_taken(chair, permit, kind):
    refused = chair.client.post(
        f"/api/permits/{permit.pk}/steps/submit/",
        data=b"<a/>",
        content_type=f"{kind}; boundary=x",
        headers=chair.headers,
    )
    assert (refused.status_code, codes(refused)) == (415, [("unsupported_media_type", "")])


def test_only_json_is_given(chair, permit):
    refused = chair.get("permits/", Accept="text/html")
    assert (refused.status_code, refused["Content-Type"]) == (406, "application/json")


def test_too_many_requests_are_refused(world, chair, permit, monkeypatch):
    monkeypatch.setattr(limits, "PER_MINUTE", 3)
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False):
        assert [chair.get("permits/").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = chair.get("permits/")
        assert codes(refused) == [("throttled", "")]
        assert 0 < int(refused["Retry-After"]) <= 60
        assert Program(world.user("leader", world.own)).get("permits/").status_code == 200
    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=1)):
        assert chair.get("permits/").status_code == 200


def test_guessing_keys_is_refused(db, monkeypatch):
    monkeypatch.setattr(limits, "REFUSED_PER_MINUTE", 3)
    guess = Program(key="uhk_0123456789_" + "A" * 43)
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False):
        assert [guess.get("permits/").status_code for _ in range(4)] == [401, 401, 401, 429]


def test_what_cannot_be_counted_is_refused(chair, permit, monkeypatch):
    def gone(*args, **kwargs):
        raise ConnectionError("gone")

    monkeypatch.setattr(cache, "add", gone)
    refused = chair.get("permits/")
    assert (refused.status_code, codes(refused)) == (503, [("unavailable", "")])


# What is said to whom.


@pytest.mark.parametrize("path", ["permits/", "permits/1/", "organisations/", "schema/"])
def test_head_and_options_tell_nothing(world, chair, permit, path):
    path = path.replace("1", str(permit.pk))
    head = chair.ask("head", path)
    assert (head.status_code, head.content) == (200, b"")
    options = chair.ask("options", path)
    assert (options.status_code, codes(options)) == (405, [("method_not_allowed", "")])
    foreign = build(Permit, world.foreign, "draft", "李四")
    for method in ("head", "options"):
        theirs = chair.ask(method, f"permits/{foreign.pk}/")
        missing = chair.ask(method, "permits/999999/")
        assert (theirs.status_code, theirs.content) == (missing.status_code, missing.content)


def test_foreign_missing_and_senseless_addresses_are_alike(world, chair):
    foreign = build(Permit, world.foreign, "draft", "李四")
    answers = {
        chair.get(path).content
        for path in (f"permits/{foreign.pk}/", "permits/999999/", f"permits/{10**30}/")
    }
    assert len(answers) == 1
    gone = chair.get("nowhere/")
    assert (gone.status_code, codes(gone)) == (404, [("not_found", "")])


def test_a_role_without_a_part_in_it_is_refused_alike(world, permit):
    outsider = Program(world.user("system_admin"))
    answers = {outsider.get(path).content for path in ("permits/", f"permits/{permit.pk}/")}
    assert len(answers) == 1
    denied = AuditEvent.objects.filter(action="core.user.denied")
    assert denied.count() == 2


def test_who_is_turned_away_with_a_key_stands_in_the_trail(world, guard, permit):
    machine = world.user("leader", world.own, certificate_number=None)
    program = Program(key=issue(machine, by=guard)[1])
    refused = program.post(f"permits/{permit.pk}/steps/submit/", **{"Idempotency-Key": "a"})
    assert refused.status_code == 403
    (event,) = AuditEvent.objects.filter(action="core.user.denied")
    assert event.actor_id == machine.pk


def test_a_malfunction_is_told_in_the_form_of_the_interface(chair, permit, monkeypatch):
    def breaks(*args):
        raise RuntimeError("330102199003078888")

    monkeypatch.setattr("core.workflow.offers", breaks)
    answer = chair.get(f"permits/{permit.pk}/")
    assert (answer.status_code, codes(answer)) == (500, [("broken", "")])
    assert b"3301021990" not in answer.content


# Steps.


def test_steps_are_taken_in_turn_by_their_persons(world, permit):
    program = {code: Program(world.user(code, world.own)) for code in ("chair", "clerk", "head")}
    address = f"permits/{permit.pk}/steps"
    told = program["chair"].get(f"permits/{permit.pk}/").json()
    assert [step["name"] for step in told["steps"]] == ["submit"]
    done = program["chair"].post(f"{address}/submit/").json()
    assert (done["state"], done["state_label"]) == ("submitted", "待审核")
    assert "5 个工作日" in done["message"]
    again = program["chair"].post(f"{address}/submit/")
    assert (again.status_code, codes(again)) == (409, [("wrong_state", "")])
    missing = program["clerk"].post(f"{address}/review/")
    assert (missing.status_code, codes(missing)) == (400, [("required", "amount")])
    assert program["clerk"].post(f"{address}/review/", {"amount": 80.5}).status_code == 200
    permit.refresh_from_db()
    assert str(permit.amount) == "80.50"
    assert program["head"].post(f"{address}/approve/", {"comment": "同意"}).status_code == 200
    assert program["head"].post(f"{address}/publish/").status_code == 404
    told = program["head"].get(f"permits/{permit.pk}/").json()
    assert [made["what"] for made in told["decisions"]] == ["提交", "审核通过", "审批同意"]


def test_programs_number_their_writes(machine, guard, permit):
    program = Program(key=issue(machine, by=guard)[1])
    address = f"permits/{permit.pk}/steps/return/"
    refused = program.post(address)
    assert codes(refused) == [("idempotency_key_required", "")]
    for key in ("a" * (limits.LONGEST_IDEMPOTENCY_KEY + 1), "a\tb"):
        refused = program.post(address, **{"Idempotency-Key": key})
        assert codes(refused) == [("invalid", "")]
    assert not KeptAnswer.objects.exists()


def test_keys_of_two_accounts_do_not_meet(world):
    for place in (world.own, world.foreign):
        permit = build(Permit, place, "draft", "王建国")
        chair = Program(world.user("chair", place))
        address = f"permits/{permit.pk}/steps/submit/"
        assert chair.post(address, **{"Idempotency-Key": "1"}).status_code == 200
        assert chair.post(address, **{"Idempotency-Key": "1"}).status_code == 200


# The schema.


def test_the_schema_tells_every_address_in_chinese(chair, capsys):
    answer = chair.get("schema/")
    assert capsys.readouterr().err == "", "nothing that it could not describe"
    told = answer.json()
    declared = {
        f"/api/{pattern.pattern}".replace("<int:pk>", "{id}")
        for pattern in interface(get_resolver())
        if pattern.name != "schema"
    }
    assert set(told["paths"]) == declared
    submit = told["paths"]["/api/permits/{id}/steps/submit/"]["post"]
    assert submit["summary"] == "提交"
    assert {"key": []} in submit["security"]
    english = [
        text
        for component in told["components"]["schemas"].values()
        for text in [component.get("description", "")]
        if text and text.isascii()
    ]
    assert english == []


def interface(resolver):
    (branch,) = (each for each in resolver.url_patterns if str(each.pattern) == "api/")
    return [each for each in branch.url_patterns if isinstance(each, URLPattern)]
