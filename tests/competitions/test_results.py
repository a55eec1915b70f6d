"""From the announced places to the printed certificate: appeals, publicity, prizes, the QR code."""

import datetime
import io
import itertools
import re

import pypdf
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from competitions.models import (
    Appeal,
    Certificate,
    CertificateBatch,
    Champion,
    Competition,
    Contestant,
    Disqualification,
    Entry,
    Event,
    ParticipationReport,
    Result,
)
from competitions.services import (
    appeals,
    certificates,
    disqualifications,
    nominations,
    payouts,
    results,
)
from core import jobs, workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import Assignment, AuditEvent, Job, Publicity, PublicVisit
from core.services import objections
from core.services import publicity as publicities
from funds.models import Payable
from honours.models import Award, Nomination
from reports import certificates as layout
from tests.factories import funds as money
from tests.factories import judging as stages
from tests.factories import selections
from tests.hardship.pages import browser, press, text

pytestmark = pytest.mark.django_db
AGO = 30  # hours: the day of appeals is over
TITLE = "技术状元"


@pytest.fixture
def city(world):
    world.clerk = world.user("competitions_clerk")
    world.approver = world.user("competitions_approver")
    world.judges = [world.user("judge") for _ in range(3)]
    world.chair = world.user("chair", world.own)
    world.stage = stages.contest(
        world.city, [world.own, world.sibling, world.foreign], by=world.clerk
    )
    world.competition = world.stage.event.competition
    stages.rule(
        world.city, 1, 1, "一等奖", title=stages.title(name=TITLE), amount="5000", nominates=True
    )
    stages.rule(world.city, 2, 2, "二等奖")
    return world


def announced(city, hours_ago=AGO):
    return stages.announced(city.stage, city.judges, by=city.clerk, hours_ago=hours_ago)


def again(row):
    return type(row).objects.get(pk=row.pk)


def published(city):
    announced(city)
    workflow.apply(again(city.competition), "publish", by=city.clerk)
    return Publicity.objects.on(city.competition).get()


def passed(city):
    """The days of the list are over."""
    row = published(city)
    earlier = datetime.timedelta(days=21)
    Publicity.objects.filter(pk=row.pk).update(
        posted_on=row.posted_on - earlier, ends_on=row.ends_on - earlier
    )
    publicities.close_due()
    return again(row)


def awarded(city):
    passed(city)
    data = {"document_number": "江工发〔2026〕8号", "awarded_on": timezone.localdate()}
    return workflow.apply(again(city.competition), "award", by=city.approver, **data)


def printed(city):
    batch = certificates.issue(awarded(city), by=city.clerk)
    return again(batch)


# Appeals.


def test_a_union_appeals_while_the_hours_last(city):
    announced(city, hours_ago=0)
    row = Result.objects.get(entry__organisation=city.own)
    client = browser(city.chair)
    assert "提出成绩申诉" in text(client.get(row.get_absolute_url()))
    url = reverse("competitions:appeal_new", args=[row.pk])
    told = text(client.post(url, {"text": "实操第二项漏计三分，附现场照片"}, follow=True))
    assert "由未参与评分的人员复核" in told
    made = Appeal.objects.get()
    assert "已有一件申诉正在复核" in text(client.post(url, {"text": "实操第二项漏计三分，附照片"}))
    done = workflow.apply(made, "dismiss", by=city.approver, comment="复核原始评分表无误。")
    assert done.state == "dismissed"


def test_after_the_hours_no_appeal_is_taken(city):
    announced(city)
    row = Result.objects.get(entry__organisation=city.own)
    with pytest.raises(Refused, match="成绩申诉已于"):
        appeals.file(row, text="实操第二项漏计三分，附照片", by=city.chair)
    assert "提出成绩申诉" not in text(browser(city.chair).get(row.get_absolute_url()))


def test_nobody_appeals_for_another_union(city):
    announced(city, hours_ago=0)
    with pytest.raises(OutOfScope):
        appeals.file(
            Result.objects.get(entry__organisation=city.sibling),
            text="实操漏计三分，附照片等",
            by=city.chair,
        )


def test_who_announced_does_not_answer_the_appeal(city):
    city.clerk.assignments.create(
        organisation=city.city, role="competitions_approver", since="2020-01-01"
    )
    both = again(city.clerk)
    announced(city, hours_ago=0)
    row = Result.objects.get(entry__organisation=city.own)
    made = appeals.file(row, text="实操第二项漏计三分，附照片", by=city.chair)
    with pytest.raises(Refused) as refusal:
        workflow.apply(made, "dismiss", by=both, comment="复核原始评分表无误。")
    assert refusal.value.code == "four_eyes"


def test_who_holds_no_competition_does_not_answer_its_appeals(city):
    announced(city, hours_ago=0)
    row = Result.objects.get(entry__organisation=city.own)
    made = appeals.file(row, text="实操第二项漏计三分，附照片", by=city.chair)
    below = city.user("competitions_approver", city.town)
    with pytest.raises(Refused, match="由举办竞赛的工会复核"):
        workflow.apply(made, "uphold", by=below, comment="复核原始评分表有误。")
    assert Appeal.objects.get().state == "filed"


# Publicity.


def test_without_a_publicity_nothing_is_awarded(city):
    passed(city)
    Publicity.objects.on(city.competition).delete()
    assert "成绩尚未公示" in results.awardable(again(city.competition))


def test_the_page_of_the_step_lists_who_gets_what(city):
    published(city)
    told = text(
        browser(city.approver).get(
            reverse("admin:competitions_competition_change", args=[city.competition.pk])
        )
    )
    assert "成绩和奖项：获奖" in told


def test_results_are_shown_when_everything_is_settled(city):
    assert "尚未抽签评分" in results.publishable(city.competition)
    announced(city, hours_ago=0)
    assert "成绩申诉期至" in results.publishable(city.competition)
    row = Result.objects.get(entry__organisation=city.own)
    made = appeals.file(row, text="实操第二项漏计三分，附照片", by=city.chair)
    type(city.stage.panel).objects.update(announced_at=timezone.now() - datetime.timedelta(days=2))
    assert "还有 1 件成绩申诉没有复核" in results.publishable(city.competition)
    workflow.apply(made, "dismiss", by=city.approver, comment="复核原始评分表无误。")
    assert results.publishable(city.competition) == ""


def test_without_a_rule_nothing_is_shown(city):
    announced(city)
    Competition.objects.filter(pk=city.competition.pk).update(level="county")
    assert "没有适用的县级奖项规定" in results.publishable(again(city.competition))


def test_the_list_names_prizes_and_masks_persons(city):
    results.name_team(
        city.competition, organisation=city.sibling, prize="优秀组织奖", by=city.clerk
    )
    row = published(city)
    shown = row.content["rows"]
    assert [each[2] for each in shown] == [
        "焊工第 1 名，一等奖",
        "焊工第 2 名，二等奖",
        "优秀组织奖",
    ]
    names = [result.entry.name for result in Result.objects.order_by("rank")]
    assert "*" in shown[0][0]
    assert not set(names) & {each[0] for each in shown}
    assert shown[2][0] == city.sibling.name, "a union is no person"
    page = text(Client().get(reverse("publicity", args=[row.pk])))
    assert "一等奖" in page
    assert names[0] not in page


def test_prizes_are_given_after_the_days_of_the_list(city):
    published(city)
    with pytest.raises(Refused, match="成绩公示至"):
        workflow.apply(
            again(city.competition), "award", by=city.approver,
            document_number="江工发〔2026〕8号", awarded_on=timezone.localdate(),
        )  # fmt: skip


def test_titles_are_entered_in_the_register(city):
    awarded(city)
    first = Result.objects.get(rank=1)
    award = Award.objects.get()
    assert first.award == award
    assert (award.title.name, award.person, award.document_number) == (
        TITLE, first.entry.person, "江工发〔2026〕8号",
    )  # fmt: skip
    assert award.organisation == city.own
    assert Champion.objects.get().person == first.entry.person
    assert Result.objects.get(rank=3).prize == ""


def test_the_day_of_the_document_is_after_the_days_of_the_list(city):
    row = passed(city)
    data = {"document_number": "江工发〔2026〕8号", "awarded_on": row.ends_on}
    with pytest.raises(Refused, match="应在成绩公示期满"):
        workflow.apply(again(city.competition), "award", by=city.approver, **data)


def test_who_reaches_a_title_twice_on_a_day_gets_it_once(city):
    """By two competitions of one document, and a union by two prizes of one competition."""
    union = stages.title("team", "优秀组织单位", recipient="union")
    for prize in ("优秀组织奖", "优胜团队"):
        results.name_team(
            city.competition, organisation=city.own, prize=prize, title=union, by=city.clerk
        )
    awarded(city)
    first = Result.objects.get(rank=1)
    other = stages.contest(city.city, [], by=city.clerk)
    entry = Entry.objects.create(
        organisation=city.own, event=other.event, employer=first.entry.employer,
        person=first.entry.person, name=first.entry.name, state="accepted", number="1",
    )  # fmt: skip
    Contestant.objects.create(entry=entry, event=other.event, person=entry.person)
    city.stage, city.competition = other, other.event.competition
    results.name_team(
        city.competition, organisation=city.own, prize="优秀组织奖", title=union, by=city.clerk
    )
    awarded(city)
    assert again(entry).result.prize == "一等奖"
    assert again(entry).result.award is None
    assert sorted(Award.objects.values_list("title__name", flat=True)) == ["优秀组织单位", TITLE]


def test_an_upheld_objection_brings_the_competition_back_to_scoring(city):
    row = published(city)
    assert again(city.competition).state == "publicity"
    workflow.advance(again(city.competition), "objected", reason="公示异议成立")
    assert again(city.competition).state == "scoring"
    assert row.state == "running"


# Who is struck.


def proposed(city, rank=1):
    row = Result.objects.get(rank=rank)
    told = press(city.clerk, row, "disqualify", reason="冒名参赛，经现场录像核实")
    assert "待审批" in told
    return Disqualification.objects.get(result=row)


def struck(city, rank=1):
    row = proposed(city, rank)
    workflow.apply(row, "decide", by=city.approver, comment="调查属实，取消成绩。")
    return again(row.result)


def test_whoever_comes_behind_a_struck_contestant_moves_up(city):
    """An objection was upheld: the list is made anew without him."""
    published(city)
    first, second, third = Result.objects.order_by("rank")
    workflow.advance(again(city.competition), "objected", reason="公示异议成立")
    Publicity.objects.update(state="upheld", ended_at=timezone.now())
    points = second.raw_points
    struck(city)
    first, second, third = (again(row) for row in (first, second, third))
    assert (first.rank, first.prize, first.amount) == (None, "", None)
    assert (second.rank, second.prize, second.amount) == (1, "一等奖", 5000)
    assert (third.rank, third.raw_rank, third.prize) == (2, 2, "二等奖")
    assert second.raw_points == points
    # A later correction leaves him out as well.
    results.refresh(city.stage, by=city.clerk)
    assert [again(row).rank for row in (first, second, third)] == [None, 1, 2]
    workflow.apply(again(city.competition), "publish", by=city.clerk)
    shown = Publicity.objects.order_by("-pk").first().content["rows"]
    assert [each[2] for each in shown] == ["焊工第 1 名，一等奖", "焊工第 2 名，二等奖"]


def test_a_struck_row_stays_and_says_why(city):
    announced(city)
    row = struck(city)
    told = text(browser(city.chair).get(row.get_absolute_url()))
    assert "成绩已取消" in told
    assert "由江城市总工会决定：冒名参赛，经现场录像核实" in told
    assert "成绩已取消" in text(browser(city.chair).get(reverse("competitions:results")))
    with pytest.raises(Refused, match="已由举办竞赛的工会取消"):
        appeals.file(row, text="实操第二项漏计三分，附照片", by=city.chair)
    client = browser(city.clerk)
    page = text(client.get(reverse("admin:competitions_panel_change", args=[city.stage.panel.pk])))
    assert page.count("成绩已取消") == 1
    page = text(client.get(reverse("admin:competitions_result_change", args=[row.pk])))
    assert "冒名参赛，经现场录像核实" in page
    said = AuditEvent.objects.get(action="competitions.result.strike")
    assert city.approver.username in said.actor
    assert said.reason == "冒名参赛，经现场录像核实"


def test_who_is_struck_gets_neither_title_nor_certificate(city):
    announced(city)
    first = struck(city)
    certificates.issue(awarded_anew(city), by=city.clerk)
    assert again(first).awarded_on is None
    assert [row.person for row in Award.objects.all()] == [Result.objects.get(rank=1).entry.person]
    assert not Certificate.objects.filter(result=first).exists()
    assert not Champion.objects.filter(person=first.entry.person).exists()


def test_two_persons_of_the_holder_strike(city):
    announced(city)
    row = Result.objects.get(rank=1)
    below = city.user("competitions_clerk", row.organisation)
    with pytest.raises(Refused, match="由举办竞赛的工会办理"):
        disqualifications.propose(row, reason="冒名参赛，经查属实", by=below)
    made = proposed(city)
    with pytest.raises(Refused, match="正在审批"):
        disqualifications.propose(row, reason="冒名参赛，经查属实", by=city.clerk)
    city.clerk.assignments.create(
        organisation=city.city, role="competitions_approver", since="2020-01-01"
    )
    with pytest.raises(Refused) as refusal:
        workflow.apply(made, "decide", by=again(city.clerk), comment="调查属实，取消成绩。")
    assert refusal.value.code == "four_eyes"
    assert "还有 1 件取消成绩待审批" in results.publishable(city.competition)
    workflow.apply(made, "refuse", by=city.approver, comment="证据不足，不予取消。")
    assert results.publishable(city.competition) == ""
    assert again(row).rank == 1


def test_a_list_that_was_shown_to_its_end_is_made_anew(city):
    """Before the award: who moves up was not shown with that prize."""
    published(city)
    row = Result.objects.get(rank=1)
    with pytest.raises(Refused, match="获奖名单正在公示"):
        disqualifications.propose(row, reason="冒名参赛，经查属实", by=city.clerk)
    earlier = datetime.timedelta(days=21)
    shown = Publicity.objects.get()
    Publicity.objects.update(posted_on=shown.posted_on - earlier, ends_on=shown.ends_on - earlier)
    publicities.close_due()
    made = proposed(city)
    data = {"document_number": "江工发〔2026〕8号", "awarded_on": timezone.localdate()}
    with pytest.raises(Refused, match="还有 1 件取消成绩待审批"):
        workflow.apply(again(city.competition), "award", by=city.approver, **data)
    workflow.apply(made, "decide", by=city.approver, comment="调查属实，取消成绩。")
    assert again(city.competition).state == "scoring"
    assert again(shown).taken_down_at is not None
    assert awarded_anew(city).state == "awarded"
    with pytest.raises(Refused, match="请撤销荣誉、注销证书"):
        disqualifications.propose(
            Result.objects.get(rank=1), reason="冒名参赛，经查属实", by=city.clerk
        )


def awarded_anew(city):
    workflow.apply(again(city.competition), "publish", by=city.clerk)
    row = Publicity.objects.order_by("pk").last()
    earlier = datetime.timedelta(days=21)
    Publicity.objects.filter(pk=row.pk).update(
        posted_on=row.posted_on - earlier, ends_on=row.ends_on - earlier
    )
    publicities.close_due()
    data = {"document_number": "江工发〔2026〕8号", "awarded_on": timezone.localdate()}
    return workflow.apply(again(city.competition), "award", by=city.approver, **data)


def test_a_list_that_is_withdrawn_brings_the_competition_back_to_scoring(city):
    row = published(city)
    Assignment.objects.create(
        user=city.approver, organisation=city.city, role="honours_clerk", since="2020-01-01"
    )
    publicities.withdraw(row, reason="名单有误，重新核定", by=again(city.approver))
    assert again(city.competition).state == "scoring"


# Prize money.


def test_prize_money_becomes_a_payable_of_the_winner(city):
    competition = awarded(city)
    first = Result.objects.get(rank=1)
    pool = money.pool(city.city)
    with pytest.raises(Refused, match="没有已登记收款账户"):
        payouts.pay(competition, pool=pool, by=city.clerk)
    url = reverse("competitions:result_account", args=[first.pk])
    given = {"bank": "江城银行", "account": "6222 0200"}
    assert "9 至 32 位数字" in text(browser(city.chair).post(url, given))
    given["account"] = "6222 0200 0000 0000 123"
    answer = browser(city.chair).post(url, given, follow=True)
    assert "收款账户已登记" in text(answer)
    assert "6222020000000000123" not in text(answer)
    with pytest.raises(Refused, match="只能用于困难职工帮扶"):
        payouts.pay(competition, pool=money.pool(city.city, source="central"), by=city.clerk)
    (owed,) = payouts.pay(competition, pool=pool, by=city.clerk)
    assert (owed.amount, owed.payee_name) == (5000, first.entry.person.name)
    assert payouts.obstacle([owed]) == ""
    with pytest.raises(Refused, match="没有已登记收款账户"):
        payouts.pay(competition, pool=pool, by=city.clerk)
    payouts.paid([owed], on=timezone.localdate(), by=None)
    assert again(first).paid_on == timezone.localdate()
    Award.objects.update(revoked_on=timezone.localdate(), revocation_document="江工发〔2026〕9号")
    assert "荣誉已被撤销" in payouts.obstacle([owed])
    assert Payable.objects.count() == 1


# Certificates.


def test_the_pdf_has_a_page_for_each_certificate_and_its_codes_verify(city):
    batch = printed(city)
    row = jobs.run_now(Job.objects.get(kind=certificates.JOB))
    assert row.state == "done", row.error
    batch = again(batch)
    made = list(batch.certificates.order_by("number"))
    assert len(made) == 2
    with batch.file.content.open("rb") as file:
        pdf = pypdf.PdfReader(io.BytesIO(file.read()))
    assert len(pdf.pages) == len(made)
    anybody = Client()
    for certificate, sheet in zip(made, pdf.pages, strict=True):
        told = sheet.extract_text().replace("\n", "")
        assert certificate.recipient_name in told
        assert certificate.number in told
        assert certificate.prize in told
        drawn = re.findall(rb"/(\S+) Do", sheet.get_contents().get_data())
        (picture,) = [one for one in sheet.images if one.name[:-4].encode() in drawn]
        url = certificates.address(certificate)
        assert modules(picture.image) == expected(url)
        answer = anybody.get(url.removeprefix("http://127.0.0.1:8000"))
        page = text(answer)
        assert answer.status_code == 200
        assert "现仍有效" in page
        assert certificate.number in page
        assert certificate.recipient_name not in page
        assert not answer.cookies
    # The second prize has no title, and was given by the document all the same.
    assert all("江工发〔2026〕8号" in sheet.extract_text().replace("\n", "") for sheet in pdf.pages)
    assert TITLE in pdf.pages[0].extract_text().replace("\n", "")


def modules(picture):
    """The dark and light fields of a printed code, as telephones see them."""
    grey = picture.convert("L")
    dark = [[grey.getpixel((x, y)) < 128 for x in range(grey.width)] for y in range(grey.height)]
    first = next(y for y, row in enumerate(dark) if any(row))
    left = next(x for x in range(grey.width) if dark[first][x])
    # The first line begins with a finder pattern: seven fields dark.
    size = len(list(itertools.takewhile(bool, dark[first][left:]))) / 7
    count = round((grey.width - 2 * left) / size)
    return [
        [dark[int(first + (y + 0.5) * size)][int(left + (x + 0.5) * size)] for x in range(count)]
        for y in range(count)
    ]


def expected(url):
    import segno

    return [
        [bool(field) for field in row] for row in segno.make(url, error="q", micro=False).matrix
    ]


def test_a_forged_code_is_refused_like_a_number_that_does_not_exist(city):
    printed(city)
    first, second = Certificate.objects.order_by("number")
    anybody = Client()

    def asked(number, code):
        return anybody.get(reverse("competitions:verify", args=[number, code]))

    true = certificates.signature(first)
    assert asked(first.number, true).status_code == 200
    assert asked(first.number, true.lower()).status_code == 200
    forged = [
        asked(first.number, certificates.signature(second)),
        asked(first.number, "A" * 24),
        asked(first.number, "编号"),
        asked("2026-99999-001", true),
        asked(f"{first.number}\0", true),
        asked(first.number, f"{true}\0"),
    ]
    assert {answer.status_code for answer in forged} == {404}
    assert len({answer.content for answer in forged}) == 1
    # A row that was changed behind the services is not recognised.
    Certificate.objects.filter(pk=first.pk).update(recipient_name="李四")
    assert asked(first.number, true).status_code == 404


def test_verification_is_limited_and_leaves_no_address(city, monkeypatch):
    printed(city)
    row = Certificate.objects.first()
    monkeypatch.setitem(objections.PER_ADDRESS, "certificate", 3)
    url = reverse("competitions:verify", args=[row.number, certificates.signature(row)])
    statuses = [Client().get(url).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert PublicVisit.objects.filter(act="certificate").count() == 3


def test_a_revoked_certificate_is_shown_as_revoked(city):
    printed(city)
    row = Certificate.objects.order_by("number").first()
    told = press(city.approver, row, "revoke", cause="void", reason="冒名参赛，经查属实")
    assert "已注销" in told
    url = reverse("competitions:verify", args=[row.number, certificates.signature(row)])
    assert "不再有效" in text(Client().get(url))
    other = Certificate.objects.order_by("number").last()
    url = reverse("competitions:verify", args=[other.number, certificates.signature(other)])
    assert "现仍有效" in text(Client().get(url))


def test_a_certificate_falls_with_its_honour(city):
    printed(city)
    row = Certificate.objects.get(title_name=TITLE)
    assert certificates.is_valid(row)
    Award.objects.update(revoked_on=timezone.localdate(), revocation_document="江工发〔2026〕9号")
    assert not certificates.is_valid(again(row))


def test_a_revoked_honour_gets_no_certificate(city):
    competition = awarded(city)
    Award.objects.update(revoked_on=timezone.localdate(), revocation_document="江工发〔2026〕9号")
    certificates.issue(competition, by=city.clerk)
    assert list(Certificate.objects.values_list("prize", flat=True)) == ["二等奖"]


@pytest.mark.parametrize(("cause", "is_made_again"), [("misprint", True), ("void", False)])
def test_only_a_misprint_is_made_again(city, cause, is_made_again):
    batch = printed(city)
    row = Certificate.objects.order_by("number").first()
    press(city.approver, row, "revoke", cause=cause, reason="经查属实，予以注销")
    if is_made_again:
        certificates.issue(batch.competition, by=city.clerk)
    else:
        with pytest.raises(Refused, match="没有需要制作证书的获奖者"):
            certificates.issue(batch.competition, by=city.clerk)
    assert Certificate.objects.filter(result=row.result).count() == 1 + is_made_again


def test_the_database_lets_no_second_certificate_in(city):
    printed(city)
    row = Certificate.objects.order_by("number").first()
    certificates.revoke(row, cause="void", reason="经查属实，予以注销", by=city.approver)
    row.pk, row.number = None, "2026-99999-001"
    with pytest.raises(ValidationError, match="证书已注销且不再制作"):
        row.validate_constraints()


def test_the_form_asks_for_the_case_of_a_revocation(city):
    printed(city)
    row = Certificate.objects.order_by("number").first()
    url = reverse("admin:competitions_certificate_revoke", args=[row.pk])
    client = browser(city.approver)
    page = text(client.get(url))
    assert "证书印制有误，可以重新制作" in page
    client.post(url, {"reason": "经查属实，予以注销"})
    assert again(row).revoked_on is None


def test_a_title_of_persons_is_not_given_to_a_team(city):
    """Its prize stays, and the page says so."""
    announced(city)
    first = Result.objects.get(rank=1)
    Event.objects.filter(pk=first.event_id).update(team_size=2)
    Entry.objects.filter(pk=first.entry_id).update(person=None, name="焊接一队")
    awarded_anew(city)
    first = again(first)
    assert (first.prize, first.award) == ("一等奖", None)
    assert not Award.objects.exists()
    told = text(browser(city.chair).get(first.get_absolute_url()))
    assert f"“{TITLE}”只授予个人，不授予班组、科室、车间，奖项不变" in told
    certificates.issue(again(city.competition), by=city.clerk)
    assert set(Certificate.objects.values_list("title_name", flat=True)) == {""}


def test_a_union_that_did_not_take_part_gets_no_team_prize(city):
    with pytest.raises(Refused, match="没有已受理的报名"):
        results.name_team(
            city.competition, organisation=city.other_town, prize="优秀组织奖", by=city.clerk
        )
    Entry.objects.filter(organisation=city.sibling).update(state="withdrawn")
    given = {"organisation": city.sibling, "prize": "优秀组织奖", "by": city.clerk}
    with pytest.raises(Refused, match="没有已受理的报名"):
        results.name_team(city.competition, **given)
    firm = Entry.objects.get(organisation=city.own).employer
    report = ParticipationReport.objects.create(
        organisation=city.sibling, competition=city.competition, employer=firm, headcount=3,
        state="submitted",
    )  # fmt: skip
    with pytest.raises(Refused, match="没有已受理的报名"):
        results.name_team(city.competition, **given)
    ParticipationReport.objects.filter(pk=report.pk).update(state="accepted")
    assert results.name_team(city.competition, **given).prize == "优秀组织奖"


def test_certificates_are_issued_once(city):
    batch = printed(city)
    with pytest.raises(Refused, match="没有需要制作证书的获奖者"):
        certificates.issue(batch.competition, by=city.clerk)
    with pytest.raises(NotPermitted):
        certificates.issue(batch.competition, by=city.approver)
    assert CertificateBatch.objects.count() == 1
    row = Certificate.objects.order_by("number").first()
    certificates.revoke(row, cause="misprint", reason="姓名印刷错误", by=city.approver)
    certificates.issue(batch.competition, by=city.clerk)
    assert sorted(Certificate.objects.values_list("number", flat=True))[-1].endswith("-003")


def test_serials_go_on_after_the_thousandth(city):
    batch = printed(city)
    row = Certificate.objects.order_by("number").first()
    stem = row.number.rpartition("-")[0]
    for serial in (999, 1000):
        certificates.revoke(row, cause="misprint", reason="姓名印刷错误", by=city.approver)
        Certificate.objects.filter(pk=row.pk).update(number=f"{stem}-{serial:03}")
        certificates.issue(batch.competition, by=city.clerk)
        row = Certificate.objects.order_by("pk").last()
    assert row.number == f"{stem}-1001"


def test_a_name_that_no_face_prints_is_named(city):
    printed(city)
    row = Certificate.objects.first()
    texts = certificates.texts(row) | {"name": "王\U0001f600"}
    with pytest.raises(Refused, match="字体中没有"):
        layout.render([texts])


# On to the honours.


def test_a_chair_proposes_a_winner_with_one_click(city):
    awarded(city)
    first, second = Result.objects.order_by("rank")[:2]
    row = selections.selection(city.city)
    selections.quota(row, city.city, 2)
    client = browser(city.chair)
    assert "按成绩推荐荣誉" in text(client.get(first.get_absolute_url()))
    url = reverse("competitions:nominate", args=[first.pk])
    assert "焊工”赛项第 1 名，获一等奖" in text(client.get(url))
    answer = client.post(url, {"selection": row.pk, "reason": "竞赛第一名"}, follow=True)
    assert "已生成推荐" in text(answer)
    made = Nomination.objects.get()
    assert (made.person, made.organisation, made.state) == (
        first.entry.person, city.own, "draft",
    )  # fmt: skip
    with pytest.raises(OutOfScope):
        nominations.nominate(second, selection=row, reason="竞赛第二名", by=city.chair)
    other = city.user("chair", city.sibling)
    with pytest.raises(Refused, match="不推荐上级荣誉"):
        nominations.nominate(second, selection=row, reason="竞赛第二名", by=other)
