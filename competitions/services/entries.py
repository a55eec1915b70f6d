"""Who enters for an event: eligibility, the way of an entry, the number on its acceptance."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BigIntegerField, Max, Min, QuerySet
from django.db.models.functions import Cast, Substr
from django.utils import timezone

from competitions.models import Champion, Competition, Contestant, Entry, Event
from competitions.models.entries import line_up
from competitions.rules import eligibility as rules
from competitions.services import participation
from core import audit, bulk, workflow
from core.errors import Refused
from core.models import Decision, Organisation, User
from core.services import records
from core.services.records import require
from members.models import Membership, Person

State = Entry.State


@dataclass
class Known:
    """What is known of events and persons when many entries are judged: read once for all."""

    days: Mapping[int, datetime.date] = field(default_factory=dict)  # event → its first day
    entered: Mapping[tuple[int, int], int] = field(default_factory=Counter)  # (event, employer)
    taken: Mapping[tuple[int, int], int] = field(default_factory=dict)  # (event, person) → entry
    champions: Mapping[str, Collection[tuple[int, str, datetime.date]]] = field(
        default_factory=dict
    )  # trade → (person, path of the holder, day)


def known(entries: Sequence[Entry]) -> Known:
    """Read for the entries, which have their events with competitions, and their line-up."""
    events = {entry.event_id: entry.event for entry in entries}
    people = {each.person_id for entry in entries for each in entry.line_up()}
    days = dict(
        Event.objects.filter(pk__in=events)
        .annotate(day=Min("stages__held_on"))
        .values_list("pk", "day")
    )
    standing = Entry.objects.standing().filter(event__in=events).exclude(state=State.DRAFT)
    standing = standing.exclude(pk__in=[entry.pk for entry in entries if entry.pk])
    entered = Counter(standing.values_list("event", "employer"))
    held = Contestant.objects.filter(event__in=events, person__in=people, is_out=False)
    taken = {(event, person): entry for event, person, entry in
             held.values_list("event", "person", "entry")}  # fmt: skip
    champions: dict[str, list] = defaultdict(list)
    names = {event.name for event in events.values() if event.excludes_champions}
    won = Champion.objects.filter(trade__in=names, person__in=people)
    for trade, *fact in won.values_list("trade", "person", "organisation__path", "won_on"):
        champions[trade].append(tuple(fact))
    return Known(
        {key: days.get(key) or event.competition.starts_on for key, event in events.items()},
        entered,
        taken,
        champions,
    )


def obstacles(entry: Entry, facts: Known) -> dict[str, str]:
    """What keeps an entry from being handed in, each by the field that it is about."""
    found: dict[str, str] = {}
    event, day = entry.event, facts.days[entry.event_id]
    people = [each.person for each in entry.line_up()]
    where = "person" if entry.is_single else "members"
    if not entry.is_single and (why := rules.wrong_size(len(people), size=event.team_size)):
        found["members"] = why
    for person in people:
        why = (
            _elsewhere(entry, person, facts)
            or rules.outside_age(person.birth_date, day, least=event.min_age, most=event.max_age)
            or _won(event, person, day, facts)
        )
        if why:
            found.setdefault(where, why if entry.is_single else f"{person.masked_label}：{why}")
    years = rules.too_few_years(entry.years_in_trade, least=event.min_years)
    for person in people if entry.is_single and not years else ():
        years = rules.longer_than_life(entry.years_in_trade, person.birth_date, day)
    if years:
        found["years_in_trade"] = years
    if entry.employer_id is None:
        found["employer"] = "请选择选手所在的单位。"
    elif why := rules.over_limit(
        facts.entered[entry.event_id, entry.employer_id],
        most=event.unit_limit,
        unit=entry.employer.name,
        noun="人" if entry.is_single else "队",
    ):
        found["employer"] = why
    return found


def _elsewhere(entry: Entry, person: Person, facts: Known) -> str:
    other = facts.taken.get((entry.event_id, person.pk))
    return "该选手已报名本赛项，不能重复报名。" if other not in (None, entry.pk) else ""


def _won(event: Event, person: Person, day: datetime.date, facts: Known) -> str:
    if not event.excludes_champions:
        return ""
    holder = event.competition.organisation.path
    for champion, path, won_on in facts.champions.get(event.name, ()):
        if champion == person.pk and path == holder and won_on < day:
            return f"该选手曾获本赛项冠军（{won_on}），按规定不再参赛。"
    return ""


def closed(competition: Competition) -> str:
    """Why it takes no entry today, or ""."""
    if competition.state != Competition.State.ENTERING:
        return f"“{competition}”现为“{competition.get_state_display()}”，不接受报名。"
    if competition.enter_until and competition.enter_until < timezone.localdate():
        return f"“{competition}”已于 {competition.enter_until} 截止报名。"
    return ""


def offered(entry: Entry) -> str:
    """Whether the competition is one that this union may take part in, and open."""
    competition = entry.event.competition
    if not _reaches(competition, entry.organisation):
        return "该竞赛不面向本工会，请重新选择。"
    return closed(competition)


def _reaches(competition: Competition, organisation: Organisation) -> bool:
    return organisation.path.startswith(competition.organisation.path)


# Writing.


@transaction.atomic
def enter(entry: Entry, *, members: Iterable[Person] = (), by: User) -> Entry:
    """Draft the entry of a person, or of a team with its members, for an event.

    Whatever stands in its way is refused at once, each at its field.
    """
    return enter_many([(entry, list(members))], by=by)[0]


@transaction.atomic
def enter_many(given: Sequence[tuple[Entry, Sequence[Person]]], *, by: User) -> list[Entry]:
    """Draft many entries; the first that may not be is refused and none is written."""
    if not given:
        return []
    require(by, "competitions.add_entry")
    entries = [entry for entry, _ in given]
    _lock(entries)
    for entry, members in given:
        people = [entry.person] if entry.person_id else list(members)
        if not by.has_perm("competitions.add_entry", entry.organisation):
            raise ValidationError({"organisation": "只能为本人管辖范围内的工会报名。"})
        entry._line_up = [Contestant(event=entry.event, person=one) for one in people]
        _refuse_strangers(entry, people)
    facts = known(entries)
    for entry, _ in given:
        if why := offered(entry):
            raise ValidationError({"event": why})
        if found := obstacles(entry, facts):
            raise ValidationError(found)
        take(entry, facts)
    workflow.begin_many(entries, by=by, concerned=())
    _store(entries)
    return entries


@transaction.atomic
def amend(entry: Entry, *, members: Iterable[Person] = (), by: User) -> Entry:
    """Change a draft: its facts, and who stands in it."""
    _lock([entry])
    people = [entry.person] if entry.person_id else list(members)
    entry._line_up = [Contestant(event=entry.event, person=one) for one in people]
    _refuse_strangers(entry, people)
    if found := obstacles(entry, known([entry])):
        raise ValidationError(found)
    lined_up = entry._line_up
    saved = workflow.amend(entry, by=by)
    before = {each.person_id: each for each in saved.contestants.all()}
    kept = {each.person_id for each in lined_up}
    gone = [each.pk for person, each in before.items() if person not in kept]
    Contestant.objects.filter(pk__in=gone).delete()
    saved._line_up = [each for each in lined_up if each.person_id not in before]
    _store([saved])
    del saved._line_up
    if kept != set(before):
        changes = {"members": [len(before), len(kept)]}
        audit.record("competitions.entry.line_up", by=by, obj=saved, changes=changes)
    return saved


@transaction.atomic
def amend_many(entries: Sequence[Entry], *, fields: Sequence[str], by: User) -> None:
    """Correct facts of drafts; what stands in their way is asked when they are handed in."""
    if entries:
        workflow.amend_many(entries, fields=fields, by=by, concerned=())


@transaction.atomic
def take_back_many(entries: Sequence[Entry], *, by: User) -> None:
    """Remove drafts that should not have been written, with their persons."""
    keys = [entry.pk for entry in entries]
    stored = Entry.objects.select_for_update(of=("self",)).filter(pk__in=keys)
    if any(entry.state != State.DRAFT for entry in stored):
        raise Refused("有的报名已经提交，不能撤销导入。", code="moved_on")
    Contestant.objects.filter(entry__in=keys).delete()
    records.remove_many(entries, by=by, action="competitions.entry.take_back")


def as_refusal(error: ValidationError) -> Refused:
    """For doors that know no fields."""
    return Refused("".join(error.messages), code="not_eligible")


def _refuse_strangers(entry: Entry, people: Sequence[Person]) -> None:
    """Entered are members of the union, and of the unions below it."""
    keys = {one.pk for one in people}
    mine = Membership.objects.current().filter(Membership.scope([entry.organisation.path]))
    if mine.filter(person__in=keys).values("person").distinct().count() < len(keys):
        where = "person" if entry.is_single else "members"
        raise ValidationError({where: "只能为本会在册会员报名，请核对。"})


def _lock(entries: Iterable[Entry]) -> None:
    """So that two who enter at a time do not both take the last place of a unit."""
    keys = sorted({entry.event_id for entry in entries})
    list(Event.objects.select_for_update().filter(pk__in=keys).order_by("pk"))


def take(entry: Entry, facts: Known) -> None:
    """Those that follow in the same set know of this one."""
    facts.entered[entry.event_id, entry.employer_id] += 1
    for each in entry.line_up():
        facts.taken[entry.event_id, each.person_id] = -1


def _store(entries: Iterable[Entry]) -> None:
    rows = []
    for entry in entries:
        for each in entry.line_up():
            each.entry = entry
            rows.append(each)
    bulk.create(rows)


# What the steps ask and do.


def prepare(entries: Sequence[Entry]) -> None:
    """Read for many at once what `concerned` and the guards look at."""
    line_up(entries)
    facts = known(entries) if entries else Known()
    for entry in entries:
        entry._known = facts


def unsubmittable(entry: Entry) -> str:
    """Guard of handing in: the competition takes it, and nothing stands in its way."""
    if why := offered(entry):
        return why
    facts = entry.__dict__.get("_known") or known([entry])
    return "".join(obstacles(entry, facts).values())


def unacceptable(entry: Entry) -> str:
    """Guard of accepting: nothing changed since, and the list is not closed."""
    competition = entry.event.competition
    if competition.state not in (Competition.State.ENTERING, Competition.State.CLOSED):
        return f"“{competition}”现为“{competition.get_state_display()}”，参赛名单不再变动。"
    facts = entry.__dict__.get("_known") or known([entry])
    return "".join(obstacles(entry, facts).values())


def lock_event(entry: Entry, decision: Decision) -> None:
    """Effect of handing in: the place of the unit is taken from now on."""
    _lock([entry])
    if why := "".join(obstacles(entry, known([entry])).values()):
        raise Refused(why, code="guard")


def submit_many(entries: Sequence[Entry], by: User) -> None:
    _lock(entries)
    facts = known(entries)
    for entry in entries:
        if why := "".join(obstacles(entry, facts).values()):
            raise Refused(f"{entry}：{why}", code="guard")
        _take_place(entry, facts)


def _take_place(entry: Entry, facts: Known) -> None:
    facts.entered[entry.event_id, entry.employer_id] += 1


def number(entry: Entry, decision: Decision) -> None:
    """Effect of accepting: the 参赛证号, and the unit stands among those that take part."""
    entry.save(update_fields=["state"])  # what takes part is read from the stored rows
    number_many([entry], decision.by)


def number_many(entries: Sequence[Entry], by: User) -> None:
    """Give numbers to accepted entries, in the order in which they were handed in.

    A number is the year of the competition, its key, the event's place and a running number.
    """
    _require_holder(entries, by, "competitions.accept_entry")
    _lock(entries)
    last: dict[str, int] = {}
    for entry in sorted(entries, key=lambda each: each.pk):
        stem = f"{entry.event.competition.starts_on.year}-{entry.event_id:04}-"
        last[stem] = (last[stem] if stem in last else _last_number(entry.event, stem)) + 1
        entry.number = f"{stem}{last[stem]:04}"
    bulk.update(entries, ["number"])
    participation.settle(entries_of=entries)


def _last_number(event: Event, stem: str) -> int:
    """The highest that was given: as numbers, for as text 9999 comes after 10000."""
    given = Entry.objects.filter(event=event, number__regex=rf"^{stem}[0-9]+$")
    running = Cast(Substr("number", len(stem) + 1), BigIntegerField())
    return given.aggregate(last=Max(running))["last"] or 0


def accept(
    entries: Collection[Entry], *, comment: str = "", by: User
) -> tuple[list[Entry], Counter[str]]:
    """Accept many at once; returns those that were, and how many were not for which reason."""
    return workflow.apply_many(entries, "accept", by=by, comment=comment)


def step_out(entry: Entry, decision: Decision) -> None:
    """Effect of taking back: its persons may be entered again."""
    entry.save(update_fields=["state"])
    step_out_many([entry], decision.by)


def refuse_one(entry: Entry, decision: Decision) -> None:
    entry.save(update_fields=["state"])
    refuse_many([entry], decision.by)


def refuse_many(entries: Sequence[Entry], by: User) -> None:
    _require_holder(entries, by, "competitions.accept_entry")
    step_out_many(entries, by)


def step_out_many(entries: Sequence[Entry], by: User) -> None:
    keys = [entry.pk for entry in entries]
    Contestant.objects.filter(entry__in=keys).update(is_out=True)
    participation.settle(entries_of=entries)


def unwithdrawable(entry: Entry) -> str:
    """Guard of taking back: the competition has not begun."""
    competition = entry.event.competition
    begun = (*Competition.HELD, Competition.State.CANCELLED)
    if competition.state in begun:
        return f"“{competition}”现为“{competition.get_state_display()}”，不能撤回报名。"
    return ""


def _require_holder(entries: Iterable[Entry], by: User, permission: str) -> None:
    """Whoever decides on entries runs the competition, wherever the entering union is."""
    holders = {entry.event.competition.organisation_id for entry in entries}
    for place in Organisation.objects.filter(pk__in=holders):
        if not by.has_perm(permission, place):
            raise Refused("报名由举办竞赛的工会审核。", code="not_holder")


def open_events(by: User) -> QuerySet[Event]:
    """The events that the unions of a user may enter for today, the earliest closed first."""
    rows = Event.objects.open_to(by.paths_with("competitions.add_entry"))
    return rows.order_by("competition__enter_until", "competition", "pk")


def offers(by: User) -> QuerySet[Competition]:
    """The competitions that take entries or heads today from the unions of a user."""
    rows = Competition.objects.offered_to(by.paths_with("competitions.add_entry"))
    return rows.open_for_entries() | rows.counting_heads()


def offered_reports(by: User) -> QuerySet[Competition]:
    """The competitions for which the unions of a user may report heads today."""
    paths = by.paths_with("competitions.add_participationreport")
    rows = Competition.objects.offered_to(paths).counting_heads()
    return rows.select_related("organisation").order_by("-starts_on", "pk")
