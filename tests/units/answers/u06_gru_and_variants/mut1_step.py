"""Answers to `mut1_step`."""

import numpy as np
import torch

from rnncore.functional.cells import MUT1Cache, RNNState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def split(x, state, params):
    W_xz, W_xr, W_xn = np.split(params.W_x, 3, axis=1)
    W_hr, W_hn = np.split(params.W_h, 2, axis=1)
    b_z, b_r, b_n = np.split(params.b, 3)
    z, r = _sigmoid(x @ W_xz + b_z), _sigmoid(x @ W_xr + state.h @ W_hr + b_r)
    n = np.tanh((r * state.h) @ W_hn + np.tanh(x @ W_xn) + b_n)
    return RNNState(state.h + z * (n - state.h)), MUT1Cache(z, r, n)


@answers.is_right
def by_torch(x, state, params):
    x_, h = torch.tensor(x), torch.tensor(state.h)
    (zx, rx, nx), (hr, hn) = (x_ @ torch.tensor(params.W_x)).chunk(3, 1), torch.tensor(params.W_h).chunk(2, 1)
    b_z, b_r, b_n = torch.tensor(params.b).chunk(3)
    z, r = (zx + b_z).sigmoid(), (rx + h @ hr + b_r).sigmoid()
    n = ((r * h) @ hn + nx.tanh() + b_n).tanh()
    return (z * n + (1 - z) * h,), (z, r, n)


def _step(x, state, params, make_n=None, make_h=None, make_z=None, order="zr"):
    H, h_prev = state.h.shape[1], state.h
    first, second, x_n = np.split(x @ params.W_x, 3, axis=1)
    b1, b2, b_n = np.split(params.b, 3)
    x_z, x_r, b_z, b_r = (first, second, b1, b2) if order == "zr" else (second, first, b2, b1)
    W_hr, W_hn = params.W_h[:, :H], params.W_h[:, H:]
    r = _sigmoid(x_r + h_prev @ W_hr + b_r)
    z = make_z(x_z + b_z, W_hr) if make_z else _sigmoid(x_z + b_z)
    n = make_n(x_n, r, W_hn, b_n) if make_n else np.tanh((r * h_prev) @ W_hn + np.tanh(x_n) + b_n)
    return RNNState(make_h(z, n) if make_h else z * n + (1 - z) * h_prev), MUT1Cache(z, r, n)


@answers.is_wrong("update_gate_keeps_the_old")
def update_gate_of_the_gru(x, state, params):
    return _step(x, state, params, make_h=lambda z, n: (1 - z) * n + z * state.h)


@answers.is_wrong("without_the_inner_tanh")
def inner_tanh_forgotten(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh((r * state.h) @ W + x_n + b))


@answers.is_wrong("bias_inside_the_inner_tanh")
def bias_inside_the_inner_tanh(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh((r * state.h) @ W + np.tanh(x_n + b)))


@answers.is_wrong("update_gate_sees_the_state")
def update_gate_sees_the_state(x, state, params):
    return _step(x, state, params, make_z=lambda a, W: _sigmoid(a + state.h @ W))


@answers.is_wrong("order_of_the_gru")
def order_of_the_gru(x, state, params):
    return _step(x, state, params, order="rz")


@answers.is_wrong("reset_after_the_product_of_mut1")
def reset_after_the_product(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh(r * (state.h @ W) + np.tanh(x_n) + b))


@answers.is_wrong("without_the_outer_tanh")
def outer_tanh_forgotten(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: (r * state.h) @ W + np.tanh(x_n) + b)


@answers.is_wrong("mut1_without_reset")
def no_reset(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh(state.h @ W + np.tanh(x_n) + b))


@answers.is_wrong("gates_exchanged_in_the_cache")
def cache_r_before_z(x, state, params):
    new, cache = _step(x, state, params)
    return new, MUT1Cache(cache.r, cache.z, cache.n)


@answers.is_wrong("candidate_without_bias")
def candidate_bias_forgotten(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh((r * state.h) @ W + np.tanh(x_n)))


@answers.is_wrong("input_squashed_before_the_product")
def tanh_of_the_raw_input(x, state, params):
    H = state.h.shape[1]
    W_xn = params.W_x[:, 2 * H :]
    return _step(x, state, params, make_n=lambda x_n, r, W, b: np.tanh((r * state.h) @ W + np.tanh(x) @ W_xn + b))
