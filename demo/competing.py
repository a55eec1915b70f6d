"""Competitions of the demo city: what is handed over, and this year's in every state."""

import datetime
from collections.abc import Sequence

from django.utils import timezone

from competitions.models import (
    Competition,
    Entry,
    Event,
    Innovation,
    ParticipationReport,
    Programme,
    SizeRule,
    TrainingBase,
)
from competitions.services import entries, innovations, participation, programmes
from competitions.services import takeover as services
from core import workflow
from core.models import Organisation, User
from core.services import records
from demo import accounts
from demo.contests import Base, Better
from demo.places import CITY
from members.models import Coverage, Membership

State = Competition.State
DAY = datetime.timedelta(days=1)
# How far each competition of this year has come, and its trade.
GOALS = (
    (State.PLANNED, "无人机驾驶员"),
    (State.APPROVAL, "茶艺师"),
    (State.ENTERING, "焊工"),
    (State.CANCELLED, "汽车维修工"),
)


def lay_rules() -> str:
    """The size of a final by its class, of a selection, and of a unit's own stage."""
    approver, city = accounts.user(accounts.CONTEST_APPROVER), _city()
    facts = {"organisation": city, "document": "江工发〔2018〕31号"}
    facts["since"] = datetime.date(2018, 1, 1)
    rules = []
    for level, least in (("municipal_1", 30), ("municipal_2", 20)):
        rules += [
            SizeRule(**facts, level=level, stage="final", min_entries=least),
            SizeRule(**facts, level=level, stage="semifinal", min_units=4, min_entries=20),
            SizeRule(**facts, level=level, stage="preliminary", min_share=60),
        ]
    for rule in rules:
        records.save(rule, by=approver)
    return f"{len(rules)} 项"


def open_bases(bases: Sequence[Base]) -> str:
    city = _city()
    kinds = {label: value for value, label in TrainingBase.Kind.choices}
    levels = {label: value for value, label in TrainingBase.Level.choices}
    rows = [
        TrainingBase(
            organisation=city,
            name=one.name,
            kind=kinds[one.kind],
            level=levels[one.level],
            opened_on=one.opened_on,
        )
        for one in bases
    ]
    records.add_many(rows, by=accounts.user(accounts.CONTEST_CLERK))
    return f"{len(rows)} 个"


def bring_innovations(rows: Sequence[Better]) -> str:
    """Those of 2021, handed over as far as they came."""
    kinds = {label: value for value, label in Innovation.Kind.choices}
    codes = {row.credit_code for row in rows}
    covered = Coverage.objects.in_force(timezone.localdate()).filter(
        employer__credit_code__in=codes
    )
    unions = {one.employer.credit_code: one for one in covered.select_related("employer")}
    made = [
        Innovation(
            organisation_id=unions[row.credit_code].organisation_id,
            employer=unions[row.credit_code].employer,
            title=row.title,
            kind=kinds[row.kind],
            proposer=row.proposer,
            proposed_on=row.proposed_on,
            content="由班组提出并实施。",
            value=row.value,
            adopted_on=row.adopted_on,
            selected_on=row.selected_on,
            level="municipal" if row.selected_on else "",
            state=_state(row),
        )
        for row in rows
        if row.credit_code in unions
    ]
    services.innovations(made, by=accounts.user(accounts.CONTEST_APPROVER))
    return f"{len(made)} 项"


# Of this year, by a chair: what is proposed, and the steps that it has gone.
PROPOSALS = (
    ("仓库通道照明改为感应开关", ()),
    ("包装封口由手工改为脚踏", ("submit",)),
    ("交接班改用电子看板", ("submit", "adopt")),
    ("取消夜间巡检记录", ("submit", "refuse")),
    ("食堂排队分时就餐", ("withdraw",)),
)


def propose_better(today: datetime.date) -> str:
    chair, clerk = accounts.user(accounts.CHAIRS[0]), accounts.user(accounts.CONTEST_CLERK)
    words = {"refuse": "不符合安全管理规定，不予采纳", "withdraw": "已由单位自行实施"}
    covered = Coverage.objects.visible_to(chair, "competitions.add_innovation")
    unit = covered.in_force(today).select_related("employer", "organisation").earliest("pk")
    for title, steps in PROPOSALS:
        row = Innovation(
            organisation=unit.organisation,
            employer=unit.employer,
            title=title,
            kind=Innovation.Kind.PROPOSAL,
            proposer="第二班组",
            proposed_on=today - 20 * DAY,
            content="由班组提出，已在本班组试行。",
        )
        row = innovations.propose(row, by=chair)
        for step in steps:
            given = {"adopted_on": today} if step == "adopt" else {}
            by = clerk if step in ("adopt", "refuse") else chair
            row = workflow.apply(row, step, by=by, comment=words.get(step, ""), **given)
    return f"{len(PROPOSALS)} 项"


def _state(row: Better) -> str:
    if row.selected_on:
        return Innovation.State.SELECTED
    return Innovation.State.ADOPTED if row.adopted_on else Innovation.State.PROPOSED


def hold(today: datetime.date) -> str:
    """This year's: each planned by the clerk and led as far as its state."""
    clerk, approver = (accounts.user(one) for one in accounts.CONTESTS)
    city = _city()
    plan = Programme(organisation=city, year=today.year, name="职工劳动和技能竞赛计划")
    plan = records.save(plan, by=clerk)
    for goal, trade in GOALS:
        made = _planned(plan, trade, today, clerk)
        if goal != State.PLANNED:
            made = workflow.apply(made, "submit", by=clerk)
        if goal in (State.ENTERING, State.CANCELLED):
            made = workflow.apply(made, "approve", by=approver, comment="同意立项")
        if goal == State.CANCELLED:
            workflow.apply(made, "cancel", by=approver, comment="承办单位变更，本年度不再举办")
        if goal == State.ENTERING:
            _enter(made.events.get(), clerk)
    over = _over(plan, today, approver)
    _report(over[State.RUNNING])
    return f"{len(GOALS) + len(over)} 项"


def _planned(plan: Programme, trade: str, today: datetime.date, by: User) -> Competition:
    made = workflow.begin(
        Competition(
            organisation=plan.organisation,
            programme=plan,
            name=f"{trade}职业技能竞赛",
            level="municipal_1",
            form="skills",
            host="江城市总工会",
            organiser="江城市人力资源和社会保障局",
            starts_on=today,
            ends_on=today + 90 * DAY,
            enter_until=today + 30 * DAY,
        ),
        by=by,
        action="add",
    )
    programmes.add_event(
        made,
        name=trade,
        team_size=1,
        unit_limit=3,
        min_age=18,
        max_age=60,
        final_on=today + 75 * DAY,
        place="江城市职工文化中心",
        by=by,
    )
    return made


def _enter(event: Event, clerk: User) -> None:
    """By the chairs: a draft, some handed in, some accepted, one refused, one taken back."""
    made = []
    for account in accounts.CHAIRS:
        chair = accounts.user(account)
        mine = Membership.objects.visible_to(chair, "competitions.add_entry").current()
        rows = mine.filter(person__birth_date__gt=datetime.date(1970, 1, 1), employer__isnull=False)
        firms: set[int] = set()
        for row in rows.select_related("person", "organisation", "employer").order_by("pk"):
            if len(firms) == 3:
                break
            if row.employer_id in firms:
                continue
            firms.add(row.employer_id)
            entry = Entry(
                event=event,
                organisation=row.organisation,
                employer=row.employer,
                person=row.person,
                name=row.person.name,
                skill_grade="senior",
            )
            made.append((entries.enter(entry, by=chair), chair))
    for entry, chair in made[1:]:
        workflow.apply(entry, "submit", by=chair)
    handed_in = [entry for entry, _ in made[1:]]
    entries.accept(handed_in[:-2], by=clerk)
    workflow.apply(handed_in[-2], "refuse", by=clerk, comment="所填技能等级与证书不符")
    entry, chair = made[1]
    workflow.apply(entry, "withdraw", by=chair, comment="选手当日另有生产任务")


def _over(plan: Programme, today: datetime.date, approver: User) -> dict[str, Competition]:
    """Begun before this software came: handed over in the state in which they stand."""
    made = {}
    for at, goal in enumerate(Competition.State.values):
        if goal in {one for one, _ in GOALS} | {State.ARCHIVED}:
            continue
        starts = today - (200 - 10 * at) * DAY
        made[goal] = Competition(
            organisation=plan.organisation,
            programme=plan,
            name=f"{TRADES[goal]}职业技能竞赛",
            level="municipal_2",
            form="skills",
            host="江城市总工会",
            starts_on=starts,
            ends_on=starts + 150 * DAY,
            enter_until=starts + 20 * DAY,
            state=goal,
        )
    services.running(list(made.values()), trades=TRADES, by=approver)
    return made


TRADES = {
    State.CLOSED: "钳工",
    State.RUNNING: "电工",
    State.SCORING: "中式烹调师",
    State.PUBLICITY: "养老护理员",
    State.AWARDED: "快递员",
}


def _report(competition: Competition) -> None:
    """A draft in the place of one that was taken back, one handed in, one accepted."""
    clerk = accounts.user(accounts.CONTEST_CLERK)
    made = []
    for account, heads in zip(accounts.CHAIRS, (86, 240, 132), strict=True):
        chair = accounts.user(account)
        mine = Coverage.objects.visible_to(chair, "competitions.add_participationreport")
        covered = mine.in_force(timezone.localdate()).select_related("employer", "organisation")
        if first := covered.order_by("pk").first():
            made.append((_drafted(competition, first, heads, chair), chair))
    first, chair = made[0]
    workflow.apply(first, "withdraw", by=chair, comment="人次重复计算，另行填报")
    made[0] = _drafted(competition, first, first.headcount - 6, chair), chair
    for row, chair in made[1:]:
        workflow.apply(row, "submit", by=chair)
    if len(made) > 1:
        workflow.apply(made[-1][0], "accept", by=clerk)


def _drafted(
    competition: Competition, of: Coverage | ParticipationReport, heads: int, chair: User
) -> ParticipationReport:
    row = ParticipationReport(
        organisation=of.organisation,
        competition=competition,
        employer=of.employer,
        headcount=heads,
        sessions=1,
    )
    return participation.report(row, by=chair)


def _city() -> Organisation:
    return Organisation.objects.get(code=CITY)
