"""The same document as an editable DOCX: same page, same faces by name, same order.

An office that owns 方正小标宋 and 仿宋_GB2312 opens it in those faces; the layout is that of
`reports.layout`, from the same values.
"""

import io

from docx import Document as new_document
from docx.document import Document as Docx
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph

from reports import layout
from reports.layout import Block, Chart, Document, Heading, Paragraph, Roster, Run, Table

FACES = {
    "title": "方正小标宋简体",
    "hei": "黑体",
    "kai": "楷体_GB2312",
    "fang": "仿宋_GB2312",
    "song": "宋体",
}
_RED = RGBColor(0xE6, 0x00, 0x12)
_HEADING = {1: "hei", 2: "kai", 3: "fang"}


def docx(document: Document) -> bytes:
    """Return the document as DOCX. Charts are given by their title and summary only."""
    made = new_document()
    _page(made, document)
    _head(made, document)
    _blocks(made, document.blocks)
    if document.annexes and document.master != "报告":
        _line(made, ())
        for index, annex in enumerate(document.annexes, start=1):
            lead = "附件：" if index == 1 else "\u3000\u3000\u3000"
            number = f"{index}." if len(document.annexes) > 1 else ""
            _line(made, (Run(f"{lead}{number}{annex.title}"),), indent=True)
    if document.signature or (document.date and document.master != "报告"):
        _line(made, ())
        for text, right in ((document.signature, 2), (document.date, 4)):
            line = _line(made, (Run(text),), align=WD_ALIGN_PARAGRAPH.RIGHT)
            line.paragraph_format.right_indent = Pt(right * layout.BODY_PT)
    for index, annex in enumerate(document.annexes, start=1):
        made.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
        _line(made, (Run(layout.annex_label(document, index)),), "hei")
        _line(made, ())
        _line(made, (Run(annex.title),), "title", size=22, align=WD_ALIGN_PARAGRAPH.CENTER)
        _line(made, ())
        _blocks(made, annex.blocks)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def _page(made: Docx, document: Document) -> None:
    section = made.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = (Mm(side) for side in layout.PAGE_MM)
    top, right, bottom, left = (Mm(margin) for margin in layout.MARGINS_MM)
    section.top_margin, section.right_margin = top, right
    section.bottom_margin, section.left_margin = bottom, left
    # The dash of the page number stands 7 mm below the text box.
    section.footer_distance = Mm(layout.MARGINS_MM[2] - 7) - Pt(14)
    made.settings.odd_and_even_pages_header_footer = True
    section.different_first_page_header_footer = document.master == "信函"
    _number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    style = made.styles["Normal"]
    style.font.name = FACES["fang"]
    style.font.size = Pt(layout.BODY_PT)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FACES["fang"])
    properties = made.core_properties
    properties.title = document.title
    properties.author = properties.last_modified_by = properties.comments = ""


def _number(paragraph: DocxParagraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """— n —, one character in from the outer edge."""
    paragraph.alignment = align
    if align == WD_ALIGN_PARAGRAPH.RIGHT:
        paragraph.paragraph_format.right_indent = Pt(14)
    else:
        paragraph.paragraph_format.left_indent = Pt(14)
    _run(paragraph, "— ", "song", 14)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = _run(paragraph, "1", "song", 14)
    field.append(run._r)
    paragraph._p.append(field)
    _run(paragraph, " —", "song", 14)


def _head(made: Docx, document: Document) -> None:
    centre = WD_ALIGN_PARAGRAPH.CENTER
    if document.agency:
        size = 40 if document.master == "红头" else 32
        line = _line(made, (Run(document.agency),), "title", size=size, align=centre, pitch=57.8)
        line.runs[0].font.color.rgb = _RED
    if document.number:
        signer = f"\u3000\u3000签发人：{document.signer}" if document.signer else ""
        line = _line(made, (Run(document.number + signer),), align=centre)
        if document.master == "红头":
            _red_rule(line)
        _line(made, ())
    _line(made, (Run(document.title),), "title", size=22, align=centre)
    if document.subtitle:
        _line(made, (Run(document.subtitle),), "kai", align=centre)
    for text in document.byline:
        _line(made, (Run(f"（{text}）"),), "kai", align=centre)
    _line(made, ())
    if document.salutation:
        _line(made, (Run(document.salutation),))


def _red_rule(paragraph: DocxParagraph) -> None:
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    values = {"val": "single", "sz": "12", "space": "11", "color": "E60012"}
    for name, value in values.items():
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().append(borders)


def _blocks(made: Docx, blocks: tuple[Block, ...]) -> None:
    for mark, block in layout.numbered(blocks):
        match block:
            case Heading(level, runs):
                line = _line(made, (Run(mark), *runs), _HEADING[level], indent=True)
                line.paragraph_format.keep_with_next = True
            case Paragraph(runs):
                _line(made, runs, indent=True, align=WD_ALIGN_PARAGRAPH.JUSTIFY)
            case Table():
                _table(made, block)
            case Chart(title=title, summary=summary):
                _line(made, (Run(title),), "hei", size=14, align=WD_ALIGN_PARAGRAPH.CENTER)
                if summary:
                    _line(made, (Run(summary),), indent=True)
            case Roster(title, head, rows):
                _line(made, (Run(title),), "hei", size=14, align=WD_ALIGN_PARAGRAPH.CENTER)
                for role, row in (("hei", head), *(("fang", row) for row in rows)):
                    _line(made, (Run("\u3000".join(row)),), role, size=10.5, pitch=21.675)


def _table(made: Docx, table: Table) -> None:
    caption = _line(made, (Run(table.title),), "hei", size=14, align=WD_ALIGN_PARAGRAPH.CENTER)
    caption.paragraph_format.keep_with_next = True
    grid = made.add_table(rows=1 + len(table.rows), cols=len(table.head), style="Table Grid")
    grid.autofit = False
    header = grid.rows[0]
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    header._tr.get_or_add_trPr().append(repeated)
    for cell, text in zip(header.cells, table.head, strict=True):
        _fill(cell.paragraphs[0], (Run(text),), "hei", WD_ALIGN_PARAGRAPH.CENTER)
    # `Table.cell` walks the whole grid each time; rows are taken once.
    for line, row in zip(grid.rows[1:], table.rows, strict=True):
        for column, (cell, run) in enumerate(zip(line.cells, row, strict=True)):
            align = WD_ALIGN_PARAGRAPH.RIGHT if column else WD_ALIGN_PARAGRAPH.LEFT
            _fill(cell.paragraphs[0], (run,), "fang", align)
    if table.note:
        _line(made, (Run(table.note),), size=12)


def _fill(
    paragraph: DocxParagraph, runs: tuple[Run, ...], role: str, align: WD_ALIGN_PARAGRAPH
) -> None:
    paragraph.alignment = align
    _pitch(paragraph, 21.675)
    for run in runs:
        _set(paragraph, run, role, 14)


def _line(
    made: Docx,
    runs: tuple[Run, ...],
    role: str = "fang",
    *,
    size: float = layout.BODY_PT,
    indent: bool = False,
    align: WD_ALIGN_PARAGRAPH | None = None,
    pitch: float = layout.LINE_PT,
) -> DocxParagraph:
    paragraph = made.add_paragraph()
    paragraph.alignment = align
    _pitch(paragraph, pitch)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(2 * size)
    for run in runs:
        _set(paragraph, run, role, size)
    return paragraph


def _pitch(paragraph: DocxParagraph, points: float) -> None:
    form = paragraph.paragraph_format
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(points)
    form.space_before = form.space_after = Pt(0)
    form.widow_control = False


def _set(paragraph: DocxParagraph, run: Run, role: str, size: float) -> None:
    made = _run(paragraph, run.text, role, size)
    if run.href:
        link = OxmlElement("w:hyperlink")
        relation = paragraph.part.relate_to(run.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link.set(qn("r:id"), relation)
        link.append(made._r)
        paragraph._p.append(link)


def _run(paragraph: DocxParagraph, text: str, role: str, size: float):
    made = paragraph.add_run(text)
    made.font.name = FACES[role]
    made.font.size = Pt(size)
    made._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FACES[role])
    return made
