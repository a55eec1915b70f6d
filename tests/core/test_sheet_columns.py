"""What a cell may hold, and what is said when it is wrong."""

import datetime
from decimal import Decimal

import pytest

from core import masking
from core.sheets.columns import (
    BooleanWidget,
    CellError,
    ChoiceWidget,
    Column,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    Mended,
    MoneyWidget,
    Nearest,
    TextWidget,
)
from core.sheets.sources import Typed

SEX = ChoiceWidget({"1": "男", "2": "女"}, synonyms={"男性": "1"})


@pytest.mark.parametrize(
    ("widget", "text", "value"),
    [
        (TextWidget(), "　张 三\u200b ", "张 三"),
        (TextWidget(), "ＡＢ（甲）１", "AB（甲）1"),
        (IdentifierWidget(), " ９１３３ 0621MA2X ", "91330621MA2X"),
        (IdentifierWidget(), "'330621199001011236", "330621199001011236"),
        (TextWidget(), "'=SUM(A1)", "=SUM(A1)"),
        (TextWidget(), "'甲", "'甲"),
        (DateWidget(), "2020-01-02", datetime.date(2020, 1, 2)),
        (DateWidget(), "2020/1/2", datetime.date(2020, 1, 2)),
        (DateWidget(), "2020.1.2", datetime.date(2020, 1, 2)),
        (DateWidget(), "２０２０年１月２日", datetime.date(2020, 1, 2)),
        (DateWidget(), "20200102", datetime.date(2020, 1, 2)),
        (DateWidget(), "2020-01-02 00:00:00", datetime.date(2020, 1, 2)),
        (IntegerWidget(unit="人"), "1,234人", 1234),
        (IntegerWidget(), Typed("12", "number"), 12),
        (MoneyWidget(), "￥1,234.5元", Decimal("1234.50")),
        (SEX, "女", "2"),
        (SEX, "2", "2"),
        (SEX, "男 性", "1"),
        (BooleanWidget(), "是", True),
        (BooleanWidget(), "无", False),
    ],
)
def test_usual_spellings_are_understood(widget, text, value):
    cleaned = clean(Column("列", widget=widget), text)[0]
    assert (cleaned, type(cleaned)) == (value, type(value))


def clean(column, text, context=None):
    """The value of a cell and the codes of what was remarked."""
    cleaned = column.clean_cell(text, context)
    if isinstance(cleaned, Mended):
        return cleaned.value, [code for code, _ in cleaned.remarks]
    return cleaned, []


@pytest.mark.parametrize(
    ("widget", "text", "remarks"),
    [
        (TextWidget(), "张三", []),
        (TextWidget(), " 张三", ["mended"]),
        (TextWidget(), "张\n三", ["mended"]),
        (TextWidget(), "＃１", ["mended"]),
        (TextWidget(), "'=SUM(A1)", []),
        (TextWidget(), Typed("甲", "text", True), ["computed"]),
        (IdentifierWidget(), "330621199001011236", []),
        (IdentifierWidget(), "3306 2119", ["mended"]),
        (IdentifierWidget(), "13800000001.0", ["mended"]),
        (IdentifierWidget(), Typed(" 1 2", "text", True), ["computed", "mended"]),
        (DateWidget(), "2020年1月2日", []),
        (DateWidget(), "２０２０-01-02", ["mended"]),
        (IntegerWidget(), Typed("12", "number"), []),
        (IntegerWidget(), " 12", ["mended"]),
        (SEX, "女", []),
        (SEX, "女　", ["mended"]),
        (SEX, "男性", ["synonym"]),
    ],
)
def test_what_was_put_right_is_said(widget, text, remarks):
    assert clean(Column("列", widget=widget), text)[1] == remarks


@pytest.mark.parametrize("text", ["#REF!", "#N/A", " #VALUE!", "#DIV/0!", "#NAME?", "#未算出"])
def test_a_formula_without_a_result_is_an_error_in_every_column(text):
    for widget in (TextWidget(), IdentifierWidget(), DateWidget(), SEX):
        with pytest.raises(CellError) as caught:
            Column("列", widget=widget).clean_cell(text)
        assert caught.value.code == "formula_error"


@pytest.mark.parametrize(
    ("widget", "text", "code"),
    [
        (TextWidget(3), "一二三四", "too_long"),
        (IdentifierWidget(), Typed("330621199001011000", "rounded"), "digits_lost"),
        (IdentifierWidget(), "3.30621E+17", "digits_lost"),
        (TextWidget(), Typed("330621199001011000", "rounded"), "digits_lost"),
        (IdentifierWidget(), "1.38E+10", "digits_lost"),
        (IdentifierWidget(), "330621199001011236.0", "digits_lost"),
        (DateWidget(), "2020-02-30", "bad_date"),
        (DateWidget(), "去年", "bad_date"),
        (DateWidget(), "1099-01-01", "bad_date"),
        (DateWidget(latest=lambda: datetime.date(2021, 1, 1)), "2022-01-01", "bad_date"),
        (IntegerWidget(), "十二", "bad_number"),
        (IntegerWidget(), "1.5", "not_whole"),
        (IntegerWidget(), "-1", "out_of_range"),
        (IntegerWidget(), "1,23", "bad_number"),
        (MoneyWidget(), "1.005", "too_precise"),
        (MoneyWidget(), "-1", "out_of_range"),
        (MoneyWidget(), "1e30", "bad_number"),
        (SEX, "男女", "unknown_choice"),
    ],
)
def test_wrong_cells_have_a_stable_code_and_a_sentence(widget, text, code):
    with pytest.raises(CellError) as caught:
        Column("列", widget=widget).clean_cell(text)
    assert caught.value.code == code
    assert caught.value.message.endswith("。")


def test_blank_cells():
    assert Column("列").clean_cell("　 \u200b") is None
    with pytest.raises(CellError) as caught:
        Column("列", required=True).clean_cell(" ")
    assert caught.value.code == "required"


def test_a_wrong_choice_is_answered_with_the_nearest():
    kinds = ChoiceWidget({"a": "有限责任公司", "b": "股份有限公司", "c": "个体工商户"})
    with pytest.raises(CellError) as caught:
        kinds.clean("有限责任公司工")
    assert caught.value.suggestion == "有限责任公司"
    assert "个体工商户" in caught.value.message


def test_personal_values_are_masked_in_what_is_shown():
    column = Column("证件号码", personal=masking.number)
    assert column.shown("330621199001011236") == masking.number("330621199001011236")
    assert Column("备注").shown("长" * 50) == "长" * 39 + "…"


def test_the_nearest_of_many_is_found_by_pairs_of_characters():
    nearest = Nearest([f"江城市第{n}机械厂工会委员会" for n in range(3000)])
    assert nearest.to("江城市第1234机械厂委员会") == "江城市第1234机械厂工会委员会"
    assert nearest.to("完全不同") is None
