"""Answers to `gradient_check`."""

import numpy as np

from rnncore.functional.learning import central_difference, relative_error
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def flat_iterator(loss, arrays, gradients, eps=1e-5):
    errors = {}
    for name in arrays:
        slopes = np.empty_like(arrays[name])
        entries = np.nditer(arrays[name], flags=["multi_index"])
        for _ in entries:
            at = entries.multi_index
            slopes[at] = central_difference(loss, arrays, name, at, eps)
        errors[name] = relative_error(gradients[name], slopes)
    return errors


@answers.is_right
def own_differences(loss, arrays, gradients, eps=1e-5):
    def slope(name, index):
        def moved(e):
            array = arrays[name].copy()
            array[index] += e
            return loss({**arrays, name: array})

        return (moved(eps) - moved(-eps)) / (2 * eps)

    def all_slopes(name):
        shape = arrays[name].shape
        return np.array([slope(name, i) for i in np.ndindex(*shape)]).reshape(shape)

    return {name: relative_error(gradients[name], all_slopes(name)) for name in arrays}


@answers.is_right
def with_a_wrapped_loss(loss, arrays, gradients, eps=1e-5):
    def as_number(arrays):
        return float(loss(arrays))

    def all_slopes(name):
        shape = arrays[name].shape
        slopes = [central_difference(as_number, arrays, name, i, eps) for i in np.ndindex(*shape)]
        return np.reshape(slopes, shape)

    return {name: relative_error(gradients[name], all_slopes(name)) for name in gradients}


def _slopes(loss, arrays, name, eps=1e-5):
    slopes = np.zeros_like(arrays[name])
    for index in np.ndindex(*slopes.shape):
        slopes[index] = central_difference(loss, arrays, name, index, eps)
    return slopes


@answers.is_wrong("absolute_error")
def absolute_error(loss, arrays, gradients, eps=1e-5):
    return {name: float(np.abs(gradients[name] - _slopes(loss, arrays, name)).max()) for name in arrays}


@answers.is_wrong()
def first_row_only(loss, arrays, gradients, eps=1e-5):
    return {name: relative_error(gradients[name][:1], _slopes(loss, arrays, name)[:1]) for name in arrays}


@answers.is_wrong("lengths_compared")
def lengths_compared(loss, arrays, gradients, eps=1e-5):
    errors = {}
    for name in arrays:
        a, b = np.linalg.norm(gradients[name]), np.linalg.norm(_slopes(loss, arrays, name))
        errors[name] = abs(a - b) / max(a, b)
    return errors


@answers.is_wrong("signs_ignored")
def signs_lost(loss, arrays, gradients, eps=1e-5):
    return {name: relative_error(np.abs(gradients[name]), np.abs(_slopes(loss, arrays, name))) for name in arrays}


@answers.is_wrong("greatest_error_alone")
def greatest_of_all(loss, arrays, gradients, eps=1e-5):
    return max(relative_error(gradients[name], _slopes(loss, arrays, name)) for name in arrays)


@answers.is_wrong("verdict_for_error")
def true_or_false(loss, arrays, gradients, eps=1e-5):
    return {name: relative_error(gradients[name], _slopes(loss, arrays, name)) < 1e-6 for name in arrays}


@answers.is_wrong("slopes_returned")
def slopes_returned(loss, arrays, gradients, eps=1e-5):
    return {name: _slopes(loss, arrays, name) for name in arrays}


@answers.is_wrong("mean_over_entries")
def mean_of_entries(loss, arrays, gradients, eps=1e-5):
    def error(a, b):
        return float(np.mean(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-12)))

    return {name: error(gradients[name], _slopes(loss, arrays, name)) for name in arrays}


@answers.is_wrong("errors_in_a_list")
def a_list(loss, arrays, gradients, eps=1e-5):
    return [relative_error(gradients[name], _slopes(loss, arrays, name)) for name in arrays]


@answers.is_wrong("eps_not_handed_on")
def eps_forgotten(loss, arrays, gradients, eps=1e-5):
    return {name: relative_error(gradients[name], _slopes(loss, arrays, name)) for name in arrays}


@answers.is_wrong("first_of_each_row")
def one_entry_of_each_row(loss, arrays, gradients, eps=1e-5):
    errors = {}
    for name, array in arrays.items():
        slopes = gradients[name].copy()
        for row in range(len(array)):
            index = (row, *[0] * (array.ndim - 1))
            slopes[index] = central_difference(loss, arrays, name, index, eps)
        errors[name] = relative_error(slopes, gradients[name])
    return errors


@answers.is_wrong()
def sums(loss, arrays, gradients, eps=1e-5):
    return {name: relative_error(_slopes(loss, arrays, name).sum(), gradients[name].sum()) for name in arrays}


@answers.is_wrong("relative_to_the_claim")
def over_the_claim(loss, arrays, gradients, eps=1e-5):
    errors = {}
    for name, array in arrays.items():
        found = np.zeros_like(array)
        for index in np.ndindex(*array.shape):
            found[index] = central_difference(loss, arrays, name, index, eps)
        errors[name] = float(np.abs(gradients[name] - found).max() / np.abs(gradients[name]).max())
    return errors


@answers.is_wrong()
def as_in_the_formula(loss, arrays, gradients, eps=1e-5):
    """Zero by zero, where the loss does not read an array."""

    def error(a, b):
        return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max()))

    return {name: error(gradients[name], _slopes(loss, arrays, name, eps)) for name in arrays}


@answers.is_wrong()
def relative_to_one_at_least(loss, arrays, gradients, eps=1e-5):
    def error(a, b):
        return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), 1.0))

    return {name: error(gradients[name], _slopes(loss, arrays, name, eps)) for name in arrays}


@answers.is_wrong()
def zeros_not_compared(loss, arrays, gradients, eps=1e-5):
    def error(name):
        return relative_error(gradients[name], _slopes(loss, arrays, name, eps)) if np.any(gradients[name]) else 0.0

    return {name: error(name) for name in arrays}
