"""What is given to a household: grants from laying down to the bank's word, and who looks after it.

A grant is laid down (拟发放), approved by another person, and from then on owed by a payable of
`funds`, whose four persons bring the money out (ADR 0020).
"""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit, bulk, workflow
from core.errors import Refused
from core.models import User
from core.services import records
from core.services.records import require
from funds.models import Payable, Pool
from funds.services import payables
from hardship.models import Case, FamilyMember, Grant, Household, Pairing
from hardship.services.collisions import Collisions
from hardship.services.files import trace

MOST = 5_000  # grants of one approval


def grant(row: Grant, *, by: User) -> Grant:
    """Lay down a grant; it is approved and paid later. `row` is not stored yet."""
    return grant_many([row], by=by)[0]


@transaction.atomic
def grant_many(rows: Sequence[Grant], *, by: User) -> Sequence[Grant]:
    """Lay down grants together, all or none. Whatever could be paid twice is looked for.

    The households are locked, so that two grants at a time cannot pass their caps together.
    """
    if not rows:
        return rows
    known = Case.objects.filter(pk__in={row.case_id for row in rows})
    _require_on(known, "hardship.add_grant", by)
    _lock(Household.objects.filter(cases__in=known))
    cases = known.select_related("organisation", "household").prefetch_related("members")
    by_key = {case.pk: case for case in cases}
    today = timezone.localdate()
    for row in rows:
        case = row.case = by_key[row.case_id]
        row.organisation, row.household = case.organisation, case.household
        row.tier, row.level, row.granted_on, row.laid_by = case.tier, case.level, today, by
    _refuse_ties(rows, by)
    records.clean_many(rows)
    _refuse_collisions(rows)
    made = bulk.create(rows)
    traces = ((row, _told({}, row)) for row in made)
    audit.record_many("hardship.grant.add", by=by, rows=traces)
    return made


def _require_on(rows: QuerySet, permission: str, by: User) -> None:
    """The right on every one of these rows; the error decides between 404 and 403."""
    mine = rows.model.objects.visible_to(by, permission).values("pk")
    if other := rows.exclude(pk__in=mine).first():
        require(by, permission, other)


def _lock(rows: QuerySet) -> list:
    """Always in the order of their keys, so that two who need the same ones do not block."""
    keys = rows.order_by().values("pk")
    return list(rows.model.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def _refused(row: Grant, rows: Sequence[Grant], code: str, sentence: str) -> Refused:
    """Of many it is said which household is in the way."""
    return Refused(
        sentence if len(rows) == 1 else f"{row.case.masked_label}：{sentence}", code=code
    )


def _refuse_ties(rows: Sequence[Grant], by: User) -> None:
    ties = workflow.Ties(by)
    for row in rows:
        if found := ties.refusal(row.case.concerned()):
            raise _refused(row, rows, found.code, str(found))


def _refuse_collisions(rows: Sequence[Grant]) -> None:
    for row, code, sentence in Collisions(rows).obstacles():
        raise _refused(row, rows, code, sentence)


# Approving.


@transaction.atomic
def approve(grants: QuerySet[Grant], *, pool: Pool, by: User) -> Sequence[Payable]:
    """Approve grants of one source together, all or none; what they come to is promised of `pool`.

    By another person than who laid each of them down, and whom none of the households concerns.
    What was looked for at laying down is looked for again. Returns what is owed from now on: one
    payable for each grant, to the household's own account.
    """
    rows = _to_approve(grants, by)
    require(by, "funds.view_pool", pool)
    _refuse_ties(rows, by)
    for row in rows:
        if found := _not_open(row, pool) or _own(row, by):
            raise _refused(row, rows, *found)
    _refuse_collisions(rows)
    owed = payables.claim_many([_payable(row, rows, pool) for row in rows], by=by)
    _set(rows, "approve", by=by, approved_on=timezone.localdate(), approved_by=by)
    return owed


def _to_approve(grants: QuerySet[Grant], by: User) -> list[Grant]:
    """The grants as they are stored, and their households, ours until the end."""
    keys = list(grants.order_by().values_list("pk", flat=True)[: MOST + 1])
    if not keys:
        raise Refused("没有选中帮扶金，请先在列表中勾选。", code="nothing_chosen")
    if len(keys) > MOST:
        raise Refused(f"一次最多批准 {MOST:,} 笔，请分次办理。", code="too_many")
    known = Grant.objects.filter(pk__in=keys)
    _require_on(known, "hardship.approve_grant", by)
    _lock(Household.objects.filter(grants__in=known))
    rows = _lock(known)
    related = Grant.objects.select_related(
        "organisation", "household", "case__organisation", "beneficiary", "laid_by"
    )
    found = related.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    found = list(found.prefetch_related("case__members"))
    layers = {row.laid_by_id: row.laid_by for row in found}
    for row in found:
        row.laid_by = layers[row.laid_by_id]  # what is read of a person is read once
    return found


def _not_open(row: Grant, pool: Pool) -> tuple[str, str] | None:
    """Code and sentence why a grant cannot be approved at all, or not out of this pool."""
    if row.withdrawn_on:
        return "not_standing", "该笔帮扶金已经撤回。"
    if row.approved_on or row.paid_on:
        return "already_approved", "该笔帮扶金已经批准发放，请刷新后查看。"
    if row.source != pool.source:
        return "wrong_pool", (
            f"帮扶金的资金来源为“{row.get_source_display()}”，"
            f"不能用“{pool}”支付，请按资金来源分别批准。"
        )
    return None


def _own(row: Grant, by: User) -> tuple[str, str] | None:
    """岗位分离: who laid a grant down does not approve it, whatever account he uses, nor does a
    person in whose place one of the two acts (委托代办)."""
    if row.laid_by is None or row.laid_by.certificate_index is None:
        return "four_eyes", "该笔帮扶金的登记人不详，无法核对岗位分离，请撤回后重新登记。"
    place = row.organisation.path
    laid = _behind(row.laid_by, place, "hardship.add_grant")
    if laid & _behind(by, place, "hardship.approve_grant"):
        return "four_eyes", "该笔帮扶金由本人登记，应由其他人员批准发放。"
    return None


def _behind(user: User, place: str, permission: str) -> set[bytes | None]:
    """A person, and those in whose place he has the right there."""
    acting = {each.person for each in user.principals(place, {permission})}
    return {user.certificate_index, *acting}


def holder(case: Case) -> FamilyMember:
    """The member of the household whose account it is; money goes to nobody else.

    Raises `Refused`.
    """
    if not (case.account and case.bank and case.account_holder):
        raise Refused(
            "该户尚未登记开户名、开户银行和银行账号，请先在档案中补登。", code="no_account"
        )
    living = [row for row in case.members.all() if row.left_on is None]
    found = [row for row in living if row.name == case.account_holder]
    if not found:
        raise Refused(
            "银行账户的开户名不是该户共同生活的家庭成员，帮扶金只能发给本户成员，请核对档案。",
            code="holder",
        )
    if len(found) > 1:
        raise Refused("该户有同名的家庭成员，无法确定账户属于谁，请核对档案。", code="holder")
    return found[0]


def _payable(row: Grant, rows: Sequence[Grant], pool: Pool) -> Payable:
    try:
        payee = holder(row.case)
    except Refused as refusal:
        raise _refused(row, rows, refusal.code, str(refusal)) from refusal
    return payables.draft(
        row,
        organisation=row.organisation,
        pool=pool,
        kind=Payable.Kind.GRANT,
        reason=row.get_kind_display(),
        payee_kind=Payable.PayeeKind.PERSON,
        payee_name=payee.name,
        payee_number=payee.certificate_number.clear(),
        certificate_type=payee.certificate_type,
        bank=row.case.bank,
        account=row.case.account.clear(),
        amount=row.amount,
    )


# What becomes of it.


@transaction.atomic
def withdraw(row: Grant, *, reason: str, by: User) -> Grant:
    """Take back a grant that was not paid, and with it what is owed for it.

    Refused while its payment stands in a batch. What is owed is locked first, as the bank's
    result locks it.
    """
    require(by, "hardship.change_grant", row)
    payables.take_back(row, reason=reason, by=by)
    locked = Grant.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.paid_on or locked.withdrawn_on:
        raise Refused("该笔帮扶金已经发放或撤回。", code="not_standing")
    before = audit.snapshot(locked)
    locked.withdrawn_on = timezone.localdate()
    locked.save(update_fields=["withdrawn_on"])
    changes = audit.difference(before, audit.snapshot(locked))
    audit.record("hardship.grant.withdraw", by=by, obj=locked, changes=changes, reason=reason)
    return locked


@transaction.atomic
def take_back_many(grants: Sequence[Grant], *, by: User) -> None:
    """Remove grants that should not have been laid down and were not approved yet."""
    known = Grant.objects.filter(pk__in=[row.pk for row in grants])
    _require_on(known, "hardship.add_grant", by)
    if any(row.approved_on or row.paid_on or row.withdrawn_on for row in _lock(known)):
        raise Refused("其中有帮扶金已经批准、发放或撤回。", code="not_standing")
    records.erase(grants, by=by, action="hardship.grant.take_back")


@transaction.atomic
def confirm(grants: QuerySet[Grant], *, on: datetime.date, by: User | None) -> None:
    """The bank has paid these. Called by whoever books the bank's word, never by a screen."""
    rows = _changing(grants)
    if any(row.withdrawn_on for row in rows):
        raise Refused("其中有帮扶金已经撤回，不能登记为已发放。", code="not_standing")
    _set(rows, "confirm", by=by, paid_on=on)


@transaction.atomic
def unconfirm(grants: QuerySet[Grant], *, by: User | None) -> None:
    """The bank did not pay these after all, or sent the money back."""
    _set(_changing(grants.filter(paid_on__isnull=False)), "bounce", by=by, paid_on=None)


@transaction.atomic
def reopen(grants: QuerySet[Grant], *, by: User | None) -> None:
    """What is owed for these was given up: they are laid down as before, and not approved."""
    rows = _changing(grants.filter(approved_on__isnull=False))
    _set(rows, "reopen", by=by, approved_on=None, approved_by=None)


def _changing(grants: QuerySet[Grant]) -> list[Grant]:
    rows = Grant.objects.select_for_update(of=("self",)).select_related("organisation")
    return list(rows.filter(pk__in=grants.order_by().values("pk")).order_by("pk"))


def _set(rows: Sequence[Grant], verb: str, *, by: User | None, **values: object) -> None:
    before = [audit.snapshot(row) for row in rows]
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    bulk.update(rows, list(values))
    traces = ((row, _told(former, row)) for row, former in zip(rows, before, strict=True))
    audit.record_many(f"hardship.grant.{verb}", by=by, rows=traces)


def _told(before: dict[str, Any], row: Grant) -> dict[str, Any]:
    """What changed, without who did it: that is who acted."""
    changes = audit.difference(before, audit.snapshot(row))
    return {name: told for name, told in changes.items() if name not in _ACTORS}


_ACTORS = {"laid_by_id", "approved_by_id"}


@transaction.atomic
def pair(row: Pairing, *, by: User) -> Pairing:
    """A cadre begins to look after a household."""
    require(by, "hardship.add_pairing", row.case)
    if not row.case.is_open:
        raise Refused("档案已办结，不能结对帮扶。", code="over")
    running = row.case.pairings.filter(Q(until__isnull=True) | Q(until__gt=row.since))
    if running.filter(cadre_name=row.cadre_name, cadre_post=row.cadre_post).exists():
        raise Refused("该干部已与此户结对。", code="paired")
    row.full_clean()
    row.save()
    trace(row, {}, "add", by=by)
    return row


@transaction.atomic
def unpair(row: Pairing, *, on: datetime.date, reason: str, by: User) -> Pairing:
    """A cadre looks after a household up to, not on, a day. The reason stands in the trail."""
    locked = Pairing.objects.select_for_update(of=("self",)).get(pk=row.pk)
    require(by, "hardship.change_pairing", locked)
    if locked.until:
        raise Refused("该结对已经解除。", code="ended")
    if len(reason.strip()) < 4:
        raise Refused("请写明解除结对的事由，不少于四个字。", code="reason_required")
    before = audit.snapshot(locked)
    locked.until = on
    locked.full_clean()
    locked.save(update_fields=["until"])
    changes = audit.difference(before, audit.snapshot(locked))
    audit.record("hardship.pairing.end", by=by, obj=locked, changes=changes, reason=reason)
    return locked
