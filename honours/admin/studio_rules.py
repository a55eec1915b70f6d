"""The dated documents by which studios and homes are judged and given money."""

from django.contrib import admin

from core.admin import ScopedAdmin, SubtreeFilter
from honours.models import HomeRule, StudioGrantRule, StudioRule


class _DatedAdmin(ScopedAdmin):
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation"]
    list_display_links = ["document"]
    search_fields = ["document"]
    search_help_text = "文号"


@admin.register(StudioRule)
class StudioRuleAdmin(_DatedAdmin):
    list_display = [
        *["document", "organisation", "least_team", "least_projects", "review_years"],
        *["since", "until"],
    ]
    fields = [
        *["organisation", "document", "since", "until", "least_team", "least_projects"],
        *["qualified_score", "excellent_score", "review_years", "rectify_days"],
    ]


@admin.register(StudioGrantRule)
class StudioGrantRuleAdmin(_DatedAdmin):
    list_display = ["document", "organisation", "level", "purpose", "amount", "since", "until"]
    fields = ["organisation", "level", "purpose", "amount", "document", "since", "until"]


@admin.register(HomeRule)
class HomeRuleAdmin(_DatedAdmin):
    list_display = [
        *["document", "organisation", "entry_percent", "satisfied_percent", "lower_percent"],
        *["since", "until"],
    ]
    fields = [
        *["organisation", "document", "since", "until", "entry_percent", "satisfied_percent"],
        *["lower_percent", "group_least", "renew_days", "rectify_days"],
    ]
