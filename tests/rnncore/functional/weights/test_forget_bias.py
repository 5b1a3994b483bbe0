"""The forget gate's bias."""

import numpy as np

from rnncore.functional.cells import (
    init_lstm_params,
)
from rnncore.functional.weights import set_forget_bias


def test_set_forget_bias_touches_nothing_else(library, rng):
    params = library(init_lstm_params(2, 3, rng))
    changed = set_forget_bias(params, 2.5)
    assert np.array_equal(changed.b[3:6], [2.5, 2.5, 2.5])
    assert np.array_equal(changed.b[:3], params.b[:3])
    assert np.array_equal(changed.b[6:], params.b[6:])
    assert changed.W_x is params.W_x
    assert not np.array_equal(params.b[3:6], changed.b[3:6])
