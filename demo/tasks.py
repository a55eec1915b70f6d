"""Loading the city through the doors that everybody uses: sheets, services, two pairs of eyes.

One job of many steps, so a city that was interrupted is finished by calling the command again (or
by a worker, which finds it left alone).
"""

import datetime
import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.errors import Refused
from core.jobs import Run, enqueue, job, run_now
from core.models import Job, Organisation, SheetImport, User
from core.periods import Period
from core.services import figures, organisations, publicity, records
from core.sheets import imports, sheet_named
from demo import (
    accounts,
    benefits,
    casework,
    collecting,
    competing,
    judging,
    needs,
    payments,
    returning,
    rulebook,
    selections,
    studios,
    takeover,
    workbooks,
)
from demo.city import City
from demo.places import CITY, CITY_NAME, DISTRICTS
from demo.receipts import YEARS
from demo.rosters import NEW_FORM_BASE
from members.models import HeadcountReport, Mechanism, Membership, Person, Post
from members.services import doubles, people, unions

logger = logging.getLogger("demo")

KEY = "city"
ROSTERS = {"organisations": "bodies", "employers": "firms", "members": "members"}


@transaction.atomic
def found() -> Job:
    """The root, its first accounts, and the job that does the rest; the same job each time."""
    if job_of_city := find():
        return job_of_city
    if Organisation.objects.exists() or User.objects.exists():
        raise Refused("系统中已有组织或账号，演示城市只能建在新装的系统中。", code="not_empty")
    city = organisations.plant(
        Organisation(code=CITY, name=CITY_NAME, level=Organisation.Level.MUNICIPAL)
    )
    accounts.found(city)
    return enqueue(
        "demo.city",
        by=accounts.user(accounts.CLERK),
        organisation=city,
        parameters={},
        key=KEY,
        send=False,
    )


def find() -> Job | None:
    """The job that built, or is building, the city of this installation."""
    return Job.objects.filter(kind="demo.city", key=KEY).first()


@job("demo.city", label="建立演示城市")
def build(run: Run) -> dict[str, Any]:
    """Every row of the city, in steps of one transaction each."""
    return _Building(run).run()


class _Building:
    def __init__(self, run: Run) -> None:
        self.process = run
        self.clerk, self.head = accounts.user(accounts.CLERK), accounts.user(accounts.HEAD)

    @cached_property
    def city(self) -> City:
        return City()

    def run(self) -> dict[str, Any]:
        self._rosters(CITY, accounts.CLERK)
        clerks = accounts.DISTRICT_CLERKS
        self._step("区县账号", lambda: accounts.open_all(clerks.values()))
        for code, account in clerks.items():
            self._rosters(code, account)
        self._step("基层账号", lambda: accounts.open_all(accounts.BELOW))
        history = self.city.history
        self._step("离会", self._leave)
        self._import("members", "重新入会", CITY, accounts.CLERK, lambda: history.rejoiners)
        self._step("会籍转接", self._transfer)
        self._step("保留会籍", self._keep)
        self._step("重复登记", self._enter_again)
        self._import("employers", "覆盖变更", CITY, accounts.CLERK, lambda: history.covered)
        self._step("隶属调整与撤销", self._move_and_close)
        self._step("制度机制与任职", self._mechanisms_and_posts)
        self._step("乡镇街道年报", self._headcounts)
        self._step("摸底数", self._base_figure)
        self._step("疑似重复", self._find_doubles)
        self._aid()
        self._funds()
        self._honours()
        self._studios()
        self._selections()
        self._contests()
        return {"summary": f"{CITY_NAME}已建成。"}

    def _step(self, name: str, function: Callable[[], Any]) -> None:
        done = self.process.step(name, lambda: function() or "已完成")
        self.process.progress(0, 0, name)
        logger.info("%s　%s", name, done)

    # The rosters, as their clerks hand them in

    def _rosters(self, code: str, account: accounts.Account) -> None:
        for sheet, kind in ROSTERS.items():
            self._import(
                sheet,
                sheet_named(sheet).label,
                code,
                account,
                lambda kind=kind: self.city.of_district(getattr(self.city, kind), code),
            )

    def _import(
        self,
        sheet: str,
        name: str,
        code: str,
        account: accounts.Account,
        rows: Callable[[], Sequence[NamedTuple]],
    ) -> None:
        def hand_in() -> str:
            path = workbooks.write(sheet, rows(), folder() / code / f"{name}.xlsx")
            organisation = Organisation.objects.get(code=code)
            return import_file(path, sheet, organisation, accounts.user(account))

        where = DISTRICTS[code][0] if code in DISTRICTS else "市本级"
        self._step(f"{where}{name}", hand_in)

    # What happened later

    def _membership(self, numbers: Sequence[str]) -> dict[str, Membership]:
        """The current memberships of the holders of these resident numbers."""
        index = Person._meta.get_field("certificate_index").index
        wanted = {
            index(f"{Person.CertificateType.RESIDENT}:{number}"): number for number in numbers
        }
        rows = Membership.objects.current().filter(person__certificate_index__in=wanted)
        return {
            wanted[bytes(row.person.certificate_index)]: row
            for row in rows.select_related("person")
        }

    def _leave(self) -> str:
        leaves = self.city.history.leaves
        held = self._membership([leave.number for leave in leaves])
        for leave in leaves:
            people.leave(held[leave.number], on=leave.on, reason=leave.reason, by=self.clerk)
        return f"{len(leaves)} 人"

    def _transfer(self) -> str:
        transfers = self.city.history.transfers
        held = self._membership([change.number for change in transfers])
        targets = Organisation.objects.in_bulk(
            [change.target for change in transfers], field_name="code"
        )
        for change in transfers:
            issued = people.issue_transfer(
                held[change.number],
                target=targets[change.target],
                on=change.issued_on,
                by=self.clerk,
                reason="工作变动",
            )
            people.accept_transfer(issued, on=change.accepted_on, by=self.clerk)
        return f"{len(transfers)} 人"

    def _keep(self) -> str:
        kept = self.city.history.kept
        held = self._membership([number for number, _ in kept])
        for number, since in kept:
            status = Membership.Status.RETIRED
            people.keep(held[number], since=since, status=status, by=self.clerk)
        return f"{len(kept)} 人"

    def _enter_again(self) -> str:
        """By hand, as it happened before anybody was asked back."""
        entered = self.city.history.doubles
        for member, left_on in entered:
            person = Person(name=member.name, certificate_number=member.number, phone=member.phone)
            again = Membership(organisation=_body(member.organisation), joined_on=member.joined_on)
            people.enrol(person, again, by=self.clerk)
            people.leave(again, on=left_on, reason=Membership.LeaveReason.QUIT, by=self.clerk)
        return f"{len(entered)} 人"

    def _find_doubles(self) -> str:
        asked = run_now(doubles.ask(_body(CITY), by=self.clerk, send=False))
        if asked.state != Job.State.DONE:
            raise Refused(f"查找疑似重复未完成：{asked.error}", code="demo_doubles")
        return asked.result["summary"]

    def _move_and_close(self) -> str:
        history = self.city.history
        union, parent, on = history.moved
        organisations.move(_body(union), parent=_body(parent), on=on, by=self.head)
        for code, reason, day in history.closed:
            organisations.close(_body(code), on=day, reason=reason, by=self.head)
        return f"调整 1 个，撤销 {len(history.closed)} 个"

    def _mechanisms_and_posts(self) -> str:
        bodies = Organisation.objects.in_bulk(field_name="code")
        mechanisms = [
            Mechanism(organisation=bodies[code], kind=kind, since=since, document=document)
            for code, kind, since, document in self.city.history.mechanisms
        ]
        posts = [
            Post(
                organisation=bodies[code],
                holder_name=name,
                kind=kind,
                is_full_time=full_time,
                since=since,
                until=until,
            )
            for code, name, kind, full_time, since, until in self.city.history.posts
        ]
        records.add_many(mechanisms, by=self.clerk)
        records.add_many(posts, by=self.clerk)
        return f"制度机制 {len(mechanisms)} 项，任职 {len(posts)} 人"

    def _headcounts(self) -> str:
        """Each town's return: entered and submitted by the district, accepted by the city."""
        bodies = Organisation.objects.in_bulk(field_name="code")
        clerks = {code: accounts.user(one) for code, one in accounts.DISTRICT_CLERKS.items()}
        headcounts = self.city.history.headcounts
        for headcount in headcounts:
            counts = headcount._asdict()
            town = bodies[counts.pop("organisation")]
            clerk = clerks[town.code[:4]]
            report = HeadcountReport(organisation=town, year=2021, **counts)
            records.save(report, by=clerk)
            unions.submit_headcount(report, by=clerk)
            unions.accept_headcount(report, by=self.head)
        return f"{len(headcounts)} 份"

    def _base_figure(self) -> str:
        figure = figures.enter_manual_figure(
            "members.new_form_base",
            organisation=_body(CITY),
            period=Period.parse("2021"),
            value=NEW_FORM_BASE,
            source="2021年全市新就业形态劳动者摸底调查汇总表",
            by=self.clerk,
        )
        figures.sign_off(figure, by=self.head)
        return f"{NEW_FORM_BASE:,} 人"

    # Households in need

    @cached_property
    def walks(self) -> list[casework.Walk]:
        # The day is that of the first run, also where another one finishes the city.
        return casework.walks(
            needs.live(self.city, timezone.localdate(self.process.job.created_at))
        )

    def _aid(self) -> None:
        approver = accounts.user(accounts.APPROVER)
        self._step("困难帮扶规定", lambda: rulebook.enter(by=approver))
        self._old_register()
        for name, ways in self._by_state(self.walks):
            self._step(f"困难职工申请：{name}", lambda ways=ways: self._each(ways, "set_out"))
        self._step("困难职工公示期满", lambda: f"{publicity.close_due()} 件")
        for name, ways in self._by_state(self.walks):
            if ways[0].goal in casework.BEYOND:
                self._step(f"困难职工档案：{name}", lambda ways=ways: self._each(ways, "go_on"))
        self._step("公示异议", lambda: casework.object_to_one(self.walks))
        self._payments()

    def _payments(self) -> None:
        today = timezone.localdate(self.process.job.created_at)
        self._step("资金池", lambda: payments.lay_pools(today))
        self._step("拟发放帮扶金", lambda: payments.lay_grants(self.walks))
        self._step("审批帮扶金", lambda: payments.approve_grants(today))
        self._step("支付批次：市级财政", lambda: payments.send("municipal"))
        self._step("支付批次：中央财政", lambda: payments.send("central"))
        self._step("银行回单", lambda: payments.answer(folder(), import_file))
        self._step("回单入账", payments.settle)

    # Union funds

    def _funds(self) -> None:
        receipts = self.city.receipts
        way = collecting.Collecting(receipts)
        maker = accounts.FINANCE[0]
        added = self.city.payers.added
        self._import("employers", "缴费单位", CITY, accounts.CLERK, lambda: added)
        self._step("经费规定", collecting.lay_rules)
        self._step("工会账户", way.open_accounts)
        self._step("收缴任务", collecting.set_target)
        for year in YEARS:
            self._step(f"{year}年收缴批次", lambda year=year: way.open(year))
            for sheet, rows in (
                ("collection_lines", lambda batch: batch.receipts),
                ("bank_arrivals", lambda batch: batch.arrivals()),
            ):
                self._import(
                    sheet,
                    f"{year}年{sheet_named(sheet).label}",
                    CITY,
                    maker,
                    lambda rows=rows, year=year: [
                        row for batch in way.of_year(year) for row in rows(batch)
                    ],
                )
        for batch in receipts.batches:
            self._step(f"收缴批次 {batch.number}", lambda batch=batch: way.distribute(batch))
        self._step("返还建会筹备金", way.found)
        self._step("代管经费转出", way.release)
        self._step("工资申报", way.declare_wages)
        for year, on in returning.LISTS:
            self._step(
                f"{year}年小微企业返还", lambda year=year, on=on: returning.entitle(year, on)
            )
        for one in returning.ROUNDS:
            self._step(one.title, lambda one=one: returning.send(one))
            if one.paid_on:
                self._answer(one.title, one.paid_on, one.bounced)
            if one.bounced:
                self._step(returning.AGAIN, returning.pay_again)
                self._answer(returning.AGAIN, returning.REPAID_ON)
        self._step("未匹配缴款", way.find_payer)
        self._step("资金收支", returning.enter_funds)

    # Honours

    def _honours(self) -> None:
        honours, today = self.city.honours, timezone.localdate(self.process.job.created_at)
        self._import(
            "honours_awards", "荣誉名册", CITY, accounts.HONOURS[0], lambda: honours.awards
        )
        self._step("劳模待遇标准", benefits.lay_rules)
        self._step("劳模档案", lambda: benefits.open_files(honours))
        self._step("劳模走访、体检和疗休养", lambda: benefits.care(honours))
        self._step(benefits.TITLE, lambda: benefits.aid(honours))
        self._answer(benefits.TITLE, benefits.PAID_ON)
        self._step("劳模春节慰问金", lambda: benefits.of_this_year(today))
        self._step("劳模现状确认", lambda: benefits.confirm(honours))
        self._step("撤销荣誉", benefits.revoke)

    # Studios, masters and apprentices, homes

    def _studios(self) -> None:
        self._step("工作室和建家规定", studios.lay_rules)
        self._step("工匠和以前年度的集体荣誉", studios.give_titles)
        self._step("已命名的创新工作室", lambda: studios.import_named(folder(), import_file))
        self._step("创新工作室成果", lambda: studios.import_results(folder(), import_file))
        self._step("创新工作室考核", studios.look_at_year)
        self._step("创新工作室申报", studios.apply_for)
        self._step("创新工作室复核", studios.review)
        self._step("创新工作室补助", studios.pay)
        self._step("师徒结对", lambda: studios.import_pairs(folder(), import_file))
        self._step("师徒结对结果", studios.end_pairs)
        self._step("会员评家", studios.rate_homes)
        self._step("集体荣誉复查", studios.inspect_homes)

    # Competitions

    def _contests(self) -> None:
        contests = self.city.contests
        self._import("employers", "参赛单位", CITY, accounts.CLERK, lambda: contests.added)
        approver = accounts.CONTEST_APPROVER
        for sheet, rows in (
            ("competition_takeover", contests.events),
            ("entry_takeover", contests.entries),
            ("participation_takeover", contests.reports),
        ):
            self._import(sheet, sheet_named(sheet).label, CITY, approver, lambda rows=rows: rows)
        clerk = accounts.CONTEST_CLERK
        for sheet, rows in (
            ("trainings", contests.trainings),
            ("trainees", contests.trainees),
            ("skill_certificates", contests.certificates),
        ):
            self._import(sheet, sheet_named(sheet).label, CITY, clerk, lambda rows=rows: rows)
        self._step("培训基地", lambda: competing.open_bases(contests.bases))
        self._step("创新成果", lambda: competing.bring_innovations(contests.innovations))
        today = timezone.localdate(self.process.job.created_at)
        self._step("本年度合理化建议", lambda: competing.propose_better(today))
        self._step("竞赛规模要求", competing.lay_rules)
        self._step("本年度竞赛", lambda: competing.hold(today))
        for name, do in judging.STEPS:
            self._step(name, lambda do=do: do(today))

    def _answer(self, title: str, on: datetime.date, bounced: bool = False) -> None:
        self._step(
            f"银行回单：{title}",
            lambda: returning.answer(title, on, bounced, folder(), import_file),
        )
        self._step(f"回单入账：{title}", lambda: returning.settle(title))

    # Honours

    def _selections(self) -> None:
        self._step("评选规定", selections.lay_rules)
        for held in selections.ROUNDS:
            self._step(held.name, lambda held=held: selections.walk(held))

    def _old_register(self) -> None:
        """What was on paper, as the municipal federation hands it over."""
        for sheet, account, rows in (
            ("hardship_takeover", accounts.APPROVER, takeover.files),
            ("hardship_takeover_family", accounts.APPROVER, takeover.families),
            ("hardship_takeover_grants", accounts.APPROVER, takeover.grants),
            ("hardship_visits", accounts.AID_CLERK, takeover.visits),
        ):
            name = sheet_named(sheet).label
            self._import(sheet, name, CITY, account, lambda rows=rows: rows(self.city.register))

    def _by_state(self, ways: list[casework.Walk]) -> list[tuple[str, list[casework.Walk]]]:
        return [
            (goal.label, list(group)) for goal, group in groupby(ways, key=lambda way: way.goal)
        ]

    def _each(self, ways: list[casework.Walk], act: str) -> str:
        for way in ways:
            getattr(way, act)()
        return f"{len(ways)} 户"


def folder() -> Path:
    """Where the files lie that the clerks handed in."""
    return settings.DATA_DIR / "demo"


def import_file(path: Path, sheet: str, organisation: Organisation, by: User) -> str:
    """Import a table in this process; what came out, in words. A refused one is an error."""
    with path.open("rb") as stream:
        made = imports.start(
            stream, name=path.name, sheet=sheet, organisation=organisation, by=by, send=False
        )
    finished = run_now(made.job)
    made.refresh_from_db()
    if finished.state != Job.State.DONE or made.state != SheetImport.State.DONE:
        found = imports.summary(made)["errors"][:5]
        told = finished.error or finished.result.get("summary", "")
        raise Refused(f"“{path.name}”未能导入：{told}{found or ''}", code="demo_import")
    return finished.result["summary"]


def _body(code: str) -> Organisation:
    return Organisation.objects.get(code=code)
