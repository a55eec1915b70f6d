"""Ids as text: nothing lost, nothing added, short where rows lie side by side."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports.ranges import pack, unpack


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([], ""),
        ([7], "7"),
        ([1, 2, 3, 5], "1-3,5"),
        ([5, 3, 2, 1, 3], "1-3,5"),
        (range(1, 5001), "1-5000"),
        ([1, 3, 5], "1,3,5"),
    ],
)
def test_text_of_ids(ids, text):
    assert pack(ids) == text


@given(some.sets(some.integers(1, 200) | some.integers(1, 2**62)))
def test_what_was_packed_comes_back(ids):
    assert list(unpack(pack(ids))) == sorted(ids)


@given(some.lists(some.integers(1, 50)))
def test_text_does_not_depend_on_order_or_repetition(ids):
    assert pack(ids) == pack(sorted(set(ids), reverse=True))
