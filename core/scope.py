"""Scope: which rows a user may see. One implementation, used by every door.

A user's assignments give roles at organisations; a role counts in the whole subtree. A model says
with `scope_by` by which lookup its organisation is reached ("" = the row is an organisation).
`visible_to` and `within` are the only doors to rows, both as a range of tree paths, which
SQLite and PostgreSQL answer from an index.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from core.models import Organisation, User


def path_after(path: str, step: int = 4) -> str:
    """The smallest path that is greater than every path in the subtree of `path`."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    digits = [alphabet.index(char) for char in path[-step:]]
    for place in range(step - 1, -1, -1):
        if digits[place] < 35:
            digits[place] += 1
            break
        digits[place] = 0
    else:
        raise ValueError("the tree has no further path at this level")
    return path[:-step] + "".join(alphabet[digit] for digit in digits)


def outermost(paths: Iterable[str]) -> list[str]:
    """The paths without those that lie inside another."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def under(paths: Iterable[str], name: str) -> models.Q:
    """The condition "the path `name` lies in one of these subtrees"; no path, no row."""
    condition = models.Q(pk__in=[])
    for path in outermost(paths):
        condition |= models.Q(**{f"{name}__gte": path, f"{name}__lt": path_after(path)})
    return condition


def view_permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


class ScopedQuerySet(models.QuerySet):
    """Rows that belong to an organisation."""

    def visible_to(self, user: "User", permission: str | None = None) -> Self:
        """The rows on which `user` holds `permission` (without one: the right to view them)."""
        paths = user.paths_with(permission or view_permission(self.model))
        return self.filter(self.model.scope(paths))

    def within(self, organisation: "Organisation") -> Self:
        """The rows of the subtree, as the tree stands today."""
        return self.filter(self.model.scope([organisation.path]))


class ScopedModel(models.Model):
    """Base of every row that belongs to an organisation."""

    scope_by = "organisation"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def scope(cls, paths: Iterable[str]) -> models.Q:
        """The condition that a row stands in one of these subtrees.

        A model that belongs to several organisations at once overrides it.
        """
        return under(paths, f"{cls.scope_by}__path" if cls.scope_by else "path")

    @property
    def scope_organisation(self) -> "Organisation | None":
        """The organisation the row belongs to, for the audit trail."""
        found: Any = self
        for part in self.scope_by.split("__") if self.scope_by else []:
            found = getattr(found, part, None)
        return found


def visible_rows(
    rows: models.QuerySet, user: "User", permission: str | None = None
) -> models.QuerySet:
    """`visible_to` for rows of any model: those without scope are all seen by whoever may view."""
    if isinstance(rows, ScopedQuerySet):
        return rows.visible_to(user, permission)
    return rows if user.has_perm(permission or view_permission(rows.model)) else rows.none()
