"""Answers to `rnn_step_stacked`."""

import numpy as np
import torch

from rnncore.functional.cells import RNNCache, RNNState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def taken_apart(x, state, params):
    H = params.b.size
    h = np.tanh(state.h @ params.W_a[:H] + x @ params.W_a[H:] + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_right
def hstack(x, state, params):
    h = np.tanh(np.hstack((state.h, x)).dot(params.W_a) + params.b)
    return RNNState(h), (x, state.h, h, params)


@answers.is_right
def by_torch(x, state, params):
    both = torch.cat([torch.tensor(state.h), torch.tensor(x)], dim=-1)
    h = torch.tanh(torch.nn.functional.linear(both, torch.tensor(params.W_a.T), torch.tensor(params.b)))
    return RNNState(h.numpy()), RNNCache(x, state.h, h.numpy(), params)


@answers.is_wrong("input_first")
def input_on_the_left(x, state, params):
    h = np.tanh(np.hstack([x, state.h]) @ params.W_a + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("input_first")
def split_at_the_input(x, state, params):
    D = x.shape[1]
    h = np.tanh(x @ params.W_a[:D] + state.h @ params.W_a[D:] + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("stacked_without_bias")
def no_bias(x, state, params):
    h = np.tanh(np.hstack([state.h, x]) @ params.W_a)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("cache_keeps_both_as_x")
def cache_of_both(x, state, params):
    both = np.hstack([state.h, x])
    h = np.tanh(both @ params.W_a + params.b)
    return RNNState(h), RNNCache(both, state.h, h, params)


@answers.is_wrong("stacked_without_squashing")
def no_tanh(x, state, params):
    h = np.hstack([state.h, x]) @ params.W_a + params.b
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("cache_of_the_new_state")
def cache_with_new_state_as_old(x, state, params):
    h = np.tanh(np.hstack([state.h, x]) @ params.W_a + params.b)
    return RNNState(h), RNNCache(x, h, h, params)


@answers.is_wrong()
def stacked_on_top(x, state, params):
    h = np.tanh(np.concatenate([state.h, x], axis=0) @ params.W_a + params.b)
    return RNNState(h), RNNCache(x, state.h, h, params)


@answers.is_wrong("stacked_exp_overflows")
def tanh_written_out(x, state, params):
    e = np.exp(2 * (np.hstack([state.h, x]) @ params.W_a + params.b))
    h = (e - 1) / (e + 1)
    return RNNState(h), RNNCache(x, state.h, h, params)
