"""Business buttons: a page that says what will happen, and a service behind it."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.enums import ActionVariant

from core.admin.base import ScopedAdmin
from core.admin.forms import dress, show
from core.errors import Refused
from core.forms import ScopedForm
from core.models import User
from core.scope import outermost


def button(
    label: str,
    *,
    permission: str,
    form: type[ScopedForm] = ScopedForm,
    icon: str = "",
    danger: bool = False,
    when: Callable[[Any], bool] | None = None,
    consequences: Callable[[Any], list[str]] | None = None,
    asked_of: Callable[[Any], models.Model] | None = None,
    barred: Callable[[Any, User], str] | None = None,
    about: Callable[[ScopedAdmin, HttpRequest], Any] | None = None,
    template: str = "admin/act.html",
) -> Callable:
    """Make a method of a screen a button of its rows (`actions_detail`) or list (`actions_list`).

    The method gets `(request, row, **cleaned_data)`, in a list `row` is None. It calls one service
    and returns the sentence that says what was done and what comes next, or a response.
    `permission` is asked on the row, or on what `asked_of` finds in it. `when` says whether the
    row's state allows the act, `barred` why this user must leave it to somebody else (the record
    says so), `consequences` what will happen, as sentences. A `Refused` becomes an error of the
    form. A list's act may be `about` something that the request names, such as the rows that were
    ticked: it stands in the place of the row. `template` extends `admin/act.html` where fields
    need a face of their own.
    """

    def decorate(method: Callable) -> Callable:
        def permitted(user: User, row: models.Model | None) -> bool:
            return _has_right(user, permission, asked_of(row) if asked_of else row)

        def ready(user: User, row: models.Model | None) -> bool:
            return permitted(user, row) and (when is None or when(row))

        def refusal(user: User, row: models.Model | None) -> str:
            return barred(row, user) if barred and ready(user, row) else ""

        def offered(user: User, row: models.Model | None) -> bool:
            return ready(user, row) and not (barred and barred(row, user))

        @functools.wraps(method)
        def view(
            screen: ScopedAdmin, request: HttpRequest, object_id: str | None = None
        ) -> HttpResponse:
            row = None if object_id is None else screen.visible_or_404(request, object_id)
            if not permitted(request.user, row):
                raise PermissionDenied
            if not offered(request.user, row):
                why = refusal(request.user, row)
                messages.error(request, why or f"当前状态下不能办理“{label}”。")
                return back(screen, request, row)
            subject = about(screen, request) if about else row
            posted = request.method == "POST"
            filled = form(
                request.POST if posted else None,
                request.FILES if posted else None,
                user=request.user,
                row=subject,
            )
            dress(filled, screen.admin_site)
            if posted and filled.is_valid():
                try:
                    done = method(screen, request, subject, **filled.cleaned_data)
                except (Refused, ValidationError, IntegrityError) as error:
                    show(filled, error)
                else:
                    if isinstance(done, HttpResponse):
                        return done
                    messages.success(request, done)
                    return back(screen, request, row)
            return screen._page(
                request,
                template,
                row,
                title=label,
                form=filled,
                media=screen.media + filled.media,
                danger=danger,
                about=subject,
                consequences=consequences(subject) if consequences else [],
            )

        view.offered = offered
        view.refusal = refusal
        view.permission = permission
        view.short_description = label
        view.url_path = method.__name__.replace("_", "-")
        view.icon = icon
        view.attrs = {}
        view.variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
        return view

    return decorate


def _has_right(user: User, permission: str, row: models.Model | None) -> bool:
    """Rights that reach as far are asked about once for a row that was read for a page."""
    if row is None:
        return user.has_perm(permission)
    known = row.__dict__.setdefault("_rights", {})
    reach = (user.pk, *outermost(user.paths_with(permission)))
    if reach not in known:
        known[reach] = user.has_perm(permission, row)
    return known[reach]


def back(screen: ScopedAdmin, request: HttpRequest, row: models.Model | None) -> HttpResponse:
    """To the row, if it is still seen, else to the list."""
    name = f"{screen.admin_site.name}:{screen.opts.app_label}_{screen.opts.model_name}"
    if row is not None and screen.get_queryset(request).filter(pk=row.pk).exists():
        return redirect(f"{name}_change", quote(row.pk))
    return redirect(f"{name}_changelist")
