"""The arithmetic of selections: places, ratios, opinions, votes. Boundaries of the handbook."""

import datetime
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from core.rules import Invalid
from honours.rules import exclusions, opinions, quotas, ratios, recommendations

DAY = datetime.date


def claims(*weights):
    return [quotas.Claim(place, weight) for place, weight in enumerate(weights)]


def numbers(total, *weights, minimum=0):
    return [part.number for part in quotas.share(total, claims(*weights), minimum=minimum)]


class TestQuotas:
    def test_the_places_left_over_go_to_the_largest_remainders(self):
        parts = quotas.share(10, claims(470, 300, 230))
        assert [part.number for part in parts] == [5, 3, 2]
        assert [quotas.decimals(part.exact) for part in parts] == ["4.700", "3.000", "2.300"]
        assert [part.is_raised for part in parts] == [True, False, False]
        assert parts[2].remainder == Fraction(3, 10)

    def test_of_equal_remainders_the_larger_weight_then_the_first_comes_first(self):
        assert numbers(1, 1, 1, 1) == [1, 0, 0]
        assert numbers(4, 1, 3, 1, 3) == [0, 2, 0, 2]  # 0.5 1.5 0.5 1.5
        assert numbers(3, 1, 1, 4) == [1, 0, 2]  # 0.5 0.5 2

    def test_the_minimum_is_given_first(self):
        assert numbers(10, 970, 20, 10, minimum=1) == [8, 1, 1]
        assert numbers(3, 5, 5, 5, minimum=1) == [1, 1, 1]
        assert numbers(0, 5, 5) == [0, 0]

    def test_without_weights_all_count_the_same(self):
        assert numbers(5, 0, 0) == [3, 2]

    @pytest.mark.parametrize(
        ("total", "weights", "minimum", "code"),
        [(2, (1, 1, 1), 1, "too_few"), (2, (), 0, "nobody"), (2, (3, -1), 0, "negative_weight")],
    )
    def test_what_cannot_be_shared_is_refused(self, total, weights, minimum, code):
        with pytest.raises(Invalid) as refusal:
            quotas.share(total, claims(*weights), minimum=minimum)
        assert refusal.value.code == code

    def test_a_thousand_tables_sum_and_stay_within_one_of_the_exact_share(self):
        chance = random.Random(20_220_430)
        for _ in range(1_000):
            minimum = chance.choice([0, 0, 1, 2])
            weights = [
                chance.choice([0, chance.randrange(10**6)]) for _ in range(chance.randint(1, 40))
            ]
            total = minimum * len(weights) + chance.randrange(500)
            parts = quotas.share(total, claims(*weights), minimum=minimum)
            assert sum(part.number for part in parts) == total
            for part in parts:
                assert part.number >= minimum
                assert abs(part.number - minimum - part.exact) < 1
            left_out = [part.remainder for part in parts if not part.is_raised]
            raised = [part.remainder for part in parts if part.is_raised]
            assert not raised or not left_out or min(raised) >= max(left_out)


def ratio(operator, percent, wanted="front", base=(), **names):
    return ratios.Ratio(
        "一线职工", frozenset({wanted}), operator, Decimal(percent), "江工发〔2016〕5号",
        frozenset(base), **names,
    )  # fmt: skip


def crowd(count, base, *tags):
    """`count` of `base` candidates have the tags."""
    return [{*tags} if place < count else {"other"} for place in range(base)]


class TestRatios:
    @pytest.mark.parametrize(
        ("base", "percent", "least", "most"),
        [
            (10, "35", 4, 3),
            (9, "20", 2, 1),
            (10, "20", 2, 2),
            (48, "60", 29, 28),
            (0, "60", 0, 0),
            (3, "33.34", 2, 1),
            (3, "33.33", 1, 0),
            (7, "100", 7, 7),
            (7, "0", 0, 0),
        ],
    )
    def test_at_least_is_rounded_up_and_at_most_down(self, base, percent, least, most):
        assert ratios.least(base, Decimal(percent)) == least
        assert ratios.most(base, Decimal(percent)) == most

    def test_ten_candidates_need_four_for_35_percent(self):
        wants = ratio("ge", "35")
        failing = ratios.judge(wants, crowd(3, 10, "front"))
        assert (failing.bound, failing.missing, failing.is_met) == (4, 1, False)
        assert failing.sentence == (
            "一线职工不少于 35%：10 名中至少 4 名，现 3 名，还差 1 名（江工发〔2016〕5号）。"
        )
        assert ratios.judge(wants, crowd(4, 10, "front")).is_met

    def test_nine_candidates_allow_one_for_20_percent(self):
        allows = ratio("le", "20", "head")
        failing = ratios.judge(allows, crowd(2, 9, "head"))
        assert (failing.bound, failing.missing) == (1, 1)
        assert "至多 1 名，现 2 名，多出 1 名" in failing.sentence
        assert ratios.judge(allows, crowd(1, 9, "head")).is_met

    def test_without_a_base_nothing_is_violated(self):
        within = ratio("ge", "35", "non_public", base=["front"], base_name="产业工人")
        judged = ratios.judge(within, crowd(0, 5, "front"))
        assert judged.is_met
        assert "没有计算基数" in judged.sentence
        assert ratios.judge(ratio("ge", "60"), []).is_met

    def test_only_those_of_the_base_count(self):
        within = ratio("ge", "50", "non_public", base=["front"], base_name="产业工人")
        judged = ratios.judge(
            within, [{"front", "non_public"}, {"front"}, {"front"}, {"head", "non_public"}]
        )
        assert (judged.base, judged.count, judged.bound) == (3, 1, 2)
        assert judged.sentence.startswith("产业工人中的一线职工不少于 50%：3 名中至少 2 名")


ASKED = {"police": "公安", "tax": "税务"}


def given(department, verdict="agree", on=None):
    """Holds up to, not on, 31 July 2026."""
    return opinions.Given(department, verdict, on or DAY(2026, 1, 31), DAY(2026, 7, 31))


class TestOpinions:
    def test_all_that_are_asked_must_have_agreed(self):
        on = DAY(2026, 3, 1)
        assert opinions.in_the_way(ASKED, [given("police"), given("tax")], on=on) == []
        assert opinions.in_the_way(ASKED, [given("police")], on=on) == ["尚未征求意见：税务。"]

    def test_one_refusal_is_a_veto(self):
        said = opinions.in_the_way(
            ASKED, [given("police"), given("tax", "disagree")], on=DAY(2026, 3, 1)
        )
        assert said == ["税务不同意，一票否决。"]
        assert (
            "一票否决" in opinions.in_the_way({}, [given("tax", "disagree")], on=DAY(2026, 3, 1))[0]
        )

    def test_an_opinion_expires_on_its_day(self):
        both = [given("police"), given("tax")]
        assert opinions.in_the_way(ASKED, both, on=DAY(2026, 7, 30)) == []
        said = opinions.in_the_way(ASKED, both, on=DAY(2026, 7, 31))
        assert said == [
            "意见已过有效期，请重新征求：公安（有效期至 2026-07-30）、税务（有效期至 2026-07-30）。"
        ]

    def test_the_last_word_counts(self):
        conditional = [given("police"), given("tax", "conditional")]
        assert "有条件同意" in opinions.in_the_way(ASKED, conditional, on=DAY(2026, 3, 1))[0]
        later = [*conditional, given("tax", on=DAY(2026, 2, 10))]
        assert opinions.in_the_way(ASKED, later, on=DAY(2026, 3, 1)) == []

    @pytest.mark.parametrize(
        ("day", "months", "after"),
        [
            (DAY(2026, 1, 31), 1, DAY(2026, 2, 28)),
            (DAY(2024, 1, 31), 1, DAY(2024, 2, 29)),
            (DAY(2026, 8, 31), 6, DAY(2027, 2, 28)),
            (DAY(2026, 12, 15), 12, DAY(2027, 12, 15)),
        ],
    )
    def test_months_end_on_the_same_day(self, day, months, after):
        assert opinions.months_after(day, months) == after


BARS = [
    exclusions.Bar("wages", "拖欠职工工资", "示例", False),
    exclusions.Bar("retired", "已退休", "示例", True),
]


class TestExclusions:
    def test_what_allows_no_exception_stays_in_the_way(self):
        assert exclusions.in_the_way(BARS, {"wages"}, reason="贡献突出") == [
            "拖欠职工工资，不得推荐（示例）。"
        ]

    def test_an_exception_asks_for_a_reason(self):
        assert "请写明理由" in exclusions.in_the_way(BARS, {"retired"}, reason=" ")[0]
        assert exclusions.in_the_way(BARS, {"retired"}, reason="退休后攻克难题") == []

    def test_what_no_document_names_bars_nobody(self):
        assert exclusions.in_the_way(BARS, {"foreign"}, reason="") == []


@pytest.mark.parametrize(
    ("entitled", "present", "votes", "says"),
    [
        (30, 20, 16, ""),
        (30, 19, 19, "不足三分之二"),
        (30, 20, 15, "未超过应到"),
        (30, 31, 16, "多于应到"),
        (30, 25, 26, "多于实到"),
    ],
)
def test_a_vote_carries_with_a_majority_of_those_entitled(entitled, present, votes, says):
    said = recommendations.obstacle(entitled=entitled, present=present, votes=votes)
    assert (says in said) if says else said == ""
