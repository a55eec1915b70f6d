"""What is due to unions, for tests: booked as a distribution books it, out of own income."""

import datetime
import itertools
from collections import defaultdict
from decimal import Decimal

from funds.models import Distribution, Due
from funds.services import distributions
from members.models import UnionProfile
from tests.factories.funds import account_number

_sequence = itertools.count(1)
DAY = datetime.date(2026, 3, 31)


def account_of(union, **fields):
    """The profile of a union that can be paid."""
    facts = {
        "kind": UnionProfile.Kind.SINGLE,
        "has_own_account": True,
        "account_name": union.name,
        "account_bank": "江城银行城东支行",
        "account_number": account_number(),
    } | fields
    return UnionProfile.objects.update_or_create(organisation=union, defaults=facts)[0]


def due(union, amount="100.00", due_on=DAY, **fields):
    """An unsaved due."""
    facts = {"source": Due.Source.SHARE, "period": due_on.replace(day=1)} | fields
    return Due(organisation=union, amount=Decimal(amount), due_on=due_on, **facts)


def book(payer, *dues, on=None, kind=Distribution.Kind.RESPLIT):
    """Make dues due, on the day of the first of them or another; credited out of own income."""
    event = Distribution(
        organisation=payer,
        kind=kind,
        on=on or dues[0].due_on,
        reason=f"江工发〔2026〕{next(_sequence)}号",
    )
    amounts = defaultdict(Decimal, distributions.owed(dues))
    amounts["income", None] -= sum(amounts.values())
    distributions.book(event, dues=list(dues), amounts=amounts, by=None)
    return event
