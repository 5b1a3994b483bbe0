"""Answers to `readout`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def einsum(h, params):
    return np.einsum("...h,hk->...k", h, params.W_y) + params.b_y


@answers.is_right
def tensordot(h, params):
    W_y, b_y = params
    return np.tensordot(h, W_y, axes=([-1], [0])) + b_y


@answers.is_right
def one_output_after_the_other(h, params):
    K = params.b_y.shape[0]
    return np.stack([(h * params.W_y[:, k]).sum(axis=-1) + params.b_y[k] for k in range(K)], axis=-1)


@answers.is_wrong("readout_without_bias")
def no_bias(h, params):
    return h @ params.W_y


@answers.is_wrong("readout_with_softmax")
def softmaxed(h, params):
    y = np.exp(h @ params.W_y + params.b_y)
    return y / y.sum(axis=-1, keepdims=True)


@answers.is_wrong("readout_with_tanh")
def squashed(h, params):
    return np.tanh(h @ params.W_y + params.b_y)


@answers.is_wrong("readout_of_last_step")
def last_step_alone(h, params):
    return (h[:, -1] if h.ndim == 3 else h) @ params.W_y + params.b_y


@answers.is_wrong("all_steps_only")
def three_axes_only(h, params):
    return np.einsum("bth,hk->btk", h, params.W_y) + params.b_y


@answers.is_wrong("readout_less_the_bias")
def bias_subtracted(h, params):
    return h @ params.W_y - params.b_y


@answers.is_wrong()
def transposed(h, params):
    return h @ params.W_y.T + params.b_y


@answers.is_wrong("first_bias_before_the_product")
def bias_added_to_the_state(h, params):
    return (h + params.b_y[0]) @ params.W_y


@answers.is_wrong(None)
def axes_of_one_lost(h, params):
    return np.squeeze(h @ params.W_y + params.b_y)
