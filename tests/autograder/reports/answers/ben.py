"""Right answers to u05_lstm, in one of four ways to write them."""
# ruff: noqa

import numpy as np

from rnncore.functional.base import concat, sigmoid, stack, tanh
from rnncore.functional.cells import LSTMCache, LSTMParams, LSTMState


def lstm_step(x, state, params):
    H = state.h.shape[1]
    z = x @ params.W_x + state.h @ params.W_h + params.b
    gates = [z[:, k * H : (k + 1) * H] for k in range(4)]
    i, f, o = sigmoid(gates[0]), sigmoid(gates[1]), sigmoid(gates[3])
    g = tanh(gates[2])
    c = i * g + f * state.c
    new = LSTMState(o * tanh(c), c)
    return new, LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


def lstm_forward(xs, state, params):
    T = xs.shape[1]
    outputs = []
    caches = []
    for t in range(T):
        state, cache = lstm_step(xs[:, t, :], state, params)
        outputs.append(state.h)
        caches.append(cache)
    return stack(outputs, axis=1), state, caches


def set_forget_bias(params, value):
    H = params.b.shape[0] // 4
    b = params.b.copy()
    b[H : 2 * H] = value
    return params._replace(b=b)


def diagnose_notes_cell(run, tolerance=1e-6):
    B, T, H = run.c.shape
    prev = np.zeros_like(run.c)
    prev[:, 0] = run.c_0
    prev[:, 1:] = run.c[:, :-1]
    same_gates = np.allclose(run.i, run.o, rtol=0, atol=tolerance)
    good_c = np.allclose(run.c, run.f * prev + run.i * run.g, rtol=0, atol=tolerance)
    good_h = np.allclose(run.h, run.o * np.tanh(run.c), rtol=0, atol=tolerance)
    return {
        "input_gate_is_output_gate": same_gates,
        "cell_state_not_updated": not good_c,
        "output_ignores_cell": not good_h,
    }


def from_torch(weights):
    W_x = weights["weight_ih_l0"].T
    W_h = weights["weight_hh_l0"].T
    b = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    return LSTMParams(W_x, W_h, b)


def lstm_step_backward(dstate, cache):
    dh, dc_next = dstate
    t = tanh(cache.c)
    do = dh * t
    dc = dc_next + dh * cache.o * (1 - t * t)
    di = dc * cache.g
    df = dc * cache.c_prev
    dg = dc * cache.i
    dai = di * cache.i * (1 - cache.i)
    daf = df * cache.f * (1 - cache.f)
    dag = dg * (1 - cache.g**2)
    dao = do * cache.o * (1 - cache.o)
    da = concat([dai, daf, dag, dao], axis=1)
    dx = da @ cache.params.W_x.T
    dh_prev = da @ cache.params.W_h.T
    dc_prev = dc * cache.f
    dW_x = cache.x.T @ da
    dW_h = cache.h_prev.T @ da
    db = da.sum(axis=0)
    return dx, LSTMState(dh_prev, dc_prev), LSTMParams(dW_x, dW_h, db)


def lstm_backward(dhs, dstate, caches):
    T = len(caches)
    grads = None
    dxs = [None] * T
    dh, dc = dstate.h, dstate.c
    for t in range(T - 1, -1, -1):
        step = LSTMState(dh + dhs[:, t, :], dc)
        dx, prev, dp = lstm_step_backward(step, caches[t])
        dxs[t] = dx
        dh, dc = prev.h, prev.c
        if grads is None:
            grads = dp
        else:
            grads = LSTMParams(grads.W_x + dp.W_x, grads.W_h + dp.W_h, grads.b + dp.b)
    return stack(dxs, axis=1), LSTMState(dh, dc), grads
