"""The screens of publicity: what is shown to the public, its proof, and what is said against it."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from core import publicity, working_days
from core.admin.base import ReadOnlyAdmin, Table, link
from core.admin.buttons import button
from core.admin.filters import ChoiceFilter, SubtreeFilter
from core.admin.marks import Mark
from core.admin.proceedings import ProceedingAdmin
from core.forms import ReasonForm
from core.models import Objection, Publicity, User
from core.services import publicity as publicities

MARKS = {
    Publicity.State.RUNNING: Mark.INFO,
    Publicity.State.PASSED: Mark.DONE,
    Publicity.State.UPHELD: Mark.REFUSED,
    Publicity.State.WITHDRAWN: Mark.OVER,
}
OBJECTION_MARKS = {
    Objection.State.RECEIVED: Mark.WAITING,
    Objection.State.INVESTIGATING: Mark.WAITING,
    Objection.State.INVESTIGATED: Mark.WAITING,
    Objection.State.UPHELD: Mark.REFUSED,
    Objection.State.DISMISSED: Mark.DONE,
}


class KindFilter(ChoiceFilter):
    title = "公示种类"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(kind.code, kind.label) for kind in publicity.kinds.values()]


@admin.register(Publicity)
class PublicityAdmin(ReadOnlyAdmin):
    list_display = ["title", "organisation", "posted_on", "ends_on", "status"]
    list_filter = ["state", KindFilter, SubtreeFilter]
    list_select_related = ["organisation"]
    search_fields = ["title"]
    search_help_text = "公示标题"
    fields = [
        *["title", "kind_label", "organisation", "status", "period", "caution", "obstacle"],
        *["posted_by", "posted_at", "ended_at", "reason", "taken_down_at"],
        *["digest", "intact", "page", "notice_file"],
    ]
    actions_detail = ["withdraw"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).with_objections()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what there is nothing to say about."""
        absent = {
            name
            for name in ("obstacle", "ended_at", "reason", "taken_down_at")
            if not getattr(obj, name, None)
        }
        if obj is None or not self.caution(obj):
            absent.add("caution")
        return [(None, {"fields": [name for name in self.fields if name not in absent]})]

    @display(description="公示种类")
    def kind_label(self, row: Publicity) -> str:
        return row.content["kind"]

    @display(description="状态", ordering="state")
    def status(self, row: Publicity) -> str:
        if row.state == Publicity.State.RUNNING and row.is_over:
            return Mark.WAITING.of("期满，异议未办结" if row.held else "期满，待办理")
        return MARKS[Publicity.State(row.state)].of(row.get_state_display())

    @display(description="公示期")
    def period(self, row: Publicity) -> str:
        convention = "发布当日计入" if row.counts_posting_day else "发布次日起计"
        return f"{row.posted_on} 至 {row.ends_on}，共 {row.days} 个工作日（{convention}）"

    @display(description="提示")
    def caution(self, row: Publicity) -> str:
        return working_days.caution(row.posted_on, row.ends_on)

    @display(description="内容核对")
    def intact(self, row: Publicity) -> str:
        if publicity.digest(row.content) == row.digest:
            return Mark.DONE.of("公示内容与摘要一致")
        return Mark.REFUSED.of("公示内容与摘要不一致，已被改动")

    @display(description="公开页面")
    def page(self, row: Publicity) -> str:
        url = row.get_absolute_url()
        return format_html('<a class="text-primary-600" href="{}">打开</a>', url)

    @display(description="公示通告")
    def notice_file(self, row: Publicity) -> str:
        if row.notice is None:
            return "正在生成"
        url = reverse("file", args=[row.notice.token])
        return format_html('<a class="text-primary-600" href="{}">下载</a>', url)

    def tables_of(self, obj: Publicity, *, reader: User) -> list[Table]:
        objections = Objection.objects.visible_to(reader).filter(publicity=obj)
        tables = [Table("公示名单", obj.content["headings"], obj.content["rows"], "没有名单。")]
        if reader.has_perm("core.view_objection"):
            rows = [
                [
                    link(
                        Objection, row.pk, f"{timezone.localtime(row.received_at):%Y-%m-%d %H:%M}"
                    ),
                    OBJECTION_MARKS[Objection.State(row.state)].of(row.get_state_display()),
                    row.due_on,
                ]
                for row in objections
            ]
            headings = ["收到时间", "状态", "办理期限"]
            tables.append(Table("收到的异议", headings, rows, "没有收到异议。"))
        return tables

    @button(
        "提前撤下",
        permission="core.withdraw_publicity",
        form=ReasonForm,
        icon="visibility_off",
        danger=True,
        when=lambda row: row.state == Publicity.State.RUNNING,
        consequences=lambda row: [
            f"名单（{len(row.content['rows'])} 名）立即从公开页面撤下，公示终止，不能恢复。",
            "已公示的起止时间和内容作为证明保留。",
        ],
    )
    def withdraw(self, request: HttpRequest, row: Publicity, reason: str) -> str:
        publicities.withdraw(row, reason=reason, by=request.user)
        return "公示已撤下，需要公示的请重新办理。"


@admin.register(Objection)
class ObjectionAdmin(ReadOnlyAdmin, ProceedingAdmin):
    list_display = ["publicity", "organisation", "received_at", "status", "due_on"]
    list_filter = ["state", SubtreeFilter]
    list_select_related = ["publicity", "organisation"]
    search_fields = ["publicity__title"]
    search_help_text = "公示标题"
    fields = [
        *["publicity_link", "organisation", "received_at", "status", "due_on", "text"],
    ]

    @display(description="状态", ordering="state")
    def status(self, row: Objection) -> str:
        return OBJECTION_MARKS[Objection.State(row.state)].of(row.get_state_display())

    @display(description="公示")
    def publicity_link(self, row: Objection) -> str:
        return link(Publicity, row.publicity_id, row.publicity)

    def tables_of(self, obj: Objection, *, reader: User) -> list[Table]:
        told = [[self._sealed(obj, name, reader) for name in ("name", "phone")]]
        who = Table("异议人", ["姓名", "联系电话"], told, "")
        return [who, *super().tables_of(obj, reader=reader)]

    def _sealed(self, row: Objection, name: str, reader: User) -> Any:
        value = getattr(row, name)
        if value is None:
            return "未留"
        if not reader.has_perm("core.reveal_objection", row):
            return value
        url = self.reveal_url(row.pk, name)
        return format_html('{} <a class="text-primary-600" href="{}">查看</a>', value, url)
