"""Logging in and out, and being turned away: what the trail keeps of it."""

from django.db import transaction

from core import audit
from core.models import Organisation, User


@transaction.atomic
def opened(user: User) -> None:
    audit.record("core.user.login", by=user, obj=user)


@transaction.atomic
def closed(user: User, *, reason: str = "") -> None:
    audit.record("core.user.logout", by=user, obj=user, reason=reason)


@transaction.atomic
def refused(username: str, *, locked: bool) -> None:
    """A failed login. A name without an account is not kept: it may be a mistyped password."""
    user = User.objects.filter(username=username).first()
    audit.record(
        "core.user.login_failed",
        by=None,
        obj=user,
        organisation=None if user else Organisation.objects.filter(depth=1).first(),
        label="" if user else "不存在的账号",
        reason="已锁定" if locked else "",
    )


@transaction.atomic
def denied(user: User, *, method: str, path: str) -> None:
    """A request for what the account's roles do not grant."""
    changes = {"method": method, "path": path[:200]}
    audit.record("core.user.denied", by=user, obj=user, changes=changes)
