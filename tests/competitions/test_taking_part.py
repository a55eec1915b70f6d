"""Taking part through the doors of the chair and of who runs the competition."""

import datetime

import pytest
from django.urls import reverse

from competitions.models import Champion, Entry, Innovation, Participation, ParticipationReport
from competitions.services import entries, participation
from core import workflow
from core.errors import Refused
from core.indicators import compute
from core.periods import Period
from tests.factories import competitions as contests
from tests.factories import members, rebates

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(world):
    return contests.competition(world.city)


@pytest.fixture
def chair(client, world):
    user = world.user("chair", at=world.own)
    client.force_login(user)
    return user


@pytest.fixture
def clerk(world):
    return world.user("competitions_clerk", at=world.city)


def typed(member):
    return f"{member.person.name}{member.person.certificate_number.clear()[-4:]}"


def post(client, event, member, **more):
    given = {"event": event.pk, "people": typed(member), **more}
    return client.post(reverse("competitions:entry_new"), given)


def draft(event, member, chair):
    """An unsaved entry of a member, stored by his chair."""
    person = member.person
    row = Entry(event=event, person=person, name=person.name, organisation=member.organisation)
    row.employer = member.employer
    return entries.enter(row, by=chair)


def test_the_chair_enters_a_member_hands_it_in_and_the_clerk_accepts(
    client, chair, clerk, held, world
):
    event, member = held.events.get(), contests.member(world.own)
    answer = post(client, event, member, years_in_trade="5", skill_grade="senior")
    entry = Entry.objects.get()
    assert answer.url == reverse("competitions:entry", args=[entry.pk])
    client.post(reverse("competitions:entry_submit", args=[entry.pk]))
    taken, left = entries.accept([entry], by=clerk)
    entry.refresh_from_db()
    assert (len(taken), sum(left.values())) == (1, 0)
    assert entry.state == "accepted"
    assert entry.number == f"{held.starts_on.year}-{event.pk:04}-0001"
    unit = Participation.objects.get()
    assert (unit.employer, unit.named, unit.headcount) == (member.employer, 1, 0)


def test_numbers_go_on_after_the_ten_thousandth(chair, clerk, held, world):
    event = held.events.get()
    stem = f"{held.starts_on.year}-{event.pk:04}"

    def accepted(how_many):
        drafts = [draft(event, contests.member(world.own), chair) for _ in range(how_many)]
        handed_in = [workflow.apply(each, "submit", by=chair) for each in drafts]
        entries.accept(handed_in, by=clerk)
        return list(
            Entry.objects.filter(pk__in=[each.pk for each in drafts])
            .order_by("pk")
            .values_list("number", flat=True)
        )

    assert accepted(1) == [f"{stem}-0001"]
    Entry.objects.update(number=f"{stem}-9999")
    assert accepted(2) == [f"{stem}-10000", f"{stem}-10001"]
    Entry.objects.filter(number=f"{stem}-10000").update(number=f"{stem}-旧99999")  # taken over
    assert accepted(1) == [f"{stem}-10002"]


@pytest.mark.parametrize(
    ("limits", "field", "words"),
    [
        ({"min_age": 90}, "people", "低于年龄下限 90 周岁"),
        ({"max_age": 20}, "people", "超过年龄上限 20 周岁"),
        ({"min_years": 3}, "years_in_trade", "请填写从业年限"),
    ],
)
def test_who_may_not_enter_is_told_why_at_the_field(
    client, chair, held, world, limits, field, words
):
    event = held.events.get()
    type(event).objects.filter(pk=event.pk).update(**limits)
    answer = post(client, event, contests.member(world.own))
    assert words in str(answer.context["form"].errors[field])
    assert not Entry.objects.exists()


def test_who_won_before_may_not_enter_where_champions_are_excluded(client, chair, held, world):
    event, member = held.events.get(), contests.member(world.own)
    type(event).objects.filter(pk=event.pk).update(excludes_champions=True)
    day = datetime.date(2020, 9, 1)
    Champion.objects.create(
        organisation=world.city, trade=event.name, person=member.person, won_on=day
    )
    answer = post(client, event, member)
    assert "曾获本赛项冠军" in str(answer.context["form"].errors["people"])


def test_a_person_enters_an_event_once_and_again_after_withdrawal(client, chair, held, world):
    event, member = held.events.get(), contests.member(world.own)
    post(client, event, member)
    assert "已报名本赛项" in str(post(client, event, member).context["form"].errors["people"])
    workflow.apply(Entry.objects.get(), "withdraw", by=chair, comment="本人不再参赛")
    post(client, event, member)
    assert Entry.objects.standing().count() == 1


def test_the_places_of_a_unit_are_taken_when_an_entry_is_handed_in(client, chair, held, world):
    event, first = held.events.get(), contests.member(world.own)
    type(event).objects.filter(pk=event.pk).update(unit_limit=1)
    event.refresh_from_db()
    second = contests.member(world.own)
    type(second).objects.filter(pk=second.pk).update(employer=first.employer)
    second.refresh_from_db()
    one, other = (draft(event, member, chair) for member in (first, second))
    workflow.apply(one, "submit", by=chair)
    with pytest.raises(Refused, match="每单位限报 1 人"):
        workflow.apply(other, "submit", by=chair)


def test_a_proposal_is_handed_in_adopted_and_chosen_by_three(client, chair, clerk, world):
    firm = rebates.firm(world.own)
    given = {"employer": firm.pk, "title": "夹具改进", "kind": "small", "proposer": "焊接一班"}
    given |= {"proposed_on": "2026-01-05", "content": "更快", "value": "80000"}
    client.post(reverse("competitions:innovation_new"), given)
    again = client.post(reverse("competitions:innovation_new"), given)
    assert "同名的成果" in str(again.context["form"].errors)
    row = Innovation.objects.get()
    workflow.apply(row, "submit", by=chair)
    day = datetime.date(2026, 2, 1)
    workflow.apply(row, "adopt", by=clerk, adopted_on=day)
    approver = world.user("competitions_approver", at=world.city)
    early = day - datetime.timedelta(days=1)
    with pytest.raises(Refused, match="早于采纳日期"):
        workflow.apply(row, "select", by=approver, level="municipal", selected_on=early)
    chosen = workflow.apply(row, "select", by=approver, level="municipal", selected_on=day)
    assert (chosen.state, chosen.level) == ("selected", "municipal")


def test_a_stranger_is_not_entered(client, chair, held, world):
    answer = post(client, held.events.get(), contests.member(world.foreign))
    assert "没有" in str(answer.context["form"].errors["people"])


def test_a_clerk_below_does_not_decide_on_entries_of_the_city(chair, held, world):
    entry = draft(held.events.get(), contests.member(world.own), chair)
    entry = workflow.apply(entry, "submit", by=chair)
    with pytest.raises(Refused, match="由举办竞赛的工会审核"):
        workflow.apply(entry, "accept", by=world.user("competitions_clerk", at=world.own))


def test_a_team_has_as_many_members_as_it_should(client, chair, held, world):
    event = contests.event(held, "应急救援", team_size=2)
    pair = [contests.member(world.own) for _ in range(2)]
    alone = post(client, event, pair[0], team="一队")
    assert "每队 2 人" in str(alone.context["form"].errors["people"])
    firm = pair[0].employer.pk
    both = {"people": "\n".join(map(typed, pair)), "team": "一队", "employer": firm}
    client.post(reverse("competitions:entry_new"), {"event": event.pk, **both})
    assert Entry.objects.get().contestants.count() == 2


def test_heads_and_named_persons_of_a_unit_add_up_and_never_mix(client, chair, clerk, world):
    held = contests.competition(world.city)
    event, member = held.events.get(), contests.member(world.own)
    entry = draft(event, member, chair)
    workflow.apply(entry, "submit", by=chair)
    entries.accept([entry], by=clerk)
    type(held).objects.filter(pk=held.pk).update(state="running")
    given = {"competition": held.pk, "employer": member.employer.pk, "headcount": "120"}
    client.post(reverse("competitions:report_new"), {**given, "sessions": "2"})
    report = ParticipationReport.objects.get()
    workflow.apply(report, "submit", by=chair)
    workflow.apply(report, "accept", by=clerk)
    unit = Participation.objects.get()
    assert (unit.named, unit.headcount, unit.sessions) == (1, 120, 2)
    figures = _figures(world, held.starts_on.year)
    assert figures == {"units": 1, "named_persons": 1, "persons": 121}
    workflow.apply(report, "send_back", by=clerk, comment="人次有误请更正")
    unit.refresh_from_db()
    assert (unit.named, unit.headcount) == (1, 0)


def _figures(world, year):
    codes = [f"competitions.{name}" for name in ("units", "named_persons", "persons")]
    found = compute(codes, organisation=world.city, period=Period.year(year))
    return {each.code.partition(".")[2]: int(each.value) for each in found}


def test_a_unit_reports_once_and_only_what_was_begun(client, chair, world):
    held, firm = contests.competition(world.city, "running"), rebates.firm(world.own)
    given = {"competition": held.pk, "employer": firm.pk, "headcount": "80", "sessions": "0"}
    client.post(reverse("competitions:report_new"), given)
    again = client.post(reverse("competitions:report_new"), given)
    assert "请在原填报上修改" in str(again.context["form"].errors)
    early = ParticipationReport(
        competition=contests.competition(world.city),
        employer=members.employer(world.own),
        organisation=world.own,
        headcount=5,
    )
    with pytest.raises(Refused, match="开赛后、归档前方可填报"):
        participation.report(early, by=chair)
