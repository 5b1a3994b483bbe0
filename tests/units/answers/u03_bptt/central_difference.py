"""Answers to `central_difference`."""

import numpy as np

from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def on_copies(loss, arrays, name, index, eps=1e-5):
    def at(move):
        moved = {key: array.copy() for key, array in arrays.items()}
        moved[name][index] += move
        return loss(moved)

    return (at(eps) - at(-eps)) / (2 * eps)


@answers.is_right
def with_a_step_array(loss, arrays, name, index, eps=1e-5):
    step = np.zeros(arrays[name].shape)
    step[index] = eps
    above = loss({**arrays, name: arrays[name] + step})
    below = loss(arrays | {name: arrays[name] - step})
    return (above - below) / eps / 2


@answers.is_right
def put_back_in_finally(loss, arrays, name, index, eps=1e-5):
    w, kept, losses = arrays[name], float(arrays[name][index]), []
    try:
        for move in (eps, -eps):
            w[index] = kept + move
            losses.append(loss(arrays))
    finally:
        w[index] = kept
    return (losses[0] - losses[1]) / (2 * eps)


@answers.is_wrong("forward_difference")
def one_sided(loss, arrays, name, index, eps=1e-5):
    moved = {key: array.copy() for key, array in arrays.items()}
    moved[name][index] += eps
    return (loss(moved) - loss(arrays)) / eps


@answers.is_wrong("divided_by_eps")
def divided_once(loss, arrays, name, index, eps=1e-5):
    return 2 * on_copies(loss, arrays, name, index, eps)


@answers.is_wrong("in_place")
def not_put_back(loss, arrays, name, index, eps=1e-5):
    arrays[name][index] += eps
    above = loss(arrays)
    arrays[name][index] -= 2 * eps
    return (above - loss(arrays)) / (2 * eps)


@answers.is_wrong("down_to_the_beginning")
def second_move_from_above(loss, arrays, name, index, eps=1e-5):
    array = arrays[name].copy()
    array[index] += eps
    above = loss({**arrays, name: array})
    array[index] -= eps
    return (above - loss({**arrays, name: array})) / (2 * eps)


@answers.is_wrong("below_less_above")
def sign_turned(loss, arrays, name, index, eps=1e-5):
    return -on_copies(loss, arrays, name, index, eps)


@answers.is_wrong("whole_array")
def whole_array_is_moved(loss, arrays, name, index, eps=1e-5):
    above = loss({**arrays, name: arrays[name] + eps})
    return (above - loss({**arrays, name: arrays[name] - eps})) / (2 * eps)


@answers.is_wrong("moves_a_row")
def first_index_only(loss, arrays, name, index, eps=1e-5):
    return on_copies(loss, arrays, name, index[0], eps)


@answers.is_wrong("eps_ignored")
def own_eps(loss, arrays, name, index, eps=1e-5):
    return on_copies(loss, arrays, name, index, 1e-5)


@answers.is_wrong("not_a_slope")
def not_divided(loss, arrays, name, index, eps=1e-5):
    return on_copies(loss, arrays, name, index, eps) * 2 * eps


@answers.is_wrong("first_array_always")
def first_array_always(loss, arrays, name, index, eps=1e-5):
    return on_copies(loss, arrays, next(iter(arrays)), index, eps)


@answers.is_wrong("multiplied_by_eps")
def brackets_forgotten(loss, arrays, name, index, eps=1e-5):
    up, down = arrays[name].copy(), arrays[name].copy()
    up[index] += eps
    down[index] -= eps
    return (loss(arrays | {name: up}) - loss(arrays | {name: down})) / 2 * eps


@answers.is_wrong("in_place")
def put_back_by_arithmetic(loss, arrays, name, index, eps=1e-5):
    arrays[name][index] += eps
    above = loss(arrays)
    arrays[name][index] -= 2 * eps
    below = loss(arrays)
    arrays[name][index] += eps
    return (above - below) / (2 * eps)
