"""HTML to PDF in a child process that can reach nothing.

`render` checks that every character can be printed, then starts `python -m reports.rendering`.
The child sees only the declared font files (its fontconfig knows no others), fetches nothing but
the resources given with the request, has no network, and is bounded in processor time, memory,
pages, file size and wall time. Whatever goes wrong is a RenderError that says what, in Chinese.
"""

import base64
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from reports import layout
from reports.faces import Face, Faces
from reports.layout import Document

_REFUSED = 3  # exit status of a child that says why
_STATED = "rendering.json"


class RenderError(ValueError):
    """A document that was not rendered; the message says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Limits:
    """What one rendering may use."""

    cpu_seconds: int = 300
    wall_seconds: int = 600
    memory_bytes: int = 2 * 1024**3
    pages: int = 2000
    file_bytes: int = 256 * 1024**2


@dataclass(frozen=True)
class Attachment:
    """A file that travels inside the PDF."""

    name: str
    content: bytes
    description: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the content, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Rendered:
    """A PDF with what is known about it. `substituted` came from the helping faces."""

    pdf: bytes
    pages: int
    substituted: str = ""
    digests: Mapping[str, str] = field(default_factory=dict)


def render(
    document: Document,
    faces: Faces,
    *,
    attachments: tuple[Attachment, ...] = (),
    as_of: datetime | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Rendered:
    """Return the document as PDF/A-3b with its attachments.

    `as_of` is the moment of the figures; it dates the file, so that the same document gives the
    same bytes. Raises RenderError when a character has no glyph, something outside the document
    is asked for, or a limit is met.
    """
    substituted = covered(document, faces)
    pdf, pages = render_page(
        layout.page(document, faces),
        faces.all(),
        attachments=attachments,
        as_of=as_of,
        limits=limits,
    )
    return Rendered(pdf, pages, substituted, {a.name: a.digest for a in attachments})


def covered(document: Document, faces: Faces) -> str:
    """Return the characters that helping faces draw; RenderError for one that no face has."""
    helped: dict[str, None] = {}
    for role, text in layout.texts(document):
        lacking = faces.missing(text, role)
        if lacking:
            shown = "、".join(f"“{c}”（U+{ord(c):04X}）" for c in lacking)
            raise RenderError(
                f"字体中没有{shown}这{'个字' if len(lacking) == 1 else '些字'}，印出来会是空框。"
                "请核对是否输入有误，或安装含有该字的字体。"
            )
        helped.update(dict.fromkeys(faces.substituted(text, role)))
    return "".join(helped)


def render_page(
    page: str,
    faces: tuple[Face, ...],
    *,
    attachments: tuple[Attachment, ...] = (),
    resources: Mapping[str, tuple[str, bytes]] | None = None,
    as_of: datetime | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> tuple[bytes, int]:
    """Render an HTML page in the child; return the PDF and its number of pages.

    `resources` are the only addresses that the page may name: address → (media type, content).
    """
    moment = (as_of or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC)
    request = {
        "page": page,
        "attachments": [
            {
                "name": a.name,
                "content": base64.b64encode(a.content).decode(),
                "description": f"{a.description} SHA-256 {a.digest}".strip(),
            }
            for a in attachments
        ],
        "resources": {
            url: {"type": kind, "content": base64.b64encode(content).decode()}
            for url, (kind, content) in (resources or {}).items()
        },
        "as_of": moment.isoformat(),
        "pages": limits.pages,
    }
    with tempfile.TemporaryDirectory(prefix="unionhub-render-") as place:
        folder = Path(place)
        _write_fonts(folder, faces)
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(folder, limits)
        stated = json.loads((folder / _STATED).read_text(encoding="utf-8"))
        return (folder / "out.pdf").read_bytes(), stated["pages"]


def _write_fonts(folder: Path, faces: tuple[Face, ...]) -> None:
    """Write a fontconfig that knows the declared faces by name and no other font at all."""
    place = folder / "fonts"
    place.mkdir()
    undeclared = "<string>undeclared</string>"
    mark = f'<edit name="foundry" mode="assign_replace">{undeclared}</edit>'
    rules = [f'<match target="scan">{mark}</match>']
    files: dict[Path, Path] = {}
    for face in faces:
        link = files.get(face.path)
        if link is None:
            link = files[face.path] = place / f"{len(files)}{face.path.suffix}"
            link.symlink_to(face.path)
        # A file may hold faces of several regions (.ttc); the rule takes the declared one, and
        # calls it regular, so that no weight is ever made up.
        rules.append(
            '<match target="scan">'
            f'<test name="file" compare="eq"><string>{escape(str(link))}</string></test>'
            f'<test name="index" compare="eq"><int>{face.index}</int></test>'
            '<edit name="family" mode="assign_replace">'
            f"<string>{escape(face.name)}</string></edit>"
            '<edit name="foundry" mode="assign_replace"><string>declared</string></edit>'
            '<edit name="weight" mode="assign_replace"><const>regular</const></edit>'
            '<edit name="slant" mode="assign_replace"><const>roman</const></edit></match>'
        )
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"{''.join(rules)}<selectfont><rejectfont><pattern><patelt name='foundry'>"
        f"{undeclared}</patelt></pattern></rejectfont></selectfont>"
        f"<dir>{escape(str(place))}</dir><cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        "</fontconfig>",
        encoding="utf-8",
    )


def _run(folder: Path, limits: Limits) -> None:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "SOURCE_DATE_EPOCH": "0",
    }
    bounds = [limits.cpu_seconds, limits.memory_bytes, limits.file_bytes]
    command = [sys.executable, "-m", "reports.rendering", str(folder), *map(str, bounds)]
    child = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, errors = child.communicate(timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        raise RenderError(
            f"排版超过 {limits.wall_seconds} 秒未完成，已停止。请缩减附表或分成几份报告。"
        ) from None
    if child.returncode == _REFUSED:
        raise RenderError(json.loads((folder / _STATED).read_text(encoding="utf-8"))["error"])
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise RenderError(
            f"排版用时超过 {limits.cpu_seconds} 秒，已停止。请缩减附表或分成几份报告。"
        )
    if child.returncode:
        last = errors.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise RenderError(f"排版进程异常退出（{child.returncode}）：{' '.join(last)}")


class _Refused(BaseException):
    """Ends the rendering; a BaseException, because WeasyPrint goes on after an Exception."""


def _closed_fetcher(resources: Mapping[str, Mapping[str, str]]):
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ClosedFetcher(URLFetcher):
        """Answers the declared addresses; any other ends the rendering."""

        def fetch(self, url, headers=None):
            if url not in resources:
                raise _Refused(f"报告内容要求读取外部地址“{url[:200]}”，不允许，已停止排版。")
            found = resources[url]
            return URLFetcherResponse(
                url, base64.b64decode(found["content"]), {"Content-Type": found["type"]}
            )

    return ClosedFetcher()


def _no_network() -> None:
    """Take the network away: sockets cannot be made, whatever the libraries try."""
    import socket

    def refused(*arguments, **options):
        raise _Refused("报告内容试图连接网络，不允许，已停止排版。")

    socket.socket = refused
    socket.create_connection = refused
    socket.getaddrinfo = refused


def _child(folder: Path, cpu: int, memory: int, size: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stated: dict[str, object]
    try:
        stated = {"pages": _write_pdf(folder)}
    except _Refused as refusal:
        stated = {"error": str(refusal)}
    except MemoryError:
        stated = {"error": "排版所需内存超过上限，已停止。请缩减附表或分成几份报告。"}
    (folder / _STATED).write_text(json.dumps(stated), encoding="utf-8")
    return _REFUSED if "error" in stated else 0


def _write_pdf(folder: Path) -> int:
    _no_network()
    import weasyprint

    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    fetcher = _closed_fetcher(request["resources"])
    moment = datetime.fromisoformat(request["as_of"])
    attachments = [
        weasyprint.Attachment(
            string=base64.b64decode(attached["content"]),
            url_fetcher=fetcher,
            name=attached["name"],
            description=attached["description"],
            created=moment,
            modified=moment,
            relationship="Data",
        )
        for attached in request["attachments"]
    ]
    page = weasyprint.HTML(string=request["page"], url_fetcher=fetcher, base_url=None)
    document = page.render(pdf_variant="pdf/a-3b")
    if len(document.pages) > request["pages"]:
        raise _Refused(f"报告超过 {request['pages']} 页，请缩减附表或分成几份报告。")
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = document.metadata.modified = stamp
    if document.metadata.attachments:
        raise _Refused("报告内容要求附带外部文件，不允许，已停止排版。")
    document.metadata.attachments = attachments
    document.metadata.generator = "UnionHub"
    document.write_pdf(
        folder / "out.pdf", pdf_variant="pdf/a-3b", pdf_identifier=_identifier(request)
    )
    return len(document.pages)


def _identifier(request: Mapping[str, object]) -> bytes:
    content = json.dumps(request, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:32].encode()


if __name__ == "__main__":
    sys.exit(_child(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:5])))
