"""The ranking of a stage, against examples worked by hand and a computation written otherwise."""

import math
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from competitions.rules import blind, ranking
from competitions.rules.ranking import Part
from core.rules import Invalid

THEORY = Part("theory", Decimal(30), Decimal(100))
PRACTICE = Part("practice", Decimal(70), Decimal(100), is_practice=True)
PARTS = [THEORY, PRACTICE]


def marks(**scores):
    """Of each contestant the practice scores of judges 1, 2, 3 …; theory is 80 from everybody."""
    found = {}
    for name, given in scores.items():
        by_judge = given if isinstance(given, dict) else dict(enumerate(given))
        found[name] = {"theory": dict.fromkeys(by_judge, 80), "practice": by_judge}
    return found


def ranked(found, **more):
    how = {"least": 3, "drops_extremes": False} | more
    return {one.contestant: one for one in ranking.rank(PARTS, found, **how)}


# By hand.


def test_who_is_struck_leaves_no_gap_and_ties_stay():
    found = ranked(marks(a=[99] * 3, b=[90] * 3, c=[80] * 3, d=[80] * 3, e=[70] * 3))
    assert [found[one].raw_rank for one in "abcde"] == [1, 2, 3, 3, 5]
    left = {one.contestant: one for one in ranking.without(found.values(), {"a", "c"})}
    assert {name: one.raw_rank for name, one in left.items()} == {"b": 1, "d": 2, "e": 3}
    tied = {one.contestant: one for one in ranking.without(found.values(), {"b"})}
    assert [tied[one].adjusted_rank for one in "acde"] == [1, 2, 2, 4]
    assert all(one.raw == found[name].raw for name, one in left.items())


def test_a_total_is_the_weighted_mean():
    found = ranked(marks(a=[90, 80, 85], b=[70, 71, 72]))
    # 30 % of 80 and 70 % of 85; 30 % of 80 and 70 % of 71
    assert found["a"].raw.total == Fraction(8350, 100)
    assert found["b"].raw.total == Fraction(7370, 100)
    assert (found["a"].raw_rank, found["b"].raw_rank) == (1, 2)


def test_a_part_of_another_maximum_counts_as_a_share_of_it():
    parts = [Part("a", Decimal(40), Decimal(20)), Part("b", Decimal(60), Decimal(50))]
    given = {"x": {"a": {1: 10, 2: 10, 3: 10}, "b": {1: 50, 2: 50, 3: 50}}}
    (one,) = ranking.rank(parts, given, least=3, drops_extremes=False)
    assert one.raw.total == 20 + 60


def test_extremes_drop_where_enough_scores_remain():
    five = ranking.counted({1: 10, 2: 80, 3: 81, 4: 82, 5: 100}, least=3, drops_extremes=True)
    assert (five.mean, five.dropped) == (81, (1, 5))
    four = ranking.counted({1: 10, 2: 80, 3: 81, 4: 82}, least=3, drops_extremes=True)
    assert (four.mean, four.dropped) == (Fraction(253, 4), ())
    assert ranking.counted({1: 1, 2: 2, 3: 3}, least=1, drops_extremes=True).mean == 2


def test_an_empty_seat_is_no_zero():
    found = ranked(marks(a={1: 80, 2: 80, 3: 80, 4: 80}, b={2: 80, 3: 80, 4: 80}))
    assert found["a"].raw.total == found["b"].raw.total == 80
    assert found["b"].raw_rank == 1


def test_too_few_scores_are_refused_and_named():
    with pytest.raises(Invalid, match="“b”有一项只有 2 个评分"):
        ranked(marks(a=[80, 80, 80], b=[80, 80]))


@pytest.mark.parametrize("weights", [(), (30, 60), (30, 71)])
def test_weights_are_a_hundred_together(weights):
    parts = [Part(number, Decimal(weight), Decimal(100)) for number, weight in enumerate(weights)]
    with pytest.raises(Invalid, match="应为 100%"):
        ranking.rank(parts, {}, least=3, drops_extremes=False)


def test_harshness_is_taken_out_where_judges_kept_away():
    """The harsh judge 3 (12 below the others, so 8 below the mean of three) never met d."""
    together = {1: 86, 2: 86, 3: 74}
    found = ranked(
        marks(a=together, b={1: 80, 2: 80, 3: 68}, c={1: 74, 2: 74, 3: 62}, d={1: 84, 2: 84, 4: 84})
    )
    # d is before a as the scores were given, since nobody of d's was harsh.
    assert (found["d"].raw_rank, found["a"].raw_rank) == (1, 2)
    assert (found["a"].adjusted_rank, found["d"].adjusted_rank) == (1, 2)
    apart = ranking.harshness([PRACTICE], {"a": {"practice": together}, **{
        name: {"practice": {1: 80, 2: 80, 3: 68}} for name in "bc"
    }})  # fmt: skip
    assert apart == {(1, "practice"): 4, (2, "practice"): 4, (3, "practice"): -8}


def test_a_judge_of_two_contestants_is_not_adjusted():
    given = {name: {"practice": {1: 90, 2: 60}} for name in "ab"}
    assert ranking.harshness([PRACTICE], given) == {}
    alone = {name: {"practice": {1: 90}} for name in "abc"}
    assert ranking.harshness([PRACTICE], alone) == {}, "nobody beside him to compare with"


def test_an_adjusted_score_stays_within_the_maximum():
    given = {name: {"practice": {1: 100, 2: 100, 3: 40}} for name in "abc"}
    assert ranking.without_harshness([PRACTICE], given)["a"]["practice"] == {1: 80, 2: 80, 3: 80}
    given["d"] = {"practice": {1: 100, 2: 100, 3: 100}}
    found = ranking.without_harshness([PRACTICE], given)["d"]["practice"]
    assert (found[1], found[3]) == (85, 100), "30 above his mean would be 130"


def test_where_everybody_scored_everybody_no_total_moves():
    found = ranked(marks(a=[90, 80, 70], b=[80, 70, 60], c=[85, 75, 65]))
    assert all(one.raw.total == one.adjusted.total for one in found.values())


def test_ties_go_by_practice_then_time_then_share():
    given = {
        "a": {"theory": dict.fromkeys("xyz", 100), "practice": dict.fromkeys("xyz", 70)},
        "b": {"theory": dict.fromkeys("xyz", 30), "practice": dict.fromkeys("xyz", 100)},
        "c": {"theory": dict.fromkeys("xyz", 30), "practice": dict.fromkeys("xyz", 100)},
        "d": {"theory": dict.fromkeys("xyz", 30), "practice": dict.fromkeys("xyz", 100)},
        "e": {"theory": dict.fromkeys("xyz", 30), "practice": dict.fromkeys("xyz", 100)},
    }
    found = ranked(given, seconds={"b": 300, "c": 299, "d": 300, "e": None})
    assert {one.raw.total for one in found.values()} == {79}
    ranks = {name: one.raw_rank for name, one in found.items()}
    assert ranks == {"c": 1, "b": 2, "d": 2, "e": 4, "a": 5}


def test_a_difference_that_is_not_seen_still_decides():
    found = ranked(marks(a=[80, 80, Decimal("80.01")], b=[80, 80, 80]))
    assert ranking.shown(found["a"].raw.total) == ranking.shown(found["b"].raw.total)
    assert (found["a"].raw_rank, found["b"].raw_rank) == (1, 2)


@pytest.mark.parametrize(
    ("points", "shown"),
    [(Fraction(1, 3), "0.33"), (Fraction(2, 3), "0.67"), (Fraction(1005, 1000), "1.01"),
     (Fraction(100), "100"), (Fraction(0), "0")],
)  # fmt: skip
def test_points_are_rounded_half_up_for_display(points, shown):
    assert ranking.shown(points) == Decimal(shown)


def test_harshness_is_shown_with_its_sign():
    assert ranking.shown_signed(Fraction(-1005, 1000)) == Decimal("-1.01")


# Blind codes.


def test_codes_are_drawn_the_same_for_ever():
    assert blind.codes([11, 12, 13, 14], "0123456789abcdef") == {
        13: "001", 14: "002", 11: "003", 12: "004",
    }  # fmt: skip
    assert blind.codes([14, 13, 12, 11, 11], "0123456789abcdef") == blind.codes(
        [11, 12, 13, 14], "0123456789abcdef"
    )
    assert blind.codes(range(50), "other") != blind.codes(range(50), "another")


# Otherwise: whole numbers, tables of lists, and ranks by counting who is better.


def otherwise(parts, sheets, least, drops, seconds, *, adjusted):
    """`sheets[contestant][part]` is a list with a place for each judge, None where he kept away.

    Every quantity is kept as a pair of whole numbers (above, below the line).
    """

    def add(one, two):
        return one[0] * two[1] + two[0] * one[1], one[1] * two[1]

    def mean(pairs):
        above, below = 0, 1
        for pair in pairs:
            above, below = add((above, below), pair)
        shared = math.gcd(above, below * len(pairs)) or 1
        return above // shared, below * len(pairs) // shared

    def less(one, two):
        return one[0] * two[1] < two[0] * one[1]

    table = {
        (who, part): [None if cell is None else (int(cell * 100), 100) for cell in row]
        for who, rows in sheets.items()
        for part, row in enumerate(rows)
    }
    if adjusted:
        judges = len(next(iter(table.values())))
        moved = {key: list(row) for key, row in table.items()}
        for part, (_, most, _) in enumerate(parts):
            for judge in range(judges):
                apart = []
                for who in sheets:
                    row = [cell for cell in table[who, part] if cell is not None]
                    mine = table[who, part][judge]
                    if mine is not None and len(row) > 1:
                        above, below = mean(row)
                        apart.append(add(mine, (-above, below)))
                if len(apart) < 3:
                    continue
                above, below = mean(apart)
                for who in sheets:
                    mine = table[who, part][judge]
                    if mine is None:
                        continue
                    new = add(mine, (-above, below))
                    new = (0, 1) if new[0] < 0 else new
                    moved[who, part][judge] = (most, 1) if less((most, 1), new) else new
        table = moved

    totals, practices = {}, {}
    for who in sheets:
        total = practice = (0, 1)
        for part, (weight, most, is_practice) in enumerate(parts):
            row = [cell for cell in table[who, part] if cell is not None]
            if drops and len(row) >= least + 2:
                low = high = 0
                for place, cell in enumerate(row):
                    low = place if less(cell, row[low]) else low
                for place, cell in enumerate(row):
                    better = place != low and (high == low or less(row[high], cell))
                    high = place if better else high
                row = [cell for place, cell in enumerate(row) if place not in (low, high)]
            above, below = mean(row)
            points = (above * weight, below * most)
            total = add(total, points)
            practice = add(practice, points) if is_practice else practice
        totals[who], practices[who] = total, practice

    def beats(one, two):
        for table in (totals, practices):
            if less(table[two], table[one]):
                return True
            if less(table[one], table[two]):
                return False
        mine, theirs = seconds.get(one), seconds.get(two)
        return mine is not None and (theirs is None or mine < theirs)

    return totals, {
        who: 1 + sum(beats(other, who) for other in sheets if other != who) for who in sheets
    }


def random_sheet(draw):
    """A stage: parts, who scored what (some kept away), and how it is ranked."""
    kinds = [[100], [30, 70], [20, 30, 50]]
    weights = draw.choice(kinds)
    parts = [(weight, draw.choice([10, 50, 100]), draw.random() < 0.5) for weight in weights]
    judges, least = draw.randint(3, 7), 3
    coarse = draw.random() < 0.5  # so that there are ties
    sheets = {}
    for who in range(draw.randint(1, 9)):
        away = set(draw.sample(range(judges), draw.randint(0, judges - least)))
        sheets[who] = [
            [
                None
                if judge in away
                else Decimal(draw.randint(most * 6, most * 10)) / 10
                if coarse
                else Decimal(draw.randint(0, most * 100)) / 100
                for judge in range(judges)
            ]
            for _, most, _ in parts
        ]
        if coarse and who and draw.random() < 0.4:
            sheets[who] = sheets[draw.randrange(who)]
    seconds = {who: draw.choice([None, 60, 61, 62]) for who in sheets}
    return parts, sheets, least, draw.random() < 0.6, seconds


def test_a_thousand_random_sheets_are_ranked_as_computed_otherwise():
    draw = random.Random(20211120)
    moved = ties = dropped = 0
    for _ in range(1000):
        parts, sheets, least, drops, seconds = random_sheet(draw)
        asked = [
            Part(number, Decimal(weight), Decimal(most), practice)
            for number, (weight, most, practice) in enumerate(parts)
        ]
        given = {
            who: {
                part: {judge: cell for judge, cell in enumerate(row) if cell is not None}
                for part, row in enumerate(rows)
            }
            for who, rows in sheets.items()
        }
        found = ranking.rank(asked, given, least=least, drops_extremes=drops, seconds=seconds)
        for adjusted in (False, True):
            totals, ranks = otherwise(parts, sheets, least, drops, seconds, adjusted=adjusted)
            for one in found:
                reckoned = one.adjusted if adjusted else one.raw
                assert reckoned.total == Fraction(*totals[one.contestant])
                rank = one.adjusted_rank if adjusted else one.raw_rank
                assert rank == ranks[one.contestant]
                assert 0 <= reckoned.total <= 100
        moved += any(one.raw_rank != one.adjusted_rank for one in found)
        ties += len({one.raw_rank for one in found}) < len(found)
        dropped += any(part.dropped for one in found for part in one.raw.parts.values())
    # The sheets are such that every rule had something to do.
    assert moved > 200
    assert ties > 30
    assert dropped > 300
