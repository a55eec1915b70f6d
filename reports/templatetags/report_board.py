"""The newest published report at a glance, for the first page of both rooms."""

from typing import Any

from django import template

from reports.models import Figure, ReportRun

register = template.Library()
SHOWN = 8


@register.inclusion_tag("reports/_board.html", takes_context=True)
def report_board(context: dict[str, Any]) -> dict[str, Any]:
    """The first figures of the newest published report in scope, each with the year before.

    Frozen figures only: the page computes nothing. Nothing is shown where nothing is published.
    """
    user = context["request"].user
    if not user.has_perm("reports.view_reportrun"):
        return {"run": None, "figures": []}
    runs = ReportRun.objects.visible_to(user).filter(state=ReportRun.State.PUBLISHED)
    run = runs.select_related("organisation", "definition", "pdf").order_by("-end", "-pk").first()
    if run is None:
        return {"run": None, "figures": []}
    figures = list(run.figures.filter(split="", value__isnull=False).order_by("pk")[:SHOWN])
    last = run.period.previous_year()
    earlier = (
        runs.filter(organisation=run.organisation, start=last.start, end=last.end)
        .order_by("-version")
        .first()
    )
    before = {}
    if earlier:
        codes = [figure.code for figure in figures]
        rows: list[Figure] = list(earlier.figures.filter(split="", code__in=codes))
        before = {row.code: row for row in rows}
    return {
        "run": run,
        "figures": [(figure, before.get(figure.code)) for figure in figures],
        "user": user,
    }
