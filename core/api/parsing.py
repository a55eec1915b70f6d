"""Reading what a request brings: JSON of limited size and depth, every name once."""

import json
import re
from decimal import Decimal
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from core.api import limits
from core.api.errors import TooLarge

# A text ends with the body at last: without that each of its quotes would be looked at anew.
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


class JSONParser(BaseParser):
    """Numbers with a point become `Decimal`: an amount is what was written."""

    media_type = "application/json"

    def parse(
        self, stream: BinaryIO, media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        view = (parser_context or {}).get("view")
        most = getattr(view, "largest_json", limits.LARGEST_BODY)
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        if depth(raw) > limits.DEEPEST:
            raise ParseError(f"内容嵌套过深，最多 {limits.DEEPEST} 层。", "too_deep")
        try:
            return json.loads(
                raw.decode(),
                parse_float=Decimal,
                parse_constant=_refuse,
                object_pairs_hook=_once,
            )
        except ValueError as error:
            said = "内容不是合法的 JSON，请核对格式和编码（UTF-8）。"
            raise ParseError(said, "not_json") from error


def depth(raw: bytes) -> int:
    """How deep the brackets outside of texts go; read before anything recursive reads it."""
    deepest = level = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", raw)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def refuse_large(request: Request, most: int) -> None:
    """By what the request says of itself, before any of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdecimal() or int(length[:12]) > most:
        raise TooLarge


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found
