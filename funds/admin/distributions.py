"""What became due and why: distributions with their dues and entry, the parts of each receipt."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from core import inbox
from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.models import Organisation, User
from funds.explaining import NAMES, explain
from funds.forms.splits import FoundForm, ReleaseForm, ResplitForm
from funds.models import Allocation, CollectionLine, Distribution, Due, JournalEntry
from funds.rules.shares import LEVELS
from funds.services import custody, resplitting

SHOWN = 100  # rows on the page of a distribution; the lists have all


class KindFilter(ChoiceFilter):
    title = "种类"
    parameter_name = "kind"
    options = Distribution.Kind.choices


@admin.register(Distribution)
class DistributionAdmin(ReadOnlyAdmin):
    """Appended by services; what was wrong is put right by another one."""

    list_display = ["on", "kind", "organisation", "reason", "by"]
    list_display_links = ["on"]
    list_filter = [KindFilter, SubtreeFilter]
    list_select_related = ["organisation", "by"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["on", "kind", "organisation", "reason", "batch", "by", "at"]
    actions_list = ["found", "release", "resplit"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    def tables_of(self, obj: Distribution, *, reader: User) -> list[Table]:
        return [self._sums(obj, reader), self._dues(obj, reader), self._entry(obj, reader)]

    def _sums(self, distribution: Distribution, reader: User) -> Table:
        """What the parts of all its receipts come to, by level."""
        rows = Allocation.objects.visible_to(reader).filter(distribution=distribution).order_by()
        sums = rows.aggregate(count=Count("pk"), **{level: Sum(level) for level in LEVELS})
        return Table(
            f"各级分成（{sums['count']:,} 笔缴款）",
            ["级次", "金额（元）"],
            [[NAMES[level], f"{sums[level]:,.2f}"] for level in LEVELS if sums[level]],
            "这张分配单不是按缴款分成的。",
        )

    def _dues(self, distribution: Distribution, reader: User) -> Table:
        rows = Due.objects.visible_to(reader).filter(distribution=distribution).order_by("pk")
        found = list(rows.select_related("organisation")[: SHOWN + 1])
        return Table(
            "应返" if len(found) <= SHOWN else f"应返（前 {SHOWN} 笔，全部见应返台账）",
            ["应返工会", "来源", "所属月份", "应返日期", "金额（元）", "代管"],
            [
                [
                    link(Due, due.pk, due.organisation),
                    due.get_source_display(),
                    f"{due.period:%Y-%m}",
                    due.due_on,
                    f"{due.amount:,}",
                    "是" if due.is_custody else None,
                ]
                for due in found[:SHOWN]
            ],
            "没有产生应返。",
        )

    def _entry(self, distribution: Distribution, reader: User) -> Table:
        entries = JournalEntry.objects.visible_to(reader).filter(distribution=distribution)
        sums = entries.values_list("pk", "on", "postings__account__code", "postings__account__name")
        found = sums.annotate(total=Sum("postings__amount")).order_by("postings__account__code")
        return Table(
            "记账凭证（按科目）",
            ["凭证", "科目", "借方（元）", "贷方（元）"],
            [
                [
                    link(JournalEntry, pk, on),
                    f"{code} {name}",
                    f"{total:,.2f}" if total > 0 else None,
                    f"{-total:,.2f}" if total < 0 else None,
                ]
                for pk, on, code, name, total in found
            ],
            "各科目金额没有变化，没有记账凭证。",
        )

    # Acts.

    @button(
        "建会返还筹备金",
        permission=custody.GIVES_OUT,
        form=FoundForm,
        icon="volunteer_activism",
        consequences=lambda row: [
            "所选单位建会前缴纳、由上级代管的经费，按“建会后返还”的规则分给其工会和各级。",
            "分给工会的部分列入应返台账，从建会之日起计算应返期限。",
        ],
    )
    def found(self, request: HttpRequest, row: None, employers: list[int]) -> str:
        made = custody.found_many(employers, by=request.user)
        return f"已为 {len(employers)} 家单位建立 {len(made)} 张分配单，请在返还单中安排支付。"

    @button(
        "转出代管经费",
        permission=custody.GIVES_OUT,
        form=ReleaseForm,
        icon="outbox",
        consequences=lambda row: [
            "为所选工会代管的经费转为应返，应返日期不早于今天。",
        ],
    )
    def release(self, request: HttpRequest, row: None, unions: list[int]) -> str:
        made = custody.release_many(unions, by=request.user)
        return f"已为 {len(unions)} 家工会建立 {len(made)} 张分配单，请在返还单中安排支付。"

    @button(
        "重新分配",
        permission=resplitting.MAY,
        form=ResplitForm,
        icon="call_split",
        danger=True,
        consequences=lambda row: [
            "范围内已分配的缴款按现行规则、缓减措施和归属重新计算，退库随原缴款一并计算。",
            "结果不同的，原分成保留备查，差额记入应返台账和记账凭证。",
            "已支付的返还不会追回，多返的部分在以后的应返中抵减。",
        ],
    )
    def resplit(
        self,
        request: HttpRequest,
        row: None,
        organisation: Organisation,
        within: Organisation,
        first: datetime.date,
        last: datetime.date,
        reason: str,
    ) -> str:
        resplitting.ask(
            organisation, within=within, first=first, last=last, reason=reason, by=request.user
        )
        return "已开始重新分配，结果在“我的任务”中告知。"


class LiveFilter(admin.SimpleListFilter):
    """What counts, what was replaced, and what waits for somebody."""

    title = "版本"
    parameter_name = "version"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("live", "现行"), ("former", "已替换"), ("found", "建会后待返还")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        match self.value():
            case None:
                return queryset
            case "live":
                return queryset.live()
            case "former":
                return queryset.filter(is_live=False)
            case "found":
                return queryset.releasable(timezone.localdate())
        return queryset.none()


class PeriodFilter(admin.SimpleListFilter):
    """By the year of the month it was paid for."""

    title = "所属年度"
    parameter_name = "year"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        this = timezone.localdate().year
        return [(str(year), f"{year}年") for year in range(this, this - 8, -1)]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if not self.value():
            return queryset
        if self.value() not in {key for key, _ in self.lookup_choices}:
            return queryset.none()
        year = int(self.value())
        span = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        return queryset.filter(line__period_first__range=span)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin):
    """The parts of receipts, and of each why."""

    list_display = [
        *["receipt", "payer", "period", "amount", "grassroots", "district", "municipal", "held"],
        "mark",
    ]
    list_display_links = ["receipt"]
    list_filter = [LiveFilter, PeriodFilter, SubtreeFilter]
    list_select_related = ["line"]
    search_fields = ["=line__receipt_number"]
    search_help_text = "税票号"
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["line_shown", "distribution_shown", "mark", "rule", "measure"]}),
        ("各级分成（元）", {"fields": ["amount", *LEVELS, "support"]}),
        ("归属", {"fields": ["union", "town_union", "district_union"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return rows.select_related(
            *["line__organisation", "distribution", "rule", "measure"],
            *["union", "town_union", "district_union"],
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for _, told in self.fieldsets for name in told["fields"]]

    @display(description="税票号")
    def receipt(self, row: Allocation) -> str:
        return row.line.receipt_number

    @display(description="缴费单位")
    def payer(self, row: Allocation) -> str:
        return row.line.payer_name

    @display(description="所属期")
    def period(self, row: Allocation) -> str:
        return f"{row.line.period_first:%Y-%m}"

    @display(description="版本")
    def mark(self, row: Allocation) -> str:
        return Mark.DONE.of("现行") if row.is_live else Mark.OVER.of("已替换")

    @display(description="缴款明细")
    def line_shown(self, row: Allocation) -> str:
        return link(CollectionLine, row.line_id, row.line)

    @display(description="分配单")
    def distribution_shown(self, row: Allocation) -> str:
        return link(Distribution, row.distribution_id, row.distribution)

    def tables_of(self, obj: Allocation, *, reader: User) -> list[Table]:
        return [why(obj.line)]


def why(line: CollectionLine) -> Table:
    """Why its parts are what they are, one sentence a row."""
    return Table("分成依据", ["说明"], [[told] for told in explain(line)], "")


@inbox.provider
def waiting(user: User) -> Iterator[inbox.Waiting]:
    """Money that is held though its union, or the union's account, is there by now."""
    if not user.has_perm(custody.GIVES_OUT):
        return
    held = Allocation.objects.visible_to(user).releasable(timezone.localdate())
    if first := held.select_related("line__employer", "distribution").order_by("pk").first():
        url = reverse("admin:funds_distribution_found")
        since = first.distribution.at
        yield inbox.Waiting("建会返还筹备金", f"{first.line.employer}等", since, url)
    kept = Due.objects.visible_to(user).releasable()
    if due := kept.select_related("organisation", "distribution").order_by("pk").first():
        url = reverse("admin:funds_distribution_release")
        since = due.distribution.at
        yield inbox.Waiting("转出代管经费", f"{due.organisation}等", since, url)
