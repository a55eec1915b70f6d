"""Unions: particulars, posts, mechanisms, and the yearly return of head counts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from core.admin import (
    ChoiceFilter,
    Mark,
    ScopedAdmin,
    SubtreeFilter,
    YearFilter,
    button,
)
from core.forms import ScopedForm
from core.rules import text
from core.search import begins
from members.models import HeadcountReport, Mechanism, Person, Post, UnionProfile
from members.rules import committees
from members.services import unions


class OfUnionAdmin(ScopedAdmin):
    """Rows of a union, found by its name."""

    list_select_related = ["organisation"]
    search_fields = ["organisation__name"]
    search_help_text = "工会全称或组织编码的开头"
    ordering = ["-id"]
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return super().get_queryset(request).select_related("organisation")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        condition = begins(queryset, "organisation__name", term)
        if term.isascii():
            condition |= begins(queryset, "organisation__code", term)
        return queryset.filter(condition), False


class TermFilter(admin.SimpleListFilter):
    """逾期未换届."""

    title = "届期"
    parameter_name = "term"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return [("overdue", "逾期未换届")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        if self.value() == "overdue":
            return queryset.overdue(timezone.localdate())
        return queryset.none() if self.value() else queryset


@admin.register(UnionProfile)
class UnionProfileAdmin(OfUnionAdmin):
    list_display = ["organisation", "kind", "sector", "chair_name", "chair_phone", "term"]
    list_filter = [TermFilter, SubtreeFilter, "kind", "sector"]
    fieldsets = [
        (
            "工会登记",
            {
                "fields": [
                    "organisation",
                    "kind",
                    "sector",
                    "approval_number",
                    "union_code",
                    "legal_certificate",
                ]
            },
        ),
        (
            "届期与主席",
            {
                "fields": [
                    "term_number",
                    "term_since",
                    "term_until",
                    "chair_name",
                    "chair_phone",
                    "chair_full_time",
                ]
            },
        ),
        (
            "地址与经费账户",
            {
                "fields": [
                    "region_code",
                    "address",
                    "dues_channel",
                    "account_name",
                    "account_bank",
                    "account_number",
                    "has_own_account",
                ]
            },
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The particulars stay with their union."""
        return ["organisation"] if obj is not None else []

    @display(description="届期")
    def term(self, row: UnionProfile) -> str:
        if row.term_until is None:
            return "未登记"
        if committees.is_term_overdue(row.term_until, timezone.localdate()):
            return Mark.REFUSED.of(f"{row.term_until} 逾期未换届")
        return Mark.DONE.of(f"{row.term_until} 届满")


class InForceFilter(admin.SimpleListFilter):
    """In force today or ended."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        return screen.states

    def queryset(self, request: HttpRequest, queryset: models.QuerySet) -> models.QuerySet:
        today = timezone.localdate()
        if self.value() == "in_force":
            return queryset.in_force(today)
        if self.value() == "ended":
            return queryset.filter(until__lte=today)
        return queryset.none() if self.value() else queryset


class PostForm(forms.ModelForm):
    """A post; the holder is found by the number of the certificate if he is a member."""

    holder_number = forms.CharField(
        label="会员证件号码",
        required=False,
        max_length=30,
        help_text="任职人是会员的，填写完整证件号码，与会员信息关联。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        number = text.normalise_code(cleaned.get("holder_number") or "")
        if number:
            found = Person.objects.visible_to(self._request.user).holding(number).first()
            if found is None or found.name != (cleaned.get("holder_name") or "").strip():
                raise ValidationError(
                    {
                        "holder_number": "在管辖范围内没有找到该证件号码与姓名一致的会员，"
                        "请核对；不是会员的不填此项。"
                    }
                )
            self.instance.person = found
        return cleaned


@admin.register(Post)
class PostAdmin(OfUnionAdmin):
    form = PostForm
    list_display = ["holder_name", "kind", "organisation", "is_full_time", "since", "until", "mark"]
    list_display_links = ["holder_name"]
    list_filter = [InForceFilter, SubtreeFilter, "kind", "is_full_time"]
    fields = [
        "organisation",
        "holder_name",
        "holder_number",
        "kind",
        "is_full_time",
        "since",
        "until",
    ]
    states = [("in_force", "在任"), ("ended", "已离任")]

    @display(description="状态")
    def mark(self, row: Post) -> str:
        over = row.until and row.until <= timezone.localdate()
        return Mark.OVER.of("已离任") if over else Mark.DONE.of("在任")


@admin.register(Mechanism)
class MechanismAdmin(OfUnionAdmin):
    list_display = ["organisation", "kind", "since", "until", "document", "mark"]
    list_filter = [InForceFilter, SubtreeFilter, "kind"]
    fields = ["organisation", "kind", "since", "until", "document"]
    states = [("in_force", "有效"), ("ended", "已终止")]

    @display(description="状态")
    def mark(self, row: Mechanism) -> str:
        over = row.until and row.until <= timezone.localdate()
        return Mark.OVER.of("已终止") if over else Mark.DONE.of("有效")


class StateFilter(ChoiceFilter):
    title = "状态"
    parameter_name = "state"
    options = HeadcountReport.State.choices


class ReturnForm(ScopedForm):
    reason = forms.CharField(
        label="退回原因",
        min_length=2,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


STATE_MARKS = {
    HeadcountReport.State.DRAFT: Mark.INFO,
    HeadcountReport.State.SUBMITTED: Mark.WAITING,
    HeadcountReport.State.ACCEPTED: Mark.DONE,
}


@admin.register(HeadcountReport)
class HeadcountReportAdmin(OfUnionAdmin):
    list_display = ["organisation", "year_of", "employees", "members", "members_women", "mark"]
    list_filter = [StateFilter, YearFilter, SubtreeFilter]
    fieldsets = [
        (None, {"fields": ["organisation", "year"]}),
        (
            "单位与职工",
            {
                "fields": [
                    "employers",
                    "employees",
                    "employees_women",
                    "employees_migrant",
                    "employees_dispatched",
                ]
            },
        ),
        (
            "会员",
            {"fields": ["members", "members_women", "members_migrant", "members_new_form"]},
        ),
        ("工会干部", {"fields": ["cadres_full_time", "cadres_part_time", "social_workers"]}),
    ]
    actions_detail = ["submit", "accept", "send_back"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was reported stands until it is sent back."""
        if obj is not None and obj.state != HeadcountReport.State.DRAFT:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The union and the year of a return stay; its state changes by the buttons."""
        return ["mark", "organisation", "year_of"] if obj is not None else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.fieldsets
        head = (None, {"fields": ["mark", "organisation", "year_of"]})
        return [head, *self.fieldsets[1:]]

    @display(description="年度")
    def year_of(self, row: HeadcountReport) -> str:
        return f"{row.year}年"

    @display(description="状态")
    def mark(self, row: HeadcountReport) -> str:
        return STATE_MARKS[row.state].of(row.get_state_display())

    @button(
        "上报",
        permission="members.change_headcountreport",
        icon="send",
        when=lambda row: row.state == HeadcountReport.State.DRAFT,
        consequences=lambda row: ["上报后不能修改，由上级工会审定；需要修改的由上级退回。"],
    )
    def submit(self, request: HttpRequest, row: HeadcountReport) -> str:
        unions.submit_headcount(row, by=request.user)
        return f"“{row}”已上报，等待上级工会审定。"

    @button(
        "审定",
        permission="members.accept_headcountreport",
        icon="task_alt",
        when=lambda row: row.state == HeadcountReport.State.SUBMITTED,
        consequences=lambda row: ["审定后计入统计报表。"],
    )
    def accept(self, request: HttpRequest, row: HeadcountReport) -> str:
        unions.accept_headcount(row, by=request.user)
        return f"“{row}”已审定，计入统计报表。"

    @button(
        "退回",
        permission="members.accept_headcountreport",
        form=ReturnForm,
        icon="undo",
        danger=True,
        when=lambda row: row.state == HeadcountReport.State.SUBMITTED,
        consequences=lambda row: [f"“{row.organisation}”可以修改后重新上报。"],
    )
    def send_back(self, request: HttpRequest, row: HeadcountReport, reason: str) -> str:
        unions.return_headcount(row, reason=reason, by=request.user)
        return f"“{row}”已退回。"
