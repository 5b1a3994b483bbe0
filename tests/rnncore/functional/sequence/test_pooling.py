"""One vector for a padded sequence."""

import numpy as np
import pytest

from rnncore.functional.sequence import (
    last_valid,
    length_mask,
    masked_mean,
)


def test_pooling_by_hand(library):
    hs = library(np.arange(12.0).reshape(2, 3, 2))
    assert np.array_equal(last_valid(hs, [3, 1]), [[4, 5], [6, 7]])
    assert np.array_equal(masked_mean(hs, length_mask([3, 2], hs)), [[2, 3], [7, 8]])


def test_pooling_autograd_agrees_with_differences_and_leaves_padding(rng, autograd_agrees):
    hs = rng.normal(size=(3, 4, 2))
    lengths = [4, 1, 2]
    autograd_agrees(lambda hs: (last_valid(hs, lengths) ** 2).sum(), hs)
    autograd_agrees(lambda hs: (masked_mean(hs, length_mask(lengths, hs)) ** 2).sum(), hs)
    filled = hs.copy()
    filled[1, 1:], filled[2, 2:] = np.nan, np.inf
    assert np.array_equal(last_valid(filled, lengths), last_valid(hs, lengths))
    mask = length_mask(lengths, hs)
    assert np.array_equal(masked_mean(filled, mask), masked_mean(hs, mask))


def test_empty_sequences_cannot_be_pooled():
    hs = np.zeros((2, 3, 1))
    with pytest.raises(ValueError, match="lengths must be at least 1; got 0"):
        last_valid(hs, [0, 3])
    with pytest.raises(ValueError, match="one step of each row at least"):
        masked_mean(hs, length_mask([0, 3], hs))
