"""What rows tell, and what may be sent: fields named one by one, anything else is an error."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from rest_framework import relations, serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from core.fields import EncryptedTextField, Sealed
from core.scope import visible_rows


class SealedField(serializers.CharField):
    """An encrypted text: clear on its way in, its mask on the way out."""

    def to_representation(self, value: Sealed) -> str:
        return str(value)


class VisibleKeyField(relations.PrimaryKeyRelatedField):
    """The key of a row that the user may view; others do not exist for him."""

    def get_queryset(self) -> models.QuerySet:
        return visible_rows(super().get_queryset(), self.context["request"].user)

    def to_internal_value(self, data: Any) -> models.Model:
        """A whole number, in an upload as text: 1e999999999 would be worked out otherwise."""
        is_text = isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) < 20
        if type(data) is not int and not is_text:
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class Input(serializers.Serializer):
    """What a service wants to know. A name that is not asked for is an error."""

    def closed(self) -> Sequence[str]:
        """Names that cannot be written here, though they are fields."""
        return [name for name, field in self.fields.items() if field.read_only]

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            closed = self.closed()
            found = {
                name: [ErrorDetail("此项不能填写。", "read_only")]
                if name in closed
                else [ErrorDetail("没有此项，请核对名称。", "unknown_field")]
                for name in data
                if name in closed or name not in self.fields
            }
            if found:
                raise ValidationError(found)
        return super().to_internal_value(data)


class RowSerializer(Input, serializers.ModelSerializer):
    """A row of a model. `Meta.fields` lists what it tells, `Meta.read_only_fields` what of it is
    not written, `Meta.once` what is written when the row is made and stays.

    Personal values go out masked (`Privacy`). What is unique the services and the database know:
    to look it up here would tell of rows that the user does not see.
    """

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        EncryptedTextField: SealedField
    }
    serializer_related_field = VisibleKeyField

    def closed(self) -> Sequence[str]:
        stays = getattr(self.Meta, "once", ()) if self.instance is not None else ()
        return [*super().closed(), *stays]

    def get_validators(self) -> list[Any]:
        return []

    def get_uniqueness_extra_kwargs(self, *args: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return args[-1], {}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        kind, options = super().build_standard_field(field_name, model_field)
        if kind is SealedField:
            options |= {"allow_blank": model_field.blank, "max_length": 200}
        options.pop("validators", None)  # the model's own are asked by the service
        return kind, options

    def to_representation(self, instance: models.Model) -> dict[str, Any]:
        told = super().to_representation(instance)
        for name in instance.privacy.masked.keys() & told.keys():
            told[name] = instance.privacy.show(name, told[name])
        return told

    def row(self, **given: Any) -> Any:
        """The row with what was sent, not stored. A mask that comes back leaves its value alone."""
        sent = self.validated_data | given
        if self.instance is None:
            return self.Meta.model(**sent)
        for name, value in sent.items():
            self.instance._meta.get_field(name).save_form_data(self.instance, value)
        return self.instance


# Forms of steps, as the interface asks for them.

_KINDS: list[tuple[type[forms.Field], type[serializers.Field]]] = [
    (forms.DateField, serializers.DateField),
    (forms.DecimalField, serializers.DecimalField),
    (forms.IntegerField, serializers.IntegerField),
    (forms.BooleanField, serializers.BooleanField),
    (forms.ModelChoiceField, serializers.IntegerField),
    (forms.ChoiceField, serializers.ChoiceField),
    (forms.CharField, serializers.CharField),
]


def input_of(form: type[forms.Form], name: str) -> type[Input]:
    """The fields of a form, for reading what was sent and for the schema; the form judges it."""
    asked = {field: _field(declared) for field, declared in form.base_fields.items()}
    return type(name, (Input,), asked)


def _field(field: forms.Field) -> serializers.Field:
    kind = next((theirs for ours, theirs in _KINDS if isinstance(field, ours)), None)
    if kind is None:
        raise TypeError(f"the interface has no field for {type(field).__name__}")
    options: dict[str, Any] = {"label": field.label, "help_text": field.help_text}
    options["required"] = bool(field.required)
    if kind is serializers.DecimalField:
        options |= {"max_digits": field.max_digits, "decimal_places": field.decimal_places}
    elif kind is serializers.ChoiceField:
        options["choices"] = [choice for choice in field.choices if choice[0] != ""]
        options["allow_blank"] = not field.required
    if kind is serializers.CharField:
        options |= {"allow_blank": True, "max_length": field.max_length}
    elif not field.required and kind is not serializers.BooleanField:
        options["allow_null"] = True
    return kind(**options)
