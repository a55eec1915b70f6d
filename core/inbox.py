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

from django.urls import reverse
from django.utils import timezone

from core.models import Job, User

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


@provider
def stopped_jobs(user: User) -> Iterable[Waiting]:
    """Jobs of the user that stopped and may be done again."""
    stopped = Job.objects.asked_by(user).filter(state=Job.State.FAILED)
    for job in stopped.prefetch_related("organisation")[:LONGEST]:
        if user.has_perm("core.change_job", job.organisation):
            yield Waiting("任务未完成", job.label, job.finished_at, reverse("job", args=[job.pk]))
