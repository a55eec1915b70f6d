"""The font files of the official layout, and which characters they can print.

GB/T 9704-2012 names 小标宋, 黑体, 楷体, 仿宋 and 宋体. A customer's own files win; otherwise the
free Fandol faces stand in. Fandol ends with GB 2312, so names such as 堃 喆 镕 come from Noto CJK:
that second face is named for every character that needs it, and nothing else is ever asked.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

PACKAGES = ("texlive-lang-chinese", "fonts-noto-cjk")

#: The faces of the standard, by the part they play.
ROLES = ("title", "hei", "kai", "fang", "song")

_LABELS = {"title": "小标宋", "hei": "黑体", "kai": "楷体", "fang": "仿宋", "song": "宋体"}
_FANDOL = {
    "title": "FandolSong-Bold.otf",
    "hei": "FandolHei-Regular.otf",
    "kai": "FandolKai-Regular.otf",
    "fang": "FandolFang-Regular.otf",
    "song": "FandolSong-Regular.otf",
}
_FALLBACK = {
    "title": ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold"),
    "hei": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular"),
    "kai": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular"),
    "fang": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular"),
    "song": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular"),
}
# How the proprietary faces call themselves, lower case, without blanks, hyphens and underscores.
_CUSTOMER = {
    "title": r"小标宋|xiaobiaosong|fzxbs",
    "hei": r"^(黑体|simhei|heiti|方正黑体|fzhei|fzht)",
    "kai": r"^(楷体|kaiti|simkai|方正楷体|fzkai|fzkt)",
    "fang": r"^(仿宋|fangsong|simfang|方正仿宋|fzfang|fzfs)",
    "song": r"^(宋体|simsun|nsimsun|方正书宋|fzshusong|fzss)",
}
_FOLDERS = (
    Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),
    Path("/usr/share/texmf/fonts/opentype/public/fandol"),
    Path("/usr/share/fonts/opentype/fandol"),
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/noto-cjk"),
    Path("/usr/local/share/fonts"),
)
# Blanks and breaks need no glyph; everything else does.
_INVISIBLE = frozenset("\n\r\t \u3000\u200b\u2028\u2029")


class FacesMissing(ValueError):
    """The faces of the layout are not on this machine, or cannot print a text."""


@dataclass(frozen=True)
class Face:
    """One face of one file. `name` is its PostScript name, by which a PDF lists it."""

    name: str
    path: Path
    index: int = 0

    @property
    def characters(self) -> frozenset[int]:
        """The code points that the face draws."""
        return _characters(self.path, self.index, self.path.stat().st_mtime_ns)

    @property
    def widths(self) -> dict[int, float]:
        """Code point → how far it advances, in ems."""
        return _widths(self.path, self.index, self.path.stat().st_mtime_ns)


@dataclass(frozen=True)
class Pair:
    """The face of a part and the one that helps out."""

    first: Face
    second: Face


@dataclass(frozen=True)
class Faces:
    """The faces of the layout, by part."""

    title: Pair
    hei: Pair
    kai: Pair
    fang: Pair
    song: Pair

    def pair(self, role: str) -> Pair:
        if role not in ROLES:
            raise KeyError(role)
        return getattr(self, role)

    def all(self) -> tuple[Face, ...]:
        """Every face once, first choices before helpers."""
        pairs = [self.pair(role) for role in ROLES]
        return tuple(dict.fromkeys([*(p.first for p in pairs), *(p.second for p in pairs)]))

    def helpers(self) -> tuple[Face, ...]:
        """The faces that only help out."""
        firsts = {self.pair(role).first for role in ROLES}
        return tuple(face for face in self.all() if face not in firsts)

    def missing(self, text: str, role: str = "fang") -> str:
        """Return the characters of `text` that neither face of the part draws, each once."""
        pair = self.pair(role)
        return _outside(text, pair.first.characters | pair.second.characters)

    def substituted(self, text: str, role: str = "fang") -> str:
        """Return the characters of `text` that the helping face must draw, each once."""
        pair = self.pair(role)
        outside = _outside(text, pair.first.characters)
        return "".join(c for c in outside if ord(c) in pair.second.characters)

    def width(self, text: str, role: str = "fang") -> float:
        """How long a line of `text` is, in ems."""
        pair = self.pair(role)
        first, second = pair.first.widths, pair.second.widths
        return sum(first.get(ord(c)) or second.get(ord(c), 1.0) for c in text)


def find(folder: Path | None = None) -> Faces:
    """Return the faces of this machine; those in the customer's `folder` win.

    Raises FacesMissing, naming the Debian packages, when a face is nowhere.
    """
    owned = _customer(folder) if folder else {}
    pairs = {}
    lacking = []
    for role in ROLES:
        first = owned.get(role) or _installed(_FANDOL[role], _FANDOL[role].removesuffix(".otf"))
        second = _installed(*_FALLBACK[role])
        lacking += [_LABELS[role]] if first is None else []
        lacking += [_FALLBACK[role][0]] if second is None else []
        pairs[role] = (first, second)
    if lacking:
        names = "、".join(dict.fromkeys(lacking))
        raise FacesMissing(
            f"缺少公文排版所需字体：{names}。请安装 Debian 软件包 {' 和 '.join(PACKAGES)}，"
            "或在字体文件夹中放入本单位的字体文件。"
        )
    return Faces(**{role: Pair(*both) for role, both in pairs.items()})


def _outside(text: str, characters: frozenset[int]) -> str:
    seen = dict.fromkeys(text)
    return "".join(c for c in seen if c not in _INVISIBLE and ord(c) not in characters)


def _customer(folder: Path) -> dict[str, Face]:
    """The customer's files by part; the first in order of file name wins."""
    if not folder.is_dir():
        raise FacesMissing(f"字体文件夹“{folder}”不存在，请核对设置。")
    found: dict[str, Face] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in (".otf", ".ttf", ".ttc"):
            continue
        for face, names in _named(path):
            for role, pattern in _CUSTOMER.items():
                if role not in found and any(re.search(pattern, name) for name in names):
                    found[role] = face
    return found


def _named(path: Path) -> Iterator[tuple[Face, set[str]]]:
    """The faces of a file with the names they bear, lower case, without separators."""
    try:
        with _opened(path) as fonts:
            for index, font in enumerate(fonts):
                names = {r.toUnicode() for r in font["name"].names if r.nameID in (1, 4, 6)}
                plain = {re.sub(r"[\s_-]", "", name).lower() for name in (*names, path.stem)}
                yield Face(_name(font, path), path, index), plain
    except (TTLibError, OSError, KeyError) as error:
        raise FacesMissing(f"字体文件“{path.name}”无法读取，请换一个完好的文件。") from error


@contextmanager
def _opened(path: Path) -> Iterator[list[TTFont]]:
    """The fonts of a file: several in a collection (.ttc), otherwise one."""
    with path.open("rb") as file:
        if path.suffix.lower() == ".ttc":
            yield TTCollection(file, lazy=True).fonts
        else:
            yield [TTFont(file, lazy=True)]


def _name(font: TTFont, path: Path) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", font["name"].getDebugName(6) or "") or path.stem


@lru_cache(maxsize=64)
def _installed(filename: str, name: str) -> Face | None:
    """The face called `name` in an installed file, from the usual folders or by fc-list."""
    places = [folder / filename for folder in _FOLDERS]
    path = next((p for p in places if p.is_file()), None) or _listed(filename)
    if path is None:
        return None
    with _opened(path) as fonts:
        names = [_name(font, path) for font in fonts]
    return Face(name, path, names.index(name)) if name in names else None


def _listed(filename: str) -> Path | None:
    command = shutil.which("fc-list")
    if command is None:
        return None
    listing = subprocess.run(  # noqa: S603 - a fixed command without input
        [command, "--format", "%{file}\n"], capture_output=True, text=True, timeout=60, check=True
    )
    paths = (Path(line) for line in sorted(set(listing.stdout.splitlines())))
    return next((path for path in paths if path.name == filename), None)


@lru_cache(maxsize=32)
def _widths(path: Path, index: int, changed: int) -> dict[int, float]:
    with TTFont(str(path), lazy=True, fontNumber=index) as font:
        em, advances = font["head"].unitsPerEm, font["hmtx"].metrics
        return {code: advances[name][0] / em for code, name in font.getBestCmap().items()}


@lru_cache(maxsize=32)
def _characters(path: Path, index: int, changed: int) -> frozenset[int]:
    with TTFont(str(path), lazy=True, fontNumber=index) as font:
        return frozenset(font.getBestCmap())
