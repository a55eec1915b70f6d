"""The form of a file in the portal: walked by a chair, sent back, filled in again."""

import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from core import workflow
from core.models import AuditEvent
from core.services.files import LARGEST_DOCUMENT
from hardship import rules
from hardship.models import Case
from hardship.services import checks, files
from members.services import people
from tests.factories import hardship as households
from tests.factories import members as register

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def chair(staff):
    return browser(staff.chair)


@pytest.fixture
def case(world, staff):
    return households.draft(world.own, by=staff.chair)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return response.content.decode()


def url(name, *keys):
    return reverse(f"hardship:{name}", args=keys)


def picture():
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(kept, "JPEG")
    return SimpleUploadedFile("IMG_0001.jpg", kept.getvalue(), "image/jpeg")


def errors(html):
    return re.findall(r'id="error_\d+_[^>]+><strong>([^<]+)', html)


def now(case):
    return Case.objects.get(pk=case.pk)


APPLICANT = {
    "name": "李桂兰",
    "certificate_type": "resident",
    "phone": "138 0000 0007",
    "employment": "working",
    "workplace": "甲厂",
    "organisation": "own",
}


def months():
    first, last = rules.window(timezone.localdate(), 12)
    return {"first_month": f"{first:%Y-%m}", "last_month": f"{last:%Y-%m}"}


def test_a_chair_fills_in_a_file_from_an_empty_list_to_the_first_review(world, staff, chair):
    empty = text(chair.get(url("cases")))
    assert "还没有困难职工档案" in empty
    assert url("open") in empty
    today = timezone.localdate().isoformat()

    number = register.resident_number(female=True)
    answer = chair.post(url("open"), APPLICANT | {"certificate_number": number})
    case = Case.objects.get()
    assert answer.url == url("entry_members", case.pk)
    assert (case.state, case.organisation, case.applicant_name) == ("draft", world.own, "李桂兰")
    assert case.phone.clear() == "13800000007"

    # Whatever has been entered is there for another device, and what is missing is told.
    chair = browser(staff.chair)
    summary = text(chair.get(url("entry", case.pk)))
    for missing in ["家庭人口", "家庭年收入", "主要致困原因", "住房类型", "授权书", "入户调查"]:
        assert missing in summary
    assert url("case_submit", case.pk) not in summary

    child = {
        "relation": "child",
        "name": "王小明",
        "certificate_type": "resident",
        "certificate_number": register.resident_number(),
        "employment": "student",
        "school": "江城一中高二",
    }
    answer = chair.post(url("member_add", case.pk), child | {"more": "1"})
    assert answer.url == url("member_add", case.pk)
    page = text(chair.get(url("entry_members", case.pk)))
    assert "王小明" in page
    assert child["certificate_number"] not in page
    answer = chair.post(url("entry_members", case.pk), {"declared_persons": "2"})
    assert answer.url == url("entry_incomes", case.pk)

    applicant = case.members.get(relation="self")
    wage = {"member": applicant.pk, "kind": "wage", "amount": "2000", **months()}
    answer = chair.post(url("income_add", case.pk), wage)
    assert answer.url == url("entry_incomes", case.pk)
    bonus = {"kind": "other", "amount": "1000", "is_once": "on", "last_month": ""}
    chair.post(url("income_add", case.pk), wage | bonus)
    assert "25,000.00 元" in text(chair.get(url("entry_incomes", case.pk)))
    answer = chair.post(url("entry_incomes", case.pk), {"declared_income": "25000"})
    assert answer.url == url("entry_expenses", case.pk)

    medical = {"member": applicant.pk, "kind": "medical", "amount": "500", **months()}
    chair.post(url("expense_add", case.pk), medical)
    assert "6,000.00 元" in text(chair.get(url("entry_expenses", case.pk)))

    causes = {"main_cause": "own_illness", "further_causes": ["schooling"]}
    answer = chair.post(url("entry_causes", case.pk), causes)
    assert answer.url == url("entry_home", case.pk)
    home = {
        "housing": "rented",
        "housing_area": "48.5",
        "address": "江城市新街12号3单元",
        "phone": "138****0007",
        "account_holder": "李桂兰",
        "bank": "江城银行新街支行",
        "account": "6222 0200 0000 0000 000",
    }
    answer = chair.post(url("entry_home", case.pk), home)
    assert answer.url == url("entry_papers", case.pk)
    assert now(case).phone.clear() == "13800000007", "a mask that comes back changes nothing"

    page = text(chair.get(url("entry_papers", case.pk)))
    assert page.count("待上传") == 2
    pdf = SimpleUploadedFile("授权书.pdf", households.PDF)
    chair.post(url("paper_add", case.pk), {"kind": "authorisation", "files": pdf})
    cards = {"kind": "identity", "files": [picture(), picture()], "camera": picture()}
    chair.post(url("paper_add", case.pk), cards)
    assert sorted(case.evidence.values_list("kind", flat=True)) == [
        "authorisation", *["identity"] * 3
    ]  # fmt: skip
    dates = {"applied_on": today, "authorised_on": today}
    assert chair.post(url("entry_papers", case.pk), dates).url == url("entry_visit", case.pk)

    visit = {
        "held_on": today,
        "visitors": [staff.committee.pk, staff.second.pk],
        "finding": "住房和患病情况属实",
        "camera": picture(),
    }
    assert chair.post(url("entry_visit", case.pk), visit).url == url("entry_vetoes", case.pk)
    assert case.visits.get().photo.kind == "visit"

    homes, vehicle = case.veto_rules
    vetoes = {f"met_{homes.pk}": "no", f"met_{vehicle.pk}": "no"}
    assert chair.post(url("entry_vetoes", case.pk), vetoes).url == url("entry", case.pk)

    summary = text(chair.get(url("entry", case.pk)))
    assert "待填" not in summary
    for told in ["人均月净收入", "791.67 元", "江政发〔2019〕1号", "退回前不能再修改"]:
        assert told in summary, told
    step = url("case_submit", case.pk)
    assert step in summary
    chair.post(step, {"comment": ""})
    case = now(case)
    assert (case.state, case.tier) == ("submitted", "deep")
    workflow.apply(case, "check_past_town", by=staff.committee)

    closed = chair.get(url("entry_causes", case.pk), follow=True)
    assert closed.redirect_chain[-1][0] == url("case", case.pk)
    assert "内容不能修改" in text(closed)
    refused = chair.post(url("entry_causes", case.pk), {"main_cause": "disaster"}, follow=True)
    assert "内容不能修改" in text(refused)
    assert now(case).main_cause == "own_illness"
    assert "李桂兰" in text(chair.get(url("cases")))


def test_what_was_sent_back_says_why_above_every_step(world, staff, chair, case):
    case = households.travel(case, staff, to="submitted")
    page = text(chair.get(url("case", case.pk)))
    assert "继续填写" not in page
    workflow.apply(case, "return_check", by=staff.committee, comment="收入证明不清楚，请重拍")
    page = text(chair.get(url("case", case.pk)))
    assert url("entry", case.pk) in page
    for step in ["entry", "entry_incomes", "entry_papers"]:
        assert "收入证明不清楚，请重拍" in text(chair.get(url(step, case.pk)))
    row = case.incomes.get()
    changed = {"member": row.member_id, "kind": "wage", "amount": "2800", **months()}
    chair.post(url("income_change", row.pk), changed)
    chair.post(url("entry_incomes", case.pk), {"declared_income": "33600"})
    chair.post(url("case_submit", case.pk), {"comment": "已更正"})
    assert now(case).state == "submitted"


def test_a_re_check_asks_the_same_again_and_what_follows(world, staff, chair):
    case = households.filed(staff)
    assert chair.get(url("entry_review", case.pk)).url == url("case", case.pk)
    chair.post(url("case_recheck", case.pk), {"comment": ""})
    case = now(case)
    summary = text(chair.get(url("entry", case.pk)))
    assert "复核情况" in summary
    assert url("case_hand_in", case.pk) not in summary
    today = timezone.localdate().isoformat()
    for paper in case.evidence.all():
        answer = chair.post(url("paper_remove", paper.pk))
        assert "须留存，不能移除" in text(answer)
    chair.post(url("entry_papers", case.pk), {"applied_on": today, "authorised_on": today})
    visitors = [staff.committee.pk, staff.second.pk]
    visit = {"held_on": today, "visitors": visitors, "finding": "病情好转"}
    chair.post(url("entry_visit", case.pk), visit)
    vetoes = {f"met_{rule.pk}": "no" for rule in case.veto_rules}
    assert chair.post(url("entry_vetoes", case.pk), vetoes).url == url("entry_review", case.pk)
    review = {"outcome": "stay", "note": "仍需长期用药", "has_medical": "on"}
    assert chair.post(url("entry_review", case.pk), review).url == url("entry", case.pk)
    again = review | {"note": "****", "has_housing": "on"}
    chair.post(url("entry_review", case.pk), again)
    kept = case.reviews.get()
    assert kept.note.clear() == "仍需长期用药"
    assert kept.guaranteed() == ["medical", "housing"]
    traces = AuditEvent.objects.filter(action="hardship.review.propose")
    assert traces.count() == 2
    chair.post(url("entry_review", case.pk), again | {"note": "病情已经稳定"})
    assert traces.count() == 3, "though both notes are masked"
    assert url("case_hand_in", case.pk) in text(chair.get(url("entry", case.pk)))
    chair.post(url("case_hand_in", case.pk), {"comment": ""})
    assert now(case).state == "recheck_review"


def test_a_cancelled_household_needs_no_more_than_the_words(staff, chair):
    case = workflow.apply(households.filed(staff), "recheck", by=staff.chair)
    chair.post(url("entry_review", case.pk), {"outcome": "deceased", "note": "申请人去世"})
    summary = text(chair.get(url("entry", case.pk)))
    assert url("case_hand_in", case.pk) in summary
    assert "没有填好" not in summary


class TestBadInput:
    def member(self, **more):
        return {
            "relation": "child",
            "name": "王小明",
            "certificate_type": "resident",
            "certificate_number": register.resident_number(),
            "employment": "student",
        } | more

    def test_what_was_typed_stays_and_every_error_is_at_its_field(self, chair, case):
        wrong = self.member(certificate_number="330600199003079991", employment="")
        page = text(chair.post(url("member_add", case.pk), wrong))
        assert "有 2 处填写有误" in page
        assert "王小明" in page
        assert any("校验" in error for error in errors(page))
        assert case.members.count() == 3

    def test_a_person_of_another_open_file(self, world, staff, chair, case):
        other = households.Staff(world, own="foreign", district="other_district",
                                 town="foreign_town")  # fmt: skip
        abroad = households.draft(world.foreign, by=other.chair)
        number = abroad.members.first().certificate_number.clear()
        page = text(chair.post(url("member_add", case.pk), self.member(certificate_number=number)))
        (error,) = errors(page)
        assert "已在本市一份未办结的困难职工档案中" in error
        opened = APPLICANT | {"certificate_number": number, "name": "王建国"}
        page = text(chair.post(url("open"), opened))
        assert "已在本市一份未办结的困难职工档案中" in errors(page)[0]
        assert Case.objects.count() == 2

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"first_month": "2026-05", "last_month": "2026-03"}, "截止月份不能早于起始月份"),
            ({"first_month": "去年三月"}, "2026-01"),
            ({"last_month": ""}, "请填写截止月份"),
        ],
    )
    def test_months(self, chair, case, given, sentence):
        applicant = case.members.get(relation="self")
        wage = {"member": applicant.pk, "kind": "wage", "amount": "1", **months()} | given
        page = text(chair.post(url("income_add", case.pk), wage))
        assert [error for error in errors(page) if sentence in error]
        assert case.incomes.count() == 1

    def test_members_of_another_household_are_not_offered(self, world, staff, chair, case):
        foreign = households.draft(world.child, by=staff.chair)
        stranger = foreign.members.first()
        stranger.name = "赵外人"
        files.put(stranger, by=staff.chair)
        assert "赵外人" not in text(chair.get(url("income_add", case.pk)))
        wage = {"member": stranger.pk, "kind": "wage", "amount": "1", **months()}
        assert chair.post(url("income_add", case.pk), wage).status_code == 200
        assert case.incomes.count() == 1

    def test_two_visit(self, staff, chair, case):
        visit = {"held_on": timezone.localdate().isoformat(), "finding": "属实"}
        alone = visit | {"visitors": [staff.committee.pk]}
        page = text(chair.post(url("entry_visit", case.pk), alone | {"camera": picture()}))
        assert "两名以上人员" in errors(page)[0]
        assert not case.visits.exists()
        assert not case.evidence.exists(), "its photograph neither"
        offered = re.findall(r'name="visitors" value="(\d+)"', page)
        foreign = households.UserFactory(organisation=staff.town.organisation, role="committee")
        assert {str(staff.committee.pk), str(staff.clerk.pk)} <= set(offered)
        assert str(foreign.pk) not in offered
        assert str(staff.district.pk) not in offered, "who may not visit"

    @pytest.mark.parametrize(
        ("paper", "sentence"),
        [
            (SimpleUploadedFile("证明.pdf", b"MZ program"), "不是可以识别的"),
            (SimpleUploadedFile("大.pdf", b"%PDF-" + b"0" * LARGEST_DOCUMENT), "超过 10 MB"),
            (None, "请选择要上传的文件"),
        ],
    )
    def test_papers(self, chair, case, paper, sentence):
        given = {"kind": "identity", **({"files": [picture(), paper]} if paper else {})}
        page = text(chair.post(url("paper_add", case.pk), given))
        assert sentence in errors(page)[0]
        assert not case.evidence.exists(), "all of one sending, or none"

    def test_account_and_dates(self, chair, case):
        half = {"housing": "rented", "address": "新街1号", "phone": "1380000", "bank": "江城银行"}
        page = text(chair.post(url("entry_home", case.pk), half))
        assert "有 3 处填写有误" in page
        assert [error for error in errors(page) if "11 位数字" in error]
        late = {"applied_on": "2020-01-01", "authorised_on": "2999-01-01"}
        assert "不能晚于今天" in errors(text(chair.post(url("entry_papers", case.pk), late)))[0]

    def test_the_applicant_is_not_taken_out(self, chair, case):
        applicant = case.members.get(relation="self")
        page = text(chair.post(url("member_remove", applicant.pk)))
        assert "申请人不能从档案中移除" in page
        child = case.members.exclude(pk=applicant.pk).first()
        chair.post(url("member_remove", child.pk))
        assert case.members.count() == 2
        (row,) = case.incomes.all()
        chair.post(url("income_remove", row.pk))
        assert not case.incomes.exists()


def test_an_exception_is_asked_for_with_its_reason(staff, chair, case):
    homes, vehicle = case.veto_rules
    page = text(chair.get(url("entry_vetoes", case.pk)))
    assert f"reason_{vehicle.pk}" in page
    assert f"reason_{homes.pk}" not in page
    given = {f"met_{homes.pk}": "no", f"met_{vehicle.pk}": "yes", f"reason_{vehicle.pk}": "代步"}
    assert "不少于四个字" in text(chair.post(url("entry_vetoes", case.pk), given))
    chair.post(url("entry_vetoes", case.pk), given | {f"reason_{vehicle.pk}": "残疾人专用车"})
    answer = case.veto_answers.get(rule=vehicle)
    assert (answer.is_met, answer.reason, answer.proposed_by) == (
        True, "残疾人专用车", staff.chair
    )  # fmt: skip
    chair.post(url("entry_vetoes", case.pk), given | {f"reason_{vehicle.pk}": "残疾人专用车"})
    proposals = AuditEvent.objects.filter(action="hardship.vetoanswer.propose_exception")
    assert proposals.count() == 1, "unchanged, it is not proposed again"
    checks.answer_vetoes(case, [], by=staff.chair)
    page = text(chair.get(url("entry_vetoes", case.pk)))
    assert "残疾人专用车" not in page


def test_a_paper_that_was_removed_is_not_let_out_any_more(staff, chair, case):
    paper = households.attach(case, "identity", by=staff.chair)
    address = reverse("file", args=[paper.file.token])
    assert b"".join(chair.get(address).streaming_content) == households.PDF
    assert chair.post(url("paper_remove", paper.pk)).url == url("entry_papers", case.pk)
    assert chair.get(address).status_code == 404
    assert not case.evidence.exists()


def test_a_member_of_the_roster_is_chosen_without_his_numbers(world, staff, chair):
    pair = register.person("李桂兰", phone="13800000009"), register.membership(world.own)
    member = people.enrol(*pair, by=world.builder)
    hidden = people.enrol(
        register.person("李桂花"), register.membership(world.sibling), by=world.builder
    )
    number = member.person.certificate_number.clear()
    page = text(chair.get(url("open"), {"q": "李"}))
    assert f"?member={member.pk}" in page
    assert "李桂花" not in page
    page = text(chair.get(url("open"), {"member": member.pk}))
    assert str(member.person.certificate_number) in page
    assert number not in page
    assert "李桂花" not in text(chair.get(url("open"), {"member": hidden.pk}))
    given = APPLICANT | {
        "member": member.pk,
        "certificate_number": str(member.person.certificate_number),
        "phone": "138****0009",
    }
    chair.post(url("open"), given)
    case = Case.objects.get()
    assert case.members.get().certificate_number.clear() == number
    assert case.phone.clear() == "13800000009"


def test_the_name_of_a_member_is_that_of_the_register(world, chair):
    pair = register.person("李桂兰"), register.membership(world.own)
    member = people.enrol(*pair, by=world.builder)
    number = member.person.certificate_number.clear()
    wrong = APPLICANT | {"name": "李贵兰", "certificate_number": number}
    page = text(chair.post(url("open"), wrong))
    assert "登记的是另一姓名" in errors(page)[0]
    assert "李桂兰" not in page
    elsewhere = register.person("陈静"), register.membership(world.sibling)
    stranger = people.enrol(*elsewhere, by=world.builder).person.certificate_number.clear()
    assert chair.post(url("open"), wrong | {"certificate_number": stranger}).status_code == 302


def test_a_file_is_opened_in_the_own_unions_alone(world, staff, chair):
    given = APPLICANT | {"certificate_number": register.resident_number()}
    page = text(chair.get(url("open")))
    assert "甲厂一车间分会" in page
    assert "乙厂" not in page
    answer = chair.post(url("open"), given | {"organisation": "sibling"})
    assert answer.status_code == 200
    assert not Case.objects.exists()


def test_staff_of_many_unions_name_the_union(world, staff, monkeypatch):
    monkeypatch.setattr("hardship.forms.persons.OFFERED", 2)
    clerk = browser(staff.clerk)
    given = APPLICANT | {"certificate_number": register.resident_number()}
    page = text(clerk.post(url("open"), given | {"organisation": "甲厂工会"}))
    assert "是否为“甲厂工会委员会”" in page
    assert "是否为" not in text(clerk.post(url("open"), given | {"organisation": "丙厂"}))
    clerk.post(url("open"), given | {"organisation": "甲厂工会委员会"})
    case = Case.objects.get()
    assert case.organisation == world.own
    page = text(clerk.get(reverse("admin:hardship_case_change", args=[case.pk])))
    assert url("entry", case.pk) in page


def test_files_are_found_by_name_and_state(world, staff, chair):
    households.register(world.own, applicant_name="张建国", state="draft")
    households.register(world.child, applicant_name="张建华", state="filed")
    households.register(world.sibling, applicant_name="张建民")
    found = re.compile(r'class="name"><a [^>]+>([^<]+)<')
    assert found.findall(text(chair.get(url("cases")))) == ["张建华", "张建国"]
    assert found.findall(text(chair.get(url("cases"), {"q": "张", "state": "draft"}))) == ["张建国"]
    assert found.findall(text(chair.get(url("cases"), {"q": "建国"}))) == []
    assert "不能填在查找框中" in text(chair.get(url("cases"), {"q": "330600199003079990"}))
    assert "困难帮扶" in text(chair.get(reverse("home")))


def test_nobody_of_the_household_fills_it_in(world, staff, case):
    """Nor does who has to check it: the refusal of the service stands on the page."""
    kin = browser(staff.chair)
    row = case.members.first()
    row.certificate_number = staff.chair.certificate_number.clear()
    row.sex, row.birth_date = "", None
    row.clean()
    row.save()
    page = text(kin.post(url("entry_members", case.pk), {"declared_persons": "3"}))
    assert "应当回避" in page


def test_money_is_exact(chair, case):
    chair.post(url("entry_incomes", case.pk), {"declared_income": "36000.01"})
    summary = text(chair.get(url("entry", case.pk)))
    assert "家庭年收入填报 36,000.01 元，按各项收入合计为 36,000.00 元" in summary
    assert now(case).declared_income == Decimal("36000.01")
