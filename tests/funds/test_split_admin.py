"""Splitting on the screens of those who keep rules, give out what was held, and split again."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from core import inbox, jobs
from core.models import Job
from funds import examples
from funds.models import (
    Allocation,
    Distribution,
    Due,
    JournalEntry,
    SpecialPayer,
    SplitRule,
    SupportMeasure,
)
from funds.services import custody
from members.services import unions
from tests.factories import splits
from tests.factories.splits import line, rule, split

pytestmark = pytest.mark.django_db
day = datetime.date


def url(name, *args):
    return reverse(f"admin:funds_{name}", args=args)


class Desk(Client):
    def __init__(self, user):
        super().__init__()
        self.user = user
        self.force_login(user)

    def press(self, name, *args, **data):
        answer = self.post(url(name, *args), data, follow=True)
        assert answer.status_code == 200
        return answer.content.decode()

    def sees(self, name, *args, **query):
        return self.get(url(name, *args), query).content.decode()


@pytest.fixture
def approver(world):
    return Desk(world.user("finance_approver"))


@pytest.fixture
def maker(world):
    return Desk(world.user("finance_maker"))


def test_examples_are_loaded_once(world, approver):
    told = approver.press("splitrule_examples", organisation=world.city.pk)
    assert f"已载入 {len(examples.SPLITS) + len(examples.MEASURES)} 条" in told
    approver.press("splitrule_examples", organisation=world.city.pk)
    assert SplitRule.objects.count() == len(examples.SPLITS)
    assert SupportMeasure.objects.count() == len(examples.MEASURES)
    told = approver.sees("splitrule_changelist", kind="preparation")
    assert "代管 100%" in told
    assert "示例〔2020〕4号" in told


def test_a_used_rule_offers_its_end_alone(world, approver):
    used = rule(world.city)
    split(line(splits.batch(world.city), union=world.own))
    told = approver.sees("splitrule_change", used.pk)
    assert 'name="valid_to"' in told
    assert 'name="grassroots"' not in told
    assert "只能填写所属期止" in told
    approver.press("splitrule_change", used.pk, valid_to="2026-12-31")
    used.refresh_from_db()
    assert used.valid_to == day(2026, 12, 31)


def test_an_overlapping_rule_is_refused_in_words(world, approver):
    rule(world.city)
    shares = dict.fromkeys(["town", "district", "municipal", "provincial", "national", "held"], "0")
    told = approver.press(
        "splitrule_add",
        organisation=world.city.pk,
        kind="dues",
        payer_class="general",
        document_number="江工发〔2026〕2号",
        valid_from="2026-01-01",
        levy="2",
        grassroots="100",
        tie_order="up",
        due_after="month",
        due_days="0",
        **shares,
    )
    assert "重叠" in told
    assert SplitRule.objects.count() == 1


def test_a_special_payer_is_named_by_its_code(world, approver):
    firm = splits.payer(world.own)
    facts = {"payer_class": "finance", "valid_from": "2026-01-01", "document_number": ""}
    assert "没有代码为" in approver.press("specialpayer_add", code="91330600XXXXXXXXXX", **facts)
    approver.press("specialpayer_add", code=firm.credit_code, **facts)
    made = SpecialPayer.objects.get()
    assert made.employer == firm
    told = approver.press("specialpayer_change", made.pk, **facts | {"valid_to": "2026-06-30"})
    made.refresh_from_db()
    assert (made.employer, made.valid_to) == (firm, day(2026, 6, 30)), told


def test_a_distribution_shows_parts_dues_and_entry(world, maker):
    rule(world.city)
    got = line(splits.batch(world.city), "24691.36", union=world.own)
    made = split(got)
    told = maker.sees("distribution_change", made.pk)
    for words in ("各级分成（1 笔缴款）", "14,814.82", "甲厂工会委员会", "402 拨缴经费收入"):
        assert words in told
    entry = JournalEntry.objects.get()
    told = maker.sees("journalentry_change", entry.pk)
    assert "东湖区总工会" in told
    assert "3,703.70" in told
    assert "24,691.36" in maker.sees("journalentry_changelist")
    version = Allocation.objects.get()
    for told in (
        maker.sees("allocation_change", version.pk),
        maker.sees("collectionline_change", got.pk),
    ):
        assert "另得尾差 1 分，为 14,814.82 元。" in told


def test_a_long_entry_is_summed_by_account(world, maker, monkeypatch):
    monkeypatch.setattr("funds.admin.books.SHOWN", 3)
    rule(world.city)
    split(line(splits.batch(world.city), union=world.own))
    told = maker.sees("journalentry_change", JournalEntry.objects.get().pk)
    assert "按科目合计" in told
    assert "分录（前 3 条）" in told


def test_a_clerk_gives_out_a_preparation_fund(world, maker):
    rule(world.city, {"held": 100}, kind="preparation")
    rule(world.city, kind="released")
    firm = splits.payer(world.town)
    split(line(splits.batch(world.city), payer=firm, fund_kind="preparation"))
    assert firm.name not in maker.sees("distribution_found")
    unions.cover(firm, union=world.own, since=day(2026, 7, 1), by=world.user("clerk"))
    (entry,) = inbox.waiting_for(maker.user)
    assert (entry.what, entry.whose) == ("建会返还筹备金", f"{firm.name}等")
    assert "代管 100.00 元，工会为“甲厂工会委员会”" in maker.get(entry.url).content.decode()
    assert firm.name in maker.sees("allocation_changelist", version="found")
    assert "请勾选要返还的单位" in maker.press("distribution_found")
    assert "建立 1 张分配单" in maker.press("distribution_found", employers=[firm.pk])
    assert splits.due(world.own) == 60
    assert not inbox.waiting_for(maker.user)


def test_a_clerk_releases_what_was_kept(world, maker):
    rule(world.city)
    splits.account(world.own, own=False)
    split(line(splits.batch(world.city), union=world.own))
    assert "代管 60.00 元" not in maker.sees("distribution_release")
    splits.account(world.own)
    (entry,) = inbox.waiting_for(maker.user)
    assert entry.what == "转出代管经费"
    assert "甲厂工会委员会：代管 60.00 元" in maker.get(entry.url).content.decode()
    maker.press("distribution_release", unions=[world.own.pk])
    assert not Due.objects.held().exists()
    assert custody.release(world.own, by=None) == []


def test_receipts_of_a_region_are_split_again(world, approver):
    rule(world.city)
    batch = splits.batch(world.city)
    here, there = line(batch, union=world.own), line(batch, union=world.foreign)
    split(here)
    rule(world.city, {"grassroots": 70, "municipal": 30}, valid_from=day(2026, 1, 1))
    asked = {
        "organisation": world.city.pk,
        "within": world.district.pk,
        "first": "2026-03-01",
        "last": "2026-03-31",
        "reason": "省总文件追溯调整",
    }
    told = approver.press("distribution_resplit", **asked | {"last": "2026-02-01"})
    assert "截止日期不能早于起始日期" in told
    told = approver.press(
        "distribution_resplit", **asked | {"first": "2020-01-01", "last": "2020-01-31"}
    )
    assert "没有已分配的缴款" in told
    assert "已开始重新分配" in approver.press("distribution_resplit", **asked)
    job = jobs.run_now(Job.objects.get(kind="funds.resplit"))
    assert "差额已入账" in job.result["summary"]
    assert splits.parts(here)["grassroots"] == "70.00"
    assert splits.parts(there)["grassroots"] == "60.00"
    assert Distribution.objects.get(kind="resplit").reason == "省总文件追溯调整"
