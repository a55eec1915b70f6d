"""Files: the list, and the page on which they are decided."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from core.admin import ChoiceFilter, ProceedingAdmin, SubtreeFilter, Table
from core.admin.base import ReadOnlyAdmin
from core.models import User
from hardship import dossier
from hardship.models import Case, FamilyMember
from hardship.models.households import Level
from hardship.models.standards import Tier


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return Case.State.choices


class TierFilter(ChoiceFilter):
    title = "困难类别"
    parameter_name = "tier"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return Tier.choices


class LevelFilter(ChoiceFilter):
    title = "档案级别"
    parameter_name = "level"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return Level.choices


@admin.register(Case)
class CaseAdmin(ProceedingAdmin):
    """Files are opened with their applicant, in the portal; their facts are mended here."""

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
                    *["applied_on", "authorised_on", "main_cause", "cause_text"],
                    *["event", "event_on", "event_harmed", "still_in_need"],
                    *["is_migrant_worker", "is_settled", "employed_since"],
                    *["declared_persons", "declared_income"],
                ]
            },
        ),
        ("住房与账户", {"fields": [*["housing", "housing_area", "address", "phone"],
                                *["account_holder", "bank", "account"]]}),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Case | None:
        case = super().get_object(request, object_id, from_field)
        return case and dossier.read(case)

    @display(description="申请人", ordering="applicant_name")
    def applicant(self, row: Case) -> str:
        return str(row)

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
