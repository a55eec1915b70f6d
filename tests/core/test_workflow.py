"""Procedures: who may take which step, what is left of it, and what many at once get."""

import datetime
import itertools
import threading
from decimal import Decimal

import pytest
import time_machine
from django.db import Error, connection, transaction
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, Decision, DeclaredKin, Organisation, User
from tests.factories.core import World, account_number
from tests.procedures.models import Permit

POSTGRESQL = connection.vendor == "postgresql"
NUMBER = account_number(20_000)  # of an applicant who has no account
TRIED = 200


def permit(world, **fields):
    fields = {"name": "张建国", "number": NUMBER, "amount": Decimal("100.00")} | fields
    return Permit(organisation=world.own, **fields)


@pytest.fixture
def chair(world):
    return world.user("chair", world.own)


@pytest.fixture
def clerk(world):
    return world.user("clerk")


@pytest.fixture
def head(world):
    return world.user("head")


@pytest.fixture
def submitted(world, chair):
    row = workflow.begin(permit(world), by=chair)
    return workflow.apply(row, "submit", by=chair)


def grant(user, role):
    """A further role in the whole city. Counts from the next request on."""
    root = Organisation.objects.get(depth=1)
    user.assignments.create(role=role, organisation=root, since=timezone.localdate())
    return User.objects.get(pk=user.pk)


def refused(code, row, name, **arguments):
    """The step is refused with this code; who should have kept away stands in the trail."""
    before = Permit.objects.values().get(pk=row.pk), Decision.objects.count()
    events = AuditEvent.objects.count()
    with pytest.raises(Refused) as refusal:
        workflow.apply(row, name, **arguments)
    assert refusal.value.code == code
    assert (Permit.objects.values().get(pk=row.pk), Decision.objects.count()) == before
    assert AuditEvent.objects.count() == events + (code in workflow.PERSONAL)
    if code in workflow.PERSONAL:
        event = AuditEvent.objects.latest("pk")
        assert (event.action, event.actor_id) == (
            "procedures.permit.turned_away",
            arguments["by"].pk,
        )
    return str(refusal.value)


def test_a_permit_goes_its_way(world, chair, clerk, head, submitted):
    assert [step.transition.name for step in workflow.available(submitted, clerk)] == [
        "review",
        "return",
    ]
    reviewed = workflow.apply(submitted, "review", by=clerk, amount=Decimal("80.00"))
    approved = workflow.apply(reviewed, "approve", by=head, comment="同意发放")
    valid = workflow.advance(approved, "publish", reason="公示无异议")
    assert (valid.state, valid.amount, valid.due_on) == ("valid", Decimal("80.00"), None)
    way = workflow.decisions(valid).values_list("transition", "duty", "target", "by", "comment")
    assert list(way) == [
        ("begin", "entry", "draft", chair.pk, ""),
        ("submit", "entry", "submitted", chair.pk, ""),
        ("review", "review", "reviewed", clerk.pk, ""),
        ("approve", "approval", "approved", head.pk, "同意发放"),
        ("publish", "", "valid", None, "公示无异议"),
    ]
    acts = AuditEvent.objects.filter(object_type="procedures.Permit").order_by("pk")
    assert list(acts.values_list("action", "actor_id")) == [
        ("procedures.permit.begin", chair.pk),
        ("procedures.permit.submit", chair.pk),
        ("procedures.permit.review", clerk.pk),
        ("procedures.permit.approve", head.pk),
        ("procedures.permit.publish", None),
    ]


# In this order: seen at all, entitled, state, person, words, basis, guard.


def test_out_of_scope_comes_before_everything(world, submitted):
    stranger = world.user("clerk", world.foreign)
    with pytest.raises(OutOfScope):
        workflow.apply(submitted, "review", by=stranger)
    with pytest.raises(OutOfScope):
        workflow.apply(submitted, "publish", by=stranger)
    gone = Permit(pk=10**9)
    with pytest.raises(OutOfScope):
        workflow.apply(gone, "review", by=stranger)


def test_without_the_right_the_state_is_not_told(world, chair, submitted):
    with pytest.raises(NotPermitted):
        workflow.apply(submitted, "approve", by=chair)
    refused("automatic", submitted, "publish", by=chair)


def test_the_state_comes_before_the_person(world, chair, submitted):
    told = refused("wrong_state", submitted, "submit", by=chair)
    assert "待审核" in told


def test_the_system_takes_no_step_of_a_person(submitted):
    with pytest.raises(ValueError, match="person"):
        workflow.advance(submitted, "review")


def test_the_applicant_himself_decides_nothing(world, chair):
    own = world.user("clerk")
    row = workflow.begin(permit(world, number=own.certificate_number.clear()), by=chair)
    row = workflow.apply(row, "submit", by=chair)
    refused("concerned", row, "review", by=own, amount=Decimal(1))


def test_he_does_not_enter_it_either(world, chair):
    with pytest.raises(Refused) as refusal:
        workflow.begin(permit(world, number=chair.certificate_number.clear()), by=chair)
    assert refusal.value.code == "concerned"
    assert not Permit.objects.exists()


def test_kin_is_left_to_others_while_declared(clerk, submitted):
    kin = DeclaredKin.objects.create(
        user=clerk, name="张建国", relation="父亲", certificate_number=NUMBER
    )
    refused("kin", submitted, "review", by=clerk, amount=Decimal(1))
    kin.ended_on = timezone.localdate()
    kin.save()
    assert workflow.apply(submitted, "review", by=clerk, amount=Decimal(1)).state == "reviewed"


def test_an_account_without_a_number_decides_nothing(world, submitted):
    nameless = world.user("clerk", certificate_number="")
    told = refused("identity_missing", submitted, "review", by=nameless, amount=Decimal(1))
    assert "身份证号" in told
    returned = workflow.apply(submitted, "return", by=nameless, comment="材料不全")
    assert returned.state == "draft", "a step without a duty needs no person"


def test_two_accounts_of_one_person_are_one(world, chair, submitted):
    number = chair.certificate_number.clear()
    User.objects.filter(pk=chair.pk).update(is_active=False)
    second = world.user("clerk", certificate_number=number)
    refused("four_eyes", submitted, "review", by=second, amount=Decimal(1))


def walks(world, chosen):
    """Whether a permit goes its way by these persons' hands; nothing of it is kept."""
    data = [{}, {"amount": Decimal(1)}, {}]
    with transaction.atomic():
        row = workflow.begin(permit(world), by=chosen[0])
        codes = []
        for name, person, given in zip(["submit", "review", "approve"], chosen, data, strict=True):
            try:
                row = workflow.apply(row, name, by=person, **given)
            except Refused as refusal:
                codes.append(refusal.code)
                break
        transaction.set_rollback(True)
    return codes


def test_of_all_assignments_of_four_persons_only_the_different_ones_pass(world):
    people = [world.user("chair") for _ in range(4)]
    for person, role in itertools.product(people, ["clerk", "head"]):
        grant(person, role)
    passed = []
    for chosen in itertools.product(people, repeat=3):
        codes = walks(world, chosen)
        assert codes in ([], ["four_eyes"])
        if not codes:
            passed.append(chosen)
    assert passed == list(itertools.permutations(people, 3))


def test_who_edits_an_entry_is_one_of_its_authors(world, chair, clerk):
    row = workflow.begin(permit(world), by=chair)
    for _ in range(2):
        workflow.join(row, "entry", label="修改", by=clerk)
    assert workflow.decisions(row).filter(transition="join").count() == 1
    row = workflow.apply(row, "submit", by=chair)
    assert "修改" in refused("four_eyes", row, "review", by=clerk, amount=Decimal(1))
    reviewer = world.user("clerk")
    workflow.apply(row, "review", by=reviewer, amount=Decimal(1))
    with pytest.raises(Refused) as refusal:
        workflow.join(row, "entry", label="修改", by=reviewer)
    assert refusal.value.code == "four_eyes"


def test_a_round_deals_out_the_duties_anew(world, chair, clerk, head, submitted):
    row = workflow.apply(submitted, "review", by=clerk, amount=Decimal(1))
    row = workflow.apply(row, "approve", by=head)
    row = workflow.advance(row, "publish")
    clerk = grant(clerk, "chair")
    row = workflow.apply(row, "renew", by=clerk)
    assert row.round == 2
    refused("four_eyes", row, "review", by=clerk, amount=Decimal(1))
    chair = grant(chair, "clerk")
    assert workflow.apply(row, "review", by=chair, amount=Decimal(1)).state == "reviewed"


@pytest.mark.parametrize("words", ["", "   ", "不行 "])
def test_words_are_asked_for_where_they_are_needed(clerk, submitted, words):
    refused("comment_required", submitted, "return", by=clerk, comment=words)


def test_what_changed_after_the_review_is_not_approved(clerk, head, submitted):
    row = workflow.apply(submitted, "review", by=clerk, amount=Decimal("80.00"))
    Permit.objects.filter(pk=row.pk).update(amount=Decimal("80.01"))
    assert "审核通过" in refused("changed_since", row, "approve", by=head)
    Permit.objects.filter(pk=row.pk).update(amount=Decimal("80.00"))
    assert workflow.apply(row, "approve", by=head).state == "approved"


def test_a_review_of_an_earlier_round_is_none(world, chair, clerk, head, submitted):
    row = workflow.apply(submitted, "review", by=clerk, amount=Decimal("80.00"))
    Permit.objects.filter(pk=row.pk).update(round=2)
    refused("changed_since", row, "approve", by=head)


def test_the_guard_says_what_is_missing(world, chair):
    row = workflow.begin(permit(world, amount=Decimal(0)), by=chair)
    (offer,) = workflow.available(row, chair)
    assert offer.obstacle == "还没有填写金额，请补填后再提交。"
    assert refused("guard", row, "submit", by=chair) == offer.obstacle


# Many at once.


def reviewed(world, chair, clerk, **fields):
    row = workflow.begin(permit(world, **fields), by=chair)
    row = workflow.apply(row, "submit", by=chair)
    return workflow.apply(row, "review", by=clerk, amount=Decimal("80.00"))


def stands(*rows):
    return [Permit.objects.get(pk=row.pk).state for row in rows]


def test_of_many_those_in_the_way_stay_and_are_counted_by_reason(world, chair, submitted):
    good, empty = (
        workflow.begin(permit(world, amount=Decimal(amount)), by=chair) for amount in ("5", "0")
    )
    taken, left = workflow.apply_many([good, empty, submitted], "submit", by=chair)
    assert [row.pk for row in taken] == [good.pk]
    assert sum(left.values()) == len(left) == 2
    assert "还没有填写金额，请补填后再提交。" in left
    assert stands(good, empty, submitted) == ["submitted", "draft", "submitted"]
    assert [way.transition for way in workflow.decisions(good)] == ["begin", "submit"]
    assert [way.transition for way in workflow.decisions(empty)] == ["begin"]
    assert Permit.objects.get(pk=good.pk).due_on is not None


def test_of_many_four_eyes_keep_a_person_from_the_own_ones_alone(world, chair, clerk):
    both = grant(world.user("clerk"), "head")
    own, others, changed = (reviewed(world, chair, by) for by in (both, clerk, clerk))
    Permit.objects.filter(pk=changed.pk).update(amount=Decimal("9000.00"))
    taken, left = workflow.apply_many([own, others, changed], "approve", by=both)
    assert [row.pk for row in taken] == [others.pk]
    assert list(left.values()) == [1, 1]
    assert stands(own, others, changed) == ["reviewed", "approved", "reviewed"]


def test_of_many_nobody_decides_about_himself(world, chair, clerk, head):
    own = reviewed(world, chair, clerk, number=head.certificate_number.clear())
    other = reviewed(world, chair, clerk)
    taken, left = workflow.apply_many([own, other], "approve", by=head)
    assert ([row.pk for row in taken], sum(left.values())) == ([other.pk], 1)
    assert stands(own, other) == ["reviewed", "approved"]


def test_one_out_of_scope_refuses_all_of_many(world, chair, clerk):
    mine, foreign = reviewed(world, chair, clerk), reviewed(world, chair, clerk)
    Permit.objects.filter(pk=foreign.pk).update(organisation=world.foreign)
    with pytest.raises(OutOfScope):
        workflow.apply_many([mine, foreign], "approve", by=world.user("head", world.district))
    with pytest.raises(NotPermitted):
        workflow.apply_many([mine], "approve", by=clerk)
    assert stands(mine, foreign) == ["reviewed", "reviewed"]


def test_a_step_that_asks_for_more_than_words_is_none_for_many(clerk, submitted):
    with pytest.raises(ValueError, match="not a step of many"):
        workflow.apply_many([submitted], "review", by=clerk)


@time_machine.travel("2026-09-29T10:00+08:00", tick=False)  # before National Day
def test_deadlines_count_working_days(world):
    chair = world.user("chair", world.own)
    row = workflow.begin(permit(world), by=chair)
    assert row.due_on is None
    row = workflow.apply(row, "submit", by=chair)
    assert row.due_on == datetime.date(2026, 10, 12)


# What is left.


def test_numbers_in_the_words_do_not_reach_the_trail(clerk, submitted):
    workflow.apply(submitted, "return", by=clerk, comment=f"身份证号{NUMBER}有误")
    assert NUMBER in Decision.objects.latest("pk").comment
    event = AuditEvent.objects.get(action="procedures.permit.return")
    assert "有误" in event.reason
    assert NUMBER not in f"{event.reason}{event.changes}{event.object_label}"


def test_the_database_refuses_to_change_a_decision(submitted):
    row = Decision.objects.first()
    acts = [row.delete, row.save, Decision.objects.all().delete]
    for act in acts:
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            act()


# What is offered, and what waits.


def test_who_may_not_decide_is_told_why(world, clerk, submitted):
    own = world.user("clerk", certificate_number=NUMBER)
    offers = {offer.transition.name: offer for offer in workflow.offers(submitted, own)}
    assert "涉及本人" in offers["review"].refusal
    assert [offer.transition.name for offer in workflow.available(submitted, own)] == ["return"]


def test_rows_wait_for_those_who_can_take_them_on(world, chair, clerk, submitted):
    assert list(workflow.awaiting(Permit, clerk)) == [submitted]
    assert list(workflow.awaiting(Permit, chair)) == []
    assert list(workflow.awaiting(Permit, world.user("clerk", world.foreign))) == []
    chair = grant(chair, "clerk")
    assert list(workflow.awaiting(Permit, chair)) == [], "he entered it"
    workflow.apply(submitted, "return", by=clerk, comment="材料不全")
    assert list(workflow.awaiting(Permit, chair)) == [submitted], "his entry comes back to him"


def test_asking_costs_the_same_for_many_steps(world, django_assert_max_num_queries, submitted):
    clerk = world.user("clerk")
    clerk.grants  # noqa: B018 - read once a request
    with django_assert_max_num_queries(3):  # scope, kin, duties
        workflow.offers(submitted, clerk)
    with django_assert_max_num_queries(1):
        list(workflow.awaiting(Permit, clerk))
    nobody = world.user()
    nobody.grants  # noqa: B018
    with django_assert_max_num_queries(0):
        list(workflow.awaiting(Permit, nobody))


# Many at once.


def at_once(count, act):
    """How many of as many threads, forty at a time, got through `act(number)`."""
    through, barrier = [], threading.Barrier(min(count, 40))

    def go(number):
        try:
            with connection.cursor():
                pass
            if number < barrier.parties:
                barrier.wait(timeout=60)
            act(number)
            through.append(number)
        except Refused:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(count)]
    for group in (threads[:40], *(threads[at : at + 40] for at in range(40, count, 40))):
        for thread in group:
            thread.start()
        for thread in group:
            thread.join()
    return len(through)


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite lets one writer in at a time")
@pytest.mark.usefixtures("own_database")
class TestManyAtOnce:
    @pytest.fixture
    def world(self, own_database, django_db_blocker):
        with django_db_blocker.unblock():
            yield World()

    def test_of_two_hundred_tries_one_gets_through(self, world):
        chair = world.user("chair", world.own)
        row = workflow.begin(permit(world), by=chair)
        assert at_once(TRIED, lambda _: workflow.apply(row, "submit", by=chair)) == 1
        assert Decision.objects.filter(transition="submit").count() == 1

    def test_without_the_lock_more_get_through(self, world, monkeypatch):
        """The proof that the test above can fail."""
        chair = world.user("chair", world.own)
        row = workflow.begin(permit(world), by=chair)
        barrier = threading.Barrier(5)

        def unlocked(record):
            found = type(record).objects.get(pk=record.pk)
            barrier.wait(timeout=60)  # what a lock would not let happen
            return found

        monkeypatch.setattr("core.workflow.steps._locked", unlocked)
        assert at_once(5, lambda _: workflow.apply(row, "submit", by=chair)) > 1
