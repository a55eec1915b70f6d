"""委托代办: who is away lets a colleague act in his place, in one role, until a day.

The colleague acts under his own name; for separated duties and for 回避 both persons count
(`core.workflow`). What is delegated ends by itself, with its day or with the right it comes from.
"""

import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, roles
from core.errors import Refused
from core.models import Assignment, User
from core.services import accounts
from core.services.records import require


def delegable(user: User) -> QuerySet[Assignment]:
    """What the user may delegate: roles of his own, in force, but those of the 三员."""
    open_roles = [code for code, role in roles.table().items() if not role.separated]
    held = user.assignments.in_force(timezone.localdate()).filter(role__in=open_roles)
    return held.filter(delegated_from__isnull=True).select_related("organisation")


def colleagues(user: User) -> QuerySet[User]:
    """To whom: other accounts of the same union."""
    return User.objects.filter(organisation=user.organisation_id, is_active=True).exclude(
        pk=user.pk
    )


@transaction.atomic
def delegate(
    source: Assignment, *, to: User, until: datetime.date, reason: str, by: User
) -> Assignment:
    """Let a colleague act by an assignment until a day, from today: in its place, with its role.

    By its holder, or by who grants roles there.
    """
    today = timezone.localdate()
    holder = User.objects.select_for_update().get(pk=source.user_id)
    if by.pk != holder.pk:
        require(by, "core.add_assignment", source)
    if not delegable(holder).filter(pk=source.pk).exists():
        raise Refused(
            "只能委托本人持有、尚在有效期内的角色；他人委托的角色不能再委托，三员角色不能委托。",
            code="not_delegable",
        )
    if not today <= until <= (source.until or until):
        limit = f"至 {source.until} " if source.until else ""
        raise Refused(f"截止日应为今天{limit}或以后、授权有效期以内的日期，请核对。", code="until")
    if len(reason.strip()) < 4:
        raise Refused("请填写委托事由，不少于四个字。", code="reason_required")
    to = _taker(holder, to)
    accounts.refuse_joined(to, roles.table()[source.role])
    running = source.delegations.in_force(today)
    if running.filter(user=to).exists():
        raise Refused("该角色已委托此人代办，如需延期请先终止原委托。", code="delegated")
    made = Assignment(
        user=to,
        organisation=source.organisation,
        role=source.role,
        until=until,
        delegated_from=source,
    )
    made.full_clean()
    made.save()
    to.forget_grants()
    changes = audit.difference({}, audit.snapshot(made))
    audit.record("core.assignment.delegate", by=by, obj=made, changes=changes, reason=reason)
    return made


def _taker(holder: User, to: User) -> User:
    """The colleague, locked: known as a person, and another one than the holder."""
    found = colleagues(holder).select_for_update(of=("self",)).filter(pk=to.pk).first()
    if found is None:
        raise Refused("只能委托本单位启用的账号，请重新选择。", code="not_colleague")
    persons = {holder.certificate_index, found.certificate_index}
    if None in persons or len(persons) < 2:
        raise Refused(
            "委托人和代办人都须登记身份证号，并且不是同一人，请联系系统管理员补登。",
            code="identity_missing",
        )
    return found


@transaction.atomic
def end(delegation: Assignment, *, reason: str, by: User) -> Assignment:
    """The delegator takes it back before its day. Who grants roles revokes it like any other."""
    row = Assignment.objects.delegated_by(by).select_for_update(of=("self",))
    row = row.filter(pk=delegation.pk).first()
    if row is None:
        raise Refused("委托只能由委托人终止。", code="not_own")
    if row.until < timezone.localdate():
        raise Refused("该委托已经终止。", code="ended")
    return accounts.end(row, reason=reason, by=by)
