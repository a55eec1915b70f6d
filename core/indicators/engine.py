"""From declarations to figures. The value of a figure is an aggregate of the rows it opens.

Rows count where their organisation stood on the row's own day (for a stock: on the last day of
the period), so that a union that moved stays in the figures of its old superior.
"""

import contextlib
import datetime
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from core.errors import Refused
from core.indicators import declarations
from core.indicators.declarations import (
    BLANK,
    BLANK_LABEL,
    Change,
    Dataset,
    Definition,
    Difference,
    Flow,
    Indicator,
    Manual,
    Ratio,
    Unit,
    dataset_of,
    dimension_key,
    follow,
    shipped,
    unit_of,
)
from core.models import IndicatorDefinition, Lineage, ManualFigure, Organisation, User
from core.periods import BEGINNING, FOREVER, Period
from core.services import records

CHILD, MONTH = "child", "month"
VIEW = "core.view_indicator"
OWN_LABEL = "本级"
NOT_ENTERED = "尚未填报"
NOT_SIGNED = "人工填报数尚未签发，未计入"
AT_ONCE = 200  # indicators in one query: engines limit the columns of a result
EXACT_IDS = 20_000
SHARE = Decimal("0.000001")


@dataclass(frozen=True)
class Figure:
    """One number of one organisation and period, or of one part of it.

    `value` is an int, a Decimal (money to the cent; percentages, cut at six places and never
    rounded up), or None when it cannot be told; `note` then says why. `key` names the part when the
    figure is split: the code of a child (the organisation's own code is its own level, 本级), a
    month `2021-03`, or a value of the dimension. `rows` is the number of rows behind it, for a
    derived figure that of all its parts.
    """

    code: str
    label: str
    value: int | Decimal | None
    unit: Unit
    organisation: Organisation
    period: Period
    key: str | None
    key_label: str
    rows: int
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """A number before it has a name."""

    value: int | Decimal | None
    rows: int
    note: str = ""


Cells = dict[str | None, Cell]  # by key; None is the whole


def catalogue() -> dict[str, Definition]:
    """Every indicator by code: the shipped ones and those that staff defined."""
    stored = {
        row.code: declarations.build(row.code, row.label, row.source, row.definition)
        for row in IndicatorDefinition.objects.order_by("code")
    }
    return {**stored, **shipped}


def find(code: str, known: dict[str, Definition]) -> Definition:
    if code not in known:
        raise Refused(f"没有编码为“{code}”的指标。", code="unknown_indicator")
    return known[code]


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
        if not rule.end:
            return rows.filter(begun)
        return rows.filter(
            begun, Q(**{f"{rule.end}__gt": period.end}) | Q(**{f"{rule.end}__isnull": True})
        )

    def _standing(self, path: str, **conditions: Any) -> dict[str, Any]:
        """Filter arguments for the one span of history that is in force on the row's day."""
        lineage = self.dataset.at_organisation(path)
        return {
            f"{lineage}__since__lte": self.day,
            f"{lineage}__until__gt": self.day,
            **{f"{lineage}__{name}": value for name, value in conditions.items()},
        }

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
        return self.base().filter(**self._standing("lineage", ancestor=self.organisation.pk))

    def own(self) -> models.QuerySet:
        """The rows of the organisation's own level (本级)."""
        return self.base().filter(**{self.dataset.at_organisation("pk"): self.organisation.pk})

    def children(self) -> models.QuerySet:
        """The rows below, with the child each stood under on its day as `part`."""
        top = {"ancestor": self.organisation.pk, "distance": 1}
        return (
            self.base()
            .filter(
                **self._standing("lineage"),
                **self._standing("lineage__ancestor__lineage", **top),
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
    return shown(indicator, rows.order_by().aggregate(value=aggregate(indicator))["value"])


def shown(indicator: Indicator, raw: Any) -> int | Decimal:
    """What an aggregate gave, as the value of a figure."""
    dataset = dataset_of(indicator)
    places = dataset.decimal_places(dataset.measures[indicator.measure])
    return Decimal(raw).quantize(Decimal(1).scaleb(-places)) if places else int(raw)


def condition(indicator: Indicator) -> Q:
    """The filters of an indicator as one condition on the rows of its dataset."""
    dataset = dataset_of(indicator)
    filters = [dataset.condition(name, value) for name, value in indicator.filters.items()]
    return Q(*filters)


def tallied(rows: models.QuerySet, aggregates: dict[str, Any]) -> dict[Any, dict[str, int]]:
    """The aggregates by `part`, or under None when the rows are one part."""
    if "part" not in rows.query.annotations:
        return {None: rows.aggregate(**aggregates)}
    return {line["part"]: line for line in rows.values("part").annotate(**aggregates)}


def repeated(rows: models.QuerySet, lookup: str) -> models.QuerySet:
    """The rows whose value of `lookup` stands in several rows, or is missing."""
    values = rows.order_by().values(lookup).annotate(times=Count("pk"))
    several = Q(**{f"{lookup}__in": values.filter(times__gt=1).values(lookup)})
    if follow(rows.model, lookup).is_nullable:
        several |= Q(**{f"{lookup}__isnull": True})
    return rows.filter(several)


def count(part: Slice, indicators: Sequence[Indicator], by: str | None) -> dict[str, Cells]:
    """Every indicator over one slice by code: one query, and one more for each distinct lookup.

    A distinct count is dear, for the database sorts anew for each. But a person with a single row
    in the slice is counted by that row: only those with several rows are told apart, in a query
    over their rows alone. Distinct = rows − rows of those with several + how many those are.
    """
    conditions = [condition(each) for each in indicators]
    alone = len(indicators) == 1
    only = [None if alone else each or None for each in conditions]
    behind = [Count("pk", filter=each) for each in only]
    values = [aggregate(*each) for each in zip(indicators, only, strict=True)]
    summed: list[int] = []
    distinct: dict[str, list[int]] = defaultdict(list)  # lookup → places in `indicators`
    for place, each in enumerate(indicators):
        measure = part.dataset.measures[each.measure]
        if measure.distinct:
            distinct[measure.distinct].append(place)
        elif measure.total:
            summed.append(place)
    found: dict[str, Cells] = {each.code: {} for each in indicators}
    for rows, key_of in part.split(by) if by else [(part.whole(), constant(None))]:
        if alone:
            rows = rows.filter(conditions[0])
        lines = tallied(
            rows, named("rows", behind, range(len(behind))) | named("value", values, summed)
        )
        for lookup, places in distinct.items():
            several = tallied(
                repeated(rows, lookup),
                named("rows", behind, places) | named("value", values, places),
            )
            for value, line in lines.items():
                for place in places if value in several else ():
                    single = line[f"rows{place}"] - several[value][f"rows{place}"]
                    line[f"value{place}"] = single + several[value][f"value{place}"]
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


class Computation:
    """One call of `compute`: of whom, when, split by what, and the cells found so far."""

    def __init__(self, organisation: Organisation, period: Period, by: str | None) -> None:
        self.organisation, self.period, self.by = organisation, period, by
        self.known = catalogue()
        self.cells: dict[tuple[str, Period], Cells] = {}

    def need(self, codes: Iterable[str], period: Period) -> Iterator[tuple[Definition, Period]]:
        """The indicators and periods that the codes are in the end computed from."""
        for code in codes:
            definition = find(code, self.known)
            if code not in shipped:
                declarations.check(definition, self.known)
            yield definition, period
            yield from self.need(definition.uses(), period)
            if isinstance(definition, Change):
                yield from self.need(definition.uses(), period.previous_year())

    def run(self, codes: Sequence[str]) -> None:
        passes: dict[tuple[str, str, Period], dict[str, Indicator]] = defaultdict(dict)
        manual: dict[Period, dict[str, Manual]] = defaultdict(dict)
        for definition, period in self.need(codes, self.period):
            if isinstance(definition, Indicator):
                where = definition.dataset, definition.date, period
                passes[where][definition.code] = definition
            elif isinstance(definition, Manual):
                manual[period][definition.code] = definition
        for (dataset, date, period), indicators in passes.items():
            part = Slice(declarations.datasets[dataset], date, period, self.organisation)
            for some in in_batches(list(indicators.values())):
                for code, cells in count(part, some, self.by).items():
                    self.cells[code, period] = cells
        for period, indicators in manual.items():
            for code, cells in self.entered(indicators, period).items():
                self.cells[code, period] = cells

    def entered(self, indicators: dict[str, Manual], period: Period) -> dict[str, Cells]:
        """Figures entered by hand; a part that was not entered is not known, which is not 0."""
        wanted: dict[str | None, tuple[int, Period]] = {}
        if self.by is None:
            wanted[None] = self.organisation.pk, period
        elif self.by == CHILD:
            for pk, row in children(self.organisation, period).items():
                wanted[row.code] = pk, period
        elif self.by == MONTH:
            for part in period.split_months():
                wanted[month_key(part.start)] = self.organisation.pk, part
        rows = list(
            ManualFigure.objects.live()
            .filter(code__in=indicators, end__lte=period.end)
            .filter(organisation__in={pk for pk, _ in wanted.values()})
            .order_by("end", "id")
        )
        found: dict[str, Cells] = {code: {} for code in indicators}
        for code, indicator in indicators.items():
            for key, (pk, part) in wanted.items():
                meant = [
                    row
                    for row in rows
                    if row.code == code
                    and row.organisation_id == pk
                    and row.stands_for(part, indicator.is_stock)
                ]
                found[code][key] = manual_cell(indicator, meant)
        return found

    def value(self, code: str, period: Period, key: str | None) -> Cell:
        """One number; a part without rows is 0."""
        definition = self.known[code]
        if isinstance(definition, Indicator):
            found = self.cells[code, period].get(key)
            return found or Cell(shown(definition, 0), 0)
        if isinstance(definition, Manual):
            return self.cells[code, period].get(key, Cell(None, 0, NOT_ENTERED))
        parts = [self.value(used, period, key) for used in definition.uses()]
        if isinstance(definition, Change):
            before = period.previous_year()
            parts.append(self.value(definition.of, before, key_before(self.by, key)))
        notes = "；".join(dict.fromkeys(part.note for part in parts if part.note))
        rows = sum(part.rows for part in parts)
        return Cell(combine(definition, [part.value for part in parts]), rows, notes)

    def keys(self, codes: Sequence[str]) -> dict[str | None, str]:
        """Key → label of every part, empty ones included, in the order in which they are told."""
        if self.by is None:
            return {None: ""}
        if self.by == MONTH:
            return {
                month_key(part.start): f"{part.start.year}年{part.start.month}月"
                for part in self.period.split_months()
            }
        needed = list(self.need(codes, self.period))
        met = {key for cells in self.cells.values() for key, cell in cells.items() if cell.rows}
        if self.by == CHILD:
            below = children(self.organisation, self.period).values()
            labels = {
                row.code: row.label
                for row in below
                if row.code in met or row.stands_within(self.period)
            }
            return {**labels, self.organisation.code: OWN_LABEL}
        datasets = {dataset_of(each) for each, _ in needed if isinstance(each, Indicator)}
        if not datasets:
            raise Refused(f"这些指标没有维度“{self.by}”，不能分列。", code="unknown_dimension")
        labels = {}
        for dataset in datasets:
            known = dataset.dimension(self.by).labels(dataset.model)
            labels |= {dimension_key(value): label for value, label in known.items()}
        rest = sorted(met - labels.keys() - {BLANK})
        labels |= {key: key for key in rest}
        return {**labels, BLANK: BLANK_LABEL} if BLANK in met else labels


def in_batches(indicators: Sequence[Indicator]) -> Iterator[Sequence[Indicator]]:
    for start in range(0, len(indicators), AT_ONCE):
        yield indicators[start : start + AT_ONCE]


def manual_cell(indicator: Manual, meant: Sequence[ManualFigure]) -> Cell:
    """The value of the figures entered for one organisation and period, the latest last."""
    signed = [row for row in meant if row.signed_off_at]
    waiting = meant and not meant[-1].signed_off_at
    note = NOT_SIGNED if waiting else "" if signed else NOT_ENTERED
    if not signed:
        return Cell(None, 0, note)
    value = signed[-1].value
    whole = unit_of(indicator, {}) not in {Unit.YUAN, Unit.PERCENT}
    return Cell(int(value) if whole else value, 1, note)


def key_before(by: str | None, key: str | None) -> str | None:
    """The key of the same part one year earlier."""
    return f"{int(key[:4]) - 1}{key[4:]}" if by == MONTH and key else key


def combine(definition: Definition, values: Sequence[int | Decimal | None]) -> int | Decimal | None:
    """The value of a derived indicator from those of its parts; unknown when one of them is."""
    if any(value is None for value in values):
        return None
    match definition:
        case Ratio():
            return percentage(*values)
        case Difference():
            return values[0] - values[1]
        case Change(relative=True):
            now, before = values
            return percentage(now - before, before)
        case Change():
            return values[0] - values[1]
        case _:
            return sum(values)


def percentage(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Cut at six places, so that it is never above the true value and may be rounded once more."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(SHARE, ROUND_DOWN)


def compute(
    codes: Iterable[str],
    *,
    organisation: Organisation,
    period: Period,
    by: str | None = None,
    user: User | None = None,
) -> list[Figure]:
    """The figures of the indicators, in the order asked; split by `by`, in the order of its keys.

    `by` is "child", "month" or a dimension of the datasets. With `user` the right to see
    figures of the organisation is asked first. The number of queries grows with the datasets and
    date rules that are touched, not with indicators or rows.
    """
    if user is not None:
        records.require(user, VIEW, organisation)
    codes = list(codes)
    # Several queries make one answer, so they must see one state: a caller's transaction or ours.
    with contextlib.nullcontext() if connection.in_atomic_block else snapshot():
        run = Computation(organisation, period, by)
        run.run(codes)
        keys = run.keys(codes)
    figures = []
    for code in codes:
        definition = run.known[code]
        for key, label in keys.items():
            cell = run.value(code, period, key)
            figures.append(
                Figure(
                    code=code,
                    label=definition.label,
                    value=cell.value,
                    unit=unit_of(definition, run.known),
                    organisation=organisation,
                    period=month_of(period, key) if by == MONTH else period,
                    key=key,
                    key_label=label,
                    rows=cell.rows,
                    note=cell.note,
                )
            )
    return figures


def month_of(period: Period, key: str | None) -> Period:
    """The part of the period that lies in the month."""
    for part in period.split_months():
        if month_key(part.start) == key:
            return part
    raise Refused(f"期间“{period}”不含“{key}”。", code="unknown_key")


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


def identities(
    code: str,
    *,
    organisation: Organisation,
    period: Period,
    by: str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Which rows stand behind a figure, in a form that can be kept (JSON) and compared later.

    `count` and `digest` (SHA-256 over the sorted ids) of all; up to 20,000 rows also their `ids`,
    above that `parts`: count and digest by child organisation and month (of a stock: year) of the
    row's date, so that drift can still be located.
    """
    found = rows(code, organisation=organisation, period=period, by=by, key=key).order_by("pk")
    total = found.count()
    if total <= EXACT_IDS:
        ids = list(found.values_list("pk", flat=True))
        return {"count": len(ids), "digest": digest(ids), "ids": ids}
    parts: dict[tuple[str, str], _Digest] = defaultdict(_Digest)
    whole = _Digest()
    for pk, child, day in _located(code, organisation, period, found):
        whole.add(pk)
        parts[child, day].add(pk)
    return {
        "count": whole.count,
        "digest": whole.hex(),
        "parts": [
            {"child": child, "date": day, "count": part.count, "digest": part.hex()}
            for (child, day), part in sorted(parts.items())
        ],
    }


def identities_of_parts(
    code: str, *, organisation: Organisation, period: Period, by: str, keys: Collection[str]
) -> dict[str, dict[str, Any]]:
    """`identities` with `ids` of several parts of a split at once: as few queries as `compute`.

    The caller knows that the rows of all parts together are not too many to be read.
    """
    indicator = find(code, catalogue())
    if not isinstance(indicator, Indicator):
        raise Refused(f"“{indicator.label}”不由明细行统计。", code="derived")
    ids: dict[str, list[int]] = {key: [] for key in keys}
    part = Slice(dataset_of(indicator), indicator.date, period, organisation)
    for rows_of, key_of in part.split(by):
        found = rows_of.filter(condition(indicator)).order_by("pk")
        if "part" in found.query.annotations:
            lines = found.values_list("part", "pk")
        else:
            lines = ((None, pk) for pk in found.values_list("pk", flat=True))
        for value, pk in lines:
            key = key_of(value)
            if key in ids:
                ids[key].append(pk)
    return {
        key: {"count": len(found), "digest": digest(found), "ids": found}
        for key, found in ids.items()
    }


def _located(
    code: str, organisation: Organisation, period: Period, found: models.QuerySet
) -> Iterator[tuple[int, str, str]]:
    """Each row with the code of the child it stood under and the month (stock: year) of its date.

    Where the organisations stood is read once (tens of thousands of spans at most), so that the
    rows stream through without a join each.
    """
    indicator = find(code, catalogue())
    assert isinstance(indicator, Indicator)  # noqa: S101 - others have no such number of rows
    dataset = dataset_of(indicator)
    rule = dataset.dates[indicator.date]
    codes = dict(Organisation.objects.values_list("pk", "code"))
    spans = places_below(organisation, period)
    date = rule.field if isinstance(rule, Flow) else rule.start
    lines = found.values_list("pk", dataset.at_organisation("pk"), date)
    for pk, where, day in lines.iterator(chunk_size=10_000):
        at = day if isinstance(rule, Flow) else period.end
        child = next(
            (part for part, since, until in spans.get(where, ()) if since <= at < until), None
        )
        written = "" if day is None else f"{day:%Y-%m}" if isinstance(rule, Flow) else f"{day:%Y}"
        yield pk, codes.get(child, organisation.code), written


def places_below(
    organisation: Organisation, period: Period
) -> dict[int, list[tuple[int, datetime.date, datetime.date]]]:
    """Descendant → (child of `organisation` it stood under, since, until) in the period."""
    overlapping = Lineage.objects.overlapping(period.start, period.end)
    tops = defaultdict(list)
    for pk, since, until in overlapping.filter(ancestor=organisation.pk, distance=1).values_list(
        "descendant", "since", "until"
    ):
        tops[pk].append((since, until))
    found = defaultdict(list)
    for child, pk, since, until in overlapping.filter(ancestor__in=tops).values_list(
        "ancestor", "descendant", "since", "until"
    ):
        for first, last in tops[child]:
            if max(since, first) < min(until, last):
                found[pk].append((child, max(since, first), min(until, last)))
    return found


class _Digest:
    """A running digest with its count."""

    def __init__(self) -> None:
        self.count = 0
        self.state = hashlib.sha256()

    def add(self, pk: int) -> None:
        self.count += 1
        self.state.update(f"{pk}\n".encode())

    def hex(self) -> str:
        return self.state.hexdigest()


def digest(ids: Iterable[int]) -> str:
    """SHA-256 over ids in rising order, one a line."""
    state = hashlib.sha256()
    for pk in ids:
        state.update(f"{pk}\n".encode())
    return state.hexdigest()


@contextlib.contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside sees one state of the database, and nothing can be written.

    PostgreSQL: a read-only transaction at REPEATABLE READ. SQLite: one deferred transaction, which
    in WAL mode keeps the state of its first read without holding up a writer. It cannot stand
    inside another transaction.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True):
            if not connection.savepoint_ids:  # in a test's own transaction it comes too late
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    connection.ensure_connection()
    usual = connection.transaction_mode
    connection.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA query_only = OFF")
    finally:
        connection.transaction_mode = usual
