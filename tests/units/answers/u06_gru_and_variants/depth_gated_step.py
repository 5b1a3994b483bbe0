"""Answers to `depth_gated_step`."""

import numpy as np
import torch

from rnncore.functional.cells import DepthGatedCache, LSTMState
from tests.units.answers import Answers

answers = Answers()


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


@answers.is_right
def split(x, state, params):
    H = state.h.shape[1]
    u, below = x[:, :-H], x[:, -H:]
    a_i, a_f, a_g, a_o = np.split(u @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    p_i, p_f, p_o = params.p.reshape(3, H)
    i, f, g = _sigmoid(a_i + p_i * state.c), _sigmoid(a_f + p_f * state.c), np.tanh(a_g)
    d = _sigmoid(u @ params.W_d + params.b_d + params.p_d * state.c + params.l_d * below)
    c = sum(gate * value for gate, value in ((d, below), (f, state.c), (i, g)))
    o = _sigmoid(a_o + p_o * c)
    return LSTMState(o * np.tanh(c), c), DepthGatedCache(i, f, g, o, d)


@answers.is_right
def by_torch(x, state, params):
    W_x, W_h, b, p, W_d, b_d, p_d, l_d = map(torch.tensor, params)
    h, c_prev = map(torch.tensor, state)
    u, below = torch.tensor(x).split([len(W_d), W_d.shape[1]], dim=1)
    ai, af, ag, ao = (u @ W_x + h @ W_h + b).chunk(4, 1)
    pi, pf, po = p.chunk(3)
    i, f, g = torch.sigmoid(ai + pi * c_prev), torch.sigmoid(af + pf * c_prev), torch.tanh(ag)
    d = torch.sigmoid(u @ W_d + b_d + p_d * c_prev + l_d * below)
    c = d * below + f * c_prev + i * g
    o = torch.sigmoid(ao + po * c)
    return (o * torch.tanh(c), c), (i, f, g, o, d)


def _step(x, state, params, u=None, below=None, make_d=None, make_c=None, seen_by_o=None, peephole_g=False):
    D, _H = params.W_d.shape
    u = x[:, :D] if u is None else u
    below = x[:, D:] if below is None else below
    a_i, a_f, a_g, a_o = np.split(u @ params.W_x + state.h @ params.W_h + params.b, 4, axis=1)
    p_i, p_f, p_o = np.split(params.p, 3)
    i, f = _sigmoid(a_i + p_i * state.c), _sigmoid(a_f + p_f * state.c)
    g = np.tanh(a_g + p_o * state.c * peephole_g)
    terms = u @ params.W_d, params.b_d, params.p_d * state.c, params.l_d * below
    d = make_d(*terms) if make_d else _sigmoid(sum(terms))
    c = make_c(d, i, f, g, below) if make_c else d * below + f * state.c + i * g
    o = _sigmoid(a_o + p_o * (seen_by_o(c) if seen_by_o else c))
    return LSTMState(o * np.tanh(c), c), DepthGatedCache(i, f, g, o, d)


@answers.is_wrong("output_peeps_at_the_old_cell")
def output_gate_sees_the_old_cell(x, state, params):
    return _step(x, state, params, seen_by_o=lambda c: state.c)


@answers.is_wrong("output_gate_without_peephole")
def output_gate_without_peephole(x, state, params):
    return _step(x, state, params, seen_by_o=lambda c: 0 * c)


@answers.is_wrong("nothing_from_below")
def nothing_from_below(x, state, params):
    return _step(x, state, params, make_c=lambda d, i, f, g, below: f * state.c + i * g)


@answers.is_wrong("depth_gate_without_bias")
def gate_below_without_its_bias(x, state, params):
    return _step(x, state, params, make_d=lambda u, b, p, l: _sigmoid(u + p + l))


@answers.is_wrong("blind_for_below")
def gate_blind_for_the_cell_below(x, state, params):
    return _step(x, state, params, make_d=lambda u, b, p, l: _sigmoid(u + b + p))


@answers.is_wrong("blind_for_itself")
def gate_blind_for_its_own_cell(x, state, params):
    return _step(x, state, params, make_d=lambda u, b, p, l: _sigmoid(u + b + l))


@answers.is_wrong("depth_gate_with_tanh")
def depth_gate_by_tanh(x, state, params):
    return _step(x, state, params, make_d=lambda u, b, p, l: np.tanh(u + b + p + l))


@answers.is_wrong("below_without_gate")
def below_without_gate(x, state, params):
    return _step(x, state, params, make_c=lambda d, i, f, g, below: below + f * state.c + i * g)


@answers.is_wrong("swapped_roads")
def gate_on_its_own_cell(x, state, params):
    return _step(x, state, params, make_c=lambda d, i, f, g, below: d * state.c + f * below + i * g)


@answers.is_wrong("cell_below_first")
def below_comes_first(x, state, params):
    H = params.W_d.shape[1]
    return _step(x, state, params, u=x[:, H:], below=x[:, :H])


@answers.is_wrong("peephole_of_the_candidate")
def peephole_in_the_candidate(x, state, params):
    return _step(x, state, params, peephole_g=True)


@answers.is_wrong("depth_gate_first_in_the_cache")
def cache_with_d_first(x, state, params):
    new, (i, f, g, o, d) = _step(x, state, params)
    return new, DepthGatedCache(d, i, f, g, o)


@answers.is_wrong("own_cell_for_the_one_below")
def own_cell_for_the_one_below_in_the_gate(x, state, params):
    return _step(x, state, params, make_d=lambda u, b, p, l: _sigmoid(u + b + p + params.l_d * state.c))
