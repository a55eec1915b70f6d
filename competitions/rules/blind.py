"""Blind codes that anybody can draw again. Pure, without Django.

A contestant has no say in his place: the order is that of SHA-256 over seed and number of the
entry, which is the same on every machine and in every version of every library.
"""

import hashlib
from collections.abc import Iterable


def codes(entries: Iterable[int], seed: str) -> dict[int, str]:
    """The code of each entry: 001, 002 … in the order of the draw."""
    drawn = sorted(set(entries), key=lambda number: (_lot(seed, number), number))
    return {number: f"{place:03}" for place, number in enumerate(drawn, 1)}


def _lot(seed: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()
