"""Who is not proposed: circumstances that keep off the list (评选办法, handbook §5.2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """A circumstance in the words of its document, and whether a reason may set it aside."""

    code: str
    label: str
    document: str
    allows_exception: bool


def in_the_way(bars: Sequence[Bar], met: Collection[str], *, reason: str) -> list[str]:
    """The circumstances that are met and stand in the way, each as a sentence.

    `reason` is why an exception is asked for: where the document allows one, whoever reviews the
    candidate judges it.
    """
    said = []
    for bar in bars:
        if bar.code not in met:
            continue
        if not bar.allows_exception:
            said.append(f"{bar.label}，不得推荐（{bar.document}）。")
        elif not reason.strip():
            said.append(
                f"{bar.label}，原则上不再推荐，确有特殊贡献的请写明理由（{bar.document}）。"
            )
    return said
