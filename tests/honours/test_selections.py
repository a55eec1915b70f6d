"""A selection from its places to the awards, walked through the services by everybody's hands."""

import datetime
import io
import re

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, Publicity
from core.services import objections, publicity
from honours import examples
from honours.criteria import Criteria
from honours.models import (
    Award,
    ExclusionRule,
    Nomination,
    NominationPaper,
    OpinionRule,
    Quota,
    RatioConstraint,
    Recommendation,
    Selection,
)
from honours.services import awards, lists, nominations, quotas
from members.models import Coverage
from tests.factories import selections as make
from tests.factories.core import UserFactory
from tests.factories.members import employer
from tests.factories.selections import again, pass_publicities, take
from tests.hardship.pages import browser, page, press, text

pytestmark = pytest.mark.django_db
S, N = Selection.State, Nomination.State
TODAY = timezone.localdate


@pytest.fixture
def staff(world):
    return make.Staff(world)


@pytest.fixture
def selection(world, staff):
    """Two places for the district, one for the other district; proposals are open."""
    of = make.selection(world.city, state=S.NOMINATING, places=3)
    make.quota(of, world.district, 2)
    make.quota(of, world.other_district, 1)
    return of


def refused(act, *args, error=Refused, **kwargs):
    with pytest.raises(error) as refusal:
        act(*args, **kwargs)
    return str(refusal.value)


def in_review(selection, place, count, **fields):
    """Candidates who came to the first review."""
    return [
        make.nomination(selection, place, state=N.FIRST_REVIEW, person=make.member(place), **fields)
        for _ in range(count)
    ]


def reviewing(selection):
    Selection.objects.filter(pk=selection.pk).update(state=S.FIRST_REVIEW)
    return again(selection)


class TestPlaces:
    def test_they_are_handed_down_and_always_sum(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=7, minimum=1)
        for _ in range(3):
            make.member(world.own)
        make.member(world.foreign)
        assert "还没有分配名额" in refused(take, of, "allot", staff.clerk)
        quotas.hand_down(of, basis="members", by=staff.clerk)
        numbers = {row.organisation.code: row.number for row in of.quotas.all()}
        assert numbers == {"district": 5, "other_district": 2}  # 1 + 3.75, 1 + 1.25
        (_, part), _ = quotas.shared(of)
        assert (part.quotient, part.is_raised, part.weight) == (3, True, 3)
        take(of, "allot", staff.clerk)
        top = of.quotas.get(organisation=world.district)
        quotas.hand_down(again(of), above=top, basis="equal", minimum=1, by=staff.county)
        below = {row.organisation.code: row.number for row in top.below.all()}
        assert sum(below.values()) == 5
        assert set(below) == {"town", "other_town"}

    def test_a_shift_keeps_the_sum_and_says_why(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=4)
        quotas.hand_down(of, basis="equal", by=staff.clerk)
        source, target = of.quotas.order_by("pk")
        quotas.shift(source, target=target, count=1, reason="产业工人集中", by=staff.clerk)
        assert [row.number for row in of.quotas.order_by("pk")] == [1, 3]
        assert again(target).note == "产业工人集中"
        assert "可以调出 1 至 1 名" in refused(
            quotas.shift, again(source), target=target, count=2, reason="再调", by=staff.clerk
        )

    def test_two_hands_at_once_lose_and_invent_no_place(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=4)
        quotas.hand_down(of, basis="equal", by=staff.clerk)
        source, target = of.quotas.order_by("pk")
        facts = {"count": 2, "reason": "产业工人集中", "by": staff.clerk}
        quotas.shift(again(source), target=again(target), **facts)
        assert "可以调出" in refused(quotas.shift, source, target=target, **facts)
        assert [row.number for row in of.quotas.order_by("pk")] == [0, 4]
        take(of, "allot", staff.clerk)
        top = of.quotas.get(organisation=world.district)
        Quota.objects.filter(pk=top.pk).update(number=3)
        made = quotas.hand_down(of, above=top, basis="equal", by=staff.county)
        assert sum(row.number for row in made) == 3

    def test_another_minimum_asks_for_another_sharing(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=4)
        quotas.hand_down(of, basis="equal", by=staff.clerk)
        Selection.objects.filter(pk=of.pk).update(minimum=3)
        assert "请重新分配" in text(browser(staff.clerk).get(page(of)))
        assert "保底名额已改为 3 名" in refused(take, of, "allot", staff.clerk)
        Quota.objects.filter(organisation=world.district).update(number=4)
        Quota.objects.filter(organisation=world.other_district).update(number=0)
        Selection.objects.filter(pk=of.pk).update(minimum=1)
        assert "保底名额已改为 1 名" in refused(take, of, "allot", staff.clerk)
        quotas.hand_down(of, basis="equal", by=staff.clerk)
        source, target = of.quotas.order_by("pk")
        quotas.shift(source, target=target, count=2, reason="产业工人集中", by=staff.clerk)
        take(of, "allot", staff.clerk)

    def test_nobody_hands_out_what_is_not_his(self, world, staff, selection):
        top = selection.quotas.get(organisation=world.other_district)
        refused(
            quotas.hand_down, selection, above=top, basis="equal", by=staff.county, error=OutOfScope
        )
        refused(quotas.hand_down, selection, basis="equal", by=staff.chair, error=OutOfScope)
        assert "不能分配" in refused(quotas.hand_down, selection, basis="equal", by=staff.clerk)

    def test_it_is_open_only_for_those_with_places(self, world, selection):
        assert list(Selection.objects.open_for(world.own)) == [selection]
        Quota.objects.filter(organisation=world.district).update(number=0)
        assert not Selection.objects.open_for(world.own).exists()
        assert Selection.objects.open_for(world.foreign).exists()
        yesterday = TODAY() - datetime.timedelta(days=1)
        Selection.objects.update(closes_on=yesterday)
        assert not Selection.objects.open_for(world.foreign).exists()


class TestProposing:
    def test_a_member_is_proposed_with_what_the_register_knows(self, world, staff, selection):
        who = make.member(world.own, political_status="party", ethnicity="回族")
        row = nominations.propose(
            selection=selection, organisation=world.own, person=who, reason="竞赛第一名",
            by=staff.chair,
        )  # fmt: skip
        assert (row.state, row.name, row.reason) == (N.DRAFT, "李梅", "竞赛第一名")
        assert set(row.flags) == {"party", "minority"}
        twice = nominations.propose
        assert twice
        with pytest.raises(Exception, match="一人只能推荐一次"):
            twice(selection=selection, organisation=world.own, person=who, by=staff.chair)

    def test_only_a_member_and_only_while_it_is_open(self, world, staff, selection):
        stranger = make.member(world.foreign)
        facts = {"selection": selection, "organisation": world.own, "by": staff.chair}
        assert "不是本会在册会员" in refused(nominations.propose, person=stranger, **facts)
        assert "会员名册" in refused(nominations.propose, name="李梅", **facts)
        Selection.objects.update(state=S.FIRST_REVIEW)
        who = make.member(world.own)
        assert "不受理本会推荐" in refused(nominations.propose, person=who, **facts)
        elsewhere = facts | {"organisation": world.foreign}
        refused(nominations.propose, person=stranger, error=OutOfScope, **elsewhere)

    def test_a_collective_has_a_name(self, world, staff):
        of = make.selection(
            world.city, title=make.title(recipient="team", kind="pioneer"), places=1
        )
        make.quota(of, world.district, 1)
        facts = {"selection": of, "organisation": world.own, "by": staff.chair}
        row = nominations.propose(name="装配一班", **facts)
        assert (row.name, row.person) == ("装配一班", None)
        assert "授予集体" in refused(
            nominations.propose, person=make.member(world.own), name="装配二班", **facts
        )
        assert "请填写集体的名称" in refused(nominations.propose, **facts)

    def test_a_union_is_proposed_as_itself_and_an_employer_as_registered(self, world, staff):
        home = make.title(recipient="union", kind="model_home")
        firm = make.title(recipient="employer", kind="may1_certificate")
        team = make.title(recipient="team", kind="pioneer")
        of = {}
        for title in (home, firm, team):
            of[title] = make.selection(world.city, title=title, places=1)
            make.quota(of[title], world.district, 1)
        facts = {"organisation": world.own, "by": staff.chair}
        row = nominations.propose(selection=of[home], name="甲厂的家", **facts)
        assert row.name == world.own.name
        own = employer(world.town, "甲厂有限公司")
        Coverage.objects.create(organisation=world.own, employer=own, since="2020-01-01")
        row = nominations.propose(selection=of[firm], name="甲厂有限公司", **facts)
        assert row.employer == own
        row = nominations.propose(selection=of[team], name="装配一班", employer=own, **facts)
        assert (row.name, row.employer, row.unit_name) == ("装配一班", None, own.name)

    def test_a_home_that_holds_the_title_is_known_by_its_union(self, world, staff):
        of = make.selection(
            world.city, title=make.title(recipient="union", kind="model_home"), places=1
        )
        make.quota(of, world.district, 1)
        row = nominations.propose(selection=of, organisation=world.own, name="家", by=staff.chair)
        given = awards.draft(
            of.title, organisation=world.district, recipient_name="甲厂工会", union=world.own,
            granted_on=datetime.date(2019, 4, 30),
        )  # fmt: skip
        given.full_clean()
        given.save()
        assert Criteria(of).held(row) == [f"{of.title}（2019年）"]

    def test_it_is_handed_in_when_it_is_complete(self, world, staff, selection):
        who = make.member(world.own)
        row = nominations.propose(
            selection=selection, organisation=world.own, person=who, by=staff.chair
        )
        assert "人选情况" in refused(take, row, "submit", staff.chair)
        row.category, row.unit_name, row.position = "industrial", "甲厂", "焊工"
        row.resume, row.summary, row.deeds = "焊工", "改进工装", "扎根一线"
        row.is_checked = True
        workflow.amend(row, by=staff.chair)
        assert "民主推荐" in refused(take, row, "submit", staff.chair)
        meeting = Recommendation(
            nomination=row, kind="congress", held_on=TODAY(), entitled=30, present=28, votes=15
        )
        nominations.recommend(meeting, by=staff.chair)
        assert "未超过应到 30 人的半数" in refused(take, row, "submit", staff.chair)
        meeting.votes = 16
        nominations.recommend(meeting, by=staff.chair)
        assert "会议纪要、身份证明" in refused(take, row, "submit", staff.chair)
        for kind in ("minutes", "identity"):
            paper = io.BytesIO(make.PDF)
            nominations.attach(row, paper, name="a.pdf", kind=kind, by=staff.chair)
        shown = take(row, "submit", staff.chair)
        assert shown.state == N.UNIT_PUBLICITY
        posted = Publicity.objects.running().on(shown).get()
        assert posted.content["rows"] == [["李梅", "甲厂", selection.title.name]]
        assert posted.days == 5
        paper = NominationPaper.objects.first()
        assert "不能修改" in refused(nominations.discard, paper, by=staff.chair)


class TestExclusions:
    def bar(self, world, circumstance, **fields):
        return ExclusionRule.objects.create(
            organisation=world.city, document="示例〔2026〕3号", since="2020-01-01",
            circumstance=circumstance, **fields,
        )  # fmt: skip

    def test_who_holds_the_same_or_a_higher_title_is_not_proposed(self, world, staff, selection):
        self.bar(world, "held", allows_exception=True)
        row = make.nomination(selection, world.own, state=N.COUNTY)
        higher = make.title(rank=10)
        given = awards.draft(
            higher, organisation=world.own, recipient_name=row.name, person=row.person,
            granted_on=datetime.date(2019, 4, 30),
        )  # fmt: skip
        given.full_clean()
        given.save()
        said = refused(submit_trusted, row, staff)
        assert "已获同级或更高荣誉" in said
        assert f"已获：{higher}（2019年）" in said
        Nomination.objects.filter(pk=row.pk).update(exception_reason="获奖后又有重大技术突破")
        assert submit_trusted(row, staff).state == N.OPINIONS

    def test_a_lower_title_is_none_in_the_way(self, world, staff, selection):
        self.bar(world, "held")
        row = make.nomination(selection, world.own, state=N.COUNTY)
        lower = make.title(rank=90)
        awards.draft(
            lower, organisation=world.own, recipient_name=row.name, person=row.person,
            granted_on=datetime.date(2019, 4, 30),
        ).save()  # fmt: skip
        assert submit_trusted(row, staff).state == N.OPINIONS

    def test_unpaid_wages_allow_no_exception(self, world, staff, selection):
        self.bar(world, "wages")
        row = make.nomination(
            selection, world.own, state=N.COUNTY, circumstances=["wages"], exception_reason="已补"
        )
        assert "不得推荐（示例〔2026〕3号）" in refused(submit_trusted, row, staff)


def submit_trusted(row, staff):
    """The county's step, of a nomination as it was handed in."""
    from core.models import Decision

    row = again(row)
    Decision.objects.create(
        organisation=row.organisation, object_type=row._meta.label, object_id=row.pk,
        transition="submit", label="提交", round=row.round, digest=workflow.digest(row),
    )  # fmt: skip
    return take(row, "examine", staff.county)


class TestPlacesOfCandidates:
    def test_a_place_sends_no_more_than_its_number_and_the_extra(self, world, staff, selection):
        for _ in range(3):
            in_review(selection, world.own, 1)
        row = make.nomination(selection, world.own, state=N.COUNTY, person=make.member(world.own))
        said = refused(submit_trusted, row, staff)
        assert "名额 2 名，另可差额 1 名，已上报 3 名" in said

    def test_the_list_takes_no_more_than_the_places(self, world, staff, selection):
        first, second, third = in_review(selection, world.own, 3)
        assert "进入初审后" in refused(take, first, "enlist", staff.reviewer)
        reviewing(selection)
        for row in (first, second):
            take(row, "enlist", staff.reviewer)
        assert "名额 2 名已满" in refused(take, third, "enlist", staff.reviewer)
        assert take(third, "put_behind", staff.reviewer).reserve_order == 1


class TestRatios:
    @pytest.fixture
    def rules(self, world):
        for name, wanted, way, percent in [
            ("一线职工", ["industrial"], "ge", 60),
            ("企业负责人", ["head"], "le", 20),
        ]:
            RatioConstraint.objects.create(
                organisation=world.city, document="江工发〔2026〕1号", since="2020-01-01",
                name=name, wanted=wanted, operator=way, percent=percent,
            )  # fmt: skip

    def test_a_failing_constraint_is_named_and_blocks(self, world, staff, selection, rules):
        rows = in_review(selection, world.own, 1)
        rows += in_review(selection, world.own, 1, category="head")
        reviewing(selection)
        for row in rows:
            take(row, "enlist", staff.reviewer)
        said = refused(take, selection, "show", staff.reviewer)
        assert (
            "一线职工不少于 60%：2 名中至少 2 名，现 1 名，还差 1 名（江工发〔2026〕1号）" in said
        )
        assert "企业负责人不超过 20%：2 名中至多 0 名，现 1 名，多出 1 名" in said
        shown = text(browser(staff.reviewer).get(page(selection)))
        assert "还差 1 名" in shown
        assert "多出 1 名" in shown
        assert "一线职工不少于 60%" in shown

    def test_a_head_from_the_country_is_no_front_line_worker(self, world, selection):
        row = make.nomination(selection, world.own, category="head", flags=["migrant_worker"])
        assert row.tags == {"head", "migrant_worker"}
        row.category, row.flags = "migrant", []
        assert row.tags == {"migrant", "migrant_worker"}

    def test_while_the_list_is_made_up_two_change_places(self, world, staff, selection, rules):
        worker, spare = in_review(selection, world.own, 2)
        (head,) = in_review(selection, world.own, 1, category="head")
        reviewing(selection)
        waiting = text(browser(staff.reviewer).get(page(selection)))
        assert "待初审人选（3 名）" in waiting
        take(worker, "enlist", staff.reviewer)
        take(head, "enlist", staff.reviewer)
        take(spare, "put_behind", staff.reviewer)
        assert "多出 1 名" in refused(take, selection, "show", staff.reviewer)
        assert "名额 2 名已满" in refused(take, spare, "call_up", staff.reviewer)
        assert take(head, "set_back", staff.reviewer).reserve_order == 2
        row = take(spare, "call_up", staff.reviewer)
        assert (row.state, row.reserve_order) == (N.LISTED, None)
        assert take(selection, "show", staff.reviewer).state == S.PUBLICITY
        for row, step in ((spare, "set_back"), (head, "call_up")):
            refused(take, row, step, staff.reviewer)

    def test_only_what_is_in_force_counts(self, world, staff, selection, rules):
        RatioConstraint.objects.update(until=TODAY())
        (row,) = in_review(selection, world.own, 1, category="head")
        reviewing(selection)
        take(row, "enlist", staff.reviewer)
        assert take(selection, "show", staff.reviewer).state == S.PUBLICITY


class TestOpinions:
    @pytest.fixture
    def asked(self, world):
        return [
            OpinionRule.objects.create(
                organisation=world.city, document="江工发〔2026〕2号", since="2020-01-01",
                department=department, about_tags=tags, months=3,
            )
            for department, tags in [("police", []), ("taxation", ["head"])]
        ]  # fmt: skip

    def opine(self, row, staff, department="police", verdict="agree", **more):
        facts = {"given_on": TODAY(), "note": "已核实"} | more
        return nominations.record_opinion(
            row, department=department, verdict=verdict, by=staff.clerk, **facts
        )

    def test_the_matrix_says_who_is_asked(self, world, staff, selection, asked):
        row = make.nomination(selection, world.own, state=N.OPINIONS, category="head")
        assert refused(take, row, "conclude", staff.clerk) == "尚未征求意见：公安、税务。"
        for department in ("police", "taxation"):
            self.opine(row, staff, department)
        assert take(row, "conclude", staff.clerk).state == N.FIRST_REVIEW
        worker = make.nomination(
            selection, world.own, state=N.OPINIONS, person=make.member(world.own)
        )
        assert refused(take, worker, "conclude", staff.clerk) == "尚未征求意见：公安。"

    def test_an_expired_opinion_is_asked_for_again(self, world, staff, selection, asked):
        row = make.nomination(selection, world.own, state=N.OPINIONS)
        self.opine(row, staff, given_on=TODAY() - datetime.timedelta(days=100))
        assert "意见已过有效期" in refused(take, row, "conclude", staff.clerk)
        self.opine(row, staff)
        assert take(row, "conclude", staff.clerk).state == N.FIRST_REVIEW

    def test_a_refusal_is_a_veto_and_the_reserve_of_the_place_moves_up(
        self, world, staff, selection
    ):
        fallen, stays, near = in_review(selection, world.own, 3)
        (far,) = in_review(selection, world.foreign, 1)
        reviewing(selection)
        take(far, "put_behind", staff.reviewer)
        take(near, "put_behind", staff.reviewer)
        for row in (fallen, stays):
            take(row, "enlist", staff.reviewer)
        selection = take(selection, "show", staff.reviewer)
        self.opine(fallen, staff, verdict="disagree", note="涉嫌违法，正在调查")
        assert again(fallen).state == N.REFUSED
        assert not Publicity.objects.running().on(fallen).exists()
        assert (again(near).state, again(near).reserve_order) == (N.LISTED, None)
        assert again(far).state == N.RESERVE
        assert workflow.decisions(again(near)).last().comment.startswith("本地名额空缺")
        shown = take(selection, "show_more", staff.reviewer)
        assert shown.state == S.PUBLICITY
        assert Publicity.objects.running().on(near).exists()

    def test_a_reserve_of_another_place_follows_where_the_place_has_none(
        self, world, staff, selection
    ):
        (fallen,) = in_review(selection, world.own, 1)
        (far,) = in_review(selection, world.foreign, 1)
        reviewing(selection)
        take(fallen, "enlist", staff.reviewer)
        take(far, "put_behind", staff.reviewer)
        take(fallen, "drop", staff.clerk, comment="本人书面放弃")
        assert (again(fallen).state, again(far).state) == (N.REFUSED, N.LISTED)

    def test_words_are_needed_and_a_stranger_enters_nothing(self, world, staff, selection):
        row = make.nomination(selection, world.own, state=N.OPINIONS)
        with pytest.raises(Exception, match="请写明理由或条件"):
            self.opine(row, staff, verdict="conditional", note="")
        refused(
            nominations.record_opinion, row, department="police", verdict="agree",
            given_on=TODAY(), by=staff.reviewer, error=NotPermitted,
        )  # fmt: skip


class TestTheWholeRoad:
    def test_from_places_to_awards(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=2)
        quotas.hand_down(of, basis="equal", by=staff.clerk)
        for step in ("allot", "open"):
            of = take(of, step, staff.clerk)
        rows = [
            make.nomination(of, place, person=make.member(place))
            for place in (world.own, world.sibling)
        ]
        chairs = [staff.chair, UserFactory(organisation=world.sibling, role="chair")]
        for row, chair in zip(rows, chairs, strict=True):
            take(row, "submit", chair)
        pass_publicities()
        assert {again(row).state for row in rows} == {N.COUNTY}
        for row in rows:
            take(row, "examine", staff.county)
            take(row, "conclude", staff.clerk)
        assert "还没有待初审" not in refused(take, of, "show", staff.reviewer)
        of = take(of, "finish", staff.clerk)
        assert "还有 2 名人选未初审" in refused(take, of, "show", staff.reviewer)
        take(rows[0], "enlist", staff.reviewer)
        take(rows[1], "put_behind", staff.reviewer)
        of = take(of, "show", staff.reviewer)
        pass_publicities()
        of = take(of, "reexamine", staff.reviewer)
        assert "未复审" in refused(take, of, "hand_in", staff.reviewer)
        take(rows[0], "pass_final", staff.reviewer)
        of = take(of, "hand_in", staff.reviewer)
        day = TODAY()
        of = take(
            of, "commend", staff.approver, document_number="江工发〔2026〕12号", granted_on=day
        )
        award = Award.objects.get()
        assert (award.person, award.document_number) == (rows[0].person, "江工发〔2026〕12号")
        assert (award.granted_on, award.organisation) == (day, world.own)
        assert again(rows[0]).award == award
        ExclusionRule.objects.create(
            organisation=world.city, document="示例〔2026〕3号", since="2020-01-01",
            circumstance="held",
        )  # fmt: skip
        shown = text(browser(staff.chair).get(again(rows[0]).get_absolute_url()))
        assert "已获同级或更高荣誉" in shown
        assert "不得推荐（" not in shown
        assert [again(row).state for row in rows] == [N.AWARDED, N.UNSELECTED]
        assert take(of, "close", staff.clerk).state == S.CLOSED
        assert AuditEvent.objects.filter(action="honours.award.give").count() == 1

    def test_nobody_is_honoured_before_his_publicity_is_over(self, world, staff, selection):
        rows = in_review(selection, world.own, 1)
        reviewing(selection)
        take(rows[0], "enlist", staff.reviewer)
        of = take(selection, "show", staff.reviewer)
        pass_publicities()
        of = take(of, "reexamine", staff.reviewer)
        take(rows[0], "pass_final", staff.reviewer)
        of = take(of, "hand_in", staff.reviewer)
        ended = Publicity.objects.on(rows[0]).get().ends_on
        facts = {"document_number": "江工发〔2026〕12号", "granted_on": ended}
        assert f"公示期满（{ended}）之后" in refused(take, of, "commend", staff.approver, **facts)
        facts["granted_on"] += datetime.timedelta(days=1)
        assert take(of, "commend", staff.approver, **facts).state == S.COMMENDED

    def test_an_objection_that_is_upheld_takes_out_one(self, world, staff, selection):
        rows = in_review(selection, world.own, 2)
        (behind,) = in_review(selection, world.own, 1)
        reviewing(selection)
        for row in rows:
            take(row, "enlist", staff.reviewer)
        take(behind, "put_behind", staff.reviewer)
        take(selection, "show", staff.reviewer)
        posted = Publicity.objects.running().on(rows[0]).get()
        import uuid

        objections.receive(
            posted, text="该同志业绩材料与事实不符，请核实。", form=uuid.uuid4(), address="1"
        )
        publicity.uphold(posted.objections.get())
        assert [again(row).state for row in (*rows, behind)] == [N.REFUSED, N.PUBLICITY, N.LISTED]

    def test_what_changed_after_it_was_handed_in_is_not_decided(self, world, staff, selection):
        row = make.nomination(selection, world.own, state=N.DECISION)
        Selection.objects.filter(pk=selection.pk).update(state=S.FINAL_REVIEW)
        take(selection, "hand_in", staff.reviewer)
        Nomination.objects.filter(pk=row.pk).update(category="head")
        said = refused(
            take, selection, "commend", staff.approver, document_number="江工发〔2026〕9号"
        )
        assert "之后内容有改动" in said
        assert not Award.objects.exists()

    def test_nobody_decides_on_himself(self, world, staff, selection):
        who = make.member(world.own)
        staff.approver.certificate_number = who.certificate_number.clear()
        staff.approver.save()
        make.nomination(selection, world.own, state=N.DECISION, person=who)
        Selection.objects.filter(pk=selection.pk).update(state=S.FINAL_REVIEW)
        take(selection, "hand_in", staff.reviewer)
        said = refused(
            take, selection, "commend", staff.approver, document_number="江工发〔2026〕9号"
        )
        assert "应当回避" in said


class TestDoors:
    def test_the_clerk_hands_down_and_the_page_shows_the_remainders(self, world, staff):
        of = make.selection(world.city, state=S.DRAFT, places=3)
        make.member(world.own)
        shown = press(staff.clerk, of, "hand_down", basis="members")
        assert "3 名已分配给 2 个下级工会" in shown
        assert "最大余数法" in shown
        assert "3.000" in shown

    def test_a_new_selection_opens_where_its_places_are_shared(self, world, staff):
        asked = {
            "organisation": world.city.pk, "title": make.title().pk, "year": 2026, "places": 3,
            "minimum": 0, "extra": 1, "unit_days": 5, "city_days": 5,
            "rules_on": f"{TODAY()}", "closes_on": f"{TODAY()}",
        }  # fmt: skip
        url = reverse("admin:honours_selection_add")
        answer = browser(staff.clerk).post(url, asked, follow=True)
        assert answer.redirect_chain[-1][0] == Selection.objects.get().get_absolute_url()
        assert "还没有分配名额，请先分配" in text(answer)

    def test_a_veto_by_the_form(self, world, staff, selection):
        row = make.nomination(selection, world.own, state=N.OPINIONS)
        facts = {"department": "police", "verdict": "disagree", "given_on": f"{TODAY()}"}
        assert "请写明理由" in press(staff.clerk, row, "record_opinion", **facts)
        assert "已取消推荐资格" in press(
            staff.clerk, row, "record_opinion", note="有违法记录", **facts
        )
        assert again(row).state == N.REFUSED

    def test_the_paper_of_a_department_has_a_field_of_its_own(self, world, staff, selection):
        """The script of the face writes the name of a chosen file into the text beside it."""
        row = make.nomination(selection, world.own, state=N.OPINIONS)
        url = reverse("admin:honours_nomination_record_opinion", args=[row.pk])
        shown = browser(staff.clerk).get(url).content.decode()
        assert "选择要上传的文件" in shown
        assert 'accept=".pdf' in shown or 'accept="application/pdf' in shown

    def test_who_examined_is_offered_no_form_of_opinions(self, world, staff, selection):
        row = submit_trusted(make.nomination(selection, world.own, state=N.COUNTY), staff)
        for reader, told in ((staff.county, False), (staff.clerk, True)):
            shown = browser(reader).get(reverse("admin:honours_nomination_change", args=[row.pk]))
            assert ("/record-opinion/" in shown.content.decode()) is told

    def test_a_district_is_led_to_no_page_that_it_may_not_see(self, world, staff, selection):
        row = make.nomination(selection, world.own, state=N.COUNTY)
        url = reverse("admin:honours_nomination_change", args=[row.pk])
        shown = browser(staff.county).get(url).content.decode()
        assert f"{selection}" in shown
        assert f"/honours/selection/{selection.pk}/" not in shown

    def test_states_are_words_in_the_portal_too(self, world, staff, selection):
        OpinionRule.objects.create(
            organisation=world.city, document="示例〔2026〕2号", since="2020-01-01",
            department="police",
        )  # fmt: skip
        row = make.nomination(selection, world.own, state=N.OPINIONS)
        shown = browser(staff.chair).get(row.get_absolute_url()).content.decode()
        assert '<span class="state state-waiting">未征求</span>' in shown
        assert "material-symbols" not in shown

    def test_places_are_numbers_of_the_list(self, world, staff, selection):
        Quota.objects.filter(organisation=world.district).update(weight=6438)
        shown = browser(staff.clerk).get(reverse("admin:honours_quota_changelist"))
        assert re.search(r'class="field-weight[^"]* number"[^>]*>6,438<', shown.content.decode())

    def test_who_is_missing_is_told_at_those_present(self, world, staff, selection):
        row = make.nomination(selection, world.own, state=N.DRAFT)
        url = reverse("honours:entry_meeting", args=[row.pk])
        facts = {"kind": "assembly", "held_on": f"{TODAY()}", "entitled": "45"}
        for present, votes, field in (("25", "20", "present"), ("41", "20", "votes")):
            answer = browser(staff.chair).post(url, facts | {"present": present, "votes": votes})
            assert list(answer.context["form"].errors) == [field]

    def test_the_chair_proposes_step_by_step(self, world, staff, selection):
        chair, who = browser(staff.chair), make.member(world.own)
        shown = text(chair.get(reverse("honours:nominations")))
        assert f"2026年{selection.title}" in shown
        held = who.memberships.get()
        posted = {"selection": selection.pk, "member": held.pk, "name": ""}
        shown = text(chair.post(reverse("honours:propose"), posted, follow=True))
        assert "已建立草稿" in shown
        row = Nomination.objects.get()
        steps = {
            "candidate": {"category": "industrial", "unit_name": "甲厂", "position": "焊工"},
            "deeds": {"resume": "焊工", "summary": "改进", "deeds": "扎根"},
            "meeting": {
                "kind": "assembly", "held_on": f"{TODAY()}", "entitled": "9", "present": "9",
                "votes": "9",
            },
            "record": {"is_checked": "on"},
        }  # fmt: skip
        for part, facts in steps.items():
            url = reverse(f"honours:entry_{part}", args=[row.pk])
            assert "已保存" in text(chair.post(url, facts, follow=True)), part
        summary = reverse("honours:entry", args=[row.pk])
        assert "会议纪要、身份证明" in text(chair.get(summary))
        for kind in ("minutes", "identity"):
            stream = io.BytesIO(make.PDF)
            stream.name = "纪要.pdf"
            url = reverse("honours:paper_add", args=[row.pk])
            assert "已上传 1 份" in text(
                chair.post(url, {"kind": kind, "files": [stream]}, follow=True)
            )
        assert "提交并在单位公示 5 个工作日" in text(chair.get(summary))
        url = reverse("honours:nomination_submit", args=[row.pk])
        assert "单位公示中" in text(chair.post(url, {"comment": ""}, follow=True))
        assert "内容不能修改" in text(chair.get(summary, follow=True))

    def test_the_list_leaves_as_a_workbook_and_is_recorded(self, world, staff, selection):
        in_review(selection, world.own, 2)
        stream = io.BytesIO()
        assert lists.write(stream, selection, by=staff.clerk) == 2
        sheet = openpyxl.load_workbook(stream).active
        assert [cell.value for cell in sheet[3]][:4] == [1, "李梅", "男", "甲厂工会委员会"]
        assert AuditEvent.objects.filter(action="honours.nomination.export").count() == 1
        refused(lists.write, io.BytesIO(), selection, by=staff.chair, error=OutOfScope)

    def test_the_examples_are_loaded_once(self, world, staff):
        made = examples.load(world.city, by=staff.approver)
        assert made == len(examples.RATIOS) + len(examples.OPINIONS) + 11
        assert examples.load(world.city, by=staff.approver) == 0
        assert "示例" in RatioConstraint.objects.first().document
