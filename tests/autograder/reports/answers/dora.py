"""Right answers to u05_lstm, in one of four ways to write them."""
# ruff: noqa

import numpy as np

from rnncore.functional.base import concat, sigmoid, stack, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState


def lstm_step(x, state, params):
    n = params.W_h.shape[0]
    total = x @ params.W_x
    total = total + state.h @ params.W_h
    total = total + params.b
    input_gate = sigmoid(total[:, 0:n])
    forget_gate = sigmoid(total[:, n : 2 * n])
    candidate = tanh(total[:, 2 * n : 3 * n])
    output_gate = sigmoid(total[:, 3 * n : 4 * n])
    cell = forget_gate * state.c + input_gate * candidate
    hidden = output_gate * tanh(cell)
    new_state = LSTMState(h=hidden, c=cell)
    cache = LSTMCache(
        x=x,
        h_prev=state.h,
        c_prev=state.c,
        i=input_gate,
        f=forget_gate,
        g=candidate,
        o=output_gate,
        c=cell,
        params=params,
    )
    return new_state, cache


def lstm_forward(xs, state, params):
    B, T, D = xs.shape
    hidden_states = []
    all_caches = []
    current = state
    for step in range(T):
        current, cache = lstm_step(xs[:, step], current, params)
        hidden_states.append(current.h)
        all_caches.append(cache)
    hs = stack(hidden_states, axis=1)
    return hs, current, all_caches


def set_forget_bias(params, value):
    n = params.W_h.shape[0]
    bias = np.array(params.b)
    bias[n : 2 * n] = value
    return LSTMParams(W_x=params.W_x, W_h=params.W_h, b=bias)


def diagnose_notes_cell(run, tolerance=1e-6):
    def close(a, b):
        return np.max(np.abs(a - b)) <= tolerance

    T = run.c.shape[1]
    updated = True
    before = run.c_0
    for t in range(T):
        if not close(run.c[:, t], run.f[:, t] * before + run.i[:, t] * run.g[:, t]):
            updated = False
        before = run.c[:, t]
    return {
        "input_gate_is_output_gate": bool(close(run.i, run.o)),
        "cell_state_not_updated": not updated,
        "output_ignores_cell": not close(run.h, run.o * tanh(run.c)),
    }


def from_torch(weights):
    bias = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    return LSTMParams(W_x=weights["weight_ih_l0"].T, W_h=weights["weight_hh_l0"].T, b=bias)


def lstm_step_backward(dstate, cache):
    squashed = tanh(cache.c)
    d_output = dstate.h * squashed
    d_cell = dstate.c + dstate.h * cache.o * (1 - squashed**2)
    parts = [
        d_cell * cache.g * cache.i * (1 - cache.i),
        d_cell * cache.c_prev * cache.f * (1 - cache.f),
        d_cell * cache.i * (1 - cache.g**2),
        d_output * cache.o * (1 - cache.o),
    ]
    da = concat(parts, axis=1)
    dparams = LSTMParams(cache.x.T @ da, cache.h_prev.T @ da, da.sum(axis=0))
    dprev = LSTMState(da @ cache.params.W_h.T, d_cell * cache.f)
    return da @ cache.params.W_x.T, dprev, dparams


def lstm_backward(dhs, dstate, caches):
    total_x = 0
    total_h = 0
    total_b = 0
    dxs = []
    d = dstate
    for t in range(len(caches))[::-1]:
        d = LSTMState(d.h + dhs[:, t], d.c)
        dx, d, grad = lstm_step_backward(d, caches[t])
        dxs.insert(0, dx)
        total_x = total_x + grad.W_x
        total_h = total_h + grad.W_h
        total_b = total_b + grad.b
    return stack(dxs, axis=1), d, LSTMParams(total_x, total_h, total_b)
