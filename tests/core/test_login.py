"""Logging in and staying logged in, through the pages."""

import re

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from core.models import AuditEvent, Organisation, User
from core.services import accounts
from tests.factories.core import PASSWORD

NOW = "2026-03-02 09:00:00+08:00"


def log_in(client, username, password=PASSWORD, **headers):
    return client.post("/login/", {"username": username, "password": password}, headers=headers)


def logged_in(client):
    return "_auth_user_id" in client.session


def plain(response):
    """The page without what differs from one request to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_an_unknown_account_and_a_wrong_password_look_the_same(world):
    world.user(username="zhangsan")
    for _ in range(7):
        client = Client()
        known = log_in(client, "zhangsan", "wrong password")
        unknown = log_in(client, "lisiwang", "wrong password")
        assert known.status_code == unknown.status_code
        assert plain(known) == plain(unknown).replace("lisiwang", "zhangsan")
        headers = [set(dict(response.items())) for response in (known, unknown)]
        assert headers[0] == headers[1]


def test_a_closed_account_looks_the_same_too(world):
    world.user(username="zhangsan", is_active=False)
    closed, unknown = log_in(Client(), "zhangsan"), log_in(Client(), "lisiwang")
    assert plain(closed) == plain(unknown).replace("lisiwang", "zhangsan")
    assert closed.status_code == unknown.status_code == 200


def test_five_failures_lock_the_account_for_this_address_for_half_an_hour(world, client):
    world.user(username="zhangsan")
    world.user(username="lisi")
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(4):
            assert log_in(client, "zhangsan", "wrong").status_code == 200
        assert log_in(client, "zhangsan", "wrong").status_code == 429
        locked = log_in(client, "zhangsan")
        assert locked.status_code == 429
        assert "登录失败次数过多" in locked.content.decode()
        assert not logged_in(client)
        assert log_in(Client(), "lisi").status_code == 302
        assert AuditEvent.objects.order_by("pk").last().action == "core.user.login"
        failures = AuditEvent.objects.filter(action="core.user.login_failed").order_by("pk")
        assert [event.reason for event in failures] == [""] * 4 + ["已锁定"] * 2
        elsewhere = Client(REMOTE_ADDR="10.1.1.9")
        assert log_in(elsewhere, "zhangsan").status_code == 302
        clock.shift(29 * 60)
        assert log_in(client, "zhangsan").status_code == 429
        clock.shift(2 * 60)
        assert log_in(client, "zhangsan").status_code == 302


def test_the_lock_cannot_be_moved_by_a_forged_address(world, client):
    world.user(username="zhangsan")
    for number in range(5):
        log_in(client, "zhangsan", "wrong", **{"X-Forwarded-For": f"10.0.0.{number}"})
    assert log_in(client, "zhangsan").status_code == 429
    assert set(
        AuditEvent.objects.filter(action="core.user.login_failed").values_list("address")
    ) == {("127.0.0.1",)}


def test_the_lock_cannot_be_moved_by_another_browser_or_spelling(world, client):
    world.user(username="zhangsan")
    for number, name in enumerate(["zhangsan", " zhangsan", "zhangsan ", "ｚhangsan", "zhangsan"]):
        log_in(client, name, "wrong", **{"User-Agent": f"browser {number}"})
    assert log_in(client, "zhangsan").status_code == 429


def test_scripts_and_foreign_pages_do_not_get_the_cookies(world, client):
    world.user(username="zhangsan")
    client.get("/login/")
    cookies = log_in(client, "zhangsan").cookies
    assert set(cookies) == {"sessionid", "csrftoken"}
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "10.0.0.1", "127.0.0.1"),
        (1, "6.6.6.6, 10.0.0.1", "10.0.0.1"),
        (2, "6.6.6.6, 10.0.0.1, 192.168.0.1", "10.0.0.1"),
        (2, "10.0.0.1", "127.0.0.1"),
        (1, "", None),
        (1, "'; drop table", None),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_address_is_that_of_the_peer(world, client, settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies
    world.user(username="zhangsan")
    log_in(client, "zhangsan", **{"X-Forwarded-For": forwarded})
    assert AuditEvent.objects.get(action="core.user.login").address == address


def test_login_logout_and_failures_stand_in_the_trail(world, client):
    user = world.user("chair", world.own, username="zhangsan")
    before = len(actions())
    log_in(client, "zhangsan", "Secret-typed-wrong-1")
    log_in(client, "Secret-typed-as-name", "x")
    log_in(client, "", "")
    log_in(client, "zhangsan")
    client.post("/logout/")
    assert actions()[before:] == [
        "core.user.login_failed",
        "core.user.login_failed",
        "core.user.login",
        "core.user.logout",
    ]
    failed, unknown, login, logout = AuditEvent.objects.order_by("pk")[before:]
    assert failed.object_id == login.object_id == str(user.pk)
    assert (failed.actor_id, login.actor_id, logout.actor_id) == (None, user.pk, user.pk)
    assert login.address == "127.0.0.1"
    assert len({event.request_id for event in (failed, unknown, login, logout)}) == 4
    assert "Secret" not in str(list(AuditEvent.objects.values()))
    seen = AuditEvent.objects.visible_to(world.user("auditor"))
    assert {failed, unknown, login, logout} <= set(seen)


def test_the_session_has_a_new_name_after_login(world, client):
    world.user(username="zhangsan")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    log_in(client, "zhangsan")
    assert client.session.session_key != session.session_key
    old = Client()
    old.cookies["sessionid"] = session.session_key
    assert not logged_in(old)


def inside(client):
    """Whether the session still opens a page that needs one."""
    response = client.get("/password/")
    return response.status_code == 200


def test_half_an_hour_without_a_request_ends_the_session(world, client):
    world.user(username="zhangsan")
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, "zhangsan")
        assert inside(client)
        for _ in range(3):
            clock.shift(1800)
            assert inside(client)
        clock.shift(1801)
        response = client.get("/password/?a=1")
        assert response.url == "/login/?next=/password/%3Fa%3D1"
        assert not logged_in(client)
    assert AuditEvent.objects.get(action="core.user.logout").reason == "超时自动退出"


def test_what_was_sent_after_the_end_of_the_session_is_said_to_be_lost(world, client):
    world.user(username="zhangsan")
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, "zhangsan")
        assert inside(client)
        clock.shift(1801)
        response = client.post("/password/", {"old": "x"})
    assert response.url == "/login/?lost=1&next=/password/"
    assert "刚才提交的内容没有保存" in client.get(response.url).content.decode()
    assert "没有保存" not in client.get("/login/?next=/password/").content.decode()


def test_twelve_hours_end_the_session_of_the_busiest_user(world, client):
    world.user(username="zhangsan")
    with time_machine.travel(NOW, tick=False) as clock:
        log_in(client, "zhangsan")
        for _ in range(48):
            assert inside(client)
            clock.shift(900)
        assert inside(client)
        clock.shift(1)
        assert not inside(client)


def test_an_initial_password_must_be_changed_first(world, client):
    world.user("clerk", must_change_password=True, username="zhangsan")
    log_in(client, "zhangsan")
    for path in ("/admin/", "/", "/admin/core/user/"):
        assert client.get(path).url == "/password/"
    assert client.get("/password/").status_code == 200
    assert client.post("/logout/").status_code == 302


def test_a_closed_account_is_out_at_the_next_request(world, client):
    user = world.user("clerk", username="zhangsan")
    log_in(client, "zhangsan")
    assert inside(client)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not inside(client)


def test_a_new_password_ends_the_other_sessions(world, client):
    user = world.user("clerk", username="zhangsan")
    log_in(client, "zhangsan")
    user.set_password("another battery 工会")
    user.save()
    assert not inside(client)


def test_a_revoked_role_is_gone_at_the_next_request(world, client):
    user = world.user("clerk", username="zhangsan")
    log_in(client, "zhangsan")
    assert client.get("/admin/").status_code == 200
    accounts.revoke(user.assignments.get(), by=world.user("security_admin"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_admin_has_no_login_page_of_its_own(world, client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/core/").url == "/login/?next=/admin/core/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_who_is_turned_away_stands_in_the_trail(world, client):
    chair = world.user("chair", world.own, username="zhangsan")
    log_in(client, "zhangsan")
    assert client.get("/admin/", follow=True).status_code == 403
    event = AuditEvent.objects.get(action="core.user.denied")
    assert (event.actor_id, event.changes["method"]) == (chair.pk, "GET")
    assert event.organisation_path == Organisation.objects.get(code="own").path


def test_expired_locks_leave_no_password_behind(world, client):
    from axes.models import AccessAttempt

    world.user(username="zhangsan")
    log_in(client, "zhangsan", "Secret-typed-wrong-1")
    assert "Secret" not in str(list(AccessAttempt.objects.values()))
    call_command("axes_reset")
    assert not AccessAttempt.objects.exists()
