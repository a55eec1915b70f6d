"""Score sheets on paper's terms: a workbook for each judge, out before the contest, in again after.

Only blind codes stand in it. Headings are locked; a digest of the stage and the seat says to which
sheet it belongs. What comes in is written by the same service as on the page.
"""

import hashlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from django.db import transaction

from competitions.models import BlindCode, ScorePart, ScoreSheet, Stage
from competitions.services import scoring
from core import audit
from core.errors import Refused
from core.models import User
from core.rules import text
from core.services.records import require
from core.sheets.sources import Typed, open_source

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CODE = "盲评编号"
MARK = "评分表识别码"
HEADING_ROW = 4  # counted from 0
SHOWN = 20  # mistakes that are named at once
LARGEST = 2 << 20  # bytes; a sheet of a thousand contestants has a tenth of it
_NUMBER = re.compile(r"\d{1,4}(\.\d+)?")


class Mistakes(Refused):
    """What is wrong in a sheet that was handed in: nothing of it was written."""

    code = "mistakes"

    def __init__(self, sentences: Sequence[str]) -> None:
        more = len(sentences) - SHOWN
        told = "".join(sentences[:SHOWN]) + (f"另有 {more} 处。" if more > 0 else "")
        super().__init__(f"共 {len(sentences)} 处需要修改，没有写入任何得分：{told}")
        self.sentences = list(sentences)


def digest(sheet: ScoreSheet) -> str:
    """Tells the sheet of this seat, its parts and its contestants from every other."""
    stage = sheet.judge.stage
    parts = [[part.name, f"{part.weight}", f"{part.maximum}"] for part in stage.parts.all()]
    codes = list(stage.codes.order_by("code").values_list("code", flat=True))
    told = json.dumps([stage.pk, sheet.judge_id, parts, codes], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:24].upper()


# Out.


@transaction.atomic
def write(sheet: ScoreSheet, *, by: User) -> bytes:
    """The workbook of one judge: what he has given so far stands in it."""
    require(by, "competitions.export_panel", sheet.judge.stage.panel)
    written = io.BytesIO()
    stage = sheet.judge.stage
    parts = list(stage.parts.all())
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        page = book.add_worksheet("评分表")
        _write_head(book, page, sheet, parts)
        _write_rows(book, page, sheet, parts)
        page.protect("", {"format_columns": True})
        page.freeze_panes(HEADING_ROW + 1, 1)
        page.set_landscape()
        page.fit_to_pages(1, 0)
    audit.record("competitions.scoresheet.export", by=by, obj=sheet, changes={})
    return written.getvalue()


@transaction.atomic
def write_all(stage: Stage, *, by: User) -> bytes:
    """The workbooks of all open sheets of a stage, as an archive."""
    sheets = ScoreSheet.objects.filter(judge__stage=stage, state=ScoreSheet.State.OPEN)
    rows = list(sheets.select_related("judge__stage__panel", "judge__stage__event"))
    if not rows:
        raise Refused("没有评分中的评分表可以导出。", code="nothing")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in rows:
            archive.writestr(f"{row.judge.number:02}号裁判评分表.xlsx", write(row, by=by))
    return written.getvalue()


def _write_head(
    book: xlsxwriter.Workbook,
    page: xlsxwriter.workbook.Worksheet,
    sheet: ScoreSheet,
    parts: Sequence[ScorePart],
) -> None:
    stage = sheet.judge.stage
    face = {"font_name": "宋体", "font_size": 11}
    title = book.add_format({**face, "bold": True, "font_size": 14})
    plain, wrapped = book.add_format(face), book.add_format({**face, "text_wrap": True})
    heading = book.add_format(
        {**face, "bold": True, "border": 1, "bg_color": "#F6F8FA", "align": "center"}
    )
    page.set_column(0, 0, 14)
    page.set_column(1, len(parts), 20)
    page.write_string(0, 0, f"{stage.event.competition.name}　{stage}评分表", title)
    page.write_string(1, 0, f"席位：{sheet.judge}", plain)
    page.merge_range(
        2, 0, 2, max(len(parts), 1),
        "只填白色格；应当回避的编号和缺考的编号留空，不填 0；标题和编号请勿改动。", wrapped,
    )  # fmt: skip
    page.write_string(3, 0, MARK, plain)
    page.write_string(3, 1, digest(sheet), plain)
    page.write_string(HEADING_ROW, 0, CODE, heading)
    for place, part in enumerate(parts, 1):
        page.write_string(HEADING_ROW, place, _heading(part), heading)


def _heading(part: ScorePart) -> str:
    return f"{part.name}（满分{part.maximum.normalize():f}）"


def _write_rows(
    book: xlsxwriter.Workbook,
    page: xlsxwriter.workbook.Worksheet,
    sheet: ScoreSheet,
    parts: Sequence[ScorePart],
) -> None:
    face = {"font_name": "宋体", "font_size": 11, "border": 1}
    locked = book.add_format({**face, "num_format": "@", "align": "center"})
    empty = book.add_format({**face, "bg_color": "#D9D9D9", "align": "center"})
    free = book.add_format({**face, "num_format": "0.00", "locked": False})
    given = {(row.code_id, row.part_id): row.value for row in sheet.scores.all()}
    away = set(sheet.judge.recusals.values_list("code", flat=True))
    for number, code in enumerate(sheet.judge.stage.codes.order_by("code"), HEADING_ROW + 1):
        page.write_string(number, 0, code.code, locked)
        for place, part in enumerate(parts, 1):
            if code.pk in away or code.is_absent:
                page.write_string(number, place, "回避" if code.pk in away else "缺考", empty)
            elif (code.pk, part.pk) in given:
                page.write_number(number, place, float(given[code.pk, part.pk]), free)
            else:
                page.write_blank(number, place, None, free)
            page.data_validation(
                number, place, number, place,
                {
                    "validate": "decimal",
                    "criteria": "between",
                    "minimum": 0,
                    "maximum": float(part.maximum),
                    "error_title": "得分超出范围",
                    "error_message": f"应在 0 至 {part.maximum.normalize():f} 之间",
                },
            )  # fmt: skip


# In.


def read(sheet: ScoreSheet, stream: BinaryIO, *, name: str, by: User) -> int:
    """Write what stands in a workbook that came back. Returns how many scores changed.

    Raises Mistakes with every wrong cell, and then writes nothing.
    """
    if stream.seek(0, io.SEEK_END) > LARGEST:
        raise Refused("文件过大，不像评分表，请核对后上传。", code="too_large")
    stream.seek(0)
    with tempfile.TemporaryDirectory(prefix="unionhub-scores-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(stream.read())
        rows = [
            list(row) for source in open_source(path, name).sheets()[:1] for row in source.rows()
        ]
    given = _understood(sheet, rows)
    return scoring.enter(sheet, given, by=by)


def _understood(sheet: ScoreSheet, rows: list[list[str]]) -> dict[tuple[int, int], Decimal | None]:
    heading, places = _heading_of(sheet, rows)
    _refuse_other(sheet, rows[:heading])
    codes = {row.code: row for row in sheet.judge.stage.codes.all()}
    away = set(sheet.judge.recusals.values_list("code", flat=True))
    given: dict[tuple[int, int], Decimal | None] = {}
    wrong, seen = [], {}
    for number, cells in enumerate(rows[heading + 1 :], heading + 2):
        if not any(cell.strip() for cell in cells):
            continue
        found = _code(cells[places[None]] if len(cells) > places[None] else "", codes)
        if found is None:
            wrong.append(f"第 {number} 行编号“{cells[0].strip()[:12]}”不在本赛段，请核对。")
            continue
        if found.code in seen:
            wrong.append(f"第 {number} 行编号 {found} 与第 {seen[found.code]} 行重复，请删去一行。")
            continue
        seen[found.code] = number
        for part, place in places.items():
            if part is None:
                continue
            cell = cells[place] if place < len(cells) else ""
            try:
                value = _score(cell, part, keeps_away=found.pk in away, code=found)
            except Refused as refusal:
                wrong.append(f"第 {number} 行编号 {found}“{part}”：{refusal}")
                continue
            given[found.pk, part.pk] = value
    if lost := sorted(set(codes) - set(seen)):
        wrong.append(f"缺少编号 {'、'.join(lost[:8])}，请用原评分表填写，不要删行。")
    if wrong:
        raise Mistakes(wrong)
    return given


def _heading_of(
    sheet: ScoreSheet, rows: list[list[str]]
) -> tuple[int, dict[ScorePart | None, int]]:
    """The row of headings, and where code (None) and parts stand, in whatever order."""
    wanted = {_plain(_heading(part)): part for part in sheet.judge.stage.parts.all()}
    for number, cells in enumerate(rows[:30]):
        told = [_plain(cell) for cell in cells]
        if _plain(CODE) not in told:
            continue
        places: dict[ScorePart | None, int] = {None: told.index(_plain(CODE))}
        for heading, part in wanted.items():
            if told.count(heading) != 1:
                raise Refused(
                    f"没有找到唯一的“{_heading(part)}”一列，请用原评分表填写，不要改动标题。",
                    code="headings",
                )
            places[part] = told.index(heading)
        return number, places
    raise Refused(f"没有找到“{CODE}”一列，请上传由本平台导出的评分表。", code="headings")


def _plain(cell: str) -> str:
    return text.normalise_code(cell)


def _refuse_other(sheet: ScoreSheet, head: list[list[str]]) -> None:
    marks = [
        _plain(cells[1]) for cells in head if len(cells) > 1 and _plain(cells[0]) == _plain(MARK)
    ]
    if marks != [digest(sheet)]:
        others = sheet.judge.stage.judges.exclude(pk=sheet.judge_id)
        for judge in others:
            other = judge.sheets.order_by("-number").first()
            if other and marks == [digest(other)]:
                raise Refused(
                    f"这是{judge}的评分表，不是{sheet.judge}的，请核对后上传。", code="other_judge"
                )
        raise Refused(
            "评分表识别码与本赛段不符，可能是其他赛段或抽签前的表，请重新导出后填写。",
            code="other_stage",
        )


def _code(cell: str, codes: dict[str, BlindCode]) -> BlindCode | None:
    """The contestant of a cell; a spreadsheet makes 7 of 007."""
    told = text.normalise_digits(cell)
    told = told.removesuffix(".0").removesuffix(".00")
    return codes.get(told) or (codes.get(told.zfill(3)) if told.isdecimal() else None)


def _score(cell: str, part: ScorePart, *, keeps_away: bool, code: BlindCode) -> Decimal | None:
    told = text.normalise_code(cell).replace("，", ".").replace("。", ".")
    if told in ("", "回避", "缺考", "—", "-", "/"):
        return None
    if isinstance(cell, Typed) and cell.kind in ("date", "time", "boolean", "error"):
        raise Refused("单元格不是数字（可能被表格软件改成了日期），请重新填写。", code="kind")
    told = told.removesuffix("分")
    if re.fullmatch(r"\d+,\d{1,2}", told):
        told = told.replace(",", ".")
    if not _NUMBER.fullmatch(told):
        raise Refused(f"“{cell.strip()[:10]}”不是得分，请填数字。", code="number")
    try:
        value = Decimal(told)
    except InvalidOperation as error:
        raise Refused(f"“{cell.strip()[:10]}”不是得分，请填数字。", code="number") from error
    if keeps_away:
        raise Refused("应当回避，请留空（留空不计零分）。", code="recused")
    if code.is_absent:
        raise Refused("登记为缺考，请留空。", code="absent")
    if value > part.maximum:
        tenths = (value / 10, value / 100)
        meant = next((one for one in tenths if one <= part.maximum), None)
        told_meant = f"是否为 {meant.normalize():f}？" if meant is not None else "请修改。"
        raise Refused(f"{told} 超过满分 {part.maximum.normalize():f}，{told_meant}", code="bounds")
    if value != round(value, 2):
        raise Refused(f"{told} 超过两位小数，请修改。", code="places")
    return value
