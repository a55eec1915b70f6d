"""Rows of the register for tests."""

import datetime
import itertools

from members.models import (
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Person,
    Post,
    UnionProfile,
)
from members.services import people, unions
from tests.factories.core import checked

_sequence = itertools.count(1)


def resident_number(n=None, *, born=datetime.date(1990, 3, 7), female=False):
    """A valid number of a region that is never issued (330600): the nth one from a birth date on.

    Neighbours are no slip of the hand apart, and mostly of another day.
    """
    block, rest = divmod(next(_sequence) if n is None else n, 400)
    turn, day = divmod(rest, 20)
    born = born + datetime.timedelta(days=20 * block + day)
    order = (37 * turn + 53 * day) % 400 * 2
    return checked(f"330600{born:%Y%m%d}{order + (0 if female else 1):03}")


def credit_code(n=None, *, start="91"):
    """A valid unified social credit code."""
    n = next(_sequence) if n is None else n
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"{start}330600MA{n:06}0"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(letters.index(char) * weight for char, weight in zip(body, weights, strict=True))
    return body + letters[(31 - total % 31) % 31]


def person(name="王建国", number=None, **fields):
    """An unsaved person."""
    return Person(name=name, certificate_number=number or resident_number(), **fields)


def membership(organisation, joined_on=datetime.date(2020, 5, 1), **fields):
    """An unsaved membership."""
    return Membership(organisation=organisation, joined_on=joined_on, **fields)


def employer(organisation, name="甲厂有限责任公司", **fields):
    """A stored employer."""
    fields.setdefault("ownership", "170")
    fields.setdefault("industry", "C")
    fields.setdefault("credit_code", credit_code())
    return Employer.objects.create(organisation=organisation, name=name, **fields)


def populate(world):
    """Rows of 2021 at several levels of the city, some for every dataset of the register."""
    day = datetime.date
    clerk = world.user("clerk")
    places = [world.city, world.district, world.town, world.own, world.child, world.foreign]
    kinds = UnionProfile.Kind
    for number, place in enumerate(places):
        place.established_on = day(2021, number + 1, 10)
        place.save(update_fields=["established_on"])
        sector = UnionProfile.Sector.FREIGHT if number % 2 else ""
        UnionProfile.objects.create(
            organisation=place, kind=kinds.LEAGUE if number % 2 else kinds.SINGLE, sector=sector
        )
        firm = employer(place, f"第{number}厂有限公司", employees=60 * number)
        if number % 3:
            unions.cover(firm, union=place, since=day(2021, number + 2, 1), by=clerk)
        for kind in (Mechanism.Kind.COURT_LINK, Mechanism.Kind.ELECTION):
            Mechanism.objects.create(organisation=place, kind=kind, since=day(2021, 5, number + 1))
        Post.objects.create(
            organisation=place, kind=Post.Kind.DEPLOYMENT, holder_name="刘洋",
            since=day(2021, number + 3, 3),
        )  # fmt: skip
        HeadcountReport.objects.create(
            organisation=place, year=2021, employers=120, employees=6000, cadres_full_time=1,
            state=HeadcountReport.State.ACCEPTED,
        )  # fmt: skip
        groups = ["food_courier", "truck_driver", "care_worker", ""]
        people.enrol_many(
            [
                (
                    person(number=resident_number(female=bool(each % 2))),
                    membership(
                        place,
                        day(2021 - each % 2, number + 1, each + 1),
                        worker_group=groups[each],
                        is_migrant_worker=each < 2,
                    ),
                )
                for each in range(4)
            ],
            by=clerk,
        )
    leaving, moving = Membership.objects.filter(organisation=world.own).order_by("pk")[:2]
    people.leave(leaving, on=day(2021, 8, 1), reason="quit", by=clerk)
    people.enrol(leaving.person, membership(world.foreign, day(2021, 10, 1)), by=clerk)
    transfer = people.issue_transfer(moving, target=world.child, on=day(2021, 9, 1), by=clerk)
    people.accept_transfer(transfer, on=day(2021, 9, 15), by=clerk)
