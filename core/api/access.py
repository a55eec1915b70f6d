"""Who speaks to the interface, and how often: keys of programs, sessions of people."""

from typing import Any

from django.core.cache import cache
from django.utils import timezone
from rest_framework import authentication, exceptions, throttling
from rest_framework.request import Request

from core.api import limits
from core.api.errors import Unavailable
from core.middleware import client_address
from core.models import MachineKey, User
from core.services import machines


def count(whose: str, most: int) -> None:
    """Count a request in this minute; refuse one too many. What cannot be counted is refused."""
    minute, second = divmod(int(timezone.now().timestamp()), 60)
    name = f"api:{whose}:{minute}"
    try:
        cache.add(name, 0, 120)
        so_far = cache.incr(name)
    except Exception as error:
        raise Unavailable from error
    if so_far > most:
        raise exceptions.Throttled(wait=60 - second)


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Key uhk_…`. The key itself is `request.auth` afterwards."""

    WORD = "Key"

    def authenticate(self, request: Request) -> tuple[User, MachineKey] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        word, _, text = header.partition(" ")
        key = machines.recognise(text) if word == self.WORD else None
        if key is None:
            count(f"refused:{client_address(request._request)}", limits.REFUSED_PER_MINUTE)
            raise exceptions.AuthenticationFailed
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return self.WORD


class Session(authentication.SessionAuthentication):
    """Somebody who logged in; what he writes carries the token of the site."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found and found[0].must_change_password:
            raise exceptions.PermissionDenied("请先登录网页修改初始密码。", "password")
        return found

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(
                "未带或带错防伪令牌，请在请求头 X-CSRFToken 中给出登录后取得的令牌。", "csrf"
            ) from error


class PerAccount(throttling.BaseThrottle):
    """So many requests a minute, of whichever of its keys and sessions."""

    def allow_request(self, request: Request, view: Any) -> bool:
        count(f"account:{request.user.pk}", limits.PER_MINUTE)
        return True
