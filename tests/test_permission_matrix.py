"""Every address × every role × {own, child, sibling, parent, other district, missing}.

A role that the table lets in nowhere is asked about three of the places.
"""

import dataclasses

import pytest
from django.db import models, transaction
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver, path
from django.urls.resolvers import RegexPattern, URLResolver

from core.models import AuditEvent
from tests.matrix import HIDDEN, PLACES, ROWS, Stage
from tests.matrix.rows import Row

pytestmark = pytest.mark.django_db
REFUSED = {403, 404, 405}
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
        answer = getattr(client, method)(url, data)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        acts = list(AuditEvent.objects.filter(pk__gt=last).values_list("action", flat=True))
        transaction.set_rollback(True)
    client.cookies = cookies
    if answer.status_code == 403:
        assert acts == [DENIED], "who is turned away stands in the trail, and did nothing else"
    return Answer(answer.status_code, body, wrote=acts not in ([], [DENIED]))


def hides(stage: Stage, answer: Answer) -> None:
    """No byte of it belongs to somebody else's rows."""
    leaked = [code for code in HIDDEN if stage.tokens[code].encode() in answer.body]
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
    missing = answers["missing"]
    for place, answer in answers.items():
        where = f"{actor} on {place}: {answer.status}"
        hides(stage, answer)
        reached = place in row.reach or place == "actor"
        if entitled and reached:
            assert answer.status in {200, 302}, where
            assert writing or answer.status == 200, where
            assert place in row.lands or not answer.wrote, where
            continue
        assert answer.status in REFUSED, where
        assert not answer.wrote, where
        if entitled and not reached and place != "own":
            assert answer.status == 404, where
        if sees and place in row.reach:
            assert answer.status == 403, where
        elif not (entitled and place == "own"):
            assert answer.status == missing.status, where
            if answer.status == 404:
                assert answer.body == missing.body, where


CASES = [name for name, row in ROWS.items() if not row.public]
# Who may do nothing with the rows is told the same everywhere: one of each kind of place says so.
FEW_PLACES = {place: PLACES[place] for place in ("own", "other", "missing")}


def asked_about(row: Row, actor: str, may: str) -> dict[str, str | None]:
    """The places whose rows an actor asks for; `may` are the roles that may do it."""
    concerned = {*row.who.split(), *row.sees.split(), *may.split()}
    return PLACES if actor in concerned else FEW_PLACES


@pytest.mark.parametrize("name", CASES)
def test_reading(stage, name):
    row = ROWS[name]
    for actor in stage.clients:
        entitled = actor in row.who.split()
        if row.subject is None:
            answer = ask(stage, actor, "get", stage.url(name, actor, None), row.query)
            hides(stage, answer)
            if actor == "anonymous":
                assert answer.status == 302
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
            assert {answer.status for answer in answers.values()} == {302}
        else:
            judge(stage, name, actor, entitled, actor in row.sees.split() and not entitled, answers)


@pytest.mark.parametrize("name", CASES)
def test_writing(stage, name):
    row = ROWS[name]
    data = row.post(stage.world) if callable(row.post) else row.post
    for actor in stage.clients:
        entitled = actor in row.writes.split()
        places = asked_about(row, actor, row.writes) if row.subject else {"missing": None}
        if "actor" in row.reach and entitled:
            places = {"actor": "actor", **places}
        answers = {
            place: ask(stage, actor, "post", stage.url(name, actor, code), data or {})
            for place, code in places.items()
        }
        if actor == "anonymous":
            assert {answer.status for answer in answers.values()} == {302}
            assert not any(answer.wrote for answer in answers.values())
        elif row.subject is None:
            (answer,) = answers.values()
            hides(stage, answer)
            if entitled:
                assert answer.status == 302, (actor, answer.status)
            else:
                assert answer.status in {200, *REFUSED}, (actor, answer.status)
                assert not answer.wrote
        elif row.writes:
            judge(stage, name, actor, entitled, actor in row.sees.split(), answers, writing=True)
            if entitled:
                done = {answer.status for answer in answers.values() if answer.wrote}
                assert done or "actor" in row.reach, f"{actor} never succeeds"
        else:
            assert not any(answer.wrote for answer in answers.values())
            assert not {answer.status for answer in answers.values()} - {200, *REFUSED}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_do_nothing(stage, name, method):
    row = ROWS[name]
    concerned = {*row.who.split(), *row.sees.split(), *row.writes.split()}
    for actor in {"anonymous", "nobody", *concerned}:
        place = "own" if row.subject else None
        answer = ask(stage, actor, method, stage.url(name, actor, place))
        assert answer.status in ({302} if actor == "anonymous" else REFUSED), (actor, answer)
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
