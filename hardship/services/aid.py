"""What is given to a household: grants within their caps, cadres who look after it."""

import datetime

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from core import audit, workflow
from core.errors import Refused
from core.models import User
from core.services.records import require
from hardship import rules
from hardship.models import Case, Grant, GrantCap, Household, Pairing
from hardship.models.aid import AidKind, Source
from hardship.models.households import Level
from hardship.services.files import trace

# 先建档、后帮扶; under watch aid goes on for a while (渐退期).
_ON_FILE = frozenset(
    {
        Case.State.FILED,
        Case.State.RECHECK,
        Case.State.RECHECK_REVIEW,
        Case.State.RECHECK_DECISION,
        Case.State.WATCH,
    }
)


@transaction.atomic
def grant(row: Grant, *, by: User) -> Grant:
    """Lay down a grant; it is paid later. Whatever could be paid twice is looked for.

    The household is locked, so that two grants at a time cannot pass its caps together.
    """
    case = row.case
    require(by, "hardship.add_grant", case)
    Household.objects.select_for_update().get(pk=case.household_id)
    case.refresh_from_db()
    workflow.refuse_concerned(case, by)
    row.organisation, row.household = case.organisation, case.household
    row.tier, row.level, row.granted_on = case.tier, case.level, timezone.localdate()
    row.full_clean()
    for code, obstacle in _OBSTACLES.items():
        if found := obstacle(row, case):
            raise Refused(found, code=code)
    row.save()
    trace(row, {}, "add", by=by)
    return row


def _off_file(row: Grant, case: Case) -> str:
    if case.state in _ON_FILE or (row.kind == AidKind.EMERGENCY and case.is_open):
        return ""
    return "该户不在档，不能发放帮扶金（先建档、后帮扶）；情况紧急的，可办理临时救助。"


def _not_of_household(row: Grant, case: Case) -> str:
    if row.beneficiary.case_id == case.pk:
        return ""
    return "受助人不在该户档案的家庭成员中，请从本户成员中选择。"


def _wrong_source(row: Grant, case: Case) -> str:
    if row.source != Source.CENTRAL or case.level == Level.NATIONAL:
        return ""
    return "中央财政专项帮扶资金只用于全国级档案，请改选资金来源。"


def _given_already(row: Grant, case: Case) -> str:
    """By whichever department and level: all grants of the city are rows here."""
    same = Grant.objects.standing().filter(
        household=case.household_id,
        beneficiary__certificate_index=row.beneficiary.certificate_index,
        kind=row.kind,
        cause=row.cause,
        period_first__lte=row.period_last,
        period_last__gte=row.period_first,
    )
    other = same.first()
    return other and (
        f"同一事由的{row.get_kind_display()}已于 {other.granted_on} 登记"
        f"（{other.period_first} 至 {other.period_last}），不能重复发放。"
    )


def _shared_account(row: Grant, case: Case) -> str:
    if not case.account:
        return "该户尚未登记银行账号，请先在档案中补登。"
    others = Case.objects.for_account(case.account.clear()).exclude(household=case.household_id)
    if others.open().exists():
        return "该银行账号同时登记在另一户困难职工档案中，请核实账号归属后再发放。"
    return ""


def _above_cap(row: Grant, case: Case) -> str:
    year = Grant.objects.standing().filter(
        household=case.household_id, granted_on__year=row.granted_on.year
    )
    for cap in GrantCap.objects.nearest(case.organisation, row.granted_on):
        counted = year.filter(kind=cap.kind) if cap.kind else year
        given = counted.aggregate(sum=Sum("amount"))["sum"] or rules.ZERO
        if cap.kind in {"", row.kind} and given + row.amount > cap.amount:
            return (
                f"超过每户每年上限：{cap}为 {rules.yuan(cap.amount)}，"
                f"本年已登记 {rules.yuan(given)}。"
            )
    return ""


_OBSTACLES = {
    "not_on_file": _off_file,
    "beneficiary": _not_of_household,
    "source": _wrong_source,
    "given_already": _given_already,
    "shared_account": _shared_account,
    "above_cap": _above_cap,
}


@transaction.atomic
def withdraw(row: Grant, *, reason: str, by: User) -> Grant:
    """Take back a grant that was not paid."""
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require(by, "hardship.change_grant", locked)
    if locked.paid_on or locked.withdrawn_on:
        raise Refused("该笔帮扶金已经发放或撤回。", code="not_standing")
    before = audit.snapshot(locked)
    locked.withdrawn_on = timezone.localdate()
    locked.save(update_fields=["withdrawn_on"])
    changes = audit.difference(before, audit.snapshot(locked))
    audit.record("hardship.grant.withdraw", by=by, obj=locked, changes=changes, reason=reason)
    return locked


@transaction.atomic
def confirm(row: Grant, *, on: datetime.date, by: User | None) -> Grant:
    """The bank has paid it. Called by whoever pays, never by a screen."""
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.withdrawn_on:
        raise Refused("该笔帮扶金已经撤回，不能登记为已发放。", code="not_standing")
    before = audit.snapshot(locked)
    locked.paid_on = on
    locked.save(update_fields=["paid_on"])
    trace(locked, before, "confirm", by=by)
    return locked


@transaction.atomic
def pair(row: Pairing, *, by: User) -> Pairing:
    """A cadre begins to look after a household."""
    require(by, "hardship.add_pairing", row.case)
    running = row.case.pairings.filter(Q(until__isnull=True) | Q(until__gt=row.since))
    if running.filter(cadre_name=row.cadre_name, cadre_post=row.cadre_post).exists():
        raise Refused("该干部已与此户结对。", code="paired")
    row.full_clean()
    row.save()
    trace(row, {}, "add", by=by)
    return row
