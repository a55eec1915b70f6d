"""Scores: entered by the judge himself or from his paper by the clerk, sealed, corrected by two.

Sealed sheets are frozen by the database too; their digest stands in the audit trail.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from competitions.models import BlindCode, OwnSeat, Score, ScorePart, ScoreSheet, Stage
from competitions.models.entries import line_up
from competitions.services import judging
from core import audit
from core.errors import Refused
from core.models import User
from core.services import records
from core.services.records import require

State = ScoreSheet.State
Given = Mapping[tuple[int, int], Decimal | None]  # by code and part; None takes a score away


def _ours(sheet: ScoreSheet, *, by: User) -> ScoreSheet:
    """The sheet, locked, for its judge or the clerk who types in what was handed in on paper."""
    Stage.objects.select_for_update(of=("self",)).get(pk=sheet.judge.stage_id)
    row = ScoreSheet.objects.select_for_update(of=("self",)).select_related("judge__stage")
    row = row.get(pk=sheet.pk)
    if row.judge.user_id == by.pk:
        require(by, judging.SCORE, OwnSeat.objects.get(pk=row.judge_id))
    else:
        require(by, "competitions.change_scoresheet", row)
    return row


def _refuse_frozen(sheet: ScoreSheet) -> None:
    if sheet.state != State.OPEN:
        raise Refused(
            f"评分表{sheet.get_state_display()}，不能再改动；确有差错的，请由竞赛经办提出更正。",
            code="sealed",
        )


@transaction.atomic
def enter(sheet: ScoreSheet, given: Given, *, by: User) -> int:
    """Write scores of an open sheet; what is not named stays. Returns how many changed."""
    sheet = _ours(sheet, by=by)
    _refuse_frozen(sheet)
    return _write(sheet, given, by=by)


def _write(sheet: ScoreSheet, given: Given, *, by: User) -> int:
    stage = sheet.judge.stage
    codes = {code.pk: code for code in stage.codes.all()}
    parts = {part.pk: part for part in stage.parts.all()}
    away = set(sheet.judge.recusals.values_list("code", flat=True))
    stored = {(row.code_id, row.part_id): row for row in sheet.scores.all()}
    new, changed, gone = [], [], []
    for key, value in given.items():
        if key[0] not in codes or key[1] not in parts:
            raise Refused(
                "评分表中有不属于本赛段的编号或评分项，请重新导出评分表。", code="foreign"
            )
        code, part = codes[key[0]], parts[key[1]]
        row = stored.get(key)
        if value is None:
            gone += [row] if row else []
            continue
        _refuse_value(code, part, value, is_away=code.pk in away)
        if row is None:
            new.append(Score(sheet=sheet, code=code, part=part, value=value, maximum=part.maximum))
        elif row.value != value:
            row.value = value
            changed.append(row)
    records.erase(gone, by=by, action="competitions.score.withdraw")
    records.insert_many(new, by=by)
    before = {row.pk: row for row in Score.objects.filter(pk__in=[row.pk for row in changed])}
    records.change_many(changed, before, fields=["value"], by=by)
    return len(new) + len(changed) + len(gone)


def _refuse_value(code: BlindCode, part: ScorePart, value: Decimal, *, is_away: bool) -> None:
    if is_away:
        raise Refused(f"编号 {code}：应当回避，不能评分，请留空（留空不计零分）。", code="recused")
    if code.is_absent:
        raise Refused(f"编号 {code}登记为缺考，不能评分，请留空。", code="absent")
    if not 0 <= value <= part.maximum:
        raise Refused(
            f"编号 {code}“{part}”得分 {value} 不在 0 至 {part.maximum.normalize():f} 之间。",
            code="bounds",
        )
    if value != round(value, 2):
        raise Refused(f"编号 {code}“{part}”得分最多两位小数，请修改。", code="places")


def lacking(sheet: ScoreSheet) -> list[str]:
    """The codes that the judge has still to score in some part."""
    stage, judge = sheet.judge.stage, sheet.judge
    away = judge.recusals.values("code")
    parts = stage.parts.count()
    counts: dict[int, int] = {}
    for code in sheet.scores.values_list("code", flat=True):
        counts[code] = counts.get(code, 0) + 1
    codes = stage.codes.filter(is_absent=False).exclude(pk__in=away)
    return [row.code for row in codes if counts.get(row.pk, 0) < parts]


@transaction.atomic
def seal(sheet: ScoreSheet, *, by: User) -> ScoreSheet:
    """封存: from now on nobody changes the sheet, and its digest stands in the trail.

    Ties are looked for once more: whoever declared a relative meanwhile keeps away from him.
    """
    sheet = _ours(sheet, by=by)
    _refuse_frozen(sheet)
    _find_ties_again(sheet)
    if codes := lacking(sheet):
        told = "、".join(codes[:8]) + (" 等" if len(codes) > 8 else "")
        raise Refused(
            f"还有 {len(codes)} 个编号没有评完（{told}），请评完后再封存。", code="incomplete"
        )
    return _freeze(sheet, State.SEALED, act="seal", by=by)


def _find_ties_again(sheet: ScoreSheet) -> None:
    away = set(sheet.judge.recusals.values_list("code", flat=True))
    codes = list(
        sheet.judge.stage.codes.exclude(pk__in=away).select_related(
            "entry__employer", "entry__organisation"
        )
    )
    line_up(code.entry for code in codes)
    if found := judging.look_for_ties(sheet.judge, codes):
        told = "、".join(str(one.code) for one in found)
        raise Refused(f"编号 {told}与本裁判有应当回避的关系，请先对这些编号申报回避。", code="tied")


def _freeze(sheet: ScoreSheet, state: State, *, act: str, by: User) -> ScoreSheet:
    before = audit.snapshot(sheet)
    sheet.state, sheet.sealed_at, sheet.sealed_by = state, timezone.now(), by
    sheet.digest = sheet.reckoned_digest()
    sheet.full_clean()
    sheet.save()
    judging.trace(sheet, before, act, by=by, reason=sheet.reason)
    return sheet


def is_intact(sheet: ScoreSheet) -> bool:
    """Whether the scores are those that were sealed."""
    return sheet.digest == sheet.reckoned_digest()


# Correction.


@transaction.atomic
def propose_correction(sheet: ScoreSheet, given: Given, *, reason: str, by: User) -> ScoreSheet:
    """更正: a new sheet with its reason beside the sealed one, which holds until another person
    has approved the new one. A code of which every score is taken away is one from whom the judge
    should have kept away: with the approval his seat is empty."""
    stage = judging.locked(sheet.judge.stage, "competitions.correct_scoresheet", by=by)
    row = ScoreSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    if row.state != State.SEALED:
        raise Refused("只能对封存有效的评分表提出更正，请刷新后查看。", code="wrong_state")
    if len(reason.strip()) < 4:
        raise Refused("请填写更正事由，不少于四个字。", code="reason_required")
    if row.judge.sheets.filter(state=State.PROPOSED).exists():
        raise Refused("该裁判的评分表已有一份更正待批，请先办结。", code="proposed")
    last = row.judge.sheets.order_by("-number").first()
    made = ScoreSheet(judge=row.judge, number=last.number + 1, reason=reason.strip())
    made.full_clean()
    made.save()
    copies = [
        Score(sheet=made, code=old.code, part=old.part, value=old.value, maximum=old.maximum)
        for old in row.scores.select_related("code", "part")
    ]
    records.insert_many(copies, by=by)
    made.judge.stage = stage
    if not _write(made, given, by=by):
        raise Refused("更正与原评分相同，没有需要更正的内容。", code="same")
    if set(lacking(made)) - {code.code for code in emptied(row, made)}:
        raise Refused("更正后的评分表不完整，请补齐得分。", code="incomplete")
    return _freeze(made, State.PROPOSED, act="propose", by=by)


def emptied(old: ScoreSheet, new: ScoreSheet) -> QuerySet[BlindCode]:
    """The codes that a correction leaves without any score: late recusals."""
    codes = BlindCode.objects.filter(pk__in=old.scores.values("code"))
    return codes.exclude(pk__in=new.scores.values("code"))


def _proposed(sheet: ScoreSheet, *, by: User) -> ScoreSheet:
    judging.locked(sheet.judge.stage, "competitions.approve_scoresheet", by=by)
    row = ScoreSheet.objects.select_for_update(of=("self",))
    row = row.select_related("judge__stage", "judge__user", "sealed_by").get(pk=sheet.pk)
    if row.state != State.PROPOSED:
        raise Refused("该更正已经办理，请刷新后查看。", code="wrong_state")
    person = by.certificate_index
    involved = {row.sealed_by.certificate_index}
    involved |= {row.judge.user.certificate_index} if row.judge.user else set()
    if person is None or person in involved:
        raise Refused(
            "提出更正的人员和该裁判本人不能批准更正，请由其他人员办理。", code="four_eyes"
        )
    return row


@transaction.atomic
def approve_correction(sheet: ScoreSheet, *, by: User) -> ScoreSheet:
    """The corrected sheet takes the place of the sealed one; announced places are found anew.

    Refused where the ranking would let others into a later stage than were drawn for it.
    """
    from competitions.services import results  # which ranks what is sealed here

    row = _proposed(sheet, by=by)
    results.refuse_shown(row.judge.stage)
    old = row.judge.sheets.select_for_update(of=("self",)).get(state=State.SEALED)
    before = audit.snapshot(old)
    old.state = State.REPLACED
    old.save(update_fields=["state"])
    judging.trace(old, before, "replace", by=by)
    before = audit.snapshot(row)
    row.state, row.approved_by = State.SEALED, by
    row.save(update_fields=["state", "approved_by"])
    judging.trace(row, before, "approve", by=by)
    for code in emptied(old, row):
        judging.keep_away(row.judge, code, reason=row.reason, by=by)
    judging.refuse_other_qualifiers(row.judge.stage)
    results.refresh(row.judge.stage, by=by)
    return row


@transaction.atomic
def refuse_correction(sheet: ScoreSheet, *, reason: str, by: User) -> ScoreSheet:
    """The sealed sheet stays in force."""
    row = _proposed(sheet, by=by)
    if len(reason.strip()) < 4:
        raise Refused("请填写不批准的理由，不少于四个字。", code="reason_required")
    before = audit.snapshot(row)
    row.state, row.approved_by = State.REFUSED, by
    row.save(update_fields=["state", "approved_by"])
    judging.trace(row, before, "refuse", by=by, reason=reason)
    return row
