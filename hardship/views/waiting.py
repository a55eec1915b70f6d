"""What waits in files beside the steps of their road, for the first page."""

import datetime
from collections.abc import Iterable

from django.db.models import Count, F, Min, Q
from django.urls import reverse
from django.utils import timezone

from core import inbox, workflow
from core.models import User
from hardship.models import Case, DataCheck, VetoAnswer
from hardship.services.checks import DISTRICT

SOON = datetime.timedelta(days=30)  # before a re-check falls due


@inbox.provider
def falling_due(user: User) -> Iterable[inbox.Waiting]:
    """Households whose yearly re-check comes near: no step is late, but one should begin."""
    today = timezone.localdate()
    on_file = Case.objects.visible_to(user, "hardship.change_case").filter(state=Case.State.FILED)
    due = on_file.filter(recheck_due__lte=today + SOON).order_by("recheck_due")
    for case in due[: inbox.LONGEST]:
        yield _waiting("年度复核到期", case, user, until=case.recheck_due)


@inbox.provider
def under_watch(user: User) -> Iterable[inbox.Waiting]:
    """Households under watch with an alert to be answered, or whose watch is over."""
    watched = Case.objects.visible_to(user, "hardship.watch_case").filter(state=Case.State.WATCH)
    alerted = Q(alerts__isnull=False, alerts__settled_on__isnull=True)
    over = Q(watch_until__lte=timezone.localdate())
    waiting = watched.filter(alerted | over).distinct().order_by("watch_until")
    for case in waiting[: inbox.LONGEST]:
        yield _waiting("返困监测待处置", case, user, until=case.watch_until)


@inbox.provider
def exceptions(user: User) -> Iterable[inbox.Waiting]:
    """Files in which an exception was proposed, but for those of which the user fills another
    duty."""
    right = "hardship.except_vetoanswer"
    asked = VetoAnswer.objects.visible_to(user, right).proposed().order_by().values("case")
    rows = Case.objects.visible_to(user, right).filter(pk__in=asked)
    for case in workflow.left_to(rows, DISTRICT, user).order_by(
        F("due_on").asc(nulls_last=True), "pk"
    )[: inbox.LONGEST]:
        yield _waiting("一票否决例外待批准", case, user, until=case.due_on)


# How a request waits: the words, and what the list of requests is filtered by.
_WAYS = {True: ("比对待登记答复", "answer"), False: ("比对待作结论", "verdict")}


@inbox.provider
def comparisons(user: User) -> Iterable[inbox.Waiting]:
    """Requests to authorities: how many of each have to be answered and judged."""
    if not user.is_staff:
        return
    rows = DataCheck.objects.visible_to(user, "hardship.compare_case").asked().filter(verdict="")
    found = (
        rows.order_by()
        .values("source", waits=Q(answered_on__isnull=True))
        .annotate(count=Count("pk"), since=Min("requested_on"), until=Min("case__due_on"))
    )
    for row in found:
        what, waiting = _WAYS[bool(row["waits"])]
        query = f"source={row['source']}&waiting={waiting}"
        since = datetime.datetime.combine(row["since"], datetime.time.min)
        yield inbox.Waiting(
            what,
            f"{DataCheck.Source(row['source']).label} {row['count']:,} 件",
            timezone.make_aware(since),
            f"{reverse('admin:hardship_datacheck_changelist')}?{query}",
            until=row["until"],
        )


def _waiting(what: str, case: Case, user: User, *, until: datetime.date | None) -> inbox.Waiting:
    return inbox.Waiting(what, str(case), case.state_since, inbox.page_of(case, user), until=until)
