"""What the public sees of a publicity, and how it objects: without an account, without scripts."""

import re

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from core import workflow
from core.errors import Refused
from core.models import Assignment, AuditEvent, Objection, PublicVisit, User
from core.services import objections
from core.services import publicity as publicities
from tests.postings.stage import Posting, at

pytestmark = pytest.mark.django_db

TEXT = "此人上年度受过处分，不符合推荐条件。"
CALLER = {"name": "赵六六", "phone": "13900001234"}


@pytest.fixture
def posting(world):
    with time_machine.travel(at("2026-09-30"), tick=False):
        posting = Posting(world)
        posting.post()
        yield posting


def form_of(client, posting):
    """The address of the form and what it sends besides the typed fields."""
    url = reverse("publicity_objection", args=[posting.publicity.pk])
    page = client.get(url).content.decode()
    hidden = re.findall(r'name="(form|csrfmiddlewaretoken)" value="([^"]+)"', page)
    return url, dict(hidden)


def send(client, posting, **typed):
    url, hidden = form_of(client, posting)
    return client.post(url, {"text": TEXT, **hidden, **typed})


def code_in(answer):
    return re.search(r"[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}", answer.content.decode())[0]


def grant(user, role):
    Assignment.objects.create(user=user, organisation=user.organisation, role=role)


def test_anybody_objects_and_follows_it_by_the_receipt_without_an_account(posting):
    client = Client(enforce_csrf_checks=True)
    answer = send(client, posting, **CALLER)
    assert answer.status_code == 200
    code = code_in(answer)
    row = Objection.objects.get()
    assert (row.text, row.name.clear(), row.phone.clear()) == (TEXT, *CALLER.values())
    assert row.organisation == posting.candidate.organisation
    url = reverse("publicity_receipt")
    hidden = re.search(r'csrfmiddlewaretoken" value="([^"]+)', client.get(url).content.decode())[1]
    for typed, said in [(code, "已收到"), (f" {code.lower().replace('-', '')}", "已收到")]:
        page = client.post(url, {"code": typed, "csrfmiddlewaretoken": hidden}).content.decode()
        assert said in page
        assert TEXT not in page
    wrong = client.post(url, {"code": "AAAA-BBBB-CCCC-DDDD", "csrfmiddlewaretoken": hidden})
    assert "没有这个回执编号" in wrong.content.decode()
    assert set(client.cookies) == {"csrftoken"}
    assert not Session.objects.exists()


def test_a_form_from_elsewhere_is_refused_in_chinese(posting):
    client = Client(enforce_csrf_checks=True)
    url, hidden = form_of(client, posting)
    answer = client.post(url, {"text": TEXT, "form": hidden["form"]})
    assert answer.status_code == 403
    assert "页面已失效" in answer.content.decode()
    assert not Objection.objects.exists()


def test_public_pages_name_nobody_further_than_the_list_does(posting, client):
    row = posting.publicity
    send(client, posting, **CALLER)
    secret = [posting.candidate.name, posting.candidate.number, posting.candidate.phone]
    secret += [posting.candidate.diagnosis, posting.clerk.display_name, *CALLER.values(), TEXT]
    for name, args in [("publicities", []), ("publicity", [row.pk])]:
        answer = client.get(reverse(name, args=args))
        assert [word for word in secret if word.encode() in answer.content] == []
        assert answer["X-Robots-Tag"].startswith("noindex")
        assert answer["Cache-Control"] == "no-store"
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not answer.cookies
    assert "欧阳**" in answer.content.decode()


def test_every_public_page_works_without_a_session_and_sets_no_cookie_but_the_forms_own(posting):
    pk = posting.publicity.pk
    for name, args, cookies in [
        ("publicities", [], set()),
        ("publicity", [pk], set()),
        ("publicity_objection", [pk], {"csrftoken"}),
        ("publicity_receipt", [], {"csrftoken"}),
    ]:
        answer = Client().get(reverse(name, args=args))
        assert (answer.status_code, set(answer.cookies)) == (200, cookies)


def test_the_address_of_the_objector_is_in_no_table(posting, client):
    url, hidden = form_of(client, posting)
    client.post(url, {"text": TEXT, **hidden}, REMOTE_ADDR="203.0.113.77")
    assert AuditEvent.objects.get(action="core.objection.receive").address is None
    assert not AuditEvent.objects.filter(address="203.0.113.77").exists()
    (visit,) = PublicVisit.objects.all()
    with time_machine.travel(at("2026-10-01"), tick=False):
        objections.count_visit("objection", "203.0.113.77")
        assert PublicVisit.objects.latest("pk").address != visit.address
        publicities.close_due()
    with time_machine.travel(at("2026-10-02", "10:00"), tick=False):
        publicities.close_due()
    assert not PublicVisit.objects.exists()


def test_the_trail_masks_what_was_said_and_by_whom(posting, client):
    send(client, posting, **CALLER)
    trail = str(list(AuditEvent.objects.values_list("changes", "object_label", "reason")))
    assert [word for word in [TEXT, *CALLER.values()] if word in trail] == []


def test_the_same_form_sent_twice_is_one_objection_with_one_code(posting, client):
    url, hidden = form_of(client, posting)
    codes = {code_in(client.post(url, {"text": TEXT, **hidden})) for _ in range(2)}
    assert len(codes) == 1
    assert Objection.objects.count() == 1
    assert code_in(send(client, posting)) not in codes


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": "不同意"}, "不少于 10 个字"),
        ({"phone": "打我电话"}, "请填写手机号"),
        ({"website": "http://example.com"}, "请清空"),
        ({"form": "x"}, "页面已失效"),
    ],
)
def test_a_wrong_form_is_told_and_nothing_is_kept(posting, client, typed, said):
    answer = send(client, posting, **typed)
    assert said in answer.content.decode()
    assert not Objection.objects.exists()


def test_a_flood_from_one_address_is_stopped_and_others_go_on(posting, client, monkeypatch):
    monkeypatch.setitem(objections.PER_ADDRESS, "objection", 2)
    monkeypatch.setitem(objections.PER_ADDRESS, "receipt", 2)
    answers = [send(client, posting).content.decode() for _ in range(3)]
    assert ["今天提交次数过多" in page for page in answers] == [False, False, True]
    url, hidden = form_of(client, posting)
    other = client.post(url, {"text": TEXT, **hidden}, REMOTE_ADDR="198.51.100.7")
    assert "回执编号" in other.content.decode()
    receipt = reverse("publicity_receipt")
    pages = [client.post(receipt, {"code": "AAAA"}).content.decode() for _ in range(3)]
    assert ["今天提交次数过多" in page for page in pages] == [False, False, True]
    with time_machine.travel(at("2026-10-01", "10:00"), tick=False):
        assert "回执编号" in send(client, posting).content.decode()
    assert Objection.objects.count() == 4


def test_a_flood_on_one_publicity_is_stopped(posting, client, monkeypatch):
    monkeypatch.setattr(objections, "PER_PUBLICITY", 1)
    send(client, posting)
    url, hidden = form_of(client, posting)
    other = client.post(url, {"text": TEXT, **hidden}, REMOTE_ADDR="198.51.100.7")
    assert "收到的异议过多" in other.content.decode()


def test_objections_are_taken_on_the_last_evening_and_not_after(posting, client):
    url, hidden = form_of(client, posting)
    _, hidden_late = form_of(client, posting)
    with time_machine.travel(at("2026-10-13", "23:59"), tick=False):
        assert "回执编号" in client.post(url, {"text": TEXT, **hidden}).content.decode()
    with time_machine.travel(at("2026-10-14", "00:00"), tick=False):
        assert client.get(url).url == posting.publicity.get_absolute_url()
        late = client.post(url, {"text": TEXT, **hidden_late}).content.decode()
        assert "不在公示期内" in late
        assert TEXT in late
        assert url not in client.get(posting.publicity.get_absolute_url()).content.decode()
    assert Objection.objects.count() == 1


def test_investigation_and_decision_by_two_people_through_the_admin(posting, client):
    code = code_in(send(client, posting, **CALLER))
    row = Objection.objects.get()

    def take(user, name, **typed):
        staff = Client()
        staff.force_login(user)
        return staff.post(reverse(f"admin:core_objection_step_{name}", args=[row.pk]), typed)

    assert take(posting.investigator, "investigate").status_code == 302
    assert take(posting.investigator, "report").status_code == 200  # says nothing
    assert take(posting.investigator, "report", comment="已核对处分记录").status_code == 302
    assert take(posting.investigator, "dismiss", comment="不成立").status_code == 403
    assert take(posting.decider, "dismiss", comment="查无此事，异议不成立").status_code == 302
    row.refresh_from_db()
    assert row.state == "dismissed"
    page = client.post(reverse("publicity_receipt"), {"code": code}).content.decode()
    assert "异议不成立" in page
    assert "查无此事" not in page
    staff = Client()
    staff.force_login(posting.investigator)
    page = staff.get(row.get_absolute_url()).content.decode()
    assert TEXT in page
    assert CALLER["phone"] not in page
    assert "查无此事，异议不成立" in page
    assert [made.label for made in workflow.decisions(row)] == [
        *["建立", "发布公示", "受理调查", "提交调查结果", "认定异议不成立"]
    ]


def test_who_published_or_investigated_takes_no_other_part(posting, client):
    send(client, posting)
    row = Objection.objects.get()
    for role in ("aid_reviewer", "aid_approver"):
        grant(posting.clerk, role)
    grant(posting.investigator, "aid_approver")
    clerk = User.objects.get(pk=posting.clerk.pk)
    investigator = User.objects.get(pk=posting.investigator.pk)
    with pytest.raises(Refused, match="发布公示"):
        workflow.apply(row, "investigate", by=clerk)
    row = workflow.apply(row, "investigate", by=investigator)
    row = workflow.apply(row, "report", by=investigator, comment="已查明情况")
    for user in (clerk, investigator):
        with pytest.raises(Refused, match="同一人不能兼办"):
            workflow.apply(row, "uphold", by=user, comment="认定异议成立")
    assert workflow.apply(row, "uphold", by=posting.decider, comment="认定异议成立")


def test_nobody_of_whom_the_list_tells_settles_an_objection(posting, world, client):
    send(client, posting)
    himself = world.user(
        "aid_reviewer", world.district, certificate_number=posting.candidate.number
    )
    with pytest.raises(Refused, match="涉及本人"):
        workflow.apply(Objection.objects.get(), "investigate", by=himself)


def test_objections_wait_in_the_inbox_of_those_who_may_act(posting, client):
    send(client, posting)
    for user, expected in [(posting.investigator, True), (posting.decider, False)]:
        staff = Client()
        staff.force_login(user)
        page = staff.get(reverse("admin:index")).content.decode()
        assert ("公示异议：已收到" in page) is expected
