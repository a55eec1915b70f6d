"""The city in which every history begins, and how its amounts are told."""

import datetime
import itertools
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from core.errors import Refused
from funds.models import SplitRule, SupportMeasure
from members.services import unions
from tests.factories import collection as counters
from tests.factories import funds as money
from tests.factories.core import World
from tests.factories.members import employer
from tests.factories.returns import account_of
from tests.funds.histories.ledger import CITY, LEVELS, Ledger, Payer, Rule

START = datetime.date(2024, 1, 5)
OPENING = datetime.date(2019, 1, 1)
sequence = itertools.count(1)


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

    SIZES = {"first": "micro", "second": "small", "third": "medium", "fifth": "micro"}

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
            size = self.SIZES.get(code, "")
            self.firms[code] = employer(getattr(world, town), name=f"{code}厂", size=size)
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
            is_small = self.SIZES.get(code) in ("small", "micro")
            made.payers[code] = Payer(town, [(OPENING, union)] if union else [], is_small=is_small)
        return made


def rule_row(place, kind, payer_class, since, percentages, days, order="up"):
    shares = dict(zip(LEVELS, map(Decimal, percentages), strict=True))
    return SplitRule.objects.create(
        organisation=place,
        kind=kind,
        payer_class=payer_class,
        valid_from=since,
        document_number=f"江工发〔2019〕{next(sequence)}号",
        due_after="month" if days is None else "days",
        due_days=days or 0,
        tie_order=order,
        **shares,
    )
