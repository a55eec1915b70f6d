"""Receipts: taken in once, whole, for whoever paid; checked and distributed by three persons."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import OutOfScope, Refused
from core.jobs import retry, run_now
from core.models import AuditEvent, Job
from funds.models import Allocation, BankArrival, CollectionLine, Due, PayerAlias
from funds.services import collection, payers
from members.models import UnionProfile
from members.services import unions
from tests.factories.collection import Counter, arrival, line
from tests.factories.members import credit_code, employer
from tests.factories.splits import rule

D = Decimal


@pytest.fixture
def counter(world):
    return Counter(world)


@pytest.fixture
def firm(world):
    """An employer of the town with a union since 2021."""
    made = employer(world.town)
    unions.cover(
        made, union=world.own, since=datetime.date(2021, 1, 1), by=world.user("clerk", world.city)
    )
    return made


# Who paid.


def test_the_code_tells_the_employer_and_the_union_of_the_period(world, counter, firm):
    batch = counter.open(2, "1000")
    now, before = (
        line(batch, credit_code=firm.credit_code.lower(), payer_name="甲厂（旧名）"),
        line(
            batch,
            credit_code=firm.credit_code,
            period_first=datetime.date(2020, 12, 1),
            period_last=datetime.date(2020, 12, 31),
        ),
    )
    counter.record(batch, now, before)
    now.refresh_from_db()
    assert (now.employer, now.union, now.organisation) == (firm, world.own, world.own)
    assert now.match == "code"
    assert now.payer_name == "甲厂（旧名）"
    assert (before.employer, before.union, before.organisation) == (firm, None, world.town)


def test_a_union_pays_under_its_own_code_and_an_employer_under_a_former_one(world, counter, firm):
    code, former = credit_code(start="81"), credit_code()
    UnionProfile.objects.create(organisation=world.sibling, kind="single", union_code=code)
    PayerAlias.objects.create(
        credit_code=former, employer=firm, by=counter.maker, on=datetime.date(2021, 1, 1)
    )
    batch = counter.open(3, "1500")
    own, old, nobody = (line(batch, credit_code=each) for each in (code, former, credit_code()))
    counter.record(batch, own, old, nobody)
    assert (own.match, own.union, own.employer) == ("union", world.sibling, None)
    assert (old.match, old.union, old.employer) == ("alias", world.own, firm)
    assert (nobody.match, nobody.organisation, nobody.employer) == ("", world.city, None)
    assert list(CollectionLine.objects.unmatched()) == [nobody]


def test_an_employer_below_somebody_else_is_not_found(world, firm):
    counter = Counter(world, world.other_district)
    batch = counter.open()
    counter.record(batch, made := line(batch, credit_code=firm.credit_code))
    assert (made.match, made.organisation) == ("", world.other_district)


def test_many_lines_ask_no_more_than_few(world, counter, firm):
    def asked(count):
        batch = counter.open(count, D(500) * count)
        lines = [line(batch, credit_code=firm.credit_code) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            counter.record(batch, *lines)
        return len(queries)

    asked(1)
    assert asked(40) <= asked(2) + 2


def test_a_match_by_hand_takes_those_alike_along_and_keeps_the_alias(world, counter, firm):
    code = credit_code()
    batch = counter.open(3, "1500")
    first, alike, other = (line(batch, credit_code=each) for each in (code, code, credit_code()))
    counter.record(batch, first, alike, other)
    done = payers.match_line(first, employer=firm, reason="核对缴费凭证", by=counter.maker)
    alike.refresh_from_db()
    other.refresh_from_db()
    assert (done.match, done.employer, done.union, done.organisation) == (
        "hand",
        firm,
        world.own,
        world.own,
    )
    assert (alike.match, alike.union) == ("alias", world.own)
    assert other.match == ""
    assert PayerAlias.objects.get().employer == firm
    traced = AuditEvent.objects.filter(action="funds.collectionline.match")
    assert traced.count() == 2
    again = counter.open()
    counter.record(again, later := line(again, credit_code=code))
    assert later.match == "alias"


def test_the_last_word_about_an_alias_counts(world, counter, firm):
    other = employer(world.town, "乙厂有限公司")
    batch = counter.open()
    counter.record(batch, made := line(batch, credit_code=credit_code()))
    payers.match_line(made, employer=firm, reason="核对缴费凭证", by=counter.maker)
    payers.match_line(made, employer=other, reason="前次确认有误", by=counter.maker)
    made.refresh_from_db()
    assert (made.employer, made.union, PayerAlias.objects.get().employer) == (other, None, other)


def test_a_match_by_hand_needs_a_reason_one_payer_in_reach_and_the_right(world, counter, firm):
    batch = counter.open()
    counter.record(batch, made := line(batch))
    foreign = world.user("finance_maker", world.other_district)
    for by, more, code in [
        (counter.maker, {"employer": firm, "reason": "对"}, "reason_required"),
        (counter.maker, {"reason": "核对凭证"}, "one_of"),
        (counter.maker, {"employer": firm, "union": world.own, "reason": "核对凭证"}, "one_of"),
        (counter.checker, {"employer": firm, "reason": "核对凭证"}, "not_permitted"),
        (foreign, {"employer": firm, "reason": "核对凭证"}, "out_of_scope"),
    ]:
        with pytest.raises(Refused) as refusal:
            payers.match_line(made, by=by, **more)
        assert refusal.value.code == code


def test_the_pool_is_looked_through_again(world, counter):
    code = credit_code()
    batch = counter.open(2, "1000")
    counter.record(batch, line(batch, credit_code=code), line(batch, credit_code=credit_code()))
    assert payers.match_pool(world.city, by=counter.maker) == 0
    late = employer(world.town, "后登记的厂")
    CollectionLine.objects.filter(credit_code=code).update(credit_code=late.credit_code)
    assert payers.match_pool(world.city, by=counter.maker) == 1
    assert CollectionLine.objects.get(employer=late).match == "code"


# Once and whole.


def test_a_receipt_is_taken_in_once(counter):
    batch = counter.open()
    counter.record(batch, line(batch, receipt_number="T1"))
    other = counter.open()
    with pytest.raises(Refused, match=f"税票号 T1 已在批次 {batch.number} 登记"):
        counter.record(other, line(other, receipt_number="T1"))
    with pytest.raises(Refused, match="出现 2 次"):
        counter.record(other, *[line(other, receipt_number="T2") for _ in range(2)])
    assert not other.lines.exists()


def test_a_batch_number_stands_once(counter):
    counter.open(number="X1")
    with pytest.raises(ValidationError, match="批次号"):
        counter.open(number="X1")


def test_what_was_refused_may_be_handed_over_again(counter):
    batch = counter.open(2, "1000", number="X1")
    counter.record(batch, line(batch, receipt_number="T1"))
    money = counter.arrive(batch)
    refused = counter.take(batch, "refuse", comment="少一笔，退回税务")
    assert refused.state == "refused"
    assert not CollectionLine.objects.standing().exists()
    money.refresh_from_db()
    assert money.batch is None
    again = counter.open(1, "500", number="X1")
    counter.record(again, line(again, receipt_number="T1"))
    assert CollectionLine.objects.standing().count() == 1


@pytest.mark.parametrize(
    ("count", "total", "told"),
    [
        (3, "1000.00", "移交为 3 笔、1,000.00 元，收录为 2 笔、1,000.00 元，相差 -1 笔、0.00 元"),
        (2, "1000.01", "移交为 2 笔、1,000.01 元，收录为 2 笔、1,000.00 元，相差 0 笔、-0.01 元"),
    ],
)
def test_totals_that_differ_are_not_counted(counter, count, total, told):
    batch = counter.open(count, total)
    counter.record(batch, line(batch), line(batch))
    with pytest.raises(Refused, match=told):
        counter.take(batch, "count")


def test_lines_come_in_only_while_the_batch_is_received(counter):
    batch = counter.filled("500")
    counter.take(batch, "count")
    with pytest.raises(Refused, match="现为“已核总数”"):
        counter.record(batch, line(batch))
    with pytest.raises(Refused, match="现为“已核总数”"):
        collection.remove_many(list(batch.lines.all()), by=counter.maker)


def test_lines_are_taken_out_again(counter):
    batch = counter.filled("500", "300")
    collection.remove_many(list(batch.lines.filter(amount=300)), by=counter.maker)
    assert batch.totals().total == D("500.00")
    assert AuditEvent.objects.filter(action="funds.collectionline.withdraw").count() == 1


# Refunds.


def test_a_refund_follows_its_receipt_and_never_exceeds_it(world, counter, firm):
    first = counter.open(1, "500")
    counter.record(first, line(first, receipt_number="T1", credit_code=firm.credit_code))
    second = counter.open(3, "-600")
    part, rest, more = (
        line(second, amount, receipt_number=number)
        for amount, number in [("-200", "R1"), ("-300", "R2"), ("-0.01", "R3")]
    )
    counter.record(second, part, reversing={"R1": "T1"})
    assert (part.reverses.receipt_number, part.union, part.match) == ("T1", world.own, "code")
    counter.record(second, rest, reversing={"R2": "T1"})
    with pytest.raises(Refused, match=r"超过所退税票的余额 0\.00 元"):
        counter.record(second, more, reversing={"R3": "T1"})


def test_two_refunds_together_do_not_exceed_the_receipt(counter):
    batch = counter.open(3, "-100")
    lines = [line(batch, receipt_number="T1"), line(batch, "-300", receipt_number="R1")]
    lines.append(line(batch, "-300", receipt_number="R2"))
    with pytest.raises(Refused, match=r"退库 300.* 元，超过所退税票的余额 200\.00 元"):
        counter.record(batch, *lines, reversing={"R1": "T1", "R2": "T1"})
    assert not batch.lines.exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": "100"}, "应小于 0"),
        ({"fund_kind": "preparation"}, "品目不同"),
    ],
)
def test_a_refund_is_of_the_kind_of_its_receipt(counter, fields, told):
    batch = counter.open(2, "400")
    refund = line(batch, **({"amount": "-100", "receipt_number": "R1"} | fields))
    with pytest.raises(Refused, match=told):
        counter.record(batch, line(batch, receipt_number="T1"), refund, reversing={"R1": "T1"})


def test_a_refund_names_a_receipt_that_is_here(world, counter):
    elsewhere = Counter(world, world.other_district)
    there = elsewhere.open()
    elsewhere.record(there, line(there, receipt_number="T9"))
    batch = counter.open()
    for named in ("T9", "没有"):
        with pytest.raises(Refused, match="没有找到税票 R1 所退的税票"):
            counter.record(batch, line(batch, "-1", receipt_number="R1"), reversing={"R1": named})


def test_refunds_go_with_the_receipt_that_is_matched_by_hand(world, counter, firm):
    batch = counter.open(2, "400")
    counter.record(
        batch,
        first := line(batch, receipt_number="T1"),
        refund := line(batch, "-100", receipt_number="R1"),
        reversing={"R1": "T1"},
    )
    payers.match_line(first, employer=firm, reason="核对缴费凭证", by=counter.maker)
    refund.refresh_from_db()
    assert (refund.employer, refund.union, refund.match) == (firm, world.own, "hand")
    with pytest.raises(Refused, match="在原税票上确认"):
        payers.match_line(refund, employer=firm, reason="核对缴费凭证", by=counter.maker)


# The road.


def test_three_persons_and_the_bank(counter):
    batch = counter.take(counter.filled("500", "300"), "count")
    with pytest.raises(Refused, match=r"银行到账为 0\.00 元，相差 -800\.00 元"):
        counter.take(batch, "reconcile")
    counter.arrive(batch)
    both = counter.maker
    with pytest.raises(Refused) as refusal:
        counter.take(batch, "reconcile", by=both)
    assert refusal.value.code == "not_permitted"
    batch = counter.take(batch, "reconcile")
    batch = counter.take(batch, "distribute")
    assert batch.state == "distributing"
    assert (batch.job.kind, batch.job.parameters) == ("funds.distribute", {"batch": batch.pk})
    assert Job.objects.filter(kind="funds.distribute").count() == 1


def test_nobody_checks_what_he_took_in(world, counter):
    from core.models import Assignment

    for role in ("finance_checker", "finance_approver"):
        Assignment.objects.create(
            user=counter.maker, organisation=world.city, role=role, since=datetime.date(2021, 1, 1)
        )
    batch = counter.filled("500")
    counter.arrive(batch)
    batch = counter.take(batch, "count")
    with pytest.raises(Refused) as refusal:
        counter.take(batch, "reconcile", by=counter.maker)
    assert refusal.value.code == "four_eyes"


def test_a_difference_is_accepted_with_its_reason_by_who_approves(counter):
    batch = counter.filled("500")
    counter.arrive(batch, "499.99")
    batch = counter.take(batch, "count")
    with pytest.raises(Refused, match="意见"):
        counter.take(batch, "accept_difference")
    batch = counter.take(batch, "accept_difference", comment="银行手续费一分")
    assert (batch.state, batch.difference_reason) == ("reconciled", "银行手续费一分")
    assert counter.take(batch, "distribute").state == "distributing"


def test_arrivals_move_until_the_batch_is_reconciled(world, counter):
    batch = counter.reconciled("500")
    mine = BankArrival.objects.filter(batch=batch)
    with pytest.raises(Refused, match="现为“已对账”"):
        collection.assign_arrivals(mine, None, by=counter.maker)
    elsewhere = arrival(world.other_district)
    with pytest.raises(OutOfScope):
        collection.assign_arrivals(
            BankArrival.objects.filter(pk=elsewhere.pk), counter.open(), by=counter.maker
        )


def test_a_refund_waits_until_its_receipt_was_distributed(counter):
    first = counter.filled("500")
    original = first.lines.get()
    batch = counter.open(1, "-100")
    counter.record(
        batch,
        line(batch, "-100", receipt_number="R1"),
        reversing={"R1": original.receipt_number},
    )
    counter.arrive(batch)
    batch = counter.take(counter.take(batch, "count"), "reconcile")
    with pytest.raises(Refused, match=f"在批次 {first.number}，该批次尚未分配"):
        counter.take(batch, "distribute")
    with pytest.raises(Refused, match=f"批次 {batch.number} 的退库 R1"):
        counter.take(first, "refuse", comment="退回税务更正")


# Distributed.


def test_a_job_distributes_and_what_is_matched_later_is_split_again(world, counter, firm):
    rule(world.city)
    rule(world.city, kind="preparation", percentages={"held": 100})
    UnionProfile.objects.create(organisation=world.own, kind="single", has_own_account=True)
    batch = counter.reconciled("500", credit_code=credit_code())
    batch = counter.take(batch, "distribute")
    assert run_now(batch.job).state == Job.State.DONE
    batch.refresh_from_db()
    assert batch.state == "distributed"
    made = batch.lines.get()
    assert live(made).grassroots == 0
    payers.match_line(made, employer=firm, reason="核对缴费凭证", by=counter.maker)
    assert live(made).grassroots == D("300.00")
    due = Due.objects.get(organisation=world.own)
    assert (due.amount, due.source) == (D("300.00"), "share")


def live(line):
    return Allocation.objects.get(line=line, is_live=True)


def test_without_a_rule_the_job_says_what_is_missing_and_may_be_done_again(world, counter):
    batch = counter.take(counter.reconciled("500"), "distribute")
    job = run_now(batch.job)
    assert job.state == Job.State.FAILED
    assert "没有适用的分成规则" in job.error
    batch.refresh_from_db()
    assert batch.state == "distributing"
    with pytest.raises(Refused, match="正在分配"):
        payers.match_line(
            batch.lines.get(), union=world.own, reason="核对缴费凭证", by=counter.maker
        )
    rule(world.city)
    retry(job, by=world.user("head"))
    assert run_now(job).state == Job.State.DONE
    batch.refresh_from_db()
    assert batch.state == "distributed"
