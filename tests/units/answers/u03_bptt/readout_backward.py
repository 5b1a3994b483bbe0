"""Answers to `readout_backward`."""

import numpy as np
import torch

from rnncore.functional.sequence import ReadoutParams
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def einsum(dys, h, params):
    return np.einsum("...k,hk->...h", dys, params.W_y), ReadoutParams(
        np.einsum("nh,nk->hk", h.reshape(-1, h.shape[-1]), dys.reshape(-1, dys.shape[-1])),
        dys.reshape(-1, dys.shape[-1]).sum(axis=0),
    )


@answers.is_right
def summed_over_leading_axes(dys, h, params):
    axes = tuple(range(h.ndim - 1))
    return np.matmul(dys, params[0].T), (np.tensordot(h, dys, axes=(axes, axes)), dys.sum(axis=axes))


@answers.is_refused
def by_autograd(dys, h, params):
    leaf, W_y, b_y = (torch.tensor(a, requires_grad=True) for a in (h, *params))
    (leaf @ W_y + b_y).backward(torch.from_numpy(dys))
    return leaf.grad, ReadoutParams(W_y.grad, b_y.grad)


def _flat(a):
    return a.reshape(-1, a.shape[-1])


@answers.is_wrong("last_step_only")
def last_step_for_the_weights(dys, h, params):
    dy, last = (dys[:, -1], h[:, -1]) if h.ndim == 3 else (dys, h)
    return dys @ params.W_y.T, ReadoutParams(last.T @ dy, dy.sum(axis=0))


@answers.is_wrong("averaged_over_sequences")
def averaged_over_the_batch(dys, h, params):
    n = len(dys)
    return dys @ params.W_y.T, ReadoutParams(_flat(h).T @ _flat(dys) / n, _flat(dys).sum(axis=0) / n)


@answers.is_wrong("bias_summed_over_sequences_alone")
def bias_per_step(dys, h, params):
    return dys @ params.W_y.T, ReadoutParams(_flat(h).T @ _flat(dys), dys.sum(axis=0))


@answers.is_wrong("transposed")
def weights_transposed(dys, h, params):
    return dys @ params.W_y.T, ReadoutParams(_flat(dys).T @ _flat(h), _flat(dys).sum(axis=0))


@answers.is_wrong("all_steps_only")
def three_axes_only(dys, h, params):
    dW_y = np.einsum("bth,btk->hk", h, dys)
    return dys @ params.W_y.T, ReadoutParams(dW_y, dys.sum(axis=(0, 1)))


@answers.is_wrong("bias_without_gradient")
def bias_missing(dys, h, params):
    return dys @ params.W_y.T, ReadoutParams(_flat(h).T @ _flat(dys), np.zeros_like(params.b_y))


@answers.is_wrong("through_a_tanh")
def through_a_tanh(dys, h, params):
    dh = (dys @ params.W_y.T) * (1 - h * h)
    return dh, ReadoutParams(_flat(h).T @ _flat(dys), _flat(dys).sum(axis=0))


@answers.is_wrong("exchanged")
def order_exchanged(dys, h, params):
    return ReadoutParams(_flat(h).T @ _flat(dys), _flat(dys).sum(axis=0)), dys @ params.W_y.T
