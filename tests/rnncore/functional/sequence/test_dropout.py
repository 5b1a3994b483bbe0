"""Dropout masks."""

import numpy as np
import pytest

from rnncore.functional.sequence import (
    dropout_mask,
)


def test_dropout_mask_by_hand(library):
    noise = library(np.array([[0.0, 0.19, 0.2, 0.99]]))
    mask = dropout_mask(noise, 0.2)
    assert type(mask) is type(noise)
    assert mask.dtype == noise.dtype
    assert np.array_equal(mask, [[0.0, 0.0, 1.25, 1.25]])
    assert np.array_equal(dropout_mask(noise, 0.0), np.ones((1, 4)))


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.nan])
def test_rates_that_are_none_are_named(rate):
    with pytest.raises(ValueError, match=f"rate must be from 0 up to but not 1; got {rate}"):
        dropout_mask(np.zeros(2), rate)
