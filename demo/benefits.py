"""What the demo city does for its model workers: files, 三金, visits, check-ups, a title revoked.

Three persons for every allowance, four others for the money that leaves.
"""

import datetime
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core import workflow
from core.errors import Refused
from core.models import Organisation, User
from core.services import records
from demo import accounts
from demo.honours import (
    AVERAGE,
    CHECKED_UP,
    PERCENT,
    RESTED,
    VISITED,
    Honours,
    Model,
)
from demo.payments import PATH, Office, take
from demo.places import CITY
from demo.returning import batch_of
from funds.models import Pool
from honours.models import Allowance, AllowanceRule, Award, CareRule, Holder, Title
from honours.services import allowances, cares, holders, revocations
from members.models import Person

TITLE = "2021年困难劳模补助"
PAID_ON = date(2021, 12, 17)
DOCUMENT = "江工发〔2019〕6号"
A_HEAD = {"national": 2_000, "provincial": 1_500, "municipal": 1_000}
CONFIRMED = 40  # of whom somebody asked this year


def clerk() -> User:
    return accounts.user(accounts.HONOURS[0])


def reviewer() -> User:
    return accounts.user(accounts.HONOURS[1])


def approver() -> User:
    return accounts.user(accounts.HONOURS[2])


@transaction.atomic
def lay_rules() -> str:
    """The city's document of 2019 on what model workers are given, and how often they rest."""
    common = {
        "organisation": Organisation.objects.get(code=CITY),
        "document": DOCUMENT,
        "since": date(2019, 1, 1),
    }
    rules = [
        AllowanceRule(
            kind="living", average_income=Decimal(AVERAGE), percent=Decimal(PERCENT), **common
        ),
        AllowanceRule(kind="special", percent=Decimal(50), cap=Decimal(30_000), **common),
        *(
            AllowanceRule(kind="spring", level=level, amount=Decimal(amount), **common)
            for level, amount in A_HEAD.items()
        ),
        *(
            CareRule(kind=kind, status=status, years=years, **common)
            for kind, status, years in (
                ("checkup", "in_service", 1),
                ("checkup", "retired", 2),
                ("recuperation", "in_service", 2),
                ("recuperation", "retired", 2),
            )
        ),
    ]
    for rule in rules:
        records.save(rule, by=approver())
    return f"{len(rules)} 项"


@transaction.atomic
def open_files(honours: Honours) -> str:
    """A file for each model worker, with the account that he handed in."""
    made = list(holders.open_missing(within=Organisation.objects.get(code=CITY), by=clerk()))
    known = _by_person(honours)
    for row in made:
        model = known[row.person_id]
        row.bank, row.account = model.bank, model.account
        row.status = "retired" if model.is_retired else "in_service"
    fields = ("bank", "account", "status")
    records.save_many(made, fields=fields, by=clerk())
    return f"{len(made)} 份"


def _by_person(honours: Honours) -> dict[int, Model]:
    index = Person._meta.get_field("certificate_index").index
    wanted = {index(f"resident:{model.number}"): model for model in honours.models}
    rows = Person.objects.filter(certificate_index__in=list(wanted))
    return {row.pk: wanted[bytes(row.certificate_index)] for row in rows}


def _of(honours: Honours) -> list[tuple[Holder, Model]]:
    """The files in the order of the model workers."""
    known = _by_person(honours)
    rows = Holder.objects.filter(person__in=known).select_related("person", "organisation")
    found = [(row, known[row.person_id]) for row in rows]
    order = {model.number: place for place, model in enumerate(honours.models)}
    return sorted(found, key=lambda each: order[each[1].number])


@transaction.atomic
def care(honours: Honours) -> str:
    """Visits before the spring festival of 2021, check-ups of the national ones, some at rest."""
    rows = _of(honours)
    count, cash, goods, on = VISITED
    made = len(
        cares.record_many(
            [row for row, _ in rows[:count]], kind="visit", held_on=on,
            cash=Decimal(cash), goods=Decimal(goods), place="入户走访", by=clerk(),
        )
    )  # fmt: skip
    cost, on = CHECKED_UP
    made += len(
        cares.record_many(
            [row for row, model in rows if model.level == "national"], kind="checkup",
            held_on=on, cost=Decimal(cost), place="江城市第一人民医院", by=clerk(),
        )
    )  # fmt: skip
    count, cost, on = RESTED
    made += len(
        cares.record_many(
            [row for row, _ in rows[60 : 60 + count]], kind="recuperation", held_on=on,
            cost=Decimal(cost), place="江城市工人疗养院", by=clerk(),
        )
    )  # fmt: skip
    return f"{made} 人次"


def _pool(source: str, year: int, purpose: str, number: str, amount: int) -> Pool:
    found = Pool.objects.filter(source=source, year=year, purpose=purpose).first()
    return found or records.save(
        Pool(
            organisation=Organisation.objects.get(code=CITY),
            source=source,
            year=year,
            purpose=purpose,
            document_number=number,
            amount=Decimal(amount),
        ),
        by=Office.of_city().maker,
    )


@transaction.atomic
def aid(honours: Honours) -> str:
    """生活困难补助金 and 特殊困难帮扶金 of 2021 through three hands, and to the bank."""
    pool = _pool("province_aid", 2021, "困难劳模补助", "省工发〔2021〕40号", 2_800_000)
    asked: dict[str, list[allowances.Claim]] = {"living": [], "special": []}
    for row, model in _of(honours):
        if model.income is not None:
            asked["living"].append(allowances.Claim(row, income=Decimal(model.income)))
        elif model.loss is not None:
            asked["special"].append(allowances.Claim(row, loss=Decimal(model.loss)))
    made: list[Allowance] = []
    for kind, claims in asked.items():
        made += allowances.propose_many(claims, kind=kind, year=2021, pool=pool, by=clerk())
    approved = _approve(made)
    owed = [row.owed().get().pk for row in approved]
    take(batch_of(TITLE, owed), *PATH)
    return f"{len(approved)} 人，{sum(row.amount for row in approved):,} 元"


def _approve(rows: list[Allowance]) -> list[Allowance]:
    checked, _ = workflow.apply_many(rows, "check", by=reviewer())
    approved, left = workflow.apply_many(checked, "approve", by=approver())
    if left or len(approved) < len(rows):
        raise Refused(f"劳模待遇没有全部核准：{left}", code="demo_honours")
    return approved


@transaction.atomic
def of_this_year(today: date) -> str:
    """The next spring festival: one district approved, one checked, one listed; of the last one
    allowance is refused and one taken back."""
    pool = _pool("city_match", today.year, "劳模春节慰问", f"江工发〔{today.year}〕3号", 300_000)
    made = 0
    for code, steps in (("JC01", 2), ("JC02", 1), ("JC03", 0)):
        place = Organisation.objects.get(code=code)
        rows = allowances.list_entitled(
            kind="spring", year=today.year, pool=pool, within=place, by=clerk()
        )
        made += len(rows)
        if steps:
            rows, _ = workflow.apply_many(rows, "check", by=reviewer())
        if steps > 1:
            workflow.apply_many(rows, "approve", by=approver())
    refused, withdrawn, *_ = rows
    workflow.apply(refused, "refuse", by=reviewer(), comment="本人现随子女居住外地，待核实。")
    workflow.apply(withdrawn, "withdraw", by=clerk(), comment="已由所在单位发放，避免重复。")
    return f"{made} 人"


@transaction.atomic
def confirm(honours: Honours) -> str:
    """How the first ones live this year; one of them has died, which stops what he was due."""
    today = timezone.localdate()
    rows = [row for row, _ in _of(honours)][2 : 2 + CONFIRMED]
    died = next(row for row in rows if row.allowances.unpaid().exists())
    died.status, died.status_since = "deceased", today - datetime.timedelta(days=40)
    for row in rows:
        holders.confirm(row, year=today.year, by=clerk())
    return f"{len(rows)} 人"


@transaction.atomic
def revoke() -> str:
    """One title is taken back, the taking back of another one waits for the authority, one for the
    reviewer; one was refused, one not pursued."""
    titles = Title.objects.filter(kind="may1_medal", level="municipal")
    first, second, third, fourth, fifth = Award.objects.filter(
        title__in=titles, granted_on__year=2019
    ).order_by("pk")[:5]  # fmt: skip
    row = revocations.propose(
        first, cause="fraud", finding="经核查，申报的技术革新成果系他人完成。", by=clerk()
    )
    row = workflow.apply(row, "review", by=reviewer(), comment="事实清楚，报授予机关决定。")
    workflow.apply(
        row, "decide", by=approver(), authority="市总工会",
        document_number="江工发〔2022〕41号", effective_on=date(2022, 7, 1), comment="",
    )  # fmt: skip
    row = revocations.propose(
        second, cause="sentence", finding="因交通肇事被判处有期徒刑，判决已生效。", by=clerk()
    )
    workflow.apply(row, "review", by=reviewer(), comment="判决书已核对。")
    revocations.propose(
        third, cause="discipline", finding="因严重违反劳动纪律被单位解除合同。", by=clerk()
    )
    row = revocations.propose(
        fourth, cause="fraud", finding="有人反映申报的工作年限不实。", by=clerk()
    )
    workflow.apply(row, "refuse", by=reviewer(), comment="档案记载与申报一致，反映不实。")
    row = revocations.propose(
        fifth, cause="sentence", finding="网传因醉酒驾驶被判处拘役。", by=clerk()
    )
    workflow.apply(row, "withdraw", by=clerk(), comment="经核对系同名他人。")
    return "5 件"
