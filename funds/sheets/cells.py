"""Cells that tables of money have in common."""

import calendar
import datetime
import re
from typing import Any

from core.sheets import CellError, Column, DateWidget, IdentifierWidget, LookupWidget, Mended
from core.sheets.columns import compact
from members.sheets.widgets import parse_date

_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(\d{2}))")


class PeriodWidget(DateWidget):
    """The first or last day of a period: a day, or a month as 2021-03, 202103, 2021年3月."""

    def __init__(self, *, is_last: bool) -> None:
        super().__init__(parse_date, earliest=datetime.date(1990, 1, 1))
        self.is_last = is_last

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        found = _MONTH.fullmatch(compact(str(value)))
        if not found:
            return super().clean(value, row, **kwargs)
        year, month = int(found[1]), int(found[2] or found[3])
        if not 1 <= month <= 12 or year < self.earliest.year:
            raise CellError("bad_month", "“{value}”不是月份，请写成 2021-03 或 2021-03-01。")
        first = datetime.date(year, month, 1)
        return end_of(first) if self.is_last else first


def end_of(day: datetime.date) -> datetime.date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


class CodeWidget(IdentifierWidget):
    """A tax number or credit code in capitals. Its check is nobody's here: it stays as sent."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        found = super().clean(value, row, **kwargs)
        return (
            Mended(found.value.upper(), *found.remarks)
            if isinstance(found, Mended)
            else (found.upper())
        )


def organisation() -> Column:
    """The union body that a row belongs to, by its code or name."""
    return Column(
        "所属工会",
        "organisation",
        required=True,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=["工会", "工会编码", "单位"],
        examples=["JC01-01", "JC01-01"],
    )


def periods() -> tuple[Column, Column]:
    """The two columns of a period; the last may be left out where it is one month."""
    return (
        Column(
            "所属期起",
            "period_first",
            required=True,
            widget=PeriodWidget(is_last=False),
            synonyms=["所属期", "费款所属期", "费款所属期起", "税款所属期起", "所属时期起"],
            help_text="月份或日期",
            examples=["2021-03", "2021-01-01"],
        ),
        Column(
            "所属期止",
            "period_last",
            widget=PeriodWidget(is_last=True),
            synonyms=["费款所属期止", "税款所属期止", "所属时期止"],
            help_text="不填为所属期起当月",
            examples=["2021-03", "2021-03-31"],
        ),
    )
