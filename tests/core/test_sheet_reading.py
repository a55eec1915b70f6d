"""What an uploaded file may be, and what is refused with which sentence."""

import csv
import datetime
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import pytest
import xlsxwriter

from core.sheets import limits, parsing
from core.sheets.admission import Unreadable, check_archive, refuse_at_sight
from core.sheets.reading import open_table
from tests.factories.old_workbook import formula, hidden_column, hidden_row, old_workbook


@dataclass
class Heading:
    column_name: str
    required: bool = False
    synonyms: tuple = ()


NAME = Heading("姓名", required=True)
NUMBER = Heading("证件号码", required=True, synonyms=("身份证号",))
JOINED = Heading("入会日期")
HEADINGS = [NAME, NUMBER, JOINED]


def book(path, rows, **options):
    """An .xlsx file with these rows; a row is a list of cells, or None for an empty one."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, **options}) as workbook:
        dates = workbook.add_format({"num_format": "yyyy-mm-dd"})
        sheet = workbook.add_worksheet("名册")
        for number, row in enumerate(rows):
            for place, cell in enumerate(row or []):
                if isinstance(cell, datetime.date):
                    sheet.write_datetime(number, place, cell, dates)
                else:
                    sheet.write(number, place, cell)
    return path


def lines(table):
    return [(line.number, line.cells, line.note) for line in table.lines()]


ROWS = [["姓名", "证件号码", "入会日期"], ["张三", "330621199001011236", "2020-01-02"]]


def test_a_workbook_is_read_as_text_with_the_rows_numbers_of_the_spreadsheet(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [
            ["江城市职工名册", None, None],
            None,
            [" 身份证号* ", "姓 名（必填）", "入会日期（年月日）", "备注栏"],
            ["330621199001011236", "张三", datetime.date(2020, 1, 2), 12.5],
            None,
            ["330621199001011236", "李四", "", 3],
        ],
    )
    table = open_table(path, HEADINGS)
    assert table.heading_row == 3
    assert table.places == {"证件号码": 0, "姓名": 1, "入会日期": 2}
    assert table.unknown == ["备注栏"]
    assert lines(table) == [
        (4, ["330621199001011236", "张三", "2020-01-02", "12.5"], ""),
        (6, ["330621199001011236", "李四", "", "3"], ""),
    ]
    assert lines(table) == lines(table)
    assert "表头在第 3 行" in table.told[0]


def test_a_number_beyond_fifteen_digits_is_marked_as_rounded(tmp_path):
    path = book(tmp_path / "a.xlsx", [ROWS[0], ["张三", 330621199001011236, 1.1e17]])
    cells = next(open_table(path, HEADINGS).lines()).cells
    assert (cells[1], cells[1].kind) == ("330621199001011000", "rounded")
    assert (cells[2], cells[2].kind) == ("110000000000000000", "rounded")


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        (13800000001.0, "13800000001", "number"),
        (0.1 + 0.2, "0.3", "number"),
        (-12.50, "-12.5", "number"),
        (1e-7, "0.0000001", "number"),
        (True, "是", "boolean"),
        (datetime.datetime(2020, 1, 2), "2020-01-02", "date"),  # noqa: DTZ001
        (datetime.datetime(2020, 1, 2, 3, 4), "2020-01-02 03:04:00", "date"),  # noqa: DTZ001
        (datetime.time(3, 4), "03:04:00", "time"),
    ],
)
def test_cells_are_spelt_as_the_spreadsheet_shows_them(value, text, kind):
    assert parsing.spelled(value) == (text, kind)


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="名册">%s</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def test_an_open_document_is_read(tmp_path):
    def cell(text):
        paragraph = f"<text:p>{text}</text:p>"
        return f'<table:table-cell office:value-type="string">{paragraph}</table:table-cell>'

    def row(cells):
        return f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>"

    date = '<table:table-cell office:value-type="date" office:date-value="2020-01-02"/>'
    rows = row(ROWS[0]) + row(ROWS[1][:2]).replace(
        "</table:table-row>", f"{date}</table:table-row>"
    )
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    (tmp_path / "a.ods").write_bytes(
        archive(
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", (ODS % rows).encode()),
            ("META-INF/manifest.xml", manifest),
        )
    )
    assert lines(open_table(tmp_path / "a.ods", HEADINGS)) == [(2, ROWS[1], "")]


def test_a_workbook_of_excel_97_is_read(tmp_path):
    rows = [ROWS[0][:2], ROWS[1][:2], ["李四", 330621199001011236.0]]
    (tmp_path / "a.xls").write_bytes(old_workbook(rows))
    read = lines(open_table(tmp_path / "a.xls", HEADINGS))
    assert read == [
        (2, ROWS[1][:2], ""),
        (3, ["李四", "330621199001011000"], ""),
    ]
    assert read[1][1][1].kind == "rounded"


def told_and_kinds(path):
    """What is said of the table, and each cell that is not plain text."""
    table = open_table(path, HEADINGS)
    odd = {
        (line.number, place): (str(cell), cell.kind, cell.computed)
        for line in table.lines()
        for place, cell in enumerate(line.cells)
        if type(cell) is not str
    }
    return table.told, odd


HIDDEN = ["第 2 行是隐藏的，已一并读取。", "隐藏的列已一并读取：入会日期。"]


def test_hidden_parts_and_formulas_of_excel_97_are_told(tmp_path):
    rows = [ROWS[0], ["张三", "330621199001011236"], ["李四", "330621199001011236"]]
    more = hidden_row(1) + hidden_column(2) + formula(1, 2, 43_832.0) + formula(2, 2, None)
    (tmp_path / "a.xls").write_bytes(old_workbook(rows, more=more))
    told, odd = told_and_kinds(tmp_path / "a.xls")
    assert told == HIDDEN
    assert odd == {(2, 2): ("43832", "number", True), (3, 2): ("#N/A", "error", False)}


def test_hidden_parts_and_formulas_of_an_open_document_are_told(tmp_path):
    columns = '<table:table-column table:number-columns-repeated="2"/>'
    columns += '<table:table-column table:visibility="collapse"/>'
    text = '<table:table-cell office:value-type="string"><text:p>%s</text:p></table:table-cell>'
    date = '<table:table-cell table:formula="of:=A1" office:value-type="date" '
    date += 'office:date-value="2020-01-02"/>'
    lost = '<table:table-cell table:formula="of:=A1"/>'
    shown, hidden = "<table:table-row>", '<table:table-row table:visibility="filter">'
    rows = [(shown, ROWS[0], ""), (hidden, ROWS[1][:2], date), (shown, ROWS[1][:2], lost)]
    body = columns + "".join(
        f"{start}{''.join(text % cell for cell in cells)}{more}</table:table-row>"
        for start, cells, more in rows
    )
    (tmp_path / "a.ods").write_bytes(
        archive(
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", (ODS % body).encode()),
            ("META-INF/manifest.xml", b"<manifest/>"),
        )
    )
    told, odd = told_and_kinds(tmp_path / "a.ods")
    assert told == HIDDEN
    assert odd == {(2, 2): ("2020-01-02", "date", True), (3, 2): ("#未算出", "error", False)}


def test_hidden_parts_and_formulas_of_a_workbook_are_told(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate([*ROWS, ROWS[1][:2], ROWS[1][:2], ROWS[1][:2]]):
            sheet.write_row(number, 0, row)
        sheet.write_formula(2, 2, '="2020"', None, "2020-01-02")
        sheet.write_formula(3, 2, "=NA()", None, "#N/A")
        sheet.write_formula(4, 2, "=1/3", None, 0.5)
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
    told, odd = told_and_kinds(tmp_path / "a.xlsx")
    assert told == HIDDEN
    assert odd == {
        (3, 2): ("2020-01-02", "text", True),
        (4, 2): ("#N/A", "error", False),
        (5, 2): ("0.5", "number", True),
    }


def test_a_workbook_with_prefixed_names_and_without_references_is_looked_through(tmp_path):
    """As the Open XML SDK writes it."""
    path = tmp_path / "a.xlsx"
    book(path, [*ROWS, ROWS[1]])
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    cell = '<x:c t="inlineStr"><x:is><x:t>%s</x:t></x:is></x:c>'
    rows = "".join(
        f"<x:row{more}>{''.join(cell % text for text in row[:2])}{last}</x:row>"
        for more, row, last in (
            ("", ROWS[0], cell % "入会日期"),
            (" hidden='1'", ROWS[1], "<x:c><x:f>1+1</x:f><x:v>43832</x:v></x:c>"),
            ("", ROWS[1], "<x:c><x:f>1+1</x:f></x:c>"),
        )
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{main}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'.encode()
    )
    path.write_bytes(archive(*parts.items()))
    told, odd = told_and_kinds(path)
    assert told == HIDDEN[:1]
    assert odd == {(2, 2): ("43832", "number", True), (3, 2): ("#未算出", "error", False)}


def test_a_sheet_without_such_cells_is_not_looked_through(tmp_path):
    with book(tmp_path / "a.xlsx", ROWS).open("rb") as stream:
        assert check_archive(stream) == set()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_text_in_every_usual_encoding(tmp_path, encoding, delimiter):
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerows([*ROWS, ["王\n五", "'330621199001011236", '="20200102"']])
    assert lines(open_table(path, HEADINGS)) == [
        (2, ROWS[1], ""),
        (3, ["王\n五", "'330621199001011236", "20200102"], ""),
    ]


def test_totals_and_remarks_below_are_told_apart_from_data(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        [
            *ROWS,
            ["合计", "2", ""],
            ["注：以上人员均为在职职工，名册由本会核对。"],
            ["填表人：", "", "2021-01-01"],
            ["备注", "330621199001011236", ""],
            ["合计", "", ""],
            ["李四", "", ""],
        ],
    )
    assert [(line.number, line.note) for line in open_table(path, HEADINGS).lines()] == [
        (2, ""),
        (3, ""),  # every required cell is filled: a row that may be data is never left out
        (4, "说明行"),
        (5, "说明行"),
        (6, ""),
        (7, "合计行"),
        (8, ""),
    ]


def test_hidden_sheets_and_the_columns_of_the_engine_are_no_data(tmp_path):
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        hidden = workbook.add_worksheet("旧名册")
        workbook.add_worksheet("空表").write(0, 0, "说明")
        sheet = workbook.add_worksheet("名册")
        sheet.activate()
        hidden.hide()
        hidden.write_row(0, 0, ROWS[0])
        sheet.write_row(0, 0, [*ROWS[0], "原因", "修改建议", "行标识"])
        sheet.write_row(1, 0, [*ROWS[1], "错", "对", "k7"])
    table = open_table(path, HEADINGS)
    assert (table.unknown, table.key_place) == ([], 5)
    assert table.told == ["隐藏的工作表未读取：旧名册。"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n....", "image"),
        (b"\xff\xd8\xff\xe0....", "image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image"),
        (b"\0\0\0\x18ftypheic....", "image"),
        (b"II*\0........", "image"),
        (b"<svg xmlns='a'></svg>", "image"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"Rar!\x1a\x07....", "not_a_table"),
        (b"MZ\x90\0....", "not_a_table"),
        (b"\xff\xfe" + "<html><table>".encode("utf-16-le"), "web_page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "web_page"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="URN:schemas-microsoft-com:office:spreadsheet">',
            "xml_2003",
        ),
        (b"<html><table><tr><td>1</td></tr></table>", "web_page"),
        (b"PK\x03\x04 and nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "ETExtData".encode("utf-16-le"), "wps_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "damaged"),
        (b"\x80\x81\x00\x01\xff" * 9, "unknown_encoding"),
        ("姓名,性别\n张三,男".encode(), "heading_missing"),
        ("甲,乙\n一,二".encode(), "no_heading"),
        ("姓名,证件号码,姓 名\n".encode(), "heading_twice"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(tmp_path, content, code):
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as caught:
        open_table(path, HEADINGS)
    assert caught.value.code == code
    assert str(caught.value).endswith("。")
    if code in {"empty", "image", "not_a_table", "web_page", "xml_2003", "wps_format"}:
        with pytest.raises(Unreadable) as caught:  # before anything is kept
            refuse_at_sight(io.BytesIO(content), name="名册.xlsx")
        assert caught.value.code == code


def test_a_wps_name_is_refused_whatever_it_holds(tmp_path):
    path = book(tmp_path / "a.xlsx", ROWS)
    with pytest.raises(Unreadable, match="另存为"):
        open_table(path, HEADINGS, name="名册.et")


def archive(*entries):
    """A zip of (name, bytes) pairs, as bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return stream.getvalue()


WORKBOOK = ("xl/workbook.xml", b"<workbook/>")
LOCKED = (
    ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
    ("content.xml", b"\x8a\x1b"),
    ("META-INF/manifest.xml", b"<manifest:encryption-data/>"),
)


def lying(size):
    """An archive whose header claims 100 bytes for an entry that inflates to `size`."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\0" * size) + packer.flush()
    honest = archive(WORKBOOK, ("xl/big.xml", b"x" * 100))
    with zipfile.ZipFile(io.BytesIO(honest)) as opened:
        entry = opened.getinfo("xl/big.xml")
        start, old = entry.header_offset + 30 + len("xl/big.xml"), entry.compress_size
    made = bytearray(honest[:start] + packed + honest[start + old :])
    record = made.rindex(b"PK\x01\x02")
    made[record + 20 : record + 24] = struct.pack("<I", len(packed))
    end = made.rindex(b"PK\x05\x06")
    offset = struct.unpack("<I", made[end + 16 : end + 20])[0]
    made[end + 16 : end + 20] = struct.pack("<I", offset + len(packed) - old)
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: archive(WORKBOOK, ("xl/a.xml", b"\0" * (8 * limits.MIB))), "archive_bomb"),
        (lambda: lying(64 * limits.MIB), "archive_bomb"),
        (
            lambda: archive(WORKBOOK, *((f"xl/{n}.xml", b"") for n in range(limits.MAX_ENTRIES))),
            "archive_bomb",
        ),
        (lambda: archive(WORKBOOK, ("xl/a.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]>")), "unsafe_file"),
        (lambda: archive(("word/document.xml", b"<w/>")), "not_a_table"),
        (lambda: archive(("a.txt", b"hello")), "not_a_table"),
        (lambda: archive(("xl/workbook.bin", b"\0")), "binary_workbook"),
        (lambda: archive(*LOCKED), "password"),
        (
            lambda: archive(WORKBOOK, ("xl/a.xml", "\ufeff<!DOCTYPE a>".encode("utf-16-le"))),
            "unsafe_file",
        ),
        (lambda: archive(WORKBOOK, ("xl/a.xml", b"x" * 65_530 + b"<!DOCTYPE a>")), "unsafe_file"),
    ],
    ids=[
        "ratio",
        "lying header",
        "entries",
        "entities",
        "word",
        "plain zip",
        "xlsb",
        "locked ods",
        "wide entities",
        "entities in the middle",
    ],
)
def test_archives_are_checked_before_they_are_opened(tmp_path, content, code):
    path = tmp_path / "upload"
    path.write_bytes(content())
    with pytest.raises(Unreadable) as caught:
        open_table(path, HEADINGS)
    assert caught.value.code == code


def test_too_many_columns_are_refused(tmp_path):
    extra = [f"列{n}" for n in range(limits.MAX_COLUMNS)]
    path = book(tmp_path / "a.xlsx", [ROWS[0] + extra, ROWS[1]])
    with pytest.raises(Unreadable, match="列"):
        open_table(path, HEADINGS)


def test_a_workbook_that_asks_for_too_much_kills_only_its_parser(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PARSE_MEMORY", 512 * limits.MIB)
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ROWS[0])
        sheet.write(1_048_575, 250, "x")  # makes a parser lay out 263 million cells
    with pytest.raises(Unreadable) as caught:
        open_table(tmp_path / "a.xlsx", HEADINGS)
    assert caught.value.code == "too_complex"


def test_a_parser_that_takes_too_long_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PARSE_SECONDS", 0.001)
    with pytest.raises(Unreadable) as caught:
        open_table(book(tmp_path / "a.xlsx", ROWS), HEADINGS)
    assert caught.value.code == "too_complex"


def test_two_readers_of_one_table_do_not_disturb_each_other(tmp_path):
    rows = [ROWS[0], *([f"张{n}", f"{n:018}"] for n in range(50))]
    table = open_table(book(tmp_path / "a.xlsx", rows), HEADINGS)
    one, other = table.lines(), table.lines()
    next(one)
    assert [a.number + 1 for a, _ in zip(other, range(20), strict=False)] == [
        b.number for b, _ in zip(one, range(20), strict=False)
    ]
