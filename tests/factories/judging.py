"""A stage that is judged, as far as a test wants it: through the services that do it."""

import datetime
from decimal import Decimal

from django.utils import timezone

from competitions.models import Appeal, Disqualification, Panel, PrizeRule, Result, ScorePart
from competitions.services import disqualifications, judging, results, scoring
from core import workflow
from honours.models import Title
from tests.factories.core import UserFactory
from tests.factories.proceedings import builds
from tests.factories.rebates import root

PARTS = (("理论", 30, 100, False), ("实操", 70, 100, True))


def parts(stage, *, by):
    made = [
        ScorePart(name=name, weight=Decimal(weight), maximum=Decimal(most), is_practice=practice)
        for name, weight, most, practice in PARTS
    ]
    return judging.set_parts(stage, made, by=by)


def seats(stage, judges, *, by):
    """A seat for each account, of a unit of its own."""
    return [
        judging.seat(stage, user=user, unit_name=f"裁判单位{place}", by=by)
        for place, user in enumerate(judges)
    ]


def contest(place, unions, *, by, state="scoring", level="municipal_1", **fields):
    """A competition of a place with an accepted entry of each of these unions; its stage."""
    from tests.factories import competitions

    made = competitions.competition(place, state, level=level, **fields)
    event = made.events.get()
    for number, union in enumerate(unions):
        competitions.entry(union, token=f"选手{number}", state="accepted", holder=event)
    return event.stages.get()


def judged(stage, judges, given=None, *, by, sealed=True):
    """Draws, and lets every judge score: `given(judge place, code place, part place)`."""
    given = given or (lambda judge, code, part: 90 - code)
    parts(stage, by=by)
    seats(stage, judges, by=by)
    panel = judging.draw(stage, by=by)
    # Contestants in the order in which they entered, whatever was drawn.
    order = {code.pk: place for place, code in enumerate(stage.codes.order_by("entry_id"))}
    kinds = {part.pk: place for place, part in enumerate(stage.parts.order_by("pk"))}
    for place, judge in enumerate(stage.judges.order_by("number")):
        sheet = judge.sheets.get()
        away = set(judge.recusals.values_list("code", flat=True))
        scores = {
            (code, part): Decimal(given(place, order[code], kinds[part]))
            for code in order
            for part in kinds
            if code not in away
        }
        user = judge.user or by
        scoring.enter(sheet, scores, by=user)
        if sealed:
            scoring.seal(sheet, by=user)
    return panel


def announced(stage, judges, given=None, *, by, hours_ago=0):
    panel = judged(stage, judges, given, by=by)
    results.announce(stage, by=by)
    if hours_ago:
        moment = timezone.now() - datetime.timedelta(hours=hours_ago)
        Panel.objects.filter(pk=panel.pk).update(announced_at=moment)
    return Panel.objects.get(pk=panel.pk)


def rule(place, first=1, last=1, prize="一等奖", **fields):
    facts = {
        "level": "municipal_1",
        "document": "江工发〔2019〕3号",
        "since": "2019-01-01",
    } | fields
    made = PrizeRule(organisation=place, first_rank=first, last_rank=last, prize=prize, **facts)
    made.full_clean()
    made.save()
    return made


def title(code="skill-champion", name="技术状元", recipient="person", **fields):
    facts = {"kind": "skill_title", "level": "municipal", "rank": 50}
    facts |= {"granting_body": "江城市总工会"} | fields
    made, _ = Title.objects.get_or_create(
        code=code, defaults={"name": name, "recipient": recipient, **facts}
    )
    return made


def judges_at(place):
    """Three accounts of the root that judge at a place."""
    from core.models import Assignment

    found = []
    for _ in range(3):
        user = UserFactory(organisation=root(place))
        Assignment.objects.create(
            user=user, organisation=place, role="judge", since=timezone.localdate()
        )
        found.append(user)
    return found


def stage_of(place, token="", *, state="scoring", entries=2):
    """A stage of a competition that the place holds itself, with entries of its own members."""
    clerk = UserFactory(organisation=place, role="competitions_clerk")
    stage = contest(place, [place] * entries, by=clerk, state=state)
    if token:
        type(stage.event.competition).objects.filter(pk=stage.event.competition_id).update(
            name=f"焊接技能竞赛{token}{stage.pk}"
        )
        stage.refresh_from_db()
    return stage, clerk


def result_of(place, token="", *, state="scoring"):
    """The first result of a stage that the place held and announced just now."""
    stage, clerk = stage_of(place, token)
    announced(stage, judges_at(place), by=clerk)
    competition = stage.event.competition
    type(competition).objects.filter(pk=competition.pk).update(state=state)
    return Result.objects.filter(stage=stage).order_by("rank").first()


@builds(Appeal)
def appeal(place, token="", state="filed"):
    result = result_of(place, token)
    chair = UserFactory(organisation=place, role="chair")
    row = Appeal(
        organisation=place, result=result, text=f"实操第二项计分有误{token}", filed_by=chair
    )
    return workflow.begin(row, by=chair, action="file")


@builds(Disqualification)
def disqualification(place, token="", state="proposed"):
    clerk = UserFactory(organisation=place, role="competitions_clerk")
    reason = f"冒名参赛，经查属实{token}"
    return disqualifications.propose(result_of(place, token), reason=reason, by=clerk)


def awarded(place, token="", *, state="awarded", award_title=None):
    """The first result of a competition that was awarded."""
    row = result_of(place, token, state=state)
    prize = rule(place, 1, 3, "一等奖", title=award_title, amount="5000", nominates=True)
    Result.objects.filter(event=row.event_id).update(
        rule=prize, prize=prize.prize, amount=prize.amount, awarded_on=timezone.localdate()
    )
    return Result.objects.get(pk=row.pk)
