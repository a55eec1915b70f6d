"""Whether what takes part is as large as the rules of its place ask (见 `SizeRule`)."""

from typing import NamedTuple

from django.db.models import Count, Sum

from competitions.models import Competition, Entry, Event, SizeRule, Stage
from competitions.rules import sizes as rules


class Judged(NamedTuple):
    """One stage beside the rule that holds on its day. `shortfalls` are sentences, or none."""

    stage: Stage
    rule: SizeRule | None
    shortfalls: list[str]


def judged(competition: Competition) -> list[Judged]:
    """Every stage of a competition, with what it falls short of."""
    stages = list(
        Stage.objects.filter(event__competition=competition)
        .select_related("event")
        .order_by("event", "held_on")
    )
    if not stages:
        return []
    counts = {
        event: rules.Size(units, entries)
        for event, units, entries in Entry.objects.filter(
            event__competition=competition, state=Entry.State.ACCEPTED
        )
        .order_by()
        .values_list("event")
        .annotate(units=Count("employer", distinct=True), entries=Count("pk"))
    }
    heads = competition.reports.filter(state="accepted", workers__isnull=False).aggregate(
        heads=Sum("headcount"), workers=Sum("workers")
    )
    found = []
    for stage in stages:
        rule = (
            SizeRule.objects.applying(competition.organisation, stage.held_on)
            .filter(level=competition.level, stage=stage.kind)
            .first()
        )
        size = counts.get(stage.event_id, rules.Size(0, 0))
        size = rules.Size(size.units, size.entries, heads["heads"] or 0, heads["workers"] or 0)
        found.append(Judged(stage, rule, _shortfalls(stage.event, rule, size)))
    return found


def _shortfalls(event: Event, rule: SizeRule | None, size: rules.Size) -> list[str]:
    if rule is None:
        return []
    return rules.shortfalls(
        size,
        units=rule.min_units,
        entries=rule.min_entries,
        percent=rule.min_share,
        noun="人" if event.team_size == 1 else "队",
    )
