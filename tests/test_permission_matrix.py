"""Every address × every role × {own, child, sibling, parent, other district, missing}.

A role that the table lets in nowhere is asked about a row of its own place and a missing one, and
a role that only sees the rows about these and one of another district.
"""

import dataclasses
from collections.abc import Container
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver, path
from django.urls.resolvers import RegexPattern, URLResolver

from core.models import AuditEvent
from tests.matrix import HIDDEN, PLACES, ROWS, Stage, api
from tests.matrix.rows import Row

pytestmark = pytest.mark.django_db
REFUSED = {403, 404, 405}
DONE = {200, 201, 204, 302}
DENIED = "core.user.denied"


def names(resolver: URLResolver, space: str = "") -> list[str]:
    """The full names of every address of the site."""
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            found.append(f"{space}{pattern.name}")
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            found += names(pattern, inner)
    return found


def without_row(resolver: URLResolver) -> list[str]:
    """What the suite reports: addresses that the table does not know."""
    return sorted(set(names(resolver)) - set(ROWS))


def test_every_address_has_a_row():
    assert without_row(get_resolver()) == []


def test_every_row_has_an_address():
    assert sorted(set(ROWS) - set(names(get_resolver()))) == []


def test_a_new_address_without_a_row_is_reported():
    added = [
        *get_resolver().url_patterns,
        path("dummy/", lambda request: HttpResponse(), name="dummy"),
        path("nameless/", lambda request: HttpResponse()),
    ]
    assert without_row(URLResolver(RegexPattern(""), added)) == ["None", "dummy"]


@pytest.mark.parametrize("name", ROWS)
def test_row_names_whom_it_lets_in(name):
    row = ROWS[name]
    assert row.public or row.who or row.writes or row.nobody


@dataclasses.dataclass
class Answer:
    status: int
    body: bytes
    wrote: bool


def ask(stage: Stage, actor: str, method: str, url: str, data: dict | None = None) -> Answer:
    """One request, of which nothing is kept."""
    client = stage.clients[actor]
    cookies = client.cookies.copy()
    last = AuditEvent.objects.aggregate(models.Max("pk"))["pk__max"]
    with transaction.atomic():
        answer = getattr(client, method)(url, **sent(url, method, data))
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        acts = list(AuditEvent.objects.filter(pk__gt=last).values_list("action", flat=True))
        transaction.set_rollback(True)
    client.cookies = cookies
    if answer.status_code == 403:
        assert acts == [DENIED], "who is turned away stands in the trail, and did nothing else"
    return Answer(answer.status_code, body, wrote=acts not in ([], [DENIED]))


def sent(url: str, method: str, data: dict | None) -> dict[str, Any]:
    """As pages send it or, to the interface, as programs do; bytes are the content of a file."""
    if not url.startswith("/api/") or method == "get":
        return {"data": data}
    if data and any(isinstance(value, bytes) for value in data.values()):
        paper = SimpleUploadedFile("a.pdf", data["file"])
        return {"data": data | {"file": paper}}
    return {"data": data or {}, "content_type": "application/json"}


def is_told(name: str) -> int:
    """What somebody is answered who did not log in."""
    return 401 if name.startswith("api:") else 302


def hides(stage: Stage, answer: Answer, known: Container[str] = ()) -> None:
    """No byte of it belongs to somebody else's rows, but to those that may be known."""
    hidden = [code for code in HIDDEN if code not in known]
    leaked = [code for code in hidden if stage.tokens[code].encode() in answer.body]
    assert leaked == []


def judge(
    stage: Stage,
    name: str,
    actor: str,
    entitled: bool,
    sees: bool,
    answers: dict[str, Answer],
    writing: bool = False,
) -> None:
    """What one actor was told on the rows of all places."""
    row = ROWS[name]
    missing = answers.get("missing")
    for place, answer in answers.items():
        where = f"{actor} on {place}: {answer.status}"
        hides(stage, answer, row.known)
        reached = place in row.reach or place == "actor"
        if entitled and reached:
            assert answer.status in DONE, where
            assert writing or answer.status == 200, where
            assert place in row.lands or not answer.wrote, where
            continue
        assert answer.status in REFUSED, where
        assert not answer.wrote, where
        if entitled and not reached and place != "own":
            assert answer.status == 404, where
        if sees and place in row.reach:
            assert answer.status == 403, where
        elif missing and not (entitled and place == "own"):
            assert answer.status == missing.status, where
            if answer.status == 404:
                assert answer.body == missing.body, where


CASES = [name for name, row in ROWS.items() if not row.public]
# Who may do nothing with the rows is told the same of one that he would see and of none.
FEW_PLACES = {place: PLACES[place] for place in ("own", "missing")}
# Reading has told that both look alike to him; it is left to see that he writes nothing.
ONE_PLACE = {"own": PLACES["own"]}
# Who only sees them is told three things: that he may not, that there is none, twice.
SOME_PLACES = {place: PLACES[place] for place in ("own", "other", "missing")}


def asked_about(
    row: Row, actor: str, may: str, few: dict[str, str | None] = FEW_PLACES
) -> dict[str, str | None]:
    """The places whose rows an actor asks for; `may` are the roles that may do it."""
    if actor in may.split():
        return PLACES
    sees = actor in {*row.who.split(), *row.sees.split()}
    return SOME_PLACES if sees else few


@pytest.mark.parametrize("name", CASES)
def test_reading(stage, name):
    row = ROWS[name]
    for actor in stage.clients:
        entitled = actor in row.who.split()
        if row.subject is None:
            answer = ask(stage, actor, "get", stage.url(name, actor, None), row.query)
            hides(stage, answer, row.known)
            if actor == "anonymous":
                assert answer.status == is_told(name)
            elif not row.reads:
                assert answer.status in REFUSED
            else:
                assert answer.status in ({200} if entitled else {403}), (actor, answer.status)
            continue
        answers = {
            place: ask(stage, actor, "get", stage.url(name, actor, code), row.query)
            for place, code in asked_about(row, actor, row.who).items()
        }
        if actor == "anonymous":
            assert {answer.status for answer in answers.values()} == {is_told(name)}
        else:
            sees = row.reads and actor in row.sees.split() and not entitled
            judge(stage, name, actor, entitled, sees, answers)


@pytest.mark.parametrize("name", CASES)
def test_writing(stage, name):
    row = ROWS[name]
    data = row.post(stage.world) if callable(row.post) else row.post
    for actor in stage.clients:
        entitled = actor in row.writes.split()
        few = ONE_PLACE if row.reads else FEW_PLACES
        asked = asked_about(row, actor, row.writes, few)
        places = asked if row.subject else {"missing": None}
        if "actor" in row.reach and entitled:
            places = {"actor": "actor", **places}
        answers = {
            place: ask(stage, actor, "post", stage.url(name, actor, code), data or {})
            for place, code in places.items()
        }
        if actor == "anonymous":
            assert {answer.status for answer in answers.values()} == {is_told(name)}
            assert not any(answer.wrote for answer in answers.values())
        elif row.subject is None:
            (answer,) = answers.values()
            hides(stage, answer, row.known)
            if entitled:
                assert answer.status == 302 or (answer.status in DONE and answer.wrote), actor
            else:
                assert answer.status in {200, 400, *REFUSED}, (actor, answer.status)
                assert not answer.wrote
        elif row.writes:
            judge(stage, name, actor, entitled, actor in row.sees.split(), answers, writing=True)
            if entitled:
                done = {answer.status for answer in answers.values() if answer.wrote}
                assert done or "actor" in row.reach, f"{actor} never succeeds"
        else:
            assert not any(answer.wrote for answer in answers.values())
            assert not {answer.status for answer in answers.values()} - {200, *REFUSED}


@pytest.mark.parametrize(
    ("name", "method"), [(name, method) for name, row in ROWS.items() for method in row.methods]
)
def test_writing_by_other_methods(stage, name, method):
    row = ROWS[name]
    may, data = row.methods[method]
    for actor in stage.clients:
        answers = {
            place: ask(stage, actor, method, stage.url(name, actor, code), data)
            for place, code in asked_about(row, actor, may).items()
        }
        if actor == "anonymous":
            assert {answer.status for answer in answers.values()} == {is_told(name)}
            continue
        entitled = actor in may.split()
        judge(stage, name, actor, entitled, actor in row.sees.split(), answers, writing=True)
        assert any(answer.wrote for answer in answers.values()) == entitled, actor


def test_every_method_of_the_interface_is_declared():
    """An address that takes a method of which its row says nothing is reported."""
    silent = []
    for name, view in api.views().items():
        row = ROWS[name]
        said = {"get": row.who, "post": row.writes, **row.methods}
        silent += [
            f"{method} {name}"
            for method in set(getattr(view, "actions", ["get"])) - {"head"}
            if not (said.get(method) or row.nobody)
        ]
    assert silent == []


@pytest.mark.parametrize("name", CASES)
def test_other_methods_do_nothing(stage, name):
    row = ROWS[name]
    concerned = {*row.who.split(), *row.sees.split(), *row.writes.split()}
    place = "own" if row.subject else None
    # Those of the interface that write are asked in test_writing_by_other_methods.
    for method in {"put", "patch", "delete"} - {*row.methods}:
        for actor in {"anonymous", "nobody", *concerned}:
            answer = ask(stage, actor, method, stage.url(name, actor, place))
            told = {is_told(name)} if actor == "anonymous" else REFUSED
            assert answer.status in told, (method, actor, answer)
            assert not answer.wrote


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.public])
def test_public_address_shows_nobodys_rows(stage, name):
    """Nor of a row that is public itself anything that is not: its makers hide the token there."""
    for place in PLACES.values() if ROWS[name].subject else [None]:
        answer = ask(stage, "anonymous", "get", stage.url(name, "anonymous", place))
        missing = bool(ROWS[name].subject) and place is None
        assert answer.status in ({404} if missing else {200, 302})
        hides(stage, answer)


def test_the_token_of_a_leak_is_found(stage):
    leak = Answer(200, f"<td>{stage.tokens['foreign']}</td>".encode(), wrote=False)
    with pytest.raises(AssertionError):
        hides(stage, leak)
