"""When money should be with the union that it is due to.

A number of days, the end of the next month, or the end of the next quarter after the receipt was
booked, as the rules of provinces have it (月返、季返). Pure functions.
"""

import calendar
import datetime

DAYS, MONTH, QUARTER = "days", "month", "quarter"


def due_on(since: datetime.date, after: str, days: int = 0) -> datetime.date:
    """The last day on which it is in time, counted from the day `since`."""
    if after == DAYS:
        return since + datetime.timedelta(days=days)
    if after == MONTH:
        return _month_end(since.year, since.month + 1)
    if after == QUARTER:
        return _month_end(since.year, (since.month + 2) // 3 * 3 + 3)
    raise ValueError(f"no due date by {after!r}")


def _month_end(year: int, month: int) -> datetime.date:
    """The last day of a month, counted on into the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return datetime.date(year, month, calendar.monthrange(year, month)[1])
