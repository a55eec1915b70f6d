"""Screens of honours for staff."""

from honours.admin import (  # noqa: F401 - registers them
    allowances,
    apprenticeships,
    awards,
    cares,
    catalogue,
    criteria,
    holders,
    homes,
    nominations,
    revocations,
    selections,
    studio_rules,
    studios,
)
