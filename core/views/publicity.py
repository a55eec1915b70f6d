"""The pages that everybody sees: what is shown to the public, and how to object.

No account, no session, no cookie but that of the form against forgery; they work without scripts.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import DetailView, FormView, ListView

from core import publicity, working_days
from core.errors import Refused
from core.forms import ObjectionForm, ReceiptForm
from core.middleware import client_address
from core.models import Publicity
from core.services import objections
from core.views import CappedPaginator


@method_decorator(login_not_required, name="dispatch")
class PublicPage:
    """Open to everybody, and out of search engines."""

    http_method_names = ("get", "head", "options")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response


class PublicityList(PublicPage, ListView):
    """What is shown now: those that run first, then those that ran their days lately."""

    template_name = "publicity/list.html"
    paginate_by = 50
    paginator_class = CappedPaginator

    def get_queryset(self) -> models.QuerySet[Publicity]:
        running_first = models.Case(models.When(state=Publicity.State.RUNNING, then=0), default=1)
        rows = Publicity.objects.shown().with_objections()
        return rows.order_by(running_first, "-posted_on", "-pk")


class PublicityPage(PublicPage, DetailView):
    """One list, with its dates and the way to object; later only that it has been there."""

    template_name = "publicity/detail.html"

    def get_queryset(self) -> models.QuerySet[Publicity]:
        return Publicity.objects.with_objections()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        return super().get_context_data(
            sentences=() if row.taken_down_at else publicity.sentences(row.content),
            caution=working_days.caution(row.posted_on, row.ends_on),
            open=row.takes_objections(timezone.localdate()),
            prolonged=row.ends_on.isoformat() != row.content["ends_on"],
            **kwargs,
        )


class PublicForm(PublicPage, FormView):
    """A form whose answer is the page itself: nothing has to be remembered between two requests."""

    http_method_names = ("get", "head", "options", "post")
    done_template_name = ""
    title = submit = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.title, submit=self.submit, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            told = self.act(form.cleaned_data, client_address(self.request))
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        return self.response_class(
            request=self.request,
            template=[self.done_template_name],
            context=self.get_context_data(form=form, **told),
            using=self.template_engine,
        )

    def act(self, data: dict[str, Any], address: str | None) -> dict[str, Any]:
        raise NotImplementedError


class Object(PublicForm):
    """提出异议."""

    template_name = "publicity/objection.html"
    done_template_name = "publicity/objection_received.html"
    form_class = ObjectionForm
    title, submit = "提出异议", "提交异议"

    @cached_property
    def publicity(self) -> Publicity:
        return get_object_or_404(Publicity.objects.shown(), pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form while it leads somewhere; what comes too late is told so with its text kept."""
        if not self.publicity.takes_objections(timezone.localdate()):
            return redirect(self.publicity)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(publicity=self.publicity, **kwargs)

    def act(self, data: dict[str, Any], address: str | None) -> dict[str, Any]:
        code = objections.receive(
            self.publicity,
            text=data["text"],
            name=data["name"],
            phone=data["phone"],
            form=data["form"],
            address=address,
        )
        return {"code": code}


class Receipt(PublicForm):
    """How far an objection is, by its receipt code."""

    template_name = done_template_name = "publicity/receipt.html"
    form_class = ReceiptForm
    title, submit = "查询异议办理进度", "查询"

    def act(self, data: dict[str, Any], address: str | None) -> dict[str, Any]:
        found = objections.find(data["code"], address=address)
        if found is None:
            raise Refused("没有这个回执编号，请核对后重新输入。", code="unknown_receipt")
        return {"objection": found}
