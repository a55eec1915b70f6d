"""Whose a receipt is: shares of the levels of the union, to the cent.

Employers pay 2 % of their wages (工会法 第四十三条); a part stays with the grass-roots union, the
rest goes to the unions above it, by the rules of province and city. Parts always sum to the whole:
each is cut off below the cent, and the cents left over go to the largest remainders, ties in a
stated order. Below zero everything is the mirror image.

Receipts are split by the hundred thousand, so the arithmetic is that of whole cents (分) and whole
millionths: `Ratio` is a rule made ready, `split` one receipt in yuan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from funds.rules.payments import CENT, fen

# Of whom a part may be, from below upwards. `held` is kept until it is known whose it is.
LEVELS = ("grassroots", "town", "district", "municipal", "provincial", "national", "held")
GRASSROOTS, TOWN, DISTRICT, MUNICIPAL, PROVINCIAL, NATIONAL, HELD = range(len(LEVELS))
UPPER = range(TOWN, HELD)
UP = LEVELS
DOWN = (*reversed(LEVELS[:-1]), "held")
WHOLE = Decimal(100)
MILLION = 1_000_000

Parts = dict[str, Decimal]
Cents = list[int]  # one for each of LEVELS


@dataclass(frozen=True)
class Ratio:
    """The percentages of a rule as places in `LEVELS` and millionths, who gets a left-over cent
    first; and the millionths of the upper parts that a measure leaves below (缓减)."""

    parts: tuple[tuple[int, int], ...]
    eased: int = 0

    @classmethod
    def of(
        cls,
        percentages: Mapping[str, Decimal],
        *,
        order: Sequence[str] = UP,
        eased: Decimal = Decimal(0),
    ) -> "Ratio":
        """Refused unless the percentages add up to 100."""
        if sum(percentages.values()) != WHOLE:
            raise ValueError(f"percentages add up to {sum(percentages.values())}, not to 100")
        parts = tuple(
            (LEVELS.index(level), _millionths(percentages[level]))
            for level in order
            if percentages.get(level)
        )
        return cls(parts, _millionths(eased))

    def split(self, amount: int) -> Cents:
        """The part of each level, before any measure."""
        whole = left = abs(amount)
        cents, remainders = [0] * len(LEVELS), []
        for rank, (place, millionths) in enumerate(self.parts):
            part, remainder = divmod(whole * millionths, MILLION)
            cents[place] = part
            left -= part
            remainders.append((-remainder, rank, place))
        if left:
            remainders.sort()
            for _, _, place in remainders[:left]:
                cents[place] += 1
        return [-part for part in cents] if amount < 0 else cents

    def ease(self, cents: Cents) -> tuple[Cents, int]:
        """The parts after the measure, and what stays below by it.

        Each upper part is cut by the percentage, rounded half up to the cent.
        """
        if not self.eased:
            return cents, 0
        less, stays = list(cents), 0
        for place in UPPER:
            if part := cents[place]:
                cut = (abs(part) * self.eased * 2 + MILLION) // (2 * MILLION)
                cut = -cut if part < 0 else cut
                less[place] -= cut
                stays += cut
        less[GRASSROOTS] += stays
        return less, stays


def split(
    amount: Decimal, percentages: Mapping[str, Decimal], *, order: Sequence[str] = UP
) -> Parts:
    """The part (元) of each level with a percentage. Percentages add up to 100, parts to `amount`.

    `order` decides between equal remainders: who stands first is given the cent.
    """
    cents = Ratio.of(percentages, order=order).split(fen(amount))
    return {
        level: yuan(part)
        for level, part in zip(LEVELS, cents, strict=True)
        if percentages.get(level)
    }


def less_upwards(parts: Mapping[str, Decimal], percent: Decimal) -> tuple[Parts, Decimal]:
    """Parts of which `percent` of everything above the grass-roots union stays with it (缓减), and
    what stays."""
    cents = [fen(parts.get(level, Decimal(0))) for level in LEVELS]
    less, stays = Ratio((), _millionths(percent)).ease(cents)
    return {level: yuan(part) for level, part in zip(LEVELS, less, strict=True)}, yuan(stays)


def levied(wages: Decimal, percent: Decimal) -> Decimal:
    """What is due on wages (元): `percent` of them, rounded half up to the cent."""
    return (wages * percent / WHOLE).quantize(CENT, ROUND_HALF_UP)


def yuan(cents: int) -> Decimal:
    """Whole cents (分) as yuan."""
    return Decimal(cents).scaleb(-2)


def _millionths(percent: Decimal) -> int:
    """A percentage of up to four decimals, exactly."""
    found = percent * MILLION / WHOLE
    if found != int(found):
        raise ValueError(f"{percent} % has more than four decimals")
    return int(found)
