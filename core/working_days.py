"""Working days (工作日): Monday to Friday, but for what the State Council's yearly notice says.

The table `CalendarDay` is the truth. For a year that is not published yet the weekday decides,
and whoever shows a deadline that touches it says so with the sentence of `caution`.
"""

import datetime

from core.models import CalendarDay

_DAY = datetime.timedelta(days=1)
_SPAN = 4  # calendar days that are read for each working day wanted, and as many weeks besides


def published(year: int) -> bool:
    """Whether the holidays of the year are known."""
    return CalendarDay.objects.filter(date__year=year).exists()


def caution(*days: datetime.date | None) -> str:
    """What to say beside deadlines that were computed up to these days, or ""."""
    asked = {day.year for day in days if day}
    if not asked:
        return ""
    known = CalendarDay.objects.filter(date__year__in=asked).dates("date", "year")
    unknown = sorted(asked - {day.year for day in known})
    if not unknown:
        return ""
    named = "、".join(map(str, unknown))
    return f"{named} 年节假日安排尚未发布，截止日期按周一至周五推算，发布后请核对。"


def is_working(day: datetime.date) -> bool:
    return _working(day, _exceptions(day, day))


def last_of(start: datetime.date, count: int, *, includes_start: bool = False) -> datetime.date:
    """The last day of a period of `count` working days that begins with `start`.

    By civil-law custom the day itself does not count; with `includes_start` it does if it is a
    working day. `count` is at least one.
    """
    if count < 1:
        raise ValueError("a period has at least one working day")
    exceptions = _exceptions(start, start + _DAY * (_SPAN * count + 7 * _SPAN))
    day = start if includes_start else start + _DAY
    while True:
        if _working(day, exceptions):
            count -= 1
        if not count:
            return day
        day += _DAY


def _exceptions(first: datetime.date, last: datetime.date) -> dict[datetime.date, bool]:
    days = CalendarDay.objects.filter(date__range=(first, last))
    return dict(days.values_list("date", "is_working"))


def _working(day: datetime.date, exceptions: dict[datetime.date, bool]) -> bool:
    return exceptions.get(day, day.weekday() < 5)
