"""The documents by which households are judged, and a file's causes, as staff fill them in."""

import pytest
from django.urls import reverse

from hardship.models import VetoRule
from tests.factories import hardship as households
from tests.hardship.pages import again, browser, page, text, ticked

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def case(world, staff):
    return households.draft(world.own, by=staff.chair)


class TestDocuments:
    URL = "admin:hardship_procedure_change"

    def test_authorities_are_ticked_and_read_as_words(self, staff, world):
        reader = browser(world.user("aid_clerk"))
        row = households.Procedure.objects.get()
        url = reverse(self.URL, args=[row.pk])
        form = text(browser(staff.approver).get(url))
        assert form.count('name="checked_sources"') == 8
        assert ticked(form, "checked_sources") == 2
        data = {
            "organisation": row.organisation_id,
            "document": row.document,
            "since": row.since.isoformat(),
            "recheck_months": 12,
            "exit_times": "1.5",
            "watch_months": 12,
        }
        browser(staff.approver).post(url, data | {"checked_sources": ["taxation", "market"]})
        assert sorted(again(row).checked_sources) == ["market", "taxation"]
        shown = text(reader.get(url))
        assert "市场监管、税务" in shown
        assert "taxation" not in shown
        browser(staff.approver).post(url, data)
        assert again(row).checked_sources == []
        assert "全部" in text(reader.get(url))
        browser(staff.approver).post(url, data | {"checked_sources": ["neighbours"]})
        assert again(row).checked_sources == []

    def test_a_circumstance_gets_its_code_from_its_words(self, staff, world):
        data = {
            "organisation": world.district.pk,
            "label": "近三年购买大额商业保险",
            "document": "东工发〔2026〕3号",
            "since": "2026-01-01",
        }
        url = reverse("admin:hardship_vetorule_add")
        browser(staff.approver).post(url, data)
        assert VetoRule.objects.get(organisation=world.district).code == "jsngmdesybx"
        shown = text(browser(staff.approver).post(url, data))
        assert "与同一范围已有的规定日期重叠" in shown
        browser(staff.approver).post(url, data | {"code": "insurance"})
        assert VetoRule.objects.filter(code="insurance").exists()

    def test_a_cap_without_a_kind_is_for_all_kinds(self, staff, world):
        url = reverse("admin:hardship_grantcap_add")
        assert "各类合计" in text(browser(staff.approver).get(url))
        data = {"organisation": world.city.pk, "document": "江工发〔2026〕3号", "amount": "8000"}
        browser(staff.approver).post(url, data | {"since": "2026-01-01", "kind": ""})
        lists = text(browser(staff.approver).get(reverse("admin:hardship_grantcap_changelist")))
        assert "各类合计" in lists.partition("result_list")[2]

    def test_further_causes_are_three_at_most(self, case, staff):
        data = {
            "applied_on": case.applied_on.isoformat(),
            "main_cause": "own_illness",
            "declared_persons": "3",
            "declared_income": "36000",
            "housing": "rented",
        }
        chosen = ["schooling", "disability", "laid_off", "disaster"]
        shown = text(browser(staff.clerk).post(page(case), data | {"further_causes": chosen}))
        assert "次要致困原因最多三项" in shown
        same = text(
            browser(staff.clerk).post(page(case), data | {"further_causes": ["own_illness"]})
        )
        assert "不能重复，也不能与主要原因相同" in same
        assert again(case).further_causes == []
        browser(staff.clerk).post(page(case), data | {"further_causes": chosen[:3]})
        assert again(case).further_causes == chosen[:3]
        assert "子女上学、残疾、下岗失业" in text(browser(staff.district).get(page(case)))
