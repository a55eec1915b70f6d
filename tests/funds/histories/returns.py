"""Money goes out: returns and rebates, through the bank."""

import datetime

from core import workflow
from funds.models import Adjustment, Payable, Payment, Return
from funds.services import payables, results, returns
from tests.factories import funds as money
from tests.funds.histories.city import cents, refused, yuan
from tests.funds.histories.ledger import CITY


class Returns:
    def claim(self):
        until = self.today - datetime.timedelta(days=self.chance.choice([0, 0, 30]))
        is_given = any(each.is_rebate and not each.taken for each in self.ledger.owed)
        kind = self.chance.choice(["return", "rebate" if is_given else "return"])
        asked = {"until": until, "kind": kind, "by": self.office.maker}
        expected = self.ledger.claimable(until, is_rebate=kind == "rebate")
        if not expected:
            assert refused(returns.claim, self.place(CITY), **asked)
            return False
        made = returns.claim(self.place(CITY), **asked)
        codes = self.codes
        assert {codes[row.organisation_id]: cents(row.amount) for row in made} == {
            union: sum(each.cents for each in owed) for union, owed in expected.items()
        }
        for row in made:
            union = codes[row.organisation_id]
            self.taken[row.pk] = self.ledger.take(union, expected[union])
        return True

    def pay(self):
        """What waits goes to the bank by four persons; some of it comes back at once."""
        waiting = list(Payable.objects.waiting().order_by("pk"))
        if not waiting:
            return False
        number = self.chance.randint(1, len(waiting))
        batch = self.office.sent(waiting[:number])
        lines = list(batch.lines())
        failed = {line.line for line in lines if self.chance.random() < 0.25}
        self.office.answer(batch, failed, on=self.today)
        self.office.settle(batch)
        for line in lines:
            if line.line not in failed:
                self.ledger.confirm(self.of(line.payable), self.today)
        return True

    def of(self, payable):
        return self.taken[int(payable.object_id)]

    def bounce(self):
        """The bank sends back what it had confirmed."""
        line = self.one(Payment.objects.filter(result="done"))
        if not line:
            return False
        results.bounce(line, on=self.today, reason="账号已销户", by=self.office.maker)
        self.ledger.bounce(self.of(line.payable), self.today)
        gone = Return.objects.get(payable=line.payable)
        assert refused(returns.cancel, gone, reason="误制", by=self.office.maker)
        return True

    def correct(self):
        row = self.one(Payable.objects.filter(state="bounced"))
        if not row:
            return False
        payables.correct_account(
            row,
            bank="江城银行",
            account=money.account_number(),
            reason="工会来函",
            by=self.office.clerk,
        )
        return True

    def adjust(self):
        """What is owed becomes more or less for another reason than a receipt."""
        union = self.chance.choice(sorted(self.ledger.accounts))
        kind = self.chance.choice(["opening", "write_off", "offset"])
        amount = self.chance.randint(1, 20_000) * (1 if kind == "opening" else -1)
        row = Adjustment(
            organisation=self.place(union),
            payer=self.place(CITY),
            kind=kind,
            amount=yuan(amount),
            period=self.today.replace(day=1),
            falls_due_on=self.today,
            document_number="江工发〔2024〕1号",
            reason="历年账目清理",
        )
        row = workflow.begin(row, by=self.office.maker)
        row = workflow.apply(row, "submit", by=self.office.maker)
        workflow.apply(row, "approve", by=self.office.approver, comment="同意入账")
        self.ledger.adjust(union, amount, self.today, "bank" if kind == "opening" else "income")
        return True

    def cancel(self):
        row = self.one(Return.objects.standing())
        if not row:
            return False
        if refused(returns.cancel, row, reason="重新核算", by=self.office.maker):
            assert row.payable.state == "paid" or self.taken[row.pk].spells
            return False
        assert not self.taken[row.pk].spells
        self.ledger.free(self.taken.pop(row.pk))
        return True
