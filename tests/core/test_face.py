"""The portal's face: a strict Content-Security-Policy, files that exist, colours with one home."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static" / "unionhub"
PORTAL = sorted(
    path for path in TEMPLATES.rglob("*.html") if "admin" not in path.relative_to(TEMPLATES).parts
)


def test_there_are_templates():
    assert {"base.html", "404.html", "500.html"} <= {path.name for path in PORTAL}


@pytest.mark.parametrize("path", PORTAL, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_pages_need_no_inline_style_or_script(path):
    source = path.read_text(encoding="utf-8")
    inline = r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)"
    assert re.findall(inline, source) == []


@pytest.mark.parametrize("path", PORTAL, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_static_files_of_pages_exist_here(path):
    source = path.read_text(encoding="utf-8")
    missing = [name for name in re.findall(r"{% static '(.+?)'", source) if not finders.find(name)]
    assert missing == []
    assert "//" not in re.sub(r"http://www\.w3\.org/\S+", "", source)


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_pages_of_failure_need_no_request(name):
    assert "<h1" in get_template(name).render()


def test_page_of_an_error_quotes_the_number_of_the_request():
    assert "a1b2c3d4" in get_template("500.html").render({"request_id": "a1b2c3d4"})


def test_colours_are_defined_once():
    for sheet in ("portal.css", "admin.css"):
        source = (STATIC / sheet).read_text(encoding="utf-8")
        without_marks = re.sub(r'url\("data:[^"]*"\)', "", source)
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", without_marks) == []
        defined = re.findall(r"--uh-[a-z-]+(?=:)", (STATIC / "tokens.css").read_text("utf-8"))
        used = set(re.findall(r"var\((--uh-[a-z-]+)\)", source))
        assert used - set(defined) <= {"--uh-mark"}


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "ground"),
        ("muted", "ground"),
        ("red", "red-soft"),
        ("paper", "red"),
        ("waiting", "waiting-soft"),
        ("done", "done-soft"),
        ("refused", "refused-soft"),
        ("info", "info-soft"),
    ],
)
def test_contrast_is_at_least_4_5(text, ground):
    source = (STATIC / "tokens.css").read_text(encoding="utf-8")
    tokens = dict(re.findall(r"--uh-([a-z-]+): (#[0-9a-f]{6});", source))
    light, dark = sorted((_luminance(tokens[text]), _luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
