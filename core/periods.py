"""Periods of time that figures are counted over: inclusive of both ends, and plain values."""

import calendar
import datetime
import re
from dataclasses import dataclass

FOREVER = datetime.date(9999, 12, 31)
BEGINNING = datetime.date(1900, 1, 1)
_TEXT = re.compile(r"(\d{4})(?:-?(?:Q([1-4])|H([12])|(\d{2})))?")


@dataclass(frozen=True, order=True)
class Period:
    """From `start` to `end`, both days included. A stock is read at the end of `end`."""

    start: datetime.date
    end: datetime.date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"期间的起始日 {self.start} 晚于截止日 {self.end}。")

    @classmethod
    def year(cls, year: int) -> "Period":
        return cls(datetime.date(year, 1, 1), datetime.date(year, 12, 31))

    @classmethod
    def months(cls, year: int, first: int, last: int) -> "Period":
        """From the first day of month `first` to the last day of month `last` of one year."""
        days = calendar.monthrange(year, last)[1]
        return cls(datetime.date(year, first, 1), datetime.date(year, last, days))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        return cls.months(year, month, month)

    @classmethod
    def quarter(cls, year: int, quarter: int) -> "Period":
        return cls.months(year, quarter * 3 - 2, quarter * 3)

    @classmethod
    def half(cls, year: int, half: int) -> "Period":
        return cls.months(year, half * 6 - 5, half * 6)

    @classmethod
    def since(cls, start: datetime.date, end: datetime.date) -> "Period":
        """Cumulated from a stated start date (累计): never "all time" by default."""
        return cls(start, end)

    @classmethod
    def as_of(cls, day: datetime.date) -> "Period":
        """One day: for stocks."""
        return cls(day, day)

    @classmethod
    def parse(cls, text: str) -> "Period":
        """`2021`, `2021-Q3`, `2021-H1`, `2021-07`, `2021-07-15` (that day), or day..day."""
        start, dots, end = text.strip().partition("..")
        try:
            if dots:
                return cls(datetime.date.fromisoformat(start), datetime.date.fromisoformat(end))
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", start):
                return cls.as_of(datetime.date.fromisoformat(start))
            if found := _TEXT.fullmatch(start):
                year, quarter, half, month = (int(part) if part else 0 for part in found.groups())
                if quarter:
                    return cls.quarter(year, quarter)
                if half:
                    return cls.half(year, half)
                return cls.month(year, month) if month else cls.year(year)
        except (ValueError, calendar.IllegalMonthError) as error:
            raise ValueError(f"期间“{text}”中没有这样的日期，或起始日晚于截止日。") from error
        raise ValueError(
            f"期间“{text}”无法识别，请写成 2021、2021-Q3、2021-07 或 2021-01-01..2021-09-30。"
        )

    def split_months(self) -> list["Period"]:
        """The period cut at month ends, in order."""
        parts, day = [], self.start
        while day <= self.end:
            month = Period.month(day.year, day.month)
            parts.append(Period(day, min(month.end, self.end)))
            day = month.end + datetime.timedelta(days=1)
        return parts

    def previous_year(self) -> "Period":
        """The same days one year earlier (上年同期); 29 February becomes the 28th."""

        def back(day: datetime.date) -> datetime.date:
            last = calendar.monthrange(day.year - 1, day.month)[1]
            at_month_end = day.day == calendar.monthrange(day.year, day.month)[1]
            return day.replace(year=day.year - 1, day=last if at_month_end else min(day.day, last))

        return Period(back(self.start), back(self.end))

    @property
    def key(self) -> str:
        """The shortest text that `parse` reads back."""
        year = self.start.year
        if self == Period.year(year):
            return str(year)
        for quarter in (1, 2, 3, 4):
            if self == Period.quarter(year, quarter):
                return f"{year}-Q{quarter}"
        for half in (1, 2):
            if self == Period.half(year, half):
                return f"{year}-H{half}"
        if self == Period.month(year, self.start.month):
            return f"{year}-{self.start.month:02}"
        if self.start == self.end:
            return self.start.isoformat()
        return f"{self.start}..{self.end}"

    def __str__(self) -> str:
        """As it is said in Chinese."""
        key, year = self.key, self.start.year
        if key == str(year):
            return f"{year}年"
        if "Q" in key:
            return f"{year}年第{'一二三四'[int(key[-1]) - 1]}季度"
        if "H" in key:
            return f"{year}年{'上下'[int(key[-1]) - 1]}半年"
        if re.fullmatch(r"\d{4}-\d{2}", key):
            return f"{year}年{self.start.month}月"
        first, last = (f"{d.year}年{d.month}月{d.day}日" for d in (self.start, self.end))
        return f"截至{last}" if self.start == self.end else f"{first}至{last}"
