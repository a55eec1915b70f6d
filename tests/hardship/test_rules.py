"""The arithmetic of hardship: worked examples, boundaries, and an independent computation."""

import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardship import rules
from hardship.rules import Flow, Limit, Line, Means, Migrant, TierRule, Unassessable

APPLIED = datetime.date(2026, 3, 20)
FIRST, LAST = datetime.date(2025, 3, 1), datetime.date(2026, 2, 1)
LINE = Line(Decimal("1110.00"), "江政发〔2025〕12号")
ONE, TWO = Limit(Decimal(1)), Limit(Decimal(2))

# Rule A: the net income alone, strictly below.
RULE_A = [
    TierRule("deep", "甲文〔2020〕1号", net=ONE),
    TierRule("relative", "甲文〔2020〕1号", net=TWO),
    TierRule(
        "accident", "甲文〔2020〕1号", event=True, loss_share=Decimal("0.8"), harm_suffices=True
    ),
]
# Rule B: income and net income apart, half a year for the deepest need.
RULE_B = [
    TierRule("deep", "乙文〔2019〕2号", months=6, income=ONE, after_aid=True),
    TierRule(
        "relative",
        "乙文〔2019〕2号",
        above=Decimal(1),
        income=Limit(Decimal("1.5"), inclusive=True),
        net=Limit(Decimal(1), inclusive=True),
    ),
    TierRule(
        "accident",
        "乙文〔2019〕2号",
        income=Limit(Decimal(3), inclusive=True),
        net=Limit(Decimal(1), inclusive=True),
        net_of_event=True,
        event=True,
    ),
]


def monthly(amount, first=FIRST, last=LAST, **kinds):
    return Flow(Decimal(amount), first, last, **kinds)


def household(income="0", rigid="0", persons=3, **facts):
    """Three people with so much a month, all of them together."""
    return Means(APPLIED, persons, [monthly(income)], [monthly(rigid, rigid=True)], **facts)


def tier(means, tiers=RULE_A, line=LINE):
    return rules.assess(means, line, tiers).tier


@pytest.mark.parametrize(
    ("income", "rigid", "expected"),
    [
        ("3000", "0", "deep"),
        ("3330", "0", "relative"),  # exactly L a head
        ("3329.99", "0", "deep"),
        ("6660", "0", ""),  # exactly 2 L
        ("6659.99", "0", "relative"),
        ("9000", "5670.01", "deep"),
        ("9000", "5670", "relative"),
        ("9000", "0", ""),
        ("2000", "8000", "deep"),  # negative net income
        ("-500", "0", "deep"),  # a business at a loss
        ("0", "0", "deep"),
    ],
)
def test_rule_a_is_strict_about_net_income(income, rigid, expected):
    assert tier(household(income, rigid)) == expected


def test_the_line_itself_is_below_when_the_rule_says_so():
    rule = TierRule("deep", "丙文", net=Limit(Decimal(1), inclusive=True))
    assert tier(household("3330"), [rule]) == "deep"
    assert tier(household("3330.01"), [rule]) == ""


@pytest.mark.parametrize(
    ("income", "rigid", "still_in_need", "expected"),
    [
        ("3329.99", "0", True, "deep"),
        ("3329.99", "0", False, ""),
        ("3330", "0", True, ""),  # neither below the line nor above it
        ("3330.01", "0.01", True, "relative"),
        ("4995", "1665", True, "relative"),
        ("4995", "1664.99", True, ""),
        ("4995.01", "3000", True, ""),
    ],
)
def test_rule_b_asks_income_and_net_income_apart(income, rigid, still_in_need, expected):
    assert tier(household(income, rigid, still_in_need=still_in_need), RULE_B) == expected


def test_rule_b_looks_at_half_a_year():
    lost_work = [monthly("9000", last=datetime.date(2025, 8, 1))]
    means = Means(APPLIED, 3, lost_work, still_in_need=True)
    assert tier(means, RULE_B) == "deep"
    still_paid = [monthly("9000", last=datetime.date(2026, 1, 1))]
    assert tier(Means(APPLIED, 3, still_paid, still_in_need=True), RULE_B) == ""


def test_accident_asks_for_a_loss_above_the_share_of_the_year():
    def met(loss, **facts):
        spent = [monthly(loss, last=FIRST, by_event=True)]
        return tier(Means(APPLIED, 3, [monthly("9000")], spent, event="illness", **facts))

    assert met("86400") == ""  # exactly 80 % of 108,000
    assert met("86400.01") == "accident"
    assert tier(household("9000", event="disaster", harmed=True)) == "accident"
    assert tier(household("9000", event="disaster")) == ""
    assert tier(household("9000", event="accident", harmed=True)) == ""
    assert tier(household("9000", harmed=True)) == ""


def test_accident_of_rule_b_deducts_the_loss():
    def met(loss, income="9990"):
        spent = [monthly(loss, last=FIRST, by_event=True)]
        return tier(Means(APPLIED, 3, [monthly(income)], spent, event="accident"), RULE_B)

    assert met("79920") == "accident"  # 119,880 − 79,920 is the line of a year for three
    assert met("79919.99") == ""
    assert met("200000", income="9990.01") == ""


@pytest.mark.parametrize(
    ("since", "settled", "expected"),
    [
        ("2025-03-20", True, "deep"),
        ("2025-03-21", True, ""),
        ("2025-03-20", False, ""),
        (None, True, ""),
    ],
)
def test_migrant_workers_are_settled_for_a_year(since, settled, expected):
    since = since and datetime.date.fromisoformat(since)
    assert tier(household("3000", migrant=Migrant(since, settled))) == expected


def test_only_full_months_of_the_window_count():
    flow = monthly("100", datetime.date(2024, 1, 1), datetime.date(2027, 1, 1))
    means = Means(APPLIED, 1, [flow])
    assert rules.totals(means, 12).income == 1200
    assert rules.totals(means, 6).income == 600
    assert rules.window(datetime.date(2026, 1, 31), 6) == (
        datetime.date(2025, 7, 1),
        datetime.date(2025, 12, 1),
    )


@pytest.mark.parametrize(
    ("means", "line", "tiers", "word"),
    [
        (household(persons=0), LINE, RULE_A, "家庭成员"),
        (household(), None, RULE_A, "没有 2026-03-20 适用的低保标准"),
        (household(), LINE, [], "认定规则"),
    ],
)
def test_what_cannot_be_computed_is_said(means, line, tiers, word):
    with pytest.raises(Unassessable, match=word):
        rules.assess(means, line, tiers)


def test_a_household_of_one():
    assert tier(household("1109.99", persons=1)) == "deep"
    assert tier(household("1110.00", persons=1)) == "relative"


def test_the_calculation_is_told_line_by_line():
    found = rules.assess(household("5000", "1000"), LINE, RULE_A)
    assert found.net_monthly == Decimal("1333.33")  # 4,000 ÷ 3, rounded for the eye
    assert [tuple(step) for step in found.steps] == [
        ("家庭人口", "共同生活的家庭成员", "3 人", ""),
        ("近 12 个月家庭收入", "各成员各项收入合计，2025年3月至2026年2月", "60,000.00 元", ""),
        ("近 12 个月刚性支出", "各项刚性支出合计，2025年3月至2026年2月", "12,000.00 元", ""),
        ("人均月收入", "60,000.00 元 ÷ 12 ÷ 3", "1,666.67 元", ""),
        ("人均月净收入", "（60,000.00 元 − 12,000.00 元）÷ 12 ÷ 3", "1,333.33 元", ""),
        ("低保标准", "每人每月", "1,110.00 元", "江政发〔2025〕12号"),
        ("深度困难", "人均月净收入 ＜ 1 × 1,110.00 元（不满足）", "不符合", "甲文〔2020〕1号"),
        ("相对困难", "人均月净收入 ＜ 2 × 1,110.00 元", "符合", "甲文〔2020〕1号"),
    ]


money = st.decimals(min_value=-20_000, max_value=60_000, places=2)


@given(
    incomes=st.lists(money, max_size=4),
    rigid=st.lists(money.filter(lambda amount: amount >= 0), max_size=4),
    persons=st.integers(1, 12),
    line=st.decimals(min_value=1, max_value=5_000, places=2),
)
def test_rule_a_agrees_with_fractions(incomes, rigid, persons, line):
    """The formula of the document, in exact fractions and with its divisions."""
    means = Means(
        APPLIED,
        persons,
        [monthly(each) for each in incomes],
        [monthly(each, rigid=True) for each in rigid],
    )
    year = 12 * (sum(map(Fraction, incomes)) - sum(map(Fraction, rigid)))
    q = year / 12 / persons
    expected = "deep" if q < Fraction(line) else "relative" if q < 2 * Fraction(line) else ""
    assert tier(means, line=Line(line, "文")) == expected


@given(persons=st.integers(1, 12), line=st.decimals(min_value=1, max_value=5_000, places=2))
def test_who_stands_on_a_line_is_not_below_it(persons, line):
    on = household(str(line * persons), persons=persons)
    assert tier(on, line=Line(line, "文")) == "relative"
    twice = household(str(line * persons * 2), persons=persons)
    assert tier(twice, line=Line(line, "文")) == ""


def test_vetoes_stand_in_the_way_until_answered_or_excepted():
    answer = rules.VetoAnswer
    assert "尚有 1 项未核对：两套以上住房" in rules.veto_obstacle(
        [answer("两套以上住房", None), answer("机动车", False)]
    )
    assert "没有经批准的例外：机动车" in rules.veto_obstacle([answer("机动车", True)])
    assert rules.veto_obstacle([answer("机动车", True, exception_approved=True)]) == ""
    assert rules.veto_obstacle([]) == ""


def test_the_form_agrees_with_its_lines():
    assert rules.persons_differ(3, 3) == ""
    assert "填报 4 人，登记的家庭成员为 3 人" in rules.persons_differ(3, 4)
    reckoned = Decimal("60000.00")
    assert rules.income_differs(reckoned, Decimal(60000)) == ""
    assert "填报 60,000.01 元" in rules.income_differs(reckoned, Decimal("60000.01"))


def test_out_of_hardship_at_the_edge_line_and_with_five_guarantees():
    all_five, edge = list(rules.GUARANTEES), Decimal("1.5")
    reached = household("4995")
    assert rules.exit_obstacle(reached, LINE, times=edge, guaranteed=all_five) == ""
    below = rules.exit_obstacle(household("4994.99"), LINE, times=edge, guaranteed=all_five)
    assert "未达到脱困标准（1.5 × 1,110.00 元" in below
    told = rules.exit_obstacle(reached, LINE, times=edge, guaranteed=["medical", "insurance"])
    assert told == "五项保障尚未落实：就业有保障、子女就学有保障、住房有保障。"


def test_subsistence_is_what_lacks_to_the_line():
    found = rules.assess(household("3000"), LINE, RULE_A)
    assert rules.subsistence(found) == Decimal("3960.00")  # (1,110 × 3 − 3,000) × 12
    assert rules.subsistence(rules.assess(household("4000"), LINE, RULE_A)) == 0
