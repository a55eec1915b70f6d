"""A city without members and rosters for it: the material of the measurements."""

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from django.db import transaction
from django.utils import timezone

from core.models import Assignment, Organisation, User
from core.services import organisations
from demo.names import Chance, Registry
from members.models import Employer

TOWNS, UNIONS, EMPLOYERS = 80, 6_000, 3_000
HEADINGS = [
    "姓名", "证件类型", "证件号码", "性别", "民族", "政治面貌", "学历", "手机号", "户籍类型",
    "职业技能等级", "所属工会", "工作单位", "入会日期", "会员证号", "从业群体", "农民工",
    "用工形式", "就业状况", "岗位（职务）",
]  # fmt: skip


@transaction.atomic
def found_city() -> None:
    """A federation, its towns and unions, employers, and the clerk who imports."""
    level = Organisation.Level
    city = organisations.plant(
        Organisation(code="city", name="江城市总工会", level=level.MUNICIPAL)
    )
    clerk = User.objects.create(username="clerk", display_name="王芳", organisation=city)
    for role in ("head", "clerk"):
        Assignment.objects.create(
            user=clerk, organisation=city, role=role, since=timezone.localdate()
        )
    clerk = User.objects.get(pk=clerk.pk)
    towns = [
        Organisation(code=f"T{n:02}", name=f"第{n}街道总工会", level=level.TOWN)
        for n in range(TOWNS)
    ]
    unions = [
        Organisation(code=f"U{n:05}", name=f"第{n}厂工会委员会", level=level.GRASSROOTS)
        for n in range(UNIONS)
    ]
    pairs = [(town, city) for town in towns]
    pairs += [(union, towns[n % TOWNS]) for n, union in enumerate(unions)]
    organisations.establish_many(pairs, by=clerk)
    numbers = Registry(Chance(1))
    Employer.objects.bulk_create(
        Employer(
            organisation=unions[n % UNIONS],
            name=f"第{n}厂有限公司",
            credit_code=numbers.credit_code("91"),
            ownership="170",
            industry="C",
        )
        for n in range(EMPLOYERS)
    )


def rows(count: int, seed: int) -> Iterator[list[str]]:
    """Rows of a roster as a careful clerk fills them in. Two seeds may share a few numbers."""
    chance = Chance(seed)
    registry = Registry(chance)
    registry._phones = seed * 30_000_000
    first, last = datetime.date(1955, 1, 1), datetime.date(2003, 12, 31)
    employers = list(Employer.objects.order_by("pk").values_list("name", flat=True))
    for n in range(count):
        sex = chance.one("男女")
        name, ethnicity = registry.name(sex)
        joined = chance.day(datetime.date(2005, 1, 1), datetime.date(2024, 12, 31))
        yield [
            name, "居民身份证", registry.number(chance.day(first, last), sex), sex, ethnicity,
            chance.one(["群众", "群众", "中共党员", "共青团员"]),
            chance.one(["初中", "高中", "大专", "大学本科"]),
            registry.phone(), chance.one(["城镇", "农村"]), chance.one(["", "初级工", "高级工"]),
            f"U{chance.between(0, UNIONS - 1):05}", chance.one(employers) if n % 2 else "",
            joined.isoformat(), f"{seed}{n:09}", chance.one(["", "", "", "网约送餐员", "快递员"]),
            chance.one("是否"), "劳动合同", "在岗",
            chance.one(["钳工", "操作工", "会计", "驾驶员", "骑手", ""]),
        ]  # fmt: skip


def write(path: Path, count: int, seed: int) -> None:
    """A roster as csv or, by the name of the file, as a workbook."""
    if path.suffix == ".xlsx":
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            page = book.add_worksheet()
            page.write_row(0, 0, HEADINGS)
            for number, row in enumerate(rows(count, seed), start=1):
                page.write_row(number, 0, row)
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        writer.writerows(rows(count, seed))
