"""Homes of employees: ratings, candidates, and the supervision of titles that stand."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
)
from honours.candidates import candidates, due
from honours.forms.homes import CandidateForm
from honours.models import Award, HomeRating, Inspection, Title
from honours.services import homes

RATING_MARKS = {
    HomeRating.State.SUBMITTED: Mark.WAITING,
    HomeRating.State.RETURNED: Mark.REFUSED,
    HomeRating.State.ACCEPTED: Mark.DONE,
}
INSPECTION_MARKS = {
    Inspection.State.PROPOSED: Mark.WAITING,
    Inspection.State.RECTIFYING: Mark.WAITING,
    Inspection.State.KEPT: Mark.DONE,
    Inspection.State.DELISTED: Mark.REFUSED,
    Inspection.State.WITHDRAWN: Mark.OVER,
}
SHOWN = 500  # rows of a page of candidates or of titles that run out


class RatingStateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = HomeRating.State.choices


class RatingYearFilter(YearFilter):
    lookup = "year"


@admin.register(HomeRating)
class HomeRatingAdmin(ProceedingAdmin):
    """Ratings come from the form of the chair; here they are accepted."""

    list_display = ["organisation", "year", "members", "entry", "voted", "satisfaction", "mark"]
    list_display_links = ["organisation"]
    list_filter = [RatingStateFilter, RatingYearFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "year", "held_on", "employees", "members", "entry", "voted"],
        *["satisfied", "satisfaction", "note", "mark"],
    ]
    actions_list = ["show_candidates"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation")

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.fields, *super().get_readonly_fields(request, obj)]

    @display(description="入会率（%）")
    def entry(self, row: HomeRating) -> Any:
        return row.entry_rate

    @display(description="满意率（%）")
    def satisfaction(self, row: HomeRating) -> Any:
        return row.satisfaction

    @display(description="状态")
    def mark(self, row: HomeRating) -> str:
        return RATING_MARKS[row.state].of(row.get_state_display())

    @button(
        "推荐对象测算",
        permission="honours.view_homerating",
        form=CandidateForm,
        icon="fact_check",
        consequences=lambda row: [
            "按建家标准、会员评家和已持有的称号逐个核对，不改动任何记录。",
            "列出符合条件的工会，不符合的说明原因。",
        ],
    )
    def show_candidates(
        self, request: HttpRequest, row: None, title: Title, year: int
    ) -> HttpResponse:
        found = candidates(title, year, user=request.user)
        fitting = [each for each in found if each.fits]
        return self._page(
            request,
            "admin/tables.html",
            None,
            title=f"“{title}”推荐对象测算（{year}年评家）",
            told=f"已确认评家的 {len(found):,} 个工会中，{len(fitting):,} 个符合条件。"
            + (f"不符合的只列前 {SHOWN} 个。" if len(found) - len(fitting) > SHOWN else ""),
            tables=[
                Table(
                    "符合条件",
                    ["工会", "入会率（%）", "满意率（%）"],
                    [
                        [each.rating.organisation.name, each.rating.entry_rate,
                         each.rating.satisfaction]
                        for each in fitting
                    ],
                    "没有符合条件的工会。",
                ),
                Table(
                    "不符合条件",
                    ["工会", "入会率（%）", "满意率（%）", "原因"],
                    [
                        [each.rating.organisation.name, each.rating.entry_rate,
                         each.rating.satisfaction, "；".join(each.against)]
                        for each in found
                        if not each.fits
                    ][:SHOWN],
                    "没有不符合条件的工会。",
                ),
            ],
        )  # fmt: skip


class InspectionStateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = Inspection.State.choices


class InspectionKindFilter(ChoiceFilter):
    title = "复查种类"
    parameter_name = "kind"
    options = Inspection.Kind.choices


@admin.register(Inspection)
class InspectionAdmin(ProceedingAdmin):
    """Supervision of titles: one looks and proposes, another decides."""

    list_display = ["award_shown", "kind", "held_on", "proposal", "mark", "rectify_until"]
    list_display_links = ["award_shown"]
    list_filter = [InspectionStateFilter, InspectionKindFilter, SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["award", "kind", "held_on", "finding", "proposal"]
    told = [
        *["award_shown", "kind", "held_on", "finding", "proposal", "mark", "rectify_until"],
        *["valid_from", "valid_until", "ended_on", "document_number"],
    ]
    actions_list = ["show_due"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("award__title", "organisation")

    def get_fields(self, request: HttpRequest, obj: Inspection | None = None) -> list[str]:
        return self.fields if obj is None else self.told

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = [] if obj is None else self.told
        return [*own, *super().get_readonly_fields(request, obj)]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Collective titles that stand."""
        if db_field.name == "award":
            standing = Award.objects.standing(timezone.localdate()).visible_to(request.user)
            kwargs["queryset"] = (
                standing.exclude(title__recipient=Title.Recipient.PERSON)
                .select_related("title")
                .order_by("title__rank", "recipient_name")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        homes.inspect(obj, by=request.user)

    @display(description="荣誉")
    def award_shown(self, row: Inspection) -> str:
        return str(row.award)

    @display(description="状态")
    def mark(self, row: Inspection) -> str:
        return INSPECTION_MARKS[row.state].of(row.get_state_display())

    @button(
        "期满复核名单",
        permission="honours.add_inspection",
        icon="event_repeat",
        consequences=lambda row: ["列出有效期将满、尚未发起复核的集体荣誉，不改动任何记录。"],
    )
    def show_due(self, request: HttpRequest, row: None) -> HttpResponse:
        on = timezone.localdate()
        found = due(on, user=request.user)
        return self._page(
            request,
            "admin/tables.html",
            None,
            title="期满复核名单",
            told=f"{on} 起有效期将满的集体荣誉共 {len(found):,} 项。",
            tables=[
                Table(
                    "有效期将满",
                    ["荣誉", "推荐工会", "有效期止", "复核"],
                    [
                        [
                            str(award), award.organisation.name, award.valid_until,
                            "已发起" if award.is_open else start(award),
                        ]
                        for award in found[:SHOWN]
                    ],
                    "没有有效期将满的集体荣誉。",
                )
            ],
        )  # fmt: skip


def start(award: Award) -> str:
    url = reverse("admin:honours_inspection_add")
    return format_html(
        '<a class="text-primary-600" href="{}?award={}&amp;kind=renewal">发起复核</a>',
        url,
        award.pk,
    )
