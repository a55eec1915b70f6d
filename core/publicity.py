"""What a publicity shows: its kinds, declared by the apps, and its content, frozen and hashed.

An app declares each kind beside its procedures, in `workflows.py`:

    publicity.register(Kind(
        "hardship.filing", "困难职工建档公示", noun="困难职工建档对象",
        unit="工作单位", category="困难类别",
    ))

and shows a row from the effect of a transition, with `core.services.publicity.post`. A list names a
person, the unit and a category or title, and nothing else (个人信息保护法, Art. 6, 25).
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core import masking
from core.errors import Refused


@dataclass(frozen=True)
class Kind:
    """A kind of publicity and how it is done.

    `noun` is what is proposed, for the text of the notice; `unit` and `category` are the headings
    of the list. `days` are working days, `counts_posting_day` says whether the day of posting is
    the first of them. Names are shown in full only where a rule asks for it (`shows_full_names`).
    `keep_days` after its end the list leaves the public page.
    """

    code: str
    label: str
    noun: str
    unit: str = "工作单位"
    category: str = "类别"
    days: int = 5
    counts_posting_day: bool = False
    shows_full_names: bool = False
    keep_days: int = 30


@dataclass(frozen=True)
class Shown:
    """One row of the list, with the clear name: how it is shown, the kind says.

    The name of a team or a union (`is_person=False`) is shown in full.
    """

    name: str
    unit: str
    category: str
    is_person: bool = True


kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    if kind.code in kinds:
        raise ValueError(f"publicity {kind.code} is declared twice")
    kinds[kind.code] = kind
    return kind


# A run of digits so long is a telephone, card or certificate number, and belongs on no list.
_NUMBER = re.compile(r"(?:[0-9０-９][ \-]?){7,}[0-9Xxｘ]?")


def listed(kind: Kind, rows: Sequence[Shown]) -> list[list[str]]:
    """The rows as they stand on the list. Raises Refused where one holds a number."""
    mask: Callable[[str], str] = str if kind.shows_full_names else masking.name
    found = [
        [mask(row.name) if row.is_person else row.name, row.unit, row.category] for row in rows
    ]
    if any(_NUMBER.search(text) for row in found for text in row):
        raise Refused(
            "公示名单中不得出现证件号码、电话或账号，请核对单位和类别两栏。", code="number_on_list"
        )
    return found


def canonical(content: dict[str, Any]) -> str:
    """The content as text of one form: keys in order, no blanks, characters as they are."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical form in UTF-8, hexadecimal."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


# The notice.


@dataclass(frozen=True)
class Notice:
    """The notice of a publicity (公示通告) as plain text, for whoever prints it."""

    title: str
    paragraphs: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    agency: str
    date: str


OBJECTING = (
    "公示期内对公示对象有异议的，可以通过本平台公示页面实名或匿名提出，也可以向公示单位当面、来电"
    "或书面反映。反映情况应当客观真实，并提供线索。"
)


_BLANK = re.compile(r"(?<=[\u4e00-\u9fff，。]) (?=\d)|(?<=\d) (?=[\u4e00-\u9fff])")


def notice(content: dict[str, Any]) -> Notice:
    """The words of a notice from the frozen content, set as in print: no blanks about figures."""
    return Notice(
        title=content["title"],
        paragraphs=tuple(_BLANK.sub("", text) for text in sentences(content)),
        headings=tuple(content["headings"]),
        rows=tuple(tuple(row) for row in content["rows"]),
        agency=content["agency"],
        date=written(content["posted_on"]),
    )


def sentences(content: dict[str, Any]) -> tuple[str, ...]:
    """What stands above the list: what is proposed, from when to when, how to object."""
    counted = "公示当日计入" if content["counts_posting_day"] else "自公示次日起计"
    span = f"{written(content['posted_on'])}至{written(content['ends_on'])}"
    found = [
        f"经审核，现将拟确定的{content['noun']}予以公示，共 {len(content['rows'])} 名。",
        f"公示时间：{span}，共 {content['days']} 个工作日（{counted}）。",
        OBJECTING,
    ]
    if content["contact"]:
        found.append(f"联系方式：{content['contact']}。")
    return tuple(found)


def written(day: str) -> str:
    """2026-11-21 as 2026年11月21日."""
    year, month, date = day.split("-")
    return f"{year}年{int(month)}月{int(date)}日"
