"""The screen of the calendar: everybody reads it, the municipal federation keeps it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from core.admin.base import ScopedAdmin
from core.admin.buttons import button
from core.admin.filters import ChoiceFilter
from core.admin.marks import Mark
from core.forms import ReasonForm
from core.models import CalendarDay
from core.models.calendar import WEEKDAYS
from core.services import calendar


class YearFilter(ChoiceFilter):
    title = "年度"
    parameter_name = "date__year"

    def lookups(self, request: HttpRequest, screen: Any) -> list[tuple[str, str]]:
        years = CalendarDay.objects.visible_to(request.user).dates("date", "year", order="DESC")
        return [(str(first.year), f"{first.year} 年") for first in years]


@admin.register(CalendarDay)
class CalendarDayAdmin(ScopedAdmin):
    list_display = ["date", "weekday", "arrangement", "name", "source"]
    list_filter = [YearFilter]
    search_fields = ["name"]
    search_help_text = "节日名称"
    fields = ["date", "is_working", "name", "source"]
    actions_detail = ["remove"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request) and calendar.may_keep(request.user)

    def save_model(
        self, request: HttpRequest, obj: CalendarDay, form: forms.ModelForm, change: bool
    ) -> None:
        calendar.keep(obj, by=request.user)

    @display(description="星期")
    def weekday(self, row: CalendarDay) -> str:
        return f"星期{WEEKDAYS[row.date.weekday()]}"

    @display(description="安排", ordering="is_working")
    def arrangement(self, row: CalendarDay) -> str:
        return Mark.INFO.of("上班") if row.is_working else Mark.OVER.of("放假")

    @button(
        "移除",
        permission="core.change_calendarday",
        form=ReasonForm,
        icon="delete",
        danger=True,
        consequences=lambda row: [
            f"{row.date} 恢复按星期{WEEKDAYS[row.date.weekday()]}的惯例计算。",
            "正在公示的期限如因此延长，由系统自动顺延，不会缩短。",
        ],
    )
    def remove(self, request: HttpRequest, row: CalendarDay, reason: str) -> str:
        calendar.remove(row, reason=reason, by=request.user)
        return f"{row.date} 的安排已移除。"
