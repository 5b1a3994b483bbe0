"""Exercise `clip-by-norm`."""

from typing import Any

import numpy as np
import torch

from autograder.checking import Exercise, StudentFunction, expect_parts, expect_same
from autograder.exercises.u04_gradient_flow.shared import draw_gradients, with_torch
from rnncore.functional.base.pytree import leaves, map_tree
from rnncore.functional.cells import RNNParams
from rnncore.functional.learning.clipping import clip_by_norm

exercise = Exercise("clip-by-norm", "Clip the length", clip_by_norm)


_CLIPPED = "the gradients", "the length before"


def _length(gradients: Any) -> float:
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in gradients])))


_ROUNDING = 1e-5
"""torch divides by the length + 1e-6, which is as good as the length."""


@exercise.check("a single array that is too long", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradient = 3.0 * rng.normal(size=(3, 4))
    clipped, _ = expect_parts(student([gradient], 2.0), *_CLIPPED)
    want = [2.0 / _length([gradient]) * gradient]
    expect_same(clipped, want, "the gradient", "Divide by its length, times the limit.", tolerance=_ROUNDING)


@exercise.check("a long gradient is shortened as a whole", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients, share = draw_gradients(rng), float(rng.uniform(0.1, 0.5))
    limit = share * _length(gradients)
    clipped, _ = expect_parts(student(gradients, limit), *_CLIPPED)
    want = RNNParams(*with_torch(torch.nn.utils.clip_grad_norm_, gradients, limit))
    hint = "One length and one factor for all arrays together. See (4.9)."
    expect_same(clipped, want, "the gradients", hint, tolerance=_ROUNDING)


@exercise.check(
    "a short gradient stays, and so does one of length 0", points=0.75, after="a single array that is too long"
)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients = draw_gradients(rng)
    for short in (gradients, RNNParams(*(0.0 * g for g in gradients))):
        clipped, _ = expect_parts(student(short, 2.0 * _length(gradients)), *_CLIPPED)
        expect_same(clipped, short, "the gradients", "It is shortened only where it is longer than the limit.")


@exercise.check("the length before is returned too", points=0.5)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    gradients = draw_gradients(rng)
    for limit in (0.5, 1000.0):
        _, length = expect_parts(student(gradients, limit), *_CLIPPED)
        expect_same(length, np.asarray(_length(gradients)), "the length", "The root of the sum of all squares, before.")


@exercise.check("trees of another build", points=0.25)
def _(student: StudentFunction, rng: np.random.Generator) -> None:
    a, b = 3.0 * rng.normal(size=(2, 3)), 2.0 * rng.normal(size=(4,))
    clipped, _ = expect_parts(student({"cell": [a], "readout": (b,)}, 1.0), *_CLIPPED)
    scale = 1.0 / _length((a, b))
    want = {"cell": [scale * a], "readout": (scale * b,)}
    expect_same(clipped, want, "the gradients", "leaves and map_tree go through any build.", tolerance=_ROUNDING)


exercise.leaves_inputs(0.5)


def _length_laid_open(gradients):
    return np.sqrt(sum(np.sum(g * g) for g in leaves(gradients)))


def _scaled(gradients, scale):
    return map_tree(lambda g: g * scale, gradients)


@exercise.mistake(
    "Each of your arrays is shortened by itself. There is one length for all together; else the direction turns."
)
def array_by_array(gradients, limit):
    def shorten(g):
        return g * min(1.0, limit / max(np.sqrt(np.sum(g * g)), 1e-300))

    return map_tree(shorten, gradients), _length_laid_open(gradients)


@exercise.mistake("Short gradients are made longer. They should stay: the factor is never above 1.")
def always_to_the_limit(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, limit / length if length > 0 else 1.0), length


@exercise.mistake("Your length lacks the square root.")
def without_root(gradients, limit):
    length = _length_laid_open(gradients) ** 2
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@exercise.mistake("You cut every entry by itself. That is clipping by value; by norm, one factor serves all.")
def by_value(gradients, limit):
    return map_tree(lambda g: np.clip(g, -limit, limit), gradients), _length_laid_open(gradients)


@exercise.mistake("The length that you return is that after clipping. Asked for is the length before.")
def length_after(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), min(length, limit)


@exercise.mistake("Your length is the sum of the arrays' lengths. Lengths do not add up; their squares do.")
def sum_of_lengths(gradients, limit):
    length = sum(np.sqrt(np.sum(g * g)) for g in leaves(gradients))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@exercise.mistake("Your factor is upside down: the longer the gradient, the longer it gets.")
def upside_down(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, max(1.0, length / limit)), length


@exercise.mistake("You take the largest entry for the length. The length is the root of the sum of all squares.")
def largest_entry(gradients, limit):
    length = max(np.abs(g).max() for g in leaves(gradients))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@exercise.mistake("You return the clipped gradients alone. The length before comes with them, as a second result.")
def gradients_alone(gradients, limit):
    return _scaled(gradients, min(1.0, limit / max(_length_laid_open(gradients), 1e-300)))


@exercise.mistake(
    "You divide by the length where it is 0. What is 0 stays 0: divide only where it is longer than the limit."
)
def divided_by_zero(gradients, limit):
    length = _length_laid_open(gradients)
    with np.errstate(all="ignore"):
        return _scaled(gradients, min(1.0, limit / length) * (length / length)), length


@exercise.mistake("A long gradient gets the length 1. It gets the length `limit`: multiply by it.")
def to_length_one(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, 1.0 / length if length > limit else 1.0), length


@exercise.mistake("You take the length of the first array for that of all. Sum the squares of all arrays.")
def first_array_measured(gradients, limit):
    first = np.sqrt(np.sum(next(iter(leaves(gradients))) ** 2))
    return _scaled(gradients, min(1.0, limit / max(first, 1e-12))), _length_laid_open(gradients)


@exercise.mistake(
    "What you add to the length before dividing is too much: the gradient comes out shorter than the limit. 1e-6 is "
    "enough, and where the length is above the limit nothing is needed."
)
def coarse_epsilon(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, min(1.0, limit / (length + 0.01))), length


@exercise.mistake("Your length is a mean: you divide by the number of entries. It is the root of the sum of squares.")
def root_of_the_mean(gradients, limit):
    length = _length_laid_open(gradients) / np.sqrt(sum(g.size for g in leaves(gradients)))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@exercise.mistake("Your length is the sum of all sizes, |g|. The length is the root of the sum of all squares.")
def sum_of_sizes(gradients, limit):
    length = sum(np.sum(np.abs(g)) for g in leaves(gradients))
    return _scaled(gradients, min(1.0, limit / max(length, 1e-300))), length


@exercise.mistake(
    "You ask whether the square of the length is above the limit, so gradients that are short enough are scaled too. "
    "Take the root before you compare."
)
def square_compared(gradients, limit):
    length = _length_laid_open(gradients)
    return _scaled(gradients, limit / length if length**2 > limit else 1.0), length
