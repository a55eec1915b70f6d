"""The arithmetic of a drawing."""

import random
from collections import Counter

import pytest

from hardship import sampling


def test_quotas_are_in_proportion_and_sum_up():
    dice = random.Random(11)
    for _ in range(300):
        counts = {(number,): dice.randint(1, 60) for number in range(dice.randint(1, 25))}
        population = sum(counts.values())
        size = dice.randint(0, population)
        found = sampling.quotas(counts, size)
        assert sum(found.values()) == size
        for stratum, count in counts.items():
            below = size * count // population
            assert below <= found[stratum] <= min(below + 1, count)


def test_the_largest_remainder_gets_the_rest():
    # 4 of 10: shares 2.0, 1.2, 0.8
    assert sampling.quotas({("a",): 5, ("b",): 3, ("c",): 2}, 4) == {
        ("a",): 2,
        ("b",): 1,
        ("c",): 1,
    }


def test_more_than_there_are_cannot_be_drawn():
    with pytest.raises(ValueError, match="3 of 2"):
        sampling.quotas({("a",): 2}, 3)


def test_one_seed_draws_the_same_whatever_the_order_of_the_rows():
    strata = {number: (number % 3,) for number in range(100)}
    turned = dict(reversed(strata.items()))
    first = sampling.draw(strata, 20, "seed")
    assert sampling.draw(turned, 20, "seed") == first
    assert sampling.draw(strata, 20, "other") != first
    assert len(set(first)) == 20
    assert Counter(strata[number] for number in first) == {(0,): 7, (1,): 7, (2,): 6}


def test_a_draw_is_known_for_ever():
    """Who draws again years later gets these."""
    strata = {number: (number % 2,) for number in range(1, 11)}
    assert sampling.draw(strata, 4, "0123456789abcdef") == [5, 4, 3, 10]


def test_every_household_comes_out_about_as_often():
    strata = {number: (number % 2,) for number in range(20)}
    drawn = Counter()
    for seed in range(400):
        drawn.update(sampling.draw(strata, 6, str(seed)))
    # Each is expected 120 times, with a deviation of 9.2.
    assert min(drawn[number] for number in strata) > 80
    assert max(drawn.values()) < 160
