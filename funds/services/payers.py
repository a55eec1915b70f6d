"""Whose a receipt is: found by its code, or said by hand; what was learned by hand is kept.

A name never decides: it changes, and it is written as somebody remembers it.
"""

import copy
import datetime
from collections import defaultdict
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit, bulk
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from funds.models import CollectionBatch, CollectionLine, PayerAlias
from funds.rules import likeness
from funds.services import splitting
from members.models import Coverage, Employer, UnionProfile

Match, State = CollectionLine.Match, CollectionBatch.State
FIELDS = ("organisation", "employer", "union", "match")
LEAST = 4  # characters of a reason
BATCH = 2_000
CANDIDATES = 500  # employers that are looked at for a suggestion
Covering = Callable[[int, datetime.date], int | None]


def find(lines: Sequence[CollectionLine], *, collector: Organisation) -> None:
    """Say of lines who paid, as far as their codes tell: of employers and unions below who
    collects. Asks the database a few times, however many lines there are."""
    codes = {line.credit_code for line in lines} - {""}
    employers = {
        each.credit_code: each
        for each in Employer.objects.within(collector).filter(credit_code__in=codes)
    }
    others = codes - employers.keys()
    unions = dict(
        UnionProfile.objects.within(collector)
        .filter(union_code__in=others)
        .values_list("union_code", "organisation")
    )
    aliases = {
        each.credit_code: each.employer
        for each in PayerAlias.objects.within(collector)
        .filter(credit_code__in=others - unions.keys())
        .select_related("employer")
    }
    found = [*employers.values(), *aliases.values()]
    covering = _covering({employer.pk for employer in found}, collector)
    for line in lines:
        code = line.credit_code
        if employer := employers.get(code) or aliases.get(code):
            how = Match.CODE if code in employers else Match.ALIAS
            _belongs(line, employer, covering(employer.pk, line.period_first), how)
        elif code in unions:
            line.employer, line.union_id, line.match = None, unions[code], Match.UNION
            line.organisation_id = unions[code]
        else:
            line.employer, line.union, line.match = None, None, ""
            line.organisation = collector
    _attach(lines)


def _belongs(line: CollectionLine, employer: Employer, union: int | None, match: str) -> None:
    line.employer, line.union_id, line.match = employer, union, match
    line.organisation_id = union or employer.organisation_id


def _covering(employers: set[int], collector: Organisation) -> Covering:
    """Asked for an employer and a day: the key of the union that covered it then."""
    known: dict[int, list[tuple]] = defaultdict(list)
    rows = Coverage.objects.within(collector).filter(employer__in=employers).order_by("-pk")
    for employer, since, until, union in rows.values_list(
        "employer", "since", "until", "organisation"
    ):
        known[employer].append((since, until, union))

    def union_of(employer: int, on: datetime.date) -> int | None:
        for since, until, union in known[employer]:
            if since <= on and (until is None or on < until):
                return union
        return None

    return union_of


def _attach(lines: Sequence[CollectionLine]) -> None:
    """The organisations themselves, for the trail and the pages."""
    places = Organisation.objects.in_bulk({line.organisation_id for line in lines})
    for line in lines:
        line.organisation = places[line.organisation_id]


def suggest(line: CollectionLine, *, most: int = 10) -> list[Employer]:
    """Employers whose name or code is like that of the payer, the likest first, each with the
    `union` that covers it in the period."""
    name, code = line.payer_name, line.credit_code
    like = Q(pk__in=[])
    for piece in likeness.pieces(name):
        like |= Q(name__contains=piece)
    if len(code) >= likeness.HEAD:
        like |= Q(credit_code__startswith=code[: likeness.HEAD])
        like |= Q(credit_code__endswith=code[-likeness.TAIL :])
    rows = Employer.objects.within(line.batch.organisation).with_union(line.period_first)
    found = rows.filter(like).order_by("pk")[:CANDIDATES]
    return sorted(
        found,
        key=lambda each: likeness.distance((name, code), (each.name, each.credit_code)),
    )[:most]


@transaction.atomic
def match_line(
    line: CollectionLine,
    *,
    employer: Employer | None = None,
    union: Organisation | None = None,
    reason: str,
    by: User,
) -> CollectionLine:
    """Say by hand who paid a line: an employer, or a union itself. Returns the line as it stands.

    The code under which an employer paid is kept as its alias, and whatever waits in the pool under
    the same code follows; so do the refunds of a line. What was distributed already is split again.
    """
    records.require(by, "funds.match_collectionline", line)
    if len(reason.strip()) < LEAST:
        raise Refused("请写明确认依据，不少于四个字。", code="reason_required")
    if (employer is None) == (union is None):
        raise Refused("请选择用人单位或基层工会其中一个。", code="one_of")
    if line.is_void:
        raise Refused("所在批次已整批退回，不需要确认缴费单位。", code="wrong_state")
    if line.reverses_id:
        raise Refused("退库随原税票确认，请在原税票上确认缴费单位。", code="refund")
    collector = line.batch.organisation
    _refuse_outside(employer or union, collector)
    wanted = Q(pk=line.pk)
    if employer and line.credit_code:
        if line.credit_code != employer.credit_code:
            _keep_alias(line.credit_code, employer, reason=reason, by=by)
        wanted |= Q(
            batch__organisation=collector,
            credit_code=line.credit_code,
            match="",
            reverses__isnull=True,
        )
    lines = CollectionLine.objects.standing().filter(wanted)

    def decide(rows: Sequence[CollectionLine]) -> None:
        covering = _covering({employer.pk} if employer else set(), collector)
        for row in rows:
            if employer:
                how = Match.HAND if row.pk == line.pk else Match.ALIAS
                _belongs(row, employer, covering(employer.pk, row.period_first), how)
            else:
                row.employer, row.union, row.match = None, union, Match.HAND
                row.organisation = union
        _attach(rows)

    _rematch(lines, collector, decide, reason=reason, by=by)
    line.refresh_from_db()
    return line


@transaction.atomic
def match_pool(collector: Organisation, *, by: User) -> int:
    """Look once more for whoever paid what is in the pool. Returns of how many it is known now."""
    records.require(by, "funds.match_collectionline", collector)
    waiting = CollectionLine.objects.unmatched().filter(
        batch__organisation=collector, reverses__isnull=True
    )
    return _rematch(
        waiting,
        collector,
        lambda rows: find(rows, collector=collector),
        reason="登记信息更新后重新匹配",
        by=by,
    )


def _refuse_outside(target: Employer | Organisation, collector: Organisation) -> None:
    """In the words for what does not exist."""
    if not type(target).objects.within(collector).filter(pk=target.pk).exists():
        raise Refused("没有找到这个单位，请重新选择。", code="unknown_payer")


def _keep_alias(code: str, employer: Employer, *, reason: str, by: User) -> None:
    """Remember under which other code an employer pays; the last word counts."""
    alias = PayerAlias.objects.select_for_update(of=("self",)).filter(credit_code=code).first()
    before = audit.snapshot(alias) if alias else {}
    if alias and alias.employer_id == employer.pk:
        return
    alias = alias or PayerAlias(credit_code=code)
    alias.employer, alias.by, alias.on = employer, by, timezone.localdate()
    alias.full_clean()
    alias.save()
    changes = audit.difference(before, audit.snapshot(alias))
    audit.record("funds.payeralias.keep", by=by, obj=alias, changes=changes, reason=reason)


def _rematch(
    lines: QuerySet[CollectionLine],
    collector: Organisation,
    decide: Callable[[Sequence[CollectionLine]], None],
    *,
    reason: str,
    by: User,
) -> int:
    """Decide again on stored lines of one collector, whose refunds follow them; those distributed
    are split again. Returns how many changed."""
    keys = list(lines.order_by("pk").values_list("pk", flat=True))
    changed, split = 0, []
    for some in bulk.batched(keys, BATCH):
        rows = CollectionLine.objects.filter(Q(pk__in=some) | Q(reverses__in=some), is_void=False)
        distributed = _distributed(rows)
        locked = rows.select_for_update(of=("self",)).select_related("organisation").order_by("pk")
        stored = {row.pk: row for row in locked}
        fresh = {key: copy.copy(row) for key, row in stored.items()}
        decide([fresh[key] for key in some])
        for row in fresh.values():
            if row.reverses_id in fresh:
                follow(row, fresh[row.reverses_id])
        different = [row for row in fresh.values() if _differs(row, stored[row.pk])]
        action = "funds.collectionline.match"
        changed += records.change_many(different, stored, fields=FIELDS, by=by, action=action)
        split += [row.pk for row in different if row.batch_id in distributed]
    if split:
        told = CollectionLine.objects.filter(pk__in=split)
        splitting.resplit(told, organisation=collector, reason=reason, by=by)
    return changed


def follow(refund: CollectionLine, original: CollectionLine) -> None:
    """A refund goes back to whoever paid."""
    refund.employer_id, refund.union_id = original.employer_id, original.union_id
    refund.match, refund.organisation = original.match, original.organisation


def _differs(row: CollectionLine, stored: CollectionLine) -> bool:
    names = ("organisation_id", "employer_id", "union_id", "match")
    return any(getattr(row, name) != getattr(stored, name) for name in names)


def _distributed(lines: QuerySet[CollectionLine]) -> set[int]:
    """The batches of the lines that were distributed; none of them moves on meanwhile."""
    batches = CollectionBatch.objects.select_for_update(of=("self",)).order_by("pk")
    states = {
        batch.pk: batch.state for batch in batches.filter(pk__in=lines.order_by().values("batch"))
    }
    if State.DISTRIBUTING in states.values():
        raise Refused("所在批次正在分配，请在分配完成后再确认。", code="wrong_state")
    return {key for key, state in states.items() if state == State.DISTRIBUTED}
