"""委托代办: a colleague acts in somebody's place, and both count as one where duties are apart."""

import datetime
import itertools
import random

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.errors import OutOfScope, Refused
from core.models import Assignment, AuditEvent, Decision, DeclaredKin, User
from core.services import accounts, delegations
from tests.core.test_workflow import NUMBER, grant, permit
from tests.procedures.models import Permit

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def chair(world):
    return world.user("chair", world.own)


@pytest.fixture
def clerk(world):
    return world.user("clerk", display_name="李经办")


@pytest.fixture
def deputy(world):
    return world.user("leader", display_name="赵代办")


@pytest.fixture
def submitted(world, chair):
    return workflow.apply(workflow.begin(permit(world), by=chair), "submit", by=chair)


def leave(holder, to, *, days=3, role=None, by=None):
    """The holder leaves a role to a colleague, who has it from the next request on."""
    source = holder.assignments.get(role=role) if role else holder.assignments.first()
    made = delegations.delegate(
        source,
        to=to,
        until=timezone.localdate() + days * DAY,
        reason="出差期间代办",
        by=by or holder,
    )
    return made, again(to)


def again(user):
    return User.objects.get(pk=user.pk)


# What a delegate may do, and until when.


def test_a_delegate_acts_under_his_own_name(clerk, deputy, submitted):
    assert not deputy.has_perm("procedures.review_permit", submitted)
    _, deputy = leave(clerk, deputy)
    reviewed = workflow.apply(submitted, "review", by=deputy, amount=submitted.amount)
    way = workflow.decisions(reviewed).values_list("label", "by", "person").order_by("pk")
    told = [(label, by, bytes(person)) for label, by, person in way]
    assert told[-2:] == [
        ("审核通过", deputy.pk, deputy.certificate_index),
        ("代李经办办理", deputy.pk, clerk.certificate_index),
    ]
    acts = AuditEvent.objects.filter(action="procedures.permit.review")
    assert [act.actor_id for act in acts] == [deputy.pk]


def test_a_delegation_widens_nothing(world, chair, deputy):
    deputy = world.user("committee", world.own)
    made, deputy = leave(chair, deputy)
    assert (made.organisation, made.role) == (world.own, "chair")
    held = {path for role, path in deputy.grants if role.code == "chair"}
    assert held == {world.own.path}


def test_a_delegation_ends_by_itself(clerk, deputy):
    _, deputy = leave(clerk, deputy, days=2)
    for days, holds in [(0, True), (2, True), (3, False)]:
        with time_machine.travel(timezone.now() + days * DAY, tick=False):
            assert again(deputy).has_perm("procedures.review_permit") is holds, days


def test_it_ends_with_the_right_it_comes_from(world, clerk, deputy):
    _, deputy = leave(clerk, deputy)
    source = clerk.assignments.get()
    accounts.revoke(source, by=world.user("security_admin"), reason="岗位调整")
    assert not again(deputy).has_perm("procedures.review_permit")


def test_it_ends_with_the_account_of_who_delegated(world, clerk, deputy):
    _, deputy = leave(clerk, deputy)
    accounts.deactivate(clerk, by=world.user("system_admin"), reason="调离本单位")
    assert not again(deputy).has_perm("procedures.review_permit")


def test_in_the_place_of_an_unknown_person_nobody_acts(clerk, deputy):
    _, deputy = leave(clerk, deputy)
    clerk.certificate_number = None
    clerk.save()
    assert not again(deputy).has_perm("procedures.review_permit")


def test_rows_in_sets_count_both_persons_too(world, clerk, deputy):
    author = grant(clerk, "chair")
    _, deputy = leave(author, deputy, role="chair")
    rows = [permit(world), permit(world, name="李红")]
    workflow.begin_many(rows, by=deputy, concerned=set())
    workflow.amend_many(rows, fields=["name"], by=deputy, concerned=set())
    for row in Permit.objects.all():
        parts = Decision.objects.on(row).filter(person=author.certificate_index)
        assert list(parts.values_list("duty", flat=True)) == ["entry"]
    with pytest.raises(Refused) as refusal:
        workflow.begin_many([permit(world)], by=deputy, concerned={bytes(author.certificate_index)})
    assert refusal.value.code == "concerned"


def test_who_delegated_takes_it_back(clerk, deputy):
    made, deputy = leave(clerk, deputy)
    with pytest.raises(Refused):
        delegations.end(made, reason="自行终止", by=deputy)
    delegations.end(made, reason="提前返岗", by=clerk)
    assert not again(deputy).has_perm("procedures.review_permit")
    acts = AuditEvent.objects.filter(object_type="core.Assignment").order_by("pk")
    assert [act.action for act in acts] == ["core.assignment.delegate", "core.assignment.revoke"]


# What cannot be delegated.


def test_what_was_delegated_is_not_delegated_again(world, clerk, deputy):
    made, deputy = leave(clerk, deputy)
    with pytest.raises(Refused) as refusal:
        delegations.delegate(made, to=world.user(), until=made.until, reason="再次委托", by=deputy)
    assert refusal.value.code == "not_delegable"


def test_the_three_administrators_are_not_delegated(world, clerk, deputy):
    for code in ("system_admin", "security_admin", "auditor"):
        with pytest.raises(Refused) as refusal:
            leave(world.user(code), deputy)
        assert refusal.value.code == "not_delegable"
    with pytest.raises(Refused) as refusal:
        leave(clerk, world.user("auditor"))
    assert refusal.value.code == "separation"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": -1}, "until"),
        ({"until": 30}, "until"),
        ({"reason": "无"}, "reason_required"),
        ({"to": "foreign"}, "not_colleague"),
        ({"to": "closed"}, "not_colleague"),
        ({"to": "nameless"}, "identity_missing"),
        ({"to": "self"}, "not_colleague"),
    ],
)
def test_what_is_no_delegation_is_refused(world, clerk, deputy, change, code):
    source = clerk.assignments.get()
    source.until = timezone.localdate() + 10 * DAY
    source.save()
    takers = {
        "foreign": world.user(at=world.foreign),
        "closed": world.user(is_active=False),
        "nameless": world.user(certificate_number=None),
        "self": clerk,
    }
    with pytest.raises(Refused) as refusal:
        delegations.delegate(
            source,
            to=takers.get(change.get("to"), deputy),
            until=timezone.localdate() + change.get("until", 3) * DAY,
            reason=change.get("reason", "出差期间代办"),
            by=clerk,
        )
    assert refusal.value.code == code
    assert not Assignment.objects.filter(delegated_from__isnull=False).exists()


def test_nobody_delegates_what_another_holds(world, clerk, deputy):
    with pytest.raises(OutOfScope):
        leave(clerk, deputy, by=deputy)
    made, _ = leave(clerk, deputy, by=world.user("security_admin"))
    assert made.delegated_from.user == clerk


# Both persons count.


def test_a_delegate_does_not_take_the_second_step_of_who_delegated(world, deputy, submitted):
    both = grant(world.user("clerk"), "head")
    reviewed = workflow.apply(submitted, "review", by=both, amount=submitted.amount)
    _, deputy = leave(both, deputy, role="head")
    with pytest.raises(Refused) as refusal:
        workflow.apply(reviewed, "approve", by=deputy, comment="同意发放")
    assert refusal.value.code == "four_eyes"
    assert "委托人" in str(refusal.value)
    assert workflow.available(reviewed, deputy) == []


def test_who_delegated_does_not_take_the_second_step_after_his_delegate(world, deputy, submitted):
    both = grant(world.user("clerk"), "head")
    _, deputy = leave(both, deputy, role="clerk")
    reviewed = workflow.apply(submitted, "review", by=deputy, amount=submitted.amount)
    with pytest.raises(Refused) as refusal:
        workflow.apply(reviewed, "approve", by=again(both), comment="同意发放")
    assert refusal.value.code == "four_eyes"


def test_a_delegate_who_wrote_the_entry_does_not_review_it(world, chair, clerk):
    author = grant(clerk, "chair")
    _, deputy = leave(author, chair_of(world), role="clerk")
    row = workflow.apply(workflow.begin(permit(world), by=deputy), "submit", by=deputy)
    with pytest.raises(Refused) as refusal:
        workflow.apply(row, "review", by=deputy, amount=row.amount)
    assert refusal.value.code == "four_eyes"


def chair_of(world):
    return world.user("chair")


def test_by_his_own_right_somebody_acts_for_himself_alone(world, clerk, submitted):
    second = world.user("clerk")
    _, second = leave(clerk, second)
    workflow.apply(submitted, "review", by=second, amount=submitted.amount)
    assert not Decision.objects.filter(person=clerk.certificate_index).exists()


def test_about_who_delegated_and_his_kin_the_delegate_decides_nothing(world, chair, clerk, deputy):
    _, deputy = leave(clerk, deputy)
    number = clerk.certificate_number.clear()
    for concerned in ("self", "kin"):
        row = workflow.begin(
            permit(world, number=number if concerned == "self" else NUMBER), by=chair
        )
        row = workflow.apply(row, "submit", by=chair)
        if concerned == "kin":
            DeclaredKin.objects.create(
                user=clerk, name="张建国", relation="lineal", certificate_number=NUMBER
            )
        with pytest.raises(Refused) as refusal:
            workflow.apply(row, "review", by=deputy, amount=row.amount)
        assert refusal.value.code == "concerned"
        assert "委托人" in str(refusal.value)


def test_under_random_delegations_no_person_fills_two_duties(world, chair):
    """Persons A to D hold every role; a walk passes only where all who count are different."""
    dice, passed = random.Random(7), 0
    people = [grant(grant(world.user("chair"), "clerk"), "head") for _ in range(4)]
    steps = [("submit", "chair", {}), ("review", "clerk", {}), ("approve", "head", {})]
    deputies = [world.user() for _ in range(3)]
    for _ in range(40):
        Assignment.objects.filter(delegated_from__isnull=False).delete()
        chosen = [dice.choice(people) for _ in steps]
        acting, counted = [], []
        for (_, role, _), holder in zip(steps, chosen, strict=True):
            if dice.random() < 0.6:
                taker = dice.choice(deputies)
                if not taker.assignments.filter(role=role, delegated_from__isnull=False).exists():
                    leave(holder, taker, role=role)
                    acting.append(taker)
                    counted.append({holder.pk, taker.pk})
                    continue
            acting.append(holder)
            counted.append({holder.pk})
        apart = all(not one & other for one, other in itertools.combinations(counted, 2))
        assert walks(world, steps, [again(user) for user in acting]) is apart, counted
        passed += apart
    assert 3 < passed < 37


def walks(world, steps, acting):
    row = workflow.begin(permit(world), by=None)
    try:
        for (name, _, data), user in zip(steps, acting, strict=True):
            data = data | ({"amount": row.amount} if name == "review" else {})
            row = workflow.apply(row, name, by=user, comment="同意发放", **data)
    except Refused as refusal:
        if refusal.code != "four_eyes":
            raise
        return False
    return True


# The pages.


def test_a_role_is_left_to_a_colleague_in_the_portal(client, clerk, deputy):
    client.force_login(clerk)
    source = clerk.assignments.get()
    url = reverse("delegate", args=[source.pk])
    assert url in client.get(reverse("account")).content.decode()
    until = timezone.localdate() + DAY
    posted = {"to": deputy.pk, "until": until.isoformat(), "reason": "出差期间代办"}
    done = client.post(url, posted, follow=True).content.decode()
    assert "已委托赵代办代办“经办人员”" in done
    assert "委托他人代办" in done
    made = Assignment.objects.get(delegated_from=source)
    client.force_login(deputy)
    assert "代李经办办理" in client.get(reverse("account")).content.decode()
    assert client.get(reverse("delegate", args=[made.pk])).status_code == 404
    end = reverse("delegation_end", args=[made.pk])
    assert client.post(end, {"reason": "提前返岗"}).status_code == 404
    client.force_login(clerk)
    assert "委托已终止" in client.post(end, {"reason": "提前返岗"}, follow=True).content.decode()


def test_the_security_administrator_sees_and_makes_delegations(world, client, clerk, deputy):
    client.force_login(world.user("security_admin"))
    source = clerk.assignments.get()
    url = reverse("admin:core_assignment_delegate", args=[source.pk])
    until = (timezone.localdate() + DAY).isoformat()
    client.post(url, {"to": deputy.pk, "until": until, "reason": "住院期间代办"})
    made = Assignment.objects.get(delegated_from=source)
    page = client.get(reverse("admin:core_assignment_changelist"), {"delegated": "yes"})
    text = page.content.decode()
    assert "赵代办" in text
    assert "李经办" in text
    client.post(reverse("admin:core_assignment_revoke", args=[made.pk]), {"reason": "收回委托"})
    assert not again(deputy).has_perm("procedures.review_permit")
