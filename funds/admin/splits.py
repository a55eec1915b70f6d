"""The documents by which receipts are split: rules, payers of a class, measures of support."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ScopedAdmin, SubtreeFilter, Table, button
from core.models import Organisation, User
from funds import examples
from funds.explaining import NAMES
from funds.forms.splits import ExampleForm, SpecialPayerForm
from funds.models import PayerClass, SpecialPayer, SplitRule, SupportMeasure
from funds.rules.shares import LEVELS


class RuleKindFilter(ChoiceFilter):
    title = "经费种类"
    parameter_name = "kind"
    options = SplitRule.Kind.choices


class PayerClassFilter(ChoiceFilter):
    title = "单位类别"
    parameter_name = "payer_class"
    options = PayerClass.choices


def plain(percent: Any) -> str:
    return f"{percent.normalize():f}%"


class _DocumentAdmin(ScopedAdmin):
    """What receipts were split by stays as it is: only its end may still be set."""

    list_select_related = ["organisation"]
    sortable_by = ()
    free = ("valid_to",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None or not obj.allocation_set.exists():
            return []
        written = [field.name for field in self.opts.concrete_fields if not field.primary_key]
        return [name for name in written if name not in self.free]

    def tables_of(self, obj: models.Model, *, reader: User) -> list[Table]:
        told = "已有缴款按本条分配，只能填写所属期止；内容有变化的请另立一条。"
        rows = [[told]] if obj.allocation_set.exists() else []
        return [Table("使用情况", ["说明"], rows, "还没有缴款按本条分配，可以修改。")]


@admin.register(SplitRule)
class SplitRuleAdmin(_DocumentAdmin):
    list_display = [
        *["kind", "payer_class", "organisation", "document_number", "shares", "valid_from"],
        "valid_to",
    ]
    list_display_links = ["kind"]
    list_filter = [RuleKindFilter, PayerClassFilter, SubtreeFilter]
    search_fields = ["document_number"]
    search_help_text = "文号"
    ordering = ["kind", "payer_class", "-valid_from", "id"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *["organisation", "kind", "payer_class", "document_number"],
                    *["valid_from", "valid_to", "levy"],
                ]
            },
        ),
        ("各级比例", {"fields": [*LEVELS, "tie_order"], "description": "合计应为 100%。"}),
        ("应返期限", {"fields": ["due_after", "due_days"]}),
    ]
    actions_list = ["examples"]

    @display(description="各级比例")
    def shares(self, row: SplitRule) -> str:
        return "、".join(
            f"{NAMES[level]} {plain(percent)}"
            for level, percent in row.percentages().items()
            if percent
        )

    @button(
        "载入示例规则",
        permission="funds.add_splitrule",
        form=ExampleForm,
        icon="library_add",
        consequences=lambda row: [
            f"载入 {len(examples.SPLITS)} 条分成规则和 {len(examples.MEASURES)} 条缓减措施。",
            "已有同种类、同类别规则的跳过。",
            "示例的文号以“示例”开头，请对照本地文件核对后改正，再分配经费。",
        ],
    )
    def examples(self, request: HttpRequest, row: None, organisation: Organisation) -> str:
        count = examples.lay_down_splits(organisation, by=request.user)
        return f"已载入 {count} 条，请对照本地文件核对。"


@admin.register(SpecialPayer)
class SpecialPayerAdmin(ScopedAdmin):
    list_display = ["employer", "payer_class", "document_number", "valid_from", "valid_to"]
    list_display_links = ["employer"]
    list_filter = [PayerClassFilter, SubtreeFilter]
    list_select_related = ["employer"]
    ordering = ["-id"]
    sortable_by = ()
    form = SpecialPayerForm

    def get_fields(self, request: HttpRequest, obj: SpecialPayer | None = None) -> list[str]:
        who = "employer" if obj else "code"
        return [who, "payer_class", "document_number", "valid_from", "valid_to"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["employer"] if obj else []


@admin.register(SupportMeasure)
class SupportMeasureAdmin(_DocumentAdmin):
    list_display = ["name", "organisation", "document_number", "percent", "valid_from", "valid_to"]
    list_display_links = ["name"]
    list_filter = [SubtreeFilter]
    ordering = ["-valid_from", "id"]
    fields = ["organisation", "name", "document_number", "percent", "valid_from", "valid_to"]
