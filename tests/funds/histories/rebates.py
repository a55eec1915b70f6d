"""Small payers are given back what they paid, by schemes that hold for some periods."""

import datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError

from core import workflow
from funds.models import Rebate, RebateScheme, SizeReturn
from funds.services import rebates
from tests.factories import rebates as made
from tests.funds.histories.city import cents, refused, sequence
from tests.funds.histories.ledger import CITY, Scheme

# Days of periods for which a scheme holds; some of them meet.
SPANS = [
    ("2022-01-01", "2022-12-31"),
    ("2022-05-15", "2023-06-30"),
    ("2023-01-01", "2023-12-31"),
    ("2023-07-01", "2024-06-30"),
    ("2024-01-01", "2024-12-31"),
]
EMPLOYEES = {5: True, 99: True, 100: False, 300: False}  # whether it is small with so many


class Rebates:
    def scheme(self):
        """A scheme in the city; another for some of the same periods is refused."""
        first, last = map(datetime.date.fromisoformat, self.chance.choice(SPANS))
        if self.years == [2023] and not first.year <= 2023 <= last.year:
            return False
        meets = [each for _, each in self.schemes if each.first <= last and first <= each.last]
        by_size = self.chance.random() < 0.3
        limit = self.chance.choice([1_000_000, 10_000_000, 10_000_000, self.a_payment()])
        percent = self.chance.choice(["100", "100", "50", "33.3333"])
        base = self.chance.choice([made.UPPER, ["municipal"], list(RebateScheme.GIVING)])
        facts = {
            "document_number": f"江工发〔2024〕返{next(sequence)}号",
            "eligibility": "small_micro" if by_size else "small_payer",
            "threshold": None if by_size else Decimal(limit).scaleb(-2),
            "percent": Decimal(percent),
            "base": base,
            "cycle": self.chance.choice(["year", "quarter", "quarter"]),
            "needs_union": self.chance.random() < 0.7,
            "due_days": self.chance.choice([0, 30]),
        }
        try:
            row = made.scheme(self.place(CITY), str(first), str(last), **facts)
        except ValidationError:
            assert meets
            return False
        assert not meets
        known = Scheme(
            row.pk, first, last, None if by_size else limit, Fraction(percent), tuple(base),
            facts["cycle"] == "quarter", facts["needs_union"], facts["due_days"],
        )  # fmt: skip
        self.schemes.append((row, known))
        return True

    def a_payment(self):
        """What somebody paid at once: who pays just that is not below it."""
        return max([1, *(each.cents for each in self.ledger.receipts.values())])

    def size(self):
        """An employer returns its size for a year, whatever the register says."""
        code = self.chance.choice(sorted(self.city.firms))
        year = self.chance.choice([2022, 2023])
        returned = self.ledger.payers[code].returned
        if year in returned:
            return False
        employees = self.chance.choice(sorted(EMPLOYEES))
        firm = self.city.firms[code]
        SizeReturn.objects.create(
            organisation=firm.organisation, employer=firm, year=year, trade="other",
            employees=employees,
        )  # fmt: skip
        returned[year] = EMPLOYEES[employees]
        return True

    def a_period(self):
        """A scheme, the year and quarter asked for, and the days of them; None: not over, or not
        under it."""
        row, known = self.chance.choice(self.schemes)
        paid = sorted({each.period for each in self.ledger.receipts.values()})
        month = datetime.date(self.chance.choice(self.years), self.month(), 1)
        if paid and self.chance.random() < 0.8:
            month = self.chance.choice(paid)
        year, quarter = month.year, (month.month + 2) // 3 if known.quarterly else None
        asked = {"year": year, "quarter": quarter}
        days = known.period(year, quarter)
        return row, known, asked, days if days and days[1] < self.today else None

    def list_rebates(self):
        """The list of everybody for a period."""
        if not self.schemes:
            return False
        row, known, asked, days = self.a_period()
        if days is None:
            assert refused(rebates.list_entitled, row, **asked, by=self.office.maker)
            return False
        listed = rebates.list_entitled(row, **asked, by=self.office.maker)
        expected = self.ledger.entitled(known, *days)
        assert sorted(map(told, listed)) == sorted(
            (f"{each.payer}厂", each.union, each.base, each.cents) for each in expected
        )
        self.ledger.rebates += expected
        for _ in range(self.chance.choice([0, 1, 2])):
            self.decide()
        return bool(expected)

    def claim_rebate(self):
        """One payer asks for himself; who would have to give some back does not."""
        if not self.schemes:
            return False
        row, known, asked, days = self.a_period()
        payer = self.chance.choice(self.paying)
        expected = days and next(
            (
                each
                for each in self.ledger.entitled(known, *days)
                if each.payer == payer and each.cents > 0
            ),
            None,
        )
        asked |= {"by": self.office.maker}
        if not expected:
            assert refused(rebates.claim, row, self.city.firms[payer], **asked)
            return False
        claimed = rebates.claim(row, self.city.firms[payer], **asked)
        assert told(claimed) == (f"{payer}厂", expected.union, expected.base, expected.cents)
        self.ledger.rebates.append(expected)
        return True

    def decide(self):
        """All that waits is checked, or approved; what is not true any more stays."""
        steps = {
            "check": ("claimed", "checked", self.office.checker),
            "approve": ("checked", "approved", self.office.approver),
        }
        waiting = {}
        for step, (source, _, _) in steps.items():
            if rows := list(Rebate.objects.filter(state=source)):
                waiting[step] = rows
        if not waiting:
            return False
        step = self.chance.choice(sorted(waiting))
        (source, target, by), waiting = steps[step], waiting[step]
        taken, _ = workflow.apply_many(waiting, step, by=by)
        rows = [each for each in self.ledger.rebates if each.state == source]
        true = [
            each
            for each in rows
            if self.ledger.is_true(each) and (step == "check" or self.ledger.is_next(each))
        ]
        assert sorted((each.scheme_id, *told(each), each.period_first) for each in taken) == sorted(
            (each.scheme.key, f"{each.payer}厂", each.union, each.base, each.cents, each.first)
            for each in true
        )
        for each in true:
            if step == "approve":
                self.ledger.approve(each, self.today)
                self.once(each)
            each.state = target
        return bool(true)

    def once(self, row):
        """What was approved for the year comes to what the year gives so far, no cent twice."""
        same = [
            each.cents
            for each in self.ledger.rebates
            if (each.scheme, each.payer, each.first.year) == (row.scheme, row.payer, row.first.year)
            and each.state == "approved"
        ]
        assert sum(same) == self.ledger.given(row.scheme, row.payer, row.last)[1]

    def turn_down(self):
        """One is refused or withdrawn, and may be listed again."""
        row = self.one(Rebate.objects.filter(state__in=["claimed", "checked"]))
        if not row:
            return False
        step, by = self.chance.choice(
            [("withdraw", self.office.maker)]
            + {
                "claimed": [("refuse", self.office.checker)],
                "checked": [("reject", self.office.approver)],
            }[row.state]
        )
        workflow.apply(row, step, by=by, comment="资料有误")
        self.ledger.rebates = [
            each
            for each in self.ledger.rebates
            if (each.scheme.key, each.first, f"{each.payer}厂")
            != (row.scheme_id, row.period_first, row.employer.name)
        ]
        return True


def told(row):
    return (
        row.employer.name,
        row.organisation.code,
        cents(row.base_amount),
        cents(row.amount),
    )
