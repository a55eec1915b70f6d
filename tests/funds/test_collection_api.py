"""The program of the tax agency hands over batches: whole, once, and follows them."""

import json

import pytest

from core.api import limits
from core.models import Decision
from funds.api.collection import CollectionBatches
from funds.models import CollectionBatch, CollectionLine
from tests.factories.collection import Counter
from tests.factories.interface import Program, codes, issue
from tests.factories.members import employer
from tests.matrix.collection import handover

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(world):
    user = world.user("tax_partner", certificate_number=None)
    _, key = issue(user, by=world.user("security_admin"))
    return Program(key=key)


def body(world, at=None, **changed):
    return handover(world) | {"organisation": (at or world.city).pk} | changed


def send(program, sent, key="1"):
    return program.post("funds/collections/", sent, **{"Idempotency-Key": key})


def test_a_batch_is_handed_over_once_and_followed(world, program):
    firm = employer(world.town)
    sent = body(world)
    sent["lines"][0]["credit_code"] = firm.credit_code
    made = send(program, sent)
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["declared_total"]) == ("receiving", "500.00")
    assert send(program, sent).json() == made.json()
    batch = CollectionBatch.objects.get()
    (line,) = batch.lines.all()
    assert (line.employer, line.fund_kind, line.match) == (firm, "dues", "code")
    told = program.get(f"funds/collections/{batch.pk}/").json()
    assert [row["what"] for row in told["decisions"]] == ["建立"]
    assert program.get("funds/receipts/").status_code == 403
    counter = Counter(world)
    assert counter.take(batch, "count").state == "counted", "by a person"
    assert Decision.objects.on(batch).exclude(duty="").count() == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"declared_count": 2}, "相差 -1 笔、0.00 元"),
        ({"declared_total": "500.01"}, "相差 0 笔、-0.01 元"),
    ],
)
def test_a_batch_that_differs_is_refused_whole(world, program, changed, told):
    answer = send(program, body(world, **changed))
    assert answer.status_code == 409
    assert codes(answer) == [("control_totals", "")]
    assert told in answer.json()["errors"][0]["message"]
    assert not CollectionBatch.objects.exists()
    assert not CollectionLine.objects.exists()


def test_receipts_and_numbers_come_once(world, program):
    sent = body(world)
    assert send(program, sent).status_code == 201
    again = sent | {"number": "ANOTHER"}
    assert codes(send(program, again, "2")) == [("receipt_twice", "")]
    assert CollectionBatch.objects.count() == 1
    fresh = body(world, number=sent["number"])
    assert send(program, fresh, "3").status_code == 400


def test_what_is_malformed_is_named(world, program):
    sent = body(world)
    sent["lines"][0] |= {"amount": "5.001", "tax_item": "工资", "persons": 3}
    answer = send(program, sent)
    assert answer.status_code == 400
    assert codes(answer) == [("unknown_field", "lines.0.persons")]
    del sent["lines"][0]["persons"]
    assert {field for _, field in codes(send(program, sent))} == {
        "lines.0.amount",
        "lines.0.tax_item",
    }


def test_a_program_reaches_its_own_place_only(world):
    user = world.user("tax_partner", world.district, certificate_number=None)
    _, key = issue(user, by=world.user("security_admin"))
    program = Program(key=key)
    assert codes(send(program, body(world))) == [("does_not_exist", "organisation")]
    assert send(program, body(world, at=world.district), "2").status_code == 201


def test_people_read_the_receipts_of_their_scope(world, program):
    firm = employer(world.town)
    sent = body(world)
    sent["lines"][0]["credit_code"] = firm.credit_code
    send(program, sent)
    for at, count in [(world.city, 1), (world.town, 1), (world.other_district, 0)]:
        reader = Program(world.user("finance_checker", at))
        assert len(reader.get("funds/receipts/?match=code").json()["results"]) == count


def test_a_large_batch_is_taken_and_a_larger_one_is_not(world, program, monkeypatch):
    sent = body(world, declared_count=1200, declared_total="600000.00")
    (first,) = sent["lines"]
    sent["lines"] = [first | {"receipt_number": f"G{number:030}"} for number in range(1200)]
    assert len(json.dumps(sent)) > limits.LARGEST_BODY
    assert send(program, sent).status_code == 201
    monkeypatch.setattr(CollectionBatches, "largest_json", limits.LARGEST_BODY)
    assert send(program, sent, "2").status_code == 413
