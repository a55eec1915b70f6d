"""Certificates as PDF, one page each; the roof names `render` in CERTIFICATE_RENDERER.

A certificate is a table of texts: `heading`, `number`, `name`, `unit`, `text`, `closing`, `agency`,
`date`, `check` (the sentence beside the code) and `code`, which is printed as a QR code.
"""

import html
import io
from collections.abc import Mapping, Sequence

from core.errors import Refused
from reports import layout, rendering
from reports.faces import Faces
from reports.tasks import faces

Texts = Mapping[str, str]

# Which face prints which text.
FACES = {
    "heading": "title",
    "name": "kai",
    "unit": "kai",
    "text": "fang",
    "closing": "fang",
    "agency": "fang",
    "date": "fang",
    "number": "song",
    "check": "song",
}
# Red and gold as on paper bought for it: contrast of all text is above 4.5 : 1.
_CSS = """
@page { size: A4 landscape; margin: 0; }
* { margin: 0; padding: 0; font-weight: 400; font-style: normal; }
html { color: #1F2328; }
u { text-decoration: none; }
.sheet { position: relative; width: 297mm; height: 209.5mm; break-after: page;
  background: #FFFDF6; }
.sheet:last-child { break-after: auto; }
.frame { position: absolute; top: 9mm; left: 9mm; right: 9mm; bottom: 9mm;
  border: 2.2mm solid #B3261E; }
.gold { position: absolute; top: 13mm; left: 13mm; right: 13mm; bottom: 13mm;
  border: .5mm solid #B8860B; }
.line { position: absolute; top: 15mm; left: 15mm; right: 15mm; bottom: 15mm;
  border: .2mm solid #B8860B; }
.corner { position: absolute; width: 9mm; height: 9mm; border: .7mm solid #B8860B;
  background: #FFFDF6; transform: rotate(45deg); }
.corner i { position: absolute; top: 1.6mm; left: 1.6mm; width: 5.2mm; height: 5.2mm;
  background: #B3261E; }
.nw { top: 8.9mm; left: 8.9mm; } .ne { top: 8.9mm; right: 8.9mm; }
.sw { bottom: 8.9mm; left: 8.9mm; } .se { bottom: 8.9mm; right: 8.9mm; }
.star { position: absolute; top: 20mm; left: 0; right: 0; text-align: center; }
.star svg { width: 13mm; height: 13mm; }
h1 { position: absolute; top: 35mm; left: 0; right: 0; text-align: center; font-size: 44pt;
  line-height: 52pt; letter-spacing: 14pt; text-indent: 14pt; color: #B3261E; }
.number { position: absolute; top: 58mm; left: 0; right: 0; text-align: center; font-size: 12pt;
  color: #57606A; }
.body { position: absolute; top: 74mm; left: 40mm; right: 40mm; font-size: 20pt;
  line-height: 36pt; text-align: justify; overflow-wrap: anywhere; }
.body p { text-indent: 2em; }
.name { font-size: 25pt; padding: 0 .15em; border-bottom: .3mm solid #B8860B; }
.foot { position: absolute; right: 38mm; bottom: 30mm; width: 120mm; text-align: center;
  font-size: 17pt; line-height: 28pt; }
.seal { position: absolute; right: 79mm; bottom: 23mm; width: 38mm; height: 38mm;
  border: .25mm dashed #D0A0A0; border-radius: 50%; }
.proof { position: absolute; left: 38mm; bottom: 27mm; width: 100mm; font-size: 9pt;
  line-height: 13pt; color: #57606A; }
.proof img { float: left; width: 30mm; height: 30mm; margin-right: 4mm; }
.proof p { padding-top: 8mm; }
"""
_STAR = (
    '<svg viewBox="0 0 100 100"><path fill="#B8860B" d="M50 4 61 38 97 38 68 59 79 94 50 73 '
    '21 94 32 59 3 38 39 38Z"/></svg>'
)
_CORNERS = "".join(
    f'<div class="corner {where}"><i></i></div>' for where in ("nw", "ne", "sw", "se")
)


def render(certificates: Sequence[Texts]) -> bytes:
    """The certificates as one PDF. Raises Refused where one cannot be printed, and says why."""
    here = faces()
    try:
        for texts in certificates:
            _refuse_unprintable(texts, here)
        pdf, pages = rendering.render_page(
            page(certificates, here), here.all(), resources=_codes(certificates)
        )
    except rendering.RenderError as error:
        raise Refused(str(error), code="not_rendered") from error
    if pages != len(certificates):
        raise Refused(
            f"{len(certificates)} 份证书排成了 {pages} 页，请缩短过长的竞赛名称或单位名称。",
            code="not_rendered",
        )
    return pdf


def _refuse_unprintable(texts: Texts, here: Faces) -> None:
    for name, role in FACES.items():
        if lacking := here.missing(texts[name], role):
            raise Refused(
                f"证书 {texts['number']}：字体中没有“{lacking}”，请安装含有该字的字体。",
                code="not_rendered",
            )


def page(certificates: Sequence[Texts], here: Faces) -> str:
    """All of them as one HTML page; it names no resource but the pictures of the codes."""
    rules = [layout.face_rules(here), _CSS]
    sheets = "".join(_sheet(texts, place, here) for place, texts in enumerate(certificates))
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>证书</title>'
        f"<style>{''.join(rules)}</style></head><body>{sheets}</body></html>"
    )


def _sheet(texts: Texts, place: int, here: Faces) -> str:
    def set_(name: str) -> str:
        role = FACES[name]
        helped = here.substituted(texts[name], role)
        inner = "".join(
            f"<u>{html.escape(char)}</u>" if char in helped else html.escape(char)
            for char in texts[name]
        )
        return f'<span class="{role}">{inner}</span>'

    name = f'<span class="name">{set_("name")}</span>'
    return f"""<section class="sheet"><div class="frame"></div><div class="gold"></div>
<div class="line"></div>{_CORNERS}<div class="star">{_STAR}</div><h1>{set_("heading")}</h1>
<p class="number">{set_("number")}</p>
<div class="body"><p><span class="fang">兹证明</span>{name}{set_("unit")}{set_("text")}</p>
<p>{set_("closing")}</p></div>
<div class="seal"></div><div class="foot"><p>{set_("agency")}</p><p>{set_("date")}</p></div>
<div class="proof"><img src="{_address(place)}" alt=""><p>{set_("check")}</p></div></section>"""


def _address(place: int) -> str:
    return f"code:{place}"


def _codes(certificates: Sequence[Texts]) -> dict[str, tuple[str, bytes]]:
    return {
        _address(place): ("image/png", picture(texts["code"]))
        for place, texts in enumerate(certificates)
    }


def picture(text: str) -> bytes:
    """A QR code as PNG, which a telephone reads from paper with a quarter of it worn off."""
    import segno

    written = io.BytesIO()
    segno.make(text, error="q", micro=False).save(written, kind="png", scale=8, border=4)
    return written.getvalue()
