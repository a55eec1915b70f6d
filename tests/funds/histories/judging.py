"""What is said of it all, compared with the ledger."""

from decimal import Decimal

from django.db.models import Sum

from core.models import Organisation
from funds import positions, reconciliation
from funds.models import Allocation, Posting, Rebate
from tests.funds.histories.city import OPENING, cents
from tests.funds.histories.ledger import CITY, LEVELS


class Judging:
    def look(self):
        """Keep what is said at the end of a day; what follows happens later."""
        self.seen[self.today] = self.said(self.today)
        self.wait(1)
        return True

    def said(self, day):
        """By union its position, by district the sums, by payee the books."""
        codes, everyone = self.codes, Organisation.objects.all()
        found = positions.by_union(everyone, day)
        by_district = positions.by_district(found, day)
        balances = positions.balances_of(everyone, day)
        assert {u: at.booked for u, at in found.items() if at.booked} == {
            union: amount for union, amount in balances.items() if amount
        }, day
        for each in (*found.values(), *by_district.values()):
            assert each.due - each.paid == each.owed - each.over
            assert sum(each.bands) == sum(each.years) == each.owed
        return (
            {
                codes[union]: tuple(
                    map(cents, (at.due, at.paid, at.owed, at.over, at.not_due, at.custody))
                )
                for union, at in found.items()
            },
            {codes.get(place): (at.due, at.paid, at.owed, at.over, tuple(at.bands))
             for place, at in by_district.items()},
        )  # fmt: skip

    def check(self):
        self.check_parts()
        self.check_books()
        self.check_rebates()
        for day in [*self.seen, self.today]:
            said, by_district = self.said(day)
            assert self.seen.get(day, (said, by_district)) == (said, by_district), day
            expected = {union: self.ledger.position(union, day) for union in self.ledger.accounts}
            nothing = (0,) * 6
            assert {union: at for union, at in said.items() if at != nothing} == {
                union: at for union, at in expected.items() if at != nothing
            }, day
        assert not list(positions.differences(Organisation.objects.all(), self.today))
        assert reconciliation.differences(self.place(CITY)) == []

    def check_parts(self):
        """The parts of every receipt are its whole, once, and those of the ledger."""
        names = ["line__receipt_number", "line__amount", "amount", "is_live", *LEVELS]
        live = {}
        for number, whole, amount, is_live, *parts in Allocation.objects.values_list(*names):
            assert sum(parts) == amount == whole
            if is_live:
                assert number not in live
                live[number] = tuple(map(cents, parts))
        assert live == {n: each.split.parts for n, each in self.ledger.receipts.items()}

    def check_books(self):
        """Each balance by account and payee; each entry comes to nothing, and so do all."""
        rows = Posting.objects.order_by().values_list("account__role", "payee__code")
        found = {}
        for role, payee, total in rows.annotate(total=Sum("amount")):
            role = "return" if role.startswith("return") else role
            found[role, payee] = found.get((role, payee), 0) - cents(total)
        keys = {*found, *self.ledger.books}
        for role, payee in keys:
            expected = self.ledger.balance(role, payee, self.today)
            assert found.get((role, payee), 0) == expected, (role, payee)
        entries = Posting.objects.order_by().values("entry").annotate(total=Sum("amount"))
        assert not [each for each in entries if cents(each["total"])]
        received = sum(each.cents for each in self.ledger.receipts.values())
        standing = sum(each.cents for each in self.taken.values() if each.is_paid(self.today))
        assert -found.get(("bank", None), 0) == received - standing + self.ledger.opening

    def check_rebates(self):
        """Each rebate as it stands, and what the bank has paid of them."""
        names = ["scheme", "employer__name", "period_first", "organisation__code", "state"]
        rows = Rebate.objects.standing().values_list(*names, "base_amount", "amount")
        expected = sorted(
            (each.scheme.key, f"{each.payer}厂", each.first, each.union, each.state,
             each.base, each.cents)
            for each in self.ledger.rebates
        )  # fmt: skip
        assert sorted((*facts, cents(base), cents(amount)) for *facts, base, amount in rows) == (
            expected
        )
        paid = Rebate.objects.paid_between(OPENING, self.today).aggregate(Sum("amount"))
        assert cents(paid["amount__sum"] or Decimal(0)) == self.ledger.rebates_paid(self.today)
