"""Every page for every role: it renders, knows its variables, and asks the database little."""

import sys
import sysconfig
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.template import Context, Engine, engines
from django.template.base import Node
from django.test.utils import CaptureQueriesContext

from tests.matrix import ROWS

pytestmark = pytest.mark.django_db
MOST_QUERIES = 30
INSTALLED = sysconfig.get_path("purelib")  # templates of libraries, in .venv below our own root
PAGES = [name for name, row in ROWS.items() if row.reads and not row.public]


class Undefined(str):
    """What stands for a variable that a template does not know: in our own ones, an error."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        frame = sys._getframe(1)
        while frame is not None:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None):
                where = Path(node.origin.name)
                if where.is_relative_to(settings.BASE_DIR) and not where.is_relative_to(INSTALLED):
                    raise AssertionError(f"{where.name} does not know {variable}")
                break
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True)
def undefined_variables_fail(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", Undefined("?"))


def test_an_undefined_variable_of_our_own_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    (tmp_path / "page.html").write_text("{{ nobody.knows }}")
    page = Engine(dirs=[tmp_path], string_if_invalid=Undefined("?")).get_template("page.html")
    with pytest.raises(AssertionError, match="nobody"):
        page.render(Context())


@pytest.mark.parametrize("name", PAGES)
def test_page(stage, name):
    row = ROWS[name]
    for actor in row.who.split():
        url = stage.url(name, actor, row.reach[0] if row.subject else None)
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            answer = stage.clients[actor].get(url, row.query)
            transaction.set_rollback(True)
        if answer.streaming:  # read to its end; closed by hand it would close the connection
            list(answer)
        assert answer.status_code == 200, actor
        asked = [query["sql"][:200] for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(asked) <= MOST_QUERIES, (actor, asked)
