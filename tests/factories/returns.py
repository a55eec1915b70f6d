"""What is due to unions, for tests: booked as a distribution books it, out of own income."""

import datetime
import itertools
from collections import defaultdict
from decimal import Decimal

from funds.models import Adjustment, Distribution, Due
from funds.services import distributions, returns
from members.models import UnionProfile
from tests.factories import funds as money
from tests.factories.core import UserFactory
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
DAY = datetime.date(2026, 3, 31)


def account_of(union, **fields):
    """The profile of a union that can be paid."""
    facts = {
        "kind": UnionProfile.Kind.SINGLE,
        "has_own_account": True,
        "account_name": union.name,
        "account_bank": "江城银行城东支行",
        "account_number": money.account_number(),
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


def returned(place, token="", amount="100.00"):
    """A return of a place, made by somebody of it, which no batch has yet."""
    clerk = UserFactory(organisation=place, role="finance_maker")
    account_of(place)
    book(place, due(place, amount))
    (made,) = returns.claim(place, until=DAY, within=place, by=clerk)
    return made


@builds(Adjustment)
def adjustment(place, token="", state="draft"):
    """A write-off of what a place owes to itself: so that its own staff may approve it."""
    return Adjustment.objects.create(
        organisation=place,
        payer=place,
        kind=Adjustment.Kind.WRITE_OFF,
        amount=Decimal("-5.00"),
        period=DAY.replace(day=1),
        falls_due_on=DAY,
        document_number=f"江工发〔2026〕{next(_sequence)}号",
        reason=f"核销{token}",
        state=state,
    )
