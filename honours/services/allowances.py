"""What holders are given: proposed by the rule in force, checked, approved, owed, stopped.

What was proposed is reckoned again at every step: a death, a revocation or a new rule may have
changed it meanwhile. Money leaves through the payables of `funds` (ADR 0020).
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from core import workflow
from core.errors import Refused
from core.models import Decision, Organisation, User
from core.services.records import require
from funds.models import Payable, Pool
from funds.services import payables
from honours.models import Allowance, AllowanceKind, AllowanceRule, Award, Holder, Status
from honours.models.allowances import prepare as prepare_given
from honours.models.holders import MODEL_KINDS
from honours.rules import allowances as rules

State = Allowance.State
MOST = 5_000  # allowances of one list


class Claim(NamedTuple):
    """What is asked for one holder: the income of the year before, or what he paid and lost."""

    holder: Holder
    income: Decimal | None = None
    loss: Decimal | None = None
    occasion: str = ""


def propose(claim: Claim, *, kind: str, year: int, pool: Pool, by: User) -> Allowance:
    """Propose one allowance for a holder."""
    return propose_many([claim], kind=kind, year=year, pool=pool, by=by)[0]


@transaction.atomic
def propose_many(
    claims: Sequence[Claim], *, kind: str, year: int, pool: Pool, by: User
) -> list[Allowance]:
    """Propose allowances of one kind for a year, to be paid out of one pool; all or none."""
    require(by, "honours.add_allowance")
    require(by, "funds.view_pool", pool)
    if not claims:
        return []
    if kind != AllowanceKind.SPECIAL and any(claim.occasion for claim in claims):
        label = AllowanceKind(kind).label
        raise Refused(f"{label}每人每年一次，不分事由，请留空“事由”。", code="no_occasion")
    holders = _entitled([claim.holder for claim in claims], year, by)
    by_place = _rules({row.organisation.path for row in holders.values()}, kind, year)
    made: list[Allowance] = []
    for claim in claims:
        holder = holders.get(claim.holder.pk)
        if holder is None:
            raise Refused(
                f"{claim.holder}不在管辖范围内，或{year}年尚未获得、现已不享受劳模待遇，"
                "请核对其荣誉和现状。",
                code="not_entitled",
            )
        row = Allowance(
            organisation=holder.organisation,
            holder=holder,
            award_id=holder.award,
            level=holder.level,
            pool=pool,
            kind=kind,
            year=year,
            occasion=claim.occasion,
            income=claim.income,
            loss=claim.loss,
        )
        made.append(row)
    prepare_given(made)
    together: dict[int, Decimal] = defaultdict(Decimal)
    for row in made:
        row.already += together[row.holder_id]
        _reckon(row, by_place[row.organisation.path])
        together[row.holder_id] += row.amount
    _refuse_doubled(made)
    workflow.begin_many(made, by=by, concerned=_identities(made))
    return made


@transaction.atomic
def list_entitled(
    *, kind: str, year: int, pool: Pool, within: Organisation, by: User
) -> list[Allowance]:
    """Propose what is an amount a head (春节慰问金、荣誉津贴) for everybody of a region who has
    not been listed for the year."""
    if kind not in rules.A_HEAD:
        raise Refused("按个人收入或支出核定的待遇，请逐人登记。", code="not_a_head")
    require(by, "honours.add_allowance", within)
    mine = Holder.objects.visible_to(by, "honours.add_allowance").within(within)
    listed = Allowance.objects.standing().filter(kind=kind, year=year).values("holder")
    found = mine.entitled(timezone.localdate(), since=rule_day(year))
    found = found.exclude(pk__in=listed).order_by("pk")
    holders = list(found.select_related("organisation", "person")[: MOST + 1])
    if len(holders) > MOST:
        raise Refused(f"一次最多列出 {MOST:,} 人，请分区县列出。", code="too_many")
    by_place = _rules({row.organisation.path for row in holders}, kind, year)
    claims = [
        Claim(row) for row in holders if _rule_for(row, by_place[row.organisation.path]) is not None
    ]
    return propose_many(claims, kind=kind, year=year, pool=pool, by=by)


def _entitled(holders: Sequence[Holder], year: int, by: User) -> dict[int, Holder]:
    """Those in scope who hold a title since the year at the latest and live, with the title; locked
    until the end."""
    keys = [row.pk for row in holders]
    list(Holder.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    mine = Holder.objects.visible_to(by, "honours.add_allowance").filter(pk__in=keys)
    found = mine.entitled(timezone.localdate(), since=rule_day(year))
    found = found.select_related("organisation", "person")
    return {row.pk: row for row in found}


def rule_day(year: int) -> datetime.date:
    """Of a year that is over its last day decides which rule holds, of this one today."""
    return min(datetime.date(year, 12, 31), timezone.localdate())


def _rules(paths: Iterable[str], kind: str, year: int) -> dict[str, list[AllowanceRule]]:
    return AllowanceRule.objects.filter(kind=kind).nearest_each(paths, rule_day(year))


def _rule_for(holder: Holder, known: Sequence[AllowanceRule]) -> AllowanceRule | None:
    """That of his level before that of every level."""
    fits = [
        rule
        for rule in known
        if rule.level in ("", holder.level)
        and not (rule.in_service_only and holder.status != Status.IN_SERVICE)
    ]
    return max(fits, key=lambda rule: bool(rule.level), default=None)


def _reckon(row: Allowance, known: Sequence[AllowanceRule]) -> None:
    """Put the rule on a row that is not stored yet, and what the rule makes of it."""
    holder, pool = row.holder, row.pool
    rule = _rule_for(holder, known)
    if rule is None:
        raise Refused(
            f"{holder}所在范围{row.year}年没有适用的待遇标准，请先登记标准及文号。", code="no_rule"
        )
    if not holder.organisation.path.startswith(pool.organisation.path):
        raise Refused(
            f"“{pool}”是“{pool.organisation}”的资金，不能用于“{holder.organisation}”。",
            code="pool_elsewhere",
        )
    facts = row.facts
    if lack := rules.lacking(rule.formula, facts):
        raise Refused(f"{holder}：{lack}", code="facts_lacking")
    amount = rules.amount(rule.formula, facts)
    if amount <= 0:
        said = "".join(rules.explained(rule.formula, facts))
        raise Refused(f"{holder}没有可发放的金额。{said}", code="nothing_lacking")
    row.rule, row.amount = rule, amount


def _refuse_doubled(rows: Sequence[Allowance]) -> None:
    """Before the constraint says it of nobody."""
    keys = {(row.holder_id, row.occasion) for row in rows}
    first = rows[0]
    standing = Allowance.objects.standing().filter(
        kind=first.kind, year=first.year, holder__in=[row.holder_id for row in rows]
    )
    known = [row for row in standing if (row.holder_id, row.occasion) in keys]
    if known or len(keys) < len(rows):
        double = known[0].holder if known else first.holder
        raise Refused(
            f"{double}{first.year}年的{first.get_kind_display()}已经登记，不能重复发放，"
            "请在列表中查看办理情况。",
            code="listed",
        )


def _identities(rows: Iterable[Allowance]) -> set[bytes]:
    return {person for row in rows for person in row.concerned()}


# What the steps ask.


def unstoppable(row: Allowance) -> str:
    return "该笔待遇已经发放，不能停止。" if row.paid_on else ""


def prepare(rows: Sequence[Allowance]) -> None:
    """Read for many at once what the guards look at."""
    prepare_given(rows)
    today = timezone.localdate()
    standing = set(
        Award.objects.standing(today)
        .filter(pk__in={row.award_id for row in rows}, title__kind__in=MODEL_KINDS)
        .values_list("pk", flat=True)
    )
    for row in rows:
        row.is_held = row.award_id in standing


def obstacle(row: Allowance) -> str:
    """Why what was proposed may not be given, or "": death, revocation, another amount."""
    if "is_held" not in row.__dict__:
        prepare([row])
    if not row.holder.is_living:
        return f"{row.holder}已经去世，待遇自去世之日起停止。"
    if not row.is_held:
        return f"{row.holder}所依据的荣誉现已撤销或失效，不能发放。"
    given = rules.amount(row.rule.formula, row.facts)
    if given != row.amount:
        return f"登记金额 {row.amount:,} 元，按现行标准应为 {given:,} 元，请不予发放并重新登记。"
    return ""


def unapprovable(row: Allowance) -> str:
    """Why it cannot be approved, or ""."""
    if said := obstacle(row):
        return said
    if not (row.holder.bank and row.holder.account):
        return f"{row.holder}尚未登记开户银行和银行账号，请先在劳模档案中补登。"
    return ""


# What follows.


def owe_one(row: Allowance, decision: Decision) -> None:
    owe([row], decision.by)


def owe(rows: Sequence[Allowance], by: User) -> None:
    """Make approved allowances payable to the holders' own accounts."""
    payables.claim_many([_payable(row) for row in rows], by=by)


def _payable(row: Allowance) -> Payable:
    person = row.holder.person
    return payables.draft(
        row,
        organisation=row.organisation,
        pool=row.pool,
        kind=Payable.Kind.ALLOWANCE,
        reason=f"{row.year}年劳模{row.get_kind_display()}",
        payee_kind=Payable.PayeeKind.PERSON,
        payee_name=person.name,
        payee_number=person.certificate_number.clear(),
        certificate_type=person.certificate_type,
        bank=row.holder.bank,
        account=row.holder.account.clear(),
        amount=row.amount,
    )


@transaction.atomic
def stop(rows: QuerySet[Allowance], *, reason: str, by: User) -> int:
    """Stop what is not paid yet, because the right to it ended; returns how many.

    What stands in a batch stays owed: paying it is refused (`payouts.obstacle`) until finance
    takes it out of the batch and gives it up, which stops it too.
    """
    count = 0
    locked = rows.select_for_update(of=("self",)).select_related("organisation")
    for row in locked.order_by("pk"):
        owed = Payable.objects.of(row).live().first()
        if owed is not None and owed.state not in payables.IN_NO_BATCH:
            continue
        if owed is None:
            workflow.advance(row, "stop", reason=reason)
        else:
            payables.take_back(row, reason=reason, by=by)
        count += 1
    return count
