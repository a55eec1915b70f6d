"""Indicators over the rows of one slice: as few passes over the rows as there can be."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Q, Sum

from core.indicators.declarations import Indicator, dataset_of, follow
from core.indicators.slices import Slice, constant

AT_ONCE = 200  # indicators in one query: engines limit the columns of a result


@dataclass(frozen=True)
class Cell:
    """A number before it has a name."""

    value: int | Decimal | None
    rows: int
    note: str = ""


Cells = dict[str | None, Cell]  # by key; None is the whole


class ExactSum(Sum):
    """A sum that loses no cent. SQLite keeps decimals as floating numbers, so there whole cents are
    added up (`scale` of them make one) and divided in the end: exact up to fifteen digits."""

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        cents = self.copy()
        cents.template = "SUM(CAST(ROUND(%(expressions)s * %(scale)s) AS INTEGER))"
        sql, params = cents.as_sql(compiler, connection, **context)
        return f"({sql} / {self.extra['scale']}.0)", params


def aggregate(indicator: Indicator, only: Q | None = None) -> models.Aggregate:
    """The measure of an indicator over the rows that meet `only`."""
    dataset = dataset_of(indicator)
    measure = dataset.measures[indicator.measure]
    if measure.distinct:
        return Count(measure.distinct, distinct=True, filter=only)
    if not measure.total:
        return Count("pk", filter=only)
    if places := dataset.decimal_places(measure):
        return ExactSum(measure.total, scale=10**places, filter=only, default=0)
    return Sum(measure.total, filter=only, default=0)


def value_of(indicator: Indicator, rows: models.QuerySet) -> int | Decimal:
    """The measure of an indicator over rows that are already its own."""
    if dataset_of(indicator).measures[indicator.measure].only:
        parts = netted(rows.order_by(), {"value": indicator}).values()
        return shown(indicator, sum(part["value"] for part in parts))
    return shown(indicator, rows.order_by().aggregate(value=aggregate(indicator))["value"])


def shown(indicator: Indicator, raw: Any) -> int | Decimal:
    """What an aggregate gave, as the value of a figure."""
    dataset = dataset_of(indicator)
    places = dataset.decimal_places(dataset.measures[indicator.measure])
    return Decimal(raw).quantize(Decimal(1).scaleb(-places)) if places else int(raw)


def condition(indicator: Indicator, known: Collection[str] = ()) -> Q:
    """The filters of an indicator as one condition on the rows of its dataset.

    Those named by `known` are left out.
    """
    dataset = dataset_of(indicator)
    asked = {name: value for name, value in indicator.filters.items() if name not in known}
    return Q(*(dataset.condition(name, value) for name, value in asked.items()))


def shared(indicators: Sequence[Indicator]) -> set[str]:
    """The names of the filters that all of the indicators have, with the same value."""
    first, *others = (each.filters for each in indicators)
    return {
        name
        for name, value in first.items()
        if all(name in each and each[name] == value for each in others)
    }


def common_to(indicators: Sequence[Indicator]) -> Q:
    """What the indicators ask in common, as one condition on the rows."""
    return condition(indicators[0], indicators[0].filters.keys() - shared(indicators))


def tallied(rows: models.QuerySet, aggregates: dict[str, Any]) -> dict[Any, dict[str, int]]:
    """The aggregates by `part`, or under None when the rows are one part."""
    if "part" not in rows.query.annotations:
        return {None: rows.aggregate(**aggregates)}
    return {line["part"]: line for line in rows.values("part").annotate(**aggregates)}


def netted(
    rows: models.QuerySet, indicators: Mapping[str, Indicator], common: Collection[str] = ()
) -> dict[Any, dict[str, Decimal]]:
    """By `part`: the sums of measures that are netted within each organisation.

    Organisations are added up here, for to net them the database must have grouped by them first.
    """
    dataset = dataset_of(next(iter(indicators.values())))
    parts = ["part"] if "part" in rows.query.annotations else []
    sums = {
        name: aggregate(each, condition(each, common) or None) for name, each in indicators.items()
    }
    found: dict[Any, dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(indicators, Decimal(0))
    )
    for line in rows.values(*parts, dataset.organisation).annotate(**sums).iterator():
        for name, each in indicators.items():
            net = shown(each, line[name])
            sign = 1 if dataset.measures[each.measure].only == "above" else -1
            found[line.get("part")][name] += max(sign * net, Decimal(0))
    return found


def repeated(rows: models.QuerySet, lookup: str, among: models.QuerySet) -> models.QuerySet:
    """The rows whose value of `lookup` stands in several rows of `among`, or is missing."""
    values = among.order_by().values(lookup).annotate(times=Count("*"))
    several = Q(**{f"{lookup}__in": values.filter(times__gt=1).values(lookup)})
    if follow(rows.model, lookup).is_nullable:
        several |= Q(**{f"{lookup}__isnull": True})
    return rows.filter(several)


def kinds(
    rows: models.QuerySet, lookup: str, behind: dict[str, models.Aggregate]
) -> dict[Any, Counter[str]]:
    """By `part`: in how many values of `lookup` each count finds a row."""
    parts = ["part"] if "part" in rows.query.annotations else []
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for line in rows.values(*parts, lookup).annotate(**behind):
        if line[lookup] is not None:
            found[line.get("part")].update(name for name in behind if line[name])
    return found


def count(part: Slice, indicators: Sequence[Indicator], by: str | None) -> dict[str, Cells]:
    """Every indicator over one slice by code: one query, and one more for each distinct lookup.

    A distinct count is dear, for the database sorts anew for each, and by itself. So it is never
    part of the pass over all rows. Where the values are choices, few of them, the rows are counted
    by value. Else: a person with a single row in the slice is counted by that row, and only those
    with several are told apart, in a query over their rows alone: distinct = rows − rows of those
    with several + how many those are. Taking more for "several" changes nothing, so for the parts
    of a slice they are looked for in the whole. What is netted is grouped in a query of its own.
    """
    common = shared(indicators)
    only = [condition(each, common) or None for each in indicators]
    behind = [Count("pk", filter=each) for each in only]
    values = [aggregate(*each) for each in zip(indicators, only, strict=True)]
    summed: list[int] = []
    net: dict[str, Indicator] = {}
    distinct: dict[str, list[int]] = defaultdict(list)  # lookup → places in `indicators`
    for place, each in enumerate(indicators):
        measure = part.dataset.measures[each.measure]
        if measure.distinct:
            distinct[measure.distinct].append(place)
        elif measure.only:
            net[f"value{place}"] = each
        elif measure.total:
            summed.append(place)
    found: dict[str, Cells] = {each.code: {} for each in indicators}
    for rows, key_of in part.split(by) if by else [(part.whole(), constant(None))]:
        rows = rows.filter(common_to(indicators))
        lines = tallied(
            rows, named("rows", behind, range(len(behind))) | named("value", values, summed)
        )
        for lookup, places in distinct.items():
            meant = common_to([indicators[place] for place in places])
            some = rows.filter(meant)
            if follow(rows.model, lookup).field.choices:
                told = kinds(some, lookup, named("value", behind, places))
                for value, line in lines.items():
                    line.update({f"value{place}": told[value][f"value{place}"] for place in places})
                continue
            among = part.whole().filter(meant) if "part" in rows.query.annotations else some
            several = tallied(
                repeated(some, lookup, among),
                named("rows", behind, places) | named("value", values, places),
            )
            for value, line in lines.items():
                for place in places if value in several else ():
                    single = line[f"rows{place}"] - several[value][f"rows{place}"]
                    line[f"value{place}"] = single + several[value][f"value{place}"]
        for value, line in netted(rows, net, common).items() if net else ():
            lines[value].update(line)
        for value, line in lines.items():
            for place, each in enumerate(indicators):
                count_of_rows = line[f"rows{place}"]
                raw = line.get(f"value{place}", count_of_rows)
                found[each.code][key_of(value)] = Cell(shown(each, raw), count_of_rows)
    return found


def named(
    name: str, aggregates: Sequence[models.Aggregate], places: Iterable[int]
) -> dict[str, models.Aggregate]:
    """Some of the aggregates, each under a name with its place."""
    return {f"{name}{place}": aggregates[place] for place in places}


def in_batches(indicators: Sequence[Indicator]) -> Iterator[Sequence[Indicator]]:
    for start in range(0, len(indicators), AT_ONCE):
        yield indicators[start : start + AT_ONCE]
