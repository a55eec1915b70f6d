"""Batches by the interface: four persons, each once, and nothing twice."""

import pytest

from funds.models import PaymentBatch
from tests.factories.interface import Program, codes
from tests.factories.proceedings import build

pytestmark = pytest.mark.django_db


def test_a_batch_is_led_by_four_persons(world):
    batch = build(PaymentBatch, world.own, "draft")
    who = {
        name: Program(world.user(f"finance_{name}", world.own))
        for name in ("maker", "checker", "approver", "payer")
    }

    def step(person, name, key="1"):
        address = f"funds/batches/{batch.pk}/steps/{name}/"
        return who[person].post(address, **{"Idempotency-Key": f"{name}-{key}"})

    listed = who["payer"].get("funds/batches/?state=draft").json()["results"]
    assert [(row["id"], row["count"]) for row in listed] == [(batch.pk, batch.count)]
    assert step("maker", "submit").json()["state"] == "checking"
    assert step("maker", "check").status_code == 403
    assert step("checker", "check").json()["state"] == "approving"
    first, again = step("approver", "approve"), step("approver", "approve")
    assert first.json() == again.json()
    assert first.json()["state"] == "approved"
    assert codes(step("approver", "approve", "2")) == [("wrong_state", "")]
    assert step("payer", "make_file").json()["state"] == "filed"
