"""Rows in sets come back as they went in, on either engine."""

import datetime
import pickle

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from core import bulk
from core.models import AuditEvent, Department, Job, Organisation, User
from core.services.records import clean_many

AWKWARD = ["\\N", "", "a\tb", "c\\td", "e\nf\r\n", "'\"", "堃𬎆", "\\", "\\.", ";,", "\x7f"]


def test_awkward_texts_come_back_as_they_went_in(world):
    rows = [
        Department(organisation=world.city, code=str(place), name=text)
        for place, text in enumerate(AWKWARD)
    ]
    bulk.create(rows)
    assert [Department.objects.get(pk=row.pk).name for row in rows] == AWKWARD


def test_every_kind_of_value_comes_back_as_it_went_in(world):
    day = datetime.datetime(2021, 3, 5, 8, 30, tzinfo=datetime.UTC)
    event = AuditEvent(
        at=day,
        actor_id=None,
        actor="王芳",
        address="10.0.0.1",
        action="core.x.y",
        changes={"a": [None, "\\N\t", 1.5, True], "day": day.date()},
    )
    bulk.create([event])
    stored = AuditEvent.objects.get(pk=event.pk)
    assert (stored.at, stored.actor_id, stored.address) == (day, None, "10.0.0.1")
    assert stored.changes == {"a": [None, "\\N\t", 1.5, True], "day": "2021-03-05"}
    users = [
        User(username=f"u{n}", display_name="李明", organisation=world.city, phone=phone)
        for n, phone in enumerate(["13800000001", None, "13800000001"])
    ]
    bulk.create(users)
    first, none, twin = [User.objects.get(pk=user.pk) for user in users]
    assert (first.phone.clear(), none.phone) == ("13800000001", None)
    assert first.phone.envelope != twin.phone.envelope, "a nonce of its own for each"
    assert (first.is_active, first.created_at) == (True, users[0].created_at)


def test_keys_go_on_where_the_sequence_stands(world):
    def made(code):
        return Department(organisation=world.city, code=code, name="组织部")

    one = made("0")
    one.save()
    several = bulk.create([made("1"), made("2")])
    last = made("3")
    last.save()
    keys = [one.pk, *[row.pk for row in several], last.pk]
    assert keys == sorted(set(keys))
    several[0].name = "财务部"
    several[0].save()  # it is known to be stored
    assert Department.objects.count() == 4


def test_rows_are_changed_where_it_is_said_and_nowhere_else(world):
    rows = [
        Department(organisation=world.city, code=str(place), name=f"第{place}部")
        for place in range(len(AWKWARD) + 1)
    ]
    *changed, other = bulk.create(rows)
    for row, text in zip(changed, AWKWARD, strict=True):
        row.name, row.code = text, f"未写 {row.code}"
    bulk.update(changed, ["name"])
    assert [Department.objects.get(pk=row.pk).name for row in changed] == AWKWARD
    assert [Department.objects.get(pk=row.pk).code for row in changed[:2]] == ["0", "1"]
    assert Department.objects.get(pk=other.pk).name == other.name


def test_every_kind_of_value_is_changed(world):
    users = [world.user(username=f"u{n}") for n in range(2)]
    department = Department.objects.create(organisation=world.city, code="1", name="组织部")
    users[0].phone, users[0].is_active, users[0].department = "13800000001", False, department
    users[1].phone, users[1].last_login = None, datetime.datetime(2021, 3, 5, tzinfo=datetime.UTC)
    bulk.update(users, ["phone", "is_active", "department", "last_login"])
    first, second = [User.objects.get(pk=user.pk) for user in users]
    assert (first.phone.clear(), first.is_active, first.department) == (
        "13800000001", False, department
    )  # fmt: skip
    assert (second.phone, second.is_active, second.last_login) == (None, True, users[1].last_login)
    job = Job.objects.create(kind="a", label="甲", organisation=world.city)
    job.result, job.attempts = {"a": [None, "\\N", 1.5]}, 3
    bulk.update([job], ["result", "attempts"])
    stored = Job.objects.get(pk=job.pk)
    assert (stored.result, stored.attempts) == (job.result, 3)


def test_a_constraint_speaks_and_leaves_nothing_behind(world):
    rows = [Department(organisation=world.city, code="1", name=name) for name in ("甲部", "乙部")]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.create(rows)
    assert [row.pk for row in rows] == [None, None]
    assert not Department.objects.exists()


def test_columns_that_are_not_named_have_their_default(world):
    (key,) = bulk.insert(
        User,
        {"username": ["u"], "display_name": ["李明"], "organisation_id": [world.city.pk]},
    )
    made = User.objects.get(pk=key)
    assert (made.must_change_password, made.phone, made.department) == (True, None, None)


def test_rows_may_be_packed_in_one_process_and_loaded_in_another(world):
    names = ["财务部", "a\tb\\N\nc"]
    columns = {
        "id": [71, 72],
        "organisation_id": [world.city.pk] * 2,
        "code": ["1", "2"],
        "name": names,
    }
    packed = pickle.dumps(bulk.pack(Department, columns))
    assert not Department.objects.exists()
    bulk.load(Department, pickle.loads(packed))
    assert dict(Department.objects.values_list("pk", "name")) == {71: names[0], 72: names[1]}


def test_a_draft_is_what_the_model_itself_would_make(world):
    values = {"organisation": world.city, "username": "u", "display_name": "李明", "phone": "138"}
    draft, made = bulk.draft(User, values), User(**values)
    assert draft._state.adding
    assert draft.organisation is world.city
    for field in User._meta.concrete_fields:
        if field.name != "created_at":
            assert getattr(draft, field.attname) == getattr(made, field.attname)


@pytest.mark.parametrize(("field", "value"), [("code", "1" * 21), ("name", ""), ("name", None)])
def test_the_one_wrong_row_of_many_is_named(world, field, value):
    rows = [Department(organisation=world.city, code=str(n), name="组织部") for n in range(5)]
    clean_many(rows)
    setattr(rows[3], field, value)
    with pytest.raises(ValidationError) as error:
        clean_many(rows)
    assert list(error.value.message_dict) == [field]


def test_other_work_is_done_while_the_server_stores(world):
    rows = [Department(organisation=world.city, code=str(n), name="组织部") for n in range(2)]
    done = []
    with bulk.meanwhile(lambda: done.append("work")):
        bulk.create(rows[:1])
    bulk.create(rows[1:])
    assert done == (["work"] if connection.vendor == "postgresql" else [])
    assert Department.objects.count() == 2


def test_a_row_of_which_some_fields_are_known_asks_for_the_others(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        [city] = bulk.known(Organisation, ["id", "code"], [(world.city.pk, "city")])
        assert (city, city.code, city._state.adding) == (world.city, "city", False)
    with django_assert_num_queries(1):
        assert city.name == world.city.name
