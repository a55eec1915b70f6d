"""Files, families, money, visits and the old register as tired clerks send them."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import workflow
from core.errors import NotPermitted
from core.indicators import compute
from core.jobs import run_now
from core.models import AuditEvent, DeclaredKin, SheetImport
from core.periods import Period
from core.sheets import exports, imports, undo
from hardship import rules
from hardship.models import (
    Case,
    Expense,
    FamilyMember,
    Grant,
    GrantCap,
    Household,
    Income,
    Recognition,
    Visit,
)
from tests.factories import hardship as households
from tests.factories.members import resident_number
from tests.members.test_sheets import bring, codes

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(world):
    households.rulebook(world.city)
    return households.Staff(world)


@pytest.fixture
def city_clerk(world):
    return world.user("aid_clerk")


@pytest.fixture
def approver(world, staff):
    return staff.approver


def row(number=None, **more):
    return {
        "姓名": "张建国",
        "证件号码": number or resident_number(),
        "所属工会": "own",
        "主要致困原因": "本人大病",
        "家庭人口": "3人",
        "家庭年收入": "36,000元",
        "住房类型": "租房",
        "人员状况": "在岗",
        "申请日期": f"{timezone.localdate()}",
        "签署核对授权书日期": f"{timezone.localdate()}",
        **more,
    }


def kin(head, number=None, **more):
    return {
        "户主证件号码": head,
        "与申请人关系": "子女",
        "姓名": "张小明",
        "证件号码": number or resident_number(),
        "人员状况": "在校学生",
        **more,
    }


def flow(head, amount="3000", **more):
    first, last = rules.window(timezone.localdate(), 12)
    return {
        "户主证件号码": head,
        "收入种类": "工资性收入",
        "每月金额": amount,
        "起始月份": f"{first:%Y-%m}",
        "截止月份": f"{last:%Y年%m月}",
        **more,
    }


def old(number=None, since="2019-03-02", **more):
    return row(number) | {
        "困难类别": "深度困难",
        "档案级别": "市级",
        "建档日期": since,
        "原认定文号": "江工困〔2019〕3号",
        "申请日期": "",
        "签署核对授权书日期": "",
        **more,
    }


def paid(head, on="2021-02-01", amount="3000.00", **more):
    return {
        "户主证件号码": head,
        "帮扶种类": "生活救助",
        "资金来源": "市级财政",
        "金额": amount,
        "发放日期": on,
        **more,
    }


def take_back(by, made=None):
    made = made or SheetImport.objects.latest("pk")
    with transaction.atomic():
        asked = undo.start(made, by=by, send=False)
    done = run_now(asked)
    assert done.state == "done", done.error


def bring_old(rows, world, by, sheet="hardship_takeover", **options):
    return bring(sheet, rows, world.city, by, **options)


# Linked tables.


def test_files_families_and_money_make_drafts_that_can_be_reckoned(world, staff, city_clerk):
    heads = [resident_number(), resident_number()]
    made = bring("hardship_files", [row(one) for one in heads], world.city, city_clerk)
    assert (made["created"], codes(made)) == (2, [])
    child = resident_number(born=datetime.date(2010, 5, 6))
    family = [kin(heads[0], child), kin(heads[0], **{"与申请人关系": "妻子", "人员状况": "无业"})]
    assert bring("hardship_family", family, world.city, city_clerk)["created"] == 2
    money = [flow(one, amount) for one, amount in zip(heads, ("3000", "900.50"), strict=True)]
    assert bring("hardship_incomes", money, world.city, city_clerk)["created"] == 2
    spent = flow(heads[0], "1500", 成员证件号码=child)
    spent["支出种类"] = "医疗费"
    del spent["收入种类"]
    assert bring("hardship_expenses", [spent], world.city, city_clerk)["created"] == 1

    case = Case.objects.get(members__certificate_index=workflow.identity(heads[0]), is_open=True)
    assert (case.state, case.organisation, case.members.count()) == ("draft", world.own, 3)
    assert case.applicant.name == case.applicant_name == "张建国"
    assert case.assessment.tier == "deep"  # 36 000 less 18 000 for three persons
    assert Expense.objects.get().member.certificate_number.clear() == child
    told = [made.label for made in workflow.decisions(case)]
    assert told == ["建立"]
    assert bytes(workflow.decisions(case).get().person) == city_clerk.certificate_index
    acts = AuditEvent.objects.filter(object_type="hardship.Case", object_id=str(case.pk))
    assert list(acts.values_list("action", flat=True)) == ["hardship.case.begin"]
    assert AuditEvent.objects.filter(action="hardship.familymember.add").count() == 4
    assert not AuditEvent.objects.filter(object_label__contains=heads[0]).exists()


def test_a_draft_that_lacks_much_goes_out_and_in(world, staff, city_clerk, approver, tmp_path):
    line = {name: row()[name] for name in ("姓名", "证件号码", "所属工会", "人员状况")}
    bring("hardship_files", [line], world.city, city_clerk)
    case = Case.objects.get()
    assert (case.main_cause, case.housing, case.declared_persons) == ("", "", None)
    path = tmp_path / "out.csv"
    exports.write(path, sheet="hardship_files", organisation=world.city, by=approver)
    with transaction.atomic(), path.open("rb") as stream:
        made = imports.start(
            stream, name="out.csv", sheet="hardship_files", organisation=world.city,
            by=city_clerk, send=False,
        )  # fmt: skip
    run_now(made.job)
    made.refresh_from_db()
    assert (made.same, made.rejected) == (1, 0)
    bare = old()
    del bare["主要致困原因"]
    assert codes(bring_old([bare], world, approver)) == [(None, "heading_missing")]


def test_who_was_on_file_brings_the_household_along(world, staff, city_clerk):
    number = resident_number()
    before = households.register(world.own, state="closed", is_open=False)
    spouse = households.member("spouse", "李梅", case=before, certificate_number=number)
    spouse.is_open = False
    spouse.clean()
    spouse.save()
    bring("hardship_files", [row(number), row()], world.city, city_clerk)
    assert set(before.household.cases.values_list("state", flat=True)) == {"closed", "draft"}
    assert Household.objects.count() == 2


def test_a_draft_is_written_on_and_taken_back(world, staff, city_clerk):
    case = households.draft(world.own, by=staff.chair, persons=1)
    number = case.applicant.certificate_number.clear()
    bring(
        "hardship_files", [row(number, 姓名="王建设", 手机号="13800000004")], world.own, staff.chair
    )
    case = Case.objects.get(pk=case.pk)
    assert (case.applicant_name, case.applicant.name) == ("王建设", "王建设")
    assert case.phone.clear() == "13800000004"
    again = bring("hardship_files", [row(number, 姓名="王建设")], world.own, staff.chair)
    assert (again["same"], again["updated"]) == (1, 0)
    take_back(staff.chair, SheetImport.objects.earliest("pk"))
    case = Case.objects.get(pk=case.pk)
    assert (case.applicant_name, case.applicant.name) == ("王建国", "王建国")


def test_who_has_checked_a_file_does_not_write_in_it(world, staff):
    case = households.travel(households.draft(world.own, by=staff.chair), staff, to="district")
    workflow.apply(case, "return_review", by=staff.district, comment="请补充收入证明")
    reviewer = staff.committee  # who has checked it holds the right to write by now
    reviewer.assignments.create(organisation=world.own, role="chair", since=timezone.localdate())
    number = case.applicant.certificate_number.clear()
    reviewer = type(reviewer).objects.get(pk=reviewer.pk)
    made = bring("hardship_files", [row(number, 手机号="13800000009")], world.own, reviewer)
    assert codes(made) == [(2, "four_eyes")]


def test_a_file_on_its_road_is_not_written_in(world, staff):
    case = households.travel(
        households.draft(world.own, by=staff.chair, persons=1), staff, to="submitted"
    )
    number = case.applicant.certificate_number.clear()
    for sheet, line in [
        ("hardship_files", row(number, 手机号="13800000009")),
        ("hardship_family", kin(number)),
        ("hardship_incomes", flow(number, "1.00", 发放或收取单位="乙厂")),
    ]:
        made = bring(sheet, [line], world.own, staff.chair)
        assert codes(made) == [(2, "not_editable")]
        assert "待基层工会初审" in made["errors"][0]["message"]
    assert not Income.objects.filter(payer="乙厂").exists()


# Tired clerks.


def test_what_a_tired_clerk_sends_is_named_row_by_row(world, staff, city_clerk):
    twice = resident_number()
    rows = [
        row(),
        row("3.30600196503E+17"),
        row(所属工会="没有的工会"),
        row(twice),
        row(f" {twice}　"),
        row(主要致困原因="其他"),
        row(次要致困原因="本人大病、残疾"),
        row(resident_number()[:-1] + "A"),
        {"姓名": "合计", "家庭人口": "21"},
    ]
    made = bring("hardship_files", rows, world.city, city_clerk)
    assert codes(made) == [
        (3, "digits_lost"),
        (4, "unknown_organisation"),
        (5, "duplicate_in_file"),
        (6, "duplicate_in_file"),
        (7, "required"),
        (8, "bad_causes"),
        (9, "resident_number_form"),
    ]
    assert (made["read"], Case.objects.count(), Household.objects.count()) == (8, 0, 0)
    part = bring("hardship_files", rows, world.city, city_clerk, is_strict=False)
    assert (part["created"], part["rejected"]) == (1, 7)


def test_a_member_stands_in_one_household(world, staff, city_clerk):
    heads = [resident_number() for _ in range(2)]
    bring("hardship_files", [row(one) for one in heads], world.city, city_clerk)
    child, other = resident_number(), resident_number()
    taken = households.register(world.foreign).applicant.certificate_number.clear()
    made = bring(
        "hardship_family",
        [
            kin(heads[0], child),
            kin(heads[1], child),
            kin(resident_number(), other),
            kin(heads[1], heads[0]),
            kin(heads[1], heads[1]),
            kin(heads[1], taken),
            kin(heads[1], 与申请人关系="本人"),
        ],
        world.city,
        city_clerk,
    )
    assert codes(made) == [
        (2, "duplicate_in_file"),
        (3, "duplicate_in_file"),
        (4, "unknown_file"),
        (5, "in_open_file"),
        (6, "applicant"),
        (7, "in_open_file"),
        (8, "unknown_choice"),
    ]
    said = " ".join(error["message"] for error in made["errors"])
    assert not any(number in said for number in [*heads, child, taken])
    assert "丙厂" not in said


def test_money_is_of_a_member_of_the_household(world, staff, city_clerk):
    head = resident_number()
    bring("hardship_files", [row(head)], world.city, city_clerk)
    lines = [
        flow(head),
        flow(head, "2000"),
        flow(head, 成员证件号码=resident_number()),
        flow(head, 收入种类="其他收入", 起始月份="2026-05", 截止月份="2026-02"),
        flow(head, 收入种类="经营净收入", 起始月份="去年"),
        flow(head, "-500.00", 收入种类="财产净收入"),
    ]
    made = bring("hardship_incomes", lines, world.city, city_clerk, is_strict=False)
    assert codes(made) == [
        (2, "duplicate_in_file"),
        (3, "duplicate_in_file"),
        (4, "unknown_member"),
        (5, "months_backward"),
        (6, "bad_month"),
    ]
    assert Income.objects.get().amount == Decimal("-500.00")


# Whose files.


def test_nobody_reaches_beyond_his_scope(world, staff):
    foreign = households.register(world.foreign, state="draft", tier="")
    number = foreign.applicant.certificate_number.clear()
    assert codes(bring("hardship_files", [row(number)], world.own, staff.chair)) == [
        (2, "in_open_file")
    ]
    assert codes(bring("hardship_files", [row(所属工会="foreign")], world.own, staff.chair)) == [
        (2, "unknown_organisation")
    ]
    for sheet, line in [
        ("hardship_family", kin(number)),
        ("hardship_incomes", flow(number)),
        ("hardship_visits", visit(number, staff.committee)),
    ]:
        assert codes(bring(sheet, [line], world.own, staff.chair)) == [(2, "unknown_file")]
    assert foreign.members.count() == 1


def test_nobody_writes_about_himself_and_his_kin(world, staff, approver):
    chair = staff.chair
    relative = resident_number()
    DeclaredKin.objects.create(
        user=chair, name="张三", relation="collateral", certificate_number=relative
    )
    own = chair.certificate_number.clear()
    made = bring("hardship_files", [row(own), row(relative)], world.own, chair)
    assert codes(made) == [(2, "concerned"), (3, "concerned")]
    made = bring_old([old(approver.certificate_number.clear())], world, approver)
    assert codes(made) == [(2, "concerned")]


def test_an_account_without_a_number_brings_nothing_in(world, staff):
    clerk = world.user("aid_clerk", certificate_number="")
    assert codes(bring("hardship_files", [row()], world.city, clerk)) == [(2, "identity_missing")]
    head = households.register(world.own).applicant.certificate_number.clear()
    made = bring("hardship_visits", [visit(head, staff.second)], world.city, clerk)
    assert codes(made) == [(2, "identity_missing")]


# Visits.


def visit(head, *people, on=None, **more):
    return {
        "户主证件号码": head,
        "走访种类": "走访慰问",
        "走访日期": f"{on or timezone.localdate()}",
        "走访人": "、".join(person.username for person in people),
        "走访情况": "慰问金已送达",
        **more,
    }


def test_visits_are_entered_once_and_only_of_households_on_file(world, staff):
    case = households.register(world.own)
    head = case.applicant.certificate_number.clear()
    draft = households.register(world.own, state="draft", tier="")
    drafted = draft.applicant.certificate_number.clear()
    rows = [
        visit(head, staff.committee, staff.second),
        visit(head, staff.committee, on="2026-01-05"),
        visit(drafted, staff.committee),
        visit(head, staff.committee, on="2026-01-06", 走访种类="入户调查"),
        visit(head, staff.approver, on="2026-01-07"),
    ]
    made = bring("hardship_visits", rows, world.own, staff.chair, is_strict=False)
    assert codes(made) == [(4, "not_on_file"), (5, "unknown_choice"), (6, "unknown_account")]
    assert set(Visit.objects.get(held_on=timezone.localdate()).visitors.all()) == {
        staff.committee,
        staff.second,
    }
    again = bring("hardship_visits", rows[:2], world.own, staff.chair)
    assert (again["same"], again["created"]) == (2, 0)
    other = visit(head, staff.second, on="2026-01-05")
    assert codes(bring("hardship_visits", [other], world.own, staff.chair)) == [(2, "entered")]
    found = compute(
        ["hardship.visits", "hardship.visit_households"],
        organisation=world.city,
        period=Period.parse("2026"),
        by=None,
    )
    assert [figure.value for figure in found] == [2, 1]


def test_a_visitor_does_not_visit_his_kin(world, staff):
    case = households.register(world.own)
    head = case.applicant.certificate_number.clear()
    DeclaredKin.objects.create(
        user=staff.committee, name="王建国", relation="linear", certificate_number=head
    )
    made = bring("hardship_visits", [visit(head, staff.committee)], world.own, staff.chair)
    assert codes(made) == [(2, "kin")]
    assert not Visit.objects.exists()


# 移交.


def figures(organisation, *codes, period="2021"):
    found = compute(
        [f"hardship.{code}" for code in codes],
        organisation=organisation,
        period=Period.parse(period),
        by=None,
    )
    return [figure.value for figure in found]


def test_the_old_register_counts_in_the_years_it_was_of(world, approver):
    today = timezone.localdate()
    heads = [resident_number() for _ in range(4)]
    rows = [
        old(heads[0], 农民工="是"),
        old(heads[1], "2020-05-06", 终止日期="2021-08-01", 终止原因="脱困退档"),
        old(heads[1], "2022-02-03", 困难类别="相对困难", 档案级别="全国级"),
        old(heads[2], 终止日期=f"{today - datetime.timedelta(days=30)}", 终止原因="脱困"),
        old(heads[3], 终止日期="2021-12-31", 终止原因="死亡注销"),
    ]
    made = bring_old(rows, world, approver)
    assert (made["created"], codes(made)) == (5, [])
    on_file = ["registered_households", "registered_migrant", "filed_households"]
    assert figures(world.city, *on_file) == [2, 1, 0]
    assert figures(world.city, *on_file, period="2020") == [4, 1, 1]
    assert figures(world.city, "exited_out", "cancelled_households") == [1, 1]
    back = ["filed_households", "reopened_households", "registered_national"]
    assert figures(world.city, *back, period="2022") == [1, 1, 1]

    assert Household.objects.count() == 4
    case = Case.objects.get(state="filed", tier="deep")
    assert (case.taken_over_on, case.applied_on.isoformat()) == (today, "2019-03-02")
    assert case.recheck_due >= today
    assert case.recheck_due.month == 3
    assert case.household.since == case.filed_on
    recognition = case.first_recognition
    assert recognition.steps == [
        ["移交认定", "按原档案登记，未重新计算", "深度困难", "江工困〔2019〕3号"]
    ]
    assert (recognition.standard.document, recognition.rule.tier) == ("江政发〔2019〕1号", "deep")
    told = workflow.told(case)
    assert [(one.what, one.duty, one.target) for one in told] == [("移交登记", "", "在档")]
    assert "江工困〔2019〕3号" in told[0].comment
    states = Case.objects.order_by("applied_on", "pk").values_list("state", "is_open")
    assert sorted(states) == [
        ("closed", False), ("closed", False), ("filed", True), ("filed", True), ("watch", True)
    ]  # fmt: skip


def test_an_old_file_that_contradicts_is_refused(world, approver):
    head = resident_number()
    opened = households.register(world.foreign).applicant.certificate_number.clear()
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    rows = [
        old(head, "2020-05-06", 终止日期="2021-08-01", 终止原因="脱困退档"),
        old(head, "2021-07-31"),
        old(since="2018-12-31"),
        old(终止日期="2021-01-01"),
        old(终止原因="脱困退档"),
        old(终止日期="2019-01-01", 终止原因="脱困退档"),
        old(opened),
        old(since=f"{tomorrow}"),
    ]
    made = bring_old(rows, world, approver)
    assert codes(made) == [
        (3, "overlapping"),
        (4, "undocumented"),
        (5, "required"),
        (6, "required"),
        (7, "ended_before_filed"),
        (8, "in_open_file"),
        (9, "bad_date"),
    ]
    assert "低保标准" in made["errors"][1]["message"]
    assert not Recognition.objects.exists()


def test_a_place_without_the_rule_of_the_day_is_told(world, approver):
    households.TierRule.objects.filter(tier="relative").delete()
    made = bring_old([old(困难类别="相对困难")], world, approver)
    assert codes(made) == [(2, "undocumented")]
    assert "认定规则" in made["errors"][0]["message"]


def test_old_families_and_grants_follow_their_files(world, approver):
    head, child = resident_number(), resident_number(born=datetime.date(2008, 5, 6))
    first = old(head, "2019-03-02", 终止日期="2020-06-01", 终止原因="解困")
    bring_old([first, old(head, "2021-01-04")], world, approver)
    families = [kin(head, child), kin(head, child, 建档日期="2019-03-02")]
    made = bring_old(families, world, approver, "hardship_takeover_family")
    assert (made["created"], codes(made)) == (2, [])
    assert FamilyMember.objects.filter(is_open=True).count() == 2
    rows = [
        paid(head, "2021-02-01"),
        paid(head, "2021-09-01", "2000.50", 帮扶种类="子女助学", 受助人证件号码=child),
        paid(head, "2019-12-20", "500"),
        paid(head, "2018-12-20"),
        paid(head, f"{timezone.localdate()}"),
        paid(head, "2021-03-01", 受助人证件号码=resident_number()),
        paid(resident_number()),
    ]
    made = bring_old(rows, world, approver, "hardship_takeover_grants", is_strict=False)
    assert codes(made) == [
        (5, "not_on_file"),
        (6, "not_before"),
        (7, "unknown_member"),
        (8, "unknown_file"),
    ]
    assert figures(world.city, "relief_amount", "relief_persons", "relief_households") == [
        Decimal("5000.50"), 2, 1
    ]  # fmt: skip
    assert Grant.objects.get(paid_on="2019-12-20").case.filed_on == datetime.date(2019, 3, 2)
    again = bring_old(rows[:3], world, approver, "hardship_takeover_grants")
    assert (again["same"], again["created"]) == (3, 0)
    other = bring_old([paid(head, "2021-02-01", "1")], world, approver, "hardship_takeover_grants")
    assert codes(other) == [(2, "entered")]


def test_a_file_that_was_taken_over_goes_on_like_any_other(world, staff, approver):
    head = resident_number()
    bring_old([old(head)], world, approver)
    case = Case.objects.get()
    made = bring_old([old(head, 家庭人口="5")], world, approver)
    assert codes(made) == [(2, "entered")]
    workflow.apply(case, "recheck", by=staff.chair)
    family = bring_old([kin(head)], world, approver, "hardship_takeover_family")
    assert codes(family) == [(2, "not_editable")]
    assert bring("hardship_family", [kin(head)], world.own, staff.chair)["created"] == 1


def test_an_old_register_is_taken_back_as_a_whole(world, approver):
    head = resident_number()
    bring_old([old(head, "2019-03-02", 终止日期="2020-06-01", 终止原因="解困"),
               old(head, "2021-01-04"), old()], world, approver)  # fmt: skip
    take_back(approver)
    for model in (Case, Household, FamilyMember, Recognition):
        assert not model.objects.exists()
    assert AuditEvent.objects.filter(action="hardship.recognition.withdraw").count() == 3


def test_only_who_takes_over_brings_the_old_register(world, staff, approver):
    for clerk in (staff.chair, staff.clerk, staff.district, world.user("aid_clerk")):
        assert not clerk.has_perm("hardship.takeover_case")
    assert approver.has_perm("hardship.takeover_case")
    assert not approver.has_perm("hardship.add_case")


def test_the_page_of_an_old_file_says_what_it_was_decided_on(world, staff, approver, client):
    bring_old([old()], world, approver)
    client.force_login(staff.chair)
    page = client.get(Case.objects.get().get_absolute_url()).content.decode()
    assert "按原档案登记，未重新计算" in page
    assert page.count("江工困〔2019〕3号") >= 2
    assert "移交登记" in page


# Grants and answers.


def given(head, amount="1000.00", **more):
    return {
        "户主证件号码": head,
        "帮扶种类": "生活救助",
        "资金来源": "市级帮扶资金",
        "金额": amount,
        "帮扶期间起": "2026-01-01",
        "帮扶期间止": "2026-12-31",
        **more,
    }


def test_grants_are_laid_down_within_their_caps(world, staff, city_clerk):
    GrantCap.objects.create(
        organisation=world.city, amount=3000, document="江工发〔2026〕1号", since="2026-01-01"
    )
    cases = [households.register(world.own, account=f"62220200000000000{n:02}") for n in range(3)]
    heads = [case.applicant.certificate_number.clear() for case in cases]
    Case.objects.filter(pk=cases[2].pk).update(state="draft")
    rows = [
        given(heads[0], "2000"),
        given(heads[0], "1000", 帮扶种类="医疗救助"),
        given(heads[0], "0.01", 帮扶种类="送温暖慰问"),
        given(heads[1], 资金来源="中央财政"),
        given(heads[1], 受助人证件号码=resident_number(), 帮扶种类="医疗救助"),
        given(heads[2]),
        given(heads[2], "500", 帮扶种类="临时救助"),
        given(resident_number()),
    ]
    made = bring("hardship_grants", rows, world.city, city_clerk, is_strict=False)
    assert codes(made) == [
        (4, "above_cap"),
        (5, "source"),
        (6, "unknown_member"),
        (7, "not_on_file"),
        (9, "unknown_file"),
    ]
    amounts = Grant.objects.order_by("amount").values_list("amount", flat=True)
    assert list(amounts) == [500, 1000, 2000]
    assert set(Grant.objects.values_list("laid_by", "paid_on")) == {(city_clerk.pk, None)}
    again = bring("hardship_grants", rows[:2], world.city, city_clerk)
    assert (again["same"], again["created"]) == (2, 0)
    other = [given(heads[0], "1", 帮扶期间起="2026-06-01")]
    assert codes(bring("hardship_grants", other, world.city, city_clerk)) == [(2, "given_already")]


def test_an_authority_is_told_names_and_numbers_and_nothing_else(world, staff, tmp_path):
    case = households.register(
        world.own, state="comparison", phone="13800000001", address="新街1号"
    )
    head = case.applicant.certificate_number.clear()
    spouse = households.member("spouse", "李梅", case=case)
    spouse.clean()
    spouse.save()
    case.data_checks.create(round=1, source="vehicles")
    case.data_checks.create(round=1, source="taxation")
    path = tmp_path / "out.csv"
    export = {"organisation": world.district, "by": staff.checker}
    assert exports.write(path, sheet="hardship_checks_vehicles", **export) == 1
    said = path.read_text("utf-8-sig")
    assert head in said
    assert f"李梅 {spouse.certificate_number.clear()}" in said
    assert "13800000001" not in said
    assert "新街" not in said
    assert AuditEvent.objects.get(action="core.sheet.export").changes["rows"] == 1
    with pytest.raises(NotPermitted):
        exports.write(
            path, sheet="hardship_checks_vehicles", organisation=world.district, by=staff.clerk
        )

    answer = {"户主证件号码": head, "查有记录": "有", "答复内容": "小型客车一辆"}
    made = bring("hardship_checks_vehicles", [answer], world.district, staff.checker)
    assert (made["created"], codes(made)) == (1, [])
    check = case.data_checks.get(source="vehicles")
    assert (check.is_hit, check.finding.clear(), check.verdict) == (True, "小型客车一辆", "")
    assert check.answered_on == timezone.localdate()
    assert exports.write(path, sheet="hardship_checks_vehicles", **export) == 0
    told = AuditEvent.objects.get(action="hardship.datacheck.answer")
    assert "客车" not in str(told.changes)
    assert "信息比对" in [made.label for made in workflow.decisions(case)]
    wrong = [answer | {"答复内容": ""}]
    made = bring("hardship_checks_taxation", wrong, world.district, staff.checker)
    assert codes(made) == [(2, "required")]
    made = bring("hardship_checks_market", [answer], world.district, staff.checker)
    assert codes(made) == [(2, "not_asked")]


def test_an_answer_waits_for_its_stage(world, staff):
    case = households.register(world.own, state="district")
    case.data_checks.create(round=1, source="vehicles")
    head = case.applicant.certificate_number.clear()
    answer = {"户主证件号码": head, "查有记录": "无"}
    made = bring("hardship_checks_vehicles", [answer], world.district, staff.checker)
    assert codes(made) == [(2, "wrong_state")]


# However many rows.


@pytest.mark.parametrize("sheet", ["files", "family", "incomes", "visits", "takeover"])
def test_more_rows_ask_no_more_questions(sheet, world, staff, city_clerk, approver):
    def lines(count):
        heads = [resident_number() for _ in range(count)]
        if sheet == "takeover":
            return [old(head) for head in heads], approver
        if sheet == "files":
            return [row(head) for head in heads], city_clerk
        if sheet == "visits":
            bring_old([old(head) for head in heads], world, approver)
            return [visit(head, staff.committee, staff.second) for head in heads], city_clerk
        bring("hardship_files", [row(head) for head in heads], world.city, city_clerk)
        made = kin if sheet == "family" else flow
        return [made(head) for head in heads], city_clerk

    asked = []
    for count in (2, 20):
        rows, by = lines(count)
        with CaptureQueriesContext(connection) as queries:
            made = bring(f"hardship_{sheet}", rows, world.city, by)
        assert (made["created"], codes(made)) == (count, [])
        asked.append(len(queries))
    assert asked[1] <= asked[0] + 2
