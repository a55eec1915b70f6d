"""Showing a list to the public, ending that, and what follows by itself."""

import datetime
import io
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from core import audit, jobs, publicity, workflow, working_days
from core.errors import Refused
from core.models import Notice, Objection, Proceeding, Publicity, PublicVisit, StoredFile, User
from core.services import files
from core.services.records import require

logger = logging.getLogger(__name__)

NOTICE_JOB = "core.publicity_notice"
SILENT = "公示期满无异议"
ANSWERED = "公示期满，收到的异议经调查均不成立"


@transaction.atomic
def post(
    record: Proceeding,
    kind: str,
    *,
    title: str,
    rows: Sequence[publicity.Shown],
    passed: str,
    upheld: str,
    withdrawn: str = "",
    contact: str = "",
    permission: str = "core.add_publicity",
    days: int | None = None,
    counts_posting_day: bool | None = None,
    by: User,
) -> Publicity:
    """Show rows to the public from today on, and ask for the notice as a file.

    As a rule the effect of a transition of `record`. `passed`, `upheld` and `withdrawn` name steps
    that the system takes there afterwards: when the days have passed without an open objection,
    when an objection is upheld, when the list is withdrawn ("" leaves the row where it is).
    `contact` says where else one can object. `permission` is what `by` must hold at the union of
    the row: that of the step, where posting is a part of it and of nothing else that he does.
    `days` and the convention default to the kind's.
    """
    require(by, permission, record.organisation)
    declared = publicity.kinds[kind]
    steps = workflow.registry[type(record)].transitions
    for name in filter(None, [passed, upheld, withdrawn]):
        if steps[name].permission:
            raise ValueError(f"{name} is a person's step; a publicity takes those of the system")
    posted_on = timezone.localdate()
    days = declared.days if days is None else days
    counts = declared.counts_posting_day if counts_posting_day is None else counts_posting_day
    ends_on = working_days.last_of(posted_on, days, includes_start=counts)
    content = {
        "title": title,
        "kind": declared.label,
        "noun": declared.noun,
        "agency": by.organisation.name,
        "contact": contact,
        "headings": ["姓名", declared.unit, declared.category],
        "rows": publicity.listed(declared, rows),
        "posted_on": posted_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "days": days,
        "counts_posting_day": counts,
    }
    made = Publicity(
        organisation=record.organisation,
        object_type=record._meta.label,
        object_id=record.pk,
        kind=kind,
        title=title,
        content=content,
        digest=publicity.digest(content),
        posted_on=posted_on,
        posted_by=by,
        days=days,
        counts_posting_day=counts,
        ends_on=ends_on,
        keep_days=declared.keep_days,
        passed_step=passed,
        upheld_step=upheld,
        withdrawn_step=withdrawn,
    )
    made.full_clean()
    made.save()
    _trace(made, "post", by=by, posted_on=posted_on, ends_on=ends_on, digest=made.digest)
    jobs.enqueue(
        NOTICE_JOB,
        by=by,
        organisation=record.organisation,
        parameters={"publicity": made.pk},
        key=str(made.pk),
    )
    return made


@transaction.atomic
def withdraw(row: Publicity, *, reason: str, by: User) -> Publicity:
    """Take a list down before its end, names and all; the proof that it was up stays."""
    row = _locked(row)
    require(by, "core.withdraw_publicity", row)
    _refuse_ended(row)
    if len(reason.strip()) < 4:
        raise Refused("请填写撤下事由，不少于四个字。", code="reason_required")
    row.reason = reason.strip()
    _end(row, Publicity.State.WITHDRAWN, step=row.withdrawn_step, by=by, reason=row.reason)
    return row


@transaction.atomic
def take_down(row: Publicity, *, reason: str) -> None:
    """The names of a list that ended leave the public page before their days: what it hung on goes
    another way. By the system, as a part of that."""
    row = _locked(row)
    if row.taken_down_at is None:
        row.taken_down_at = timezone.now()
        row.save(update_fields=["taken_down_at"])
        _trace(row, "take_down", by=None, reason=reason)


@transaction.atomic
def uphold(objection: Objection) -> None:
    """What follows when an objection is upheld: the list comes down, its row goes the other way.

    Nothing if the publicity ended meanwhile by another objection or was withdrawn.
    """
    row = _locked(objection.publicity)
    if row.state == Publicity.State.RUNNING:
        _end(row, Publicity.State.UPHELD, step=row.upheld_step, by=None, reason="公示异议成立")


def close_due() -> int:
    """End what has run its days without an open objection; take down what was kept long enough.

    Run as often as one likes and as late as one likes. One publicity that cannot end says why on
    its page and keeps no other from ending. Returns how many ended.
    """
    ended = 0
    for pk in Publicity.objects.running().order_by("pk").values_list("pk", flat=True):
        try:
            ended += _close(pk)
        except Refused as refusal:
            _note(pk, str(refusal))
        except Exception:
            logger.exception("publicity %s could not be closed", pk)
            _note(pk, "系统未能办理，请告知系统管理员。")
    _take_down()
    yesterday = timezone.now() - datetime.timedelta(days=1)
    PublicVisit.objects.filter(at__lt=yesterday).delete()
    return ended


@transaction.atomic
def _close(pk: int) -> bool:
    today = timezone.localdate()
    row = Publicity.objects.get(pk=pk)
    last = _last_day(row)
    if today <= row.ends_on >= last:
        return False
    row = _locked(row)
    if row.state != Publicity.State.RUNNING:
        return False
    if last > row.ends_on:  # the calendar of a year was published meanwhile; never cut
        _trace(row, "prolong", by=None, ends_on=[row.ends_on, last])
        row.ends_on = last
        row.save(update_fields=["ends_on"])
    if today <= row.ends_on or row.objections.unsettled().exists():
        return False
    reason = ANSWERED if row.objections.exists() else SILENT
    _end(row, Publicity.State.PASSED, step=row.passed_step, by=None, reason=reason)
    return True


def _last_day(row: Publicity) -> datetime.date:
    """The last day by the calendar as it stands."""
    return working_days.last_of(row.posted_on, row.days, includes_start=row.counts_posting_day)


def _locked(row: Publicity) -> Publicity:
    """The publicity as it is stored, held; before it what it hangs on: every act in this order."""
    kind = type(row.record())
    kind._default_manager.select_for_update(of=("self",)).get(pk=row.object_id)
    return Publicity.objects.select_for_update(of=("self",)).get(pk=row.pk)


def _refuse_ended(row: Publicity) -> None:
    if row.state != Publicity.State.RUNNING:
        raise Refused(f"该公示已结束（{row.get_state_display()}），请刷新后查看。", code="ended")


def _end(
    row: Publicity, state: Publicity.State, *, step: str, by: User | None, reason: str
) -> None:
    if step:
        workflow.advance(row.record(), step, reason=reason)
    row.state, row.ended_at, row.obstacle = state, timezone.now(), ""
    if state != Publicity.State.PASSED:
        row.taken_down_at = row.ended_at
    row.save()
    _trace(row, state.value, by=by, reason=reason, ends_on=row.ends_on)


@transaction.atomic
def _note(pk: int, sentence: str) -> None:
    """Why a publicity cannot end, told once to who posted it."""
    row = Publicity.objects.select_for_update(of=("self",)).get(pk=pk)
    if row.obstacle == sentence[:200]:
        return
    row.obstacle = sentence[:200]
    row.save(update_fields=["obstacle"])
    _trace(row, "held", by=None, reason=sentence)
    told = f"公示“{row.title}”已期满，未能自动进入下一环节：{sentence}"
    url = reverse("admin:core_publicity_change", args=[row.pk])
    Notice.objects.create(user=row.posted_by, text=told[:300], url=url)


@transaction.atomic
def _take_down() -> None:
    """Names leave the public page when they were kept long enough after the end."""
    today = timezone.localdate()
    for row in Publicity.objects.shown().filter(ended_at__isnull=False).select_for_update():
        until = timezone.localdate(row.ended_at) + datetime.timedelta(days=row.keep_days)
        if until < today:
            row.taken_down_at = timezone.now()
            row.save(update_fields=["taken_down_at"])
            _trace(row, "take_down", by=None)


def _trace(row: Publicity, act: str, *, by: User | None, reason: str = "", **changes: Any) -> None:
    pairs = {
        name: [str(part) for part in pair] if isinstance(pair, list) else [None, str(pair)]
        for name, pair in changes.items()
    }
    audit.record(f"core.publicity.{act}", by=by, obj=row, changes=pairs, reason=reason)


# The notice.


def draw_notice(row: Publicity) -> bytes:
    """The notice as PDF in the official layout, by the renderer that the roof names."""
    return import_string(settings.NOTICE_RENDERER)(publicity.notice(row.content))


@transaction.atomic
def keep_notice(row: Publicity, pdf: bytes) -> StoredFile:
    row = Publicity.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.notice is None:
        row.notice = files.store(
            io.BytesIO(pdf),
            name=f"{row.title}.pdf",
            media_type="application/pdf",
            permission="core.view_publicity",
            organisation=row.organisation,
            by=row.posted_by,
        )
        row.save(update_fields=["notice"])
    return row.notice
