"""Answers to `gru_step`."""

import numpy as np
import torch

from rnncore.functional.cells import GRUCache, RNNState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def moved_towards_the_old(x, state, params):
    x_r, x_z, x_n = np.split(x @ params.W_x + params.b, 3, axis=1)
    h_r, h_z, h_n = np.split(state.h @ params.W_h, 3, axis=1)
    r, z, m = _sigmoid(x_r + h_r), _sigmoid(x_z + h_z), h_n + params.b_n
    n = np.tanh(x_n + r * m)
    return RNNState(n + z * (state.h - n)), GRUCache(x, state.h, r, z, n, m, params)


@answers.is_right
def by_torch(x, state, params):
    x_, h = torch.from_numpy(x), torch.from_numpy(state.h)
    W_x, W_h, b, b_n = map(torch.from_numpy, params)
    xr, xz, xn = (x_ @ W_x + b).chunk(3, 1)
    hr, hz, m = (h @ W_h + torch.cat([torch.zeros(2 * len(b_n)), b_n])).chunk(3, 1)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    n = torch.tanh(xn + r * m)
    return (torch.lerp(n, h, z),), (x, state.h, r, z, n, m, params)


@answers.is_right
def block_by_block(x, state, params):
    H = state.h.shape[1]

    def block(k, a, w):
        return np.einsum("bi,ih->bh", a, w[:, k * H : (k + 1) * H])

    r, z = (
        _sigmoid(block(k, x, params.W_x) + block(k, state.h, params.W_h) + params.b[k * H : (k + 1) * H])
        for k in (0, 1)
    )
    m = block(2, state.h, params.W_h) + params.b_n
    n = np.tanh(block(2, x, params.W_x) + params.b[2 * H :] + r * m)
    return RNNState((1 - z) * n + z * state.h), GRUCache(x, state.h, r, z, n, m, params)


def _step(x, state, params, order="rzn", make_n=None, make_h=None, make_m=None, gate=_sigmoid):
    x_ = dict(zip(order, np.split(x @ params.W_x + params.b, 3, axis=1), strict=True))
    h_ = dict(zip(order, np.split(state.h @ params.W_h, 3, axis=1), strict=True))
    r, z = gate(x_["r"] + h_["r"]), gate(x_["z"] + h_["z"])
    m = make_m(h_["n"]) if make_m else h_["n"] + params.b_n
    n = make_n(x_["n"], r, m) if make_n else np.tanh(x_["n"] + r * m)
    h = make_h(z, n, r) if make_h else (1 - z) * n + z * state.h
    return RNNState(h), GRUCache(x, state.h, r, z, n, m, params)


@answers.is_wrong("update_gate_takes_the_new")
def update_gate_upside_down(x, state, params):
    return _step(x, state, params, make_h=lambda z, n, r: z * n + (1 - z) * state.h)


@answers.is_wrong("swapped_gates")
def update_gate_first(x, state, params):
    return _step(x, state, params, order="zrn")


@answers.is_wrong("reset_before_the_product")
def reset_before_the_product(x, state, params):
    H = state.h.shape[1]

    def make_n(x_n, r, m):
        return np.tanh(x_n + (r * state.h) @ params.W_h[:, 2 * H :] + params.b_n)

    return _step(x, state, params, make_n=make_n)


@answers.is_wrong("bias_outside_the_reset")
def b_n_outside_the_reset(x, state, params):
    H = state.h.shape[1]

    def make_n(x_n, r, m):
        return np.tanh(x_n + r * (state.h @ params.W_h[:, 2 * H :]) + params.b_n)

    return _step(x, state, params, make_n=make_n)


@answers.is_wrong("without_the_inner_bias")
def b_n_forgotten(x, state, params):
    return _step(x, state, params, make_m=lambda h_n: h_n)


@answers.is_wrong("without_reset")
def reset_forgotten(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, m: np.tanh(x_n + m))


@answers.is_wrong("reset_of_the_input_too")
def reset_on_the_input_too(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, m: np.tanh(r * (x_n + m)))


@answers.is_wrong("reset_gate_mixes")
def reset_gate_mixes(x, state, params):
    return _step(x, state, params, make_h=lambda z, n, r: (1 - r) * n + r * state.h)


@answers.is_wrong("sigmoid_candidate_of_gru")
def candidate_by_sigmoid(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, m: _sigmoid(x_n + r * m))


@answers.is_wrong("reset_m_in_the_cache")
def m_after_the_reset_in_the_cache(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(m=cache.r * cache.m)


@answers.is_wrong("m_without_its_bias_in_the_cache")
def m_without_its_bias_in_the_cache(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(m=cache.m - params.b_n)


@answers.is_wrong("new_state_for_the_old_in_the_cache")
def new_state_in_the_cache(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(h_prev=new.h)


@answers.is_wrong("nothing_kept")
def old_state_not_kept(x, state, params):
    return _step(x, state, params, make_h=lambda z, n, r: (1 - z) * n)


@answers.is_wrong("left_out")
def nothing_in_the_cache(x, state, params):
    return _step(x, state, params)[0], None
