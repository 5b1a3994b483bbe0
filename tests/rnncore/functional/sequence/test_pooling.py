"""One vector for a padded sequence."""

import numpy as np
import pytest
import torch

from rnncore.functional.sequence import last_valid, length_mask, pool_states


def test_pooling_by_hand(library):
    hs = library(np.arange(12.0).reshape(2, 3, 2) - 20.0)
    mean, greatest, last = pool_states(hs, length_mask([3, 2], hs))
    assert np.array_equal(mean, [[-18, -17], [-13, -12]])
    assert np.array_equal(greatest, [[-16, -15], [-12, -11]])
    assert np.array_equal(last, [[-16, -15], [-12, -11]])
    assert np.array_equal(last_valid(hs, [3, 1]), [[-16, -15], [-14, -13]])


def test_a_mask_may_have_gaps(library, rng):
    hs, mask = rng.normal(size=(3, 5, 2)), rng.random((3, 5)) < 0.5
    mask[:, 1] = True
    pooled = pool_states(*library((hs, mask)))
    for b in range(3):
        counting = torch.from_numpy(hs[b][mask[b]])
        assert np.allclose(pooled.mean[b], counting.mean(0), rtol=1e-12)
        assert np.array_equal(pooled.max[b], counting.amax(0))
        assert np.array_equal(pooled.last[b], counting[-1])


def test_pooling_autograd_agrees_with_differences_and_leaves_padding(rng, autograd_agrees):
    hs = rng.normal(size=(3, 4, 2))
    lengths = [4, 1, 2]
    autograd_agrees(lambda hs: (last_valid(hs, lengths) ** 2).sum(), hs)
    for part in range(3):
        autograd_agrees(lambda hs, part=part: (pool_states(hs, length_mask(lengths, hs))[part] ** 2).sum(), hs)
    filled = hs.copy()
    filled[1, 1:], filled[2, 2:] = np.nan, np.inf
    mask = length_mask(lengths, hs)
    assert np.array_equal(pool_states(filled, mask), pool_states(hs, mask))
    longer = np.concatenate([hs, np.full((3, 5, 2), 9.0)], axis=1)
    assert np.array_equal(pool_states(longer, length_mask(lengths, longer)), pool_states(hs, mask))


def test_empty_sequences_cannot_be_pooled():
    hs = np.zeros((2, 3, 1))
    for pool in (last_valid, lambda hs, lengths: pool_states(hs, length_mask(lengths, hs))):
        with pytest.raises(ValueError, match="mask must be true at one step of each row at least"):
            pool(hs, [0, 3])
