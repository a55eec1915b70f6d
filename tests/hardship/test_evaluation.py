"""Third-party evaluation from the drawing to the answer, through the doors of those who do it."""

import datetime

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from core.errors import NotPermitted, OutOfScope, Refused
from core.indicators import compute
from core.models import AuditEvent
from core.periods import Period
from hardship.models import EvaluatedHousehold, EvaluationSample, Recognition, SampleItem
from hardship.services import evaluation
from tests.factories import hardship as households
from tests.hardship.test_screens import browser, text

pytestmark = pytest.mark.django_db
DAY = datetime.date


@pytest.fixture
def city(world):
    """Households of two districts: five on file and two that left in the one, two in the other."""
    households.rulebook(world.city)
    world.approver = world.user("aid_approver")
    world.evaluator = world.user("evaluator")
    world.cases = [on_file(world.own) for _ in range(3)]
    world.cases += [on_file(world.sibling, tier="relative") for _ in range(2)]
    world.gone = [left(world.own) for _ in range(2)]
    world.far = [on_file(world.foreign) for _ in range(2)]
    return world


def on_file(place, **fields):
    case = households.register(place, **fields)
    households.recognition(case, "2020-03-01")
    return case


def left(place, until="2021-06-01", ending="out", **fields):
    case = households.register(place, **fields)
    households.recognition(case, "2020-03-01", until, ending=ending)
    return case


def sample(world, **fields):
    facts = {
        "organisation": world.city,
        "title": "2021年度第三方评估",
        "first": DAY(2021, 1, 1),
        "last": DAY(2021, 12, 31),
        "size": 4,
        "agency": "江城评估咨询中心",
        "evaluator": world.evaluator,
    }
    return EvaluationSample(**facts | fields)


def drawn(world, **fields):
    return evaluation.draw(sample(world, **fields), by=world.approver)


def judged(world, **fields):
    """A sample of everybody: of the district one is wrong and one wrongly closed."""
    made = drawn(world, size=9, **fields)
    amiss = {world.cases[0].pk: "wrong", world.gone[0].pk: "wrongly_closed"}
    for item in made.items.all():
        verdict = amiss.get(item.case_id, "accurate")
        evaluation.judge(item, verdict=verdict, remark="已入户核对", by=world.evaluator)
    return made


# Drawing.


def test_the_strata_of_a_sample_are_in_proportion(city):
    made = drawn(city)
    strata = {}
    for item in made.items.all():
        key = (item.district.code, item.tier, item.standing)
        strata[key] = strata.get(key, 0) + 1
    # Shares of 4 in 9: 1.33, 0.89, 0.89, 0.89.
    assert strata == {
        ("district", "deep", "on_file"): 1,
        ("district", "relative", "on_file"): 1,
        ("district", "deep", "left"): 1,
        ("other_district", "deep", "on_file"): 1,
    }
    assert made.population == 9
    assert "分为 4 层" in made.rule
    assert [item.code for item in made.items.all()] == ["A-0001", "A-0002", "A-0003", "A-0004"]


def test_the_population_is_that_of_place_and_period(city):
    adjusted = households.register(city.own, tier="relative")
    households.recognition(adjusted, "2020-03-01", "2021-05-01", ending="adjusted", tier="deep")
    households.recognition(adjusted, "2021-05-01", entry="adjusted")
    returned = left(city.own)
    households.recognition(returned, "2021-09-01", entry="reopened")
    on_the_last_day = left(city.own, until="2021-12-31")
    after = left(city.own, until="2022-01-01")
    for outside in [("2019-01-01", "2020-12-31"), ("2022-01-01", None)]:
        case = households.register(city.own)
        households.recognition(case, *outside, ending="out" if outside[1] else "")
    found = evaluation.population(city.district, DAY(2021, 1, 1), DAY(2021, 12, 31))
    inside = [*city.cases, *city.gone, adjusted, returned, on_the_last_day, after]
    assert set(found) == {case.household_id for case in inside}
    told = {
        case: (found[case.household_id].tier, found[case.household_id].standing)
        for case in (adjusted, returned, on_the_last_day, after)
    }
    assert told == {
        adjusted: ("relative", "on_file"),
        returned: ("deep", "on_file"),
        on_the_last_day: ("deep", "left"),
        after: ("deep", "on_file"),
    }


def test_the_population_is_read_in_two_queries(city, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(evaluation.population(city.city, DAY(2021, 1, 1), DAY(2021, 12, 31))) == 9


def test_anybody_can_draw_again(city):
    made = drawn(city)
    again = EvaluationSample.objects.get(pk=made.pk)
    stored = [item.recognition_id for item in made.items.order_by("code")]
    assert [drawable.recognition for drawable in evaluation.chosen(again)] == stored
    page = text(browser(city.approver).get(record(made)))
    assert made.seed in page
    assert "与样本一致" in page
    later = made.items.filter(standing="on_file").first()
    Recognition.objects.filter(pk=later.recognition_id).update(since=DAY(2022, 5, 1))
    assert "与样本不一致" in text(browser(city.approver).get(record(made)))


def record(made):
    return reverse("admin:hardship_evaluationsample_change", args=[made.pk])


def test_a_drawing_is_one_act_of_the_trail(city):
    drawn(city)
    assert AuditEvent.objects.filter(action__startswith="hardship.").count() == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"size": 10}, "size"),
        ({"size": 0}, "size"),
        ({"first": DAY(2015, 1, 1), "last": DAY(2015, 12, 31)}, "size"),
        ({"last": DAY(2999, 1, 1)}, "period"),
    ],
)
def test_what_cannot_be_drawn_is_refused(city, fields, code):
    with pytest.raises(Refused) as refusal:
        drawn(city, **fields)
    assert refusal.value.code == code
    assert not EvaluationSample.objects.exists()


def test_an_evaluator_has_no_part_in_the_files(city):
    inside = city.user("evaluator")
    households.UserFactory._meta.model.objects.get(pk=inside.pk)
    inside.assignments.create(organisation=city.own, role="chair", since=DAY(2020, 1, 1))
    for evaluator, code in [(inside, "dependent"), (city.user("clerk"), "not_evaluator")]:
        with pytest.raises(Refused) as refusal:
            drawn(city, evaluator=evaluator)
        assert refusal.value.code == code
    elsewhere = city.user("evaluator", city.other_district)
    with pytest.raises(Refused):
        drawn(city, organisation=city.district, evaluator=elsewhere)


def test_who_approves_at_a_place_draws_there(city):
    local = city.user("aid_approver", city.district)
    assert evaluation.draw(sample(city, organisation=city.district, size=7), by=local).size == 7
    with pytest.raises(OutOfScope):
        evaluation.draw(sample(city, organisation=city.other_district, size=1), by=local)
    with pytest.raises(NotPermitted):
        evaluation.draw(sample(city), by=city.user("aid_clerk"))


def test_the_sample_is_drawn_by_form(city):
    client = browser(city.approver)
    url = reverse("admin:hardship_evaluationsample_draw")
    page = text(client.get(url))
    assert "不能删除或重抽替换" in page
    posted = {
        "organisation": city.city.pk,
        "title": "2021年度第三方评估",
        "first": "2021-01-01",
        "last": "2021-12-31",
        "size": "10",
        "agency": "江城评估咨询中心",
        "evaluator": city.evaluator.pk,
    }
    assert "共 9 户，抽取户数应为 1 至 9 户" in text(client.post(url, posted))
    made = client.post(url, posted | {"size": "5"}, follow=True)
    assert EvaluationSample.objects.get().items.count() == 5
    assert "抽样分布" in text(made)


# What the evaluator is told.


def test_no_page_of_the_evaluator_tells_who_it_is(city):
    case = households.register(
        city.own,
        applicant_name="欧阳秘密",
        cause_text="尿毒症透析",
        phone="13812345678",
        address="东湖区新街 12 号",
        account="6222020000000000123",
        account_holder="欧阳秘密",
        declared_persons=4,
        applied_on=DAY(2021, 7, 19),
    )
    steps = [["低保标准", "每人每月", "1,110.00 元", "江政发〔2019〕1号"]]
    households.recognition(case, "2021-07-19", steps=steps, level="national")
    made = drawn(city, size=10)
    item = EvaluatedHousehold.objects.get(case=case)
    client = browser(city.evaluator)
    pages = [
        client.get(reverse("admin:index")),
        client.get(reverse("admin:hardship_evaluationtask_changelist")),
        client.get(reverse("admin:hardship_evaluationtask_change", args=[made.pk])),
        client.get(reverse("admin:hardship_evaluatedhousehold_changelist")),
        client.get(reverse("admin:hardship_evaluatedhousehold_change", args=[item.pk])),
        client.get(reverse("admin:hardship_evaluatedhousehold_judge", args=[item.pk])),
        client.get(reverse("admin:hardship_evaluatedhousehold_history", args=[item.pk])),
    ]
    assert {page.status_code for page in pages} == {200}
    everything = "".join(map(text, pages))
    member = case.members.get()
    secrets = [
        *["欧阳", "尿毒症", "13812345678", "138****5678", "新街 12 号", "6222020000000000123"],
        *["甲厂", "乙厂", "丙厂", "2021-07-19", "本人大病", made.seed],
        *[str(member.certificate_number), f"/case/{case.pk}/", "支出型"],
    ]
    assert [secret for secret in secrets if secret in everything] == []
    for told in [item.code, "东湖区总工会", "深度困难", "全国级", "2021年7月", "江政发〔2019〕1号"]:
        assert told in text(pages[4]), told


def test_the_file_behind_a_code_is_closed_to_the_evaluator(city):
    made = drawn(city)
    item = made.items.first()
    client = browser(city.evaluator)
    for name, key in [
        ("evaluationsample", made.pk),
        ("sampleitem", item.pk),
        ("case", item.case_id),
    ]:
        answer = client.get(reverse(f"admin:hardship_{name}_change", args=[key]))
        assert answer.status_code == 403, name


def test_a_sample_is_seen_by_its_own_evaluator_alone(city):
    item = drawn(city).items.first()
    other = city.user("evaluator")
    url = reverse("admin:hardship_evaluatedhousehold_change", args=[item.pk])
    assert browser(city.evaluator).get(url).status_code == 200
    foreign = browser(other).get(url)
    missing = browser(other).get(reverse("admin:hardship_evaluatedhousehold_change", args=[10**9]))
    assert (foreign.status_code, foreign.content) == (404, missing.content)
    with pytest.raises(OutOfScope):
        evaluation.judge(item, verdict="accurate", by=other)
    with pytest.raises(NotPermitted):
        evaluation.judge(item, verdict="accurate", by=city.approver)


def test_a_cause_is_told_as_a_class_where_many_have_it(city):
    silent = drawn(city, size=9)
    assert {item.cause_class for item in silent.items.all()} == {""}
    asked = drawn(city, size=9, shows_cause=True)
    told = {
        (item.district.code, item.tier, item.standing): item.cause_class
        for item in asked.items.all()
    }
    assert told == {
        ("district", "deep", "on_file"): "支出型",  # three households
        ("district", "relative", "on_file"): "",
        ("district", "deep", "left"): "",
        ("other_district", "deep", "on_file"): "",
    }


# What the evaluator finds.


def test_the_evaluator_fills_in_a_verdict(city):
    item = drawn(city).items.filter(standing="left").get()
    client = browser(city.evaluator)
    assert "第三方评估：4 户待填写结论" in text(client.get(reverse("home"), follow=True))
    url = reverse("admin:hardship_evaluatedhousehold_judge", args=[item.pk])
    assert "错评" not in text(client.get(url))
    assert "请写明依据" in text(client.post(url, {"verdict": "wrongly_closed"}))
    remark = {"verdict": "wrongly_closed", "remark": "电话 1380000 0001"}
    assert "不得写证件号码" in text(client.post(url, remark))
    done = client.post(
        url,
        {"verdict": "wrongly_closed", "remark": "人均收入仍低于标准", "satisfaction": "fairly"},
        follow=True,
    )
    assert "评估结论已保存" in text(done)
    row = SampleItem.objects.get(pk=item.pk)
    assert (row.verdict, row.satisfaction) == ("wrongly_closed", "fairly")
    with pytest.raises(Refused):
        evaluation.judge(item, verdict="wrong", remark="不符合条件", by=city.evaluator)


def test_of_his_kin_an_evaluator_says_only_that_he_could_not_look(city):
    case = city.cases[0]
    number = case.members.get().certificate_number.clear()
    item = drawn(city, size=9).items.get(case=case)
    city.evaluator.kin.create(name="王建国", relation="lineal", certificate_number=number)
    with pytest.raises(Refused) as refusal:
        evaluation.judge(item, verdict="accurate", by=city.evaluator)
    assert refusal.value.code == "kin"
    evaluation.judge(item, verdict="unverifiable", by=city.evaluator)


def test_nobody_answers_for_his_own_household(city):
    made = judged(city)
    evaluation.close(made, by=city.approver)
    wrong = made.items.get(verdict="wrong")
    number = wrong.case.members.get().certificate_number.clear()
    own = city.user("aid_clerk", certificate_number=number)
    with pytest.raises(Refused) as refusal:
        evaluation.settle(wrong, settlement="已复核无误", by=own)
    assert refusal.value.code == "concerned"


def test_a_missed_household_is_a_place_and_a_reason(city):
    made = drawn(city)
    client = browser(city.evaluator)
    url = reverse("admin:hardship_evaluationtask_report_missed", args=[made.pk])
    posted = {"district": city.district.pk, "place": "新街社区", "remark": "符合条件未申请"}
    assert "代码 B-0001" in text(client.post(url, posted, follow=True))
    assert "代码 B-0002" in text(client.post(url, posted, follow=True))
    first, second = made.items.filter(verdict="missed")
    with pytest.raises(Refused) as refusal:
        evaluation.withdraw_missed(first, by=city.evaluator)
    assert refusal.value.code == "not_last"
    back = reverse("admin:hardship_evaluatedhousehold_withdraw_missed", args=[second.pk])
    client.post(back)
    assert [item.code for item in made.items.filter(verdict="missed")] == ["B-0001"]
    assert evaluation.drawn_again(made)
    with pytest.raises(Refused):
        evaluation.report_missed(
            made, district=city.own, place="新街社区", remark="符合条件", by=city.evaluator
        )


# Closing, and what follows.


def test_a_sample_is_closed_when_everybody_was_judged(city):
    made = drawn(city)
    with pytest.raises(Refused) as refusal:
        evaluation.close(made, by=city.approver)
    assert "还有 4 户没有评估结论" in str(refusal.value)
    for item in made.items.all():
        evaluation.judge(item, verdict="accurate", by=city.evaluator)
    for nobody, answer in [(city.evaluator, OutOfScope), (city.user("aid_clerk"), NotPermitted)]:
        with pytest.raises(answer):
            evaluation.close(made, by=nobody)
    url = reverse("admin:hardship_evaluationsample_close", args=[made.pk])
    assert "已办结" in text(browser(city.approver).post(url, follow=True))
    with pytest.raises(Refused) as refusal:
        evaluation.judge(made.items.first(), verdict="unverifiable", by=city.evaluator)
    assert refusal.value.code == "closed"


def test_the_database_keeps_a_closed_evaluation(city):
    made = judged(city)
    evaluation.close(made, by=city.approver)
    items = SampleItem.objects.filter(sample=made)
    wrong = items.get(verdict="wrong")
    other = EvaluationSample.objects.create(
        **{
            field.attname: getattr(made, field.attname)
            for field in EvaluationSample._meta.concrete_fields
            if not field.primary_key
        }
        | {"closed_on": None}
    )
    acts = [
        lambda: items.filter(pk=wrong.pk).update(verdict="accurate"),
        lambda: items.filter(pk=wrong.pk).update(remark="另有说明"),
        lambda: items.filter(pk=wrong.pk).update(sample=other),
        lambda: items.filter(pk=wrong.pk).delete(),
        lambda: households.evaluated(made, None, "missed"),
        lambda: EvaluationSample.objects.filter(pk=made.pk).update(closed_on=None),
        lambda: EvaluationSample.objects.filter(pk=made.pk).update(seed="1" * 32),
    ]
    for act in acts:
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            act()
    assert items.filter(pk=wrong.pk).update(settled_on=DAY(2022, 3, 1), settlement="已复核") == 1


def test_what_is_amiss_waits_until_somebody_answers(city):
    clerk = city.user("aid_clerk", city.district)
    made = judged(city)
    evaluation.report_missed(
        made, district=city.district, place="新街社区", remark="符合条件", by=city.evaluator
    )
    client = browser(clerk)
    wrong = made.items.get(verdict="wrong")
    url = reverse("admin:hardship_sampleitem_settle", args=[wrong.pk])

    def waiting():
        page = text(client.get(reverse("home"), follow=True))
        return [word for word in ("错评", "错退", "漏评") if f"第三方评估发现{word}" in page]

    assert waiting() == []
    evaluation.close(made, by=city.approver)
    assert waiting() == ["错评", "错退", "漏评"]
    with pytest.raises(NotPermitted):
        evaluation.settle(wrong, settlement="已复核", by=city.user("aid_reviewer"))
    client.post(url, {"settlement": "已启动复核，拟注销"})
    assert waiting() == ["错退", "漏评"]
    with pytest.raises(Refused):
        evaluation.settle(wrong, settlement="再次处置", by=city.user("aid_clerk"))
    trail = text(
        browser(city.approver).get(reverse("admin:hardship_sampleitem_history", args=[wrong.pk]))
    )
    for act in ("填写评估结论", "处置第三方评估发现的问题"):
        assert act in trail


def test_the_result_is_told_by_district(city):
    made = judged(city)
    item = made.items.filter(verdict="accurate", district=city.other_district).first()
    evaluation.judge(item, verdict="unverifiable", by=city.evaluator, satisfaction="dissatisfied")
    evaluation.close(made, by=city.approver)
    found = {row.district: row for row in evaluation.outcomes(made)}
    assert set(found) == {"东湖区总工会", "西山区总工会", "合计"}
    whole = found["合计"]
    assert whole[1:] == (9, 6, 1, 1, 1, 0, 0, 1)
    assert (whole.verified, whole.accuracy, whole.satisfaction) == (8, "75.0%", "0.0%")
    assert "75.0%" in text(browser(city.approver).get(record(made)))


def test_the_figures_are_those_of_closed_evaluations(city):
    made = judged(city)
    evaluation.report_missed(
        made, district=city.district, place="新街社区", remark="符合条件", by=city.evaluator
    )
    codes = ["evaluated_households", "evaluation_verified", "evaluation_accurate"]
    codes += ["evaluation_wrong", "evaluation_wrongly_closed", "evaluation_missed"]
    codes += ["evaluation_accuracy"]

    def figures():
        names = [f"hardship.{code}" for code in codes]
        year = Period.year(timezone.localdate().year)
        found = compute(names, organisation=city.city, period=year, by=None)
        return [figure.value for figure in found]

    assert figures()[:6] == [0] * 6
    evaluation.close(made, by=city.approver)
    assert figures()[:6] == [9, 9, 7, 1, 1, 1]
    assert str(round(figures()[6], 1)) == "77.8"
