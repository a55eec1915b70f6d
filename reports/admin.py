"""Definitions and chapters as staff edit them; a wrong line is told when it is saved."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from core.admin import ScopedAdmin, ScopedStackedInline
from reports import services
from reports.models import Chapter, ReportDefinition


class ChapterForm(forms.ModelForm):
    """One chapter. All of them are written anew together, so numbers may change places."""

    def validate_constraints(self) -> None:
        """Numbers that stand twice are found by the formset."""


class ChapterInline(ScopedStackedInline):
    model = Chapter
    form = ChapterForm
    fields = ("number", "name", "text")
    can_delete = True
    show_change_link = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A chapter may be taken out of the text; reports made before keep theirs."""
        return self.has_change_permission(request)


@admin.register(ReportDefinition)
class ReportDefinitionAdmin(ScopedAdmin):
    list_display = ("name", "organisation", "kind", "is_active")
    fields = (
        "organisation", "kind", "name", "title", "subtitle", "salutation", "is_active",
    )  # fmt: skip
    inlines = (ChapterInline,)

    def save_model(self, *args: Any) -> None:
        """Written in `save_related`, together with the chapters."""

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: list[Any], change: bool
    ) -> None:
        chapters = [chapter for formset in formsets for chapter in _kept(formset)]
        services.define(form.instance, chapters, by=request.user)


def _kept(formset: Any) -> list[Chapter]:
    """The chapters that shall stand, in the order of their numbers."""
    formset.save(commit=False)  # tells what changed; nothing is written
    gone = {row.pk for row in formset.deleted_objects}
    rows = [form.instance for form in formset.initial_forms if form.instance.pk not in gone]
    rows += formset.new_objects
    return sorted(rows, key=lambda row: row.number)
