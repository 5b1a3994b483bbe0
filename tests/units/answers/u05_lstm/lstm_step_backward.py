"""Answers to `lstm_step_backward`."""

import numpy as np
import torch

from rnncore.functional.cells import LSTMParams, LSTMState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_autograd(dstate, cache):
    arrays = (cache.x, cache.h_prev, cache.c_prev, *cache.params)
    x, h, c, W_x, W_h, b = (torch.tensor(a, requires_grad=True) for a in arrays)
    i, f, g, o = (x @ W_x + h @ W_h + b).chunk(4, dim=1)
    new_c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    new_h = o.sigmoid() * new_c.tanh()
    torch.autograd.backward([new_h, new_c], [torch.tensor(dstate.h), torch.tensor(dstate.c)])
    return x.grad, LSTMState(h.grad, c.grad), LSTMParams(W_x.grad, W_h.grad, b.grad)


@answers.is_right
def gate_by_gate(dstate, cache):
    x, h_prev, c_prev, i, f, g, o, c, (W_x, W_h, b) = cache
    H = i.shape[1]
    t = np.tanh(c)
    dc = dstate.c + dstate.h * o - dstate.h * o * t**2
    parts = [dc * g * (i - i * i), dc * c_prev * (f - f * f), dc * i * (1 - g) * (1 + g)]
    parts.append(dstate.h * t * (o - o * o))
    dx, dh = np.zeros_like(x), np.zeros_like(h_prev)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    for k, da in enumerate(parts):
        block = slice(k * H, (k + 1) * H)
        dx, dh = dx + da @ W_x[:, block].T, dh + da @ W_h[:, block].T
        dW_x[:, block], dW_h[:, block], db[block] = x.T @ da, h_prev.T @ da, da.sum(0)
    return dx, LSTMState(dh, dc * f), LSTMParams(dW_x, dW_h, db)


@answers.is_right
def einsum(dstate, cache):
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    dc = dstate.c + dstate.h * o / np.cosh(c) ** 2
    da = np.hstack(
        [dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g**2), dstate.h * np.tanh(c) * o * (1 - o)]
    )
    back = [np.einsum("bk,dk->bd", da, w) for w in params[:2]]
    dparams = np.einsum("bd,bk->dk", x, da), np.einsum("bd,bk->dk", h_prev, da), np.einsum("bk->k", da)
    return back[0], (back[1], np.einsum("bh,bh->bh", dc, f)), dparams


def _back(dstate, cache, dc=None, gates=None, dh_prev=None, dc_prev=None, W=None):
    x, h_prev, c_prev, i, f, g, o, c, params = cache
    t = np.tanh(c)
    dc = dstate.c + dstate.h * o * (1 - t * t) if dc is None else dc
    parts = {
        "i": dc * g * i * (1 - i),
        "f": dc * c_prev * f * (1 - f),
        "g": dc * i * (1 - g * g),
        "o": dstate.h * t * o * (1 - o),
    }
    parts |= gates(dc) if gates else {}
    da = np.concatenate(list(parts.values()), axis=1)
    dparams = LSTMParams(x.T @ da, h_prev.T @ da, da.sum(axis=0))
    dc_prev = dc * f if dc_prev is None else dc_prev(dc)
    return da @ params.W_x.T, LSTMState(da @ params.W_h.T, dc_prev), dparams


@answers.is_wrong("hidden_path_only")
def arriving_cell_gradient_forgotten(dstate, cache):
    dc = dstate.h * cache.o * (1 - np.tanh(cache.c) ** 2)
    return _back(dstate, cache, dc=dc)


@answers.is_wrong("tanh_of_cell_forgotten")
def tanh_derivative_missing(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o)


@answers.is_wrong("derivative_without_the_tanh")
def derivative_of_the_wrong_tanh(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * cache.o * (1 - cache.c**2))


@answers.is_wrong("output_gate_passed_over")
def output_gate_missing_in_dc(dstate, cache):
    return _back(dstate, cache, dc=dstate.c + dstate.h * (1 - np.tanh(cache.c) ** 2))


@answers.is_wrong("cell_path_only")
def cell_path_alone(dstate, cache):
    return _back(dstate, cache, dc=dstate.c)


@answers.is_wrong("forget_gate_by_new_cell")
def new_cell_for_the_forget_gate(dstate, cache):
    c, f = cache.c, cache.f
    return _back(dstate, cache, gates=lambda dc: {"f": dc * c * f * (1 - f)})


@answers.is_wrong("sigmoid_derivative_for_candidate")
def sigmoid_derivative_for_the_candidate(dstate, cache):
    i, g = cache.i, cache.g
    return _back(dstate, cache, gates=lambda dc: {"g": dc * i * g * (1 - g)})


@answers.is_wrong("tanh_derivative_for_the_gates")
def tanh_derivative_for_the_gates(dstate, cache):
    _, _, c_prev, i, f, g, o, c, _ = cache
    return _back(
        dstate,
        cache,
        gates=lambda dc: {
            "i": dc * g * (1 - i * i),
            "f": dc * c_prev * (1 - f * f),
            "o": dstate.h * np.tanh(c) * (1 - o * o),
        },
    )


@answers.is_wrong("output_gate_from_the_cell_path")
def output_gate_from_dc(dstate, cache):
    o, c = cache.o, cache.c
    return _back(dstate, cache, gates=lambda dc: {"o": dc * np.tanh(c) * o * (1 - o)})


@answers.is_wrong("output_gate_by_raw_cell")
def cell_for_its_tanh_in_the_output_gate(dstate, cache):
    o, c = cache.o, cache.c
    return _back(dstate, cache, gates=lambda dc: {"o": dstate.h * c * o * (1 - o)})


@answers.is_wrong("own_factor_for_the_partner")
def input_gate_and_candidate_exchanged(dstate, cache):
    i, g = cache.i, cache.g
    return _back(dstate, cache, gates=lambda dc: {"i": dc * i * i * (1 - i), "g": dc * g * (1 - g * g)})


@answers.is_wrong("forget_gate_passed_over")
def cell_gradient_not_through_the_gate(dstate, cache):
    return _back(dstate, cache, dc_prev=lambda dc: dc)


@answers.is_wrong("arriving_part_alone_goes_back")
def old_cell_gradient_by_dstate(dstate, cache):
    return _back(dstate, cache, dc_prev=lambda dc: dstate.c * cache.f)


@answers.is_wrong("back_through_the_input_gate")
def cell_gradient_through_the_input_gate(dstate, cache):
    return _back(dstate, cache, dc_prev=lambda dc: dc * cache.i)


@answers.is_wrong("blocks_of_the_weights_reordered")
def gates_in_another_order(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    H = cache.i.shape[1]

    def turn(w):
        return np.concatenate([w[..., : 2 * H], w[..., 3 * H :], w[..., 2 * H : 3 * H]], axis=-1)

    return dx, before, LSTMParams(*map(turn, dparams))


@answers.is_wrong("squashing_left_out")
def gate_derivatives_missing(dstate, cache):
    _, _, c_prev, i, _f, g, _o, c, _ = cache
    return _back(
        dstate, cache, gates=lambda dc: {"i": dc * g, "f": dc * c_prev, "g": dc * i, "o": dstate.h * np.tanh(c)}
    )


@answers.is_wrong("no_candidate_derivative")
def derivative_of_the_candidate_missing(dstate, cache):
    i = cache.i
    return _back(dstate, cache, gates=lambda dc: {"g": dc * i})


@answers.is_wrong("mean_over_batch")
def bias_not_summed(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    return dx, before, dparams._replace(b=dparams.b / len(dx))


@answers.is_wrong("new_state_for_the_old")
def new_state_for_W_h(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    _x, _h_prev, _c_prev, _i, _f, _g, o, c, _params = cache
    _, _, again = _back(dstate, cache._replace(h_prev=o * np.tanh(c)))
    return dx, before, dparams._replace(W_h=again.W_h)


@answers.is_wrong("arriving_gradient_added")
def arriving_h_left_in(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    return dx, LSTMState(before.h + dstate.h, before.c), dparams


@answers.is_wrong("in_place")
def dc_in_place(dstate, cache):
    dc = dstate.c
    dc += dstate.h * cache.o * (1 - np.tanh(cache.c) ** 2)
    return _back(dstate, cache, dc=dc)
