"""The working screens of staff: the base for every app, and the ground floor's own."""

from core.admin.base import (
    ReadOnlyAdmin,
    ScopedAdmin,
    ScopedStackedInline,
    ScopedTabularInline,
    Table,
    link,
)
from core.admin.buttons import button
from core.admin.filters import ChoiceFilter, SubtreeFilter, VisibleRelatedFilter, YearFilter
from core.admin.marks import Mark
from core.admin.proceedings import ProceedingAdmin

__all__ = [
    "ChoiceFilter",
    "Mark",
    "ProceedingAdmin",
    "ReadOnlyAdmin",
    "ScopedAdmin",
    "ScopedStackedInline",
    "ScopedTabularInline",
    "SubtreeFilter",
    "Table",
    "VisibleRelatedFilter",
    "YearFilter",
    "button",
    "link",
]

from core.admin import (  # noqa: E402, F401 - registers them
    calendar,
    figures,
    machines,
    publicity,
    screens,
)
