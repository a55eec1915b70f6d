"""Preparing how a stage is judged: parts, seats, the draw of blind codes, who keeps away from whom.

The clerk of a competition prepares; what may be seen of a contestant by a judge is his code.
"""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import Max, QuerySet

from competitions.models import (
    BlindCode,
    Competition,
    Entry,
    Judge,
    OwnSeat,
    Panel,
    Recusal,
    Score,
    ScorePart,
    ScoreSheet,
    Stage,
)
from competitions.models.entries import line_up
from competitions.rules import blind, ranking
from competitions.services.standings import part_of, standings
from core import audit, workflow
from core.errors import Refused
from core.models import Organisation, User
from core.rules import Invalid, text
from core.services import records
from core.services.records import require

SCORE = "competitions.score_ownseat"
OPEN_STATES = (Competition.State.RUNNING, Competition.State.SCORING)
ORDER = [Stage.Kind.PRELIMINARY, Stage.Kind.SEMIFINAL, Stage.Kind.FINAL]


def trace(
    row: models.Model, before: dict[str, Any], verb: str, *, by: User | None, reason: str = ""
) -> None:
    """Leave the trace of a written row, if anything in it changed."""
    if changes := audit.difference(before, audit.snapshot(row)):
        name = f"{row._meta.label_lower}.{verb}"
        audit.record(name, by=by, obj=row, changes=changes, reason=reason)


def locked(stage: Stage, permission: str, *, by: User) -> Stage:
    """The stage, ours until the end: everything about its judging is written under this lock.

    Its competition before it: nobody moves that on meanwhile.
    """
    Competition.objects.select_for_update(of=("self",)).get(events__stages=stage.pk)
    row = Stage.objects.select_for_update(of=("self",)).select_related("event__competition")
    row = row.get(pk=stage.pk)
    require(by, permission, row.event.competition.organisation)
    return row


def judged_by(stage: Stage, user: User) -> bool:
    """Whether a seat is the user's, by this account or another of the same person."""
    seats = models.Q(user=user)
    if user.certificate_index is not None:  # else a seat without an account would be his
        seats |= models.Q(user__certificate_index=user.certificate_index)
    return stage.judges.filter(seats).exists()


def panel_of(stage: Stage) -> Panel | None:
    return Panel.objects.filter(stage=stage).first()


def _refuse_drawn(stage: Stage) -> None:
    if Panel.objects.filter(stage=stage).exists():
        raise Refused("该赛段已抽签，评分项和裁判不能再改动。", code="drawn")


def _refuse_announced(stage: Stage) -> None:
    if Panel.objects.filter(stage=stage, announced_at__isnull=False).exists():
        raise Refused("该赛段成绩已公布，不能再改动。", code="announced")


# Parts and seats.


@transaction.atomic
def set_parts(stage: Stage, parts: Sequence[ScorePart], *, by: User) -> list[ScorePart]:
    """Put these parts in the place of those of a stage that is not drawn yet."""
    stage = locked(stage, "competitions.change_scorepart", by=by)
    _refuse_drawn(stage)
    try:
        ranking.refuse_parts(map(part_of, parts))
    except Invalid as error:
        raise Refused(error.message, code=error.code) from error
    if len({part.name for part in parts}) < len(parts):
        raise Refused("评分项名称有重复，请修改。", code="twice")
    records.erase(list(stage.parts.all()), by=by, action="competitions.scorepart.remove")
    for part in parts:
        part.stage = stage
    return list(records.insert_many(parts, by=by))


@transaction.atomic
def put_part(part: ScorePart, *, by: User) -> ScorePart:
    """Add or change one part of a stage that is not drawn yet; the draw asks for 100 per cent."""
    stage = locked(part.stage, "competitions.change_scorepart", by=by)
    _refuse_drawn(stage)
    return records.save(part, by=by)


def candidates(organisation: Organisation) -> QuerySet[User]:
    """Accounts that may judge at a place."""
    return User.objects.holding(SCORE, organisation)


@transaction.atomic
def seat(
    stage: Stage,
    *,
    user: User | None = None,
    name: str = "",
    unit_name: str = "",
    employer: Any = None,
    by: User,
) -> Judge:
    """Give somebody a seat: an account that may judge there, or a name whose sheet is handed in.

    After the draw only where too few are left: he gets his sheet, and keeps away like the others.
    """
    stage = locked(stage, "competitions.add_judge", by=by)
    is_drawn = Panel.objects.filter(stage=stage, announced_at=None).exists()
    if not (is_drawn and too_few(stage)):
        _refuse_drawn(stage)
    if user and not user.has_perm(SCORE, stage.event.competition.organisation):
        raise Refused("所选账号没有裁判授权，请联系安全管理员授权。", code="not_judge")
    last = stage.judges.aggregate(last=Max("number"))["last"] or 0
    made = Judge(
        stage=stage,
        number=last + 1,
        user=user,
        name=text.normalise_line(name) or (user.display_name if user else ""),
        employer=employer,
        unit_name=text.normalise_line(unit_name) or str(employer or (user and user.organisation)),
    )
    made.full_clean()
    made.save()
    trace(made, {}, "add", by=by)
    if is_drawn:
        codes = stage.codes.select_related("entry__employer", "entry__organisation")
        _hand_out([made], list(codes), by=by)
    return made


@transaction.atomic
def dismiss(judge: Judge, *, reason: str, by: User) -> None:
    """Take a judge off who has not handed in: the seat goes, and what was noted so far."""
    stage = locked(judge.stage, "competitions.change_judge", by=by)
    _refuse_announced(stage)
    if len(reason.strip()) < 4:
        raise Refused("请填写撤下裁判的事由，不少于四个字。", code="reason_required")
    row = Judge.objects.select_for_update(of=("self",)).get(pk=judge.pk)
    if row.sheets.exclude(state=ScoreSheet.State.OPEN).exists():
        raise Refused("该裁判的评分表已经封存，不能撤下。", code="sealed")
    before = audit.snapshot(row)
    Score.objects.filter(sheet__judge=row).delete()
    ScoreSheet.objects.filter(judge=row).delete()
    Recusal.objects.filter(judge=row).delete()
    audit.record(
        "competitions.judge.dismiss",
        by=by,
        obj=row,
        changes=audit.difference(before, {}),
        reason=reason,
    )
    row.delete()


# The draw.


def contestants(stage: Stage, qualifiers: int | None) -> list[Entry]:
    """Who takes part: every accepted entry, or the best of the stage before."""
    earlier = ORDER[: ORDER.index(stage.kind)]
    stages = {row.kind: row for row in stage.event.stages.filter(kind__in=earlier)}
    before = next((stages[kind] for kind in reversed(earlier) if kind in stages), None)
    entries = Entry.objects.filter(event=stage.event, state=Entry.State.ACCEPTED)
    if before is None and qualifiers is not None:
        raise Refused("该赛段之前没有其他赛段，晋级人数请留空。", code="no_earlier_stage")
    if qualifiers is None:
        return list(entries.select_related("employer", "person", "organisation"))
    if not Panel.objects.filter(stage=before, announced_at__isnull=False).exists():
        raise Refused(f"{before}的成绩尚未公布，不能确定晋级选手。", code="not_announced")
    best = [line.code.entry_id for line in standings(before).lines if line.rank <= qualifiers]
    return list(entries.filter(pk__in=best).select_related("employer", "person", "organisation"))


@transaction.atomic
def draw(stage: Stage, *, qualifiers: int | None = None, by: User) -> Panel:
    """Draw blind codes, find who must keep away from whom, and give every judge his sheet.

    The seed is nobody's choice, and there is one draw of a stage. Refused where parts are not 100
    per cent, or a contestant would be scored by fewer judges than the stage asks for.
    """
    stage = locked(stage, "competitions.add_panel", by=by)
    competition = stage.event.competition
    _refuse_drawn(stage)
    if competition.state not in OPEN_STATES:
        raise Refused(
            f"竞赛现为“{competition.get_state_display()}”，进行中或成绩录入时才能抽签评分。",
            code="wrong_state",
        )
    try:
        ranking.refuse_parts(map(part_of, stage.parts.all()))
    except Invalid as error:
        raise Refused(error.message, code=error.code) from error
    judges = list(stage.judges.select_related("user__organisation", "employer"))
    if len(judges) < stage.min_judges:
        raise Refused(
            f"裁判只有 {len(judges)} 名，应不少于 {stage.min_judges} 名，请先补充裁判。",
            code="too_few_judges",
        )
    entries = contestants(stage, qualifiers)
    if not entries:
        raise Refused("没有已受理的选手，不能抽签。", code="no_entries")
    panel = Panel(stage=stage, qualifiers=qualifiers, seed=secrets.token_hex(16))
    panel.full_clean()
    panel.save()
    trace(panel, {}, "draw", by=by)
    drawn = blind.codes([entry.pk for entry in entries], panel.seed)
    codes = [BlindCode(stage=stage, entry=entry, code=drawn[entry.pk]) for entry in entries]
    records.insert_many(codes, by=by)
    _hand_out(judges, codes, by=by)
    if said := too_few(stage):
        raise Refused(said, code="too_few_judges")
    return panel


def _hand_out(judges: Sequence[Judge], codes: Sequence[BlindCode], *, by: User) -> None:
    """To every judge his sheet, after it was found from whom he keeps away."""
    line_up(code.entry for code in codes)
    recusals = [found for judge in judges for found in look_for_ties(judge, codes)]
    records.insert_many(recusals, by=by, action="competitions.recusal.find")
    records.insert_many([ScoreSheet(judge=judge) for judge in judges], by=by)


def refuse_other_qualifiers(stage: Stage) -> None:
    """Refuse where a later stage was drawn among others than the ranking of this one lets in."""
    later = Panel.objects.filter(
        stage__event=stage.event,
        stage__kind__in=ORDER[ORDER.index(stage.kind) + 1 :],
        qualifiers__isnull=False,
    )
    for panel in later.select_related("stage__event"):
        drawn = set(panel.stage.codes.values_list("entry", flat=True))
        if {entry.pk for entry in contestants(panel.stage, panel.qualifiers)} != drawn:
            raise Refused(
                f"更正后晋级“{panel.stage}”的选手有变化，而该赛段已经抽签，不能批准更正。",
                code="qualified",
            )


def drawn_again(panel: Panel) -> bool:
    """Whether the seed, put to the contestants as they are stored, gives their codes."""
    stored = dict(BlindCode.objects.filter(stage=panel.stage_id).values_list("entry_id", "code"))
    return blind.codes(stored, panel.seed) == stored


def too_few(stage: Stage) -> str:
    """Which contestants are left with too few judges by recusals, or ""."""
    judges = stage.judges.count()
    codes = stage.codes.filter(is_absent=False).annotate(away=models.Count("recusals"))
    short = [row.code for row in codes if judges - row.away < stage.min_judges]
    if not short:
        return ""
    told = "、".join(short[:5]) + (" 等" if len(short) > 5 else "")
    return (
        f"编号 {told}共 {len(short)} 名选手回避后评分裁判不足 {stage.min_judges} 名，"
        "请补充其他单位的裁判。"
    )


# Keeping away.


def look_for_ties(judge: Judge, codes: Iterable[BlindCode]) -> list[Recusal]:
    """The recusals that follow by themselves: of oneself, of kin, of one's own unit. Not stored.

    `codes` come with their entries, which were lined up (`line_up`).
    """
    own = bytes(judge.user.certificate_index or b"") if judge.user else b""
    kin: set[bytes] = set(workflow.Ties(judge.user).kin) if judge.user else set()
    grounds = Recusal.Ground
    found = []
    for code in codes:
        persons = set(code.entry.concerned())
        if own and own in persons:
            ground = grounds.SELF
        elif persons & kin:
            ground = grounds.KIN
        elif same_unit(judge, code.entry):
            ground = grounds.UNIT
        else:
            continue
        found.append(Recusal(judge=judge, code=code, ground=ground))
    return found


def same_unit(judge: Judge, entry: Entry) -> bool:
    """Whether judge and contestant come from one unit: one employer, one union, or one name."""
    if judge.employer_id and judge.employer_id == entry.employer_id:
        return True
    if judge.user and judge.user.organisation.path.startswith(entry.organisation.path):
        return True
    units = {entry.organisation.name, entry.employer.name if entry.employer else ""}
    return text.normalise_line(judge.unit_name) in {
        text.normalise_line(one) for one in units if one
    }


@transaction.atomic
def recuse(judge: Judge, code: BlindCode, *, reason: str, by: User) -> Recusal:
    """自行申报回避: by the judge himself, or noted by the clerk, as long as the sheet is open.

    What he gave this contestant already goes.
    """
    Stage.objects.select_for_update(of=("self",)).get(pk=judge.stage_id)
    if judge.user_id == by.pk:
        require(by, SCORE, OwnSeat.objects.get(pk=judge.pk))
    else:
        require(by, "competitions.add_recusal", judge)
    if code.stage_id != judge.stage_id:
        raise Refused("没有这个编号，请刷新后重新选择。", code="code")
    sheet = ScoreSheet.objects.filter(judge=judge, state=ScoreSheet.State.OPEN).first()
    if sheet is None:
        raise Refused(
            "评分表已经封存，不能再申报回避；请由竞赛经办在该评分表上“提出更正”，"
            "选择“更正为回避”，经另一人批准后该席位留空。",
            code="sealed",
        )
    if len(reason.strip()) < 4:
        raise Refused("请填写回避事由，不少于四个字。", code="reason_required")
    if Recusal.objects.filter(judge=judge, code=code).exists():
        raise Refused(f"已对编号 {code} 回避。", code="already")
    records.erase(list(sheet.scores.filter(code=code)), by=by, action="competitions.score.withdraw")
    return keep_away(judge, code, reason=reason.strip(), by=by)


def keep_away(judge: Judge, code: BlindCode, *, reason: str, by: User) -> Recusal:
    """The seat is empty for this contestant; the caller has asked for the right."""
    made = Recusal(judge=judge, code=code, ground=Recusal.Ground.DECLARED, reason=reason)
    made.full_clean()
    made.save()
    trace(made, {}, "declare", by=by)
    return made


@transaction.atomic
def record_run(
    code: BlindCode, *, seconds: int | None = None, is_absent: bool = False, by: User
) -> BlindCode:
    """The time that a contestant took, for ties; or that he did not appear."""
    stage = locked(code.stage, "competitions.change_blindcode", by=by)
    _refuse_announced(stage)
    row = BlindCode.objects.select_for_update(of=("self",)).get(pk=code.pk)
    if is_absent and row.scores.exists():
        raise Refused(f"编号 {row} 已有评分，不能登记为缺考，请核对编号。", code="scored")
    before = audit.snapshot(row)
    row.seconds, row.is_absent = None if is_absent else seconds, is_absent
    row.full_clean()
    row.save()
    trace(row, before, "record", by=by)
    return row
