"""Where the example rows of each sheet's template are at home.

An example world is made of `tests.factories.core.World`: it adds the rows that the examples refer
to, and returns the organisation in which they are imported and the user who does it.
"""

from collections.abc import Callable

from core.models import Organisation, User
from core.services import organisations
from tests.factories.core import World

EXAMPLE_WORLDS: dict[str, Callable[[World], tuple[Organisation, User]]] = {}


def example_world(name: str) -> Callable:
    """Declare the world of the sheet `name`."""

    def declare(function: Callable) -> Callable:
        EXAMPLE_WORLDS[name] = function
        return function

    return declare


@example_world("test_departments")
@example_world("holidays")
def departments(world: World) -> tuple[Organisation, User]:
    return world.city, world.user("clerk")


@example_world("organisations")
@example_world("employers")
@example_world("members")
def street(world: World) -> tuple[Organisation, User]:
    """The street whose code the examples of the register's three rosters name."""
    clerk = world.user("clerk")
    street = Organisation(code="JC01-01", name="江城市城东区新街街道总工会", level="town")
    organisations.establish(street, parent=world.city, by=clerk)
    return world.city, clerk
