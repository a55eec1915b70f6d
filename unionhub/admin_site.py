"""The admin of the federation's staff: its door, its navigation, its first page."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from unfold.sites import UnfoldAdminSite

from core import doors, inbox
from core.models import Organisation, User

METHODS = ["GET", "HEAD", "POST", "OPTIONS"]  # Django's screens take any other one for GET


class Choices(AutocompleteJsonView):
    """Rows to choose among, as their screen tells them apart."""

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        found = super().serialize_result(obj, to_field_name)
        return found | {"text": self.model_admin.choice(obj)}


class Site(UnfoldAdminSite):
    """One login page for the whole site, and only screens that know scope."""

    index_title = "工作台"
    index_template = "admin/dashboard.html"
    final_catch_all_view = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """A screen that comes with a library knows nothing of scope and is not shown."""
        if getattr(admin_class, "knows_scope", False):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern]:
        dropped = {"password_change", "password_change_done", "view_on_site", "search"}
        return [url for url in super().get_urls() if getattr(url, "name", None) not in dropped]

    def admin_view(self, view: Callable, cacheable: bool = False) -> Callable:
        inner = super().admin_view(view, cacheable)

        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return door

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The screens of an app. No page shows those of all: the sidebar is `navigation`."""
        return super().get_app_list(request, app_label) if app_label else []

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What waits for the user, then the size of what he answers for."""
        waiting = inbox.waiting_for(request.user)
        context = {
            "waiting": waiting,
            "caution": inbox.caution(waiting),
            "counts": _counts(request.user),
        }
        return super().index(request, context | (extra_context or {}))

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Choices.as_view(admin_site=self)(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The admin sends those here whom it does not let in; it has no login page of its own."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", ""))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return doors.Logout.as_view()(request)


def _counts(user: User) -> list[tuple[Organisation.Level, int]]:
    """How many organisations of each level the user sees that are not closed."""
    seen = Organisation.objects.visible_to(user).in_force(timezone.localdate())
    found = dict(seen.order_by().values_list("level").annotate(models.Count("pk")))
    return [(level, found[level]) for level in Organisation.Level if level in found]
