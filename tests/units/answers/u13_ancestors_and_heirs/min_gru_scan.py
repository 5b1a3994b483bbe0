"""Answers to `min_gru_scan`."""

import numpy as np
import torch

from rnncore.functional.base import linear_recurrence, sigmoid
from rnncore.functional.cells import RNNState, min_gru_step
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def loop_over_steps(xs, state, params):
    hs = []
    for t in range(xs.shape[1]):
        state, _ = min_gru_step(xs[:, t], state, params)
        hs.append(state.h)
    return np.stack(hs, axis=1), state


@answers.is_right
def old_plus_a_part_of_the_way(xs, state, params):
    """h + z (n - h)."""
    z, n = np.split(np.einsum("btd,dh->bth", xs, params.W_x) + params.b, 2, axis=2)
    z, h, hs = 0.5 + 0.5 * np.tanh(0.5 * z), state.h, []
    for t in range(xs.shape[1]):
        h = h + z[:, t] * (n[:, t] - h)
        hs.append(h)
    return np.array(hs).transpose(1, 0, 2), RNNState(h)


@answers.is_right
def in_torch(xs, state, params):
    a = torch.from_numpy(xs) @ torch.from_numpy(params.W_x) + torch.from_numpy(params.b)
    z, n = torch.sigmoid(a).chunk(2, dim=2)[0], a.chunk(2, dim=2)[1]
    hs = linear_recurrence(1 - z, z * n, torch.from_numpy(state.h)).numpy()
    return hs, RNNState(hs[:, -1])


def _parts(xs, params):
    H = params.W_x.shape[1] // 2
    a = xs @ params.W_x + params.b
    return a[..., :H], a[..., H:]


@answers.is_wrong("gate_keeps_the_old")
def as_torch_has_it(xs, state, params):
    z, n = _parts(xs, params)
    z = sigmoid(z)
    hs = linear_recurrence(z, (1 - z) * n, state.h)
    return hs, RNNState(hs[:, -1])


@answers.is_wrong("candidate_squashed")
def with_tanh(xs, state, params):
    z, n = _parts(xs, params)
    z = sigmoid(z)
    hs = linear_recurrence(1 - z, z * np.tanh(n), state.h)
    return hs, RNNState(hs[:, -1])


@answers.is_wrong("bare")
def last_state_as_an_array(xs, state, params):
    z, n = _parts(xs, params)
    z = sigmoid(z)
    hs = linear_recurrence(1 - z, z * n, state.h)
    return hs, hs[:, -1]


@answers.is_wrong("starts_empty")
def from_zeros(xs, state, params):
    z, n = _parts(xs, params)
    z = sigmoid(z)
    hs = linear_recurrence(1 - z, z * n, np.zeros(state.h.shape))
    return hs, RNNState(hs[:, -1])


@answers.is_wrong("blocks_interleaved")
def interleaved(xs, state, params):
    """Every second column for the gate."""
    a = xs @ params.W_x + params.b
    z, n = sigmoid(a[..., 0::2]), a[..., 1::2]
    hs = linear_recurrence(1 - z, z * n, state.h)
    return hs, RNNState(hs[:, -1])


@answers.is_wrong("candidate_gated_by_a_sigmoid")
def everything_squashed(xs, state, params):
    z, n = map(sigmoid, _parts(xs, params))
    hs = linear_recurrence(1 - z, z * n, state.h)
    return hs, RNNState(hs[:, -1])
