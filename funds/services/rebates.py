"""Giving back to small employers: listing who is entitled, claiming for one, booking what is due.

What was listed is computed again at every step: receipts, refunds and sizes that came in since may
have changed it.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import bulk, workflow
from core.errors import Refused
from core.models import Decision, Organisation, User
from core.services.records import require
from funds import entitlements
from funds.entitlements import AT_ONCE, Entitlement
from funds.models import Account, Distribution, Due, Rebate, RebateScheme
from funds.models.rebates import lead_by
from funds.rules import rebates as rules
from funds.services import distributions
from members.models import Employer, UnionProfile

State = Rebate.State


@transaction.atomic
def list_entitled(
    scheme: RebateScheme,
    *,
    year: int,
    quarter: int | None = None,
    within: Organisation | None = None,
    by: User,
) -> list[Rebate]:
    """List everybody who is to be given something for a period, or to give something back.

    Of the whole region of the scheme or of a part of it. Who stands in a list of this period or of
    a later one of the year already is passed over, so that a list may be made again when more
    receipts have come in.
    """
    place = within or scheme.organisation
    require(by, "funds.add_rebate", place)
    span = _finished(entitlements.span_of(scheme, year, quarter))
    _lock(scheme)
    known = set(_counted(scheme, span).values_list("employer", flat=True))
    unions = set(Organisation.objects.within(place).values_list("pk", flat=True))
    new = (
        _drafted(scheme, span, each)
        for each in entitlements.compute(scheme, span)
        if each.amount and each.union in unions and each.employer not in known
    )
    made: list[Rebate] = []
    for part in bulk.batched(new, AT_ONCE):
        places = Organisation.objects.in_bulk({row.organisation_id for row in part})
        firms = Employer.objects.in_bulk({row.employer_id for row in part})
        for row in part:
            row.organisation, row.employer = places[row.organisation_id], firms[row.employer_id]
        workflow.begin_many(part, by=by, concerned=())
        made += part
    return made


@transaction.atomic
def claim(
    scheme: RebateScheme,
    employer: Employer,
    *,
    year: int,
    quarter: int | None = None,
    note: str = "",
    by: User,
) -> Rebate:
    """Claim for one employer of the own union what it is given back for a period."""
    found = judged(scheme, employer, year=year, quarter=quarter, by=by)
    span = entitlements.span_of(scheme, year, quarter)
    _lock(scheme)
    if last := _counted(scheme, span).filter(employer=employer).order_by("period_first").last():
        if last.scheme_id != scheme.pk:
            raise Refused(
                f"该单位 {last.period_first} 至 {last.period_last} 的返还已按“{last.scheme}”登记，"
                "同一笔缴费不能按两项政策返还。",
                code="other_scheme",
            )
        if last.period_first > span.first:
            raise Refused(
                f"该单位 {last.period_first} 至 {last.period_last} 的返还已经登记，"
                "其中已计入本年以前各期的缴费，请在列表中查看办理情况。",
                code="counted",
            )
        raise Refused("该单位这一所属期的返还已经登记，请在列表中查看办理情况。", code="listed")
    if found.obstacle or found.amount <= 0:
        reason = "".join(rules.explained(found.facts)[1:])
        raise Refused(f"该单位这一所属期没有可返还的金额。{reason}", code="not_entitled")
    made = _drafted(scheme, span, found)
    made.is_claimed, made.note = True, note
    return workflow.begin(made, by=by, action="claim")


def judged(
    scheme: RebateScheme, employer: Employer, *, year: int, quarter: int | None = None, by: User
) -> Entitlement:
    """What one employer is entitled to, for those of the union that is paid."""
    require(by, "funds.add_rebate")
    span = _finished(entitlements.span_of(scheme, year, quarter))
    found = next(entitlements.compute(scheme, span, employers=[employer.pk]), None)
    if found is None:
        raise Refused(
            f"没有该单位{year}年已分配的缴费，请核对单位和年度，或等收缴批次分配后再申请。",
            code="nothing_paid",
        )
    if found.union is None:
        raise Refused(f"该单位在 {span.last} 没有建会，不能申请返还。", code="no_union")
    union = Organisation.objects.get(pk=found.union)
    if not scheme.organisation.contains(union):
        raise Refused(f"{scheme}不适用于“{union}”。", code="not_in_force")
    require(by, "funds.add_rebate", union)
    return found


def _finished(span: rules.Span) -> rules.Span:
    if span.last >= timezone.localdate():
        raise Refused(f"所属期 {span} 尚未结束，不能计算返还。", code="not_over")
    return span


def _lock(scheme: RebateScheme) -> None:
    """So that two who list or claim at a time do not both take what was given before for all.

    With it all others that hold for the same periods: a payer may have moved between them.
    """
    meeting = RebateScheme.objects.filter(valid_from__lte=scheme.valid_to or datetime.date.max)
    meeting = meeting.exclude(valid_to__lt=scheme.valid_from)
    list(meeting.select_for_update().order_by("pk").values_list("pk"))


def _counted(scheme: RebateScheme, span: rules.Span) -> QuerySet[Rebate]:
    """Those that stand for a period or a later one of its year, which counted the year so far; and
    those of other schemes for some part of it: a payer's town may have moved to another district.
    """
    same = Q(scheme=scheme, period_first__gte=span.first, period_first__year=span.first.year)
    other = ~Q(scheme=scheme) & Q(period_first__lte=span.last, period_last__gte=span.first)
    return Rebate.objects.standing().filter(same | other)


def _drafted(scheme: RebateScheme, span: rules.Span, found: Entitlement) -> Rebate:
    return Rebate(
        organisation_id=found.union,
        employer_id=found.employer,
        scheme=scheme,
        period_first=span.first,
        period_last=span.last,
        base_amount=found.base,
        amount=found.amount,
        facts=found.facts,
    )


# What the steps ask.


def prepare(rows: Sequence[Rebate]) -> None:
    """Read for many at once what `concerned` and the guards look at."""
    lead_by(rows)
    by_period = defaultdict(list)
    for row in rows:
        by_period[row.scheme_id, row.period_first, row.period_last].append(row)
    for (_, first, last), part in by_period.items():
        scheme, span = part[0].scheme, rules.Span(first, last)
        keys = [row.employer_id for row in part]
        now = entitlements.compute(scheme, span, employers=keys, without=[row.pk for row in part])
        found = {each.employer: each for each in now}
        earlier = Rebate.objects.filter(
            scheme=scheme,
            employer__in=keys,
            state__in=[State.CLAIMED, State.CHECKED],
            period_first__year=first.year,
            period_first__lt=first,
        )
        waiting = set(earlier.values_list("employer", flat=True))
        for row in part:
            row.now, row.has_earlier = found.get(row.employer_id), row.employer_id in waiting


def outdated(row: Rebate) -> str:
    """Why what was listed is not what is to be given, or ""."""
    if "now" not in row.__dict__:
        prepare([row])
    now = row.now
    if now is None or (now.amount, now.base, now.union) != (
        row.amount,
        row.base_amount,
        row.organisation_id,
    ):
        amount = now.amount if now else rules.ZERO
        return (
            f"所列返还 {row.amount:,} 元，按现有的缴费、规模和建会资料应为 {amount:,} 元，"
            "请不予返还并重新列出。"
        )
    return ""


def unapprovable(row: Rebate) -> str:
    """Why it cannot be approved yet, or ""."""
    if said := outdated(row):
        return said
    return "该单位本年以前所属期的返还尚未审批，请先办理。" if row.has_earlier else ""


# What follows from the approval.


def book_one(row: Rebate, decision: Decision, *, on: datetime.date | None = None) -> None:
    book([row], decision.by, on=on)


def book(rows: Iterable[Rebate], by: User, *, on: datetime.date | None = None) -> None:
    """Make approved rebates due to their unions: one distribution for each scheme; today, or on the
    former day `on` of what is taken over."""
    by_scheme = defaultdict(list)
    for row in rows:
        by_scheme[row.scheme].append(row)
    on = on or timezone.localdate()
    for scheme, part in by_scheme.items():
        due_on = on + datetime.timedelta(days=scheme.due_days)
        without_account = set(
            UnionProfile.objects.filter(
                organisation__in={row.organisation_id for row in part}, has_own_account=False
            ).values_list("organisation", flat=True)
        )
        dues = [
            Due(
                organisation_id=row.organisation_id,
                source=Due.Source.REBATE,
                period=row.period_first.replace(day=1),
                due_on=due_on,
                amount=row.amount,
                is_custody=row.organisation_id in without_account,
                rebate=row,
            )
            for row in part
        ]
        amounts = distributions.owed(dues)
        amounts[Account.Role.REBATE.value, None] = sum(due.amount for due in dues)
        distributions.book(
            Distribution(
                organisation=scheme.organisation,
                kind=Distribution.Kind.REBATE,
                on=on,
                reason=f"{scheme}，{len(part)} 家",
            ),
            dues=dues,
            amounts=amounts,
            by=by,
        )
