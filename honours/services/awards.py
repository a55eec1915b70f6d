"""Giving titles and taking them back: the one way into the register."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from honours.models import Award, Title
from honours.services import allowances


def draft(
    title: Title,
    *,
    organisation: Organisation,
    recipient_name: str,
    granted_on: datetime.date,
    **facts: Any,
) -> Award:
    """An unsaved award for `give_many`; `facts` are further fields. The term is the title's."""
    made = Award(
        title=title,
        organisation=organisation,
        recipient_name=recipient_name,
        granted_on=granted_on,
        **facts,
    )
    return complete(made)


def complete(award: Award) -> Award:
    """Give an unsaved award what its title says: level, authority, and how long it is held."""
    title = award.title
    award.level = title.level
    award.granting_body = award.granting_body or title.granting_body
    if title.term_years and award.valid_until is None:
        award.valid_until = years_after(award.granted_on, title.term_years)
    return award


@transaction.atomic
def give_many(awards: Sequence[Award], *, by: User) -> Sequence[Award]:
    """Enter awards into the register, all or none."""
    return records.add_many(awards, by=by, action="honours.award.give")


def give(title: Title, *, by: User, **facts: Any) -> Award:
    """Enter one award; `facts` as in `draft`."""
    return give_many([draft(title, **facts)], by=by)[0]


@transaction.atomic
def revoke(
    award: Award, *, on: datetime.date, reason: str, document_number: str, by: User
) -> Award:
    """Take a title back from the day `on`, by the document of the authority that gave it.

    The award keeps its row. What its holder is still to be paid by it is stopped.
    """
    locked = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    if locked.revoked_on:
        raise Refused(f"该荣誉已于 {locked.revoked_on} 撤销。", code="already_revoked")
    if on < locked.granted_on:
        raise Refused(
            f"撤销日期不能早于授予日期 {locked.granted_on}，请核对。", code="before_granting"
        )
    if on > timezone.localdate():
        raise Refused(f"撤销日期 {on} 晚于今天，请自该日起登记。", code="ahead")
    if not document_number.strip():
        raise Refused("请填写授予机关撤销决定的文号。", code="document_required")
    before = audit.snapshot(locked)
    locked.revoked_on, locked.revocation_reason = on, reason[:200]
    locked.revocation_document = document_number
    locked.save(update_fields=["revoked_on", "revocation_reason", "revocation_document"])
    changes = audit.difference(before, audit.snapshot(locked))
    audit.record("honours.award.revoke", by=by, obj=locked, changes=changes, reason=reason)
    allowances.stop(_by_award(locked), reason=f"所依据的荣誉自 {on} 起撤销", by=by)
    return locked


def _by_award(award: Award) -> QuerySet:
    return award.allowances.unpaid()


@transaction.atomic
def prolong(award: Award, *, until: datetime.date, by: User) -> Award:
    """Let a title with a term be held until a later day. The caller has asked for the right."""
    row = Award.objects.select_for_update(of=("self",)).get(pk=award.pk)
    if row.valid_until is None or row.revoked_on or until <= row.valid_until:
        raise Refused("该荣誉没有可以延续的有效期，请刷新后查看。", code="not_renewable")
    before = audit.snapshot(row)
    row.valid_until = until
    row.full_clean()
    row.save(update_fields=["valid_until"])
    changes = audit.difference(before, audit.snapshot(row))
    audit.record("honours.award.prolong", by=by, obj=row, changes=changes)
    return row


def years_after(day: datetime.date, years: int) -> datetime.date:
    """The same day so many years later; of 29 February 1 March, where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)
