"""Answers to `lstm_step`."""

import numpy as np
import torch

from rnncore.functional.cells import LSTMCache, LSTMState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def split(x, state, params):
    a_i, a_f, a_g, a_o = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    i, f, o, g = _sigmoid(a_i), _sigmoid(a_f), _sigmoid(a_o), np.tanh(a_g)
    c = np.multiply(f, state.c) + i * g
    return LSTMState(o * np.tanh(c), c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


@answers.is_right
def einsum_over_four_gates(x, state, params):
    D, H = len(params.W_x), len(params.W_h)
    a = np.einsum("bd,dkh->kbh", x, params.W_x.reshape(D, 4, H))
    a = a + np.einsum("bj,jkh->kbh", state.h, params.W_h.reshape(H, 4, H)) + params.b.reshape(4, 1, H)
    i, f, o = 0.5 * (1 + np.tanh(a[[0, 1, 3]] / 2))
    g = np.tanh(a[2])
    c = f * state.c + i * g
    return (o * np.tanh(c), c), (x, state.h, state.c, i, f, g, o, c, params)


@answers.is_right
def by_torch(x, state, params):
    x_, h_, c_, W_x, W_h, b = map(torch.from_numpy, (x, *state, *params))
    i, f, g, o = (x_ @ W_x + h_ @ W_h + b).chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = torch.addcmul(f * c_, i, g)
    return LSTMState(o * c.tanh(), c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


def _step(x, state, params, order="ifgo", new_c=None, new_h=None, gate=_sigmoid, candidate=np.tanh, bias=True):
    parts = np.split(x @ params.W_x + state.h @ params.W_h + (params.b if bias else 0.0), 4, axis=1)
    a = dict(zip(order, parts, strict=True))
    i, f, g, o = gate(a["i"]), gate(a["f"]), candidate(a["g"]), gate(a["o"])
    c = new_c(i, f, g, state.c) if new_c else f * state.c + i * g
    h = new_h(o, c) if new_h else o * np.tanh(c)
    return LSTMState(h, c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


@answers.is_wrong("candidate_last")
def keras_like_order(x, state, params):
    return _step(x, state, params, order="ifog")


@answers.is_wrong("swapped_input_and_forget_gates")
def forget_gate_first(x, state, params):
    return _step(x, state, params, order="figo")


@answers.is_wrong("sigmoid_candidate")
def candidate_by_sigmoid(x, state, params):
    return _step(x, state, params, candidate=_sigmoid)


@answers.is_wrong("output_without_tanh")
def no_tanh_at_the_output(x, state, params):
    return _step(x, state, params, new_h=lambda o, c: o * c)


@answers.is_wrong("swapped_input_and_forget_gates")
def forget_and_input_exchanged(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: i * c + f * g)


@answers.is_wrong("forget_gate_upside_down")
def forget_gate_upside_down(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: (1 - f) * c + i * g)


@answers.is_wrong("hidden_state_kept")
def state_of_h_kept(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: f * state.h + i * g)


@answers.is_wrong("no_forget_gate")
def nothing_forgotten(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: c + i * g)


@answers.is_wrong("no_bias")
def no_bias(x, state, params):
    return _step(x, state, params, bias=False)


@answers.is_wrong("cell_squashed")
def squashed_cell(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: np.tanh(f * c + i * g), new_h=lambda o, c: o * c)


@answers.is_wrong("old_cell_twice_in_the_cache")
def old_cell_in_the_cache_twice(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(c=state.c)


@answers.is_wrong("new_state_for_the_old_in_the_cache")
def new_state_in_the_cache(x, state, params):
    new, cache = _step(x, state, params)
    return new, cache._replace(h_prev=new.h, c_prev=new.c)


@answers.is_wrong("output_from_old_cell")
def old_cell_at_the_output(x, state, params):
    return _step(x, state, params, new_h=lambda o, c: o * np.tanh(state.c))


@answers.is_wrong("exchanged")
def h_and_c_exchanged(x, state, params):
    new, cache = _step(x, state, params)
    return LSTMState(new.c, new.h), cache


@answers.is_wrong("columns_dealt_out")
def columns_interleaved(x, state, params):
    a = x @ params.W_x + state.h @ params.W_h + params.b
    i, f, g, o = _sigmoid(a[:, 0::4]), _sigmoid(a[:, 1::4]), np.tanh(a[:, 2::4]), _sigmoid(a[:, 3::4])
    c = f * state.c + i * g
    return LSTMState(o * np.tanh(c), c), LSTMCache(x, state.h, state.c, i, f, g, o, c, params)


@answers.is_wrong()
def tanh_of_c_written_out(x, state, params):
    return _step(x, state, params, new_h=lambda o, c: o * ((np.exp(c) - np.exp(-c)) / (np.exp(c) + np.exp(-c))))


@answers.is_wrong()
def sigmoid_of_two_exponentials(x, state, params):
    return _step(x, state, params, gate=lambda a: np.exp(a) / (1 + np.exp(a)))


@answers.is_wrong()
def cell_state_clipped(x, state, params):
    return _step(x, state, params, new_c=lambda i, f, g, c: np.clip(f * c + i * g, -50, 50))
