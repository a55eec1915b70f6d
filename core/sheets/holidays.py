"""The sheet of holidays: how the State Council's notice for a year comes in."""

from collections.abc import Sequence

from django.db import models

from core.models import CalendarDay
from core.models.calendar import WEEKDAYS
from core.services import calendar
from core.sheets.columns import ChoiceWidget, Column, DateWidget
from core.sheets.engine import Context, Row, Sheet, Written, register


@register
class HolidaySheet(Sheet):
    """节假日安排: each day that is off on a weekday, or worked on a weekend."""

    date = Column(
        "日期",
        "date",
        widget=DateWidget(),
        required=True,
        examples=["2027-01-01", "2027-10-01"],
        help_text="周一至周五放假的日子，或周六、周日上班的日子",
    )
    is_working = Column(
        "安排",
        "is_working",
        widget=ChoiceWidget(
            {False: "放假", True: "上班"},
            synonyms={"休": False, "休息": False, "班": True, "调休上班": True, "补班": True},
        ),
        required=True,
        examples=["放假", "放假"],
        help_text="放假或（调休）上班",
    )
    name = Column(
        "名称", "name", required=True, max_length=40, examples=["元旦", "国庆节"], width=18
    )
    source = Column("依据", "source", max_length=60, help_text="国务院办公厅通知文号", width=24)

    class Meta:
        name = "holidays"
        label = "节假日安排"
        model = CalendarDay
        permission = "core.change_calendarday"
        purpose = "工作日与期限推算"
        import_id_fields = ("date",)
        notes = (
            "只填与平常不同的日子：周末本来就休息，不必填写。",
            "依据国务院办公厅每年发布的节假日安排通知，由市总工会统一导入。",
        )

    def check(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            date, is_working = row.get("date"), row.get("is_working")
            if None not in (date, is_working) and is_working == (date.weekday() < 5):
                usual = "上班" if is_working else "休息"
                row.refuse(
                    "not_an_exception",
                    f"{date} 是星期{WEEKDAYS[date.weekday()]}，本来就{usual}，"
                    "请核对日期或删去此行。",
                    column="date",
                )

    def match(self, rows: Sequence[Row], context: Context) -> None:
        known = CalendarDay.objects.in_bulk([row.values["date"] for row in rows], field_name="date")
        for row in rows:
            row.instance = known.get(row.values["date"])

    def write(self, rows: Sequence[Row], context: Context) -> None:
        for row in rows:
            row.instance = row.instance or CalendarDay()
            row.assign(row.instance, self.fields)
        calendar.keep_many([row.instance for row in rows], by=context.by)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        calendar.withdraw([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        calendar.keep_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> models.QuerySet:
        return super().rows(context).order_by("date")
