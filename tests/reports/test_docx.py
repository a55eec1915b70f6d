"""The editable twin: same page, same faces by name, same words in the same order."""

import io

from docx import Document as opened_document
from docx.oxml.ns import qn

from reports import layout
from reports.docx import docx
from tests.reports import samples


def opened(**changes):
    return opened_document(io.BytesIO(docx(samples.report(**changes))))


def test_the_page_is_that_of_the_standard():
    section = opened().sections[0]
    sides = (
        section.page_width, section.page_height, section.top_margin,
        section.right_margin, section.bottom_margin, section.left_margin,
    )  # fmt: skip
    assert [round(side.mm) for side in sides] == [210, 297, 37, 26, 35, 28]


def test_page_numbers_stand_on_the_outer_side():
    made = opened()
    section = made.sections[0]
    assert made.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (2, 0)
    for paragraph in (odd, even):
        shown = "".join(node.text for node in paragraph._p.iter(qn("w:t")))
        assert shown == "— 1 —"
        assert [node.get(qn("w:instr")) for node in paragraph._p.iter(qn("w:fldSimple"))] == [
            "PAGE"
        ]


def test_faces_by_name_and_fixed_pitch():
    made = opened()
    heading = next(p for p in made.paragraphs if p.text.startswith("一、2021"))
    assert heading.runs[0].font.name == "黑体"
    assert heading.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
    assert heading.paragraph_format.line_spacing.pt == layout.LINE_PT
    assert made.paragraphs[0].runs[0].font.name == "方正小标宋简体"


def test_figures_link_to_their_rows():
    made = opened()
    links = {rel.target_ref for rel in made.part.rels.values() if rel.is_external}
    assert "https://city.example/figures/1" in links
    assert "33000人" in "".join(node.text or "" for node in made.element.iter(qn("w:t")))


def test_nothing_personal_in_the_properties():
    properties = opened().core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")


def test_tables_annexes_and_red_head():
    made = opened(
        master="红头", agency="市总工会文件", number="市工发〔2022〕1号", date="2022年1月12日"
    )
    assert len(made.tables) == 2
    texts = [paragraph.text for paragraph in made.paragraphs]
    assert texts[0] == "市总工会文件"
    assert "附件：各区县会员明细表" in texts
    assert texts.index("附件") > texts.index("附件：各区县会员明细表")
