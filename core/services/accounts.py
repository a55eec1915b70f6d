"""Accounts and the roles granted to them."""

import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import audit, roles
from core.errors import Refused
from core.models import Assignment, DeclaredKin, Organisation, User
from core.services.records import require


@transaction.atomic
def create(user: User, *, password: str, by: User, must_change_password: bool = True) -> User:
    """Open an account with an initial secret that its holder must change. It grants nothing."""
    require(by, "core.add_user", user.organisation)
    return _open(user, password, by, must_change_password)


def _open(user: User, password: str, by: User | None, must_change_password: bool) -> User:
    validate_password(password, user)
    user.set_password(password)
    user.must_change_password = must_change_password
    user.full_clean()
    user.save()
    audit.record(
        "core.user.add", by=by, obj=user, changes=audit.difference({}, audit.snapshot(user))
    )
    return user


@transaction.atomic
def found(*, users: dict[str, tuple[User, str]]) -> None:
    """Make the first administrators, once: `{role code: (account, password)}`.

    Refused when any account exists. Only the three separated roles are granted this way; everything
    else is granted by the security administrator afterwards.
    """
    list(Organisation.objects.select_for_update().filter(depth=1))  # two runs at once: one wins
    if User.objects.exists():
        raise Refused("系统已有账号，首任管理员只能在新装系统时建立一次。", code="already_founded")
    for code, (user, password) in users.items():
        if not roles.table()[code].separated:
            raise Refused(f"首任账号只能担任三员角色，“{code}”不是。", code="not_separated")
        _open(user, password, None, True)
        _grant(user, user.organisation, code, None, None)


@transaction.atomic
def grant(
    user: User,
    *,
    role: str,
    organisation: Organisation,
    by: User,
    until: datetime.date | None = None,
) -> Assignment:
    """Give the user a role in the subtree of an organisation, from today."""
    require(by, "core.add_assignment", organisation)
    if by.pk == user.pk:
        raise Refused("不能给本人授权，请由另一位安全管理员办理。", code="own_grant")
    return _grant(user, organisation, role, until, by)


def _grant(
    user: User,
    organisation: Organisation,
    code: str,
    until: datetime.date | None,
    by: User | None,
) -> Assignment:
    role = roles.table().get(code)
    if role is None:
        raise Refused(f"没有名为“{code}”的角色。", code="unknown_role")
    User.objects.select_for_update().get(pk=user.pk)  # two grants at once see one another
    refuse_joined(user, role)
    assignment = Assignment(user=user, organisation=organisation, role=code, until=until)
    assignment.full_clean()
    assignment.save()
    user.forget_grants()
    audit.record(
        "core.assignment.add",
        by=by,
        obj=assignment,
        changes=audit.difference({}, audit.snapshot(assignment)),
    )
    return assignment


def refuse_joined(user: User, role: roles.Role) -> None:
    """三员分立: whoever holds one of the three administrators' roles holds no other."""
    today = timezone.localdate()
    live = Q(until__isnull=True) | Q(until__gte=today)
    held = {
        roles.table()[row] for row in user.assignments.filter(live).values_list("role", flat=True)
    }
    others = held - {role}
    if others and (role.separated or any(other.separated for other in others)):
        names = "、".join(sorted(other.label for other in others))
        raise Refused(
            f"三员分立：{role.label}不能与{names}由同一账号担任，请先收回原有角色。",
            code="separation",
        )


@transaction.atomic
def revoke(assignment: Assignment, *, by: User, reason: str = "") -> Assignment:
    """End an assignment now: from the next request on it grants nothing, nor what was delegated
    from it."""
    require(by, "core.change_assignment", assignment)
    return end(assignment, by=by, reason=reason)


def end(assignment: Assignment, *, by: User, reason: str) -> Assignment:
    """End an assignment, for services that have asked for the right."""
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    before = audit.snapshot(assignment)
    assignment.since = min(assignment.since, yesterday)
    assignment.until = yesterday
    assignment.save(update_fields=["since", "until"])
    audit.record(
        "core.assignment.revoke",
        by=by,
        obj=assignment,
        changes=audit.difference(before, audit.snapshot(assignment)),
        reason=reason,
    )
    return assignment


@transaction.atomic
def reset(user: User, *, password: str, reason: str, by: User) -> User:
    """Give a new initial secret, which the holder must change. Open sessions end."""
    require(by, "core.change_user", user)
    validate_password(password, user)
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record("core.user.reset", by=by, obj=user, reason=reason)
    return user


@transaction.atomic
def change_password(user: User, *, password: str, by: User) -> User:
    """The holder's own change of the secret."""
    if by.pk != user.pk:
        raise Refused("只能修改本人的密码，他人的密码请由系统管理员重置。", code="not_own")
    if user.check_password(password):
        raise Refused("新密码不能与原密码相同。", code="same_password")
    validate_password(password, user)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record("core.user.password", by=by, obj=user)
    return user


def deactivate(user: User, *, reason: str, by: User) -> User:
    """Close an account: it logs in no more and grants nothing."""
    if user.pk == by.pk:
        raise Refused("不能停用本人的账号，请由另一位系统管理员办理。", code="own_account")
    return _activate(user, False, "core.user.deactivate", reason, by)


def reactivate(user: User, *, reason: str, by: User) -> User:
    """Open a closed account again."""
    return _activate(user, True, "core.user.reactivate", reason, by)


@transaction.atomic
def _activate(user: User, is_active: bool, action: str, reason: str, by: User) -> User:
    require(by, "core.change_user", user)
    before = audit.snapshot(user)
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    changes = audit.difference(before, audit.snapshot(user))
    audit.record(action, by=by, obj=user, changes=changes, reason=reason)
    return user


@transaction.atomic
def declare_kin(kin: DeclaredKin, *, by: User) -> DeclaredKin:
    """亲属申报: the holder declares a relative, about whom he will decide nothing from now on."""
    if kin.user_id != by.pk:
        raise Refused("亲属只能由本人申报。", code="not_own")
    kin.full_clean()
    User.objects.select_for_update().get(pk=by.pk)  # two declarations at once see one another
    index = DeclaredKin._meta.get_field("certificate_index").index(kin.certificate_number_key())
    if index == by.certificate_index:
        raise Refused("所填为本人的身份证号，请填写亲属的身份证号。", code="own_number")
    if by.kin.in_force().filter(certificate_index=index).exists():
        raise Refused("该亲属已经申报。", code="declared")
    kin.save()
    changes = audit.difference({}, audit.snapshot(kin))
    audit.record("core.declaredkin.add", by=by, obj=kin, changes=changes)
    return kin


@transaction.atomic
def end_kin(kin: DeclaredKin, *, reason: str, by: User) -> DeclaredKin:
    """The holder ends a declaration, for a reason that those who watch accounts can read."""
    if kin.user_id != by.pk:
        raise Refused("亲属申报只能由本人终止。", code="not_own")
    if kin.ended_on:
        raise Refused("该申报已经终止。", code="ended")
    before = audit.snapshot(kin)
    kin.ended_on = timezone.localdate()
    kin.save(update_fields=["ended_on"])
    changes = audit.difference(before, audit.snapshot(kin))
    audit.record("core.declaredkin.end", by=by, obj=kin, changes=changes, reason=reason)
    return kin
