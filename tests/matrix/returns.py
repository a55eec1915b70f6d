"""The rows of returns: dues and what they come to, returns, adjustments."""

from core.models import Organisation
from funds.models import CollectionBatch, CollectionLine, Due, Return
from funds.services import returns
from tests.factories import collection as receipts
from tests.factories import returns as money
from tests.matrix.rows import FINANCE, REASON, Maker, Row

SEE_DUES = f"{FINANCE} head"
DUES = "admin:funds_due"
MADE = "admin:funds_return"
CHANGED = "admin:funds_adjustment"


def _claim(world):
    """What a union owes to itself, of which the list was seen."""
    planned = returns.plan(world.own, until=money.DAY)
    return {
        "payer": world.own.pk,
        "until": money.DAY.isoformat(),
        "within": "",
        "kind": "return",
        "seen": f"{len(planned.payables)} {planned.total}",
    }


def _adjustment(world):
    return {
        "organisation": world.own.pk,
        "payer": world.own.pk,
        "kind": "write_off",
        "amount": "-7.00",
        "period": "2026-03-01",
        "falls_due_on": "2026-03-31",
        "document_number": "江工发〔2026〕900号",
        "reason": "账龄过长",
    }


ROWS: dict[str, Row] = {
    f"{DUES}_changelist": Row(SEE_DUES),
    f"{DUES}_change": Row(SEE_DUES, "due"),
    f"{DUES}_history": Row(SEE_DUES, "due"),
    f"{DUES}_positions": Row(SEE_DUES),
    f"{DUES}_control": Row(SEE_DUES),
    f"{DUES}_bulletin": Row(SEE_DUES),
    f"{DUES}_export": Row("finance_maker", writes="finance_maker"),  # which is recorded
    f"{MADE}_changelist": Row(FINANCE),
    f"{MADE}_change": Row(FINANCE, "return"),
    f"{MADE}_history": Row(FINANCE, "return"),
    f"{MADE}_claim": Row("finance_maker", writes="finance_maker", post=_claim),
    f"{MADE}_cancel": Row(
        "finance_maker",
        "return",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post=REASON,
    ),
    f"{CHANGED}_changelist": Row(FINANCE),
    f"{CHANGED}_add": Row("finance_maker", writes="finance_maker", post=_adjustment),
    f"{CHANGED}_change": Row(
        FINANCE,
        "funds.adjustment:draft",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post=_adjustment,
    ),
    f"{CHANGED}_history": Row(FINANCE, "funds.adjustment:draft"),
    "funds:own": Row(f"{FINANCE} chair"),
    "funds:own_line": Row(f"{FINANCE} chair", "own_line", reach=("own",)),
    "funds:own_month": Row(f"{FINANCE} chair", args={"year": 2026, "month": 3}),
}


def due(place: Organisation, token: str) -> Due:
    return money.book(place, money.due(place, "50.00")).dues.get()


def returned(place: Organisation, token: str) -> Return:
    return money.returned(place, token, "60.00")


def own_line(place: Organisation, token: str) -> CollectionLine:
    """A receipt that the union of the place sees in the portal."""
    made = receipts.batch(place).lines.get()
    CollectionLine.objects.filter(pk=made.pk).update(payer_name=token, union=place)
    CollectionBatch.objects.filter(pk=made.batch_id).update(state="distributed")
    return made


SUBJECTS: dict[str, Maker] = {"return": returned, "due": due, "own_line": own_line}
