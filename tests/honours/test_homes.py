"""What members say of their homes, who may be proposed, and what becomes of a title."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from core import workflow
from core.errors import Refused
from core.models import Organisation
from core.services import organisations
from honours.candidates import candidates, due
from honours.models import Award, HomeRating, Inspection
from honours.rules import homes as rules
from honours.services import homes
from tests.factories import studios as honours
from tests.hardship.pages import again, browser, press, text

DAY = datetime.date
COUNTS = {"held_on": "2022-12-01", "employees": "100", "members": "90", "voted": "80"}


@pytest.fixture
def staff(world):
    honours.rulebook(world.city)
    return honours.Staff(world)


def portal(user, name, *args, **data):
    return text(browser(user).post(reverse(f"honours:{name}", args=args), data, follow=True))


# The thresholds.


@pytest.mark.parametrize(
    ("part", "whole", "reaches"),
    [(90, 100, True), (899, 1000, False), (9, 10, True), (8, 9, False), (0, 0, False)],
)
def test_ninety_percent_at_both_sides(part, whole, reaches):
    assert rules.reaches(part, whole, Decimal(90)) is reaches


def test_rate_is_rounded_down_and_of_nothing_unknown():
    assert rules.rate(89_999, 100_000) == Decimal("89.99")
    assert rules.rate(0, 0) is None


@pytest.mark.parametrize(("whole", "needed"), [(5, 3), (7, 5), (10, 6), (1, 1), (0, 0)])
def test_needed_units_are_rounded_up(whole, needed):
    assert rules.needed(whole, Decimal(60)) == needed
    assert whole == 0 or rules.reaches(needed, whole, Decimal(60))


# Ratings.


def test_chair_reports_and_another_person_accepts(world, staff):
    told = portal(
        staff.chair, "rating_new", organisation=world.own.pk, year="2022", satisfied="72", **COUNTS
    )
    rating = HomeRating.objects.get()
    assert "入会率 90.00%" in told
    assert "达到江工发〔2019〕5号的建家标准" in told
    press(staff.district, rating, "step_send_back", comment="参评人数不实")
    assert again(rating).state == "returned"
    told = portal(staff.chair, "rating_correct", rating.pk, satisfied="71", **COUNTS)
    assert "会员满意率 88.75%，低于 90%" in told
    portal(staff.chair, "rating_submit", rating.pk)
    press(staff.district, rating, "step_accept")
    assert (again(rating).state, again(rating).satisfied) == ("accepted", 71)
    told = portal(staff.chair, "rating_correct", rating.pk, satisfied="80", **COUNTS)
    assert "内容不能修改" in told
    assert again(rating).satisfied == 71


def test_parts_are_not_more_than_the_whole(world, staff):
    told = portal(
        staff.chair, "rating_new", organisation=world.own.pk, year="2022", satisfied="81", **COUNTS
    )
    assert "满意票不能多于参评会员" in told
    assert not HomeRating.objects.exists()


# Candidates.


def accepted(place, staff, **counts):
    made = honours.rating(place, year=2022, **counts)
    return workflow.apply(made, "accept", by=staff.district)


def told_of(world, code="home_municipal"):
    found = candidates(honours.title(code), 2022, user=world.user("honours_clerk"))
    return {each.rating.organisation: list(each.against) for each in found}


def test_candidates_hold_the_next_lower_title_and_reach_the_rates(world, staff):
    honours.title("home_county")
    fitting = accepted(world.own, staff)
    accepted(world.sibling, staff)
    accepted(world.child, staff, satisfied=100)
    honours.award(world.own, "home_county")
    honours.award(world.child, "home_county")
    found = told_of(world)
    assert next(iter(found)) == fitting.organisation, "those that fit first"
    assert found[world.own] == []
    assert found[world.sibling] == ["未持有县级同类称号"]
    assert found[world.child] == ["会员满意率 55.55%，低于 90%"]
    assert told_of(world, "home_county")[world.sibling] == [], "the lowest asks for none"


def test_holders_of_the_title_and_revoked_lower_titles(world, staff):
    accepted(world.own, staff)
    accepted(world.sibling, staff)
    honours.award(world.own, "home_county")
    honours.award(world.own, "home_municipal")
    lower = honours.award(world.sibling, "home_county")
    Award.objects.filter(pk=lower.pk).update(
        revoked_on=DAY(2023, 1, 1), revocation_document="江工发〔2023〕1号"
    )
    found = told_of(world)
    assert found[world.own] == ["已持有同级或更高一级的称号"]
    assert found[world.sibling] == ["未持有县级同类称号"]


def test_groups_count_their_second_level_unions(world, staff):
    units = [
        Organisation(code=f"unit{number}", name=f"甲厂分公司{number}工会", level="branch")
        for number in range(4)
    ]
    organisations.establish_many([(unit, world.own) for unit in units], by=world.builder)
    accepted(world.own, staff)
    honours.award(world.own, "home_county")
    for unit in units[:2]:
        honours.award(unit, "home_county")
    assert told_of(world)[world.own] == [
        "二级单位工会 5 个，持有下级称号的 2 个，按 60% 应不少于 3 个"
    ]
    honours.award(units[2], "home_county")
    assert told_of(world)[world.own] == []


def test_page_of_candidates(world, staff):
    accepted(world.own, staff)
    address = reverse("admin:honours_homerating_show_candidates")
    given = {"title": honours.title("home_county").pk, "year": "2022"}
    told = text(browser(staff.clerk).post(address, given))
    assert "1 个符合条件" in told
    assert world.own.name in told


# Titles that stand.


def test_delisting_ends_the_title(world, staff):
    held = honours.award(world.own, "home_county", on=DAY(2017, 5, 1))
    address = reverse("admin:honours_inspection_add")
    given = {
        "award": held.pk, "kind": "supervision", "held_on": "2026-01-05", "finding": "阵地挪用",
        "proposal": "delist",
    }  # fmt: skip
    browser(staff.district).post(address, given)
    row = Inspection.objects.get()
    assert row.organisation == world.own
    press(
        staff.approver, row, "step_delist", comment="整改不力", document_number="江工发〔2026〕3号"
    )
    row, held = again(row), again(held)
    assert (row.state, held.revoked_on) == ("delisted", row.ended_on)
    assert not Award.objects.standing(row.ended_on).filter(pk=held.pk).exists()
    assert "已失效或已撤销" in text(browser(staff.district).post(address, given))


def test_title_is_put_right_and_kept(world, staff):
    row = honours.inspection(world.own)
    row = workflow.apply(row, "rectify", by=staff.approver, comment="限期恢复阵地")
    assert (row.state, bool(row.rectify_until)) == ("rectifying", True)
    row = workflow.apply(row, "keep", by=staff.approver)
    assert row.award.revoked_on is None


def test_an_inspection_of_a_title_that_ended_meanwhile_is_withdrawn(world, staff):
    row = honours.inspection(world.own)
    row = workflow.apply(row, "rectify", by=staff.approver, comment="限期恢复阵地")
    for step in ("withdraw", "lapse"):
        with pytest.raises(Refused) as refusal:
            workflow.apply(row, step, by=staff.district, comment="不再办理")
        assert refusal.value.code == "wrong_state"
    Award.objects.filter(pk=row.award_id).update(
        revoked_on=DAY(2026, 1, 1), revocation_document="江工发〔2026〕1号"
    )
    with pytest.raises(Refused, match="请撤回或终止本件"):
        workflow.apply(row, "keep", by=staff.approver)
    row = workflow.apply(row, "lapse", by=staff.district, comment="称号已撤销")
    assert row.state == "withdrawn"


def test_title_with_a_term_is_due_and_renewed(world, staff):
    today = datetime.date.today()  # noqa: DTZ011 - the zone of the machine does not matter here
    held = honours.award(world.own, "harmonious", name="甲厂")
    ends = today + datetime.timedelta(days=100)
    Award.objects.filter(pk=held.pk).update(valid_until=ends)
    other = honours.award(world.own, "harmonious", name="乙厂")
    Award.objects.filter(pk=other.pk).update(valid_until=today + datetime.timedelta(days=200))
    listed = [award.pk for award in due(today, user=staff.district)]
    assert listed == [held.pk]
    shown = browser(staff.district).post(reverse("admin:honours_inspection_show_due"))
    assert f"award={held.pk}&amp;kind=renewal" in text(shown)
    row = homes.inspect(
        Inspection(award=again(held), kind="renewal", held_on=today, finding="达标",
                   proposal="keep"),
        by=staff.district,
    )  # fmt: skip
    row = workflow.apply(row, "keep", by=staff.approver)
    held = again(held)
    assert (row.valid_from, row.valid_until) == (ends, held.valid_until)
    assert held.valid_until.year == ends.year + 3
    assert due(today, user=staff.district) == []


def test_personal_titles_and_those_for_life_are_not_renewed(world, staff):
    for code, kind, expected in (
        ("craftsman", "supervision", "personal"),
        ("home_county", "renewal", "no_term"),
    ):
        row = Inspection(
            award=honours.award(world.own, code), kind=kind, held_on=DAY(2026, 1, 5),
            finding="达标", proposal="keep",
        )  # fmt: skip
        with pytest.raises(Refused) as refusal:
            homes.inspect(row, by=staff.clerk)
        assert refusal.value.code == expected
