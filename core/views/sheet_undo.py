"""撤销导入: what will happen to how many rows, what stands in the way, and the act."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property

from core.models import SheetImport
from core.sheets import registry, sheet_named, undo
from core.sheets.engine import Outcome
from core.views import CappedPaginator, ServiceFormView

SHOWN = 20  # rows of one page


class UndoImport(ServiceFormView):
    """Takes one import back. Whoever may import the sheet there may do it."""

    template_name = "sheets/undo.html"
    title = "撤销导入"

    @cached_property
    def row(self) -> SheetImport:
        rows = SheetImport.objects.visible_to(self.request.user).select_related(
            "job__requested_by", "organisation", "upload", "undo"
        )
        made = rows.filter(pk=self.kwargs["pk"], sheet__in=registry).first()
        if made is None:
            raise Http404
        if not self.request.user.has_perm(sheet_named(made.sheet).permission, made):
            raise PermissionDenied
        return made

    def act(self) -> str:
        undo.start(self.row, by=self.request.user)
        return ""

    def get_success_url(self) -> str:
        return reverse("sheet_import", args=[self.row.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        made = self.row
        context = super().get_context_data(
            made=made,
            label=sheet_named(made.sheet).label,
            hindrance=undo.hindrance(made),
            **kwargs,
        )
        if not context["hindrance"]:
            touched = undo.touches(made)
            written = CappedPaginator(undo.written(made).order_by("number"), SHOWN)
            pages = Paginator(touched[: undo.MOST], SHOWN) if touched else written
            context["page_obj"] = shown = pages.get_page(self.request.GET.get("page"))
            context["touched"] = min(len(touched), undo.MOST)
            context["more"] = len(touched) > undo.MOST
            later = {touch.later.pk for touch in touched if touch.later}
            seen = SheetImport.objects.visible_to(self.request.user).filter(pk__in=later)
            context["seen"] = set(seen.values_list("pk", flat=True)) if later else set()
            context["rows"] = shown if touched else [(row, self._effect(row)) for row in shown]
        return context

    def _effect(self, row: Any) -> str:
        """What becomes of the row's record: the columns, never their values."""
        if row.outcome == Outcome.CREATED:
            return "移除本次新增的登记"
        columns = sheet_named(self.row.sheet).fields
        names = json.loads(row.before.clear())
        return f"恢复原值：{'、'.join(columns[name].heading for name in names if name in columns)}"
