"""The whole road of money, and what stops it."""

import contextlib
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core import workflow
from core.errors import Refused
from core.models import AuditEvent
from funds.models import JournalEntry, Payable, Payment, Posting
from funds.services import bank_file, batches, payables, results
from tests.factories import funds as money
from tests.factories.members import resident_number

pytestmark = pytest.mark.django_db


def balance(role):
    found = Posting.objects.filter(account__role=role).values_list("amount", flat=True)
    return sum(found, Decimal("0.00"))


def test_money_goes_out_and_comes_back(office, world):
    owed = office.owe(3)
    batch = office.sent(owed)
    assert (batch.state, batch.count, batch.total) == ("sent", 3, Decimal("2772.00"))
    assert balance("transit") == Decimal("-2772.00")
    office.answer(batch, bounced=[2])
    batch = office.settle(batch)
    assert [each.result for each in batch.lines()] == ["done", "bounced", "done"]
    assert (balance("bank"), balance("transit")) == (Decimal("-1848.00"), 0)
    assert (balance("grant"), balance("owed")) == (Decimal("2772.00"), Decimal("-924.00"))
    bounced = Payable.objects.get(state="bounced")
    payables.correct_account(
        bounced,
        bank="江城银行",
        account=money.account_number(),
        reason="账号抄写有误",
        by=office.maker,
    )
    office.paid([bounced])
    assert Payment.objects.filter(payable=bounced).count() == 2
    assert (balance("bank"), balance("owed")) == (Decimal("-2772.00"), 0)
    assert balance("grant") == Decimal("2772.00"), "it was owed once"
    assert office.pool.__class__.objects.get(pk=office.pool.pk).claimed == Decimal("2772.00")


def test_a_source_is_paid_once(office, world):
    member = world.user("chair", world.own)  # any row may be paid for
    first = office.claim(member)
    with pytest.raises(Refused, match="不能重复支付") as refused:
        office.claim(member)
    assert refused.value.code == "already_payable"
    payables.cancel(first, reason="撤销救助决定", by=office.maker)
    again = office.claim(member)
    assert list(Payable.objects.of(member).live()) == [again]
    assert AuditEvent.objects.filter(action="funds.payable.claim").count() == 2


def test_a_pool_pays_for_its_own_subtree_and_no_more_than_it_has(office, world):
    small = money.pool(world.district, "60.00")
    office.owe(60, pool=small, amount=Decimal("0.99"))
    small.refresh_from_db()
    assert small.balance == Decimal("0.60")
    with pytest.raises(Refused, match=r"余额 0\.60 元") as refused:
        office.owe(1, pool=small, amount=Decimal("0.61"))
    assert refused.value.code == "pool_exhausted"
    office.owe(1, pool=small, amount=Decimal("0.60"))
    with pytest.raises(Refused) as refused:
        office.owe(1, world.foreign, pool=small, amount=Decimal("0.01"))
    assert refused.value.code == "pool_elsewhere"


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1e15"])
def test_an_amount_is_positive_and_to_the_cent(office, amount):
    with pytest.raises(Refused):
        office.owe(1, amount=Decimal(amount))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payee_name", "张三"),
        ("account", "6222000000000000"),
        ("amount", Decimal("923.99")),
        ("bank", "别家银行"),
        ("payee_number", "330600198001010010"),
    ],
)
@pytest.mark.parametrize("where", ["payable", "payment"])
@pytest.mark.parametrize("done", [3, 4])
def test_a_change_after_the_approval_stops_the_payment(office, field, value, where, done):
    if where == "payment" and field == "payee_number":
        pytest.skip("a payment has none")
    owed = office.owe(2)
    batch = office.take(office.batch(owed), *money.PATH[:done])
    row = owed[0] if where == "payable" else money.payment(owed[0])
    row = type(row).objects.get(pk=row.pk)
    setattr(row, field, value)
    row.save()
    with pytest.raises(Refused) as refused:
        office.take(batch, money.PATH[done])
    assert refused.value.code == "changed_since"
    assert not JournalEntry.objects.filter(kind="sent").exists()
    stopped = workflow.apply(batch, "stop", by=office.approver, comment="内容有改动")
    assert (stopped.state, stopped.file, balance("owed")) == ("draft", None, 0)


def test_a_stopped_batch_is_checked_and_approved_again(office):
    batch = office.take(office.batch(office.owe(2)), *money.PATH[:4])
    batch = workflow.apply(batch, "stop", by=office.approver, comment="领导要求暂缓")
    batches.remove(batch, batch.lines().filter(line=1), by=office.maker)
    batch = office.take(batch, *money.PATH)
    assert (batch.count, batch.total) == (1, Decimal("924.00"))
    assert balance("owed") == 0
    assert balance("grant") == Decimal("924.00")


PERSONS = ["maker", "checker", "approver", "payer"]


def test_only_four_different_persons_bring_money_out(office, world):
    """All 4⁴ assignments of persons to the duties, each of whom holds every role."""
    numbers = [getattr(office, each).certificate_number.clear() for each in PERSONS]
    for name in PERSONS:
        getattr(office, name).assignments.all().delete()
    accounts = []
    for number in numbers:
        type(office.maker).objects.filter(certificate_index=workflow.identity(number)).update(
            certificate_number=None, certificate_index=None
        )
        user = world.user("finance_maker", certificate_number=number)
        for role in ("finance_checker", "finance_approver", "finance_payer"):
            user.assignments.create(organisation=world.city, role=role, since="2020-01-01")
        accounts.append(type(user).objects.get(pk=user.pk))
    passed = []

    def walk(steps, who, act):
        """Every person takes the next duty; where one is refused, all that would follow are."""
        for person in range(4):
            with contextlib.suppress(Refused), transaction.atomic():
                batch = act(accounts[person])
                if len(who) == 3:
                    passed.append([*who, person])
                else:
                    walk(steps[1:], [*who, person], partial(steps[0], batch))
                transaction.set_rollback(True)

    def made(by):
        office.maker = by
        return office.take(office.batch(office.owe(1)), "submit")

    def checked(batch, by):
        return workflow.apply(batch, "check", by=by)

    def approved(batch, by):
        return workflow.apply(batch, "approve", by=by)

    def paid(batch, by):
        return workflow.apply(workflow.apply(batch, "make_file", by=by), "send", by=by)

    walk([checked, approved, paid], [], made)
    assert len(passed) == 24
    assert all(len(set(who)) == 4 for who in passed)


def test_nobody_takes_part_in_what_is_paid_to_himself(office):
    number = office.checker.certificate_number.clear()
    batch = office.take(office.batch(office.owe(1, payee_number=number)), "submit")
    with pytest.raises(Refused) as refused:
        office.take(batch, "check")
    assert refused.value.code == "concerned"
    with pytest.raises(Refused) as refused:
        office.batch(office.owe(1, payee_number=office.maker.certificate_number.clear()))
    assert refused.value.code == "concerned"


def test_one_account_of_several_payees_is_looked_into(office):
    shared = money.account_number()
    elsewhere, here = office.owe(1, account=shared), office.owe(2)
    same = resident_number()
    twice = office.owe(2, account=money.account_number(), payee_number=same)
    batch = office.take(office.batch([*here, *twice]), "submit")
    assert batches.shared_accounts(batch) == [], "one payee may be paid twice"
    batch = workflow.apply(batch, "send_back", by=office.checker, comment="再加一笔")
    more = office.owe(1, account=shared)
    batches.add(batch, Payable.objects.filter(pk=more[0].pk), by=office.maker)
    batch = office.take(batch, "submit")
    (found,) = batches.shared_accounts(batch)
    with pytest.raises(Refused, match="不同的收款人"):
        office.take(batch, "check")
    with pytest.raises(Refused) as refused:
        batches.confirm_account(batch, found.index, reason="夫妻共用一卡", by=office.approver)
    assert refused.value.code == "not_permitted"
    batches.confirm_account(batch, found.index, reason="夫妻共用一卡", by=office.checker)
    office.owe(1, account=shared)
    with pytest.raises(Refused, match="不同的收款人"):
        office.take(batch, "check")
    batches.confirm_account(batch, found.index, reason="一家三口共用一卡", by=office.checker)
    assert office.take(batch, "check").state == "approving"
    assert elsewhere[0].pk not in batch.lines().values_list("payable", flat=True)


def test_the_account_is_corrected_by_somebody_else_and_stays_in_the_history(office):
    owed = office.owe(2)
    first = office.paid(owed, bounced=[1])
    right = money.account_number()
    for wrong in (office.clerk, office.payer, office.approver):
        with pytest.raises(Refused) as refused:
            payables.correct_account(
                owed[0], bank="江城银行", account=right, reason="抄写有误", by=wrong
            )
        assert refused.value.code in {"four_eyes", "not_permitted"}
    payables.correct_account(
        owed[0], bank="江城银行", account=right, reason="抄写有误", by=office.maker
    )
    second = office.paid(owed[:1])
    tries = Payment.objects.filter(payable=owed[0]).order_by("pk")
    assert [each.result for each in tries] == ["bounced", "done"]
    assert [each.account.clear() == right for each in tries] == [False, True]
    assert owed[0].corrections.get().account.clear() == right
    assert bank_file.again(first) != bank_file.again(second)


def test_money_that_comes_back_after_it_was_confirmed(office):
    owed = office.owe(1)
    office.paid(owed)
    payment = money.payment(owed[0])
    with pytest.raises(Refused, match="不能早于"):
        results.bounce(
            payment, on=payment.result_on.replace(year=2020), reason="账户已销", by=office.maker
        )
    results.bounce(payment, on=payment.result_on, reason="账户已销", by=office.maker)
    assert (balance("bank"), balance("transit"), balance("owed")) == (0, 0, Decimal("-924.00"))
    cancelled = payables.cancel(Payable.objects.get(), reason="本人放弃领取", by=office.maker)
    assert (cancelled.state, balance("owed"), balance("grant")) == ("cancelled", 0, 0)
    office.pool.refresh_from_db()
    assert office.pool.claimed == 0


def test_a_long_batch_asks_the_database_no_more_often_than_a_short_one(office):
    def asked(count):
        with CaptureQueriesContext(connection) as queries:
            office.paid(office.owe(count), bounced=[1])
        return len(queries)

    asked(2)  # what is read once
    assert asked(3) == asked(40)
