"""Headers that stand on every answer, and the probes."""

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.test import Client, override_settings
from django.urls import path

from unionhub.urls import urlpatterns as site


def breaks(request):
    raise RuntimeError("丙厂 330102199003078888")


urlpatterns = [*site, path("breaks/", login_not_required(breaks))]

ANSWERS = [
    ("/login/", 200),
    ("/", 302),
    ("/admin/", 302),
    ("/nowhere/", 404),
    ("/breaks/", 500),
]


@pytest.fixture
def outsider():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("url", "status"), ANSWERS)
@override_settings(ROOT_URLCONF=__name__)
def test_every_answer_carries_the_headers(db, outsider, url, status):
    response = outsider.get(url)
    assert response.status_code == status
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "same-origin"
    assert len(response["X-Request-ID"]) == 32
    policy = dict(
        part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    if url.startswith("/admin/"):
        assert policy["script-src"] == "'self' 'unsafe-eval'"
    else:
        assert policy["script-src"] == policy["style-src"] == "'self'"
    assert b"3301021990" not in response.content


def test_a_foreign_host_is_turned_away_with_headers(db, outsider):
    response = outsider.get("/login/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["X-Frame-Options"] == "DENY"
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"


def test_a_forged_form_is_turned_away(world):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert response["X-Frame-Options"] == "DENY"


def test_an_error_before_the_user_is_known_is_a_plain_500(outsider, db, monkeypatch):
    def gone(*args, **kwargs):
        raise DatabaseError("gone")

    outsider.cookies["sessionid"] = "a" * 32
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", gone)
    response = outsider.get("/password/")
    assert response.status_code == 500
    assert response["X-Frame-Options"] == "DENY"
