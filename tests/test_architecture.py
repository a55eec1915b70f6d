"""The promises of the house about its own code, checked over the code."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models

from core import timeline
from core.admin import ScopedAdmin
from core.admin.base import _ScopedInline
from core.checks import own_models
from core.fields import Privacy
from core.models import Notice, Organisation, StoredFile, User
from core.scope import ScopedModel

ROOT = Path(settings.BASE_DIR)
OWN = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
MODELS = [model for model in own_models() if model._meta.app_label in OWN]
FLOORS = [
    {"core"},
    {"members", "reports"},
    {"funds"},
    {"honours", "welfare"},
    {"hardship", "competitions", "rights"},
]
FORBIDDEN_FILES = {
    *["utils", "helpers", "common", "selectors", "signals", "managers", "constants"],
}
# Calls whose answer is the point: thrown away, they allow everything.
QUESTIONS = {"has_perm", "has_perms", "has_module_perms", "visible", "offered"}


def sources(*apps_: str) -> list[Path]:
    """The Python files of apps (by default of all own ones and the roof), without migrations."""
    roots = apps_ or (*sorted(OWN), "unionhub")
    return [
        path
        for root in roots
        for path in sorted((ROOT / root).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def floor(app: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if app in names)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_model_points_down_and_says_what_it_is(model):
    assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]", model.__doc__ or "", re.S), (
        "Chinese, then English"
    )
    assert isinstance(model.privacy, Privacy)
    for link in model._meta.get_fields():
        target = getattr(link, "related_model", None)
        if not link.concrete or target is None or target._meta.app_label not in OWN:
            continue
        here, there = model._meta.app_label, target._meta.app_label
        assert here == there or floor(there) < floor(here), f"{link} climbs from {here} to {there}"
        if here == "reports":
            assert there in {"core", "reports"}


KEPT = (Organisation, User, StoredFile)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_what_rows_stand_on_is_protected(model):
    for link in model._meta.concrete_fields:
        if link.is_relation and link.related_model in KEPT:
            told = model is Notice and link.name == "user"
            expected = models.CASCADE if told else models.PROTECT
            assert link.remote_field.on_delete is expected, link


def test_no_file_has_the_name_of_a_drawer():
    found = [label(path) for path in sources() if {path.stem, path.parent.name} & FORBIDDEN_FILES]
    assert found == []


def commands() -> list[str]:
    return [
        path.stem
        for path in sources()
        if path.parent.name == "commands" and path.stem != "__init__"
    ]


@pytest.mark.parametrize("command", commands())
def test_command_is_called_by_a_test(command):
    calls = re.compile(rf"call_command\(\s*[\"']{command}[\"']|manage\.py\W+{command}\b")
    tests = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py")]
    assert any(calls.search(text) for text in tests)


@pytest.mark.parametrize("screen", admin.site._registry.values(), ids=str)
def test_screen_knows_scope(screen):
    assert isinstance(screen, ScopedAdmin)
    assert screen.raw_id_fields == ()
    assert not screen.list_editable
    assert all(issubclass(inline, _ScopedInline) for inline in screen.inlines)
    assert not list(screen.actions), "bulk acts are buttons of a list, with a page of their own"


def test_every_question_of_permission_is_heard():
    unheard = [
        f"{label(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "attr", getattr(node.value.func, "id", "")) in QUESTIONS
    ]
    assert unheard == []


# Doors read rows through `visible_to`.
SCOPED = {model.__name__ for model in MODELS if issubclass(model, ScopedModel)}
GATES = {"visible_to", "asked_by", "usable_by", "delegated_by", "none"}
# Choices of a form are limited by `core.forms.limit_choices`; a file's own permission decides.
WRAPPED = {"limit_choices", "ModelChoiceField", "visible_rows"}


def unscoped_reads(text: str) -> list[int]:
    """Lines that read `Model.objects` of a scoped model and not through a gate."""
    tree = ast.parse(text)
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    found = []
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and isinstance(node.value, ast.Name)
            and node.value.id in SCOPED
        ):
            continue
        names, step = set(), node
        while isinstance(step := above.get(step), ast.expr | ast.keyword):
            if isinstance(step, ast.Attribute):
                names.add(step.attr)
            elif isinstance(step, ast.Call):
                names.add(getattr(step.func, "attr", getattr(step.func, "id", "")))
        if not names & (GATES | WRAPPED):
            found.append(node.lineno)
    return found


DOORS = [
    path
    for path in sources()
    if {path.stem, path.parent.name} & {"views", "api", "urls", "forms", "admin"}
]
# The line's beginning: why this reading needs no scope.
UNSCOPED = {
    "above = Organisation.objects.filter(": "the superior of a visible row, by its name only",
    "known = set(IndicatorDefinition.objects.filter(near)": "those above the user are offered too",
    "file = StoredFile.objects.filter(token=token)": "the file's own permission is asked next",
    "found = Organisation.objects.filter(": "unions are public: a member moves to any by its name",
    "known = Person.objects.numbered(": "one person is one row, whichever union enrols him",
    "rows = Publicity.objects.shown()": "what is shown to the public is shown to everybody",
    "return Publicity.objects.with_objections()": "the same, and of what is over that it was",
    "return get_object_or_404(Publicity.objects.shown()": "everybody may object",
    "people_found = Person.objects.holding(number)": "narrows the visible memberships below it",
    "visitors = User.objects.holding(": "who may visit a household is named to those who write it",
    "Pool.objects.all(), label=": "a choice of a `ScopedForm`, whatever its field is called",
    "owed = Payable.objects.of(grant)": "who sees a grant is told how it is paid, accounts masked",
    "employers = Employer.objects.within(self.row": "who may match a receipt names any payer there",
    "held = RebateScheme.objects.holding(": "the schemes that hold where the user may act",
    "firms = Employer.objects.filter(pk__in=covered": "of the unions in scope",
    "systems = Mechanism.objects.filter(": "since when a visible district has one",
    "tries = SheetImport.objects.tried_by(": "the user's own uploads, as those of a job's asker",
}


@pytest.mark.parametrize("path", DOORS, ids=label)
def test_doors_read_through_scope(path):
    text = path.read_text("utf-8")
    lines = text.splitlines()
    found = [
        lines[number - 1].strip()
        for number in unscoped_reads(text)
        if not any(lines[number - 1].strip().startswith(known) for known in UNSCOPED)
    ]
    assert found == []


def test_the_search_for_unscoped_readings_finds_one():
    assert unscoped_reads("def f():\n    return Organisation.objects.get(pk=1)") == [2]
    assert unscoped_reads("rows = Organisation.objects.filter(pk=1).visible_to(user)") == []


def test_every_act_of_the_trail_has_a_chinese_name():
    code = re.compile(r"[a-z]+\.[a-z]+\.[a-z_]+")
    acts = {
        value.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for value in [
            *node.args[:1],
            *(word.value for word in node.keywords if word.arg == "action"),
        ]
        if isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and getattr(node.func, "attr", "") in {"record", "save", "_settle", "_activate"}
        and code.fullmatch(value.value)
    }
    assert acts
    nameless = {act for act in acts if not {act, act.rpartition(".")[2]} & set(timeline.VERBS)}
    assert nameless == set()


def test_nothing_is_marked_safe():
    code = [
        label(path)
        for path in sources()
        if re.search(r"\bmark_safe\b|SafeString|\bsafe\(", path.read_text("utf-8"))
    ]
    pages = [
        label(path)
        for path in [*(ROOT / "templates").rglob("*.html"), *ROOT.glob("*/templates/**/*.html")]
        if re.search(r"\|\s*safe\b|autoescape\s+off", path.read_text("utf-8"))
    ]
    assert code + pages == []
