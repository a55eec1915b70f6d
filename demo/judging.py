"""Judged competitions of the demo city: one to the printed certificate, one in scoring, one shown
to the public, one with appeals. All of this year, beside those that are handed over."""

import datetime
from collections.abc import Callable
from decimal import Decimal

from competitions.models import Competition, Entry, PrizeRule, Programme, Result, ScorePart, Stage
from competitions.services import (
    appeals,
    certificates,
    disqualifications,
    judging,
    results,
    scoring,
    takeover,
)
from core import workflow
from core.jobs import run_now
from core.models import Job, Organisation, Publicity, User
from core.services import publicity, records
from demo import accounts
from demo.casework import hung_earlier
from demo.places import CITY
from honours.models import Title
from members.models import Membership

State = Competition.State
DAY = datetime.timedelta(days=1)
CONTESTANTS = 6
PARTS = (("理论知识", 30, False), ("操作技能", 70, True))
# Trade, and how far it comes.
AWARDED, SCORING, SHOWN, APPEALED = "数控车工", "砌筑工", "育婴员", "叉车司机"
# The judge without an account is harsher than the others by so many points; he keeps away from the
# contestant of his own unit, whom that puts first as the scores were given.
HARSH = 18
SKILL = (94, 92, 90, 86, 81, 77)

# What is said against a result, and the answer.
APPEALS = (
    ("操作技能第二道工序用时记录有误，请调阅现场录像复核。", "", ""),
    (
        "理论知识第三十题答案有歧义，请重新评分。",
        "dismiss",
        "经命题专家复核，答案无误，维持原成绩。",
    ),
    ("倒车入库一项所扣分数与扣分标准不符，请复核。", "uphold", "扣分有误，由竞赛经办提出更正。"),
)
# Why somebody should lose his place, and what came of it.
STRIKES = (
    ("报名所附从业年限证明与社保记录不符，正在核实。", "", ""),
    ("被举报携带资料入场。", "refuse", "调阅监控，未见携带资料，举报不实。"),
    ("由他人顶替参加操作技能考核。", "decide", "经核对监控和签到记录，情况属实。"),
)


def lay_rules() -> str:
    """Prizes of city competitions in one industry: 市级二类."""
    approver = accounts.user(accounts.CONTEST_APPROVER)
    facts = {"organisation": _city(), "document": "江工发〔2018〕32号", "level": "municipal_2"}
    facts["since"] = datetime.date(2018, 1, 1)
    skill = Title.objects.filter(
        kind=Title.Kind.SKILL_TITLE, recipient=Title.Recipient.PERSON, level="municipal"
    ).first()
    rules = [
        PrizeRule(**facts, first_rank=1, last_rank=1, prize="一等奖", title=skill, amount=3000,
                  nominates=True),
        PrizeRule(**facts, first_rank=2, last_rank=3, prize="二等奖", amount=2000),
        PrizeRule(**facts, first_rank=4, last_rank=6, prize="三等奖", amount=1000),
    ]  # fmt: skip
    for rule in rules:
        records.save(rule, by=approver)
    return f"{len(rules)} 项"


def hold(today: datetime.date) -> str:
    clerk, approver = (accounts.user(one) for one in accounts.CONTESTS)
    plan = Programme.objects.filter(organisation__code=CITY, year=today.year).first()
    if plan is None:
        plan = Programme(organisation=_city(), year=today.year, name="职工劳动和技能竞赛计划")
        plan = records.save(plan, by=clerk)
    for trade in (AWARDED, SCORING, SHOWN, APPEALED):
        stage = _run(plan, trade, today, approver, clerk)
        stage = _prepare(stage, clerk, hours=24 if trade in (SCORING, APPEALED) else 0)
        _score(stage, clerk, unfinished=trade == SCORING)
        if trade == SCORING:
            continue
        results.announce(stage, by=clerk)
        if trade == APPEALED:
            _appeal(stage, approver)
            _strike(stage, clerk, approver)
            continue
        competition = stage.event.competition
        competition.refresh_from_db()
        _team_prize(competition, stage, clerk)
        workflow.apply(competition, "publish", by=clerk)
        if trade == AWARDED:
            hung_earlier(Publicity.objects.running().on(competition).get())
            publicity.close_due()
            _award(competition, today, approver, clerk)
    return "4 项"


def _run(plan: Programme, trade: str, today: datetime.date, approver: User, clerk: User) -> Stage:
    """A competition that was entered before this software, in scoring, with its contestants."""
    starts = today - 60 * DAY
    made = Competition(
        organisation=plan.organisation,
        programme=plan,
        name=f"{today.year}年江城市{trade}职业技能竞赛",
        level="municipal_2",
        form="skills",
        host="江城市总工会",
        starts_on=starts,
        ends_on=today - 2 * DAY,
        enter_until=starts + 20 * DAY,
        state=State.SCORING,
    )
    takeover.running([made], trades={State.SCORING: trade}, by=approver)
    event = made.events.get()
    entries = [
        Entry(
            event=event,
            organisation=row.organisation,
            employer=row.employer,
            person=row.person,
            name=row.person.name,
            number=f"{today.year}{made.pk:04}{place:02}",
        )
        for place, row in enumerate(_members(), 1)
    ]
    takeover.entries(entries, by=approver)
    return event.stages.get()


def _members() -> list[Membership]:
    """Of each of several employers one member."""
    found: dict[int, Membership] = {}
    rows = Membership.objects.within(_city()).current().filter(employer__isnull=False)
    chairs = [account.organisation for account in accounts.CHAIRS]
    mine = list(rows.filter(organisation__code__in=chairs).select_related(
        "person", "organisation", "employer").order_by("pk")[:200])  # fmt: skip
    others = rows.exclude(organisation__code__in=chairs).select_related(
        "person", "organisation", "employer"
    )
    for row in [*mine, *others.order_by("pk")[:400]]:
        found.setdefault(row.employer_id, row)
        if len(found) == CONTESTANTS:
            break
    return list(found.values())


def _prepare(stage: Stage, clerk: User, *, hours: int) -> Stage:
    stage.normalises, stage.appeal_hours = True, hours
    records.save(stage, by=clerk)
    parts = [
        ScorePart(name=name, weight=Decimal(weight), maximum=Decimal(100), is_practice=practice)
        for name, weight, practice in PARTS
    ]
    judging.set_parts(stage, parts, by=clerk)
    units = ("江城职业技术学院", "江城市技师学院", "江城市职业技能鉴定中心")
    for account, unit in zip(accounts.JUDGES, units, strict=True):
        judging.seat(stage, user=accounts.user(account), unit_name=unit, by=clerk)
    own = stage.event.entries.order_by("pk")[1].employer
    judging.seat(stage, name="邵文华", employer=own, unit_name=own.name, by=clerk)
    judging.draw(stage, by=clerk)
    return stage


def _score(stage: Stage, clerk: User, *, unfinished: bool) -> None:
    """Each judge on his page; the sheet of the one without an account is typed in by the clerk."""
    order = {code.pk: place for place, code in enumerate(stage.codes.order_by("entry_id"))}
    parts = {part.pk: place for place, part in enumerate(stage.parts.order_by("pk"))}
    for judge in stage.judges.select_related("user").order_by("number"):
        away = set(judge.recusals.values_list("code", flat=True))
        harsh = 0 if judge.user else HARSH
        given = {
            (code, part): Decimal(SKILL[place] - harsh) + Decimal(judge.number * (1 + kind)) / 4
            for code, place in order.items()
            for part, kind in parts.items()
            if code not in away and not (unfinished and judge.number == 2 and place > 2)
        }
        by, sheet = judge.user or clerk, judge.sheets.get()
        scoring.enter(sheet, given, by=by)
        if not unfinished or judge.number == 1:
            scoring.seal(sheet, by=by)


def _appeal(stage: Stage, approver: User) -> None:
    """By the first chair who has contestants in it: one waits for its answer, two have theirs."""
    for account in accounts.CHAIRS:
        chair = accounts.user(account)
        rows = Result.objects.visible_to(chair).filter(stage=stage).order_by("-rank")
        for row, (text, step, answer) in zip(rows, APPEALS, strict=False):
            made = appeals.file(row, text=text, by=chair)
            if step:
                workflow.apply(made, step, by=approver, comment=answer)
        if rows:
            return


def _strike(stage: Stage, clerk: User, approver: User) -> None:
    """The clerk proposes to strike three of the first; one waits, two were decided on."""
    rows = list(stage.results.order_by("rank", "pk")[: len(STRIKES)])
    for row, (reason, step, answer) in zip(rows, STRIKES, strict=True):
        made = disqualifications.propose(row, reason=reason, by=clerk)
        if step:
            workflow.apply(made, step, by=approver, comment=answer)


def _team_prize(competition: Competition, stage: Stage, clerk: User) -> None:
    union = stage.event.entries.order_by("pk")[0].organisation
    results.name_team(competition, organisation=union, prize="优秀组织奖", by=clerk)


def _award(competition: Competition, today: datetime.date, approver: User, clerk: User) -> None:
    competition.refresh_from_db()
    workflow.apply(
        competition, "award", by=approver, comment="同意表彰",
        document_number=f"江工发〔{today.year}〕28号", awarded_on=today,
    )  # fmt: skip
    competition.refresh_from_db()
    batch = certificates.issue(competition, by=clerk)
    done = run_now(Job.objects.get(kind=certificates.JOB, key=str(batch.pk)))
    if done.state != Job.State.DONE:
        raise ValueError(f"certificates were not printed: {done.error}")


def _city() -> Organisation:
    return Organisation.objects.get(code=CITY)


STEPS: tuple[tuple[str, Callable[[datetime.date], str]], ...] = (
    ("奖项规定", lambda today: lay_rules()),
    ("评分和成绩", hold),
)
