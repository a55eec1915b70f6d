"""Third-party evaluation as the evaluator sees it: codes, and what tells nobody who it is."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from unfold.decorators import display

from core import inbox
from core.admin import ReadOnlyAdmin, Table, button, link
from core.models import Organisation, User
from hardship.admin.evaluation import (
    SHOWN,
    StandingFilter,
    TierFilter,
    VerdictFilter,
    begin_of,
    verdict_mark,
)
from hardship.forms.evaluation import JudgeForm, MissedForm
from hardship.models import EvaluatedHousehold, EvaluationSample, EvaluationTask
from hardship.models.evaluation import Verdict
from hardship.services import evaluation


class TaskFilter(admin.SimpleListFilter):
    title = "评估任务"
    parameter_name = "sample"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        tasks = EvaluationTask.objects.visible_to(request.user)[:SHOWN]
        return [(str(task.pk), str(task)) for task in tasks]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        chosen = {key for key, _ in self.lookup_choices}
        return queryset.filter(sample=self.value()) if self.value() in chosen else queryset.none()


def is_open(task: EvaluationSample) -> bool:
    return task.closed_on is None


@admin.register(EvaluationTask)
class EvaluationTaskAdmin(ReadOnlyAdmin):
    list_display = ["title", "organisation", "first", "last", "progress", "closed_on"]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["title", "organisation", "agency", "first", "last", "progress", "closed_on"]
    actions_detail = ["report_missed"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        drawn = Q(items__case__isnull=False)
        return (
            super()
            .get_queryset(request)
            .annotate(
                judged=Count("items", filter=drawn & ~Q(items__verdict="")),
                missed=Count("items", filter=~drawn & Q(items__isnull=False)),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if not url.name.endswith("_history")]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without a timeline: it would tell of the drawing."""
        context = {"show_history": False} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    @display(description="进度")
    def progress(self, row: Any) -> str:
        return f"已填 {row.judged} / {row.size} 户，登记漏评 {row.missed} 户"

    def tables_of(self, obj: EvaluationTask, *, reader: User) -> list[Table]:
        items = obj.items.select_related("district", "recognition")[: SHOWN + 1]
        rows = [
            [
                link(EvaluatedHousehold, item.pk, item.code),
                item.district,
                item.get_tier_display() or None,
                item.get_standing_display() or None,
                item.level or None,
                verdict_mark(item),
            ]
            for item in items[:SHOWN]
        ]
        headings = ["代码", "区县", "困难类别", "在档情况", "档案级别", "评估结论"]
        title = "评估对象" if len(items) <= SHOWN else f"评估对象（前 {SHOWN} 户）"
        return [Table(title, headings, rows, "")]

    @button(
        "登记漏评",
        permission=evaluation.JUDGE,
        form=MissedForm,
        icon="person_search",
        when=is_open,
        consequences=lambda row: ["应当建档而没有档案的家庭，只记所在社区（村），不记姓名和住址。"],
    )
    def report_missed(
        self,
        request: HttpRequest,
        row: EvaluationTask,
        district: Organisation,
        place: str,
        remark: str,
    ) -> str:
        made = evaluation.report_missed(
            row, district=district, place=place, remark=remark, by=request.user
        )
        return f"漏评已登记，代码 {made}。"


@admin.register(EvaluatedHousehold)
class EvaluatedHouseholdAdmin(ReadOnlyAdmin):
    """Nothing here may lead to the household: neither name nor union, day nor paper."""

    list_display = ["code", "sample", "district", "tier", "standing", "mark"]
    list_filter = [TaskFilter, VerdictFilter, TierFilter, StandingFilter]
    list_select_related = ["sample", "district"]
    ordering = ["-sample_id", "id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": [*["code", "task", "district_name", "place", "tier", "standing"],
                           *["level", "persons", "cause_class"],
                           *["filed_month", "left_month", "ending_class"]]}),
        ("评估", {"fields": ["mark", "satisfaction", "remark", "judged_on"]}),
    ]  # fmt: skip
    actions_detail = ["judge", "withdraw_missed"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        related = ["sample", "district", "case", "recognition"]
        return super().get_queryset(request).select_related(*related)

    @display(description="评估任务")
    def task(self, row: EvaluatedHousehold) -> str:
        return link(EvaluationTask, row.sample_id, row.sample)

    @display(description="区县")
    def district_name(self, row: EvaluatedHousehold) -> str:
        return row.district.name

    @display(description="档案级别")
    def level(self, row: EvaluatedHousehold) -> str:
        return row.level or "—"

    @display(description="家庭人口（人）")
    def persons(self, row: EvaluatedHousehold) -> int | str:
        return row.persons or "—"

    @display(description="致困原因大类")
    def cause_class(self, row: EvaluatedHousehold) -> str:
        return row.cause_class or "不提供"

    @display(description="建档（调整）月份")
    def filed_month(self, row: EvaluatedHousehold) -> str:
        return row.filed_month or "—"

    @display(description="退档月份")
    def left_month(self, row: EvaluatedHousehold) -> str:
        return row.left_month or "—"

    @display(description="退档方式")
    def ending_class(self, row: EvaluatedHousehold) -> str:
        return row.ending_class or "—"

    @display(description="评估结论")
    def mark(self, row: EvaluatedHousehold) -> str:
        return verdict_mark(row)

    def tables_of(self, obj: EvaluatedHousehold, *, reader: User) -> list[Table]:
        rows = [[*step[:3], step[3] or None] for step in obj.steps]
        return [Table("测算过程", ["项目", "算法", "结果", "文号"], rows, "没有档案，无测算过程。")]

    @button(
        "填写结论",
        permission=evaluation.JUDGE,
        form=JudgeForm,
        icon="rate_review",
        when=lambda row: row.verdict != Verdict.MISSED and is_open(row.sample),
        consequences=lambda row: ["评估办结前可以修改。"],
    )
    def judge(self, request: HttpRequest, row: EvaluatedHousehold, **found: str) -> str:
        evaluation.judge(row, by=request.user, **found)
        return f"{row}的评估结论已保存。"

    @button(
        "撤销登记",
        permission=evaluation.JUDGE,
        icon="undo",
        danger=True,
        when=lambda row: row.verdict == Verdict.MISSED and is_open(row.sample),
        consequences=lambda row: [f"漏评 {row} 从本次评估中移除。"],
    )
    def withdraw_missed(self, request: HttpRequest, row: EvaluatedHousehold) -> str:
        evaluation.withdraw_missed(row, by=request.user)
        return f"漏评 {row} 的登记已撤销。"


@inbox.provider
def to_judge(user: User) -> Iterable[inbox.Waiting]:
    """Samples of the evaluator in which a verdict is missing."""
    tasks = EvaluationTask.objects.visible_to(user).filter(closed_on=None)
    open_ones = tasks.annotate(left=Count("items", filter=Q(items__verdict=""))).filter(left__gt=0)
    for task in open_ones[: inbox.LONGEST]:
        yield inbox.Waiting(
            f"第三方评估：{task.left} 户待填写结论",
            str(task),
            begin_of(task.drawn_on),
            reverse("admin:hardship_evaluationtask_change", args=[task.pk]),
        )
