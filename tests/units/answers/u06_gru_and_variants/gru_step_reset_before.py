"""Answers to `gru_step_reset_before`."""

import numpy as np
import torch

from rnncore.functional.cells import GRUResetBeforeCache, RNNState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def blocks(x, state, params):
    x_r, x_z, x_n = np.split(x @ params.W_x + params.b, 3, axis=1)
    W_hr, W_hz, W_hn = np.split(params.W_h, 3, axis=1)
    r, z = _sigmoid(x_r + state.h @ W_hr), _sigmoid(x_z + state.h @ W_hz)
    n = np.tanh(x_n + np.einsum("bk,bk,kh->bh", r, state.h, W_hn))
    return RNNState(z * state.h + n - z * n), GRUResetBeforeCache(x, state.h, r, z, n, params)


@answers.is_right
def by_torch(x, state, params):
    x_, h = torch.from_numpy(x), torch.from_numpy(state.h)
    W_x, W_h, b = map(torch.from_numpy, params)
    H = h.shape[1]
    r = torch.sigmoid(x_ @ W_x[:, :H] + h @ W_h[:, :H] + b[:H])
    z = torch.sigmoid(x_ @ W_x[:, H:-H] + h @ W_h[:, H:-H] + b[H:-H])
    n = torch.tanh(x_ @ W_x[:, -H:] + (r * h) @ W_h[:, -H:] + b[-H:])
    return (torch.lerp(n, h, z),), (x, state.h, r, z, n, params)


def _step(x, state, params, order="rz", make_n=None, make_h=None):
    H, h_prev = state.h.shape[1], state.h
    x_r, x_z, x_n = np.split(x @ params.W_x + params.b, 3, axis=1)
    gates = dict(
        zip(
            order,
            (_sigmoid(x_r + h_prev @ params.W_h[:, :H]), _sigmoid(x_z + h_prev @ params.W_h[:, H : 2 * H])),
            strict=True,
        )
    )
    r, z, W_hn = gates["r"], gates["z"], params.W_h[:, 2 * H :]
    n = make_n(x_n, r, W_hn) if make_n else np.tanh(x_n + (r * h_prev) @ W_hn)
    h = make_h(z, n) if make_h else (1 - z) * n + z * h_prev
    return RNNState(h), GRUResetBeforeCache(x, h_prev, r, z, n, params)


@answers.is_wrong("reset_after_the_product")
def reset_after_the_product(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W: np.tanh(x_n + r * (state.h @ W)))


@answers.is_wrong("update_gate_takes_the_new_here")
def update_gate_upside_down(x, state, params):
    return _step(x, state, params, make_h=lambda z, n: z * n + (1 - z) * state.h)


@answers.is_wrong("swapped_gates_here")
def gates_exchanged(x, state, params):
    return _step(x, state, params, order="zr")


@answers.is_wrong("reset_of_the_input_too")
def reset_on_everything(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W: np.tanh(r * (x_n + state.h @ W)))


@answers.is_wrong("reset_twice")
def reset_twice(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W: np.tanh(x_n + r * ((r * state.h) @ W)))


@answers.is_wrong("candidate_without_reset")
def no_reset(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W: np.tanh(x_n + state.h @ W))


@answers.is_wrong("keeps_the_reset_state_here")
def reset_state_is_kept(x, state, params):
    _new, cache = _step(x, state, params)
    h = (1 - cache.z) * cache.n + cache.z * cache.r * state.h
    return RNNState(h), cache


@answers.is_wrong("reset_state_in_the_cache")
def reset_state_in_the_cache(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(h_prev=cache.r * state.h)


@answers.is_wrong("gates_exchanged_in_the_cache")
def cache_z_before_r(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(r=cache.z, z=cache.r)


@answers.is_wrong("sigmoid_candidate_here")
def candidate_by_sigmoid(x, state, params):
    return _step(x, state, params, make_n=lambda x_n, r, W: _sigmoid(x_n + (r * state.h) @ W))


@answers.is_wrong("candidate_without_bias")
def candidate_without_bias(x, state, params):
    b_n = params.b[2 * state.h.shape[1] :]
    return _step(x, state, params, make_n=lambda x_n, r, W: np.tanh(x_n - b_n + (r * state.h) @ W))
