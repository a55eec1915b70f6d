"""From indicators to figures: what was counted, entered by hand and derived, under its name."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db import connection

from core.errors import Refused
from core.indicators import declarations
from core.indicators.catalogue import catalogue, find
from core.indicators.counting import Cell, Cells, count, in_batches, shown
from core.indicators.declarations import (
    BLANK,
    BLANK_LABEL,
    Change,
    Definition,
    Difference,
    Indicator,
    Manual,
    Ratio,
    Unit,
    dataset_of,
    dimension_key,
    shipped,
    unit_of,
)
from core.indicators.slices import CHILD, MONTH, Slice, children, key_before, month_key, month_of
from core.indicators.snapshots import snapshot
from core.models import ManualFigure, Organisation, User
from core.periods import Period
from core.services import records

VIEW = "core.view_indicator"
OWN_LABEL = "本级"
NOT_ENTERED = "尚未填报"
NOT_SIGNED = "人工填报数尚未签发，未计入"
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
