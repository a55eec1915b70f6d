"""What every request passes: its number, the origin of its acts, headers, the life of sessions."""

import ipaddress
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from core import audit
from core.services import sessions

INTERFACE = "/api/"  # below this path programs are spoken to

Handler = Callable[[HttpRequest], HttpResponse]


def client_address(request: HttpRequest) -> str | None:
    """The peer's address. A forwarded header counts only behind the stated number of proxies."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_COUNT:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if len(hops) >= settings.PROXY_COUNT:
            text = hops[-settings.PROXY_COUNT].strip()
    try:
        return str(ipaddress.ip_address(text)).partition("%")[0]
    except ValueError:
        return None


class OriginMiddleware:
    """Numbers the request, opens the audit origin, and keeps answers out of caches."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.origin(address=client_address(request)) as origin:
            response = self.get_response(request)
        response["X-Request-ID"] = origin.request_id
        response.headers.setdefault("Cache-Control", "no-store")  # static files state their own
        if not request.path_info.startswith("/admin/"):
            # Only the admin's own scripts need to evaluate expressions.
            response._csp_replace = {"script-src": ["'self'"], "style-src": ["'self'"]}
        return response


class AccountMiddleware:
    """Ends idle and old sessions, insists on the change of an initial password, records denials."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and (elsewhere := self._held_up(request)):
            return elsewhere
        response = self.get_response(request)
        user = request.user  # of the interface a key may have said who it is
        if user.is_authenticated and response.status_code == 403:
            sessions.denied(user, method=request.method, path=request.path)
        return response

    def _held_up(self, request: HttpRequest) -> HttpResponse | None:
        """Where a page leads instead. The interface has no pages: it says so in its own words."""
        is_page = not request.path.startswith(INTERFACE)
        if self._is_over(request):
            sessions.closed(request.user, reason="超时自动退出")
            logout(request)
            if not is_page:
                return None
            lost = "?lost=1" if request.method == "POST" else ""  # what was sent is not kept
            return redirect_to_login(request.get_full_path(), reverse("login") + lost)
        change = reverse("password_change")
        allowed = {change, reverse("logout")}
        if is_page and request.user.must_change_password and request.path not in allowed:
            return redirect(change)
        return None

    def _is_over(self, request: HttpRequest) -> bool:
        """Half an hour without a request, or half a day since login; `seen` is kept by the minute.

        The cookie's own age cannot tell: every write of the session prolongs it.
        """
        now, session = int(time.time()), request.session
        since, seen = session.setdefault("since", now), session.setdefault("seen", now)
        if now - seen > settings.SESSION_IDLE_SECONDS or now - since > settings.SESSION_COOKIE_AGE:
            return True
        if now - seen > 60:
            session["seen"] = now
        return False
