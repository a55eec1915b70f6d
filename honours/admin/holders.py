"""Files of holders: how they live, who is due for what, and what is recorded for many at once."""

import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import display

from core.admin import ChoiceFilter, Mark, ScopedAdmin, SubtreeFilter, Table, button, link
from core.admin.lists import ticked_or_listed
from core.models import Organisation, User
from honours.admin.catalogue import LevelFilter
from honours.forms.allowances import ProposeForm
from honours.forms.holders import CareForm, ConfirmForm, OpenForm
from honours.models import Allowance, Award, CareKind, Holder, Level, Status
from honours.models.cares import OF_RIGHT, due, last
from honours.services import allowances, cares, holders

SHOWN = 20  # holders on the page of a record; the list has all
STATUS_MARKS = {
    Status.IN_SERVICE: Mark.DONE,
    Status.RETIRED: Mark.INFO,
    Status.DECEASED: Mark.OVER,
}


class StatusFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "status"
    options = Status.choices


class HeldLevelFilter(LevelFilter):
    """By the highest title that is held."""

    title = "最高称号级别"


class DueFilter(ChoiceFilter):
    """Who has a right to it this year and has not had it yet."""

    title = "本年度应安排"
    parameter_name = "due"
    options = OF_RIGHT

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in dict(OF_RIGHT):
            return queryset if not self.value() else queryset.none()
        today = timezone.localdate()
        found = due(Holder.objects.visible_to(request.user), self.value(), today)
        return queryset.filter(pk__in=found.values("pk"))


class ConfirmedFilter(ChoiceFilter):
    title = "本年度确认"
    parameter_name = "confirmed"
    options = (("no", "未确认"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.unconfirmed(timezone.localdate().year) if self.value() else queryset


class Chosen:
    """The holders for whom something is about to be recorded."""

    def __init__(self, rows: QuerySet[Holder]) -> None:
        self.rows = rows.living().order_by("pk")

    @cached_property
    def count(self) -> int:
        return self.rows.count()

    def told(self) -> list[str]:
        if not self.count:
            return ["没有选中劳模，请返回列表勾选或筛选。"]
        return [
            f"共 {self.count:,} 人，各按下面填写的内容登记一次。",
            "体检和疗休养只登记本周期应安排而未安排的劳模，有一人不符合的不登记任何一人。",
        ]

    def table(self) -> Table:
        rows = self.rows.select_related("person", "organisation")[:SHOWN]
        title = "所选劳模" if self.count <= SHOWN else f"所选劳模（前 {SHOWN} 人）"
        return Table(
            title,
            ["劳模", "状态", "管理工会"],
            [[str(row), row.get_status_display(), row.organisation.name] for row in rows],
            "没有选中劳模。",
        )


def chosen(screen: "HolderAdmin", request: HttpRequest) -> Chosen:
    mine = Holder.objects.visible_to(request.user, "honours.add_care")
    return Chosen(ticked_or_listed(screen, request, mine))


@admin.register(Holder)
class HolderAdmin(ScopedAdmin):
    list_display = [
        *["holder", "level_shown", "organisation", "mark", "phone", "checkup_shown"],
        *["recuperation_shown", "confirmed_on"],
    ]
    list_display_links = ["holder"]
    list_filter = [StatusFilter, HeldLevelFilter, DueFilter, ConfirmedFilter, SubtreeFilter]
    list_before_template = "honours/holders_before.html"
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        ("劳模", {"fields": ["holder", "organisation", "level_shown", "confirmed_on"]}),
        ("现状", {"fields": ["status", "status_since", "phone", "address"]}),
        ("收款账户", {"fields": ["bank", "account"]}),
    ]
    actions_list = ["open_missing", "record_care"]
    actions_detail = ["confirm", "propose_allowance"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).with_title(timezone.localdate())
        seen = {f"last_{kind}": last(kind) for kind, _ in OF_RIGHT}
        return rows.annotate(**seen).select_related("person", "organisation")

    def get_urls(self) -> list[Any]:
        """Files are opened for all who have none, not one by one."""
        return [url for url in super().get_urls() if not url.name.endswith("_add")]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["holder", "level_shown", "confirmed_on"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Who records what was done ticks for whom."""
        may = request.user.has_perm("honours.add_care")
        return [*(["tick"] if may else []), *self.list_display]

    def get_actions_list(self, request: HttpRequest) -> list[Any]:
        """The way to a record stands above the list, where it keeps the filters."""
        actions = super().get_actions_list(request)
        return [action for action in actions if action.method.url_path != "record-care"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        known = getattr(response, "context_data", None) or {}
        if "cl" in known:
            known["may_record"] = request.user.has_perm("honours.add_care")
        return response

    def save_model(
        self, request: HttpRequest, obj: Holder, form: forms.ModelForm, change: bool
    ) -> None:
        holders.change(obj, by=request.user)

    @display(description="")
    def tick(self, row: Holder) -> str:
        if not row.is_living:
            return ""
        return format_html(
            '<input type="checkbox" name="id" value="{}" form="recording" aria-label="选择{}">',
            row.pk,
            row,
        )

    @display(description="劳模")
    def holder(self, row: Holder) -> str:
        return str(row)

    @display(description="级别")
    def level_shown(self, row: Holder) -> str:
        return Level(row.level).label if row.level else "—"

    @display(description="状态")
    def mark(self, row: Holder) -> str:
        return STATUS_MARKS[row.status].of(row.get_status_display())

    @display(description="上次体检")
    def checkup_shown(self, row: Holder) -> datetime.date | None:
        return row.last_checkup

    @display(description="上次疗休养")
    def recuperation_shown(self, row: Holder) -> datetime.date | None:
        return row.last_recuperation

    def tables_of(self, obj: Holder, *, reader: User) -> list[Table]:
        today = timezone.localdate()
        asked = Holder.objects.visible_to(reader).filter(pk=obj.pk)
        owed = [label for kind, label in OF_RIGHT if due(asked, kind, today).exists()]
        return [_held(obj, reader), _confirmed(obj), _given(obj, reader), _done(obj, owed)]

    @button(
        "补建劳模档案",
        permission="honours.add_holder",
        form=OpenForm,
        icon="person_add",
        consequences=lambda row: [
            "为持有劳动模范、先进工作者称号而没有档案的会员建立档案，电话和住址取自会员信息。"
        ],
    )
    def open_missing(self, request: HttpRequest, row: None, within: Organisation) -> str:
        made = holders.open_missing(within=within, by=request.user)
        if not made:
            return "没有需要补建的档案：持有劳模称号的会员都已有档案。"
        return f"已建立 {len(made):,} 份劳模档案，请确认现状并补登收款账户。"

    @button(
        "登记走访、体检、疗休养",
        permission="honours.add_care",
        form=CareForm,
        icon="volunteer_activism",
        about=chosen,
        consequences=Chosen.told,
        template="honours/record_care.html",
    )
    def record_care(self, request: HttpRequest, found: Chosen, count: int, **facts: Any) -> str:
        made = cares.record_many(list(found.rows), by=request.user, **facts)
        total = sum(row.total for row in made)
        return f"已登记 {len(made):,} 人的{made[0].get_kind_display()}，合计 {total:,.2f} 元。"

    @button(
        "确认现状",
        permission="honours.confirm_holder",
        form=ConfirmForm,
        icon="fact_check",
        when=lambda row: row.is_living,
        consequences=lambda row: [
            f"记入{timezone.localdate().year}年度确认；登记去世的，尚未发放的待遇停止发放。"
        ],
    )
    def confirm(self, request: HttpRequest, row: Holder, **facts: Any) -> str:
        """The form has put what it asks for on the row."""
        holders.confirm(row, year=timezone.localdate().year, by=request.user)
        return "现状已确认。"

    @button(
        "登记待遇",
        permission="honours.add_allowance",
        form=ProposeForm,
        icon="payments",
        when=lambda row: row.is_living,
        consequences=lambda row: ["按现行标准核算金额，由复核人员核对、审定人员审批后发放。"],
    )
    def propose_allowance(
        self,
        request: HttpRequest,
        row: Holder,
        kind: str,
        year: int,
        pool: Any,
        **claim: Any,
    ) -> HttpResponse:
        made = allowances.propose(
            allowances.Claim(row, **claim), kind=kind, year=year, pool=pool, by=request.user
        )
        self.message_user(request, f"已登记 {made.amount:,} 元，由复核人员核对。")
        return redirect("admin:honours_allowance_change", made.pk)


def _held(obj: Holder, reader: User) -> Table:
    rows = Award.objects.visible_to(reader).held_by(obj.person).select_related("title")
    return Table(
        "所获荣誉",
        ["称号", "授予日期", "授予机关", "文号", "撤销日期"],
        [
            [
                link(Award, row.pk, row.title),
                row.granted_on,
                row.granting_body,
                row.document_number or None,
                row.revoked_on,
            ]
            for row in rows.order_by("-granted_on")
        ],
        "管辖范围内没有登记荣誉。",
    )


def _confirmed(obj: Holder) -> Table:
    rows = obj.confirmations.select_related("confirmed_by").order_by("-year")
    return Table(
        "年度确认",
        ["年度", "状态", "联系电话", "住址", "确认日期", "确认人"],
        [
            [
                f"{row.year}年",
                row.get_status_display(),
                str(row.phone) if row.phone else None,
                str(row.address) if row.address else None,
                row.confirmed_on,
                row.confirmed_by.display_name,
            ]
            for row in rows
        ],
        "还没有确认。",
    )


def _given(obj: Holder, reader: User) -> Table:
    rows = obj.allowances.visible_to(reader).order_by("-pk")
    return Table(
        "待遇",
        ["年度", "待遇", "金额（元）", "状态", "发放日期"],
        [
            [
                f"{row.year}年",
                link(Allowance, row.pk, row.get_kind_display()),
                f"{row.amount:,}",
                row.get_state_display(),
                row.paid_on,
            ]
            for row in rows
        ],
        "没有登记待遇。",
    )


def _done(obj: Holder, owed: list[str]) -> Table:
    title = "走访、体检和疗休养"
    if owed:
        title += f"（本年度应安排{'、'.join(owed)}）"
    rows = obj.cares.order_by("-held_on", "-pk")
    return Table(
        title,
        ["日期", "项目", "金额（元）", "地点或承办机构"],
        [
            [
                row.held_on,
                CareKind(row.kind).label,
                f"{row.total:,}",
                row.place or None,
            ]
            for row in rows
        ],
        "还没有登记。",
    )
