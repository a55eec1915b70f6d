"""Titles, awards, holders and what they are given, for tests."""

import datetime
import itertools
from decimal import Decimal

from django.utils import timezone

from core.models import Organisation
from funds.models import Pool
from honours.models import (
    Allowance,
    AllowanceRule,
    Award,
    Care,
    CareRule,
    Holder,
    Revocation,
    Title,
)
from honours.services import awards
from members.models import Person
from members.services import people
from tests.factories import funds as money
from tests.factories import (
    selections,  # noqa: F401 - registers its builders
    studios,
)
from tests.factories.core import UserFactory
from tests.factories.members import employer, membership, resident_number
from tests.factories.proceedings import builds

_sequence = itertools.count(1)


def day(text):
    return datetime.date.fromisoformat(text)


def root(place):
    """The body at the top of the tree in which a place stands."""
    return Organisation.objects.get(path=place.path[: Organisation.steplen])


def title(code):
    return Title.objects.get(code=code)


def member(place, name="李建国", **fields):
    """A stored member of a union."""
    made = Person(name=name, certificate_number=resident_number(), **fields)
    clerk = UserFactory(organisation=root(place), role="clerk")
    people.enrol(made, membership(place), by=clerk)
    return made


def award(place, code="model_worker_municipal", on="2015-04-30", person=None, **fields):
    """A stored award of a place, by default to a model worker of the city who is a member."""
    kind = title(code)
    number = next(_sequence)
    facts = {"recipient_name": f"第{number}班组", "document_number": f"江发〔2015〕{number}号"}
    if kind.is_personal:
        person = person or member(place, f"李{chr(0x5EFA + number)}")
        facts |= {"person": person, "recipient_name": person.name}
    elif kind.recipient == "employer":
        firm = employer(place, f"第{number}厂有限公司")
        facts |= {"employer": firm, "recipient_name": firm.name}
    elif kind.recipient in ("union", "place"):
        facts |= {"union": place, "recipient_name": place.name}
    made = awards.draft(kind, organisation=place, granted_on=day(on), **facts | fields)
    made.full_clean()
    made.save()
    return made


def holder(place, code="model_worker_municipal", name=None, **fields):
    """The stored file of a model worker, who can be paid; each has a name of his own."""
    person = member(place, name or f"李{chr(0x5EFA + next(_sequence))}")
    award(place, code, person=person)
    facts = {"bank": "江城银行城东支行", "account": money.account_number()} | fields
    made = Holder(organisation=place, person=person, **facts)
    made.full_clean()
    made.save()
    return made


def rules(place, since="2019-01-01"):
    """The rules of a place: 2,000 and 1,000 yuan at the new year, a line of 42,000, a half of the
    loss up to 20,000; check-ups yearly and every two years, recuperation every two."""
    common = {"organisation": place, "since": day(since), "document": "江工发〔2019〕6号"}
    for kind, facts in [
        ("spring", {"amount": Decimal("1000.00")}),
        ("spring", {"amount": Decimal("2000.00"), "level": "national"}),
        ("living", {"average_income": Decimal("60000.00"), "percent": Decimal("70.00")}),
        ("special", {"percent": Decimal("50.00"), "cap": Decimal("20000.00")}),
    ]:
        rule = AllowanceRule(kind=kind, **common, **facts)
        rule.full_clean()
        rule.save()
    for kind, status, years in [
        ("checkup", "in_service", 1),
        ("checkup", "retired", 2),
        ("recuperation", "in_service", 2),
        ("recuperation", "retired", 2),
    ]:
        rule = CareRule(kind=kind, status=status, years=years, **common)
        rule.full_clean()
        rule.save()


def _ruled(place):
    top = root(place)
    if not AllowanceRule.objects.filter(organisation=top).exists():
        rules(top)
    return AllowanceRule.objects.get(organisation=top, kind="spring", level="")


def pool(place):
    top = root(place)
    return Pool.objects.filter(organisation=top, purpose="劳模待遇").first() or money.pool(
        top, purpose="劳模待遇"
    )


def count(place):
    """The living holders of a place and below it, as their list shows them."""
    return Holder.objects.within(place).living().count()


@builds(Allowance)
def allowance(place, token="", state="proposed", **fields):
    """One of 1,000 yuan for a model worker of the place."""
    rule = _ruled(place)
    # Names of persons are masked, so the token stands in the occasion.
    facts = {"occasion": token, "year": 2021, "kind": rule.kind, "amount": rule.amount} | fields
    who = facts.pop("holder", None) or holder(place)
    made = Allowance(
        organisation=place,
        holder=who,
        award=who.person.awards.get(),
        rule=facts.pop("rule", rule),
        pool=pool(place),
        level="municipal",
        state=state,
        state_since=timezone.now(),
        **facts,
    )
    made.full_clean()
    made.save()
    return made


@builds(
    Revocation,
    decide=lambda row: {
        "authority": "市委、市政府",
        "document_number": "江发〔2026〕3号",
        "effective_on": timezone.localdate(),
    },
)
def revocation(place, token="", state="proposed"):
    """Of the award of a model worker."""
    made = award(place, document_number=f"江发{token}")
    return Revocation.objects.create(
        organisation=place,
        award=made,
        cause="fraud",
        finding="申报事迹与事实不符",
        state=state,
        authority=token if state == "decided" else "",
        state_since=timezone.now(),
    )


def care(place, token="", **fields):
    """A stored visit of 500 yuan to a model worker of the place."""
    facts = {"held_on": day("2021-02-03"), "cash": Decimal("500.00"), "kind": "visit"} | fields
    return care_of(holder(place), place=f"住所{token}", **facts)


def care_of(who, **facts):
    made = Care(organisation=who.organisation, holder=who, level="municipal", **facts)
    made.full_clean()
    made.save()
    return made


def care_rule(place, years):
    """A rule of a place on check-ups of those in service."""
    made = CareRule(
        organisation=place, kind="checkup", status="in_service", years=years,
        document="江工发〔2019〕6号", since=day("2019-01-01"),
    )  # fmt: skip
    made.full_clean()
    made.save()
    return made


def populate(world):
    """Rows of 2021 at several levels: awards of every title, allowances paid, cares."""
    months = itertools.cycle(range(1, 13))
    for place in (world.city, world.district, world.own, world.child):
        for kind in Title.objects.all():
            award(place, kind.code, f"2021-{next(months):02}-11")
        award(place, "craftsman_municipal", "2021-05-11", certificate_number="")
        award(place, "harmonious_municipal", "2019-03-01")
        unknown = award(place, "learning_worker_municipal", "2021-06-11")
        Award.objects.filter(pk=unknown.pk).update(person=None)
        for kind in ("spring", "living", "special"):
            paid = allowance(place, state="approved")
            Allowance.objects.filter(pk=paid.pk).update(
                kind=kind, paid_on=f"2021-{next(months):02}-20"
            )
        for kind, money_ in [("visit", "cash"), ("checkup", "cost"), ("recuperation", "cost")]:
            facts = {"cash": Decimal(0), money_: Decimal("300.10")}
            care(place, kind=kind, held_on=day(f"2021-{next(months):02}-07"), **facts)
    Award.objects.filter(pk=award(world.own).pk).update(
        revoked_on="2021-07-01", revocation_document="江发〔2021〕9号"
    )
    studios.populate(world)
