"""Ids as text: rising, runs joined, `1-5000,5007`. Rows of one import lie side by side."""

from collections.abc import Iterable, Iterator


def pack(ids: Iterable[int]) -> str:
    """The text of ids; they may come in any order."""
    parts: list[list[int]] = []
    for pk in sorted(ids):
        if parts and pk == parts[-1][1] + 1:
            parts[-1][1] = pk
        elif not parts or pk != parts[-1][1]:
            parts.append([pk, pk])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)


def unpack(text: str) -> Iterator[int]:
    """The ids of a text that `pack` gave, rising."""
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        yield from range(int(low), int(high or low) + 1)
