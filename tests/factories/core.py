"""Rows of the ground floor for tests, made through the services that make them."""

import datetime
import uuid

import factory
from django.utils import timezone

from core.models import Assignment, Objection, Organisation, User
from core.services import objections, organisations
from tests.factories.postings import posted
from tests.factories.proceedings import builds

PASSWORD = "correct horse 工会"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def checked(body):
    """The resident number of a body of 17 digits."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def account_number(n):
    """The valid number of the nth holder of an account, in a region that is never issued (330600).

    Sequences 996 to 999 belong to accounts alone: no row of the register is the same person.
    """
    born = datetime.date(1970, 1, 1) + datetime.timedelta(days=n // 4)
    return checked(f"330600{born:%Y%m%d}{996 + n % 4}")


class UserFactory(factory.django.DjangoModelFactory):
    """An active account. `role=` with `at=` grants it that role there."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    display_name = "王建国"
    certificate_number = factory.Sequence(account_number)
    must_change_password = False
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def role(self, create, extracted, **kwargs):
        if extracted:
            Assignment.objects.create(
                user=self,
                organisation=self.organisation,
                role=extracted,
                since=timezone.localdate(),
            )


class World:
    """A small city: one municipal federation, two districts, towns and unions below them.

    city ── district ── town ── own ── child
         │           │       └─ sibling
         │           └─ other_town
         └─ other_district ── foreign_town ── foreign
    """

    SHAPE = [
        ("district", "city", Organisation.Level.DISTRICT, "东湖区总工会"),
        ("other_district", "city", Organisation.Level.DISTRICT, "西山区总工会"),
        ("town", "district", Organisation.Level.TOWN, "东湖区新街道总工会"),
        ("other_town", "district", Organisation.Level.TOWN, "东湖区老街道总工会"),
        ("foreign_town", "other_district", Organisation.Level.TOWN, "西山区石桥镇总工会"),
        ("own", "town", Organisation.Level.GRASSROOTS, "甲厂工会委员会"),
        ("sibling", "town", Organisation.Level.GRASSROOTS, "乙厂工会委员会"),
        ("foreign", "foreign_town", Organisation.Level.GRASSROOTS, "丙厂工会委员会"),
        ("child", "own", Organisation.Level.BRANCH, "甲厂一车间分会"),
    ]

    def __init__(self):
        self.city = organisations.plant(
            Organisation(code="city", name="江城市总工会", level=Organisation.Level.MUNICIPAL)
        )
        self.builder = self.user("head")
        made = {"city": self.city}
        pairs = []
        for code, parent, level, name in self.SHAPE:
            made[code] = Organisation(code=code, name=name, level=level)
            pairs.append((made[code], made[parent]))
        organisations.establish_many(pairs, by=self.builder)
        self.__dict__.update(made)

    def user(self, role=None, at=None, **kwargs):
        """An account at `at` (default: the city) that holds `role` there."""
        return UserFactory(organisation=at or self.city, role=role, **kwargs)

    def organisation(self, code):
        return Organisation.objects.get(code=code)


@builds(Objection)
def objection(place, token="", state="received"):
    """Against a publicity of the place; the token stands in its words, which only staff see."""
    form = uuid.uuid4()
    objections.receive(
        posted(place, UserFactory(organisation=place)),
        text=f"不符合条件{token}",
        phone="13800000001",
        form=form,
        address=form.hex,
    )
    return objections.find(objections.receipt_code(form), address=form.hex)
