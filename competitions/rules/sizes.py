"""How large a stage must at least be (domain §4, 竞赛规模要求; a dated rule of each place)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Size:
    """What takes part: units (家), entries (人或队), and of the workers of the trade those who did
    (人次 over 人)."""

    units: int
    entries: int
    headcount: int = 0
    workers: int = 0


def share(size: Size) -> Decimal | None:
    """Percentage of the workers of the trade who took part; None where nobody said how many there
    are. Heads are 人次, so it can only be an estimate, and never says more than all."""
    if not size.workers:
        return None
    return min(Decimal(size.headcount * 100) / size.workers, Decimal(100))


def shortfalls(
    size: Size, *, units: int | None, entries: int | None, percent: int | None, noun: str
) -> list[str]:
    """What falls short of the rule, as sentences; empty when all is reached."""
    found = []
    if units is not None and size.units < units:
        found.append(f"参赛单位 {size.units} 家，少于要求的 {units} 家。")
    if entries is not None and size.entries < entries:
        found.append(f"已受理 {size.entries} {noun}，少于要求的 {entries} {noun}。")
    reached = share(size)
    if percent is not None and reached is None:
        found.append(f"要求不少于 {percent}% 的职工参加，各单位尚未填报应参加职工。")
    elif percent is not None and reached < percent:
        found.append(f"职工参与比例 {reached:.1f}%，低于要求的 {percent}%。")
    return found
