"""The titles, and the dated rules of what they bring."""

from django.contrib import admin
from django.http import HttpRequest

from core.admin import ChoiceFilter, ScopedAdmin, SubtreeFilter
from honours.models import AllowanceKind, AllowanceRule, CareRule, Level, Title
from honours.models.cares import OF_RIGHT


class KindFilter(ChoiceFilter):
    title = "类别"
    parameter_name = "kind"
    options = Title.Kind.choices


class LevelFilter(ChoiceFilter):
    title = "级别"
    parameter_name = "level"
    options = Level.choices


class AllowanceKindFilter(ChoiceFilter):
    title = "待遇"
    parameter_name = "kind"
    options = AllowanceKind.choices


class CareRuleKindFilter(ChoiceFilter):
    title = "项目"
    parameter_name = "kind"
    options = OF_RIGHT


@admin.register(Title)
class TitleAdmin(ScopedAdmin):
    list_display = ["name", "kind", "level", "recipient", "rank", "term_years", "is_given"]
    list_filter = [KindFilter, LevelFilter]
    search_fields = ["name", "code"]
    search_help_text = "称号或编码"
    ordering = ["rank", "name"]
    fields = [
        *["name", "code", "kind", "level", "recipient", "rank", "granting_body", "term_years"],
        "is_given",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Title | None = None) -> list[str]:
        """What awards were given by stays as it was."""
        return ["code", "kind", "level", "recipient"] if obj else []


@admin.register(AllowanceRule)
class AllowanceRuleAdmin(ScopedAdmin):
    list_display = [
        *["kind", "level", "document", "organisation", "amount", "percent", "cap", "since"],
        "until",
    ]
    list_filter = [AllowanceKindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document"]
    search_help_text = "文号"
    fieldsets = [
        (None, {"fields": ["organisation", "kind", "level", "document", "since", "until"]}),
        (
            "标准",
            {"fields": ["amount", "average_income", "percent", "cap", "in_service_only"]},
        ),
    ]


@admin.register(CareRule)
class CareRuleAdmin(ScopedAdmin):
    list_display = ["kind", "status", "years", "document", "organisation", "since", "until"]
    list_filter = [CareRuleKindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document"]
    search_help_text = "文号"
    fields = ["organisation", "kind", "status", "years", "document", "since", "until"]
