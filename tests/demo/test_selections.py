"""The selections of the demo city, walked in a city of one union."""

import itertools
from collections import Counter

import pytest

from core.models import Organisation
from core.services import organisations
from demo import accounts, selections
from honours.models import Award, Nomination, Selection
from tests.factories.core import UserFactory
from tests.factories.members import resident_number
from tests.factories.selections import member

pytestmark = pytest.mark.django_db
SHAPE = [
    ("JC01", "JC", "district", "城东区总工会"),
    ("JC01-01", "JC01", "town", "新桥街道总工会"),
    ("JC01-01-001", "JC01-01", "grassroots", "江城机床厂工会"),
]


@pytest.fixture
def union(db):
    city = organisations.plant(Organisation(code="JC", name="江城市总工会", level="municipal"))
    builder = UserFactory(organisation=city, role="head")
    made = {"JC": city}
    pairs = []
    for code, parent, level, name in SHAPE:
        made[code] = Organisation(code=code, name=name, level=level)
        pairs.append((made[code], made[parent]))
    organisations.establish_many(pairs, by=builder)
    for one in [*accounts.HONOURS, accounts.CHAIRS[0]]:
        UserFactory(username=one.username, organisation=made[one.organisation], role=one.role)
    surnames = itertools.cycle("赵钱孙李周吴郑王冯陈")
    for number, surname in zip(range(40), surnames, strict=False):
        member(
            made["JC01-01-001"],
            name=f"{surname}建国",
            number=resident_number(female=bool(number % 2)),
        )
    return made["JC01-01-001"]


def test_every_state_is_there(union):
    selections.lay_rules()
    for held in selections.ROUNDS:
        selections.walk(held)
        assert Selection.objects.get(year=held.year, title__kind=held.kind).state == held.goal
    for model in (Selection, Nomination):
        assert set(model.objects.values_list("state", flat=True)) == set(model.State.values)
    given = Award.objects.values_list("title__kind", "granted_on__year")
    assert Counter(given) == {("may1_medal", 2022): 3, ("craftsman", 2025): 3}
