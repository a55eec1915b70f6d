"""Papers that households hand in, made up: a PDF of one page, a photograph of nothing."""

import io

from PIL import Image

PAGE = (595, 842)  # A4, in points


def document(title: str, *lines: str) -> io.BytesIO:
    """A one-page PDF. Its font is one that every reader brings along for Chinese."""
    shown = ["BT /F1 20 Tf 72 760 Td", _text(title), "/F1 13 Tf 0 24 TL"]
    shown += [f"T* {_text(line)}" for line in ("", *lines)]
    content = "\n".join([*shown, "ET"])
    return io.BytesIO(
        _file(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] "
            "/Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
            "/DescendantFonts [6 0 R] >>",
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
            "/FontDescriptor 7 0 R >>",
            "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /ItalicAngle 0 /Ascent 880 "
            "/Descent -120 /CapHeight 880 /StemV 80 /FontBBox [-25 -254 1000 880] >>",
        )
    )


def photograph(number: int) -> io.BytesIO:
    """A small picture in a colour of its own."""
    colour = (90 + number * 37 % 120, 90 + number * 53 % 120, 90 + number * 71 % 120)
    stream = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(stream, "JPEG", quality=70)
    stream.seek(0)
    return stream


def _text(line: str) -> str:
    """UCS-2: what lies beyond it is left blank."""
    plain = "".join(char if ord(char) < 0x10000 else "\u3000" for char in line)
    return f"<{plain.encode('utf-16-be').hex()}> Tj"


def _file(*objects: str) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode("ascii")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count, start = len(objects) + 1, len(body)
    tail = f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    tail += f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return body + tail.encode("ascii")
