"""The documents by which candidates are chosen."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ScopedAdmin, SubtreeFilter, button
from honours import examples
from honours.forms.criteria import OpinionRuleForm, RatioForm
from honours.models import ExclusionRule, OpinionRule, RatioConstraint
from honours.models.candidates import named


class _CriterionAdmin(ScopedAdmin):
    list_filter = ["title_kind", SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document"]
    search_help_text = "文号"
    sortable_by = ()

    # Tags are boxes for whoever may write, and words for whoever reads.
    worded: dict[str, str] = {}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return [self.worded.get(name, name) for name in self.fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return list(self.worded.values())

    @display(description="荣誉类别")
    def kind(self, row: Any) -> str:
        return row.get_title_kind_display() or "各类荣誉"


@admin.register(RatioConstraint)
class RatioConstraintAdmin(_CriterionAdmin):
    form = RatioForm
    list_display = ["told", "kind", "organisation", "document", "since", "until"]
    list_display_links = ["told"]
    fields = [
        *["organisation", "title_kind", "document", "since", "until"],
        *["name", "wanted", "base", "operator", "percent"],
    ]
    worded = {"wanted": "wanted_shown", "base": "base_shown"}
    actions_list = ["load_examples"]

    @display(description="要求")
    def told(self, row: RatioConstraint) -> str:
        return str(row)

    @display(description="计入的人选")
    def wanted_shown(self, row: RatioConstraint) -> str:
        return named(row.wanted)

    @display(description="以哪些人选为基数")
    def base_shown(self, row: RatioConstraint) -> str:
        return named(row.base) or "全部人选"

    @button(
        "载入示例规定",
        permission="honours.add_ratioconstraint",
        icon="library_add",
        consequences=lambda row: [
            *examples.told(),
            "示例适用于本人所在工会及其下级，自今日起施行，启用前请按本地文件核对、修改。",
        ],
    )
    def load_examples(self, request: HttpRequest, row: None) -> str:
        made = examples.load(request.user.organisation, by=request.user)
        return f"已载入 {made} 项示例规定，请按本地文件核对、修改。"


@admin.register(OpinionRule)
class OpinionRuleAdmin(_CriterionAdmin):
    form = OpinionRuleForm
    list_display = ["department", "kind", "who", "months", "organisation", "document", "since"]
    list_display_links = ["department"]
    fields = [
        *["organisation", "title_kind", "document", "since", "until"],
        *["department", "about_tags", "months"],
    ]
    worded = {"about_tags": "who"}

    @display(description="哪些人选须征求")
    def who(self, row: OpinionRule) -> str:
        return named(row.about_tags) or "全部人选"


@admin.register(ExclusionRule)
class ExclusionRuleAdmin(_CriterionAdmin):
    list_display = [
        *["circumstance", "kind", "allows_exception", "organisation", "document", "since"],
    ]
    list_display_links = ["circumstance"]
    fields = [
        *["organisation", "title_kind", "document", "since", "until"],
        *["circumstance", "allows_exception"],
    ]
