"""The own account: the number by which its holder is known, and the relatives he declares."""

import pytest
from django.urls import reverse

from core.models import AuditEvent, DeclaredKin, User
from tests.factories.core import account_number

pytestmark = pytest.mark.django_db
NUMBER = account_number(40_000)
KIN = {"name": "王桂兰", "relation": "lineal", "certificate_number": NUMBER}


@pytest.fixture
def chair(world, client):
    user = world.user("chair", world.own)
    client.force_login(user)
    return user


def declare(client, **changes):
    return client.post(reverse("kin_declare"), KIN | changes)


def test_a_relative_is_declared_and_the_declaration_ended(chair, client):
    assert declare(client).status_code == 302
    (kin,) = chair.kin.in_force()
    page = client.get(reverse("account")).content.decode()
    assert "王桂兰" in page
    assert str(kin.certificate_number) in page
    assert NUMBER not in page
    ended = client.post(reverse("kin_end", args=[kin.pk]), {"reason": "申报有误"})
    assert ended.status_code == 302
    assert not chair.kin.in_force().exists()
    acts = AuditEvent.objects.filter(object_type="core.DeclaredKin").order_by("pk")
    assert [act.action for act in acts] == ["core.declaredkin.add", "core.declaredkin.end"]
    assert NUMBER not in str(list(acts.values()))
    assert "王桂兰" not in str(list(acts.values()))
    assert declare(client).status_code == 302, "again, after its end"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"certificate_number": f"{NUMBER[:-1]}{(int(NUMBER[-1]) + 1) % 10}"}, "末位校验不符"),
        ({"relation": "friend"}, "friend"),
    ],
)
def test_what_cannot_be_declared_is_told(chair, client, changes, told):
    assert told in declare(client, **changes).content.decode()
    assert not DeclaredKin.objects.exists()


def test_nobody_is_declared_twice_nor_oneself(chair, client):
    declare(client)
    assert "已经申报" in declare(client).content.decode()
    own = chair.certificate_number.clear()
    assert "本人的身份证号" in declare(client, certificate_number=own).content.decode()
    assert DeclaredKin.objects.count() == 1


def test_the_number_of_an_account_is_checked_and_one_person_has_one(world, client):
    client.force_login(world.user("system_admin"))
    holder = world.user("clerk")

    def add(number):
        return client.post(
            reverse("admin:core_user_add"),
            {
                "username": "newcomer",
                "display_name": "李四",
                "organisation": world.own.pk,
                "certificate_number": number,
                "password1": "a much longer one 2026",
            },
        )

    assert "末位校验不符" in add("330600199003079991").content.decode()
    assert "一人只能有一个账号" in add(holder.certificate_number.clear()).content.decode()
    assert add(NUMBER.lower()).status_code == 302
    made = User.objects.get(username="newcomer")
    assert made.certificate_number.clear() == NUMBER
    page = client.get(reverse("admin:core_user_change", args=[made.pk])).content.decode()
    assert NUMBER not in page


def test_those_who_watch_over_accounts_read_declarations_masked(chair, client, world):
    declare(client)
    kin = chair.kin.get()
    client.force_login(world.user("security_admin"))
    for name in ("change", "history"):
        page = client.get(reverse(f"admin:core_declaredkin_{name}", args=[kin.pk]))
        assert page.status_code == 200
        assert "王*兰" in page.content.decode()
        assert "王桂兰" not in page.content.decode()
