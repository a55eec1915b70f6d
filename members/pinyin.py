"""Pinyin of Chinese names, for sorting and for search by prefix. Pure functions, no Django.

Computed when a name is saved, never in a query.
"""

import os
from functools import cache, lru_cache
from typing import NamedTuple

# Only single characters are asked for; the dictionary of phrases would take 50 MB.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import lazy_pinyin  # noqa: E402


class Pinyin(NamedTuple):
    """A name in letters without tones and blanks: `zhangwei` and `zw`; ü is written v."""

    full: str
    initials: str


# Characters that are read otherwise as a family name. pypinyin reads them as common words.
SURNAME_READINGS = {
    "单": "shan", "仇": "qiu", "区": "ou", "解": "xie", "曾": "zeng", "查": "zha",
    "朴": "piao", "盖": "ge", "乐": "yue", "翟": "zhai", "覃": "qin",
    "卜": "bu", "员": "yun", "贠": "yun", "种": "chong", "秘": "bi", "折": "she",
    "召": "shao", "缪": "miao", "隗": "wei", "牟": "mu", "祭": "zhai", "阚": "kan",
    "郇": "xun", "繁": "po", "佴": "nai", "乜": "nie", "句": "gou", "黑": "he",
    "长": "chang", "薄": "bo", "都": "du", "藏": "zang", "角": "jue", "粘": "nian",
}  # fmt: skip

# Compound family names with a reading of their own.
COMPOUND_SURNAME_READINGS = {
    "尉迟": ("yu", "chi"),
    "万俟": ("mo", "qi"),
    "单于": ("chan", "yu"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "乐正": ("yue", "zheng"),
}

# Characters that given names read otherwise than common words.
GIVEN_NAME_READINGS = {"晟": "sheng", "长": "chang", "曾": "zeng", "都": "du"}


@lru_cache(maxsize=20_000)
def of_name(name: str) -> Pinyin:
    """The pinyin of a name; letters and digits stay (lower case), marks and blanks are dropped."""
    family = COMPOUND_SURNAME_READINGS.get(name[:2])
    if family is None:
        family = (SURNAME_READINGS[name[0]],) if name[:1] in SURNAME_READINGS else ()
    syllables = [*family, *map(_reading, name[len(family) :])]
    return Pinyin("".join(syllables), "".join(syllable[:1] for syllable in syllables))


@cache
def _reading(char: str) -> str:
    """One character's usual reading; a character without one stays as it is."""
    if not char.isalnum():
        return ""
    syllable = GIVEN_NAME_READINGS.get(char) or lazy_pinyin(char)[0]
    return syllable.lower()
