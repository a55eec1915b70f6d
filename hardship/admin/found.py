"""What was found out about households: answers of authorities, visits, re-checks, alerts; and the
cadres who look after them. Work lists over all files in scope; a row leads to its file."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from core import workflow
from core.admin import ChoiceFilter, Mark, ReadOnlyAdmin, SubtreeFilter, Table, button, link
from core.models import User
from core.services import records
from hardship.forms.acts import AnswerForm, ClearForm, JudgeForm
from hardship.models import Alert, Case, DataCheck, Pairing, Review, Visit
from hardship.services import checks


class _FoundAdmin(ReadOnlyAdmin):
    """Rows of files, each under the name of its household. `sealed` are shown by their masks, with
    the way to the clear value for whoever may see it."""

    list_display_links = ["household"]
    list_select_related = ["case__organisation"]
    ordering = ["-id"]
    sortable_by = ()
    sealed: tuple[str, str] | None = None  # heading and name of what is told in confidence

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields

    @display(description="困难职工家庭")
    def household(self, row: Any) -> str:
        return str(row.case)

    @display(description="所属工会")
    def union(self, row: Any) -> str:
        return row.case.organisation.label

    @display(description="档案")
    def file(self, row: Any) -> str:
        return link(Case, row.case_id, f"{row.case}（{row.case.get_state_display()}）")

    def tables_of(self, obj: models.Model, *, reader: User) -> list[Table]:
        if not self.sealed:
            return []
        title, name = self.sealed
        told = getattr(obj, name)
        if told is None:
            return [Table(title, [title], [], "尚未登记。")]
        if reader.has_perm(records.permission(obj, "reveal"), obj):
            url = self.reveal_url(obj.pk, name)
            told = format_html('{}　<a class="text-primary-600" href="{}">查看</a>', told, url)
        return [Table(title, ["内容"], [[told]], "")]


# 信息比对.

VERDICT_MARKS = {
    DataCheck.Verdict.CONSISTENT: Mark.DONE,
    DataCheck.Verdict.EXPLAINED: Mark.INFO,
    DataCheck.Verdict.REFUTED: Mark.REFUSED,
}


class SourceFilter(ChoiceFilter):
    title = "比对部门"
    parameter_name = "source"
    options = DataCheck.Source.choices


class VerdictFilter(ChoiceFilter):
    title = "结论"
    parameter_name = "verdict"
    options = DataCheck.Verdict.choices


class WaitingFilter(admin.SimpleListFilter):
    """What is still to be done about requests."""

    title = "待办"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("answer", "未答复"), ("verdict", "待结论")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        ways = {"answer": queryset.unanswered, "verdict": queryset.unjudged, None: queryset.all}
        return ways.get(self.value(), queryset.none)()


def is_asked(check: DataCheck) -> bool:
    return check.is_asked


def is_answered(check: DataCheck) -> bool:
    return check.is_asked and check.answered_on is not None


def kept_from(check: DataCheck, user: User) -> str:
    return workflow.kept_from(check.case, checks.COMPARISON, user)


@admin.register(DataCheck)
class DataCheckAdmin(_FoundAdmin):
    """The work list of those who ask authorities, enter what they answer and judge it."""

    list_display = [
        *["household", "union", "source", "requested_on", "answered_on", "hit", "progress"],
        "due_on",
    ]
    list_filter = [SourceFilter, WaitingFilter, VerdictFilter, SubtreeFilter]
    list_select_related = ["case__organisation", "evidence__file"]
    fields = [
        *["file", "union", "source", "requested_on", "due_on", "answered_on", "hit", "progress"],
        *["note", "paper"],
    ]
    sealed = ("答复内容", "finding")
    actions_list = ["clear"]
    actions_detail = ["answer", "judge"]

    @display(description="查有记录")
    def hit(self, row: DataCheck) -> str:
        return {True: "有", False: "无", None: "—"}[row.is_hit]

    @display(description="办理期限")
    def due_on(self, row: DataCheck) -> str:
        waits = row.is_asked and not row.verdict
        return f"{row.case.due_on or '—'}" if waits else "—"

    @display(description="进展")
    def progress(self, row: DataCheck) -> str:
        if row.verdict:
            return VERDICT_MARKS[row.verdict].of(row.get_verdict_display())
        if not row.is_asked:
            return Mark.OVER.of("未办完，档案已离开比对环节")
        return Mark.WAITING.of("待结论" if row.answered_on else "未答复")

    @display(description="比对回复")
    def paper(self, row: DataCheck) -> str:
        if row.evidence is None:
            return "—"
        url = reverse("file", args=[row.evidence.file.token])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, row.evidence.file)

    @button(
        "登记答复",
        permission="hardship.compare_case",
        asked_of=lambda row: row.case,
        form=AnswerForm,
        icon="mark_email_read",
        when=is_asked,
        barred=kept_from,
        consequences=lambda row: [
            f"登记{row}对{row.case}的答复，随后作出结论。",
            *(["原来的答复和结论由本次登记取代。"] if row.answered_on else []),
        ],
    )
    def answer(self, request: HttpRequest, row: DataCheck, **told: Any) -> str:
        checks.answer_data(row, by=request.user, **told)
        return f"{row}的答复已登记，请作出结论。"

    @button(
        "作出结论",
        permission="hardship.compare_case",
        asked_of=lambda row: row.case,
        form=JudgeForm,
        icon="fact_check",
        when=is_answered,
        barred=kept_from,
        consequences=lambda row: [
            f"{row}答复：{'有' if row.is_hit else '无'}记录。",
            "“与申报不符”的，该户不能通过比对，须退回补正或不予建档。",
        ],
    )
    def judge(self, request: HttpRequest, row: DataCheck, verdict: str, note: str) -> str:
        checks.judge_data(row, verdict=verdict, note=note, by=request.user)
        return f"{row}：{row.get_verdict_display()}。各部门都有结论后，在档案中办理“比对通过”。"

    @button(
        "批量登记无记录",
        permission="hardship.compare_case",
        form=ClearForm,
        icon="checklist",
        consequences=lambda row: [
            "勾选部门答复为“无记录”的家庭，下一步列出名单供核对。",
            "查有记录的，请在该件中单独登记。",
        ],
    )
    def clear(
        self, request: HttpRequest, row: None, chosen: list[int], is_confirmed: bool
    ) -> HttpResponse | str:
        mine = DataCheck.objects.visible_to(request.user, "hardship.compare_case")
        rows = mine.filter(pk__in=chosen)
        if is_confirmed:
            count = checks.clear_data(rows, by=request.user)
            return f"已登记 {count:,} 件无记录，结论为与申报一致。"
        return self._page(request, "hardship/clear_checks.html", None, **_to_confirm(rows))


def _to_confirm(chosen: models.QuerySet[DataCheck]) -> dict[str, Any]:
    """What the page of a bulk act lists before it is done."""
    rows = list(chosen.select_related("case__organisation").order_by("source", "pk"))
    households = len({row.case_id for row in rows})
    return {
        "title": f"登记 {len(rows):,} 件无记录",
        "rows": rows,
        "danger": True,
        "consequences": [
            f"{households:,} 户的 {len(rows):,} 件请求登记为“无记录”，结论为“与申报一致”。",
            "有一件不能办理的，全部不登记。",
        ],
        "table": Table(
            "将要登记",
            ["部门", "困难职工家庭", "所属工会", "请求日期"],
            [
                [str(row), str(row.case), row.case.organisation.label, row.requested_on]
                for row in rows
            ],
            "没有勾选。",
        ),
    }


# 走访、复核、返困预警、结对帮扶.


class VisitKindFilter(ChoiceFilter):
    title = "走访种类"
    parameter_name = "kind"
    options = Visit.Kind.choices


@admin.register(Visit)
class VisitAdmin(_FoundAdmin):
    """Visits are entered on the page of a file."""

    list_display = ["household", "union", "kind", "held_on", "visited_by"]
    list_filter = [VisitKindFilter, SubtreeFilter]
    fields = ["file", "union", "kind", "held_on", "visited_by"]
    sealed = ("走访情况", "finding")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).prefetch_related("visitors")

    @display(description="走访人")
    def visited_by(self, row: Visit) -> str:
        return "、".join(visitor.display_name for visitor in row.visitors.all())


class OutcomeFilter(ChoiceFilter):
    title = "拟办"
    parameter_name = "outcome"
    options = Review.Outcome.choices


GUARANTEES = ["has_medical", "has_employment", "has_schooling", "has_housing", "has_insurance"]


@admin.register(Review)
class ReviewAdmin(_FoundAdmin):
    """What re-checks proposed; they are written while the file is."""

    list_display = ["household", "union", "round", "outcome", "guaranteed"]
    list_filter = [OutcomeFilter, SubtreeFilter]
    fields = ["file", "union", "round", "outcome", *GUARANTEES]
    sealed = ("复核情况", "note")

    @display(description="五项保障")
    def guaranteed(self, row: Review) -> str:
        return f"{len(row.guaranteed())} / {len(GUARANTEES)}"


class AlertKindFilter(ChoiceFilter):
    title = "预警种类"
    parameter_name = "kind"
    options = Alert.Kind.choices


class _OpenFilter(admin.SimpleListFilter):
    """Rows that are open, or over: `until` is the day on which they end."""

    title = "状态"
    parameter_name = "open"
    until = ""
    words = ("", "")

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return list(zip(("yes", "no"), self.words, strict=True))

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() is None:
            return queryset
        if self.value() not in {"yes", "no"}:
            return queryset.none()
        return queryset.filter(**{f"{self.until}__isnull": self.value() == "yes"})


class SettledFilter(_OpenFilter):
    until = "settled_on"
    words = ("待处置", "已处置")


class RunningFilter(_OpenFilter):
    until = "until"
    words = ("结对中", "已解除")


@admin.register(Alert)
class AlertAdmin(_FoundAdmin):
    """Alerts are entered and settled on the page of a file."""

    list_display = ["household", "union", "kind", "raised_on", "mark", "settled_on"]
    list_filter = [SettledFilter, AlertKindFilter, SubtreeFilter]
    fields = ["file", "union", "kind", "raised_on", "mark", "settled_on", "settlement"]
    sealed = ("情况", "detail")

    @display(description="状态")
    def mark(self, row: Alert) -> str:
        return Mark.DONE.of("已处置") if row.settled_on else Mark.WAITING.of("待处置")


@admin.register(Pairing)
class PairingAdmin(_FoundAdmin):
    """Pairings begin and end on the page of a file."""

    list_display = ["household", "union", "cadre_name", "cadre_post", "since", "until", "mark"]
    list_filter = [RunningFilter, SubtreeFilter]
    fields = ["file", "union", "cadre_name", "cadre_post", "since", "until", "mark"]

    @display(description="状态")
    def mark(self, row: Pairing) -> str:
        return Mark.OVER.of("已解除") if row.until else Mark.DONE.of("结对中")
