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

from core.admin.base import ScopedAdmin, dress, show
from core.errors import Refused
from core.forms import ScopedForm
from core.models import User


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
    template: str = "admin/act.html",
) -> Callable:
    """Make a method of a screen a button of its rows (`actions_detail`) or list (`actions_list`).

    The method gets `(request, row, **cleaned_data)`, in a list `row` is None. It calls one service
    and returns the sentence that says what was done and what comes next, or a response.
    `permission` is asked on the row, or on what `asked_of` finds in it. `when` says whether the
    row's state allows the act, `consequences` what will happen, as sentences. A `Refused` becomes
    an error of the form. `template` extends `admin/act.html` where fields need a face of their own.
    """

    def decorate(method: Callable) -> Callable:
        def permitted(user: User, row: models.Model | None) -> bool:
            return user.has_perm(permission, asked_of(row) if asked_of else row)

        def offered(user: User, row: models.Model | None) -> bool:
            return permitted(user, row) and (when is None or when(row))

        @functools.wraps(method)
        def view(
            screen: ScopedAdmin, request: HttpRequest, object_id: str | None = None
        ) -> HttpResponse:
            row = None if object_id is None else screen.visible_or_404(request, object_id)
            if not permitted(request.user, row):
                raise PermissionDenied
            if not offered(request.user, row):
                messages.error(request, f"当前状态下不能办理“{label}”。")
                return back(screen, request, row)
            posted = request.method == "POST"
            filled = form(
                request.POST if posted else None,
                request.FILES if posted else None,
                user=request.user,
                row=row,
            )
            dress(filled, screen.admin_site)
            if posted and filled.is_valid():
                try:
                    done = method(screen, request, row, **filled.cleaned_data)
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
                consequences=consequences(row) if consequences else [],
            )

        view.offered = offered
        view.permission = permission
        view.short_description = label
        view.url_path = method.__name__.replace("_", "-")
        view.icon = icon
        view.attrs = {}
        view.variant = ActionVariant.DANGER if danger else ActionVariant.DEFAULT
        return view

    return decorate


def back(screen: ScopedAdmin, request: HttpRequest, row: models.Model | None) -> HttpResponse:
    """To the row, if it is still seen, else to the list."""
    name = f"{screen.admin_site.name}:{screen.opts.app_label}_{screen.opts.model_name}"
    if row is not None and screen.get_queryset(request).filter(pk=row.pk).exists():
        return redirect(f"{name}_change", quote(row.pk))
    return redirect(f"{name}_changelist")
