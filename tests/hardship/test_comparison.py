"""Authorities are asked, their answers entered and judged; the work lists and what waits there."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from hardship.models import Case, DataCheck, Evidence, VetoAnswer, Visit
from hardship.services import checks
from hardship.views import waiting
from tests.factories import hardship as households
from tests.hardship.pages import again, browser, page, press, related, text, ticked, told

pytestmark = pytest.mark.django_db


class TestRequests:
    def test_required_authorities_are_ticked_and_asked(self, compared, staff):
        form = text(browser(staff.checker).get(page(compared, "request_data")))
        assert ticked(form, "sources") == 2
        assert "公安车管（必须比对）" in form
        shown = press(staff.checker, compared, "request_data", sources=["vehicles", "market"])
        assert "已向公安车管、市场监管请求比对" in shown
        assert {row.source for row in compared.data_checks.all()} == {"vehicles", "market"}
        for row in compared.data_checks.all():
            assert told("hardship.datacheck.request", row)
        form = text(browser(staff.checker).get(page(compared, "request_data")))
        assert ticked(form, "sources") == 1
        assert "市场监管" not in form

    def test_nothing_is_asked_without_a_tick_a_mandate_or_in_another_state(self, compared, staff):
        assert "请至少勾选一项" in press(staff.checker, compared, "request_data")
        Case.objects.update(authorised_on=None)
        shown = press(staff.checker, compared, "request_data", sources=["vehicles"])
        assert "尚未签署核对授权书" in shown
        Case.objects.update(state="district")
        shown = press(staff.checker, compared, "request_data", sources=["vehicles"])
        assert "当前状态下不能办理“请求信息比对”" in shown
        assert not compared.data_checks.exists()


@pytest.fixture
def check(compared, staff):
    checks.request_data(compared, ["vehicles"], by=staff.checker)
    return compared.data_checks.get()


ANSWER = {"is_hit": "yes", "finding": "名下轿车一辆"}


class TestAnswers:
    def test_an_answer_is_entered_with_its_paper_and_judged(self, check, staff):
        paper = SimpleUploadedFile("回复.pdf", households.PDF)
        shown = press(staff.checker, check, "answer", **ANSWER, paper=paper)
        assert "公安车管的答复已登记" in shown
        assert "名下轿车一辆" not in shown
        row = again(check)
        assert (row.is_hit, row.finding.clear()) == (True, "名下轿车一辆")
        assert row.evidence.kind == Evidence.Kind.ANSWER
        assert row.evidence.file.name == "回复.pdf"
        assert row.evidence in row.case.evidence.all()
        assert reverse("file", args=[row.evidence.file.token]) in shown
        shown = press(staff.checker, check, "judge", verdict="refuted")
        assert "请写明核实情况" in shown
        shown = press(staff.checker, check, "judge", verdict="refuted", note="查有轿车，未申报")
        assert "公安车管：与申报不符" in shown
        assert again(check).verdict == "refuted"
        for action in ("request", "answer", "judge"):
            assert told(f"hardship.datacheck.{action}", check)
        assert told("hardship.evidence.add", row.evidence)

    def test_a_new_answer_opens_the_verdict_and_keeps_the_paper(self, check, staff):
        paper = io.BytesIO(households.PDF)
        paper.name = "回复.pdf"
        checks.answer_data(check, is_hit=True, finding="有", paper=paper, by=staff.checker)
        checks.judge_data(check, verdict="explained", note="车辆已转让", by=staff.checker)
        press(staff.checker, check, "answer", is_hit="no", finding="更正：无")
        row = again(check)
        assert (row.is_hit, row.verdict, row.note) == (False, "", "")
        assert row.evidence == check.evidence

    def test_words_that_look_alike_under_their_mask_leave_a_trace(self, check, staff):
        checks.answer_data(check, is_hit=True, finding="名下轿车一辆", by=staff.checker)
        checks.answer_data(check, is_hit=True, finding="名下货车一辆", by=staff.checker)
        acts = AuditEvent.objects.filter(action="hardship.datacheck.answer")
        assert acts.filter(object_id=str(check.pk)).count() == 2

    def test_a_paper_is_a_paper(self, check, staff):
        paper = SimpleUploadedFile("回复.pdf", b"MZ\x90 a program")
        shown = press(staff.checker, check, "answer", **ANSWER, paper=paper)
        assert "文件不是可以识别的" in shown
        assert again(check).answered_on is None

    def test_nothing_is_judged_before_the_answer_or_outside_the_comparison(self, check, staff):
        shown = press(staff.checker, check, "judge", verdict="consistent")
        assert "当前状态下不能办理“作出结论”" in shown
        Case.objects.update(state="publicity")
        assert "不能办理" in press(staff.checker, check, "answer", **ANSWER)
        Case.objects.update(state="comparison", round=2)
        assert "不能办理" in press(staff.checker, check, "answer", **ANSWER)
        assert again(check).answered_on is None

    def test_kin_is_told_and_others_are_forbidden_or_see_nothing(self, check, staff, world):
        assert browser(staff.district).post(page(check, "answer"), ANSWER).status_code == 403
        foreign = browser(world.user("data_checker", world.foreign))
        assert foreign.post(page(check, "answer"), ANSWER).status_code == 404
        assert foreign.get(page(check)).status_code == 404
        second = world.user("data_checker", world.district)
        related(second, check.case)
        shown = text(browser(second).get(page(check)))
        assert "登记答复：此件涉及本人申报的亲属" in shown
        assert "应当回避" in press(second, check, "answer", **ANSWER)
        assert again(check).answered_on is None

    def test_the_content_is_shown_once_for_a_reason(self, check, staff):
        checks.answer_data(check, is_hit=True, finding="名下轿车一辆", by=staff.checker)
        url = reverse("admin:hardship_datacheck_reveal", args=[check.pk, "finding"])
        assert url in text(browser(staff.checker).get(page(check)))
        assert browser(staff.clerk).post(url, {"reason": "核对比对结果"}).status_code == 403
        shown = text(browser(staff.checker).post(url, {"reason": "核对比对结果"}))
        assert "名下轿车一辆" in shown
        assert told("hardship.datacheck.reveal", check)


class TestManyAtOnce:
    URL = "admin:hardship_datacheck_clear"

    @pytest.fixture
    def several(self, world, staff):
        """Requests about three households of two unions."""
        made = []
        for place in (world.own, world.own, world.sibling):
            case = households.register(
                place, state="comparison", authorised_on=timezone.localdate()
            )
            checks.request_data(case, ["vehicles", "real_estate"], by=staff.checker)
            made += case.data_checks.all()
        return made

    def send(self, user, rows, **more):
        data = {"chosen": [row.pk for row in rows], **more}
        return text(browser(user).post(reverse(self.URL), data, follow=True))

    def test_those_without_a_record_are_confirmed_and_entered(self, several, staff):
        listed = text(browser(staff.checker).get(reverse(self.URL)))
        assert listed.count('name="chosen"') == 6
        confirming = self.send(staff.checker, several[:5])
        assert "登记 5 件无记录" in confirming
        assert "3 户的 5 件请求登记为“无记录”" in confirming
        assert not DataCheck.objects.exclude(verdict="").exists()
        assert "已登记 5 件无记录" in self.send(staff.checker, several[:5], is_confirmed="on")
        for row in several[:5]:
            row = again(row)
            assert (row.is_hit, row.verdict, row.finding.clear()) == (False, "consistent", "无记录")
            assert row.answered_on == timezone.localdate()
            assert told("hardship.datacheck.clear", row)
        assert again(several[5]).answered_on is None

    def test_all_are_entered_or_none(self, several, staff, world):
        checks.answer_data(several[0], is_hit=True, finding="有车", by=staff.checker)
        shown = self.send(staff.checker, several, is_confirmed="on")
        assert "有的请求已由他人登记答复" in shown
        rows = DataCheck.objects.filter(pk__in=[row.pk for row in several])
        with pytest.raises(checks.Refused) as refused:
            checks.clear_data(rows, by=staff.checker)
        assert refused.value.code == "not_open"
        related_to = several[5].case
        related(staff.checker, related_to)
        shown = self.send(staff.checker, several[1:], is_confirmed="on")
        assert f"{related_to}：此件涉及本人申报的亲属" in shown
        assert DataCheck.objects.exclude(verdict="").count() == 0

    def test_who_may_not_compare_or_elsewhere_enters_nothing(self, several, staff, world):
        assert browser(staff.clerk).get(reverse(self.URL)).status_code == 403
        foreign = world.user("data_checker", world.foreign)
        assert 'name="chosen"' not in text(browser(foreign).get(reverse(self.URL)))
        self.send(foreign, several, is_confirmed="on")
        with pytest.raises(checks.Refused):
            checks.clear_data(DataCheck.objects.all(), by=foreign)
        assert not DataCheck.objects.exclude(verdict="").exists()

    def test_the_writes_do_not_grow_with_the_requests_of_a_file(self, several, staff):
        def queries(rows):
            with CaptureQueriesContext(connection) as asked:
                checks.clear_data(DataCheck.objects.filter(pk__in=rows), by=staff.checker)
            return len(asked)

        one, two = several[0].pk, [row.pk for row in several[2:4]]
        assert queries([one]) == queries(two)


class TestLists:
    def rows(self, world, staff, count):
        for _ in range(count):
            case = households.register(world.own, state="watch", watch_until="2026-01-05")
            case.alerts.create(kind="hospital", detail="住院手术")
            case.pairings.create(cadre_name="李红", cadre_post="副主席")
            case.reviews.create(round=1, outcome="stay", note="复核属实")
            case.data_checks.create(round=1, source="vehicles")
            visit = Visit.objects.create(
                organisation=world.own, case=case, kind="condolence", round=1, finding="慰问属实"
            )
            visit.visitors.add(staff.clerk)

    @pytest.mark.parametrize("name", ["datacheck", "visit", "review", "alert", "pairing"])
    def test_a_list_is_scoped_masked_and_asks_as_much_for_one_row_as_for_ten(
        self, world, staff, name
    ):
        url = reverse(f"admin:hardship_{name}_changelist")
        self.rows(world, staff, 1)
        client = browser(staff.clerk)
        client.get(url)
        with CaptureQueriesContext(connection) as few:
            client.get(url)
        self.rows(world, staff, 9)
        with CaptureQueriesContext(connection) as many:
            shown = text(client.get(url))
        assert len(many) == len(few)
        assert shown.count("王建国户") >= 10
        assert not [word for word in ("住院手术", "复核属实", "慰问属实") if word in shown]
        foreign = browser(world.user("aid_clerk", world.foreign))
        assert "王建国户" not in text(foreign.get(url))
        assert browser(world.user("clerk")).get(url).status_code == 403

    def test_filters_say_what_is_to_be_done(self, check, staff):
        checks.request_data(check.case, ["market", "taxation"], by=staff.checker)
        market = check.case.data_checks.get(source="market")
        checks.answer_data(market, is_hit=False, finding="无", by=staff.checker)
        url = reverse("admin:hardship_datacheck_changelist")

        def found(**query):
            response = browser(staff.checker).get(url, query)
            return {row.source for row in response.context_data["cl"].result_list}

        assert found() == {"vehicles", "market", "taxation"}
        assert found(waiting="answer") == {"vehicles", "taxation"}
        assert found(waiting="verdict") == {"market"}
        assert found(source="taxation", waiting="answer") == {"taxation"}
        assert found(waiting="nonsense") == set()
        Case.objects.update(state="refused")
        assert found(waiting="answer") == set()

    def test_settled_alerts_and_ended_pairings_are_told_apart(self, watched, staff):
        watched.alerts.create(kind="hospital", detail="住院")
        watched.alerts.create(
            kind="disaster", detail="水灾", settled_on="2026-01-05", settlement="已安置"
        )
        client = browser(staff.clerk)
        url = reverse("admin:hardship_alert_changelist")
        (row,) = client.get(url, {"open": "yes"}).context_data["cl"].result_list
        assert row.kind == "hospital"
        (row,) = client.get(url, {"open": "no"}).context_data["cl"].result_list
        assert row.kind == "disaster"


class TestInbox:
    def test_requests_wait_by_authority(self, check, staff, world):
        checks.request_data(check.case, ["market"], by=staff.checker)
        market = check.case.data_checks.get(source="market")
        checks.answer_data(market, is_hit=False, finding="无", by=staff.checker)
        shown = text(browser(staff.checker).get(reverse("admin:index")))
        for words in ("比对待登记答复", "公安车管 1 件", "比对待作结论", "市场监管 1 件"):
            assert words in shown, words
        lists = reverse("admin:hardship_datacheck_changelist")
        assert f"{lists}?source=vehicles&amp;waiting=answer" in shown
        for user in (staff.district, world.user("data_checker", world.foreign)):
            assert "公安车管 1 件" not in text(browser(user).get(reverse("admin:index")))

    def test_exceptions_wait_for_the_reviewer(self, world, staff):
        case = households.register(world.own, state="submitted")
        rule = next(rule for rule in case.veto_rules if rule.allows_exception)
        VetoAnswer.objects.create(
            case=case, round=1, rule=rule, is_met=True, reason="残疾人专用车",
            proposed_by=staff.chair,
        )  # fmt: skip
        shown = text(browser(staff.district).get(reverse("admin:index")))
        assert "一票否决例外待批准" in shown
        assert page(case) in shown
        for user in (staff.clerk, world.user("aid_reviewer", world.foreign)):
            assert "一票否决例外待批准" not in text(browser(user).get(reverse("admin:index")))

    def test_nothing_is_asked_for_who_has_no_part(self, world):
        user = world.user("clerk")
        assert user.is_staff
        with CaptureQueriesContext(connection) as asked:
            assert not [*waiting.comparisons(user), *waiting.exceptions(user)]
        assert len(asked) == 0
