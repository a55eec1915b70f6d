"""The rows of collection: batches, receipts, arrivals, wages. Steps have theirs from the table."""

from core.models import Organisation
from funds.models import BankArrival, CollectionBatch, CollectionLine, PayerAlias, WageDeclaration
from tests.factories import collection as receipts
from tests.factories.core import UserFactory
from tests.factories.members import credit_code, employer
from tests.matrix.rows import FINANCE, REASON, Maker, Row

BATCH = "funds.collectionbatch:receiving"
CHECKS = "finance_checker finance_approver finance_payer"


def reads(model: str, subject: str) -> dict[str, Row]:
    name = f"admin:funds_{model}"
    return {
        f"{name}_changelist": Row(FINANCE),
        f"{name}_change": Row(FINANCE, subject),
        f"{name}_history": Row(FINANCE, subject),
    }


def totals(number: str) -> dict:
    return {
        "channel": "tax",
        "number": number,
        "declared_count": "1",
        "declared_total": "500.00",
        "note": "",
    }


def _span(world) -> dict:
    return {"organisation": world.own.pk, "first": "2021-04-01", "last": "2021-04-30"}


def _year(world) -> dict:
    return {"organisation": world.own.pk, "year": "2021"}


def _free(world) -> dict:
    return {"arrivals": [receipts.arrival(world.own).pk]}


def _taken(world) -> dict:
    batch = CollectionBatch.objects.filter(organisation=world.own, state="receiving")
    return {"arrivals": [batch.latest("pk").arrivals.all()[0].pk]}


def _payer(world) -> dict:
    return {"suggested": "", "code": employer(world.own).credit_code, "union": "", **REASON}


def handover(world) -> dict:
    """A batch of one receipt, each time another one."""
    line = receipts.line(None)
    return {
        "organisation": world.own.pk,
        **totals(f"B{line.receipt_number}"),
        "lines": [
            {
                "receipt_number": line.receipt_number,
                "payer_name": line.payer_name,
                "tax_item": "399001010",
                "period_first": "2021-03-01",
                "period_last": "2021-03-31",
                "amount": "500.00",
                "entry_on": "2021-04-12",
            }
        ],
    }


ROWS: dict[str, Row] = {
    **reads("collectionbatch", BATCH),
    "admin:funds_collectionbatch_open": Row(
        "finance_maker",
        writes="finance_maker",
        post=lambda world: {"organisation": world.own.pk, **totals("S-NEW")},
    ),
    "admin:funds_collectionbatch_compare": Row(FINANCE, post=_span),
    "admin:funds_collectionbatch_amend": Row(
        "finance_maker",
        BATCH,
        sees=CHECKS,
        writes="finance_maker",
        post=totals("S-AMENDED"),
    ),
    "admin:funds_collectionbatch_assign": Row(
        "finance_maker",
        BATCH,
        sees=CHECKS,
        writes="finance_maker",
        post=_free,
        lands=("own", "actor"),
    ),
    "admin:funds_collectionbatch_unassign": Row(
        "finance_maker", BATCH, sees=CHECKS, writes="finance_maker", post=_taken, lands=("own",)
    ),
    **reads("collectionline", "collectionline"),
    "admin:funds_collectionline_match": Row(
        "finance_maker",
        "collectionline",
        sees=CHECKS,
        writes="finance_maker",
        post=_payer,
        lands=("own", "actor"),
    ),
    "admin:funds_collectionline_look_again": Row(
        "finance_maker",
        writes="finance_maker",
        post=lambda world: {"organisation": world.own.pk},
    ),
    **reads("payeralias", "payeralias"),
    **reads("bankarrival", "bankarrival"),
    **reads("wagedeclaration", "wagedeclaration"),
    "admin:funds_wagedeclaration_arrears": Row(FINANCE, post=_year),
    "admin:funds_wagedeclaration_export_arrears": Row(
        "finance_maker", writes="finance_maker", post=_year
    ),
}


def line(place: Organisation, token: str) -> CollectionLine:
    made = receipts.batch(place).lines.get()
    CollectionLine.objects.filter(pk=made.pk).update(payer_name=token)
    return CollectionLine.objects.get(pk=made.pk)


def alias(place: Organisation, token: str) -> PayerAlias:
    return PayerAlias.objects.create(
        credit_code=credit_code(),
        employer=employer(place, token),
        by=UserFactory(organisation=place),
        on=receipts.DAY,
    )


def arrival(place: Organisation, token: str) -> BankArrival:
    return receipts.arrival(place, payer=token)


def wages(place: Organisation, token: str) -> WageDeclaration:
    return WageDeclaration.objects.create(
        organisation=place,
        employer=employer(place, token),
        period_first="2021-01-01",
        period_last="2021-12-31",
        wages="1200000.00",
    )


SUBJECTS: dict[str, Maker] = {
    "collectionline": line,
    "payeralias": alias,
    "bankarrival": arrival,
    "wagedeclaration": wages,
}
