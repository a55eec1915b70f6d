"""Lists in pages: newest first, each page begins after the last key of the one before."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import limits
from core.api.errors import wrong

AFTER, SIZE = "after", "page_size"


class Pages(BasePagination):
    """Nothing is counted: `next` is the address of the next page, or null on the last one."""

    def paginate_queryset(
        self, queryset: models.QuerySet, request: Request, view: Any = None
    ) -> Sequence[models.Model]:
        size = _number(request, SIZE, limits.PAGE, limits.LARGEST_PAGE)
        after = _number(request, AFTER, 0, 2**63 - 1)
        if after:
            queryset = queryset.filter(pk__lt=after)
        rows = list(queryset.order_by("-pk")[: size + 1])
        self.next = None
        if len(rows) > size:
            rows = rows[:size]
            query = request.query_params.copy()
            query[AFTER] = rows[-1].pk
            self.next = f"{request.path}?{query.urlencode()}"
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": "string", "nullable": True, "description": "下一页的地址"},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        said = [
            (AFTER, "从此编号之后列起", None),
            (SIZE, f"每页条数，默认 {limits.PAGE}", limits.LARGEST_PAGE),
        ]
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": text,
                "schema": {"type": "integer", "minimum": 1} | ({"maximum": most} if most else {}),
            }
            for name, text, most in said
        ]


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    is_number = text.isascii() and text.isdecimal() and len(text) < 20
    if not is_number or not 1 <= int(text) <= most:
        raise wrong("invalid", f"请填写 1 至 {most} 的整数。", name)
    return int(text)
