"""Keys of programs: handed out, taken back, and recognised."""

import datetime
import hmac
import re
import secrets

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.fields import blind_index
from core.models import MachineKey, User
from core.services.records import require

LONGEST = datetime.timedelta(days=366)  # a key is made anew once a year
MARK = "uhk"  # how a key begins, so that one that strayed is recognised
_FORM = re.compile(rf"{MARK}_([0-9a-f]{{10}})_([A-Za-z0-9_-]{{43}})")

# Partners for whom a key may speak: code and Chinese name. An app adds its own in its `apps.py`.
PARTIES: dict[str, str] = {}


@transaction.atomic
def issue(key: MachineKey, *, by: User) -> str:
    """Hand out a key. Returns its text, which nobody will see again.

    Only an account without a certificate number gets one: who hands out a key could use it, and so
    decide in the place of a person.
    """
    require(by, "core.add_machinekey", key.user)
    User.objects.select_for_update().get(pk=key.user_id)
    today = timezone.localdate()
    if key.user.certificate_index is not None:
        raise Refused(
            "该账号登记了身份证号，属于个人，不能发放接口密钥，请另建不登记身份证号的接口账号。",
            code="person",
        )
    if key.user_id == by.pk or any(role.separated for role, _ in key.user.grants):
        raise Refused("不能给本人和三员账号发放接口密钥，请另建接口账号。", code="separation")
    if not today <= key.expires_on <= today + LONGEST:
        raise Refused(f"有效期最长一年，请填写今天至 {today + LONGEST} 之间的日期。", code="expiry")
    if key.party and key.party not in PARTIES:
        raise Refused("没有此对接部门，请从列出的部门中选择。", code="party")
    secret = secrets.token_urlsafe(32)
    key.prefix, key.digest = secrets.token_hex(5), _digest(secret)
    key.full_clean()
    key.save()
    changes = audit.difference({}, audit.snapshot(key))
    audit.record("core.machinekey.add", by=by, obj=key, changes=changes)
    return f"{MARK}_{key.prefix}_{secret}"


@transaction.atomic
def revoke(key: MachineKey, *, reason: str, by: User) -> MachineKey:
    """Take a key back: from the next request on it opens nothing."""
    key = MachineKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    require(by, "core.change_machinekey", key)
    if key.revoked_on:
        raise Refused("该密钥已经吊销。", code="revoked")
    before = audit.snapshot(key)
    key.revoked_on = timezone.localdate()
    key.save(update_fields=["revoked_on"])
    changes = audit.difference(before, audit.snapshot(key))
    audit.record("core.machinekey.revoke", by=by, obj=key, changes=changes, reason=reason)
    return key


def recognise(text: str) -> MachineKey | None:
    """The key in force that this is the text of. The day of its use is kept."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    found = MachineKey.objects.in_force().filter(prefix=form[1]).select_related("user").first()
    if found is None or not hmac.compare_digest(bytes(found.digest), _digest(form[2])):
        return None
    today = timezone.localdate()
    if found.last_used_on != today:
        MachineKey.objects.filter(pk=found.pk).update(last_used_on=today)
    return found


def _digest(secret: str) -> bytes:
    return blind_index("core.machinekey", secret)
