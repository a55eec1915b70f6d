"""The permission matrix: for every address, who may use it and on whose rows.

Each actor holds one role at the union `own`. A row of the table says which of them may: they get
2xx on rows of `own` and of `child` below it, and 404 on rows of the sibling, the parent, another
district and on a missing one, all with the same bytes. Whoever is not named gets 403 or 404, the
same for all rows, so that nothing can be told from it; or, named in `sees`, sees the row but may
not do this with it: 403 where it is seen, 404 elsewhere.

Every app has a module of its ROWS and SUBJECTS here, which stands in APPS. An address without a row
fails the suite.
"""

import time
import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.test import Client
from django.urls import reverse

from core import roles
from core.models import DeclaredKin, IndicatorDefinition, Notice, Organisation, User
from core.services import organisations
from tests.factories.core import World, account_number
from tests.matrix import (
    acts,
    api,
    collection,
    competitions,
    core,
    funds,
    hardship,
    honours,
    judging,
    members,
    procedures,
    reports,
    returns,
    selections,
    sheets,
    splits,
    studios,
)
from tests.matrix.rows import Maker, Row

APPS = [
    *[
        core,
        sheets,
        members,
        funds,
        collection,
        splits,
        returns,
        hardship,
        honours,
        studios,
        judging,
        competitions,
        acts,
        reports,
        selections,
        procedures,
    ],
    api,
]


def gathered(apps: list[ModuleType], table: str) -> dict[str, Any]:
    """The tables of that name of all apps as one; two apps may not name the same thing."""
    found: dict[str, Any] = {}
    for app in apps:
        added = getattr(app, table)
        if doubled := found.keys() & added.keys():
            raise LookupError(f"{app.__name__}.{table} repeats {sorted(doubled)}")
        found |= added
    return found


ROWS: dict[str, Row] = gathered(APPS, "ROWS")
SUBJECTS: dict[str, Maker] = gathered(APPS, "SUBJECTS")
# What belongs to an actor himself, made for him: the place `actor` of a row.
OWNED: dict[str, Callable[[User], Any]] = gathered(
    [app for app in APPS if hasattr(app, "OWNED")], "OWNED"
)

# Where the rows of a case stand, seen from the actors at `own`.
PLACES = {"own": "own", "child": "child", "sibling": "sibling", "parent": "town"} | {
    "other": "foreign",
    "missing": None,
}
HIDDEN = ["sibling", "town", "foreign"]
# Seven digits in the name of a union look like a number that has strayed into a public list.
LETTERS = str.maketrans("0123456789", "ghijklmnop")


def _seen(client: Client) -> None:
    """Of a session seen just now nothing is written with each of a hundred thousand requests."""
    session, later = client.session, int(time.time()) + 3600
    session.update({"since": later, "seen": later})
    session.save()


class Stage:
    """The world of the matrix: a row of every kind at every place, one logged-in actor a role."""

    def __init__(self) -> None:
        self.world = World()
        second = Organisation(code="second", name="甲厂二车间分会", level="branch")
        organisations.establish(second, parent=self.world.own, by=self.world.builder)
        IndicatorDefinition.objects.create(
            code="matrix.base",
            label="从业人员基数",
            source="统计年鉴",
            definition={"kind": "manual", "unit": "人"},
            organisation=self.world.city,
            created_by=self.world.builder,
        )
        self.tokens = {}
        self.subjects = {}
        for code in ("own", "child", *HIDDEN):
            place = getattr(self.world, code)
            token = f"TOKEN{uuid.uuid4().hex.translate(LETTERS)}"
            self.tokens[code] = token
            if code != "town":  # the name of the superior may be known to those below
                Organisation.objects.filter(pk=place.pk).update(name=f"{place.name}{token}")
            made = {kind: make(place, token) for kind, make in SUBJECTS.items()}
            self.subjects[code] = made | {"organisation": place}
        self.clients = {"anonymous": Client()}
        for role in [*roles.table(), "nobody"]:
            user = self.world.user(role if role != "nobody" else None, self.world.own)
            self.subjects[role] = {
                "notice": Notice.objects.create(user=user, text="通知"),
                "declaredkin": DeclaredKin.objects.create(
                    user=user,
                    name="王桂兰",
                    relation="spouse",
                    certificate_number=account_number(30_001),
                ),
            } | {kind: make(user) for kind, make in OWNED.items()}
            self.clients[role] = Client()
            self.clients[role].force_login(user)
            _seen(self.clients[role])

    def url(self, name: str, actor: str, place: str | None) -> str:
        """The address on the row of a place (None: on a row that does not exist)."""
        row = ROWS[name]
        arguments = dict(row.args)
        if row.subject:
            where = {"actor": actor}.get(place, place)
            found = self.subjects[where][row.subject] if where else None
            key = "object_id" if name.startswith("admin:") else "pk"
            pk = found.pk if found else 10**9
            arguments |= row.address(found) if row.address else {key: pk}
        return reverse(name, kwargs=arguments)
