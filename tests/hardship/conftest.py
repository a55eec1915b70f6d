"""The files that several tests begin with."""

import pytest
from django.utils import timezone

from tests.factories import hardship as households


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def case(world, staff):
    return households.draft(world.own, by=staff.chair)


@pytest.fixture
def compared(case, staff):
    """A file whose authorities are about to be asked."""
    return households.travel(case, staff, to="comparison")


@pytest.fixture
def watched(world, staff):
    return households.register(world.own, state="watch", watch_until=timezone.localdate())
