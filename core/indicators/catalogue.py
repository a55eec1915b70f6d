"""Every indicator that there is: the shipped ones and those that staff defined as rows."""

from core.errors import Refused
from core.indicators import declarations
from core.indicators.declarations import Definition, shipped
from core.models import IndicatorDefinition


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
