"""Innovation studios, masters and apprentices, and homes of employees of the demo city.

The 22 studios that were named in 2021 come in by the table of named ones; those of these days
travel their road through the hands of their duties.
"""

import datetime
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from core import workflow
from core.models import Organisation, Publicity, User
from core.services import publicity, records
from demo import accounts, workbooks
from demo.casework import hung_earlier
from demo.places import CITY
from funds.models import Pool
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
    StudioRule,
    Title,
)
from honours.rules import studios as rules
from honours.services import (
    apprenticeships,
    awards,
    homes,
    studio_grants,
    studio_work,
    studios,
)
from members.models import Employer, Membership, Person

DISTRICT = "JC01"
OWN = "JC01-01-001"  # the union of the chair who applies
BEGIN = date(2018, 1, 1)
FIELDS = ("焊接", "数控加工", "电力检修", "中式烹饪", "汽车维修", "纺织印染", "护理", "物流调度")
# Named in 2021 in the district of the clerk, elsewhere, and in other years.
NEAR, FAR, EARLIER = 12, 10, 5
PROVINCIAL = 4  # of those named in 2021
# Those of these days: the state, and the steps that lead there.
WAYS = {
    "draft": (),
    "withdrawn": ("withdraw",),
    "submitted": ("submit",),
    "refused": ("submit", "refuse_check"),
    "inspection": ("submit", "check"),
    "panel": ("submit", "check", "inspect"),
    "publicity": ("submit", "check", "inspect", "evaluate"),
    "naming": ("submit", "check", "inspect", "evaluate", "close"),
    "named": ("submit", "check", "inspect", "evaluate", "close", "name"),
}
RUNNING = 1  # studios whose publicity runs on the day of the building
TEAM = 6  # members of a union that has a studio
HAVES = [item for item, _ in rules.HAVES]


class Office(NamedTuple):
    """Who does what: two clerks, of the city and of a district, and a chair who applies."""

    clerk: User
    reviewer: User
    approver: User
    district: User
    chair: User

    @classmethod
    def of_city(cls) -> "Office":
        chair = next(each for each in accounts.CHAIRS if each.organisation == OWN)
        return cls(*(accounts.user(each) for each in (*accounts.HONOURS, chair)))


def lay_rules() -> str:
    """The documents of the city, by who decides."""
    city, by = Organisation.objects.get(code=CITY), Office.of_city().approver
    shared = {"organisation": city, "since": BEGIN}
    rows = [
        StudioRule(document="江工发〔2018〕6号", **shared),
        HomeRule(document="江工发〔2018〕9号", **shared),
        *(
            StudioGrantRule(
                document="江工发〔2018〕7号（示例）",
                level=level,
                purpose=purpose,
                amount=Decimal(amount),
                **shared,
            )
            for level, purpose, amount in (
                ("provincial", "new", 80_000),
                ("municipal", "new", 50_000),
                ("municipal", "kept", 30_000),
            )
        ),
    ]
    for row in rows:
        records.save(row, by=by)
    return f"{len(rows)} 项"


def _title(kind: str, level: str, name: str, recipient: str, term: int | None = None) -> Title:
    """The title of the catalogue, or one like it."""
    facts = {
        "code": f"{kind}_{level}", "name": name, "recipient": recipient, "rank": 65,
        "granting_body": "市总工会", "term_years": term,
    }  # fmt: skip
    found = Title.objects.filter(kind=kind, level=level).first()
    return found or Title.objects.create(kind=kind, level=level, **facts)


@transaction.atomic
def give_titles() -> str:
    """The craftsmen who lead studios, and homes of earlier years."""
    by = Office.of_city().clerk
    craftsman = _title("craftsman", "municipal", "市级工匠", "person")
    made = [
        awards.draft(
            craftsman,
            organisation=union,
            recipient_name=person.name,
            person=person,
            unit_name=union.name,
            granted_on=date(2016 + place % 3, 9, 20),
            document_number=f"江工发〔{2016 + place % 3}〕41号",
        )
        for place, (union, person) in enumerate(_leaders())
    ]
    home = _title("model_home", "municipal", "市级模范职工之家", "union", 5)
    for place, union in enumerate(_unions("JC02")[:5]):
        given = date(2017 + place % 2, 5, 8)
        made.append(
            awards.draft(
                home, organisation=union, union=union, recipient_name=union.name,
                granted_on=given, valid_until=given.replace(year=given.year + 12),
                document_number=f"江工发〔{given.year}〕19号",
            )
        )  # fmt: skip
    harmony = _title("harmonious", "municipal", "市级劳动关系和谐企业", "employer", 3)
    given = timezone.localdate() - datetime.timedelta(days=3 * 365 - 60)
    made += [
        awards.draft(
            harmony, organisation=firm.organisation, employer=firm, recipient_name=firm.name,
            granted_on=given, document_number=f"江劳关〔{given.year}〕3号",
        )
        for firm in Employer.objects.filter(organisation__code__startswith="JC02-").select_related(
            "organisation"
        ).order_by("pk")[:2]
    ]  # fmt: skip
    awards.give_many(made, by=by)
    return f"{len(made)} 项"


def _unions(district: str) -> list[Organisation]:
    """Old unions of a district that have members enough for a team."""
    crowds = Membership.objects.current().order_by().values("organisation")
    crowds = crowds.annotate(count=Count("pk")).filter(count__gte=TEAM)
    rows = Organisation.objects.filter(
        level=Organisation.Level.GRASSROOTS,
        code__startswith=f"{district}-",
        established_on__lt=date(2016, 1, 1),
        closed_on=None,
        pk__in=crowds.values("organisation"),
    )
    return list(rows.order_by("path"))


def _leaders() -> list[tuple[Organisation, Person]]:
    """One member of each union: near, far, earlier, then those who apply these days."""
    near = _unions(DISTRICT)
    far = [union for code in ("JC02", "JC03", "JC04") for union in _unions(code)[-6:]]
    own = Organisation.objects.get(code=OWN)
    others = [union for union in near if union.pk != own.pk]
    unions = [*others[:NEAR], *far[: FAR + EARLIER]]
    first = _members(unions, 1)
    found = [(union, first[union.pk][0]) for union in unions]
    return found + [(own, person) for person in _members([own], len(WAYS))[own.pk]]


def _members(unions: list[Organisation], each: int) -> dict[int, list[Person]]:
    """So many members of each union, those who have been in it longest."""
    rows = Membership.objects.current().filter(organisation__in=unions).select_related("person")
    found: dict[int, list[Person]] = {union.pk: [] for union in unions}
    for row in rows.order_by("joined_on", "pk"):
        if len(found[row.organisation_id]) < each:
            found[row.organisation_id].append(row.person)
    return found


# Those that bear their names.


class NamedRow(NamedTuple):
    """One row of the table of named studios."""

    organisation: str
    name: str
    kind: str
    level: str
    area: str
    founded_on: date
    leader: str
    leader_number: str
    named_on: date
    document_number: str


def named_rows() -> list[NamedRow]:
    """Of 2021 so many as the report of that year has, and some of other years."""
    areas, rows = cycle(FIELDS), []
    for place, (union, person) in enumerate(_leaders()[: NEAR + FAR + EARLIER]):
        year = 2021 if place < NEAR + FAR else 2019 + place % 2
        level = "省级" if place < PROVINCIAL else "市级"
        area = next(areas)
        rows.append(
            NamedRow(
                union.code,
                f"{union.name.removesuffix('工会委员会').removesuffix('工会')}{area}创新工作室",
                "工匠创新工作室",
                level,
                area,
                date(2019, 1, 8 + place % 20),
                person.name,
                person.certificate_number.clear(),
                date(year, 4 + place % 8, 18),
                f"{'省' if level == '省级' else '江'}工发〔{year}〕{20 + place % 8}号",
            )
        )
    return rows


def import_named(folder: Path, import_file: Callable[..., str]) -> str:
    path = workbooks.write("studios", named_rows(), folder / CITY / "已命名的创新工作室.xlsx")
    city = Organisation.objects.get(code=CITY)
    return import_file(path, "studios", city, Office.of_city().approver)


class ResultRow(NamedTuple):
    """One row of the table of results."""

    studio: str
    kind: str
    title: str
    obtained_on: date
    number: str | None
    benefit: Decimal
    apprentices: int


def _near() -> list[Studio]:
    rows = Studio.objects.filter(named_on__year=2021, organisation__code__startswith=f"{DISTRICT}-")
    return list(rows.select_related("organisation").order_by("pk"))


def import_results(folder: Path, import_file: Callable[..., str]) -> str:
    """What the studios of one district achieved in 2021, by its clerk."""
    rows = []
    for place, studio in enumerate(_near()):
        day = date(2021, 12, 1 + place)
        rows += [
            ResultRow(studio.name, "专利", f"{studio.field}专用工装", day,
                      f"ZL20212{place:07}.{place % 10}", Decimal(180_000 + 35_000 * place), 0),
            ResultRow(studio.name, "带徒培训", f"{studio.field}技能提升班", day, None,
                      Decimal(0), 6 + place % 5),
        ]  # fmt: skip
    path = workbooks.write("studio_results", rows, folder / DISTRICT / "2021年工作室成果.xlsx")
    district = Organisation.objects.get(code=DISTRICT)
    return import_file(path, "studio_results", district, Office.of_city().district)


@transaction.atomic
def look_at_year() -> str:
    """Teams and projects by the district, accepted and assessed by the city."""
    office = Office.of_city()
    near = _near()
    people = _members([studio.organisation for studio in near], TEAM)
    for place, studio in enumerate(near):
        for number, person in enumerate(people[studio.organisation_id][1:], 1):
            member = StudioMember(
                studio=studio, name=person.name, person=person, post=f"技术骨干（{number}）",
                since=studio.founded_on,
            )  # fmt: skip
            studios.add_member(member, by=office.district)
        if place % 6 != 5:  # a few have none, and do not qualify
            project = StudioProject(
                studio=studio, year=2021, title=f"{studio.field}工艺改进",
                approved_by="江城市总工会", approved_on=date(2021, 3, 10),
            )  # fmt: skip
            project = studio_work.report(project, by=office.district)
            if place % 2:
                studio_work.finish(project, finished_on=date(2021, 11, 20), by=office.district)
        studio_work.accept_year(studio, year=2021, by=office.clerk)
        studio_work.assess(studio, year=2021, score=Decimal(72 + 2 * place), by=office.clerk)
    return f"{len(near)} 家"


# Those of these days.


def _words(step: str) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "inspect": {"inspected_on": today, "haves": HAVES},
        "evaluate": {"score": Decimal("88.50")},
        "name": {"document_number": f"江工发〔{today.year}〕48号", "named_on": today},
    }.get(step, {})


@transaction.atomic
def apply_for() -> str:
    """The applications of one union, each as far as it has come."""
    office = Office.of_city()
    takes = {
        "submit": office.chair, "withdraw": office.chair, "check": office.district,
        "refuse_check": office.district, "inspect": office.clerk,
        "evaluate": office.reviewer, "name": office.approver,
    }  # fmt: skip
    own = Organisation.objects.get(code=OWN)
    people = _members([own], len(WAYS) + 6)[own.pk]
    for place, (state, steps) in enumerate(WAYS.items()):
        leader, area = people[place], FIELDS[place % len(FIELDS)]
        award = Award.objects.filter(person=leader, organisation=own).earliest("pk")
        row = studios.open_draft(
            Studio(
                organisation=own, name=f"{area}工匠创新工作室（{place + 1}号）", kind="craftsman",
                level="municipal" if place % 3 else "county", field=area,
                founded_on=date(2022, 3, 1),
            ),
            award,
            by=office.chair,
        )  # fmt: skip
        for person in people[-5:]:
            member = StudioMember(
                studio=row, name=person.name, person=person, since=date(2022, 3, 1)
            )
            studios.add_member(member, by=office.chair)
        for step in steps:
            if step == "close":
                hung_earlier(Publicity.objects.running().on(row).get())
                publicity.close_due()
                row = Studio.objects.get(pk=row.pk)
                continue
            words = "材料齐全，情况属实。"
            row = workflow.apply(row, step, by=takes[step], comment=words, **_words(step))
        if row.state != state:
            raise ValueError(f"a studio stands in {row.state}, not in {state}")
    return f"{len(WAYS)} 家"


@transaction.atomic
def review() -> str:
    """Of those named earlier one is looked at again, one puts right, one lost its name."""
    office = Office.of_city()
    earlier = Studio.objects.filter(named_on__year__in=(2019, 2020)).order_by("pk")[:3]
    roads = ((), ("rectify",), ("revoke",))
    for studio, steps in zip(earlier, roads, strict=True):
        row = workflow.apply(studio, "start_review", by=office.clerk)
        for step in steps:
            given = {"document_number": "江工发〔2026〕52号"} if step == "revoke" else {}
            row = workflow.apply(
                row, step, by=office.approver, comment="课题长期停顿，团队流失。", **given
            )
    return "3 家"


@transaction.atomic
def pay() -> str:
    """What new studios are given: some approved and owed, one laid down."""
    office, made = Office.of_city(), 0
    pool = Pool.objects.filter(source="union", organisation__code=CITY).latest("year")
    with_account = [
        studio
        for studio in _near()
        if studio.level == "municipal" and _has_account(studio.organisation)
    ]
    for place, studio in enumerate(with_account[:3]):
        grant = studio_grants.lay_down(studio, purpose="new", source="union", by=office.clerk)
        made += 1
        if place < 1:
            studio_grants.approve(grant, pool=pool, by=office.approver)
    return f"{made} 笔"


def _has_account(union: Organisation) -> bool:
    profile = getattr(union, "profile", None)
    return bool(profile and profile.account_bank and profile.account_number)


# Masters and apprentices, homes.


class PairRow(NamedTuple):
    """One row of the table of pairs."""

    organisation: str
    master_name: str
    apprentice_name: str
    trade: str
    goal: str
    grade_before: str
    agreed_on: date
    until: date


def import_pairs(folder: Path, import_file: Callable[..., str]) -> str:
    unions = _unions(DISTRICT)[:NEAR]
    people = _members(unions, 4)
    rows = [
        PairRow(
            union.code, people[union.pk][pair].name, people[union.pk][pair + 1].name,
            FIELDS[(place + pair) % len(FIELDS)], "两年内晋升一级技能等级", "中级工",
            date(2021 - pair // 2, 3, 1 + place), date(2023 - pair // 2, 2, 27),
        )
        for place, union in enumerate(unions)
        for pair in (0, 2)
    ]  # fmt: skip
    path = workbooks.write("apprenticeships", rows, folder / DISTRICT / "师徒结对.xlsx")
    district = Organisation.objects.get(code=DISTRICT)
    return import_file(path, "apprenticeships", district, Office.of_city().district)


OUTCOMES = (
    ("grade_up", "senior"),
    ("finished", ""),
    ("grade_up", "technician"),
    ("unfinished", ""),
    ("broken_off", ""),
)


@transaction.atomic
def end_pairs() -> str:
    """All but the last few are accepted; of the earlier ones some have ended in 2021."""
    office = Office.of_city()
    rows = list(Apprenticeship.objects.order_by("pk"))
    apprenticeships.accept(rows[:-3], by=office.clerk)
    older = [row for row in rows[:-3] if row.agreed_on.year < 2021]
    for row, (outcome, grade) in zip(older, OUTCOMES, strict=False):
        apprenticeships.end(
            row, ended_on=date(2021, 9, 30), outcome=outcome, grade_after=grade,
            by=office.district,
        )  # fmt: skip
    return f"{len(rows)} 对"


RATINGS = (
    (0, 2020, (320, 300, 280, 262), "accept"),
    (0, 2021, (322, 310, 301, 290), "accept"),
    (0, 2022, (322, 312, 296, 260), ""),
    (1, 2021, (900, 720, 600, 520), "accept"),
    (2, 2021, (610, 573, 540, 512), "send_back"),
)


@transaction.atomic
def rate_homes() -> str:
    """What the members of three unions said, by their chairs."""
    office = Office.of_city()
    for which, year, counts, step in RATINGS:
        account = accounts.CHAIRS[which]
        employees, members, voted, satisfied = counts
        row = HomeRating(
            organisation=Organisation.objects.get(code=account.organisation), year=year,
            held_on=date(year, 12, 10), employees=employees, members=members, voted=voted,
            satisfied=satisfied,
        )  # fmt: skip
        row = homes.rate(row, by=accounts.user(account))
        if step:
            workflow.apply(row, step, by=office.clerk, comment="已与评家记录核对。")
    return f"{len(RATINGS)} 份"


INSPECTIONS = (
    ("keep", "阵地完好，会员评价好。", ("keep",)),
    ("rectify", "活动阵地长期闲置。", ("rectify",)),
    ("delist", "工会多年没有活动，会员不满意。", ("delist",)),
    ("keep", "待审定。", ()),
    ("keep", "登记有误。", ("withdraw",)),
)


@transaction.atomic
def inspect_homes() -> str:
    """动态监督 of homes of earlier years, each with its end."""
    office = Office.of_city()
    held = Award.objects.standing(timezone.localdate())
    held = held.filter(title__kind="model_home", granted_on__lt=date(2019, 1, 1))
    held = held.filter(organisation__code__startswith="JC02-").order_by("pk")[: len(INSPECTIONS)]
    for award, (proposal, finding, steps) in zip(held, INSPECTIONS, strict=True):
        row = homes.inspect(
            Inspection(
                award=award, kind="supervision", held_on=timezone.localdate(), finding=finding,
                proposal=proposal,
            ),
            by=office.clerk,
        )  # fmt: skip
        for step in steps:
            given = {"document_number": "江工发〔2026〕53号"} if step == "delist" else {}
            by = office.clerk if step == "withdraw" else office.approver
            row = workflow.apply(row, step, by=by, comment="经审定，情况属实。", **given)
    return f"{len(INSPECTIONS)} 件"
