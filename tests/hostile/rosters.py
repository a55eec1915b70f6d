"""Valid rows of every registered sheet, in any number, and files that hold them."""

import csv
import datetime
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import xlsxwriter

from tests.factories.members import credit_code, resident_number
from tests.factories.old_workbook import old_workbook

LONG_AGO = datetime.date(1950, 1, 1)
Cell = str | float
Row = dict[str, Cell]


def member(n: int) -> Row:
    """Of a name of his own: who shares name and birth date with another is asked about."""
    name = f"王{chr(0x4E00 + n % 5_000)}{chr(0x4E00 + n // 5_000 % 5_000)}"
    return {
        "姓名": name, "证件类型": "居民身份证", "证件号码": resident_number(n, born=LONG_AGO),
        "手机号": f"138{n % 10**8:08}", "所属工会": "city", "入会日期": "2015-03-01",
        "学历": "大专", "农民工": "否", "性别": "男", "出生日期": "", "民族": "汉族",
        "岗位（职务）": "",
    }  # fmt: skip


def employer(n: int) -> Row:
    return {
        "统一社会信用代码": credit_code(n), "单位名称": f"第{n}机械厂", "单位性质": "私营",
        "所属行业": "制造业", "主管工会": "city", "规模": "小型", "职工人数": str(n % 500),
        "平台企业": "否", "联系人": "陈静", "联系电话": "0999-8200001", "成立日期": "2003-04-01",
    }  # fmt: skip


def union(n: int) -> Row:
    return {
        "组织编码": f"U{n:06}", "工会全称": f"第{n}机械厂工会委员会", "组织层级": "基层",
        "上级工会编码": "city", "建会日期": "2012-05-04", "工会类型": "单独基层工会", "届次": "3",
        "本届起始日": "2020-06-01", "主席手机号": "13800000001", "经费收缴方式": "税务代收",
    }  # fmt: skip


def department(n: int) -> Row:
    return {"所属工会": "city", "部门编码": f"{n:04}", "部门名称": f"第{n}部"}


VALID: dict[str, Callable[[int], Row]] = {
    "members": member,
    "employers": employer,
    "organisations": union,
    "test_departments": department,
}


def roster(path: Path, *, rows: int, first: int = 0, wrong: int = 0) -> Path:
    """A csv of so many members, numbered from `first` on. The last `wrong` rows lack a date."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        text = csv.DictWriter(stream, list(member(0)))
        text.writeheader()
        for n in range(first, first + rows):
            spoilt = {"入会日期": ""} if n >= first + rows - wrong else {}
            text.writerow(member(n) | spoilt)
    return path


# --- files: a list of rows, the heading first, to the bytes of a file -----------------------------

Grid = Sequence[Sequence[Cell]]


def by_xlsxwriter(grid: Grid) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"strings_to_formulas": False, "nan_inf_to_errors": True}
    ) as book:
        page = book.add_worksheet("名册")
        for number, row in enumerate(grid):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, place, cell)
                else:
                    page.write_number(number, place, cell)
    return stream.getvalue()


def by_openpyxl(grid: Grid) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for number, row in enumerate(grid, start=1):
        for place, value in enumerate(row, start=1):
            text = _legal(value) if isinstance(value, str) else value
            cell = page.cell(number, place, text)
            if isinstance(text, str):
                cell.data_type = "s"  # also where it looks like a formula
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _legal(text: str) -> str:
    return openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)


def as_xls(grid: Grid) -> bytes:
    return old_workbook([list(row) for row in grid])


_ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="名册">%s</table:table>
</office:spreadsheet></office:body></office:document-content>"""
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def as_ods(grid: Grid) -> bytes:
    def cell(value: Cell) -> str:
        if isinstance(value, str):
            text = f"<text:p>{escape(_legal(value))}</text:p>"
            return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in grid)
    return archive(
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", (_ODS % rows).encode()),
        ("META-INF/manifest.xml", _MANIFEST.encode()),
    )


def archive(*entries: tuple[str, bytes]) -> bytes:
    """A zip of (name, bytes) pairs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return stream.getvalue()


def as_text(encoding: str, delimiter: str = ",") -> Callable[[Grid], bytes]:
    def write(grid: Grid) -> bytes:
        stream = io.StringIO()
        csv.writer(stream, delimiter=delimiter).writerows(grid)
        return stream.getvalue().encode(encoding, errors="replace")

    return write


WORKBOOKS = {
    "xlsxwriter.xlsx": by_xlsxwriter,
    "openpyxl.xlsx": by_openpyxl,
    "old.xls": as_xls,
    "open.ods": as_ods,
}
TEXTS = {
    "utf8.csv": as_text("utf-8-sig"),
    "plain.csv": as_text("utf-8"),
    "gb.csv": as_text("gb18030"),
    "utf16.txt": as_text("utf-16", "\t"),
    "tabs.txt": as_text("gb18030", "\t"),
}
