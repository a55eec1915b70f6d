"""Registers, payments and books agree to the cent, and a cent that is amiss is found."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from core.jobs import run_now
from core.models import Job, Notice
from funds import reconciliation, tasks
from funds.models import Account, BankResult, JournalEntry, Payable, Payment, Pool, Posting
from funds.services import payables
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(office, world):
    """Payables in every state, at several places."""
    office.paid([*office.owe(2), *office.owe(2, world.foreign)], bounced=[2])
    office.paid(office.owe(1, world.child, amount=Decimal("0.01")))
    office.sent(office.owe(2))
    office.take(office.batch(office.owe(2)), *money.PATH[:3])
    office.batch(office.owe(1))
    payables.cancel(office.owe(1)[0], reason="撤销救助决定", by=office.maker)
    payables.cancel(Payable.objects.get(state="bounced"), reason="核销退票", by=office.maker)
    office.paid(office.owe(1, world.district), bounced=[1])
    office.owe(3)
    return office


def reconcile(org="city"):
    out = io.StringIO()
    try:
        call_command("reconcile", "--org", org, "--json", stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue() and json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_everything_agrees_in_every_subtree(year, world):
    for place in (world.city, world.district, world.own, world.child, world.foreign):
        assert reconciliation.differences(place) == []
        assert reconciliation.sums(place).is_even
    status, answer = reconcile()
    assert (status, answer["differences"]) == (0, [])
    city, *children = answer["sums"]
    own = reconciliation.sums(world.city)
    assert (own.paid, own.failed, own.refused) == (
        Decimal("924.00") * 3 + Decimal("0.01"), Decimal("924.00"), Decimal("1848.00")
    )  # fmt: skip
    for name in ("applied", "paid", "waiting"):
        assert sum(Decimal(child[name]) for child in children) == Decimal(city[name])
    assert reconcile("nowhere")[0] == 2


CENT = Decimal("0.01")


def plant_posting(payable):
    entry = JournalEntry(organisation=payable.organisation, on="2026-11-01", kind="committed")
    entry.pk, entry.payable = 10**6, payable
    accounts = {account.role: account for account in Account.objects.all()}
    for role, amount in ((payable.kind, CENT), ("owed", -CENT)):
        Posting.objects.create(entry_id=entry.pk, account=accounts[role], amount=amount)
    entry.save(force_insert=True)


def plant(model, **found):
    def move(payable):
        row = model.objects.filter(**found).last()
        field = "claimed" if model is Pool else "amount"
        model.objects.filter(pk=row.pk).update(**{field: getattr(row, field) + CENT})
        return row

    return move


@pytest.mark.parametrize(
    "move",
    [
        plant_posting,
        plant(Pool),
        plant(Payable, state="paid"),
        plant(Payable, state="waiting"),
        plant(Payment, result="done"),
        plant(Payment, result="pending"),
        plant(BankResult),
    ],
)
def test_a_cent_that_is_amiss_is_found_where_it_lies(year, move):
    payable = Payable.objects.filter(state="paid").last()
    moved = move(payable) or payable
    status, answer = reconcile()
    assert status == 1
    rows = {each["row"] for each in answer["differences"]}
    near = {f"{moved._meta.label} {moved.pk}"}
    if isinstance(moved, BankResult):
        near = {f"funds.Payment {moved.payment_id}"}
    if isinstance(moved, Payable):
        near |= {f"funds.Payment {each.pk}" for each in moved.payments.all()}
        near.add(f"funds.Pool {moved.pool_id}")
    if isinstance(moved, Payment):
        near |= {f"funds.PaymentBatch {moved.batch_id}"}
    assert rows & near
    assert rows <= near, "nothing else is suspected"
    assert {abs(Decimal(each["found"]) - Decimal(each["expected"])) for each in
            answer["differences"]} <= {CENT, Decimal("0.00")}  # fmt: skip


def nightly():
    tasks.reconcile_nightly()
    tasks.reconcile_nightly()
    job = Job.objects.get(kind=tasks.RECONCILE)
    return run_now(job) if job.state == Job.State.QUEUED else job


def test_at_night_all_is_compared_once_and_nobody_is_told_that_it_agrees(year):
    assert nightly().result["summary"] == "账实相符。"
    assert not Notice.objects.exists()


def test_at_night_those_who_keep_the_money_are_told_what_differs(year, world):
    Payable.objects.filter(state="paid").update(amount=Decimal("924.01"))
    elsewhere = world.user("finance_maker", world.district)
    assert nightly().state == Job.State.DONE
    told = Notice.objects.order_by("pk")
    keepers = {year.maker, year.checker, year.approver, year.payer, year.clerk}
    assert {notice.user for notice in told} == keepers
    assert elsewhere not in keepers
    assert "账实不符" in told[0].text
    assert "李*" in told[0].text or "资金池" in told[0].text
    assert told[0].url.startswith("/admin/funds/")
    assert nightly().result["summary"].startswith("账实不符")
    assert Notice.objects.count() == len(keepers)
