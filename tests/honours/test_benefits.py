"""What titles bring: allowances through three hands to the bank, and where they end."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.errors import OutOfScope, Refused
from core.indicators import compute
from core.models import AuditEvent
from core.periods import Period
from funds.models import Payable
from honours.models import Allowance, Award, Holder
from honours.models.cares import due
from honours.services import allowances, awards, cares, holders, revocations
from tests.factories import honours as made
from tests.factories.funds import Office
from tests.hardship.pages import browser, page

TODAY = timezone.localdate()


@pytest.fixture
def staff(world):
    made.rules(world.city)

    class Staff:
        clerk = world.user("honours_clerk")
        reviewer = world.user("honours_reviewer")
        approver = world.user("honours_approver")

        def approve(self, rows):
            workflow.apply_many(rows, "check", by=self.reviewer)
            return workflow.apply_many(rows, "approve", by=self.approver)

    return Staff()


@pytest.fixture
def pool(world, staff):
    return made.pool(world.city)


def spring(world, staff, pool, within=None):
    return allowances.list_entitled(
        kind="spring", year=TODAY.year, pool=pool, within=within or world.city, by=staff.clerk
    )


def test_who_holds_a_title_is_listed_once_with_the_amount_of_his_level(world, staff, pool):
    national = made.holder(world.own, "model_worker_national")
    made.holder(world.foreign)
    made.holder(world.own, "model_worker_county", status="deceased", status_since="2020-01-01")
    made.award(world.own, "may1_medal_municipal")  # no model worker
    rows = spring(world, staff, pool)
    assert sorted(row.amount for row in rows) == [Decimal(1000), Decimal(2000)]
    assert {row.state for row in rows} == {"proposed"}
    top = next(row for row in rows if row.holder == national)
    assert top.level == "national"
    assert spring(world, staff, pool) == []


def test_three_persons_and_the_bank_bring_it_out(world, staff, pool):
    holder = made.holder(world.own)
    (row,) = allowances.propose_many(
        [allowances.Claim(holder, income=Decimal("30000.00"))],
        kind="living", year=2025, pool=pool, by=staff.clerk,
    )  # fmt: skip
    assert row.amount == Decimal("12000.00")
    assert "差额 12,000.00 元" in "".join(row.explained())
    with pytest.raises(Refused) as refusal:
        workflow.apply(row, "check", by=world.user("honours_reviewer", world.foreign))
    assert isinstance(refusal.value, OutOfScope)
    taken, left = staff.approve([row])
    assert (len(taken), left) == (1, {})
    owed = row.owed().get()
    assert (owed.kind, owed.amount, owed.payee_name) == (
        "allowance",
        row.amount,
        holder.person.name,
    )
    Office(world).paid([owed], on=datetime.date(2026, 3, 2))
    row.refresh_from_db()
    assert row.paid_on == datetime.date(2026, 3, 2)
    found = compute(
        ["honours.hardship_models", "honours.hardship_models_amount"],
        organisation=world.city,
        period=Period.year(2026),
    )
    assert [figure.value for figure in found] == [1, Decimal("12000.00")]


def test_the_same_is_not_given_twice(world, staff, pool):
    claim = allowances.Claim(made.holder(world.own), loss=Decimal("3000.00"), occasion="住院")
    facts = {"kind": "special", "year": 2025, "pool": pool, "by": staff.clerk}
    allowances.propose(claim, **facts)
    with pytest.raises(Refused) as refusal:
        allowances.propose(claim, **facts)
    assert refusal.value.code == "listed"
    allowances.propose(claim._replace(occasion="火灾"), **facts)
    assert Allowance.objects.count() == 2


def test_only_a_special_loss_has_occasions(world, staff, pool):
    holder = made.holder(world.own)
    spring(world, staff, pool)
    facts = {"year": TODAY.year, "pool": pool, "by": staff.clerk}
    for kind in ("spring", "living"):
        claim = allowances.Claim(holder, income=Decimal(30000), occasion="再发一次")
        with pytest.raises(Refused) as refusal:
            allowances.propose(claim, kind=kind, **facts)
        assert refusal.value.code == "no_occasion"


def test_the_most_of_a_year_holds_over_all_occasions(world, staff, pool):
    claim = allowances.Claim(made.holder(world.own), loss=Decimal(30000), occasion="住院")
    facts = {"kind": "special", "year": TODAY.year, "pool": pool, "by": staff.clerk}
    first = allowances.propose(claim, **facts)
    second = allowances.propose(claim._replace(occasion="火灾"), **facts)
    assert (first.amount, second.amount) == (15000, 5000)
    assert "本年度已登记 15,000.00 元" in "".join(second.explained())
    with pytest.raises(Refused) as refusal:
        allowances.propose(claim._replace(occasion="手术"), **facts)
    assert refusal.value.code == "nothing_lacking"
    taken, left = staff.approve([first, second])
    assert (len(taken), left) == (2, {})
    other = made.holder(world.own)
    claims = [
        allowances.Claim(other, loss=Decimal(30000), occasion=each) for each in ("住院", "火灾")
    ]
    rows = allowances.propose_many(claims, **facts)
    assert [row.amount for row in rows] == [15000, 5000]


def test_of_a_year_before_the_title_nothing_is_given(world, staff, pool):
    holder = made.holder(world.own)
    facts = {"kind": "spring", "pool": pool, "by": staff.clerk}
    Award.objects.update(granted_on=datetime.date(TODAY.year, 1, 1))
    last = TODAY.year - 1
    assert allowances.list_entitled(year=last, within=world.city, **facts) == []
    with pytest.raises(Refused) as refusal:
        allowances.propose(allowances.Claim(holder), year=last, **facts)
    assert refusal.value.code == "not_entitled"
    made.award(world.own, "model_worker_county", on="2015-04-30", person=holder.person)
    (row,) = allowances.list_entitled(year=last, within=world.city, **facts)
    assert row.level == "county", "the title of that year, not a later one"


def test_who_lacks_nothing_gets_nothing(world, staff, pool):
    claim = allowances.Claim(made.holder(world.own), income=Decimal("42000.00"))
    with pytest.raises(Refused) as refusal:
        allowances.propose(claim, kind="living", year=2025, pool=pool, by=staff.clerk)
    assert refusal.value.code == "nothing_lacking"


def test_without_an_account_it_is_not_approved(world, staff, pool):
    made.holder(world.own, bank="", account="")
    rows = spring(world, staff, pool)
    taken, left = staff.approve(rows)
    assert taken == []
    assert "尚未登记开户银行" in next(iter(left))


def test_a_revoked_title_stops_what_is_not_paid_and_keeps_its_row(world, staff, pool):
    holder = made.holder(world.own)
    rows = spring(world, staff, pool)
    staff.approve(rows)
    award = Award.objects.get()
    row = revocations.propose(award, cause="fraud", finding="事迹不实", by=staff.clerk)
    workflow.apply(row, "review", by=staff.reviewer, comment="情况属实")
    workflow.apply(
        row, "decide", by=staff.approver, authority="市委、市政府",
        document_number="江发〔2026〕7号", effective_on=TODAY, comment="",
    )  # fmt: skip
    award.refresh_from_db()
    assert (award.revoked_on, award.revocation_document) == (TODAY, "江发〔2026〕7号")
    assert not Award.objects.standing(TODAY).exists()
    assert Award.objects.standing(TODAY - datetime.timedelta(days=1)).exists()
    assert Allowance.objects.get().state == "stopped"
    assert Payable.objects.get().state == "cancelled"
    pool.refresh_from_db()
    assert pool.claimed == 0
    assert not Holder.objects.entitled(TODAY).filter(pk=holder.pk).exists()
    assert spring(world, staff, pool) == []
    with pytest.raises(Refused, match="已于"):
        awards.revoke(award, on=TODAY, reason="重复", document_number="1", by=staff.approver)


def test_a_title_is_not_revoked_ahead(world, staff, pool):
    made.holder(world.own)
    (row,) = spring(world, staff, pool)
    later = TODAY + datetime.timedelta(days=1)
    with pytest.raises(Refused) as refusal:
        awards.revoke(row.award, on=later, reason="失实", document_number="1", by=staff.approver)
    assert refusal.value.code == "ahead"
    row.refresh_from_db()
    assert row.state == "proposed"


def test_what_stands_in_a_batch_is_not_paid_after_a_death(world, staff, pool):
    holder = made.holder(world.own)
    staff.approve(spring(world, staff, pool))
    office = Office(world)
    batch = office.take(office.batch([Payable.objects.get()]), "submit", "check")
    holder.status, holder.status_since = "deceased", TODAY
    holders.confirm(holder, year=TODAY.year, by=staff.clerk)
    assert Allowance.objects.get().state == "approved"
    with pytest.raises(Refused, match="已经去世"):
        office.take(batch, "approve")


def test_who_died_is_stopped_at_once(world, staff, pool):
    holder = made.holder(world.own)
    spring(world, staff, pool)
    holder.status, holder.status_since = "deceased", TODAY
    made_ = holders.confirm(holder, year=TODAY.year, by=staff.clerk)
    assert (made_.status, made_.confirmed_by) == ("deceased", staff.clerk)
    assert Allowance.objects.get().state == "stopped"
    assert AuditEvent.objects.filter(action="honours.holder.confirm").exists()


def test_a_death_written_into_the_file_stops_what_is_not_paid(world, staff, pool):
    holder = made.holder(world.own)
    spring(world, staff, pool)
    facts = {
        "organisation": world.own.pk, "status": "deceased", "status_since": f"{TODAY}",
        "bank": "", "account": "",
    }  # fmt: skip
    browser(staff.clerk).post(page(holder), facts)
    holder.refresh_from_db()
    assert holder.status == "deceased"
    assert Allowance.objects.get().state == "stopped"


def test_a_confirmation_of_the_year_is_one_row(world, staff):
    holder = made.holder(world.own)
    for phone in ("13800000001", "13800000002"):
        holder.phone = phone
        holders.confirm(holder, year=TODAY.year, by=staff.clerk)
    row = holder.confirmations.get()
    assert row.phone.clear() == "13800000002"
    assert str(row.phone) != row.phone.clear()
    assert not Holder.objects.unconfirmed(TODAY.year).exists()
    assert Holder.objects.unconfirmed(TODAY.year + 1).count() == 1


@pytest.mark.parametrize(
    ("status", "held_on", "is_due"),
    [
        ("in_service", "2024-12-31", True),
        ("in_service", "2025-01-01", False),
        ("retired", "2023-12-31", True),
        ("retired", "2024-01-01", False),
        ("retired", None, True),
        ("deceased", None, False),
    ],
)
def test_who_is_due_for_a_check_up(world, staff, status, held_on, is_due):
    since = "2020-01-01" if status == "deceased" else None
    holder = made.holder(world.own, status=status, status_since=since)
    if held_on:
        made.care_of(holder, kind="checkup", held_on=made.day(held_on))
    on = datetime.date(2025, 6, 1)
    assert due(Holder.objects.all(), "checkup", on).exists() is is_due


def test_a_district_with_rules_of_its_own_is_not_asked_by_the_citys(world, staff):
    holder = made.holder(world.own)
    made.holder(world.foreign)
    on = datetime.date(2025, 6, 1)
    assert due(Holder.objects.all(), "checkup", on).count() == 2
    made.care_rule(world.district, years=5)
    made.care_of(holder, kind="checkup", held_on=made.day("2022-01-01"))
    assert [row.organisation for row in due(Holder.objects.all(), "checkup", on)] == [world.foreign]


def test_a_check_up_is_recorded_for_those_who_are_due(world, staff):
    rows = [made.holder(world.own), made.holder(world.foreign)]
    facts = {"kind": "checkup", "held_on": TODAY, "cost": Decimal("1000.00"), "by": staff.clerk}
    assert sum(row.total for row in cares.record_many(rows, **facts)) == 2000
    with pytest.raises(Refused) as refusal:
        cares.record_many(rows, **facts)
    assert refusal.value.code == "not_due"


def test_lists_are_decided_on_the_screen(client, world, staff, pool):
    made.holder(world.own)
    spring(world, staff, pool)
    client.force_login(staff.reviewer)
    shown = {"count": "1", "total": "1000.00", "comment": ""}
    page = client.post(reverse("admin:honours_allowance_check_many"), shown, follow=True)
    assert "“核对通过”已办理 1 件、1,000.00 元" in page.content.decode()
    assert Allowance.objects.get().state == "checked"
