"""Proposals and innovations: handed in by a union, adopted, chosen as excellent results."""

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from competitions.models import Innovation
from core import workflow
from core.errors import OutOfScope, Refused
from core.models import Decision, User
from core.services.records import require
from members.models import Membership

State = Innovation.State


@transaction.atomic
def propose(row: Innovation, *, by: User) -> Innovation:
    """Draft a proposal for a worker of the own union."""
    needed = "competitions.add_innovation"
    require(by, needed)
    workflow.begin(row, by=by)
    if not by.has_perm(needed, row):
        raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")
    return row


@transaction.atomic
def propose_many(rows: Sequence[Innovation], *, by: User) -> Sequence[Innovation]:
    if not rows:
        return rows
    needed = "competitions.add_innovation"
    require(by, needed)
    workflow.begin_many(rows, by=by, concerned=())
    mine = Innovation.objects.visible_to(by, needed)
    if mine.filter(pk__in=[row.pk for row in rows]).count() < len(rows):
        raise OutOfScope("所填的工会不在本人管辖范围内，没有写入任何一行。")
    return rows


@transaction.atomic
def amend_many(rows: Sequence[Innovation], *, fields: Sequence[str], by: User) -> None:
    """Correct drafts."""
    if rows:
        workflow.amend_many(rows, fields=fields, by=by, concerned=())


def incomplete(row: Innovation) -> str:
    """Guard of handing in: somebody proposed it, and not in a time to come."""
    if row.person_id is None and not row.proposer:
        return "请填写建议人：会员从名册中选择，班组或非会员填写名称。"
    if row.proposed_on > timezone.localdate():
        return f"提出日期 {row.proposed_on} 在今天之后，请核对。"
    mine = Membership.objects.current().filter(Membership.scope([row.organisation.path]))
    if row.person_id and not mine.filter(person=row.person_id).exists():
        return "建议人不是本会在册会员，请核对。"
    return ""


def adopt(row: Innovation, decision: Decision, *, adopted_on: datetime.date) -> None:
    """The unit has put it into practice since this day."""
    _refuse_day(adopted_on, since=row.proposed_on, what="采纳日期", before="提出日期")
    row.adopted_on = adopted_on


def select(row: Innovation, decision: Decision, *, level: str, selected_on: datetime.date) -> None:
    """An excellent result of a level."""
    _refuse_day(selected_on, since=row.adopted_on, what="评选日期", before="采纳日期")
    row.level, row.selected_on = level, selected_on


def _refuse_day(day: datetime.date, *, since: datetime.date, what: str, before: str) -> None:
    if day > timezone.localdate():
        raise Refused(f"{what} {day} 在今天之后，请核对。", code="future")
    if day < since:
        raise Refused(f"{what} {day} 早于{before} {since}，请核对。", code="backward")
