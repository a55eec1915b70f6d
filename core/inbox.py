"""待办: what waits for a user, collected from the apps.

An app says what waits in its rows beside the page that the entry leads to (`views.py`, `admin.py`):

    @inbox.provider
    def reviews(user: User) -> Iterable[Waiting]:
        for case in Case.objects.awaiting(user)[: inbox.LONGEST]:
            yield Waiting("审核困难职工档案", str(case), case.submitted_at, url, until=case.due_on)
"""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from core import workflow, working_days
from core.models import Job, Proceeding, User

LONGEST = 50  # entries of one provider


@dataclass(frozen=True)
class Waiting:
    """One thing to do: what, about whom or what, since when, until when, and where."""

    what: str
    whose: str
    since: datetime.datetime
    url: str
    until: datetime.date | None = None

    @property
    def is_late(self) -> bool:
        return self.until is not None and self.until < timezone.localdate()


Provider = Callable[[User], Iterable[Waiting]]
_providers: list[Provider] = []


def provider(function: Provider) -> Provider:
    """Register what yields the entries of a user; it asks `visible_to` itself.

    Every first page asks every provider: one query each, and none for whoever lacks the permission.
    """
    _providers.append(function)
    return function


def waiting_for(user: User) -> list[Waiting]:
    """Everything that waits for the user: what is due first stands first, then the oldest."""
    entries = [entry for collect in _providers for entry in collect(user)]
    never = datetime.date.max
    return sorted(entries, key=lambda entry: (entry.until or never, entry.since))


def caution(entries: Iterable[Waiting]) -> str:
    """What is uncertain about their deadlines, or ""."""
    return working_days.caution(*{entry.until for entry in entries})


@provider
def stopped_jobs(user: User) -> Iterable[Waiting]:
    """Jobs of the user that stopped and may be done again."""
    stopped = Job.objects.asked_by(user).filter(state=Job.State.FAILED)
    for job in stopped.prefetch_related("organisation")[:LONGEST]:
        if user.has_perm("core.change_job", job.organisation):
            yield Waiting("任务未完成", job.label, job.finished_at, reverse("job", args=[job.pk]))


@provider
def steps(user: User) -> Iterable[Waiting]:
    """Rows that wait for a step of the user: one query for each procedure in which he has a right.

    Of many the first are listed, and how many there are in each state is counted.
    """
    for procedure in workflow.registry.values():
        rows = workflow.awaiting(procedure.model, user)
        found = list(rows.select_related(*procedure.related)[: LONGEST + 1])
        for row in found[:LONGEST]:
            what = f"{procedure.label}：{row.get_state_display()}"
            yield Waiting(what, str(row), row.state_since, page_of(row, user), until=row.due_on)
        if len(found) > LONGEST:
            counts = rows.order_by().values_list("state").annotate(count=models.Count("pk"))
            parts = [f"{procedure.states[state]} {count} 件" for state, count in sorted(counts)]
            yield Waiting(
                f"{procedure.label}：以上为最先到期的 {LONGEST} 件",
                f"共有{'、'.join(parts)}",
                found[-1].state_since,
                list_of(procedure.model, user),
                until=found[-1].due_on,
            )


def page_of(row: Proceeding, user: User) -> str:
    """The page of a row behind the door of the user: the admin's record or the portal's page."""
    if user.is_staff:
        try:
            return reverse(f"admin:{_name(type(row))}_change", args=[row.pk])
        except NoReverseMatch:  # a model without a screen
            pass
    return row.get_absolute_url()


def list_of(model: type[models.Model], user: User) -> str:
    """Where all of them are listed, or the first page."""
    try:
        return reverse(f"admin:{_name(model)}_changelist" if user.is_staff else "home")
    except NoReverseMatch:
        return reverse("home")


def _name(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"
