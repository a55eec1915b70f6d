"""Third-party screens speak Chinese: no visible message of unfold or axes stays English."""

import ast
import gettext
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps

# Only third-party apps pass through gettext; here their catalogue itself is looked at.
from django.utils.translation import trans_real  # noqa: TID251
from django.utils.translation.template import templatize  # noqa: TID251

CATALOGUE = Path(apps.get_app_config("core").path) / "locale/zh_Hans/LC_MESSAGES"
HAN = re.compile(r"[\u4e00-\u9fff]")
CALL = re.compile(
    r"""\b(n?p?gettext|_)\(((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^()'"])*)\)""", re.DOTALL
)
ARGUMENTS = {  # per function: position of context, singular, plural
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
}


def _keys(source: str) -> Iterator[str | tuple[str, int]]:
    """Catalogue keys of the gettext calls with literal messages in Python source."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        literals = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        context, singular, plural = ARGUMENTS.get(name, (None, None, None))
        if singular is None or len(literals) <= singular or not isinstance(literals[singular], str):
            continue
        key = literals[singular]
        if context is not None:
            key = f"{literals[context]}\x04{key}"
        yield (key, 0) if plural is not None else key


def _sources(package: str) -> Iterator[tuple[Path, str]]:
    """The Python files and templates of a package that this installation shows, as Python."""
    root = Path(find_spec(package).origin).parent
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if (
            parts[0] == "contrib"
            and len(parts) > 2
            and not apps.is_installed(f"{package}.contrib.{parts[1]}")
        ):
            continue
        if path.suffix == ".py" and "migrations" not in parts:
            yield path, path.read_text(encoding="utf-8")
        elif path.suffix == ".html":
            calls = CALL.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path)))
            yield path, "\n".join(f"{name}({arguments})" for name, arguments in calls)


@pytest.mark.parametrize(("package", "at_least"), [("unfold", 100), ("axes", 25)])
def test_every_visible_message_has_chinese(package, at_least):
    catalogue = trans_real.translation("zh-hans")._catalog
    keys = {key: path for path, source in _sources(package) for key in _keys(source)}
    assert len(keys) >= at_least
    assert {key: str(path) for key, path in keys.items() if catalogue.get(key) is None} == {}


def test_compiled_catalogue_is_the_written_one():
    written = {
        ast.literal_eval(message): ast.literal_eval(chinese)
        for message, chinese in re.findall(
            r'^msgid (".+")\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? (".*")$',
            (CATALOGUE / "django.po").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    }
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    compiled = {key[0] if isinstance(key, tuple) else key: compiled[key] for key in compiled if key}
    assert written.keys() == compiled.keys()
    assert written == compiled


def test_every_translation_is_chinese():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    assert [key for key, chinese in compiled.items() if not HAN.search(chinese)] == [""]
