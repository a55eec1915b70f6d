"""The page before it is rendered: numbers of headings, links, escaping, helping spans."""

import re

import pytest

from reports import checker, layout, rendering
from reports.layout import Annex, Document, Heading, Paragraph, Run
from tests.reports import samples


def marks(*levels):
    blocks = tuple(Heading(level, (Run("甲"),)) for level in levels)
    return [mark for mark, _ in layout.numbered(blocks)]


def test_headings_are_numbered_by_level():
    assert marks(1, 2, 3, 3, 2, 1, 2, 3) == [
        "一、", "（一）", "1.", "2.", "（二）", "二、", "（一）", "1.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")]
)
def test_numerals(number, text):
    assert layout.numeral(number) == text


def test_a_figure_links_to_its_rows(faces):
    page = layout.page(samples.report(), faces)
    assert '<a href="https://city.example/figures/1">33000人</a>' in page


@pytest.mark.parametrize("payload", ["<b>&\"'", "{{ 7*7 }}", "</style><script>", "<img src=x>"])
def test_text_is_escaped_wherever_it_stands(faces, payload):
    document = samples.report(
        title=payload, subtitle=payload, byline=(payload,), salutation=payload,
        blocks=(
            Heading(1, (Run(payload),)),
            Paragraph((Run(payload, payload),)),
            layout.Table(payload, (payload,), ((Run(payload),),), payload),
            layout.Roster(payload, (payload,), ((payload,),)),
        ),
        annexes=(),
    )  # fmt: skip
    page = layout.page(document, faces)
    body = page[page.index("<body>") :]
    assert "<script" not in body
    assert "<img" not in body
    assert "<b>" not in body
    assert body.count(layout.html.escape(payload)) == 14


def test_rare_characters_are_wrapped(faces):
    page = layout.page(samples.report(), faces)
    assert f'赵<u class="fang">{samples.NAMES}</u>等' in page
    assert '主席\u3000赵<u class="kai">堃</u>' in page


def test_everything_printed_is_checked_for_glyphs(faces):
    page = layout.page(samples.report(), faces)
    shown = set(re.sub(r"<[^>]*>", "", page[page.index("<body>") :]))
    covered = set("".join(text for _, text in layout.texts(samples.report())))
    assert shown <= covered


def test_an_unknown_master_is_refused():
    with pytest.raises(ValueError, match="没有“海报”这种版式"):
        Document(title="甲", blocks=(), master="海报")
    with pytest.raises(ValueError, match="缺少发文机关"):
        Document(title="甲", blocks=(), master="红头")


def test_the_columns_of_a_roster_stand_one_below_the_other(faces):
    """Proportional digits, rare characters and long names move no later column."""
    rows = (
        ("JC01", "江城市总工会", "2021-01-01"),
        ("JC0111111111", "堃喆镕运输有限公司工会(A1)", "2021-11-11"),
        ("W", "江城市货车司机" * 5, "2021-07-31"),
    )
    roster = layout.Roster("共三条", ("编码", "名称", "日期"), rows)
    made = rendering.render(samples.report(annexes=(Annex("名册", (roster,)),)), faces)
    assert checker.check(made.pdf, faces, substituted=made.substituted) == []
    lines = [line for line in checker.measure(made.pdf, faces).lines[-1] if line.size < 11]
    starts = []
    for date in ("2021-01-01", "2021-11-11", "2021-07-31"):
        (line,) = (line for line in lines if line.text.rstrip().endswith(date))
        starts.append(line.right - faces.width(date) * line.size)
    assert max(starts) - min(starts) < 1
