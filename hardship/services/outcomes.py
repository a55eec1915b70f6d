"""How a file ends up. The municipal decision begins, changes and ends recognitions."""

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import User
from core.services.records import require
from hardship import rules
from hardship.models import Alert, Case, Recognition, Review
from hardship.services.files import editing, shut, trace, written

# What follows the municipal decision. These are effects of its steps, which store the file.


def recognise(case: Case, *, by: User | None, entry: str = "") -> Recognition:
    """Put the household on file from today, as the rules reckon it.

    `entry` is by default that of a new household, or of one that was on file before.
    """
    found, today = case.assessment, timezone.localdate()
    if not entry:
        known = Recognition.objects.filter(household=case.household_id).exists()
        entry = Recognition.Entry.REOPENED if known else Recognition.Entry.NEW
    case.tier = found.tier
    recognition = Recognition(
        organisation=case.organisation,
        household=case.household,
        case=case,
        tier=found.tier,
        level=case.level,
        main_cause=case.main_cause,
        entry=entry,
        since=today,
        standard=case.standard,
        rule=case.tier_rules[found.tier],
        steps=[list(step) for step in found.steps],
    )
    recognition.full_clean()
    recognition.save()
    trace(recognition, {}, "add", by=by)
    return recognition


def file(case: Case, *, by: User | None) -> None:
    """建档: on file, until the next re-check falls due."""
    recognise(case, by=by)
    case.filed_on = timezone.localdate()
    keep(case)


def keep(case: Case) -> None:
    """继续在档: looked at again, and as before until the next re-check."""
    case.recheck_due = rules.months_after(timezone.localdate(), case.procedure.recheck_months)


def adjust(case: Case, *, by: User | None) -> None:
    """调整类别: under another tier from today."""
    _end(case, ending=Recognition.Ending.ADJUSTED, by=by)
    recognise(case, entry=Recognition.Entry.ADJUSTED, by=by)
    keep(case)


def release(case: Case, *, by: User | None) -> None:
    """脱困退档: out of hardship, and watched for a year or more."""
    _end(case, ending=Recognition.Ending.OUT, by=by)
    case.recheck_due = None
    case.watch_until = rules.months_after(timezone.localdate(), case.procedure.watch_months)


def close(case: Case, *, ending: str, by: User | None) -> None:
    """Off file for good: handed over to the safety net, or cancelled."""
    _end(case, ending=ending, by=by)
    shut(case)


def _end(case: Case, *, ending: str, by: User | None) -> None:
    recognition = case.recognitions.current().select_for_update(of=("self",)).get()
    before = audit.snapshot(recognition)
    recognition.until, recognition.ending = timezone.localdate(), ending
    recognition.full_clean()
    recognition.save()
    trace(recognition, before, "end", by=by)


# What a re-check proposes, and what is seen afterwards.


@transaction.atomic
def propose(review: Review, *, by: User) -> Review:
    """What a re-check found and proposes: one row a round, written until it is handed in."""
    case = editing(review.case, by=by)
    if case.state != Case.State.RECHECK:
        raise Refused("只有复核中的档案可以登记复核情况。", code="wrong_state")
    stored = None
    if review.pk:
        stored = Review.objects.get(pk=review.pk, case=case, round=case.round)
    review.round = case.round
    review.full_clean()
    review.save()
    if stored is None:
        trace(review, {}, "propose", by=by)
    elif changes := audit.between(stored, review):  # two notes look alike under their mask
        audit.record("hardship.review.propose", by=by, obj=review, changes=changes)
    written(case, by=by)
    return review


@transaction.atomic
def raise_alert(alert: Alert, *, by: User) -> Alert:
    """Enter a sign that a household under watch may fall back."""
    alert.case = _watching(alert.case, by=by)
    alert.full_clean()
    alert.save()
    trace(alert, {}, "add", by=by)
    return alert


@transaction.atomic
def settle_alert(alert: Alert, *, settlement: str, by: User) -> Alert:
    """Say what was done about it."""
    _watching(alert.case, by=by)
    alert.refresh_from_db()
    if alert.settled_on:
        raise Refused("该预警已经处置。", code="settled")
    if len(settlement.strip()) < 4:
        raise Refused("请写明处置情况，不少于四个字。", code="reason_required")
    before = audit.snapshot(alert)
    alert.settled_on, alert.settlement = timezone.localdate(), settlement.strip()
    alert.full_clean()
    alert.save()
    trace(alert, before, "settle", by=by)
    return alert


def _watching(case: Case, *, by: User) -> Case:
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(by, "hardship.watch_case", locked)
    if locked.state != Case.State.WATCH:
        raise Refused("该户不在返困监测期内。", code="wrong_state")
    return locked
