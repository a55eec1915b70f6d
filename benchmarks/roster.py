"""Rosters of people who are not yet in the city: the material of the section `imports`."""

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from stdnum.cn import ric

from core.models import Organisation
from demo.names import FEMALE, MALE, REGION, SURNAMES, Chance, phone_number
from members.models import Employer

HEADINGS = [
    "姓名", "证件类型", "证件号码", "性别", "民族", "政治面貌", "学历", "手机号", "户籍类型",
    "职业技能等级", "所属工会", "工作单位", "入会日期", "会员证号", "从业群体", "农民工",
    "用工形式", "就业状况", "岗位（职务）",
]  # fmt: skip
# Nobody in the synthetic city was born as early as these. Two of one day never have the same name:
# with numbers as near as theirs they would be asked back as one person.
FIRST_BIRTH = datetime.date(1930, 1, 1)
DAYS = 10_000


def rows(count: int) -> Iterator[list[str]]:
    """Rows of a roster as a careful clerk fills them in; the unions are those of the city."""
    chance = Chance(count)
    level = Organisation.Level.GRASSROOTS
    unions = Organisation.objects.filter(level=level, closed_on=None).order_by("code")
    codes = list(unions.values_list("code", flat=True))
    employers = list(Employer.objects.order_by("pk").values_list("credit_code", flat=True)[:20_000])
    surnames, given = list(SURNAMES), {"男": MALE, "女": FEMALE}
    for n in range(count):
        place, day = divmod(n, DAYS)
        sex = "女男"[place % 2]
        surname = surnames[(place // 2 + day) % len(surnames)]
        names = given[sex]
        name = surname + names[(place // 2 // len(surnames) + day) % len(names)]
        born = FIRST_BIRTH + datetime.timedelta(days=day)
        joined = chance.day(datetime.date(2005, 1, 1), datetime.date(2024, 12, 31))
        yield [
            name, "居民身份证", _number(born, place), sex, "汉族",
            chance.one(["群众", "群众", "中共党员", "共青团员"]),
            chance.one(["初中", "高中", "大专", "大学本科"]), phone_number(n),
            chance.one(["城镇", "农村"]), chance.one(["", "初级工", "高级工"]),
            chance.one(codes), chance.one(employers) if n % 2 else "", joined.isoformat(),
            f"{n:09}", chance.one(["", "", "", "网约送餐员", "快递员"]), chance.one("是否"),
            "劳动合同", "在岗", chance.one(["钳工", "操作工", "会计", "驾驶员", "骑手", ""]),
        ]  # fmt: skip


def _number(born: datetime.date, sequence: int) -> str:
    body = f"{REGION}{born:%Y%m%d}{sequence:03}"
    return body + ric.calc_check_digit(f"{body}0")


def write(path: Path, count: int) -> None:
    """A roster as csv or, by the name of the file, as a workbook."""
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, HEADINGS)
            for number, row in enumerate(rows(count), start=1):
                page.write_row(number, 0, row)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        writer.writerows(rows(count))
