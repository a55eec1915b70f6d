"""Finds the table in an uploaded file and yields its rows as text. Knows no model.

Everything is told in the user's terms: row numbers are those at the edge of his spreadsheet, a cell
is the text he sees in it. A number that Excel has rounded is marked, not trusted.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from core.sheets import limits
from core.sheets.admission import TOO_WIDE, Unreadable
from core.sheets.headings import (
    OWN_HEADINGS,
    ROW_KEY,
    Heading,
    headings_digest,
    key_among,
    known_headings,
    trimmed,
)
from core.sheets.sources import Source, open_source


class Line(NamedTuple):
    """One row below the heading: its number in the spreadsheet, its cells in the file's order.

    `note` is empty for data; otherwise it says why the row is none (合计行, 说明行).
    """

    number: int
    cells: list[str]
    note: str = ""


class Placement(NamedTuple):
    """Which column of a file is which of ours, as somebody once said it.

    `places` maps declared headings to positions in the file, `constants` those that the file does
    not have to the text that stands for every row. `told` says where this comes from.
    """

    places: Mapping[str, int]
    constants: Mapping[str, str]
    told: str


@dataclass
class Table:
    """An opened table whose heading row was found.

    `places` gives the position of each declared heading that the file has; `unknown` the headings
    that nobody declared; `told` what the user should know about how the file was understood.
    The last `constants` cells of a row are not the file's own, see `Placement`.
    """

    source: Source
    headings: list[str]
    heading_row: int
    places: dict[str, int]
    key_place: int | None
    unknown: list[str]
    required: list[int]
    told: list[str] = field(default_factory=list)
    constants: int = 0

    def lines(self) -> Iterator[Line]:
        """All rows below the heading that hold anything, in order; may be called again."""
        rows = self.source.rows()
        width = len(self.headings)
        required = self.required
        for number, cells in enumerate(rows, start=1):
            if number <= self.heading_row:
                continue
            if not any(cells):
                continue
            if number - self.heading_row > limits.MAX_ROWS:
                raise Unreadable(
                    f"表格超过 {limits.MAX_ROWS:,} 行，请拆分为几份后分别上传。",
                    code="too_many_rows",
                )
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            own = cells[: width - self.constants] if self.constants else cells
            blank = not all(cells[place].strip() for place in required)
            note = _note(own, len(required)) if blank else None
            if note is None:
                if not any(cell.strip() for cell in own):
                    continue
                note = ""
            yield Line(number, cells, note)


def open_table(
    path: str | Path,
    columns: Iterable[Heading],
    *,
    name: str = "",
    saved: Mapping[str, Placement] | None = None,
) -> Table:
    """Find the table in the file at `path`; `name` is what the user called the file.

    A row of headings whose `headings_digest` is in `saved` is read as it says. Otherwise the sheet
    and the heading row are those that match the most declared headings.
    Raises `Unreadable` with a sentence that says what to do.
    """
    columns = list(columns)
    source = open_source(Path(path), name or str(path))
    known = known_headings(columns)
    best: tuple[int, int, Source, list[str]] | None = None
    for sheet in source.sheets():
        for number, cells in _first_rows(sheet):
            if saved and (placement := saved.get(headings_digest(cells))):
                return _placed(columns, placement, sheet, number, cells, source.told)
            found = {known[key][0] for cell in cells if (key := key_among(cell, known)) in known}
            matches = len(found)
            if matches and (best is None or matches > best[0]):
                best = (matches, number, sheet, cells)
    if best is None:
        raise Unreadable(
            f"前 {limits.HEADING_WITHIN} 行内没有找到表头。表头应含："
            f"{'、'.join(column.column_name for column in columns if column.required)}。",
            code="no_heading",
        )
    _, number, sheet, cells = best
    return _table(columns, known, sheet, number, cells, source.told)


def heading_candidates(path: str | Path, *, name: str = "") -> list[tuple[int, list[str]]]:
    """Rows of the file that may be its heading, by number, the likeliest first.

    They are rows of the sheet that is widest there, without anything that looks like a number of a
    person. Raises `Unreadable` as `open_table`.
    """
    found: list[tuple[int, list[str]]] = []
    for sheet in open_source(Path(path), name or str(path)).sheets():
        rows = [
            (number, [" ".join(cell.split()) for cell in trimmed(cells)])
            for number, cells in _first_rows(sheet)
        ]
        rows = [row for row in rows if not any(_LONG_NUMBER.search(cell) for cell in row[1])]
        rows.sort(key=lambda row: -sum(map(bool, row[1])))
        if rows and (not found or _width(rows[0]) > _width(found[0])):
            found = rows
    return [row for row in found if _width(row) > 1]


_LONG_NUMBER = re.compile(r"\d{6}")


def _width(row: tuple[int, list[str]]) -> int:
    return sum(map(bool, row[1]))


def _first_rows(sheet: Source) -> Iterator[tuple[int, list[str]]]:
    return enumerate(itertools.islice(sheet.rows(), limits.HEADING_WITHIN), start=1)


def _table(
    columns: list[Heading],
    known: dict[str, tuple[str, int]],
    sheet: Source,
    number: int,
    cells: list[str],
    told: list[str],
) -> Table:
    cells = _headings(cells)
    claims: dict[str, list[tuple[int, int]]] = {}
    for place, cell in enumerate(cells):
        if found := known.get(key_among(cell, known)):
            claims.setdefault(found[0], []).append((found[1], place))
    places, twice = {}, []
    for heading, claimants in claims.items():
        (rank, place), *others = sorted(claimants)
        places[heading] = place
        if others and others[0][0] == rank:
            twice.append(heading)
    if twice:
        raise Unreadable(
            f"表头“{'”“'.join(dict.fromkeys(twice))}”出现了不止一次，请只保留一列。",
            code="heading_twice",
        )
    missing = [c.column_name for c in columns if c.required and c.column_name not in places]
    if missing:
        raise Unreadable(
            f"第 {number} 行的表头缺少“{'”“'.join(missing)}”，请补上后再上传，或使用本系统的模板。",
            code="heading_missing",
        )
    told = [*told, *_told_of(sheet, cells)]
    if number > 1:
        told.append(f"表头在第 {number} 行，其上方的内容已略过。")
    return _made(columns, sheet, number, cells, places, told)


def _placed(
    columns: list[Heading],
    placement: Placement,
    sheet: Source,
    number: int,
    cells: list[str],
    told: list[str],
) -> Table:
    """A table that is read as somebody once said."""
    cells = _headings(cells)
    constants = placement.constants
    places = dict(placement.places)
    places |= {heading: len(cells) + at for at, heading in enumerate(constants)}
    told = [placement.told, *told, *_told_of(sheet, cells)]
    if not constants:
        return _made(columns, sheet, number, cells, places, told)
    filled = _Filled(sheet, number, cells, constants)
    table = _made(columns, filled, number, [*cells, *constants], places, told)
    table.constants = len(constants)
    return table


def _headings(cells: list[str]) -> list[str]:
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > limits.MAX_COLUMNS:
        raise Unreadable(TOO_WIDE, code="too_many_columns")
    return cells


def _made(
    columns: list[Heading],
    sheet: Source,
    number: int,
    cells: list[str],
    places: dict[str, int],
    told: list[str],
) -> Table:
    taken = set(places.values())
    key_place, unknown = None, []
    for place, cell in enumerate(cells):
        heading = " ".join(cell.split())
        if heading == ROW_KEY:
            key_place = place
        elif heading and heading not in OWN_HEADINGS and place not in taken:
            unknown.append(heading)
    if unknown:
        shown = "、".join(heading[:20] for heading in unknown[:10])
        told.append(f"没有用到的列：{shown}{'等' if len(unknown) > 10 else ''}。")
    required = [places[column.column_name] for column in columns if column.required]
    return Table(sheet, cells, number, places, key_place, unknown, required, told)


def _told_of(sheet: Source, cells: list[str]) -> list[str]:
    """What is hidden or merged in the sheet and was read all the same."""
    told = []
    if sheet.hidden_rows[0]:
        told.append(f"{_numbered(sheet.hidden_rows)}是隐藏的，已一并读取。")
    hidden = [cells[place].strip() for place in sheet.hidden_columns if place < len(cells)]
    hidden = [heading for heading in hidden if heading and heading not in OWN_HEADINGS]
    if hidden:
        told.append(f"隐藏的列已一并读取：{'、'.join(heading[:20] for heading in hidden[:10])}。")
    if sheet.merged[0]:
        told.append(f"{_numbered(sheet.merged)}有上下合并的单元格，按合并的内容读取。")
    return told


def _numbered(counted: tuple[int, list[int]]) -> str:
    """第 3、4 行, or of many the first ten and how many there are."""
    count, numbers = counted
    shown = "、".join(map(str, numbers))
    return f"第 {shown} 行" if count <= len(numbers) else f"第 {shown} 行等共 {count:,} 行"


class _Filled(Source):
    """A sheet with further columns behind its own that say the same in every row below the heading.

    They stand in the table that goes back as well, so that a row may say something else there.
    """

    def __init__(
        self, sheet: Source, heading_row: int, headings: list[str], constants: Mapping[str, str]
    ) -> None:
        self.sheet, self.heading_row, self.headings = sheet, heading_row, headings
        self.constants = constants

    def rows(self) -> Iterator[list[str]]:
        width = len(self.headings)
        more, texts = list(self.constants), list(self.constants.values())
        for number, cells in enumerate(self.sheet.rows(), start=1):
            if number == self.heading_row:
                yield self.headings + more
            elif number < self.heading_row or not any(cells):
                yield cells
            else:
                yield [*cells[:width], *[""] * (width - len(cells)), *texts]


_TOTAL = re.compile(r"(合计|总计|小计|共计|累计|合\s+计|总\s+计)")
_NOTE = re.compile(
    r"(注|备注|说明|填表说明|填报说明|填表人|填报人|制表人?|审核人?|负责人|单位负责人|填表日期|填报日期"
    r"|填报单位|联系人|联系电话|日期)\s*[\d.]*\s*([:：]|$)|(注|说明)\d"
)


def _note(cells: list[str], required: int) -> str | None:
    """Whether a row with a blank required cell is a total or a remark rather than data."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return None
    if _TOTAL.match(filled[0]) and len(filled[0]) <= 8:
        return "合计行"
    if _NOTE.match(filled[0]):
        return "说明行"
    if len(filled) == 1 and required > 1 and len(filled[0]) > 12 and cells[0].strip():
        return "说明行"
    return None
