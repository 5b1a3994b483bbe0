"""Unrolled cells: wrong input is named."""

import numpy as np
import pytest

from rnncore.functional.cells import (
    init_rnn_params,
    init_rnn_state,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import backpropagate
from rnncore.functional.sequence import unroll


def test_wrong_sequences_are_named(rng):
    params = init_rnn_params(2, 3, rng)
    with pytest.raises(ValueError, match=r"xs must be \(B, T, D\); got \(4, 2\)"):
        unroll(rnn_step, np.zeros((4, 2)), init_rnn_state(4, 3), params)
    with pytest.raises(ValueError, match=r"xs must have at least one step; got shape \(4, 0, 2\)"):
        unroll(rnn_step, np.zeros((4, 0, 2)), init_rnn_state(4, 3), params)
    _, _, caches = unroll(rnn_step, np.zeros((4, 5, 2)), init_rnn_state(4, 3), params)
    with pytest.raises(ValueError, match=r"dhs must be \(B, 5, H\); got \(4, 6, 3\)"):
        backpropagate(rnn_step_backward, np.zeros((4, 6, 3)), init_rnn_state(4, 3), caches)
