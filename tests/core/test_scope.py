"""Scope and roles: what a user sees and may do."""

import datetime
import random

import pytest
from django.utils import timezone

from core.errors import NotPermitted, OutOfScope, Refused
from core.models import Assignment, Department, Organisation, User
from core.scope import outermost, path_after
from core.services import accounts, records


def seen(user):
    return set(Organisation.objects.visible_to(user).values_list("code", flat=True))


def test_a_role_counts_in_the_subtree_only(world):
    assert seen(world.user("clerk", world.district)) == {
        "district", "town", "other_town", "own", "sibling", "child"
    }  # fmt: skip
    assert seen(world.user("chair", world.own)) == {"own", "child"}
    assert seen(world.user("auditor")) == set()
    assert seen(world.user()) == set()


def test_assignments_count_between_their_days_and_disabled_accounts_see_nothing(world):
    user = world.user("clerk", world.district)
    today = timezone.localdate()
    assignment = user.assignments.get()
    for since, until, expected in [
        (today, today, True),
        (today - datetime.timedelta(days=9), today - datetime.timedelta(days=1), False),
        (today + datetime.timedelta(days=1), None, False),
    ]:
        assignment.since, assignment.until = since, until
        assignment.save()
        assert bool(seen(User.objects.get(pk=user.pk))) is expected
    Assignment.objects.update(since=today, until=None)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert seen(User.objects.get(pk=user.pk)) == set()


def test_scope_equals_the_rule_by_hand_on_random_users(world):
    draw = random.Random(7)
    everything = list(Organisation.objects.all())
    for _ in range(30):
        user = world.user()
        roots = draw.sample(everything, draw.randint(0, 3))
        for root in roots:
            Assignment.objects.create(user=user, organisation=root, role="clerk")
        expected = {
            row.code
            for row in everything
            if any(row == root or row.path.startswith(root.path) for root in roots)
        }
        assert seen(user) == expected


def test_path_after_is_the_first_path_outside_the_subtree():
    assert path_after("00010002") == "00010003"
    assert path_after("0001000Z") == "00010010"
    assert path_after("000100ZZ") == "00010100"
    assert outermost(["00010001", "0001", "0002", "00020003"]) == ["0001", "0002"]


def test_permission_on_a_row_is_asked_in_its_scope(world):
    clerk = world.user("clerk", world.district)
    assert clerk.has_perm("core.change_organisation")
    assert clerk.has_perm("core.change_organisation", world.own)
    assert not clerk.has_perm("core.change_organisation", world.foreign)
    assert not clerk.has_perm("core.move_organisation", world.own)
    department = Department.objects.create(organisation=world.foreign, code="1", name="办公室")
    assert not clerk.has_perm("core.view_department", department)


def test_a_row_cannot_be_written_into_another_scope(world):
    admin = world.user("system_admin", world.district)
    mine = records.save(Department(organisation=world.own, code="1", name="办公室"), by=admin)
    with pytest.raises(OutOfScope):
        records.save(Department(organisation=world.foreign, code="2", name="财务部"), by=admin)
    mine.organisation = world.foreign
    with pytest.raises(OutOfScope):
        records.save(mine, by=admin)
    assert Department.objects.get().organisation == world.own
    foreign = Department.objects.create(organisation=world.foreign, code="3", name="法律部")
    with pytest.raises(OutOfScope):
        records.save(foreign, by=admin)
    with pytest.raises(NotPermitted):
        records.save(Department.objects.get(code="1"), by=world.user("clerk"))


def test_three_administrators_are_separated(world):
    security = world.user("security_admin")
    user = world.user("system_admin")
    for role in ("security_admin", "auditor", "clerk"):
        with pytest.raises(Refused) as refusal:
            accounts.grant(user, role=role, organisation=world.city, by=security)
        assert refusal.value.code == "separation"
    plain = world.user("clerk")
    with pytest.raises(Refused):
        accounts.grant(plain, role="auditor", organisation=world.city, by=security)
    with pytest.raises(Refused) as refusal:
        accounts.grant(security, role="clerk", organisation=world.city, by=security)
    assert refusal.value.code == "own_grant"


def test_separated_roles_share_no_right_but_looking(world):
    from core.roles import table

    separated = [role for role in table().values() if role.separated]
    assert {role.code for role in separated} == {"system_admin", "security_admin", "auditor"}
    for one in separated:
        for other in separated:
            if one is not other:
                shared = one.permissions & other.permissions
                assert all(".view_" in permission for permission in shared)
    trail = {"core.view_auditevent", "core.view_auditblock"}
    holders = [role.code for role in table().values() if trail & role.permissions]
    assert holders == ["auditor"]


def test_revoked_is_gone_at_the_next_request(world):
    security = world.user("security_admin")
    user = world.user("clerk", world.district)
    accounts.revoke(user.assignments.get(), by=security)
    assert seen(User.objects.get(pk=user.pk)) == set()
