"""A new installation: no account that works, and one command that makes the first three."""

import re

import pytest
from django.core.management import call_command

from core.models import Assignment, AuditEvent, Organisation, User
from tests.factories.core import account_number

PEOPLE = [
    *("--system", "xitong", "张建国", "13800000001", account_number(1)),
    *("--security", "anquan", "李秀英", "13800000002", account_number(2)),
    *("--audit", "shenji", "王桂兰", "13800000003", account_number(3)),
]
CITY = ["--name", "江城市总工会", "--code", "JC"]


def found(*arguments):
    call_command("founders", *arguments)


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        found(*arguments)
    assert stop.value.code == 1
    return capsys.readouterr().err


def test_a_fresh_installation_has_no_account(db, client):
    assert not User.objects.exists()
    assert not Assignment.objects.exists()
    for name, password in [("admin", "admin"), ("root", ""), ("admin", "password")]:
        client.post("/login/", {"username": name, "password": password})
        assert "_auth_user_id" not in client.session


def test_three_administrators_log_in_and_must_change_their_password(db, client, capsys):
    found(*CITY, *PEOPLE)
    printed = dict(re.findall(r"账号 (\S+)  初始密码 (\S+)", capsys.readouterr().out))
    assert set(printed) == {"xitong", "anquan", "shenji"}
    assert len(set(printed.values())) == 3
    root = Organisation.objects.get()
    assert (root.name, root.depth, root.level) == ("江城市总工会", 1, "municipal")
    held = Assignment.objects.values_list("user__username", "role", "organisation__code")
    assert set(held) == {
        ("xitong", "system_admin", "JC"),
        ("anquan", "security_admin", "JC"),
        ("shenji", "auditor", "JC"),
    }
    for username, password in printed.items():
        response = client.post("/login/", {"username": username, "password": password})
        assert response.status_code == 302
        assert client.get("/admin/").url == "/password/"
        client.post("/logout/")
    text = str(list(AuditEvent.objects.values()))
    assert not any(password in text for password in printed.values())
    assert "13800000001" not in text
    assert account_number(1) not in text


def test_it_runs_once(db, capsys):
    found(*CITY, *PEOPLE)
    assert "只能在新装系统时建立一次" in refused(capsys, *CITY, *PEOPLE)
    others = [text.replace("1380", "1390").replace("xitong", "other") for text in PEOPLE]
    assert "只能在新装系统时建立一次" in refused(capsys, *others)
    assert User.objects.count() == 3


def test_it_serves_a_tree_that_stands_already(world, capsys):
    Assignment.objects.all().delete()
    User.objects.all().delete()
    found(*PEOPLE)
    assert {user.organisation for user in User.objects.all()} == {world.city}


def test_nothing_is_left_of_a_refused_run(db, capsys):
    assert "--name" in refused(capsys, *PEOPLE)
    same = [text.replace(account_number(2), account_number(1)) for text in PEOPLE]
    assert "三个不同的人" in refused(capsys, *CITY, *same)
    wrong = [text.replace(account_number(2), "330600199003079991") for text in PEOPLE]
    assert "末位校验不符" in refused(capsys, *CITY, *wrong)
    twice = [text.replace("anquan", "xitong") for text in PEOPLE]
    assert refused(capsys, *CITY, *twice)
    assert not Organisation.objects.exists()
    assert not User.objects.exists()
