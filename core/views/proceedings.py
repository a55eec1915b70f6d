"""Pages of the portal for rows that go through a procedure: the record, and one for each step."""

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property

from core import workflow
from core.forms import ScopedForm, form_of
from core.models import Proceeding
from core.views import ScopedDetailView, ServiceFormView


class ProceedingPage(ScopedDetailView):
    """One row: its facts left, the steps that this person may take now right, the way so far below.

    The template of an app extends `portal/proceeding.html` and fills the block `facts`. `steps` is
    the beginning of the names of its `step_paths`.
    """

    template_name = "portal/proceeding.html"
    steps = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        offers = workflow.offers(row, self.request.user)
        return super().get_context_data(
            procedure=workflow.registry[type(row)],
            offers=[
                (offer, reverse(f"{self.steps}_{offer.transition.name}", args=[row.pk]))
                for offer in offers
                if not offer.refusal
            ],
            refusals=workflow.refusals(offers),
            decisions=workflow.told(row),
            **kwargs,
        )


class StepPage(ServiceFormView):
    """One step of a row: what happens then, what is asked, and the button that takes it."""

    template_name = "portal/step.html"
    model: type[Proceeding] | None = None
    step = ""  # the name of the transition

    @cached_property
    def transition(self) -> workflow.Transition:
        return workflow.registry[self.model].transitions[self.step]

    @property
    def permission(self) -> str:
        return self.transition.permission

    @property
    def title(self) -> str:
        return self.transition.label

    def get_form_class(self) -> type[ScopedForm]:
        return form_of(self.transition)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.transition.leads_from(self.row):
            messages.error(request, workflow.moved_on(self.row, self.transition))
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        obstacle = ""
        if self.request.method == "GET":
            obstacle = workflow.in_the_way(self.row, self.transition, self.request.user)
        return super().get_context_data(step=self.transition, obstacle=obstacle, **kwargs)

    def act(self, **data: Any) -> str:
        self.row = workflow.apply(self.row, self.step, by=self.request.user, **data)
        return workflow.sentence(self.row, self.transition)

    def get_success_url(self) -> str:
        seen = self.model._default_manager.visible_to(self.request.user)
        if seen.filter(pk=self.row.pk).exists():
            return self.row.get_absolute_url()
        return reverse("home")


def step_paths(
    model: type[models.Model], prefix: str, *, name: str, view: type[StepPage] = StepPage
) -> list[URLPattern]:
    """An address for each step of a person: `cases/12/submit/`, called `case_submit`."""
    return [
        path(
            f"{prefix}<int:pk>/{step.name}/",
            view.as_view(model=model, step=step.name),
            name=f"{name}_{step.name}",
        )
        for step in workflow.registry[model].transitions.values()
        if step.permission
    ]
