"""The documents by which households are judged, and what a change of them would do."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from core.admin import ScopedAdmin, SubtreeFilter, Table, button
from core.forms import ScopedForm
from core.models import Organisation
from hardship import what_if
from hardship.forms.documents import ProcedureForm, VetoRuleForm
from hardship.models import DataCheck, GrantCap, Procedure, Standard, TierRule, VetoRule
from hardship.models.aid import AidKind

ALL_KINDS = "各类合计"


class _DatedAdmin(ScopedAdmin):
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["document"]
    search_help_text = "文号"


class WhatIfForm(ScopedForm):
    """A line and multiples that somebody considers. What is left empty stays as it is."""

    organisation = forms.ModelChoiceField(Organisation.objects.all(), label="测算范围")
    amount = forms.DecimalField(
        label="低保标准（元/人·月）", min_value=1, max_digits=8, decimal_places=2, required=False
    )
    deep = forms.DecimalField(
        label="深度困难（倍）", min_value=0, max_digits=5, decimal_places=2, required=False
    )
    relative = forms.DecimalField(
        label="相对困难（倍）", min_value=0, max_digits=5, decimal_places=2, required=False
    )


@admin.register(Standard)
class StandardAdmin(_DatedAdmin):
    list_display = ["document", "organisation", "amount", "since", "until"]
    fields = ["organisation", "document", "amount", "since", "until"]
    actions_list = ["what_if"]

    @button(
        "标准调整测算",
        permission="hardship.view_standard",
        form=WhatIfForm,
        icon="calculate",
        consequences=lambda row: ["按假设的标准重新测算未办结档案，只看结果，不改动任何档案。"],
    )
    def what_if(
        self,
        request: HttpRequest,
        row: None,
        organisation: Organisation,
        amount: Decimal | None,
        deep: Decimal | None,
        relative: Decimal | None,
    ) -> HttpResponse:
        cases = what_if.open_files(organisation, user=request.user)
        found = what_if.reckon(cases, amount=amount, times={"deep": deep, "relative": relative})
        return self._page(
            request,
            "hardship/what_if.html",
            None,
            title="标准调整测算",
            tables=[
                Table("结果", ["项目", "户数", "生活救助测算（元/年）"], found.summary(), ""),
                Table(
                    "变化",
                    ["现行类别", "假设类别", "户数"],
                    found.moves(),
                    "没有未办结的档案。",
                ),
            ],
        )


@admin.register(TierRule)
class TierRuleAdmin(_DatedAdmin):
    list_display = [
        *["tier", "document", "organisation", "months", "income_times", "net_times", "is_event"],
        *["since", "until"],
    ]
    fieldsets = [
        (None, {"fields": ["organisation", "tier", "document", "since", "until", "months"]}),
        (
            "收入条件",
            {
                "fields": [
                    *["above_times", "income_times", "income_inclusive"],
                    *["net_times", "net_inclusive", "net_of_event"],
                ]
            },
        ),
        (
            "其他条件",
            {
                "fields": [
                    *["is_event", "loss_share", "harm_suffices", "after_aid", "settled_months"]
                ]
            },
        ),
    ]


@admin.register(VetoRule)
class VetoRuleAdmin(_DatedAdmin):
    form = VetoRuleForm
    list_display = [
        *["label", "code", "document", "organisation", "allows_exception", "since", "until"]
    ]
    fields = ["organisation", "label", "code", "allows_exception", "document", "since", "until"]


@admin.register(Procedure)
class ProcedureAdmin(_DatedAdmin):
    form = ProcedureForm
    list_display = ["document", "organisation", "has_town_review", "recheck_months", "since"]
    fields = [
        *["organisation", "document", "since", "until", "has_town_review", "checked_sources"],
        *["recheck_months", "exit_times", "watch_months"],
    ]

    def get_fields(self, request: HttpRequest, obj: Procedure | None = None) -> list[str]:
        """Authorities as boxes for whoever may write, as words for whoever reads."""
        if self.has_change_permission(request, obj):
            return self.fields
        return [{"checked_sources": "sources_shown"}.get(name, name) for name in self.fields]

    @display(description="必须比对的部门")
    def sources_shown(self, row: Procedure) -> str:
        labels = [source.label for source in DataCheck.Source if source in row.checked_sources]
        return "、".join(labels) or "全部"


@admin.register(GrantCap)
class GrantCapAdmin(_DatedAdmin):
    list_display = ["kind_shown", "document", "organisation", "amount", "since", "until"]
    fields = ["organisation", "kind", "document", "amount", "since", "until"]

    def formfield_for_choice_field(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field:
        """No kind means all of them together, which is said."""
        field = super().formfield_for_choice_field(db_field, request, **kwargs)
        field.choices = [("", ALL_KINDS), *AidKind.choices]
        return field

    @display(description="帮扶种类", ordering="kind")
    def kind_shown(self, row: GrantCap) -> str:
        return row.get_kind_display() or ALL_KINDS
