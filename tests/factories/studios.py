"""Titles, studios, pairs and homes for tests, and a studio on its road."""

import datetime
import itertools
from decimal import Decimal

from django.utils import timezone

from core import workflow, working_days
from core.models import Organisation, Publicity
from core.services import publicity
from honours.models import (
    Apprenticeship,
    Award,
    HomeRating,
    HomeRule,
    Inspection,
    Studio,
    StudioGrantRule,
    StudioMember,
    StudioProject,
    StudioResult,
    StudioRule,
    Title,
)
from honours.rules import studios as rules
from honours.services import apprenticeships, awards, homes, studio_work, studios
from members.services import people
from tests.factories import members
from tests.factories.core import UserFactory
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
DAY, TODAY = datetime.date, timezone.localdate()
LONG_AGO, NAMED_ON, OBTAINED_ON = DAY(2018, 5, 1), DAY(2021, 6, 18), DAY(2021, 7, 12)
SHIPPED = {
    "craftsman": ("市工匠", "craftsman", "municipal", "person", None),
    "county_craftsman": ("县工匠", "craftsman", "county", "person", None),
    "home_municipal": ("市模范职工之家", "model_home", "municipal", "union", None),
    "home_county": ("县模范职工之家", "model_home", "county", "union", None),
    "harmonious": ("市劳动关系和谐企业", "harmonious", "municipal", "employer", 3),
}


def title(code="craftsman"):
    name, kind, level, recipient, term = SHIPPED[code]
    made, _ = Title.objects.get_or_create(
        code=f"test_{code}",
        defaults={
            "name": f"{name}（测试）",
            "kind": kind,
            "level": level,
            "recipient": recipient,
            "rank": 50,
            "granting_body": "江城市总工会",
            "term_years": term,
        },
    )
    return made


def root(place):
    return Organisation.objects.get(path=place.path[: Organisation.steplen])


def rulebook(city):
    """The rules of studios, grants and homes of the whole city, from 2019 on."""
    shared = {"organisation": city, "document": "江工发〔2019〕5号", "since": DAY(2019, 1, 1)}
    StudioRule.objects.get_or_create(**shared)
    HomeRule.objects.get_or_create(**shared)
    for purpose, amount in (("new", 50_000), ("kept", 30_000)):
        StudioGrantRule.objects.get_or_create(
            level="municipal", purpose=purpose, defaults={"amount": Decimal(amount), **shared}
        )


def person(place, name="王建国", by=None):
    """A member of the union of the place."""
    made = members.person(name)
    people.enrol(made, members.membership(place), by=by or UserFactory(
        organisation=place, role="clerk"))  # fmt: skip
    return made


def award(place, code="craftsman", name="王建国", on=LONG_AGO, **facts):
    """A title that somebody of the place holds: a member, or the union itself."""
    given = title(code)
    if given.is_personal:
        facts.setdefault("person", person(place, name))
    elif given.recipient == "union":
        facts.setdefault("union", place)
        name = place.name
    made = awards.draft(given, organisation=place, recipient_name=name, granted_on=on, **facts)
    made.serial = next(_sequence)
    made.full_clean()
    made.save()
    return made


def draft(place, token="", *, by=None, level="municipal", team=5, name="王建国"):
    """A studio that is filled in, with so many in the team."""
    rulebook(root(place))
    by = by or UserFactory(organisation=place, role="chair")
    made = studios.open_draft(
        Studio(
            organisation=place,
            name=f"焊接创新工作室{next(_sequence)}{token}",
            kind="craftsman",
            level=level,
            field="焊接",
            founded_on=DAY(2019, 3, 1),
        ),
        award(place, name=name),
        by=by,
    )
    for number in range(team - 1):
        studios.add_member(
            StudioMember(studio=made, name=f"成员{number}", since=DAY(2019, 3, 1)), by=by
        )
    return made


def see_all(studio):
    studios.see(studio, [item for item, _ in rules.HAVES], on=DAY(2019, 4, 1))


def named(place, token="", on=NAMED_ON, **facts):
    """A studio that bears its name from a day on."""
    made = draft(place, token, **facts)
    see_all(made)
    Studio.objects.filter(pk=made.pk).update(
        state="named", named_on=on, document_number="江工发〔2021〕33号", review_on=DAY(2024, 6, 18)
    )
    return Studio.objects.get(pk=made.pk)


@builds(
    Studio,
    inspect=lambda row: {"inspected_on": "2026-01-05", "haves": [item for item, _ in rules.HAVES]},
    evaluate=lambda row: {"score": "88.5"},
    name=lambda row: {"document_number": "江工发〔2026〕1号", "named_on": "2026-01-20"},
    revoke=lambda row: {"document_number": "江工发〔2026〕2号"},
)
def studio(place, token="", state="draft"):
    """With everything that any step out of the state asks for."""
    made = named(place, token)
    year = timezone.localdate().year - 1
    made.assessments.create(
        year=year, score=80, verdict="qualified", document="江工发〔2019〕5号",
        assessed_on=timezone.localdate(), by=UserFactory(organisation=place),
    )  # fmt: skip
    return made


def project(row, *, by, year=2021, title="管道焊接工艺改进", **facts):
    facts = {"approved_by": "市总工会", "approved_on": DAY(year, 3, 1)} | facts
    return studio_work.report(StudioProject(studio=row, year=year, title=title, **facts), by=by)


def result(row, *, by, kind="patent", on=OBTAINED_ON, **facts):
    facts = {"title": f"一种焊接夹具{next(_sequence)}", "benefit": Decimal(350_000)} | facts
    return studio_work.report(StudioResult(studio=row, kind=kind, obtained_on=on, **facts), by=by)


def pair(place, token="", *, by=None, **facts):
    """A pair that waits to be accepted."""
    facts = {
        "master_name": "王建国",
        "apprentice_name": f"张小明{next(_sequence)}",
        "trade": f"焊工{token}",
        "goal": "取得高级工证书",
        "grade_before": "middle",
        "agreed_on": DAY(2021, 3, 15),
        "until": DAY(2023, 3, 14),
    } | facts
    by = by or UserFactory(organisation=place, role="chair")
    return apprenticeships.report(Apprenticeship(organisation=place, **facts), by=by)


def rating(place, *, by=None, year=None, **counts):
    """One that waits to be accepted, of a home that reaches the standard."""
    rulebook(root(place))
    year = year or 2000 + next(_sequence) % 21
    counts = {"employees": 200, "members": 190, "voted": 180, "satisfied": 175} | counts
    by = by or UserFactory(organisation=place, role="chair")
    return homes.rate(
        HomeRating(organisation=place, year=year, held_on=DAY(year, 12, 1), **counts), by=by
    )


@builds(HomeRating)
def home_rating(place, token="", state="submitted"):
    made = rating(place)
    HomeRating.objects.filter(pk=made.pk).update(note=token)
    return made


def _title_ends(row):
    Award.objects.filter(pk=row.award_id).update(valid_until=timezone.localdate())


@builds(
    Inspection,
    ways={"lapse": _title_ends},
    delist=lambda row: {"document_number": "江工发〔2026〕3号"},
)
def inspection(place, token="", state="proposed", kind="supervision", code="home_county", **facts):
    rulebook(root(place))
    held = award(place, code, unit_name=token, on=DAY(2017, 5, 1))
    row = Inspection(
        award=held, kind=kind, held_on=timezone.localdate(), finding=f"阵地挪用{token}",
        proposal="keep", **facts,
    )  # fmt: skip
    made = homes.inspect(row, by=UserFactory(organisation=place, role="honours_clerk"))
    if state == "delisted":
        Inspection.objects.filter(pk=made.pk).update(ended_on=timezone.localdate(), state=state)
    return made


class Staff:
    """One person for each duty of a studio's road, by the name of the duty."""

    ROLES = {
        "chair": ("chair", "own"),
        "district": ("honours_clerk", "district"),
        "clerk": ("honours_clerk", "city"),
        "reviewer": ("honours_reviewer", "city"),
        "approver": ("honours_approver", "city"),
    }

    def __init__(self, world):
        for name, (role, place) in self.ROLES.items():
            setattr(self, name, UserFactory(organisation=getattr(world, place), role=role))


HAVES = [item for item, _ in rules.HAVES]
# (step, who, what is posted beside the words)
ROAD = [
    ("submit", "chair", {}),
    ("check", "district", {}),
    ("inspect", "clerk", {"inspected_on": DAY(2026, 1, 5), "haves": HAVES}),
    ("evaluate", "reviewer", {"score": Decimal("88.50")}),
    ("unopposed", None, {}),
    ("name", "approver", {"document_number": "江工发〔2026〕1号", "named_on": TODAY}),
]


def travel(row, staff, *, until):
    """Take the steps up to and with one."""
    for step, who, given in ROAD:
        if who:
            row = workflow.apply(row, step, by=getattr(staff, who), comment="同意", **given)
        else:
            pass_publicity()
            row = Studio.objects.get(pk=row.pk)
        if step == until:
            return row
    raise LookupError(until)


def pass_publicity():
    """The days of what is shown have gone by, and nobody objected."""
    posted = timezone.localdate() - datetime.timedelta(days=60)
    ends = working_days.last_of(posted, 5)
    Publicity.objects.running().update(posted_on=posted, ends_on=ends)
    assert publicity.close_due()


def populate(world):
    """Rows of 2021 at several levels of the city, some for every dataset of studios and homes."""
    clerk = world.user("honours_clerk")
    for number, place in enumerate([world.city, world.town, world.own, world.child, world.foreign]):
        chair = UserFactory(organisation=place, role="chair")
        row = named(
            place, on=DAY(2021, number + 2, 18), level="municipal" if number % 2 else "provincial"
        )
        work = project(row, by=chair)
        result(row, by=chair)
        result(row, by=chair, kind="training", apprentices=number + 3, benefit=Decimal(0))
        studio_work.accept_year(row, year=2021, by=clerk)
        if number % 2:
            studio_work.finish(work, finished_on=DAY(2021, 11, 1), by=chair)
        pairs = [pair(place, by=chair), pair(place, by=chair, agreed_on=DAY(2020, 4, 1))]
        apprenticeships.accept(pairs, by=clerk)
        apprenticeships.end(
            pairs[1], ended_on=DAY(2021, 9, 1), outcome="grade_up", grade_after="senior", by=chair
        )
        made = rating(place, year=2021, by=chair)
        workflow.apply(made, "accept", by=clerk)
        looked = inspection(place)
        Inspection.objects.filter(pk=looked.pk).update(
            state="delisted", held_on=DAY(2021, 8, 1), ended_on=DAY(2021, 9, number + 1)
        )
    gone = named(world.sibling, on=DAY(2020, 5, 1))
    Studio.objects.filter(pk=gone.pk).update(state="revoked", revoked_on=DAY(2021, 10, 1))
    assert Award.objects.exists()
