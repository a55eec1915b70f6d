"""Filters of lists: fields and lookups that an app names, nothing else."""

from typing import Any

from django import forms
from django.db import models
from django_filters import rest_framework as filters

from core.models import Organisation

LARGEST = 2**63 - 1


class KeyFilter(filters.Filter):
    """By the key of another row. Whether that exists is not told: the rows are in scope already."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": 1, "max_value": LARGEST} | kwargs)


class RowFilters(filters.FilterSet):
    """Whatever belongs to an organisation is found by it and all below it."""

    organisation = KeyFilter(method="within", label="工会（含下级）")

    @classmethod
    def filter_for_field(cls, field: models.Field, *args: Any, **kwargs: Any) -> filters.Filter:
        if field.is_relation:
            return KeyFilter(field_name=f"{field.name}_id", label=str(field.verbose_name))
        return super().filter_for_field(field, *args, **kwargs)

    def within(self, rows: models.QuerySet, name: str, value: int) -> models.QuerySet:
        place = Organisation.objects.visible_to(self.request.user).filter(pk=value).first()
        return rows.within(place) if place else rows.none()


class Filters(filters.DjangoFilterBackend):
    """Makes the filters of a view from its `filters`."""

    filterset_base = RowFilters

    def get_filterset_class(self, view: Any, queryset: Any = None) -> Any:
        view.filterset_fields = view.filters
        return super().get_filterset_class(view, queryset if queryset is not None else view.rows())
