"""What small employers are given back, and why (the documents are named by each scheme).

2020 and 2021 small and micro enterprises got everything back; from 2023 on it is payers of less
than 10,000 yuan a year. Periods of dues (所属期) decide, by their first day: which scheme a receipt
belongs to, and which year. What was given for earlier periods of a year is taken off, so that who
turns out not to be entitled gives it back.
"""

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from funds.rules.payments import CENT
from funds.rules.sizes import CLASSES, SMALLEST

ZERO = Decimal("0.00")
SMALL = {CLASSES[-1], SMALLEST}
SIZES = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
LEVELS = {
    "grassroots": "基层工会",
    "town": "乡镇（街道）",
    "district": "区县（产业）",
    "municipal": "市级",
    "provincial": "省级",
    "national": "全国",
    "held": "代管",
}
STANDARD = "工信部联企业〔2011〕300号"


class Span(NamedTuple):
    """Days from the first to the last, both of them in it."""

    first: datetime.date
    last: datetime.date

    def __str__(self) -> str:
        return f"{self.first} 至 {self.last}"


def whole(year: int, quarter: int | None = None) -> Span:
    """A year, or one quarter of it."""
    months = (1, 12) if quarter is None else (3 * quarter - 2, 3 * quarter)
    ahead = datetime.date(year, months[1], 28) + datetime.timedelta(days=4)
    return Span(
        datetime.date(year, months[0], 1), ahead.replace(day=1) - datetime.timedelta(days=1)
    )


def clipped(span: Span, valid: tuple[datetime.date, datetime.date | None]) -> Span | None:
    """What of a period lies in the validity of a scheme; None where nothing does."""
    first, last = max(span.first, valid[0]), min(span.last, valid[1] or span.last)
    return Span(first, last) if first <= last else None


def year_so_far(span: Span, valid_from: datetime.date) -> Span:
    """From the first day of the year on which the scheme holds to the end of the period."""
    return Span(max(span.first.replace(month=1, day=1), valid_from), span.last)


def is_small_payer(paid: Decimal, threshold: Decimal) -> bool:
    """Whether who paid so much in the year, refunds taken off, stays below the limit."""
    return paid < threshold


def is_small(size: str) -> bool:
    return size in SMALL


def entitled(base: Decimal, percent: Decimal) -> Decimal:
    """A percentage of the base, rounded half up to the cent."""
    return (base * percent / 100).quantize(CENT, ROUND_HALF_UP)


def explained(facts: Mapping[str, Any]) -> list[str]:
    """Why so much, in sentences. `facts` are those of a rebate, as they were kept."""
    before, amount = Decimal(facts["before"]), Decimal(facts["amount"])
    parts = " + ".join(
        f"{LEVELS[level]} {Decimal(part):,} 元" for level, part in facts["parts"].items()
    )
    (first, last), (since, until) = facts["period"], facts["so_far"]
    told = [
        f"依据{facts['scheme']}（{facts['document']}），所属期 {first} 至 {last}。",
        _eligible(facts),
        _union(facts),
        f"所属期起在 {since} 至 {until} 的缴费，扣除退库后应返还的各级分成：{parts}。",
    ]
    if facts["obstacle"]:
        told.append("不符合条件，本年应返还 0.00 元。")
    else:
        told.append(
            f"{Decimal(facts['base']):,} 元 × {Decimal(facts['percent']).normalize():f}%，"
            f"本年应返还 {Decimal(facts['entitled']):,} 元。"
        )
    if before:
        told.append(
            f"本年以前各期已列返还 {before:,} 元，"
            f"本期为 {Decimal(facts['entitled']):,} − {before:,} = {amount:,} 元。"
        )
    if amount < 0:
        told.append("金额为负数，即以前多返，从该工会以后的应返款中抵扣。")
    return told


def _eligible(facts: Mapping[str, Any]) -> str:
    year = facts["period"][0][:4]
    if facts["threshold"] is not None:
        paid, threshold = Decimal(facts["paid"]), Decimal(facts["threshold"])
        verdict = "低于" if is_small_payer(paid, threshold) else "不低于"
        return f"{year}年缴费 {paid:,} 元（已扣除退库），{verdict}年缴费限额 {threshold:,} 元。"
    size = SIZES.get(facts["size"])
    if size is None:
        return (
            f"没有该单位{year}年的规模年报，用人单位台账中也未登记规模，不能认定为小型、微型企业。"
        )
    if facts["size_of"] == "return":
        return f"按{year}年规模年报和划型标准（{STANDARD}），该单位为{size}企业。"
    return f"没有该单位{year}年的规模年报，按用人单位台账登记的规模，为{size}企业。"


def _union(facts: Mapping[str, Any]) -> str:
    if facts["union_since"]:
        return f"该单位自 {facts['union_since']} 起由“{facts['union']}”覆盖，返还给该工会。"
    if facts["union"]:
        return f"该单位在 {facts['period'][1]} 没有建会，由“{facts['union']}”办理返还。"
    return f"该单位在 {facts['period'][1]} 没有建会，不能返还。"
