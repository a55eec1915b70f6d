"""Which rows of a dataset count in a period under an organisation, whole or in parts.

Rows count where their organisation stood on the row's own day (for a stock: on the last day of
the period), so that a union that moved stays in the figures of its old superior.
"""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncMonth

from core.errors import Refused
from core.indicators.declarations import BLANK, Dataset, Flow, dimension_key, follow
from core.models import Lineage, Organisation
from core.periods import BEGINNING, FOREVER, Period

CHILD, MONTH = "child", "month"


class Slice:
    """The rows of a dataset that count in a period under one organisation, whole or in parts."""

    def __init__(
        self, dataset: Dataset, date: str, period: Period, organisation: Organisation
    ) -> None:
        self.dataset, self.period, self.organisation = dataset, period, organisation
        self.date = date
        self.rule = dataset.dates[date]
        self.day: Any = F(self.rule.field) if isinstance(self.rule, Flow) else period.end

    def base(self) -> models.QuerySet:
        """The rows that count in the period, of whatever organisation."""
        rule, period, rows = self.rule, self.period, self.dataset.base()
        if isinstance(rule, Flow):
            return rows.filter(
                **{f"{rule.field}__gte": period.start, f"{rule.field}__lte": period.end}
            )
        begun = Q(**{f"{rule.start}__lte": period.end})
        if follow(self.dataset.model, rule.start).is_nullable:
            begun |= Q(**{f"{rule.start}__isnull": True})
        begun &= Q(**{f"{path}__lte": period.end for path in rule.after})
        if not rule.end:
            return rows.filter(begun)
        return rows.filter(
            begun, Q(**{f"{rule.end}__gt": period.end}) | Q(**{f"{rule.end}__isnull": True})
        )

    def _standing(self, path: str, **conditions: Any) -> Q:
        """The one span of history that is in force on the row's day.

        Nearly all spans are in force throughout the period; said first, this tells the planner of
        a database how many rows will meet a comparison of two columns, which it cannot guess.
        """
        lineage = self.dataset.at_organisation(path)

        def spanning(first: Any, last: Any) -> Q:
            return Q(**{f"{lineage}__since__lte": first, f"{lineage}__until__gt": last})

        standing = spanning(self.day, self.day)
        if isinstance(self.rule, Flow):
            standing = spanning(self.period.start, self.period.end) | standing
        return standing & Q(**{f"{lineage}__{name}": value for name, value in conditions.items()})

    def whole(self) -> models.QuerySet:
        """The rows whose organisation stood under this one on the row's day.

        The root of the tree has had everything under it since the beginning, for it cannot be
        moved and nothing leaves it: there the history need not be asked.
        """
        known = self.period.start >= BEGINNING and self.period.end < FOREVER
        homeless = bool(self.dataset.organisation) and (
            follow(self.dataset.model, self.dataset.organisation).is_nullable
        )
        if self.organisation.depth == 1 and known and not homeless:
            return self.base()
        return self.base().filter(self._standing("lineage", ancestor=self.organisation.pk))

    def own(self) -> models.QuerySet:
        """The rows of the organisation's own level (本级)."""
        return self.base().filter(**{self.dataset.at_organisation("pk"): self.organisation.pk})

    def children(self) -> models.QuerySet:
        """The rows below, with the child each stood under on its day as `part`."""
        top = {"ancestor": self.organisation.pk, "distance": 1}
        return (
            self.base()
            .filter(
                self._standing("lineage"),
                self._standing("lineage__ancestor__lineage", **top),
            )
            .annotate(part=F(self.dataset.at_organisation("lineage__ancestor")))
        )

    def month(self, part: Period) -> "Slice":
        return Slice(self.dataset, self.date, part, self.organisation)

    def split(self, by: str) -> Iterator[tuple[models.QuerySet, Callable[[Any], str | None]]]:
        """Querysets that together hold every part, each with how its `part` is written as a key.

        A queryset without a `part` is one part by itself.
        """
        if by == CHILD:
            codes = {pk: row.code for pk, row in children(self.organisation, self.period).items()}
            yield self.children(), codes.__getitem__
            yield self.own(), constant(self.organisation.code)
        elif by == MONTH and isinstance(self.rule, Flow):
            yield self.whole().annotate(part=TruncMonth(self.rule.field)), month_key
        elif by == MONTH:
            for part in self.period.split_months():
                yield self.month(part).whole(), constant(month_key(part.start))
        else:
            yield from self._split_by_dimension(by)

    def _split_by_dimension(
        self, by: str
    ) -> Iterator[tuple[models.QuerySet, Callable[[Any], str | None]]]:
        model, dimension = self.dataset.model, self.dataset.dimension(by)
        if dimension.is_sealed(model):
            raise Refused(f"维度“{dimension.label}”不能分列。", code="unknown_dimension")
        if not follow(model, dimension.lookup).is_multiple:
            yield self.whole().annotate(part=dimension.expression(model)), dimension_key
            return
        known = dimension.labels(model)
        if not known:
            raise Refused(f"维度“{dimension.label}”取值不定，不能分列。", code="unknown_dimension")
        for key in [*map(dimension_key, known), BLANK]:
            yield self.part(by, key), constant(key)

    def part(self, by: str | None, key: str | None) -> models.QuerySet:
        """The rows of one part of a split, or the whole."""
        if by is None or key is None:
            return self.whole()
        if by == CHILD:
            if key == self.organisation.code:
                return self.own()
            child = Organisation.objects.filter(code=key).values("pk")[:1]
            return self.children().filter(part=child)
        if by == MONTH:
            return self.month(month_of(self.period, key)).whole()
        return self.whole().filter(self.dataset.condition_of_key(by, key))


def constant(key: str | None) -> Callable[[Any], str | None]:
    """How the single part of a queryset is called."""
    return lambda _: key


def month_key(day: datetime.date) -> str:
    return f"{day:%Y-%m}"


def children(organisation: Organisation, period: Period) -> dict[int, Organisation]:
    """Those that stood one step below on at least one day of the period, by primary key."""
    spans = Lineage.objects.filter(ancestor=organisation.pk, distance=1)
    below = spans.overlapping(period.start, period.end).values("descendant")
    return {row.pk: row for row in Organisation.objects.filter(pk__in=below)}


def key_before(by: str | None, key: str | None) -> str | None:
    """The key of the same part one year earlier."""
    return f"{int(key[:4]) - 1}{key[4:]}" if by == MONTH and key else key


def month_of(period: Period, key: str | None) -> Period:
    """The part of the period that lies in the month."""
    for part in period.split_months():
        if month_key(part.start) == key:
            return part
    raise Refused(f"期间“{period}”不含“{key}”。", code="unknown_key")
