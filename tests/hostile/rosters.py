"""Rosters of members for the tests that kill imports: valid rows of a union, in any number."""

import csv
import datetime
from pathlib import Path

from tests.factories.members import resident_number

HEADINGS = ["姓名", "证件号码", "手机号", "所属工会", "入会日期", "学历", "农民工"]
LONG_AGO = datetime.date(1950, 1, 1)


def roster(path: Path, *, rows: int, first: int = 0, wrong: int = 0) -> Path:
    """A csv of so many people, numbered from `first` on. The last `wrong` rows lack a date."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        text = csv.writer(stream)
        text.writerow(HEADINGS)
        for n in range(first, first + rows):
            joined = "" if n >= first + rows - wrong else "2015-03-01"
            number = resident_number(n, born=LONG_AGO)
            phone = f"138{n % 10**8:08}"
            text.writerow(["王建国", number, phone, "city", joined, "大专", "否"])
    return path
