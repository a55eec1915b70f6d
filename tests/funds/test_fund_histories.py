"""Whatever is collected, refunded, split again, returned and sent back, in whatever order: every
cent is found, and a past day says the same whenever it is asked.

A history is a number: it draws what is tried next. What comes of it is compared with a ledger that
knows the rules by itself (`tests.funds.ledger`): each part of each receipt, the balance of each
account by payee, the position of each union, today and on every earlier day that was looked at.
"""

import datetime
import itertools
import random
from decimal import Decimal
from fractions import Fraction

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum

from core import workflow
from core.errors import Refused
from core.models import Organisation
from core.services import organisations
from funds import positions, reconciliation
from funds.models import (
    Adjustment,
    Allocation,
    CollectionBatch,
    CollectionLine,
    Payable,
    Payment,
    Posting,
    Return,
    SpecialPayer,
    SplitRule,
    SupportMeasure,
)
from funds.services import collection, custody, payables, payers, results, returns, splitting
from members.models import UnionProfile
from members.services import unions
from tests.factories import collection as counters
from tests.factories import funds as money
from tests.factories.core import World
from tests.factories.members import credit_code, employer
from tests.factories.returns import account_of
from tests.funds.ledger import CITY, LEVELS, Ledger, Payer, Receipt, Rule

pytestmark = pytest.mark.django_db

HISTORIES = 10_000
PARTS = 10  # that may run beside each other
STEPS = 12
START = datetime.date(2024, 1, 5)
OPENING = datetime.date(2019, 1, 1)
_sequence = itertools.count(1)


def yuan(cents):
    return Decimal(cents).scaleb(-2)


def cents(amount):
    return int(amount.scaleb(2).to_integral_exact())


def refused(act, *args, **kwargs):
    """Whether it was refused, and then as if it had not been tried."""
    try:
        with transaction.atomic():
            act(*args, **kwargs)
    except Refused:
        return True
    return False


class City:
    """What every history begins with: unions with and without an account, payers, rules."""

    HOMES = {
        "own": "town",
        "sibling": "town",
        "foreign": "foreign_town",
        "town": "district",
        "other_town": "district",
        "foreign_town": "other_district",
        "district": CITY,
        "other_district": CITY,
    }
    # (place, kind, class, percentages in the order of LEVELS, days until due)
    RULES = [
        (CITY, "dues", "general", (60, 5, 10, 10, 10, 5, 0), None),
        ("other_district", "dues", "general", (60, 0, 15, 10, 10, 5, 0), 30),
        (CITY, "dues", "finance", (15, 0, 0, 0, 0, 5, 80), None),
        (CITY, "dues", "railway", ("33.3333", 0, "33.3333", "33.3334", 0, 0, 0), None),
        (CITY, "preparation", "general", (0, 0, 0, 0, 0, 0, 100), None),
        (CITY, "preparation", "finance", (0, 0, 0, 10, 0, 0, 90), None),
        (CITY, "preparation", "railway", (0, 0, 0, 0, 0, 0, 100), None),
        (CITY, "released", "general", (60, 5, 10, 10, 10, 5, 0), None),
        (CITY, "released", "finance", (100, 0, 0, 0, 0, 0, 0), None),
        (CITY, "released", "railway", (60, 5, 10, 10, 10, 5, 0), 10),
    ]
    # Payer: its town, and the union that covers it.
    PAYERS = {
        "first": ("town", "own"),
        "second": ("town", "sibling"),
        "third": ("foreign_town", "foreign"),
        "fourth": ("foreign_town", None),
        "fifth": ("town", None),
        "sixth": ("other_town", "own"),
    }

    def __init__(self):
        self.world = world = World()
        self.counter, self.office = counters.Counter(world), money.Office(world)
        self.clerk = world.user("clerk")
        self.firms = {}
        SplitRule.objects.all().delete()
        SupportMeasure.objects.all().delete()
        for code in self.HOMES:
            account_of(getattr(world, code), has_own_account=code not in ("sibling", "town"))
        for place, kind, payer_class, percentages, days in self.RULES:
            rule_row(getattr(world, place), kind, payer_class, OPENING, percentages, days)
        for code, (town, union) in self.PAYERS.items():
            self.firms[code] = employer(getattr(world, town), name=f"{code}厂")
            if union:
                unions.cover(
                    self.firms[code], union=getattr(world, union), since=OPENING, by=self.clerk
                )

    def ledger(self):
        made = Ledger()
        made.homes = {code: [(OPENING, under)] for code, under in self.HOMES.items()}
        made.accounts = {code: code not in ("sibling", "town") for code in self.HOMES}
        for place, kind, payer_class, percentages, days in self.RULES:
            shares = tuple(map(Fraction, percentages))
            made.rules.append(Rule(place, kind, payer_class, OPENING, shares, LEVELS, days))
        for code, (town, union) in self.PAYERS.items():
            made.payers[code] = Payer(town, [(OPENING, union)] if union else [])
        return made


def rule_row(place, kind, payer_class, since, percentages, days, order="up"):
    shares = dict(zip(LEVELS, map(Decimal, percentages), strict=True))
    return SplitRule.objects.create(
        organisation=place,
        kind=kind,
        payer_class=payer_class,
        valid_from=since,
        document_number=f"江工发〔2019〕{next(_sequence)}号",
        due_after="month" if days is None else "days",
        due_days=days or 0,
        tie_order=order,
        **shares,
    )


class History:
    def __init__(self, city, seed, clock):
        self.city, self.clock = city, clock
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable history
        self.office, self.counter = city.office, city.counter
        self.ledger = city.ledger()
        self.today = START
        self.taken = {}  # returns by key, as the ledger knows them
        self.founded = 0
        self.seen = {}  # what was said on a day, when it was that day
        self.tried = {}

    def place(self, code):
        return Organisation.objects.get(code=code)

    @property
    def codes(self):
        return dict(Organisation.objects.values_list("pk", "code"))

    def one(self, rows):
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def step(self):
        tries = [
            *[self.collect, self.claim, self.pay, self.bounce, self.correct] * 4,
            *[self.refund, self.rule, self.match, self.look] * 2,
            *[self.found, self.measure, self.special, self.move],
            *[self.account, self.cancel, self.again, self.adjust],
        ]
        done = False
        while not done:  # some have nothing to be done to yet
            what = self.chance.choice(tries)
            done = what()
            self.tried[what.__name__] = self.tried.get(what.__name__, 0) + bool(done)
        self.wait(self.chance.choice([0, 1, 30, 70]))

    def wait(self, days):
        self.today += datetime.timedelta(days=days)
        self.clock.move_to(datetime.datetime.combine(self.today, datetime.time(4), datetime.UTC))

    # Money comes in.

    def collect(self):
        """A batch of one to three receipts of any months, of known payers and unknown ones."""
        rows = []
        for _ in range(self.chance.randint(1, 3)):
            payer = self.chance.choice([*self.ledger.payers, None])
            first = datetime.date(self.chance.choice([2022, 2023, 2024]), self.month(), 1)
            amount = self.chance.choice([1, 2, 7, 33, 99, 2469136, self.chance.randint(1, 500_000)])
            waits = payer and not self.ledger.payers[payer].unions
            kind = self.chance.choice(["dues", "preparation", "preparation" if waits else "dues"])
            rows.append((f"R{next(_sequence)}", amount, kind, payer, first, None))
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
                pieces.append((f"R{next(_sequence)}", -taken, receipt.kind, receipt.payer,
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

    # Rules, payers and the tree turn out otherwise.

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

    # Money goes out.

    def claim(self):
        until = self.today - datetime.timedelta(days=self.chance.choice([0, 0, 30]))
        expected = self.ledger.claimable(until)
        if not expected:
            assert refused(returns.claim, self.place(CITY), until=until, by=self.office.maker)
            return False
        made = returns.claim(self.place(CITY), until=until, by=self.office.maker)
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

    # What is said of it.

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


@pytest.fixture(scope="module")
def clock():
    with time_machine.travel(
        datetime.datetime(2024, 1, 5, 4, tzinfo=datetime.UTC), tick=False
    ) as it:
        yield it


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_every_cent_is_found_and_the_past_stays(part, clock, db, hostile):
    """With `--hostile` ten thousand histories, here fifty."""
    clock.move_to(datetime.datetime.combine(START, datetime.time(4), datetime.UTC))
    city, tried = City(), {}
    count = HISTORIES // PARTS if hostile else 50 // PARTS
    for seed in range(part * count, (part + 1) * count):
        with transaction.atomic():
            history = History(city, seed, clock)
            try:
                history.wait(0)
                for _ in range(STEPS):
                    history.step()
                history.check()
            except Exception as error:
                error.add_note(f"history {seed} on {history.today}")
                raise
            for name, times in history.tried.items():
                tried[name] = tried.get(name, 0) + times
            transaction.set_rollback(True)
    assert not hostile or all(tried.values()), tried
