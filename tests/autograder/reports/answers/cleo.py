"""Right answers to u05_lstm, in one of four ways to write them."""
# ruff: noqa

import numpy as np

from rnncore.functional.base import concat, sigmoid, stack, tanh, zeros_like
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState
from rnncore.functional.sequence import unroll


def lstm_step(x, state, params):
    h_prev, c_prev = state
    W_x, W_h, b = params
    a = x @ W_x + h_prev @ W_h + b
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    i = sigmoid(a_i)
    f = sigmoid(a_f)
    g = tanh(a_g)
    o = sigmoid(a_o)
    c = f * c_prev + i * g
    h = o * tanh(c)
    cache = LSTMCache(x, h_prev, c_prev, i, f, g, o, c, params)
    return LSTMState(h, c), cache


def lstm_forward(xs, state, params):
    hs, state, caches = unroll(lstm_step, xs, state, params)
    return hs, state, caches


def set_forget_bias(params, value):
    H = len(params.b) // 4
    new_b = params.b.copy()
    new_b[H : 2 * H] = value
    return LSTMParams(params.W_x, params.W_h, new_b)


def diagnose_notes_cell(run, tolerance=1e-6):
    c_prev = np.concatenate((run.c_0[:, np.newaxis, :], run.c[:, :-1, :]), axis=1)
    c_expected = run.f * c_prev + run.i * run.g
    h_expected = run.o * np.tanh(run.c)
    result = {}
    result["input_gate_is_output_gate"] = bool(np.all(np.abs(run.i - run.o) <= tolerance))
    result["cell_state_not_updated"] = not bool(np.all(np.abs(run.c - c_expected) <= tolerance))
    result["output_ignores_cell"] = not bool(np.all(np.abs(run.h - h_expected) <= tolerance))
    return result


def from_torch(weights):
    return LSTMParams(
        weights["weight_ih_l0"].T, weights["weight_hh_l0"].T, weights["bias_ih_l0"] + weights["bias_hh_l0"]
    )


def lstm_step_backward(dstate, cache):
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    dh, dc_next = dstate
    tanh_c = tanh(c)
    dc = dc_next + dh * o * (1 - tanh_c**2)
    da_i = dc * g * i * (1 - i)
    da_f = dc * c_prev * f * (1 - f)
    da_g = dc * i * (1 - g**2)
    da_o = dh * tanh_c * o * (1 - o)
    da = concat([da_i, da_f, da_g, da_o], axis=1)
    dx = da @ params.W_x.T
    dh_prev = da @ params.W_h.T
    dc_prev = dc * f
    return dx, LSTMState(dh_prev, dc_prev), LSTMParams(x.T @ da, h_prev.T @ da, da.sum(axis=0))


def lstm_backward(dhs, dstate, caches):
    p = caches[0].params
    dW_x, dW_h, db = zeros_like(p.W_x), zeros_like(p.W_h), zeros_like(p.b)
    dh_next, dc_next = dstate
    dxs = []
    for t in reversed(range(len(caches))):
        dh = dhs[:, t] + dh_next
        dx, (dh_next, dc_next), grads = lstm_step_backward(LSTMState(dh, dc_next), caches[t])
        dxs.append(dx)
        dW_x = dW_x + grads.W_x
        dW_h = dW_h + grads.W_h
        db = db + grads.b
    dxs.reverse()
    return stack(dxs, axis=1), LSTMState(dh_next, dc_next), LSTMParams(dW_x, dW_h, db)
