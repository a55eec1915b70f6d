"""Whoever may bring a table in or take one out finds the way to it, and sees no other's."""

import pytest
from django.urls import reverse

from core import roles
from core.models import SheetImport
from core.sheets import registry
from tests.matrix.sheets import sheet_import

pytestmark = pytest.mark.django_db

PROGRAMS = {"data_partner", "tax_partner"}  # they have no pages
HOLDERS = sorted(
    (role.code, name)
    for role in roles.table().values()
    for name, sheet in registry.items()
    if sheet._meta.permission in role.permissions and role.code not in PROGRAMS
)


@pytest.mark.parametrize(("role", "name"), HOLDERS)
def test_the_pages_of_a_sheet_open_to_those_who_may_import_it(role, name):
    permissions = roles.table()[role].permissions
    assert {"core.view_sheetimport", "core.add_sheetmapping"} <= permissions


@pytest.mark.parametrize(
    ("role", "name", "label"),
    [
        ("finance_maker", "payment_results", "银行回单"),
        ("aid_clerk", "hardship_files", "困难职工档案"),
        ("aid_approver", "hardship_takeover", "存量困难职工档案"),
        ("data_checker", "hardship_checks_vehicles", "信息比对（公安车管）"),
    ],
)
def test_they_reach_the_upload_from_the_list(role, name, label, world, client):
    client.force_login(world.user(role))
    page = client.get(reverse("sheets")).content.decode()
    assert label in page
    upload = reverse("sheet_upload", args=[name])
    assert upload in page
    assert "会员名册" not in page
    assert client.get(upload).status_code == 200


def test_an_import_of_another_trade_is_not_seen(world, client):
    made = sheet_import(world.own, "张三丰")
    aided = sheet_import(world.own, "李四维")
    SheetImport.objects.filter(pk=aided.pk).update(sheet="hardship_files")
    for role, seen, hidden in [("aid_clerk", aided, made), ("clerk", made, aided)]:
        client.force_login(world.user(role))
        assert client.get(reverse("sheet_import", args=[seen.pk])).status_code == 200
        assert client.get(reverse("sheet_import", args=[hidden.pk])).status_code == 404
        assert reverse("sheet_import", args=[hidden.pk]) not in (
            client.get(reverse("sheets")).content.decode()
        )
