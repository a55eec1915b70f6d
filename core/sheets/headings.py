"""Which heading of a file is which column of ours: spellings, synonyms, likeness."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

# Columns that the engine itself adds to a table it gives back; on the way in they are no data.
REASON, SUGGESTION, ROW_KEY = "原因", "修改建议", "行标识"
OWN_HEADINGS = (REASON, SUGGESTION, ROW_KEY)


class Heading(Protocol):
    """What reading needs to know of a column."""

    column_name: str
    synonyms: Sequence[str]
    required: bool


def headings_digest(cells: Sequence[str]) -> str:
    """What two files with the same row of headings have in common: SHA-256, in hex."""
    text = "\x1f".join(heading_key(cell) for cell in trimmed(cells))
    return hashlib.sha256(text.encode()).hexdigest()


def trimmed(cells: Sequence[str]) -> list[str]:
    """A row without the blank cells at its end and without the columns of the engine."""
    own = [at for at, cell in enumerate(cells) if cell.strip() in OWN_HEADINGS]
    cut = list(cells[: min(own, default=len(cells))])
    while cut and not cut[-1].strip():
        cut.pop()
    return cut


_NOISE = re.compile(r"[\s*＊:：_\-—·.、,，“”\"'/]+|（?必填）?|\(必填\)|\(选填\)")
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|<.*?>|【.*?】")


def heading_key(text: str, *, brackets: bool = True) -> str:
    """What two spellings of one heading have in common."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if not brackets:
        plain = _BRACKETS.sub("", plain)
    return _NOISE.sub("", plain)


# What lists put in front of a heading: 职工姓名, 会员入会日期, 1.姓名.
_IN_FRONT = re.compile(r"^(\d{1,2}(?=\D)|职工|会员|员工|本人|人员|个人)+")


def known_headings(columns: Iterable[Heading]) -> dict[str, tuple[str, int]]:
    """Every accepted spelling of every column, to its heading and its rank.

    A declared name wins a synonym, an earlier synonym a later one.
    """
    known: dict[str, tuple[str, int]] = {}
    columns = list(columns)
    for column in columns:
        known[heading_key(column.column_name)] = column.column_name, 0
    for column in columns:
        known.setdefault(heading_key(column.column_name, brackets=False), (column.column_name, 0))
        for rank, synonym in enumerate(column.synonyms, start=1):
            known.setdefault(heading_key(synonym), (column.column_name, rank))
    return known


def key_among(cell: str, known: Mapping[str, Any]) -> str:
    """The key of a heading in `known_headings`, or one that is not among them."""
    exact = heading_key(cell)
    if exact in known:
        return exact
    shorter = heading_key(cell, brackets=False)
    return shorter if shorter in known else _IN_FRONT.sub("", shorter)


def likeness(heading: str, column: Heading) -> float:
    """How alike a file's heading and one of our columns are, from 0 to 1."""
    ours = [heading_key(text, brackets=False) for text in (column.column_name, *column.synonyms)]
    theirs = _IN_FRONT.sub("", heading_key(heading, brackets=False))
    if not theirs:
        return 0.0
    return max(
        max(
            difflib.SequenceMatcher(None, theirs, spelling).ratio(),
            0.8 if len(spelling) > 1 and spelling in theirs else 0.0,
        )
        for spelling in ours
    )
