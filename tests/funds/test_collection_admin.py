"""Receipts on the screens of those who take them in, check and distribute them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from funds.models import BankArrival, CollectionBatch, CollectionLine
from members.services import unions
from tests.factories.collection import DAY, Counter, arrival, line
from tests.factories.members import credit_code, employer

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"admin:funds_{name}", args=args)


class Desk(Client):
    """A browser in which somebody is logged in."""

    def __init__(self, user):
        super().__init__()
        self.force_login(user)

    def press(self, name, *args, **data):
        answer = self.post(url(name, *args), data, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    def sees(self, name, *args, **query):
        return self.get(url(name, *args), query).content.decode()


@pytest.fixture
def counter(world):
    return Counter(world)


@pytest.fixture
def desks(counter):
    return {name: Desk(getattr(counter, name)) for name in ("maker", "checker", "approver")}


def test_a_batch_goes_its_way(counter, desks):
    maker = desks["maker"]
    facts = {"channel": "tax", "declared_count": "2", "declared_total": "800.00", "note": ""}
    told = maker.press(
        "collectionbatch_open", organisation=counter.at.pk, number="2021-04", **facts
    )
    batch = CollectionBatch.objects.get()
    assert "移交为 2 笔、800.00 元，收录为 0 笔、0.00 元" in told
    counter.record(batch, line(batch), line(batch, "301"))
    told = maker.press("collectionbatch_step_count", batch.pk)
    assert "相差 0 笔、1.00 元" in told
    assert "移交总数登记错的，请更正批次" in told
    told = maker.press(
        "collectionbatch_amend", batch.pk, number="2021-04", **(facts | {"declared_total": "801"})
    )
    assert "批次已更正" in told
    maker.press("collectionbatch_step_count", batch.pk)
    told = desks["checker"].press("collectionbatch_step_reconcile", batch.pk)
    assert "银行到账为 0.00 元" in told
    money = arrival(counter.at, "801.00")
    assert "已归入 1 笔到账" in maker.press("collectionbatch_assign", batch.pk, arrivals=[money.pk])
    assert "已移出 1 笔到账" in maker.press(
        "collectionbatch_unassign", batch.pk, arrivals=[money.pk]
    )
    maker.press("collectionbatch_assign", batch.pk, arrivals=[money.pk])
    desks["checker"].press("collectionbatch_step_reconcile", batch.pk)
    page = desks["approver"].sees("collectionbatch_change", batch.pk)
    assert page.count("相符") >= 3
    desks["approver"].press("collectionbatch_step_distribute", batch.pk)
    batch.refresh_from_db()
    assert batch.state == "distributing"


def test_days_and_batches_that_differ_are_listed(counter, desks):
    batch = counter.filled("500", "300")
    counter.arrive(batch, "700.00")
    arrival(counter.at, "55.00", reference="YH-LOST")
    told = desks["checker"].press(
        "collectionbatch_compare", organisation=counter.at.pk, first=str(DAY), last=str(DAY)
    )
    assert "-45.00" in told, "by day: 755 arrived for 800"
    assert "-100.00" in told, "by batch: 700 arrived for 800"
    assert "YH-LOST" in told
    told = desks["checker"].press(
        "collectionbatch_compare", organisation=counter.at.pk, first="2021-04-02", last="2021-04-01"
    )
    assert "起止日期" in told


def test_sums_are_told_to_the_cent_and_stand_to_the_right(counter, desks):
    batch = counter.filled("20801.43")
    counter.arrive(batch, "12000.00")
    arrival(counter.at, "8801.34", reference="YH-2")
    BankArrival.objects.filter(reference="YH-2").update(batch=batch)
    page = desks["maker"].sees("collectionbatch_change", batch.pk)
    assert 'number">20,801.34</td>' in page
    assert 'number">-0.09</td>' in page
    desks["maker"].press("collectionbatch_step_count", batch.pk)
    told = desks["checker"].press("collectionbatch_step_reconcile", batch.pk)
    assert "银行到账为 20,801.34 元，相差 -0.09 元" in told
    listed = desks["maker"].sees("bankarrival_changelist")
    assert re.search(r'class="field-amount_shown[^"]* number"[^>]*>12,000.00<', listed)
    assert re.search(r'<th class="[^"]*column-amount_shown[^"]* number', listed)


def test_the_pool_is_worked_through(world, counter, desks):
    firm = employer(world.town, "江城东湖纺织有限公司")
    unions.cover(firm, union=world.own, since="2020-01-01", by=world.user("clerk", world.city))
    employer(world.town, "西山酒店管理有限公司")
    batch = counter.open(2, "1000")
    made, known = counter.record(
        batch,
        line(batch, payer_name="东湖纺织厂", credit_code=credit_code()),
        line(batch, payer_name="江城纺织老名称", credit_code=firm.credit_code),
    )
    maker = desks["maker"]
    pool = maker.sees("collectionline_changelist", match="none")
    assert made.receipt_number in pool
    assert known.receipt_number not in pool
    renamed = maker.sees("collectionline_changelist", match="renamed")
    assert "登记为：江城东湖纺织有限公司" in renamed
    page = maker.sees("collectionline_change", known.pk)
    assert firm.name in page
    assert reverse("admin:members_employer_change", args=[firm.pk]) not in page, "closed to finance"
    form = maker.sees("collectionline_match", made.pk)
    assert firm.name in form
    assert "西山酒店" not in form
    given = {"suggested": "", "code": "", "union": "", "reason": "电话核对为同一单位"}
    assert "其中一项" in maker.press("collectionline_match", made.pk, **given)
    wrong = given | {"code": "没有"}
    assert "没有找到这个信用代码" in maker.press("collectionline_match", made.pk, **wrong)
    told = maker.press("collectionline_match", made.pk, **(given | {"suggested": firm.pk}))
    assert "已确认为“江城东湖纺织有限公司”缴纳" in told
    made.refresh_from_db()
    assert (made.employer, made.union, made.match) == (firm, world.own, "hand")
    assert not CollectionLine.objects.unmatched().exists()
    told = maker.press("collectionline_look_again", organisation=counter.at.pk)
    assert "新匹配 0 笔" in told
    assert made.credit_code in maker.sees("payeralias_changelist")


def test_the_pages_of_many_lines_ask_no_more_than_those_of_few(
    counter, desks, django_assert_max_num_queries
):
    batch = counter.filled(*["5"] * 60)
    with django_assert_max_num_queries(60):
        desks["maker"].sees("collectionline_changelist")
    with django_assert_max_num_queries(70):
        desks["maker"].sees("collectionbatch_change", batch.pk)
