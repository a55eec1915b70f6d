"""What the interface answers when it refuses: one shape, Chinese sentences, codes for programs.

{"errors": [{"code": "required", "field": "applicant.name", "message": "此项必填。"}]}
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error
from rest_framework import exceptions, status
from rest_framework.response import Response

from core import views
from core.errors import NotPermitted, OutOfScope, Refused
from core.middleware import INTERFACE
from core.services import records

NOT_FOUND = "没有找到，它可能不存在或不在管辖范围内。"
FORBIDDEN = "本账号没有办理此项业务的权限，如需办理请联系安全管理员授权。"

# What the framework would say in words of its own; by code, for one field or for the request.
WORDS = {
    "authentication_failed": "接口密钥无效、已过期或已吊销。",
    "blank": "此项不能为空。",
    "does_not_exist": "没有此记录，或不在管辖范围内。",
    "incorrect_type": "请填写记录的编号。",
    "invalid_choice": "不在可选范围内，请按接口说明填写。",
    "max_string_length": "内容过长。",
    "method_not_allowed": "此地址不支持这种请求方式。",
    "not_a_list": "请填写列表。",
    "not_acceptable": "接口只返回 JSON，请调整请求头 Accept。",
    "not_authenticated": "请先登录，或在请求头 Authorization 中给出接口密钥。",
    "not_found": NOT_FOUND,
    "null": "此项不能为空。",
    "parse_error": "内容无法读取，请核对格式。",
    "permission_denied": FORBIDDEN,
    "required": "此项必填。",
    "throttled": "请求过于频繁，请稍后再试。",
    "unsupported_media_type": "请以 JSON 提交，请求头 Content-Type 为 application/json；"
    "上传文件用 multipart/form-data。",
}


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = "提交的内容过大，请减少或分次提交。"


class Unavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "接口暂时不能提供服务，请稍后再试。"


class Conflict(exceptions.APIException):
    """What a rule of the house turns down."""

    status_code = status.HTTP_409_CONFLICT


def wrong(code: str, message: str, field: str = "") -> exceptions.ValidationError:
    """One thing that is wrong with what was sent."""
    said = [exceptions.ErrorDetail(message, code)]
    return exceptions.ValidationError({field: said} if field else said)


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what a view raised; None for what is a malfunction."""
    if isinstance(error, IntegrityError):
        error = records.violated(error)
    if isinstance(error, OutOfScope | Http404):
        error = exceptions.NotFound()
    elif isinstance(error, NotPermitted | PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, Refused):
        error = Conflict(str(error), error.code)
    elif isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, ValidationError):
        error = exceptions.ValidationError(_details(error))
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait))
    return Response({"errors": list(_flat(error.detail))}, error.status_code, headers=headers)


def _details(error: ValidationError) -> Any:
    """What a model or a form found wrong, in the words of the framework."""
    if hasattr(error, "error_dict"):
        found = error.error_dict.items()
        return {"" if name == "__all__" else name: _listed(errors) for name, errors in found}
    return _listed(error.error_list)


def _listed(errors: list[ValidationError]) -> list[exceptions.ErrorDetail]:
    return [
        exceptions.ErrorDetail(message, error.code or "invalid")
        for error in errors
        for message in error.messages
    ]


def _flat(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)[:60]
            yield from _flat(inner, ".".join(part for part in (field, own) if part))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            if inner:
                yield from _flat(inner, f"{field}.{place}" if nested and field else field)
    else:
        code = detail.code
        yield {"code": code, "field": field, "message": WORDS.get(code, str(detail))}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Of an address that does not exist: to a program in its form, to a person as a page."""
    if not request.path.startswith(INTERFACE):
        return views.not_found(request, exception)
    return _plain("not_found", NOT_FOUND, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Of a malfunction, likewise."""
    if not request.path.startswith(INTERFACE):
        return server_error(request)
    return _plain("broken", "系统处理时出错，本次提交没有生效，请稍后再试。", 500)


def _plain(code: str, message: str, status_code: int) -> HttpResponse:
    errors = [{"code": code, "field": "", "message": message}]
    said = {"ensure_ascii": False}
    return JsonResponse({"errors": errors}, status=status_code, json_dumps_params=said)
