"""Answers to `rnn_step`."""

import numpy as np
import torch

from rnncore.functional.cells import RNNCache, RNNState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def einsum(x, state, params):
    a = np.einsum("bd,dh->bh", x, params.W_x) + np.einsum("bk,kh->bh", state.h, params.W_h) + params.b
    h = np.tanh(a)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_right
def neuron_by_neuron(x, state, params):
    (W_x, W_h, b), (h_prev,) = params, state
    h = np.zeros(h_prev.shape)
    for row in range(len(x)):
        for unit in range(len(b)):
            h[row, unit] = np.tanh(x[row] @ W_x[:, unit] + h_prev[row] @ W_h[:, unit] + b[unit])
    return RNNState(h), RNNCache(x, h_prev, h, params)


@answers.is_right
def by_torch(x, state, params):
    W_x, W_h, b = (torch.from_numpy(part) for part in params)
    h = torch.addmm(torch.addmm(b, torch.from_numpy(x), W_x), torch.from_numpy(state.h), W_h)
    h = h.tanh().numpy()
    return (h,), (x, state.h, h, params)


@answers.is_right
def exponentials(x, state, params):
    a = x.dot(params.W_x) + state[0].dot(params.W_h) + params.b[None, :]
    h = 2.0 / (1.0 + np.exp(-2.0 * a)) - 1.0
    return RNNState(h=h), RNNCache(x=x, h_prev=state.h, h=h, params=params)


@answers.is_wrong("no_bias")
def no_bias(x, state, params):
    h = np.tanh(x @ params.W_x + state.h @ params.W_h)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("transposed_W_h")
def transposed(x, state, params):
    h = np.tanh(x @ params.W_x + state.h @ params.W_h.T + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("sigmoid_for_tanh")
def sigmoid_for_tanh(x, state, params):
    h = 1.0 / (1.0 + np.exp(-(x @ params.W_x + state.h @ params.W_h + params.b)))
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("cache_with_states_swapped")
def cache_swapped(x, state, params):
    h = np.tanh(x @ params.W_x + state.h @ params.W_h + params.b)
    return RNNState(h), RNNCache(x, h, state.h, params)


@answers.is_wrong("cache_with_sum")
def cache_of_sums(x, state, params):
    a = x @ params.W_x + state.h @ params.W_h + params.b
    return RNNState(np.tanh(a)), RNNCache(x, state.h, a, params)


@answers.is_wrong("terms_squashed_apart")
def tanh_of_each_part(x, state, params):
    h = np.tanh(x @ params.W_x) + np.tanh(state.h @ params.W_h + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("no_memory")
def state_left_out(x, state, params):
    h = np.tanh(x @ params.W_x + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("first_alone")
def new_state_alone(x, state, params):
    return RNNState(np.tanh(x @ params.W_x + state.h @ params.W_h + params.b))


@answers.is_wrong("in_place")
def written_into_the_state(x, state, params):
    h = np.tanh(x @ params.W_x + state.h @ params.W_h + params.b)
    before = state.h.copy()
    state.h[...] = h
    return RNNState(h), RNNCache(x, before, h, params)


@answers.is_wrong("old_state_overwritten")
def before_overwritten_for_the_cache(x, state, params):
    state.h[...] = np.tanh(x @ params.W_x + state.h @ params.W_h + params.b)
    return state, RNNCache(x, state.h, state.h, params)


@answers.is_wrong("bare")
def h_without_the_state(x, state, params):
    h = np.tanh(x @ params.W_x + state.h @ params.W_h + params.b)
    return h, RNNCache(x, state.h, h, params)


@answers.is_wrong("no_squashing")
def no_tanh(x, state, params):
    h = x @ params.W_x + state.h @ params.W_h + params.b
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("exp_overflows")
def tanh_written_out(x, state, params):
    e = np.exp(2 * (x @ params.W_x + state.h @ params.W_h + params.b))
    h = (e - 1) / (e + 1)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong()
def sum_clipped(x, state, params):
    h = np.tanh(np.clip(x @ params.W_x + state.h @ params.W_h + params.b, -3, 3))
    return RNNState(h), RNNCache(x, state.h, h, params)
