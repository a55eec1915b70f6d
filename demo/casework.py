"""The files of these days, travelled through the hands of those whose duties they are.

Every step is `core.workflow.apply`, every fact a service of `hardship`. One liberty is taken:
`hung_earlier`.
"""

import datetime
import uuid
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from core import audit, publicity, workflow, working_days
from core.models import Organisation, Publicity, User
from core.services import objections
from demo import accounts, papers
from demo.households import Family, Relative
from demo.needs import UNIONS, Live
from hardship.models import (
    Alert,
    Case,
    DataCheck,
    Evidence,
    Expense,
    FamilyMember,
    Income,
    Pairing,
    Review,
    VetoAnswer,
    Visit,
)
from hardship.models.households import Level
from hardship.rules import GUARANTEES, month_of
from hardship.services import aid, checks, files, outcomes

S = Case.State
# What lies beyond the publicity.
BEYOND = frozenset({S.DECISION, S.FILED, S.RECHECK, S.RECHECK_REVIEW, S.RECHECK_DECISION,
                    S.WATCH, S.CLOSED})  # fmt: skip
# Where a file leaves the road, by which step of whom, with which words.
TURNS = {
    S.WITHDRAWN: ((S.DRAFT, "withdraw", "author", "家庭情况好转，本人提出不再申请。"),),
    S.RETURNED: (
        (S.DISTRICT, "return_review", "reviewer", "收入证明与填报月份不一致，请补齐后再报。"),
    ),
    S.REFUSED: (
        (S.DISTRICT, "refuse_review", "reviewer", "经复审，家庭财产超出规定，不予建档。"),
        (S.SUBMITTED, "refuse_check", "committee", "核实后家庭另有稳定收入，不符合条件。"),
    ),
}
# What the city decides on a re-check, and its words.
CONCLUDED = {
    Review.Outcome.OUT: ("release", "收入稳定，五项保障已落实，同意退档。"),
    Review.Outcome.HANDED_OVER: ("hand_over", "同意，转为常态化帮扶。"),
    Review.Outcome.MOVED: ("cancel", "同意，转由户籍地办理。"),
}
EARLIER = datetime.timedelta(days=21)  # five working days fit in, whatever holidays there are
LEVELS = (Level.MUNICIPAL, Level.NATIONAL, Level.DISTRICT, Level.PROVINCIAL)
FORM = uuid.UUID(
    "0f6d1d53-5e6c-4c0e-9d57-3d7f1b9e2a41"
)  # of the page on which the objection was written


class Post(NamedTuple):
    """Who does what for the files of one union."""

    author: User
    committee: User
    town: User
    clerk: User
    reviewer: User
    checker: User
    approver: User

    @classmethod
    def of(cls, union: str) -> "Post":
        one = accounts.of_files(union)
        city = (accounts.CHECKER, accounts.APPROVER)
        return cls(*(accounts.user(account) for account in (*one, *city)))


def find(family: Family) -> Case:
    """The file of a household that was opened already."""
    return (
        FamilyMember.objects.of_person(workflow.identity(family.applicant.number)).latest("pk").case
    )


class Walk:
    """One file on its way; `number` is its place among all, from which small choices follow."""

    def __init__(self, live: Live, number: int, post: Post) -> None:
        self.family, self.goal, self.number = live.family, S(live.state), number
        self.applied_on = live.applied_on
        self.post = post
        self.excepted = number in {7, 31}  # one exception is asked for, one approved
        self.case: Case | None = None

    # Up to the publicity.

    @transaction.atomic
    def set_out(self) -> None:
        """From the draft to the publicity, or to where the file shall stay before it."""
        self._open()
        ways = {
            S.DRAFT: self._hand_in,
            S.SUBMITTED: self._check,
            S.TOWN: lambda: self._take("endorse", self.post.town, "同意上报。"),
            S.DISTRICT: lambda: self._take("review", self.post.reviewer, "材料齐全，同意。"),
            S.COMPARISON: self._compare,
        }
        turn = TURNS.get(self.goal, ())
        at, step, by, comment = turn[self.number % len(turn)] if turn else ("", "", "", "")
        while self.case.state not in (self.goal, S.PUBLICITY):
            if self.case.state == at:
                self._take(step, getattr(self.post, by), comment)
            else:
                ways[S(self.case.state)]()
        if self.goal == S.COMPARISON:
            self._ask(self.number % 3)
        if self.goal in BEYOND:
            hung_earlier(Publicity.objects.running().on(self.case).get())

    def _open(self) -> None:
        family, author = self.family, self.post.author
        event = {}
        if family.loss:
            event = {"event": "disaster", "event_on": self.applied_on - datetime.timedelta(days=40)}
        case = Case(
            organisation=Organisation.objects.get(code=family.organisation),
            applied_on=self.applied_on,
            authorised_on=self.applied_on,
            main_cause=family.cause,
            declared_persons=len(family.members),
            declared_income=family.yearly,
            housing=family.housing,
            housing_area=family.area,
            address=family.address,
            phone=family.phone,
            account_holder=family.applicant.name,
            bank=family.bank,
            account=family.account,
            is_migrant_worker=family.is_migrant,
            is_settled=family.is_migrant,
            employed_since=datetime.date(2018, 6, 1) if family.is_migrant else None,
            **event,
        )
        members = [_member(one) for one in family.members]
        self.case = files.open_draft(case, members[0], by=author)
        for member in members[1:]:
            member.case = self.case
            files.put(member, by=author)
        # Over the year before the application, and over that before a re-check of these days.
        span = {"first_month": month_of(self.applied_on, 13), "last_month": month_of(
            timezone.localdate())}  # fmt: skip
        for model, flows in ((Income, family.incomes), (Expense, family.expenses)):
            for flow in flows:
                part = model(case=self.case, member=members[flow.who], kind=flow.kind,
                             amount=flow.amount, **span)  # fmt: skip
                files.put(part, by=author)
        if family.loss:
            once = month_of(self.applied_on, 2)
            files.put(
                Expense(case=self.case, member=members[0], kind="loss", amount=family.loss,
                        is_by_event=True, first_month=once, last_month=once),
                by=author,
            )  # fmt: skip

    def _hand_in(self) -> None:
        """With papers, visit and answers: the rest of what a file needs."""
        name, author = self.family.applicant.name, self.post.author
        for kind, says in (
            (Evidence.Kind.AUTHORISATION, "本人及共同生活的家庭成员同意核对家庭经济状况。"),
            (Evidence.Kind.IDENTITY, "身份证、户口本复印件（演示）。"),
        ):
            paper = papers.document(kind.label, f"申请人：{name}", says)
            files.attach(self.case, paper, name=f"{kind.label}.pdf", kind=kind, by=author)
        photo = files.attach(
            self.case, papers.photograph(self.number), name="入户照片.jpg",
            kind=Evidence.Kind.VISIT, by=author,
        )  # fmt: skip
        self._visit(photo)
        self._answer()
        self._take("submit", author)

    def _visit(self, photo: Evidence | None = None) -> None:
        visit = Visit(
            case=self.case,
            kind=Visit.Kind.CHECK,
            held_on=max(self.case.applied_on, timezone.localdate() - EARLIER),
            finding="两人入户，家庭人口、住房和收支与申报一致。",
            photo=photo,
        )
        checks.record_visit(visit, [self.post.author, self.post.committee], by=self.post.author)

    def _answer(self) -> None:
        """No veto is met, but for a vehicle in two households."""
        met = [rule for rule in self.case.veto_rules if self.excepted and rule.code == "vehicle"]
        checks.answer_vetoes(self.case, met, by=self.post.author)
        if self.excepted:
            answer = VetoAnswer.objects.get(case=self.case, is_met=True)
            checks.propose_exception(
                answer, reason="残疾人代步用车，价值低，系生活必需。", by=self.post.author
            )

    def _check(self) -> None:
        """An exception is approved by the district before the file goes on."""
        if self.excepted:
            answer = VetoAnswer.objects.get(case=self.case, is_met=True)
            checks.approve_exception(answer, by=self.post.reviewer)
        step = "check" if self.case.has_town_review else "check_past_town"
        self._take(step, self.post.committee, "已入户核实，情况属实。")

    def _compare(self) -> None:
        self._ask()
        self._take("compare", self.post.checker, "比对结果与申报一致。")

    def _ask(self, answered: int | None = None) -> None:
        """Authorities are asked, and answer, or so many of them."""
        checker = self.post.checker
        checks.request_data(self.case, self.case.procedure.checked_sources, by=checker)
        asked = DataCheck.objects.filter(case=self.case, round=self.case.round)[:answered]
        for place, check in enumerate(asked):
            explained = place == 0 and self.number % 9 == 0
            finding = "名下登记摩托车一辆，已于上年报废。" if explained else "无记录。"
            checks.answer_data(check, is_hit=explained, finding=finding, by=checker)
            verdict = DataCheck.Verdict.EXPLAINED if explained else DataCheck.Verdict.CONSISTENT
            note = "报废证明已核对。" if explained else ""
            checks.judge_data(check, verdict=verdict, note=note, by=checker)

    # From the publicity on.

    @transaction.atomic
    def go_on(self) -> None:
        """From the decision to the goal."""
        self.case = find(self.family)
        if self.goal == S.DECISION:
            return
        level = LEVELS[self.number % len(LEVELS)].value
        self._take("approve", self.post.approver, "同意建档。", level=level)
        self._pair()
        if self.goal == S.FILED:
            self._console()
            return
        self._recheck()

    def _pair(self) -> None:
        cadre = Pairing(
            case=self.case, cadre_name=self.post.reviewer.display_name,
            cadre_post=f"{self.post.reviewer.organisation.name}帮扶部",
        )  # fmt: skip
        aid.pair(cadre, by=self.post.clerk)

    def _console(self) -> None:
        visit = Visit(case=self.case, kind=Visit.Kind.CONDOLENCE, finding="送慰问品，了解近况。")
        checks.record_visit(visit, [self.post.author], by=self.post.author)

    def _recheck(self) -> None:
        """Looked at again at once: in a city of one day nobody can wait for a year."""
        self._take("recheck", self.post.author)
        if self.goal == S.RECHECK:
            return
        outcome = self._outcome()
        self._propose(outcome)
        self._take("hand_in", self.post.author)
        if self.goal == S.RECHECK_REVIEW:
            return
        self._take("review_recheck", self.post.reviewer, "同意拟办意见。")
        if self.goal != S.RECHECK_DECISION:
            step, comment = CONCLUDED[outcome]
            self._take(step, self.post.approver, comment)
        if self.goal == S.WATCH:
            alert = Alert(
                case=self.case, kind=Alert.Kind.HOSPITAL,
                detail="本月住院，自付费用较大，需回访。",
            )  # fmt: skip
            outcomes.raise_alert(alert, by=self.post.clerk)

    def _outcome(self) -> Review.Outcome:
        even = self.number % 2 == 0
        if self.goal == S.WATCH or (self.goal == S.RECHECK_DECISION and even):
            return Review.Outcome.OUT
        if self.goal == S.CLOSED:
            return Review.Outcome.HANDED_OVER if even else Review.Outcome.MOVED
        return Review.Outcome.STAY

    def _propose(self, outcome: Review.Outcome) -> None:
        """Visited and answered anew; who shall leave has come to money, and has all guarantees."""
        out, author = outcome == Review.Outcome.OUT, self.post.author
        self.case.authorised_on = self.case.applied_on
        if out:
            self._recover()
        workflow.amend(self.case, by=author)
        self._visit()
        self._answer()
        guarantees = {f"has_{name}": out for name in GUARANTEES}
        note = "已入户核实，情况与拟办意见相符。"
        review = Review(case=self.case, outcome=outcome, note=note, **guarantees)
        outcomes.propose(review, by=author)

    def _recover(self) -> None:
        """The applicant earns enough again."""
        income = self.case.incomes.first()
        raised = self.case.standard.amount * 2 * self.case.declared_persons
        raised += sum((one.amount for one in self.family.expenses), Decimal(0))
        income.amount += raised
        files.put(income, by=self.post.author)
        self.case.declared_income += raised * 12

    def _take(self, step: str, by: User, comment: str = "", **data: object) -> None:
        self.case = workflow.apply(self.case, step, by=by, comment=comment, **data)


def _member(one: Relative) -> FamilyMember:
    return FamilyMember(
        relation=one.relation,
        name=one.name,
        certificate_number=one.number,
        employment=one.employment,
        illness=one.illness or None,
        disability=one.disability or None,
        school=one.school or None,
    )


def walks(files_of_today: list[Live]) -> list[Walk]:
    posts = {union: Post.of(union) for union in UNIONS}
    return [
        Walk(live, number, posts[live.family.organisation])
        for number, live in enumerate(files_of_today)
    ]


# The publicity.


def hung_earlier(row: Publicity, *, on: datetime.date | None = None) -> None:
    """Let a list have been posted three weeks ago, or on a day long past.

    A city that is built within a minute cannot wait five working days for its first file to be
    decided, and no service takes a day of posting, rightly. So the row is written past them, with
    what it shows and its digest, and the trail says so.
    """
    before = audit.snapshot(row)
    earlier = row.posted_on - on if on else EARLIER
    row.posted_on -= earlier
    row.posted_at -= earlier
    row.ends_on = working_days.last_of(
        row.posted_on, row.days, includes_start=row.counts_posting_day
    )
    days = {"posted_on": row.posted_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    row.content = {**row.content, **days}
    row.digest = publicity.digest(row.content)
    row.save()
    audit.record(
        "core.publicity.change", by=None, obj=row, reason=f"演示城市：公示改为{row.posted_on}发布",
        changes=audit.difference(before, audit.snapshot(row)),
    )  # fmt: skip


@transaction.atomic
def object_to_one(ways: list[Walk]) -> str:
    """Somebody objects to a list that hangs, and the district looks into it."""
    way = next(way for way in ways if way.goal == S.PUBLICITY)
    row = Publicity.objects.running().on(find(way.family)).get()
    text = "听说该户在老家还有一处出租的房子，希望核实。"
    objections.receive(row, text=text, form=FORM, address=None)
    workflow.apply(row.objections.get(), "investigate", by=way.post.clerk)
    return "1 件"
