"""How a figure is counted, in Chinese words: for the page of the figure and the auditor's eye.

The words are frozen with the figure, so that they stay true when names or indicators change.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from core import indicators
from core.indicators import Definition
from core.periods import Period

OPERATORS = {"gte": "不低于", "lte": "不高于", "exact": "为", "in": "为"}


def terms(
    definition: Definition, known: Mapping[str, Definition], period: Period
) -> Iterator[tuple[str, str]]:
    """(term, text) of a definition, counted over the period."""
    yield "依据", definition.source
    match definition:
        case indicators.Indicator():
            dataset = indicators.dataset_of(definition)
            unit = indicators.unit_of(definition, known)
            yield "统计对象", dataset.label
            yield "计量", f"{dataset.measures[definition.measure].label}（{unit}）"
            rule = dataset.dates[definition.date]
            if rule.is_flow:
                yield "时间", f"{rule.label}日期在{period}内"
            else:
                end = period.end
                yield "时间", f"{end.year}年{end.month}月{end.day}日终仍{rule.label}"
            for sentence in conditions(dataset, definition.filters):
                yield "条件", sentence
        case indicators.Ratio(numerator=over, denominator=under):
            yield "算法", f"{known[over].label} ÷ {known[under].label} × 100%"
        case indicators.Sum(terms=codes):
            yield "算法", " ＋ ".join(known[code].label for code in codes)
        case indicators.Difference(minuend=one, subtrahend=other):
            yield "算法", f"{known[one].label} － {known[other].label}"
        case indicators.Change(of=code):
            yield "算法", f"{known[code].label}与上年同期相比"
        case indicators.Manual():
            yield "算法", "人工填报并经另一人签发"


def conditions(dataset: indicators.Dataset, filters: Mapping[str, Any]) -> Iterator[str]:
    """Each filter as a clause: 从业群体为货车司机、快递员."""
    for name, value in filters.items():
        code, _, operator = name.partition("__")
        dimension = dataset.dimensions[code]
        if operator == "isnull":
            yield f"{dimension.label}{'未填写' if value else '已填写'}"
            continue
        several = value if isinstance(value, list | tuple) else [value]
        labels = dimension.labels(dataset.model)
        words = "、".join(str(labels.get(each, each)) for each in several)
        yield f"{dimension.label}{OPERATORS[operator or 'exact']}{words}"
