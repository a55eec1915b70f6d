"""Who pays, for the tests of money."""

import pytest

from tests.factories.funds import Office


@pytest.fixture
def office(world):
    """The finance office of the city."""
    return Office(world)
