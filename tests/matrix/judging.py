"""The rows of judging and results: parts, seats, sheets, places, prizes, appeals, certificates."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from competitions.models import (
    Certificate,
    CertificateBatch,
    Judge,
    OwnSeat,
    Panel,
    PrizeRule,
    Result,
    ScorePart,
    ScoreSheet,
    TeamPrize,
)
from competitions.services import certificates, judging, scoring
from core.models import Organisation, User
from tests.factories import judging as stages
from tests.factories.core import UserFactory, World
from tests.matrix.rows import REASON, Maker, Row

CLERK, APPROVER = "competitions_clerk", "competitions_approver"
STAFF = f"{CLERK} {APPROVER}"
CORRECTED = "更正赛场"  # of the stage whose sheet is corrected
ADMIN = "admin:competitions_"


def of_own(world: World, model: type, **having: Any) -> Any:
    """The row of the union `own` that was made for its address."""
    return model.objects.visible_to(world.own_clerk).filter(**having).order_by("pk").first()


def other(who: str) -> str:
    return " ".join(role for role in STAFF.split() if role != who)


def reads(model: str, subject: str) -> dict[str, Row]:
    return {
        f"{ADMIN}{model}_changelist": Row(STAFF),
        f"{ADMIN}{model}_change": Row(STAFF, subject),
        f"{ADMIN}{model}_history": Row(STAFF, subject),
    }


def act(who: str, subject: str, post: Any = None) -> Row:
    return Row(who, subject, sees=other(who), writes=who, post=post)


def _part(world: World) -> dict[str, Any]:
    stage, _ = stages.stage_of(world.own)
    return {"stage": stage.pk, "name": "实操", "weight": "70", "maximum": "100"}


def _seat(world: World) -> dict[str, Any]:
    stage, _ = stages.stage_of(world.own)
    return {"stage": stage.pk, "name": "周工", "unit_name": "外单位"}


def _draw(world: World) -> dict[str, Any]:
    stage, clerk = stages.stage_of(world.own)
    stages.parts(stage, by=clerk)
    stages.seats(stage, stages.judges_at(world.own), by=clerk)
    return {"stage": stage.pk}


def _rule(world: World) -> dict[str, Any]:
    return {
        "organisation": world.own.pk,
        "document": "甲工发〔2031〕1号",
        "since": "2031-01-01",
        "until": "2032-01-01",
        "level": "county",
        "first_rank": "1",
        "last_rank": "1",
        "prize": "一等奖",
    }


def _team(world: World) -> dict[str, Any]:
    stage, _ = stages.stage_of(world.own)
    held = stage.event.competition
    return {"competition": held.pk, "organisation": world.own.pk, "prize": "优秀组织奖"}


def _issue(world: World) -> dict[str, Any]:
    return {"competition": stages.awarded(world.own).event.competition_id}


def _pay(world: World) -> dict[str, Any]:
    from tests.factories import funds

    row = stages.awarded(world.own)
    row.bank, row.account = "江城银行", "6222020000000000123"
    row.save()
    return {"competition": row.event.competition_id, "pool": funds.pool(world.own).pk}


def _correct(world: World) -> dict[str, Any]:
    sheet = ScoreSheet.objects.get(
        judge__stage__event__competition__organisation=world.own,
        judge__stage__place=CORRECTED,
        judge__number=1,
    )
    code, part = sheet.judge.stage.codes.first(), sheet.judge.stage.parts.first()
    return {"code": code.pk, "part": part.pk, "value": "10", "reason": "誊写错误更正"}


def _recuse(world: World) -> dict[str, Any]:
    code = Judge.objects.filter(
        stage__event__competition__organisation=world.own, sheets__state="open"
    ).order_by("pk").first().stage.codes.first()  # fmt: skip
    return {"code": code.pk, "reason": "曾为该选手师傅"}


ROWS: dict[str, Row] = {
    **reads("scorepart", "scorepart"),
    f"{ADMIN}scorepart_add": Row(CLERK, writes=CLERK, post=_part),
    f"{ADMIN}scorepart_change": Row(
        STAFF,
        "scorepart",
        sees=APPROVER,
        writes=CLERK,
        post=lambda world: {
            "stage": ScorePart.objects.filter(
                stage__event__competition__organisation=world.own, stage__panel=None
            )
            .order_by("pk")
            .first()
            .stage_id,
            "name": "理论（改）",
            "weight": "40",
            "maximum": "100",
        },  # fmt: skip
    ),
    **reads("judge", "judge"),
    f"{ADMIN}judge_seat": Row(CLERK, writes=CLERK, post=_seat),
    f"{ADMIN}judge_recuse": act(CLERK, "judge", _recuse),
    f"{ADMIN}judge_dismiss": act(CLERK, "judge", REASON),
    **reads("panel", "panel"),
    f"{ADMIN}panel_draw": Row(CLERK, writes=CLERK, post=_draw),
    f"{ADMIN}panel_announce": act(CLERK, "panel", {}),
    f"{ADMIN}panel_export": act(CLERK, "drawn_panel", {}),
    f"{ADMIN}panel_upload": Row(CLERK, "drawn_panel", sees=APPROVER, writes="", post={}),
    **reads("blindcode", "blindcode"),
    f"{ADMIN}blindcode_record": act(CLERK, "blindcode", {"seconds": "300"}),
    **reads("scoresheet", "sealed_sheet"),
    f"{ADMIN}scoresheet_seal": act(CLERK, "open_sheet", {}),
    f"{ADMIN}scoresheet_correct": act(CLERK, "sealed_sheet", _correct),
    f"{ADMIN}scoresheet_approve": act(APPROVER, "proposed_sheet", {}),
    f"{ADMIN}scoresheet_refuse": act(APPROVER, "proposed_sheet", REASON),
    **reads("prizerule", "prizerule"),
    f"{ADMIN}prizerule_add": Row(APPROVER, writes=APPROVER, post=_rule),
    f"{ADMIN}prizerule_change": Row(STAFF, "prizerule", sees=CLERK, writes=APPROVER, post=_rule),
    **reads("result", "result"),
    f"{ADMIN}result_reveal": Row(
        APPROVER,
        "result",
        sees=CLERK,
        args={"field": "account"},
        writes=APPROVER,
        post=REASON,
    ),
    f"{ADMIN}result_disqualify": act(CLERK, "unappealed", REASON),
    f"{ADMIN}disqualification_changelist": Row(STAFF),
    f"{ADMIN}disqualification_change": Row(STAFF, "competitions.disqualification:proposed"),
    f"{ADMIN}disqualification_history": Row(STAFF, "competitions.disqualification:proposed"),
    f"{ADMIN}result_pay": Row(CLERK, writes=CLERK, post=_pay),
    **reads("teamprize", "teamprize"),
    f"{ADMIN}teamprize_name_team": Row(CLERK, writes=CLERK, post=_team),
    f"{ADMIN}appeal_changelist": Row(STAFF),
    f"{ADMIN}appeal_change": Row(STAFF, "competitions.appeal:filed"),
    f"{ADMIN}appeal_history": Row(STAFF, "competitions.appeal:filed"),
    **reads("certificatebatch", "certificatebatch"),
    f"{ADMIN}certificatebatch_issue": Row(CLERK, writes=CLERK, post=_issue),
    **reads("certificate", "certificate"),
    f"{ADMIN}certificate_revoke": act(
        APPROVER, "certificate", {"cause": "void", "reason": "冒名参赛，经查属实"}
    ),
    # The portal.
    "competitions:seats": Row("judge"),
    "competitions:score": Row("judge", "ownseat", writes="judge", reach=("actor",)),
    "competitions:seal": Row("judge", "ownseat", reach=("actor",)),
    "competitions:recuse": Row("judge", "ownseat", reach=("actor",)),
    "competitions:results": Row(f"{STAFF} chair"),
    "competitions:result": Row(f"{STAFF} chair", "result"),
    "competitions:appeal_new": Row(
        "chair",
        "unappealed",
        sees=STAFF,
        writes="chair",
        post={"text": "实操第二项漏计三分，见评分细则"},
    ),
    "competitions:nominate": Row("chair", "result", sees=STAFF),
    "competitions:result_account": Row(
        "chair",
        "result",
        sees=STAFF,
        writes="chair",
        post={"bank": "江城银行", "account": "6222020000000000999"},
    ),
    "competitions:appeal": Row(f"{STAFF} chair", "competitions.appeal:filed"),
    "competitions:verify": Row(
        subject="shown_certificate",
        public="whoever holds the paper verifies it; a code that is not its own is 404",
        address=lambda row: {
            "number": row.number if row else "2026-00001-001",
            "code": certificates.signature(row) if row else "AAAA",
        },
    ),
}


def part(place: Organisation, token: str) -> ScorePart:
    stage, clerk = stages.stage_of(place, token)
    return stages.parts(stage, by=clerk)[0]


def drawn(place: Organisation, token: str, *, judges: int = 3) -> tuple[Any, User]:
    stage, clerk = stages.stage_of(place, token)
    stages.parts(stage, by=clerk)
    stages.seats(stage, stages.judges_at(place), by=clerk)
    for number in range(judges - 3):
        judging.seat(stage, name=f"周工{number}", unit_name="外单位", by=clerk)
    judging.draw(stage, by=clerk)
    return stage, clerk


def judge(place: Organisation, token: str) -> Judge:
    stage, _ = drawn(place, token, judges=4)
    return stage.judges.order_by("-number").first()


def other_seat(place: Organisation, token: str) -> OwnSeat:
    """That of a judge who is none of the actors."""
    stage, _ = drawn(place, token)
    return OwnSeat.objects.filter(stage=stage).order_by("number").first()


def sealed_panel(place: Organisation, token: str) -> Panel:
    stage, clerk = stages.stage_of(place, token)
    return stages.judged(stage, stages.judges_at(place), by=clerk)


def open_sheet(place: Organisation, token: str) -> ScoreSheet:
    stage, clerk = stages.stage_of(place, token)
    stages.judged(stage, stages.judges_at(place), by=clerk, sealed=False)
    return stage.judges.first().sheets.get()


def sealed_sheet(place: Organisation, token: str) -> ScoreSheet:
    stage = sealed_panel(place, token).stage
    type(stage).objects.filter(pk=stage.pk).update(place=CORRECTED)
    return stage.judges.get(number=1).sheets.get()


def proposed_sheet(place: Organisation, token: str) -> ScoreSheet:
    sheet = sealed_panel(place, token).stage.judges.get(number=1).sheets.get()
    clerk = UserFactory(organisation=place, role=CLERK)
    code, item = sheet.judge.stage.codes.first(), sheet.judge.stage.parts.first()
    given = {(code.pk, item.pk): 10}
    return scoring.propose_correction(sheet, given, reason="誊写错误更正", by=clerk)


def prizerule(place: Organisation, token: str) -> PrizeRule:
    dates = {"since": "2021-01-01", "until": "2022-01-01"}
    return stages.rule(place, 9, 9, f"鼓励奖{token[:20]}", **dates)


def result(place: Organisation, token: str) -> Result:
    row = stages.result_of(place, token, state="awarded")
    row.prize, row.amount, row.awarded_on = "一等奖", 5000, timezone.localdate()
    row.bank, row.account = "江城银行", "6222020000000000123"
    row.save()
    return row


def teamprize(place: Organisation, token: str) -> TeamPrize:
    stage, _ = stages.stage_of(place, token)
    return TeamPrize.objects.create(
        competition=stage.event.competition, organisation=place, prize="优秀组织奖"
    )


def batch(place: Organisation, token: str) -> CertificateBatch:
    row = result(place, token)
    clerk = UserFactory(organisation=place, role=CLERK)
    return certificates.issue(row.event.competition, by=clerk)


def certificate(place: Organisation, token: str) -> Certificate:
    return batch(place, token).certificates.get()


SUBJECTS: dict[str, Maker] = {
    "scorepart": part,
    "judge": judge,
    "panel": sealed_panel,
    "drawn_panel": lambda place, token: drawn(place, token)[0].panel,
    "blindcode": lambda place, token: drawn(place, token)[0].codes.first(),
    "open_sheet": open_sheet,
    "sealed_sheet": sealed_sheet,
    "proposed_sheet": proposed_sheet,
    "prizerule": prizerule,
    "result": result,
    "unappealed": stages.result_of,
    "teamprize": teamprize,
    "certificatebatch": batch,
    "certificate": certificate,
    "shown_certificate": lambda place, token: certificate(place, ""),
    "ownseat": other_seat,
}


def own_seat(user: User) -> OwnSeat:
    """One that the user himself holds, with a contestant whom he may score."""
    stage, clerk = stages.stage_of(user.organisation, "")
    stages.parts(stage, by=clerk)
    for number in range(3):
        judging.seat(stage, name=f"周工{number}", unit_name="外单位", by=clerk)
    judging.draw(stage, by=clerk)
    seat = OwnSeat.objects.filter(stage=stage).first()
    OwnSeat.objects.filter(pk=seat.pk).update(user=user)  # who may hold none has one all the same
    return seat


OWNED: dict[str, Callable[[User], Any]] = {"ownseat": own_seat}
