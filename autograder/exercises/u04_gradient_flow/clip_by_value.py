"""Exercise `clip-by-value`."""

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_same
from autograder.exercises.u04_gradient_flow.shared import draw_gradients, with_torch
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.cells import RNNParams
from rnncore.functional.learning.clipping import clip_by_value

exercise = Exercise("clip-by-value", "Clip every entry", clip_by_value)


@exercise.check("large entries are cut, small ones stay", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients, limit = RNNParams(*map(np.abs, draw_gradients(rng))), float(rng.uniform(0.5, 2.0))
    want = RNNParams(*with_torch(torch.nn.utils.clip_grad_value_, gradients, limit))
    expect_same(student(gradients, limit), want, "the gradients", "See (4.8), entry by entry.")


@exercise.check("on both sides of zero", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients, limit = draw_gradients(rng), float(rng.uniform(0.5, 2.0))
    want = RNNParams(*with_torch(torch.nn.utils.clip_grad_value_, gradients, limit))
    expect_same(student(gradients, limit), want, "the gradients", "See (4.8), entry by entry.")


@exercise.check("trees of another build", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b, c = (4.0 * rng.normal(size=shape) for shape in ((5,), (2, 2), (1, 3)))
    want = with_torch(torch.nn.utils.clip_grad_value_, (a, b, c), 1.5)
    got = student({"cell": (a, b), "readout": [c]}, 1.5)
    hint = "map_tree gives back the build that it was given."
    expect_same(got, {"cell": (want[0], want[1]), "readout": [want[2]]}, "the gradients", hint)


exercise.leaves_inputs(0.5)


@exercise.mistake(
    "You scale all entries until the largest fits. Here each entry is cut by itself, and small ones stay."
)
def scaled_to_fit(gradients, limit):
    top = max(np.abs(g).max() for g in leaves(gradients))
    return map_tree(lambda g: g * min(1.0, limit / top), gradients)


@exercise.mistake("Large negative entries pass uncut. The limit holds on both sides of zero.")
def only_from_above(gradients, limit):
    return map_tree(lambda g: np.minimum(g, limit), gradients)


@exercise.mistake("All your negative entries become 0. The lower end is -limit, not 0.")
def from_zero(gradients, limit):
    return map_tree(lambda g: np.clip(g, 0.0, limit), gradients)


@exercise.mistake("Entries beyond the limit become 0. They are cut to the limit, and keep their sign.")
def dropped(gradients, limit):
    return map_tree(lambda g: np.where(np.abs(g) > limit, 0.0, g), gradients)


@exercise.mistake("What you cut comes out positive. An entry far below zero becomes -limit.")
def sign_lost(gradients, limit):
    return map_tree(lambda g: np.where(np.abs(g) > limit, limit, g), gradients)


@exercise.mistake("Only the first array of the tree is clipped. All of them are.")
def first_array_only(gradients, limit):
    first = next(leaves(gradients))
    return map_tree(lambda g: np.clip(g, -limit, limit) if g is first else g, gradients)


@exercise.mistake("You cut to [-1, 1] whatever the limit. The limit is an argument.")
def limit_of_one(gradients, limit):
    return map_tree(lambda g: np.clip(g, -1.0, 1.0), gradients)


@exercise.mistake("You bend the entries with tanh. Clipping leaves what is within the limit as it is.")
def squashed(gradients, limit):
    return map_tree(lambda g: limit * np.tanh(g / limit), gradients)


@exercise.mistake("Your result has no signs. An entry far below zero becomes -limit, and a small one stays.")
def sizes_alone(gradients, limit):
    return map_tree(lambda g: np.minimum(np.abs(g), limit), gradients)


@exercise.mistake("You cut at half the limit. The limit counts on each side: from -limit to limit.")
def half_the_limit(gradients, limit):
    return map_tree(lambda g: np.clip(g, -limit / 2, limit / 2), gradients)


@exercise.mistake(
    "You shorten the whole gradient by its length. That is clipping by norm; here each entry is cut alone."
)
def by_the_length(gradients, limit):
    length = np.sqrt(sum(np.sum(g * g) for g in leaves(gradients)))
    return map_tree(lambda g: g * min(1.0, limit / length), gradients)


@exercise.mistake("Each of your arrays is scaled until its largest entry fits. Here each entry is cut by itself.")
def each_array_scaled(gradients, limit):
    return map_tree(lambda g: g * min(1.0, limit / np.abs(g).max()), gradients)


@exercise.mistake("Your result is a list of arrays. map_tree gives back a tree of the same build.")
def arrays_in_a_list(gradients, limit):
    return [np.clip(g, -limit, limit) for g in leaves(gradients)]


@exercise.mistake("Your function knows a named tuple of arrays only. map_tree goes through any tree.")
def one_level_only(gradients, limit):
    return type(gradients)(*(np.clip(g, -limit, limit) for g in gradients))


@exercise.mistake("All your entries have the size of the limit. What is within the limit stays as it is.")
def all_at_the_limit(gradients, limit):
    return map_tree(lambda g: limit * np.sign(g), gradients)
