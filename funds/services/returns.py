"""Returning what is due: one return for each union, paid by the payment engine, taken back.

A return takes all that is open of a union up to a day, what was taken back from it included, and
is paid at once. What became of it the engine tells (`funds.sources`): confirmed it is paid, bounced
it is owed again and waits for the right account.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import audit, bulk
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from funds import sources
from funds.models import BankResult, Due, Payable, Payment, Return
from funds.services import payables
from members.models import UnionProfile

Kind, State = Payable.Kind, Return.State


@dataclass(frozen=True)
class LeftOut:
    """A union that is not paid now, and why."""

    organisation: Organisation
    amount: Decimal
    why: str


@dataclass(frozen=True)
class Plan:
    """What would be returned now: a payable for each union, not stored, and who is left out."""

    payables: Sequence[Payable]
    left_out: Sequence[LeftOut]

    @property
    def total(self) -> Decimal:
        return sum((payable.amount for payable in self.payables), Decimal("0.00"))


def plan(
    payer: Organisation,
    *,
    until: datetime.date,
    within: Organisation | None = None,
    kind: str = Kind.RETURN,
) -> Plan:
    """Who would be paid how much; for those who may make returns of `payer`."""
    return _plan(_sums(_open(payer, until, within or payer, kind)), until, kind)


@transaction.atomic
def claim(
    payer: Organisation,
    *,
    until: datetime.date,
    within: Organisation | None = None,
    kind: str = Kind.RETURN,
    on: datetime.date | None = None,
    by: User,
) -> list[Return]:
    """Make a return of everything open up to a day for each union of a subtree, and owe it.

    Left out are unions to which nothing is due on balance and those that cannot be paid (`plan`
    says why). Raises `Refused` (`nothing_due`) where nobody is left.
    """
    records.require(by, "funds.add_return", payer)
    dues = _open(payer, until, within or payer, kind).select_for_update(of=("self",)).order_by("pk")
    locked = list(dues.values_list("pk", "organisation", "amount"))
    planned = _plan(_added((union, amount) for _, union, amount in locked), until, kind).payables
    if not planned:
        raise Refused(
            f"截至 {until} 没有可以返还的款项，可能已由他人生成返还单，请刷新后查看。",
            code="nothing_due",
        )
    made = records.insert_many(
        [
            Return(
                organisation=payable.organisation,
                payer=payer,
                kind=kind,
                until=until,
                amount=payable.amount,
                made_on=on or timezone.localdate(),
                by=by,
            )
            for payable in planned
        ],
        by=by,
        action="funds.return.claim",
    )
    for row, payable in zip(made, planned, strict=True):
        payable.object_id = str(row.pk)
    for row, payable in zip(made, payables.claim_many(planned, by=by), strict=True):
        row.payable = payable
    bulk.update(made, ["payable"])
    by_union = {row.organisation_id: row.pk for row in made}
    taken = [(pk, by_union[union]) for pk, union, _ in locked if union in by_union]
    bulk.update(bulk.known(Due, ["id", "returned_by_id"], taken), ["returned_by"])
    return list(made)


def _open(
    payer: Organisation, until: datetime.date, within: Organisation, kind: str
) -> QuerySet[Due]:
    rows = Due.objects.within(within).unreturned().filter(payer=payer, due_on__lte=until)
    rebates = {"source": Due.Source.REBATE}
    return rows.filter(**rebates) if kind == Kind.REBATE else rows.exclude(**rebates)


def _sums(dues: QuerySet[Due]) -> dict[int, Decimal]:
    return _added(dues.order_by().values_list("organisation", "amount").iterator(chunk_size=10_000))


def _added(amounts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    found: dict[int, Decimal] = defaultdict(Decimal)
    for union, amount in amounts:
        found[union] += amount
    return found


def _plan(sums: Mapping[int, Decimal], until: datetime.date, kind: str) -> Plan:
    unions = Organisation.objects.in_bulk(list(sums))
    profiles = UnionProfile.objects.in_bulk(list(sums), field_name="organisation_id")
    owed: list[Payable] = []
    left_out: list[LeftOut] = []
    for union in sorted(unions.values(), key=lambda each: each.path):
        amount, profile = sums[union.pk], profiles.get(union.pk)
        payable = _payable(union, profile, amount, until, kind)
        if why := _against(payable, profile):
            left_out.append(LeftOut(union, amount, why))
        else:
            owed.append(payable)
    return Plan(owed, left_out)


def _payable(
    union: Organisation,
    profile: UnionProfile | None,
    amount: Decimal,
    until: datetime.date,
    kind: str,
) -> Payable:
    has_account = profile and profile.account_number
    return payables.draft(
        Return(),
        organisation=union,
        pool=None,
        kind=kind,
        reason=f"{Kind(kind).label}（截至{until:%Y年%m月%d日}）",
        payee_kind=Payable.PayeeKind.UNION,
        payee_name=(profile and profile.account_name) or union.name,
        payee_number=(profile and profile.union_code) or union.code,
        bank=profile.account_bank if profile else "",
        account=profile.account_number.clear() if has_account else "",
        amount=amount,
    )


def _against(payable: Payable, profile: UnionProfile | None) -> str:
    """Why a union is not paid now, or ""."""
    if payable.amount <= 0:
        return "应返、扣回相抵后没有可返还的金额"
    if profile is None or not profile.has_own_account:
        return "没有独立账户"
    if not profile.account_bank or not profile.account_number:
        return "没有登记开户行和账号，请在工会组织信息中补登"
    try:
        payable.clean()
    except ValidationError as error:
        names = {name: payable._meta.get_field(name).verbose_name for name in error.error_dict}
        told = (f"{names[name]}{'、'.join(said)}" for name, said in error.message_dict.items())
        return f"账户信息有误：{'；'.join(told)}"
    return ""


@transaction.atomic
def cancel(row: Return, *, reason: str, by: User) -> Return:
    """Give up a return that stands in no batch; what it took is open again."""
    records.require(by, "funds.add_return", row)
    records.require(by, "funds.add_return", row.payer)
    if payables.take_back(row, reason=reason, by=by) is None:
        raise Refused("返还单已经撤销，请刷新后查看。", code="wrong_state")
    row.refresh_from_db()
    return row


# What the payment engine asks and tells.


def _returns(owed: Sequence[Payable]) -> QuerySet[Return]:
    rows = Return.objects.filter(pk__in=[int(payable.object_id) for payable in owed])
    return rows.select_related("organisation", "payer")


def obstacle(owed: Sequence[Payable]) -> str:
    """Why one of these may not be paid, or "": who owes it pays it, and what the return says."""
    rows = {str(row.pk): row for row in _returns(owed)}
    tries = Payment.objects.live().filter(payable__in=[payable.pk for payable in owed])
    paying = dict(tries.order_by().values_list("payable", "batch__organisation"))
    for payable in owed:
        row = rows.get(payable.object_id)
        if row is None or (row.state, row.amount) != (State.OPEN, payable.amount):
            return f"{payable.payee}的返还单与应付款不一致，不能支付，请停止支付并核对。"
        if paying.get(payable.pk, row.payer_id) != row.payer_id:
            return f"{payable.payee}的返还款应由{row.payer}支付，请移出本批次。"
    return ""


def paid(owed: Sequence[Payable], *, on: datetime.date, by: User | None) -> None:
    _move(owed, "funds.return.paid", State.PAID, on, by=by)


def bounced(owed: Sequence[Payable], *, by: User | None) -> None:
    _move(owed, "funds.return.bounced", State.OPEN, None, by=by)


def cancelled(owed: Sequence[Payable], *, by: User | None) -> None:
    """What was once with the union stays with its return: the figures of those days need it."""
    gone = Payment.objects.filter(
        payable__in=[payable.pk for payable in owed],
        result=Payment.Result.BOUNCED,
        bank_result__outcome=BankResult.Outcome.DONE,
    )
    if line := gone.first():
        raise Refused(
            f"{line.payee}的返还款曾支付成功、后被退票，不能撤销，请更正账户后重新支付。",
            code="once_paid",
        )
    _move(owed, "funds.return.cancel", State.CANCELLED, None, by=by)
    Due.objects.filter(returned_by__in=_returns(owed).order_by().values("pk")).update(
        returned_by=None
    )


def _move(
    owed: Sequence[Payable], action: str, state: str, on: datetime.date | None, *, by: User | None
) -> None:
    rows = _returns(owed)
    traces = [
        (row, {"state": [row.state, state], "paid_on": [_day(row.paid_on), _day(on)]})
        for row in rows
    ]
    rows.update(state=state, paid_on=on)
    audit.record_many(action, by=by, rows=traces)


def _day(on: datetime.date | None) -> str | None:
    return on and on.isoformat()


def register() -> None:
    sources.register(
        Return._meta.label,
        sources.Source(obstacle=obstacle, paid=paid, bounced=bounced, cancelled=cancelled),
    )
