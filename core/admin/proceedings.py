"""The screen of rows that go through a procedure: each step of the table is a button."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import autodiscover_modules
from unfold.enums import ActionVariant

from core import workflow
from core.admin.base import ScopedAdmin, Table
from core.admin.buttons import back
from core.admin.forms import dress, show
from core.errors import OutOfScope, Refused
from core.forms import form_of
from core.models import Proceeding, User
from core.services import records

STANDS = ["state", "state_since", "due_on"]


class ProceedingAdmin(ScopedAdmin):
    """Facts are written where the procedure leaves them open; the state moves by steps alone.

    Each step of a person has an address `<row>/steps/<name>/`, called `app_model_step_<name>`. The
    record offers those that this person may take now, says why he must leave others to somebody
    else, and lists what was decided so far.
    """

    def __init__(self, model: type[Proceeding], site: Any) -> None:
        autodiscover_modules("workflows")  # Django looks for screens before core is ready
        self.procedure = workflow.registry[model]
        names = []
        for step in self.procedure.transitions.values():
            if step.permission:
                names.append(f"step_{step.name}")
                setattr(self, names[-1], self._button(step))
        self.actions_detail = [*names, *self.actions_detail]
        super().__init__(model, site)

    # What is written.

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        closed = isinstance(obj, self.model) and obj.state not in self.procedure.editable
        return not closed and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            workflow.amend(obj, by=request.user)
            return
        needed = records.permission(obj, "add")
        records.require(request.user, needed)
        workflow.begin(obj, by=request.user, action="add")
        if not request.user.has_perm(needed, obj):
            raise OutOfScope("所填的工会不在本人管辖范围内，请重新选择。")

    # What is shown.

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The facts, then where the row stands."""
        told = super().get_fieldsets(request, obj)
        shown = set(flatten_fieldsets(told))
        left = [
            name
            for name in STANDS
            if name not in shown and not (name == "state" and "mark" in shown)
        ]
        return [*told, ("办理", {"fields": left})] if obj and left else told

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *STANDS]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        obj = self.get_object(request, str(object_id))
        if obj is None:
            return []
        taken = {
            f"step_{offer.transition.name}"
            for offer in self._offers(request, obj)
            if not offer.refusal
        }
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [
            action
            for action in self._get_base_actions_detail()
            if action.action_name.removeprefix(own) in taken
            or (not hasattr(action.method, "step") and action.method.offered(request.user, obj))
        ]

    def _offers(self, request: HttpRequest, obj: Proceeding) -> list[workflow.Offer]:
        """Read once a request."""
        known = request.__dict__.setdefault("_offers", {})
        if obj.pk not in known:
            known[obj.pk] = workflow.offers(obj, request.user)
        return known[obj.pk]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The record, above it what the reader cannot do now and why."""
        obj = self.get_object(request, object_id)
        if obj is not None and request.method == "GET":
            for offer in self._offers(request, obj):
                if offer.obstacle:
                    messages.info(request, f"{offer.transition.label}：{offer.obstacle}")
            for sentence in workflow.refusals(self._offers(request, obj)):
                messages.warning(request, sentence)
        return super().change_view(request, object_id, form_url, extra_context)

    def tables_of(self, obj: models.Model, *, reader: User) -> list[Table]:
        """办理经过."""
        return [
            *super().tables_of(obj, reader=reader),
            Table(
                "办理经过",
                ["时间", "办理", "岗位", "办理人", "办理后", "意见"],
                [
                    [
                        timezone.localtime(made.at).strftime("%Y-%m-%d %H:%M"),
                        made.what,
                        made.duty or None,
                        made.who,
                        made.target or None,
                        format_html('<div class="words">{}</div>', made.comment)
                        if made.comment
                        else None,
                    ]
                    for made in workflow.told(obj)
                ],
                "还没有办理。",
            ),
        ]

    # The page of a step.

    def _button(self, step: workflow.Transition) -> Callable:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            return self._step_view(request, object_id, step)

        view.step = step
        view.short_description = step.label
        view.url_path = f"steps/{step.name}"
        view.icon = ""
        view.attrs = {}
        view.variant = ActionVariant.DANGER if step.is_danger else ActionVariant.PRIMARY
        return view

    def _step_view(
        self, request: HttpRequest, object_id: str, step: workflow.Transition
    ) -> HttpResponse:
        row, user = self.visible_or_404(request, object_id), request.user
        if not user.has_perm(step.permission, row):
            raise PermissionDenied
        posted = request.method == "POST"
        if not posted and not step.leads_from(row):
            messages.error(request, workflow.moved_on(row, step))
            return back(self, request, row)
        form = form_of(step)(
            request.POST if posted else None, request.FILES if posted else None, user=user, row=row
        )
        dress(form, self.admin_site)
        if posted and form.is_valid():
            try:
                row = workflow.apply(row, step.name, by=user, **form.cleaned_data)
            except OutOfScope as error:
                raise Http404 from error
            except (Refused, ValidationError, IntegrityError) as error:
                show(form, error)
            else:
                messages.success(request, workflow.sentence(row, step))
                return back(self, request, row)
        return self._page(
            request,
            "admin/step.html",
            row,
            title=step.label,
            form=form,
            media=self.media + form.media,
            danger=step.is_danger,
            consequences=[step.says] if step.says else [],
            obstacle="" if posted else workflow.in_the_way(row, step, user),
            tables=self.tables_of(row, reader=user),
        )
