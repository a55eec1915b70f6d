"""Pages on 应返未返: as of a day by district or union, the control of the books, the bulletin."""

import tempfile
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter
from core.admin.forms import dress
from core.models import Organisation
from funds import position_tables, positions
from funds.forms.returns import PositionForm
from funds.models import Due
from funds.position_tables import Line
from funds.services import position_files

PAGE = 50
SHOWN = 500  # differences on a page: more of them is no list to be worked off


class Asked:
    """What a page was asked for, read once: the day, the unions in scope, their positions."""

    def __init__(self, form: PositionForm) -> None:
        self.form = form
        data = form.cleaned_data
        self.on, self.place = data["on"], data["place"]
        self.rows, self.sort = data["rows"], data["sort"]

    @property
    def whose(self) -> str:
        return self.place.name if self.place else self.form.user.organisation.name

    @property
    def name(self) -> str:
        """What a row is of."""
        return "工会" if self.rows == "union" else "区县（产业）"

    @property
    def unions(self) -> models.QuerySet[Organisation]:
        mine = self.form.mine
        return positions.below(self.place, self.on, mine) if self.place else mine

    @cached_property
    def by_union(self) -> dict[int, positions.Position]:
        return positions.by_union(self.unions, self.on)

    def lines(self, sort: str | None = None) -> list[Line]:
        found = self.by_union
        if self.rows == "district":
            found = positions.by_district(found, self.on)
        return position_tables.lines(found, sort or self.sort)


def _brief(row: list[str]) -> list[str]:
    return [row[place] for place in position_tables.BRIEF]


class SourceFilter(ChoiceFilter):
    title = "来源"
    parameter_name = "source"
    options = Due.Source.choices


@admin.register(Due)
class DueAdmin(ReadOnlyAdmin):
    """应返台账, and what it comes to."""

    list_display = ["organisation", "source", "month", "amount", "due_on", "booked_on", "stands"]
    list_display_links = ["organisation"]
    list_filter = [SourceFilter, SubtreeFilter]
    list_select_related = ["organisation", "returned_by"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "payer", "source", "month", "amount", "due_on", "booked_on"],
        *["distribution", "stands", "returned_by"],
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("organisation", "payer", "distribution", "returned_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="所属月份")
    def month(self, row: Due) -> str:
        return f"{row.period:%Y-%m}"

    @display(description="状态")
    def stands(self, row: Due) -> str:
        if row.is_custody:
            return Mark.OVER.of("代管已转出") if row.released_by_id else Mark.INFO.of("代管")
        if row.returned_by is None:
            early = row.due_on > timezone.localdate()
            return Mark.INFO.of("未到期") if early else Mark.WAITING.of("未返还")
        if row.returned_by.paid_on:
            return Mark.DONE.of("已返还")
        return Mark.INFO.of("支付中")

    # Pages beside the list.

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("positions", "", self.positions_view),
            ("export", "export/", self.export_view),
            ("control", "control/", self.control_view),
            ("bulletin", "bulletin/", self.bulletin_view),
        ]
        return [
            path(f"positions/{below}", self.admin_site.admin_view(view), name=f"funds_due_{name}")
            for name, below, view in pages
        ] + super().get_urls()

    def _form(self, request: HttpRequest) -> PositionForm:
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = {"on": f"{timezone.localdate()}", "rows": "district", "sort": "owed"}
        form = PositionForm(asked | request.GET.dict(), user=request.user)
        dress(form, self.admin_site)
        return form

    def _told(
        self, request: HttpRequest, template: str, form: PositionForm, **told: Any
    ) -> HttpResponse:
        if template != "positions":  # the other pages have their own rows and order
            form.fieldsets = (("", ("on", "place")),)
        media = self.media + form.media
        return self._page(request, f"admin/{template}.html", None, form=form, media=media, **told)

    def positions_view(self, request: HttpRequest) -> HttpResponse:
        """应返未返 by district or union, a page at a time, all of them on top."""
        form, told = self._form(request), {}
        if form.is_valid():
            asked = Asked(form)
            lines = asked.lines()
            page = Paginator(lines, PAGE).get_page(request.GET.get("page"))
            called = position_tables.names(page)
            told = {
                "asked": asked,
                "headings": position_tables.headings(asked.on),
                "whole": position_tables.shown(positions.total(line.position for line in lines)),
                "page": page,
                "lines": [
                    (called[line.organisation], line, position_tables.shown(line.position))
                    for line in page
                ],
                "may_export": request.user.has_perm("funds.export_due"),
            }
        return self._told(request, "positions", form, title="应返未返", **told)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request)
        if not request.user.has_perm("funds.export_due"):
            raise PermissionDenied
        if not form.is_valid():
            return self._told(request, "positions", form, title="应返未返")
        form.mine = Organisation.objects.visible_to(request.user, "funds.export_due")
        asked = Asked(form)
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        position_files.write(
            stream,
            asked.lines(),
            title=f"{asked.whose}应返未返表",
            name=asked.name,
            on=asked.on,
            organisation=asked.place or request.user.organisation,
            by=request.user,
        )
        stream.seek(0)
        name = f"应返未返-{asked.on:%Y%m%d}.xlsx"
        return FileResponse(
            stream, as_attachment=True, filename=name, content_type=position_files.MEDIA_TYPE
        )

    def control_view(self, request: HttpRequest) -> HttpResponse:
        """账实核对: the register against 应付下级经费 by payee."""
        form, told = self._form(request), {}
        if form.is_valid():
            asked = Asked(form)
            found = list(positions.differences(asked.unions, asked.on))
            called = position_tables.names(
                [Line(each.organisation, positions.Position()) for each in found[:SHOWN]]
            )
            told = {
                "asked": asked,
                "count": len(found),
                "listed": [
                    [
                        called[each.organisation],
                        f"{each.expected:,}",
                        f"{each.found:,}",
                        f"{each.found - each.expected:,}",
                    ]
                    for each in found[:SHOWN]
                ],
            }
        return self._told(request, "position_control", form, title="应返账实核对", **told)

    def bulletin_view(self, request: HttpRequest) -> HttpResponse:
        """督查通报: the districts from the highest rate down, with the words to it."""
        form, told = self._form(request), {}
        if form.is_valid():
            asked = Asked(form)
            asked.rows = "district"
            lines = asked.lines("best")
            called = position_tables.names(lines)
            told = {
                "asked": asked,
                "paragraphs": position_tables.bulletin(asked.whose, asked.on, lines),
                "headings": _brief(position_tables.headings(asked.on)),
                "lines": [
                    (rank, called[line.organisation], _brief(position_tables.shown(line.position)))
                    for rank, line in enumerate(lines, 1)
                ],
            }
        return self._told(request, "position_bulletin", form, title="经费返还督查通报", **told)
