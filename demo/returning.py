"""Union funds of the demo city go back: returns, rebates, the bank's answers, what was spent."""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from core import workflow
from core.errors import Refused
from core.models import Organisation
from core.services import records
from demo import accounts, workbooks
from demo.payments import Office, ResultRow, take
from demo.places import CITY, FREIGHT
from funds.models import (
    BankLayout,
    FundEntry,
    Payable,
    PaymentBatch,
    RebateScheme,
    Return,
)
from funds.services import batches, payables, rebates, results, returns
from members.models import Membership, Person

WRONG = "账号与户名不符"
BOUNCED = 7  # the line of a round that came back
CITY_WIDE = (CITY,)
PROMPT = ("JC01", "JC02", "JC03", "JC04", "JC05")
LATER = (*PROMPT, "JC06", "JC07", FREIGHT)


@dataclass(frozen=True)
class Round:
    """One round of returns: what was due by a day, in some districts, and when it was paid."""

    title: str
    until: date
    paid_on: date | None  # None: the bank has not answered yet
    places: Sequence[str] = CITY_WIDE
    kind: str = "return"
    bounced: bool = False

    @property
    def made_on(self) -> date:
        return (self.paid_on or self.until) - datetime.timedelta(days=9)


ROUNDS = (
    Round("2020年度经费返还", date(2020, 12, 31), date(2021, 1, 22)),
    Round("2020年度小微企业返还", date(2021, 5, 31), date(2021, 6, 10), kind="rebate"),
    Round("2021年上半年经费返还", date(2021, 8, 31), date(2021, 9, 16), PROMPT, bounced=True),
    Round("2021年下半年经费返还", date(2022, 1, 31), date(2022, 2, 24), LATER),
    Round("2021年度小微企业返还", date(2022, 5, 31), date(2022, 6, 9), kind="rebate"),
    Round("2022年经费返还", date(2022, 11, 30), date(2022, 12, 14), PROMPT[:4]),
    Round("以前年度经费清返", date(2022, 12, 31), None, PROMPT[4:]),
)
REPAID_ON = date(2021, 10, 12)
# Year of what was paid, and the day on which giving it back was approved.
LISTS = ((2020, date(2021, 4, 26)), (2021, date(2022, 4, 25)))


@transaction.atomic
def entitle(year: int, on: date) -> str:
    """Everybody who is to be given back what he paid for a year, through three hands."""

    office = Office.of_city()
    scheme = RebateScheme.objects.get(valid_from=date(2020, 1, 1))
    listed = rebates.list_entitled(scheme, year=year, by=office.maker)
    checked, _ = workflow.apply_many(listed, "check", by=office.checker)
    approved, _ = workflow.apply_many(checked, "approve", by=office.approver, on=on)
    if len(approved) < len(listed):
        raise Refused(f"{year}年的返还没有全部核准。", code="demo_funds")
    return f"{len(listed)} 家，{sum(row.amount for row in listed):,} 元"


@transaction.atomic
def send(one: Round) -> str:
    """What a round owes, claimed and handed to the bank."""
    office, made = Office.of_city(), []
    city = Organisation.objects.get(code=CITY)
    for place in Organisation.objects.filter(code__in=one.places).order_by("path"):
        made += returns.claim(
            city, until=one.until, within=place, kind=one.kind, on=one.made_on, by=office.maker
        )
    batch = batch_of(one.title, [row.payable_id for row in made])
    return f"{take(batch, *PATH).lines().count()} 笔"


PATH = ("submit", "check", "approve", "make_file", "send")


def batch_of(title: str, owed: Sequence[int]) -> PaymentBatch:
    """A draft of the city with these payables."""
    maker = Office.of_city().maker
    batch = batches.make(
        organisation=Organisation.objects.get(code=CITY),
        title=title,
        layout=BankLayout.objects.get(code="workbook"),
        by=maker,
    )
    batches.add(batch, Payable.objects.filter(pk__in=owed), by=maker)
    return batch


def answer(title: str, on: date, bounced: bool, folder: Path, import_file: Callable) -> str:
    """What the bank said of a round, imported as the table that it is."""
    batch = PaymentBatch.objects.get(title=title)
    rows = [
        ResultRow(
            reference=line.reference,
            amount=line.amount,
            outcome="失败" if bounced and line.line == BOUNCED else "成功",
            reason=WRONG if bounced and line.line == BOUNCED else None,
            on=on,
        )
        for line in batch.lines()
    ]
    path = workbooks.write("payment_results", rows, folder / CITY / f"银行回单 {title}.xlsx")
    return import_file(path, "payment_results", batch.organisation, Office.of_city().maker)


@transaction.atomic
def settle(title: str) -> str:
    batch = PaymentBatch.objects.get(title=title)
    receipt = {
        f"{outcome}_{name}": getattr(each, name)
        for outcome, each in results.totals(batch).items()
        for name in ("count", "total")
    }
    workflow.apply(batch, "settle", by=Office.of_city().checker, **receipt)
    return f"{receipt['done_count']} 笔到账，{receipt['bounced_count']} 笔退票"


@transaction.atomic
def pay_again() -> str:
    """The union whose account was wrong hands in the right one, and is paid by itself."""
    maker = accounts.user(accounts.SECOND_MAKER)
    rows = Return.objects.filter(payable__state=Payable.State.BOUNCED).select_related("payable")
    for row in rows:
        payables.correct_account(
            row.payable, bank=row.payable.bank, account=f"98{row.pk:014}",
            reason="收款工会更换开户行，重新提供账户资料。", by=maker,
        )  # fmt: skip
    return f"{take(batch_of(AGAIN, [row.payable_id for row in rows]), *PATH).lines().count()} 笔"


AGAIN = "退票重新返还"
# Direction, campaign, purpose, source, yuan, day, the other side: as the report of 2021 has them.
ENTRIES = (
    ("receive", "", "special_subsidy", "province_aid", 3_360_000, date(2021, 4, 16), "省总工会"),
    ("receive", "", "special_subsidy", "province_aid", 2_200_000, date(2021, 9, 8), "省总工会"),
    ("allocate", "", "special_subsidy", "city_match", 350_000, date(2021, 5, 20), "职工帮扶中心"),
    ("allocate", "", "special_subsidy", "city_match", 210_000, date(2021, 10, 18), "职工服务中心"),
    ("raise", "cool", "supplies", "union", 1_580_000, date(2021, 6, 22), "各级工会"),
    ("raise", "cool", "supplies", "donation", 700_000, date(2021, 7, 2), "爱心企业"),
    ("raise", "study", "study_job_aid", "municipal", 1_930_000, date(2021, 7, 15), "市财政局"),
    ("raise", "epidemic", "supplies", "union", 3_930_000, date(2021, 8, 6), "各级工会"),
    ("raise", "warmth", "condolence", "union", 8_060_000, date(2021, 1, 25), "各级工会"),
    ("raise", "stay_local", "supplies", "union", 1_040_000, date(2021, 2, 3), "各级工会"),
    ("raise", "", "model_checkup", "union", 53_000, date(2021, 5, 11), "市总工会"),
)  # fmt: skip
CHAIRS = 39  # of private enterprises
ALLOWANCES = (2_400, 1_800)  # two of the chairs held office for three quarters of the year
LESS = 2


@transaction.atomic
def enter_funds() -> str:
    """What was raised, received, passed on and spent in 2021, and the allowances of chairs."""
    city = Organisation.objects.get(code=CITY)
    rows = [
        FundEntry(
            organisation=city,
            direction=direction,
            campaign=campaign,
            purpose=purpose,
            source=source,
            amount=Decimal(amount),
            entry_on=on,
            counterparty=other,
            document_number=f"江工发〔{on.year}〕{30 + place}号",
        )
        for place, (direction, campaign, purpose, source, amount, on, other) in enumerate(ENTRIES)
    ]
    unions = Organisation.objects.filter(
        level=Organisation.Level.GRASSROOTS,
        code__regex=r"^JC0[1-8]-",
        established_on__lt=date(2019, 1, 1),
        closed_on=None,
        profile__kind="single",
        coverages__employer__ownership="170",
    ).distinct()
    chairs = list(unions.select_related("profile").order_by("path")[:CHAIRS])
    paid = _first_members(chairs)
    rows += [
        FundEntry(
            organisation=city,
            direction="spend",
            purpose="chair_allowance",
            source="union",
            amount=Decimal(ALLOWANCES[place < LESS]),
            entry_on=date(2021, 12, 20),
            counterparty=paid[union.pk].name if union.pk in paid else union.profile.chair_name,
            is_person=True,
            person=paid.get(union.pk),
            union=union,
            document_number="江工发〔2021〕58号",
            serial=f"{place + 1:03}",
        )
        for place, union in enumerate(chairs)
    ]
    records.add_many(rows, by=Office.of_city().maker)
    return f"{len(rows)} 笔"


def _first_members(unions: Sequence[Organisation]) -> dict[int, Person]:
    """Of each union the member whom it has had longest: its chair."""
    rows = Membership.objects.current().filter(organisation__in=unions).select_related("person")
    ordered = rows.order_by("-joined_on", "-pk")
    return {row.organisation_id: row.person for row in ordered}
