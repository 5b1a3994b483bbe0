"""Answers to `set_forget_bias`."""

import numpy as np

from rnncore.functional.cells import LSTMParams
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def on_a_copy(params, value):
    H, b = len(params.b) // 4, params.b.copy()
    b[H : 2 * H] = value
    return LSTMParams(params.W_x, params.W_h, b)


@answers.is_right
def by_rows(params, value):
    b = np.array(np.split(params.b, 4))
    b[1] = value
    return params.W_x.copy(), params.W_h.copy(), b.ravel()


@answers.is_right
def with_where(params, value):
    gate = np.arange(params.b.size) // params.W_h.shape[0]
    return params._replace(b=np.where(gate == 1, value, params.b))


def _at(params, value, block):
    H, b = params.W_h.shape[0], params.b.copy()
    b[block * H : (block + 1) * H] = value
    return params._replace(b=b)


@answers.is_wrong("input_gate")
def first_block(params, value):
    return _at(params, value, 0)


@answers.is_wrong("candidate")
def third_block(params, value):
    return _at(params, value, 2)


@answers.is_wrong("in_place")
def in_place(params, value):
    H = params.W_h.shape[0]
    params.b[H : 2 * H] = value
    return params


@answers.is_wrong("added")
def added(params, value):
    H, b = params.W_h.shape[0], params.b.copy()
    b[H : 2 * H] += value
    return params._replace(b=b)


@answers.is_wrong("all_gates")
def all_biases(params, value):
    return params._replace(b=np.full_like(params.b, value))


@answers.is_wrong("others_emptied")
def others_are_zero(params, value):
    return _at(params._replace(b=np.zeros_like(params.b)), value, 1)


@answers.is_wrong("one_unit")
def first_unit_only(params, value):
    b = params.b.copy()
    b[params.W_h.shape[0]] = value
    return params._replace(b=b)


@answers.is_wrong("bias_alone")
def bias_alone(params, value):
    return _at(params, value, 1).b


@answers.is_wrong("blocks_by_the_input")
def sizes_by_the_input(params, value):
    D, b = params.W_x.shape[0], params.b.copy()
    b[D : 2 * D] = value
    return params._replace(b=b)


@answers.is_wrong("matrices_too")
def weights_too(params, value):
    H = params.W_h.shape[0]

    def put(w):
        w = w.copy()
        w[..., H : 2 * H] = value
        return w

    return LSTMParams(*map(put, params))
