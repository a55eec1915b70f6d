"""Grants of these days, and the money that follows them: pools, payables, batches, the bank.

Four persons for every batch, another one who approved the grants, others who laid them down.
"""

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core import workflow
from core.models import Organisation, User
from core.services import records
from demo import accounts, workbooks
from demo.casework import Walk, find
from demo.households import account
from demo.places import CITY
from funds.models import BankLayout, Payable, PaymentBatch, Pool
from funds.services import batches, payables, results
from hardship.models import Case, Grant
from hardship.services import aid

TITLE = "困难职工帮扶金"
# Source, purpose, document and yuan of what was granted to the city for the year.
POOLS = (
    ("central", "中央财政专项帮扶", "财社〔{year}〕16号", 600_000),
    ("provincial", "省级困难职工帮扶", "省财社〔{year}〕31号", 300_000),
    ("municipal", "市级困难职工帮扶", "江财社〔{year}〕22号", 400_000),
    ("union", "工会经费帮扶", "江工发〔{year}〕11号", 200_000),
    ("donation", "爱心企业捐助", "江工发〔{year}〕26号", 80_000),
)
# What the households on file get, in turn: kind, source, yuan. Central money is for national files.
GRANTS = (
    ("living", "municipal", 2_400),
    ("medical", "union", 6_000),
    ("study", "municipal", 5_000),
    ("living", "municipal", 3_000),
    ("job", "municipal", 2_000),
    ("medical", "municipal", 8_000),
    ("living", "donation", 1_000),
    ("study", "municipal", 3_000),
)
BOUNCED = 3  # the line of the first batch whose account was wrong
REASON = "账户户名与账号不符"
CORRECTED = 90_000  # the place of the right account among the cards
PATH = ("submit", "check", "approve", "make_file", "send")


class Office(NamedTuple):
    """Who does what with the money of the city."""

    maker: User
    checker: User
    approver: User
    payer: User

    @classmethod
    def of_city(cls) -> "Office":
        return cls(*(accounts.user(account) for account in accounts.FINANCE))

    def takes(self, step: str) -> User:
        by = {"submit": self.maker, "check": self.checker, "approve": self.approver}
        return by.get(step, self.payer)


def lay_pools(today: datetime.date) -> str:
    """The documents by which money was granted, entered by the maker."""
    city, maker = Organisation.objects.get(code=CITY), accounts.user(accounts.FINANCE[0])
    for source, purpose, document, amount in POOLS:
        pool = Pool(
            organisation=city,
            source=source,
            year=today.year,
            purpose=purpose,
            document_number=document.format(year=today.year),
            amount=Decimal(amount),
        )
        records.save(pool, by=maker)
    return f"{len(POOLS)} 个"


@transaction.atomic
def lay_grants(ways: Sequence[Walk]) -> str:
    """What the districts propose for the households that are on file."""
    today, laid = timezone.localdate(), 0
    cases = [(way, find(way.family)) for way in ways]
    on_file = [(way, case) for way, case in cases if case.state == Case.State.FILED]
    for place, (way, case) in enumerate(on_file):
        kind, source, amount = GRANTS[place % len(GRANTS)]
        several = [(kind, source, amount)]
        if case.level == "national":
            several.append(("emergency", "central", 4_000))
        for kind, source, amount in several:
            aid.grant(
                Grant(
                    case=case,
                    beneficiary=_beneficiary(case, kind),
                    kind=kind,
                    source=source,
                    cause=case.main_cause,
                    amount=Decimal(amount),
                    period_first=today.replace(month=1, day=1),
                    period_last=today.replace(month=12, day=31),
                ),
                by=way.post.clerk,
            )
            laid += 1
    return f"{laid} 笔"


def _beneficiary(case: Case, kind: str) -> object:
    """A child that goes to school for study aid, where there is one."""
    if kind == "study" and (child := case.members.filter(relation="child").first()):
        return child
    return case.members.get(relation="self")


@transaction.atomic
def approve_grants(today: datetime.date) -> str:
    """Approved out of the pools of their sources; what is donated still waits for that."""
    approver, made = accounts.user(accounts.APPROVER), 0
    for source in ("municipal", "union", "central"):
        grants = Grant.objects.filter(source=source, granted_on__gte=today.replace(month=1, day=1))
        grants = grants.standing().filter(paid_on__isnull=True)
        pool = Pool.objects.get(source=source, year=today.year)
        made += len(aid.approve(grants, pool=pool, by=approver)) if grants.exists() else 0
    return f"{made} 笔"


@transaction.atomic
def send(source: str) -> str:
    """A batch of everything that waits out of the pool of a source, sent to the bank."""
    batch = _batch(source)
    return f"{take(batch, *PATH).lines().count()} 笔"


def _batch(source: str) -> PaymentBatch:
    """A draft with whatever waits for payment out of the pool of a source."""
    maker = Office.of_city().maker
    pool = Pool.objects.filter(source=source).latest("year")
    batch = batches.make(
        organisation=pool.organisation,
        title=f"{pool.get_source_display()}{TITLE}",
        layout=BankLayout.objects.get(code="workbook"),
        by=maker,
    )
    batches.add(batch, Payable.objects.filter(pool=pool), by=maker)
    return batch


def take(batch: PaymentBatch, *steps: str, **data: object) -> PaymentBatch:
    office = Office.of_city()
    for step in steps:
        batch = workflow.apply(batch, step, by=office.takes(step), **data)
    return batch


class ResultRow(NamedTuple):
    """One row of the sheet `payment_results`, as the bank answers."""

    reference: str
    amount: Decimal
    outcome: str
    reason: str | None
    on: datetime.date


def answer(folder: Path, import_file: Callable[..., str]) -> str:
    """The bank's answer to the municipal batch, imported as the table that it is: one bounced."""
    batch = _sent("municipal")
    rows = [
        ResultRow(
            reference=line.reference,
            amount=line.amount,
            outcome="失败" if line.line == BOUNCED else "成功",
            reason=REASON if line.line == BOUNCED else None,
            on=timezone.localdate(),
        )
        for line in batch.lines()
    ]
    path = workbooks.write("payment_results", rows, folder / CITY / "银行回单.xlsx")
    return import_file(path, "payment_results", batch.organisation, Office.of_city().maker)


def _sent(source: str) -> PaymentBatch:
    """The batch of a source that waits for the bank."""
    lines = Payable.objects.filter(pool__source=source).values("payments__batch")
    return PaymentBatch.objects.filter(pk__in=lines, state=PaymentBatch.State.SENT).latest("pk")


@transaction.atomic
def settle() -> str:
    """Booked by the totals of the bank's receipt; the account that was wrong is put right, and its
    payment stands in a new batch that waits for its check."""
    office, batch = Office.of_city(), _sent("municipal")
    receipt = {
        f"{outcome}_{name}": getattr(each, name)
        for outcome, each in results.totals(batch).items()
        for name in ("count", "total")
    }
    workflow.apply(batch, "settle", by=office.checker, **receipt)
    bounced = Payable.objects.get(state=Payable.State.BOUNCED)
    payables.correct_account(
        bounced, bank=bounced.bank, account=account(CORRECTED),
        reason="收款人补交的银行卡复印件。", by=office.maker,
    )  # fmt: skip
    take(_batch("municipal"), "submit")
    return f"{receipt['done_count']} 笔到账，{receipt['bounced_count']} 笔退票"
