"""Money that was raised, received, passed on and spent, as it was entered."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ScopedAdmin, SubtreeFilter
from core.rules import certificates
from funds.models import FundEntry, FundSource
from members.models import Person


class DirectionFilter(ChoiceFilter):
    title = "收支方向"
    parameter_name = "direction"
    options = FundEntry.Direction.choices


class CampaignFilter(ChoiceFilter):
    title = "活动"
    parameter_name = "campaign"
    options = FundEntry.Campaign.choices


class PurposeFilter(ChoiceFilter):
    title = "用途"
    parameter_name = "purpose"
    options = FundEntry.Purpose.choices


class SourceFilter(ChoiceFilter):
    title = "资金来源"
    parameter_name = "source"
    options = FundSource.choices


class FundEntryForm(forms.ModelForm):
    """An entry; a member at the other end is found by the number of the certificate."""

    number = forms.CharField(
        label="对方会员证件号码",
        required=False,
        max_length=30,
        help_text="对方是会员的，填写完整证件号码，统计人数时只计一次。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = certificates.comparable_number(cleaned.get("number") or "")
        if number:
            seen = Person.objects.visible_to(self._request.user, "funds.add_fundentry")
            found = seen.holding(number).first()
            if found is None or found.name != (cleaned.get("counterparty") or "").strip():
                raise ValidationError(
                    {
                        "number": "在管辖范围内没有找到该证件号码与“对方名称”一致的会员，"
                        "请核对；对方不是会员的不填此项。"
                    }
                )
            self.instance.person = found
            self.instance.is_person = cleaned["is_person"] = True
        return cleaned


@admin.register(FundEntry)
class FundEntryAdmin(ScopedAdmin):
    form = FundEntryForm
    list_display = [
        "entry_on", "direction", "campaign", "purpose", "source", "counterparty_shown",
        "organisation", "amount",
    ]  # fmt: skip
    list_display_links = ["entry_on"]
    list_filter = [DirectionFilter, CampaignFilter, PurposeFilter, SourceFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        ("收支", {"fields": ["organisation", "direction", "amount", "entry_on", "source"]}),
        ("用途", {"fields": ["purpose", "campaign", "project", "document_number", "serial"]}),
        ("对方", {"fields": ["counterparty", "is_person", "number", "union", "note"]}),
    ]

    @display(description="对方名称")
    def counterparty_shown(self, row: FundEntry) -> str:
        return row.whom

    def get_fieldsets(self, request: HttpRequest, obj: FundEntry | None = None) -> Any:
        """Whoever only looks on sees a person masked, and no field for a number."""
        if self.has_change_permission(request, obj) if obj else self.has_add_permission(request):
            return self.fieldsets
        other = ["counterparty_shown", "is_person", "union", "note"]
        return [*self.fieldsets[:2], ("对方", {"fields": other})]

    def get_readonly_fields(self, request: HttpRequest, obj: FundEntry | None = None) -> list[str]:
        return ["counterparty_shown"]
