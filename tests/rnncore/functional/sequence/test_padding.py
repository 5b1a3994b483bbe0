"""Padded sequences: reversed, unrolled, and whatever the padding holds."""

from functools import partial

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    ClockworkState,
    LSTMState,
    clockwork_step,
    gru_step,
    init_gru_params,
    init_lstm_params,
    init_rnn_params,
    init_rnn_state,
    lstm_step,
    rnn_step,
)
from rnncore.functional.learning import relative_error
from rnncore.functional.sequence import (
    bidirectional,
    length_mask,
    reverse_padded,
    unroll,
    unroll_padded,
)


def test_reverse_padded_by_hand(library):
    xs = library(np.arange(1.0, 13.0).reshape(3, 4, 1))
    expected = [[4, 3, 2, 1], [6, 5, 7, 8], [9, 10, 11, 12]]
    assert np.array_equal(reverse_padded(xs, [4, 2, 0])[:, :, 0], expected)
    assert np.array_equal(length_mask([4, 2, 0], xs), np.arange(4) < np.array([[4], [2], [0]]))


def test_without_padding_it_is_unroll(sizes, library, rng):
    B, T, D, H = sizes
    given = library((rng.normal(size=(B, T, D)), LSTMState(*rng.normal(size=(2, B, H))), init_lstm_params(D, H, rng)))
    plain, last, _ = unroll(lstm_step, *given)
    padded, end, caches = unroll_padded(lstm_step, *given, [T] * B)
    assert np.array_equal(plain, padded)
    assert np.array_equal(last.c, end.c)
    assert len(caches) == T


@pytest.mark.parametrize("filler", [1e6, np.nan, np.inf])
def test_padding_may_hold_anything(library, rng, filler):
    params = init_gru_params(2, 3, rng), init_gru_params(2, 3, rng)
    states = init_rnn_state(3, 3), init_rnn_state(3, 3)
    xs = rng.normal(size=(3, 5, 2))
    filled = xs.copy()
    filled[1, 2:] = filler
    filled[2, :] = filler
    hs, ends, _ = bidirectional(gru_step, *library((xs, states, params)), [5, 2, 0])
    others, other_ends, _ = bidirectional(gru_step, *library((filled, states, params)), [5, 2, 0])
    assert np.array_equal(hs, others)
    for a, b in zip(ends, other_ends, strict=True):
        assert np.array_equal(a.h, b.h)
    assert not np.any(np.asarray(hs[1, 2:]))


def test_lengths_are_asked_for_at_once(monkeypatch):
    """Each number that is asked of a GPU by itself waits for all that it has to do."""
    monkeypatch.setattr(torch.Tensor, "item", None)
    assert length_mask(torch.tensor([2, 0]), torch.zeros(2, 2)).tolist() == [[True, True], [False, False]]


def test_nan_in_a_sequence_shows(rng):
    xs = rng.normal(size=(2, 4, 2))
    xs[0, 1] = np.nan
    hs, _, _ = unroll_padded(rnn_step, xs, init_rnn_state(2, 3), init_rnn_params(2, 3, rng), [4, 4])
    assert np.array_equal(np.isnan(hs).any(axis=2), [[False, True, True, True], [False] * 4])


def test_states_with_a_clock_are_carried(rng):
    step = partial(clockwork_step, periods=(1, 2))
    params, xs = init_rnn_params(2, 4, rng), rng.normal(size=(2, 5, 2))
    _, last, _ = unroll_padded(step, xs, ClockworkState(np.zeros((2, 4)), 0), params, [5, 3])
    _, short, _ = unroll(step, xs[1:, :3], ClockworkState(np.zeros((1, 4)), 0), params)
    assert relative_error(last.h[1:], short.h) < 1e-12
