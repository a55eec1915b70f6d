"""The rows of reports: definitions, runs and their signatures, the rows behind a figure."""

from collections.abc import Callable

from django.utils import timezone

from core import indicators
from core.models import Job, Organisation
from core.periods import Period
from members.models import Membership
from reports.models import Figure, ReportDefinition, ReportRun
from tests.factories.core import UserFactory
from tests.matrix import core
from tests.matrix.rows import Maker, Row

READERS = "clerk head leader aid_approver"
ROWS: dict[str, Row] = {
    "reports:shelf": Row(READERS),
    "reports:start": Row("clerk head"),
    "reports:run": Row(READERS, "published_run"),
    "reports:check": Row("clerk head", "run", writes="clerk head", post={}),
    "reports:sign": Row("head", "checked_run", sees="clerk", writes="head", post={}),
    "reports:publish": Row("head", "signed_run", sees="clerk", writes="head", post={}),
    "reports:figure": Row(READERS, "figure"),
    "reports:figure_export": Row(subject="figure", reads=False, writes=READERS, post={}),
    "admin:reports_reportdefinition_changelist": Row("clerk head"),
    "admin:reports_reportdefinition_add": Row("head"),
    "admin:reports_reportdefinition_change": Row("clerk head", "reportdefinition"),
    "admin:reports_reportdefinition_history": Row("clerk head", "reportdefinition"),
}


def _definition(place: Organisation, kind: str, token: str) -> ReportDefinition:
    # A definition is meant for those below: its name and kind may be known to them.
    name = "上级报告" if place.code == "town" else f"报告{token}"
    return ReportDefinition.objects.create(organisation=place, kind=kind, name=name, title=token)


def reportdefinition(place: Organisation, token: str) -> ReportDefinition:
    return _definition(place, "annual", token)


def _run_that_is(state: str, half: int) -> Callable[[Organisation, str], ReportRun]:
    """A finished run in a state, of a half-year of 2021 or 2020 that no other run has."""

    def make(place: Organisation, token: str) -> ReportRun:
        period = Period.half(2021 - half // 2, half % 2 + 1)
        return ReportRun.objects.create(
            definition=_definition(place, state, token),
            organisation=place,
            start=period.start,
            end=period.end,
            version=1,
            state=state,
            as_of=timezone.now(),
            requested_by=UserFactory(organisation=place),
            job=core.job(place, token, Job.State.DONE),
            pdf=core.storedfile(place, token),
        )

    return make


def figure(place: Organisation, token: str) -> Figure:
    run = _run_that_is(ReportRun.State.PUBLISHED, 2)(place, token)
    run.definition.kind = "counted"
    run.definition.save()
    membership = Membership.objects.filter(organisation=place).first()
    counted = indicators.shipped["members.total"]
    return Figure.objects.create(
        run=run,
        code=counted.code,
        label=token,
        unit="人",
        value=1,
        rows=1,
        identities={
            "count": 1,
            "digest": indicators.digest([membership.pk]),
            "ids": str(membership.pk),
        },
        definition={**counted.as_json(), "terms": []},
    )


SUBJECTS: dict[str, Maker] = {
    "reportdefinition": reportdefinition,
    "figure": figure,
    "run": _run_that_is(ReportRun.State.DRAFT, 0),
    "checked_run": _run_that_is(ReportRun.State.CHECKED, 1),
    "signed_run": _run_that_is(ReportRun.State.SIGNED, 3),
    "published_run": _run_that_is(ReportRun.State.PUBLISHED, 3),
}
