"""Whatever happens to what is owed, in whatever order: nothing is paid twice, every cent is found.

A history is a number: it draws what is tried next, right or wrong. After each try the registers,
the payments, the pools and the books are compared, and all of them with a ledger kept here.
"""

import datetime
import random
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum

from core import workflow
from core.errors import Refused
from funds import reconciliation
from funds.models import BankResult, Payable, Payment, PaymentBatch, Pool
from funds.services import payables, results
from tests.factories import funds as money

pytestmark = pytest.mark.django_db

LENGTH = 50
DAY = datetime.date(2026, 11, 20)


class History:
    """What is tried next, by chance; and what the bank really did."""

    def __init__(self, office, seed):
        self.office, self.chance = office, random.Random(seed)  # noqa: S311 - a repeatable history
        self.left: dict[int, int] = {}  # times that money went to a payable and did not come back
        self.refused = 0
        self.granted = Pool.objects.get(pk=office.pool.pk).amount

    def one(self, rows):
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def anybody(self):
        office = self.office
        return self.chance.choice(
            [office.maker, office.checker, office.approver, office.payer, office.clerk]
        )

    def step(self):
        """One try; a refusal is an answer too."""
        tries = [
            *[self.owe, self.batch, self.answer, self.settle, self.correct],
            *[self.cancel, self.bounce, self.wrong],
            *[self.forward] * 5,
        ]
        try:
            self.chance.choice(tries)()
        except (Refused, ValidationError):
            self.refused += 1

    def owe(self):
        amount = Decimal(self.chance.randint(1, 40_000)) / 100
        self.office.owe(self.chance.randint(1, 3), amount=amount)

    def batch(self):
        waiting = Payable.objects.waiting()
        if waiting.exists():
            self.office.batch(list(waiting[: self.chance.randint(1, 4)]))

    def forward(self):
        """The next step of a batch, by whose duty it is."""
        row = self.one(PaymentBatch.objects.exclude(state__in=["settled", "void", "sent"]))
        order = dict(
            zip(["draft", "checking", "approving", "approved", "filed"], money.PATH, strict=True)
        )
        if row and row.state in order:
            self.office.take(row, order[row.state])

    def wrong(self):
        """Any step of any batch by anybody."""
        row = self.one(PaymentBatch.objects.all())
        if row:
            steps = workflow.registry[PaymentBatch].transitions.values()
            names = [step.name for step in steps if step.permission and step.name != "settle"]
            name = self.chance.choice(names)
            workflow.apply(row, name, by=self.anybody(), comment="核对后办理")

    def answer(self):
        """The bank's word on a batch, once more or for the first time."""
        row = self.one(PaymentBatch.objects.filter(state="sent"))
        if row:
            said = {line.line for line in row.lines() if self.chance.random() < 0.3}
            BankResult.objects.filter(payment__batch=row).exists() or self.office.answer(row, said)

    def settle(self):
        row = self.one(PaymentBatch.objects.filter(state="sent"))
        if row:
            wrong = {"done_total": Decimal("0.01")} if self.chance.random() < 0.2 else {}
            self.office.settle(row, **wrong)
            assert not wrong
            for line in row.lines().filter(result=Payment.Result.DONE):
                self.left[line.payable_id] = self.left.get(line.payable_id, 0) + 1

    def bounce(self):
        """The bank sends money back, or somebody says so of money that never went."""
        line = self.one(Payment.objects.all())
        if line:
            results.bounce(line, on=DAY, reason="账号已销户", by=self.office.maker)
            self.left[line.payable_id] -= 1

    def correct(self):
        owed = self.one(Payable.objects.filter(state="bounced"))
        if owed:
            account = money.account_number()
            payables.correct_account(
                owed, bank="江城银行", account=account, reason="收款人来函", by=self.anybody()
            )

    def cancel(self):
        owed = self.one(Payable.objects.all())
        if owed:
            payables.cancel(owed, reason="撤销救助决定", by=self.office.clerk)

    def check(self):
        city = self.office.at
        assert reconciliation.differences(city) == []
        assert reconciliation.sums(city).is_even
        live = Payable.objects.live().aggregate(sum=Sum("amount", default=0))["sum"]
        pool = Pool.objects.get(pk=self.office.pool.pk)
        assert (pool.claimed, pool.amount) == (live, self.granted)
        assert max(self.left.values(), default=0) <= 1
        paid = set(Payable.objects.filter(state="paid").values_list("pk", flat=True))
        assert paid == {pk for pk, times in self.left.items() if times}


def test_whatever_happens_every_cent_is_found(world, hostile):
    """With `--hostile` ten thousand tries, here a hundred."""
    seen, refused = set(), 0
    for seed in range(200 if hostile else 2):
        with transaction.atomic():
            history = History(money.Office(world, amount="3000.00"), seed)
            for _ in range(LENGTH):
                history.step()
                history.check()
            refused += history.refused
            seen |= set(Payable.objects.values_list("state", flat=True))
            transaction.set_rollback(True)
    assert refused
    assert not hostile or seen == set(Payable.State.values)
