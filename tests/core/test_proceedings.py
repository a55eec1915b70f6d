"""The screens of procedures: what they offer, what they ask, and what they say is in the way."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core import inbox, workflow
from core.errors import Refused
from core.models import DeclaredKin
from tests.factories.procedures import APPLICANT
from tests.procedures.models import Permit

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(world):
    return world.user("chair", world.own)


@pytest.fixture
def draft(world, chair):
    row = Permit(organisation=world.own, name="张建国", number=APPLICANT, amount=Decimal(100))
    return workflow.begin(row, by=chair)


@pytest.fixture
def submitted(draft, chair):
    return workflow.apply(draft, "submit", by=chair)


def record(row):
    return reverse("admin:procedures_permit_change", args=[row.pk])


def step(row, name):
    return reverse(f"admin:procedures_permit_step_{name}", args=[row.pk])


def test_a_record_offers_the_steps_of_its_reader(world, client, submitted):
    client.force_login(world.user("clerk"))
    page = client.get(record(submitted)).content.decode()
    assert step(submitted, "review") in page
    assert step(submitted, "return") in page
    assert step(submitted, "approve") not in page
    assert "办理经过" in page
    assert "待审核" in page
    client.force_login(world.user("head"))
    assert "/steps/" not in client.get(record(submitted)).content.decode()


def test_whom_it_concerns_is_told_and_offered_nothing(world, client, submitted):
    clerk = world.user("clerk")
    DeclaredKin.objects.create(
        user=clerk, name="张建国", relation="lineal", certificate_number=APPLICANT
    )
    client.force_login(clerk)
    page = client.get(record(submitted)).content.decode()
    assert "涉及本人申报的亲属" in page
    assert step(submitted, "review") not in page
    page = client.get(step(submitted, "review")).content.decode()
    assert "涉及本人申报的亲属" in page
    assert 'name="amount"' not in page


def test_a_step_is_taken_with_its_form_and_words(world, client, submitted):
    client.force_login(world.user("clerk"))
    url = step(submitted, "review")
    assert 'name="amount"' in client.get(url).content.decode()
    assert client.post(url, {"amount": "many"}).status_code == 200
    answer = client.post(url, {"amount": "80.00", "comment": "情况属实"}, follow=True)
    page = answer.content.decode()
    assert "“审核通过”已办理，现为“待审批”" in page
    assert "情况属实" in page
    submitted.refresh_from_db()
    assert (submitted.state, submitted.amount) == ("reviewed", Decimal("80.00"))
    late = client.get(url, follow=True).content.decode()
    assert "可能刚由他人办理" in late


def test_a_step_back_asks_for_words(world, client, submitted):
    client.force_login(world.user("clerk"))
    page = client.post(step(submitted, "return"), {"comment": "不行"}).content.decode()
    assert "请填写意见，不少于四个字。" in page
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_facts_are_open_in_the_draft_only(world, client, draft, chair):
    clerk = world.user("clerk")
    client.force_login(clerk)
    facts = {"organisation": world.own.pk, "name": "李梅", "number": APPLICANT, "amount": "90.00"}
    assert client.post(record(draft), facts).status_code == 302
    assert workflow.decisions(draft).filter(transition="join", by=clerk).exists()
    row = workflow.apply(draft, "submit", by=chair)
    assert client.post(record(row), facts | {"amount": "1.00"}).status_code == 403
    row.refresh_from_db()
    assert row.amount == Decimal("90.00")
    assert step(row, "review") not in client.get(record(row)).content.decode(), "he amended it"


def test_a_row_that_moved_on_is_not_amended(draft, chair):
    stale = Permit.objects.get(pk=draft.pk)
    workflow.apply(draft, "submit", by=chair)
    stale.amount = Decimal(5)
    with pytest.raises(Refused) as refusal:
        workflow.amend(stale, by=chair)
    assert refusal.value.code == "wrong_state"
    assert Permit.objects.get(pk=draft.pk).state == "submitted"


def test_the_portal_takes_the_same_steps(client, draft, chair):
    client.force_login(chair)
    url = reverse("permit_submit", args=[draft.pk])
    assert url in client.get(reverse("permit", args=[draft.pk])).content.decode()
    assert "审核人员将在 5 个工作日内审核" in client.get(url).content.decode()
    page = client.post(url, follow=True).content.decode()
    assert "“提交”已办理，现为“待审核”" in page
    assert url not in page
    assert "可能刚由他人办理" in client.get(url, follow=True).content.decode()


def test_the_portal_says_what_is_missing_instead_of_a_form(client, draft, chair):
    Permit.objects.filter(pk=draft.pk).update(amount=0)
    client.force_login(chair)
    for url in (reverse("permit", args=[draft.pk]), reverse("permit_submit", args=[draft.pk])):
        page = client.get(url).content.decode()
        assert "还没有填写金额" in page
        assert 'name="comment"' not in page


def test_of_many_the_first_are_listed_and_all_are_counted(world, client, monkeypatch):
    monkeypatch.setattr(inbox, "LONGEST", 2)
    for number in range(4):
        row = Permit(organisation=world.own, name=f"{number}号", number=APPLICANT, amount=1)
        Permit.objects.bulk_create([row])
    Permit.objects.update(state="submitted")
    clerk = world.user("clerk")
    entries = inbox.waiting_for(clerk)
    assert len(entries) == 3
    assert entries[-1].whose == "共有待审核 4 件"
    assert entries[0].url == record(Permit.objects.first())
    client.force_login(clerk)
    assert "共有待审核 4 件" in client.get(reverse("admin:index")).content.decode()
