"""Answers to `from_torch`."""

import numpy as np
import torch

from rnncore.functional.cells import LSTMParams
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def transposed_copies(weights):
    W_x, W_h = (np.array(weights[f"weight_{end}_l0"]).transpose().copy() for end in ("ih", "hh"))
    return LSTMParams(W_x, W_h, np.add(weights["bias_ih_l0"], weights["bias_hh_l0"]))


@answers.is_right
def by_torch(weights):
    w = {name: torch.as_tensor(array) for name, array in weights.items()}
    return LSTMParams(w["weight_ih_l0"].t(), w["weight_hh_l0"].t(), w["bias_ih_l0"] + w["bias_hh_l0"])


@answers.is_right
def gate_by_gate(weights):
    H = weights["weight_hh_l0"].shape[1]

    def blocks(w):
        return np.concatenate([w[k * H : (k + 1) * H].T for k in range(4)], axis=-1)

    b = weights["bias_ih_l0"] + weights["bias_hh_l0"]
    return blocks(weights["weight_ih_l0"]), blocks(weights["weight_hh_l0"]), b


def _parts(weights):
    return (weights[name] for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"))


@answers.is_wrong("blocks_by_the_input")
def slices_by_D(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    D = ih.shape[1]
    W_x = np.concatenate([ih[k * D : (k + 1) * D].T for k in range(4)], axis=1)
    return LSTMParams(W_x, hh.T, b_ih + b_hh)


@answers.is_wrong("not_transposed")
def not_transposed(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(ih, hh, b_ih + b_hh)


@answers.is_wrong("reshaped")
def reshaped(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(ih.reshape(ih.shape[::-1]), hh.reshape(hh.shape[::-1]), b_ih + b_hh)


@answers.is_wrong("input_bias_only")
def one_bias(weights):
    ih, hh, b_ih, _ = _parts(weights)
    return LSTMParams(ih.T, hh.T, b_ih)


@answers.is_wrong("hidden_bias_only")
def other_bias(weights):
    ih, hh, _, b_hh = _parts(weights)
    return LSTMParams(ih.T, hh.T, b_hh)


@answers.is_wrong("mean_bias")
def mean_of_biases(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(ih.T, hh.T, (b_ih + b_hh) / 2)


@answers.is_wrong("joined_biases")
def biases_side_by_side(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(ih.T, hh.T, np.concatenate([b_ih, b_hh]))


@answers.is_wrong("swapped")
def matrices_exchanged(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(hh.T, ih.T, b_ih + b_hh)


@answers.is_wrong("reordered")
def gates_in_another_order(weights):
    def turn(w):
        i, f, g, o = np.split(w, 4)
        return np.concatenate([i, f, o, g]).T

    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(turn(ih), turn(hh), turn(b_ih + b_hh))


@answers.is_wrong("hidden_weights_reshaped")
def recurrent_not_transposed(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    return LSTMParams(ih.T, hh.reshape(hh.shape[::-1]), b_ih + b_hh)


@answers.is_wrong("in_place")
def summed_in_place(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    b_ih += b_hh
    return LSTMParams(ih.T, hh.T, b_ih)


@answers.is_wrong()
def in_the_order_they_come(weights):
    ih, hh, b_ih, b_hh = weights.values()
    return LSTMParams(ih.T, hh.T, b_ih + b_hh)


@answers.is_wrong()
def the_narrower_one_first(weights):
    ih, hh, b_ih, b_hh = _parts(weights)
    narrow, wide = sorted([ih, hh], key=lambda w: w.shape[1])
    return LSTMParams(narrow.T, wide.T, b_ih + b_hh)
