"""Answers to `clip_by_norm`."""

import numpy as np
import torch

from rnncore.functional.base.pytree import leaves, map_tree
from tests.units.answers import Answers

answers = Answers()


def _length(gradients):
    return np.sqrt(sum(np.sum(g * g) for g in leaves(gradients)))


@answers.is_right
def two_cases(gradients, limit):
    length = _length(gradients)
    if length <= limit:
        return gradients, length
    return map_tree(lambda g: g / length * limit, gradients), length


@answers.is_right
def as_torch_does(gradients, limit):
    length = _length(gradients)
    factor = min(limit / (length + 1e-6), 1.0)
    return map_tree(lambda g: g * factor, gradients), length


@answers.is_right
def by_torch(gradients, limit):
    arrays = [torch.from_numpy(g) for g in leaves(gradients)]
    length = torch.linalg.vector_norm(torch.cat([a.flatten() for a in arrays]))
    factor = torch.clamp(limit / (length + 1e-6), max=1.0)
    return map_tree(lambda g: (torch.from_numpy(g) * factor).numpy(), gradients), length.item()


@answers.is_right
def one_long_vector(gradients, limit):
    vector = np.concatenate([np.ravel(g) for g in leaves(gradients)])
    length = float(np.linalg.norm(vector))
    scale = np.minimum(1.0, limit / length) if length else 1.0
    return [map_tree(lambda g: scale * g, gradients), length]


@answers.is_wrong("always_to_the_limit")
def shortened_always(gradients, limit):
    length = _length(gradients)
    return map_tree(lambda g: g * limit / length, gradients), length


@answers.is_wrong("array_by_array")
def each_by_itself(gradients, limit):
    def shorten(g):
        return g * min(1.0, limit / max(np.linalg.norm(g), 1e-12))

    return map_tree(shorten, gradients), _length(gradients)


@answers.is_wrong("divided_by_zero")
def divided_by_zero(gradients, limit):
    length = _length(gradients)
    return map_tree(lambda g: g * np.minimum(1.0, limit / length) * length / length, gradients), length


@answers.is_wrong("without_root")
def square_for_length(gradients, limit):
    square = sum(np.sum(g * g) for g in leaves(gradients))
    return map_tree(lambda g: g * min(1.0, limit / max(square, 1e-12)), gradients), square


@answers.is_wrong("length_after")
def length_afterwards(gradients, limit):
    clipped, _ = two_cases(gradients, limit)
    return clipped, _length(clipped)


@answers.is_wrong("in_place")
def in_place(gradients, limit):
    length = _length(gradients)
    for g in leaves(gradients):
        g *= min(1.0, limit / max(length, 1e-12))
    return gradients, length


@answers.is_wrong("to_length_one")
def limit_forgotten(gradients, limit):
    length = _length(gradients)
    return map_tree(lambda g: g / length if length > limit else g, gradients), length


@answers.is_wrong("gradients_alone")
def length_forgotten(gradients, limit):
    return two_cases(gradients, limit)[0]


@answers.is_wrong("coarse_epsilon")
def a_coarse_epsilon(gradients, limit):
    length = _length(gradients)
    return map_tree(lambda g: g * min(1.0, limit / (length + 0.01)), gradients), length


@answers.is_wrong("length_after")
def limit_for_length(gradients, limit):
    clipped, length = two_cases(gradients, limit)
    return clipped, min(length, limit)


@answers.is_wrong("first_array_measured")
def first_length_as_yardstick(gradients, limit):
    first = np.linalg.norm(next(iter(leaves(gradients))))
    return map_tree(lambda g: g * min(1.0, limit / max(first, 1e-12)), gradients), _length(gradients)
