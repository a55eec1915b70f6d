"""Forms of the admin: the face of their fields, and the refusals of services as their errors."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core.errors import Refused
from core.forms import limit_choices
from core.services import records

FACES = {
    forms.Textarea: UnfoldAdminTextareaWidget,
    forms.Select: UnfoldAdminSelectWidget,
    forms.DateInput: UnfoldAdminSingleDateWidget,
    forms.NumberInput: UnfoldAdminIntegerFieldWidget,
    forms.PasswordInput: UnfoldAdminPasswordWidget,
    forms.CheckboxInput: UnfoldBooleanSwitchWidget,
    forms.CheckboxSelectMultiple: UnfoldAdminCheckboxSelectMultipleWidget,
    forms.ClearableFileInput: UnfoldAdminFileFieldWidget,
    forms.FileInput: UnfoldAdminFileFieldWidget,
    forms.TextInput: UnfoldAdminTextInputWidget,
}
KEPT = ("accept", "rows")  # what a form says of its plain widgets that holds in the admin too


class SearchedSelect(AutocompleteSelect):
    """Says what nothing chosen means, as a plain select does."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: Any = None) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-placeholder": getattr(self.choices.field, "empty_label", "") or ""}


def dress(form: forms.BaseForm, site: admin.AdminSite) -> None:
    """Give the plain widgets of a form the face of the admin; long choices are searched."""
    for field in form.fields.values():
        face = FACES.get(type(field.widget))
        if not face:
            continue
        one = isinstance(field, forms.ModelChoiceField) and face is UnfoldAdminSelectWidget
        link = one and searched_link(field.queryset.model, site)
        kept = {name: value for name, value in field.widget.attrs.items() if name in KEPT}
        field.widget = SearchedSelect(link, site) if link else face(attrs=kept)
        field.widget.is_required = field.required
        if hasattr(field, "choices"):
            field.widget.choices = field.choices


def searched_link(model: type[models.Model], site: admin.AdminSite) -> models.Field | None:
    """A foreign key to the model, which Django's search of rows asks for, if it is searched."""
    screen = site._registry.get(model)
    if not screen or not screen.search_fields:
        return None
    return next((link.field for link in model._meta.related_objects if link.one_to_many), None)


class ScreenForm:
    """Every form of a screen: choices in scope, and what the service refused as its errors."""

    _request: HttpRequest
    _site: admin.AdminSite

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit_choices(self, self._request.user)
        dress(self, self._site)

    def full_clean(self) -> None:
        super().full_clean()
        refusal = getattr(self._request, "refusal", None)
        if self.is_bound and refusal:
            show(self, refusal)


def show(form: forms.BaseForm, refusal: Refused | ValidationError | IntegrityError) -> None:
    """What a service refused, at the fields it names, else above the form."""
    if isinstance(refusal, IntegrityError):
        refusal = records.violated(refusal)
    if not isinstance(refusal, ValidationError):
        form.add_error(None, str(refusal))
        return
    named = refusal.message_dict if hasattr(refusal, "error_dict") else {"": refusal.messages}
    for name, sentences in named.items():
        form.add_error(name if name in form.fields else None, sentences)
