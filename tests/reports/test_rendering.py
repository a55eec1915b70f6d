"""The child that renders: it reaches nothing, it is bounded, and it says what went wrong."""

import hashlib
import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from reports import rendering
from reports.layout import Document, Paragraph, Run
from reports.rendering import Limits, RenderError
from tests.reports import samples
from tests.reports.conftest import FIGURES

ADDRESSES = [
    "file:///etc/passwd",
    "file:/etc/passwd",
    "FILE:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    "https://city.example/x.png",
    "http://127.0.0.1:6379/",
    "http://[::1]/",
    "http://localhost/",
    "ftp://city.example/x",
    "data:image/png;base64,AAAA",
    "data:text/css,p{}",
    "gopher://127.0.0.1/",
    "jar:file:///x",
    "//city.example/x.png",
    "/etc/passwd",
    "relative.png",
    "about:blank",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http://city.example/redirect?to=file:///etc/passwd",
    "attachment:figures.json",
    "mem:other",
    "",
    "file://localhost/proc/self/environ",
    "http://0x7f000001/",
]


def html(body, style=""):
    return f"<html><head><style>{style}</style></head><body>{body}</body></html>"


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_fetcher_answers_only_declared_names(address):
    fetcher = rendering._closed_fetcher({"mem:seal": {"type": "image/png", "content": ""}})
    with pytest.raises(rendering._Refused, match="不允许"):
        fetcher(address)
    assert fetcher("mem:seal").read() == b""


@pytest.mark.parametrize(
    ("body", "style"),
    [
        ('<img src="file:///etc/passwd">', ""),
        ('<img src="data:image/png;base64,AAAA">', ""),
        ("甲", "@import url(http://127.0.0.1:9/x.css);"),
        ("甲", "@font-face { font-family: a; src: url(file:///etc/passwd) }"),
    ],
)
def test_a_foreign_address_fails_the_rendering(faces, body, style):
    with pytest.raises(RenderError, match="外部地址“(file|http|data):.*不允许"):
        rendering.render_page(html(body, style), faces.all())


@pytest.mark.parametrize("tag", ['<link rel="attachment"', '<a rel="attachment"'])
def test_the_text_attaches_no_file(faces, tag):
    with pytest.raises(RenderError, match="不允许"):
        rendering.render_page(html(f'{tag} href="file:///etc/passwd">甲'), faces.all())


def test_the_same_document_gives_the_same_bytes(faces, rendered):
    figures = rendering.Attachment("figures.json", FIGURES, "报告所用数字")
    again = rendering.render(samples.report(), faces, attachments=(figures,))
    assert again == rendered


def test_figures_travel_inside_with_their_digest(rendered):
    reader = PdfReader(io.BytesIO(rendered.pdf))
    (attached,) = reader.attachment_list
    assert attached.content == FIGURES
    digest = hashlib.sha256(FIGURES).hexdigest()
    assert rendered.digests == {"figures.json": digest}
    assert digest in attached.description


def test_metadata_name_nobody(faces):
    document = Document(title="工作报告", blocks=(Paragraph((Run("甲"),)),))
    moment = datetime(2022, 1, 12, 1, tzinfo=UTC)
    pdf = rendering.render(document, faces, as_of=moment).pdf
    information = PdfReader(io.BytesIO(pdf)).metadata
    assert information.author is None
    assert information.title == "工作报告"
    assert information.creator == "UnionHub"
    assert information.creation_date == moment
    assert b"/tmp" not in pdf


def test_links_of_figures_reach_the_pdf(rendered):
    page = PdfReader(io.BytesIO(rendered.pdf)).pages[0]
    links = {note.get_object()["/A"]["/URI"] for note in page["/Annots"]}
    assert links == {"https://city.example/figures/1", "https://city.example/figures/2"}


def test_rare_names_are_told(rendered):
    assert set(rendered.substituted) == set(samples.NAMES)


def test_a_character_without_glyph_is_named_before_rendering(faces):
    document = samples.report(byline=("主席\U00031352",))
    with pytest.raises(RenderError, match=r"“\U00031352”（U\+31352）这个字，印出来会是空框"):
        rendering.render(document, faces)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(wall_seconds=1), "超过 1 秒"),
        (Limits(cpu_seconds=2), "超过 2 秒"),
        (Limits(memory_bytes=250 * 1024**2), "内存超过上限|异常退出"),
        (Limits(pages=2), "超过 2 页"),
    ],
)
def test_a_limit_ends_the_rendering(faces, limits, why):
    small = limits.pages == 2
    body = "<p>会员</p>" * (80 if small else 30_000)
    with pytest.raises(RenderError, match=why):
        rendering.render_page(html(body), faces.all(), limits=limits)
