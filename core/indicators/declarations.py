"""What apps declare: datasets (which rows, dates, dimensions, measures) and indicators over them.

A declaration is a value without a query in it. Everything that may be counted or filtered is named
here first; what is not named is refused, for the shipped catalogue and for staff alike.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce

from core.errors import Refused

LOOKUPS = ("exact", "in", "gte", "lte", "isnull")
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
BLANK = ""  # key of the rows that say nothing in a dimension
BLANK_LABEL = "未填写"


class InvalidDefinition(Refused):
    """A declaration that names something undeclared, or would add what does not add up."""

    code = "invalid_definition"


class Unit(StrEnum):
    """What a figure is counted in. Figures of different units never add up with each other."""

    PERSON = "人"
    PERSON_TIME = "人次"
    HOUSEHOLD = "户"
    SESSION = "场次"
    CASE = "件"
    YUAN = "元"
    ORGANISATION = "个"
    EMPLOYER = "家"
    ITEM = "项"
    TIME = "次"
    PAYMENT = "笔"
    GROUP = "群体"
    SECTOR = "领域"
    PAIR = "对"
    PERCENT = "%"


@dataclass(frozen=True)
class Lookup:
    """Where a double-underscore path leads from a model."""

    field: models.Field
    is_multiple: bool  # one row of the model may meet several values
    is_nullable: bool


def follow(model: type[models.Model], path: str) -> Lookup:
    """The field at the end of `path`; a path that does not exist is refused."""
    multiple = nullable = False
    found: Any = model._meta.pk
    for name in path.split("__"):
        if model is None:
            raise InvalidDefinition(f"“{path}”中的“{name}”不是关联字段。")
        try:
            found = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist as error:
            raise InvalidDefinition(f"{model._meta.label} 没有字段“{name}”。") from error
        backward = not found.concrete
        multiple |= bool(found.one_to_many or found.many_to_many)
        nullable |= bool(backward or found.null)
        model = found.related_model
    return Lookup(found, multiple, nullable)


@dataclass(frozen=True)
class Flow:
    """Counted in the period in which `field` lies (流量). A row without the date never counts."""

    label: str
    field: str

    is_flow: ClassVar[bool] = True

    @property
    def lookups(self) -> tuple[str, ...]:
        return (self.field,)


@dataclass(frozen=True)
class Stock:
    """In force at the end of the period's last day (存量).

    `start` is the first day in force (empty: since ever), `end` the first day no longer in force
    (empty: still). Without a field for the end the row stays for ever. `after` are further days
    that must have come too (empty: not yet).
    """

    label: str
    start: str
    end: str | None = None
    after: tuple[str, ...] = ()

    is_flow: ClassVar[bool] = False

    @property
    def lookups(self) -> tuple[str, ...]:
        ends = (self.end,) if self.end else ()
        return (self.start, *ends, *self.after)


@dataclass(frozen=True)
class Dimension:
    """Something rows may be filtered and split by.

    `choices` gives value → Chinese label (a callable for those that are rows themselves); without
    it the field's own choices serve, or yes and no. `buckets` cuts a number or date into named
    ranges: code → (label, lowest, highest), both ends included, None = open. A sealed value (an
    encrypted column, a blind index) can only be asked whether it is there.
    """

    label: str
    lookup: str
    choices: Mapping[Any, str] | Callable[[], Mapping[Any, str]] | None = None
    buckets: Mapping[str, tuple[str, Any, Any]] | None = None

    def labels(self, model: type[models.Model]) -> dict[Any, str]:
        """Value → label of every value that is known beforehand; empty when none are."""
        if self.buckets:
            return {code: bucket[0] for code, bucket in self.buckets.items()}
        if self.choices is not None:
            return dict(self.choices() if callable(self.choices) else self.choices)
        target = follow(model, self.lookup).field
        if isinstance(target, models.BooleanField):
            return {True: "是", False: "否"}
        return {value: str(label) for value, label in getattr(target, "flatchoices", ()) or ()}

    def is_sealed(self, model: type[models.Model]) -> bool:
        return isinstance(follow(model, self.lookup).field, models.BinaryField)

    def expression(self, model: type[models.Model]) -> Any:
        """What rows are grouped by: the value, an empty text where there is none."""
        if self.buckets:
            bounds = [
                When(_between(self.lookup, low, high), then=Value(code))
                for code, (_, low, high) in self.buckets.items()
            ]
            return Case(*bounds, default=Value(BLANK), output_field=models.CharField())
        if isinstance(follow(model, self.lookup).field, models.CharField):
            return Coalesce(F(self.lookup), Value(BLANK))
        return F(self.lookup)


def _between(path: str, low: Any, high: Any) -> models.Q:
    bounds = {f"{path}__gte": low, f"{path}__lte": high, f"{path}__isnull": False}
    return models.Q(**{name: bound for name, bound in bounds.items() if bound is not None})


def dimension_key(value: Any) -> str:
    """A value of a dimension as the key of a figure."""
    if value is None:
        return BLANK
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True)
class Measure:
    """How rows become a number: their count, distinct values of a lookup, or the sum of a field.

    A head-count that was reported instead of named persons is a sum and can only give 人次.

    A sum may be netted within each organisation: with `only="above"` organisations count whose rows
    come to more than nothing, with `only="below"` those whose rows come to less, without the sign.
    So what one has too much never hides what another one lacks.
    """

    label: str
    unit: Unit
    distinct: str | None = None
    total: str | None = None
    only: Literal["", "above", "below"] = ""

    @property
    def is_additive(self) -> bool:
        """Whether parts add up to the whole: one person may stand in the rows of two unions."""
        return self.distinct is None


@dataclass(frozen=True, eq=False)
class Dataset:
    """The rows of one model as figures may be made of them.

    `organisation` is the lookup of the organisation a row belongs to ("" = the row is one).
    `rows` narrows the rows (accepted ones, foundings …). `columns` are (heading, lookup or
    function of the row) for lists behind a figure; they show personal data masked only.
    `permission` is what a reader needs to see the rows.
    """

    code: str
    label: str
    model: type[models.Model]
    dates: Mapping[str, Flow | Stock]
    measures: Mapping[str, Measure]
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    organisation: str = "organisation"
    rows: Callable[[], models.QuerySet] | None = None
    columns: tuple[tuple[str, str | Callable[[Any], Any]], ...] = ()
    permission: str = ""

    def __post_init__(self) -> None:
        _check_code(self.code)
        meta = self.model._meta
        if not self.permission:
            object.__setattr__(self, "permission", f"{meta.app_label}.view_{meta.model_name}")
        if self.organisation and follow(self.model, self.organisation).is_multiple:
            raise InvalidDefinition(f"数据集“{self.label}”的所属工会不唯一。")
        for rule in self.dates.values():
            for path in rule.lookups:
                target = self._single(path).field
                if type(target) is not models.DateField:
                    raise InvalidDefinition(f"数据集“{self.label}”的“{path}”不是日期。")
        for dimension in self.dimensions.values():
            follow(self.model, dimension.lookup)
        for measure in self.measures.values():
            self._check_measure(measure)

    def _single(self, path: str) -> Lookup:
        found = follow(self.model, path)
        if found.is_multiple:
            raise InvalidDefinition(f"数据集“{self.label}”的“{path}”会使同一行重复计数。")
        return found

    def _check_measure(self, measure: Measure) -> None:
        if measure.distinct and measure.total:
            raise InvalidDefinition(f"度量“{measure.label}”不能既去重又求和。")
        if measure.only and not (measure.total and self.organisation):
            raise InvalidDefinition(f"度量“{measure.label}”没有可按工会轧差的金额。")
        if measure.distinct:
            self._single(measure.distinct)
            if measure.unit in {Unit.YUAN, Unit.PERSON_TIME, Unit.PERCENT}:
                raise InvalidDefinition(
                    f"度量“{measure.label}”是去重计数，单位不能是{measure.unit}。"
                )
        elif measure.total:
            target = self._single(measure.total).field
            if not isinstance(target, models.DecimalField | models.IntegerField):
                raise InvalidDefinition(f"度量“{measure.label}”求和的字段不是整数或定点数。")
            if measure.unit in {Unit.PERSON, Unit.HOUSEHOLD, Unit.PERCENT}:
                raise InvalidDefinition(
                    f"度量“{measure.label}”由填报数相加，不能得出{measure.unit}，应为人次等单位。"
                )
            if isinstance(target, models.DecimalField) != (measure.unit == Unit.YUAN):
                raise InvalidDefinition(f"度量“{measure.label}”的字段与单位{measure.unit}不符。")
        elif measure.unit in {Unit.YUAN, Unit.PERCENT}:
            raise InvalidDefinition(f"度量“{measure.label}”是行数，单位不能是{measure.unit}。")

    def base(self) -> models.QuerySet:
        """Every row that may count."""
        rows = self.rows() if self.rows else self.model._default_manager.all()
        return rows.order_by()

    def at_organisation(self, rest: str) -> str:
        """The lookup `rest` of the organisation of a row."""
        return f"{self.organisation}__{rest}" if self.organisation else rest

    def dimension(self, code: str) -> Dimension:
        if code not in self.dimensions:
            raise Refused(f"数据集“{self.label}”没有维度“{code}”。", code="unknown_dimension")
        return self.dimensions[code]

    def decimal_places(self, measure: Measure) -> int:
        """Places behind the point of what the measure sums; 0 for whole numbers."""
        target = measure.total and follow(self.model, measure.total).field
        return target.decimal_places if isinstance(target, models.DecimalField) else 0

    def condition_of_key(self, code: str, key: str) -> models.Q:
        """The rows that a split by the dimension shows under `key`."""
        dimension = self.dimension(code)
        path, target = dimension.lookup, follow(self.model, dimension.lookup)
        known = {dimension_key(value): value for value in dimension.labels(self.model)}
        if key in known:
            return self.condition(code, known[key])
        if key != BLANK:
            return models.Q(**{path: self._value_of(dimension, key)})
        if dimension.buckets:
            return models.Q(**{f"{path}__isnull": True}) | ~self._is_one_of(dimension, list(known))
        empty = models.Q(**{f"{path}__isnull": True})
        if isinstance(target.field, models.CharField) and not target.is_multiple:
            empty |= models.Q(**{path: ""})
        return empty

    def condition(self, name: str, value: Any) -> models.Q:
        """One filter `dimension` or `dimension__lookup` as a condition on the rows.

        A condition on a relation with many rows is asked by key, so that it multiplies nothing.
        """
        code, _, lookup = name.partition("__")
        dimension = self.dimensions.get(code)
        if dimension is None:
            raise InvalidDefinition(f"数据集“{self.label}”没有维度“{code}”。")
        lookup = lookup or ("in" if isinstance(value, list | tuple | set) else "exact")
        if lookup not in LOOKUPS:
            raise InvalidDefinition(f"维度“{dimension.label}”不支持“{lookup}”比较。")
        path = dimension.lookup
        if lookup == "isnull":
            if not isinstance(value, bool):
                raise InvalidDefinition(f"维度“{dimension.label}”的空值条件只能是 true 或 false。")
            asked = models.Q(**{f"{path}__isnull": value})
        elif lookup in {"exact", "in"}:
            if lookup == "in" and not (isinstance(value, list | tuple | set) and value):
                raise InvalidDefinition(f"维度“{dimension.label}”的取值应为非空列表。")
            asked = self._is_one_of(dimension, list(value) if lookup == "in" else [value])
        else:
            asked = models.Q(**{f"{path}__{lookup}": self._clean(dimension, value)})
        if follow(self.model, path).is_multiple:
            inside = self.model._base_manager.filter(asked).order_by().values("pk")
            return models.Q(pk__in=inside)
        return asked

    def _is_one_of(self, dimension: Dimension, values: list[Any]) -> models.Q:
        known, path = dimension.labels(self.model), dimension.lookup
        if dimension.buckets:
            asked = models.Q(pk__in=[])
            for value in values:
                if not isinstance(value, str) or value not in known:
                    raise InvalidDefinition(f"维度“{dimension.label}”没有取值“{value}”。")
                _, low, high = dimension.buckets[value]
                asked |= _between(path, low, high)
            return asked
        cleaned = [self._clean(dimension, value) for value in values]
        for value in cleaned:
            if known and not (value in known and _same_kind(value, known)):
                raise InvalidDefinition(f"维度“{dimension.label}”没有取值“{value}”。")
        if len(cleaned) == 1:
            return models.Q(**{path: cleaned[0]})
        return models.Q(**{f"{path}__in": cleaned})

    def _value_of(self, dimension: Dimension, key: str) -> Any:
        """The value that a split shows under a key that no choice has."""
        target = follow(self.model, dimension.lookup)
        column = target.field.target_field if target.field.is_relation else target.field
        try:
            if dimension.buckets or target.is_multiple:
                raise ValueError(key)
            return column.to_python(key)
        except (ValidationError, ValueError) as error:
            raise Refused(
                f"维度“{dimension.label}”没有取值“{key}”。", code="unknown_key"
            ) from error

    def _clean(self, dimension: Dimension, value: Any) -> Any:
        """The value as the column takes it."""
        if value is None or isinstance(value, dict | list | tuple | set | float):
            raise InvalidDefinition(f"维度“{dimension.label}”的取值“{value}”无效。")
        if dimension.is_sealed(self.model):
            raise InvalidDefinition(f"维度“{dimension.label}”只能按有无筛选。")
        target = follow(self.model, dimension.lookup).field
        if target.is_relation:
            target = target.related_model._meta.pk
        if isinstance(value, bool) != isinstance(target, models.BooleanField):
            raise InvalidDefinition(f"维度“{dimension.label}”的取值“{value}”无效。")
        try:
            cleaned = target.to_python(value)
        except (ValidationError, TypeError, ValueError) as error:
            raise InvalidDefinition(f"维度“{dimension.label}”的取值“{value}”无效。") from error
        if isinstance(value, str) and isinstance(cleaned, int | Decimal):
            raise InvalidDefinition(f"维度“{dimension.label}”的取值“{value}”应写成数字。")
        return cleaned


def _same_kind(value: Any, known: Mapping[Any, str]) -> bool:
    """Whether `value` is a choice as it is written there: to Python 1 and True are one key."""
    return isinstance(value, bool) == any(isinstance(choice, bool) for choice in known)


@dataclass(frozen=True, eq=False, kw_only=True)
class Definition:
    """What is common to all figures: `source` is the document that asks for it."""

    code: str = field(kw_only=False)
    label: str = field(kw_only=False)
    source: str

    kind: ClassVar[str]

    def uses(self) -> tuple[str, ...]:
        """Codes of the indicators this one is computed from."""
        return ()

    def as_json(self) -> dict[str, Any]:
        """The definition as staff store it, without code, label and source."""
        shown = {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if item.name not in {"code", "label", "source"}
        }
        return {"kind": self.kind, **shown}


@dataclass(frozen=True, eq=False, kw_only=True)
class Indicator(Definition):
    """A measure over the rows of a dataset that meet the filters, by one of its date rules.

    `filters` are {dimension: value or tuple of values} or {dimension__gte: value}.
    """

    dataset: str
    measure: str
    date: str
    filters: Mapping[str, Any] = field(default_factory=dict)

    kind: ClassVar[str] = "rows"


@dataclass(frozen=True, eq=False, kw_only=True)
class Ratio(Definition):
    """Numerator as a percentage of the denominator; none when the denominator is 0 or unknown."""

    numerator: str
    denominator: str

    kind: ClassVar[str] = "ratio"

    def uses(self) -> tuple[str, ...]:
        return self.numerator, self.denominator


@dataclass(frozen=True, eq=False, kw_only=True)
class Sum(Definition):
    """Indicators of one unit added up."""

    terms: tuple[str, ...]

    kind: ClassVar[str] = "sum"

    def uses(self) -> tuple[str, ...]:
        return tuple(self.terms)


@dataclass(frozen=True, eq=False, kw_only=True)
class Difference(Definition):
    """`minuend` less `subtrahend`, both of one unit."""

    minuend: str
    subtrahend: str

    kind: ClassVar[str] = "difference"

    def uses(self) -> tuple[str, ...]:
        return self.minuend, self.subtrahend


@dataclass(frozen=True, eq=False, kw_only=True)
class Change(Definition):
    """Growth over the same days of the previous year (同比).

    In percent of then, or with `relative=False` in the unit of the indicator itself.
    """

    of: str
    relative: bool = True

    kind: ClassVar[str] = "change"

    def uses(self) -> tuple[str, ...]:
        return (self.of,)


@dataclass(frozen=True, eq=False, kw_only=True)
class Manual(Definition):
    """A figure that no row can give: entered by one person, signed off by another.

    A stock is the latest figure up to the end of the period, a flow that of exactly the period.
    """

    unit: Unit
    is_stock: bool = False

    kind: ClassVar[str] = "manual"


KINDS: dict[str, type[Definition]] = {
    each.kind: each for each in (Indicator, Ratio, Sum, Difference, Change, Manual)
}


def build(code: str, label: str, source: str, definition: Any) -> Definition:
    """The object a stored definition stands for; its shape is checked, its references are not."""
    if not isinstance(definition, dict):
        raise InvalidDefinition("指标定义应为一个对象。")
    rest = dict(definition)
    kind = rest.pop("kind", "rows")
    made = KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise InvalidDefinition(f"没有“{kind}”这种指标。")
    shapes = {item.name: item.type for item in fields(made)}
    for name, value in rest.items():
        if name not in shapes or name in {"code", "label", "source"}:
            raise InvalidDefinition(f"指标定义中有不认识的项目“{name}”。")
        if not _fits(shapes[name], value):
            raise InvalidDefinition(f"指标定义中“{name}”的内容无效。")
    try:
        return made(code=code, label=label, source=source, **rest)
    except TypeError as error:
        raise InvalidDefinition("指标定义不完整，缺少必填项目。") from error


def _fits(shape: Any, value: Any) -> bool:
    """Whether a value out of JSON is what the field of a definition takes."""
    if shape is Unit:
        return isinstance(value, str) and value in set(Unit)
    if shape in {str, bool}:
        return isinstance(value, shape)
    if shape == tuple[str, ...]:
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    return isinstance(value, dict)


datasets: dict[str, Dataset] = {}
shipped: dict[str, Definition] = {}


def register(*declared: Dataset | Definition) -> None:
    """Enter declarations into the catalogue. A code stands once; what it uses stands before it."""
    for each in declared:
        if isinstance(each, Dataset):
            if each.code in datasets:
                raise InvalidDefinition(f"数据集 {each.code} 重复声明。")
            datasets[each.code] = each
        else:
            if each.code in shipped:
                raise InvalidDefinition(f"指标 {each.code} 重复声明。")
            check(each, shipped)
            shipped[each.code] = each


def _check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        raise InvalidDefinition(
            f"编码“{code}”应由小写英文、数字、下划线组成，形如 app.noun_phrase。"
        )


def dataset_of(indicator: Indicator) -> Dataset:
    found = datasets.get(indicator.dataset)
    if found is None:
        raise InvalidDefinition(
            f"指标“{indicator.label}”引用了不存在的数据集“{indicator.dataset}”。"
        )
    return found


def check(definition: Definition, catalogue: Mapping[str, Definition]) -> None:
    """Refuse a definition that names something undeclared, goes in a circle, or mixes units.

    `catalogue` is what it may refer to.
    """
    _check_code(definition.code)
    if not definition.label or not definition.source:
        raise InvalidDefinition(f"指标 {definition.code} 应写明名称和依据。")
    known = {**catalogue, definition.code: definition}
    for each in _walk(definition, known, ()):
        _check_own(each, known)


def _walk(
    definition: Definition, catalogue: Mapping[str, Definition], above: tuple[str, ...]
) -> Iterator[Definition]:
    if definition.code in above:
        raise InvalidDefinition(f"指标“{definition.label}”经由其他指标引用了自身。")
    for code in definition.uses():
        if code not in catalogue:
            raise InvalidDefinition(f"指标“{definition.label}”引用了不存在的指标“{code}”。")
        yield from _walk(catalogue[code], catalogue, (*above, definition.code))
    yield definition


def _check_own(definition: Definition, catalogue: Mapping[str, Definition]) -> None:
    match definition:
        case Indicator():
            dataset = dataset_of(definition)
            if definition.measure not in dataset.measures:
                raise InvalidDefinition(f"数据集“{dataset.label}”没有度量“{definition.measure}”。")
            if definition.date not in dataset.dates:
                raise InvalidDefinition(f"数据集“{dataset.label}”没有日期“{definition.date}”。")
            for name, value in definition.filters.items():
                dataset.condition(name, value)
        case Ratio() | Sum() | Difference() | Change():
            if isinstance(definition, Sum) and len(definition.terms) < 2:
                raise InvalidDefinition(f"指标“{definition.label}”至少由两个指标相加。")
            units = {unit_of(catalogue[code], catalogue) for code in definition.uses()}
            if len(units) > 1:
                mixed = "、".join(sorted(units))
                raise InvalidDefinition(f"指标“{definition.label}”混用了不同单位：{mixed}。")


def unit_of(definition: Definition, catalogue: Mapping[str, Definition]) -> Unit:
    match definition:
        case Indicator():
            return dataset_of(definition).measures[definition.measure].unit
        case Manual():
            return Unit(definition.unit)
        case Ratio() | Change(relative=True):
            return Unit.PERCENT
        case _:
            return unit_of(catalogue[definition.uses()[0]], catalogue)


def is_additive(definition: Definition, catalogue: Mapping[str, Definition]) -> bool:
    """Whether the figures of the children and the own level add up to the parent's."""
    match definition:
        case Indicator():
            return dataset_of(definition).measures[definition.measure].is_additive
        case Sum() | Difference() | Change(relative=False):
            return all(is_additive(catalogue[code], catalogue) for code in definition.uses())
        case _:
            return False


def is_flow(definition: Definition, catalogue: Mapping[str, Definition]) -> bool:
    """Whether it counts what happened in the period; else what stood at its end."""
    match definition:
        case Indicator():
            return dataset_of(definition).dates[definition.date].is_flow
        case Manual():
            return not definition.is_stock
        case _:
            return all(is_flow(catalogue[code], catalogue) for code in definition.uses())
