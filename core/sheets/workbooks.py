"""Writes tables: the template, the user's table with its errors marked, and exports.

Every text is written as a text cell, and what a spreadsheet would compute gets an apostrophe in
front, which reading takes off again. All three have the same heading row.
"""

import csv
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.errors import Refused
from core.sheets import limits
from core.sheets.columns import CLEAR, Column, IdentifierWidget, MoneyWidget, harmless
from core.sheets.engine import Finding, Sheet
from core.sheets.headings import OWN_HEADINGS, REASON, ROW_KEY, SUGGESTION
from core.sheets.reading import Table
from core.sheets.sources import CHOICES, GUIDE, ORIGIN

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
VALIDATED_ROWS = 10_000  # how far down the template's drop-downs and text formats reach
REASON_WIDTH, SUGGESTION_WIDTH = 48, 28  # characters
LINE_HEIGHT = 15  # points; a row of Excel is at most 409 high
_FACE = {"font_name": "宋体", "font_size": 11, "valign": "top"}
# Number formats of the user's own cells, by what they are.
_LOOKS = {
    "text": "@",
    "number": "General",
    "rounded": "0",
    "boolean": "General",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm:ss",
}


@dataclass
class _Book:
    """An open workbook with the house's cell formats."""

    book: xlsxwriter.Workbook

    def __post_init__(self) -> None:
        def form(**properties: Any) -> Format:
            return self.book.add_format({**_FACE, **properties})

        head = {"bold": True, "bg_color": "#F6F8FA", "border": 1, "border_color": "#D0D7DE"}
        self.heading = form(**head, align="center", valign="vcenter", text_wrap=True)
        self.ink = form(bold=True)
        self.star = form(bold=True, font_color="#CF222E")
        self.text = form(num_format="@")
        self.plain = form()
        self.money = form(num_format="#,##0.00")
        self.example = form(font_color="#57606A", italic=True)
        self.example_text = form(font_color="#57606A", italic=True, num_format="@")
        self.kinds = {kind: form(num_format=look) for kind, look in _LOOKS.items()}
        red = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
        self.wrong = {kind: form(**red, num_format=look) for kind, look in _LOOKS.items()}
        self.reason = form(font_color="#CF222E", text_wrap=True, valign="top")
        self.wrapped = form(text_wrap=True, valign="top")
        self.title = form(bold=True, font_size=14)

    def write_heading(self, page: Worksheet, row: int, place: int, column: Column) -> None:
        """The heading, with a red star where the column must be filled."""
        if column.required:
            page.write_rich_string(
                row, place, self.ink, column.heading, self.star, "*", self.heading
            )
        else:
            page.write_string(row, place, column.heading, self.heading)

    def write(self, page: Worksheet, row: int, place: int, value: Any, form: Format) -> None:
        """A number as a number, everything else as harmless text, nothing for a blank."""
        if value is None or value == "":
            return
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            page.write_number(row, place, value, form)
        else:
            page.write_string(row, place, harmless(str(value))[: limits.MAX_CELL], form)


def _open(path: str | Path) -> xlsxwriter.Workbook:
    """Rows go to disk as they are written; text never becomes a number, link or formula."""
    return xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )


def _is_text(column: Column) -> bool:
    return column.identifier or isinstance(column.widget, IdentifierWidget)


# --- the template ------------------------------------------------------------------------------


def write_template(sheet: Sheet, path: str | Path, *, examples: bool = True) -> None:
    """The empty table to fill in: headings, help, drop-downs, example rows, and how to fill it."""
    columns = [column for _, column in sheet.incoming]
    with _open(path) as book:
        forms = _Book(book)
        page = book.add_worksheet(sheet.label[:31])
        guide = book.add_worksheet(GUIDE)
        lists = book.add_worksheet(CHOICES)
        lists.hide()
        _write_columns(forms, page, columns)
        page.set_row(0, 30)
        for place, column in enumerate(columns):
            forms.write_heading(page, 0, place, column)
            if help_text := _help(column):
                page.write_comment(0, place, help_text, {"x_scale": 2, "font_size": 10})
        if examples:
            for number in range(max((len(column.examples) for column in columns), default=0)):
                for place, column in enumerate(columns):
                    if number < len(column.examples):
                        form = forms.example_text if _is_text(column) else forms.example
                        forms.write(page, number + 1, place, column.examples[number], form)
        _write_choices(page, lists, columns)
        _write_guide(forms, guide, sheet, columns)


def _write_columns(forms: _Book, page: Worksheet, columns: Sequence[Column]) -> None:
    for place, column in enumerate(columns):
        page.set_column(place, place, column.width, forms.text if _is_text(column) else forms.plain)
    page.freeze_panes(1, 0)


def _write_choices(page: Worksheet, lists: Worksheet, columns: Sequence[Column]) -> None:
    """Drop-downs. Excel takes 255 characters in the rule itself; longer lists stand on a sheet."""
    long_lists = {
        place: column.choices
        for place, column in enumerate(columns)
        if len(",".join(column.choices)) > 255 or any("," in label for label in column.choices)
    }
    for number in range(max((len(labels) for labels in long_lists.values()), default=0)):
        for at, labels in enumerate(long_lists.values()):
            if number < len(labels):
                lists.write_string(number, at, labels[number])
    sources = {
        place: _range(at, len(labels)) for at, (place, labels) in enumerate(long_lists.items())
    }
    for place, column in enumerate(columns):
        if column.choices:
            page.data_validation(
                1,
                place,
                VALIDATED_ROWS,
                place,
                {
                    "validate": "list",
                    "source": sources.get(place) or column.choices,
                    "error_title": column.heading[:32],
                    "error_message": "请从下拉列表中选择。",
                    "error_type": "warning",
                },
            )


def _range(place: int, count: int) -> str:
    letter = xlsxwriter.utility.xl_col_to_name(place)
    return f"='{CHOICES}'!${letter}$1:${letter}${count}"


def _help(column: Column) -> str:
    said = column.help_text.rstrip("。")
    parts = ["必填。" if column.required else "", f"{said}。" if said else ""]
    if column.choices and len(column.choices) <= 20:
        parts.append(f"可选：{'、'.join(column.choices)}。")
    return "".join(parts)


def _write_guide(forms: _Book, page: Worksheet, sheet: Sheet, columns: Sequence[Column]) -> None:
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 8)
    page.set_column(2, 2, 60)
    page.set_column(3, 3, 28)
    page.write_string(0, 0, f"{sheet.label}填写说明", forms.title)
    general = [
        "红色星号的列必须填写。灰色斜体的是示例，填写前请删除。",
        "列的次序可以调整，列可以增减（必填列除外），表头文字请勿改动。",
        f"更新已有记录时，空白单元格不改变已登记的内容；需要清除时填写“{CLEAR}”。",
        "同一份表格重复上传不会重复登记。",
        *sheet._meta.notes,
    ]
    row = 1
    for number, sentence in enumerate(general, start=1):
        page.write_string(row, 0, f"{number}. {sentence}", forms.plain)
        row += 1
    row += 1
    for place, title in enumerate(["列", "必填", "说明", "示例"]):
        page.write_string(row, place, title, forms.heading)
    for column in columns:
        row += 1
        page.write_string(row, 0, column.heading, forms.plain)
        page.write_string(row, 1, "是" if column.required else "", forms.plain)
        page.write_string(row, 2, _help(column).removeprefix("必填。"), forms.wrapped)
        example = column.examples[0] if column.examples else ""
        page.write_string(row, 3, harmless(str(example)), forms.plain)


# --- the user's table with its errors -----------------------------------------------------------


def write_errors(
    sheet: Sheet,
    path: str | Path,
    table: Table,
    findings: Iterable[tuple[int, Sequence[Finding]]],
    *,
    key: str = "",
) -> None:
    """The user's table as it came, bad cells coloured, with a reason and a suggestion behind.

    `findings` gives row numbers in rising order with what is wrong there. `key` names the import;
    with the row number it is the hidden row key by which a mended table is recognised.
    """
    places = table.places
    width = len(table.headings)
    own = [at for at, text in enumerate(table.headings) if text.strip() in OWN_HEADINGS]
    kept = [at for at in range(width) if at not in own]
    position = {at: new for new, at in enumerate(kept)}
    identifiers = {
        places[column.column_name]
        for column in sheet.fields.values()
        if _is_text(column) and column.column_name in places
    }
    upcoming = _Upcoming(iter(findings))
    comments = 0
    with _open(path) as book:
        forms = _Book(book)
        page = book.add_worksheet(sheet.label[:31])
        room = {places.get(column.column_name): column.width for column in sheet.fields.values()}
        for at, new in position.items():
            page.set_column(new, new, max(room.get(at, 0), 16))
        reason, suggestion, row_key = len(kept), len(kept) + 1, len(kept) + 2
        page.set_column(reason, reason, REASON_WIDTH)
        page.set_column(suggestion, suggestion, SUGGESTION_WIDTH)
        page.set_column(row_key, row_key, 12, None, {"hidden": True})
        page.freeze_panes(table.heading_row, 0)
        for number, cells in enumerate(table.source.rows(), start=1):
            wrong = upcoming.at(number)
            by_place = _by_place(wrong, places)
            if wrong:  # not every program makes room for several lines by itself
                said = (_reasons(wrong), REASON_WIDTH), (_questions(wrong), SUGGESTION_WIDTH)
                lines = max(_lines(text, room_for) for text, room_for in said)
                page.set_row(number - 1, LINE_HEIGHT * min(lines, 27))
            elif number == table.heading_row:
                page.set_row(number - 1, LINE_HEIGHT * max(1, *(c.count("\n") + 1 for c in cells)))
            for at, cell in enumerate(cells[:width]):
                if at not in position:
                    continue
                new = position[at]
                if number == table.heading_row:
                    page.write_string(number - 1, new, harmless(cell.strip()), forms.heading)
                    continue
                looks = forms.wrong if at in by_place else forms.kinds
                _write_original(page, number - 1, new, cell, looks, as_text=at in identifiers)
            for at, sentences in by_place.items():
                if at >= len(cells) or not cells[at]:
                    page.write_blank(number - 1, position[at], None, forms.wrong["text"])
                if comments < limits.MAX_COMMENTS:
                    page.write_comment(number - 1, position[at], "\n".join(sentences))
                    comments += 1
            if number == table.heading_row:
                for place, title in (
                    (reason, REASON),
                    (suggestion, SUGGESTION),
                    (row_key, ROW_KEY),
                ):
                    page.write_string(number - 1, place, title, forms.heading)
            elif number > table.heading_row and any(cells):
                if wrong:
                    _write_reason(forms, page, number - 1, reason, wrong)
                if key:
                    page.write_string(number - 1, row_key, f"{key}-{number}")


def _by_place(wrong: Sequence[Finding], places: Mapping[str, int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for finding in wrong:
        if finding.column in places:
            sentences = found.setdefault(places[finding.column], [])
            sentences.append(f"{finding.message}{finding.question}")
    return found


def _write_original(
    page: Worksheet, row: int, place: int, cell: str, looks: Mapping[str, Format], *, as_text: bool
) -> None:
    """A cell as it came. What was a date stays one; a number that the spreadsheet has rounded stays
    a number, since as text it would pass for one that somebody typed in full."""
    kind = getattr(cell, "kind", "")
    if kind == "date" and cell[:4] > "1900":  # Excel knows no earlier ones
        form = looks["day" if len(cell) == 10 else "moment"]
        page.write_datetime(row, place, datetime.datetime.fromisoformat(cell), form)
    elif kind == "boolean":
        page.write_boolean(row, place, cell == "是", looks[kind])
    elif kind == "rounded" or (kind == "number" and not as_text):
        page.write_number(row, place, float(cell), looks[kind])
    elif cell:
        page.write_string(row, place, harmless(cell), looks["text"])


def _write_reason(
    forms: _Book, page: Worksheet, row: int, place: int, wrong: Sequence[Finding]
) -> None:
    page.write_string(row, place, _reasons(wrong)[: limits.MAX_CELL], forms.reason)
    if questions := _questions(wrong):
        page.write_string(row, place + 1, questions[: limits.MAX_CELL], forms.reason)


def _reasons(wrong: Sequence[Finding]) -> str:
    return "\n".join(
        f"{finding.column}：{finding.message}" if finding.column else finding.message
        for finding in wrong
    )


def _questions(wrong: Sequence[Finding]) -> str:
    return "\n".join(
        f"{finding.column}：{finding.question}" if finding.column else finding.question
        for finding in wrong
        if finding.suggestion
    )


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of so many narrow characters; Chinese takes two."""
    sizes = (sum(1 if char.isascii() else 2 for char in line) for line in text.split("\n"))
    return sum(max(1, -(-size // (width - 2))) for size in sizes)


class _Upcoming:
    """Findings in rising order of rows, asked for row by row, never all in memory."""

    def __init__(self, findings: Iterator[tuple[int, Sequence[Finding]]]) -> None:
        self.findings = findings
        self.next = next(findings, None)

    def at(self, number: int) -> Sequence[Finding]:
        while self.next is not None and self.next[0] < number:
            self.next = next(self.findings, None)
        return self.next[1] if self.next is not None and self.next[0] == number else ()


# --- exports -----------------------------------------------------------------------------------

MEDIA_TYPES = {".xlsx": MEDIA_TYPE, ".csv": "text/csv; charset=utf-8"}


def write_export(
    sheet: Sheet,
    path: str | Path,
    instances: Iterable[Any],
    *,
    facts: Mapping[str, str],
) -> int:
    """One row per instance, streamed to a .xlsx or a .csv file. Returns the number of rows.

    `facts` (who, when, where, purpose) stand on a second sheet, or in a line above the heading.
    The heading row is the template's, so the file is a valid import. Numbers are numbers and
    everything else is harmless text. Raises `Refused` beyond the rows that a worksheet holds.
    """
    columns = list(sheet.fields.values())
    rows = ([_exported(sheet, column, one) for column in columns] for one in instances)
    write = _write_text if Path(path).suffix == ".csv" else _write_workbook
    return write(sheet, path, columns, rows, facts)


def _exported(sheet: Sheet, column: Column, instance: Any) -> Any:
    value = sheet.export_field(column, instance)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if is_number and not _is_text(column):
        return value
    return "" if value is None else harmless(str(value))


def _write_workbook(
    sheet: Sheet,
    path: str | Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    facts: Mapping[str, str],
) -> int:
    count = 0
    with _open(path) as book:
        forms = _Book(book)
        page = book.add_worksheet(sheet.label[:31])
        origin = book.add_worksheet(ORIGIN)
        _write_columns(forms, page, columns)
        for place, column in enumerate(columns):
            forms.write_heading(page, 0, place, column)
        body = [
            forms.text
            if _is_text(c)
            else forms.money
            if isinstance(c.widget, MoneyWidget)
            else forms.plain
            for c in columns
        ]
        for count, row in enumerate(rows, start=1):
            if count > limits.MAX_ROWS:
                raise too_long()
            for place, value in enumerate(row):
                if value == "":
                    continue
                if isinstance(value, str):
                    page.write_string(count, place, value[: limits.MAX_CELL], body[place])
                else:
                    page.write_number(count, place, value, body[place])
        origin.set_column(0, 0, 14)
        origin.set_column(1, 1, 60)
        for row, (name, fact) in enumerate({**facts, "行数": str(count)}.items()):
            origin.write_string(row, 0, name, forms.heading)
            origin.write_string(row, 1, harmless(fact), forms.wrapped)
    return count


def too_long() -> Refused:
    """More rows than one worksheet holds."""
    return Refused(
        f"超过 {limits.MAX_ROWS:,} 行，一份工作簿放不下。请改为导出 .csv 文本，"
        "或按区县、基层工会分别导出。",
        code="too_many_rows",
    )


def _write_text(
    sheet: Sheet,
    path: str | Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    facts: Mapping[str, str],
) -> int:
    """Text as Excel opens it: utf-8 with its mark. A spreadsheet takes every cell of digits for a
    number and drops what it cannot hold, so codes and numbers carry the mark of text."""
    count = 0
    digits = [place for place, column in enumerate(columns) if _is_text(column)]
    with Path(path).open("w", encoding="utf-8-sig", newline="") as stream:
        text = csv.writer(stream)
        told = "；".join(f"{name}：{fact}" for name, fact in facts.items())
        text.writerow([f"{ORIGIN}：{told}"])
        text.writerow([f"{column.heading}{'*' * column.required}" for column in columns])
        for row in rows:
            for place in digits:
                if row[place][:1].isdecimal():
                    row[place] = f"'{row[place]}"
            text.writerow(row)
            count += 1
    return count
