"""Answers to `l1_l2_gradient`."""

import numpy as np
import torch

from rnncore.functional.base.pytree import leaves, map_tree
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def by_autograd(params, l1, l2):
    def gradient(w):
        leaf = torch.tensor(w, requires_grad=True)
        if leaf.ndim < 2:
            return np.zeros(w.shape)
        (l1 * leaf.abs().sum() + l2 * leaf.square().sum()).backward()
        return leaf.grad

    return map_tree(gradient, params)


@answers.is_right
def own_recursion(params, l1, l2):
    if isinstance(params, dict):
        return {key: own_recursion(part, l1, l2) for key, part in params.items()}
    if isinstance(params, tuple | list):
        parts = [own_recursion(part, l1, l2) for part in params]
        return type(params)(*parts) if hasattr(params, "_fields") else type(params)(parts)
    signs = (params > 0).astype(float) - (params < 0)
    return (l1 * signs + 2 * l2 * params) * (params.ndim > 1)


def _gradient(params, of_matrix, of_bias=np.zeros_like):
    return map_tree(lambda w: of_matrix(w) if w.ndim > 1 else of_bias(w), params)


@answers.is_wrong("factor_two_missing")
def two_forgotten(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.sign(w) + l2 * w)


@answers.is_wrong("size_for_sign")
def size_for_sign(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.abs(w) + 2 * l2 * w)


@answers.is_wrong("one_for_sign")
def one_for_sign(params, l1, l2):
    return _gradient(params, lambda w: l1 + 2 * l2 * w)


@answers.is_wrong("biases_pulled")
def biases_pay_too(params, l1, l2):
    return map_tree(lambda w: l1 * np.sign(w) + 2 * l2 * w, params)


@answers.is_wrong("biases_as_they_are")
def biases_as_they_are(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, lambda w: w)


@answers.is_wrong("matrices_in_a_list")
def no_place_for_biases(params, l1, l2):
    return [l1 * np.sign(w) + 2 * l2 * w for w in leaves(params) if w.ndim > 1]


@answers.is_wrong("a_number_for_biases")
def number_for_biases(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, lambda w: 0.0)


@answers.is_wrong("no_place_for_biases")
def none_for_biases(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.sign(w) + 2 * l2 * w, lambda w: None)


@answers.is_wrong("corner_pulled")
def zero_counts_as_positive(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.where(w >= 0, 1.0, -1.0) + 2 * l2 * w)


@answers.is_wrong("divided_by_the_size")
def divided_by_the_size(params, l1, l2):
    return _gradient(params, lambda w: l1 * w / np.abs(w) + 2 * l2 * w)


@answers.is_wrong("weights_after_a_step")
def weights_after_the_step(params, l1, l2):
    return _gradient(params, lambda w: w - l1 * np.sign(w) - 2 * l2 * w)


@answers.is_wrong("square_for_slope")
def squares(params, l1, l2):
    return _gradient(params, lambda w: l1 * np.sign(w) + 2 * l2 * w * w)


@answers.is_wrong("slopes_swapped")
def prices_exchanged(params, l1, l2):
    return _gradient(params, lambda w: l2 * np.sign(w) + 2 * l1 * w)


@answers.is_wrong("downhill")
def downhill(params, l1, l2):
    return _gradient(params, lambda w: -l1 * np.sign(w) - 2 * l2 * w)
