"""Whatever is collected, refunded, split again, returned and sent back, in whatever order: every
cent is found, and a past day says the same whenever it is asked.

A history is a number: it draws what is tried next. What comes of it is compared with a ledger that
knows the rules by itself (`tests.funds.histories.ledger`): each part of each receipt, the balance
of each account by payee, the position of each union, each rebate, today and on every earlier day
that was looked at.
"""

import datetime

import pytest
import time_machine
from django.db import transaction

from tests.funds.histories.city import START, City
from tests.funds.histories.history import History

pytestmark = pytest.mark.django_db

# Histories, and parts of them that may run beside each other or later: of the suite, and of all.
FEW, ALL = (50, 10), (10_000, 25)
STEPS = 14


@pytest.fixture(scope="module")
def clock():
    with time_machine.travel(
        datetime.datetime(2024, 1, 5, 4, tzinfo=datetime.UTC), tick=False
    ) as it:
        yield it


def pytest_generate_tests(metafunc):
    _, parts = ALL if metafunc.config.getoption("hostile") else FEW
    metafunc.parametrize("part", range(parts))


@pytest.mark.timeout(3_600)
def test_whatever_happens_every_cent_is_found_and_the_past_stays(part, clock, db, hostile):
    """With `--hostile` ten thousand histories in 25 parts, here fifty in ten."""
    clock.move_to(datetime.datetime.combine(START, datetime.time(4), datetime.UTC))
    city, tried = City(), {}
    histories, parts = ALL if hostile else FEW
    count = histories // parts
    for seed in range(part * count, (part + 1) * count):
        with transaction.atomic():
            history = History(city, seed, clock)
            try:
                history.wait(0)
                for _ in range(STEPS):
                    history.step()
                history.check()
            except Exception as error:
                error.add_note(f"history {seed} on {history.today}")
                raise
            for name, times in history.tried.items():
                tried[name] = tried.get(name, 0) + times
            transaction.set_rollback(True)
    assert not hostile or all(tried.values()), tried
