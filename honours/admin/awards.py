"""The register of awards: list, entry, and the proposal to take one back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ScopedAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
    link,
)
from core.models import User
from core.rules import certificates
from honours.admin.catalogue import LevelFilter
from honours.forms.revocations import ProposeForm
from honours.models import Award, Revocation, Title
from honours.services import awards, revocations
from members.models import Person


class TitleKindFilter(ChoiceFilter):
    title = "类别"
    parameter_name = "title__kind"
    options = Title.Kind.choices


class GrantedYearFilter(YearFilter):
    """By the year in which it was given."""

    lookup = "granted_on__year"


class StandingFilter(ChoiceFilter):
    title = "现状"
    parameter_name = "standing"
    options = (("held", "保持中"), ("expired", "已过有效期"), ("revoked", "已撤销"))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        match self.value():
            case "held":
                return queryset.standing(today)
            case "expired":
                return queryset.filter(valid_until__lte=today, revoked_on__isnull=True)
            case "revoked":
                return queryset.filter(revoked_on__isnull=False)
        return queryset


class AwardForm(forms.ModelForm):
    """An award; a member who holds it is found by the number of the certificate."""

    number = forms.CharField(
        label="会员证件号码",
        required=False,
        max_length=30,
        help_text="获得者是会员的，填写完整证件号码，用于落实待遇；不改动时不填。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = certificates.comparable_number(cleaned.get("number") or "")
        if number:
            seen = Person.objects.visible_to(self._request.user, "honours.add_award")
            found = seen.holding(number).first()
            if found is None or found.name != (cleaned.get("recipient_name") or "").strip():
                raise ValidationError(
                    {
                        "number": "在管辖范围内没有找到该证件号码与“获得者”姓名一致的会员，"
                        "请核对；获得者不是会员的不填此项。"
                    }
                )
            self.instance.person = found
        return cleaned


@admin.register(Award)
class AwardAdmin(ScopedAdmin):
    form = AwardForm
    list_display = ["recipient", "title", "organisation", "granted_on", "document_number", "mark"]
    list_display_links = ["recipient"]
    list_filter = [TitleKindFilter, LevelFilter, GrantedYearFilter, StandingFilter, SubtreeFilter]
    list_select_related = ["title", "organisation"]
    ordering = ["-granted_on", "-id"]
    sortable_by = ()
    search_fields = ["document_number", "certificate_number"]
    search_help_text = "表彰文号或证书编号"
    fieldsets = [
        ("荣誉", {"fields": ["organisation", "title", "granted_on", "granting_body", "edition"]}),
        ("获得者", {"fields": ["recipient_name", "number", "employer", "union", "unit_name"]}),
        ("文书", {"fields": ["document_number", "certificate_number"]}),
    ]
    STANDS = (
        *("level", "valid_until", "mark", "revoked_on", "revocation_reason"),
        "revocation_document",
    )
    actions_detail = ["propose_revocation"]

    def get_fieldsets(self, request: HttpRequest, obj: Award | None = None) -> Any:
        """Whoever only looks on sees a person masked, and no field for a number."""
        given, holder, papers = self.fieldsets
        if obj and not self.has_change_permission(request, obj):
            names = ["recipient", *holder[1]["fields"][2:]]
            holder = ("获得者", {"fields": names})
        told = [given, holder, papers]
        return [*told, ("现状", {"fields": self.STANDS})] if obj else told

    def get_readonly_fields(self, request: HttpRequest, obj: Award | None = None) -> list[str]:
        return ["recipient", *self.STANDS, *(["title", "granted_on"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Award, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.title = Title.objects.get(pk=obj.title_id)
            awards.give_many([awards.complete(obj)], by=request.user)

    @display(description="获得者")
    def recipient(self, row: Award) -> str:
        return row.masked_label

    @display(description="现状")
    def mark(self, row: Award) -> str:
        marks = {"已撤销": Mark.REFUSED, "已过有效期": Mark.OVER, "保持中": Mark.DONE}
        return marks[row.standing_told].of(row.standing_told)

    def tables_of(self, obj: Award, *, reader: User) -> list[Table]:
        rows = obj.revocations.visible_to(reader).order_by("-pk")
        return [
            Table(
                "撤销办理",
                ["情形", "状态", "决定机关", "决定文号", "撤销日期"],
                [
                    [
                        link(Revocation, row.pk, row.get_cause_display()),
                        row.get_state_display(),
                        row.authority or None,
                        row.document_number or None,
                        row.effective_on,
                    ]
                    for row in rows
                ],
                "没有撤销的提议。",
            )
        ]

    @button(
        "提出撤销",
        permission="honours.add_revocation",
        form=ProposeForm,
        icon="gavel",
        danger=True,
        when=lambda row: row.revoked_on is None,
        consequences=lambda row: [
            "提出后由复核人员复核，报授予机关决定；决定之前荣誉和待遇不变。",
        ],
    )
    def propose_revocation(
        self, request: HttpRequest, row: Award, cause: str, finding: str
    ) -> HttpResponse:
        made = revocations.propose(row, cause=cause, finding=finding, by=request.user)
        self.message_user(request, "撤销已提出，由复核人员复核。")
        return redirect("admin:honours_revocation_change", made.pk)
