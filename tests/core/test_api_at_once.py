"""The same write sent by many at once is done once, and all of them are told the same."""

import pytest
from django.core.cache import cache

from core.errors import Refused
from core.models import Decision, KeptAnswer
from tests.crowd import at_once
from tests.factories.core import World
from tests.factories.interface import Program
from tests.factories.proceedings import build
from tests.procedures.models import Permit

MANY = 20


@pytest.fixture
def city(own_database):
    cache.clear()
    return World()


def test_twins_of_a_write_get_one_answer(city):
    permit = build(Permit, city.own, "draft", "王建国")
    person = Program(city.user("chair", city.own))
    address, told = f"permits/{permit.pk}/steps/submit/", []

    def send(number):
        twin = Program()
        twin.client.cookies, twin.headers = person.client.cookies.copy(), person.headers
        answer = twin.post(address, **{"Idempotency-Key": "one"})
        told.append(answer.content)
        if answer.status_code != 200:
            raise Refused("refused", code=str(answer.status_code))
        return True

    assert at_once(MANY, send) == {"done": MANY}
    assert len(set(told)) == 1
    assert Decision.objects.on(permit).filter(transition="submit").count() == 1
    assert KeptAnswer.objects.count() == 1
