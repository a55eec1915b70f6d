"""Results: announced to those concerned, shown to the public, prizes given.

`publishable`, `show` and `award` are the guard and the effects of the workflow of a competition.
"""

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from competitions.models import (
    Appeal,
    Champion,
    Competition,
    Disqualification,
    Entry,
    Event,
    Panel,
    ParticipationReport,
    PrizeRule,
    Result,
    ScoreSheet,
    Stage,
    TeamPrize,
)
from competitions.models.entries import line_up
from competitions.services import judging
from competitions.services.standings import Line, ranked
from core import audit, publicity, workflow
from core.errors import Refused
from core.models import Decision, Organisation, Publicity, User
from core.services import publicity as publicities
from core.services import records
from core.services.records import require
from honours.models import Award, Title
from honours.services import awards

KIND = publicity.register(
    publicity.Kind(
        "competitions.results",
        "竞赛成绩公示",
        noun="竞赛获奖名单",
        unit="参赛单位",
        category="赛项、名次和奖项",
    )
)
OPEN_STATES = (Competition.State.RUNNING, Competition.State.SCORING)
PLACES = ("rank", "raw_rank", "adjusted_rank", "raw_points", "adjusted_points", "stage")


def last_stage(event: Event) -> Stage | None:
    """The stage by which the places of an event are found."""
    stages = {stage.kind: stage for stage in event.stages.all()}
    return next((stages[kind] for kind in reversed(judging.ORDER) if kind in stages), None)


# Announcing.


@transaction.atomic
def announce(stage: Stage, *, by: User) -> Panel:
    """公布: the ranking of a stage is told to those concerned, and the hours of appeal begin.

    By somebody who judged nobody in it. The last stage of an event gives its places.
    """
    stage = judging.locked(stage, "competitions.announce_panel", by=by)
    panel = Panel.objects.select_for_update(of=("self",)).filter(stage=stage).first()
    if panel is None:
        raise Refused("该赛段尚未抽签评分。", code="not_drawn")
    if panel.announced_at:
        raise Refused("该赛段成绩已经公布。", code="announced")
    if stage.event.competition.state not in OPEN_STATES:
        raise Refused("竞赛不在进行中或成绩录入状态，不能公布成绩。", code="wrong_state")
    if judging.judged_by(stage, by):
        raise Refused("本人是该赛段裁判，不能公布成绩，请由其他人员办理。", code="four_eyes")
    ranked(stage)
    before = audit.snapshot(panel)
    panel.announced_at, panel.announced_by = timezone.now(), by
    panel.save(update_fields=["announced_at", "announced_by"])
    judging.trace(panel, before, "announce", by=by)
    refresh(stage, by=by)
    return panel


def refresh(stage: Stage, *, by: User) -> int:
    """Write the places of an announced stage as the sealed sheets have them now; the caller has
    asked for the right. Returns how many changed."""
    announced = Panel.objects.filter(stage=stage, announced_at__isnull=False).exists()
    if not announced or last_stage(stage.event) != stage:
        return 0
    stored = {row.entry_id: row for row in Result.objects.filter(event=stage.event)}
    made, changed = [], []
    for line in ranked(stage):
        row = stored.get(line.code.entry_id)
        if row is None:
            entry = line.code.entry
            row = Result(organisation=entry.organisation, event=stage.event, entry=entry)
            made.append(row)
        else:
            changed.append(row)
        _place(row, line, stage)
    records.insert_many(made, by=by, action="competitions.result.announce")
    before = {row.pk: row for row in Result.objects.filter(pk__in=[row.pk for row in changed])}
    count = records.change_many(
        changed, before, fields=PLACES, by=by, action="competitions.result.correct"
    )
    return len(made) + count


def _place(row: Result, line: Line, stage: Stage) -> None:
    row.stage, row.rank = stage, line.rank
    row.raw_rank, row.adjusted_rank = line.standing.raw_rank, line.standing.adjusted_rank
    row.raw_points, row.adjusted_points = line.raw_points, line.adjusted_points


def refuse_shown(stage: Stage) -> None:
    """Places that are shown to the public or awarded change no more."""
    if stage.event.competition.state not in OPEN_STATES:
        raise Refused(
            "竞赛成绩已进入公示或表彰，不能更正；确需更正的，请在公示中提出异议。", code="shown"
        )


# Striking.


def strike(row: Result, *, reason: str, by: User) -> None:
    """The row stays without place and prize, and whoever came behind moves up. The caller has asked
    for the right and holds the competition."""
    competition = row.event.competition
    had_prizes = bool(winners(competition))
    before = audit.snapshot(row)
    row.struck_on = timezone.localdate()
    row.rank = row.raw_rank = row.adjusted_rank = None
    row.rule, row.prize, row.amount = None, "", None
    row.full_clean()
    row.save()
    judging.trace(row, before, "strike", by=by, reason=reason)
    refresh(row.stage, by=by)
    if had_prizes:  # the list was shown; it will be again
        _keep_prizes(competition, timezone.localdate(), by=by)


def is_on_show(competition: Competition) -> bool:
    posted = _posted(competition)
    return posted is not None and posted.state == Publicity.State.RUNNING


def reopen(competition: Competition, *, reason: str) -> None:
    """The list that was shown to its end no longer holds: it comes down, and is made anew."""
    publicities.take_down(_posted(competition), reason=reason)
    workflow.advance(competition, "reopen", reason=reason)


# Prizes.


def rules_of(competition: Competition, on: datetime.date) -> list[PrizeRule]:
    """The prizes of a level that hold where the competition is: of the nearest union that has
    any."""
    rules = PrizeRule.objects.filter(level=competition.level).select_related("title")
    return rules.nearest(competition.organisation, on)


def rule_for(rank: int, rules: list[PrizeRule]) -> PrizeRule | None:
    fitting = [rule for rule in rules if rule.first_rank <= rank <= rule.last_rank]
    return min(fitting, key=lambda rule: rule.first_rank, default=None)


@transaction.atomic
def name_team(
    competition: Competition,
    *,
    organisation: Organisation,
    prize: str,
    title: Title | None = None,
    by: User,
) -> TeamPrize:
    """A prize to a union that took part, such as 优秀组织奖; before the results are shown."""
    row = Competition.objects.select_for_update(of=("self",)).get(pk=competition.pk)
    require(by, "competitions.add_teamprize", row)
    if row.state not in OPEN_STATES:
        raise Refused("竞赛成绩已进入公示或表彰，不能再登记团体奖。", code="shown")
    if title and title.recipient not in (Title.Recipient.UNION, Title.Recipient.EMPLOYER):
        raise Refused(f"“{title}”不授予工会组织，请另选称号。", code="title")
    if not _took_part(row, organisation):
        raise Refused(
            f"{organisation}及其下级工会在本竞赛中没有已受理的报名，也没有已核定的参赛人次，"
            "不能登记团体奖，请核对获奖工会。",
            code="not_taking_part",
        )
    made = TeamPrize(competition=row, organisation=organisation, prize=prize.strip(), title=title)
    made.full_clean()
    made.save()
    judging.trace(made, {}, "add", by=by)
    return made


def _took_part(competition: Competition, organisation: Organisation) -> bool:
    """Whether the union, or one below it, has an accepted entry or report of heads."""
    entries = Entry.objects.within(organisation).filter(state=Entry.State.ACCEPTED)
    reports = competition.reports.within(organisation)
    return (
        entries.filter(event__competition=competition).exists()
        or reports.filter(state=ParticipationReport.State.ACCEPTED).exists()
    )


# The workflow of the competition.


def publishable(competition: Competition) -> str:
    """What still keeps the results from being shown to the public, or ""."""
    teams = TeamPrize.objects.filter(competition=competition).exists()
    entered = Entry.objects.filter(event__competition=competition, state=Entry.State.ACCEPTED)
    events = list(
        competition.events.filter(pk__in=entered.values("event")).prefetch_related("stages__panel")
    )
    if not events and not teams:
        return "还没有竞赛成绩或团体奖，请先完成评分或登记团体奖。"
    rules = rules_of(competition, timezone.localdate())
    for event in events:
        if said := _open(event):
            return f"赛项“{event}”{said}"
    if events and not rules:
        return f"没有适用的{competition.get_level_display()}奖项规定，请先登记。"
    waiting = Appeal.objects.filter(result__event__competition=competition, state="filed").count()
    if waiting:
        return f"还有 {waiting} 件成绩申诉没有复核，复核后才能公示。"
    if said := _undecided(competition):
        return said
    proposed = ScoreSheet.objects.filter(
        judge__stage__event__competition=competition, state=ScoreSheet.State.PROPOSED
    )
    return "还有评分更正待批，办结后才能公示。" if proposed.exists() else ""


def _undecided(competition: Competition) -> str:
    """Whether it is still open if somebody is struck."""
    rows = Disqualification.objects.filter(result__event__competition=competition)
    count = rows.filter(state=Disqualification.State.PROPOSED).count()
    return f"还有 {count} 件取消成绩待审批，请先办结。" if count else ""


def _open(event: Event) -> str:
    stage = last_stage(event)
    panel = stage and judging.panel_of(stage)
    if panel is None:
        return "尚未抽签评分，请依次登记“评分项”、安排“裁判席位”，并在“评审和排名”中抽签。"
    if panel.announced_at is None:
        return "成绩尚未公布，评分表全部封存后在“评审和排名”中公布。"
    until = panel.takes_appeals_until
    if timezone.now() < until:
        return f"成绩申诉期至 {timezone.localtime(until):%Y-%m-%d %H:%M}，期满后才能公示。"
    return ""


def winners(competition: Competition) -> list[Result]:
    """Places with a prize, in the order of the list."""
    rows = Result.objects.filter(event__competition=competition).exclude(prize="")
    return list(rows.with_names().select_related("rule__title").order_by("event_id", "rank", "pk"))


def _find_prizes(rows: Iterable[Result], rules: list[PrizeRule]) -> None:
    for row in rows:
        rule = rule_for(row.rank, rules)
        row.rule, row.prize = rule, rule.prize if rule else ""
        row.amount = rule.amount if rule else None


def listed(competition: Competition) -> list[Result]:
    """All places; until they are shown with the prizes that the rules of today would give."""
    rows = Result.objects.standing().filter(event__competition=competition).with_names()
    found = list(rows.order_by("event_id", "rank", "pk"))
    if competition.state in OPEN_STATES:
        _find_prizes(found, rules_of(competition, timezone.localdate()))
    return found


def show(competition: Competition, decision: Decision) -> Publicity:
    """公示: the prizes are found by the rules of the day, and the list is posted."""
    _keep_prizes(competition, timezone.localdate(decision.at), by=decision.by)
    shown = [
        publicity.Shown(
            row.entry.name,
            unit_of(row),
            f"{row.event.name}第 {row.rank} 名，{row.prize}",
            is_person=row.entry.is_single,
        )
        for row in winners(competition)
    ]
    shown += [
        publicity.Shown(row.organisation.name, row.organisation.name, row.prize, is_person=False)
        for row in competition.team_prizes.select_related("organisation")
    ]
    if not shown:
        raise Refused("没有名次达到奖项规定，没有可公示的名单。", code="no_prizes")
    return publicities.post(
        competition,
        KIND.code,
        title=f"{competition.name}获奖名单公示",
        rows=shown,
        passed="unopposed",
        upheld="objected",
        withdrawn="reopen",
        permission=workflow.registry[Competition].transitions["publish"].permission,
        by=decision.by,
    )


def _keep_prizes(competition: Competition, on: datetime.date, *, by: User) -> None:
    placed = Result.objects.standing().filter(event__competition=competition)
    rows, before = list(placed), {row.pk: row for row in placed.all()}
    _find_prizes(rows, rules_of(competition, on))
    fields = ["rule", "prize", "amount"]
    records.change_many(rows, before, fields=fields, by=by, action="competitions.result.prize")


def unit_of(row: Result) -> str:
    return row.entry.employer.name if row.entry.employer else row.organisation.name


def awardable(competition: Competition) -> str:
    """What still keeps the prizes from being given: the list has hung its days without a word."""
    posted = _posted(competition)
    if posted is None:
        return "成绩尚未公示，公示期满无异议后才能发文表彰。"
    if posted.state == Publicity.State.RUNNING:
        return f"成绩公示至 {posted.ends_on}，期满无异议后才能发文表彰。"
    if posted.state != Publicity.State.PASSED:
        return f"成绩公示{posted.get_state_display()}，不能发文表彰。"
    return ""


def _posted(competition: Competition) -> Publicity | None:
    return Publicity.objects.on(competition).filter(kind=KIND.code).order_by("pk").last()


def award(
    competition: Competition,
    decision: Decision,
    *,
    document_number: str = "",
    awarded_on: datetime.date | None = None,
    **more: Any,
) -> None:
    """表彰: the prizes are given on a day, by a document; titles go into the register."""
    on = awarded_on or timezone.localdate(decision.at)
    if said := _undecided(competition):
        raise Refused(said, code="undecided")
    if on > timezone.localdate():
        raise Refused("表彰日期晚于今天，请核对。", code="later")
    posted = _posted(competition)
    if posted and on <= posted.ends_on:
        raise Refused(f"表彰日期应在成绩公示期满（{posted.ends_on}）之后，请核对。", code="earlier")
    competition.award_document = document_number
    results = winners(competition)
    teams = list(competition.team_prizes.select_related("organisation", "title"))
    given = _enter_titles(results, teams, on, document_number, by=decision.by)
    for rows in (results, teams):
        if not rows:
            continue
        before = {row.pk: row for row in type(rows[0]).objects.filter(pk__in=[r.pk for r in rows])}
        for row in rows:
            row.awarded_on, row.award = on, given.get((type(row), row.pk))
        name = f"{type(rows[0])._meta.label_lower}.award"
        fields = ["awarded_on", "award"]
        records.change_many(rows, before, fields=fields, by=decision.by, action=name)
    _enter_champions(competition, results, on, by=decision.by)


def _enter_champions(
    competition: Competition, results: list[Result], on: datetime.date, *, by: User
) -> None:
    """往届冠军: whoever is first, each of a team, may be kept from the same event later.

    Once a day: another competition may have had an event of that name.
    """
    first = [row for row in results if row.rank == 1]
    line_up(row.entry for row in first)
    known = Champion.objects.filter(organisation=competition.organisation, won_on=on)
    known = set(known.values_list("trade", "person"))
    found = [
        Champion(
            organisation=competition.organisation,
            trade=row.event.name,
            person=each.person,
            won_on=on,
            competition=competition,
        )
        for row in first
        for each in row.entry.line_up()
        if (row.event.name, each.person_id) not in known
    ]
    records.insert_many(found, by=by)


def _enter_titles(
    results: list[Result],
    teams: list[TeamPrize],
    on: datetime.date,
    document_number: str,
    *,
    by: User,
) -> dict[tuple[type, int], Award]:
    """The awards by the row that brought them. Who reached a title twice gets it once."""
    drafts: dict[tuple[type, int], Award] = {}
    # Other competitions may have been awarded on this day, by the same document.
    titles = {row.title for row in results} | {team.title for team in teams}
    held: set[tuple[int, int | None]] = set()
    namesakes: Counter[tuple[int, int, str]] = Counter()
    for one in Award.objects.filter(granted_on=on, title__in=titles - {None}):
        held.add((one.title_id, one.person_id))
        key = (one.title_id, one.organisation_id, one.recipient_name)
        namesakes[key] = max(namesakes[key], one.serial)
    for row in results:
        title = row.title
        person = row.entry.person if row.entry.is_single else None
        if title is None or (person and (title.pk, person.pk) in held):
            continue
        if person:
            held.add((title.pk, person.pk))
        namesakes[title.pk, row.organisation_id, row.entry.name] += 1
        drafts[Result, row.pk] = awards.draft(
            title,
            organisation=row.organisation,
            recipient_name=row.entry.name,
            granted_on=on,
            person=person,
            unit_name=unit_of(row)[:120],
            document_number=document_number,
            serial=namesakes[title.pk, row.organisation_id, row.entry.name],
        )
    for team in teams:
        key = (team.title_id, team.organisation_id, team.organisation.name)
        if team.title and not namesakes[key]:
            namesakes[key] = 1
            union = team.organisation if team.title.recipient == Title.Recipient.UNION else None
            drafts[TeamPrize, team.pk] = awards.draft(
                team.title,
                organisation=team.organisation,
                recipient_name=team.organisation.name,
                granted_on=on,
                union=union,
                unit_name=team.organisation.name,
                document_number=document_number,
            )
    made = awards.give_many(list(drafts.values()), by=by)
    return dict(zip(drafts, made, strict=True))
