"""The rows behind a figure; its value is their aggregate."""

from collections.abc import Iterator

from django.db import models

from core.errors import Refused
from core.indicators.catalogue import catalogue, find
from core.indicators.counting import condition
from core.indicators.declarations import Change, Definition, Indicator, Manual, dataset_of
from core.indicators.slices import CHILD, MONTH, Slice, key_before, month_of
from core.models import ManualFigure, Organisation
from core.periods import Period


def rows(
    code: str,
    *,
    organisation: Organisation,
    period: Period,
    by: str | None = None,
    key: str | None = None,
) -> models.QuerySet:
    """The rows behind one figure; its value is their aggregate (`value_of`).

    Of a manual figure the entries themselves. A derived one is opened through its `opens`. What a
    user may see of them is `.visible_to(user)`.
    """
    definition = find(code, catalogue())
    if isinstance(definition, Indicator):
        part = Slice(dataset_of(definition), definition.date, period, organisation)
        return part.part(by, key).filter(condition(definition))
    if isinstance(definition, Manual):
        return manual_rows(definition, organisation, period, by, key)
    raise Refused(f"“{definition.label}”由其他指标计算得出，请逐项打开其组成指标。", code="derived")


def manual_rows(
    definition: Manual, organisation: Organisation, period: Period, by: str | None, key: str | None
) -> models.QuerySet:
    found = ManualFigure.objects.signed_off().filter(code=definition.code)
    if by == MONTH and key:
        period = month_of(period, key)
    if by == CHILD and key:
        found = found.filter(organisation__code=key).exclude(organisation=organisation)
    elif by in {None, MONTH}:
        found = found.filter(organisation=organisation)
    else:
        return found.none()
    if not definition.is_stock:
        return found.filter(start=period.start, end=period.end)
    latest = found.filter(end__lte=period.end).order_by("-end", "-id").values("pk")[:1]
    return found.filter(pk__in=list(latest.values_list("pk", flat=True)))


def opens(
    code: str, *, period: Period, by: str | None = None, key: str | None = None
) -> list[tuple[Definition, Period, str | None]]:
    """What a figure is made of: each indicator that `rows` opens, with its period and key."""
    known = catalogue()

    def leaves(
        code: str, period: Period, key: str | None
    ) -> Iterator[tuple[str, Period, str | None]]:
        definition = find(code, known)
        if not definition.uses():
            yield code, period, key
        for used in definition.uses():
            yield from leaves(used, period, key)
            if isinstance(definition, Change):
                yield from leaves(used, period.previous_year(), key_before(by, key))

    return [(known[leaf], *rest) for leaf, *rest in dict.fromkeys(leaves(code, period, key))]
