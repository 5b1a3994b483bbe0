"""Answers to `flip_update_gate`."""

import numpy as np

from rnncore.functional.cells import GRUParams
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def times_signs(params):
    H = params.W_h.shape[0]
    signs = np.repeat([1.0, -1.0, 1.0], H)
    return params._replace(W_x=params.W_x * signs, W_h=params.W_h * signs, b=params.b * signs)


@answers.is_right
def on_copies(params):
    H, flipped = len(params.W_h), [np.array(w) for w in params]
    for w in flipped[:3]:
        w[..., H : 2 * H] *= -1
    return type(params)(*flipped)


@answers.is_right
def by_three(params):
    H = params.W_h.shape[1] // 3

    def flip(w):
        blocks = w.reshape(*w.shape[:-1], 3, H) * np.array([[1], [-1], [1]])
        return blocks.reshape(w.shape)

    return type(params)(*[flip(w) for w in params[:3]], *params[3:])


def _flip(params, names=("W_x", "W_h", "b"), block=1, turn=lambda w: -w):
    H = params.W_h.shape[0]

    def flipped(w):
        w = w.copy()
        w[..., block * H : (block + 1) * H] = turn(w[..., block * H : (block + 1) * H])
        return w

    return params._replace(**{name: flipped(getattr(params, name)) for name in names})


@answers.is_wrong("matrices_only")
def bias_forgotten(params):
    return _flip(params, ("W_x", "W_h"))


@answers.is_wrong("reset_gate_instead")
def reset_gate(params):
    return _flip(params, block=0)


@answers.is_wrong()
def everything(params):
    return type(params)(*(-w for w in params))


@answers.is_wrong("one_minus_the_weights")
def one_less_the_weights(params):
    return _flip(params, turn=lambda w: 1 - w)


@answers.is_wrong("`params.W_x` as it came in")
def recurrent_only(params):
    return _flip(params, ("W_h", "b"))


@answers.is_wrong("without_recurrent_weights")
def rows_of_W_h(params):
    H = params.W_h.shape[0]
    W_h = params.W_h.copy()
    W_h[H : 2 * H] = -W_h[H : 2 * H]
    return _flip(params, ("W_x", "b"))._replace(W_h=W_h)


@answers.is_wrong("inner_bias_too")
def b_n_too(params):
    flipped = _flip(params)
    return flipped._replace(b_n=-flipped.b_n) if hasattr(flipped, "b_n") else flipped


@answers.is_wrong("always_gru_params")
def always_gru_params(params):
    W_x, W_h, b = _flip(params)[:3]
    return GRUParams(W_x, W_h, b, params.b_n)


@answers.is_wrong("in_place")
def in_place(params):
    H = params.W_h.shape[0]
    for w in params[:3]:
        w[..., H : 2 * H] *= -1
    return params


@answers.is_wrong("candidate_instead")
def candidate(params):
    return _flip(params, block=2)


@answers.is_wrong("without_recurrent_weights")
def matrices_only_of_the_input(params):
    return _flip(params, ("W_x", "b"))
