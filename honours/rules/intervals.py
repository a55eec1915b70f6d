"""When somebody is due again for what he has a right to every so many years (体检、疗休养).

The right is one of calendar years: 每年一次 is once in each, 每两年一次 once in each two.
"""

import datetime


def due_before(years: int, on: datetime.date) -> datetime.date:
    """Who was last served before this day, or never, is due on the day `on`."""
    return datetime.date(on.year - years + 1, 1, 1)
