"""What staff do on a file beside its steps: through the admin, by role, with every refusal."""

import pytest
from django.urls import reverse
from django.utils import timezone

from core import workflow
from core.models import AuditEvent
from hardship.models import Case, Pairing, Visit
from hardship.services import checks
from tests.factories import hardship as households
from tests.hardship.pages import again, browser, page, press, related, text, told

pytestmark = pytest.mark.django_db


BUTTONS = {
    "请求信息比对": "request_data",
    "提出例外": "propose_exception",
    "批准例外": "approve_exceptions",
    "登记走访": "record_visit",
    "登记返困预警": "raise_alert",
    "处置预警": "settle_alert",
    "结对帮扶": "pair",
    "解除结对": "unpair",
}


def offered(user, case):
    """The acts whose buttons stand on the page of a file."""
    shown = text(browser(user).get(page(case)))
    return {label for label, name in BUTTONS.items() if f'href="{page(case, name)}"' in shown}


class TestButtons:
    def test_everybody_is_offered_what_he_may_do_now(self, compared, staff):
        assert offered(staff.checker, compared) == {"请求信息比对"}
        assert offered(staff.clerk, compared) == {"登记走访", "结对帮扶"}
        assert offered(staff.district, compared) == set()
        assert offered(staff.approver, compared) == set()
        Case.objects.update(state="watch")
        Pairing.objects.create(case=compared, cadre_name="李红", cadre_post="副主席")
        compared.alerts.create(kind="hospital", detail="住院")
        everything = {"登记走访", "登记返困预警", "处置预警", "结对帮扶", "解除结对"}
        assert offered(staff.clerk, compared) == everything

    def test_whoever_is_kin_is_told_to_leave_it_to_others(self, compared, staff):
        related(staff.checker, compared)
        assert offered(staff.checker, compared) == set()
        shown = text(browser(staff.checker).get(page(compared)))
        assert "请求信息比对：此件涉及本人申报的亲属，应当回避" in shown
        shown = press(staff.checker, compared, "request_data", sources=["vehicles"])
        assert "应当回避" in shown
        assert not compared.data_checks.exists()

    @pytest.mark.parametrize("name", BUTTONS.values())
    def test_foreign_files_are_missing_and_others_forbidden(self, case, world, name):
        roles = ("data_checker", "aid_clerk", "aid_reviewer")
        for role in roles:
            foreign = browser(world.user(role, world.foreign))
            assert foreign.get(page(case, name)).status_code in {404, 403}
            assert foreign.post(page(case, name)).status_code in {404, 403}
        approver = browser(world.user("aid_approver"))
        assert approver.get(page(case, name)).status_code == 403
        assert approver.post(page(case, name)).status_code == 403
        missing = {"data_checker": "request_data", "aid_clerk": "pair"}
        for role, own in missing.items():
            if own == name:
                foreign = browser(world.user(role, world.foreign))
                assert foreign.get(page(case, name)).status_code == 404


class TestExceptions:
    @pytest.fixture
    def vehicle(self, case, staff):
        rule = next(rule for rule in case.veto_rules if rule.code == "vehicle")
        checks.answer_vetoes(case, [rule], by=staff.chair)
        return case.veto_answers.get(rule=rule)

    @pytest.fixture
    def submitted(self, case, staff, vehicle):
        checks.propose_exception(vehicle, reason="残疾人专用车", by=staff.chair)
        for kind in ("authorisation", "identity"):
            households.attach(case, kind, by=staff.chair)
        households.visit(case, [staff.committee, staff.second], by=staff.chair)
        return workflow.apply(case, "submit", by=staff.chair)

    def test_staff_propose_what_the_union_forgot(self, case, staff, vehicle):
        assert "提出例外" in offered(staff.clerk, case)
        shown = press(staff.clerk, case, "propose_exception", answer=vehicle.pk, reason="车")
        assert "不少于四个字" in shown
        shown = press(
            staff.clerk, case, "propose_exception", answer=vehicle.pk, reason="残疾人专用车"
        )
        assert "例外已提出" in shown
        assert again(vehicle).proposed_by == staff.clerk
        assert told("hardship.vetoanswer.propose_exception", vehicle)

    def test_another_person_approves(self, submitted, staff, vehicle):
        form = text(browser(staff.district).get(page(submitted, "approve_exceptions")))
        assert "拥有或经常使用机动车：残疾人专用车（chair提出）" in form
        shown = press(staff.district, submitted, "approve_exceptions", answers=[vehicle.pk])
        assert "已批准 1 项例外" in shown
        assert again(vehicle).approved_by == staff.district
        assert told("hardship.vetoanswer.approve_exception", vehicle)
        assert "批准例外" not in offered(staff.district, submitted)
        shown = press(staff.district, submitted, "approve_exceptions", answers=[vehicle.pk])
        assert "不能办理" in shown

    def test_who_entered_the_file_does_not_approve(self, submitted, staff, vehicle, world):
        author = world.user("aid_reviewer", world.district)
        workflow.apply(submitted, "return_check", by=staff.committee, comment="请补充收入证明")
        author.assignments.create(organisation=world.district, role="aid_clerk", since="2020-01-01")
        households.spend(submitted, "10", by=author)
        workflow.apply(submitted, "submit", by=staff.chair)
        assert offered(author, submitted) == {"登记走访", "结对帮扶"}
        shown = text(browser(author).get(page(submitted)))
        assert "批准例外：本人已办理过此件的“填报”" in shown
        shown = press(author, submitted, "approve_exceptions", answers=[vehicle.pk])
        assert "同一人不能兼办两个环节" in shown
        with pytest.raises(checks.Refused):
            checks.approve_exceptions([vehicle], by=author)
        assert again(vehicle).approved_by is None
        assert "一票否决例外待批准" not in text(browser(author).get(reverse("admin:index")))

    def test_only_reviewers_and_only_under_review(self, submitted, staff, vehicle):
        url = page(submitted, "approve_exceptions")
        for user in (staff.clerk, staff.approver, staff.checker):
            assert browser(user).post(url, {"answers": [vehicle.pk]}).status_code == 403
        Case.objects.update(state="comparison")
        shown = press(staff.district, submitted, "approve_exceptions", answers=[vehicle.pk])
        assert "当前状态下不能办理“批准例外”" in shown
        assert again(vehicle).approved_by is None


class TestVisits:
    def visit(self, staff, **data):
        return {
            "kind": "condolence",
            "held_on": timezone.localdate().isoformat(),
            "visitors": [staff.clerk.pk],
            "finding": "送去慰问品",
        } | data

    def test_people_console_a_household(self, compared, staff):
        shown = press(staff.clerk, compared, "record_visit", **self.visit(staff))
        assert "的走访慰问" in shown
        made = Visit.objects.get(case=compared, kind="condolence")
        assert list(made.visitors.all()) == [staff.clerk]
        assert made.finding.clear() == "送去慰问品"
        assert told("hardship.visit.add", made)

    def test_those_who_visit_this_union_are_offered(self, compared, staff, world):
        stranger = world.user("aid_clerk", world.foreign)
        form = text(browser(staff.clerk).get(page(compared, "record_visit")))
        for seen in (staff.committee, staff.chair, staff.clerk):
            assert str(seen) in form
        assert str(stranger) not in form
        shown = press(
            staff.clerk, compared, "record_visit", **self.visit(staff, visitors=[stranger.pk])
        )
        assert "的走访慰问" not in shown
        assert not Visit.objects.filter(kind="condolence").exists()

    def test_a_household_is_checked_while_it_is_entered(self, case, staff):
        both = [staff.committee.pk, staff.second.pk]
        one = self.visit(staff, kind="check", visitors=both[:1])
        assert "两名以上人员" in press(staff.clerk, case, "record_visit", **one)
        pair = self.visit(staff, kind="check", visitors=both)
        assert "的入户调查" in press(staff.clerk, case, "record_visit", **pair)
        Case.objects.update(state="submitted")
        assert "的入户调查" not in press(staff.clerk, case, "record_visit", **pair)
        assert Visit.objects.count() == 1

    def test_what_does_not_fit_is_refused(self, compared, staff):
        ahead = timezone.localdate() + timezone.timedelta(days=1)
        late = self.visit(staff, held_on=ahead.isoformat())
        assert "走访日期不能晚于今天" in press(staff.clerk, compared, "record_visit", **late)
        watch = self.visit(staff, kind="follow_up")
        press(staff.clerk, compared, "record_visit", **watch)
        with pytest.raises(checks.Refused, match="不在返困监测期内"):
            households.visit(compared, [staff.clerk], by=staff.clerk, kind="follow_up")
        related(staff.clerk, compared)
        assert "应当回避" in press(staff.clerk, compared, "record_visit", **self.visit(staff))
        assert browser(staff.checker).get(page(compared, "record_visit")).status_code == 403
        assert not Visit.objects.exclude(kind="check").exists()
        Case.objects.update(is_open=False)
        assert "不能办理" in press(staff.clerk, compared, "record_visit", **self.visit(staff))


class TestWatch:
    def test_an_alert_is_raised_and_settled(self, watched, staff):
        day = timezone.localdate().isoformat()
        data = {"kind": "hospital", "raised_on": day, "detail": "近期住院手术"}
        shown = press(staff.clerk, watched, "raise_alert", **data)
        assert "已登记“大额医疗支出”预警" in shown
        assert "近期住院手术" not in shown
        alert = watched.alerts.get()
        assert alert.detail.clear() == "近期住院手术"
        assert told("hardship.alert.add", alert)
        short = press(staff.clerk, watched, "settle_alert", alert=alert.pk, settlement="好")
        assert "不少于四个字" in short
        shown = press(
            staff.clerk, watched, "settle_alert", alert=alert.pk, settlement="已转医疗救助"
        )
        assert "预警已处置。" in shown
        assert again(alert).settlement == "已转医疗救助"
        assert told("hardship.alert.settle", alert)
        assert "处置预警" not in offered(staff.clerk, watched)

    def test_outside_of_a_watch_and_of_the_right_nothing_is_raised(self, watched, staff):
        data = {"kind": "hospital", "raised_on": "2026-01-05", "detail": "近期住院手术"}
        assert browser(staff.district).post(page(watched, "raise_alert"), data).status_code == 403
        Case.objects.update(state="filed")
        assert "不能办理" in press(staff.clerk, watched, "raise_alert", **data)
        assert not watched.alerts.exists()

    def test_an_alert_of_another_file_is_not_settled(self, watched, staff, world):
        other = households.register(world.own, state="watch", watch_until=timezone.localdate())
        mine = watched.alerts.create(kind="hospital", detail="住院")
        theirs = other.alerts.create(kind="job_loss", detail="失业")
        press(staff.clerk, watched, "settle_alert", alert=theirs.pk, settlement="已转医疗救助")
        assert again(theirs).settled_on is None
        assert again(mine).settled_on is None


class TestPairings:
    DATA = {"cadre_name": "李红", "cadre_post": "东湖区总工会副主席", "since": "2026-01-05"}

    def test_a_cadre_begins_and_ends(self, watched, staff):
        assert "与该户结对" in press(staff.clerk, watched, "pair", **self.DATA)
        made = Pairing.objects.get()
        assert told("hardship.pairing.add", made)
        assert "该干部已与此户结对" in press(staff.clerk, watched, "pair", **self.DATA)
        end = {"pairing": made.pk, "on": "2026-03-01", "reason": "干部调离岗位"}
        early = end | {"on": "2025-12-31"}
        assert "解除日期不能早于结对日期" in press(staff.clerk, watched, "unpair", **early)
        assert "事由" in press(staff.clerk, watched, "unpair", **(end | {"reason": "调"}))
        assert again(made).until is None
        shown = press(staff.clerk, watched, "unpair", **end)
        assert "的结对自 2026-03-01 起解除" in shown
        assert str(again(made).until) == "2026-03-01"
        event = AuditEvent.objects.get(action="hardship.pairing.end")
        assert (event.reason, event.changes["until"]) == ("干部调离岗位", [None, "2026-03-01"])
        assert "不能办理" in press(staff.clerk, watched, "unpair", **end)

    def test_a_file_that_is_over_is_not_paired(self, watched, staff):
        Case.objects.update(is_open=False, state="closed")
        assert "不能办理" in press(staff.clerk, watched, "pair", **self.DATA)
        assert browser(staff.district).get(page(watched, "pair")).status_code == 403
        assert not Pairing.objects.exists()
