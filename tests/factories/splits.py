"""Rules, batches and receipts for tests of the split."""

import datetime
import itertools
from decimal import Decimal

from funds.models import (
    Allocation,
    CollectionBatch,
    CollectionLine,
    Due,
    Posting,
    SplitRule,
    SupportMeasure,
)
from funds.rules.shares import LEVELS
from funds.services import splitting
from members.models import UnionProfile
from tests.factories.members import employer

_sequence = itertools.count(1)
DUES = {"grassroots": 60, "district": 15, "municipal": 10, "provincial": 10, "national": 5}
MARCH = datetime.date(2026, 3, 1)


def rule(organisation, percentages=None, **fields):
    """A stored rule: 60/15/10/10/5 for dues of general payers, unless it is told otherwise.

    An open rule of the same kind and class there ends the day before.
    """
    facts = {"kind": "dues", "valid_from": datetime.date(2020, 1, 1)} | fields
    facts.setdefault("document_number", f"江工发〔2020〕{next(_sequence)}号")
    shares = {level: Decimal(each) for level, each in (percentages or DUES).items()}
    made = SplitRule(organisation=organisation, **facts, **shares)
    former = SplitRule.objects.filter(
        organisation=organisation,
        kind=made.kind,
        payer_class=made.payer_class,
        valid_from__lt=made.valid_from,
        valid_to=None,
    )
    former.update(valid_to=made.valid_from - datetime.timedelta(days=1))
    made.full_clean()
    made.save()
    return made


def measure(organisation, percent=20, **fields):
    facts = {
        "name": "缓减上缴经费",
        "document_number": "江工发〔2026〕9号",
        "valid_from": datetime.date(2026, 1, 1),
        "valid_to": datetime.date(2026, 12, 31),
    } | fields
    return SupportMeasure.objects.create(
        organisation=organisation, percent=Decimal(percent), **facts
    )


def batch(organisation, state="reconciled", **fields):
    """A stored batch of receipts, without any."""
    return CollectionBatch.objects.create(
        organisation=organisation,
        state=state,
        number=f"JZ{next(_sequence):06}",
        declared_count=0,
        declared_total=0,
        **fields,
    )


def line(batch, amount="100.00", *, union=None, payer=None, period=MARCH, **fields):
    """A stored receipt of a batch, matched when it has a union or a payer."""
    place = union or (payer and payer.organisation) or batch.organisation
    facts = {
        "organisation": place,
        "receipt_number": f"SP{next(_sequence):08}",
        "payer_name": "甲厂有限责任公司",
        "fund_kind": "dues",
        "period_last": period + datetime.timedelta(days=27),
        "entry_on": period + datetime.timedelta(days=40),
        "match": "code" if union or payer else "",
    } | fields
    return CollectionLine.objects.create(
        batch=batch,
        amount=Decimal(amount),
        union=union,
        employer=payer,
        period_first=period,
        **facts,
    )


def refund(batch, of, amount, **fields):
    """A stored refund of a receipt."""
    return line(
        batch,
        amount,
        union=of.union,
        payer=of.employer,
        period=of.period_first,
        reverses=of,
        entry_on=datetime.date(2026, 9, 10),
        **fields,
    )


def split(*lines, on=None):
    """The distribution of the batch of these lines, which says so afterwards."""
    batch = lines[0].batch
    made = splitting.distribute(batch, on=on, by=None)
    batch.state = "distributed"
    batch.save(update_fields=["state"])
    return made


def account(union, own=True):
    return UnionProfile.objects.update_or_create(
        organisation=union, defaults={"kind": "single", "has_own_account": own}
    )[0]


def parts(line):
    """The parts of a line that are not nothing, by the live allocation."""
    found = Allocation.objects.live().get(line=line).parts()
    return {level: str(part) for level, part in found.items() if part}


def payer(organisation, **fields):
    return employer(organisation, **fields)


def due(union):
    """What is due to a union in the end, in custody or not."""
    return sum(Due.objects.filter(organisation=union).values_list("amount", flat=True), Decimal(0))


def balance(role, payee=None):
    """The balance of an account under a payee, credit above zero."""
    rows = Posting.objects.filter(account__role=role, payee=payee)
    return -sum(rows.values_list("amount", flat=True), Decimal(0))


def sums():
    """What all live allocations come to, by level."""
    found = dict.fromkeys(LEVELS, Decimal(0))
    for each in Allocation.objects.live():
        for level, part in each.parts().items():
            found[level] += part
    return found
