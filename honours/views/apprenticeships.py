"""师带徒 in the portal: pairs of the own union, and how they end."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property

from core.views import ScopedDetailView, ScopedListView, ServiceFormView
from honours.forms.apprenticeships import EndForm, PairForm
from honours.models import Apprenticeship
from honours.services import apprenticeships

VIEW = "honours.view_apprenticeship"
CHANGE = "honours.change_apprenticeship"


class Apprenticeships(ScopedListView):
    """The pairs in scope, the latest first."""

    model = Apprenticeship
    permission = VIEW
    template_name = "honours/apprenticeships.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Apprenticeship]:
        return super().get_queryset().select_related("organisation").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm("honours.add_apprenticeship")
        return super().get_context_data(may_report=may, **kwargs)


class ApprenticeshipPage(ScopedDetailView):
    model = Apprenticeship
    permission = VIEW
    template_name = "honours/apprenticeship.html"

    def get_queryset(self) -> models.QuerySet[Apprenticeship]:
        return super().get_queryset().select_related("organisation", "studio")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        may = self.request.user.has_perm(CHANGE, row)
        return super().get_context_data(
            is_own=may,
            may_end=may and row.accepted_on and not row.ended_on,
            may_withdraw=may and not row.accepted_on,
            **kwargs,
        )


class Report(ServiceFormView):
    """登记师徒结对."""

    permission = "honours.add_apprenticeship"
    form_class = PairForm
    title = "登记师徒结对"
    submit = "提交上级工会确认"
    template_name = "honours/form.html"

    def act(self, master_number: str, apprentice_number: str, **facts: Any) -> str:
        self.made = apprenticeships.report(Apprenticeship(**facts), by=self.request.user)
        return "已提交，由上级工会确认。"

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=reverse("honours:apprenticeships"), **kwargs)


class End(ServiceFormView):
    """登记出师或解除."""

    model = Apprenticeship
    permission = CHANGE
    form_class = EndForm
    title = "登记带徒结果"
    submit = "登记带徒结果"
    template_name = "honours/form.html"

    def act(self, **given: Any) -> str:
        apprenticeships.end(self.row, by=self.request.user, **given)
        return "带徒结果已登记。"

    def get_success_url(self) -> str:
        return self.row.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=self.row.get_absolute_url(), **kwargs)


class TakeBack(ServiceFormView):
    """撤回登记, while nobody accepted it."""

    model = Apprenticeship
    permission = CHANGE
    title = "撤回登记"
    submit = "撤回这对登记"
    template_name = "honours/form.html"

    @cached_property
    def back(self) -> str:
        return reverse("honours:apprenticeships")

    def act(self) -> str:
        apprenticeships.take_back([self.row], by=self.request.user)
        return "登记已撤回。"

    def get_success_url(self) -> str:
        return self.back

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=self.row.get_absolute_url(), **kwargs)
