"""From a grant that is laid down to money that has arrived, came back, or was stopped."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, DeclaredKin, User
from core.services import delegations
from funds import reconciliation
from funds.models import Payable, Payment
from funds.services import payables, results
from hardship.models import Case, Grant
from hardship.services import aid
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.members import resident_number

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 20)


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def office(world):
    return money.Office(world, source="municipal")


@pytest.fixture
def grant(world, staff):
    return households.grant(household(world.own), by=staff.clerk)


def household(place, name="王建国", **fields):
    return households.register(
        place,
        applicant_name=name,
        **{"account_holder": name, "bank": "江城银行", "account": money.account_number()} | fields,
    )


def one(grant):
    return Grant.objects.filter(pk=grant.pk)


def state(grant):
    return one(grant).with_state().get().state


def approve(grant, office, staff, **more):
    return aid.approve(one(grant), **{"pool": office.pool, "by": staff.approver} | more)


def refusal(act, *args, **more):
    with pytest.raises(Refused) as refused:
        act(*args, **more)
    return refused.value


def is_even(world):
    assert reconciliation.differences(world.city) == []
    assert reconciliation.sums(world.city).is_even


def test_money_travels_bounces_and_arrives(world, staff, office, grant):
    assert state(grant) == "laid_down"
    (owed,) = approve(grant, office, staff)
    assert (owed.payee_name, owed.amount, state(grant)) == ("王建国", 1000, "waiting")
    assert owed.account.clear() == grant.case.account.clear()
    assert owed.payee_index == grant.beneficiary.certificate_index
    office.paid([owed], bounced=[1])
    assert state(grant) == "bounced"
    right = money.account_number()
    payables.correct_account(
        owed, bank="江城银行", account=right, reason="账号抄写有误", by=office.maker
    )
    assert state(grant) == "waiting"
    batch = office.sent([owed])
    assert state(grant) == "batched"
    office.answer(batch, on=DAY)
    office.settle(batch)
    grant.refresh_from_db()
    assert (state(grant), grant.paid_on) == ("paid", DAY)
    (done,) = Payment.objects.filter(result="done")
    results.bounce(done, on=DAY, reason="账户已销", by=office.maker)
    grant.refresh_from_db()
    assert (state(grant), grant.paid_on) == ("bounced", None)
    told = AuditEvent.objects.filter(object_type="hardship.Grant", object_id=grant.pk)
    verbs = [each.action.rpartition(".")[2] for each in told.order_by("pk")]
    assert verbs == ["add", "approve", "confirm", "bounce"]
    is_even(world)


def test_who_laid_it_down_does_not_approve_it_whatever_account_he_uses(world, staff, office):
    number = resident_number()
    first = world.user("aid_clerk", certificate_number=number)
    grant = households.grant(household(world.own), by=first)
    type(first).objects.filter(pk=first.pk).update(certificate_number=None, certificate_index=None)
    second = world.user("aid_approver", certificate_number=number)
    assert refusal(approve, grant, office, staff, by=second).code == "four_eyes"
    first.refresh_from_db()
    type(second).objects.filter(pk=second.pk).update(
        certificate_number=None, certificate_index=None
    )
    type(first).objects.filter(pk=first.pk).update(
        certificate_index=workflow.identity(resident_number())
    )
    assert approve(grant, office, staff)
    one(grant).update(approved_on=None, approved_by=None, laid_by=None)
    assert refusal(approve, grant, office, staff).code == "four_eyes"


def test_who_acts_in_somebodys_place_is_kept_apart_like_him(world, staff, office):
    """委托代办: neither does the deputy approve what his principal laid down, nor the other way."""
    both = world.user("aid_approver")
    both.assignments.create(organisation=world.city, role="aid_clerk", since="2020-01-01")

    def deputy(role):
        source = both.assignments.get(role=role)
        until = timezone.localdate() + datetime.timedelta(days=3)
        to = world.user("leader")
        delegations.delegate(source, to=to, until=until, reason="出差期间代办", by=both)
        return User.objects.get(pk=to.pk)

    laid = households.grant(household(world.own), by=User.objects.get(pk=both.pk))
    found = refusal(approve, laid, office, staff, by=deputy("aid_approver"))
    assert found.code == "four_eyes"
    laid = households.grant(household(world.own), by=deputy("aid_clerk"))
    found = refusal(approve, laid, office, staff, by=User.objects.get(pk=both.pk))
    assert found.code == "four_eyes"
    assert approve(laid, office, staff)


def test_nobody_approves_what_concerns_himself_or_his_kin(world, staff, office, grant):
    number = grant.beneficiary.certificate_number.clear()
    kin = DeclaredKin.objects.create(
        user=staff.approver, name="王建国", relation="affinity", certificate_number=number
    )
    assert refusal(approve, grant, office, staff).code == "kin"
    kin.delete()
    himself = world.user("aid_approver", certificate_number=number)
    assert refusal(approve, grant, office, staff, by=himself).code == "concerned"
    assert not Payable.objects.exists()


def test_rights_and_scope(world, staff, office, grant):
    with pytest.raises(NotPermitted):
        approve(grant, office, staff, by=staff.clerk)
    elsewhere = world.user("aid_approver", world.other_district)
    pool = money.pool(world.other_district, source="municipal")
    with pytest.raises(OutOfScope):
        approve(grant, office, staff, by=elsewhere, pool=pool)
    with pytest.raises(OutOfScope):  # the pool of others
        approve(grant, office, staff, by=world.user("aid_approver", world.district), pool=pool)


def test_the_pool_is_of_the_grants_source_and_covers_its_place(world, staff, office, grant):
    union = money.pool(world.city, source="union")
    found = refusal(approve, grant, office, staff, pool=union)
    assert (found.code, "市级财政" in str(found)) == ("wrong_pool", True)
    other = money.pool(world.other_district, source="municipal")
    assert refusal(approve, grant, office, staff, pool=other).code == "pool_elsewhere"
    small = money.pool(world.city, "999.99", source="municipal")
    assert refusal(approve, grant, office, staff, pool=small).code == "pool_exhausted"
    assert state(grant) == "laid_down"
    is_even(world)


def test_it_is_approved_once(staff, office, grant):
    approve(grant, office, staff)
    assert refusal(approve, grant, office, staff).code == "already_approved"
    aid.withdraw(grant, reason="登记有误", by=staff.clerk)
    assert refusal(approve, grant, office, staff).code == "not_standing"


def stranger(case):
    Case.objects.filter(pk=case.pk).update(account_holder="赵六")


def namesake(case):
    households.member("child", case.account_holder, case=case, is_open=True).save()


def moved_out(case):
    case.members.update(left_on=DAY)


def no_account(case):
    case.bank = ""
    case.save()


def shared(case):
    account = case.account.clear()
    household(case.organisation, account=account)


def off_file(case):
    Case.objects.filter(pk=case.pk).update(state="refused", is_open=False)


def other_level(case):
    Grant.objects.update(source="central")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (stranger, "holder"),
        (namesake, "holder"),
        (moved_out, "beneficiary"),
        (no_account, "no_account"),
        (shared, "shared_account"),
        (off_file, "not_on_file"),
    ],
)
def test_what_changed_since_it_was_laid_down_is_found_and_the_household_named(
    world, staff, office, grant, change, code
):
    fine = households.grant(household(world.own, "李四"), by=staff.clerk)
    change(grant.case)
    found = refusal(aid.approve, Grant.objects.all(), pool=office.pool, by=staff.approver)
    assert found.code == code
    assert "王*国户：" in str(found)
    assert not Payable.objects.exists(), "all or none"
    assert state(fine) == "laid_down"


def test_withdrawing_takes_back_what_is_owed_but_not_out_of_a_batch(world, staff, office, grant):
    (owed,) = approve(grant, office, staff)
    batch = office.batch([owed])
    assert refusal(aid.withdraw, grant, reason="登记有误", by=staff.clerk).code == "in_batch"
    workflow.apply(batch, "void", by=office.maker, comment="暂缓发放")
    aid.withdraw(grant, reason="登记有误", by=staff.clerk)
    owed.refresh_from_db()
    office.pool.refresh_from_db()
    assert (owed.state, office.pool.claimed, state(grant)) == ("cancelled", 0, "withdrawn")
    is_even(world)


def test_what_finance_cancels_is_laid_down_as_before(staff, office, grant):
    (owed,) = approve(grant, office, staff)
    payables.cancel(owed, reason="账户变更，重新批准", by=office.maker)
    assert state(grant) == "laid_down"
    assert approve(grant, office, staff)


def test_one_that_bounced_and_is_given_up_leaves_even_books(world, staff, office, grant):
    (owed,) = approve(grant, office, staff)
    office.paid([owed], bounced=[1])
    aid.withdraw(grant, reason="本人放弃领取", by=staff.clerk)
    assert state(grant) == "withdrawn"
    is_even(world)


# What changes after the approval, and every step at which the money may still be stopped.


def account_of_file(grant):
    case = grant.case
    case.account = money.account_number()
    case.save()


def account_owed(grant):
    payable = Payable.objects.of(grant).get()
    payable.account = money.account_number()
    payable.save()


def payee_of_file(grant):
    households.member("spouse", "李梅", case=grant.case, is_open=True).save()
    Case.objects.filter(pk=grant.case_id).update(account_holder="李梅")


def payee_left(grant):
    grant.case.members.update(left_on=DAY)


def payee_owed(grant):
    Payable.objects.of(grant).update(payee_name="李梅")


def amount_of_grant(grant):
    one(grant).update(amount=Decimal("1000.01"))


def amount_owed(grant):
    Payable.objects.of(grant).update(amount=Decimal("999.99"))


def withdrawn(grant):
    one(grant).update(withdrawn_on=DAY)


def unapproved(grant):
    one(grant).update(approved_on=None, approved_by=None)


def found_false(grant):
    households.recognition(grant.case, "2026-01-01", "2026-11-01", ending="misidentified")


CHANGES = [
    *[account_of_file, account_owed, payee_of_file, payee_left, payee_owed],
    *[amount_of_grant, amount_owed, withdrawn, unapproved, found_false],
]


@pytest.mark.parametrize("done", [2, 3, 4])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_after_the_approval_stops_the_payment(world, staff, office, grant, change, done):
    """The next step is refused, whether the batch waits for approval, its file, or the bank."""
    batch = office.take(office.batch(approve(grant, office, staff)), *money.PATH[:done])
    change(grant)
    found = refusal(office.take, batch, money.PATH[done])
    assert found.code in {"guard", "changed_since"}
    if found.code == "guard":
        assert "王*国户" in str(found)
    assert not Payment.objects.filter(result="done").exists()


def test_it_is_not_sent_again_when_something_changed(staff, office, grant):
    batch = office.sent(approve(grant, office, staff))
    batch = workflow.apply(batch, "ask_resend", by=office.payer, comment="银行没有收到文件")
    account_of_file(grant)
    found = refusal(
        workflow.apply, batch, "resend", by=office.approver, comment="银行已书面确认没有收到"
    )
    assert found.code == "guard"


def test_what_was_stopped_is_mended_and_paid(world, staff, office, grant):
    owed = approve(grant, office, staff)
    batch = office.take(office.batch(owed), *money.PATH[:4])
    account_of_file(grant)
    batch = workflow.apply(batch, "stop", by=office.approver, comment="账户有变更")
    workflow.apply(batch, "void", by=office.maker, comment="账户有变更")
    payables.cancel(owed[0], reason="账户有变更", by=office.maker)
    grant.case.refresh_from_db()
    (again,) = approve(grant, office, staff)
    assert again.account.clear() == grant.case.account.clear()
    office.paid([again], on=DAY)
    assert state(grant) == "paid"
    is_even(world)


def test_an_account_that_was_led_elsewhere_without_a_correction_is_not_paid(staff, office, grant):
    """After a lawful correction the file may keep its account, or have the right one."""
    (owed,) = approve(grant, office, staff)
    office.paid([owed], bounced=[1])
    right = money.account_number()
    payables.correct_account(
        owed, bank="江城银行", account=right, reason="抄写有误", by=office.maker
    )
    batch = office.take(office.batch([owed]), "submit", "check")
    case = grant.case
    case.account = right
    case.save()
    assert office.take(batch, "approve").state == "approved"
    case.account = money.account_number()
    case.save()
    assert refusal(office.take, batch, "make_file").code == "guard"


def test_a_correction_does_not_cover_what_came_after_it(staff, office, grant):
    """The account was corrected, and then changed once more behind the services."""
    (owed,) = approve(grant, office, staff)
    office.paid([owed], bounced=[1])
    payables.correct_account(
        owed, bank="江城银行", account=money.account_number(), reason="抄写有误", by=office.maker
    )
    account_owed(grant)
    batch = office.take(office.batch([owed]), "submit", "check")
    assert "收款账户与档案登记的不符" in str(refusal(office.take, batch, "approve"))


def test_many_are_approved_with_the_questions_of_a_few(world, staff, office):
    """Laid down, approved, paid in a batch and taken back: questions do not grow with rows."""

    def asked(count):
        cases = [household(world.own) for _ in range(count)]
        rows = [
            Grant(
                case=case,
                beneficiary=case.members.get(),
                kind="living",
                source="municipal",
                cause="own_illness",
                amount=Decimal("100.00"),
                period_first=DAY,
                period_last=DAY,
            )
            for case in cases
        ]
        with CaptureQueriesContext(connection) as queries:
            made = aid.grant_many(rows, by=staff.clerk)
            chosen = Grant.objects.filter(pk__in=[row.pk for row in made])
            office.paid(aid.approve(chosen, pool=office.pool, by=staff.approver), bounced=[1])
        return len(queries)

    asked(2)
    assert asked(3) == asked(40)
    assert Grant.objects.in_state("paid").count() == 42
    is_even(world)


def test_grants_of_one_list_count_for_each_other(world, staff):
    case = household(world.own)
    facts = {
        "case": case,
        "beneficiary": case.members.get(),
        "source": "municipal",
        "cause": "own_illness",
        "amount": Decimal("100.00"),
        "period_first": DAY,
        "period_last": DAY,
    }
    rows = [Grant(kind=kind, **facts) for kind in ("living", "medical", "living")]
    found = refusal(aid.grant_many, rows, by=staff.clerk)
    assert found.code == "given_already"
    assert str(found).startswith("王*国户：")
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "act"),
    [
        ("laid_down", lambda office, staff, grant: None),
        ("waiting", lambda office, staff, grant: approve(grant, office, staff)),
        ("batched", lambda office, staff, grant: office.batch(approve(grant, office, staff))),
        ("paid", lambda office, staff, grant: office.paid(approve(grant, office, staff))),
        (
            "bounced",
            lambda office, staff, grant: office.paid(approve(grant, office, staff), bounced=[1]),
        ),
        (
            "withdrawn",
            lambda office, staff, grant: aid.withdraw(grant, reason="登记有误", by=staff.clerk),
        ),
    ],
)
def test_each_state_is_found(staff, office, grant, wanted, act):
    act(office, staff, grant)
    assert [each for each in Grant.State if Grant.objects.in_state(each).exists()] == [wanted]
    assert state(grant) == wanted


# Screens.


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_a_grant_is_laid_down_on_the_page_of_a_file(world, staff):
    case, other = household(world.own), household(world.own, "赵六")
    client = browser(staff.clerk)
    page = reverse("admin:hardship_case_change", args=[case.pk])
    address = reverse("admin:hardship_case_give", args=[case.pk])
    assert address in text(client.get(page))
    form = text(client.get(address))
    assert "王建国" in form
    assert "赵六" not in form
    told = {
        "beneficiary": case.members.get().pk,
        "kind": "living",
        "source": "municipal",
        "cause": "own_illness",
        "amount": "800",
        "period_first": "2026-01-01",
        "period_last": "2026-12-31",
    }
    assert "请核对" in text(client.post(address, told | {"period_last": "2025-12-31"}))
    assert "请选择" in text(client.post(address, told | {"beneficiary": other.members.get().pk})), (
        "members of other households are no choice"
    )
    refused = client.post(address, told | {"source": "central"})
    assert "只用于全国级档案" in str(refused.context["form"].errors["source"])
    assert client.post(address, told, follow=True).status_code == 200
    assert Grant.objects.get().amount == 800
    assert "拟发放" in text(client.get(page))


def test_many_are_approved_on_one_page_that_says_what_they_come_to(world, staff, office):
    rows = [
        households.grant(household(world.own, name), by=staff.clerk)
        for name in ("王建国", "李四", "赵六")
    ]
    client = browser(staff.approver)
    listed = text(client.get(reverse("admin:hardship_grant_changelist")))
    assert "本列表合计 <strong>3,000.00</strong> 元" in listed
    address = reverse("admin:hardship_grant_approve") + f"?id={rows[0].pk}&id={rows[1].pk}"
    page = text(client.get(address))
    for told in ["2 笔，共 2 户、2 人，合计 2,000.00 元", "批准发放 2 笔、2,000.00 元", "余额"]:
        assert told in page, told
    assert "赵六" not in page
    posted = {"pool": office.pool.pk, "count": 2, "total": "2000.00"}
    stale = client.post(address, posted | {"count": 1})
    assert "刚有变动" in text(stale)
    assert "已批准发放 2 笔" in text(client.post(address, posted, follow=True))
    assert Grant.objects.in_state("waiting").count() == 2
    everything = reverse("admin:hardship_grant_approve") + "?state=laid_down"
    assert "1 笔，共 1 户" in text(client.get(everything))
    unticked = text(client.get(reverse("admin:hardship_grant_approve") + "?ticked=1"))
    assert "没有选中" in unticked
    nothing = text(client.get(reverse("admin:hardship_grant_approve") + "?state=nonsense"))
    assert "没有选中" in nothing


def test_the_record_tells_what_the_bank_said(world, staff, office, grant):
    owed = approve(grant, office, staff)
    batch = office.paid(owed, bounced=[1])
    client = browser(staff.clerk)
    address = reverse("admin:hardship_grant_change", args=[grant.pk])
    page = text(client.get(address))
    for told in [batch.number, "账号户名不符", "退票"]:
        assert told in page, told
    assert owed[0].account.clear() not in page
    assert reverse("admin:funds_payment_changelist") not in page, "he sees no payments"
    withdraw = reverse("admin:hardship_grant_withdraw", args=[grant.pk])
    assert withdraw in page
    client.post(withdraw, {"reason": "本人放弃领取"})
    assert state(grant) == "withdrawn"


def test_the_list_asks_the_same_however_long_it_is(world, staff, office):
    client = browser(staff.approver)
    address = reverse("admin:hardship_grant_changelist")

    def asked(count):
        for _ in range(count):
            households.grant(household(world.own), by=staff.clerk)
        with CaptureQueriesContext(connection) as queries:
            text(client.get(address))
        return len(queries)

    asked(1)
    assert asked(2) == asked(10)
