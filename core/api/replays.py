"""A write that is sent twice is done once: `Idempotency-Key`, a text that its sender chooses.

The answer is kept in the transaction of the act. A twin that comes meanwhile waits for it; another
request under the same key is refused. What was refused did nothing and may be sent again.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.files import File
from django.db import transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import limits
from core.api.errors import Conflict, wrong
from core.models import KeptAnswer
from core.services.files import chunks

HEADER = "Idempotency-Key"


def key_of(request: Request) -> str:
    """The key of a request, or "". Programs have to give one, people's pages may."""
    key = request.headers.get(HEADER, "")
    if not key and request.auth is not None:
        raise wrong("idempotency_key_required", f"请在请求头 {HEADER} 中给出本次提交的唯一编号。")
    if len(key) > limits.LONGEST_IDEMPOTENCY_KEY or not (key.isascii() and key.isprintable()):
        raise wrong(
            "invalid", f"{HEADER} 为可见的英文字符，不超过 {limits.LONGEST_IDEMPOTENCY_KEY} 个。"
        )
    return key


def once(
    key: str,
    handler: Callable[..., Response],
    refuse: Callable[[Exception], Response],
    request: Request,
    *args: Any,
    **kwargs: Any,
) -> Response:
    """Do what the request asks, or answer what it was answered before."""
    with transaction.atomic():
        digest = _digest(request)
        kept, is_new = KeptAnswer.objects.get_or_create(
            user_id=request.user.pk, key=key, defaults={"digest": digest}
        )
        if not is_new:
            return _again(kept, digest)
        try:
            response = handler(request, *args, **kwargs)
        except Exception as error:
            response = refuse(error)  # raises what is a malfunction
        if response.status_code >= 400:
            kept.delete()
        else:
            kept.status = response.status_code
            kept.body = JSONRenderer().render(response.data).decode()
            kept.save()
        return response


def _again(kept: KeptAnswer, digest: str) -> Response:
    if kept.digest != digest:
        raise Conflict("该幂等键已用于另一次提交，请为本次提交换一个。", "key_reused")
    body = kept.body and json.loads(kept.body.clear())
    return Response(body, kept.status, headers={"Idempotency-Replayed": "true"})


def _digest(request: Request) -> str:
    """Of everything that the request asks for."""
    hashed = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    data = request.data
    pairs = sorted(data.items()) if isinstance(data, dict) else [("", data)]
    for name, value in pairs:
        if isinstance(value, File):
            content = hashlib.sha256()
            for chunk in chunks(value):
                content.update(chunk)
            value.seek(0)
            value = [value.name, content.hexdigest()]
        told = json.dumps([name, value], ensure_ascii=True, sort_keys=True, default=str)
        hashed.update(f"{told}\n".encode())
    return hashed.hexdigest()
