"""Answers to `clip_by_value`."""

import numpy as np
import torch

from rnncore.functional.base.pytree import leaves, map_tree
from tests.units.answers import Answers

answers = Answers()


@answers.is_right
def minimum_and_maximum(gradients, limit):
    return map_tree(lambda g: np.minimum(np.maximum(g, -limit), limit), gradients)


@answers.is_right
def own_recursion(gradients, limit):
    if isinstance(gradients, dict):
        return {key: own_recursion(part, limit) for key, part in gradients.items()}
    if isinstance(gradients, tuple | list):
        parts = [own_recursion(part, limit) for part in gradients]
        return type(gradients)(*parts) if hasattr(gradients, "_fields") else type(gradients)(parts)
    cut = gradients.copy()
    cut[cut > limit], cut[cut < -limit] = limit, -limit
    return cut


@answers.is_right
def by_torch(gradients, limit):
    return map_tree(lambda g: torch.from_numpy(g).clamp(-limit, limit).numpy(), gradients)


@answers.is_wrong("in_place")
def in_place(gradients, limit):
    return map_tree(lambda g: np.clip(g, -limit, limit, out=g), gradients)


@answers.is_wrong("only_from_above")
def above_only(gradients, limit):
    return map_tree(lambda g: np.minimum(g, limit), gradients)


@answers.is_wrong("sizes_alone")
def sizes(gradients, limit):
    return map_tree(lambda g: np.minimum(np.abs(g), limit), gradients)


@answers.is_wrong("half_the_limit")
def half_the_limit(gradients, limit):
    return map_tree(lambda g: np.clip(g, -limit / 2, limit / 2), gradients)


@answers.is_wrong("each_array_scaled")
def each_array_scaled(gradients, limit):
    return map_tree(lambda g: g * min(1.0, limit / np.abs(g).max()), gradients)


@answers.is_wrong("one_level_only")
def flat_tuples_only(gradients, limit):
    return type(gradients)(*(np.clip(g, -limit, limit) for g in gradients))


@answers.is_wrong("arrays_in_a_list")
def a_plain_list(gradients, limit):
    return [np.clip(g, -limit, limit) for g in leaves(gradients)]


@answers.is_wrong("by_the_length")
def by_the_length(gradients, limit):
    length = np.sqrt(sum(np.sum(g * g) for g in leaves(gradients)))
    return map_tree(lambda g: g * min(1.0, limit / length), gradients)


@answers.is_wrong("sign_lost")
def large_ones_to_plus(gradients, limit):
    return map_tree(lambda g: np.where(np.abs(g) < limit, g, limit), gradients)
