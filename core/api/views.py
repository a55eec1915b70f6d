"""Rows behind the interface: read through scope, written by services."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.api import limits, replays
from core.api.errors import wrong
from core.api.filters import Filters
from core.api.pages import AFTER, SIZE
from core.api.parsing import refuse_large
from core.api.serializers import Input, RowSerializer
from core.scope import view_permission, visible_rows
from core.services.records import require


def tells(label: str, **more: Any) -> Callable:
    """What an address does, for the schema: see `drf_spectacular.utils.extend_schema`."""
    return extend_schema(summary=label, **more)


class Rows(GenericViewSet):
    """Rows of a model in the scope of the user: a list in pages and each by its key.

    `serializer_class` says what a row tells, `detail_serializer_class` what its own address tells
    besides, `filters` by which fields and lookups the list is asked. Who does not hold `permission`
    (by default the right to view) is told nothing. Writes are methods of an app: they read what was
    sent by `entered`, call one service and answer with `told` or `made`.
    """

    http_method_names = ["get", "head", "post", "patch", "delete"]
    serializer_class: type[RowSerializer]
    detail_serializer_class: type[RowSerializer] | None = None
    permission = ""
    filters: dict[str, list[str]] = {}
    related: tuple[str, ...] = ("organisation",)
    filter_backends = [Filters]
    largest_body = limits.LARGEST_BODY
    largest_json = limits.LARGEST_BODY  # of it, where it is JSON
    lookup_value_converter = "int"
    keeps_answers = True  # False: what it answers is not to be kept

    @property
    def model(self) -> type[models.Model]:
        return self.serializer_class.Meta.model

    def rows(self) -> models.QuerySet:
        return self.model._default_manager.select_related(*self.related)

    def get_queryset(self) -> models.QuerySet:
        if getattr(self, "swagger_fake_view", False):  # the schema is made for nobody
            return self.rows().none()
        return visible_rows(self.rows(), self.request.user, self.permission or None)

    def get_object(self) -> Any:
        row = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if row is None:
            raise Http404
        return row

    # What is asked of every request before anything else.

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large(request, self.largest_body)
        super().initial(request, *args, **kwargs)
        require(request.user, self.permission or view_permission(self.model))
        self._refuse_unknown_parameters(request)
        if request.method not in SAFE_METHODS and self.keeps_answers:
            self._answer_once(request)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        known: set[str] = set()
        if self.action == "list":
            asked = Filters().get_filterset_class(self)
            known = {AFTER, SIZE, *(asked.base_filters if asked else ())}
        for name in request.query_params:
            if name not in known:
                raise wrong("unknown_parameter", "没有此查询条件，请核对名称。", name)
            if len(request.query_params.getlist(name)) > 1:
                raise wrong("invalid", "同一查询条件只能给出一次。", name)

    def _answer_once(self, request: Request) -> None:
        if key := replays.key_of(request):
            name = request.method.lower()
            handler = getattr(self, name, self.http_method_not_allowed)
            setattr(self, name, partial(replays.once, key, handler, self.handle_exception))

    # Reading.

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def get_serializer_class(self) -> type[RowSerializer]:
        is_detail = self.action == "retrieve"
        return (is_detail and self.detail_serializer_class) or self.serializer_class

    def retrieve(self, request: Request, pk: int) -> Response:
        return self.told(self.get_object())

    # Writing.

    def entered(self, kind: type[Input], row: Any = None) -> Any:
        """What was sent, read and found well-formed. `row` is the one that is changed by it."""
        if not isinstance(self.request.data, dict):
            raise ParseError("请提交一个 JSON 对象。", "not_json")
        change = {} if row is None else {"instance": row, "partial": True}
        read = kind(data=self.request.data, context=self.get_serializer_context(), **change)
        read.is_valid(raise_exception=True)
        return read

    def told(self, row: models.Model, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(row).data, code)

    def made(self, row: models.Model) -> Response:
        return self.told(row, status.HTTP_201_CREATED)
