"""The pages on which single rows of an import are mended, and their import is confirmed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from core.errors import Refused
from core.models import SheetImport
from core.services.records import require
from core.sheets import mending, registry, sheet_named
from core.sheets.engine import labels
from core.sheets.mending import Judged
from core.sheets.row_forms import RowForm
from core.views import PermittedMixin, ServiceFormView


class MendingMixin(PermittedMixin):
    """A page about the rows of one import that the user sees and may import himself.

    What cannot be mended by form (any more) leads back to the page of the import.
    """

    @cached_property
    def made(self) -> SheetImport:
        rows = SheetImport.objects.visible_to(self.request.user)
        made = rows.select_related("organisation", "upload").filter(pk=self.kwargs["pk"]).first()
        if made is None or made.sheet not in registry:
            raise Http404
        require(self.request.user, sheet_named(made.sheet).permission, made.organisation)
        return made

    def page(self) -> str:
        return reverse("sheet_import", args=[self.made.pk])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            messages.warning(request, str(refusal))
            return redirect(self.page())


class MendRow(MendingMixin, View):
    """One wrong row as a form: what is wrong at its field, judged at once, then the next row."""

    http_method_names = ["get", "head", "options", "post"]

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        return self._show(mending.open_row(self.made, number, by=request.user))

    def post(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        user, given = request.user, request.POST
        names = dict(sheet_named(self.made.sheet).incoming)
        cells = {name: text for name, text in given.items() if name in names}
        if "draft" in given:
            mending.keep_draft(self.made, number, cells=cells, by=user)
            return HttpResponse(status=204)
        if "drop" in given:
            mending.drop(self.made, number, by=user)
            return self._go_on(number, f"第 {number} 行不导入。")
        judged = mending.mend(self.made, number, cells=cells, take=given.get("take", ""), by=user)
        if not judged.is_right:
            return self._show(judged)
        return self._go_on(number, f"第 {number} 行已改正。")

    def _go_on(self, number: int, done: str) -> HttpResponse:
        """To the next wrong row, or to what is to be confirmed."""
        following = mending.next_open(self.made, number)
        if following is None:
            messages.success(self.request, f"{done}全部问题行都已处理，请核对后确认导入。")
            return redirect("sheet_confirm", self.made.pk)
        left = mending.progress(self.made).open
        messages.success(self.request, f"{done}还有 {left} 行未处理，接着是第 {following} 行。")
        return redirect("sheet_mend", self.made.pk, following)

    def _show(self, judged: Judged) -> HttpResponse:
        context = {
            "made": self.made,
            "label": labels()[self.made.sheet],
            "row": judged,
            "form": RowForm(judged=judged),
            "progress": mending.progress(self.made),
            "states": judged.state and mending.State(judged.state).label,
            "wrong": len({finding.column for finding in judged.errors} - {""}),
        }
        return render(self.request, "sheets/mend.html", context)


class ConfirmMends(MendingMixin, ServiceFormView):
    """确认导入: what will happen to how many rows, and the button that does it."""

    template_name = "sheets/confirm.html"
    title = "确认导入"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        after = SheetImport.objects.visible_to(request.user).filter(basis=self.made).first()
        if after is not None:
            return redirect("sheet_import", after.pk)
        if not mending.offered(self.made, request.user):
            return redirect(self.page())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        progress = mending.progress(self.made)
        return super().get_context_data(
            made=self.made,
            label=labels()[self.made.sheet],
            progress=progress,
            rows=mending.settled(self.made),
            next_open=mending.next_open(self.made),
            **kwargs,
        )

    def act(self) -> str:
        self.after = mending.confirm(self.made, by=self.request.user)
        return ""

    def get_success_url(self) -> str:
        return reverse("sheet_import", args=[self.after.pk])
