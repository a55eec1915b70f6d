"""Files of holders: opened for whoever holds a model title, confirmed once a year."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from core.services.records import require
from honours.models import Award, Confirmation, Holder, Status
from honours.models.holders import MODEL_KINDS
from honours.services import allowances

FACTS = ("status", "status_since", "phone", "address")
MOST = 5_000  # files opened at once


def open_many(rows: Sequence[Holder], *, by: User) -> Sequence[Holder]:
    """Open files, all or none."""
    return records.add_many(rows, by=by)


@transaction.atomic
def open_missing(*, within: Organisation, by: User) -> Sequence[Holder]:
    """A file for every registered person of a region who holds a model title and has none: with
    the phone and address that the register has."""
    require(by, "honours.add_holder", within)
    held = (
        Award.objects.visible_to(by, "honours.add_holder")
        .within(within)
        .standing(timezone.localdate())
        .filter(title__kind__in=MODEL_KINDS, person__honours_file=None, person__isnull=False)
    )
    found = held.select_related("person", "organisation").order_by("title__rank", "-granted_on")
    latest: dict[int, Award] = {}
    for award in found[: MOST + 1]:
        latest.setdefault(award.person_id, award)
    if len(latest) > MOST:
        raise Refused(f"一次最多建立 {MOST:,} 份档案，请分区县办理。", code="too_many")
    rows = []
    for award in latest.values():
        row = Holder(organisation=award.organisation, person=award.person)
        for name in ("phone", "address"):
            if value := getattr(award.person, name):
                setattr(row, name, value.clear())
        rows.append(row)
    return open_many(rows, by=by)


@transaction.atomic
def confirm(row: Holder, *, year: int, by: User) -> Confirmation:
    """Write what was found of a holder for a year: `row` has the status, phone and address as they
    are now. A second confirmation of the year corrects the first.

    Of whoever has died what is not paid yet is stopped.
    """
    stored = Holder.objects.select_for_update(of=("self",)).select_related("person").get(pk=row.pk)
    require(by, "honours.confirm_holder", stored)
    today = timezone.localdate()
    if not today.year - 1 <= year <= today.year:
        raise Refused("只能确认本年度和上年度的现状。", code="bad_year")
    if stored.status == Status.DECEASED and row.status != Status.DECEASED:
        raise Refused("该劳模已登记去世，如系误登，请由荣誉管理部门在档案中更正。", code="deceased")
    row.organisation_id, row.person = stored.organisation_id, stored.person
    row.confirmed_on = today
    records.change_many(
        [row], {row.pk: stored}, fields=(*FACTS, "confirmed_on"), by=by,
        action="honours.holder.confirm",
    )  # fmt: skip
    made = Confirmation.objects.filter(holder=row, year=year).first()
    before = audit.snapshot(made) if made else {}
    made = made or Confirmation(holder=row, year=year)
    for name in FACTS:
        value = getattr(row, name)
        setattr(made, name, value.clear() if hasattr(value, "clear") else value)
    made.confirmed_on, made.confirmed_by = today, by
    made.full_clean()
    made.save()
    changes = audit.difference(before, audit.snapshot(made))
    verb = "change" if before else "add"
    audit.record(f"honours.confirmation.{verb}", by=by, obj=made, changes=changes)
    _stop_if_dead(row, by)
    return made


@transaction.atomic
def change(row: Holder, *, by: User) -> Holder:
    """Write a file anew; a death that it tells stops what is not paid yet."""
    records.save(row, by=by)
    _stop_if_dead(row, by)
    return row


def _stop_if_dead(row: Holder, by: User) -> None:
    if row.status == Status.DECEASED:
        reason = f"本人于 {row.status_since} 去世"
        allowances.stop(row.allowances.unpaid(), reason=reason, by=by)
