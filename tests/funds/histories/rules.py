"""Rules, payers and the tree turn out otherwise than it was thought."""

import datetime
import itertools
from decimal import Decimal
from fractions import Fraction

from core.models import Organisation
from core.services import organisations
from funds.models import CollectionLine, SpecialPayer, SupportMeasure
from funds.services import custody, payers, splitting
from members.models import UnionProfile
from members.services import unions
from tests.factories.returns import account_of
from tests.funds.histories.city import OPENING, refused, rule_row
from tests.funds.histories.ledger import CITY, LEVELS, Rule


class Rules:
    def resplit(self, chosen=None):
        lines = CollectionLine.objects.distributed()
        wanted = set(lines.values_list("receipt_number", flat=True))
        if chosen is not None:
            wanted &= chosen
        splitting.resplit(
            lines.filter(receipt_number__in=wanted),
            organisation=self.place(CITY),
            reason="分成规则追溯调整",
            by=None,
        )
        self.ledger.resplit(wanted, self.today)
        return True

    def again(self):
        """Some lines, though nothing may have changed."""
        known = sorted(self.ledger.receipts)
        return bool(known) and self.resplit(set(self.chance.sample(known, len(known) // 2 + 1)))

    def rule(self):
        """A rule of dues or of the released fund since some day of the past."""
        place = self.chance.choice([CITY, CITY, "district", "other_district"])
        kind = self.chance.choice(["dues", "dues", "released"])
        since = datetime.date(self.chance.choice([2022, 2023, 2024]), self.month(), 1)
        known = {
            (each.place, each.kind, each.payer_class, each.since) for each in self.ledger.rules
        }
        if (place, kind, "general", since) in known:
            return False
        cuts = sorted(self.chance.randint(0, 1_000_000) for _ in range(5))
        millionths = [b - a for a, b in itertools.pairwise([0, *cuts, 1_000_000])] + [0]
        percentages = [str(Decimal(each).scaleb(-4)) for each in millionths]
        order = self.chance.choice(["up", "down"])
        days = self.chance.choice([None, 15])
        rule_row(self.place(place), kind, "general", since, percentages, days, order)
        self.ledger.rules.append(
            Rule(place, kind, "general", since, tuple(map(Fraction, percentages)),
                 LEVELS if order == "up" else (*LEVELS[5::-1], "held"), days)
        )  # fmt: skip
        return self.resplit()

    def measure(self):
        first = datetime.date(self.chance.choice([2022, 2023]), 1, 1)
        if any(each[1] == first for each in self.ledger.measures):
            return False
        last, percent = first.replace(month=12, day=31), self.chance.choice([20, "12.5"])
        SupportMeasure.objects.create(
            organisation=self.place(CITY),
            name="缓减",
            document_number="江工发〔2022〕1号",
            valid_from=first,
            valid_to=last,
            percent=Decimal(percent),
        )
        self.ledger.measures.append((CITY, first, last, Fraction(percent)))
        return self.resplit()

    def special(self):
        """An employer is of another class since some day."""
        code = self.chance.choice(sorted(self.city.firms))
        since = datetime.date(self.chance.choice([2022, 2023, 2024]), self.month(), 1)
        classes = self.ledger.payers[code].classes
        if any(since <= day for day, _ in classes):
            return False
        payer_class = self.chance.choice(["finance", "railway", "general"])
        SpecialPayer.objects.create(
            employer=self.city.firms[code], payer_class=payer_class, valid_from=since
        )
        classes.append((since, payer_class))
        return self.resplit()

    def match(self):
        """It is found out who paid under a code that nobody knew."""
        line = self.one(CollectionLine.objects.unmatched().filter(reverses=None))
        if not line:
            return False
        code = self.chance.choice(sorted(self.city.firms))
        payers.match_line(
            line, employer=self.city.firms[code], reason="电话核实", by=self.counter.maker
        )
        receipt = self.ledger.receipts[line.receipt_number]
        union = self.ledger.union_of(code, receipt.period)
        for number, each in self.ledger.receipts.items():
            if line.receipt_number in (number, each.root):
                each.payer, each.union = code, union
        self.ledger.resplit({line.receipt_number}, self.today)
        return True

    def found(self):
        """A union for an employer that had none; what it paid is split again."""
        paid = {each.payer for each in self.ledger.receipts.values()} - {None}
        code = next((c for c in sorted(paid) if not self.ledger.payers[c].unions), None)
        if not code:
            return False
        town, has_account = self.ledger.payers[code].town, self.chance.random() < 0.5
        self.founded += 1
        union = Organisation(code=f"new{self.founded}", name="新建工会委员会", level="grassroots")
        organisations.establish(union, parent=self.place(town), by=self.city.world.builder)
        account_of(union, has_own_account=has_account)
        firm = self.city.firms[code]
        unions.cover(firm, union=union, since=self.today, by=self.city.clerk)
        custody.found(union, firm, by=None)
        self.ledger.homes[union.code] = [(OPENING, town)]
        self.ledger.accounts[union.code] = has_account
        self.ledger.payers[code].unions.append((self.today, union.code))
        mine = {n for n, each in self.ledger.receipts.items() if each.payer == code}
        for number in mine:
            self.ledger.receipts[number].union = union.code
        self.ledger.resplit(mine, self.today)
        return True

    def move(self):
        """A union or a town stands elsewhere from some day on; the past keeps its history."""
        code, towns = self.chance.choice(
            [("own", ["town", "other_town", "foreign_town"])] * 2
            + [
                ("foreign", ["foreign_town", "town"]),
                ("other_town", ["district", "other_district"]),
            ]
        )
        since, under = self.ledger.homes[code][-1]
        day = self.today - datetime.timedelta(days=self.chance.choice([0, 0, 60]))
        if self.seen:  # a day that was looked at stays as it was
            day = max(day, max(self.seen) + datetime.timedelta(days=1))
        others = [each for each in towns if each != under]
        recent = [since for homes in self.ledger.homes.values() for since, _ in homes]
        if not others or day <= max(recent) or day > self.today:
            return False
        new = self.chance.choice(others)
        organisations.move(
            self.place(code), parent=self.place(new), on=day, by=self.city.world.builder
        )
        self.ledger.homes[code].append((day, new))
        return self.chance.random() < 0.5 and self.resplit()

    def account(self):
        """A union without an account gets one, and what was kept for it."""
        lacking = sorted(code for code, has in self.ledger.accounts.items() if not has)
        if not lacking:
            return False
        union = self.place(self.chance.choice(lacking))
        assert refused(custody.release, union, by=None)
        UnionProfile.objects.filter(organisation=union).update(has_own_account=True)
        self.ledger.accounts[union.code] = True
        custody.release(union, by=None)
        self.ledger.release(union.code, self.today)
        return True
