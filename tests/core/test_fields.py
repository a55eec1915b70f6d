"""Personal data at rest: encryption, index, masks, reveal."""

import hmac

import pytest
from django.db import connection

from core import fields, masking
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, User
from core.services import records


def raw(user):
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM core_user WHERE id = %s", [user.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("key", [b"k" * 32, b"k" * 65])
def test_the_keyed_hash_is_hmac(settings, key):
    settings.INDEX_KEY = key
    hashed = fields.keyed_hash(b"use\0")
    for text in ("13800001234", "张"):
        assert hashed(text) == hmac.digest(key, b"use\0" + text.encode(), "sha256")


def test_stored_encrypted_shown_masked_and_clear_on_request(world):
    user = world.user(phone="13800001234")
    assert b"13800001234" not in raw(user)
    stored = User.objects.get(pk=user.pk)
    assert str(stored.phone) == "138****1234"
    assert "138" not in repr(stored.phone)
    assert stored.phone.clear() == "13800001234"
    assert User.objects.filter(phone__isnull=True).exists()


def test_a_value_moved_to_another_column_or_altered_does_not_decrypt(settings):
    envelope = fields.encrypt("13800001234", bound_to="core.user.phone")
    assert fields.decrypt(envelope, bound_to="core.user.phone") == "13800001234"
    with pytest.raises(fields.Undecryptable):
        fields.decrypt(envelope, bound_to="core.user.other")
    with pytest.raises(fields.Undecryptable):
        fields.decrypt(envelope[:-1] + bytes([envelope[-1] ^ 1]), bound_to="core.user.phone")
    old = dict(settings.DATA_KEYS)
    settings.DATA_KEYS = {"new": b"n" * 32, **old}
    assert fields.decrypt(envelope, bound_to="core.user.phone") == "13800001234"
    settings.DATA_KEYS = {"new": b"n" * 32}
    with pytest.raises(fields.Undecryptable):
        fields.decrypt(envelope, bound_to="core.user.phone")


def test_domestic_cipher(settings):
    settings.DATA_CIPHER = "SM4"
    envelope = fields.encrypt("李雷", bound_to="a.b.c")
    assert fields.decrypt(envelope, bound_to="a.b.c") == "李雷"
    with pytest.raises(fields.Undecryptable):
        fields.decrypt(envelope, bound_to="a.b.d")


def test_equality_cannot_be_asked_of_the_ciphertext(world):
    with pytest.raises(Exception, match="lookup"):
        User.objects.filter(phone="13800001234").exists()


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (masking.name, "张三", "张*"),
        (masking.name, "王建国", "王*国"),
        (masking.name, "欧阳修", "欧阳*"),
        (masking.name, "买买提·艾力", "买**·**"),
        (masking.number, "330600199003079990", "3306**********9990"),
        (masking.phone, "13800000001", "138****0001"),
        (masking.account, "6222020000001234567", "***************4567"),
        (masking.address, "江城市东湖区新华街道12号", "江城市东湖区新华街道****"),
    ],
)
def test_masks(mask, text, shown):
    assert mask(text) == shown


def test_reveal_needs_right_scope_and_reason_and_leaves_a_trace(world, monkeypatch):
    target = world.user(at=world.own, phone="13800001234")
    role = world.user("system_admin", world.district)
    with pytest.raises(NotPermitted):
        records.reveal(target, "phone", reason="电话核实身份", by=role)
    monkeypatch.setattr(
        User, "paths_with", lambda self, permission: [world.district.path] if self == role else []
    )
    with pytest.raises(Refused) as refusal:
        records.reveal(target, "phone", reason=" ", by=role)
    assert refusal.value.code == "reason_required"
    foreign = world.user(at=world.foreign, phone="13800001235")
    with pytest.raises(OutOfScope):
        records.reveal(foreign, "phone", reason="电话核实身份", by=role)
    assert records.reveal(target, "phone", reason="电话核实身份", by=role) == "13800001234"
    event = AuditEvent.objects.first()
    assert (event.action, event.reason) == ("core.user.reveal", "电话核实身份")
    assert event.changes == {"手机号": "138****1234"}
