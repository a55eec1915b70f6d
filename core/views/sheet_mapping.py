"""The pages on which a file of a union's own shape is understood once, and what is kept of it."""

from typing import Any

from django.db import models
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property

from core.models import SheetMapping
from core.sheets import imports, mapping, sheet_named
from core.sheets.engine import labels
from core.sheets.forms import MappingForm
from core.views import ScopedListView, ServiceFormView
from core.views.sheet_mending import MendingMixin


class MapColumns(MendingMixin, ServiceFormView):
    """对应各列: the file's headings beside our columns; then the import is run again."""

    form_class = MappingForm
    template_name = "sheets/mapping.html"
    title = "对应各列"
    submit = "保存对应关系并重新导入"

    @property
    def row(self) -> Any:
        return sheet_named(self.made.sheet)

    @cached_property
    def outline(self) -> list[tuple[int, list[str]]]:
        return mapping.outline(self.made)

    @cached_property
    def heading(self) -> tuple[int, list[str]]:
        """The row that is read as the heading: the one asked for, or the likeliest."""
        asked = self.request.GET.get("row", "")
        rows = {str(number): (number, headings) for number, headings in self.outline}
        return rows.get(asked, self.outline[0])

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not mapping.offered(self.made, request.user):
            return redirect(self.page())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        headings = self.heading[1]
        guessed = mapping.guess(headings, self.row.incoming)
        own = {} if "organisation" in guessed else {"organisation": self.made.organisation.name}
        return super().get_form_kwargs() | {
            "headings": headings,
            "guessed": guessed,
            "constants": own,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "row": None,
            "made": self.made,
            "label": labels()[self.made.sheet],
            "number": self.heading[0],
            "rows": [(number, "、".join(filter(None, texts))) for number, texts in self.outline],
        }

    def act(self, **said: Any) -> str:
        mapping.remember(
            sheet=self.made.sheet,
            organisation=self.made.organisation,
            headings=self.heading[1],
            by=self.request.user,
            **said,
        )
        self.after = imports.again(self.made, by=self.request.user)
        return "对应关系已保存，这样的表格以后可以直接上传。现按它重新导入。"

    def get_success_url(self) -> str:
        return reverse("sheet_import", args=[self.after.pk])


class MappingList(ScopedListView):
    """表头对应关系: what is kept, for which union and sheet, and since when."""

    model = SheetMapping
    permission = "core.view_sheetmapping"
    template_name = "sheets/mappings.html"
    paginate_by = 20

    def get_queryset(self) -> models.QuerySet[SheetMapping]:
        return super().get_queryset().select_related("organisation", "saved_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        for kept in context["object_list"]:
            kept.label = labels().get(kept.sheet, kept.sheet)
            kept.pairs = _pairs(kept)
        return context


class ForgetMapping(ServiceFormView):
    """删除对应关系: what it says, and the button that forgets it."""

    model = SheetMapping
    permission = "core.delete_sheetmapping"
    template_name = "sheets/mapping_delete.html"
    title = "删除对应关系"
    submit = "删除这一份对应关系"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        label = labels().get(self.row.sheet, self.row.sheet)
        texts = {"kept": self.row, "label": label, "pairs": _pairs(self.row)}
        return super().get_context_data(**kwargs) | texts | {"row": None}

    def act(self) -> str:
        mapping.forget(self.row, by=self.request.user)
        return "对应关系已删除，再遇到这样的表头时会重新询问。"

    def get_success_url(self) -> str:
        return reverse("sheet_mappings")


def _pairs(kept: SheetMapping) -> list[tuple[str, str]]:
    """Our columns, each with what the file calls it or what stands for every row."""
    columns = dict(sheet_named(kept.sheet).incoming) if kept.sheet in labels() else {}
    return [
        (
            column.heading,
            kept.headings[kept.places[name]]
            if name in kept.places
            else f"每行都填“{kept.constants[name]}”",
        )
        for name, column in columns.items()
        if name in kept.places or name in kept.constants
    ]
