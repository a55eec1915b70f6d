"""Where the example rows of each sheet's template are at home.

An example world is made of `tests.factories.core.World`: it adds the rows that the examples refer
to, and returns the organisation in which they are imported and the user who does it.
"""

import datetime
from collections.abc import Callable
from functools import partial

from django.utils import timezone

from core.models import Assignment, Organisation, User
from core.services import organisations
from funds.models import Payment
from hardship.models import Case, DataCheck
from tests.factories import competitions as contests
from tests.factories import hardship as households
from tests.factories import studios as studios_made
from tests.factories.collection import Counter
from tests.factories.core import World
from tests.factories.funds import Office
from tests.factories.members import employer

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


@example_world("payment_results")
def sent_batch(world: World) -> tuple[Organisation, User]:
    """A batch that the bank has, of the payments that the examples name."""
    office = Office(world)
    for line in office.sent(office.owe(2)).lines():
        Payment.objects.filter(pk=line.pk).update(reference=f"ZF00000001{line.line:05}")
    return world.city, office.maker


@example_world("collection_lines")
@example_world("bank_arrivals")
def receiving_batch(world: World) -> tuple[Organisation, User]:
    """The batch that the examples name."""
    counter = Counter(world)
    counter.open(number="2021-04-01")
    return world.city, counter.maker


@example_world("wage_declarations")
def paying_employer(world: World) -> tuple[Organisation, User]:
    employer(world.town, credit_code=PAYER)
    return world.city, world.user("finance_maker")


PAYER = "91330600MA00000107"  # the employer that the examples of money name


@example_world("fund_entries")
@example_world("budget_lines")
@example_world("fiscal_transfers")
def spending(world: World) -> tuple[Organisation, User]:
    """The street of the examples, and who keeps its entries."""
    city, _ = street(world)
    return city, world.user("finance_maker")


@example_world("honours_awards")
def honoured(world: World) -> tuple[Organisation, User]:
    """The street of the examples, and who keeps the register of honours."""
    city, _ = street(world)
    return city, world.user("honours_clerk")


@example_world("audit_findings")
def audited(world: World) -> tuple[Organisation, User]:
    """The street of the examples, and its auditor."""
    city, _ = street(world)
    return city, world.user("funds_auditor")


@example_world("size_returns")
def sized(world: World) -> tuple[Organisation, User]:
    """The employers that the examples name."""
    for code in ("91330600MA0000015N", "91350100M000100Y43"):
        firm = employer(world.own)
        type(firm).objects.filter(pk=firm.pk).update(credit_code=code)
    return world.city, world.user("finance_maker")


def with_roles(world: World, role: str, *more: str) -> User:
    """A person of the city with several roles: whoever brings a table in may not take one out."""
    user = world.user(role)
    for other in more:
        Assignment.objects.create(
            user=user, organisation=world.city, role=other, since=timezone.localdate()
        )
    return user


HEAD = "330600196503071297"  # the household that the examples of hardship name


def aided(world: World, *roles: str) -> tuple[Organisation, User]:
    """The street of the examples, under the rules of the city."""
    city, _ = street(world)
    households.rulebook(city)
    return city, with_roles(world, *roles)


def head_file(place: Organisation, number: str = HEAD, **facts: object) -> Case:
    """The file of that household, as the register has it."""
    case = households.register(place, applicant_name="张建国", **facts)
    case.members.all().delete()
    applicant = households.member("self", "张建国", case=case, certificate_number=number)
    applicant.clean()
    applicant.save()
    return case


@example_world("hardship_files")
def files(world: World) -> tuple[Organisation, User]:
    return aided(world, "aid_clerk", "aid_approver")


@example_world("hardship_family")
@example_world("hardship_incomes")
@example_world("hardship_expenses")
def draft_file(world: World) -> tuple[Organisation, User]:
    at = aided(world, "aid_clerk", "aid_approver")
    head_file(world.own, state="draft", tier="", level="")
    return at


@example_world("hardship_visits")
def visited(world: World) -> tuple[Organisation, User]:
    at = aided(world, "aid_clerk", "aid_approver")
    head_file(world.own)
    for name in ("zoufang1", "zoufang2"):
        world.user("committee", username=name)
    return at


@example_world("hardship_takeover")
def old_register(world: World) -> tuple[Organisation, User]:
    return aided(world, "aid_approver")


@example_world("hardship_takeover_family")
@example_world("hardship_takeover_grants")
def taken_over(world: World) -> tuple[Organisation, User]:
    """An old file that was taken over, of a household of two."""
    at = aided(world, "aid_approver")
    day = datetime.date(2019, 6, 10)
    case = head_file(world.own, filed_on=day, taken_over_on=timezone.localdate())
    households.recognition(case, day)
    spouse = households.member("spouse", "欧阳静", case=case, certificate_number=SPOUSE)
    spouse.clean()
    spouse.save()
    return at


SPOUSE = "330600197003071287"


@example_world("hardship_grants")
def granted(world: World) -> tuple[Organisation, User]:
    at = aided(world, "aid_clerk", "aid_approver")
    head_file(world.own, account="6222020000000000000")
    return at


def asked(world: World, source: str) -> tuple[Organisation, User]:
    """Four households that one authority is asked about, two of them by the examples."""
    at = aided(world, "data_checker")
    cases = [head_file(world.own), head_file(world.own, number=SPOUSE)]
    cases += [households.register(world.own) for _ in range(2)]
    for case in cases:
        Case.objects.filter(pk=case.pk).update(state="comparison")
        case.data_checks.create(round=1, source=source)
    return at


for source in DataCheck.Source.values:
    EXAMPLE_WORLDS[f"hardship_checks_{source}"] = partial(asked, source=source)


def led(world: World, *roles: str) -> tuple[Organisation, User]:
    """The street of the examples, and the leaders whom they name."""
    city, _ = street(world)
    studios_made.rulebook(city)
    place = Organisation.objects.get(code="JC01-01")
    for name in ("王建国", "李梅"):
        studios_made.award(place, name=name)
    return city, with_roles(world, *roles)


@example_world("studios")
def studios(world: World) -> tuple[Organisation, User]:
    return led(world, "honours_approver")


@example_world("studio_results")
def studio_results(world: World) -> tuple[Organisation, User]:
    city, by = led(world, "honours_clerk")
    place = Organisation.objects.get(code="JC01-01")
    studio = studios_made.named(place)
    type(studio).objects.filter(pk=studio.pk).update(name="城东焊接劳模创新工作室")
    return city, by


@example_world("apprenticeships")
def pairs(world: World) -> tuple[Organisation, User]:
    return led(world, "honours_clerk")


@example_world("participation_reports")
@example_world("competition_entries")
@example_world("innovations")
def taking_part(world: World) -> tuple[Organisation, User]:
    """A union, its members and its unit, and the competitions that the examples name."""
    return world.own, contests.example_union(world)


@example_world("trainings")
def taught(world: World) -> tuple[Organisation, User]:
    city, _ = street(world)
    return city, world.user("competitions_clerk")


@example_world("trainees")
@example_world("skill_certificates")
def trained(world: World) -> tuple[Organisation, User]:
    """The street of the examples, its training, and two members of a union."""
    city, clerk = taught(world)
    contests.example_union(world)
    place = Organisation.objects.get(code="JC01-01")
    day = datetime.date(2026, 3, 10)
    contests.training(place, title="焊工技能提升班", held_on=day)
    return city, clerk


@example_world("competition_takeover")
def handed_over(world: World) -> tuple[Organisation, User]:
    city, _ = street(world)
    return city, world.user("competitions_approver")


@example_world("participation_takeover")
@example_world("entry_takeover")
def over(world: World) -> tuple[Organisation, User]:
    """A union, its members and its unit, and what is over of the examples."""
    contests.example_union(world)
    plan = contests.programme(world.city, 2021)
    for name in ("职工技能大赛", "安全生产竞赛"):
        contests.competition(world.city, "archived", name=name, programme=plan)
    return world.city, world.user("competitions_approver")
