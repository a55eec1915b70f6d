"""One history: what is tried next."""

import datetime
import random

from core.models import Organisation
from tests.funds.histories.city import START
from tests.funds.histories.judging import Judging
from tests.funds.histories.rebates import Rebates
from tests.funds.histories.receipts import Receipts
from tests.funds.histories.returns import Returns
from tests.funds.histories.rules import Rules


class History(Receipts, Rules, Rebates, Returns, Judging):
    def __init__(self, city, seed, clock):
        self.city, self.clock = city, clock
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable history
        self.office, self.counter = city.office, city.counter
        self.ledger = city.ledger()
        self.today = START
        self.taken = {}  # returns by key, as the ledger knows them
        self.founded = 0
        self.schemes = []  # (scheme, what the ledger knows of it)
        # Much of a few payers and one year, or something of all.
        is_narrow = self.chance.random() < 0.5
        self.paying = sorted(self.ledger.payers)
        self.paying = self.chance.sample(self.paying, 2) if is_narrow else self.paying
        self.years = [2023] if is_narrow else [2022, 2023, 2024]
        self.scheme()
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
            *[self.list_rebates, self.decide] * 6,
            *[self.scheme, self.claim_rebate, self.turn_down] * 2,
            self.size,
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
