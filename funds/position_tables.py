"""应返未返 as tables: of districts or unions, sorted; and the words of the bulletin (督查通报)."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.models import Organisation
from funds.positions import Position, total
from funds.rules import ageing

NOWHERE = "不在区县（产业）"
WAN = Decimal(10_000)
BRIEF = (0, 1, 2, 3, 8, 15)  # columns that fit on a page: what is owed, the oldest of it, 多返
NAMED = 3  # districts that the bulletin names first and last


@dataclass(frozen=True)
class Line:
    """One row: an organisation (None: those that stand in no district) and its position."""

    organisation: int | None
    position: Position


def headings(on: datetime.date) -> list[str]:
    """Of the columns after the name; all in yuan but for the rate."""
    return [
        *["应返", "已返", "应返未返", "返还率（%）"],
        *[label for _, label in ageing.BANDS],
        *[label for _, label in ageing.years(on)],
        *["未到期", "代管", "多返"],
    ]


def cells(position: Position) -> list[Decimal | None]:
    return [
        *[position.due, position.paid, position.owed, position.rate],
        *position.bands,
        *position.years,
        *[position.not_due, position.custody, position.over],
    ]


def shown(position: Position) -> list[str]:
    """The cells as a page has them."""
    return ["—" if cell is None else f"{cell:,.2f}" for cell in cells(position)]


SORTS: dict[str, Callable[[Position], tuple]] = {
    "owed": lambda position: (-position.owed,),
    "rate": lambda position: (position.rate is None, position.rate or 0, -position.owed),
    "best": lambda position: (position.rate is None, -(position.rate or 0), position.owed),
    "oldest": lambda position: tuple(-band for band in reversed(position.bands)),
    "over": lambda position: (-position.over,),
}


def lines(positions: Mapping[int | None, Position], sort: str = "owed") -> list[Line]:
    """Those with anything to tell, sorted; who is equal stands in the order of the keys."""
    told = [Line(key, position) for key, position in positions.items() if any(cells(position))]
    told.sort(key=lambda line: (line.organisation is None, line.organisation or 0))
    return sorted(told, key=lambda line: SORTS[sort](line.position))


def names(told: Iterable[Line]) -> dict[int | None, str]:
    keys = [line.organisation for line in told if line.organisation is not None]
    found = dict(Organisation.objects.filter(pk__in=keys).order_by().values_list("pk", "name"))
    return {None: NOWHERE, **found}


def bulletin(place: str, on: datetime.date, told: Sequence[Line]) -> list[str]:
    """The paragraphs of the bulletin; `told` are the districts from the highest rate down."""
    whole = total(line.position for line in told)
    called = names(told)
    opening = (
        f"截至{on:%Y年%m月%d日}，{place}应返还下级工会经费 {_wan(whole.due)}，"
        f"已返还 {_wan(whole.paid)}，应返未返 {_wan(whole.owed)}，返还率 {_percent(whole.rate)}。"
    )
    old = whole.bands[-1]
    age = (
        f"应返未返经费中，拖欠超过一年的 {_wan(old)}，超过半年不足一年的 {_wan(whole.bands[-2])}。"
        if whole.owed
        else "应返经费已全部返还。"
    )
    ranked = [line for line in told if line.position.rate is not None]
    paragraphs = [opening, age]
    if done := [called[line.organisation] for line in ranked if line.position.rate == 100]:
        paragraphs.append(f"返还率达到 100% 的有 {len(done)} 个：{'、'.join(done)}。")
    behind = [line for line in ranked if line.position.rate < 100]
    if behind:
        last = [
            f"{called[line.organisation]}（{_percent(line.position.rate)}，"
            f"应返未返 {_wan(line.position.owed)}）"
            for line in behind[::-1][:NAMED]
        ]
        paragraphs.append(f"返还率靠后的是{'、'.join(last)}，请对照台账限期清零。")
    if whole.over:
        paragraphs.append(f"另有多返 {_wan(whole.over)}，不抵减其他工会的应返未返，请核实收回。")
    return paragraphs


def _wan(amount: Decimal) -> str:
    return f"{amount / WAN:,.2f} 万元"


def _percent(rate: Decimal | None) -> str:
    return "—" if rate is None else f"{rate}%"
