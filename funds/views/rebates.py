"""小微企业返还 in the portal: what the own union was given back, and the claim of its chair."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from core.errors import Refused
from core.views import ScopedListView, ServiceFormView
from core.views.proceedings import ProceedingPage
from funds.entitlements import Entitlement
from funds.forms.rebates import ClaimForm
from funds.models import Rebate
from funds.rules.rebates import explained
from funds.services import rebates


class Rebates(ScopedListView):
    """What was listed or claimed, the latest first."""

    model = Rebate
    permission = "funds.view_rebate"
    template_name = "funds/rebates.html"
    paginate_by = 25

    def get_queryset(self) -> models.QuerySet[Rebate]:
        rows = super().get_queryset().select_related("employer", "organisation")
        return rows.select_related("due__returned_by").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may = self.request.user.has_perm("funds.add_rebate")
        return super().get_context_data(may_claim=may, **kwargs)


class RebatePage(ProceedingPage):
    model = Rebate
    permission = "funds.view_rebate"
    template_name = "funds/rebate.html"
    steps = "funds:rebate"

    def get_queryset(self) -> models.QuerySet[Rebate]:
        related = ("employer", "organisation", "scheme__organisation", "due__returned_by")
        return super().get_queryset().select_related(*related)


class Claim(ServiceFormView):
    """申请返还: chosen is the employer and the year; what it comes to is shown, then claimed."""

    permission = "funds.add_rebate"
    form_class = ClaimForm
    template_name = "funds/rebate_claim.html"
    title = "申请小微企业返还"

    def form_valid(self, form: ClaimForm) -> HttpResponse:
        """Claimed is the amount that was shown; whatever differs from it is shown first."""
        given = dict(form.cleaned_data)
        shown, note = given.pop("amount"), given.pop("note")
        try:
            found = rebates.judged(**given, by=self.request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        if shown != found.amount or found.amount <= 0:
            return self._shown(form, found)
        self.given = given | {"note": note}
        return super().form_valid(form)

    def _shown(self, form: ClaimForm, found: Entitlement) -> HttpResponse:
        data = form.data.copy()
        data["amount"] = str(found.amount)
        again = self.form_class(data, user=self.request.user, row=None)
        again.is_valid()
        return self.render_to_response(
            self.get_context_data(
                form=again,
                found=found,
                explained=explained(found.facts),
                amount=f"{found.amount:,}",
                is_entitled=found.amount > 0,
            )
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"found": None, "explained": [], "amount": "", "is_entitled": False}
        return super().get_context_data(**shown | kwargs)

    def act(self, amount: Decimal | None, **entered: Any) -> str:
        self.made = rebates.claim(**self.given, by=self.request.user)
        return f"已申请返还 {self.made.amount:,} 元，由上级工会核对、审批，办理情况见本页。"

    def get_success_url(self) -> str:
        return reverse("funds:rebate", args=[self.made.pk])
