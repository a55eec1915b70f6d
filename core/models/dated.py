"""Rules that hold at a place for a time: dated rows with their document."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from core.fields import NO_PERSONAL_DATA
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet


class RuleQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        """Valid on the day; `until` is the first day without validity."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def applying(self, organisation: Organisation, on: datetime.date) -> Self:
        """Those in force for an organisation: its own or of one above it, the nearest first."""
        step = Organisation.steplen
        path = organisation.path
        above = [path[:length] for length in range(step, len(path) + 1, step)]
        rows = self.in_force(on).filter(organisation__path__in=above)
        return rows.order_by(Length("organisation__path").desc(), "pk")

    def nearest(self, organisation: Organisation, on: datetime.date) -> list:
        """All rows of the nearest organisation that has any: a district's list replaces the
        city's as a whole."""
        rows = list(self.applying(organisation, on))
        return [row for row in rows if row.organisation_id == rows[0].organisation_id]

    def nearest_each(self, paths: Iterable[str], on: datetime.date) -> dict[str, list]:
        """The same for the organisations of many paths, in one query."""
        by_path: dict[str, list] = defaultdict(list)
        for row in self.in_force(on).select_related("organisation").order_by("pk"):
            by_path[row.organisation.path].append(row)
        step = Organisation.steplen
        return {
            path: next(
                (
                    by_path[path[:end]]
                    for end in range(len(path), 0, -step)
                    if path[:end] in by_path
                ),
                [],
            )
            for path in paths
        }


class DatedRule(ScopedModel):
    """Base of a rule that holds at a place from `since` up to, not on, `until`."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="适用范围")
    document = models.CharField("文号", max_length=60, help_text="如“江政发〔2025〕12号”")
    since = models.DateField("施行日期")
    until = models.DateField("失效日期", null=True, blank=True, help_text="当日起不再适用")

    objects = RuleQuerySet.as_manager()

    # The fields by which two rows of one place mean the same, and may not be in force together.
    same_by: tuple[str, ...] = ()

    class Meta:
        abstract = True

    def clean(self) -> None:
        if self.since and self.until and self.until <= self.since:
            raise ValidationError({"until": "失效日期应晚于施行日期，请核对。"})
        if self.since and self.organisation_id and self._overlapping().exists():
            raise ValidationError(
                {"since": "与同一范围已有的规定日期重叠，请先填写原规定的失效日期。"}
            )

    def _overlapping(self) -> models.QuerySet:
        same = {name: getattr(self, name) for name in (*self.same_by, "organisation_id")}
        rows = type(self).objects.filter(**same).exclude(pk=self.pk)
        rows = rows.filter(Q(until__isnull=True) | Q(until__gt=self.since))
        return rows.filter(since__lt=self.until) if self.until else rows


def once(name: str, *fields: str, message: str) -> list[models.BaseConstraint]:
    """One row a day it begins, and one without an end, for each place and meaning."""
    return [
        models.UniqueConstraint(
            fields=["organisation", *fields, "since"],
            name=f"{name}once",
            violation_error_message=message,
        ),
        models.UniqueConstraint(
            fields=["organisation", *fields],
            condition=Q(until__isnull=True),
            name=f"{name}_open_once",
            violation_error_message=message,
        ),
        models.CheckConstraint(
            name=f"{name}_forward",
            condition=Q(until__isnull=True) | Q(until__gt=F("since")),
            violation_error_message="失效日期应晚于施行日期。",
        ),
    ]
