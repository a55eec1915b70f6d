"""What holders of titles are given, by the yearly notices on 劳模“三金” and 荣誉津贴.

Amounts are yuan to the cent. The shape of the formulas follows 《北京市劳动模范困难帮扶办法》: who
earns less than a share of the city's average is topped up by the actual difference; of what an
illness or accident cost a share is made up.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
A_HEAD = frozenset({"spring", "honorarium"})


class Formula(NamedTuple):
    """One rule: the kind, a sum a head, a city's yearly average, a percentage, the most, why."""

    kind: str
    amount: Decimal | None = None
    average: Decimal | None = None
    percent: Decimal | None = None
    cap: Decimal | None = None
    document: str = ""

    @property
    def line(self) -> Decimal:
        """The yearly income up to which is topped up."""
        return _cents((self.average or ZERO) * (self.percent or ZERO) / 100)


class Facts(NamedTuple):
    """What somebody earned in the year before; what he paid or lost himself; what he was given of
    the same for other occasions of the year."""

    income: Decimal | None = None
    loss: Decimal | None = None
    already: Decimal = ZERO


def amount(formula: Formula, facts: Facts) -> Decimal:
    """What is given for a year; nothing where nothing is lacking."""
    found = _uncapped(formula, facts)
    if formula.cap is None:
        return found
    return max(ZERO, min(found, formula.cap - facts.already))


def _uncapped(formula: Formula, facts: Facts) -> Decimal:
    if formula.kind in A_HEAD:
        return formula.amount or ZERO
    if formula.kind == "living":
        return max(ZERO, formula.line - (facts.income or ZERO))
    return _cents((facts.loss or ZERO) * (formula.percent or ZERO) / 100)


def lacking(formula: Formula, facts: Facts) -> str:
    """What must be known first, or ""."""
    if formula.kind == "living" and facts.income is None:
        return "请填写上年收入。"
    if formula.kind == "special" and not facts.loss:
        return "请填写自付费用或损失。"
    return ""


def explained(formula: Formula, facts: Facts) -> list[str]:
    """How the amount comes about, in sentences."""
    given = amount(formula, facts)
    percent = f"{(formula.percent or ZERO).normalize():f}"
    said = [f"依据{formula.document}。"]
    if formula.kind in A_HEAD:
        said.append(f"每人每年 {given:,} 元。")
    elif formula.kind == "living":
        said += [
            f"补助线为平均收入 {formula.average:,} 元的 {percent}%，即 {formula.line:,} 元。",
            f"上年收入 {facts.income or ZERO:,} 元，差额 {_uncapped(formula, facts):,} 元。",
        ]
    else:
        said.append(
            f"自付费用或损失 {facts.loss or ZERO:,} 元，"
            f"按 {percent}% 计 {_uncapped(formula, facts):,} 元。"
        )
    if formula.cap is not None and given < _uncapped(formula, facts):
        already = f"（本年度已登记 {facts.already:,} 元）" if facts.already else ""
        said.append(f"超过每人每年上限 {formula.cap:,} 元{already}，按上限发放。")
    return said


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
