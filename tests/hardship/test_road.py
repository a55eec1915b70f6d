"""The road of a file: from a chair's draft to the register, through re-checks, and out again."""

import datetime
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, DeclaredKin, Objection, Publicity
from core.services import objections
from hardship import rules
from hardship.models import Alert, Case, FamilyMember, Household, Recognition, Standard
from hardship.services import checks, files, outcomes
from tests.factories import hardship as households

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def case(world, staff):
    return households.draft(world.own, by=staff.chair)


def code_of(refused):
    return refused.value.code


def test_a_draft_is_led_to_the_register(case, staff):
    case = households.travel(case, staff)
    assert (case.state, case.tier, case.level) == ("filed", "deep", "municipal")
    assert case.filed_on == timezone.localdate()
    assert case.recheck_due == rules.months_after(timezone.localdate(), 12)
    recognition = case.recognitions.get()
    assert (recognition.entry, recognition.tier, recognition.until) == ("new", "deep", None)
    assert recognition.standard.document == "江政发〔2019〕1号"
    assert recognition.steps[-1][:1] == ["深度困难"]
    steps = [made.transition for made in workflow.decisions(case) if made.transition != "join"]
    assert steps == ["begin", *(step for _, step, _, _ in households.ROAD)]


def test_the_town_is_asked_where_the_district_wants_it(case, staff):
    procedure = case.procedure
    procedure.has_town_review = True
    procedure.save()
    households.travel(case, staff, to="submitted")
    offered = [offer.transition.name for offer in workflow.available(case_now(case), staff.second)]
    assert "check" in offered
    assert "check_past_town" not in offered
    with pytest.raises(Refused) as refused:
        workflow.apply(case, "check_past_town", by=staff.committee)
    assert code_of(refused) == "wrong_state"
    workflow.apply(case, "check", by=staff.committee)
    assert workflow.apply(case, "endorse", by=staff.town).state == "district"


def case_now(case):
    return Case.objects.get(pk=case.pk)


def test_a_file_is_handed_in_when_everything_is_there(case, staff):
    def obstacle():
        (offer,) = (
            each
            for each in workflow.available(case_now(case), staff.chair)
            if each.transition.name == "submit"
        )
        return offer.obstacle

    assert "缺少佐证材料：核对授权书、身份证、户口本" in obstacle()
    for kind in ("authorisation", "identity"):
        households.attach(case, kind, by=staff.chair)
    assert "入户调查" in obstacle()
    households.visit(case, [staff.committee, staff.second], by=staff.chair)
    assert "一票否决情形尚有 2 项未核对" in obstacle()
    checks.answer_vetoes(case, [], by=staff.chair)
    assert obstacle() == ""
    case.declared_persons = 4
    workflow.amend(case, by=staff.chair)
    assert "家庭人口填报 4 人" in obstacle()
    case.declared_persons = 3
    workflow.amend(case, by=staff.chair)
    Standard.objects.update(until="2019-02-01")
    assert "适用的低保标准" in obstacle()


def test_the_line_of_the_day_of_application_counts(case, staff, world):
    """The line changes in mid-year: who applied before is reckoned by the old one."""
    old = Standard.objects.get()
    old.until = day = timezone.localdate()
    old.save()
    new = Standard(
        organisation=world.city, amount=Decimal("900.00"), document="江政发〔2026〕9号", since=day
    )
    new.full_clean()
    new.save()
    assert case.assessment.line.amount == 900
    assert case.assessment.tier == "relative"
    case.applied_on = day - datetime.timedelta(days=1)
    assert case.assessment.line.amount == 1110
    nearer = Standard.objects.create(
        organisation=world.district,
        amount=Decimal("700"),
        document="东府〔2019〕1号",
        since=old.since,
    )
    assert case.standard == nearer


def test_a_person_stands_in_one_open_file_of_the_city(world, staff, case):
    """As applicant here and as member there, whichever district."""
    child = case.members.filter(relation="child").first()
    number = child.certificate_number.clear()
    other = households.Staff(world, own="foreign", district="other_district", town="foreign_town")
    abroad = households.draft(world.foreign, by=other.chair)
    again = households.member("spouse", "王小明", certificate_number=number, case=abroad)
    with pytest.raises(Refused) as refused:
        files.put(again, by=other.chair)
    assert code_of(refused) == "in_open_file"
    assert str(case) not in str(refused.value)
    with pytest.raises(Refused):
        households.files.open_draft(
            Case(
                organisation=world.foreign,
                main_cause="low_income",
                declared_persons=1,
                declared_income=0,
                housing="rented",
            ),
            households.member("self", "王小明", certificate_number=number),
            by=other.chair,
        )
    again.sex, again.birth_date = "male", child.birth_date
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()  # the constraint holds without the service
    workflow.apply(case, "withdraw", by=staff.chair, comment="家庭自愿撤回")
    assert files.put(again, by=other.chair).is_open


def test_a_household_keeps_its_identity_over_its_files(world, staff, case):
    child = case.members.filter(relation="child").first()
    workflow.apply(case, "withdraw", by=staff.chair, comment="家庭自愿撤回")
    files_before = Household.objects.count()
    later = files.open_draft(
        Case(
            organisation=world.own,
            main_cause="low_income",
            declared_persons=1,
            declared_income=0,
            housing="rented",
        ),
        households.member("self", "王小明", certificate_number=child.certificate_number.clear()),
        by=staff.chair,
    )
    assert later.household == case.household
    assert Household.objects.count() == files_before


def test_nobody_decides_on_himself_his_kin_or_his_own_entry(case, staff, world):
    households.travel(case, staff, to="submitted")
    committee = world.user("committee", world.own)
    workflow.apply(case, "return_check", by=staff.committee, comment="收入证明不清楚")
    DeclaredKin.objects.create(
        user=committee,
        name="王小明",
        relation="侄",
        certificate_number=case.members.last().certificate_number.clear(),
    )
    workflow.apply(case, "submit", by=staff.chair)
    with pytest.raises(Refused) as refused:
        workflow.apply(case, "check_past_town", by=committee)
    assert code_of(refused) == "kin"
    author = world.user("chair", world.own)
    author.assignments.create(organisation=world.own, role="committee", since="2020-01-01")
    workflow.apply(case, "return_check", by=staff.committee, comment="请补充收入证明")
    households.spend(case, "10", by=author)
    author = type(author).objects.get(pk=author.pk)
    workflow.apply(case, "submit", by=staff.chair)
    with pytest.raises(Refused) as refused:
        workflow.apply(case, "check_past_town", by=author)
    assert code_of(refused) == "four_eyes"


def test_a_member_of_the_household_cannot_enter_it(world, staff):
    number = staff.chair.certificate_number.clear()
    with pytest.raises(Refused) as refused, transaction.atomic():
        files.open_draft(
            Case(
                organisation=world.own,
                main_cause="low_income",
                declared_persons=1,
                declared_income=0,
                housing="rented",
            ),
            households.member("self", "王建国", certificate_number=number),
            by=staff.chair,
        )
    assert code_of(refused) == "concerned"
    assert not Case.objects.exists()


def test_a_file_is_written_by_those_who_may_and_while_it_may(case, staff, world):
    foreign = world.user("chair", world.foreign)
    with pytest.raises(OutOfScope):
        households.earn(case, "100", by=foreign)
    with pytest.raises(NotPermitted):
        households.earn(case, "100", by=staff.committee)
    households.travel(case, staff, to="submitted")
    with pytest.raises(Refused) as refused:
        households.earn(case, "100", by=staff.chair)
    assert code_of(refused) == "not_editable"


def test_what_was_compared_is_what_is_approved(case, staff):
    case = households.travel(case, staff, to="decision")
    row = case.incomes.get()
    row.amount = Decimal("100.00")
    row.save()  # past every service
    with pytest.raises(Refused) as refused:
        workflow.apply(case, "approve", by=staff.approver, level="municipal")
    assert code_of(refused) == "changed_since"


def test_a_household_above_every_tier_is_refused_with_a_reason(world, staff):
    case = households.draft(world.own, by=staff.chair, income="9000")
    case = households.travel(case, staff, to="submitted")
    assert case.tier == ""
    with pytest.raises(Refused, match="不符合任何困难类别"):
        workflow.apply(case, "check_past_town", by=staff.committee)
    with pytest.raises(Refused) as refused:
        workflow.apply(case, "refuse_check", by=staff.committee)
    assert code_of(refused) == "comment_required"
    case = workflow.apply(case, "refuse_check", by=staff.committee, comment="收入高于标准")
    assert (case.state, case.is_open) == ("refused", False)
    assert not case.members.filter(is_open=True).exists()


def test_an_upheld_objection_leads_back_to_the_district(case, staff):
    case = households.travel(case, staff, to="publicity")
    shown = Publicity.objects.get()
    assert shown.content["rows"] == [["王*国", case.organisation.name, "深度困难"]]
    objections.receive(shown, text="该户有一处门面房出租", form=uuid.uuid4(), address=None)
    objection = Objection.objects.get()
    with pytest.raises(Refused):
        workflow.apply(case, "approve", by=staff.approver, level="municipal")
    workflow.apply(objection, "investigate", by=staff.district)
    workflow.apply(objection, "report", by=staff.district, comment="查有门面房一处")
    workflow.apply(objection, "uphold", by=staff.approver, comment="异议属实，予以认定")
    assert case_now(case).state == "district"
    workflow.apply(case, "review", by=staff.district)
    assert workflow.apply(case, "compare", by=staff.checker).state == "publicity"


class TestVetoes:
    @pytest.fixture
    def vehicle(self, case, staff):
        rule = next(rule for rule in case.veto_rules if rule.code == "vehicle")
        checks.answer_vetoes(case, [rule], by=staff.chair)
        return case.veto_answers.get(rule=rule)

    def test_a_vehicle_keeps_off_file(self, case, staff, vehicle):
        for kind in ("authorisation", "identity"):
            households.attach(case, kind, by=staff.chair)
        households.visit(case, [staff.committee, staff.second], by=staff.chair)
        workflow.apply(case, "submit", by=staff.chair)
        with pytest.raises(Refused, match="没有经批准的例外：拥有或经常使用机动车"):
            workflow.apply(case, "check_past_town", by=staff.committee)

    def test_an_exception_has_a_reason_and_is_approved_by_another(self, case, staff, vehicle):
        """A vehicle for the disabled."""
        with pytest.raises(Refused) as refused:
            checks.propose_exception(vehicle, reason="", by=staff.chair)
        assert code_of(refused) == "reason_required"
        checks.propose_exception(vehicle, reason="残疾人专用车", by=staff.chair)
        for kind in ("authorisation", "identity"):
            households.attach(case, kind, by=staff.chair)
        households.visit(case, [staff.committee, staff.second], by=staff.chair)
        workflow.apply(case, "submit", by=staff.chair)
        staff.chair.assignments.create(
            organisation=staff.chair.organisation, role="aid_reviewer", since="2020-01-01"
        )
        twofold = type(staff.chair).objects.get(pk=staff.chair.pk)
        with pytest.raises(Refused) as refused:
            checks.approve_exception(vehicle, by=twofold)
        assert code_of(refused) == "four_eyes"
        checks.approve_exception(vehicle, by=staff.district)
        workflow.apply(case, "check_past_town", by=staff.committee)
        assert workflow.apply(case, "review", by=staff.district).state == "comparison"

    def test_two_homes_have_no_exception(self, case, staff):
        rule = next(rule for rule in case.veto_rules if rule.code == "homes")
        checks.answer_vetoes(case, [rule], by=staff.chair)
        with pytest.raises(Refused) as refused:
            checks.propose_exception(
                case.veto_answers.get(rule=rule), reason="农村老宅一处", by=staff.chair
            )
        assert code_of(refused) == "no_exception"


def test_two_different_persons_visit(case, staff, world):
    with pytest.raises(Refused) as refused:
        households.visit(case, [staff.committee], by=staff.chair)
    assert code_of(refused) == "visitors"
    with pytest.raises(Refused) as refused:
        households.visit(case, [staff.committee, staff.committee], by=staff.chair)
    assert code_of(refused) == "visitors"
    DeclaredKin.objects.create(
        user=staff.second,
        name="王小明",
        relation="侄",
        certificate_number=case.members.last().certificate_number.clear(),
    )
    with pytest.raises(Refused) as refused:
        households.visit(case, [staff.committee, staff.second], by=staff.chair)
    assert code_of(refused) == "kin"


def test_what_an_authority_refutes_stops_a_file(case, staff):
    case = households.travel(case, staff, to="comparison")
    with pytest.raises(Refused, match="尚未完成比对：公安车管、不动产登记"):
        workflow.apply(case, "compare", by=staff.checker)
    checks.request_data(case, ["vehicles", "real_estate"], by=staff.checker)
    vehicles, homes = case.data_checks.order_by("pk")
    with pytest.raises(Refused) as refused:
        checks.judge_data(vehicles, verdict="consistent", by=staff.checker)
    assert code_of(refused) == "not_answered"
    checks.answer_data(vehicles, is_hit=True, finding="名下轿车一辆", by=staff.checker)
    checks.answer_data(homes, is_hit=False, finding="无", by=staff.checker)
    checks.judge_data(homes, verdict="consistent", by=staff.checker)
    with pytest.raises(Refused) as refused:
        checks.judge_data(vehicles, verdict="refuted", by=staff.checker)
    assert code_of(refused) == "reason_required"
    checks.judge_data(vehicles, verdict="refuted", note="申报无车，查有轿车", by=staff.checker)
    with pytest.raises(Refused, match="与申报不符：公安车管"):
        workflow.apply(case, "compare", by=staff.checker)


class TestRecheck:
    @pytest.fixture
    def staff(self, world):
        with time_machine.travel("2025-03-10", tick=False):
            households.rulebook(world.city)
            return households.Staff(world)

    @pytest.fixture
    def filed(self, staff):
        with time_machine.travel("2025-03-10", tick=False):
            return households.filed(staff)

    @pytest.fixture(autouse=True)
    def a_year_later(self, filed):
        with time_machine.travel("2026-03-20", tick=False):
            yield

    def test_is_reckoned_by_the_day_of_the_city(self, filed, staff):
        with time_machine.travel("2026-03-19T17:30:00Z", tick=False):  # half past one at night
            case = workflow.apply(filed, "recheck", by=staff.chair)
        assert case.applied_on == datetime.date(2026, 3, 20)

    def test_stays_as_it_is(self, filed, staff):
        case = households.recheck(filed, staff)
        offered = {offer.transition.name for offer in workflow.available(case, staff.approver)}
        assert offered == {"keep", "return_outcome"}
        case = workflow.apply(case, "keep", by=staff.approver)
        assert (case.state, case.round, case.recheck_due) == (
            "filed",
            2,
            datetime.date(2027, 3, 20),
        )
        assert case.recognitions.get().until is None

    def test_another_tier_begins_where_the_former_ends(self, filed, staff):
        case = households.recheck(filed, staff, income="4000")
        workflow.apply(case, "adjust", by=staff.approver)
        deep, relative = Recognition.objects.all()
        assert (deep.until, deep.ending) == (datetime.date(2026, 3, 20), "adjusted")
        assert (relative.since, relative.tier) == (datetime.date(2026, 3, 20), "relative")
        assert relative.entry == "adjusted"

    def test_out_of_hardship_takes_the_line_and_five_guarantees(self, filed, staff):
        all_five = {f"has_{name}": True for name in rules.GUARANTEES}
        with pytest.raises(Refused, match="未达到脱困标准"):
            households.recheck(filed, staff, "out", income="4994.99", **all_five)

    def test_out_of_hardship_is_watched_for_a_year(self, filed, staff):
        all_five = {f"has_{name}": True for name in rules.GUARANTEES}
        case = households.recheck(filed, staff, "out", income="4995", **all_five)
        case = workflow.apply(case, "release", by=staff.approver)
        assert (case.state, case.watch_until) == ("watch", datetime.date(2027, 3, 20))
        assert case.recognitions.get().ending == "out"
        with pytest.raises(Refused, match="期满后方可关闭"):
            workflow.apply(case, "close", by=staff.clerk)
        alert = Alert(case=case, kind="hospital", detail="住院自付三万元")
        outcomes.raise_alert(alert, by=staff.clerk)
        with time_machine.travel("2027-03-20", tick=False):
            with pytest.raises(Refused, match="未处置的返困预警"):
                workflow.apply(case, "close", by=staff.clerk)
            outcomes.settle_alert(alert, settlement="已申请医疗救助", by=staff.clerk)
            case = workflow.apply(case, "close", by=staff.clerk)
        assert (case.state, case.is_open) == ("closed", False)

    def test_falls_back_and_is_filed_again(self, filed, staff):
        all_five = {f"has_{name}": True for name in rules.GUARANTEES}
        case = households.recheck(filed, staff, "out", income="4995", **all_five)
        workflow.apply(case, "release", by=staff.approver)
        case = workflow.apply(case, "reopen", by=staff.clerk, comment="突发重病返困")
        case.authorised_on = case.applied_on
        case.declared_income = Decimal("36000")
        workflow.amend(case, by=staff.chair)
        files.drop(case.incomes.get(), by=staff.chair)
        households.earn(case, "3000", by=staff.chair)
        case = households.travel(case, staff)
        assert [each.entry for each in case.recognitions.all()] == ["new", "reopened"]
        assert case.round == 3

    @pytest.mark.parametrize(
        ("outcome", "step"), [("handed_over", "hand_over"), ("deceased", "cancel")]
    )
    def test_leaves_the_register_for_good(self, filed, staff, outcome, step):
        case = households.recheck(filed, staff, outcome)
        offered = {offer.transition.name for offer in workflow.available(case, staff.approver)}
        assert offered == {step, "return_outcome"}
        case = workflow.apply(case, step, by=staff.approver, comment="情况属实")
        assert (case.state, case.is_open) == ("closed", False)
        assert case.recognitions.get().ending == outcome
        assert not FamilyMember.objects.filter(is_open=True).exists()


def test_every_step_leaves_one_trace_and_no_number(case, staff):
    number = case.members.get(relation="self").certificate_number.clear()
    case = households.travel(case, staff)
    for _, step, _, _ in households.ROAD:
        assert AuditEvent.objects.filter(action=f"hardship.case.{step}").count() == 1
    trail = AuditEvent.objects.filter(action__startswith="hardship.")
    told = "".join(f"{event.changes}{event.object_label}{event.reason}" for event in trail)
    assert number not in told
    assert "王建国" not in told
    assert "6222020000000000000" not in told


def test_a_change_behind_a_mask_leaves_its_trace(case, staff):
    """Another illness, and an account that ends in the same four digits."""
    sick = case.members.get(relation="self")
    for illness in ("高血压", "尿毒症"):
        sick.illness = illness
        files.put(sick, by=staff.chair)
    acts = AuditEvent.objects.filter(action="hardship.familymember.change")
    assert [event.changes["illness"] for event in acts.order_by("pk")] == [
        [None, "****"],
        ["****", "****"],
    ]
    case.account = "6222021111111110000"
    workflow.amend(case, by=staff.chair)
    (act,) = AuditEvent.objects.filter(action="hardship.case.change")
    assert act.changes["account"] == ["***************0000"] * 2
