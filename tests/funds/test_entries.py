"""Money raised, received, passed on and spent: what its figures count, and its doors."""

import datetime
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from core.indicators import compute
from core.jobs import run_now
from core.models import AuditEvent
from core.periods import Period
from core.sheets import imports
from funds.models import FundEntry
from tests.factories import funds as money

pytestmark = pytest.mark.django_db


def figure(code, organisation, period="2021"):
    found = compute([code], organisation=organisation, period=Period.parse(period), by=None)
    return found[0].value


def test_raised_received_and_spent_are_three_sums(world):
    for direction, amount in [("raise", "100.10"), ("receive", "20"), ("spend", "3.00")]:
        money.entry(world.own, direction=direction, campaign="warmth", amount=Decimal(amount))
    money.entry(world.own, direction="raise", campaign="warmth", amount=Decimal("-0.10"))
    assert figure("hardship.visit_fund", world.city) == Decimal("100.00")
    assert figure("hardship.visit_fund", world.foreign) == 0
    assert figure("hardship.visit_fund", world.city, "2022") == 0


def test_what_the_province_gives_is_not_counted_again_where_it_is_passed_to(world):
    facts = {"direction": "receive", "source": "province_aid", "purpose": "special_subsidy"}
    money.entry(world.city, amount=Decimal(5560000), **facts)
    money.entry(world.district, amount=Decimal(1000000), union=world.city, **facts)
    assert figure("funds.special_subsidy_upper", world.city) == Decimal(5560000)


def test_a_chair_paid_twice_is_one_person_of_one_union(world):
    person = money.member(world)
    facts = {"purpose": "chair_allowance", "is_person": True, "union": world.own}
    for month in (6, 12):
        day = datetime.date(2021, month, 20)
        money.entry(world.city, person=person, amount=Decimal(1200), entry_on=day, **facts)
    assert figure("funds.chair_allowance", world.city) == Decimal(2400)
    assert figure("funds.chair_allowance_persons", world.city) == 1
    assert figure("organisation.chair_allowance_unions", world.city) == 1


def posted(world, **more):
    return {
        "organisation": world.own.pk,
        "direction": "spend",
        "purpose": "chair_allowance",
        "source": "union",
        "amount": "2400.00",
        "entry_on": "2021-12-10",
        "counterparty": "李梅",
        "is_person": "on",
    } | more


ADD = "admin:funds_fundentry_add"


def test_an_entry_is_made_once_and_changed_with_a_trace(world, client):
    client.force_login(world.user("finance_maker"))
    assert client.post(reverse(ADD), posted(world)).status_code == 302
    again = client.post(reverse(ADD), posted(world))
    assert "这笔收支已经登记" in again.content.decode()
    made = FundEntry.objects.get()
    change = reverse("admin:funds_fundentry_change", args=[made.pk])
    assert client.post(change, posted(world, project="年度津贴")).status_code == 302
    event = AuditEvent.objects.filter(action="funds.fundentry.change").get()
    assert event.changes == {"project": ["", "年度津贴"]}


def test_tomorrow_is_refused(world, client):
    client.force_login(world.user("finance_maker"))
    answer = client.post(reverse(ADD), posted(world, entry_on="2999-01-01"))
    assert "日期不能晚于今天" in answer.content.decode()
    assert not FundEntry.objects.exists()


def test_a_member_is_known_by_number_and_name(world, client):
    person = money.member(world)
    client.force_login(world.user("finance_maker"))
    number = person.certificate_number.clear()
    other = client.post(reverse(ADD), posted(world, number=number, counterparty="王芳"))
    assert "没有找到该证件号码" in other.content.decode()
    assert client.post(reverse(ADD), posted(world, number=number)).status_code == 302
    assert FundEntry.objects.get().person == person


def test_persons_are_masked_for_those_who_look_on(world, client):
    made = money.entry(world.own, counterparty="欧阳静", is_person=True)
    client.force_login(world.user("finance_checker"))
    for name, args in [("changelist", []), ("change", [made.pk])]:
        page = client.get(reverse(f"admin:funds_fundentry_{name}", args=args)).content.decode()
        assert "欧阳*" in page
        assert "欧阳静" not in page


HEAD = "所属工会,收支方向,用途,资金来源,金额,日期,对方名称,对方会员证件号码\n"


def brought(world, *lines):
    text = HEAD + "\n".join(",".join(line) for line in lines)
    made = imports.start(
        io.BytesIO(text.encode()),
        name="津贴.csv",
        sheet="fund_entries",
        organisation=world.city,
        by=world.user("finance_maker"),
        send=False,
    )
    run_now(made.job)
    made.refresh_from_db()
    return made


def test_a_table_finds_members_by_number_whose_name_agrees(world):
    person = money.member(world)
    number = person.certificate_number.clear()
    line = [world.own.code, "支出", "非公企业工会主席津贴", "工会经费", "2400.00", "2021-12-10"]
    wrong = brought(world, [*line, "王芳", number])
    (error,) = imports.summary(wrong)["errors"]
    assert error["code"] == "unknown_person"
    assert number not in error["message"]
    assert brought(world, [*line, "李梅", number]).created == 1
    made = FundEntry.objects.get()
    assert (made.person, made.is_person) == (person, True)
    assert brought(world, [*line, "李梅", number]).same == 1
