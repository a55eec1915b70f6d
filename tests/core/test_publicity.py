"""Publicity: posted, passed by itself, withdrawn, upheld, taken down, proved."""

import json
import uuid
from hashlib import sha256

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from core import jobs, publicity, workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, CalendarDay, Job, Notice, Publicity
from core.services import objections
from core.services import publicity as publicities
from tests.postings import printer
from tests.postings.models import Candidate
from tests.postings.stage import Posting, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def posting(world):
    with time_machine.travel(at("2026-09-30"), tick=False):
        yield Posting(world)


def acts(row):
    events = AuditEvent.objects.filter(object_type="core.Publicity", object_id=str(row.pk))
    return [event.action.rpartition(".")[2] for event in events.order_by("pk")]


@pytest.mark.parametrize(
    ("kind", "posted", "ends"),
    [
        ("postings.honour", "2025-04-15", "2025-04-22"),
        ("postings.named", "2025-04-15", "2025-04-21"),
        ("postings.honour", "2026-02-12", "2026-02-26"),
        ("postings.named", "2026-09-30", "2026-10-12"),
    ],
)
def test_a_publicity_runs_the_working_days_of_its_kind(world, kind, posted, ends):
    with time_machine.travel(at(posted), tick=False):
        row = Posting(world).post(kind=kind)
    assert (str(row.posted_on), str(row.ends_on)) == (posted, ends)
    assert row.content["ends_on"] == ends


def test_the_next_step_follows_by_itself_the_day_after_and_once(posting):
    row = posting.post()
    assert str(row.ends_on) == "2026-10-13"
    with time_machine.travel(at("2026-10-13", "23:59"), tick=False):
        assert posting.sweep() == 0
        assert (posting.state, posting.publicity.state) == ("shown", "running")
    with time_machine.travel(at("2026-10-14", "00:01"), tick=False):
        assert (posting.sweep(), posting.sweep()) == (1, 0)
    assert (posting.state, posting.publicity.state) == ("confirmed", "passed")
    assert acts(row) == ["post", "passed"]
    last = workflow.decisions(posting.candidate).last()
    assert (last.transition, last.by, last.comment) == ("confirm", None, "公示期满无异议")


def test_a_sweep_that_is_days_late_ends_it_all_the_same(posting, capsys):
    posting.post()
    with time_machine.travel(at("2026-11-20"), tick=False):
        call_command("sweep")
    assert "结束公示 1 项" in capsys.readouterr().out
    assert posting.state == "confirmed"


def test_over_an_unpublished_year_the_days_are_told_as_uncertain_and_prolonged_later(world, client):
    with time_machine.travel(at("2026-12-28"), tick=False):
        posting = Posting(world)
        row = posting.post()
        assert str(row.ends_on) == "2027-01-04"
        page = client.get(reverse("publicity", args=[row.pk])).content.decode()
        assert "2027 年节假日安排尚未发布" in page
    CalendarDay.objects.create(date="2027-01-01", is_working=False, name="元旦")
    with time_machine.travel(at("2027-01-05"), tick=False):
        assert posting.sweep() == 0
        row = posting.publicity
        assert (str(row.ends_on), row.content["ends_on"]) == ("2027-01-05", "2027-01-04")
        page = client.get(reverse("publicity", args=[row.pk])).content.decode()
        assert "顺延至 2027年1月5日" in page
        assert publicity.digest(row.content) == row.digest
    with time_machine.travel(at("2027-01-06"), tick=False):
        assert posting.sweep() == 1
    assert acts(row) == ["post", "prolong", "passed"]


def test_a_calendar_that_was_shortened_cuts_nothing(posting):
    row = posting.post()
    CalendarDay.objects.filter(date__range=("2026-10-01", "2026-10-07")).delete()
    with time_machine.travel(at("2026-10-13"), tick=False):
        assert posting.sweep() == 0
    assert posting.publicity.ends_on == row.ends_on


def test_what_was_shown_is_frozen_and_its_digest_can_be_computed_again(posting):
    row = posting.post()
    assert row.content["rows"] == [["欧阳**", "甲厂", "先进生产者"]]
    text = json.dumps(row.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert row.digest == sha256(text.encode()).hexdigest()
    stored = AuditEvent.objects.get(action="core.publicity.post")
    assert stored.changes["digest"] == [None, row.digest]
    assert "建国" not in json.dumps(row.content, ensure_ascii=False)


def test_the_screen_tells_a_changed_list_from_the_one_that_was_shown(posting, client):
    row = posting.post()
    client.force_login(posting.clerk)
    page = reverse("admin:core_publicity_change", args=[row.pk])
    assert "公示内容与摘要一致" in client.get(page).content.decode()
    Publicity.objects.update(content=row.content | {"rows": [["张*", "甲厂", "先进生产者"]]})
    assert "已被改动" in client.get(page).content.decode()


def test_names_are_whole_where_the_kind_says_so(posting):
    assert posting.post(kind="postings.named").content["rows"][0][0] == "欧阳建国"


@pytest.mark.parametrize(
    "unit", ["甲厂 13812345678", "甲厂330600199001019960", "卡号６２２２０２１２３４５６"]
)
def test_a_number_never_gets_onto_a_list(posting, unit):
    with pytest.raises(Refused, match="不得出现证件号码"):
        posting.post(unit=unit)
    assert posting.state == "draft"
    assert not Publicity.objects.exists()


def test_one_row_runs_in_one_publicity_at_a_time(posting):
    row = posting.post()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_nobody_posts_without_the_right(posting, world):
    leader = world.user("leader", world.district)
    foreign = world.user("aid_clerk", world.other_district)
    for user, error in [(leader, NotPermitted), (foreign, OutOfScope)]:
        with pytest.raises(error):
            publicities.post(
                posting.candidate,
                "postings.honour",
                title="公示",
                rows=[],
                passed="confirm",
                upheld="reject",
                by=user,
            )


def test_a_step_of_a_person_is_not_taken_by_a_publicity(posting):
    with pytest.raises(ValueError, match="person's step"):
        publicities.post(
            posting.candidate,
            "postings.honour",
            title="公示",
            rows=[],
            passed="show",
            upheld="reject",
            by=posting.clerk,
        )


def test_withdrawing_takes_the_list_down_at_once_and_keeps_the_proof(posting, client):
    row = posting.post()
    client.force_login(posting.clerk)
    url = reverse("admin:core_publicity_withdraw", args=[row.pk])
    client.post(url, {"reason": "名单有误"})
    row = posting.publicity
    assert (row.state, row.reason, posting.state) == ("withdrawn", "名单有误", "draft")
    assert row.taken_down_at == row.ended_at
    page = client.get(reverse("publicity", args=[row.pk])).content.decode()
    assert "提前撤下" in page
    assert "欧阳" not in page
    assert row.content["rows"]
    assert acts(row) == ["post", "withdrawn"]
    with time_machine.travel(at("2026-11-01"), tick=False):
        assert posting.sweep() == 0
    with pytest.raises(Refused, match="已结束"):
        publicities.withdraw(row, reason="再次撤下", by=posting.clerk)


def test_withdrawing_needs_the_right(posting):
    row = posting.post()
    with pytest.raises(NotPermitted):
        publicities.withdraw(row, reason="名单有误", by=posting.decider)


def test_names_leave_the_public_pages_when_they_were_kept_long_enough(posting, client):
    row = posting.post()
    with time_machine.travel(at("2026-10-14"), tick=False):
        posting.sweep()
    url = reverse("publicity", args=[row.pk])
    with time_machine.travel(at("2026-11-13"), tick=False):  # the thirtieth day after
        posting.sweep()
        assert "欧阳**" in client.get(url).content.decode()
    with time_machine.travel(at("2026-11-14"), tick=False):
        posting.sweep()
        page = client.get(url).content.decode()
        assert "名单已按规定撤下" in page
        assert "欧阳" not in page
        assert row.title not in client.get(reverse("publicities")).content.decode()
    assert publicity.digest(posting.publicity.content) == row.digest
    assert acts(row) == ["post", "passed", "take_down"]


def test_a_row_that_went_elsewhere_says_so_and_keeps_no_other_from_ending(posting, world):
    stuck = posting.post()
    Candidate.objects.filter(pk=posting.candidate.pk).update(state="rejected")
    other = posting.another()
    other.post()
    with time_machine.travel(at("2026-10-14"), tick=False):
        assert posting.sweep() == 1
        assert posting.sweep() == 0
    assert other.state == "confirmed"
    stuck.refresh_from_db()
    assert stuck.state == "running"
    assert "现为“未通过”" in stuck.obstacle
    assert Notice.objects.filter(user=posting.clerk, text__contains="未能自动进入").count() == 1


def test_the_notice_comes_as_a_file_in_the_official_layout(posting, settings, client):
    settings.NOTICE_RENDERER = "tests.postings.printer.render"
    row = posting.post()
    jobs.run_now(Job.objects.get(kind=publicities.NOTICE_JOB))
    notice = printer.given.pop()
    assert notice.headings == ("姓名", "工作单位", "推荐荣誉")
    assert notice.rows == (("欧阳**", "甲厂", "先进生产者"),)
    assert "2026年9月30日至2026年10月13日，共5个工作日" in notice.paragraphs[1]
    client.force_login(posting.clerk)
    file = posting.publicity.notice
    page = client.get(reverse("admin:core_publicity_change", args=[row.pk])).content.decode()
    assert reverse("file", args=[file.token]) in page
    answer = client.get(reverse("file", args=[file.token]))
    assert b"".join(answer.streaming_content) == printer.PDF


def test_an_upheld_objection_ends_it_and_the_row_goes_the_other_way(posting, client):
    row = posting.post()
    settle(posting, "uphold")
    assert (posting.state, posting.publicity.state) == ("rejected", "upheld")
    assert "欧阳" not in client.get(reverse("publicity", args=[row.pk])).content.decode()
    with time_machine.travel(at("2026-10-20"), tick=False):
        assert posting.sweep() == 0
    assert posting.state == "rejected"


def test_an_objection_on_the_last_evening_holds_it_until_it_is_dismissed(posting):
    posting.post()
    with time_machine.travel(at("2026-10-13", "23:58"), tick=False):
        objection = received(posting)
    with time_machine.travel(at("2026-10-14"), tick=False):
        assert posting.sweep() == 0
        assert (posting.state, posting.publicity.state) == ("shown", "running")
        settle(posting, "dismiss", objection)
        assert posting.sweep() == 1
    assert posting.state == "confirmed"
    assert "均不成立" in workflow.decisions(posting.candidate).last().comment


def test_two_upheld_objections_end_it_once(posting):
    row = posting.post()
    first, second = received(posting), received(posting)
    settle(posting, "uphold", first)
    settle(posting, "uphold", second)
    assert acts(row) == ["post", "upheld"]


def received(posting):
    objections.receive(
        posting.publicity, text="此人不符合推荐条件。", form=uuid.uuid4(), address="192.0.2.1"
    )
    return posting.publicity.objections.first()


def settle(posting, verdict, objection=None):
    objection = objection or received(posting)
    for name, by, words in [
        ("investigate", posting.investigator, ""),
        ("report", posting.investigator, "已查明情况"),
        (verdict, posting.decider, "按调查结果认定"),
    ]:
        objection = workflow.apply(objection, name, by=by, comment=words)
    return objection
