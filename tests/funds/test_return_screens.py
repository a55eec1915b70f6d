"""Returns and 应返未返 on the screens of clerks, and of the chair of a union."""

import datetime
import io
from decimal import Decimal

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from core.errors import OutOfScope
from core.models import AuditEvent, Decision
from funds.admin import positions
from funds.models import Adjustment, Distribution, Due, Return
from funds.services import adjustments, returns
from tests.factories import splits
from tests.factories.proceedings import build
from tests.factories.returns import account_of, book, due

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 3, 31)


def url(name):
    return reverse(f"admin:funds_{name}")


@pytest.fixture
def owed(office):
    world = office.world
    for union in (world.own, world.foreign):
        account_of(union)
    book(
        world.city,
        due(world.own, "1234.50"),
        due(world.foreign, "7.00"),
        due(world.sibling, "5.00"),
    )
    return office


@pytest.fixture
def desk(owed):
    browser = Client()
    browser.force_login(owed.maker)
    return browser


def seen(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_list_is_looked_over_before_returns_are_made(owed, desk):
    asked = {"payer": owed.at.pk, "until": "2026-03-31", "within": "", "kind": "return"}
    page = desk.post(url("return_claim"), asked)
    told = seen(page)
    assert "为 2 个工会生成返还单，合计 1,241.50 元；本次不返还 1 个工会。" in told
    assert "没有独立账户" in told
    assert 'class="bg-blue-100 text-blue-700' in told, "to be looked over, nothing is wrong"
    assert owed.world.own.profile.account_number.clear() not in told
    assert not Return.objects.exists()
    book(owed.at, due(owed.world.own, "0.50"))  # changed since it was looked over
    told = seen(desk.post(url("return_claim"), asked | {"seen": "2 1241.50"}))
    assert "合计 1,242.00 元" in told
    assert not Return.objects.exists()
    told = seen(desk.post(url("return_claim"), asked | {"seen": "2 1242.00"}, follow=True))
    assert "已为 2 个工会生成返还单，共 1,242.00 元，请列入支付批次。" in told
    assert Return.objects.count() == 2
    told = seen(desk.post(url("return_claim"), asked | {"seen": "2 1242.00"}))
    assert "没有可以返还的款项" in told


def test_a_return_shows_what_it_consists_of_and_is_given_up(owed, desk):
    made, _ = returns.claim(owed.at, until=DAY, by=owed.maker)
    page = reverse("admin:funds_return_change", args=[made.pk])
    assert "2026-03" in seen(desk.get(page))
    payable = reverse("admin:funds_payable_change", args=[made.payable_id])
    assert "经费返还" in seen(desk.get(payable))
    cancel = reverse("admin:funds_return_cancel", args=[made.pk])
    told = seen(desk.post(cancel, {"reason": "账户有误"}, follow=True))
    assert "可以重新生成返还单" in told
    assert "已撤销" in told


def test_districts_and_unions_with_what_they_are_owed(owed, desk):
    told = seen(desk.get(url("due_positions"), {"on": "2026-03-31"}))
    assert told.index("东湖区总工会</a>") < told.index(
        "西山区总工会</a>"
    )  # who is owed most, first
    assert "1,246.50" in told
    assert "<meter" in told
    assert 'data-placeholder="本人管辖的全部工会"' in told
    told = seen(
        desk.get(
            url("due_positions"),
            {"on": "2026-03-31", "rows": "union", "place": owed.world.district.pk},
        )
    )
    assert "1,234.50" in told
    assert "乙厂工会委员会" in told
    assert "丙厂工会委员会" not in told
    assert "没有登记应返经费" in seen(desk.get(url("due_positions"), {"on": "2026-03-30"}))
    assert "不能晚于今天" in seen(desk.get(url("due_positions"), {"on": "2099-01-01"}))


def test_unions_come_in_pages(owed, desk, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(positions, "PAGE", 2)
    book(owed.at, *(due(place, "3.00") for place in (owed.world.town, owed.world.child)))
    asked = {"on": "2026-03-31", "rows": "union"}
    with django_assert_max_num_queries(20):
        first = seen(desk.get(url("due_positions"), asked))
    assert "共 5 行，第 1 页，共 3 页" in first
    assert "下一页" not in seen(desk.get(url("due_positions"), asked | {"page": "3"}))


def test_the_table_leaves_as_a_workbook_and_that_is_recorded(owed, desk):
    answer = desk.get(url("due_export"), {"on": "2026-03-31", "rows": "union"})
    book_ = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book_.active.values)
    assert rows[1][:5] == ("工会", "应返", "已返", "应返未返", "返还率（%）")
    assert rows[2][:5] == ("合计", 1246.5, 0, 1246.5, 0)
    assert rows[3][:5] == ("甲厂工会委员会", 1234.5, 0, 1234.5, 0)
    assert len(rows) == 6
    assert AuditEvent.objects.get(action="funds.due.export").changes["rows"] == [None, 3]
    head = Client()
    head.force_login(owed.world.user("head"))
    assert head.get(url("due_export")).status_code == 403
    assert head.get(url("due_positions")).status_code == 200


def test_the_control_names_the_union(owed, desk):
    asked = {"on": "2026-03-31"}
    assert "账实相符" in seen(desk.get(url("due_control"), asked))
    Due.objects.filter(organisation=owed.world.own).update(amount=Decimal("1234.51"))
    told = seen(desk.get(url("due_control"), asked))
    assert "账实不符，共 1 个工会" in told
    for cell in ("甲厂工会委员会", "1,234.51", "1,234.50", "-0.01"):
        assert cell in told


def test_the_bulletin_ranks_districts(owed, desk):
    made = returns.claim(owed.at, until=DAY, within=owed.world.other_district, by=owed.maker)
    owed.paid([made[0].payable], on=DAY)
    told = seen(desk.get(url("due_bulletin"), {"on": "2026-03-31"}))
    assert 'name="on"' in told
    assert 'name="sort"' not in told, "the order is that of the rates"
    assert "截至2026年03月31日，江城市总工会应返还下级工会经费 0.12 万元" in told
    assert "返还率达到 100% 的有 1 个：西山区总工会。" in told
    assert "返还率靠后的是东湖区总工会（0.00%，应返未返 0.12 万元）" in told
    assert told.index("西山区总工会</th>") < told.index("东湖区总工会</th>")


def test_an_adjustment_is_approved_by_another_person_and_booked(owed, desk):
    own = owed.world.own
    facts = {
        "organisation": own.pk,
        "payer": owed.at.pk,
        "kind": "write_off",
        "amount": "-34.50",
        "period": "2026-03-01",
        "falls_due_on": "2026-03-31",
        "document_number": "江工发〔2026〕8号",
        "reason": "核销挂账",
    }
    told = seen(desk.post(url("adjustment_add"), facts | {"amount": "34.50"}, follow=True))
    made = Adjustment.objects.get()
    submit = reverse("admin:funds_adjustment_step_submit", args=[made.pk])
    assert "金额请填负数" in seen(desk.post(submit, {}, follow=True))
    page = reverse("admin:funds_adjustment_change", args=[made.pk])
    desk.post(page, facts, follow=True)
    assert seen(desk.post(submit, {}, follow=True))
    approve = reverse("admin:funds_adjustment_step_approve", args=[made.pk])
    assert desk.post(approve, {}).status_code == 403
    boss = Client()
    boss.force_login(owed.approver)
    told = seen(boss.post(approve, {}, follow=True))
    assert "已入账" in told
    made.refresh_from_db()
    assert (made.state, made.falls_due_on) == ("booked", DAY)
    booked = made.due
    assert (booked.amount, booked.due_on, booked.source) == (Decimal("-34.50"), DAY, "adjustment")
    lines = booked.distribution.entry.postings.values_list("account__role", "amount", "payee")
    assert set(lines) == {
        ("return", Decimal("34.50"), own.pk),
        ("income", Decimal("-34.50"), None),
    }


def test_nobody_adjusts_what_another_body_owes(owed):
    """A district approves nothing that the city owes to its unions."""
    world = owed.world
    made = build(Adjustment, world.own, "approving")
    made.payer = world.city
    approver = world.user("finance_approver", world.district)
    with pytest.raises(OutOfScope):
        adjustments.book(made, Decision(by=approver))
    assert not Distribution.objects.filter(kind="adjustment").exists()


def collected(owed):
    """A receipt of the union, of which 60 % are its own."""
    splits.rule(owed.at)
    batch = splits.batch(owed.at)
    line = splits.line(batch, "2000.00", union=owed.world.own)
    splits.split(line, on=datetime.date(2026, 4, 15))
    return line


def test_a_chair_sees_what_the_own_union_is_owed_and_since_when(owed, client):
    line = collected(owed)
    client.force_login(owed.world.user("chair", owed.world.own))
    told = seen(client.get(reverse("funds:own"), {"year": "2026"}))
    assert "<strong>2,434.50 元</strong>，最早自 2026-03-31 起未返" in told
    for cell in ("2026年3月", "2,000.00", "1,200.00", "2,434.50"):
        assert cell in told
    month = seen(client.get(reverse("funds:own_month", args=[2026, 3])))
    assert "甲厂有限责任公司" in month
    why = seen(client.get(reverse("funds:own_line", args=[line.pk])))
    assert "2,000.00 元" in why
    assert "1,200.00 元" in why
    assert "为什么是这个数" in why
    assert "没有收缴和应返记录" in seen(client.get(reverse("funds:own"), {"year": "2021"}))
    assert "没有已分配的缴款" in seen(client.get(reverse("funds:own_month", args=[2026, 4])))
    assert client.get(reverse("funds:own_month", args=[2026, 13])).status_code == 404


def test_the_page_opens_with_the_newest_year_that_has_something(owed, client):
    book(owed.at, due(owed.world.own, "3.00", period=datetime.date(2021, 7, 1)))
    client.force_login(owed.world.user("chair", owed.world.own))
    told = seen(client.get(reverse("funds:own")))
    assert "2026年3月" in told
    assert 'href="?year=2021"' in told
    assert 'href="?year=2025"' not in told
    client.force_login(owed.world.user("chair", owed.world.child))
    assert "没有收缴和应返记录" in seen(client.get(reverse("funds:own")))


def test_a_chair_of_another_union_sees_nothing_of_it(owed, client):
    line = collected(owed)
    client.force_login(owed.world.user("chair", owed.world.sibling))
    told = seen(client.get(reverse("funds:own"), {"year": "2026"}))
    assert "2,000.00" not in told
    assert "1,200.00" not in told
    assert "没有已分配" in seen(client.get(reverse("funds:own_month", args=[2026, 3])))
    assert client.get(reverse("funds:own_line", args=[line.pk])).status_code == 404
