"""Answers to `rnn_step_backward`."""

import numpy as np
import torch

from rnncore.functional.cells import RNNParams, RNNState
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def einsum(dstate, cache):
    da = dstate.h - dstate.h * cache.h**2
    dx = np.einsum("bh,dh->bd", da, cache.params.W_x)
    dh_prev = np.einsum("bh,kh->bk", da, cache.params.W_h)
    dW_x, dW_h = np.einsum("bd,bh->dh", cache.x, da), np.einsum("bk,bh->kh", cache.h_prev, da)
    return dx, RNNState(dh_prev), RNNParams(dW_x, dW_h, np.einsum("bh->h", da))


@answers.is_right
def sequence_by_sequence(dstate, cache):
    x, h_prev, h, (W_x, W_h, b) = cache
    dx, dh_prev = np.zeros(x.shape), np.zeros(h.shape)
    dW_x, dW_h, db = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape)
    for n in range(len(x)):
        da = (1 - h[n]) * (1 + h[n]) * dstate.h[n]
        dx[n], dh_prev[n] = W_x @ da, W_h @ da
        dW_x, dW_h, db = dW_x + np.outer(x[n], da), dW_h + np.outer(h_prev[n], da), db + da
    return [dx, (dh_prev,), (dW_x, dW_h, db)]


@answers.is_refused
def by_autograd(dstate, cache):
    x, h_prev, W_x, W_h, b = (torch.tensor(a, requires_grad=True) for a in (cache.x, cache.h_prev, *cache.params))
    torch.tanh(x @ W_x + h_prev @ W_h + b).backward(torch.from_numpy(dstate.h))
    return x.grad, RNNState(h_prev.grad), RNNParams(W_x.grad, W_h.grad, b.grad)


def _back(dstate, cache, da=None):
    x, h_prev, h, params = cache
    da = dstate.h * (1 - h * h) if da is None else da
    return da @ params.W_x.T, RNNState(da @ params.W_h.T), RNNParams(x.T @ da, h_prev.T @ da, da.sum(axis=0))


@answers.is_wrong("derivative_at_old_state")
def derivative_at_the_old_state(dstate, cache):
    return _back(dstate, cache, dstate.h * (1 - cache.h_prev**2))


@answers.is_wrong("no_tanh_derivative")
def derivative_missing(dstate, cache):
    return _back(dstate, cache, dstate.h)


@answers.is_wrong("sigmoid_derivative")
def sigmoid_derivative(dstate, cache):
    return _back(dstate, cache, dstate.h * cache.h * (1 - cache.h))


@answers.is_wrong("square_missing")
def square_missing(dstate, cache):
    return _back(dstate, cache, dstate.h * (1 - cache.h))


@answers.is_wrong("new_state_for_old")
def new_state_for_W_h(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    da = dstate.h * (1 - cache.h**2)
    return dx, before, dparams._replace(W_h=cache.h.T @ da)


@answers.is_wrong("not_transposed")
def W_h_not_transposed(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h * (1 - cache.h**2) @ cache.params.W_h), dparams


@answers.is_wrong("mean_over_batch")
def bias_averaged(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    return dx, before, dparams._replace(b=dparams.b / len(dx))


@answers.is_wrong("batch_not_summed")
def bias_not_summed(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    return dx, before, dparams._replace(b=dstate.h * (1 - cache.h**2))


@answers.is_wrong("tanh_twice")
def tanh_again(dstate, cache):
    return _back(dstate, cache, dstate.h * (1 - np.tanh(cache.h) ** 2))


@answers.is_wrong("arriving_gradient_added")
def incoming_gradient_added(dstate, cache):
    dx, before, dparams = _back(dstate, cache)
    return dx, RNNState(before.h + dstate.h), dparams


@answers.is_wrong("state_passes_by_the_tanh")
def state_before_from_dh(dstate, cache):
    dx, _, dparams = _back(dstate, cache)
    return dx, RNNState(dstate.h @ cache.params.W_h.T), dparams
