"""How like two payers are, by name and code: for suggestions, never for decisions.

Pure functions.
"""

import difflib
import re

# So much of a code is alike before or behind a slip of the hand; what is shorter whole towns share.
HEAD, TAIL = 16, 6
# What most names of enterprises have, and what tells nothing of whom they name.
_COMMON = re.compile(
    r"[（(].*?[)）]|股份有限公司|有限责任公司|有限公司|公司|集团|分公司|工厂|厂|店|[省市县区]|\s"
)


def core(name: str) -> str:
    """What of a name is its own."""
    return _COMMON.sub("", name) or name.strip()


def pieces(name: str) -> list[str]:
    """Texts of which a like name has one: neighbouring pairs of characters of its core."""
    own = core(name)
    return sorted({own[at : at + 2] for at in range(len(own) - 1)}) or [own]


def distance(one: tuple[str, str], other: tuple[str, str]) -> float:
    """How far two pairs of name and code are apart: 0 for the same ones."""
    names = difflib.SequenceMatcher(None, core(one[0]), core(other[0])).ratio()
    codes = difflib.SequenceMatcher(None, one[1], other[1]).ratio() if one[1] else 0.0
    return 1 - max(names, codes if codes > 0.8 else 0.0)
