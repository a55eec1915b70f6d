"""Selections: places, the list with its constraints as it stands, and every step."""

import io
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ProceedingAdmin,
    ReadOnlyAdmin,
    SubtreeFilter,
    Table,
    YearFilter,
    button,
    link,
)
from core.models import User
from honours.dossier import selections as dossier
from honours.forms.selections import HandForm, HandOnForm, ShiftForm
from honours.models import Nomination, Quota, Selection
from honours.services import lists, quotas, selections

S = Selection.State
MARKS = {
    S.DRAFT: Mark.INFO,
    S.COMMENDED: Mark.DONE,
    S.CLOSED: Mark.DONE,
    S.CANCELLED: Mark.OVER,
}


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = S.choices


@admin.register(Selection)
class SelectionAdmin(ProceedingAdmin):
    list_display = ["shown", "organisation", "year", "mark", "places", "listed", "closes_on"]
    list_display_links = ["shown"]
    list_filter = [YearFilter, StateFilter]
    list_select_related = ["organisation", "title"]
    ordering = ["-id"]
    sortable_by = ()
    fields = [
        *["organisation", "title", "year", "places", "minimum", "extra"],
        *["unit_days", "city_days", "rules_on", "closes_on"],
    ]
    actions_detail = ["hand_down", "export_list"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        on_list = Q(nominations__state__in=Nomination.ON_LIST)
        rows = super().get_queryset(request).select_related("organisation", "title")
        return rows.annotate(on_list=Count("nominations", filter=on_list))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        told = super().get_fieldsets(request, obj)
        if obj and obj.granted_on:
            told = [*told, ("表彰", {"fields": ["document_number", "granted_on"]})]
        return told

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "document_number", "granted_on"]

    def response_post_save_add(self, request: HttpRequest, obj: Selection) -> HttpResponse:
        """To the record: there its places are shared."""
        return redirect(obj)

    @display(description="评选")
    def shown(self, row: Selection) -> str:
        return f"{row.year}年{row.title}"

    @display(description="状态")
    def mark(self, row: Selection) -> str:
        return MARKS.get(row.state, Mark.WAITING).of(row.get_state_display())

    @display(description="名单（名）")
    def listed(self, row: Selection) -> str:
        return f"{row.on_list:,}"

    def tables_of(self, obj: Selection, *, reader: User) -> list[Table]:
        rows = selections.listed(obj)
        known = obj.nominations.select_related("organisation", "person")
        behind = list(known.waiting_behind())
        waiting = list(known.filter(state=Nomination.State.FIRST_REVIEW).order_by("pk"))
        for row in (*behind, *waiting):
            row.selection = obj
        return [
            dossier.constraints(obj, rows),
            *([self._candidates("待初审人选", waiting, "")] if waiting else []),
            self._candidates("拟表彰名单", rows, "名单上还没有人选，初审通过后列在这里。"),
            self._candidates("候补人选，按递补次序", behind, "没有候补人选。"),
            self._states(obj),
            dossier.allotted(obj),
            *(
                [Table("审定时的比例情况", ["情况"], [[said] for said in obj.findings], "")]
                if obj.findings
                else []
            ),
            *super().tables_of(obj, reader=reader),
        ]

    def _candidates(self, title: str, rows: list[Nomination], empty: str) -> Table:
        count = f"（{len(rows)} 名）" if rows else ""
        told = [
            dossier.candidate_row(row, link(Nomination, row.pk, row.masked_label)) for row in rows
        ]
        return Table(f"{title}{count}", dossier.HEADINGS, told, empty)

    def _states(self, obj: Selection) -> Table:
        """How many candidates stand where, in the order of the road."""
        counts = dict(obj.nominations.order_by().values_list("state").annotate(count=Count("pk")))
        rows = [
            [state.label, f"{counts[state]:,}"] for state in Nomination.State if state in counts
        ]
        return Table("推荐进度", ["状态", "人选（名）"], rows, "还没有推荐人选。")

    @button(
        "分配名额",
        permission="honours.hand_quota",
        form=HandForm,
        icon="pie_chart",
        when=lambda row: row.state == S.DRAFT,
        consequences=lambda row: [
            f"表彰名额 {row.places} 名分配给直接下级工会，每处保底 {row.minimum} 名。",
            "其余按最大余数法，余数相同的依据数大者优先。",
            "已分配而未下达的名额重新计算，调剂一并清除。",
        ],
    )
    def hand_down(self, request: HttpRequest, row: Selection, basis: str) -> str:
        made = quotas.hand_down(row, basis=basis, by=request.user)
        return f"{row.places} 名已分配给 {len(made)} 个下级工会，核对后下达。"

    @button(
        "导出候选名单",
        permission="honours.export_selection",
        icon="download",
        consequences=lambda row: ["导出已上报的全部人选，姓名不脱敏；谁在何时导出记入审计。"],
    )
    def export_list(self, request: HttpRequest, row: Selection) -> HttpResponse:
        stream = io.BytesIO()
        lists.write(stream, row, by=request.user)
        stream.seek(0)
        return FileResponse(
            stream,
            as_attachment=True,
            filename=f"{row}候选名单.xlsx",
            content_type=lists.MEDIA_TYPE,
        )


@admin.register(Quota)
class QuotaAdmin(ReadOnlyAdmin):
    """What each was handed, and how a district hands its own on."""

    list_display = ["organisation", "year", "title", "number", "weight", "note"]
    list_display_links = ["organisation"]
    list_filter = [SubtreeFilter]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["organisation", "selection_shown", "number", "weighed", "note", "closes_on"]
    actions_detail = ["hand_on", "shift"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related("organisation", "selection__title", "selection__organisation")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="年度")
    def year(self, row: Quota) -> str:
        return f"{row.selection.year}年"

    @display(description="荣誉称号")
    def title(self, row: Quota) -> str:
        return str(row.selection.title)

    @display(description="评选")
    def selection_shown(self, row: Quota) -> str:
        return f"{row.selection}（{row.selection.get_state_display()}）"

    @display(description="分配依据数")
    def weighed(self, row: Quota) -> str:
        return f"{row.weight:,}"

    @display(description="推荐截止日")
    def closes_on(self, row: Quota) -> Any:
        return row.selection.closes_on

    def tables_of(self, obj: Quota, *, reader: User) -> list[Table]:
        rows = obj.selection.nominations.visible_to(reader).within(obj.organisation)
        told = [
            dossier.candidate_row(row, link(Nomination, row.pk, row.masked_label))
            for row in rows.select_related("person", "organisation", "selection__title")[:200]
        ]
        return [
            dossier.allotted(obj.selection, obj),
            Table("推荐人选", dossier.HEADINGS, told, "还没有推荐人选。"),
        ]

    @button(
        "向下分配",
        permission="honours.hand_quota",
        form=HandOnForm,
        icon="call_split",
        when=lambda row: row.number > 0 and row.selection.state in {S.ALLOTTED, S.NOMINATING},
        consequences=lambda row: [
            f"名额 {row.number} 名分配给直接下级工会，按最大余数法，合计不变。",
            "没有向下分配的，本地各工会都可以推荐。",
        ],
    )
    def hand_on(self, request: HttpRequest, row: Quota, basis: str, minimum: int) -> str:
        made = quotas.hand_down(
            row.selection, above=row, basis=basis, minimum=minimum, by=request.user
        )
        return f"{row.number} 名已分配给 {len(made)} 个下级工会。"

    @button(
        "调剂名额",
        permission="honours.hand_quota",
        form=ShiftForm,
        icon="swap_horiz",
        asked_of=lambda row: row.above or row.selection,
        when=lambda row: (
            row.number > 0
            and row.selection.state in ({S.ALLOTTED, S.NOMINATING} if row.above_id else {S.DRAFT})
        ),
        consequences=lambda row: ["从本处调出，加到所选工会，合计不变；双方都注明理由。"],
    )
    def shift(
        self, request: HttpRequest, row: Quota, target: Quota, count: int, reason: str
    ) -> str:
        quotas.shift(row, target=target, count=count, reason=reason, by=request.user)
        return f"已调出 {count} 名给{target.organisation.label}。"
