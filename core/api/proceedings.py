"""Rows that go through a procedure: what a user may do now, and an address for each step."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import masking, workflow
from core.api.serializers import RowSerializer, input_of
from core.api.views import Rows, tells
from core.forms import form_of
from core.models import Proceeding
from core.services.records import require


class OfferTold(serializers.Serializer):
    """A step to which the user has the right."""

    name = serializers.CharField(label="环节代码", source="transition.name")
    label = serializers.CharField(label="环节", source="transition.label")
    refusal = serializers.CharField(label="须由他人办理的原因")
    obstacle = serializers.CharField(label="尚缺的内容")


class DecisionTold(serializers.Serializer):
    """A step that was taken."""

    at = serializers.DateTimeField(label="时间")
    what = serializers.CharField(label="办理")
    duty = serializers.CharField(label="岗位")
    who = serializers.CharField(label="办理人")
    target = serializers.CharField(label="办理后")
    comment = serializers.SerializerMethodField(label="意见")

    def get_comment(self, made: workflow.Told) -> str:
        return masking.numbers_within(made.comment)


class StepTaken(serializers.Serializer):
    """What became of the row."""

    message = serializers.CharField(label="办理结果")
    state = serializers.CharField(label="状态代码")
    state_label = serializers.CharField(label="状态")
    due_on = serializers.DateField(label="办理期限", allow_null=True)


class ProceedingSerializer(RowSerializer):
    """A row with a workflow: whose it is, where it stands (`STANDS`), then its facts."""

    STANDS = (
        *("id", "organisation", "organisation_name"),
        *("state", "state_label", "state_since", "due_on", "round"),
    )

    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="工会名称"
    )
    state_label = serializers.CharField(
        source="get_state_display", read_only=True, label="状态名称"
    )


class ProceedingDetail(ProceedingSerializer):
    """What the address of one row tells besides (`MORE`); for `detail_serializer_class`."""

    MORE = ("steps", "decisions")

    steps = serializers.SerializerMethodField(label="本人有权办理的环节")
    decisions = serializers.SerializerMethodField(label="办理经过")

    @extend_schema_field(OfferTold(many=True))
    def get_steps(self, row: Proceeding) -> Any:
        offers = workflow.offers(row, self.context["request"].user)
        return OfferTold(offers, many=True).data

    @extend_schema_field(DecisionTold(many=True))
    def get_decisions(self, row: Proceeding) -> Any:
        return DecisionTold(workflow.told(row), many=True).data


class ProceedingRows(Rows):
    """Rows with a workflow. Each step of a person is `POST …/<pk>/steps/<name>/` with the fields of
    its form, called `<basename>-step_<name>`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.serializer_class is None:  # a base, of no procedure yet
            return
        for step in workflow.registry[cls.serializer_class.Meta.model].transitions.values():
            if step.permission:
                setattr(cls, f"step_{step.name}", _address(cls, step))

    def take(self, request: Request, step: workflow.Transition) -> Response:
        row, user = self.get_object(), request.user
        require(user, step.permission, row)
        asked = form_of(step)
        entered = self.entered(input_of(asked, "StepInput"))
        form = asked(entered.initial_data, user=user, row=row)
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        row = workflow.apply(row, step.name, by=user, **form.cleaned_data)
        return Response(
            {
                "message": workflow.sentence(row, step),
                "state": row.state,
                "state_label": row.get_state_display(),
                "due_on": row.due_on,
            }
        )


def _address(view: type[ProceedingRows], step: workflow.Transition) -> Callable:
    def take(self: ProceedingRows, request: Request, pk: int) -> Response:
        return self.take(request, step)

    take.__name__ = f"step_{step.name}"
    model = view.serializer_class.Meta.model
    name = "".join(part.capitalize() for part in f"{model.__name__}_{step.name}_step".split("_"))
    path, url_name = f"steps/{step.name}", take.__name__
    address = action(detail=True, methods=["post"], url_path=path, url_name=url_name)(take)
    asked = input_of(form_of(step), name)
    return tells(step.label, description=step.says, request=asked, responses=StepTaken)(address)
