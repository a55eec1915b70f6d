"""Files: the list, and the page on which they are decided."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display
from unfold.enums import ActionVariant

from core.admin import ChoiceFilter, ProceedingAdmin, SubtreeFilter, Table
from core.admin.base import ReadOnlyAdmin
from core.models import User
from hardship import dossier
from hardship.admin import grants
from hardship.admin.acts import CaseActs
from hardship.forms.documents import FactsForm
from hardship.models import Case, FamilyMember
from hardship.models.households import Cause, Level
from hardship.models.standards import Tier


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = Case.State.choices


class TierFilter(ChoiceFilter):
    title = "困难类别"
    parameter_name = "tier"
    options = Tier.choices


class LevelFilter(ChoiceFilter):
    title = "档案级别"
    parameter_name = "level"
    options = Level.choices


@admin.register(Case)
class CaseAdmin(CaseActs, ProceedingAdmin):
    """Files are opened and filled in in the portal; their facts are mended here too."""

    form = FactsForm
    list_display = [
        *["applicant", "organisation", "state", "tier", "level", "main_cause"],
        *["applied_on", "due_on", "recheck_due"],
    ]
    list_display_links = ["applicant"]
    list_filter = [StateFilter, TierFilter, LevelFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (
            "认定",
            {
                "fields": [
                    *["applied_on", "authorised_on", "main_cause", "further_causes", "cause_text"],
                    *["event", "event_on", "event_harmed", "still_in_need"],
                    *["is_migrant_worker", "is_settled", "employed_since"],
                    *["declared_persons", "declared_income"],
                ]
            },
        ),
        ("住房与账户", {"fields": [*["housing", "housing_area", "address", "phone"],
                                *["account_holder", "bank", "account"]]}),
    ]  # fmt: skip

    actions_detail = ["give", *CaseActs.actions_detail]
    give = grants.give

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Case | None:
        case = super().get_object(request, object_id, from_field)
        return case and dossier.read(case)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Causes as boxes for whoever may write, as words for whoever reads."""
        told = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return told
        words = {"further_causes": "further_causes_shown"}
        return [
            (title, {**part, "fields": [words.get(name, name) for name in part["fields"]]})
            for title, part in told
        ]

    @display(description="次要致困原因")
    def further_causes_shown(self, row: Case) -> str:
        return "、".join(Cause(cause).label for cause in row.further_causes) or "—"

    @display(description="申请人", ordering="applicant_name")
    def applicant(self, row: Case) -> str:
        return str(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Beside the steps the way to the form in the portal, while it may be filled in."""
        case = kwargs.get("obj")
        if case and self.has_change_permission(request, case):
            context["actions_detail"].append(
                {
                    "title": "分步填报",
                    "path": reverse("hardship:entry", args=[case.pk]),
                    "icon": "edit_note",
                    "variant": ActionVariant.DEFAULT,
                }
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def tables_of(self, obj: Case, *, reader: User) -> list[Table]:
        return [*dossier.tables(obj), *super().tables_of(obj, reader=reader)]


@admin.register(FamilyMember)
class FamilyMemberAdmin(ReadOnlyAdmin):
    """One member of a household, where what is sealed is revealed for a reason."""

    list_display = ["name", "relation", "number", "case"]
    list_select_related = ["case__organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["name", "relation", "certificate_type", "certificate_number", "sex", "birth_date"],
        *["employment", "workplace", "school", "illness", "disability", "left_on"],
    ]

    @display(description="证件号码")
    def number(self, row: FamilyMember) -> str:
        return str(row.certificate_number)
