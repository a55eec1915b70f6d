"""本会经费 in the portal: what was collected for the own union, and what it is still owed."""

import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from core.models import Organisation
from core.views import PermittedMixin, ScopedDetailView, ScopedListView
from funds import explaining, own_dues, positions
from funds.models import Allocation, CollectionLine, Due

VIEW = "funds.view_return"
YEARS = 8
SHOWN = ("due", "paid", "owed", "over", "not_due", "custody")


class OwnMixin(PermittedMixin):
    """Pages on the union of who looks, as far as it is in scope."""

    permission = VIEW

    @cached_property
    def union(self) -> Organisation:
        mine = Organisation.objects.visible_to(self.request.user, VIEW)
        union = mine.filter(pk=self.request.user.organisation_id).first()
        if union is None:
            raise Http404
        return union


class OwnDues(OwnMixin, TemplateView):
    """本会经费, as of today: the sums, and the months of a year."""

    template_name = "funds/own.html"

    @property
    def year(self) -> int:
        """The one asked for, or the newest with something to tell."""
        asked = self.request.GET.get("year", "")
        return int(asked) if asked.isdecimal() and len(asked) == 4 else self.years[0]

    @cached_property
    def years(self) -> list[int]:
        """Those with dues, the newest first; this year where there are none."""
        dues = Due.objects.visible_to(self.request.user).filter(organisation=self.union)
        found = dues.order_by("-period__year").values_list("period__year", flat=True).distinct()
        return list(found[:YEARS]) or [timezone.localdate().year]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on, union = timezone.localdate(), self.union
        user = self.request.user
        unions = Organisation.objects.visible_to(user, VIEW).filter(pk=union.pk)
        position = positions.by_union(unions, on).get(union.pk, positions.Position())
        dues = Due.objects.visible_to(user).filter(organisation=union)
        oldest = dues.due(on).unpaid(on).filter(amount__gt=0).order_by("due_on")
        months = own_dues.months(
            CollectionLine.objects.visible_to(user)
            .distributed()
            .filter(union=union, period_first__year=self.year),
            Allocation.objects.visible_to(user)
            .live()
            .filter(union=union, line__period_first__year=self.year),
            dues.filter(period__year=self.year),
            on,
        )
        return super().get_context_data(
            union=union,
            on=on,
            position=position,
            shown={name: f"{getattr(position, name):,}" for name in SHOWN},
            since=oldest.values_list("due_on", flat=True).first(),
            year=self.year,
            years=self.years,
            months=[
                (each, {name: f"{getattr(each, name):,}" for name in own_dues.AMOUNTS})
                for each in months
            ],
            **kwargs,
        )


class OwnMonth(OwnMixin, ScopedListView):
    """The receipts of one month, and what of each is the union's."""

    model = Allocation
    template_name = "funds/own_month.html"
    paginate_by = 25

    @cached_property
    def period(self) -> datetime.date:
        try:
            return datetime.date(self.kwargs["year"], self.kwargs["month"], 1)
        except ValueError as error:
            raise Http404 from error

    def get_queryset(self) -> Any:
        rows = Allocation.objects.visible_to(self.request.user).live()
        rows = rows.filter(
            union=self.union,
            line__period_first__year=self.period.year,
            line__period_first__month=self.period.month,
        )
        return rows.select_related("line").order_by("-id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(period=self.period, union=self.union, **kwargs)
        told = [
            (part, f"{part.amount:,}", f"{part.grassroots:,}") for part in context["object_list"]
        ]
        return {**context, "told": told}


class OwnLine(OwnMixin, ScopedDetailView):
    """Why so much of one receipt is the union's."""

    model = CollectionLine
    template_name = "funds/own_line.html"

    def get_queryset(self) -> Any:
        return super().get_queryset().distributed().filter(union=self.union)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        line = self.object
        return super().get_context_data(
            reasons=explaining.explain(line), amount=f"{line.amount:,}", **kwargs
        )
