"""Returning dues: who gets how much, what the bank says of it, what two clerks do at once."""

import datetime
from decimal import Decimal

import pytest

from core.errors import NotPermitted, Refused
from funds import positions, reconciliation
from funds.models import Due, Payment, Posting, Return
from funds.services import payables, results, returns
from tests.factories import funds as money
from tests.factories.returns import account_of, book, due

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 3, 31)
LATER = datetime.date(2026, 11, 30)


@pytest.fixture
def owed(office):
    """Two unions of a city that can be paid."""
    world = office.world
    for union in (world.own, world.foreign):
        account_of(union)
    book(world.city, due(world.own, "100.10"), due(world.own, "50.00"), due(world.foreign, "7.00"))
    return office


def claim(office, until=DAY, **more):
    return returns.claim(office.at, until=until, by=office.maker, **more)


def still_owed(office, on):
    found = positions.by_union(positions.below(office.at, on), on)
    assert list(positions.differences(positions.below(office.at, on), on)) == []
    return {union: each.owed for union, each in found.items()}


def balances(payable):
    """What stands of a payable on each account, under whose name."""
    found = {}
    for line in Posting.objects.filter(entry__payable=payable).select_related("account", "payee"):
        key = line.account.role, line.payee and line.payee.code
        found[key] = found.get(key, 0) + line.amount
    return {key: amount for key, amount in found.items() if amount}


def test_a_return_takes_all_that_is_open_of_a_union(owed):
    own, foreign = claim(owed)
    assert (own.organisation, own.amount, own.state) == (owed.world.own, Decimal("150.10"), "open")
    assert (foreign.organisation, foreign.amount) == (owed.world.foreign, Decimal("7.00"))
    assert set(own.dues.values_list("amount", flat=True)) == {Decimal("100.10"), Decimal("50.00")}
    payable = own.payable
    assert (payable.kind, payable.pool, payable.amount) == ("return", None, own.amount)
    assert (payable.payee_kind, payable.payee_name) == ("union", owed.world.own.name)
    assert payable.account.clear() == owed.world.own.profile.account_number.clear()
    assert not Due.objects.unreturned().exists()


def test_what_was_taken_back_is_less_and_what_is_due_later_waits(owed):
    own = owed.world.own
    book(owed.at, due(own, "-60.05"), due(own, "900.00", due_on=LATER), on=DAY)
    (made,) = claim(owed, within=own)
    assert made.amount == Decimal("90.05")
    assert [each.amount for each in Due.objects.unreturned().filter(organisation=own)] == [900]


def test_rebates_are_returned_apart(owed):
    own = owed.world.own
    book(owed.at, due(own, "33.00", source=Due.Source.REBATE))
    (made,) = claim(owed, kind="rebate")
    assert (made.amount, made.payable.kind) == (33, "rebate")
    assert [each.amount for each in claim(owed, within=own)] == [Decimal("150.10")]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"has_own_account": False}, "没有独立账户"),
        ({"account_bank": ""}, "没有登记开户行和账号"),
        ({"account_number": "12"}, "账户信息有误：收款账号"),
        ({"account_name": "=1+1"}, "账户信息有误：收款人"),
    ],
)
def test_who_cannot_be_paid_is_left_out_and_told(owed, fields, why):
    account_of(owed.world.own, **fields)
    planned = returns.plan(owed.at, until=DAY)
    assert [payable.organisation for payable in planned.payables] == [owed.world.foreign]
    (left,) = planned.left_out
    assert (left.organisation, left.amount) == (owed.world.own, Decimal("150.10"))
    assert left.why.startswith(why)
    assert [made.organisation for made in claim(owed)] == [owed.world.foreign]
    assert Due.objects.unreturned().filter(organisation=owed.world.own).count() == 2


def test_a_union_without_profile_or_with_nothing_on_balance_is_left_out(owed):
    world = owed.world
    book(owed.at, due(world.sibling, "5.00"), due(world.own, "-150.10"))
    told = {each.organisation: each.why for each in returns.plan(owed.at, until=DAY).left_out}
    assert told == {
        world.sibling: "没有独立账户",
        world.own: "应返、扣回相抵后没有可返还的金额",
    }


def test_in_custody_nothing_is_returned(owed):
    account_of(owed.world.sibling)
    book(owed.at, due(owed.world.sibling, "5.00", is_custody=True))
    assert owed.world.sibling not in [made.organisation for made in claim(owed)]


def test_where_nothing_is_due_nothing_is_made(owed):
    claim(owed)
    with pytest.raises(Refused) as refused:
        claim(owed)
    assert refused.value.code == "nothing_due"


def test_only_who_may_makes_and_cancels_returns(owed):
    with pytest.raises(NotPermitted):
        returns.claim(owed.at, until=DAY, by=owed.payer)
    made, _ = claim(owed)
    with pytest.raises(NotPermitted):
        returns.cancel(made, reason="误制", by=owed.payer)


def test_each_step_of_the_payment_stands_in_the_books_under_the_name_of_the_union(owed):
    own, _ = claim(owed)
    payable, amount, code = own.payable, own.amount, owed.world.own.code
    assert balances(payable) == {}
    batch = owed.take(owed.batch([payable]), "submit", "check", "approve")
    assert balances(payable) == {("return", code): amount, ("return_owed", code): -amount}
    batch = owed.take(batch, "make_file", "send")
    assert balances(payable) == {("return", code): amount, ("return_transit", code): -amount}
    assert reconciliation.differences(owed.at) == []
    owed.answer(batch, on=DAY)
    owed.settle(batch)
    assert balances(payable) == {("return", code): amount, ("bank", None): -amount}
    assert reconciliation.differences(owed.at) == []
    assert reconciliation.sums(owed.at).is_even
    own.refresh_from_db()
    assert (own.state, own.paid_on) == ("paid", DAY)


def test_a_payment_from_a_pool_and_a_return_share_a_batch(owed):
    own, foreign = claim(owed)
    grants = owed.owe(2)
    owed.paid([own.payable, foreign.payable, *grants], bounced=[1])
    assert reconciliation.differences(owed.at) == []
    assert reconciliation.sums(owed.at).is_even
    assert set(balances(grants[0])) == {("grant", None), ("bank", None)}


def test_what_bounced_is_owed_again_once_and_paid_again_once(owed):
    """Trap 11: up and down once, nothing counted twice."""
    union = owed.world.own
    account_of(owed.world.foreign, has_own_account=False)
    days = [datetime.date(2026, month, 15) for month in (4, 5, 6, 7)]
    seen = []

    def look(on):
        seen.append(still_owed(owed, on)[union.pk])

    (made,) = claim(owed)
    owed.paid([made.payable], on=days[0])
    look(days[0])
    payment = Payment.objects.get()
    results.bounce(payment, on=days[1], reason="账号已销户", by=owed.maker)
    made.refresh_from_db()
    assert (made.state, made.paid_on) == ("open", None)
    look(days[1])
    payables.correct_account(
        made.payable,
        bank="江城银行",
        account=money.account_number(),
        reason="来函更正",
        by=owed.clerk,
    )
    owed.paid([made.payable], on=days[2])
    look(days[2])
    assert seen == [0, Decimal("150.10"), 0]
    now = [still_owed(owed, on)[union.pk] for on in [DAY, *days]]
    assert now == [Decimal("150.10"), 0, Decimal("150.10"), 0, 0]
    assert made.dues.count() == 2
    assert reconciliation.differences(owed.at) == []


def test_what_the_bank_never_paid_may_be_given_up_and_is_open_again(owed):
    own, foreign = claim(owed)
    owed.paid([own.payable], bounced=[1])
    returns.cancel(own, reason="工会已更换账户", by=owed.maker)
    own.refresh_from_db()
    assert (own.state, own.payable.state) == ("cancelled", "cancelled")
    assert balances(own.payable) == {}
    again = claim(owed)
    assert [(each.organisation, each.amount) for each in again] == [(owed.world.own, own.amount)]
    payables.cancel(foreign.payable, reason="改由区县返还", by=owed.clerk)
    foreign.refresh_from_db()
    assert foreign.state == "cancelled"


def test_what_was_once_with_the_union_is_not_given_up(owed):
    own, _ = claim(owed)
    owed.paid([own.payable], on=DAY)
    results.bounce(Payment.objects.get(), on=DAY, reason="账号已销户", by=owed.maker)
    with pytest.raises(Refused) as refused:
        returns.cancel(own, reason="不再返还", by=owed.maker)
    assert refused.value.code == "once_paid"
    own.refresh_from_db()
    assert (own.state, own.dues.count()) == ("open", 2)


def test_in_a_batch_it_stays_and_twice_it_is_not_given_up(owed):
    own, foreign = claim(owed)
    owed.batch([own.payable])
    for row, code in ((own, "in_batch"), (foreign, "wrong_state")):
        if row is foreign:
            returns.cancel(row, reason="误制", by=owed.maker)
        with pytest.raises(Refused) as refused:
            returns.cancel(row, reason="误制", by=owed.maker)
        assert refused.value.code == code


def test_a_return_that_says_something_else_than_its_payable_is_not_paid(owed):
    own, _ = claim(owed)
    batch = owed.take(owed.batch([own.payable]), "submit", "check")
    Return.objects.filter(pk=own.pk).update(amount=Decimal("150.11"))
    with pytest.raises(Refused, match="返还单与应付款不一致"):
        owed.take(batch, "approve")


def test_who_owes_it_pays_it(owed):
    own, _ = claim(owed)
    district = money.Office(owed.world, owed.world.district)
    batch = district.take(district.batch([own.payable]), "submit", "check")
    with pytest.raises(Refused, match="应由江城市总工会支付"):
        district.take(batch, "approve")


def test_what_is_amiss_is_named(owed):
    own, foreign = claim(owed)
    Return.objects.filter(pk=own.pk).update(amount=Decimal("150.11"))
    Due.objects.filter(organisation=owed.world.foreign).update(amount=8)
    assert [str(each).partition(" ")[0] for each in reconciliation.differences(owed.at)] == [
        "返还单", "返还单", "工会组织",
    ]  # fmt: skip


def test_claiming_takes_the_same_queries_for_many(owed, django_assert_max_num_queries):
    unions = [owed.world.district, owed.world.town, owed.world.sibling, owed.world.child]
    for union in unions:
        account_of(union)
    book(owed.at, *(due(union, "1.00") for union in unions * 50))
    with django_assert_max_num_queries(45):
        assert len(claim(owed)) == 6
