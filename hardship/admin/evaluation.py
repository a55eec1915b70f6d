"""Third-party evaluation: the samples of the federation, and what was found amiss in them."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from core import inbox, timeline
from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.models import User
from hardship.forms.evaluation import DrawForm, SettleForm
from hardship.models import (
    Case,
    EvaluatedHousehold,
    EvaluationSample,
    SampleItem,
)
from hardship.models.evaluation import Standing, Verdict
from hardship.models.standards import Tier
from hardship.services import evaluation

SHOWN = 200  # households on the page of a sample; their list has all
MARKS = {
    "": Mark.WAITING,
    Verdict.ACCURATE: Mark.DONE,
    Verdict.UNVERIFIABLE: Mark.OVER,
    **dict.fromkeys(SampleItem.AMISS, Mark.REFUSED),
}


def verdict_mark(row: SampleItem) -> str:
    return MARKS[row.verdict].of(row.get_verdict_display() or "待填写")


class VerdictFilter(ChoiceFilter):
    title = "评估结论"
    parameter_name = "verdict"
    OPEN = "open"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [(self.OPEN, "待填写"), *Verdict.choices]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == self.OPEN:
            return queryset.unjudged()
        return super().queryset(request, queryset)


class TierFilter(ChoiceFilter):
    title = "困难类别"
    parameter_name = "tier"
    options = Tier.choices


class StandingFilter(ChoiceFilter):
    title = "在档情况"
    parameter_name = "standing"
    options = Standing.choices


class AnswerFilter(admin.SimpleListFilter):
    title = "处置"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("waiting", "待处置")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        return queryset.unsettled() if self.value() == "waiting" else queryset.none()


@admin.register(EvaluationSample)
class EvaluationSampleAdmin(ReadOnlyAdmin):
    list_display = ["title", "organisation", "agency", "size", "drawn_on", "closed_on"]
    list_filter = [SubtreeFilter]
    list_select_related = ["organisation"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": [*["title", "organisation", "first", "last", "agency", "holder"],
                           *["shows_cause", "closed_on"]]}),
        ("抽样", {"fields": ["drawn_on", "population", "size", "rule", "seed", "again"]}),
    ]  # fmt: skip
    actions_list = ["draw"]
    actions_detail = ["close"]

    @display(description="评估人员")
    def holder(self, row: EvaluationSample) -> str:
        return row.evaluator.display_name

    @display(description="按种子重抽")
    def again(self, row: EvaluationSample) -> str:
        if evaluation.drawn_again(row):
            return Mark.DONE.of("与样本一致")
        return Mark.WAITING.of("与样本不一致，抽样后在档记录有更正")

    def tables_of(self, obj: EvaluationSample, *, reader: User) -> list[Table]:
        return [_outcomes(obj), _strata(obj), _households(obj)]

    @button(
        "抽取样本",
        permission="hardship.add_evaluationsample",
        form=DrawForm,
        icon="casino",
        consequences=lambda row: [
            "种子由系统随机产生并记入样本，任何人可按种子重抽核对；抽出的样本不能删除或重抽替换。",
            "评估人员只看到代码、区县、困难类别、级别、人口和测算过程，看不到姓名、号码、住址和工会。",
        ],
    )
    def draw(self, request: HttpRequest, row: None, **given: Any) -> HttpResponse:
        drawn = evaluation.draw(EvaluationSample(**given), by=request.user)
        return redirect("admin:hardship_evaluationsample_change", drawn.pk)

    @button(
        "办结评估",
        permission="hardship.close_evaluationsample",
        icon="lock",
        danger=True,
        when=lambda row: row.closed_on is None,
        consequences=lambda row: [
            f"“{row}”共 {row.size} 户的评估结论从此不能改动，计入第三方评估指标。",
            "错评、错退、漏评列入帮扶经办人员的待办，直至处置。",
        ],
    )
    def close(self, request: HttpRequest, row: EvaluationSample) -> str:
        evaluation.close(row, by=request.user)
        return f"“{row}”已办结，评估结论已固定。"


def _outcomes(sample: EvaluationSample) -> Table:
    headings = ["区县", "抽查（户）", "准确（户）", "错评（户）", "错退（户）"]
    headings += ["无法核实（户）", "漏评（户）", "准确率", "满意率"]
    rows = [
        [
            *[row.district, row.drawn, row.accurate, row.wrong, row.wrongly_closed],
            *[row.unverifiable, row.missed, row.accuracy, row.satisfaction],
        ]
        for row in evaluation.outcomes(sample)
    ]
    return Table("评估结果", headings, rows, "")


def _strata(sample: EvaluationSample) -> Table:
    drawn = sample.items.sampled().order_by("district__path", "tier", "standing")
    drawn = drawn.values_list("district__name", "tier", "standing", "stratum_households")
    rows = [
        [name, Tier(tier).label, Standing(standing).label, all_of_them, count]
        for name, tier, standing, all_of_them, count in drawn.annotate(Count("pk"))
    ]
    headings = ["区县", "困难类别", "在档情况", "总体（户）", "抽取（户）"]
    return Table("抽样分布（抽到的层）", headings, rows, "")


def _households(sample: EvaluationSample) -> Table:
    items = list(sample.items.select_related("case", "organisation")[: SHOWN + 1])
    title = "样本户" if len(items) <= SHOWN else f"样本户（前 {SHOWN} 户）"
    rows = [
        [
            link(SampleItem, item.pk, item.code),
            item.case and link(Case, item.case_id, item.case),
            item.organisation,
            item.get_tier_display() or None,
            item.get_standing_display() or None,
            verdict_mark(item),
        ]
        for item in items[:SHOWN]
    ]
    headings = ["代码", "档案", "所属工会", "困难类别", "在档情况", "评估结论"]
    return Table(title, headings, rows, "")


@admin.register(SampleItem)
class SampleItemAdmin(ReadOnlyAdmin):
    """What was found of each household, with the way to its file."""

    list_display = ["code", "sample", "household", "organisation", "mark", "settled_on"]
    list_filter = [VerdictFilter, AnswerFilter, TierFilter, StandingFilter, SubtreeFilter]
    list_select_related = ["sample", "case", "organisation"]
    ordering = ["-sample_id", "id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": [*["code", "sample", "file", "organisation", "place"],
                           *["tier", "standing"]]}),
        ("评估", {"fields": ["mark", "satisfaction", "remark", "judged_on"]}),
        ("处置", {"fields": ["settled_on", "settlement"]}),
    ]  # fmt: skip
    actions_detail = ["settle"]

    @display(description="家庭")
    def household(self, row: SampleItem) -> str:
        return str(row.case) if row.case else row.place

    @display(description="档案")
    def file(self, row: SampleItem) -> str:
        return link(Case, row.case_id, row.case) if row.case else "—"

    @display(description="评估结论")
    def mark(self, row: SampleItem) -> str:
        return verdict_mark(row)

    def timeline_of(self, obj: SampleItem, *, reader: User) -> list[timeline.Entry]:
        """With the trail of the same row as its evaluator writes it."""
        found = timeline.of(EvaluatedHousehold(pk=obj.pk), reader=reader)
        found += super().timeline_of(obj, reader=reader)
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    @button(
        "登记处置",
        permission="hardship.settle_sampleitem",
        form=SettleForm,
        icon="task_alt",
        when=lambda row: (
            row.verdict in SampleItem.AMISS
            and row.sample.closed_on is not None
            and row.settled_on is None
        ),
        consequences=lambda row: ["评估结论不变；该户不再列入待办。"],
    )
    def settle(self, request: HttpRequest, row: SampleItem, settlement: str) -> str:
        evaluation.settle(row, settlement=settlement, by=request.user)
        return f"{row}的处置情况已登记。"


# 待办.


@inbox.provider
def amiss(user: User) -> Iterable[inbox.Waiting]:
    """Households that a closed evaluation found missed, wrong or wrongly closed."""
    rows = SampleItem.objects.visible_to(user, "hardship.settle_sampleitem").unsettled()
    for row in rows.select_related("sample", "case", "organisation")[: inbox.LONGEST]:
        whose = row.case or f"{row.organisation} {row.place}"
        yield inbox.Waiting(
            f"第三方评估发现{row.get_verdict_display()}",
            f"{whose}（{row.code}）",
            begin_of(row.sample.closed_on),
            reverse("admin:hardship_sampleitem_change", args=[row.pk]),
        )


def begin_of(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
