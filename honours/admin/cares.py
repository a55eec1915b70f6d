"""What was done for holders; recorded on the list of holders, corrected here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ScopedAdmin, SubtreeFilter, YearFilter
from honours.admin.catalogue import LevelFilter
from honours.models import Care, CareKind


class CareKindFilter(ChoiceFilter):
    title = "项目"
    parameter_name = "kind"
    options = CareKind.choices


class HeldYearFilter(YearFilter):
    """By the year in which it was done."""

    lookup = "held_on__year"


@admin.register(Care)
class CareAdmin(ScopedAdmin):
    list_display = ["who", "kind", "held_on", "organisation", "level", "total", "place"]
    list_display_links = ["who"]
    list_filter = [CareKindFilter, LevelFilter, HeldYearFilter, SubtreeFilter]
    ordering = ["-held_on", "-id"]
    sortable_by = ()
    fields = [
        *["who", "organisation", "kind", "held_on", "level", "cash", "goods", "cost", "total"],
        "place",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("holder__person", "organisation")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["who", "organisation", "kind", "held_on", "level", "total"]

    @display(description="劳模")
    def who(self, row: Care) -> str:
        return row.holder.masked_label
