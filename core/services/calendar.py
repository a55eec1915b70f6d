"""Keeping the calendar of holidays: by form, by sheet."""

from collections.abc import Sequence

from django.db import transaction

from core import audit
from core.errors import NotPermitted
from core.models import CalendarDay, Organisation, User
from core.services import records


@transaction.atomic
def keep(day: CalendarDay, *, by: User) -> CalendarDay:
    """Add or change one exception."""
    _require(by)
    return records.save(day, by=by)


@transaction.atomic
def keep_many(days: Sequence[CalendarDay], *, by: User) -> None:
    """Add new exceptions and change stored ones, in sets."""
    _require(by)
    records.add_many([day for day in days if day.pk is None], by=by)
    changed = [day for day in days if day.pk is not None]
    records.save_many(changed, fields=["is_working", "name", "source"], by=by)


@transaction.atomic
def remove(day: CalendarDay, *, reason: str, by: User) -> None:
    """Take out an exception that should not stand there; its weekday decides again."""
    _require(by)
    changes = audit.difference(audit.snapshot(day), {})
    audit.record("core.calendarday.remove", by=by, obj=day, changes=changes, reason=reason)
    day.delete()


@transaction.atomic
def withdraw(days: Sequence[CalendarDay], *, by: User) -> None:
    """Take out what an import has brought."""
    _require(by)
    records.erase(days, by=by, action="core.calendarday.withdraw")


def may_keep(user: User) -> bool:
    """Whether the calendar of the city is in this user's hands."""
    root = Organisation.objects.filter(depth=1).first()
    return root is not None and user.has_perm("core.change_calendarday", root)


def _require(by: User) -> None:
    if not may_keep(by):
        raise NotPermitted("节假日安排由市总工会统一维护，如有出入请告知市总工会经办人员。")
