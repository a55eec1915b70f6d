"""Stratified random samples that anybody can draw again. Pure, without Django.

A household has no say in its place: the order of a draw is that of SHA-256 over seed and number,
which is the same on every machine and in every version of every library.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

Stratum = tuple[Any, ...]


def quotas(counts: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """How many are drawn from each stratum: in proportion, the rest to the largest remainders.

    They sum up to `size`, which is not above the sum of the counts, and none is above its count.
    """
    population = sum(counts.values())
    if not 0 <= size <= population:
        raise ValueError(f"{size} of {population} cannot be drawn")
    shares = {stratum: divmod(size * count, population) for stratum, count in counts.items()}
    found = {stratum: whole for stratum, (whole, _) in shares.items()}
    rest = size - sum(found.values())
    for stratum in sorted(shares, key=lambda one: (-shares[one][1], one))[:rest]:
        found[stratum] += 1
    return found


def draw(strata: Mapping[int, Stratum], size: int, seed: str) -> list[int]:
    """The numbers that are drawn, in an order that tells nothing of them.

    `strata` gives the stratum of each number.
    """
    left = quotas(Counter(strata.values()), size)
    drawn = []
    for number in sorted(strata, key=lambda number: _lot(seed, number)):
        if left[strata[number]]:
            left[strata[number]] -= 1
            drawn.append(number)
    return sorted(drawn, key=lambda number: _lot(f"{seed}:code", number))


def _lot(seed: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()
