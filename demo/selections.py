"""Selections of 2022 and later in every state, with candidates in every state, walked by those
whose duties they are.

As with hardship files, lists that were shown to the public hang since three weeks ago
(`casework.hung_earlier`); the last day for proposals of a past year is written past the doors too.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import models, transaction
from django.utils import timezone

from core import audit, workflow
from core.models import Organisation, Publicity, User
from core.services import publicity, records
from demo import accounts, papers
from demo.casework import hung_earlier
from demo.places import CITY
from honours import examples
from honours.models import (
    Award,
    Category,
    Nomination,
    NominationPaper,
    Recommendation,
    Selection,
    Title,
)
from honours.services import nominations, quotas
from members.models import Membership, Person

S, N = Selection.State, Nomination.State
PLACES = 48
ENOUGH = 20  # members to choose from in one selection
AGREED = "材料齐全，同意。"


class Candidate(NamedTuple):
    """Who, as what, and how far he shall come."""

    category: Category
    goal: N
    is_woman: bool = False


WORKER, SCIENCE, MIGRANT = Category.INDUSTRIAL, Category.SCIENCE, Category.MIGRANT
FRONT, HEAD = Category.FRONT_LINE, Category.HEAD


def three(goal: N) -> list[Candidate]:
    """A list that every constraint of the examples lets pass."""
    return [
        Candidate(WORKER, goal, is_woman=True),
        Candidate(MIGRANT, goal),
        Candidate(SCIENCE, goal),
    ]


class Round(NamedTuple):
    """Which municipal title in which year, how far its selection shall come, its candidates."""

    year: int
    kind: Title.Kind
    goal: S
    wanted: Sequence[Candidate] = ()

    @property
    def name(self) -> str:
        return f"{self.year}年{self.kind.label}评选"


MEDAL, CRAFTSMAN, OFFICER = Title.Kind.MAY1_MEDAL, Title.Kind.CRAFTSMAN, Title.Kind.UNION_WORKER
ROUNDS: Sequence[Round] = [
    Round(
        2022,
        MEDAL,
        S.CLOSED,
        [*three(N.AWARDED), Candidate(FRONT, N.UNSELECTED), Candidate(HEAD, N.REFUSED)],
    ),
    Round(2023, MEDAL, S.DECISION, three(N.DECISION)),
    Round(2024, MEDAL, S.FINAL_REVIEW, three(N.FINAL_REVIEW)),
    Round(
        2025,
        MEDAL,
        S.PUBLICITY,
        [
            *three(N.PUBLICITY),
            Candidate(FRONT, N.REFUSED),  # refused while shown, and followed by
            Candidate(WORKER, N.LISTED),
            Candidate(FRONT, N.RESERVE),
        ],
    ),
    Round(
        2026,
        MEDAL,
        S.NOMINATING,
        [
            Candidate(WORKER, N.DRAFT),
            Candidate(FRONT, N.UNIT_PUBLICITY),
            Candidate(WORKER, N.COUNTY, is_woman=True),
            Candidate(SCIENCE, N.OPINIONS),
            Candidate(MIGRANT, N.FIRST_REVIEW),
            Candidate(FRONT, N.WITHDRAWN),
        ],
    ),
    Round(2025, CRAFTSMAN, S.COMMENDED, three(N.AWARDED)),
    Round(2026, CRAFTSMAN, S.FIRST_REVIEW, three(N.FIRST_REVIEW)),
    Round(2026, OFFICER, S.CANCELLED),
    Round(2027, MEDAL, S.ALLOTTED),
    Round(2027, CRAFTSMAN, S.DRAFT),
]
# What is shown to the public on the day of the building.
RUNNING = [
    one
    for held in ROUNDS
    for one in held.wanted
    if (one.goal == N.PUBLICITY and held.goal == S.PUBLICITY) or one.goal == N.UNIT_PUBLICITY
]


class Way:
    """The hands through which everything goes."""

    def __init__(self) -> None:
        self.city = Organisation.objects.get(code=CITY)
        hands = [accounts.user(one) for one in (*accounts.HONOURS, accounts.CHAIRS[0])]
        self.clerk, self.reviewer, self.approver, self.county, self.chair = hands
        self.union = self.chair.organisation
        self.roster = self._members()

    def _members(self) -> Mapping[bool, Iterator[Membership]]:
        """Members of the union, women and men apart, those first who were proposed least often."""
        rows = Membership.objects.current().filter(organisation=self.union, kept_since=None)
        rows = rows.select_related("person", "employer")
        mine = Nomination.objects.filter(person=models.OuterRef("person")).order_by()
        often = mine.values("person").annotate(often=models.Count("pk")).values("often")
        rows = rows.annotate(often=models.Subquery(often)).order_by(
            models.F("often").asc(nulls_first=True), "pk"
        )
        women = Person.Sex.FEMALE
        return {
            True: iter(rows.filter(person__sex=women)[:ENOUGH]),
            False: iter(rows.exclude(person__sex=women)[:ENOUGH]),
        }

    # The selection.

    @transaction.atomic
    def walk(self, held: Round) -> Selection:
        """One selection with its candidates, as far as it shall come."""
        today, year, goal = timezone.localdate(), held.year, held.goal
        of = Selection(
            organisation=self.city,
            title=title(held.kind),
            year=year,
            places=PLACES,
            minimum=1,
            rules_on=min(datetime.date(year, 3, 1), today),
            closes_on=max(today + datetime.timedelta(days=20), datetime.date(year, 3, 31)),
        )
        records.require(self.clerk, "honours.add_selection", self.city)
        of = workflow.begin(of, by=self.clerk, action="add")
        quotas.hand_down(of, basis=quotas.Basis.MEMBERS, by=self.clerk)
        if goal == S.DRAFT:
            return of
        if goal == S.CANCELLED:
            return self._take(of, "cancel", self.clerk, "本年度与其他表彰合并进行，不再单独评选。")
        of = self._take(of, "allot", self.clerk)
        if goal == S.ALLOTTED:
            return of
        of = self._take(of, "open", self.clerk)
        rows = [(one, self._propose(of, one)) for one in held.wanted]
        for one, row in rows:
            self._hand_in(row, one.goal)
        pass_publicities(of, keep=[row for one, row in rows if one.goal == N.UNIT_PUBLICITY])
        for one, row in rows:
            self._examine(row, one.goal)
        if goal != S.NOMINATING:
            of = self._review(of, goal, rows)
            closed_in_its_year(of)
        return of

    def _review(
        self, of: Selection, goal: S, rows: list[tuple[Candidate, Nomination]]
    ) -> Selection:
        of = self._take(of, "finish", self.clerk)
        if goal == S.FIRST_REVIEW:
            return of
        for one, row in rows:
            row = again(row)
            if row.state != N.FIRST_REVIEW:
                continue
            behind = one.goal in (N.RESERVE, N.LISTED, N.UNSELECTED)
            self._take(row, "put_behind" if behind else "enlist", self.reviewer, AGREED)
        of = self._take(of, "show", self.reviewer, "名单结构符合规定，同意公示。")
        if goal == S.PUBLICITY:
            falls = next(row for one, row in rows if one.goal == N.REFUSED)
            self._opine(falls, "disagree", "正在接受调查，不宜推荐。")
            return of
        given = goal in (S.COMMENDED, S.CLOSED)  # its titles, on a day of its own year
        pass_publicities(of, on=datetime.date(of.year, 4, 11) if given else None)
        of = self._take(of, "reexamine", self.reviewer)
        if goal == S.FINAL_REVIEW:
            return of
        for row in of.nominations.filter(state=N.FINAL_REVIEW):
            self._take(row, "pass_final", self.reviewer, AGREED)
        of = self._take(of, "hand_in", self.reviewer, "复审通过。")
        if goal == S.DECISION:
            return of
        of = self._take(
            of,
            "commend",
            self.approver,
            "同意表彰。",
            document_number=f"江工发〔{of.year}〕12号",
            granted_on=datetime.date(of.year, 4, 28),
        )
        return of if goal == S.COMMENDED else self._take(of, "close", self.clerk)

    # One candidate.

    def _propose(self, of: Selection, one: Candidate) -> Nomination:
        held = next(self.roster[one.is_woman])
        row = nominations.propose(
            selection=of, organisation=self.union, person=held.person, by=self.chair
        )
        row.category = one.category
        if one.goal == N.DRAFT:
            return workflow.amend(row, by=self.chair)
        row.unit_name = row.unit_name or self.union.name
        row.position = row.position or "生产骨干"
        row.resume = "参加工作以来一直在本单位，历任班组成员、班组长。"
        row.rewards = "曾获本单位先进生产者。"
        if Award.objects.filter(person=held.person).exists():
            row.exception_reason = "获奖以来又有新的突出贡献：主持的技术改造获省级奖励。"
        row.summary = "立足岗位钻研技术，改进工艺三项，带徒五人，所在班组连年无安全事故。"
        row.deeds = row.summary + "抢修任务中连续作业，按期恢复生产；工余为同事讲课二十余场。"
        row.is_checked = True
        return workflow.amend(row, by=self.chair)

    def _hand_in(self, row: Nomination, goal: N) -> None:
        if goal == N.DRAFT:
            return
        meeting = Recommendation(
            nomination=row,
            kind=Recommendation.Kind.CONGRESS,
            held_on=timezone.localdate() - datetime.timedelta(days=30),
            entitled=45,
            present=41,
            votes=38,
        )
        nominations.recommend(meeting, by=self.chair)
        if goal == N.WITHDRAWN:
            self._take(row, "withdraw", self.chair, "本人工作调动，不再推荐。")
            return
        kinds = [NominationPaper.Kind.MINUTES, NominationPaper.Kind.IDENTITY]
        if row.category == MIGRANT or "migrant_worker" in row.flags:
            kinds.append(NominationPaper.Kind.HOUSEHOLD)
        for kind in kinds:
            paper = papers.document(kind.label, f"推荐人选：{row.name}", "（演示）")
            nominations.attach(row, paper, name=f"{kind.label}.pdf", kind=kind, by=self.chair)
        self._take(row, "submit", self.chair)

    def _examine(self, row: Nomination, goal: N) -> None:
        """By the district, then the departments."""
        if again(row).state != N.COUNTY or goal == N.COUNTY:
            return
        self._take(row, "examine", self.county, "经核实，同意上报。")
        if goal == N.OPINIONS:
            return
        if goal == N.REFUSED and row.category == HEAD:
            self._opine(row, "disagree", "单位有未结清的欠税。", department="taxation")
            return
        self._opine(row, "agree")
        self._take(row, "conclude", self.clerk)

    def _opine(
        self, row: Nomination, verdict: str, note: str = "", department: str = "police"
    ) -> None:
        nominations.record_opinion(
            row,
            department=department,
            verdict=verdict,
            given_on=timezone.localdate(),
            note=note,
            by=self.clerk,
        )

    def _take(self, row, step: str, by: User, comment: str = "", **data: object):  # noqa: ANN001, ANN202
        return workflow.apply(row, step, by=by, comment=comment, **data)


def again(row: Nomination) -> Nomination:
    return Nomination.objects.get(pk=row.pk)


def title(kind: Title.Kind) -> Title:
    """The title of the city for persons."""
    facts = {"kind": kind, "level": "municipal", "recipient": "person"}
    known = Title.objects.filter(**facts).first()
    return known or Title.objects.create(
        code=f"municipal-{kind}", name=f"市{kind.label}", rank=60, granting_body="江城市总工会",
        **facts,
    )  # fmt: skip


def pass_publicities(
    of: Selection, keep: Sequence[Nomination] = (), on: datetime.date | None = None
) -> None:
    """What is shown of its candidates hangs since three weeks ago, or since a day, but for some."""
    mine = of.nominations.exclude(pk__in=[row.pk for row in keep]).values("pk")
    label = Nomination._meta.label
    for row in Publicity.objects.running().filter(object_type=label, object_id__in=mine):
        hung_earlier(row, on=on)
    publicity.close_due()


def closed_in_its_year(of: Selection) -> None:
    """Let the proposals of a past year have ended in it; the trail says so."""
    before = audit.snapshot(of)
    of.closes_on = datetime.date(of.year, 3, 31)
    of.save(update_fields=["closes_on"])
    audit.record(
        "honours.selection.change", by=None, obj=of, reason="演示城市：推荐截止日改为评选当年",
        changes=audit.difference(before, audit.snapshot(of)),
    )  # fmt: skip


def lay_rules() -> str:
    """The examples, in force since 2022."""
    city = Organisation.objects.get(code=CITY)
    approver = accounts.user(accounts.HONOURS[2])
    made = examples.load(city, by=approver, since=datetime.date(2022, 1, 1))
    return f"{made} 项"


def walk(held: Round) -> str:
    """One selection."""
    return f"{Way().walk(held)}，{len(held.wanted)} 名人选"
