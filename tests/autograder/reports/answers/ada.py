"""Right answers to u05_lstm, in one of four ways to write them."""
# ruff: noqa

import numpy as np

from rnncore.functional.base import concat, sigmoid, stack, tanh, zeros_like
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState


def lstm_step(x, state, params):
    H = params.W_h.shape[0]
    a = x @ params.W_x + state.h @ params.W_h + params.b
    i = sigmoid(a[:, :H])
    f = sigmoid(a[:, H : 2 * H])
    g = tanh(a[:, 2 * H : 3 * H])
    o = sigmoid(a[:, 3 * H :])
    c = f * state.c + i * g
    h = o * tanh(c)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


def lstm_forward(xs, state, params):
    hs, caches = [], []
    for t in range(xs.shape[1]):
        state, cache = lstm_step(xs[:, t], state, params)
        hs.append(state.h)
        caches.append(cache)
    return stack(hs, axis=1), state, caches


def set_forget_bias(params, value):
    H = params.W_h.shape[0]
    b = params.b.copy()
    b[H : 2 * H] = value
    return params._replace(b=b)


def diagnose_notes_cell(run, tolerance=1e-6):
    c_prev = np.concatenate([run.c_0[:, None], run.c[:, :-1]], axis=1)

    def differ(a, b):
        return bool(np.abs(a - b).max() > tolerance)

    return {
        "input_gate_is_output_gate": not differ(run.i, run.o),
        "cell_state_not_updated": differ(run.c, run.f * c_prev + run.i * run.g),
        "output_ignores_cell": differ(run.h, run.o * np.tanh(run.c)),
    }


def from_torch(weights):
    return LSTMParams(
        weights["weight_ih_l0"].T,
        weights["weight_hh_l0"].T,
        weights["bias_ih_l0"] + weights["bias_hh_l0"],
    )


def lstm_step_backward(dstate, cache):
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    dh, dc = dstate
    tc = tanh(c)
    dc = dc + dh * o * (1 - tc**2)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tc * o * (1 - o)
    da = concat([da_i, da_f, da_g, da_o], axis=1)
    dparams = LSTMParams(x.T @ da, h_prev.T @ da, da.sum(axis=0))
    return da @ params.W_x.T, LSTMState(da @ params.W_h.T, dc * f), dparams


def lstm_backward(dhs, dstate, caches):
    params = caches[0].params
    dW_x, dW_h, db = (zeros_like(p) for p in params)
    dh, dc = dstate
    dxs = []
    for t in reversed(range(len(caches))):
        dx, (dh, dc), d = lstm_step_backward(LSTMState(dh + dhs[:, t], dc), caches[t])
        dxs.append(dx)
        dW_x = dW_x + d.W_x
        dW_h = dW_h + d.W_h
        db = db + d.b
    return stack(dxs[::-1], axis=1), LSTMState(dh, dc), LSTMParams(dW_x, dW_h, db)
