"""The file of a household in the portal, for the union that wrote it and the committee."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from core import inbox
from core.models import User
from core.views.proceedings import ProceedingPage, StepPage
from hardship import dossier
from hardship.models import Case

SOON = datetime.timedelta(days=30)  # before a re-check falls due


class CasePage(ProceedingPage):
    model = Case
    template_name = "hardship/case.html"
    steps = "hardship:case"

    def get_object(self, queryset: Any = None) -> Case:
        return dossier.read(super().get_object(queryset))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            facts=[
                (field.verbose_name, _shown(self.object, field.name))
                for field in (Case._meta.get_field(name) for name in dossier.FACTS)
            ],
            tables=dossier.tables(self.object),
            **kwargs,
        )


class CaseStepPage(StepPage):
    @cached_property
    def row(self) -> Case:
        return dossier.read(super().row)


def _shown(case: Case, name: str) -> Any:
    value = getattr(case, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    display = getattr(case, f"get_{name}_display", None)
    return display() if display else value


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


def _waiting(what: str, case: Case, user: User, *, until: datetime.date) -> inbox.Waiting:
    return inbox.Waiting(what, str(case), case.state_since, inbox.page_of(case, user), until=until)
