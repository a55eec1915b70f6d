"""The official layout of GB/T 9704-2012 as HTML and CSS, from a document of plain values.

Three masters: 报告 (a report or speech), 红头 (a red-header document), 信函 (a letter). The page is
A4 with margins of 37/26/35/28 mm, 22 lines of 28 characters. The standard's 三号 of 16 pt would
put only 27 characters into 156 mm, so the body is set in 15.79 pt on lines of 28.9 pt.

A character that the face of its part lacks is wrapped in a span that names the helping face and
has no height of its own, so that the 22 lines stay 22.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from math import ceil

from reports.faces import ROLES, Face, Faces

BODY_PT = 15.79
LINE_PT = 28.9
LINES = 22
CHARACTERS = 28
MARGINS_MM = (37, 26, 35, 28)  # top, right, bottom, left
PAGE_MM = (210, 297)
#: A table of at most so many rows is never broken over two pages.
WHOLE = 15
#: A line of a roster: 五号 (10.5 pt, whole pixels as tabulators need), 42 ems, 33 on a page.
ROSTER_PX = 14
ROSTER_EM = 42
ROSTER_PT = LINES * LINE_PT / 33
ROSTER_LINES = 30
ROSTER_FIRST = 20

MASTERS = ("报告", "红头", "信函")

_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True)
class Run:
    """Characters of one line of text; `href` is the page of the rows behind a figure."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading; its number (一、 （一） 1.) is set by the layout."""

    level: int
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Paragraph:
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Table:
    """A table. `head` bears the units; the first column is text, the others figures, or, with
    `is_text`, text as well."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Run, ...], ...]
    note: str = ""
    is_text: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart as SVG whose text is outlines. `summary` says it in words."""

    title: str
    svg: str
    summary: str = ""


@dataclass(frozen=True)
class Roster:
    """A long list (名册): columns of text, without rules, its heading on every page.

    A row is one line of text with its cells on stops, which is set several times faster than the
    cells of a table and in memory that hardly grows with the rows.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Table | Chart | Roster


@dataclass(frozen=True)
class Annex:
    """An annex (附件): begins on a new page, numbered by the layout."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A document of one of `MASTERS`. Empty fields are left out.

    `byline` are the lines under the title of a report (reporter, date). `agency`, `number` and
    `signer` belong to the head of a red-header document or letter; `signature` and `date` to the
    end. Annexes follow the body.
    """

    title: str
    blocks: tuple[Block, ...]
    master: str = "报告"
    subtitle: str = ""
    byline: tuple[str, ...] = ()
    salutation: str = ""
    agency: str = ""
    number: str = ""
    signer: str = ""
    signature: str = ""
    date: str = ""
    annexes: tuple[Annex, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.master not in MASTERS:
            raise ValueError(f"没有“{self.master}”这种版式，可用的有：{'、'.join(MASTERS)}。")
        if self.master != "报告" and not self.agency:
            raise ValueError(f"{self.master}版式缺少发文机关。")


def numeral(number: int) -> str:
    """Return a number from 1 to 99 in Chinese numerals, as headings use it."""
    if not 1 <= number <= 99:
        raise ValueError("标题序号须在 1 至 99 之间。")
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones or not tens else "")


def numbered(blocks: tuple[Block, ...]) -> Iterator[tuple[str, Block]]:
    """Yield each block with its number: 一、 （一） 1. for headings, empty for the others."""
    counts = [0, 0, 0]
    for block in blocks:
        mark = ""
        if isinstance(block, Heading):
            level = block.level
            counts[level - 1] += 1
            counts[level:] = [0] * (3 - level)
            count = counts[level - 1]
            mark = (
                f"{numeral(count)}、"
                if level == 1
                else f"（{numeral(count)}）"
                if level == 2
                else f"{count}."
            )
        yield mark, block


def annex_label(document: Document, index: int) -> str:
    """附件 when there is only one, 附件1, 附件2 … otherwise."""
    return "附件" if len(document.annexes) == 1 else f"附件{index}"


def texts(document: Document) -> Iterator[tuple[str, str]]:
    """Yield (part, text) of everything that is printed, so that glyphs can be checked before."""
    yield "song", "— 0123456789 —"
    yield "title", document.title + document.agency
    yield "kai", document.subtitle + "".join(document.byline) + document.signer + "（）"
    yield "fang", document.salutation + document.number + document.signature + document.date
    bodies = [document.blocks, *(annex.blocks for annex in document.annexes)]
    for index, annex in enumerate(document.annexes, start=1):
        yield "hei", annex_label(document, index)
        yield "title", annex.title
    for blocks in bodies:
        for mark, block in numbered(blocks):
            match block:
                case Heading(level, runs):
                    yield _HEADING[level], mark + "".join(run.text for run in runs)
                case Paragraph(runs):
                    yield "fang", "".join(run.text for run in runs)
                case Table(title, head, rows, note):
                    yield "hei", title + "".join(head)
                    yield "fang", note + "".join(run.text for row in rows for run in row)
                case Chart(title=title):
                    yield "hei", title
                case Roster(title, head, rows):
                    yield "hei", title + "".join(head)
                    yield "fang", "".join(map("".join, rows))


_HEADING = {1: "hei", 2: "kai", 3: "fang"}


def page(document: Document, faces: Faces) -> str:
    """Return the whole document as one HTML page; it names no resource outside itself."""
    setter = _Setter(faces)
    body = "".join(setter.document(document))
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{html.escape(document.title)}</title><style>{css(document, faces)}</style></head>"
        f"<body>{body}</body></html>"
    )


def css(document: Document, faces: Faces) -> str:
    """Return the style sheet of a document's master."""
    top, right, bottom, left = MARGINS_MM
    rules = [
        f"@page {{ size: A4; margin: {top}mm {right}mm {bottom}mm {left}mm; }}",
        # The dash stands 7 mm below the text box, one character in from the outer edge.
        *(
            f"@page :{side} {{ @bottom-{corner} {{ content: '— ' counter(page) ' —';"
            f" font: 400 14pt {_stack(faces, 'song')}; vertical-align: top; padding-top: 4.5mm;"
            f" padding-{corner}: 1em; white-space: nowrap; }} }}"
            for side, corner in (("right", "right"), ("left", "left"))
        ),
        _CSS,
        face_rules(faces),
    ]
    if document.master == "信函":
        rules.append("@page :first { @bottom-right { content: none } }")
    return "\n".join(rules)


def face_rules(faces: Faces) -> str:
    """Return the rules by which the class of a part has its face, and `u` in it the helping one."""
    return "\n".join(
        [
            *(f".{role} {{ font-family: {_stack(faces, role)} }}" for role in ROLES),
            *(
                f".{role} > u, u.{role} {{ font-family: {_quoted(faces.pair(role).second)} }}"
                for role in ROLES
            ),
        ]
    )


_CSS = f"""
* {{ margin: 0; padding: 0; font-weight: 400; font-style: normal; }}
html {{ font-size: {BODY_PT}pt; line-height: {LINE_PT}pt; color: #000; orphans: 1; widows: 1; }}
p, h1, h2, h3, h4 {{ font-size: {BODY_PT}pt; orphans: 1; widows: 1; overflow-wrap: anywhere; }}
a {{ color: inherit; text-decoration: none; }}
u {{ line-height: 0; text-decoration: none; }}
p.body, h2, h3, h4 {{ text-indent: 2em; text-align: justify; }}
h2, h3 {{ break-after: avoid; }}
h1 {{ font-size: 22pt; line-height: {LINE_PT}pt; text-align: center; text-wrap: balance; }}
.centre {{ text-align: center; }}
.blank {{ height: {LINE_PT}pt; }}
.right {{ text-align: right; }}
.signature {{ padding-right: 2em; }}
.date {{ padding-right: 4em; }}
.flush {{ text-indent: 0; }}
.agency {{ color: #E60012; text-align: center; font-size: 40pt; line-height: 57.8pt; }}
.number {{ text-align: center; }}
.pair {{ display: flex; justify-content: space-between; padding: 0 1em; }}
.redline {{ height: {LINE_PT}pt; border-top: 1.5pt solid #E60012; margin-top: 4mm;
  margin-bottom: calc(-4mm - 1.5pt); }}
.letter {{ margin: -7mm -12mm 0 -16mm; height: 21.45mm; text-align: center; }}
.letter .agency {{ font-size: 32pt; line-height: 36pt; }}
.letter .rule {{ margin: 2mm auto 0; width: 170mm; border-top: 2.5pt solid #E60012;
  border-bottom: .8pt solid #E60012; height: 1.2pt; }}
.foot {{ position: absolute; top: {PAGE_MM[1] - 20 - MARGINS_MM[0]}mm; left: -8mm; width: 170mm;
  height: 1.2pt; border-top: .8pt solid #E60012; border-bottom: 2.5pt solid #E60012; }}
table {{ width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 14pt;
  line-height: 21.675pt; }}
table.whole {{ break-inside: avoid; }}
th, td {{ border: .5pt solid #000; padding: 0 .3em; height: 21.675pt; overflow-wrap: anywhere; }}
th {{ text-align: center; vertical-align: middle; }}
td {{ text-align: right; vertical-align: middle; }}
td:first-child {{ text-align: left; }}
.words td, .words td:first-child {{ text-align: center; }}
tr {{ break-inside: avoid; }}
.caption {{ text-align: center; font-size: 14pt; break-after: avoid; }}
.note {{ font-size: 12pt; line-height: 21.675pt; }}
figure {{ break-inside: avoid; }}
figure svg {{ display: block; margin: 0 auto; width: 150mm; }}
.roster {{ font-size: {ROSTER_PX}px; line-height: {ROSTER_PT}pt; white-space: pre;
  tab-size: {ROSTER_PX}px; overflow-wrap: normal; }}
.next {{ break-before: page; }}
.annex {{ break-before: page; }}
"""


class _Setter:
    """Writes markup; the only place where text becomes HTML, escaped, with helping spans."""

    def __init__(self, faces: Faces):
        self.faces = faces

    def document(self, document: Document) -> Iterator[str]:
        yield from self._head(document)
        yield '<div class="fang">'
        yield from self._blocks(document.blocks)
        if len(document.annexes) and document.master != "报告":
            yield '<div class="blank"></div>'
            for index, annex in enumerate(document.annexes, start=1):
                lead = "附件：" if index == 1 else "\u3000\u3000\u3000"
                number = f"{index}." if len(document.annexes) > 1 else ""
                yield self.p("fang", "body", (Run(f"{lead}{number}{annex.title}"),))
        if document.signature or (document.date and document.master != "报告"):
            yield '<div class="blank"></div>'
            yield self.p("fang", "right signature", (Run(document.signature),))
            yield self.p("fang", "right date", (Run(document.date),))
        for index, annex in enumerate(document.annexes, start=1):
            yield '<section class="annex">'
            yield self.p("hei", "flush", (Run(annex_label(document, index)),))
            yield f'<div class="blank"></div><h1 class="title">{self.text("title", annex.title)}'
            yield '</h1><div class="blank"></div>'
            yield from self._blocks(annex.blocks)
            yield "</section>"
        yield "</div>"

    def _head(self, document: Document) -> Iterator[str]:
        agency = self.text("title", document.agency)
        number = self.text("fang", document.number)
        if document.master == "红头":
            # The head stands 35 mm below the top of the text box: three and a half lines.
            yield '<div style="height: 28mm"></div>'
            yield f'<p class="agency title">{agency}</p><div class="blank"></div>'
            if document.signer:
                signer = self.text("kai", document.signer)
                yield f'<div class="pair"><p class="fang">{number}</p><p class="fang">签发人：'
                yield f'<span class="kai">{signer}</span></p></div>'
            elif number:
                yield f'<p class="number fang">{number}</p>'
            yield '<div class="redline"></div><div class="blank"></div><div class="blank"></div>'
        elif document.master == "信函":
            # The second double rule, thin over thick, 20 mm above the bottom edge.
            yield '<div class="foot"></div>'
            yield f'<div class="letter"><p class="agency title">{agency}</p>'
            yield '<div class="rule"></div></div>'
            if number:
                yield f'<p class="right fang">{number}</p><div class="blank"></div>'
        yield f'<h1 class="title">{self.text("title", document.title)}</h1>'
        if document.subtitle:
            yield self.p("kai", "centre", (Run(document.subtitle),))
        for line in document.byline:
            yield self.p("kai", "centre", (Run(f"（{line}）"),))
        yield '<div class="blank"></div>'
        if document.salutation:
            yield self.p("fang", "flush", (Run(document.salutation),))

    def _blocks(self, blocks: tuple[Block, ...]) -> Iterator[str]:
        for mark, block in numbered(blocks):
            match block:
                case Heading(level, runs):
                    role = _HEADING[level]
                    inside = self.runs(role, (Run(mark), *runs))
                    yield f'<h{level + 1} class="{role}">{inside}</h{level + 1}>'
                case Paragraph(runs):
                    yield self.p("fang", "body", runs)
                case Table():
                    yield from self._table(block)
                case Chart(title, svg, summary):
                    caption = self.text("hei", title)
                    yield f'<figure><p class="caption hei">{caption}</p>{_drawing(svg, summary)}'
                    yield "</figure>"
                case Roster():
                    yield from self._roster(block)

    def _table(self, table: Table) -> Iterator[str]:
        yield f'<p class="caption hei">{self.text("hei", table.title)}</p>'
        cells = "".join(f'<th class="hei">{self.text("hei", text)}</th>' for text in table.head)
        first = 2.2 if len(table.head) > 1 and not table.is_text else 1
        width = 100 / (first + len(table.head) - 1)
        columns = "".join(
            f'<col style="width: {width * (first if index == 0 else 1):.2f}%">'
            for index in range(len(table.head))
        )
        kind = "whole" if len(table.rows) <= WHOLE else "long"
        kind += " words" if table.is_text else ""
        yield f'<table class="{kind}"><colgroup>{columns}</colgroup>'
        yield f"<thead><tr>{cells}</tr></thead><tbody>"
        for row in table.rows:
            inside = "".join(f'<td class="fang">{self.runs("fang", (c,))}</td>' for c in row)
            yield f"<tr>{inside}</tr>"
        yield "</tbody></table>"
        if table.note:
            yield f'<p class="note fang">{self.text("fang", table.note)}</p>'

    def _roster(self, roster: Roster) -> Iterator[str]:
        """Lines in pages of a fixed number; what comes before the first page is left room."""
        yield f'<p class="caption hei">{self.text("hei", roster.title)}</p>'
        stops = self._stops(roster)
        head = self._set(roster.head, stops, "hei")
        room = ROSTER_FIRST
        yield from self._roster_head(head, "")
        for row in roster.rows:
            lines = self._set(row, stops, "fang")
            if room < len(lines):
                yield from self._roster_head(head, " next")
                room = ROSTER_LINES
            room -= len(lines)
            for line in lines:
                yield f'<p class="roster fang">{line}</p>'

    def _roster_head(self, lines: list[str], broken: str) -> Iterator[str]:
        for line in lines:
            yield f'<p class="roster hei{broken}">{line}</p>'
            broken = ""

    def _stops(self, roster: Roster) -> list[int]:
        """The width of each column in ems; what is too wide in sum is taken from the widest.

        Dates and numbers are not broken while there are words that can be.
        """
        columns = list(zip(roster.head, *roster.rows, strict=True))
        widest = [max(self.faces.width(text) for text in column) for column in columns]
        stops = [int(width) + 2 for width in widest]
        if sum(stops) <= ROSTER_EM:
            return stops
        stops = [ceil(width) + 1 for width in widest]
        words = [
            place for place, column in enumerate(columns) if not all(map(str.isascii, column[1:]))
        ]
        for breakable in (words, range(len(stops))):
            while breakable and sum(stops) > ROSTER_EM:
                most = max(breakable, key=stops.__getitem__)
                if stops[most] <= 4:
                    break
                stops[most] -= 1
        return stops

    def _set(self, row: tuple[str, ...], stops: list[int], role: str) -> list[str]:
        """The lines of one row: a cell that is longer than its column goes on below."""
        cells = [self._cut(text, stop - 1, role) for text, stop in zip(row, stops, strict=True)]
        lines = []
        for line in zip_longest(*cells, fillvalue=""):
            pairs = zip(line, stops, strict=True)
            lines.append("".join(self._filled(text, stop, role) for text, stop in pairs))
        return lines

    def _cut(self, text: str, room: int, role: str) -> list[str]:
        pieces, piece, width = [], "", 0.0
        for character in text:
            wide = self.faces.width(character, role)
            if piece and width + wide > room:
                pieces.append(piece)
                piece, width = "", 0.0
            piece, width = piece + character, width + wide
        return [*pieces, piece]

    def _filled(self, text: str, stop: int, role: str) -> str:
        """The text, and blanks up to the next stop: a tabulator to the next whole em, then ems."""
        width = self.faces.width(text, role)
        inside = self.text(role, text)
        if width == int(width):
            return inside + "\u3000" * (stop - int(width))
        if abs(width - round(width)) < 0.1:  # which em comes next would hang on the rounding
            inside, width = inside + " ", width + self.faces.width(" ", role)
        return f"{inside}\t" + "\u3000" * (stop - int(width) - 1)

    def p(self, role: str, kind: str, runs: tuple[Run, ...]) -> str:
        return f'<p class="{kind} {role}">{self.runs(role, runs)}</p>'

    def runs(self, role: str, runs: tuple[Run, ...]) -> str:
        return "".join(
            f'<a href="{html.escape(run.href)}">{self.text(role, run.text, nested=True)}</a>'
            if run.href
            else self.text(role, run.text)
            for run in runs
        )

    def text(self, role: str, text: str, nested: bool = False) -> str:
        """Escape a text and wrap the characters that the helping face must draw."""
        helped = self.faces.substituted(text, role)
        if not helped:
            return html.escape(text)
        opening = f'<u class="{role}">'
        pieces: list[str] = []
        inside = False
        for character in text:
            if (character in helped) != inside:
                pieces.append("</u>" if inside else opening)
                inside = not inside
            pieces.append(html.escape(character))
        return "".join(pieces) + ("</u>" if inside else "")


def _drawing(svg: str, summary: str) -> str:
    """The drawing element alone, without prologue, so that it can stand inside the page."""
    start = svg.index("<svg")
    label = html.escape(summary)
    return f'<div role="img" aria-label="{label}">{svg[start:]}</div>'


def _quoted(face: Face) -> str:
    return f'"{face.name}"'


def _stack(faces: Faces, role: str) -> str:
    pair = faces.pair(role)
    return f"{_quoted(pair.first)}, {_quoted(pair.second)}"
