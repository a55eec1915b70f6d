"""The table of roles, where some do something in the test procedure besides."""

import dataclasses

from core.roles import RoleTable
from unionhub.rights import rights
from unionhub.roles import ROLES as SHIPPED

ADDED = {
    "chair": rights("procedures", permit="view add change"),
    "clerk": rights("procedures", permit="view add change review"),
    "head": rights("procedures", permit="view approve"),
    "aid_clerk": rights("postings", candidate="view show") | rights("core", publicity="add"),
    "leader": rights("procedures", permit="view"),
}
ROLES = RoleTable(
    dataclasses.replace(role, permissions=role.permissions | ADDED.get(role.code, set()))
    for role in SHIPPED.values()
)
