"""Rows of competitions for tests, each way open that its state leaves."""

import datetime
import itertools

from django.utils import timezone

from competitions.models import (
    Competition,
    Contestant,
    Entry,
    Event,
    Innovation,
    ParticipationReport,
    Programme,
    SkillCertificate,
    Stage,
    TeamPrize,
    Trainee,
    Training,
    TrainingBase,
)
from competitions.services import participation, results
from core import publicity
from core.models import Publicity, User
from tests.factories import members, rebates
from tests.factories.proceedings import builds

_sequence = itertools.count(1)
DONE = ("running", "scoring", "publicity", "awarded", "archived")


def today():
    return timezone.localdate()


def programme(place, year=None, **fields):
    year = year or today().year
    name = fields.pop("name", f"职工劳动和技能竞赛计划{next(_sequence)}")
    return Programme.objects.create(organisation=place, year=year, name=name, **fields)


def competition(place, state="entering", **fields):
    """A competition with one event: before its entries are closed until a week from now, later one
    that is over."""
    plan = fields.pop("programme", None) or programme(place)
    with_event = fields.pop("event", True)
    with_stage = fields.pop("stage", True)
    over = state not in ("planned", "approval", "entering")
    shift = datetime.timedelta(days=-60 if over else 0)
    facts = {
        "name": f"焊接技能竞赛{next(_sequence)}",
        "level": "municipal_1",
        "form": "skills",
        "host": "江城市总工会",
        "starts_on": today() + shift,
        "ends_on": today() + shift + datetime.timedelta(days=40),
        "enter_until": today() + shift + datetime.timedelta(days=7),
    } | fields
    made = Competition(programme=plan, organisation=plan.organisation, state=state, **facts)
    made.full_clean()
    made.save()
    if with_event:
        event(made, stage=with_stage)
    return made


def event(holder, name="焊工", *, stage=True, **fields):
    made = Event.objects.create(competition=holder, name=name, **fields)
    if stage:
        day = holder.enter_until + datetime.timedelta(days=20)
        Stage.objects.create(event=made, kind="final", held_on=day)
    return made


def member(place, **fields):
    """A member of a union, at an employer that it covers."""
    person = members.person(number=members.resident_number(), **fields)
    person.full_clean()
    person.save()
    firm = rebates.firm(place)
    joined = members.membership(place, person=person, employer=firm)
    joined.save()
    return joined


def _without_stages(row):
    Stage.objects.filter(event__competition=row).delete()


@builds(
    Competition,
    ways={"score": lambda row: None, "conclude": _without_stages},
    award=lambda row: {"document_number": "江工发〔2026〕12号", "awarded_on": today().isoformat()},
)
def proceeding(place, token="", state="planned"):
    """Whose last day of entries was yesterday where it takes them: so it can be closed.

    Where scores are waited for, nobody entered and its own union has a prize: so it can be shown.
    """
    shown = state == "publicity"  # what everybody may look at hides the token of the matrix
    name = f"焊接技能竞赛{next(_sequence)}{'' if shown else token}"
    made = competition(place, state, name=name)
    if state == "entering":
        made.enter_until = today() - datetime.timedelta(days=1)
        made.save()
    if state == "scoring":
        TeamPrize.objects.create(competition=made, organisation=place, prize="优秀组织奖")
    if state == "publicity":
        passed_publicity(made)
    return made


def passed_publicity(row):
    """Of the results of a competition: it hung its days, and nobody objected."""
    content = {"title": f"{row.name}获奖名单公示", "rows": []}
    return Publicity.objects.create(
        organisation=row.organisation,
        object_type=row._meta.label,
        object_id=row.pk,
        kind=results.KIND.code,
        title=content["title"],
        content=content,
        digest=publicity.digest(content),
        posted_on=today() - datetime.timedelta(days=20),
        posted_by=User.objects.earliest("pk"),
        days=5,
        counts_posting_day=False,
        ends_on=today() - datetime.timedelta(days=12),
        keep_days=30,
        state=Publicity.State.PASSED,
        passed_step="unopposed",
        upheld_step="objected",
    )


@builds(Entry)
def entry(place, token="", state="draft", holder=None, **fields):
    """An entry of a union for a competition that it holds itself."""
    of = holder or competition(place, "entering").events.get()
    joined = member(place)
    made = Entry.objects.create(
        organisation=place,
        event=of,
        employer=joined.employer,
        person=joined.person,
        name=f"{joined.person.name}{token}",
        state=state,
        number=f"{next(_sequence):08}" if state == "accepted" else "",
        **fields,
    )
    out = state in Entry.OUT
    Contestant.objects.create(entry=made, event=of, person=joined.person, is_out=out)
    return made


@builds(ParticipationReport)
def report(place, token="", state="draft", holder=None, **fields):
    of = holder or competition(place, "running")
    facts = {"headcount": 120, "sessions": 2, "note": token} | fields
    facts.setdefault("employer", None)
    facts["employer"] = facts["employer"] or rebates.firm(place, name=f"甲厂{token}")
    return ParticipationReport.objects.create(
        organisation=place, competition=of, state=state, **facts
    )


@builds(
    Innovation,
    adopt=lambda row: {"adopted_on": today().isoformat()},
    select=lambda row: {"selected_on": today().isoformat(), "level": "municipal"},
)
def innovation(place, token="", state="draft", **fields):
    adopted = {"adopted_on": today()} if state in ("adopted", "selected") else {}
    facts = {"proposer": "焊接班组", "title": f"焊枪支架改进{token}{next(_sequence)}"}
    return Innovation.objects.create(
        organisation=place,
        employer=rebates.firm(place),
        kind="small",
        proposed_on=today() - datetime.timedelta(days=9),
        content="减少换枪时间",
        state=state,
        **facts | adopted | fields,
    )


def training(place, **fields):
    facts = {"title": "焊工班", "kind": "skill", "held_on": datetime.date(2020, 9, 1)} | fields
    return Training.objects.create(organisation=place, headcount=9, **facts)


def certificate(place, **fields):
    """A grade of a member of a union."""
    facts = {"trade": "焊工", "grade": "senior", "issuer": "鉴定中心", "number": "ZS20200901"}
    facts |= {"issued_on": datetime.date(2020, 9, 1)} | fields
    facts.setdefault("person", None)
    facts["person"] = facts["person"] or member(place).person
    return SkillCertificate.objects.create(organisation=place, **facts)


def example_union(world):
    """What the examples of the sheets name; returns the chair of the union."""
    firm = rebates.firm(world.own)
    type(firm).objects.filter(pk=firm.pk).update(credit_code="91330600MA0000015N")
    named = [("330600199003079990", "王建国"), ("330600199003079982", "李梅")]
    for number, name in named:
        person = members.person(number=number, name=name)
        person.full_clean()
        person.save()
        members.membership(world.own, person=person, employer=firm).save()
    plan = programme(world.city)
    competition(world.city, name="职工焊接技能竞赛", programme=plan)
    for name in ("安全生产劳动竞赛", "节能降耗劳动竞赛"):
        competition(world.city, "running", name=name, programme=plan, stage=False)
    return world.user("chair", at=world.own)


def populate(world):
    """Rows of 2021 at several levels of the city, some for every dataset of competitions."""
    day = datetime.date
    places = [world.city, world.district, world.own, world.child, world.foreign]
    for number, place in enumerate(places):
        first = day(2021, number + 2, 10)
        days = {"starts_on": first, "enter_until": first, "ends_on": day(2021, 9, 30)}
        plan = programme(place, 2021)
        level = "municipal_1" if number % 2 else "county"
        held = competition(place, "archived", programme=plan, level=level, **days)
        of = held.events.get()
        entered = entry(place, state="accepted", holder=of)
        person = entered.person
        counted = report(place, state="accepted", holder=held, headcount=100 + number)
        participation.settle(entries_of=[entered], reports=[counted])
        competition(place, "entering", programme=plan, **days)  # counts nowhere yet
        for kind, closed in (("base", None), ("college", day(2021, 11, 30))):
            base = TrainingBase.objects.create(
                organisation=place, name=f"{kind}基地{number}", kind=kind, level="county",
                opened_on=first, closed_on=closed,
            )  # fmt: skip
        for kind in Training.Kind.values:
            taught = Training.objects.create(
                organisation=place, title=f"焊工班{kind}", kind=kind, held_on=first,
                sessions=number + 1, headcount=30 + number, base=base,
            )  # fmt: skip
            Trainee.objects.create(training=taught, person=person)
        for source in ({"training": taught}, {"competition": held}):
            SkillCertificate.objects.create(
                organisation=place, person=person, trade="、".join(source), grade="senior",
                issuer="鉴定中心", issued_on=day(2021, 10, number + 1), number="ZS2021", **source,
            )  # fmt: skip
        chosen = innovation(place, state="selected", value="1200.50")
        Innovation.objects.filter(pk=chosen.pk).update(
            proposed_on=first, adopted_on=day(2021, 8, 1), selected_on=day(2021, 12, 1),
            level="municipal",
        )  # fmt: skip


from tests.factories import judging  # noqa: E402, F401 - the builder of appeals
