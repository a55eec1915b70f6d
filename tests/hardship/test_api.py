"""The road of a file by the interface alone: every act by the person whose duty it is."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core import workflow
from core.models import Assignment, AuditEvent, KeptAnswer
from hardship import rules
from hardship.models import Case, DataCheck, FamilyMember
from tests.factories import funds as money
from tests.factories import hardship as households
from tests.factories.interface import Program, codes, issue
from tests.factories.members import resident_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def chair(staff):
    return Program(staff.chair)


def said(response, status=200):
    assert response.status_code == status, response.content.decode()
    return response.json() if response.content else None


def facts(organisation, **more):
    return {
        "organisation": organisation.pk,
        "authorised_on": str(timezone.localdate()),
        "main_cause": "own_illness",
        "further_causes": ["schooling"],
        "declared_persons": 2,
        "declared_income": 36000.00,
        "housing": "rented",
        "phone": "13800000001",
        "account_holder": "王建国",
        "bank": "江城银行新街支行",
        "account": "6222020000000000000",
        "applicant": {
            "name": "王建国",
            "certificate_number": resident_number(),
            "employment": "working",
        },
        **more,
    }


def test_a_draft_is_led_to_the_register_by_the_interface(world, staff, chair):
    case = said(chair.post("hardship/cases/", facts(world.own)), 201)["id"]
    child = {
        "case": case,
        "relation": "child",
        "name": "王小明",
        "certificate_number": resident_number(),
        "employment": "student",
        "illness": "哮喘",
    }
    made = said(chair.post("hardship/members/", child), 201)
    assert made["illness"] == "****"
    applicant = said(chair.get(f"hardship/members/?case={case}"))["results"][-1]
    first, last = rules.window(timezone.localdate(), 12)
    income = {
        "case": case,
        "member": applicant["id"],
        "kind": "wage",
        "amount": "2000.00",
        "first_month": str(first),
        "last_month": str(last),
    }
    wage = said(chair.post("hardship/incomes/", income), 201)
    said(chair.patch(f"hardship/incomes/{wage['id']}/", {"amount": "3000.00"}))
    rent = said(chair.post("hardship/expenses/", income | {"kind": "rent"}), 201)
    said(chair.delete(f"hardship/expenses/{rent['id']}/"), 204)
    said(chair.patch(f"hardship/cases/{case}/", {"housing": "public"}))
    for kind in ("authorisation", "identity"):
        paper = SimpleUploadedFile("扫描件.pdf", households.PDF, "application/pdf")
        sent = {"case": case, "kind": kind, "file": paper}
        said(chair.upload("hardship/evidence/", sent), 201)
    visitors = [staff.committee.username, staff.second.username]
    visit = {"case": case, "kind": "check", "finding": "属实", "visitors": visitors}
    said(chair.post("hardship/visits/", visit), 201)
    told = said(chair.get(f"hardship/cases/{case}/"))
    assert (
        "一票否决" in next(step for step in told["steps"] if step["name"] == "submit")["obstacle"]
    )
    said(chair.post(f"hardship/cases/{case}/vetoes/", {"met": []}))
    assert said(chair.get(f"hardship/cases/{case}/"))["assessment"]["tier"] == "relative"

    def step(who, name, **data):
        return said(Program(who).post(f"hardship/cases/{case}/steps/{name}/", data))

    assert step(staff.chair, "submit")["state"] == "submitted"
    assert step(staff.committee, "check_past_town")["state"] == "district"
    assert step(staff.district, "review", comment="属实")["state"] == "comparison"
    checker = Program(staff.checker)
    sources = {"sources": ["vehicles", "real_estate"]}
    said(checker.post(f"hardship/cases/{case}/data-requests/", sources), 204)
    for asked in said(checker.get(f"hardship/data-checks/?case={case}"))["results"]:
        address = f"hardship/data-checks/{asked['id']}"
        said(checker.post(f"{address}/answer/", {"is_hit": False, "finding": "无记录"}))
        said(checker.post(f"{address}/judge/", {"verdict": "consistent"}))
    assert step(staff.checker, "compare")["state"] == "publicity"
    households.pass_publicity()
    done = step(staff.approver, "approve", level="municipal")
    assert done["state"] == "filed"
    assert "可以发放帮扶金" in done["message"]
    told = said(chair.get(f"hardship/cases/{case}/"))
    assert (told["tier"], told["level"], told["filed_on"]) == (
        "relative",
        "municipal",
        str(timezone.localdate()),
    )
    names = [made.transition for made in workflow.decisions(Case.objects.get(pk=case))]
    ways = [name for name in names if name != "join"]
    assert ways == ["begin", *(step for _, step, _, _ in households.ROAD)]
    clerk = Program(staff.clerk)
    grant = {
        "case": case,
        "beneficiary": applicant["id"],
        "kind": "living",
        "source": "municipal",
        "cause": "own_illness",
        "amount": "800.00",
        "period_first": str(timezone.localdate()),
        "period_last": str(timezone.localdate()),
    }
    laid = said(clerk.post("hardship/grants/", grant), 201)
    again = clerk.post("hardship/grants/", grant)
    assert again.status_code in {400, 409}
    pool = money.pool(world.city, source="municipal")
    sent = {"grants": [laid["id"]], "pool": pool.pk}
    assert clerk.post("hardship/grants/approve/", sent).status_code == 403
    (given,) = said(Program(staff.approver).post("hardship/grants/approve/", sent))
    assert given["approved_on"] == str(timezone.localdate())
    taken = said(clerk.post(f"hardship/grants/{laid['id']}/withdraw/", {"reason": "登记有误"}))
    assert taken["withdrawn_on"] == str(timezone.localdate())


def test_a_recheck_is_proposed_by_the_interface(world, staff, chair):
    case = households.filed(staff)
    address = f"hardship/cases/{case.pk}"
    assert said(chair.post(f"{address}/steps/recheck/"))["state"] == "recheck"
    review = {"outcome": "stay", "has_medical": True, "note": "已入户核实"}
    assert said(chair.post(f"{address}/review/", review))["note"] == "****"
    assert said(chair.post(f"{address}/review/", {"outcome": "out"}))["outcome"] == "out"
    case.refresh_from_db()
    assert case.reviews.get(round=case.round).note.clear() == "已入户核实"


def test_a_household_out_of_need_leaves_by_the_interface(staff, chair):
    case = households.filed(staff)
    address = f"hardship/cases/{case.pk}"

    def step(who, name, **data):
        return said(Program(who).post(f"{address}/steps/{name}/", data))["state"]

    assert step(staff.chair, "recheck") == "recheck"
    (wage,) = said(chair.get(f"hardship/incomes/?case={case.pk}"))["results"]
    said(chair.patch(f"hardship/incomes/{wage['id']}/", {"amount": "9000.00"}))
    today = str(timezone.localdate())
    said(chair.patch(f"{address}/", {"declared_income": 108000.00, "authorised_on": today}))
    visitors = [staff.committee.username, staff.second.username]
    visit = {"case": case.pk, "kind": "check", "finding": "收入稳定", "visitors": visitors}
    said(chair.post("hardship/visits/", visit), 201)
    said(chair.post(f"{address}/vetoes/", {"met": []}))
    named = ("medical", "employment", "schooling", "housing", "insurance")
    found = {"outcome": "out", "note": "已达脱困标准", "has_medical": True}
    said(chair.post(f"{address}/review/", found))
    refused = chair.post(f"{address}/steps/hand_in/", {})
    assert codes(refused) == [("guard", "")]
    said(chair.post(f"{address}/review/", found | {f"has_{name}": True for name in named}))
    assert step(staff.chair, "hand_in") == "recheck_review"
    assert step(staff.district, "review_recheck") == "recheck_decision"
    assert step(staff.approver, "release") == "watch"
    assert case.recognitions.get().ending == "out"


# What is told, and to whom.


def test_personal_values_go_out_masked(world, staff, chair):
    case = households.draft(world.own, by=staff.chair)
    member = case.members.first()
    number = member.certificate_number.clear()
    for path in (
        "hardship/cases/",
        f"hardship/cases/{case.pk}/",
        f"hardship/members/?case={case.pk}",
    ):
        text = chair.get(path).content.decode()
        assert "王建国" not in text
        assert number not in text
        assert "13800000001" not in text
        assert "6222020000000000000" not in text
    told = said(chair.get(f"hardship/cases/{case.pk}/"))
    assert (told["applicant_name"], told["phone"]) == ("王*国", "138****0001")
    said(chair.patch(f"hardship/cases/{case.pk}/", {"phone": told["phone"]}))
    case.refresh_from_db()
    assert case.phone.clear() == "13800000001", "a mask that comes back leaves the value alone"


def test_a_foreign_file_is_a_missing_one(world, staff):
    case = households.draft(world.own, by=staff.chair)
    member = case.members.first()
    foreign = Program(world.user("chair", world.foreign))
    own = households.draft(world.foreign, by=world.user("chair", world.foreign))
    for address, key in (("cases", case.pk), ("members", member.pk)):
        theirs = foreign.get(f"hardship/{address}/{key}/")
        missing = foreign.get(f"hardship/{address}/999999/")
        assert (theirs.status_code, theirs.content) == (404, missing.content)
        theirs = foreign.patch(f"hardship/{address}/{key}/", {"housing": "built"})
        missing = foreign.patch(f"hardship/{address}/999999/", {"housing": "built"})
        assert (theirs.status_code, theirs.content) == (404, missing.content)
    child = {
        "relation": "child",
        "name": "王小明",
        "certificate_number": resident_number(),
        "employment": "student",
    }
    theirs = foreign.post("hardship/members/", child | {"case": case.pk})
    missing = foreign.post("hardship/members/", child | {"case": 999999})
    assert (theirs.status_code, theirs.content) == (400, missing.content)
    wage = {
        "case": own.pk,
        "member": member.pk,
        "kind": "wage",
        "amount": "1.00",
        "first_month": "2026-01-01",
        "last_month": "2026-01-01",
    }
    assert codes(foreign.post("hardship/incomes/", wage)) == [("does_not_exist", "member")]
    for odd in (True, "a", {"id": 1}, [1], 1.5, None, 10**400):
        refused = foreign.post("hardship/members/", child | {"case": odd})
        assert (refused.status_code, codes(refused)[0][1]) == (400, "case")
    raw = json.dumps(child | {"case": "?"}).replace('"?"', "1e999999999")
    refused = foreign.ask("post", "hardship/members/", raw)
    assert codes(refused) == [("incorrect_type", "case")]
    theirs = foreign.get(f"hardship/members/?case={case.pk}")
    assert said(theirs) == {"results": [], "next": None}
    listed = said(foreign.get("hardship/cases/"))["results"]
    assert [row["id"] for row in listed] == [own.pk]


CLOSED = [
    *[("state", "filed"), ("household", 1), ("tier", "deep"), ("level", "national")],
    *[("is_open", False), ("round", 9), ("organisation", 1), ("filed_on", "2026-01-01")],
    *[("applicant_name", "李四"), ("account_index", "00"), ("id", 5), ("has_town_review", True)],
]


@pytest.mark.parametrize(("name", "value"), CLOSED)
def test_what_is_not_offered_cannot_be_written(world, staff, chair, name, value):
    case = households.draft(world.own, by=staff.chair)
    before = Case.objects.filter(pk=case.pk).values().get()
    refused = chair.patch(f"hardship/cases/{case.pk}/", {"housing": "built", name: value})
    assert refused.status_code == 400
    assert [field for _, field in codes(refused)] == [name]
    assert Case.objects.filter(pk=case.pk).values().get() == before


def test_a_new_file_takes_no_other_field(world, chair):
    sent = facts(world.own, state="filed", tier="deep")
    sent["applicant"] |= {"relation": "child", "is_open": False}
    refused = chair.post("hardship/cases/", sent)
    assert set(codes(refused)) == {("read_only", "state"), ("read_only", "tier")}
    sent = facts(world.own)
    sent["applicant"] |= {"relation": "child", "is_open": False}
    refused = chair.post("hardship/cases/", sent)
    assert set(codes(refused)) == {
        ("unknown_field", "applicant.relation"),
        ("unknown_field", "applicant.is_open"),
    }
    assert not Case.objects.exists()


def test_refusals_say_what_where_and_how(world, staff, chair):
    sent = facts(world.own, main_cause="other", declared_income="viel")
    sent["applicant"]["certificate_number"] = "330102199003078880"
    refused = chair.post("hardship/cases/", sent)
    assert codes(refused) == [("invalid", "declared_income")]
    refused = chair.post("hardship/cases/", sent | {"declared_income": 1})
    assert refused.status_code == 400
    assert [field for _, field in codes(refused)] == ["certificate_number"]
    assert "330102199003078880" not in refused.content.decode()
    case = households.draft(world.own, by=staff.chair)
    refused = chair.post(f"hardship/cases/{case.pk}/steps/submit/")
    assert (refused.status_code, codes(refused)) == (409, [("guard", "")])
    assert "缺少佐证材料" in refused.content.decode()
    refused = chair.post(f"hardship/cases/{case.pk}/steps/withdraw/")
    assert (refused.status_code, codes(refused)) == (400, [("required", "comment")])
    refused = chair.post(f"hardship/cases/{case.pk}/steps/review/")
    assert refused.status_code == 403
    assert chair.post(f"hardship/cases/{case.pk}/steps/unopposed/").status_code == 404
    households.travel(case, staff, to="submitted")
    refused = chair.patch(f"hardship/cases/{case.pk}/", {"housing": "built"})
    assert (refused.status_code, codes(refused)) == (409, [("wrong_state", "")])
    member = case.members.first()
    refused = chair.patch(f"hardship/members/{member.pk}/", {"employment": "retired"})
    assert (refused.status_code, codes(refused)) == (409, [("not_editable", "")])


def test_one_person_takes_one_duty_by_the_interface_too(world, staff):
    case = households.draft(world.own, by=staff.chair)
    households.travel(case, staff, to="submitted")
    Assignment.objects.create(user=staff.chair, organisation=world.own, role="committee")
    address = f"hardship/cases/{case.pk}/steps/check_past_town/"
    refused = Program(staff.chair).post(address, **key("both"))
    assert (refused.status_code, codes(refused)) == (409, [("four_eyes", "")])
    assert AuditEvent.objects.filter(action="hardship.case.turned_away").exists()


def test_a_part_stays_in_its_file(world, staff, chair):
    case = households.draft(world.own, by=staff.chair)
    other = households.draft(world.own, by=staff.chair)
    member = case.members.last()
    refused = chair.patch(f"hardship/members/{member.pk}/", {"case": other.pk})
    assert codes(refused) == [("read_only", "case")]


@pytest.mark.parametrize(
    "content", [b"MZ\x00\x01", b"<svg onload='alert(1)'/>", b""], ids=["exe", "svg", "empty"]
)
def test_only_papers_are_taken(world, staff, chair, content):
    case = households.draft(world.own, by=staff.chair)
    sent = {"case": case.pk, "kind": "identity", "file": io.BytesIO(content)}
    refused = chair.upload("hardship/evidence/", sent)
    assert refused.status_code in {400, 409}
    assert not case.evidence.exists()
    refused = chair.post("hardship/evidence/", {"case": case.pk, "kind": "identity"})
    assert refused.status_code == 415


# Another authority's own program.


@pytest.fixture
def asked(staff):
    """A file about which two authorities are asked."""
    case = households.draft(staff.chair.organisation, by=staff.chair)
    case = households.travel(case, staff, to="comparison")
    checks = households.checks
    checks.request_data(case, ["vehicles", "real_estate"], by=staff.checker)
    return case


def partner(world, at=None, party="vehicles"):
    user = world.user("data_partner", at, certificate_number=None)
    return Program(key=issue(user, by=world.user("security_admin"), party=party)[1])


def key(text):
    return {"Idempotency-Key": text}


def test_an_authority_answers_what_it_was_asked(world, staff, asked):
    office = partner(world)
    (check,) = said(office.get("hardship/data-checks/"))["results"]
    assert check["source"] == "vehicles"
    numbers = {member.certificate_number.clear() for member in asked.members.all()}
    wanted = {"checks": [check["id"]], "purpose": "核对机动车登记"}
    told = said(office.post("hardship/data-checks/disclosure/", wanted, **key("a")))
    assert {person["certificate_number"] for person in told[0]["persons"]} == numbers
    event = AuditEvent.objects.get(action="hardship.datacheck.disclose")
    assert (event.reason, event.changes) == ("核对机动车登记", {"count": [None, 3]})
    sent = {"is_hit": True, "finding": "名下有一辆小型轿车"}
    done = said(office.post(f"hardship/data-checks/{check['id']}/answer/", sent, **key("b")))
    assert (done["is_hit"], done["finding"], done["answered_on"]) == (
        True,
        "****",
        str(timezone.localdate()),
    )
    checker = Program(staff.checker)
    said(checker.post(f"hardship/data-checks/{check['id']}/judge/", {"verdict": "consistent"}))
    assert said(office.get("hardship/data-checks/"))["results"] == []
    again = office.post(f"hardship/data-checks/{check['id']}/answer/", sent, **key("c"))
    assert again.status_code == 404, "what was judged is no longer asked"


def test_an_authority_sees_nothing_else(world, staff, asked):
    office = partner(world)
    theirs = DataCheck.objects.get(source="real_estate")
    address = f"hardship/data-checks/{theirs.pk}/"
    missing = office.get("hardship/data-checks/999999/")
    assert (office.get(address).status_code, office.get(address).content) == (404, missing.content)
    sent = {"is_hit": False, "finding": "无"}
    assert office.post(f"{address}answer/", sent, **key("a")).status_code == 404
    wanted = {"checks": [theirs.pk], "purpose": "核对机动车登记"}
    refused = office.post("hardship/data-checks/disclosure/", wanted, **key("b"))
    missing = office.post("hardship/data-checks/disclosure/", wanted | {"checks": [9]}, **key("c"))
    assert (refused.status_code, refused.content) == (400, missing.content)
    for path in ("cases/", f"cases/{asked.pk}/", "members/", "evidence/", "grants/"):
        assert office.get(f"hardship/{path}").status_code == 403
    for nobodys in (partner(world, party=""), partner(world, world.foreign)):
        assert said(nobodys.get("hardship/data-checks/"))["results"] == []
    mine = DataCheck.objects.get(source="vehicles")
    judge = {"verdict": "consistent"}
    address = f"hardship/data-checks/{mine.pk}/judge/"
    assert office.post(address, judge, **key("d")).status_code == 403
    assert not AuditEvent.objects.filter(action="hardship.datacheck.disclose").exists()


def test_names_and_numbers_leave_by_one_door(world, staff, asked):
    """Not to those who compare by hand, nor without a purpose."""
    (check,) = DataCheck.objects.filter(source="vehicles")
    wanted = {"checks": [check.pk], "purpose": "核对机动车登记"}
    assert (
        Program(staff.checker).post("hardship/data-checks/disclosure/", wanted).status_code == 403
    )
    office = partner(world)
    refused = office.post(
        "hardship/data-checks/disclosure/", wanted | {"purpose": "查"}, **key("a")
    )
    assert codes(refused) == [("min_length", "purpose")]


def test_a_key_decides_nothing(world, staff):
    """Whatever roles its account has: a decision is a person's."""
    case = households.draft(world.own, by=staff.chair)
    case = households.travel(case, staff, to="district")
    machine = world.user("aid_reviewer", world.district, certificate_number=None)
    program = Program(key=issue(machine, by=world.user("security_admin"))[1])
    (offer,) = {
        step["refusal"] for step in said(program.get(f"hardship/cases/{case.pk}/"))["steps"]
    }
    assert "未登记身份证号" in offer
    refused = program.post(f"hardship/cases/{case.pk}/steps/review/", **key("a"))
    assert (refused.status_code, codes(refused)) == (409, [("identity_missing", "")])
    case.refresh_from_db()
    assert case.state == "district"


# Sent twice.


def test_a_write_that_is_sent_twice_is_done_once(world, chair):
    sent = facts(world.own)
    first = chair.post("hardship/cases/", sent, **key("open-1"))
    again = chair.post("hardship/cases/", sent, **key("open-1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Case.objects.count() == 1
    other = chair.post("hardship/cases/", sent | {"housing": "built"}, **key("open-1"))
    assert (other.status_code, codes(other)) == (409, [("key_reused", "")])
    assert Case.objects.count() == 1


def test_what_was_refused_may_be_sent_again(world, staff, chair):
    case = households.draft(world.own, by=staff.chair)
    address = f"hardship/cases/{case.pk}/steps/submit/"
    assert chair.post(address, **key("submit")).status_code == 409
    households.support(case, staff)
    assert chair.post(address, **key("submit")).status_code == 200
    assert chair.post(address, **key("submit")).json()["state"] == "submitted"


def test_an_upload_is_known_by_its_content(world, staff, chair):
    case = households.draft(world.own, by=staff.chair)

    def upload(content):
        paper = SimpleUploadedFile("扫描件.pdf", content, "application/pdf")
        sent = {"case": case.pk, "kind": "identity", "file": paper}
        return chair.upload("hardship/evidence/", sent, **key("paper"))

    assert upload(households.PDF).status_code == 201
    assert upload(households.PDF).status_code == 201
    assert upload(households.PDF + b"2").status_code == 409
    assert case.evidence.count() == 1


def test_the_kept_answer_is_sealed(world, chair):
    said(chair.post("hardship/cases/", facts(world.own), **key("open-1")), 201)
    kept = KeptAnswer.objects.get()
    assert json.loads(kept.body.clear())["state"] == "draft"
    assert FamilyMember.objects.get().name == "王建国"
