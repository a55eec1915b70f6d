"""Giving back to small employers: who, how much, and through whose hands."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Sum

from core import workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import Assignment
from core.services import organisations
from funds.models import (
    Account,
    Allocation,
    Distribution,
    Due,
    Posting,
    Rebate,
    RebateScheme,
    SizeReturn,
)
from funds.rules import rebates as rules
from funds.services import custody, rebates
from members.models import Coverage, Post, UnionProfile
from tests.factories import members
from tests.factories import rebates as made


@pytest.fixture
def staff(world):
    """Who lists, checks and approves at the city."""

    class Staff:
        maker = world.user("finance_maker")
        checker = world.user("finance_checker")
        approver = world.user("finance_approver")

        def approve(self, row):
            row = workflow.apply(row, "check", by=self.checker)
            return workflow.apply(row, "approve", by=self.approver)

        def approve_all(self, rows):
            workflow.apply_many(rows, "check", by=self.checker)
            return workflow.apply_many(rows, "approve", by=self.approver)

    return Staff()


@pytest.fixture
def pays(world):
    """Records a receipt that was split."""

    def record(employer, amount, period="2024-03-01", **fields):
        return made.paid(employer, amount, period, by=world.builder, collector=world.city, **fields)

    return record


def amounts(rows):
    return {row.employer.name: row.amount for row in rows}


# Who is entitled.


def test_who_pays_less_than_the_limit_is_given_the_upper_shares_back(world, staff, pays):
    rules_of_2024 = made.scheme(world.city)
    for name, paid in [("甲厂", "9999.99"), ("乙厂", "10000.00"), ("丙厂", "0.03")]:
        pays(made.firm(world.own, name=name), paid)
    listed = rebates.list_entitled(rules_of_2024, year=2024, by=staff.maker)
    # 40 % of 9,999.99 in three parts of which each is rounded by the split.
    parts = Allocation.objects.get(amount=Decimal("9999.99"))
    assert amounts(listed) == {
        "甲厂": parts.district + parts.municipal + parts.provincial,
        "丙厂": Decimal("0.01"),
    }
    assert {row.organisation for row in listed} == {world.own}
    assert {row.state for row in listed} == {"claimed"}


def test_a_refund_brings_a_payer_below_the_limit(world, staff, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    first = pays(firm, "10000.00", "2024-05-01")
    assert rebates.list_entitled(scheme, year=2024, by=staff.maker) == []
    pays(firm, "-1000.00", "2024-05-01", reverses=first.line)
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    assert [row.amount for row in listed] == [Decimal("3600.00")]
    assert listed[0].facts["paid"] == "9000.00"


def test_a_scheme_that_ends_within_the_year_takes_the_periods_before_its_end(world, staff, pays):
    """The first day of the period decides, when the money came in does not."""
    scheme = made.scheme(world.city, valid_from="2023-07-01", valid_to="2024-06-30")
    firm = made.firm(world.own)
    for period in ("2023-06-01", "2023-07-01", "2024-06-01", "2024-07-01"):
        pays(firm, "1000.00", period)
    Allocation.objects.all()[2].line.__class__.objects.update(entry_on="2024-09-15")
    (first,) = rebates.list_entitled(scheme, year=2023, by=staff.maker)
    assert (first.amount, first.base_amount) == (Decimal("400.00"), Decimal("400.00"))
    assert (first.period_first, first.period_last) == (
        datetime.date(2023, 7, 1),
        datetime.date(2023, 12, 31),
    )
    (second,) = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    assert second.amount == Decimal("400.00")
    assert second.period_last == datetime.date(2024, 6, 30)
    with pytest.raises(Refused) as refusal:
        rebates.list_entitled(scheme, year=2022, by=staff.maker)
    assert refusal.value.code == "not_in_force"


def test_who_crosses_the_limit_in_december_gives_back_what_he_got(world, staff, pays):
    scheme, firm = made.scheme(world.city, cycle="quarter"), made.firm(world.own)
    expected = {1: Decimal("1200.00"), 2: Decimal("1200.00"), 3: Decimal("1200.00")}
    for quarter in (1, 2, 3):
        pays(firm, "3000.00", f"2024-{3 * quarter:02}-01")
        (row,) = rebates.list_entitled(scheme, year=2024, quarter=quarter, by=staff.maker)
        assert row.amount == expected[quarter]
        staff.approve(row)
    pays(firm, "1000.00", "2024-12-01")
    (last,) = rebates.list_entitled(scheme, year=2024, quarter=4, by=staff.maker)
    assert last.amount == Decimal("-3600.00")
    staff.approve(last)
    assert Due.objects.aggregate(total=Sum("amount"))["total"] == 0
    assert "不低于年缴费限额 10,000.00 元" in "".join(last.explained())
    assert "从该工会以后的应返款中抵扣" in last.explained()[-1]


def test_who_stays_below_the_limit_in_december_is_given_the_last_quarter(world, staff, pays):
    scheme, firm = made.scheme(world.city, cycle="quarter"), made.firm(world.own)
    pays(firm, "9000.00", "2024-03-01")
    (row,) = rebates.list_entitled(scheme, year=2024, quarter=1, by=staff.maker)
    staff.approve(row)
    pays(firm, "999.99", "2024-12-01")
    (last,) = rebates.list_entitled(scheme, year=2024, quarter=4, by=staff.maker)
    assert row.amount + last.amount == rules.entitled(last.base_amount, Decimal(100))


def test_small_and_micro_by_the_return_of_the_year_then_by_the_register(world, staff, pays):
    scheme = made.scheme(world.city, "2020-01-01", "2021-12-31", eligibility="small_micro")
    sized = made.firm(world.own, name="年报微型", size="large")
    grown = made.firm(world.own, name="年报中型", size="micro")
    known = made.firm(world.own, name="台账小型", size="small")
    unknown = made.firm(world.own, name="未登记")
    for firm in (sized, grown, known, unknown):
        pays(firm, "100000.00", "2021-02-01")
    for firm, employees in ((sized, 9), (grown, 100)):
        SizeReturn.objects.create(
            organisation=world.own, employer=firm, year=2021, trade="other", employees=employees
        )
    SizeReturn.objects.create(
        organisation=world.own, employer=unknown, year=2020, trade="other", employees=3
    )
    listed = rebates.list_entitled(scheme, year=2021, by=staff.maker)
    assert amounts(listed) == dict.fromkeys(["年报微型", "台账小型"], Decimal("40000.00"))
    told = {row.employer.name: row.explained()[1] for row in listed}
    assert told["年报微型"] == (
        "按2021年规模年报和划型标准（工信部联企业〔2011〕300号），该单位为微型企业。"
    )
    assert "没有该单位2021年的规模年报" in told["台账小型"]


def test_a_union_must_be_there_where_the_scheme_asks_for_it(world, staff, pays):
    scheme = made.scheme(world.city)
    without = members.employer(world.own, "未建会")
    late = made.firm(world.own, name="次年建会", since="2025-01-01")
    for firm in (without, late):
        pays(firm, "1000.00")
    assert rebates.list_entitled(scheme, year=2024, by=staff.maker) == []
    scheme.needs_union = False
    scheme.save()
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    assert {row.organisation for row in listed} == {world.own}
    assert len(listed) == 2


def test_percentages_are_rounded_half_up(world):
    assert rules.entitled(Decimal("0.01"), Decimal("50")) == Decimal("0.01")
    assert rules.entitled(Decimal("100.05"), Decimal("10")) == Decimal("10.01")
    assert rules.entitled(Decimal("100.04"), Decimal("10")) == Decimal("10.00")


# Listing.


def test_a_second_list_adds_only_who_was_not_in_the_first(world, staff, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own, name="甲厂"), "100.00")
    assert len(rebates.list_entitled(scheme, year=2024, by=staff.maker)) == 1
    pays(made.firm(world.foreign, name="乙厂"), "100.00")
    assert amounts(rebates.list_entitled(scheme, year=2024, by=staff.maker)) == {
        "乙厂": Decimal("40.00")
    }


def test_a_quarter_is_not_given_again_after_a_later_one_counted_it(world, staff, pays):
    scheme, firm = made.scheme(world.city, cycle="quarter"), made.firm(world.own)
    for period in ("2024-01-01", "2024-04-01"):
        pays(firm, "1000.00", period)
    (half,) = rebates.list_entitled(scheme, year=2024, quarter=2, by=staff.maker)
    assert half.amount == Decimal("800.00")
    assert rebates.list_entitled(scheme, year=2024, quarter=1, by=staff.maker) == []
    with pytest.raises(Refused, match="2024-04-01 至 2024-06-30 的返还已经登记") as refusal:
        rebates.claim(scheme, firm, year=2024, quarter=1, by=staff.maker)
    assert refusal.value.code == "counted"
    workflow.apply(half, "withdraw", by=staff.maker, comment="先办第一季度")
    (first,) = rebates.list_entitled(scheme, year=2024, quarter=1, by=staff.maker)
    assert first.amount == Decimal("400.00")


def test_who_was_refused_may_be_listed_again(world, staff, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own), "100.00")
    (row,) = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    workflow.apply(row, "refuse", by=staff.checker, comment="单位已注销")
    assert len(rebates.list_entitled(scheme, year=2024, by=staff.maker)) == 1


def test_a_district_lists_its_own_unions(world, staff, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own, name="甲厂"), "100.00")
    pays(made.firm(world.foreign, name="乙厂"), "100.00")
    maker = world.user("finance_maker", world.district)
    with pytest.raises(OutOfScope):
        rebates.list_entitled(scheme, year=2024, by=maker)
    listed = rebates.list_entitled(scheme, year=2024, within=world.district, by=maker)
    assert amounts(listed) == {"甲厂": Decimal("40.00")}


def test_nobody_lists_without_the_right_or_before_the_period_is_over(world, staff):
    scheme = made.scheme(world.city, valid_to="2099-12-31")
    with pytest.raises(NotPermitted):
        rebates.list_entitled(scheme, year=2024, by=staff.approver)
    with pytest.raises(Refused) as refusal:
        rebates.list_entitled(scheme, year=2099, by=staff.maker)
    assert refusal.value.code == "not_over"
    with pytest.raises(Refused) as refusal:
        rebates.list_entitled(scheme, year=2024, quarter=1, by=staff.maker)
    assert refusal.value.code == "cycle"


def test_many_employers_cost_as_many_queries_as_few(
    world, staff, pays, django_assert_max_num_queries
):
    scheme = made.scheme(world.city)
    for number in range(30):
        pays(made.firm(world.own, name=f"第{number}厂"), "100.00")
    with django_assert_max_num_queries(30):
        assert len(rebates.list_entitled(scheme, year=2024, by=staff.maker)) == 30


# Claiming.


def test_the_chair_claims_for_the_own_union(world, staff, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    pays(firm, "5000.00")
    chair = world.user("chair", world.own)
    row = rebates.claim(scheme, firm, year=2024, note="请予返还", by=chair)
    assert (row.is_claimed, row.amount, row.organisation) == (True, Decimal("2000.00"), world.own)
    assert rebates.list_entitled(scheme, year=2024, by=staff.maker) == []
    with pytest.raises(Refused) as refusal:
        rebates.claim(scheme, firm, year=2024, by=chair)
    assert refusal.value.code == "listed"
    with pytest.raises(OutOfScope):
        rebates.claim(scheme, firm, year=2024, by=world.user("chair", world.foreign))


def test_a_claim_without_a_ground_is_refused_with_the_reason(world, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    chair = world.user("chair", world.own)
    with pytest.raises(Refused) as refusal:
        rebates.claim(scheme, firm, year=2024, by=chair)
    assert refusal.value.code == "nothing_paid"
    pays(firm, "10000.00")
    with pytest.raises(Refused) as refusal:
        rebates.claim(scheme, firm, year=2024, by=chair)
    assert "2024年缴费 10,000.00 元（已扣除退库），不低于年缴费限额 10,000.00 元" in str(
        refusal.value
    )


# The road.


def test_an_approved_rebate_is_due_and_in_the_books(world, staff, pays):
    scheme, firm = made.scheme(world.city, due_days=45), made.firm(world.own)
    pays(firm, "5000.00")
    (row,) = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    row = staff.approve(row)
    due = row.due
    assert (due.amount, due.source, due.organisation) == (Decimal("2000.00"), "rebate", world.own)
    assert due.due_on == due.booked_on + datetime.timedelta(days=45)
    assert (due.payer, due.period) == (world.city, datetime.date(2024, 1, 1))
    entry = due.distribution.entry
    posted = {each.account.role: (each.amount, each.payee) for each in entry.postings.all()}
    assert posted == {
        Account.Role.REBATE: (Decimal("2000.00"), None),
        Account.Role.RETURN: (Decimal("-2000.00"), world.own),
    }


def test_many_are_approved_by_one_distribution(world, staff, pays):
    scheme = made.scheme(world.city)
    UnionProfile.objects.create(organisation=world.foreign, kind="single", has_own_account=False)
    UnionProfile.objects.create(organisation=world.own, kind="single", has_own_account=True)
    for union in (world.own, world.own, world.foreign):
        pays(made.firm(union), "5000.00")
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    taken, left = staff.approve_all(listed)
    assert (len(taken), left) == (3, {})
    assert set(Rebate.objects.values_list("state", flat=True)) == {"approved"}
    event = Distribution.objects.get(kind="rebate")
    assert event.dues.count() == 3
    assert set(event.dues.filter(is_custody=True).values_list("organisation", flat=True)) == {
        world.foreign.pk
    }
    posted = dict(Posting.objects.filter(entry=event.entry).values_list("account__role", "amount"))
    assert posted == {
        "rebate": Decimal("6000.00"),
        "return": Decimal("-4000.00"),
        "held": Decimal("-2000.00"),
    }


def test_a_rebate_in_custody_is_released_as_one(world, staff, pays):
    scheme = made.scheme(world.city)
    profile = UnionProfile.objects.create(
        organisation=world.own, kind="single", has_own_account=False
    )
    for _ in range(2):
        pays(made.firm(world.own), "5000.00")
    rows = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    staff.approve_all(rows)
    profile.has_own_account = True
    profile.save()
    (event,) = custody.release(world.own, by=None)
    for row in rows:
        row = Rebate.objects.get(pk=row.pk)
        assert (row.due.distribution, row.due.source) == (event, "rebate")
        assert (row.due.amount, row.due.is_custody) == (Decimal("2000.00"), False)
    assert not Due.objects.held().exists()
    assert set(event.dues.values_list("source", flat=True)) == {"rebate"}


def test_who_moved_to_another_scheme_is_not_given_twice(world, staff, pays):
    here, there = made.scheme(world.district), made.scheme(world.other_district)
    firm = made.firm(world.own)
    pays(firm, "5000.00")
    assert len(rebates.list_entitled(here, year=2024, by=staff.maker)) == 1
    organisations.move(
        world.town, parent=world.other_district, on=datetime.date(2025, 1, 1), by=world.builder
    )
    assert rebates.list_entitled(there, year=2024, by=staff.maker) == []
    with pytest.raises(Refused, match="同一笔缴费不能按两项政策返还") as refusal:
        rebates.claim(there, firm, year=2024, by=staff.maker)
    assert refusal.value.code == "other_scheme"


def test_what_changed_since_it_was_listed_is_not_approved(world, staff, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    first = pays(firm, "5000.00")
    (row,) = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    row = workflow.apply(row, "check", by=staff.checker)
    pays(firm, "-1000.00", reverses=first.line)
    with pytest.raises(Refused) as refusal:
        workflow.apply(row, "approve", by=staff.approver)
    assert "应为 1,600.00 元" in str(refusal.value)
    taken, left = workflow.apply_many([row], "approve", by=staff.approver)
    assert taken == []
    assert list(left.values()) == [1]


def test_an_earlier_quarter_is_approved_first(world, staff, pays):
    scheme, firm = made.scheme(world.city, cycle="quarter"), made.firm(world.own)
    pays(firm, "1000.00", "2024-01-01")
    pays(firm, "1000.00", "2024-04-01")
    (first,) = rebates.list_entitled(scheme, year=2024, quarter=1, by=staff.maker)
    (second,) = rebates.list_entitled(scheme, year=2024, quarter=2, by=staff.maker)
    assert (first.amount, second.amount) == (Decimal("400.00"), Decimal("400.00"))
    second = workflow.apply(second, "check", by=staff.checker)
    with pytest.raises(Refused) as refusal:
        workflow.apply(second, "approve", by=staff.approver)
    assert "以前所属期的返还尚未审批" in str(refusal.value)
    staff.approve(first)
    assert workflow.apply(second, "approve", by=staff.approver).state == "approved"


def test_one_person_lists_checks_and_approves_nothing_twice(world, staff, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own), "5000.00")
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    for role in ("finance_checker", "finance_approver"):
        Assignment.objects.create(
            user=staff.maker, organisation=world.city, role=role, since=datetime.date(2020, 1, 1)
        )
    both = type(staff.maker).objects.get(pk=staff.maker.pk)
    with pytest.raises(Refused) as refusal:
        workflow.apply(listed[0], "check", by=both)
    assert refusal.value.code == "four_eyes"
    taken, left = workflow.apply_many(listed, "check", by=both)
    assert taken == []
    assert sum(left.values()) == 1


def leads(union, user):
    """The holder of an account leads a union, as the register has it."""
    person = members.person("王建国", user.certificate_number.clear())
    person.clean()
    person.save()
    Post.objects.create(
        organisation=union,
        person=person,
        holder_name="王建国",
        kind="chair",
        since=datetime.date(2020, 1, 1),
    )


def test_who_leads_the_union_may_claim_for_it(world, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    pays(firm, "5000.00")
    chair = world.user("chair", world.own)
    leads(world.own, chair)
    row = rebates.claim(scheme, firm, year=2024, by=chair)
    assert chair.certificate_index in set(row.concerned())


def test_who_leads_the_union_that_is_paid_decides_nothing_on_it(world, staff, pays):
    """A checker who is also the chair of the union is refused, one by one and among many."""
    scheme = made.scheme(world.city)
    leads(world.own, staff.checker)
    pays(made.firm(world.own), "5000.00")
    pays(made.firm(world.foreign), "5000.00")
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    own = next(row for row in listed if row.organisation == world.own)
    with pytest.raises(Refused) as refusal:
        workflow.apply(own, "check", by=staff.checker)
    assert refusal.value.code == "concerned"
    taken, left = workflow.apply_many(listed, "check", by=staff.checker)
    assert [row.organisation for row in taken] == [world.foreign]
    assert "涉及本人" in next(iter(left))


def test_bulk_steps_ask_for_the_right_on_every_row(world, staff, pays):
    scheme = made.scheme(world.city)
    pays(made.firm(world.own), "5000.00")
    pays(made.firm(world.foreign), "5000.00")
    listed = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    with pytest.raises(OutOfScope):
        workflow.apply_many(listed, "check", by=world.user("finance_checker", world.district))
    with pytest.raises(NotPermitted):
        workflow.apply_many(listed, "check", by=staff.maker)
    assert set(Rebate.objects.values_list("state", flat=True)) == {"claimed"}


# Schemes.


def test_schemes_do_not_overlap_in_a_region(world):
    made.scheme(world.city)
    with pytest.raises(ValidationError):
        made.scheme(world.district, "2024-12-31", "2025-12-31")
    made.scheme(world.district, "2025-01-01", "2025-12-31")
    made.scheme(world.other_district, "2025-01-01", "2025-12-31")
    with pytest.raises(ValidationError):
        made.scheme(world.city, "2025-06-01", "2026-12-31")


def test_a_scheme_that_was_used_stays_as_it_is(world, staff, pays):
    scheme = made.scheme(world.city, valid_to="2025-12-31")
    pays(made.firm(world.own), "5000.00")
    rebates.list_entitled(scheme, year=2024, by=staff.maker)
    scheme.percent = Decimal(50)
    with pytest.raises(ValidationError):
        scheme.full_clean()
    scheme = RebateScheme.objects.get()
    scheme.valid_to = datetime.date(2024, 6, 30)
    with pytest.raises(ValidationError):
        scheme.full_clean()
    scheme.valid_to = datetime.date(2024, 12, 31)
    scheme.full_clean()


def test_the_facts_stay_as_they_were(world, staff, pays):
    scheme, firm = made.scheme(world.city), made.firm(world.own)
    pays(firm, "5000.00")
    (row,) = rebates.list_entitled(scheme, year=2024, by=staff.maker)
    said = row.explained()
    Coverage.objects.update(since="2020-01-01")
    pays(firm, "100.00")
    assert Rebate.objects.get().explained() == said
    assert scheme.document_number in said[0]
    assert "5,000.00 元（已扣除退库），低于年缴费限额 10,000.00 元" in said[1]
    assert "区县（产业） 250.00 元 + 市级 1,000.00 元 + 省级 750.00 元" in said[3]


@pytest.mark.parametrize("level", ["grassroots", "held"])
def test_nobody_is_given_back_what_is_returned_anyway(world, level):
    with pytest.raises(ValidationError, match="请选择返还哪些级次的分成"):
        made.scheme(world.city, base=["municipal", level])
