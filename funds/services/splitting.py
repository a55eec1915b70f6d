"""Splitting receipts: of a batch when it is distributed, again when it turns out otherwise.

A receipt has one live allocation. A refund takes back what its receipt gives: its parts are those
of what is left afterwards less those of what was left before, by the rule of the receipt, so that
many small refunds end where one of the whole would. Lines are read and written in pieces; only the
sums stay in memory.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from core import bulk
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from funds.models import Allocation, CollectionBatch, CollectionLine, Distribution, SplitRule
from funds.rules.payments import CENT, fen
from funds.rules.shares import LEVELS, Cents, yuan
from funds.services import distributions
from funds.services.rulebook import Facts, Rulebook, Ruling
from funds.services.tallies import Tally
from members.models import Coverage

PIECE = 5_000  # lines in memory at once
ROOTS = 500  # receipts of which one query asks the refunds
# What is read of a line, in the order of `Facts.of` and `_Line`.
DECIDING = ["fund_kind", "organisation", "union", "employer", "period_first", "match"]
READ = ["pk", "amount", "entry_on", *DECIDING]


class _Line(NamedTuple):
    """A receipt as it is read."""

    pk: int
    amount: int
    entry_on: datetime.date
    facts: Facts

    @classmethod
    def of(cls, pk: int, amount: Decimal, entry_on: datetime.date, *deciding: object) -> "_Line":
        return cls(pk, int(amount.scaleb(2)), entry_on, Facts.of(*deciding))


class _Part(NamedTuple):
    """A line with what of it is whose; `period` is that of the receipt, for a refund as well."""

    line: _Line
    period: datetime.date
    ruling: Ruling
    cents: Cents
    stays: int

    @property
    def outcome(self) -> tuple:
        """What two versions of an allocation are compared by."""
        one = self.ruling
        return (
            (one.rule.pk, one.measure and one.measure.pk, one.union, one.town, one.district),
            (*self.cents, self.stays),
        )


@transaction.atomic
def distribute(
    batch: CollectionBatch, *, on: datetime.date | None = None, by: User | None
) -> Distribution:
    """Split every line of a reconciled batch and make due what is not the collecting body's own.

    All or nothing: a line without a rule refuses the batch. `by` is None for the system itself.
    """
    batch = CollectionBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if by is not None:
        records.require(by, "funds.distribute_collectionbatch", batch)
    State = CollectionBatch.State
    if batch.state not in (State.RECONCILED, State.DISTRIBUTING):
        raise Refused(
            f"收缴批次“{batch}”现为“{batch.get_state_display()}”，对账后才能分配。",
            code="wrong_state",
        )
    lock(batch.organisation)
    distribution = distributions.begin(
        Distribution(
            organisation=batch.organisation,
            kind=Distribution.Kind.COLLECTION,
            on=on,
            reason=f"收缴批次“{batch}”",
            batch=batch,
        ),
        by=by,
    )
    splitter = _Splitter(batch.organisation)
    lines = batch.lines.order_by("pk")
    for piece in _pieces(lines.filter(reverses=None)):
        splitter.enter(distribution, splitter.receipts(_Line.of(*row) for row in piece))
    for piece in _pieces(lines.exclude(reverses=None), "reverses"):
        refunds = [(_Line.of(*row), root) for *row, root in piece]
        splitter.enter(distribution, splitter.refunds(refunds))
    return splitter.book(distribution, by=by)


@transaction.atomic
def resplit(
    lines: QuerySet[CollectionLine],
    *,
    organisation: Organisation,
    reason: str,
    on: datetime.date | None = None,
    kind: str = Distribution.Kind.RESPLIT,
    by: User | None,
) -> Distribution | None:
    """Split lines once more that were distributed by `organisation`, as rules and payers are now.

    What comes out otherwise gets a new allocation, and the difference becomes due; a receipt and
    its refunds go together. None where nothing differs. For services that have asked for the right.
    """
    lock(organisation)
    distribution = Distribution(organisation=organisation, kind=kind, on=on, reason=reason)
    splitter = _Splitter(organisation)
    collected = lines.filter(batch__organisation=organisation).order_by()
    roots = sorted(set(collected.values_list(Coalesce("reverses", "pk"), flat=True)))
    standing = Allocation.objects.live().filter(distribution__organisation=organisation)
    changed = False
    for keys in bulk.batched(roots, ROOTS):
        found = standing.filter(line__in=keys).order_by("line")
        former = {row.line_id: row for row in found.select_related("rule", "measure")}
        read = CollectionLine.objects.filter(pk__in=keys).order_by("pk").values_list(*READ)
        parts = list(splitter.receipts(_Line.of(*row) for row in read if row[0] in former))
        changed |= splitter.replace(distribution, former, parts, by=by)
        found = standing.filter(line__reverses__in=keys).order_by("line")
        former = {row.line_id: row for row in found.select_related("rule", "measure")}
        read = CollectionLine.objects.filter(pk__in=former).order_by("pk")
        refunds = [(_Line.of(*row), root) for *row, root in read.values_list(*READ, "reverses")]
        parts = list(splitter.refunds(refunds, anew=True))
        changed |= splitter.replace(distribution, former, parts, by=by)
    return splitter.book(distribution, by=by) if changed else None


def lock(organisation: Organisation) -> None:
    """One split at a time for who holds the money: two would take back the same version, or a
    refund go by one that is being replaced. Rows that refer to the body are not kept waiting."""
    rows = Organisation.objects.select_for_update(of=("self",), no_key=True)
    list(rows.filter(pk=organisation.pk))


def _pieces(lines: QuerySet[CollectionLine], *more: str) -> Iterator[list[tuple]]:
    """What is read of lines, so many at a time, in the order of their keys."""
    last = 0
    while piece := list(lines.filter(pk__gt=last).values_list(*READ, *more)[:PIECE]):
        yield piece
        last = piece[-1][0]


class _Splitter:
    """One run over many lines: the rules it goes by, and what has come of it so far."""

    def __init__(self, payer: Organisation) -> None:
        self.rules = Rulebook()
        self.tally = Tally(payer)
        self._left: dict[int, int] = {}  # of receipts with refunds

    def receipts(self, lines: Iterable[_Line]) -> Iterator[_Part]:
        """The parts of receipts, and of refunds whose receipt is not known."""
        lines = list(lines)
        self.rules.learn({line.facts for line in lines})
        for line in lines:
            ruling = self.rules.ruling(line.facts)
            yield _Part(line, line.facts.day, ruling, *ruling.split(line.amount))

    def refunds(self, refunds: list[tuple[_Line, int]], *, anew: bool = False) -> Iterator[_Part]:
        """The parts of refunds, each with the key of its receipt, in their order. `anew` splits all
        refunds of these receipts, otherwise those that were split before have been taken off."""
        roots = self._roots({root for _, root in refunds}, anew=anew)
        for line, root in refunds:
            ruling, period = roots[root]
            before, stayed = ruling.split(self._left[root])
            self._left[root] += line.amount
            after, stays = ruling.split(self._left[root])
            cents = [new - old for new, old in zip(after, before, strict=True)]
            yield _Part(line, period, ruling, cents, stays - stayed)

    def _roots(self, keys: set[int], *, anew: bool) -> dict[int, tuple[Ruling, datetime.date]]:
        """How refunded receipts were split, or would be; and what is left of each."""
        found = {}
        for some in bulk.batched(sorted(keys), ROOTS):
            read = CollectionLine.objects.filter(pk__in=some).order_by("pk")
            lines = [_Line.of(*row) for row in read.values_list(*READ)]
            live = Allocation.objects.live()
            versions = {row.line_id: row for row in live.filter(line__in=some)}
            taken = live.filter(line__reverses__in=[] if anew else some).order_by()
            less = dict(taken.values_list("line__reverses").annotate(total=Sum("amount")))
            self.rules.learn({line.facts for line in lines})
            for line in lines:
                self._left.setdefault(
                    line.pk, line.amount + fen(less.get(line.pk, Decimal(0)).quantize(CENT))
                )
                version = versions.get(line.pk)
                if version:
                    ruling = self._ruling_of(version, line.facts)
                else:
                    ruling = self.rules.ruling(line.facts)
                found[line.pk] = ruling, line.facts.day
        return found

    def enter(self, distribution: Distribution, parts: Iterable[_Part]) -> None:
        """Write allocations, and add them to what comes of it."""
        parts = list(parts)
        founded = self._founded(parts)
        columns = _columns(distribution, parts)
        if columns:
            bulk.insert(Allocation, columns)
        for part in parts:
            self._add(part, founded)

    def replace(
        self,
        distribution: Distribution,
        former: Mapping[int, Allocation],
        parts: Sequence[_Part],
        *,
        by: User | None,
    ) -> bool:
        """Write new allocations for those of which something differs, if any does."""
        changed = [part for part in parts if part.outcome != _outcome(former[part.line.pk])]
        if not changed:
            return False
        if distribution._state.adding:
            distributions.begin(distribution, by=by)
        versions = [former[part.line.pk] for part in changed]
        Allocation.objects.filter(pk__in=[row.pk for row in versions]).update(is_live=False)
        old = [
            part._replace(ruling=self._ruling_of(row, part.line.facts), cents=_cents(row), stays=0)
            for row, part in zip(versions, changed, strict=True)
        ]
        founded = self._founded(old)
        for part in old:
            self._add(part, founded, sign=-1)
        self.enter(distribution, changed)
        return True

    def book(self, distribution: Distribution, *, by: User | None) -> Distribution:
        """Make due what has come of it."""
        dues = self.tally.unsaved_dues()
        amounts = self.tally.amounts(dues)
        return distributions.book(distribution, dues=dues, amounts=amounts, by=by)

    def _add(self, part: _Part, founded: Mapping[tuple, datetime.date], *, sign: int = 1) -> None:
        since = part.line.entry_on
        if part.ruling.rule.kind == SplitRule.Kind.RELEASED:
            key = part.line.facts.employer, part.ruling.union
            since = max(since, founded.get(key, since))
        self.tally.add(part.cents, part.ruling, period=part.period, since=since, sign=sign)

    def _founded(self, parts: Iterable[_Part]) -> dict[tuple, datetime.date]:
        """The days on which unions that are given a preparation fund were founded."""
        unions = defaultdict(set)
        for part in parts:
            if part.ruling.rule.kind == SplitRule.Kind.RELEASED:
                unions[part.line.facts.employer].add(part.ruling.union)
        found = {}
        for employers in bulk.batched(sorted(unions.keys() - {None}), ROOTS):
            rows = Coverage.objects.filter(employer__in=employers).order_by("-since")
            for employer, union, since in rows.values_list("employer", "organisation", "since"):
                if union in unions[employer]:
                    found[employer, union] = since
        return found

    def _ruling_of(self, version: Allocation, facts: Facts) -> Ruling:
        """By what an allocation was made."""
        return self.rules.made(
            self.rules.rules[version.rule_id],
            self.rules.measures.get(version.measure_id),
            version.union_id,
            version.town_union_id,
            version.district_union_id,
            facts.is_known,
        )


def _cents(row: Allocation) -> Cents:
    return [fen(getattr(row, level)) for level in LEVELS]


def _outcome(row: Allocation) -> tuple:
    """As `_Part.outcome`."""
    return (
        (row.rule_id, row.measure_id, row.union_id, row.town_union_id, row.district_union_id),
        (*_cents(row), fen(row.support)),
    )


def _columns(distribution: Distribution, parts: Sequence[_Part]) -> dict[str, list]:
    """Allocations column by column, as `bulk.insert` takes them."""
    if not parts:
        return {}
    rulings = [part.ruling for part in parts]
    levels = zip(*(map(yuan, part.cents) for part in parts), strict=True)
    return {
        "line_id": [part.line.pk for part in parts],
        "distribution_id": [distribution.pk] * len(parts),
        "rule_id": [one.rule.pk for one in rulings],
        "measure_id": [one.measure and one.measure.pk for one in rulings],
        "union_id": [one.union for one in rulings],
        "town_union_id": [one.town for one in rulings],
        "district_union_id": [one.district for one in rulings],
        "amount": [yuan(part.line.amount) for part in parts],
        "support": [yuan(part.stays) for part in parts],
        **{level: list(column) for level, column in zip(LEVELS, levels, strict=True)},
    }
