"""Answers to `coupled_lstm_step`."""

import numpy as np
import torch

from rnncore.functional.cells import CoupledLSTMCache, LSTMState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def moved_towards_the_candidate(x, state, params):
    a_f, a_g, a_o = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 3, axis=1)
    f, g, o = _sigmoid(a_f), np.tanh(a_g), _sigmoid(a_o)
    c = g + f * (state.c - g)
    return LSTMState(o * np.tanh(c), c), CoupledLSTMCache(f, g, o)


@answers.is_right
def by_torch(x, state, params):
    x_, h, c, W_x, W_h, b = map(torch.from_numpy, (x, *state, *params))
    f, g, o = torch.chunk(torch.addmm(x_ @ W_x + b, h, W_h), 3, dim=1)
    f, g, o = torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
    c = torch.lerp(g, c, f)
    return (o * c.tanh(), c), (f, g, o)


def _step(x, state, params, order="fgo", new_c=None, new_h=None, bias=True, h=None):
    h = state.h if h is None else h
    parts = np.split(x @ params.W_x + h @ params.W_h + (params.b if bias else 0), 3, axis=1)
    a = dict(zip(order, parts, strict=True))
    f, g, o = _sigmoid(a["f"]), np.tanh(a["g"]), _sigmoid(a["o"])
    c = new_c(f, g) if new_c else f * state.c + (1 - f) * g
    return LSTMState(new_h(o, c) if new_h else o * np.tanh(c), c), CoupledLSTMCache(f, g, o)


@answers.is_wrong("keeps_what_it_should_write")
def gate_upside_down(x, state, params):
    return _step(x, state, params, new_c=lambda f, g: (1 - f) * state.c + f * g)


@answers.is_wrong("writes_everything")
def not_coupled(x, state, params):
    return _step(x, state, params, new_c=lambda f, g: f * state.c + g)


@answers.is_wrong("writes_as_much_as_it_keeps")
def gate_for_both(x, state, params):
    return _step(x, state, params, new_c=lambda f, g: f * state.c + f * g)


@answers.is_wrong("candidate_last")
def order_f_o_g(x, state, params):
    return _step(x, state, params, order="fog")


@answers.is_wrong("output_without_tanh")
def tanh_missing(x, state, params):
    return _step(x, state, params, new_h=lambda o, c: o * c)


@answers.is_wrong("no_bias")
def no_bias(x, state, params):
    return _step(x, state, params, bias=False)


@answers.is_wrong("gates_hear_the_cell")
def cell_for_h(x, state, params):
    return _step(x, state, params, h=state.c)


@answers.is_wrong("hidden_state_kept")
def written_into_h(x, state, params):
    return _step(x, state, params, new_c=lambda f, g: f * state.h + (1 - f) * g)


@answers.is_wrong("cache_in_another_order")
def cache_in_another_order(x, state, params):
    new, (f, g, o) = _step(x, state, params)
    return new, CoupledLSTMCache(g, f, o)


@answers.is_wrong("parts_of_the_state_exchanged")
def state_exchanged(x, state, params):
    new, cache = _step(x, state, params)
    return LSTMState(new.c, new.h), cache


@answers.is_wrong("output_gate_couples")
def output_gate_couples(x, state, params):
    a_f, a_g, a_o = np.split(x @ params.W_x + state.h @ params.W_h + params.b, 3, axis=1)
    f, g, o = _sigmoid(a_f), np.tanh(a_g), _sigmoid(a_o)
    c = f * state.c + (1 - o) * g
    return LSTMState(o * np.tanh(c), c), CoupledLSTMCache(f, g, o)
