"""Money comes in, and some of it is taken back."""

import datetime

from funds.models import CollectionBatch
from funds.services import collection, splitting
from tests.factories import collection as counters
from tests.factories.members import credit_code
from tests.funds.histories.city import refused, sequence, yuan
from tests.funds.histories.ledger import Receipt


class Receipts:
    def collect(self):
        """A batch of one to three receipts of any months, of known payers and unknown ones."""
        rows = []
        for _ in range(self.chance.randint(1, 3)):
            payer = self.chance.choice([*self.paying, None])
            first = datetime.date(self.chance.choice(self.years), self.month(), 1)
            amount = self.chance.choice([1, 2, 7, 33, 99, 2469136, self.chance.randint(1, 500_000)])
            waits = payer and not self.ledger.payers[payer].unions
            kind = self.chance.choice(["dues", "preparation", "preparation" if waits else "dues"])
            rows.append((f"R{next(sequence)}", amount, kind, payer, first, None))
        return self.enter(rows)

    def month(self):
        return self.chance.randint(1, 12)

    def refund(self):
        """A receipt taken back: some of it once, twice, or all that is left."""
        known = [(n, each) for n, each in self.ledger.receipts.items() if not each.root]
        if not known:
            return False
        root, receipt = self.chance.choice(known)
        left = receipt.cents + sum(
            each.cents for each in self.ledger.receipts.values() if each.root == root
        )
        pieces = []
        for _ in range(self.chance.randint(1, 2)):
            if left:
                taken = self.chance.choice([left, self.chance.randint(1, left)])
                pieces.append((f"R{next(sequence)}", -taken, receipt.kind, receipt.payer,
                               receipt.period, root))  # fmt: skip
                left -= taken
        if not pieces:
            more = [("R0", -1, receipt.kind, receipt.payer, receipt.period, root)]
            assert refused(self.enter, more)
            return False
        return self.enter(pieces)

    def enter(self, rows):
        """Take them in, and distribute them by the persons whose duty it is."""
        counter, lines, reversing = self.counter, [], {}
        total = yuan(sum(amount for _, amount, *_ in rows))
        batch = counter.open(len(rows), total)
        for number, amount, kind, payer, first, root in rows:
            code = self.city.firms[payer].credit_code if payer else credit_code(start="Y1")
            lines.append(
                counters.line(
                    batch,
                    yuan(amount),
                    receipt_number=number,
                    credit_code=code,
                    fund_kind=kind,
                    period_first=first,
                    period_last=first + datetime.timedelta(days=27),
                    entry_on=self.today,
                )
            )
            if root:
                reversing[number] = root
        collection.record_many(lines, reversing=reversing, by=counter.maker)
        if self.chance.random() < 0.2:
            counter.take(batch, "count")
            counter.arrive(batch)
            counter.take(batch, "reconcile")
        else:
            CollectionBatch.objects.filter(pk=batch.pk).update(state="reconciled")
        splitting.distribute(batch, by=None)
        CollectionBatch.objects.filter(pk=batch.pk).update(state="distributed")
        assert refused(splitting.distribute, batch, by=None)
        for number, amount, kind, payer, first, root in rows:
            union = payer and self.ledger.union_of(payer, first)
            whose = self.ledger.receipts[root] if root else None
            self.ledger.receipts[number] = Receipt(
                amount, kind, first, self.today,
                whose.payer if whose else payer, whose.union if whose else union, root,
            )  # fmt: skip
        self.ledger.distribute([number for number, *_ in rows], self.today)
        return True
