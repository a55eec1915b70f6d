"""Measures a produced PDF against the official layout (GB/T 9704-2012, 6 and 7).

It reads the page streams itself, glyph by glyph, and knows nothing of how the PDF was made, so a
file from elsewhere can be measured too. A finding is one Chinese sentence; no finding, right page.
"""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pypdf import PageObject, PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ContentStream, DictionaryObject

from reports.faces import Faces
from reports.layout import BODY_PT, CHARACTERS, LINE_PT, LINES, MARGINS_MM, PAGE_MM

MM = 72 / 25.4
#: GB/T 9704-2012, 5.2.1: 天头 37 mm ± 1 mm, 订口 28 mm ± 1 mm.
TOLERANCE_MM = 1.0
_NUMBER_PT = 14.0
_NUMBER = re.compile(r"^—\s?(\d+)\s?—$")

_Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Line:
    """Glyphs of one size on one baseline. Lengths in points; `y` from the top edge down."""

    left: float
    right: float
    y: float
    size: float
    face: str
    text: str


@dataclass(frozen=True)
class Measurement:
    """What was found. `substituted` are the characters drawn by helping faces."""

    findings: tuple[str, ...]
    pages: int
    substituted: str = ""
    lines: tuple[tuple[Line, ...], ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class _Piece:
    left: float
    right: float
    y: float
    size: float
    face: str
    text: str
    blank_glyphs: int


def check(
    pdf: bytes,
    faces: Faces,
    *,
    master: str = "报告",
    substituted: str | None = None,
    attachments: Mapping[str, str] | None = None,
) -> list[str]:
    """Return what is wrong with a PDF, empty when it is right. See `measure`."""
    return list(
        measure(
            pdf, faces, master=master, substituted=substituted, attachments=attachments
        ).findings
    )


def measure(
    pdf: bytes,
    faces: Faces,
    *,
    master: str = "报告",
    substituted: str | None = None,
    attachments: Mapping[str, str] | None = None,
) -> Measurement:
    """Measure a PDF.

    `substituted` are the characters known to come from helping faces; any other one is a finding.
    `attachments` maps the names of the files inside to their SHA-256 digests.
    """
    try:
        reader = PdfReader(io.BytesIO(pdf))
        pages = [_pieces(page) for page in reader.pages]
    except (PyPdfError, ValueError, KeyError) as error:
        return Measurement((f"文件无法读取：{error}",), 0)
    findings = []
    for index, page in enumerate(reader.pages, start=1):
        findings += _size(index, page)
    findings += _faces(reader, pages, faces)
    lines = [_lines(pieces) for pieces in pages]
    findings += _numbers(lines, faces, master)
    bodies = [[line for line in page if not _is_number(line)] for page in lines]
    findings += _box(bodies, master)
    findings += _grid(bodies, faces)
    helped = _helped(pages, faces)
    if substituted is not None:
        for character in helped:
            if character not in substituted:
                findings.append(f"“{character}”由后备字体印出，事先没有说明。")
    findings += _attached(reader, attachments or {})
    if reader.metadata and reader.metadata.author:
        findings.append("文件属性中写有作者姓名，应当去掉。")
    return Measurement(tuple(findings), len(pages), helped, tuple(map(tuple, lines)))


def _size(index: int, page: PageObject) -> Iterator[str]:
    width, height = float(page.mediabox.width) / MM, float(page.mediabox.height) / MM
    if abs(width - PAGE_MM[0]) > 0.5 or abs(height - PAGE_MM[1]) > 0.5:
        yield f"第 {index} 页幅面为 {width:.1f}×{height:.1f} 毫米，应为 A4（210×297 毫米）。"


def _faces(reader: PdfReader, pages: list[list[_Piece]], faces: Faces) -> Iterator[str]:
    declared = {face.name for face in faces.all()}
    seen: dict[str, bool] = {}
    for page in reader.pages:
        for font in _fonts(page.get("/Resources")):
            seen[_base(font)] = seen.get(_base(font), True) and _embedded(font)
    for name, embedded in sorted(seen.items()):
        if name not in declared:
            yield f"出现了规定以外的字体“{name}”。"
        if not embedded:
            yield f"字体“{name}”没有嵌入文件，换一台电脑会变样。"
    for index, pieces in enumerate(pages, start=1):
        blanks = sum(piece.blank_glyphs for piece in pieces)
        if blanks:
            yield f"第 {index} 页有 {blanks} 个字没有字形，印成了空框。"
        if any(piece.face.endswith("+加粗") for piece in pieces):
            yield f"第 {index} 页有人为加粗的字，应改用规定字体。"


def _numbers(pages: list[list[Line]], faces: Faces, master: str) -> Iterator[str]:
    _, right, bottom, left = (margin * MM for margin in MARGINS_MM)
    box_left, box_right = left, PAGE_MM[0] * MM - right
    box_bottom = PAGE_MM[1] * MM - bottom
    song = {faces.song.first.name, faces.song.second.name}
    for index, lines in enumerate(pages, start=1):
        found = [line for line in lines if _is_number(line)]
        if master == "信函" and index == 1:
            if found:
                yield "信函首页不应有页码。"
            continue
        if len(found) != 1:
            yield f"第 {index} 页应有一个页码“— {index} —”，现有 {len(found)} 个。"
            continue
        line = found[0]
        number = int(_NUMBER.match(line.text.strip())[1])
        if number != index:
            yield f"第 {index} 页的页码印成了 {number}。"
        if abs(line.size - _NUMBER_PT) > 0.3:
            yield f"第 {index} 页的页码为 {line.size:.1f} 磅，应为 4 号（14 磅）。"
        if line.face not in song:
            yield f"第 {index} 页的页码用了“{line.face}”，应为宋体。"
        # 7 mm below the text box, one character in from the outer edge (7.5).
        gap = (line.y - 0.35 * line.size - box_bottom) / MM
        if abs(gap - 7) > 1.5:
            yield f"第 {index} 页的页码在版心下 {gap:.1f} 毫米处，应为 7 毫米。"
        outer = "右" if index % 2 else "左"
        inset = box_right - line.right if index % 2 else line.left - box_left
        if abs(inset - _NUMBER_PT) > 2 * MM:
            yield f"第 {index} 页的页码不在外侧，应居{outer}空一字。"


def _box(pages: list[list[Line]], master: str) -> Iterator[str]:
    """Nothing outside the text box, and the text box begins where it should."""
    top, right, bottom, left = (margin * MM for margin in MARGINS_MM)
    slack = TOLERANCE_MM * MM
    for index, lines in enumerate(pages, start=1):
        if master == "信函" and index == 1:
            continue  # the name of the agency stands above the text box
        if not lines:
            continue
        ends = (
            ("上", min(line.y - 0.88 * line.size for line in lines), top),
            ("右", PAGE_MM[0] * MM - max(line.right for line in lines), right),
            ("下", PAGE_MM[1] * MM - max(line.y + 0.12 * line.size for line in lines), bottom),
            ("左", min(line.left for line in lines), left),
        )
        for side, found, wanted in ends:
            if found < wanted - slack:
                yield (
                    f"第 {index} 页{side}边距只有 {found / MM:.1f} 毫米，"
                    f"应为 {wanted / MM:.0f} 毫米。"
                )
    body = [line for lines in pages for line in lines if _is_body(line)]
    if body:
        found = min(line.left for line in body)
        if found > left + slack:
            yield f"正文左边距为 {found / MM:.1f} 毫米，应为 {left / MM:.0f} 毫米。"
    for index, lines in enumerate(pages, start=1):
        if not lines or not _is_body(lines[0]) or (master == "信函" and index == 1):
            continue
        # The first line stands in the middle of its pitch.
        found = lines[0].y - 0.88 * lines[0].size - (LINE_PT - lines[0].size) / 2
        if index > 1 and abs(found - top) > slack:
            yield f"第 {index} 页首行上边距为 {found / MM:.1f} 毫米，应为 {top / MM:.0f} 毫米。"


def _grid(pages: list[list[Line]], faces: Faces) -> Iterator[str]:
    sizes = Counter()
    for lines in pages:
        for line in lines:
            if _is_body(line):
                sizes[round(line.size, 2)] += len(line.text)
    if not sizes:
        return
    size = sizes.most_common(1)[0][0]
    width = (PAGE_MM[0] - MARGINS_MM[1] - MARGINS_MM[3]) * MM
    capacity = int(width / size + 0.01)
    if capacity != CHARACTERS:
        yield f"正文为 {size:.2f} 磅，每行排 {capacity} 字，应排 {CHARACTERS} 字（{BODY_PT} 磅）。"
    for index, lines in enumerate(pages, start=1):
        for before, line in zip(lines, lines[1:], strict=False):
            step = line.y - before.y
            if not (_is_body(before) and _is_body(line)) or step > 1.8 * LINE_PT:
                continue
            if abs(step - LINE_PT) > 0.5:
                yield (
                    f"第 {index} 页“{line.text[:8]}”一行的行距为 {step:.1f} 磅，应为 {LINE_PT} 磅。"
                )
                break
    fang = {faces.fang.first.name, faces.fang.second.name}
    for index, (lines, following) in enumerate(zip(pages, pages[1:], strict=False), start=1):
        # A page whose text runs on to the next one is full; a heading or table that moved to the
        # next page whole may leave it shorter.
        runs_on = bool(following) and _is_body(following[0]) and following[0].face in fang
        if not lines or not all(map(_is_body, lines)) or not runs_on:
            continue
        if len(lines) != LINES:
            yield f"第 {index} 页排了 {len(lines)} 行，应排 {LINES} 行。"
        widest = max((line.right - line.left) / size for line in lines)
        if widest < CHARACTERS - 2.5:
            yield f"第 {index} 页最长一行只有 {widest:.1f} 字，应排 {CHARACTERS} 字。"


def _helped(pages: list[list[_Piece]], faces: Faces) -> str:
    helpers = {face.name for face in faces.helpers()}
    found: dict[str, None] = {}
    for pieces in pages:
        for piece in pieces:
            if piece.face in helpers:
                found.update(dict.fromkeys(piece.text.replace(" ", "")))
    return "".join(found)


def _attached(reader: PdfReader, expected: Mapping[str, str]) -> Iterator[str]:
    found = {item.name: item.content for item in reader.attachment_list}
    for name, digest in expected.items():
        if name not in found:
            yield f"缺少附在文件中的“{name}”。"
        elif hashlib.sha256(found[name] or b"").hexdigest() != digest:
            yield f"附在文件中的“{name}”与原件不一致。"


def _is_number(line: Line) -> bool:
    below = line.y > (PAGE_MM[1] - MARGINS_MM[2]) * MM
    return below and _NUMBER.match(line.text.strip()) is not None


def _is_body(line: Line) -> bool:
    """三号: about 16 pt, whatever the face."""
    return 15 < line.size < 17


def _lines(pieces: list[_Piece]) -> list[Line]:
    """Join pieces that share a baseline, top to bottom."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: (round(p.y, 1), p.left)):
        if rows and abs(rows[-1][0].y - piece.y) < 1.0:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    lines = []
    for row in rows:
        row.sort(key=lambda p: p.left)
        main = Counter()
        for piece in row:
            main[(piece.size, piece.face)] += len(piece.text)
        size, face = main.most_common(1)[0][0]
        lines.append(
            Line(
                min(p.left for p in row),
                max(p.right for p in row),
                row[0].y,
                size,
                face,
                "".join(p.text for p in row),
            )
        )
    return lines


def _pieces(page: PageObject) -> list[_Piece]:
    contents = page.get_contents()
    if contents is None:
        return []
    height = float(page.mediabox.height)
    found: list[_Piece] = []
    _walk(contents, page["/Resources"], (1, 0, 0, 1, 0, 0), height, found, 0)
    return found


def _walk(
    contents: ContentStream,
    resources: DictionaryObject,
    matrix: _Matrix,
    height: float,
    found: list[_Piece],
    depth: int,
) -> None:
    fonts = {name: _Font(font) for name, font in _named_fonts(resources)}
    stack: list[_Matrix] = []
    text: _Matrix = (1, 0, 0, 1, 0, 0)
    font: _Font | None = None
    size, bold = 0.0, False
    for operands, operator in contents.operations:
        match operator:
            case b"q":
                stack.append(matrix)
            case b"Q":
                matrix = stack.pop()
            case b"cm":
                matrix = _times(tuple(map(float, operands)), matrix)
            case b"BT":
                text = (1, 0, 0, 1, 0, 0)
            case b"Tm":
                text = tuple(map(float, operands))
            case b"Td" | b"TD":
                text = _times((1, 0, 0, 1, float(operands[0]), float(operands[1])), text)
            case b"Tr":
                bold = int(operands[0]) in (1, 2)
            case b"Tf":
                font, size = fonts.get(operands[0]), float(operands[1])
            case b"Tj" | b"TJ" if font is not None:
                items = operands[0] if operator == b"TJ" else [operands[0]]
                piece, advance = font.show(items, size, _times(text, matrix), height, bold)
                text = _times((1, 0, 0, 1, advance, 0), text)
                if piece.text.strip() or piece.blank_glyphs:
                    found.append(piece)
            case b"Do" if depth < 8:
                form = resources.get("/XObject", {}).get(operands[0])
                form = form.get_object() if form is not None else None
                if form is not None and form.get("/Subtype") == "/Form":
                    inner = tuple(float(v) for v in form.get("/Matrix", (1, 0, 0, 1, 0, 0)))
                    _walk(
                        ContentStream(form, None),
                        form.get("/Resources", resources),
                        _times(inner, matrix),
                        height,
                        found,
                        depth + 1,
                    )


class _Font:
    """Widths and characters of one font of a page; codes are two bytes (Identity-H) or one."""

    def __init__(self, font: DictionaryObject):
        self.name = _base(font)
        self.wide = font.get("/Subtype") == "/Type0"
        self.characters = _characters(font)
        self.blanks = _blanks(font)
        self.widths: dict[int, float] = {}
        self.default = 1000.0
        if self.wide:
            descendant = font["/DescendantFonts"][0].get_object()
            self.default = float(descendant.get("/DW", 1000))
            self._read_widths(list(descendant.get("/W", [])))
        elif "/Widths" in font:
            first = int(font.get("/FirstChar", 0))
            self.widths = {first + i: float(w) for i, w in enumerate(font["/Widths"])}

    def _read_widths(self, items: list) -> None:
        position = 0
        while position < len(items):
            first = int(items[position])
            second = items[position + 1].get_object()
            if isinstance(second, list):
                self.widths.update({first + i: float(w) for i, w in enumerate(second)})
                position += 2
            else:
                width = float(items[position + 2])
                self.widths.update(dict.fromkeys(range(first, int(second) + 1), width))
                position += 3

    def show(
        self, items: list, size: float, matrix: _Matrix, height: float, bold: bool
    ) -> tuple[_Piece, float]:
        """Return the piece that a show operator draws, and how far it advances."""
        advance = end = 0.0
        blank = 0
        text = ""
        for item in items:
            if isinstance(item, int | float):
                advance -= float(item) / 1000 * size
                continue
            for code in self._codes(item):
                character = self.characters.get(code, chr(code) if not self.wide else "\ufffd")
                blank += self.wide and code in self.blanks
                text += character
                advance += self.widths.get(code, self.default) / 1000 * size
                if character.strip():
                    end = advance
        a, b, c, d, e, f = matrix
        scale = abs(a * d - b * c) ** 0.5
        name = f"{self.name}+加粗" if bold else self.name
        right = e + a * end
        piece = _Piece(min(e, right), max(e, right), height - f, size * scale, name, text, blank)
        return piece, advance

    def _codes(self, item: object) -> Iterator[int]:
        raw = item.original_bytes if hasattr(item, "original_bytes") else bytes(item)
        if not self.wide:
            yield from raw
            return
        for position in range(0, len(raw) - 1, 2):
            yield raw[position] << 8 | raw[position + 1]


def _blanks(font: DictionaryObject) -> frozenset[int]:
    """The codes that draw glyph 0, .notdef: the empty box."""
    encoding = font.get("/Encoding")
    if encoding is None or not hasattr(encoding.get_object(), "get_data"):
        return frozenset({0})
    content = encoding.get_object().get_data().decode("latin-1")
    return frozenset(int(code, 16) for code in re.findall(r"<([0-9A-Fa-f]+)>\s+0\b", content))


def _characters(font: DictionaryObject) -> dict[int, str]:
    """The ToUnicode map of a font."""
    stream = font.get("/ToUnicode")
    if stream is None or not hasattr(stream.get_object(), "get_data"):
        return {}
    content = stream.get_object().get_data().decode("latin-1")
    found: dict[int, str] = {}
    for section in re.findall(r"beginbfchar(.*?)endbfchar", content, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", section):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be", "replace")
    ranges = r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>"
    for section in re.findall(r"beginbfrange(.*?)endbfrange", content, re.DOTALL):
        for low, high, first in re.findall(ranges, section):
            for step in range(int(high, 16) - int(low, 16) + 1):
                found[int(low, 16) + step] = chr(int(first, 16) + step)
    return found


def _named_fonts(resources: DictionaryObject) -> Iterator[tuple[str, DictionaryObject]]:
    for name, font in (resources.get("/Font") or {}).items():
        yield name, font.get_object()


def _fonts(resources: DictionaryObject | None, depth: int = 0) -> Iterator[DictionaryObject]:
    if resources is None or depth > 8:
        return
    resources = resources.get_object()
    for _, font in _named_fonts(resources):
        yield font
    for form in (resources.get("/XObject") or {}).values():
        yield from _fonts(form.get_object().get("/Resources"), depth + 1)


def _base(font: DictionaryObject) -> str:
    return str(font.get("/BaseFont", "/")).lstrip("/").partition("+")[2] or str(
        font.get("/BaseFont", "/")
    ).lstrip("/")


def _embedded(font: DictionaryObject) -> bool:
    holder = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    descriptor = holder.get("/FontDescriptor")
    return descriptor is not None and any(
        key in descriptor.get_object() for key in ("/FontFile", "/FontFile2", "/FontFile3")
    )


def _times(first: _Matrix, second: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )
