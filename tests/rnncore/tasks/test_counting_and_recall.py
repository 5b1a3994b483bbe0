"""Bits to count, and pairs to recall. Oracle: plain counting and plain dictionaries."""

import pytest

from rnncore.tasks.counting import counting
from rnncore.tasks.key_value_recall import BLANK, key_value_recall


@pytest.mark.parametrize("modulus", [2, 3, 5])
def test_labels_count_the_ones_so_far(rng, modulus):
    ids, labels = counting(6, 30, modulus, rng)
    assert ids.shape == labels.shape == (6, 30)
    assert set(ids.ravel()) == {0, 1}
    for row, counts in zip(ids, labels, strict=True):
        assert [sum(row[: t + 1]) % modulus for t in range(30)] == counts.tolist()


def test_a_modulus_of_one_is_refused(rng):
    with pytest.raises(ValueError, match="modulus must be at least 2; got 1"):
        counting(1, 1, 1, rng)


@pytest.mark.parametrize("pairs", [1, 5, 9])
def test_questions_are_about_the_pairs(rng, pairs):
    keys, values, labels = key_value_recall(20, pairs, rng, questions=4, n_keys=9, n_values=3)
    assert keys.shape == values.shape == (20, pairs + 4)
    assert labels.shape == (20, 4)
    for key, value, label in zip(keys.tolist(), values.tolist(), labels.tolist(), strict=True):
        known = dict(zip(key[:pairs], value[:pairs], strict=True))
        assert len(known) == pairs
        assert set(key) <= set(range(9))
        assert set(value[:pairs]) <= {1, 2, 3}
        assert [known[asked] for asked in key[pairs:]] == label
        assert value[pairs:] == [BLANK] * 4


@pytest.mark.parametrize("pairs", [0, 10])
def test_pairs_need_keys_of_their_own(rng, pairs):
    with pytest.raises(ValueError, match="pairs must be 1 to 9, the number of keys; got"):
        key_value_recall(1, pairs, rng, n_keys=9)
