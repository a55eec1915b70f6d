"""A studio from its application in the portal to the end of its name, through the doors."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted, Refused
from core.models import AuditEvent, Publicity
from funds.models import Payable
from honours.models import (
    Studio,
    StudioAssessment,
    StudioGrant,
    StudioMember,
    StudioResult,
    StudioRule,
)
from honours.rules import studios as rules
from honours.services import studio_grants, studio_work, studios
from honours.services.awards import years_after
from members.models import UnionProfile
from tests.factories import funds as money
from tests.factories import studios as honours
from tests.hardship.pages import again, browser, page, press, text

DAY = datetime.date
PDF = b"%PDF-1.7\n%"


@pytest.fixture
def staff(world):
    return honours.Staff(world)


def portal(user, door, *args, **data):
    """The page after a form of the portal was sent."""
    address = reverse(f"honours:{door}", args=args)
    return text(browser(user).post(address, data, follow=True))


# The application.


def test_chair_applies_on_the_portal(world, staff):
    honours.rulebook(world.city)
    award = honours.award(world.own)
    facts = {
        "organisation": world.own.pk, "award": award.pk, "name": "甲厂焊接工作室",
        "kind": "craftsman", "level": "municipal", "field": "焊接", "founded_on": "2020-01-01",
    }  # fmt: skip
    assert "请填写团队成员" in portal(staff.chair, "studio_new", **facts)
    studio = Studio.objects.get()
    assert (studio.state, studio.leader) == ("draft", award.person)
    told = portal(staff.chair, "studio_submit", studio.pk)
    assert "团队现有 1 人" in told
    assert "应不少于 5 人" in told
    for name in ("赵静", "钱伟", "孙丽", "李强"):
        told = portal(
            staff.chair, "studio_member_new", studio.pk, name=name, role="member",
            since="2020-01-01",
        )  # fmt: skip
        assert name in told, "the chair sees his own people"
    portal(staff.chair, "studio_submit", studio.pk)
    assert again(studio).state == "submitted"
    late = portal(
        staff.chair, "studio_member_new", studio.pk, name="周敏", role="member", since="2020-01-01"
    )
    assert "不能变动团队" in late
    assert studio.members.count() == 5


@pytest.mark.parametrize(
    "spoil",
    [
        {"revoked_on": DAY(2020, 1, 1), "revocation_document": "江工发〔2020〕1号"},
        {"valid_until": DAY(2020, 1, 1)},
        {"level": "county"},
        {"person": None},
    ],
)
def test_who_may_not_lead_is_not_offered(world, staff, spoil):
    award = honours.award(world.own)
    type(award).objects.filter(pk=award.pk).update(**spoil)
    studio = Studio(
        organisation=world.own, name="甲", kind="worker", level="municipal", field="焊接",
        founded_on=DAY(2020, 1, 1),
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        studios.open_draft(studio, again(award), by=staff.chair)
    assert refusal.value.code == "leader"
    offered = text(browser(staff.chair).get(reverse("honours:studio_new")))
    assert f'value="{award.pk}"' not in offered


def test_awards_of_others_are_not_offered(world, staff):
    honours.award(world.foreign, name="司马相如")
    assert "司马" not in text(browser(staff.chair).get(reverse("honours:studio_new")))


# The road.


def test_it_travels_the_road_through_the_screens(world, staff):
    studio = honours.draft(world.own, by=staff.chair)
    portal(staff.chair, "studio_submit", studio.pk)
    press(staff.district, studio, "step_check", comment="同意")
    seen = {"inspected_on": "2026-01-05", "haves": [*honours.HAVES[:6]]}
    press(staff.clerk, studio, "step_inspect", comment="已考察", **seen)
    told = press(staff.reviewer, studio, "step_evaluate", score="91", comment="通过")
    assert "公示五个工作日" in told or again(studio).state == "publicity"
    shown = Publicity.objects.get()
    assert shown.content["rows"] == [["王*国", world.own.name, studio.name]]
    honours.pass_publicity()
    assert again(studio).state == "naming"
    day = Publicity.objects.get().ends_on + datetime.timedelta(days=1)
    given = {"document_number": "江工发〔2026〕1号", "named_on": f"{day}", "comment": "同意"}
    told = press(staff.approver, studio, "step_name", **given)
    assert "有成果" in told, "the seventh have was not seen"
    assert again(studio).state == "naming"
    press(staff.clerk, studio, "see_haves", on="2026-01-06", items=honours.HAVES)
    press(staff.approver, studio, "step_name", **given)
    named = again(studio)
    assert (named.state, named.named_on) == ("named", day)
    assert named.review_on == years_after(day, 3), "three years by the rule"
    assert named.score == 91
    days = dict(named.haves.values_list("item", "seen_on"))
    assert (days["plate"], days["results"]) == (DAY(2026, 1, 5), DAY(2026, 1, 6))


def test_leader_who_lost_his_title_stops_the_naming(world, staff):
    studio = honours.travel(honours.draft(world.own, by=staff.chair), staff, until="unopposed")
    type(studio.award).objects.filter(pk=studio.award_id).update(
        revoked_on=DAY(2026, 1, 1), revocation_document="江工发〔2026〕1号"
    )
    told = press(
        staff.approver, studio, "step_name", document_number="江工发〔2026〕1号",
        named_on="2026-01-20", comment="同意",
    )  # fmt: skip
    assert "不符合领衔条件" in told
    assert again(studio).state == "naming"


def test_a_studio_is_named_after_its_publicity(world, staff):
    studio = honours.travel(honours.draft(world.own, by=staff.chair), staff, until="unopposed")
    ended = Publicity.objects.get().ends_on
    facts = {"by": staff.approver, "comment": "同意", "document_number": "江工发〔2026〕1号"}
    with pytest.raises(Refused, match="公示期满"):
        workflow.apply(studio, "name", named_on=ended, **facts)
    day = ended + datetime.timedelta(days=1)
    assert workflow.apply(studio, "name", named_on=day, **facts).named_on == day


def test_one_person_is_one_of_the_team(world, staff):
    studio = honours.draft(world.own, by=staff.chair)
    twice = StudioMember(
        studio=studio, name=studio.leader.name, person=studio.leader, post="技师",
        since=DAY(2020, 1, 1),
    )  # fmt: skip
    with pytest.raises(Exception, match="已在团队中"):
        studios.add_member(twice, by=staff.chair)


def test_one_person_fills_one_duty(world, staff):
    studio = honours.travel(honours.draft(world.own, by=staff.chair), staff, until="check")
    with pytest.raises(Refused) as refusal:
        workflow.apply(
            studio, "inspect", by=staff.district, comment="同意", inspected_on=DAY(2026, 1, 5),
            haves=[],
        )  # fmt: skip
    assert refusal.value.code == "four_eyes"


def test_who_is_in_the_team_decides_nothing(world, staff):
    studio = honours.draft(world.own, by=staff.chair)
    person = studio.leader
    staff.district.certificate_number = person.certificate_number.clear()
    staff.district.save()
    studio = workflow.apply(studio, "submit", by=staff.chair)
    with pytest.raises(Refused) as refusal:
        workflow.apply(studio, "check", by=staff.district, comment="同意")
    assert refusal.value.code == "concerned"


# What is done year by year.


def test_year_is_reported_accepted_and_assessed(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    told = portal(
        staff.chair, "studio_project_new", studio.pk, year="2022", title="夹具改进",
        approved_by="市总工会", approved_on="2022-03-01",
    )  # fmt: skip
    assert "由上级工会确认" in told
    told = portal(
        staff.chair, "studio_result_new", studio.pk, kind="patent", title="一种夹具",
        obtained_on="2022-06-01", benefit="120000.50",
        evidence=SimpleUploadedFile("专利.pdf", PDF),
    )  # fmt: skip
    result = StudioResult.objects.get()
    assert (result.year, result.benefit) == (2022, Decimal("120000.50"))
    assert reverse("file", args=[result.evidence.token]) in told
    told = press(staff.clerk, studio, "assess", year="2022", score="95")
    assert "待确认" in told
    press(staff.district, studio, "accept_year", year="2022")
    assert again(result).accepted_on
    told = portal(staff.chair, "studio_result_withdraw", result.pk)
    assert "不能撤回" in told
    press(staff.clerk, studio, "assess", year="2022", score="95", note="成效明显")
    made = StudioAssessment.objects.get()
    assert (made.verdict, made.document) == ("excellent", "江工发〔2019〕5号")
    assert made.facts["projects"] == 1
    assert made.facts["benefit"] == "120000.50"
    told = portal(
        staff.chair, "studio_result_new", studio.pk, kind="paper", title="论文",
        obtained_on="2022-07-01",
    )  # fmt: skip
    assert "2022年已经考核" in told


def test_year_without_an_approved_project_does_not_qualify(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    made = studio_work.assess(studio, year=2022, score=Decimal(100), by=staff.clerk)
    assert made.verdict == "unqualified"


@pytest.mark.parametrize(
    ("score", "projects", "verdict"),
    [
        ("59.99", 1, "unqualified"),
        ("60", 1, "qualified"),
        ("89.99", 1, "qualified"),
        ("90", 1, "excellent"),
        ("100", 0, "unqualified"),
    ],
)
def test_verdict_at_both_sides_of_its_boundaries(score, projects, verdict):
    found = rules.verdict(
        Decimal(score), projects, least_projects=1, qualified=Decimal(60), excellent=Decimal(90)
    )
    assert found == verdict


def test_who_reported_does_not_accept(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    honours.project(studio, by=staff.district)
    with pytest.raises(Refused) as refusal:
        studio_work.accept_year(studio, year=2021, by=staff.district)
    assert refusal.value.code == "four_eyes"
    with pytest.raises(NotPermitted):
        studio_work.accept_year(studio, year=2021, by=staff.chair)


# 复核.


def reviewed(world, staff, *, score):
    studio = honours.named(world.own, by=staff.chair)
    honours.project(studio, by=staff.chair, year=2022)
    studio_work.accept_year(studio, year=2022, by=staff.district)
    studio_work.assess(studio, year=2022, score=Decimal(score), by=staff.clerk)
    return workflow.apply(studio, "start_review", by=staff.clerk)


def test_studio_is_kept_after_its_review(world, staff):
    studio = reviewed(world, staff, score=80)
    kept = workflow.apply(studio, "keep", by=staff.approver)
    assert (kept.state, kept.round) == ("named", 2)
    assert kept.review_on.year == kept.state_since.year + 3


def test_failed_year_is_put_right_before_it_is_kept(world, staff):
    studio = reviewed(world, staff, score=40)
    with pytest.raises(Refused, match="2022年考核不合格"):
        workflow.apply(studio, "keep", by=staff.approver)
    studio = workflow.apply(studio, "rectify", by=staff.approver, comment="限期补齐台账")
    assert studio.rectify_until
    studio = workflow.apply(studio, "rectified", by=staff.clerk, comment="台账已补齐")
    assert workflow.apply(studio, "keep", by=staff.approver).state == "named"


def test_what_was_not_put_right_is_revoked(world, staff):
    studio = reviewed(world, staff, score=40)
    studio = workflow.apply(studio, "rectify", by=staff.approver, comment="限期补齐台账")
    studio = workflow.apply(
        studio, "revoke", by=staff.approver, comment="逾期未整改", document_number="江工发1号"
    )
    assert studio.state == "revoked"


def test_revoked_studio_is_active_no_more(world, staff):
    studio = reviewed(world, staff, score=40)
    studio = workflow.apply(
        studio,
        "revoke",
        by=staff.approver,
        comment="长期不活动",
        document_number="江工发〔2026〕2号",
    )
    assert studio.revoking_document == "江工发〔2026〕2号"
    active = Studio.objects.active
    assert studio not in active(studio.revoked_on)
    assert studio in active(studio.revoked_on - datetime.timedelta(days=1))


# Money.


def account(place):
    UnionProfile.objects.create(
        organisation=place, kind="single", account_name=place.name, account_bank="江城银行",
        account_number=money.account_number(), has_own_account=True,
    )  # fmt: skip


def test_grant_is_laid_down_by_the_rule_and_paid(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    account(world.own)
    told = press(staff.clerk, studio, "lay_grant", purpose="new", source="union")
    assert "50,000.00 元" in told
    grant = StudioGrant.objects.get()
    pool = money.pool(world.city)
    press(staff.approver, grant, "approve", pool=pool.pk)
    owed = Payable.objects.of(grant).get()
    assert (owed.amount, owed.kind, owed.payee_kind) == (Decimal(50_000), "other", "union")
    office = money.Office(world)
    office.pool = pool
    assert studio_grants.obstacle([owed]) == ""
    studio_grants.paid([owed], on=DAY(2026, 3, 1), by=None)
    assert again(grant).paid_on == DAY(2026, 3, 1)
    studio_grants.bounced([owed], by=None)
    assert again(grant).paid_on is None
    told = press(staff.clerk, studio, "lay_grant", purpose="new", source="union")
    assert "已经登记" in told
    told = press(staff.clerk, studio, "lay_grant", purpose="kept", source="union")
    assert "还没有复核保留" in told


def test_a_studio_is_given_once_for_being_kept(world, staff):
    studio = reviewed(world, staff, score=80)
    studio = workflow.apply(studio, "keep", by=staff.approver)
    first = studio_grants.lay_down(studio, purpose="kept", source="union", by=staff.clerk)
    assert first.year == timezone.localdate().year
    with time_machine.travel(timezone.now() + datetime.timedelta(days=400), tick=False):
        told = press(staff.clerk, studio, "lay_grant", purpose="kept", source="union")
        assert "已经登记" in told


def test_grant_of_a_revoked_studio_is_not_paid(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    account(world.own)
    grant = studio_grants.lay_down(studio, purpose="new", source="union", by=staff.clerk)
    owed = studio_grants.approve(grant, pool=money.pool(world.city), by=staff.approver)
    Studio.objects.filter(pk=studio.pk).update(state="review")
    assert studio_grants.obstacle([owed]) == ""
    Studio.objects.filter(pk=studio.pk).update(state="revoked", revoked_on=DAY(2026, 1, 1))
    assert "不能支付补助" in studio_grants.obstacle([owed])


def test_grant_waits_for_a_rule_an_account_and_another_person(world, staff):
    studio = honours.named(world.own, by=staff.chair)
    grant = studio_grants.lay_down(studio, purpose="new", source="union", by=staff.clerk)
    with pytest.raises(Refused) as refusal:
        studio_grants.approve(grant, pool=money.pool(world.city), by=staff.approver)
    assert refusal.value.code == "no_account"
    Studio.objects.filter(pk=studio.pk).update(level="provincial")
    with pytest.raises(Refused) as refusal:
        studio_grants.lay_down(again(studio), purpose="new", source="union", by=staff.clerk)
    assert refusal.value.code == "no_rule"
    type(grant).objects.filter(pk=grant.pk).update(laid_by=staff.approver)
    with pytest.raises(Refused) as refusal:
        studio_grants.approve(grant, pool=money.pool(world.city), by=staff.approver)
    assert refusal.value.code == "four_eyes"


# Who sees whom.


def test_names_are_masked_in_the_admin_and_in_the_trail(world, staff):
    studio = honours.draft(world.own, by=staff.chair, name="欧阳修远")
    assert "欧阳修远" not in text(browser(staff.clerk).get(page(studio)))
    assert "欧阳修远" not in str(list(AuditEvent.objects.values_list("changes", flat=True)))


def test_rules_of_one_place_do_not_overlap(world, staff):
    honours.rulebook(world.city)
    row = StudioRule(organisation=world.city, document="江工发〔2022〕1号", since=DAY(2022, 1, 1))
    with pytest.raises(Exception, match="日期重叠"):
        row.full_clean()
