"""What the figures of hardship mean, on a small world counted by hand."""

from decimal import Decimal

import pytest

from core.indicators import compute
from core.periods import Period
from tests.factories import hardship as households

pytestmark = pytest.mark.django_db


def figures(organisation, *codes, period="2021"):
    found = compute(
        [f"hardship.{code}" for code in codes],
        organisation=organisation,
        period=Period.parse(period),
        by=None,
    )
    return [figure.value for figure in found]


@pytest.fixture
def rulebook(world):
    households.rulebook(world.city)


def test_a_change_of_tier_neither_comes_nor_goes(world, rulebook):
    case = households.register(world.own)
    households.recognition(case, "2021-03-01", "2021-06-01", ending="adjusted")
    households.recognition(case, "2021-06-01", tier="relative", entry="adjusted")
    codes = ["filed_households", "exited_households", "registered_households"]
    assert figures(world.city, *codes) == [1, 0, 1]
    by_tier = ["registered_deep", "registered_relative"]
    assert figures(world.city, *by_tier, period="2021-05-31") == [1, 0]
    assert figures(world.city, *by_tier, period="2021-06-01") == [0, 1]


def test_who_falls_back_is_one_household(world, rulebook):
    case = households.register(world.own)
    households.recognition(case, "2020-03-01", "2021-02-01", ending="out")
    households.recognition(case, "2021-05-01", "2021-09-01", entry="reopened", ending="handed_over")
    codes = ["filed_households", "reopened_households", "exited_households", "exited_out"]
    assert figures(world.city, *codes) == [1, 1, 1, 1]
    assert figures(world.city, "registered_households", period="2021-08-31") == [1]
    assert figures(world.city, "registered_households") == [0]


def test_the_rate_is_of_those_who_were_to_be_relieved(world, rulebook):
    for _ in range(3):
        households.recognition(households.register(world.own), "2020-01-01")
    gone = households.register(world.own)
    households.recognition(gone, "2020-01-01", "2021-04-01", ending="out")
    dead = households.register(world.own)
    households.recognition(dead, "2020-01-01", "2021-04-01", ending="deceased")
    assert figures(world.city, "exit_rate", "cancelled_households") == [Decimal(25), 1]


def test_persons_times_households_and_yuan_are_four_things(world, rulebook):
    case = households.register(world.own)
    child = households.member("child", "王小明", case=case)
    child.clean()
    child.save()
    households.paid_grant(case, "2021-03-01", "3000", kind="living")
    households.paid_grant(case, "2021-08-01", "2000.50", kind="study", beneficiary=child)
    households.paid_grant(case, "2021-09-01", "2000", kind="study", beneficiary=child)
    other = households.register(world.own)
    households.paid_grant(other, "2021-09-01", "500", kind="job")
    unpaid = households.paid_grant(other, "2021-10-01", "9999")
    unpaid.paid_on = None
    unpaid.save()
    codes = ["relief_amount", "relief_households", "relief_persons", "relief_person_times"]
    assert figures(world.city, *codes) == [Decimal("7500.50"), 2, 3, 4]
    codes = ["families_aided", "study_aid_persons", "study_aid_amount"]
    assert figures(world.city, *codes) == [2, 1, Decimal("4000.50")]


def test_only_visits_that_console_are_counted_as_such(world, rulebook):
    case = households.register(world.own)
    for kind in ("condolence", "condolence", "check"):
        case.visits.create(
            organisation=world.own, kind=kind, round=1, held_on="2021-01-28", finding="已慰问"
        )
    assert figures(world.city, "visits", "visit_households") == [2, 1]
