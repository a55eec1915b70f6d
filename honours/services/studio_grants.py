"""Money for studios: laid down by the rule of the day, approved by another person, paid by `funds`.

Registered with `funds`, which asks before a batch is approved and before the bank has its file, and
tells in the transaction that books the bank's word.
"""

import datetime
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, bulk, workflow
from core.errors import Refused
from core.models import User
from core.services.records import require
from funds import sources
from funds.models import Payable, Pool
from funds.services import payables
from honours.models import Studio, StudioGrant, StudioGrantRule
from honours.models.studio_work import GrantPurpose
from members.models import UnionProfile


@transaction.atomic
def lay_down(studio: Studio, *, purpose: str, source: str, by: User) -> StudioGrant:
    """拟补助: the amount is that of the rule in force on the day of the naming, or of the last
    decision to keep it; once for each."""
    row = Studio.objects.select_for_update(of=("self",)).get(pk=studio.pk)
    require(by, "honours.add_studiogrant", row)
    workflow.refuse_concerned(row, by)
    today = timezone.localdate()
    if row.state != Studio.State.NAMED:
        raise Refused("只补助已命名的工作室。", code="wrong_state")
    if purpose == GrantPurpose.KEPT and row.round == 1:
        raise Refused("该工作室还没有复核保留，不能登记复核保留补助。", code="not_kept")
    day = row.named_on
    if purpose == GrantPurpose.KEPT:
        kept = workflow.decisions(row).filter(target=Studio.State.NAMED).last()
        day = timezone.localdate(kept.at) if kept else today
    found = StudioGrantRule.objects.applying(row.organisation, day)
    rule = found.filter(level=row.level, purpose=purpose).first()
    if rule is None:
        raise Refused(
            f"没有 {day} 适用于{row.get_level_display()}工作室的{GrantPurpose(purpose).label}标准，"
            "请先登记标准。",
            code="no_rule",
        )
    made = StudioGrant(
        studio=row,
        purpose=purpose,
        year=day.year,
        source=source,
        amount=rule.amount,
        document=rule.document,
        laid_by=by,
        laid_on=today,
    )
    made.full_clean()
    made.save()
    _trace(made, {}, "add", by=by)
    return made


@transaction.atomic
def approve(grant: StudioGrant, *, pool: Pool, by: User) -> Payable:
    """Approve a grant; what it comes to is promised of `pool` and owed to the studio's union.

    By another person than who laid it down, and whom the studio does not concern.
    """
    row = _locked(grant)
    require(by, "honours.approve_studiogrant", row)
    require(by, "funds.view_pool", pool)
    workflow.refuse_concerned(row.studio, by)
    if row.laid_by.certificate_index == by.certificate_index:
        raise Refused("该笔补助由本人登记，应由其他人员批准。", code="four_eyes")
    if row.withdrawn_on or row.approved_on:
        raise Refused(f"该笔补助{row.stage}，不能批准，请刷新后查看。", code="wrong_state")
    if row.source != pool.source:
        raise Refused(
            f"补助的资金来源为“{row.get_source_display()}”，不能用“{pool}”支付。",
            code="wrong_pool",
        )
    if said := _against(row):
        raise Refused(said, code="not_standing")
    owed = payables.claim_many([_payable(row, pool)], by=by)[0]
    before = audit.snapshot(row)
    row.approved_on, row.approved_by = timezone.localdate(), by
    row.save(update_fields=["approved_on", "approved_by"])
    _trace(row, before, "approve", by=by)
    return owed


def _payable(row: StudioGrant, pool: Pool) -> Payable:
    union = row.studio.organisation
    profile = UnionProfile.objects.filter(organisation=union).first()
    if profile is None or not (profile.account_bank and profile.account_number):
        raise Refused(
            f"{union}没有登记开户行和账号，请在工会组织信息中补登后再批准。", code="no_account"
        )
    made = payables.draft(
        row,
        organisation=union,
        pool=pool,
        kind=Payable.Kind.OTHER,
        reason=f"创新工作室{row.get_purpose_display()}",
        payee_kind=Payable.PayeeKind.UNION,
        payee_name=profile.account_name or union.name,
        payee_number=profile.union_code or union.code,
        bank=profile.account_bank,
        account=profile.account_number.clear(),
        amount=row.amount,
    )
    try:
        made.clean()
    except ValidationError as error:
        raise Refused(
            f"{union}的账户信息有误：{'；'.join(error.messages)}", code="no_account"
        ) from error
    return made


@transaction.atomic
def withdraw(grant: StudioGrant, *, reason: str, by: User) -> StudioGrant:
    """Take back a grant that was not paid, and with it what is owed for it."""
    require(by, "honours.change_studiogrant", grant)
    payables.take_back(grant, reason=reason, by=by)
    row = _locked(grant)
    if row.paid_on or row.withdrawn_on:
        raise Refused("该笔补助已经支付或撤回。", code="not_standing")
    before = audit.snapshot(row)
    row.withdrawn_on = timezone.localdate()
    row.save(update_fields=["withdrawn_on"])
    _trace(row, before, "withdraw", by=by, reason=reason)
    return row


def _locked(grant: StudioGrant) -> StudioGrant:
    rows = StudioGrant.objects.select_for_update(of=("self",))
    return rows.select_related("studio__organisation", "laid_by").get(pk=grant.pk)


def _trace(row: StudioGrant, before: dict, verb: str, *, by: User, reason: str = "") -> None:
    changes = audit.difference(before, audit.snapshot(row))
    for name in ("laid_by_id", "approved_by_id"):
        changes.pop(name, None)
    audit.record(f"honours.studiogrant.{verb}", by=by, obj=row, changes=changes, reason=reason)


# What the payment engine asks and tells.


def _grants(owed: Sequence[Payable]) -> QuerySet[StudioGrant]:
    keys = [int(payable.object_id) for payable in owed]
    return StudioGrant.objects.filter(pk__in=keys).select_related("studio__organisation")


def _against(row: StudioGrant) -> str:
    """Why a grant may not be paid, or ""."""
    if not row.studio.is_standing:
        return f"“{row.studio}”现为“{row.studio.get_state_display()}”，不能支付补助。"
    return ""


def obstacle(owed: Sequence[Payable]) -> str:
    found = {row.pk: row for row in _grants(owed)}
    for payable in owed:
        row = found.get(int(payable.object_id))
        if row is None:
            return f"{payable.payee}的工作室补助登记已不存在，请停止支付并核对。"
        if row.withdrawn_on or row.approved_on is None:
            return f"“{row.studio}”的补助没有批准或已经撤回，不能支付，请停止支付并核对。"
        if row.amount != payable.amount:
            return f"“{row.studio}”的补助金额与应付款不符，不能支付，请停止支付并核对。"
        if said := _against(row):
            return said
    return ""


def paid(owed: Sequence[Payable], *, on: datetime.date, by: User | None) -> None:
    _set(owed, "confirm", by=by, paid_on=on)


def bounced(owed: Sequence[Payable], *, by: User | None) -> None:
    _set(owed, "bounce", by=by, paid_on=None)


def cancelled(owed: Sequence[Payable], *, by: User | None) -> None:
    _set(owed, "reopen", by=by, approved_on=None, approved_by=None)


def _set(owed: Sequence[Payable], verb: str, *, by: User | None, **values: object) -> None:
    rows = list(_grants(owed).select_for_update(of=("self",)).order_by("pk"))
    before = [audit.snapshot(row) for row in rows]
    for row in rows:
        for name, value in values.items():
            setattr(row, name, value)
    bulk.update(rows, list(values))
    told = []
    for row, former in zip(rows, before, strict=True):
        changes = audit.difference(former, audit.snapshot(row))
        changes.pop("approved_by_id", None)
        told.append((row, changes))
    audit.record_many(f"honours.studiogrant.{verb}", by=by, rows=told)


def register() -> None:
    sources.register(
        StudioGrant._meta.label,
        sources.Source(obstacle=obstacle, paid=paid, bounced=bounced, cancelled=cancelled),
    )
