"""Figures in running text: what council reports print, and what must never be printed."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import wording
from reports.wording import WordingError, written


@pytest.mark.parametrize(
    ("value", "unit", "style", "text"),
    [
        (13412, "人", "千位多", "13000多人"),
        (13412, "人", "多", "13000多人"),
        (573, "人", "多", "570多人"),
        (570, "人", "多", "570人"),
        (7, "家", "多", "7家"),
        (57, "家", "余", "50余家"),
        (217, "名", "百位多", "200多名"),
        (33000, "人", "万", "3.3万人"),
        (536700, "人次", "万", "53.67万人次"),
        (42731, "名", "万多", "4万多名"),
        (33125, "人", "万一位多", "3.3万多人"),
        (90151, "人次", "", "90151人次"),
        (2049965, "人", "精确", "2049965人"),
        (7150000, "元", "万元", "715万元"),
        (Decimal("12548000.00"), "元", "万元", "1254.8万元"),
        (Decimal("40330400"), "元", "万元", "4033.04万元"),
        (Decimal("187300"), "元", "万元余", "18余万元"),
        (Decimal("187300"), "元", "万元多", "18万多元"),
        (Decimal("8003456"), "元", "万元多", "800多万元"),
        (180000000, "元", "亿元", "1.8亿元"),
        (18500000000, "元", "亿元", "185亿元"),
        (Decimal("183456789"), "元", "亿元一位", "1.8亿元"),
        (92400, "元", "", "92400元"),
        (Decimal("1017.32"), "元", "", "1017.32元"),
        (Decimal("228.00"), "元", "元", "228元"),
        (Decimal("58.0645"), "%", "整数", "58%"),
        (Decimal("58.0645"), "%", "一位", "58.1%"),
        (Decimal("58.0645"), "%", "", "58.06%"),
        (Decimal("68.5"), "%", "整数", "69%"),
        (158, "%", "整数", "158%"),
        (Decimal("-2.345"), "个百分点", "两位", "-2.35个百分点"),
        (59321, "个", "近万", "近6万个"),
        (9980, "人", "近", "近10000人"),
        (5432, "人", "约", "约5400人"),
        (5400, "人", "约", "5400人"),
        (0, "件", "", "0件"),
        (8, "群体", "", "8个群体"),
    ],
)
def test_written_as_reports_print_it(value, unit, style, text):
    assert written(value, unit, style) == text


@pytest.mark.parametrize(
    ("value", "unit", "style", "why"),
    [
        (None, "人", "", "没有值"),
        (3, "人", "万元", "只用于金额"),
        (3, "户", "亿元", "只用于金额"),
        (3, "人", "大约", "没有“大约”这种数字写法"),
        (3, "頭", "", "没有“頭”这个计量单位"),
        (3, "%", "万", "只能写作"),
        (3, "%", "多", "只能写作"),
        (3, "人", "一位", "没有小数"),
        (Decimal("0.5"), "人", "", "须为整数"),
        (0.5, "元", "", "float"),
        (True, "人", "", "bool"),
        (Decimal("NaN"), "元", "", "不是有限"),
        (-30, "人", "多", "负数"),
        (42, "人", "万多", "太小"),
    ],
)
def test_refused_with_a_chinese_reason(value, unit, style, why):
    with pytest.raises(WordingError, match=re.escape(why)):
        written(value, unit, style)


COUNTS = st.integers(min_value=0, max_value=10**13)
MONEY = st.decimals(min_value=0, max_value=10**12, places=2)


def value_of(text: str, unit: str) -> Decimal:
    """Read a printed figure back."""
    body = text.removesuffix(unit)
    scale = {"万": 10**4, "亿": 10**8}
    found = re.fullmatch(r"(近|约)?(-?\d+(?:\.\d+)?)(多|余)?([万亿])?(多|余)?", body)
    assert found, text
    return Decimal(found[2]) * scale.get(found[4], 1)


DOWN = sorted(name for name, style in wording.STYLES.items() if style.rounds_down)
UP = sorted(name for name, style in wording.STYLES.items() if style.mark == "近")
OTHER = sorted(name for name, style in wording.STYLES.items() if not style.mark)


def maybe(value, unit, style):
    """The text, or None when the style does not fit the value."""
    try:
        return written(value, unit, style)
    except WordingError:
        return None


@given(value=COUNTS, style=st.sampled_from(DOWN))
def test_more_than_is_never_above_the_count(value, style):
    if text := maybe(value, "人", style):
        printed = value_of(text, "人")
        assert printed <= value
        assert (printed < value) == ("多" in text or "余" in text)


@given(value=MONEY, style=st.sampled_from(DOWN))
def test_more_than_is_never_above_the_amount(value, style):
    if text := maybe(value, "元", style):
        assert value_of(text, "元") <= value


@given(value=COUNTS, style=st.sampled_from(UP))
def test_nearly_is_never_below_the_count(value, style):
    if text := maybe(value, "人", style):
        assert value_of(text, "人") >= value


@given(value=MONEY, style=st.sampled_from(OTHER), unit=st.sampled_from(["元", "%"]))
def test_text_is_plain(value, style, unit):
    text = maybe(value, unit, style)
    if text is None:
        return
    assert "," not in text
    assert " " not in text
    assert "E" not in text
    assert not re.search(r"\.\d*0(?!\d)", text)


@given(value=COUNTS)
def test_exact_text_says_the_value(value):
    assert value_of(written(value, "人次"), "人次") == value


@given(value=MONEY)
def test_exact_money_says_the_value(value):
    assert value_of(written(value, "元"), "元") == value


@given(value=COUNTS)
def test_two_leading_digits_stay(value):
    printed = value_of(written(value, "人", "多"), "人")
    assert value - printed <= value // 10 or value < 100


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12345, "人", "12,345"),
        (Decimal("12345.6"), "元", "12,345.60"),
        (Decimal("66.666"), "%", "66.67"),
        (None, "人", "—"),
        (0, "人", "0"),
    ],
)
def test_cell_of_a_table(value, unit, text):
    assert wording.cell(value, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal("86200000.00"), "元", "8,620.00"),
        (Decimal("12345678.99"), "元", "1,234.57"),
        (Decimal("-50.00"), "元", "-0.01"),  # the sign stays where the whole is nothing
        (Decimal("-49.99"), "元", "0.00"),
        (Decimal(0), "元", "0.00"),
        (33_000, "人", "33,000"),
        (Decimal("73.25"), "%", "73.25"),
        (None, "元", "—"),
    ],
)
def test_amounts_of_a_table_may_be_told_in_ten_thousands(value, unit, text):
    assert wording.cell(value, unit, "万元") == text
