"""Truncated backpropagation through time, against autograd with states cut off by hand."""

import numpy as np
import pytest
import torch

from rnncore.functional.cells import (
    CELLS,
    RNNState,
    init_rnn_params,
    rnn_step,
    rnn_step_backward,
)
from rnncore.functional.learning import backpropagate, relative_error, truncated_bptt
from rnncore.functional.sequence import unroll

BY_HAND = [name for name, cell in CELLS.items() if cell.step_backward]


def _cut_by_hand(step, xs, state, params, dhs, dstate, k1, k2):
    """Each step's loss by itself: rebuild the states from where its backward pass must end."""
    T = xs.shape[1]
    loss = 0.0
    for t in range(T):
        end = min((t // k1 + 1) * k1, T)
        carried = state
        for s in range(end):
            if s == max(0, end - k2):
                carried = type(carried)(*(field.detach() for field in carried))
            carried, _ = step(xs[:, s], carried, params)
            if s == t:
                loss = loss + (carried.h * dhs[:, t]).sum()
        if t == T - 1:
            loss = loss + sum((a * b).sum() for a, b in zip(carried, dstate, strict=True))
    return torch.autograd.grad(loss, list(params))


@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 3), (3, 3), (2, 5), (3, 7), (10, 10)])
@pytest.mark.parametrize("name", BY_HAND)
def test_truncation_is_the_cut_by_hand(library, rng, draw_state, to_torch_leaves, name, k1, k2):
    B, T, D, H = 2, 7, 2, 3
    cell = CELLS[name]
    params, xs, dhs = cell.init_params(D, H, rng), rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    state, dstate = (draw_state(cell, rng, B, H) for _ in range(2))
    expected = _cut_by_hand(cell.step, *to_torch_leaves((xs, state, params, dhs, dstate)), k1, k2)
    _, _, caches = unroll(cell.step, *library((xs, state, params)))
    dparams = truncated_bptt(cell.step_backward, library(dhs), library(dstate), caches, k1, k2)
    assert type(dparams) is type(params)
    for ours, theirs in zip(dparams, expected, strict=True):
        assert relative_error(ours, theirs) < 1e-9


@pytest.mark.parametrize("k1", [1, 4, 6])
def test_with_the_whole_sequence_nothing_is_cut(sizes, rng, k1):
    B, T, D, H = sizes
    params, xs, dhs = init_rnn_params(D, H, rng), rng.normal(size=(B, T, D)), rng.normal(size=(B, T, H))
    state, dstate = RNNState(rng.normal(size=(B, H))), RNNState(rng.normal(size=(B, H)))
    _, _, caches = unroll(rnn_step, xs, state, params)
    _, _, full = backpropagate(rnn_step_backward, dhs, dstate, caches)
    cut = truncated_bptt(rnn_step_backward, dhs, dstate, caches, k1, max(k1, T))
    for a, b in zip(cut, full, strict=True):
        assert relative_error(a, b) < 1e-12


def test_wrong_windows_are_named(rng):
    _, _, caches = unroll(rnn_step, np.zeros((2, 3, 2)), RNNState(np.zeros((2, 3))), init_rnn_params(2, 3, rng))
    dhs, dstate = np.zeros((2, 3, 3)), RNNState(np.zeros((2, 3)))
    for k1, k2 in ((0, 2), (3, 2)):
        with pytest.raises(ValueError, match=f"k1 and k2 must be 1 ≤ k1 ≤ k2; got {k1} and {k2}"):
            truncated_bptt(rnn_step_backward, dhs, dstate, caches, k1, k2)
    with pytest.raises(ValueError, match=r"dhs must be \(B, 3, H\); got \(2, 2, 3\)"):
        truncated_bptt(rnn_step_backward, dhs[:, :2], dstate, caches, 1, 2)
