"""Union funds of the demo city come in: rules, accounts, batches, whose money it is."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from core import jobs, workflow
from core.errors import Refused
from core.models import Job, Organisation
from core.periods import Period
from core.services import figures, records
from demo import accounts
from demo.payments import Office
from demo.places import CITY
from demo.receipts import Batch, Receipts
from funds.models import (
    CollectionBatch,
    CollectionLine,
    RebateScheme,
    SplitRule,
    SupportMeasure,
    WageDeclaration,
)
from funds.services import collection, custody, payers
from members.models import Coverage, Employer, UnionProfile

TARGET = 80_000_000  # what the province expects to be collected through the tax agency in 2021
PARTS = {
    "grassroots": 60, "town": 5, "district": 10, "municipal": 10, "provincial": 10, "national": 5,
}  # fmt: skip
ABOVE = [level for level in PARTS if level != "grassroots"]
BEGIN = datetime.date(2018, 1, 1)
WITHOUT_ACCOUNT = 8  # every so many unions of organs leave their money with the city
OPENED_ON = datetime.date(2022, 12, 1)  # when one of these got an account
FOUNDED_ON = datetime.date(2021, 11, 10)
BEHIND = 5  # every so many large employers paid less than is due on their wages


def lay_rules() -> str:
    """The documents by which receipts are split, deferred and given back."""
    city, approver = _city(), Office.of_city().approver
    parts = {level: Decimal(part) for level, part in PARTS.items()}
    rule = {"organisation": city, "valid_from": BEGIN, "document_number": "江工发〔2018〕5号"}
    rows = [
        SplitRule(kind="dues", due_after="month", **parts, **rule),
        SplitRule(kind="preparation", due_after="month", held=Decimal(100), **rule),
        SplitRule(kind="released", due_after="month", **parts, **rule),
        SupportMeasure(
            organisation=city,
            name="企业拨缴上级经费缓减",
            document_number="江工发〔2021〕3号",
            valid_from=datetime.date(2021, 1, 1),
            valid_to=datetime.date(2021, 12, 31),
            percent=Decimal(20),
        ),
        RebateScheme(
            organisation=city,
            name="小型微型企业工会经费全额返还",
            document_number="江工发〔2020〕6号",
            valid_from=datetime.date(2020, 1, 1),
            valid_to=datetime.date(2021, 12, 31),
            eligibility="small_micro",
            percent=Decimal(100),
            base=ABOVE,
        ),
        RebateScheme(
            organisation=city,
            name="小额缴费工会经费全额返还",
            document_number="江工发〔2023〕4号",
            valid_from=datetime.date(2023, 1, 1),
            eligibility="small_payer",
            threshold=Decimal(10_000),
            percent=Decimal(100),
            base=ABOVE,
        ),
    ]
    for row in rows:
        records.save(row, by=approver)
    return f"{len(rows)} 项"


def set_target() -> str:
    """The task of the year, entered by one and signed by another."""
    figure = figures.enter_manual_figure(
        "funds.collection_target",
        organisation=_city(),
        period=Period.parse("2021"),
        value=Decimal(TARGET),
        source="省总工会关于下达2021年工会经费税务代收任务的通知",
        by=accounts.user(accounts.CLERK),
    )
    figures.sign_off(figure, by=accounts.user(accounts.HEAD))
    return f"{TARGET:,} 元"


def _city() -> Organisation:
    return Organisation.objects.get(code=CITY)


ACCOUNT = ["has_own_account", "account_name", "account_bank", "account_number"]


def _give_account(profile: UnionProfile, place: int) -> None:
    profile.has_own_account = True
    profile.account_name = profile.organisation.name
    profile.account_bank = "江城银行营业部"
    profile.account_number = f"99{place:014}"


@dataclass
class Collecting:
    """The receipts of the city on their way through three hands."""

    receipts: Receipts

    def of_year(self, year: int) -> Iterator[Batch]:
        return (batch for batch in self.receipts.batches if batch.entry_on.year == year)

    def open_accounts(self) -> str:
        """Where unions are paid. What is due to a few without an account is kept for them."""
        without = sorted({firm.union for firm in self.receipts.organs})[::WITHOUT_ACCOUNT]
        profiles = list(
            UnionProfile.objects.exclude(organisation__code__in=[CITY, *without])
            .select_related("organisation")
            .order_by("organisation__path")
        )
        for place, profile in enumerate(profiles, 1):
            _give_account(profile, place)
        records.save_many(profiles, fields=ACCOUNT, by=accounts.user(accounts.CLERK))
        return f"{len(profiles)} 个，另有 {len(without)} 个没有独立账户"

    @transaction.atomic
    def release(self) -> str:
        """One of those without gets an account, and what was kept for it."""
        rows = UnionProfile.objects.filter(has_own_account=False).exclude(organisation__code=CITY)
        kept = rows.filter(organisation__dues__is_custody=True).order_by("organisation__path")
        profile = kept.select_related("organisation").first()
        _give_account(profile, 9_999)
        records.save(profile, by=accounts.user(accounts.CLERK))
        maker = Office.of_city().maker
        made = custody.release(profile.organisation, on=OPENED_ON, by=maker)
        return f"{profile.organisation}，{len(made)} 笔"

    def open(self, year: int) -> str:
        city, office = _city(), Office.of_city()
        several = list(self.of_year(year))
        for batch in several:
            collection.open_batch(
                organisation=city,
                channel=batch.channel,
                number=batch.number,
                declared_count=len(batch.receipts),
                declared_total=Decimal(batch.total),
                by=office.maker,
            )
        return f"{len(several)} 批"

    @transaction.atomic
    def distribute(self, batch: Batch) -> str:
        """Counted, checked against the bank, and split on the day on which it was."""
        office = Office.of_city()
        row = CollectionBatch.objects.get(organisation__code=CITY, number=batch.number)
        row = workflow.apply(row, "count", by=office.maker)
        row = workflow.apply(row, "reconcile", by=office.checker)
        row = workflow.apply(row, "distribute", by=office.approver, on=batch.distributed_on)
        done = jobs.run_now(row.job)
        if done.state != Job.State.DONE:
            raise Refused(f"收缴批次 {row.number} 没有分配：{done.error}", code="demo_funds")
        return f"{len(batch.receipts)} 笔"

    def found(self) -> str:
        """The freight enterprises have unions by now: what was held for them is theirs."""
        maker = Office.of_city().maker
        codes = [firm.credit_code for firm in self.receipts.founded]
        covered = Coverage.objects.filter(employer__credit_code__in=codes, until=None)
        made = 0
        for coverage in covered.select_related("organisation", "employer").order_by("pk"):
            employer, union = coverage.employer, coverage.organisation
            made += len(custody.found(union, employer, on=FOUNDED_ON, by=maker))
        return f"{made} 家"

    @transaction.atomic
    def find_payer(self) -> str:
        """One of those whom nobody knew is found to pay under a number of former days."""
        line = CollectionLine.objects.unmatched().order_by("pk").first()
        employer = Employer.objects.get(name=line.payer_name)
        reason = "税务登记号未随单位更名变更，经与单位核对。"
        payers.match_line(line, employer=employer, reason=reason, by=Office.of_city().maker)
        left = CollectionLine.objects.unmatched().count()
        return f"确认 1 笔，另有 {left} 笔未匹配"

    def declare_wages(self) -> str:
        """What large employers declared for a quarter; a few paid less than is due on it."""
        batch = next(each for each in self.receipts.batches if each.number == "SW202107")
        large = {firm.credit_code for firm in self.receipts.payers.large}
        paid = {each.credit_code: each for each in batch.receipts if each.credit_code in large}
        employers = Employer.objects.filter(credit_code__in=paid).select_related("organisation")
        wages = [
            WageDeclaration(
                organisation=employer.organisation,
                employer=employer,
                period_first=paid[employer.credit_code].period_first,
                period_last=paid[employer.credit_code].period_last,
                wages=Decimal(paid[employer.credit_code].amount * (50 if place % BEHIND else 58)),
                source="工资总额申报表",
            )
            for place, employer in enumerate(employers.order_by("pk"))
        ]
        collection.record_wages(wages, by=Office.of_city().maker)
        return f"{len(wages)} 家"
