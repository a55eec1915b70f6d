"""会员评家 in the portal: what the members of the own union said, year by year."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from core.views import ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage
from honours.forms.homes import RatingForm
from honours.models import HomeRating
from honours.services import homes

VIEW = "honours.view_homerating"


class Ratings(ScopedListView):
    """The ratings in scope, the latest first."""

    model = HomeRating
    permission = VIEW
    template_name = "honours/ratings.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[HomeRating]:
        return super().get_queryset().select_related("organisation").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm("honours.add_homerating")
        return super().get_context_data(may_report=may, **kwargs)


class RatingPage(ProceedingPage):
    """One rating beside the standard of its day."""

    model = HomeRating
    permission = VIEW
    template_name = "honours/rating.html"
    steps = "honours:rating"

    def get_queryset(self) -> models.QuerySet[HomeRating]:
        return super().get_queryset().select_related("organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        rule = row.rule_on(timezone.localdate())
        may = self.request.user.has_perm("honours.change_homerating", row)
        return super().get_context_data(
            rule=rule,
            shortfalls=row.shortfalls(rule) if rule else [],
            may_correct=may and row.state == HomeRating.State.RETURNED,
            **kwargs,
        )


class Report(ServiceFormView):
    """填报会员评家."""

    permission = "honours.add_homerating"
    form_class = RatingForm
    title = "填报会员评家"
    submit = "提交上级工会确认"
    template_name = "honours/form.html"

    def act(self, **facts: Any) -> str:
        self.made = homes.rate(HomeRating(**facts), by=self.request.user)
        return "已提交，由上级工会确认。"

    def get_success_url(self) -> str:
        return self.made.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=reverse("honours:ratings"), **kwargs)


class Correct(ServiceFormView):
    """补正: what was returned, before it is handed in again."""

    model = HomeRating
    permission = "honours.change_homerating"
    form_class = RatingForm
    title = "补正会员评家"
    submit = "保存补正"
    template_name = "honours/form.html"

    def act(self, **facts: Any) -> str:
        for name, value in facts.items():
            setattr(self.row, name, value)
        homes.correct(self.row, by=self.request.user)
        return "已保存，请重新提交上级工会确认。"

    def get_success_url(self) -> str:
        return self.row.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=self.get_success_url(), **kwargs)
