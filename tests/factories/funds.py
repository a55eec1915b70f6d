"""Rows of money for tests, made through the services that make them."""

import datetime
import itertools
from decimal import Decimal

from core import workflow
from funds.models import (
    Account,
    AuditFinding,
    BankLayout,
    BankResult,
    BudgetLine,
    FiscalTransfer,
    FundEntry,
    Payable,
    Payment,
    PaymentBatch,
    Pool,
)
from funds.services import batches, payables, results
from members.services import people
from tests.factories import (
    collection,  # noqa: F401 - their builders are found here
    receipts,
    returns,  # noqa: F401
)
from tests.factories.core import UserFactory
from tests.factories.members import membership, person, resident_number
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
PATH = ["submit", "check", "approve", "make_file", "send"]
MAKES = {
    "submit": "maker",
    "check": "checker",
    "approve": "approver",
    "make_file": "payer",
    "send": "payer",
}


def account_number(n=None):
    """A bank account that no other payee has."""
    return f"95588{next(_sequence) if n is None else n:011}"


def pool(organisation, amount="1000000.00", **fields):
    """A stored pool."""
    facts = {"source": "union", "year": 2026, "purpose": "困难职工帮扶"} | fields
    facts.setdefault("document_number", f"江工发〔2026〕{next(_sequence)}号")
    return Pool.objects.create(organisation=organisation, amount=Decimal(amount), **facts)


def facts(pool, organisation, **more):
    """What `payables.claim` needs of a person who is to be paid."""
    return {
        "organisation": organisation,
        "pool": pool,
        "kind": "grant",
        "reason": "生活救助",
        "payee_kind": "person",
        "payee_name": "李梅",
        "payee_number": resident_number(),
        "bank": "江城银行城东支行",
        "account": account_number(),
        "amount": Decimal("924.00"),
    } | more


class Office:
    """The four persons who pay at an organisation, and its pool."""

    def __init__(self, world, at=None, **fields):
        self.world, self.at = world, at or world.city
        for role in ("maker", "checker", "approver", "payer"):
            setattr(self, role, world.user(f"finance_{role}", self.at))
        self.clerk = world.user("finance_maker", self.at)  # registers what is owed
        self.pool = pool(self.at, **fields)
        self.layout = BankLayout.objects.get(code="text")

    def claim(self, source, organisation=None, pool=None, **more):
        where = organisation or self.world.own
        return payables.claim(source, by=self.clerk, **facts(pool or self.pool, where, **more))

    def owe(self, count, organisation=None, pool=None, **more):
        """Payables for rows that are nowhere: their source is a pair of texts."""
        where = organisation or self.world.own
        made = []
        for _ in range(count):
            owed = payables.draft(self.at, **facts(pool or self.pool, where, **more))
            owed.object_type, owed.object_id = "tests.Source", str(next(_sequence))
            made.append(owed)
        return list(payables.claim_many(made, by=self.clerk))

    def batch(self, owed, layout=None):
        """A draft with these payables."""
        made = batches.make(
            organisation=self.at, title="十月帮扶金", layout=layout or self.layout, by=self.maker
        )
        batches.add(made, Payable.objects.filter(pk__in=[each.pk for each in owed]), by=self.maker)
        return made

    def take(self, batch, *steps, **data):
        """Steps, each by who makes it."""
        for step in steps:
            batch = workflow.apply(batch, step, by=getattr(self, MAKES[step]), **data)
        return batch

    def sent(self, owed, **more):
        return self.take(self.batch(owed, **more), *PATH)

    def answer(self, batch, bounced=(), on=None):
        """What the bank says: all done but for the lines of these numbers."""
        on = on or datetime.date(2026, 11, 20)
        rows = [
            BankResult(
                payment=line,
                amount=line.amount,
                outcome="bounced" if line.line in bounced else "done",
                reason="账号户名不符" if line.line in bounced else "",
                on=on,
            )
            for line in batch.lines().select_related("batch__organisation")
        ]
        results.record_many(rows, by=self.maker)

    def settle(self, batch, **changed):
        said = receipt(batch) | changed
        return workflow.apply(batch, "settle", by=self.maker, **said)

    def paid(self, owed, bounced=(), on=None, **more):
        """A batch that went the whole road."""
        batch = self.sent(owed, **more)
        self.answer(batch, bounced, on)
        return self.settle(batch)


def receipt(batch):
    """The totals as the bank's receipt has them."""
    told = results.totals(batch)
    return {
        f"{outcome}_{name}": getattr(each, name)
        for outcome, each in told.items()
        for name in ("count", "total")
    }


def owed(place, token="", **fields):
    """A stored payable of a place, which no step has touched."""
    made = payables.draft(place, **facts(pool(place), place, payee_name=f"李梅{token}", **fields))
    made.object_type, made.object_id = "tests.Source", str(next(_sequence))
    made.claimed_by = UserFactory(organisation=place)
    Pool.objects.filter(pk=made.pool_id).update(claimed=made.amount)
    made.save()
    return made


@builds(PaymentBatch, settle=receipt)
def batch(place, token="", state="draft"):
    """A batch of two, with what its next steps need: the bank's answer, when it was sent."""
    layout = BankLayout.objects.get(code="text")
    made = PaymentBatch.objects.create(
        organisation=place, title=f"十月{token}", layout=layout, state=state
    )
    for number in (1, 2):
        line_of(made, owed(place, token), number)
    made.count, made.total = made.sums()
    made.save()
    if state == PaymentBatch.State.SENT:
        for line in made.lines():
            answered(line)
    return made


def line_of(batch, payable, number=1):
    """A payable in a batch."""
    payable.state = Payable.State.BATCHED
    payable.save()
    return Payment.objects.create(
        organisation=payable.organisation,
        batch=batch,
        payable=payable,
        line=number,
        reference=f"{batch.number}{number:05}",
        payee_name=payable.payee_name,
        bank=payable.bank,
        account=payable.account.clear(),
        amount=payable.amount,
    )


def answered(line):
    """What the bank said of a payment: done."""
    day = datetime.date(2026, 11, 20)
    return BankResult.objects.create(payment=line, amount=line.amount, outcome="done", on=day)


def payment(owed):
    """The last try to pay a payable."""
    return Payment.objects.filter(payable=owed).last()


def entry(place, token="", **fields):
    """A stored entry: spent on condolences by default."""
    facts = {
        "direction": "spend",
        "purpose": "condolence",
        "source": "union",
        "amount": Decimal("1000.00"),
        "entry_on": datetime.date(2021, 7, 6),
        "counterparty": f"江城市慈善总会{token}",
        "serial": str(next(_sequence)),
    } | fields
    return FundEntry.objects.create(organisation=place, **facts)


def budget_line(place, token="", **fields):
    """A stored line of 2021, of which nothing was changed."""
    account = fields.pop("account", None) or Account.objects.get(role="grant")
    facts = {"year": 2021, "item": f"帮扶{token}{next(_sequence)}", "budget": Decimal("100.10")}
    made = BudgetLine(organisation=place, account=account, **(facts | fields))
    made.full_clean()
    made.save()
    return made


def transfer(place, token="", **fields):
    """The stored figures of a district of 2021."""
    facts = {"year": 2021, "units_due": 8, "units_covered": 6, "amount": Decimal("600.10")}
    facts |= {"document_number": token} | fields
    made = FiscalTransfer(organisation=place, **facts)
    made.full_clean()
    made.save()
    return made


@builds(
    AuditFinding, report=lambda finding: {"measures": "已补记入账", "rectified": finding.amount}
)
def finding(place, token="", state="found", **fields):
    """A stored finding at a place, audited by itself; due in a day that lies ahead."""
    facts = {
        "auditor": place,
        "kind": "own",
        "year": 2020,
        "document_number": f"江工经审{token}",
        "number": next(_sequence),
        "finding": "会费未及时入账",
        "amount": Decimal("300.10"),
        "advice": "补记入账",
        "found_on": datetime.date(2021, 3, 10),
        "rectify_by": datetime.date(2099, 12, 31),
        "closed_on": datetime.date(2021, 9, 1) if state == "closed" else None,
    } | fields
    return AuditFinding.objects.create(organisation=place, state=state, **facts)


def member(world, name="李梅"):
    """A stored member of `own`."""
    mine = person(name)
    people.enrol(mine, membership(world.own), by=world.user("clerk"))
    return mine


def populate_entries(world):
    """Entries of 2021 of every campaign, purpose and direction, at several levels."""
    day = itertools.cycle(datetime.date(2021, month, 9) for month in range(1, 13))
    for place in (world.city, world.district, world.own):
        for campaign in ("", *FundEntry.Campaign.values):
            entry(place, direction="raise", campaign=campaign, entry_on=next(day))
        for purpose in FundEntry.Purpose.values:
            for direction in FundEntry.Direction.values:
                entry(place, direction=direction, purpose=purpose, entry_on=next(day))
        entry(place, direction="allocate", source="city_match", purpose="special_subsidy")
        entry(
            place,
            purpose="chair_allowance",
            person=member(world),
            is_person=True,
            union=world.child,
        )
    entry(world.city, direction="receive", source="province_aid", purpose="special_subsidy")
    entry(
        world.own,
        direction="receive",
        source="province_aid",
        purpose="special_subsidy",
        union=world.city,
    )


def populate(world):
    """Rows of 2021 at several levels: payments of several kinds, entries, receipts and returns."""
    populate_entries(world)
    receipts.populate(world)
    for place in (world.city, world.district, world.own):
        budget_line(place, final=Decimal("90.05"))
        transfer(place)
        for state in AuditFinding.State.values:
            finding(place, state=state)
    office = Office(world)
    central = pool(world.city, source="central", year=2021)
    owed = []
    for number, place in enumerate(
        [world.city, world.district, world.town, world.own, world.child]
    ):
        owed += office.owe(2, place, amount=Decimal(f"{number + 1}00.10"))
        owed += office.owe(1, place, pool=central, kind="allowance")
        owed += office.owe(1, place, kind="rebate", payee_kind="employer", payee_name="甲厂")
    owed += office.owe(1, world.foreign)
    for month in range(1, 5):
        part = owed[month - 1 :: 4]
        office.paid(part, bounced=[2], on=datetime.date(2021, 3 * month, 5))


from tests.factories import rebates  # noqa: E402, F401 - declares how they are built
