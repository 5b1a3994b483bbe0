"""Answers to `signed_recurrence`."""

import numpy as np

from rnncore.functional.base import linear_recurrence, sigmoid
from rnncore.functional.cells import RNNState
from tests.units.answers import Answers

answers = Answers()


def _parts(xs, params):
    H = params.W_x.shape[1] // 2
    a = xs @ params.W_x + params.b
    return sigmoid(a[..., :H]), a[..., H:]


def _solved(a, b, state):
    hs = linear_recurrence(a, b, state.h)
    return hs, RNNState(hs[:, -1])


@answers.is_right
def loop(xs, state, params):
    z, n = _parts(xs, params)
    h, hs = state.h, []
    for t in range(xs.shape[1]):
        h = h - 2 * z[:, t] * h + z[:, t] * n[:, t]
        hs.append(h)
    return np.stack(hs, axis=1), RNNState(h)


@answers.is_right
def factor_as_tanh(xs, state, params):
    """1 - 2 σ(a) is -tanh(a / 2)."""
    a, n = np.split(xs @ params.W_x + params.b, 2, axis=2)
    return _solved(-np.tanh(a / 2), n / (1 + np.exp(-a)), state)


@answers.is_right
def unit_by_unit(xs, state, params):
    z, n = _parts(xs, params)
    hs = np.zeros_like(z)
    for b, j in np.ndindex(*state.h.shape):
        h = state.h[b, j]
        for t in range(xs.shape[1]):
            h = hs[b, t, j] = (1 - 2 * z[b, t, j]) * h + z[b, t, j] * n[b, t, j]
    return hs, RNNState(hs[:, -1].copy())


@answers.is_wrong("still_min_gru")
def not_widened(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(1 - z, z * n, state)


@answers.is_wrong("factor_upside_down")
def the_other_way(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(2 * z - 1, z * n, state)


@answers.is_wrong("candidate_taken_twice")
def two_z_for_both(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(1 - 2 * z, 2 * z * n, state)


@answers.is_wrong("candidate_squashed")
def tanh_of_the_candidate(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(1 - 2 * z, z * np.tanh(n), state)


@answers.is_wrong()
def clipped(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(np.clip(1 - 2 * z, -0.5, 0.5), z * n, state)


@answers.is_wrong("signs_for_factors")
def sign_alone(xs, state, params):
    z, n = _parts(xs, params)
    return _solved(np.sign(1 - 2 * z), z * n, state)


@answers.is_wrong("bare")
def last_as_an_array(xs, state, params):
    z, n = _parts(xs, params)
    hs, last = _solved(1 - 2 * z, z * n, state)
    return hs, last.h


@answers.is_wrong("no_bias_in_the_candidate")
def bias_of_the_gate_alone(xs, state, params):
    H = state.h.shape[1]
    a = xs @ params.W_x
    z = sigmoid(a[..., :H] + params.b[:H])
    return _solved(1 - 2 * z, z * a[..., H:], state)
