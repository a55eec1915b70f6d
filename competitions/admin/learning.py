"""Training, its bases, what grades came of it."""

from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from unfold.decorators import display

from competitions.forms.people import OfMember
from competitions.models import SkillCertificate, Training, TrainingBase
from core.admin import ChoiceFilter, ScopedAdmin, SubtreeFilter, Table, YearFilter
from core.models import User


class BaseKindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = TrainingBase.Kind.choices


class BaseLevelFilter(ChoiceFilter):
    title = "级别"
    parameter_name = "level"
    options = TrainingBase.Level.choices


class TrainingKindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = Training.Kind.choices


class HeldFilter(YearFilter):
    lookup = "held_on__year"


class IssuedFilter(YearFilter):
    lookup = "issued_on__year"


@admin.register(TrainingBase)
class TrainingBaseAdmin(ScopedAdmin):
    list_display = ["name", "kind", "level", "organisation", "opened_on", "closed_on"]
    list_filter = [BaseKindFilter, BaseLevelFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["name"]
    search_help_text = "名称"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "name", "kind", "level", "partner", "document_number"],
        *["opened_on", "closed_on"],
    ]


@admin.register(Training)
class TrainingAdmin(ScopedAdmin):
    list_display = [
        *["title", "kind", "organisation", "held_on", "sessions", "named", "headcount"],
    ]
    list_filter = [TrainingKindFilter, HeldFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["title"]
    search_help_text = "培训名称"
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "title", "kind", "trade", "held_on", "sessions", "headcount"],
        *["base", "place"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).annotate(trainee_count=Count("trainees"))

    @display(description="按名参训（人）")
    def named(self, row: Training) -> int:
        return row.trainee_count

    def tables_of(self, obj: Training, *, reader: User) -> list[Table]:
        people = obj.trainees.visible_to(reader).select_related("person")
        return [
            Table(
                "参训人员",
                ["姓名"],
                [[row.person.masked_label] for row in people.order_by("pk")[:100]],
                "没有按姓名登记的参训人员，可以导入参训人员表。",
            ),
            *super().tables_of(obj, reader=reader),
        ]


@admin.register(SkillCertificate)
class SkillCertificateAdmin(ScopedAdmin):
    list_display = ["who", "trade", "grade", "issuer", "organisation", "issued_on"]
    list_filter = [IssuedFilter, SubtreeFilter]
    list_select_related = ["organisation", "person"]
    search_fields = ["trade"]
    search_help_text = "职业（工种）"
    ordering = ["-id"]
    sortable_by = ()
    form = OfMember
    fields = [
        *["organisation", "member", "trade", "grade", "issuer", "issued_on", "number"],
        *["training", "competition"],
    ]

    @display(description="职工")
    def who(self, row: SkillCertificate) -> str:
        return row.person.masked_label
