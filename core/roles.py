"""Roles are code: a name and a frozen set of permissions each. Who holds one is data.

The table itself joins all apps and therefore stands at the roof (`settings.ROLES`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Role:
    """`permissions` are Django's `app.codename`. `door` is where the holder works after login.

    `separated` marks the three administrators (三员): whoever holds one of these roles holds no
    other role at all.
    """

    code: str
    label: str
    permissions: frozenset[str]
    door: str = "portal"  # or "admin"
    separated: bool = False


class RoleTable(dict[str, Role]):
    """The roles by code; a code stands once."""

    def __init__(self, roles: Iterable[Role]) -> None:
        super().__init__()
        for role in roles:
            if role.code in self:
                raise ValueError(f"role {role.code} is declared twice")
            self[role.code] = role


@lru_cache
def table() -> RoleTable:
    return import_string(settings.ROLES)
