"""Filters that offer only what the user may see."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from core.models import Organisation
from core.scope import visible_rows

LONGEST = 200  # choices; beyond that a screen is searched


class VisibleRelatedFilter(admin.RelatedFieldListFilter):
    """By a related row: those in scope."""

    def field_choices(
        self, field: models.Field, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        rows = visible_rows(field.remote_field.model._default_manager.all(), request.user)
        return [(row.pk, str(row)) for row in rows[:LONGEST]]


class SubtreeFilter(admin.SimpleListFilter):
    """By the subtree of an organisation: the user's own and the districts in it."""

    title = "所属范围"
    parameter_name = "under"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        high = [
            Organisation.Level.MUNICIPAL,
            Organisation.Level.DISTRICT,
            Organisation.Level.INDUSTRY,
        ]
        seen = Organisation.objects.visible_to(request.user)
        rows = (
            seen.filter(level__in=high)[:LONGEST]
            or seen.filter(level=Organisation.Level.TOWN)[:LONGEST]
        )
        return [(str(row.pk), row.label) for row in rows]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        chosen = {key for key, _ in self.lookup_choices}
        if self.value() not in chosen:
            return queryset.none()
        return queryset.within(Organisation.objects.visible_to(request.user).get(pk=self.value()))


class ChoiceFilter(admin.SimpleListFilter):
    """By a text field whose choices are code: `parameter_name` is the field, `options` they."""

    options: Sequence[tuple[str, str]] = ()
    lookup = ""  # where that is another than the name in the address

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(self.options)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        if self.value() not in {key for key, _ in self.lookup_choices}:
            return queryset.none()
        return queryset.filter(**{self.lookup or self.parameter_name: self.value()})


class YearFilter(ChoiceFilter):
    """The ten latest years, by the field `year` or another `lookup`."""

    title = "年度"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        this = timezone.localdate().year
        return [(str(year), f"{year}年") for year in range(this, this - 10, -1)]
