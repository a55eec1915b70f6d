"""Rows of the test app."""

import datetime
from decimal import Decimal

from tests.city.models import Human, Spell, Tag


def spell(organisation, human=None, since="2021-03-01", until=None, **values):
    return Spell.objects.create(
        organisation=organisation,
        human=human or Human.objects.create(sex="F"),
        since=datetime.date.fromisoformat(since),
        until=until and datetime.date.fromisoformat(until),
        **values,
    )


def populate(world):
    """Rows of 2021 and around it at every level of the city."""
    human = Human.objects.create(sex="F")
    human.tags.add(Tag.objects.create(name="甲"))
    for place, code in enumerate(("city", "district", "town", "own", "child", "foreign")):
        values = {"age": 30 + place * 5, "amount": Decimal("0.29"), "headcount": 3}
        organisation = world.organisation(code)
        spell(organisation, human, "2021-01-01", "2021-12-31", group="courier", **values)
        spell(organisation, None, "2021-12-31", group="driver", is_new=True, **values)
        spell(organisation, None, "2020-12-31", "2022-01-01", **values)
