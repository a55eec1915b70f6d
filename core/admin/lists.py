"""The list of a screen: its pages, headings and rows."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.db import models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.templatetags.unfold_list import result_headers
from unfold.views import ChangeList as UnfoldChangeList

from core.admin import rows
from core.views import AFTER


def ticked_or_listed(
    screen: admin.ModelAdmin, request: HttpRequest, rows: models.QuerySet
) -> models.QuerySet:
    """Of these rows those that were ticked in the list, or all that the list of this address
    shows: on what an act on many is about to be done."""
    keys = request.GET.getlist("id")
    if keys or "ticked" in request.GET:
        return rows.filter(pk__in=[key for key in keys if key.isdecimal()])
    try:
        listed = screen.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return rows.none()
    return rows.filter(pk__in=listed.order_by().values("pk"))


class ChangeList(UnfoldChangeList):
    """A list that says once, at its foot, how many rows there are, and draws them at once."""

    @cached_property
    def headers(self) -> list[dict[str, Any]]:
        """Of numbers they stand to the right, as these do."""
        found = list(result_headers(self))
        for column, heading in zip(self.columns, found, strict=False):
            if column.number:
                heading["class_attrib"] = f"{heading.get('class_attrib', '')} number"
        return found

    @cached_property
    def columns(self) -> list[rows.Column]:
        """What is listed; of an empty list nothing."""
        return [rows.column(self, name) for name in self.list_display if self.result_list]

    def rows(self) -> str:
        return rows.drawn(self)

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Where the list goes on is no filter, and what another filter leaves begins anew."""
        for asked in (self.params, self.filter_params):
            asked.pop(AFTER, None)
        return super().get_filters_params(params)

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: Any = None) -> str:
        """The address of another list; that of another page goes on from where this one does."""
        new = dict(new_params or {})
        if PAGE_VAR in new and self.paginator.after is not None:
            new[AFTER] = self.paginator.after
        return super().get_query_string(new, remove)

    @property
    def onward(self) -> str:
        """The address of the rows behind the last page, on that page."""
        key = self.paginator.onward
        return key and self.get_query_string({AFTER: key})

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count
        if not self.multi_page:
            self.result_list = self.paginator.page(1).object_list
