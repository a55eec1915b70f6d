"""成绩申诉: a union says that a result is wrong, within the hours after it was announced."""

import datetime

from django.db import transaction
from django.utils import timezone

from competitions.models import Appeal, Panel, Result
from competitions.services import judging
from core import workflow
from core.errors import Refused
from core.models import Decision, User
from core.services.records import require

ANSWER = "competitions.answer_appeal"
LEAST = 10  # characters


@transaction.atomic
def file(result: Result, *, text: str, by: User) -> Appeal:
    """Appeal against a result of the own union, while the hours last."""
    row = Result.objects.select_for_update(of=("self",)).select_related("stage").get(pk=result.pk)
    require(by, "competitions.add_appeal", row)
    if said := closed(row):
        raise Refused(said, code="closed")
    if len(text.strip()) < LEAST:
        raise Refused("申诉内容不少于 10 个字，请写明对哪项评分有异议及依据。", code="text")
    if row.appeals.filter(state=Appeal.State.FILED).exists():
        raise Refused("该成绩已有一件申诉正在复核，请等待答复。", code="open")
    made = Appeal(organisation=row.organisation, result=row, text=text.strip(), filed_by=by)
    return workflow.begin(made, by=by, action="file")


def until(result: Result) -> datetime.datetime | None:
    """When the hours of appeal end; None where no panel announced the result."""
    panel = Panel.objects.filter(stage=result.stage_id).select_related("stage").first()
    return panel.takes_appeals_until if panel else None


def closed(result: Result) -> str:
    """Why no appeal is taken against a result now, or ""."""
    if result.struck_on:
        return "该成绩已由举办竞赛的工会取消，有异议的请向举办工会提出。"
    end = until(result)
    if end is None:
        return "该成绩不是由本平台评分公布的，不受理申诉。"
    if timezone.now() >= end:
        return f"成绩申诉已于 {timezone.localtime(end):%Y-%m-%d %H:%M} 截止。"
    return ""


def refuse_scorer(appeal: Appeal, decision: Decision) -> None:
    """复核: for the union that holds the competition, by nobody who scored, typed in or announced
    what is appealed against."""
    by, stage = decision.by, appeal.result.stage
    if not by.has_perm(ANSWER, stage.event.competition):
        raise Refused(
            "成绩申诉由举办竞赛的工会复核，本人不在该工会办理竞赛，请由举办工会的审批人员办理。",
            code="not_holder",
        )
    judged = judging.judged_by(stage, by)
    sealed = stage.judges.filter(sheets__sealed_by__certificate_index=by.certificate_index).exists()
    announced = Panel.objects.filter(
        stage=stage, announced_by__certificate_index=by.certificate_index
    ).exists()
    if judged or sealed or announced:
        raise Refused(
            "本人参与了该赛段的评分、录入或公布，不能复核对它的申诉，请由其他人员办理。",
            code="four_eyes",
        )
