"""The bar chart: outlines only, the same bytes each time, every value said."""

from decimal import Decimal

import pytest

from reports import charts, layout, rendering
from tests.reports import samples

VALUES = [(name, 12345 + index * 777) for index, name in enumerate(samples.DISTRICTS)]


def test_a_chart_needs_no_font_and_names_no_resource(faces):
    svg = charts.bars("八个区县会员数", VALUES, "人", faces)
    assert "<text" not in svg
    assert "font-family" not in svg
    assert svg.count(charts.RED.lower()) == 1
    assert svg == charts.bars("八个区县会员数", VALUES, "人", faces)


def test_a_chart_stands_in_the_report(faces):
    svg = charts.bars(
        "会员", [("赵堃镇", 3), ("乙镇", None)], "人", faces, target=5, target_label="应达5人"
    )
    document = samples.report(blocks=(layout.Chart("八个区县会员数", svg, "赵堃镇3人"),))
    assert rendering.render(document, faces).pages == 2


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([], "没有数据"),
        ([("甲", Decimal("-1"))], "负数"),
        ([(str(n), n) for n in range(41)], "最多 40 条"),
        ([("\U0010fffd", 1)], "字体中没有"),
    ],
)
def test_what_cannot_be_drawn_is_told(faces, values, why):
    with pytest.raises(charts.ChartError, match=why):
        charts.bars("会员", values, "人", faces)
