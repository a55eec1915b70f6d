"""本会荣誉: what the own union and its people were given, and how its model workers live now."""

from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone

from core.views import ScopedListView, ServiceFormView
from honours.forms.holders import ConfirmForm
from honours.models import Award, Holder
from honours.services import holders


class OwnHonours(ScopedListView):
    """Awards in scope, the latest first; above them the model workers to be confirmed."""

    model = Award
    permission = "honours.view_award"
    template_name = "honours/own.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Award]:
        rows = super().get_queryset().select_related("title", "organisation")
        return rows.order_by("-granted_on", "-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, year = self.request.user, timezone.localdate().year
        mine = Holder.objects.visible_to(user, "honours.confirm_holder").living()
        mine = mine.with_confirmation(year).order_by("is_confirmed", "pk")
        living = mine.select_related("person", "organisation")[:100]
        return super().get_context_data(
            living=living, year=year, today=timezone.localdate(), **kwargs
        )


class Confirm(ServiceFormView):
    """确认劳模现状: alive or not, working or retired, where he is reached."""

    model = Holder
    permission = "honours.confirm_holder"
    form_class = ConfirmForm
    title = "确认劳模现状"
    submit = "确认并记入本年度"
    template_name = "honours/form.html"

    def act(self, **given: Any) -> str:
        """The form has put what it asks for on the row."""
        holders.confirm(self.row, year=timezone.localdate().year, by=self.request.user)
        return f"已确认{self.row}的现状，上级工会据此落实走访和待遇。"

    def get_success_url(self) -> str:
        return reverse("honours:own")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(back=self.get_success_url(), **kwargs)
