"""What the bank said: taken in row by row, booked when its totals are ours, late bounces."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum

from core import audit
from core.errors import Refused
from core.models import Decision, User
from core.services import records
from funds import sources
from funds.models import BankResult, JournalEntry, Payable, Payment, PaymentBatch
from funds.rules.payments import CENT, Totals, difference
from funds.services import books

Result, Outcome = Payment.Result, BankResult.Outcome


@transaction.atomic
def record_many(results: Sequence[BankResult], *, by: User) -> Sequence[BankResult]:
    """Take in what the bank said of payments that wait for it."""
    _refuse_booked(results)
    return records.add_many(results, by=by)


@transaction.atomic
def correct_many(results: Sequence[BankResult], *, by: User) -> int:
    """Take in that the bank said something else, before it was booked."""
    _refuse_booked(results)
    return records.save_many(results, fields=["amount", "outcome", "reason", "on"], by=by)


@transaction.atomic
def withdraw_many(results: Sequence[BankResult], *, by: User) -> None:
    """Take back what was not booked yet."""
    _refuse_booked(results)
    records.remove_many(results, by=by, action="funds.bankresult.withdraw")


def _refuse_booked(results: Sequence[BankResult]) -> None:
    """Under the lock of the payments, which the booking of a batch takes too."""
    lines = Payment.objects.select_for_update(of=("self",)).order_by("pk")
    for line in lines.filter(pk__in=[each.payment_id for each in results]):
        if line.result != Result.PENDING:
            raise Refused(
                f"{line.reference} 已经入账，回单不能改动；如有退票，请在付款记录中登记。",
                code="booked",
            )


def unsettled(batch: PaymentBatch) -> str:
    """What of the bank's answer is missing, or ""."""
    missing = batch.lines().filter(bank_result__isnull=True)
    if count := missing.count():
        return f"还有 {count} 笔没有银行回单（如 {missing[0].reference}），请导入全部回单。"
    return ""


def totals(batch: PaymentBatch) -> dict[str, Totals]:
    """What the rows of the bank come to, by outcome."""
    said = BankResult.objects.filter(payment__in=batch.lines()).order_by()
    found = said.values("outcome").annotate(count=Count("pk"), total=Sum("amount"))
    by_outcome = {
        each["outcome"]: Totals(each["count"], each["total"].quantize(CENT)) for each in found
    }
    return {name: by_outcome.get(name, Totals.of([])) for name in Outcome.values}


def settle(
    batch: PaymentBatch,
    decision: Decision,
    *,
    done_count: int,
    done_total: Decimal,
    bounced_count: int,
    bounced_total: Decimal,
) -> None:
    """The effect of the step: book the bank's answer, the whole batch or nothing of it.

    The counts (笔) and sums (元) are those on the bank's own receipt. They must be those of the
    rows, and these those of the batch.
    """
    rows = batch.lines().select_for_update(of=("self",)).order_by("pk")
    lines = list(rows.select_related("payable", "organisation"))
    if missing := unsettled(batch):  # taken back since the guard looked
        raise Refused(missing, code="guard")
    said = {each.payment_id: each for each in BankResult.objects.filter(payment__in=lines)}
    receipt = {
        Outcome.DONE: Totals(done_count, done_total),
        Outcome.BOUNCED: Totals(bounced_count, bounced_total),
    }
    told = totals(batch)
    for outcome, theirs in receipt.items():
        if found := difference(told[outcome], theirs):
            raise Refused(
                f"{Outcome(outcome).label}的付款与银行回单合计不符：{found}，整批不予入账。",
                code="control_totals",
            )
    if wrong := [line for line in lines if line.amount != said[line.pk].amount]:
        line = wrong[0]
        raise Refused(
            f"{line.reference} 本系统为 {line.amount:,} 元，银行回单为 "
            f"{said[line.pk].amount:,} 元，整批不予入账。",
            code="control_totals",
        )
    if Totals.of(line.amount for line in lines) != Totals(batch.count, batch.total):
        raise Refused("批次的付款与银行文件的合计不符，整批不予入账。", code="control_totals")
    _book(lines, said, by=decision.by)


def _book(lines: Sequence[Payment], answers: Mapping[int, BankResult], *, by: User | None) -> None:
    alike: dict[tuple[str, str, datetime.date], list[Payment]] = defaultdict(list)
    for line in lines:
        said = answers[line.pk]
        alike[said.outcome, said.reason, said.on].append(line)
    for (outcome, reason, on), group in alike.items():
        _set(group, outcome, reason, on, by=by)
    done = [line for line in lines if line.result == Result.DONE]
    books.move(done, JournalEntry.Kind.CONFIRMED, by=by)


def _set(
    lines: Sequence[Payment], outcome: str, reason: str, on: datetime.date, *, by: User | None
) -> None:
    """The same outcome for many payments; what bounced is taken back in the books."""
    keys = [line.pk for line in lines]
    stored = Payment.objects.filter(pk__in=keys)
    stored.update(result=outcome, bank_reason=reason, result_on=on)
    is_done = outcome == Outcome.DONE
    state = Payable.State.PAID if is_done else Payable.State.BOUNCED
    Payable.objects.filter(payments__in=keys).update(state=state)
    traces = []
    for line in lines:
        former = line.result
        line.result, line.bank_reason, line.result_on = outcome, reason, on
        traces.append((line, {"result": [former, outcome], "bank_reason": ["", reason]}))
    owed = [line.payable for line in lines]
    if is_done:
        sources.paid(owed, on=on, by=by)
    else:
        books.reverse(books.moves(lines), by=by, on=on)
        sources.bounced(owed, by=by)
    audit.record_many(f"funds.payment.{outcome}", by=by, rows=traces)


@transaction.atomic
def bounce(payment: Payment, *, on: datetime.date, reason: str, by: User) -> Payment:
    """The bank sent money back after it had confirmed it (退票)."""
    rows = Payment.objects.select_for_update(of=("self",))
    row = rows.select_related("payable", "organisation", "batch").get(pk=payment.pk)
    records.require(by, "funds.settle_paymentbatch", row.batch)
    if row.result != Result.DONE:
        raise Refused("只有支付成功的付款可以登记退票，请刷新后查看。", code="wrong_state")
    if row.result_on and on < row.result_on:
        raise Refused(f"退票日期不能早于支付日期 {row.result_on}。", code="bad_date")
    _set([row], Outcome.BOUNCED, reason, on, by=by)
    return row
