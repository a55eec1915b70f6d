"""What comes in: a batch is opened, its receipts and the bank's arrivals are taken in, its totals
are held against those of who handed it over."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Sum

from core import bulk, jobs, workflow
from core.errors import OutOfScope, Refused
from core.models import Decision, Organisation, User
from core.services import records
from funds.models import BankArrival, CollectionBatch, CollectionLine, WageDeclaration
from funds.rules import receipts
from funds.rules.payments import CENT
from funds.services import payers

State = CollectionBatch.State
DISTRIBUTE = "funds.distribute"
COLLECTS = "collect"  # the duty of who takes in
BATCH = 2_000  # lines that are matched and stored in one go
MATCHED = (State.RECEIVING, State.COUNTED)  # while arrivals may come and go


@transaction.atomic
def open_batch(
    *,
    organisation: Organisation,
    channel: str,
    number: str,
    declared_count: int,
    declared_total: Decimal,
    note: str = "",
    by: User,
) -> CollectionBatch:
    """Open an empty batch with the totals of who hands it over."""
    records.require(by, "funds.add_collectionbatch", organisation)
    batch = CollectionBatch(
        organisation=organisation,
        channel=channel,
        number=number.strip(),
        declared_count=declared_count,
        declared_total=declared_total,
        note=note,
    )
    workflow.begin(batch, by=by)
    _take_part(batch, "登记批次", by)
    return batch


@transaction.atomic
def amend_batch(batch: CollectionBatch, *, by: User) -> CollectionBatch:
    """Write the facts of a batch that is still received."""
    records.require(by, "funds.change_collectionbatch", batch)
    _take_part(batch, "更正批次", by)
    return workflow.amend(batch, by=by)


def _take_part(batch: CollectionBatch, label: str, by: User) -> None:
    """Who takes in cannot check. A program is no person and fills no duty."""
    if not by.keys.in_force().exists():
        workflow.join(batch, COLLECTS, label=label, by=by)


@transaction.atomic
def record_many(
    lines: Sequence[CollectionLine], *, reversing: Mapping[str, str] | None = None, by: User
) -> Sequence[CollectionLine]:
    """Take in lines of batches that are being received, all or none, and find who paid.

    `reversing` names for a refund the receipt that it reverses, by their numbers; that one is here
    already or among the lines. A refund goes back to whoever paid.

    Raises `Refused`: `wrong_state`, `receipt_twice`, `unknown_receipt`, or what
    `receipts.refund_obstacle` finds.
    """
    if not lines:
        return []
    _receiving({line.batch_id: line.batch for line in lines}.values(), by)
    for line in lines:
        line.receipt_number = line.receipt_number.strip()
        line.credit_code = line.credit_code.strip().upper()
    _refuse_twice(lines, by)
    named = dict(reversing or {})
    refunds = [line for line in lines if line.reverses_id or line.receipt_number in named]
    refunded = {id(line) for line in refunds}
    made: list[CollectionLine] = []
    for some in bulk.batched((line for line in lines if id(line) not in refunded), BATCH):
        _find(some)
        made += _insert(some, by)
    for some in bulk.batched(refunds, BATCH):
        _reverse(some, named)
        made += _insert(some, by)
    return made


def _find(lines: Sequence[CollectionLine]) -> None:
    """Each for its own collector, of whom there is one as a rule."""
    collectors = {line.batch.organisation_id: line.batch.organisation for line in lines}
    for key, collector in collectors.items():
        mine = [line for line in lines if line.batch.organisation_id == key]
        payers.find(mine, collector=collector)


def _insert(lines: Sequence[CollectionLine], by: User) -> Sequence[CollectionLine]:
    try:
        with transaction.atomic():
            return records.insert_many(lines, by=by)
    except IntegrityError as error:
        raise records.violated(error) from error


def _receiving(batches: Collection[CollectionBatch], by: User) -> None:
    """The batches are ours until the end, and still received."""
    for batch in batches:
        records.require(by, "funds.add_collectionline", batch)
        _take_part(batch, "收录明细", by)
    rows = CollectionBatch.objects.select_for_update(of=("self",)).order_by("pk")
    for row in rows.filter(pk__in=[batch.pk for batch in batches]):
        if row.state != State.RECEIVING:
            raise Refused(
                f"批次 {row.number} 现为“{row.get_state_display()}”，明细不能再增减。",
                code="wrong_state",
            )


def _refuse_twice(lines: Sequence[CollectionLine], by: User) -> None:
    """A receipt stands once: the constraint holds it, this says where it is."""
    counts = Counter(line.receipt_number for line in lines)
    if doubled := [number for number, count in counts.items() if count > 1]:
        raise Refused(
            f"税票号 {doubled[0]} 在本次移交中出现 {counts[doubled[0]]} 次，请核对后重新移交。",
            code="receipt_twice",
        )
    for some in bulk.batched(counts, BATCH):
        known = standing(some)
        if known:
            raise Refused(already_here(next(iter(known.values())), by=by), code="receipt_twice")


def standing(numbers: Iterable[str]) -> dict[str, CollectionLine]:
    """The lines that stand under these receipt numbers."""
    found = CollectionLine.objects.standing().filter(receipt_number__in=list(numbers))
    rows = found.select_related("batch__organisation", "organisation", "reverses").order_by("pk")
    return {line.receipt_number: line for line in rows}


def already_here(line: CollectionLine, *, by: User) -> str:
    """Where a receipt stands, for who may know."""
    is_seen = by.has_perm("funds.view_collectionbatch", line.batch)
    where = f"在批次 {line.batch.number} " if is_seen else ""
    return f"税票号 {line.receipt_number} 已{where}登记，不能重复收录。"


def _reverse(refunds: Sequence[CollectionLine], named: Mapping[str, str]) -> None:
    """Tie refunds to the receipts that they reverse, none of which gets below nothing."""
    wanted = standing(named[line.receipt_number] for line in refunds if not line.reverses_id)
    for line in refunds:
        if not line.reverses_id:
            line.reverses = wanted.get(named[line.receipt_number])
        if line.reverses is None or (
            line.reverses.batch.organisation_id != line.batch.organisation_id
        ):
            raise Refused(
                f"没有找到税票 {line.receipt_number} 所退的税票 "
                f"{named.get(line.receipt_number, '')}，请核对；启用系统前的税票请留空。",
                code="unknown_receipt",
            )
    left = _left({line.reverses_id for line in refunds})
    for line in refunds:
        original = line.reverses
        if obstacle := receipts.refund_obstacle(
            line.amount,
            of=original.amount,
            left=left[original.pk],
            alike=line.fund_kind == original.fund_kind,
        ):
            raise Refused(f"税票 {line.receipt_number}：{obstacle}", code="bad_refund")
        left[original.pk] += line.amount
        payers.follow(line, original)


def _left(keys: Collection[int]) -> dict[int, Decimal]:
    """What is left of receipts after their refunds so far; nobody refunds them meanwhile."""
    rows = CollectionLine.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    left = {line.pk: line.amount for line in rows.order_by("pk")}
    refunds = CollectionLine.objects.standing().filter(reverses__in=keys).order_by()
    for found in refunds.values("reverses").annotate(sum=Sum("amount")):
        left[found["reverses"]] += found["sum"].quantize(CENT)
    return left


@transaction.atomic
def remove_many(lines: Sequence[CollectionLine], *, by: User) -> None:
    """Take lines out of batches that are still received."""
    if not lines:
        return
    _receiving({line.batch_id: line.batch for line in lines}.values(), by)
    for is_refund in (True, False):  # what is referred to goes last
        some = [line for line in lines if bool(line.reverses_id) == is_refund]
        records.erase(some, by=by, action="funds.collectionline.withdraw")


# Arrivals and wages.


@transaction.atomic
def assign_arrivals(
    arrivals: QuerySet[BankArrival], batch: CollectionBatch | None, *, by: User
) -> int:
    """Say for which batch money arrived, or for none again. Returns of how many it was said anew.

    Only while none of the batches concerned has been reconciled.
    """
    mine = BankArrival.objects.visible_to(by, "funds.change_bankarrival")
    rows = mine.filter(pk__in=arrivals.order_by().values("pk"))
    if batch is not None:
        rows = rows.filter(organisation=batch.organisation_id)
        records.require(by, "funds.change_bankarrival", batch)
    stored = {row.pk: row for row in rows.select_for_update(of=("self",)).order_by("pk")}
    if not stored:
        raise OutOfScope("没有找到可以归入该批次的到账，请核对收款工会。")
    concerned = {row.batch_id for row in stored.values()} | {batch and batch.pk}
    for each in CollectionBatch.objects.filter(pk__in=concerned - {None}).order_by("pk"):
        _take_part(each, "归集到账", by)  # locks it
        each.refresh_from_db()
        if each.state not in MATCHED:
            raise Refused(
                f"批次 {each.number} 现为“{each.get_state_display()}”，到账不能再增减。",
                code="wrong_state",
            )
    changed = list(rows.order_by("pk"))
    for row in changed:
        row.batch = batch
    return records.change_many(changed, stored, fields=["batch"], by=by)


@transaction.atomic
def record_arrivals(arrivals: Sequence[BankArrival], *, by: User) -> Sequence[BankArrival]:
    """Take in what the bank booked; which batch it belongs to is said afterwards."""
    return records.add_many(arrivals, by=by)


@transaction.atomic
def correct_arrivals(arrivals: Sequence[BankArrival], *, by: User) -> int:
    """Take in that the bank booked it otherwise, before it belongs to a batch."""
    _refuse_assigned(arrivals)
    return records.save_many(arrivals, fields=["on", "amount", "payer", "remark"], by=by)


@transaction.atomic
def withdraw_arrivals(arrivals: Sequence[BankArrival], *, by: User) -> None:
    """Take back what was not reconciled yet."""
    _refuse_assigned(arrivals, unless=MATCHED)
    records.remove_many(arrivals, by=by, action="funds.bankarrival.withdraw")


def _refuse_assigned(arrivals: Sequence[BankArrival], *, unless: Collection[str] = ()) -> None:
    """Under the lock of the batches, which their steps take too."""
    held = BankArrival.objects.filter(pk__in=[row.pk for row in arrivals], batch__isnull=False)
    batches = CollectionBatch.objects.select_for_update(of=("self",)).order_by("pk")
    for batch in batches.filter(pk__in=held.order_by().values("batch")):
        if batch.state not in unless:
            row = held.filter(batch=batch).order_by("pk")[0]
            raise Refused(
                f"到账 {row.reference} 已归入批次 {batch.number}，不能改动，请先从批次移出。",
                code="assigned",
            )


@transaction.atomic
def record_wages(wages: Sequence[WageDeclaration], *, by: User) -> Sequence[WageDeclaration]:
    """Take in what employers declared."""
    return records.add_many(wages, by=by)


@transaction.atomic
def correct_wages(wages: Sequence[WageDeclaration], *, by: User) -> int:
    return records.save_many(wages, fields=["wages", "source"], by=by)


@transaction.atomic
def withdraw_wages(wages: Sequence[WageDeclaration], *, by: User) -> None:
    records.remove_many(wages, by=by, action="funds.wagedeclaration.withdraw")


# What the steps look at, and what follows.


def arrived(batch: CollectionBatch) -> Decimal:
    """What the bank booked for the batch, in yuan."""
    total = batch.arrivals.order_by().aggregate(total=Sum("amount"))["total"]
    return (total or Decimal(0)).quantize(CENT)


def uncounted(batch: CollectionBatch) -> str:
    """How count and sum differ from those handed over, or ""."""
    return receipts.totals_obstacle(batch.totals(), batch.declared)


def unreconciled(batch: CollectionBatch) -> str:
    """How the batch differs from what arrived, or ""."""
    return uncounted(batch) or receipts.arrival_obstacle(batch.declared_total, arrived(batch))


def is_divided(batch: CollectionBatch) -> bool:
    """Whether something else arrived than what was handed over."""
    return arrived(batch) != batch.declared_total


def undistributable(batch: CollectionBatch) -> str:
    """What keeps the lines from being split, or ""."""
    if obstacle := uncounted(batch):
        return obstacle
    if not batch.difference_reason and (obstacle := unreconciled(batch)):
        return obstacle
    early = batch.lines.filter(reverses__isnull=False).exclude(reverses__batch=F("batch"))
    first = early.exclude(reverses__batch__state=State.DISTRIBUTED).select_related(
        "reverses__batch"
    )
    for line in first.order_by("pk")[:1]:
        return (
            f"税票 {line.receipt_number} 所退的税票在批次 {line.reverses.batch.number}，"
            "该批次尚未分配，请先分配该批次。"
        )
    return ""


def needed(batch: CollectionBatch) -> str:
    """Whose refunds stand in other batches, of those lines that would be void, or ""."""
    refunds = CollectionLine.objects.standing().filter(reverses__batch=batch).exclude(batch=batch)
    for line in refunds.select_related("batch").order_by("pk")[:1]:
        return (
            f"批次 {line.batch.number} 的退库 {line.receipt_number} 所退的是本批次的税票，"
            "请先退回该批次。"
        )
    return ""


def refuse(batch: CollectionBatch, decision: Decision) -> None:
    """The lines are void, their receipts may come again; what arrived belongs to no batch."""
    batch.lines.update(is_void=True)
    batch.arrivals.update(batch=None)


def accept_difference(batch: CollectionBatch, decision: Decision) -> None:
    batch.difference_reason = decision.comment[:200]


def distribute(
    batch: CollectionBatch, decision: Decision, *, on: datetime.date | None = None
) -> None:
    """The lines are split and what is due is booked by a job, on a former day where that is known:
    of batches that are taken over."""
    day = {"on": on.isoformat()} if on else {}
    batch.job = jobs.enqueue(
        DISTRIBUTE,
        by=decision.by,
        organisation=batch.organisation,
        parameters={"batch": batch.pk, **day},
        key=str(batch.pk),
    )
