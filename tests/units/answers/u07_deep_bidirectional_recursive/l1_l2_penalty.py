"""Answers to `l1_l2_penalty`."""

import numpy as np

from rnncore.functional.base.pytree import leaves
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def own_recursion(params, l1, l2):
    if isinstance(params, dict):
        return sum(own_recursion(part, l1, l2) for part in params.values())
    if isinstance(params, tuple | list):
        return sum(own_recursion(part, l1, l2) for part in params)
    return 0.0 if params.ndim < 2 else float((l1 * abs(params) + l2 * params**2).sum())


@answers.is_right
def norms(params, l1, l2):
    flat = np.concatenate([w.ravel() for w in leaves(params) if w.ndim >= 2])
    return l1 * np.linalg.norm(flat, 1) + l2 * np.dot(flat, flat)


def _penalty(params, l1, l2, counts=lambda w: w.ndim > 1):
    matrices = [w for w in leaves(params) if counts(w)]
    return l1 * sum(np.abs(w).sum() for w in matrices), l2 * sum((w * w).sum() for w in matrices)


@answers.is_wrong("biases_pay")
def biases_pay_too(params, l1, l2):
    return sum(_penalty(params, l1, l2, lambda w: True))


@answers.is_wrong("half_of_the_squares")
def half_of_the_squares(params, l1, l2):
    one, two = _penalty(params, l1, l2)
    return one + two / 2


@answers.is_wrong("no_absolute_value")
def no_absolute_values(params, l1, l2):
    return l1 * sum(w.sum() for w in leaves(params) if w.ndim > 1) + _penalty(params, l1, l2)[1]


@answers.is_wrong("means")
def mean_for_sum(params, l1, l2):
    return sum(l1 * np.abs(w).mean() + l2 * (w * w).mean() for w in leaves(params) if w.ndim > 1)


@answers.is_wrong("length_for_squares")
def length_for_square(params, l1, l2):
    one, two = _penalty(params, l1, 1.0)
    return one + l2 * np.sqrt(two)


@answers.is_wrong("prices_swapped")
def prices_exchanged(params, l1, l2):
    return sum(_penalty(params, l2, l1))


@answers.is_wrong("first_matrix_alone")
def first_matrix_only(params, l1, l2):
    first = next(w for w in leaves(params) if w.ndim > 1)
    return l1 * np.abs(first).sum() + l2 * (first * first).sum()


@answers.is_wrong("one_level_only")
def flat_trees_only(params, l1, l2):
    return sum(l1 * np.abs(w).sum() + l2 * (w * w).sum() for w in params if w.ndim > 1)


@answers.is_wrong("price_squared")
def price_squared(params, l1, l2):
    return sum(l1 * np.abs(w).sum() + ((l2 * w) ** 2).sum() for w in leaves(params) if w.ndim > 1)


@answers.is_wrong("one_for_each_matrix")
def one_for_each_matrix(params, l1, l2):
    return [l1 * np.abs(w).sum() + l2 * (w * w).sum() for w in leaves(params) if w.ndim > 1]


@answers.is_wrong("one_price_or_the_other")
def only_one_price(params, l1, l2):
    one, two = _penalty(params, l1, l2)
    return one if l1 else two
