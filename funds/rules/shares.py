"""Whose a receipt is: shares of the levels of the union, to the cent.

Employers pay 2 % of their wages (工会法 第四十三条); a part stays with the grass-roots union, the
rest goes to the unions above it, by the rules of province and city. Parts always sum to the whole:
each is cut off below the cent, and the cents left over go to the largest remainders, ties in a
stated order.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from funds.rules.payments import CENT, fen

# Of whom a part may be, from below upwards. `held` is kept until it is known whose it is.
LEVELS = ("grassroots", "town", "district", "municipal", "provincial", "national", "held")
UP = LEVELS
DOWN = (*reversed(LEVELS[:-1]), "held")
WHOLE = Decimal(100)

Parts = dict[str, Decimal]


def split(
    amount: Decimal, percentages: Mapping[str, Decimal], *, order: Sequence[str] = UP
) -> Parts:
    """The part (元) of each level with a percentage. Percentages add up to 100, parts to `amount`.

    A negative amount is the mirror image of the positive one. `order` decides between equal
    remainders: who stands first is given the cent.
    """
    if sum(percentages.values()) != WHOLE:
        raise ValueError(f"percentages add up to {sum(percentages.values())}, not to 100")
    whole, sign = abs(fen(amount)), -1 if amount < 0 else 1
    exact = {level: whole * percent / WHOLE for level, percent in percentages.items() if percent}
    cents = {level: int(value) for level, value in exact.items()}
    left = whole - sum(cents.values())
    by_remainder = sorted(
        exact, key=lambda level: (cents[level] - exact[level], order.index(level))
    )
    for level in by_remainder[:left]:
        cents[level] += 1
    return {level: (sign * part * CENT).quantize(CENT) for level, part in cents.items()}


def less_upwards(parts: Mapping[str, Decimal], percent: Decimal) -> tuple[Parts, Decimal]:
    """Parts of which `percent` of everything above the grass-roots union stays with it (缓减).

    Each upper part is cut by its percentage, rounded half up to the cent. Returns the new parts and
    what stays below.
    """
    cut = {
        level: (part * percent / WHOLE).quantize(CENT, ROUND_HALF_UP)
        for level, part in parts.items()
        if level not in ("grassroots", "held")
    }
    stays = sum(cut.values(), Decimal("0.00"))
    less = {level: part - cut.get(level, 0) for level, part in parts.items()}
    less["grassroots"] = less.get("grassroots", Decimal("0.00")) + stays
    return less, stays


def levied(wages: Decimal, percent: Decimal) -> Decimal:
    """What is due on wages (元): `percent` of them, rounded half up to the cent."""
    return (wages * percent / WHOLE).quantize(CENT, ROUND_HALF_UP)
